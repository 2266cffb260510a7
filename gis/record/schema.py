"""The tables of office.gpkg, and the triggers that keep its journal.

The file is a GeoPackage 1.3. Its triggers use no spatial function and nothing that an older SQLite
lacks, so that any program that edits it, such as QGIS, writes the journal too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

VERSION = 3
APPLICATION_ID = 0x47504B47  # "GPKG"
USER_VERSION = 10300  # of GeoPackage 1.3
SRS = 4490  # CGCS2000, longitude and latitude
GEOMETRY = "geom"


@dataclass(frozen=True)
class RecordTable:
    """One table of the record.

    zh       its Chinese name
    columns  name → type in SQL, besides `fid`, the row number
    key      the columns by which a row takes the place of another, or of one in a layer's file
    shaped   whether it has a column `geom` of polygons
    """

    name: str
    zh: str
    columns: dict[str, str]
    key: tuple[str, ...]
    shaped: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """All columns but `fid`."""
        return (*self.columns, GEOMETRY) if self.shaped else tuple(self.columns)


def _table(name: str, zh: str, key: str, columns: str, *, shaped: bool = False) -> RecordTable:
    """A table; columns: "name" of texts, "name:TYPE" of others."""
    pairs = (one.partition(":") for one in columns.split())
    types = {one: kind or "TEXT" for one, _, kind in pairs}
    return RecordTable(name, zh, types, tuple(key.split()), shaped)


TABLES = {
    one.name: one
    for one in (
        _table(
            "rulings",
            "路线批复",
            "village_code part",
            "village_code village township part approach status document_no decided_on:DATE reason",
        ),
        _table(
            "zone_rulings",
            "区内外认定",
            "household_id zone_id",
            "household_id village_code village township zone_id ruling ruled_on:DATE document_no",
        ),
        _table(
            "inspections",
            "入户检查",
            "inspection_id",
            "inspection_id household_id village_code village township premises_id "
            "inspected_on:DATE finding coal_kg:DOUBLE rectify_by:DATE rectified_on:DATE inspector "
            "photo lon:DOUBLE lat:DOUBLE",
        ),
        _table(
            "payments",
            "资金",
            "payment_id",
            "payment_id unit_code household_id village_code village township purpose payer stage "
            "amount_cny:DOUBLE season paid_on:DATE document_no reason",
        ),
        _table(
            "coal_ban_zones",
            "绘制的禁煤区",
            "zone_id effective_on",
            "zone_id zone effective_on:DATE expires_on:DATE document_no",
            shaped=True,
        ),
        _table(
            "corrections",
            "更正",
            "layer file sheet row_key column_name",
            "layer file file_sha256 sheet row_key column_name old_value new_value",
        ),
        _table(
            "notice_changes",
            "告示撤回和更正",
            "plan_year village_code changed_on",
            "village_code village township action plan_year changed_on:DATE document_no reason",
        ),
        _table(
            "ledger_exchanges",
            "台账更换",
            "file sha256_before sha256_after",
            "file given as_of_before:DATE as_of_after:DATE own_day_before:DATE rows_before "
            "rows_after "
            "sha256_before sha256_after",
        ),
    )
}

_OWN = (
    """CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY,
 organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL,
 description TEXT)""",
    """CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL,
 identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL
 DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), min_x DOUBLE, min_y DOUBLE, max_x DOUBLE,
 max_y DOUBLE, srs_id INTEGER REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    """CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL UNIQUE REFERENCES
 gpkg_contents(table_name), column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
 srs_id INTEGER NOT NULL REFERENCES gpkg_spatial_ref_sys(srs_id), z TINYINT NOT NULL,
 m TINYINT NOT NULL, PRIMARY KEY (table_name, column_name))""",
    """CREATE TABLE schema_version (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
 what TEXT NOT NULL, version INTEGER NOT NULL)""",
    """CREATE TABLE journal (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
 change INTEGER NOT NULL, at DATETIME NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL,
 table_name TEXT NOT NULL, row_id INTEGER NOT NULL, action TEXT NOT NULL, column_name TEXT NOT NULL,
 old_value TEXT, new_value TEXT, undoes INTEGER)""",
    "CREATE INDEX journal_change ON journal (change)",
    # at most one row, within a transaction of Nuantu: whose change the triggers note
    "CREATE TABLE change_in_progress (number INTEGER, who TEXT, why TEXT, undoes INTEGER)",
)
_WKT = (
    'GEOGCS["{name}",DATUM["{datum}",SPHEROID["{ellipsoid}",6378137,{flattening}]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AXIS["Latitude",NORTH],'
    'AXIS["Longitude",EAST],AUTHORITY["EPSG","{code}"]]'
)
_WGS84 = _WKT.format(
    name="WGS 84", datum="WGS_1984", ellipsoid="WGS 84", flattening="298.257223563", code=4326
)
_CGCS2000 = _WKT.format(
    name="China Geodetic Coordinate System 2000",
    datum="China_2000",
    ellipsoid="CGCS2000",
    flattening="298.257222101",
    code=SRS,
)
_CRS = (
    ("Undefined cartesian", -1, "NONE", -1, "undefined"),
    ("Undefined geographic", 0, "NONE", 0, "undefined"),
    ("WGS 84", 4326, "EPSG", 4326, _WGS84),
    ("CGCS2000", SRS, "EPSG", SRS, _CGCS2000),
)
WHAT = "nuantu office record"


def whole_schema() -> Iterator[tuple[str, tuple[object, ...]]]:
    """Every statement that makes an empty record, with its values."""
    for statement in _OWN:
        yield statement, ()
    for system in _CRS:
        yield "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)", system
    yield "INSERT INTO schema_version (what, version) VALUES (?, ?)", (WHAT, VERSION)
    for name, zh in (("journal", "修改记录"), ("schema_version", "版本")):
        yield _register(name, zh, "attributes")
    for table in TABLES.values():
        yield from _new_table(table)
    for statement in TRIGGERS.values():
        yield statement, ()


def _new_table(table: RecordTable) -> Iterator[tuple[str, tuple[object, ...]]]:
    own = "".join(f', "{name}" {kind}' for name, kind in table.columns.items())
    shape = f', "{GEOMETRY}" MULTIPOLYGON' if table.shaped else ""
    fid = "fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL"
    yield f'CREATE TABLE "{table.name}" ({fid}{own}{shape})', ()
    yield _register(table.name, table.zh, "features" if table.shaped else "attributes")
    if table.shaped:
        column = (table.name, GEOMETRY, "MULTIPOLYGON", SRS)
        yield "INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)", column


def _register(name: str, zh: str, kind: str) -> tuple[str, tuple[object, ...]]:
    system = SRS if kind == "features" else None
    statement = (
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, ?, ?, ?)"
    )
    return statement, (name, kind, zh, system)


def upgrade_of(
    columns: dict[str, set[str]], triggers: set[str]
) -> Iterator[tuple[str, tuple[object, ...]]]:
    """The statements that bring an older record up to date; nothing in it is removed.

    Args:
        columns: Table → its columns, as they stand.
        triggers: The names of the triggers that stand.
    """
    for name in sorted(triggers & TRIGGERS.keys()):
        yield f'DROP TRIGGER "{name}"', ()
    for table in TABLES.values():
        if table.name not in columns:
            yield from _new_table(table)
            continue
        for name in table.columns.keys() - columns[table.name]:
            yield f'ALTER TABLE "{table.name}" ADD COLUMN "{name}" {table.columns[name]}', ()
    for statement in TRIGGERS.values():
        yield statement, ()
    yield "UPDATE schema_version SET version = ?", (VERSION,)


def _value(row: str, name: str) -> str:
    """A cell as the journal keeps it: a geometry as hexadecimal digits."""
    cell = f'{row}."{name}"'
    return f"CASE WHEN {cell} IS NOT NULL THEN hex({cell}) END" if name == GEOMETRY else cell


def journal_trigger(table: RecordTable, action: str) -> str:
    """The trigger that notes every changed cell of a row; "" as the column notes the row itself."""
    event = action.upper()
    old = [_value("OLD", name) if event != "INSERT" else "NULL" for name in table.fields]
    new = [_value("NEW", name) if event != "DELETE" else "NULL" for name in table.fields]
    cells = [
        f"SELECT '{name}' AS name, {one} AS old, {other} AS new"
        for name, one, other in zip(table.fields, old, new, strict=True)
    ]
    whole = "" if event == "UPDATE" else " OR d.name = ''"
    if whole:
        cells.insert(0, "SELECT '' AS name, NULL AS old, NULL AS new")
    row = "OLD" if event == "DELETE" else "NEW"
    number = "(SELECT coalesce(max(change), 0) + 1 FROM journal)"
    return (
        f'CREATE TRIGGER "journal_{table.name}_{action}" AFTER {event} ON "{table.name}" BEGIN '
        "INSERT INTO journal (change, at, who, why, table_name, row_id, action, column_name,"
        " old_value, new_value, undoes) "
        f"SELECT coalesce((SELECT number FROM change_in_progress), {number}),"
        " strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),"
        " coalesce((SELECT who FROM change_in_progress), 'unknown'),"
        " coalesce((SELECT why FROM change_in_progress), ''),"
        f" '{table.name}', {row}.fid, '{action}', d.name, d.old, d.new,"
        " (SELECT undoes FROM change_in_progress) "
        f"FROM ({' UNION ALL '.join(cells)}) AS d WHERE d.old IS NOT d.new{whole}; END"
    )


def _kept(table: RecordTable) -> Iterator[tuple[str, str]]:
    """The triggers by which no row changes its number or is replaced without a note."""
    yield (
        f"number_{table.name}",
        (
            f'CREATE TRIGGER "number_{table.name}" BEFORE UPDATE OF fid ON "{table.name}" '
            "WHEN OLD.fid IS NOT NEW.fid BEGIN "
            "SELECT RAISE(ABORT, 'fid 不能改 / the fid of a row does not change'); END"
        ),
    )
    yield (
        f"replace_{table.name}",
        (
            f'CREATE TRIGGER "replace_{table.name}" BEFORE INSERT ON "{table.name}" '
            f'WHEN EXISTS (SELECT 1 FROM "{table.name}" WHERE fid = NEW.fid) BEGIN '
            "SELECT RAISE(ABORT, 'fid 已有 / there is a row of this fid'); END"
        ),
    )


_ONLY_REASON = " AND ".join(
    f"OLD.{name} IS NEW.{name}"
    for name in (
        "fid change at table_name row_id action column_name old_value new_value undoes".split()
    )
)
TRIGGERS = {
    **{
        f"journal_{table.name}_{action}": journal_trigger(table, action)
        for table in TABLES.values()
        for action in ("insert", "update", "delete")
    },
    **{name: one for table in TABLES.values() for name, one in _kept(table)},
    # whoever changed a row in another program is named later, once
    "journal_stays": (
        "CREATE TRIGGER journal_stays BEFORE UPDATE ON journal "
        f"WHEN NOT (OLD.who = 'unknown' AND {_ONLY_REASON}) BEGIN "
        "SELECT RAISE(ABORT, '修改记录不能改 / the journal does not change'); END"
    ),
    "journal_keeps": (
        "CREATE TRIGGER journal_keeps BEFORE DELETE ON journal BEGIN "
        "SELECT RAISE(ABORT, '修改记录不能删 / the journal does not change'); END"
    ),
}

"""GeoPackage, read as SQLite: exact values, true feature counts, no use of the spatial index.

Coded-value domains of geodatabases: codes replaced by their descriptions.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from gis.layers.problems import Finding, Refusal
from gis.layers.raw_table import RawTable, Request, number_text, texts

Domains = Mapping[str, Mapping[str, str]]  # column → code → word
# ASSUME: a longer code (an official number, a word) is itself as clear as its description
_SHORT = re.compile(r"[0-9]{1,3}|[A-Za-z]{1,2}")


def put_words(raw: RawTable, domains: Domains) -> None:
    """Replace short codes by their descriptions; a code without a description is kept."""
    for name, words in domains.items():
        if name in raw.columns:
            raw.columns[name] = _decoded(raw.columns[name], words)


def _decoded(column: pa.Array, words: Mapping[str, str]) -> pa.Array:
    short = {code: word for code, word in words.items() if word and _SHORT.fullmatch(code)}
    return texts([short.get(_normalise_code(value), value) for value in column.to_pylist()])


def _normalise_code(value: str | None) -> str:
    """A code as its domain writes it: "1" where a float column has "1.0"."""
    return re.sub(r"\.0+$", "", value) if value else ""


_ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_SOFTWARE_TABLES = ("layer_styles", "qgis_projects")
_INDEX = re.compile(r"\brtree", re.IGNORECASE)
Value = str | int | float | bytes | None


def read(path: Path, request: Request) -> RawTable:
    """One feature table; row numbers are the feature ids.

    Raises:
        Refusal: The file is damaged or being written to, or it has several tables and none is
            named.
    """
    if path.read_bytes()[:16] != b"SQLite format 3\x00":
        raise Refusal("other_format", found="?", expected="GPKG")
    wal = path.with_name(f"{path.name}-wal")
    if wal.exists() and wal.stat().st_size:
        raise Refusal("being_written", side_file=wal.name)
    base = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        base.execute("PRAGMA trusted_schema = OFF")
        findings = _check_integrity(base)
        raw = _read_table(base, request.layer_among(_tables(base)))
        raw.findings += findings
        return raw
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise Refusal("damaged") from error
    finally:
        base.close()


def _check_integrity(base: sqlite3.Connection) -> list[Finding]:
    """Refuse a damaged database; a damaged spatial index is only reported."""
    verdicts = [str(row[0]) for row in base.execute("PRAGMA integrity_check")]
    for verdict in verdicts:
        if verdict != "ok" and not _INDEX.search(verdict):
            raise Refusal("damaged")
    return [] if verdicts == ["ok"] else [Finding("damaged_index")]


def _tables(base: sqlite3.Connection) -> list[str]:
    query = "SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes')"
    return [str(name) for (name,) in base.execute(query) if name not in _SOFTWARE_TABLES]


def _read_table(base: sqlite3.Connection, table: str) -> RawTable:
    quoted = '"' + table.replace('"', '""') + '"'
    cursor = base.execute(f"SELECT * FROM {quoted}")  # noqa: S608  the name is quoted
    names = [one[0] for one in cursor.description]
    records = cursor.fetchall()
    columns = (
        dict(zip(names, map(list, zip(*records, strict=True)), strict=True)) if records else {}
    )
    columns = columns or {name: [] for name in names}
    key, geometry = _key(base, quoted), _geometry_column(base, table)
    numbers = columns.pop(key) if key else range(1, len(records) + 1)
    wkb = [_wkb(blob) for blob in columns.pop(geometry)] if geometry else None
    findings = _stale_count(base, table, len(records))
    text_columns = {name: texts([_text(one) for one in column]) for name, column in columns.items()}
    raw = RawTable(text_columns, list(numbers), wkb, _crs(base, table), findings=findings)
    put_words(raw, _domains(base, table))
    return raw


def _domains(base: sqlite3.Connection, table: str) -> Domains:
    """The coded-value domains of the table's columns."""
    query = """SELECT c.column_name, k.value, k.description FROM gpkg_data_columns c
               JOIN gpkg_data_column_constraints k USING (constraint_name)
               WHERE c.table_name = ? AND k.constraint_type = 'enum'"""
    found: dict[str, dict[str, str]] = {}
    with suppress(sqlite3.OperationalError):  # most files lack these tables
        for column, code, word in base.execute(query, (table,)):
            found.setdefault(column, {})[str(code)] = str(word or "")
    return found


def _key(base: sqlite3.Connection, quoted: str) -> str:
    keys = [row[1] for row in base.execute(f"PRAGMA table_info({quoted})") if row[5]]
    kinds = {row[1]: row[2].upper() for row in base.execute(f"PRAGMA table_info({quoted})")}
    return keys[0] if len(keys) == 1 and kinds[keys[0]] == "INTEGER" else ""


def _geometry_column(base: sqlite3.Connection, table: str) -> str:
    query = "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?"
    found = base.execute(query, (table,)).fetchone()
    return str(found[0]) if found else ""


def _crs(base: sqlite3.Connection, table: str) -> str | None:
    query = """SELECT organization, organization_coordsys_id, definition, s.srs_id
               FROM gpkg_geometry_columns g JOIN gpkg_spatial_ref_sys s USING (srs_id)
               WHERE table_name = ?"""
    found = base.execute(query, (table,)).fetchone()
    if not found or found[3] in (0, -1):
        return None
    organization, number, definition, _ = found
    return f"EPSG:{number}" if str(organization).upper() == "EPSG" else str(definition)


def _stale_count(base: sqlite3.Connection, table: str, found: int) -> list[Finding]:
    try:
        query = "SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = ?"
        stored = base.execute(query, (table,)).fetchone()
    except sqlite3.Error:
        return []
    if not stored or stored[0] is None or stored[0] == found:
        return []
    return [Finding("stale_count", numbers={"said": stored[0], "found": found})]


def _wkb(blob: Value) -> bytes | None:
    """The WKB inside a GeoPackage geometry blob."""
    if blob is None:
        return None
    if not isinstance(blob, bytes) or blob[:2] != b"GP":
        raise Refusal("damaged")
    kind = blob[3] >> 1 & 0b111
    if kind not in _ENVELOPE_BYTES:
        raise Refusal("damaged")
    return blob[8 + _ENVELOPE_BYTES[kind] :]


def _text(value: Value) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.hex()
    return number_text(value) if isinstance(value, float) else str(value)

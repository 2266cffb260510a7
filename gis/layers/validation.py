"""Checks of typed rows, and the rows that count: codes, duplicates, consistency, polygons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.conservation import check_same_ids
from gis.errors import Text
from gis.layers import targets
from gis.layers.georeference import EAST, NORTH
from gis.layers.headings import EXTRA
from gis.layers.ledger import read_ledger_table
from gis.layers.problems import Finding, Number
from gis.layers.raw_table import RawTable
from gis.layers.schema import Layer, normalise_heading
from gis.layers.values import begin_year
from gis.layers.village_codes import fill_blank_names

_STACKED = 100  # households on one point: so many suggest a default coordinate
_SLIVER_M2 = 1.0  # smaller overlaps are rounding


def check_values(table: pd.DataFrame, layer: Layer) -> list[Finding]:
    """Report codes of the wrong length."""
    findings: list[Finding] = []
    for column in layer.columns:
        if column.digits:
            values = table[column.name]
            strange = values.notna() & ~values.str.fullmatch(rf"[0-9]{{{column.digits}}}")
            numbers: dict[str, Number] = {"digits": column.digits}
            findings += _row_findings(table, strange, "bad_code", column.name, numbers)
    return findings


def check_rows(table: pd.DataFrame, layer: Layer) -> list[Finding]:
    """Check the rows of one layer against each other."""
    if layer.name == "villages":
        return list(_township_mismatches(table))
    if layer.name == "households" and EAST in table:
        return list(_stacked(table))
    if layer.name == "transformers":
        return [*_half_an_upgrade(table), *_no_statement(table)]
    if layer.name == "meters":
        return list(_meters_of_two(table))
    if layer.name == "weather":
        return list(_doubtful_winters(table))
    return []


def check_days(table: pd.DataFrame, layer: Layer, as_of: date) -> list[Finding]:
    """Report transformer upgrades due before `as_of`, and loads known only after it.

    It is unknown whether such an upgrade is late or already included in capacity_kva.
    """
    if layer.name != "transformers":
        return []
    due = pd.to_datetime(table["upgrade_due_on"])
    passed = (table["upgrade_kva"] > 0) & (due < pd.Timestamp(as_of))
    with_day = table.assign(upgrade_due_on=due.dt.strftime("%Y-%m-%d"))
    found = list(_row_findings(with_day, passed, "upgrade_overdue", "upgrade_due_on"))
    for name, value in (("peak_on", "peak_load_kva"), ("open_on", "open_kva")):
        day = pd.to_datetime(table[name])
        shown = table.assign(**{name: day.dt.strftime("%Y-%m-%d")})
        later = (day > pd.Timestamp(as_of)) & table[value].notna()
        found += _row_findings(shown, later, "load_after_as_of", name)
    return found


def _half_an_upgrade(table: pd.DataFrame) -> Iterator[Finding]:
    """Report transformer upgrades without a capacity, or without a date."""
    kva, due = table["upgrade_kva"], table["upgrade_due_on"]
    planned = due.notna() | (table["upgrade_cny"] > 0)
    yield from _row_findings(table, planned & kva.isna(), "upgrade_without_kva", "upgrade_kva")
    yield from _row_findings(table, (kva > 0) & due.isna(), "upgrade_undated", "upgrade_due_on")
    doubtful = kva > table["capacity_kva"]
    yield from _row_findings(table, doubtful, "upgrade_by_or_to", "upgrade_kva")


def _meters_of_two(table: pd.DataFrame) -> Iterator[Finding]:
    """Report meters that the grid company's list puts on several transformers."""
    fed = table["transformer_id"].groupby(table["meter_no"]).transform("nunique")
    yield from _row_findings(table, fed > 1, "meter_of_two", "meter_no")


def _doubtful_winters(table: pd.DataFrame) -> Iterator[Finding]:
    """Report seasons without a year, without degree days, or given twice with differing ones."""
    year, days = pd.Series(begin_year(table["season"]), table.index), table["degree_days"]
    twice = days.groupby(year).transform("nunique") > 1
    yield from _row_findings(table, year.isna() | twice, "season_doubtful", "season")
    yield from _row_findings(table, days <= 0, "degree_days_none", "degree_days")


def _no_statement(table: pd.DataFrame) -> Iterator[Finding]:
    """Report open capacities without their document, and peaks that say nothing of the winter."""
    written = table["open_document"].fillna("").astype(str).str.strip() != ""
    opened, day = table["open_kva"].notna(), pd.to_datetime(table["peak_on"])
    yield from _row_findings(table, opened & ~written, "open_without_document", "open_kva")
    beyond = table["open_kva"] > table["capacity_kva"]
    yield from _row_findings(table, beyond, "open_beyond_capacity", "open_kva")
    summer = table["peak_season"].eq("summer") & ~(opened & written)
    yield from _row_findings(table, summer, "summer_peak", "peak_season")
    off_season = day.dt.month.between(4, 10) & table["peak_season"].eq("heating")
    shown = table.assign(peak_on=day.dt.strftime("%Y-%m-%d"))
    yield from _row_findings(shown, off_season, "peak_season_differs", "peak_on")


def check_across_layers(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[Finding]]:
    """Check layers against each other: overlaps and gaps of villages, unknown village codes."""
    villages = tables.get("villages")
    if villages is None:
        return {}
    found = {"villages": [*_overlaps(villages), *_gaps(villages)]}
    for name in ("transformers", "rulings", "complaints", "sweeps"):
        if name in tables:
            codes = tables[name]["village_code"]
            strange = codes[codes.notna() & ~codes.isin(villages["village_code"])]
            found[name] = [
                Finding("unknown_village", column="village_code", value=code)
                for code in strange.unique()
            ]
    return found


def _row_findings(
    table: pd.DataFrame,
    bad: pd.Series,
    code: str,
    column: str,
    numbers: Mapping[str, Number] | None = None,
) -> Iterator[Finding]:
    """One finding for each bad row."""
    for index in table.index[bad.fillna(value=False).astype(bool)]:
        value = table[column][index]
        shown = "" if pd.isna(value) else str(value)
        numbers_of_row: dict[str, Number] = {"file": str(table["ledger_file"][index])}
        row = int(table["ledger_row"][index])
        sheet = str(table["ledger_sheet"][index])
        yield Finding(code, row, column, shown, numbers_of_row | dict(numbers or {}), sheet)


def _township_mismatches(table: pd.DataFrame) -> Iterator[Finding]:
    """Report villages whose code does not begin with their township's."""
    begins = table["village_code"].str[:9]
    differs = begins.notna() & table["township_code"].notna() & (begins != table["township_code"])
    return _row_findings(table, differs, "township_differs", "township_code")


def _stacked(table: pd.DataFrame) -> Iterator[Finding]:
    """Report points shared by at least _STACKED households."""
    places = pd.DataFrame({"x": table[EAST].round(1), "y": table[NORTH].round(1)}).dropna()
    counts = places.groupby(["x", "y"]).transform("size")
    for _, own in places[counts >= _STACKED].groupby(["x", "y"]):
        first = own.index[0]
        numbers: dict[str, Number] = {"households": len(own)}
        numbers["file"] = str(table["ledger_file"][first])
        row, sheet = int(table["ledger_row"][first]), str(table["ledger_sheet"][first])
        yield Finding("stacked", row, "lon", numbers=numbers, sheet=sheet)


def _overlaps(villages: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Report pairs of villages that overlap."""
    shapes, codes = villages.geometry.to_numpy(), villages["village_code"].to_numpy()
    tree = shapely.STRtree(shapes)
    for one, other in zip(*tree.query(shapes, predicate="intersects"), strict=True):
        if one < other and (area := shapes[one].intersection(shapes[other]).area) > _SLIVER_M2:
            numbers: dict[str, Number] = {
                "one": codes[one],
                "other": codes[other],
                "area_m2": float(area),
            }
            yield Finding("villages_overlap", column="geometry", value=codes[one], numbers=numbers)


def _gaps(villages: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Report gaps between villages."""
    whole = shapely.union_all(villages.geometry.dropna().to_numpy())
    rings = [ring for part in shapely.get_parts(whole) for ring in getattr(part, "interiors", [])]
    areas = np.array([shapely.Polygon(ring).area for ring in rings])
    if len(areas):
        numbers = {"holes": len(areas), "area_m2": float(areas.sum())}
        yield Finding("villages_holes", column="geometry", numbers=numbers)


COUNT = ("", "village_twice", "zone_without_id")  # reasons of rows that stay in a layer
_ROW_NUMBER_HEADINGS = frozenset(["序号", "行号", "no", "fid", "ogcfid", "objectid", "id"])
# blocking problems: no village and no zone may be lost
_CONFLICT_CODES = {"villages": "village_twice", "coal_ban_zones": "zone_twice"}
# a zone without an id is kept, see `fill_zone_ids`; a village needs a code or a name
_NO_ID_CODES = {"coal_ban_zones": "zone_without_id", "villages": "village_without_code"}
_SOURCE_COLUMNS = ("ledger_file", "ledger_sheet", "ledger_row", "ledger_as_of")


def reject(table: pd.DataFrame, layer: Layer, findings: list[Finding]) -> pd.Series:
    """Find the rows that cannot be used.

    Identical rows count once; a column of running numbers does not make them different. Rows that
    differ under one id are all rejected, because it is unknown which is right. Versions of one id
    start on different days.

    Args:
        table: The rows of the layer.
        layer: The layer's schema.
        findings: Findings are added to it.

    Returns:
        "" for each good row, else no_id, duplicate_row, duplicate_id or a layer's own code.
    """
    reasons = pd.Series("", index=table.index, dtype="str")
    if not layer.key or layer.key not in table:
        return reasons
    ids = table[layer.key]
    if layer.dated:
        ids += " " + table[layer.dated].astype("str").fillna("")
    repeated = ids.duplicated(keep=False) & ids.notna()
    if repeated.any():
        copies, conflicting = split_copies(table[repeated], ids[repeated])
        reasons[copies.index[copies & ~conflicting]] = "duplicate_row"
        reasons[conflicting.index[conflicting]] = _CONFLICT_CODES.get(layer.name, "duplicate_id")
    reasons[ids.isna()] = _NO_ID_CODES.get(layer.name, "no_id")
    for index in reasons.index[reasons != ""]:
        value = "" if pd.isna(ids[index]) else str(table[layer.key][index])
        numbers = {"file": str(table["ledger_file"][index])}
        row = int(table["ledger_row"][index])
        sheet = str(table["ledger_sheet"][index])
        findings.append(Finding(reasons[index], row, layer.key, value, numbers, sheet))
    return reasons


def fill_zone_ids(table: pd.DataFrame, reasons: pd.Series) -> pd.Series:
    """The ids of coal-ban zones; a zone without one gets its name, or its row number."""
    ids = table["zone_id"].copy()
    missing = (reasons == _NO_ID_CODES["coal_ban_zones"]).to_numpy(dtype=bool)
    names = table["zone"].where(table["zone"].notna() & (table["zone"] != ""))
    taken = names.duplicated(keep=False) | names.isin(ids)
    rows = "#" + table["ledger_row"].astype("str")
    ids[missing] = names.where(~taken).fillna(rows)[missing]
    return ids


def split_copies(table: pd.DataFrame, ids: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Tell copies of rows from rows that conflict.

    Args:
        table: Rows that share an id with another row.
        ids: Their ids.

    Returns:
        Whether each row is identical to an earlier one, and whether its id has rows that differ.
    """
    some = table.drop(columns=_row_number_columns(table)).astype(str)
    copies = some.duplicated(keep="first")
    variants = some[~copies].groupby(ids[~copies]).size()
    return copies, ids.isin(variants[variants > 1].index)


def _row_number_columns(table: pd.DataFrame) -> list[str]:
    """The columns that only number the rows."""
    extra = [name for name in table if name.startswith(EXTRA)]
    numbering = [
        name
        for name in extra
        if normalise_heading(name.removeprefix(EXTRA)) in _ROW_NUMBER_HEADINGS
    ]
    return [*(name for name in _SOURCE_COLUMNS if name in table), *numbering]


def repair(raw: RawTable, shapes: gpd.GeoSeries, *, by_winding: bool = False) -> gpd.GeoSeries:
    """Repair invalid polygons; each is reported with its area before and after.

    Overlapping or nested parts are merged into one area. A point is inside if it lies in any part
    and outside that part's holes; areas that a ring encircles twice are also inside.

    Args:
        raw: The table; findings are added to it.
        shapes: One geometry for each row.
        by_winding: The format marks holes only by ring winding, so that a part within another part
            is a hole with the wrong winding.
    """
    values = shapes.to_numpy().copy()
    polygons = np.isin(shapely.get_type_id(values), (3, 6))
    for index in np.flatnonzero(polygons & ~shapely.is_valid(values)):
        parts = [_repair_part(part) for part in shapely.get_parts(values[index])]
        repaired = (
            _union_with_holes(parts) if by_winding else _polygons_only(shapely.union_all(parts))
        )
        numbers = {
            "reason": shapely.is_valid_reason(values[index]),
            "before_m2": float(values[index].area),
            "after_m2": float(repaired.area),
        }
        raw.findings.append(Finding("repaired", int(raw.rows[int(index)]), numbers=numbers))
        values[index] = None if repaired.is_empty else repaired
    return gpd.GeoSeries(values, crs=shapes.crs)


def _repair_part(part: shapely.Polygon) -> shapely.Geometry:
    """One valid part; holes that leave nothing of it are ignored."""
    repaired = _polygons_only(shapely.make_valid(part, method="structure", keep_collapsed=False))
    return _polygons_only(shapely.make_valid(part)) if repaired.is_empty else repaired


def _union_with_holes(parts: list[shapely.Geometry]) -> shapely.Geometry:
    """The union of parts; a part within another is a hole, one within a hole is a part."""
    parts = sorted(parts, key=lambda part: float(part.area), reverse=True)
    whole = parts[0]
    for part in parts[1:]:
        hole = shapely.contains_properly(whole, part)
        whole = whole.difference(part) if hole else whole.union(part)
    return _polygons_only(whole)


def _polygons_only(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [one for one in shapely.get_parts(shape) if one.geom_type.endswith("Polygon")]
    return shapely.union_all(parts) if len(parts) != 1 else parts[0]


_COPY = "duplicate_row"  # identical to another row
# layers with file and row in their tables: later stages report problems of their rows
_WITH_ROW_NUMBERS = frozenset(["rulings", "zone_rulings", "payments"])
_WITH_FILES = frozenset(["payments"])  # each township's file numbers its rows from the top
_STAGE = Text("读取台账", "reading the ledger")


def no_rows_finding(layer: Layer, read: int) -> Finding:
    """Report a layer without counting rows; `read`: the number of rows in its files."""
    code = "required_without_rows" if layer.required else "layer_without_rows"
    return Finding(code, column=layer.key, numbers={"rows": read})


def has_counting_rows(layer: Layer, table: pd.DataFrame) -> bool:
    """Whether any row of the layer counts; a ledger also keeps rejected rows."""
    if layer.name == "households":
        return bool((table["reject_reason"] == "").any())
    return len(table) > 0


def finish_table(
    whole: pd.DataFrame, layer: Layer, reasons: pd.Series, findings: list[Finding]
) -> pd.DataFrame:
    """The table without unusable rows, or with their `reject_reason` in layers that keep them.

    Args:
        whole: The rows of all files.
        layer: The layer's schema.
        reasons: Why each row is rejected, see `reject`.
        findings: Findings are added to it.
    """
    if layer.numbered:
        for axis, place in (("x", EAST), ("y", NORTH)):
            whole[axis] = whole.pop(place) if place in whole else float("nan")
    if layer.name == "households":
        table = read_ledger_table(whole, reasons)
        check_same_ids(_STAGE, whole["household_id"], table["household_id"])
        return table
    if layer.name == "targets":
        return targets.read_targets_table(whole, findings)
    if layer.kept:
        whole, reasons = whole.assign(reject_reason=reasons), reasons.where(reasons == _COPY, "")
    if layer.name == "coal_ban_zones":
        whole["zone_id"] = fill_zone_ids(whole, reasons)
    kept = fill_blank_names(whole[reasons.isin(COUNT)], layer.name)
    dropped = ["ledger_file", "ledger_sheet", "ledger_row"]
    if layer.name in _WITH_ROW_NUMBERS:
        dropped.remove("ledger_row")
    if layer.name in _WITH_FILES:
        dropped.remove("ledger_file")
    return kept.drop(columns=dropped).reset_index(drop=True)

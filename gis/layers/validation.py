"""What is wrong with typed rows: codes, and how a layer's rows lie to each other.

Rows that cannot be used: without an id, or with one that another row has.

Polygons that are none: repaired, and never in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.layers.georeference import EAST, NORTH
from gis.layers.headings import EXTRA
from gis.layers.problems import Finding, Number
from gis.layers.raw_table import RawTable
from gis.layers.schema import Layer, normalise_heading

_STACKED = 100  # households on one point: by the hundred they are a default, not a survey
_SLIVER_M2 = 1.0  # overlaps below are rounding


def check_values(table: pd.DataFrame, layer: Layer) -> list[Finding]:
    """Codes of another length."""
    findings: list[Finding] = []
    for column in layer.columns:
        values = table[column.name]
        if column.digits:
            strange = values.notna() & ~values.str.fullmatch(rf"[0-9]{{{column.digits}}}")
            numbers: dict[str, Number] = {"digits": column.digits}
            findings += _rows(table, strange, "bad_code", column.name, numbers)
    return findings


def check_rows(table: pd.DataFrame, layer: Layer) -> list[Finding]:
    """How the rows of a layer lie to each other."""
    if layer.name == "villages":
        return list(_townships(table))
    if layer.name == "households" and EAST in table:
        return list(_stacked(table))
    return []


def check_days(table: pd.DataFrame, layer: Layer, as_of: date) -> list[Finding]:
    """Upgrades of transformers whose day had passed before `as_of`.

    Nobody knows whether such an upgrade is late or stands in capacity_kva already.
    """
    if layer.name != "transformers":
        return []
    due = pd.to_datetime(table["upgrade_due_on"])
    passed = (table["upgrade_kva"] > 0) & (due < pd.Timestamp(as_of))
    said = table.assign(upgrade_due_on=due.dt.strftime("%Y-%m-%d"))
    return list(_rows(said, passed, "upgrade_overdue", "upgrade_due_on"))


def check_across_layers(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[Finding]]:
    """What layers say against each other: overlapping villages, codes of no village."""
    villages = tables.get("villages")
    if villages is None:
        return {}
    found = {"villages": [*_overlaps(villages), *_holes(villages)]}
    for name in ("transformers", "rulings", "complaints"):
        if name in tables:
            codes = tables[name]["village_code"]
            strange = codes[codes.notna() & ~codes.isin(villages["village_code"])]
            found[name] = [
                Finding("unknown_village", column="village_code", value=code)
                for code in strange.unique()
            ]
    return found


def _rows(
    table: pd.DataFrame,
    bad: pd.Series,
    code: str,
    column: str,
    numbers: Mapping[str, Number] | None = None,
) -> Iterator[Finding]:
    """One finding for each bad row."""
    for index in table.index[bad.fillna(value=False).astype(bool)]:
        value = table[column][index]
        said = "" if pd.isna(value) else str(value)
        where: dict[str, Number] = {"file": str(table["ledger_file"][index])}
        row = int(table["ledger_row"][index])
        yield Finding(code, row, column, said, where | dict(numbers or {}))


def _townships(table: pd.DataFrame) -> Iterator[Finding]:
    """Villages whose code does not begin with their township's."""
    begins = table["village_code"].str[:9]
    differs = begins.notna() & table["township_code"].notna() & (begins != table["township_code"])
    return _rows(table, differs, "township_differs", "township_code")


def _stacked(table: pd.DataFrame) -> Iterator[Finding]:
    """Points on which households stand by the hundred."""
    places = pd.DataFrame({"x": table[EAST].round(1), "y": table[NORTH].round(1)}).dropna()
    counts = places.groupby(["x", "y"]).transform("size")
    for _, own in places[counts >= _STACKED].groupby(["x", "y"]):
        first = own.index[0]
        numbers: dict[str, Number] = {"households": len(own)}
        numbers["file"] = str(table["ledger_file"][first])
        yield Finding("stacked", int(table["ledger_row"][first]), "lon", numbers=numbers)


def _overlaps(villages: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Pairs of villages that claim the same ground."""
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


def _holes(villages: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Ground between villages that belongs to none."""
    whole = shapely.union_all(villages.geometry.dropna().to_numpy())
    rings = [ring for part in shapely.get_parts(whole) for ring in getattr(part, "interiors", [])]
    areas = np.array([shapely.Polygon(ring).area for ring in rings])
    if len(areas):
        numbers = {"holes": len(areas), "area_m2": float(areas.sum())}
        yield Finding("villages_holes", column="geometry", numbers=numbers)


COUNT = ("", "village_twice", "zone_without_id")  # rows that stay in a layer
_COUNTERS = frozenset(["序号", "行号", "no", "fid", "ogcfid", "objectid", "id"])
# which stops the run: no village and no zone may be lost
_TORN = {"villages": "village_twice", "coal_ban_zones": "zone_twice"}
_NAMELESS = {"coal_ban_zones": "zone_without_id"}  # which is judged all the same, see `nameless`
_OWN = ("ledger_file", "ledger_row")


def reject(table: pd.DataFrame, layer: Layer, findings: list[Finding]) -> pd.Series:
    """Why each row is rejected, "" for a good one: no_id, duplicate_row, duplicate_id or such.

    Identical rows count once (a running number does not tell them apart); of rows that differ
    under one id none is known to be true. Versions of one id begin on different days.
    """
    reasons = pd.Series("", index=table.index, dtype="str")
    if not layer.key or layer.key not in table:
        return reasons
    ids = table[layer.key]
    if layer.dated:
        ids += " " + table[layer.dated].astype("str").fillna("")
    repeated = ids.duplicated(keep=False) & ids.notna()
    if repeated.any():
        copies, torn = split_copies(table[repeated], ids[repeated])
        reasons[copies.index[copies & ~torn]] = "duplicate_row"
        reasons[torn.index[torn]] = _TORN.get(layer.name, "duplicate_id")
    reasons[ids.isna()] = _NAMELESS.get(layer.name, "no_id")
    for index in reasons.index[reasons != ""]:
        value = "" if pd.isna(ids[index]) else str(table[layer.key][index])
        numbers = {"file": str(table["ledger_file"][index])}
        row = int(table["ledger_row"][index])
        findings.append(Finding(reasons[index], row, layer.key, value, numbers))
    return reasons


def nameless(table: pd.DataFrame, reasons: pd.Series) -> pd.Series:
    """The ids of coal-ban zones, by name or row where there is none."""
    ids = table["zone_id"].copy()
    lacking = (reasons == _NAMELESS["coal_ban_zones"]).to_numpy(dtype=bool)
    called = table["zone"].where(table["zone"].notna() & (table["zone"] != ""))
    taken = called.duplicated(keep=False) | called.isin(ids)
    rows = "#" + table["ledger_row"].astype("str")
    ids[lacking] = called.where(~taken).fillna(rows)[lacking]
    return ids


def split_copies(table: pd.DataFrame, ids: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Which rows say what an earlier one says, and which have an id of rows that differ."""
    some = table.drop(columns=_counters(table)).astype(str)
    copies = some.duplicated(keep="first")
    variants = some[~copies].groupby(ids[~copies]).size()
    return copies, ids.isin(variants[variants > 1].index)


def _counters(table: pd.DataFrame) -> list[str]:
    """The columns that number the rows and say nothing of what stands in them."""
    extra = [name for name in table if name.startswith(EXTRA)]
    numbering = [name for name in extra if normalise_heading(name.removeprefix(EXTRA)) in _COUNTERS]
    return [*(name for name in _OWN if name in table), *numbering]


def repair(raw: RawTable, shapes: gpd.GeoSeries, *, by_winding: bool = False) -> gpd.GeoSeries:
    """Valid polygons; each repaired one is reported with its area before and after.

    Parts that overlap or nest are one area together: what lies in any part, and not in that part's
    holes, stays inside, and so does what a ring goes round twice.
    by_winding: the format tells holes from parts by the winding of their rings alone, so that a
    part that lies within another is a hole wound the wrong way.
    """
    values = shapes.to_numpy().copy()
    polygons = np.isin(shapely.get_type_id(values), (3, 6))
    for index in np.flatnonzero(polygons & ~shapely.is_valid(values)):
        parts = [_mended(part) for part in shapely.get_parts(values[index])]
        mended = _with_holes(parts) if by_winding else _polygonal(shapely.union_all(parts))
        numbers = {
            "reason": shapely.is_valid_reason(values[index]),
            "before_m2": float(values[index].area),
            "after_m2": float(mended.area),
        }
        raw.findings.append(Finding("repaired", int(raw.rows[int(index)]), numbers=numbers))
        values[index] = None if mended.is_empty else mended
    return gpd.GeoSeries(values, crs=shapes.crs)


def _mended(part: shapely.Polygon) -> shapely.Geometry:
    """One part made valid; where its holes leave nothing of it, they are no holes."""
    mended = _polygonal(shapely.make_valid(part, method="structure", keep_collapsed=False))
    return _polygonal(shapely.make_valid(part)) if mended.is_empty else mended


def _with_holes(parts: list[shapely.Geometry]) -> shapely.Geometry:
    """The parts together, where one within another is a hole, and one within a hole a part."""
    parts = sorted(parts, key=lambda part: float(part.area), reverse=True)
    whole = parts[0]
    for part in parts[1:]:
        hole = shapely.contains_properly(whole, part)
        whole = whole.difference(part) if hole else whole.union(part)
    return _polygonal(whole)


def _polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [one for one in shapely.get_parts(shape) if one.geom_type.endswith("Polygon")]
    return shapely.union_all(parts) if len(parts) != 1 else parts[0]

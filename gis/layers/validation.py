"""What is wrong with typed rows: codes, and how a layer's rows lie to each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.layers.points import EAST, NORTH
from gis.layers.problems import Finding, Number
from gis.layers.schema import Layer

_STACKED = 100  # households on one point: by the hundred they are a default, not a survey
_SLIVER_M2 = 1.0  # overlaps below are rounding


def of_values(table: pd.DataFrame, layer: Layer) -> list[Finding]:
    """Codes of another length."""
    findings: list[Finding] = []
    for column in layer.columns:
        values = table[column.name]
        if column.digits:
            strange = values.notna() & ~values.str.fullmatch(rf"[0-9]{{{column.digits}}}")
            numbers: dict[str, Number] = {"digits": column.digits}
            findings += _rows(table, strange, "bad_code", column.name, numbers)
    return findings


def of_rows(table: pd.DataFrame, layer: Layer) -> list[Finding]:
    """How the rows of a layer lie to each other."""
    if layer.name == "villages":
        return list(_townships(table))
    if layer.name == "households" and EAST in table:
        return list(_stacked(table))
    return []


def of_days(table: pd.DataFrame, layer: Layer, as_of: date) -> list[Finding]:
    """Upgrades of transformers whose day had passed before `as_of`.

    Nobody knows whether such an upgrade is late or stands in capacity_kva already.
    """
    if layer.name != "transformers":
        return []
    due = pd.to_datetime(table["upgrade_due_on"])
    passed = (table["upgrade_kva"] > 0) & (due < pd.Timestamp(as_of))
    said = table.assign(upgrade_due_on=due.dt.strftime("%Y-%m-%d"))
    return list(_rows(said, passed, "upgrade_overdue", "upgrade_due_on"))


def between(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[Finding]]:
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

"""Areas of villages without boundaries, derived from the locations of their households."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from gis.layers.problems import Finding

# ASSUME: a village without a boundary covers the grid squares of this side in which it has
# more households than any other village
_SQUARE_M = 100.0


def add_areas(tables: dict[str, pd.DataFrame], target: CRS) -> list[Finding]:
    """Give every village an area.

    The column area_derived marks derived areas, which only show where homes are. A village with
    neither a boundary nor households has no geometry and is reported. The same holds for villages
    without a boundary if there is no ledger in `tables`, or it is read in chunks.

    Args:
        tables: Layer → its rows; "villages" is replaced.
        target: The project CRS.

    Returns:
        What was derived, and which villages have no area.
    """
    villages = tables.get("villages")
    if villages is None:
        return []
    if "geometry" not in villages:
        villages = gpd.GeoDataFrame(villages, geometry=[None] * len(villages), crs=target)
    shapes = villages.geometry.to_numpy().copy()
    drawn = np.isin(shapely.get_type_id(shapes), (3, 6))
    if drawn.all():
        tables["villages"] = villages
        return []
    areas = _areas(tables.get("households"))
    for at in np.flatnonzero(~drawn):
        shapes[at] = areas.get(villages["village_code"].iloc[at])
    tables["villages"] = villages.assign(area_derived=~drawn).set_geometry(
        gpd.GeoSeries(shapes, index=villages.index, crs=target)
    )
    return _findings(tables["villages"], drawn, ledger="households" in tables)


def _findings(villages: gpd.GeoDataFrame, drawn: np.ndarray, *, ledger: bool) -> list[Finding]:
    nowhere = villages[villages.geometry.isna()]
    derived = int((~drawn).sum()) - len(nowhere)
    numbers = {"villages": derived, "side_m": _SQUARE_M}
    findings = [Finding("area_derived", numbers=numbers)] if derived else []
    codes = nowhere["village_code"].fillna("")
    unknown = "area_unknown" if ledger else "border_missing"
    return findings + [Finding(unknown, column="geometry", value=code) for code in codes]


def _areas(households: pd.DataFrame | None) -> dict[str, shapely.Geometry]:
    """Village code → the grid squares where it has the most households; areas do not overlap."""
    if households is None:
        return {}
    located = households[households["x"].notna() & households["village_code"].notna()]
    squares = pd.DataFrame(
        {
            "village_code": located["village_code"],
            "column": (located["x"] // _SQUARE_M).astype("int64"),
            "line": (located["y"] // _SQUARE_M).astype("int64"),
        }
    )
    counted = squares.value_counts().reset_index(name="households")
    counted = counted.sort_values(["households", "village_code"], ascending=[False, True])
    first = counted.drop_duplicates(["column", "line"])
    west, south = first["column"] * _SQUARE_M, first["line"] * _SQUARE_M
    boxes = shapely.box(west, south, west + _SQUARE_M, south + _SQUARE_M)
    groups = pd.Series(boxes, index=first.index).groupby(first["village_code"])
    return {
        str(code): shapely.union_all(squares_of_village.to_numpy())
        for code, squares_of_village in groups
    }

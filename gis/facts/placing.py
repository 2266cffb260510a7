"""Which village a household stands in, and which village answers for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gis.facts.reach import pick

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

NOWHERE = -1


def locate(x: NDArray[np.float64], y: NDArray[np.float64], polygons: NDArray) -> NDArray[np.intp]:
    """The position in `polygons` of the one each point stands in, NOWHERE for none.

    A point on a shared edge, or where polygons overlap, belongs to the first of them; NaN
    coordinates are nowhere. x, y: shape (n,) [m]; polygons: shape (m,), sorted by code.
    """
    here = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    tree = shapely.STRtree(polygons)
    points, within = tree.query(shapely.points(x[here], y[here]), predicate="intersects")
    found = np.full(len(x), len(polygons), dtype=np.intp)
    np.minimum.at(found, here[points], within)
    found[found == len(polygons)] = NOWHERE
    return found


def nearest(
    x: NDArray[np.float64], y: NDArray[np.float64], polygons: NDArray
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The first of the nearest polygons to each point and its distance [m]."""
    index = np.full(len(x), NOWHERE, dtype=np.intp)
    distance_m = np.full(len(x), np.nan)
    here = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if not len(here) or not len(polygons):
        return index, distance_m
    tree = shapely.STRtree(polygons)
    (points, polygon), metres = tree.query_nearest(
        shapely.points(x[here], y[here]), return_distance=True
    )
    lowest = np.full(len(here), len(polygons), dtype=np.intp)
    np.minimum.at(lowest, points, polygon)
    index[here] = lowest
    distance_m[here[points]] = metres
    return index, distance_m


def place(households: pd.DataFrame, villages: gpd.GeoDataFrame, duty: str) -> pd.DataFrame:
    """The columns of placing for every row of the ledger.

    Returns: status (placed | outside | rejected), reject_reason, ledger_village_code,
    village_code (the duty: the ledger's when it is a known one and `duty` is "ledger", else the
    located one), located_village_code, nearest_village_code, nearest_village_m [m] (both only for
    a point that stands in no village); one row a row of `households`, same index.
    """
    codes = villages["village_code"].to_numpy(dtype=object)
    x, y = households["x"].to_numpy(float), households["y"].to_numpy(float)
    polygons = villages.geometry.to_numpy()
    found = locate(x, y, polygons)
    located = pick(codes, found)
    astray = np.flatnonzero(found == NOWHERE)
    near, near_m = nearest(x[astray], y[astray], polygons)
    written = households["village_code"].to_numpy(dtype=object)
    known = pd.Series(written).isin(codes).to_numpy()
    confirmed = np.where(known, written, None)
    first, second = (confirmed, located) if duty == "ledger" else (located, confirmed)
    code = np.where(pd.notna(first), first, second)
    placed = pd.DataFrame(
        {
            "status": np.where(found == NOWHERE, "outside", "placed"),
            "reject_reason": households["reject_reason"].to_numpy(dtype=object),
            "ledger_village_code": written,
            "village_code": code,
            "located_village_code": located,
            "nearest_village_code": _scattered(len(x), astray, pick(codes, near)),
            "nearest_village_m": _scattered(len(x), astray, near_m).astype(float),
        },
        index=households.index,
    )
    return _rejected(placed, unplaceable=np.isnan(x) & pd.isna(code))


def _scattered(rows: int, where: NDArray[np.intp], values: NDArray) -> NDArray:
    spread = np.full(rows, np.nan if values.dtype.kind == "f" else None, dtype=values.dtype)
    spread[where] = values
    return spread


def _rejected(placed: pd.DataFrame, unplaceable: NDArray[np.bool_]) -> pd.DataFrame:
    reason = placed["reject_reason"].where(
        ~unplaceable | (placed["reject_reason"] != ""), "no_place"
    )
    rejected = reason != ""
    placed["reject_reason"] = reason
    placed.loc[rejected, "status"] = "rejected"
    gone = ["village_code", "located_village_code", "nearest_village_code"]
    placed.loc[rejected, gone] = None
    placed.loc[rejected, "nearest_village_m"] = np.nan
    for column in ("ledger_village_code", *gone):
        placed[column] = placed[column].astype("str")
    return placed

"""Which transformer feeds a household."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from gis.facts.reach import pick

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.facts.reach import Points


def feed(
    points: Points, codes: NDArray, transformers: gpd.GeoDataFrame, reach_m: float
) -> tuple[NDArray, NDArray[np.float64]]:
    """The transformer_id of each household (None: out of reach) and its distance [m].

    The one whose village_code is the household's village; of several the nearest, and for a
    household without a place the lowest id. Where none names the village: the nearest within
    `reach_m`. codes: the village that answers for each household, shape (n,).
    """
    ordered = transformers.sort_values("transformer_id", kind="stable")
    ids = ordered["transformer_id"].to_numpy(dtype=object)
    at = shapely.get_coordinates(shapely.centroid(ordered.geometry.to_numpy()))
    chosen = np.full(len(codes), -1, dtype=np.intp)
    distance_m = np.full(len(codes), np.inf)
    owner = ordered["village_code"].to_numpy(dtype=object)
    own_of = pd.Series(ids).groupby(owner).indices
    homes_of = pd.Series(codes).groupby(codes).indices
    for code in own_of.keys() & homes_of.keys():
        own, homes = own_of[code], homes_of[code]
        chosen[homes] = own[0]  # ASSUME: a home without a place draws on the lowest id
        _choose(points, homes, at, own, (chosen, distance_m))
    rest = np.flatnonzero(chosen == -1)
    _choose(points, rest, at, np.arange(len(ids), dtype=np.intp), (chosen, distance_m))
    far = rest[distance_m[rest] > reach_m]
    chosen[far], distance_m[far] = -1, np.inf
    return pick(ids, chosen), distance_m


def _choose(
    points: Points,
    homes: NDArray[np.intp],
    at: NDArray[np.float64],
    candidates: NDArray[np.intp],
    into: tuple[NDArray[np.intp], NDArray[np.float64]],
) -> None:
    """Write the nearest of `candidates` to each of `homes` that has a place, and its distance."""
    placed = homes[np.isfinite(points.x[homes])]
    if not len(placed) or not len(candidates):
        return
    where = np.column_stack([points.x[placed], points.y[placed]])
    metres, index = cKDTree(at[candidates]).query(where)
    into[0][placed], into[1][placed] = candidates[index], metres

"""Which coal-ban zone a premises, a place or a complaint lies in, or may lie in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.audit.three_valued import Mask
    from gis.facts import Facts
    from gis.policy.model import Placing

SIGMAS = 3.0


def near_zones(
    x: NDArray[np.float64], y: NDArray[np.float64], zones: gpd.GeoDataFrame, placing: Placing
) -> pd.DataFrame:
    """The zones each point lies in or, within 3 sigma of the line, may lie in.

    x, y: shape (n,) [m], NaN for no place. Columns: point (0..n-1), zone_id, lies (on or inside
    the line; False: outside it, but too near to tell).
    """
    here = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    points, areas = shapely.points(x[here], y[here]), zones.geometry.to_numpy()
    worded = zones["worded"].to_numpy(dtype=bool)
    drawn_m = np.where(worded, placing.sigma_zone_worded_m, placing.sigma_zone_m)
    reach_m = SIGMAS * np.hypot(placing.sigma_household_m, drawn_m)
    farthest_m = float(reach_m.max(initial=0.0))
    tree = shapely.STRtree(areas)
    point, zone = tree.query(points, predicate="dwithin", distance=farthest_m)
    away_m = shapely.distance(points[point], areas[zone])
    near = away_m <= reach_m[zone]
    ids = zones["zone_id"].to_numpy(dtype=object)[zone[near]]
    found = {"point": here[point[near]], "zone_id": ids, "lies": away_m[near] == 0}
    return pd.DataFrame(found)


def usable(
    facts: Facts, x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The places [m], NaN where they are so far from every village that they are none."""
    absurd = np.zeros(len(x), dtype=bool) if facts.ground is None else facts.ground.absurd(x, y)
    return np.where(absurd, np.nan, x), np.where(absurd, np.nan, y)


def seen_again_clean(found: pd.DataFrame, clean: pd.DataFrame, within_m: float) -> Mask:
    """Findings at a bare place that a later clean visit within `within_m` confirms settled.

    Both have x, y [m] and seen; a visit on the finding's day, or before its rectification, is no
    confirmation.
    """
    confirmed = np.zeros(len(found), dtype=bool)
    there = clean.dropna(subset=["x", "y"])
    places = np.flatnonzero(found["x"].notna() & found["y"].notna())
    if not len(there) or not len(places):
        return confirmed
    tree = cKDTree(there[["x", "y"]].to_numpy(dtype=float))
    at = found[["x", "y"]].to_numpy(dtype=float)[places]
    seen = there["seen"].to_numpy(dtype=float)
    near = tree.query_ball_point(at, within_m)
    latest = np.array([seen[visits].max(initial=-np.inf) for visits in near])
    after = found["seen"].to_numpy(dtype=float)[places]
    rectified = found["rectified"].to_numpy(dtype=float)[places]
    confirmed[places] = (latest > after) & ~(latest < rectified)
    return confirmed

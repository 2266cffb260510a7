"""Which households a network reaches: by distance to a pipe, or inside a covered area."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

IN_SERVICE, PLANNED, NONE = "in_service", "planned", "none"


@dataclass(frozen=True)
class Points:
    """Where households stand: x, y [m], NaN where nobody knows; shape (n,)."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]

    @cached_property
    def here(self) -> NDArray[np.intp]:
        """Positions of the points that have a place."""
        return np.flatnonzero(np.isfinite(self.x) & np.isfinite(self.y))

    @cached_property
    def _geometry(self) -> NDArray:
        return shapely.points(self.x[self.here], self.y[self.here])

    def geometry(self) -> NDArray:
        """The points that have a place, as geometries, in the order of `here`."""
        return self._geometry

    def at(self, chosen: NDArray[np.intp]) -> Points:
        """The points at the `chosen` positions."""
        return Points(self.x[chosen], self.y[chosen])


def pick(names: NDArray, index: NDArray[np.intp]) -> NDArray:
    """The name at each position, None at -1."""
    return np.concatenate([names, np.array([None], dtype=object)])[index]


def nearest_line(points: Points, lines: NDArray) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The nearest of `lines` to each point (-1 without one) and its distance [m] (inf).

    Of several at the same distance the first one is given.
    """
    index = np.full(len(points.x), -1, dtype=np.intp)
    distance_m = np.full(len(points.x), np.inf)
    here = points.here
    if not len(here) or not len(lines):
        return index, distance_m
    segments, owner = _segments(lines)
    tree = shapely.STRtree(segments)
    (point, segment), metres = tree.query_nearest(points.geometry(), return_distance=True)
    first = np.full(len(here), len(lines), dtype=np.intp)
    np.minimum.at(first, point, owner[segment])
    index[here] = first
    distance_m[here[point]] = metres
    return index, distance_m


def _segments(lines: NDArray) -> tuple[NDArray, NDArray[np.intp]]:
    """Two-point pieces of the lines and the line each comes from: quicker to search."""
    parts, owner = shapely.get_parts(lines, return_index=True)
    coordinates, index = shapely.get_coordinates(parts, return_index=True)
    joined = index[1:] == index[:-1]
    pairs = np.stack([coordinates[:-1][joined], coordinates[1:][joined]], axis=1)
    return shapely.linestrings(pairs), owner[index[:-1][joined]]


def within(points: Points, geometries: NDArray, metres: float = 0.0) -> NDArray[np.bool_]:
    """Whether each point lies within `metres` [m] of any of `geometries`, its edge included."""
    near = np.zeros(len(points.x), bool)
    if len(points.here) and len(geometries):
        parts = _segments(geometries)[0] if _are_lines(geometries) else geometries
        tree = shapely.STRtree(parts)
        found, _ = tree.query(points.geometry(), predicate="dwithin", distance=metres)
        near[points.here[found]] = True
    return near


def _are_lines(geometries: NDArray) -> bool:
    return bool(np.isin(shapely.get_type_id(geometries), (1, 5)).all())


def running(network: pd.DataFrame, as_of: date) -> NDArray[np.bool_]:
    """Rows that are in service on `as_of`: said to be, and not dated later."""
    said = (network["status"] == IN_SERVICE).to_numpy(bool)
    return said & ~(network["in_service_on"] > pd.Timestamp(as_of)).to_numpy(bool)


def running_by(network: pd.DataFrame, as_of: date, deadline: date) -> NDArray[np.bool_]:
    """Rows that are not in service on `as_of` but are dated to be by `deadline`."""
    dated = (network["in_service_on"] <= pd.Timestamp(deadline)).to_numpy(bool)
    return dated & ~running(network, as_of)


def served(now: NDArray[np.bool_], in_time: NDArray[np.bool_]) -> NDArray:
    """in_service where `now`, else planned where `in_time`, else none."""
    return np.select([now, in_time], [IN_SERVICE, PLANNED], default=NONE)


def of_role(pipes: gpd.GeoDataFrame, roles: tuple[str, ...]) -> gpd.GeoDataFrame:
    """The pipes a home may be connected to; every role when the policy names none."""
    return pipes[pipes["role"].isin(roles)] if roles else pipes

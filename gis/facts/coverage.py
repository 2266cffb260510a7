"""Which households a network reaches: by distance to a pipe, or inside a covered area.

Whom gas reaches, and whether its supply is secured there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import shapely

from gis.facts.spatial_index import NOWHERE, AreaIndex

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.facts.spatial_index import LineIndex
    from gis.policy import Policy

NONE, PLANNED, IN_SERVICE, UNKNOWN = "none", "planned", "in_service", ""
SERVED = np.array([NONE, PLANNED, IN_SERVICE, UNKNOWN], dtype=object)
NO_PLACE = 3  # position of UNKNOWN: of a home without a usable place
_AREA = 2  # dimensions
_NEAR_M = 1e-6  # so near a limit the exact predicate is asked


@dataclass(frozen=True)
class CoverageArea:
    """Some geometries, and how far from them something is still reached [m], the edge included."""

    index: AreaIndex
    metres: float

    @classmethod
    def of(cls, geometries: NDArray, metres: float = 0.0) -> CoverageArea | None:
        """None where there are no geometries."""
        return cls(AreaIndex(geometries), metres) if len(geometries) else None

    def holds(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each point is reached. x, y: shape (n,) [m], finite."""
        reached = self.index.locate(x, y) != NOWHERE
        areal = shapely.get_dimensions(self.index.geometries) == _AREA
        if self.metres > 0 or not areal.all():
            rest, boundary = np.flatnonzero(~reached), self.index.boundary
            found = boundary.nearest(x[rest], y[rest], self.metres + 2 * _NEAR_M)
            reached[rest] = within_distance(boundary, (x[rest], y[rest]), found, self.metres)
        return reached


def within_distance(
    lines: LineIndex,
    at: tuple[NDArray[np.float64], NDArray[np.float64]],
    found: tuple[NDArray[np.intp], NDArray[np.float64]],
    metres: float,
) -> NDArray[np.bool_]:
    """Whether each point is within a distance of the nearest of some lines.

    Args:
        lines: what `found` is the answer of.
        at: x and y of the points [m], shape (n,).
        found: the nearest line to each and its distance [m].
        metres: the distance [m], itself included.
    """
    index, distance_m = found
    answer = distance_m <= metres
    close = np.flatnonzero(np.abs(distance_m - metres) <= _NEAR_M)
    points = shapely.points(at[0][close], at[1][close])
    answer[close] = shapely.dwithin(lines.geometries[index[close]], points, metres)
    return answer


def is_covered(
    what: CoverageArea | None, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """`what.holds`, or nobody where there is nothing to be reached by."""
    return np.zeros(len(x), bool) if what is None else what.holds(x, y)


def in_service(network: pd.DataFrame, as_of: date) -> NDArray[np.bool_]:
    """Rows that are in service on `as_of`: said to be, and not dated later."""
    said = (network["status"] == IN_SERVICE).to_numpy(bool)
    return said & ~(network["in_service_on"] > pd.Timestamp(as_of)).to_numpy(bool)


def in_service_by(network: pd.DataFrame, as_of: date, deadline: date) -> NDArray[np.bool_]:
    """Rows that are not in service on `as_of` but are dated to be by `deadline`."""
    dated = (network["in_service_on"] <= pd.Timestamp(deadline)).to_numpy(bool)
    return dated & ~in_service(network, as_of)


def is_promised(network: pd.DataFrame, as_of: date) -> NDArray[np.bool_]:
    """Rows that are not in service on `as_of` and count for the route: built, or more than planned.

    Built ones have a later day; planned ones a day, a document and their money. A line on paper
    counts for nothing.
    """
    table = network.reindex(columns=["document_no", "funded"])
    written = table["document_no"].notna() & (table["document_no"].astype(str).str.strip() != "")
    funded = table["funded"].eq(other=True).fillna(value=False).astype(bool)
    built = network["status"] == IN_SERVICE
    dated = network["in_service_on"].notna()
    return (dated & (built | (written & funded))).to_numpy(bool) & ~in_service(network, as_of)


def service_status(now: NDArray[np.bool_], planned: NDArray[np.bool_]) -> NDArray[np.int8]:
    """The position in SERVED: in_service where `now`, else planned where `planned`, else none."""
    return np.where(now, 2, np.where(planned, 1, 0)).astype(np.int8)


def of_role(pipes: gpd.GeoDataFrame, roles: tuple[str, ...]) -> gpd.GeoDataFrame:
    """The pipes a home may be connected to; every role when the policy names none.

    # ASSUME: a pipe without a role is a secondary one.
    """
    return pipes[pipes["role"].fillna("secondary").isin(roles)] if roles else pipes


class GasCoverage(NamedTuple):
    """The areas gas reaches: in service, dated to be, in service and secured."""

    now: CoverageArea | None = None
    planned: CoverageArea | None = None
    secured: CoverageArea | None = None

    @classmethod
    def of(cls, layer: gpd.GeoDataFrame | None, policy: Policy, as_of: date) -> GasCoverage:
        """Secured supply of a planned area, or of another one, does not count."""
        if layer is None:
            return cls()
        areas = layer.geometry.to_numpy()
        now = in_service(layer, as_of)
        sure = now & layer["supply_secured"].fillna(value=False).to_numpy(bool)
        by = layer["in_service_on"].notna().to_numpy(bool) & ~now
        return cls(
            *(CoverageArea.of(areas[which], policy.gas.connect_m) for which in (now, by, sure))
        )

    def at(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
        """For each point [m] the position in SERVED, and whether the supply is secured."""
        now, by, sure = (is_covered(what, x, y) for what in self)
        return service_status(now, by), sure

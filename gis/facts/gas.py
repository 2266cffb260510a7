"""Whom gas reaches, and whether its supply is secured there."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from gis.facts import coverage
from gis.facts.coverage import Reach

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

    from gis.policy import Policy


class Gas(NamedTuple):
    """The areas gas reaches: in service, dated to be by the deadline, in service and secured."""

    now: Reach | None = None
    in_time: Reach | None = None
    secured: Reach | None = None

    @classmethod
    def of(cls, layer: gpd.GeoDataFrame | None, policy: Policy, as_of: date) -> Gas:
        """Secured supply of a planned area, or of another one, does not count."""
        if layer is None:
            return cls()
        areas = layer.geometry.to_numpy()
        now = coverage.running(layer, as_of)
        sure = now & layer["supply_secured"].fillna(value=False).to_numpy(bool)
        by = coverage.running_by(layer, as_of, policy.plan.deadline)
        return cls(*(Reach.of(areas[which], policy.gas.connect_m) for which in (now, by, sure)))

    def at(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
        """For each point [m] the position in reach.SERVED, and whether the supply is secured."""
        now, by, sure = (coverage.reached(what, x, y) for what in self)
        return coverage.served(now, by), sure

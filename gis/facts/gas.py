"""Whom gas reaches, and whether its supply is secured there."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from gis.facts import reach

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.facts.reach import Points
    from gis.policy import Policy


def gas(
    points: Points, coverage: gpd.GeoDataFrame | None, policy: Policy, as_of: date
) -> tuple[NDArray, NDArray[np.bool_]]:
    """gas_served and gas_secured of each point.

    Secured: reached by an area in service whose own supply is secured; secured supply of a
    planned area, or of another one, does not count.
    """
    nobody = np.zeros(len(points.x), bool)
    if coverage is None:
        return reach.served(nobody, nobody), nobody
    areas = coverage.geometry.to_numpy()
    now = reach.running(coverage, as_of)
    sure = now & coverage["supply_secured"].fillna(value=False).to_numpy(bool)
    by = reach.running_by(coverage, as_of, policy.plan.deadline)
    reached = [
        reach.within(points, areas[chosen], policy.gas.connect_m) for chosen in (now, by, sure)
    ]
    return reach.served(reached[0], reached[1]), reached[2]

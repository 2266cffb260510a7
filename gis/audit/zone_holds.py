"""Geometry problems that keep a coal-ban zone from being cleared until they are accepted.

A shape of a zone, village or built-up area that was repaired or could not be used may change the
zone's area. No zone that it may touch is cleared until the office accepts the problem by name. A
zone that is not cleared stays so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import shapely

from gis.audit.zone_clearance import judged_again
from gis.layers.accepted_problems import accept_entry, is_accepted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd

    from gis.errors import Problem
    from gis.facts.village_assignment import VillageIndex

_GROUND = ("coal_ban_zones", "villages", "built_up_area")
_LOST = frozenset(
    (
        "repaired geometry_kind no_geometry geometry_unreadable location_unusable location_zero "
        "parts_left_out feature_incomplete no_id zone_without_id"
    ).split()
)
_LABEL = "Point"  # leaving this part out of a shape does not change its area


class HoldingProblem(NamedTuple):
    """The problems of the layers, and the entries of project.toml that accept some of them."""

    problems: Sequence[Problem]
    accept: Sequence[str] = ()


def zones_held(
    found: HoldingProblem, zones: gpd.GeoDataFrame, ground: VillageIndex
) -> pd.DataFrame:
    """Which zone is held by which problem: zone_id, entry (that accepts it), accepted.

    Args:
        found: The problems of the layers.
        zones: The zones in force.
        ground: The villages as drawn.
    """
    rows = [
        (zone_id, accept_entry(one), is_accepted(one, found.accept))
        for one in found.problems
        if _changes_area(one)
        for zone_id in _touched_zones(one, zones, ground)
    ]
    return pd.DataFrame(rows, columns=["zone_id", "entry", "accepted"]).drop_duplicates()


def hold(zones: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """The zones with `held` (number of problems), `held_by` and `accepted`, and a new verdict."""
    open_ = held[~held["accepted"].to_numpy(dtype=bool)].groupby("zone_id")["entry"]
    lifted = held[held["accepted"].to_numpy(dtype=bool)].groupby("zone_id")["entry"]
    ids = zones["zone_id"]
    return judged_again(
        zones.assign(
            held=open_.size().reindex(ids, fill_value=0).to_numpy(dtype=np.int64),
            held_by=open_.agg(list).reindex(ids).map(_entries_text).to_numpy(),
            accepted=lifted.agg(list).reindex(ids).map(_entries_text).to_numpy(),
        )
    )


def _entries_text(entries: Iterable[str] | float) -> str:
    return "" if isinstance(entries, float) else ", ".join(f'"{one}"' for one in sorted(entries))


def _changes_area(one: Problem) -> bool:
    label = one.code == "parts_left_out" and one.value == _LABEL
    return one.layer in _GROUND and one.code in _LOST and not label


def _touched_zones(one: Problem, zones: gpd.GeoDataFrame, ground: VillageIndex) -> list[str]:
    """The zones in force that a problem may touch: the row's own zone, or all."""
    ids = zones["zone_id"].to_numpy(dtype=object)
    every = np.ones(len(zones), dtype=bool)
    if one.layer == "built_up_area":
        # ASSUME: a zone given in words without named units may consist of the built-up area
        every = (zones["worded"] & ~zones["by_units"]).to_numpy(dtype=bool)
    elif one.key and one.layer == "coal_ban_zones":
        every = ids == one.key
    elif one.key:
        every = _zones_of_village(one.key, zones, ground)
    return list(ids[every])


def _zones_of_village(code: str, zones: gpd.GeoDataFrame, ground: VillageIndex) -> np.ndarray:
    """The zones that name a village or touch its area; all if its area is unknown."""
    names = np.array([code in units for units in zones["unit_villages"]], dtype=bool)
    at = np.flatnonzero(ground.codes == code)
    areas = ground.polygons[at]
    if not len(at) or shapely.is_missing(areas).any():
        return np.ones(len(zones), dtype=bool)
    return names | shapely.intersects(zones.geometry.to_numpy(), areas[0])

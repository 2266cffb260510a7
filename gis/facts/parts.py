"""A ledger in parts of equal size, and the facts of its parts as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gis.facts.spatial_context import Standing
from gis.facts.village_assignment import Place
from gis.facts.zone_membership import Found

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gis.facts.village_assignment import Homes

ROWS = 65_536  # households a part: small enough for a worker's memory, large enough to be worth it


def parts(homes: Homes) -> list[Homes]:
    """The ledger cut into parts of ROWS; one empty part for an empty ledger."""
    starts = range(0, max(len(homes.x), 1), ROWS)
    return [homes.part(slice(start, start + ROWS)) for start in starts]


def joined(standings: Iterable[Standing]) -> Standing:
    """The parts, in their order, as one; rows of `zones` by zone, then by household."""
    every = list(standings)
    if len(every) == 1:
        return every[0]
    places = [one.place for one in every]
    place = Place._make(np.concatenate(column) for column in zip(*places, strict=True))
    firsts = np.cumsum([0, *(len(one.status) for one in places[:-1])])
    zones = [
        one.zones._replace(household=one.zones.household + first)
        for one, first in zip(every, firsts, strict=True)
    ]
    found = Found._make(np.concatenate(column) for column in zip(*zones, strict=True))
    order = np.argsort(found.zone, kind="stable")
    plain = [np.concatenate(column) for column in zip(*(one[1:-1] for one in every), strict=True)]
    return Standing._make([place, *plain, Found._make(column[order] for column in found)])

"""The households of a part as every zone asks for them, so that no zone looks at all of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gis.facts.cells import ranges
from gis.facts.cover import NOWHERE
from gis.facts.placing import REJECTED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.facts.placing import Homes, Place

SIGMAS = 3.0


@dataclass(frozen=True)
class Orders:
    """A village for each household, sorted when first asked."""

    village: NDArray[np.intp]

    def of(self, wanted: NDArray[np.intp]) -> NDArray[np.intp]:
        """Positions of the households whose village is among `wanted`."""
        if not len(wanted):
            return wanted
        ordered = self.village[self._order]
        first = np.searchsorted(ordered, wanted)
        counts = np.searchsorted(ordered, wanted, side="right") - first
        return self._order[np.repeat(first, counts) + ranges(counts)]

    @cached_property
    def _order(self) -> NDArray[np.intp]:
        return np.argsort(self.village, kind="stable")


@dataclass(frozen=True)
class Asked:
    """Some households; positions among them, sorted ahead by what zones ask for.

    x          NaN also where a row is rejected; by_x: positions by ascending x
    home_m     how well the place is known, one sigma [m]
    village    the one that answers; confirmed: it is the one the ledger names
    counted    not rejected; lost: positions of those that count and have no place
    sides      by the village that answers, the one each stands in, the one the ledger names
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    by_x: NDArray[np.intp]
    home_m: NDArray[np.float64]
    village: NDArray[np.intp]
    counted: NDArray[np.bool_]
    confirmed: NDArray[np.bool_]
    lost: NDArray[np.intp]
    sides: tuple[Orders, Orders, Orders]

    @classmethod
    def of(cls, homes: Homes, place: Place, sigma_m: float) -> Asked:
        """sigma_m: where the ledger does not say how well a place is known."""
        stated = homes.accuracy_m > 0  # no place is known to the millimetre: 0 is a blank
        home_m = np.where(stated, homes.accuracy_m, sigma_m)
        counted = place.status != REJECTED
        here = np.isfinite(homes.x) & np.isfinite(homes.y) & counted
        x = np.where(here, homes.x, np.nan)
        confirmed = counted & (place.village != NOWHERE) & (place.village == homes.written)
        lost = np.flatnonzero(counted & np.isnan(x))
        sides = (Orders(place.village), Orders(place.located), Orders(homes.written))
        marks = (place.village, counted, confirmed, lost)
        return cls(x, homes.y, np.argsort(x), home_m, *marks, sides)

    def confirmed_in(self, villages: NDArray[np.intp]) -> NDArray[np.intp]:
        """The households of some villages, confirmed."""
        own = self.sides[0].of(villages)
        return own[self.confirmed[own]]

    def said_in(self, villages: NDArray[np.intp]) -> NDArray[np.intp]:
        """The unconfirmed households that stand in some villages, or whose ledger says so."""
        some = np.concatenate([self.sides[1].of(villages), self.sides[2].of(villages)])
        return some[~self.confirmed[some] & self.counted[some]]

    def near(self, bounds: NDArray[np.float64], drawn_m: float) -> NDArray[np.intp]:
        """The households that may be within their margin of an extent."""
        most_m = SIGMAS * float(np.hypot(self.home_m.max(initial=0.0), drawn_m))
        first = np.searchsorted(self.x, bounds[0] - most_m, sorter=self.by_x)
        last = np.searchsorted(self.x, bounds[2] + most_m, side="right", sorter=self.by_x)
        strip = self.by_x[first:last]
        x, y, own_m = self.x[strip], self.y[strip], self.margin_m(strip, drawn_m)
        off_m = np.maximum(
            np.maximum(bounds[0] - x, x - bounds[2]), np.maximum(bounds[1] - y, y - bounds[3])
        )
        return strip[off_m <= own_m]

    def margin_m(self, rows: NDArray[np.intp], drawn_m: float) -> NDArray[np.float64]:
        """How far from a zone's line each is sure of its side [m]."""
        return SIGMAS * np.hypot(self.home_m[rows], drawn_m)

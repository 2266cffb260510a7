"""The households of a part as every zone asks for them, so that no zone looks at all of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gis.facts.cells import ranges
from gis.facts.spatial_index import NOWHERE
from gis.facts.village_assignment import REJECTED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.facts.village_assignment import Homes, VillagePlacement

SIGMAS = 3.0
_STRIPS = 4_096
_LEAST_M = 0.01  # far above the rounding of coordinates in the millions


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
class Strips:
    """Places sorted from west to east, but for those in one strip: sixteen bits sort in no time.

    start: where each strip begins in `order`; places without x (NaN) are behind all of them.
    """

    west: float
    width_m: float
    order: NDArray[np.intp]
    start: NDArray[np.int64]

    @classmethod
    def of(cls, x: NDArray[np.float64]) -> Strips:
        """The strips of some x [m]."""
        known = np.isfinite(x)
        west, east = x.min(initial=np.inf, where=known), x.max(initial=-np.inf, where=known)
        strip = np.full(len(x), _STRIPS + 1, np.uint16)
        with np.errstate(over="ignore", invalid="ignore"):  # of places that nobody can mean
            width_m = max((east - west) / _STRIPS, _LEAST_M) if west <= east else 1.0
            strip[known] = np.nan_to_num((x[known] - west) / width_m).astype(np.uint16)
        start = np.concatenate([[0], np.cumsum(np.bincount(strip, minlength=_STRIPS + 2))])
        return cls(float(west), width_m, np.argsort(strip, kind="stable"), start)

    def between(self, first_m: float, last_m: float) -> NDArray[np.intp]:
        """Every position with an x from first_m to last_m [m], and some beside them."""
        with np.errstate(over="ignore", invalid="ignore"):
            ends = (np.array([first_m, last_m]) - self.west) / self.width_m
        first, last = np.floor(np.nan_to_num(ends).clip(-1, _STRIPS + 1)).astype(int)
        return self.order[self.start[max(first, 0)] : self.start[last + 1]]


@dataclass(frozen=True)
class Asked:
    """Some households; positions among them, sorted ahead by what zones ask for.

    x          NaN also where a row is rejected, or the place is absurd
    strips     from west to east: positions by strip, and where each strip begins
    home_m     how well the place is known, one sigma [m]
    village    the one that answers; confirmed: it is the one the ledger names
    counted    not rejected; lost: positions of those that count and have no place
    sides      by the village that answers, the one each stands in, the one the ledger names
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    strips: Strips
    home_m: NDArray[np.float64]
    village: NDArray[np.intp]
    counted: NDArray[np.bool_]
    confirmed: NDArray[np.bool_]
    lost: NDArray[np.intp]
    sides: tuple[Orders, Orders, Orders]

    @classmethod
    def of(cls, homes: Homes, place: VillagePlacement, sigma_m: float) -> Asked:
        """sigma_m: where the ledger does not say how well a place is known."""
        stated = homes.accuracy_m > 0  # no place is known to the millimetre: 0 is a blank
        home_m = np.where(stated, homes.accuracy_m, sigma_m)
        counted = place.status != REJECTED
        here = np.isfinite(homes.x) & np.isfinite(homes.y) & counted & ~place.absurd
        x = np.where(here, homes.x, np.nan)
        confirmed = counted & (place.village != NOWHERE) & (place.village == homes.written)
        lost = np.flatnonzero(counted & np.isnan(x))
        sides = (Orders(place.village), Orders(place.located), Orders(homes.written))
        marks = (place.village, counted, confirmed, lost)
        return cls(x, homes.y, Strips.of(x), home_m, *marks, sides)

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
        strip = self.strips.between(bounds[0] - most_m, bounds[2] + most_m)
        x, y, own_m = self.x[strip], self.y[strip], self.margin_m(strip, drawn_m)
        off_m = np.maximum(
            np.maximum(bounds[0] - x, x - bounds[2]), np.maximum(bounds[1] - y, y - bounds[3])
        )
        return strip[off_m <= own_m]

    def margin_m(self, rows: NDArray[np.intp], drawn_m: float) -> NDArray[np.float64]:
        """How far from a zone's line each is sure of its side [m]."""
        return SIGMAS * np.hypot(self.home_m[rows], drawn_m)

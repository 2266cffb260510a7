"""Which village a household stands in, and which village answers for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gis.facts.spatial_index import NOWHERE, AreaIndex

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

PLACED, OUTSIDE, REJECTED = range(3)
# ASSUME: no home of a project stands farther than this from the extent of every village of it
_FARTHEST_M = 2_000.0
STATUS = np.array(["placed", "outside", "rejected"], dtype=object)


class Homes(NamedTuple):
    """What of a ledger the facts of place rest on; arrays of shape (n,).

    x, y        [m]; NaN where there is no usable place
    written     the position of the ledger's village code among the villages, NOWHERE for none
    rejected    rows that intake has rejected
    accuracy_m  of the place, one sigma [m]; NaN: the policy's
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    written: NDArray[np.intp]
    rejected: NDArray[np.bool_]
    accuracy_m: NDArray[np.float64]

    @classmethod
    def of(cls, ledger: pd.DataFrame, codes: NDArray) -> Homes:
        """The households of a ledger with the columns of the contract; codes: the villages'."""
        at = pd.Index(codes).get_indexer(pd.Index(ledger["village_code"]))
        return cls(
            ledger["x"].to_numpy(float),
            ledger["y"].to_numpy(float),
            at.astype(np.intp),
            (ledger["reject_reason"] != "").to_numpy(bool),
            ledger["accuracy_m"].to_numpy(float),
        )

    def part(self, rows: slice) -> Homes:
        """Some rows, one after the other."""
        return Homes._make(column[rows] for column in self)


class VillagePlacement(NamedTuple):
    """status (position in STATUS), no_place (rejected for it), and positions among the villages.

    village answers for the household, located is where it stands, nearest is the one next to
    where it stands outside of all; NOWHERE for none. nearest_m [m], NaN unless outside of all.
    absurd: the place is so far from every village that it is none.
    """

    status: NDArray[np.int8]
    no_place: NDArray[np.bool_]
    village: NDArray[np.intp]
    located: NDArray[np.intp]
    nearest: NDArray[np.intp]
    nearest_m: NDArray[np.float64]
    absurd: NDArray[np.bool_]


@dataclass(frozen=True)
class VillageIndex:
    """The villages of a city, sorted by code, ready to be asked who stands where."""

    codes: NDArray
    areas: AreaIndex
    duty: str

    @classmethod
    def of(cls, villages: gpd.GeoDataFrame, duty: str) -> VillageIndex:
        """villages: sorted by village_code. duty: "ledger" or "location" answers."""
        codes = villages["village_code"].to_numpy(dtype=object)
        return cls(codes, AreaIndex(villages.geometry.to_numpy()), duty)

    @property
    def polygons(self) -> NDArray:
        """The area of each."""
        return self.areas.geometries

    def place(self, homes: Homes) -> VillagePlacement:
        """Where each household stands and who answers for it.

        On a shared edge, and where villages overlap, the lower code. Neither a place nor a valid
        code: rejected. A place that is absurd is none.
        """
        here = np.isfinite(homes.x) & np.isfinite(homes.y)
        located = self.areas.locate(homes.x, homes.y)
        first, second = homes.written, located
        if self.duty != "ledger":
            first, second = second, first
        village = np.where(first == NOWHERE, second, first)
        absurd = np.zeros(len(here), bool)
        lone = np.flatnonzero(here & (located == NOWHERE))
        absurd[lone] = self.absurd(homes.x[lone], homes.y[lone])
        no_place = (np.isnan(homes.x) | absurd) & (village == NOWHERE) & ~homes.rejected
        gone = homes.rejected | no_place
        status = np.where(gone, REJECTED, np.where(located == NOWHERE, OUTSIDE, PLACED))
        astray = np.flatnonzero(here & ~gone & (located == NOWHERE))
        nearest, nearest_m = np.full(len(here), NOWHERE, np.intp), np.full(len(here), np.nan)
        found = self.areas.nearest(homes.x[astray], homes.y[astray])
        nearest[astray], nearest_m[astray] = found
        village[gone] = located[gone] = NOWHERE
        return VillagePlacement(
            status.astype(np.int8), no_place, village, located, nearest, nearest_m, absurd
        )

    def absurd(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each place [m] is so far from every village that nobody can have meant it.

        False for no place, and everywhere where no village is drawn.
        """
        drawn = bool(np.isfinite(self.areas.bounds).any())
        far = np.isfinite(x) & np.isfinite(y) & drawn
        far[far] = ~self.areas.within_bounds(x[far], y[far], _FARTHEST_M)
        return far

    def agree(
        self, codes: pd.Series, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Whether each place [m] is in the village that its code names; False without either."""
        named = pd.Index(self.codes).get_indexer(codes.to_numpy(dtype=object))
        return (self.areas.locate(x, y) == named) & (named != NOWHERE)

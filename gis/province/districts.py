"""A province in districts, each small enough to be worked out and published like a city.

A district is some townships of one county, and every row of the ledger goes to one district: all
households of a village to one, so that what is counted by village, township or zone adds up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.facts.spatial_index import NOWHERE
from gis.facts.village_assignment import REJECTED, Homes
from gis.province.partitions import RowDistricts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.facts.village_assignment import VillageIndex

ROWS = 50_000  # households a district should have; a page then stays below a megabyte
_COUNTY, _TOWNSHIP = 6, 9  # digits of a code


@dataclass(frozen=True)
class Districts:
    """Which district each village is of; positions among the villages, sorted by code.

    names      the code of each district's first township
    of_village, of_township (by code)
    """

    names: tuple[str, ...]
    of_village: NDArray[np.intp]
    of_township: dict[str, int]

    @classmethod
    def of(cls, villages: pd.DataFrame, rows: int) -> Districts:
        """villages: sorted by code. rows: of the whole ledger.

        ASSUME: until the ledger is read, villages are taken to be of one size.
        """
        each = rows / max(len(villages), 1)
        names: list[str] = []
        of_township: dict[str, int] = {}
        filled = 0.0
        for code, count in villages.groupby("township_code").size().items():
            township, more = str(code), float(count) * each
            county = township[:_COUNTY]
            if not names or names[-1][:_COUNTY] != county or filled + more > ROWS:
                names.append(township)
                filled = 0.0
            of_township[township] = len(names) - 1
            filled += more
        of_village = villages["township_code"].map(of_township).to_numpy(np.intp)
        return cls(tuple(names), of_village, of_township)

    def of_rows(self, ledger: pd.DataFrame, villages: VillageIndex) -> RowDistricts:
        """The district of each row of a ledger, and its status.

        By the village that answers for it; a home outside of all by the nearest one. A rejected
        row by the code it has, else by where it lies, else by its township; else the first.
        """
        homes = Homes.of(ledger, villages.codes)
        place = villages.place(homes)
        gone = place.status == REJECTED
        lies = np.full(len(gone), NOWHERE, np.intp)
        lies[gone] = villages.areas.locate(homes.x[gone], homes.y[gone])
        village = np.where(place.village == NOWHERE, place.nearest, place.village)
        stray = np.where(homes.written == NOWHERE, lies, homes.written)
        village = np.where(gone, stray, village)
        district = np.append(self.of_village, NOWHERE)[village]
        lost = np.flatnonzero(district == NOWHERE)
        written = ledger["village_code"].iloc[lost].fillna("").astype(str).str[:_TOWNSHIP]
        district[lost] = [self.of_township.get(code, 0) for code in written]
        return RowDistricts(district, place.status)

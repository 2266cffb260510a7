"""Which district of a province each record is of: every record is judged in one, and adds up.

A visit goes where its household is, else its premises, else its place; a complaint where its
village is, else its place; a record that nothing places to the first district.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.audit.evidence import NOBODY, column_of, place_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from gis.facts.village_assignment import Villages
    from gis.province.districts import Districts
    from gis.province.partitions import Spread

    Numbers = NDArray[np.intp]

DECISIVE = "decisive rulings"  # the zone rulings that hold, of all that were made


def shared_out(
    tables: Mapping[str, pd.DataFrame], districts: Districts, villages: Villages, spread: Spread
) -> dict[str, Numbers]:
    """The district of each row of the visits, complaints, zone rulings and targets.

    tables: the layers, and the DECISIVE rulings where there are any. The premises are those of
    every district, since a visit to a home of one may name some of another.

    ASSUME: that a finding and the clean visit that would settle it name homes of two districts is
    rare: the clean visit is not seen with it, so that it stands.
    """

    def placed(table: pd.DataFrame) -> Numbers:
        x, y = place_of(table)
        found = np.full(len(table), NOBODY, np.intp)
        here = np.isfinite(x) & np.isfinite(y)
        village = villages.cover.locate(x[here], y[here])
        found[here] = np.append(districts.of_village, NOBODY)[village]
        return found

    def home(table: pd.DataFrame) -> Numbers:
        return spread.whose(column_of(table, "household_id"))

    def village(table: pd.DataFrame) -> Numbers:
        at = pd.Index(villages.codes).get_indexer(column_of(table, "village_code"))
        return np.append(districts.of_village, NOBODY)[at]

    def unit(table: pd.DataFrame) -> Numbers:
        known = table["unit_code"].map(districts.of_township)
        return known.fillna(NOBODY).to_numpy(np.intp)

    def premises(table: pd.DataFrame) -> Numbers:
        listed = tables.get("premises")
        if listed is None:
            return np.full(len(table), NOBODY, np.intp)
        at = pd.Series(_first(placed(listed)), index=pd.Index(listed["premises_id"], dtype=object))
        at = at[at.index.notna() & ~at.index.duplicated()]
        return column_of(table, "premises_id").map(at).fillna(NOBODY).to_numpy(np.intp)

    ways = {
        "inspections": (home, premises, placed),
        "complaints": (village, placed),
        "zone_rulings": (home,),
        DECISIVE: (home,),
        "targets": (unit,),
    }
    return {
        name: _first(*(way(tables[name]) for way in tried))
        for name, tried in ways.items()
        if name in tables
    }


def _first(*found: Numbers) -> Numbers:
    """The first district that is known; else the first of all."""
    known = np.select([one != NOBODY for one in found], found, default=0)
    return known.astype(np.intp)

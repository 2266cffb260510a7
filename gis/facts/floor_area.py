"""The floor area a home is heated on, and its W/m²: for its peak and its annual heat alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from gis.policy import Policy

# Where the area of a home comes from, the best first.
LEDGER, BUILDING, VILLAGE, POLICY = "ledger", "building", "village", "policy"


def known_m2(households: pd.DataFrame) -> pd.Series:
    """The floor area that the ledger, or its building, gives each home [m²], NaN for none.

    # ASSUME: areas count to a tenth of a square metre; nothing and less than nothing is no area.
    """
    column = households.reindex(columns=["floor_area_m2"])["floor_area_m2"]
    given = pd.to_numeric(column).astype(float).round(1)
    return given.where((given > 0) & np.isfinite(given))


def heated_m2(households: pd.DataFrame, policy: Policy) -> pd.Series:
    """The area each home is heated on [m²]: its own; the median of its village; the policy's.

    Its own is the ledger's, else its share of its building. The median is that of the village's
    homes that count and have an area.
    """
    given = known_m2(households)
    usual = _village_m2(households, given).fillna(policy.demand.floor_area_m2)
    return given.fillna(usual).rename("heated_m2")


def building_w_per_m2(households: pd.DataFrame, policy: Policy) -> pd.Series:
    """W/m² of each home's type of building; of an unknown or unlisted type, heat_w_per_m2."""
    kinds = households.reindex(columns=["building_type"])["building_type"]
    known = kinds.map(dict(policy.demand.building_w_per_m2)).astype(float)
    return known.fillna(policy.demand.heat_w_per_m2).rename("w_per_m2")


def peak_w(households: pd.DataFrame, policy: Policy) -> pd.Series:
    """The peak heat of each home alone [W]: its area × W/m² of its building."""
    each = heated_m2(households, policy) * building_w_per_m2(households, policy)
    return each.round(1).rename("peak_w")


def area_basis(households: pd.DataFrame) -> pd.Series:
    """Where the area of `heated_m2` comes from: LEDGER, BUILDING, VILLAGE or POLICY."""
    given = known_m2(households)
    village = _village_m2(households, given)
    built = households.reindex(columns=["floor_area_from"])["floor_area_from"].eq(BUILDING)
    found = np.select(
        [given.notna() & built, given.notna(), village.notna()],
        [BUILDING, LEDGER, VILLAGE],
        POLICY,
    )
    return pd.Series(found, households.index, dtype="str", name="area_basis")


def _village_m2(households: pd.DataFrame, given: pd.Series) -> pd.Series:
    """The median area of each home's village [m²]."""
    village = households["village_code"]
    counted = (households["status"] != "rejected") & village.notna()
    median = given[counted].groupby(village[counted]).median().round(1)
    return village.map(median).astype(float)

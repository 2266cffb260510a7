"""The floor area that a home is heated on: for its peak and for its annual heat alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from gis.policy import Policy


def known_m2(households: pd.DataFrame) -> pd.Series:
    """The floor area that the ledger gives each home [m²], NaN for none.

    # ASSUME: areas count to a tenth of a square metre; nothing and less than nothing is no area.
    """
    column = households.reindex(columns=["floor_area_m2"])["floor_area_m2"]
    given = pd.to_numeric(column).astype(float).round(1)
    return given.where((given > 0) & np.isfinite(given))


def heated_m2(households: pd.DataFrame, policy: Policy) -> pd.Series:
    """The area each home is heated on [m²]: the ledger's; the median of its village; the policy's.

    The median is that of the village's homes that count and have an area.
    """
    given, village = known_m2(households), households["village_code"]
    counted = (households["status"] != "rejected") & village.notna()
    median = given[counted].groupby(village[counted]).median().round(1)
    usual = village.map(median).astype(float).fillna(policy.demand.floor_area_m2)
    return given.fillna(usual).rename("heated_m2")

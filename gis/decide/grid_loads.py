"""The load of every transformer with this year's list and the homes that go electric later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.facts.transformer_loads import UNVERIFIED, device_watts

if TYPE_CHECKING:
    from gis.decide.decisions import Decisions
    from gis.facts import Facts
    from gis.policy import Policy

NORMAL, HEAVY, OVERLOADED = "normal", "heavy", "overloaded"
_EXACT = 1e-9


def grid_loads(facts: Facts, decisions: Decisions, policy: Policy) -> pd.DataFrame:
    """One row per transformer, sorted by id: every figure that its load is made of.

    The columns of `gis.facts.transformer_loads.transformer_loads`, and (kVA unless said; a home
    counts once):

    list_homes, list_kva     pending homes of this year's batch whose route is electric
    later_homes, later_kva   pending homes that go electric after this year
    year_kva, final_kva      the load with the list, and with all of them; NaN if unverified
    final_share              final_kva as a share of the nameplate
    state                    with all of them: "normal", "heavy" (above usable_share), "overloaded"
                             (above overload_share: works are needed) or "unverified"
    """
    homes, plans = facts.households, decisions.households
    electric = homes["pending"].astype(bool) & (plans["approach"] == "electric")
    electric &= homes["transformer_id"].notna()
    own = homes[electric]
    listed = plans.loc[electric, "in_batch"].astype(bool)
    sums = pd.DataFrame(
        {"homes": 1, "w": device_watts(own, policy.electric)}, index=own.index
    ).groupby([own["transformer_id"].astype(str), listed.rename("listed")]).sum()  # fmt: skip
    table = facts.transformers.copy()
    for name, this_year in (("list", True), ("later", False)):
        part = sums[sums.index.get_level_values("listed") == this_year].droplevel("listed")
        part = part.reindex(table["transformer_id"].astype(str), fill_value=0)
        table[f"{name}_homes"] = part["homes"].to_numpy(dtype="int64")
        table[f"{name}_kva"] = part["w"].to_numpy() * policy.electric.kva_per_device_w
    year = table["base_kva"] + table["list_kva"]
    final = year + table["later_kva"]
    states = [
        final.isna(),
        final > table["limit_kva"] + _EXACT,
        final > table["usable_kva"] + _EXACT,
    ]
    return table.assign(
        year_kva=year,
        final_kva=final,
        final_share=final / table["capacity_kva"].where(table["capacity_kva"] > 0),
        state=np.select(states, [UNVERIFIED, OVERLOADED, HEAVY], NORMAL),
    )

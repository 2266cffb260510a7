"""已销号: the verdict on each village of a coal-ban zone; the zone is the sum of its villages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.audit.zone_clearance import (
    CLEARED,
    HOMES,
    OPEN,
    household_flags,
    open_flags,
    rejected_rows,
    silent_villages,
    verdict_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.audit.evidence import Fact
    from gis.facts import Facts
    from gis.policy import Policy


def village_verdicts(
    facts: Facts, verdict: Fact, items: pd.DataFrame, linked: pd.DataFrame, policy: Policy
) -> pd.DataFrame:
    """已销号: one row per zone and village with homes in it, or with something open.

    An open item that lies in no known village counts in every village of its zone.

    Returns:
        zone_id, village_code (NA: homes of no village), verdict, and the counts of
        gis.audit.zone_clearance.zone_verdicts that belong to a village: inside … undecidable_not_cleared, coal_findings,
        coal_unsettled, open_complaints, unplaced, rejected, silent.
    """
    keys = ["zone_id", "village_code"]
    homes = household_flags(facts, verdict).groupby(keys, dropna=False)[list(HOMES)].sum()
    silent_ones = silent_villages(facts).assign(silent=1)
    every = pd.concat([homes.index.to_frame(index=False), silent_ones[keys]]).drop_duplicates()
    flags = open_flags(items, linked)
    flags["village_code"] = _item_villages(facts, items)[flags["item"].to_numpy(dtype=int)]
    lost_rows = rejected_rows(facts, policy).assign(rejected=1)
    parts = [
        homes,
        _spread(flags, every).groupby(keys, dropna=False)[list(OPEN)].sum(),
        _spread(lost_rows, every).groupby(keys, dropna=False)[["rejected"]].sum(),
        silent_ones.groupby(keys)[["silent"]].sum(),
    ]
    table = every.astype(object)
    for part in parts:
        table = table.merge(part.reset_index().astype(dict.fromkeys(keys, object)), "outer", keys)
    counts = [*HOMES, *OPEN, "rejected", "silent"]
    table[counts] = table[counts].fillna(0).astype(int)
    whole = table.assign(unlisted=0, undated=0, held=0)
    table.insert(2, "verdict", verdict_of(whole))
    return table.sort_values(keys, ignore_index=True)


def _item_villages(facts: Facts, items: pd.DataFrame) -> NDArray[np.object_]:
    """The village of each open item, by its code, else by its place; None for none."""
    codes = items["village_code"].astype(object)
    codes = codes.where(codes.isin(facts.villages["village_code"]), None).to_numpy(dtype=object)
    if facts.ground is None:
        return codes
    at = facts.ground.areas.locate(*(items[axis].to_numpy(dtype=float) for axis in ("x", "y")))
    located = np.array([*facts.ground.codes, None], dtype=object)[at]
    return np.where(pd.isna(codes), located, codes)


def _spread(rows: pd.DataFrame, every: pd.DataFrame) -> pd.DataFrame:
    """The rows, those without a village in every village of their zone."""
    nowhere = rows["village_code"].isna().to_numpy(dtype=bool)
    lost = rows[nowhere].drop(columns="village_code").merge(every, on="zone_id")
    return pd.concat([rows[~nowhere], lost], ignore_index=True)


def villages_of_zones(villages: pd.DataFrame) -> pd.DataFrame:
    """villages_inside, villages_cleared and villages_held of each zone."""
    flags = villages[["zone_id"]].assign(
        villages_inside=1,
        villages_cleared=(villages["verdict"] == CLEARED).astype(int),
        villages_held=(villages["open_complaints"] > 0).astype(int),
    )
    return flags.groupby("zone_id").sum()

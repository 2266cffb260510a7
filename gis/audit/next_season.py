"""The running subsidy of the season to come, for all accepted homes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.audit.conversion_stage import COMPLETED, LATE, STOCK, conversion_stages
from gis.audit.evidence import Season, equals_any
from gis.audit.settlement import MODES, Settlement, first_season, running_fen
from gis.costs.subsidy import most_fen

if TYPE_CHECKING:
    from datetime import date

    from gis.facts import Facts
    from gis.policy import Policy


def next_season_bill(
    facts: Facts, policy: Policy, settled: Settlement, as_of: date
) -> pd.DataFrame:
    """What the season after `settled` will cost for the whole stock, by township and mode.

    Returns:
        township_code, mode, homes (accepted by `as_of`, with seasons left and not being
        demolished), metered_homes (with a reading of the season that is settled), expected_fen (of
        these: by that reading, at the rules of the season to come), unmetered_homes (whose amount
        nobody knows), ceiling_fen (Int64: the most for all homes; <NA> where a rule has no cap).
    """
    coming = Season(settled.season.year + 1, *policy.season_days(settled.season.year + 1))
    ledger = facts.households
    stages = conversion_stages(ledger, policy, as_of)
    stock = stages[[COMPLETED, LATE, STOCK]].any(axis=1) & stages["mode"].isin(list(MODES))
    stock &= ~pd.Series(equals_any(ledger, "occupancy", "demolition"), ledger.index)
    homes = ledger[stock.to_numpy(dtype=bool)].assign(mode=stages["mode"])
    nth = coming.year - first_season(homes, policy) + 1
    rules = {mode: rule for mode in MODES if (rule := policy.subsidies.running_rule(mode))}
    most = {mode: rule.seasons for mode, rule in rules.items()}
    homes = homes[~(nth > homes["mode"].map(most).astype(float)) & homes["mode"].isin(list(rules))]
    known = settled.households.set_index("household")["quantity"]
    homes = homes.assign(quantity=homes.index.map(known))
    metered = homes["quantity"].notna()
    fixed = homes["mode"].map({mode: rule.fixed_cny is not None for mode, rule in rules.items()})
    known_amount = metered | fixed.astype(bool)
    fen, _ = running_fen(homes, policy, coming)
    each = {mode: most_fen(rule, coming.year) for mode, rule in rules.items()}
    ceiling = pd.array([each[mode] for mode in homes["mode"]], dtype="Int64")
    table = homes[["township_code", "mode"]].assign(
        homes=1,
        metered_homes=known_amount.astype(int),
        expected_fen=np.where(known_amount, fen, 0),
        unmetered_homes=(~known_amount).astype(int),
        ceiling_fen=ceiling,
    )
    grouped = table.groupby(["township_code", "mode"], dropna=False)
    sums = grouped.sum(min_count=1).reset_index()
    return sums.assign(
        ceiling_fen=sums["ceiling_fen"].where(grouped["ceiling_fen"].count().to_numpy() > 0)
    )

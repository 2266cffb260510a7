"""复烧: a home that was cleared once, and where coal was found since.

It stays on record after it is rectified. Whether a home was cleared on an earlier day is judged by
the same facts, with the evidence of that day; what the ledger knows only for today (heating,
meter, occupancy) is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.audit import clearance_criteria, findings
from gis.audit.calendar import Days, days
from gis.audit.evidence import CLEAN, COAL, NOBODY, STOVE, UNREAD, last, says
from gis.audit.three_valued import TRUE, either, every

if TYPE_CHECKING:
    from gis.audit.three_valued import Mask
    from gis.policy import Policy


_DATES = ("stove_removed_on", "coal_removed_on", "accepted_on")


def relapsed(ledger: pd.DataFrame, visits: pd.DataFrame, policy: Policy) -> Mask:
    """Homes with a finding of coal on a day after one on which they were cleared."""
    at_home = visits[(visits["home"] != NOBODY).to_numpy(dtype=bool)]
    latest_coal = _latest(at_home[says(at_home, "finding", *COAL)], len(ledger))
    suspects = np.isfinite(latest_coal)[at_home["home"].to_numpy()]
    at_home = at_home[suspects]
    days_to_try = _cleared_days(ledger, at_home, policy)
    days_to_try = days_to_try[days_to_try["day"] < latest_coal[days_to_try["home"]]]
    was = days_to_try[_was_cleared(ledger, at_home, days_to_try, policy)]
    mask = np.zeros(len(ledger), dtype=bool)
    mask[was["home"].to_numpy(dtype=int)] = True
    return mask


def _latest(found: pd.DataFrame, size: int) -> Days:
    return last(found["seen"].to_numpy(), found["home"].to_numpy(), size)


def _cleared_days(ledger: pd.DataFrame, visits: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """The only days a home can have become cleared on; columns home, day.

    A clean visit or, while one is fresh, the day of the last removal or of the acceptance.
    """
    clean = visits[says(visits, "finding", CLEAN)]
    home, seen = clean["home"].to_numpy(), clean["seen"].to_numpy()
    stove, coal, accepted = (days(ledger[name])[home] for name in _DATES)
    emptied = np.maximum(np.maximum(stove, coal), seen)
    both = np.concatenate([emptied, np.maximum(emptied, accepted)])
    tried = pd.DataFrame({"home": np.tile(home, 2), "day": both, "seen": np.tile(seen, 2)})
    fresh = tried["day"] - tried["seen"] <= policy.clearance.stale_days
    return tried.loc[fresh, ["home", "day"]].drop_duplicates(ignore_index=True)


def _was_cleared(
    ledger: pd.DataFrame, visits: pd.DataFrame, cases: pd.DataFrame, policy: Policy
) -> Mask:
    """Whether the home of each case was cleared on the day of the case."""
    then = ledger.iloc[cases["home"].to_numpy()]
    as_of = cases["day"].to_numpy()
    seen = visits.merge(cases.assign(case=np.arange(len(cases))), on="home")
    seen = seen[(seen["seen"] <= seen["day"]).to_numpy(dtype=bool)].assign(home=lambda t: t["case"])
    last_clean = _latest(seen[says(seen, "finding", CLEAN)], len(cases))
    found = seen[says(seen, "finding", *COAL, STOVE, UNREAD)]
    state = findings.states(found, then, last_clean, as_of)
    facts = every(
        either(
            clearance_criteria.accepted(then, as_of),
            clearance_criteria.lives_elsewhere(then, as_of),
        ),
        clearance_criteria.stove_removed(then, as_of),
        clearance_criteria.coal_removed(then, as_of),
        findings.settled(state, found["home"].to_numpy(), len(cases)),
        clearance_criteria.visited(last_clean, as_of, policy),
    )
    return facts == TRUE

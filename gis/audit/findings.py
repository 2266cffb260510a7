"""Whether a finding of coal, of a stove, or of an idle device still stands.

A finding is settled when it was rectified and a visit since found the home clean. One that is older
than the removal which the ledger dates (of an idle device: than the acceptance) is none "since":
a later clean visit settles it. A stove seen on or after the day of acceptance, or while none is
dated, is never excused by a removal: only its rectification on record answers it.

    state       older than the removal   rectified   clean visit after   the home is
    SETTLED     yes                      -           yes                 as good as never found
    PENDING     yes                      -           no                  unknown: not seen since
    SETTLED     no                       yes         yes                 as good as never found
    CLAIMED     no                       yes         no                  unknown: not seen since
    SEEN_CLEAN  no                       no          yes                 unknown
    STANDING    no                       no          no                  false

What nobody can read (UNREAD) may have been anything: it is older only than all three dates, and
never better or worse than SEEN_CLEAN until it is settled. A stove on or after the day of acceptance
that is not rectified is STANDING even if seen clean. An idle device that was rectified is SETTLED by
a season's reading as by a visit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gis.audit.calendar import Days, days
from gis.audit.evidence import COAL, STOVE, UNREAD, UNUSED, says
from gis.audit.three_valued import FALSE, TRUE, UNKNOWN, Fact, Mask

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

SETTLED, SEEN_CLEAN, PENDING, CLAIMED, STANDING = range(5)
_MEANS = np.array([TRUE, UNKNOWN, UNKNOWN, UNKNOWN, FALSE], dtype=np.int8)


def states(
    found: pd.DataFrame, ledger: pd.DataFrame, last_clean: Days, as_of: Days
) -> NDArray[np.int8]:
    """The state of each finding; `found` as gis.audit.evidence has it, `home` a row of `ledger`.

    last_clean: day of each home's last clean visit, -inf for none; as_of: each home's as-of day.
    """
    home = found["home"].to_numpy()
    seen, rectified = found["seen"].to_numpy(), found["rectified"].to_numpy()
    today, clean = as_of[home], last_clean[home]
    recorded = rectified <= today
    state = _state(recorded, (clean > seen) & ~(recorded & (clean < rectified)))
    older = _older_than_removal(found, ledger, today)
    state[older] = np.where(clean > seen, SETTLED, PENDING)[older]
    state[_stove_after_acceptance(found, ledger, today) & ~recorded] = STANDING
    return _unread_unknown(found, state)


def states_elsewhere(found: pd.DataFrame, confirmed: Mask) -> NDArray[np.int8]:
    """The same for findings at premises and places, which have no ledger of removals."""
    state = _state(found["rectified"].notna().to_numpy(dtype=bool), confirmed)
    return _unread_unknown(found, state)


def used_again(found: pd.DataFrame, since: Mask, season_begins: float) -> Mask:
    """Findings of an idle device, rectified before a season in which the meter shows it in use.

    since: homes whose device was in use over the last full season by the meter; season_begins: its
    first day.
    """
    rectified = found["rectified"].to_numpy()
    return says(found, "finding", UNUSED) & (rectified <= season_begins) & since[found["home"]]


def settled(state: NDArray[np.int8], home: NDArray[np.intp], homes: int) -> Fact:
    """Per home: TRUE where every finding is settled (or there is none)."""
    known = np.full(homes, TRUE, dtype=np.int8)
    np.minimum.at(known, home, _MEANS[state])
    return known


def _state(rectified: Mask, confirmed: Mask) -> NDArray[np.int8]:
    choices = [SETTLED, CLAIMED, SEEN_CLEAN]
    conditions = [rectified & confirmed, rectified, confirmed]
    return np.select(conditions, choices, default=STANDING).astype(np.int8)


def _unread_unknown(found: pd.DataFrame, state: NDArray[np.int8]) -> NDArray[np.int8]:
    return np.where(says(found, "finding", UNREAD) & (state != SETTLED), SEEN_CLEAN, state)


def _older_than_removal(found: pd.DataFrame, ledger: pd.DataFrame, today: Days) -> Mask:
    """Findings that a dated removal (or, of an idle device, the acceptance) came after."""
    home, seen = found["home"].to_numpy(), found["seen"].to_numpy()

    def later(column: str) -> Mask:
        on = days(ledger[column])[home]
        return (on > seen) & (on <= today)

    coal, stove = later("coal_removed_on"), later("stove_removed_on")
    burned = says(found, "finding", "coal_burned")
    before_acceptance = days(ledger["accepted_on"])[home] > seen
    return (
        (says(found, "finding", *COAL) & coal & (stove | ~burned))
        | (says(found, "finding", STOVE) & stove & before_acceptance)
        | (says(found, "finding", UNUSED) & later("accepted_on"))
        | (says(found, "finding", UNREAD) & coal & stove & later("accepted_on"))
    )


def _stove_after_acceptance(found: pd.DataFrame, ledger: pd.DataFrame, today: Days) -> Mask:
    accepted = days(ledger["accepted_on"])[found["home"].to_numpy()]
    after = (found["seen"].to_numpy() >= accepted) & (accepted <= today)
    return says(found, "finding", STOVE) & after

"""States of findings of coal, of stoves and of idle devices: settled, standing, or not known.

A finding of coal, of a stove or of an idle device is settled when it was rectified and a later
visit found the home clean. A finding older than the removal dated in the ledger (for an idle
device: the acceptance) is settled by a later clean visit alone. A stove seen on or after the day of
acceptance, or while no acceptance is dated, is never settled by a removal: it must be rectified.

    state       older than the removal   rectified   clean visit after   meaning
    SETTLED     yes                      -           yes                 as if never found
    PENDING     yes                      -           no                  unknown: not seen since
    SETTLED     no                       yes         yes                 as if never found
    CLAIMED     no                       yes         no                  unknown: not seen since
    SEEN_CLEAN  no                       no          yes                 unknown
    STANDING    no                       no          no                  false

An unreadable finding (UNREAD) may be of any kind. It counts as older only if it is older than all
three dates, and its state is SEEN_CLEAN until it is settled. A stove on or after the day of
acceptance that is not rectified is STANDING even if seen clean. A rectified finding of an idle
device is SETTLED by a full season's meter reading as well as by a visit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gis.audit.evidence import (
    COAL,
    FALSE,
    STOVE,
    TRUE,
    UNKNOWN,
    UNREAD,
    UNUSED,
    Days,
    Fact,
    Mask,
    days,
    equals_any,
    has_unreadable,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


SETTLED, SEEN_CLEAN, PENDING, CLAIMED, STANDING = range(5)


_MEANS = np.array([TRUE, UNKNOWN, UNKNOWN, UNKNOWN, FALSE], dtype=np.int8)


def finding_states(
    found: pd.DataFrame, ledger: pd.DataFrame, last_clean: Days, as_of: Days
) -> NDArray[np.int8]:
    """The state of each finding.

    Args:
        found: Findings as in gis.audit.evidence; `home` is a row of `ledger`.
        ledger: The households.
        last_clean: Day of each home's last clean visit, -inf for none.
        as_of: Each home's as-of day.
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


def finding_states_elsewhere(found: pd.DataFrame, confirmed: Mask) -> NDArray[np.int8]:
    """The state of findings at premises and places, which have no removals in the ledger."""
    state = _state(found["rectified"].notna().to_numpy(dtype=bool), confirmed)
    return _unread_unknown(found, state)


def used_again(found: pd.DataFrame, since: Mask, season_begins: float) -> Mask:
    """Findings of an idle device that were rectified before a season in which the meter shows use.

    Args:
        found: The findings.
        since: Homes whose device was in use over the last full season by the meter.
        season_begins: First day of that season.
    """
    rectified = found["rectified"].to_numpy()
    return (
        equals_any(found, "finding", UNUSED) & (rectified <= season_begins) & since[found["home"]]
    )


def all_settled(state: NDArray[np.int8], home: NDArray[np.intp], homes: int) -> Fact:
    """Per home: TRUE where every finding is settled, or there is none."""
    known = np.full(homes, TRUE, dtype=np.int8)
    np.minimum.at(known, home, _MEANS[state])
    return known


def _state(rectified: Mask, confirmed: Mask) -> NDArray[np.int8]:
    choices = [SETTLED, CLAIMED, SEEN_CLEAN]
    conditions = [rectified & confirmed, rectified, confirmed]
    return np.select(conditions, choices, default=STANDING).astype(np.int8)


def _unread_unknown(found: pd.DataFrame, state: NDArray[np.int8]) -> NDArray[np.int8]:
    return np.where(equals_any(found, "finding", UNREAD) & (state != SETTLED), SEEN_CLEAN, state)


def _older_than_removal(found: pd.DataFrame, ledger: pd.DataFrame, today: Days) -> Mask:
    """Findings before a dated removal (for an idle device: before the acceptance).

    A step that is known only to the month or year may lie before the finding.
    """
    home, seen = found["home"].to_numpy(), found["seen"].to_numpy()

    def dated(column: str) -> Mask:
        return ~has_unreadable(ledger, column)[home]

    def later(column: str) -> Mask:
        on = days(ledger[column])[home]
        return (on > seen) & (on <= today) & dated(column)

    coal, stove = later("coal_removed_on"), later("stove_removed_on")
    burned = equals_any(found, "finding", "coal_burned")
    before_acceptance = (days(ledger["accepted_on"])[home] > seen) & dated("accepted_on")
    return (
        (equals_any(found, "finding", *COAL) & coal & (stove | ~burned))
        | (equals_any(found, "finding", STOVE) & stove & before_acceptance)
        | (equals_any(found, "finding", UNUSED) & later("accepted_on"))
        | (equals_any(found, "finding", UNREAD) & coal & stove & later("accepted_on"))
    )


def _stove_after_acceptance(found: pd.DataFrame, ledger: pd.DataFrame, today: Days) -> Mask:
    accepted = days(ledger["accepted_on"])[found["home"].to_numpy()]
    after = (found["seen"].to_numpy() >= accepted) & (accepted <= today)
    return equals_any(found, "finding", STOVE) & after

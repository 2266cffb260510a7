"""The verdict on every household, with its reason, and relapses.

复烧 (relapse): a home that was cleared once, with coal burned or a stove found since. It stays on
record after it is rectified. Coal that was merely found is 存煤未清 until it is settled. Whether a home
was cleared on an earlier day is judged by the same criteria with the evidence of that day. Values
that the ledger has only for today (heating, meter, occupancy) are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gis.audit import clearance_criteria, finding_states, open_items
from gis.audit.evidence import (
    BURNED,
    CLEAN,
    COAL,
    FALSE,
    NOBODY,
    STOVE,
    TRUE,
    UNKNOWN,
    UNREAD,
    UNUSED,
    Days,
    Fact,
    Mask,
    all_true,
    any_true,
    dates,
    day,
    days,
    equals_any,
    last_full_season,
    latest_by_home,
)
from gis.audit.sweeps import swept_homes

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray
    from pandas.api.extensions import ExtensionArray

    from gis.policy import Policy


_BURNED_AGAIN, _LEFT = (BURNED, STOVE), ("coal_stored", "coal_sold")
_SWEPT = "swept"  # a home that a sweep lists, among its visits
_DATES = ("stove_removed_on", "coal_removed_on", "accepted_on")


def has_relapsed(
    ledger: pd.DataFrame, visits: pd.DataFrame, policy: Policy, swept: pd.DataFrame
) -> Mask:
    """Homes with coal burned or a stove found on a day after one on which they were cleared.

    swept: as of gis.audit.sweeps.swept_homes.
    """
    at_home = visits[(visits["home"] != NOBODY).to_numpy(dtype=bool)]
    at_home = pd.concat([at_home, swept.assign(finding=_SWEPT)], ignore_index=True)
    latest = _latest(at_home[equals_any(at_home, "finding", *_BURNED_AGAIN)], len(ledger))
    suspects = np.isfinite(latest)[at_home["home"].to_numpy()]
    at_home = at_home[suspects]
    days_to_try = _cleared_days(ledger, at_home, policy)
    days_to_try = days_to_try[days_to_try["day"] < latest[days_to_try["home"]]]
    was = days_to_try[_was_cleared(ledger, at_home, days_to_try, policy)]
    mask = np.zeros(len(ledger), dtype=bool)
    mask[was["home"].to_numpy(dtype=int)] = True
    return mask


def _latest(found: pd.DataFrame, size: int) -> Days:
    return latest_by_home(found["seen"].to_numpy(), found["home"].to_numpy(), size)


def _cleared_days(ledger: pd.DataFrame, visits: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """The only days on which a home can have become cleared; columns home, day.

    These are the days of a clean visit or sweep and, while one is recent, of the last removal or
    acceptance.
    """
    clean = visits[equals_any(visits, "finding", CLEAN, _SWEPT)]
    home, seen = clean["home"].to_numpy(dtype=int), clean["seen"].to_numpy()
    stove, coal, accepted = (days(ledger[name])[home] for name in _DATES)
    emptied = np.maximum(np.maximum(stove, coal), seen)
    both = np.concatenate([emptied, np.maximum(emptied, accepted)])
    tried = pd.DataFrame({"home": np.tile(home, 2), "day": both, "seen": np.tile(seen, 2)})
    days_, last = tried["day"].to_numpy(), tried["seen"].to_numpy()
    free = np.zeros(len(tried), dtype=bool)
    fresh = clearance_criteria.criterion_visited(last, days_, policy, free) == TRUE
    return tried.loc[fresh, ["home", "day"]].drop_duplicates(ignore_index=True)


def _was_cleared(
    ledger: pd.DataFrame, visits: pd.DataFrame, cases: pd.DataFrame, policy: Policy
) -> Mask:
    """Whether the home of each case was cleared on the day of the case."""
    then = ledger.iloc[cases["home"].to_numpy()]
    as_of = cases["day"].to_numpy()
    seen = visits.merge(cases.assign(case=np.arange(len(cases))), on="home")
    seen = seen[(seen["seen"] <= seen["day"]).to_numpy(dtype=bool)].assign(home=lambda t: t["case"])
    last_clean = _latest(seen[equals_any(seen, "finding", CLEAN)], len(cases))
    swept = _latest(seen[equals_any(seen, "finding", _SWEPT)], len(cases))
    found = seen[equals_any(seen, "finding", *COAL, STOVE, UNREAD)]
    state = finding_states.finding_states(found, then, last_clean, as_of)
    bound = _any(found, len(cases))
    never = clearance_criteria.never_had_coal(then, bound)
    facts = all_true(
        any_true(
            clearance_criteria.accepted(then, as_of, policy.clearance_acceptance),
            clearance_criteria.lives_elsewhere(then, as_of),
        ),
        clearance_criteria.criterion_stove_removed(then, as_of, never),
        clearance_criteria.criterion_coal_removed(then, as_of, never),
        finding_states.all_settled(state, found["home"].to_numpy(), len(cases)),
        clearance_criteria.criterion_visited(last_clean, as_of, policy, bound, swept),
    )
    return facts == TRUE


def _any(found: pd.DataFrame, homes: int) -> Mask:
    """Homes with any of the findings."""
    return np.bincount(found["home"].to_numpy(dtype=int), minlength=homes) > 0


_WORDS = ("unknown", "cleared", "not_cleared")  # by UNKNOWN, TRUE, FALSE


class Verdicts(NamedTuple):
    """The verdicts on all households.

    table    as gis.audit.clearance.Clearance.households
    verdict  the clearance as one Fact per household
    open     unsettled findings at households, as in gis.audit.open_items
    """

    table: pd.DataFrame
    verdict: Fact
    open: pd.DataFrame


class _Visited(NamedTuple):
    """Visits by home: last days (-inf: none), also of a sweep, findings and their states."""

    last_visit: Days
    last_clean: Days
    swept: Days
    found: pd.DataFrame
    state: NDArray[np.int8]


def judge_households(
    ledger: pd.DataFrame,
    visits: pd.DataFrame,
    policy: Policy,
    as_of: date,
    sweeps: pd.DataFrame | None = None,
) -> Verdicts:
    """Judge every row of the ledger on `as_of`; `visits` as in gis.audit.evidence."""
    today = np.full(len(ledger), day(as_of))
    season = last_full_season(as_of, policy)
    use = clearance_criteria.Use(season, policy.clearance.unused_kwh, policy.clearance_acceptance)
    swept = swept_homes(sweeps, ledger, as_of)
    seen = _seen(ledger, visits, today, use)._replace(swept=_latest(swept, len(ledger)))
    criteria = _criteria(ledger, seen, policy, as_of, use)
    verdict = all_true(*(criteria[name] for name in clearance_criteria.FACTS))
    verdict[equals_any(ledger, "status", "rejected")] = UNKNOWN
    table = pd.DataFrame(
        {name: criteria[name] for name in clearance_criteria.FACTS}, index=ledger.index
    )
    table.insert(0, "clearance", _words_of(_WORDS, verdict.astype(np.intp) % len(_WORDS)))
    table.insert(1, "why", _why(ledger, criteria, verdict, seen))
    table.insert(2, "last_visit_on", dates(seen.last_visit).to_numpy())
    table.insert(3, "last_clean_on", dates(seen.last_clean).to_numpy())
    table.insert(4, "relapse", has_relapsed(ledger, visits, policy, swept))
    table.insert(5, "unused", _settled(seen, (UNUSED,), len(ledger)) != TRUE)
    table.insert(6, "suspected_unused", criteria["low_reading"] == TRUE)
    table.insert(7, "coal_left", _settled(seen, _LEFT, len(ledger)) != TRUE)
    return Verdicts(table, verdict, open_items.open_at_homes(seen.found, seen.state, ledger))


def _seen(
    ledger: pd.DataFrame, visits: pd.DataFrame, today: Days, use: clearance_criteria.Use
) -> _Visited:
    at_home = visits[(visits["home"] != NOBODY).to_numpy(dtype=bool)]
    clean = equals_any(at_home, "finding", CLEAN)
    home, seen = at_home["home"].to_numpy(), at_home["seen"].to_numpy()
    last_clean = latest_by_home(seen[clean], home[clean], len(ledger))
    found = at_home[~clean].reset_index(drop=True)
    state = finding_states.finding_states(found, ledger, last_clean, today)
    metered = clearance_criteria.metered(ledger, use) == TRUE
    state[finding_states.used_again(found, metered, day(use.season.begins))] = (
        finding_states.SETTLED
    )
    never = np.full(len(ledger), -np.inf)
    return _Visited(latest_by_home(seen, home, len(ledger)), last_clean, never, found, state)


def _criteria(
    ledger: pd.DataFrame, seen: _Visited, policy: Policy, as_of: date, use: clearance_criteria.Use
) -> dict[str, Fact]:
    """The criteria of gis.audit.clearance_criteria by name, and the components of `device`."""
    today = np.full(len(ledger), day(as_of))
    bound = _any(seen.found, len(ledger))
    visited = clearance_criteria.criterion_visited(
        seen.last_clean, today, policy, bound, seen.swept
    )
    been = today - seen.last_visit <= policy.clearance.stale_days
    metered = clearance_criteria.in_use(ledger, visited == TRUE, use)
    never = clearance_criteria.never_had_coal(
        ledger,
        _any(seen.found[equals_any(seen.found, "finding", *COAL, STOVE, UNREAD)], len(ledger)),
    )
    in_use = all_true(metered, _settled(seen, (UNUSED,), len(ledger)))
    passed = clearance_criteria.accepted(ledger, today, policy.clearance_acceptance)
    return {
        "device": clearance_criteria.criterion_device(ledger, today, passed, in_use, been),
        "stove_removed": clearance_criteria.criterion_stove_removed(ledger, today, never),
        "coal_removed": clearance_criteria.criterion_coal_removed(ledger, today, never),
        "findings": _settled(seen, (*COAL, STOVE, UNREAD), len(ledger)),
        "visited": visited,
        "in_use": in_use,
        "accepted": passed,
        "heats_clean": clearance_criteria.heats_clean(ledger, been),
        "low_reading": clearance_criteria.low_reading(ledger, use),
    }


def _settled(seen: _Visited, kinds: tuple[str, ...], size: int) -> Fact:
    chosen = equals_any(seen.found, "finding", *kinds)
    return finding_states.all_settled(
        seen.state[chosen], seen.found["home"].to_numpy()[chosen], size
    )


def _why(
    ledger: pd.DataFrame, criteria: dict[str, Fact], verdict: Fact, seen: _Visited
) -> ExtensionArray:
    """The first applicable reason, in the order in which an inspector would give them."""
    wrong, unsure = verdict == FALSE, verdict == UNKNOWN
    idle = wrong & (criteria["device"] == FALSE)
    unproven = unsure & (criteria["device"] == UNKNOWN)
    reasons = {
        "coal_found": wrong & (_settled(seen, COAL, len(ledger)) == FALSE),
        "stove_found": wrong & (_settled(seen, (STOVE,), len(ledger)) == FALSE),
        "heating_coal": idle & equals_any(ledger, "heating", "coal"),
        "no_heating": (idle | unproven) & equals_any(ledger, "heating", "none"),
        "acceptance_failed": idle & (criteria["accepted"] == FALSE),
        "device_unused": idle,
        "rejected": equals_any(ledger, "status", "rejected"),
        "recheck_missing": unsure & (_settled(seen, (*COAL, STOVE), len(ledger)) == UNKNOWN),
        "result_unread": unsure & (criteria["findings"] == UNKNOWN),
        "stove_removal_missing": unsure & (criteria["stove_removed"] == UNKNOWN),
        "coal_removal_missing": unsure & (criteria["coal_removed"] == UNKNOWN),
        "heating_missing": unproven & (criteria["heats_clean"] == UNKNOWN),
        "dates_contradict": unproven & clearance_criteria.out_of_order(ledger),
        "not_accepted": unproven & (criteria["accepted"] == UNKNOWN),
        "never_visited": unsure & np.isneginf(seen.last_visit) & (criteria["visited"] != TRUE),
        "visit_stale": unsure & (criteria["visited"] == UNKNOWN),
        "suspected_unused": unproven & (criteria["low_reading"] == TRUE),
        "use_not_shown": unproven & (criteria["in_use"] == UNKNOWN),
        "occupancy_not_dated": unsure,
    }
    first = np.select([*reasons.values()], range(len(reasons)), default=len(reasons))
    return _words_of((*reasons, ""), first)


def _words_of(words: tuple[str, ...], which: NDArray[np.intp]) -> ExtensionArray:
    """The word of each number, as a text array."""
    return pd.array(words, dtype="str").take(which)

"""Is a home cleared: one function a fact, each answering TRUE, FALSE or UNKNOWN a home.

    a clean device is accepted and in use,        `device`
      or the home is vacant or being demolished
    the old stove is removed                      `stove_removed`
    the stored coal is gone                       `coal_removed`
    every finding since is settled                gis.audit.clearance_criteria
    a visit not older than stale_days says clean  `visited`

A home is cleared where every one of them is TRUE, not cleared where one is FALSE, else unknown.

Whether a finding of coal, of a stove, or of an idle device still stands.

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

Which acceptance counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gis.audit.evidence import (
    COAL,
    STOVE,
    UNREAD,
    UNUSED,
    Days,
    Season,
    column_of,
    day,
    days,
    equals_any,
    has_unreadable,
)
from gis.audit.three_valued import (
    FALSE,
    TRUE,
    UNKNOWN,
    Fact,
    Mask,
    all_true,
    any_true,
    three_valued,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.policy import Policy


def criterion_passed(ledger: pd.DataFrame) -> Mask:
    """Homes whose conversion passed an acceptance that the programme recognises.

    # ASSUME: a village's check of its own work is no acceptance; the township's, a third party's
    # and one whose author the ledger leaves blank are.
    """
    return equals_any(ledger, "acceptance_result", "pass") & ~equals_any(
        ledger, "acceptance_by", "village"
    )


FACTS = ("device", "stove_removed", "coal_removed", "findings", "visited")
CLEAN_HEATING = ("central", "electric", "gas", "biomass", "solar")
STEPS = ("signed_on", "installed_on", "energised_on", "accepted_on")
_METER = {"electric": "heating_kwh", "gas": "heating_m3"}


class Use(NamedTuple):
    """How use is judged: by the meter over the last full season, under which reading it is none."""

    season: Season
    unused_kwh: float


def heats_clean(ledger: pd.DataFrame, been: Mask) -> Fact:
    """The home heats with something clean, by the ledger.

    How a home heats that is said to have no heating is unknown until somebody has `been` there.
    """
    none = equals_any(ledger, "heating", "none") & been
    return three_valued(
        equals_any(ledger, "heating", *CLEAN_HEATING), equals_any(ledger, "heating", "coal") | none
    )


def accepted(ledger: pd.DataFrame, as_of: Days) -> Fact:
    """The conversion passed its acceptance by `as_of`; a failed one is known false.

    Where the ledger says of anybody who accepted, a blank does not show that it was not the village.
    A device that is installed or energised only later has not passed yet, whatever is written; a
    step dated before one that it rests on is no evidence of either.
    """
    on = days(ledger["accepted_on"])
    by = column_of(ledger, "acceptance_by").notna().to_numpy(dtype=bool)
    shown = by | ~(by | has_unreadable(ledger, "acceptance_by")).any()
    failed = equals_any(ledger, "acceptance_result", "fail") & ~(on > as_of)
    to_come = (days(ledger["installed_on"]) > as_of) | (days(ledger["energised_on"]) > as_of)
    return three_valued(
        criterion_passed(ledger) & shown & (on <= as_of) & ~to_come & ~out_of_order(ledger), failed
    )


def out_of_order(ledger: pd.DataFrame) -> Mask:
    """Accepted before it was signed for, installed or energised, or energised before installed."""
    signed, installed, energised, accepted_on = (days(ledger[name]) for name in STEPS)
    early = (accepted_on < signed) | (accepted_on < installed) | (accepted_on < energised)
    return early | (energised < installed)


def in_use(ledger: pd.DataFrame, fresh: Mask, use: Use) -> Fact:
    """The device heats the home, by the meter; before its first full season, by its test run.

    Where nothing is metered (no such column, or a route without a meter) a fresh clean visit
    shows use. A low reading is held against a home only if it was lived in all that season, and
    the device surely there; where it may have been there, a low one, or one that nobody can read,
    leaves the use unknown.
    """
    known = three_valued(fresh)
    for heating, column in _METER.items():
        has_meter = equals_any(ledger, "heating", heating)
        if ledger[column].notna().any() or has_unreadable(ledger, column).any():
            known[has_meter] = _metered(ledger, column, use)[has_meter]
    ran, unsure = _ran(ledger, use.season), low_or_unread(ledger, use)
    known[(ran == FALSE) | ((ran == UNKNOWN) & ~unsure)] = TRUE  # the acceptance was the test run
    known[(ran == UNKNOWN) & unsure] = UNKNOWN
    return known


def _ran(ledger: pd.DataFrame, season: Season) -> Fact:
    """The device was there for the whole season.

    It was if it was energised by its first day, which nothing else that is dated contradicts;
    without that day, if it was accepted by then. It may have been if it was installed by then, or
    the days contradict each other, or nobody can read when it was energised.
    """
    begins, names = day(season.begins), ("installed_on", "energised_on", "accepted_on")
    installed, energised, accepted_on = (days(ledger[name]) for name in names)
    begun = np.where(np.isnan(energised), accepted_on, energised)
    doubt = (
        (energised < installed) | (energised > accepted_on) | has_unreadable(ledger, "energised_on")
    )
    doubt |= np.isnan(energised) & (accepted_on > begins) & (installed <= begins)
    sure = three_valued(begun <= begins, begun > begins)
    first = np.fmin(np.fmin(installed, energised), accepted_on)
    return np.where(doubt & (first <= begins), UNKNOWN, sure).astype(np.int8)


def low_or_unread(ledger: pd.DataFrame, use: Use) -> Mask:
    """A meter that moved too little in the season while the home was lived in, or nobody can read."""
    found = np.zeros(len(ledger), dtype=bool)
    for heating, column in _METER.items():
        low = (_metered(ledger, column, use) == FALSE) | has_unreadable(ledger, column)
        found |= equals_any(ledger, "heating", heating) & low
    return found


def lives_elsewhere(ledger: pd.DataFrame, as_of: Days) -> Fact:
    """Nobody heats the home: vacant, or being demolished, by record.

    A record dated after `as_of`, or on a day that nobody can read, does not hold yet, and what
    held before it is unknown.
    """
    away = equals_any(ledger, "occupancy", "vacant", "demolition")
    lived_in = equals_any(ledger, "occupancy", "occupied")
    early = (days(ledger["occupancy_on"]) > as_of) | has_unreadable(ledger, "occupancy_on")
    known = three_valued(away, lived_in)
    known[early] = UNKNOWN
    return known


def device(ledger: pd.DataFrame, as_of: Days, use: Fact, been: Mask) -> Fact:
    """A clean device is accepted and in use, or the home needs none; `been` as in heats_clean."""
    works = all_true(heats_clean(ledger, been), accepted(ledger, as_of), use)
    return any_true(works, lives_elsewhere(ledger, as_of))


def stove_removed(ledger: pd.DataFrame, as_of: Days) -> Fact:
    """The old stove is removed, by a date that has come; such a date never goes stale."""
    return three_valued(days(ledger["stove_removed_on"]) <= as_of)


def coal_removed(ledger: pd.DataFrame, as_of: Days) -> Fact:
    """The stored coal is gone, by a date that has come."""
    return three_valued(days(ledger["coal_removed_on"]) <= as_of)


def visited(last_clean: Days, as_of: Days, policy: Policy) -> Fact:
    """A visit not older than `clearance.stale_days` says clean."""
    return three_valued(as_of - last_clean <= policy.clearance.stale_days)


def low_reading(ledger: pd.DataFrame, use: Use) -> Fact:
    """改而不用 by the meter: converted, lived in, and next to nothing used in a full season."""
    had_it = all_true(three_valued(criterion_passed(ledger)), _ran(ledger, use.season))
    low = np.full(len(ledger), FALSE, dtype=np.int8)
    for heating, column in _METER.items():
        metered = three_valued(equals_any(ledger, "heating", heating))
        low = any_true(low, all_true(metered, -_metered(ledger, column, use)))
    return all_true(had_it, low)


def metered(ledger: pd.DataFrame, use: Use) -> Fact:
    """The meter of what the home heats with shows use, or none, over the season; no meter: unknown."""
    known = np.full(len(ledger), UNKNOWN, dtype=np.int8)
    for heating, column in _METER.items():
        has_meter = equals_any(ledger, "heating", heating)
        known[has_meter] = _metered(ledger, column, use)[has_meter]
    return known


def _metered(ledger: pd.DataFrame, column: str, use: Use) -> Fact:
    # ASSUME: the plan sets no least use of gas; only a meter that did not move is no use
    least = use.unused_kwh if column == "heating_kwh" else np.nextafter(0.0, 1.0)
    reading = ledger[column].to_numpy(dtype=float)
    named = of_season(ledger["season"], use.season.year) & ~has_unreadable(ledger, "season")
    valid = named & (reading >= 0)
    reading = np.where(valid, reading, np.nan)
    return three_valued(reading >= least, (reading < least) & _lived_in(ledger, use.season))


def of_season(seasons: pd.Series, year: int) -> Mask:
    """Readings of the season that begins in `year`; a blank season is the last full one."""
    codes, written = pd.factorize(seasons)
    named = [str(text).strip()[:4] in {"", str(year)} for text in written]
    return np.array([*named, True])[codes]  # -1: none written


def _lived_in(ledger: pd.DataFrame, season: Season) -> Mask:
    """Occupied, and not only by a record made after the season had begun."""
    since = days(ledger["occupancy_on"])
    return equals_any(ledger, "occupancy", "occupied") & ~(since > day(season.begins))


SETTLED, SEEN_CLEAN, PENDING, CLAIMED, STANDING = range(5)
_MEANS = np.array([TRUE, UNKNOWN, UNKNOWN, UNKNOWN, FALSE], dtype=np.int8)


def finding_states(
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


def finding_states_elsewhere(found: pd.DataFrame, confirmed: Mask) -> NDArray[np.int8]:
    """The same for findings at premises and places, which have no ledger of removals."""
    state = _state(found["rectified"].notna().to_numpy(dtype=bool), confirmed)
    return _unread_unknown(found, state)


def used_again(found: pd.DataFrame, since: Mask, season_begins: float) -> Mask:
    """Findings of an idle device, rectified before a season in which the meter shows it in use.

    since: homes whose device was in use over the last full season by the meter; season_begins: its
    first day.
    """
    rectified = found["rectified"].to_numpy()
    return (
        equals_any(found, "finding", UNUSED) & (rectified <= season_begins) & since[found["home"]]
    )


def all_settled(state: NDArray[np.int8], home: NDArray[np.intp], homes: int) -> Fact:
    """Per home: TRUE where every finding is settled (or there is none)."""
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
    """Findings that a dated removal (or, of an idle device, the acceptance) came after."""
    home, seen = found["home"].to_numpy(), found["seen"].to_numpy()

    def later(column: str) -> Mask:
        on = days(ledger[column])[home]
        return (on > seen) & (on <= today)

    coal, stove = later("coal_removed_on"), later("stove_removed_on")
    burned = equals_any(found, "finding", "coal_burned")
    before_acceptance = days(ledger["accepted_on"])[home] > seen
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

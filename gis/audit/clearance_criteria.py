"""Criteria of a household's clearance, each TRUE, FALSE or UNKNOWN per household.

    a clean device is accepted and in use,        `device`
      or the home is vacant or being demolished
    the old stove is removed                      `stove_removed`
    the stored coal is removed                    `coal_removed`
    every finding is settled                      `findings`, see gis.audit.finding_states
    a fresh visit, or a signed sweep, is clean    `visited`

A home is cleared where all of them are TRUE, not cleared where one is FALSE, else unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gis.audit.evidence import (
    FALSE,
    TRUE,
    UNKNOWN,
    Days,
    Fact,
    Mask,
    Season,
    all_true,
    any_true,
    column_of,
    dates,
    day,
    days,
    equals_any,
    first_days,
    has_unreadable,
    three_valued,
)

if TYPE_CHECKING:
    from gis.policy import Policy
    from gis.policy.progress_rules import ProgressRules


def criterion_passed(ledger: pd.DataFrame, rules: ProgressRules) -> Mask:
    """Homes whose conversion passed an acceptance that the programme recognises for their mode.

    A home that does not heat cleanly has no mode: the acceptance of any of the bodies is one.
    """
    heating, passed = ledger["heating"], equals_any(ledger, "acceptance_result", "pass")
    clean = equals_any(ledger, "heating", *CLEAN_HEATING)
    found = passed & ~clean & _accepted_by(ledger, rules.bodies(None))
    for mode in CLEAN_HEATING:
        own = passed & heating.eq(mode).fillna(value=False).to_numpy(dtype=bool)
        found |= own & _accepted_by(ledger, rules.bodies(mode))
    lot_passed = column_of(ledger, "lot_passed").eq(other=True).to_numpy(dtype=bool)
    return found | (passed & lot_passed)


def _accepted_by(ledger: pd.DataFrame, bodies: frozenset[str]) -> Mask:
    blank = column_of(ledger, "acceptance_by").isna().to_numpy(dtype=bool)
    unnamed = blank & ~has_unreadable(ledger, "acceptance_by") & ("unnamed" in bodies)
    return equals_any(ledger, "acceptance_by", *bodies) | unnamed


FACTS = ("device", "stove_removed", "coal_removed", "findings", "visited")
CLEAN_HEATING = ("central", "electric", "gas", "biomass", "solar")
STEPS = ("signed_on", "installed_on", "energised_on", "accepted_on")
_METER = {"electric": "heating_kwh", "gas": "heating_m3"}


class Use(NamedTuple):
    """How use is judged: by the meter over the last full season, against a least reading.

    progress    whose acceptance shows that there was a device
    """

    season: Season
    unused_kwh: float
    progress: ProgressRules


def heats_clean(ledger: pd.DataFrame, been: Mask) -> Fact:
    """Whether the home heats with a clean source, by the ledger.

    Heating "none" counts as false only where a recent visit confirms it (`been`), else as unknown.
    """
    none = equals_any(ledger, "heating", "none") & been
    return three_valued(
        equals_any(ledger, "heating", *CLEAN_HEATING), equals_any(ledger, "heating", "coal") | none
    )


def accepted(ledger: pd.DataFrame, as_of: Days, rules: ProgressRules) -> Fact:
    """Whether the conversion passed its acceptance by `as_of`; a failed one is FALSE.

    If the ledger names the author of some acceptances, a blank author does not exclude the village
    and the acceptance is unknown. A device installed or energised only after `as_of` has not passed
    yet. A step dated before one that it depends on is no evidence of either.
    """
    on = days(ledger["accepted_on"])
    by = column_of(ledger, "acceptance_by").notna().to_numpy(dtype=bool)
    shown = by | ~(by | has_unreadable(ledger, "acceptance_by")).any()
    failed = equals_any(ledger, "acceptance_result", "fail") & ~(on > as_of)
    to_come = (days(ledger["installed_on"]) > as_of) | (days(ledger["energised_on"]) > as_of)
    return three_valued(
        criterion_passed(ledger, rules) & shown & (on <= as_of) & ~to_come & ~out_of_order(ledger),
        failed,
    )


def out_of_order(ledger: pd.DataFrame) -> Mask:
    """Accepted before signed, installed or energised, or energised before installed."""
    signed, installed, energised, accepted_on = (days(ledger[name]) for name in STEPS)
    early = (accepted_on < signed) | (accepted_on < installed) | (accepted_on < energised)
    return early | (energised < installed)


def in_use(ledger: pd.DataFrame, fresh: Mask, use: Use) -> Fact:
    """Whether the device heats the home, by the meter; before its first season, by its test run.

    Where nothing is metered (no such column, or a route without a meter) a recent clean visit shows
    use. If the device may have been there, a low or unreadable reading means unknown: why it is low
    only a visit can tell.
    """
    known = three_valued(fresh)
    for heating, column in _METER.items():
        has_meter = equals_any(ledger, "heating", heating).copy()
        if ledger[column].notna().any() or has_unreadable(ledger, column).any():
            read = _metered(ledger, column, use)
            has_meter &= (read == FALSE) | ~_of_whole_home(ledger, column)
            known[has_meter] = np.maximum(read[has_meter], UNKNOWN)
    ran, unsure = _ran(ledger, use.season), low_or_unread(ledger, use)
    known[(ran == FALSE) | ((ran == UNKNOWN) & ~unsure)] = (
        TRUE  # the acceptance counts as a test run
    )
    known[(ran == UNKNOWN) & unsure] = UNKNOWN
    return known


def _ran(ledger: pd.DataFrame, season: Season) -> Fact:
    """Whether the device was there for the whole season.

    It was if it was energised by the first day of the season and no other date contradicts this;
    without that date, if it was accepted by then. It is unknown if it was installed by then, the
    dates contradict each other, or the date of energising is unreadable or known to the month.
    """
    begins, names = day(season.begins), ("installed_on", "energised_on", "accepted_on")
    installed, energised, accepted_on = (days(ledger[name]) for name in names)
    begun = np.where(np.isnan(energised), accepted_on, energised)
    doubt = (
        (energised < installed) | (energised > accepted_on) | has_unreadable(ledger, "energised_on")
    )
    doubt |= np.isnan(energised) & has_unreadable(ledger, "accepted_on")
    earliest = [first_days(ledger, name) for name in names]
    doubt |= np.isnan(energised) & (accepted_on > begins) & (earliest[0] <= begins)
    sure = three_valued(begun <= begins, begun > begins)
    first = np.fmin(np.fmin(earliest[0], earliest[1]), earliest[2])
    return np.where(doubt & (first <= begins), UNKNOWN, sure).astype(np.int8)


def low_or_unread(ledger: pd.DataFrame, use: Use) -> Mask:
    """A meter reading too low for an occupied home, or unreadable."""
    found = np.zeros(len(ledger), dtype=bool)
    for heating, column in _METER.items():
        low = (_metered(ledger, column, use) == FALSE) | has_unreadable(ledger, column)
        found |= equals_any(ledger, "heating", heating) & low
    return found


def lives_elsewhere(ledger: pd.DataFrame, as_of: Days) -> Fact:
    """Whether the home is not heated: vacant, or being demolished, by record.

    A record dated after `as_of`, or with an unreadable date, does not hold yet, and the state
    before it is unknown.
    """
    away = equals_any(ledger, "occupancy", "vacant", "demolition")
    lived_in = equals_any(ledger, "occupancy", "occupied")
    early = (days(ledger["occupancy_on"]) > as_of) | has_unreadable(ledger, "occupancy_on")
    known = three_valued(away, lived_in)
    known[early] = UNKNOWN
    return known


def criterion_device(
    ledger: pd.DataFrame, as_of: Days, passed: Fact, use: Fact, been: Mask
) -> Fact:
    """Whether a clean device is accepted and in use, or none is needed.

    passed: of `accepted`; been: see heats_clean.
    """
    works = all_true(heats_clean(ledger, been), passed, use)
    return any_true(works, lives_elsewhere(ledger, as_of))


def criterion_stove_removed(ledger: pd.DataFrame, as_of: Days, without: Mask) -> Fact:
    """Whether the old stove is removed, by a date up to `as_of`; such a date does not expire.

    without: homes that never had one, see never_had_coal.
    """
    return three_valued((days(ledger["stove_removed_on"]) <= as_of) | without)


def criterion_coal_removed(ledger: pd.DataFrame, as_of: Days, without: Mask) -> Fact:
    """Whether the stored coal is removed, by a date up to `as_of`; without: never_had_coal."""
    return three_valued((days(ledger["coal_removed_on"]) <= as_of) | without)


def never_had_coal(ledger: pd.DataFrame, found: Mask) -> Mask:
    """Homes recorded as never having burned coal, such as flats.

    found: homes with a finding of coal or a stove, which the record contradicts.
    """
    said = column_of(ledger, "never_coal").eq(other=True).fillna(value=False).to_numpy(dtype=bool)
    return np.asarray(said & ~found & ~equals_any(ledger, "heating", "coal"))


def criterion_visited(
    last_clean: Days, as_of: Days, policy: Policy, bound: Mask, swept: Days | None = None
) -> Fact:
    """Whether a fresh visit was clean, or a signed sweep of the season lists the home.

    Args:
        last_clean: Day of each home's last clean visit, -inf for none.
        as_of: Each home's as-of day.
        policy: The policy; `clearance.fresh` says what is fresh.
        bound: Homes with a finding, whose visit must be within `clearance.stale_days` as well.
        swept: Day of the last sweep that lists each home; None: there is none.
    """
    recent = as_of - last_clean <= policy.clearance.stale_days
    if policy.clearance.fresh == "days":
        return three_valued(recent)
    begun = _season_begun(as_of, policy)
    of_season = last_clean >= begun
    listed = np.zeros(len(last_clean), dtype=bool) if swept is None else swept >= begun
    return three_valued(np.where(bound, of_season & recent, of_season | listed))


def _season_begun(as_of: Days, policy: Policy) -> Days:
    """The first day of the latest heating season that had begun by each day."""
    each, where = np.unique(as_of, return_inverse=True)
    begun = [day(policy.season_begun(one.date())) for one in dates(each)]
    return np.array(begun, dtype=float)[where]


def low_reading(ledger: pd.DataFrame, use: Use) -> Fact:
    """疑似改而不用: converted, occupied, and a low reading in a full season.

    A season is full if the device had been energised when it began.
    """
    energised = three_valued(np.isfinite(days(ledger["energised_on"])))
    passed = three_valued(criterion_passed(ledger, use.progress))
    had_it = all_true(passed, energised, _ran(ledger, use.season))
    low = np.full(len(ledger), FALSE, dtype=np.int8)
    for heating, column in _METER.items():
        metered = three_valued(equals_any(ledger, "heating", heating))
        low = any_true(low, all_true(metered, -_metered(ledger, column, use)))
    return all_true(had_it, low)


def metered(ledger: pd.DataFrame, use: Use) -> Fact:
    """Whether the home's meter shows use over the season; without a meter: unknown."""
    known = np.full(len(ledger), UNKNOWN, dtype=np.int8)
    for heating, column in _METER.items():
        has_meter = equals_any(ledger, "heating", heating)
        known[has_meter] = _metered(ledger, column, use)[has_meter]
    return known


def _metered(ledger: pd.DataFrame, column: str, use: Use) -> Fact:
    # ASSUME: the plan sets no least use of gas; only a meter that did not move shows no use
    least = use.unused_kwh if column == "heating_kwh" else np.nextafter(0.0, 1.0)
    reading = ledger[column].to_numpy(dtype=float)
    named = of_season(ledger["season"], use.season.year) & ~has_unreadable(ledger, "season")
    valid = named & (reading >= 0)
    reading = np.where(valid, reading, np.nan)
    low = (reading < least) & _lived_in(ledger, use.season)
    return three_valued((reading >= least) & ~_of_whole_home(ledger, column), low)


def _of_whole_home(ledger: pd.DataFrame, column: str) -> Mask:
    """Meters of all the home's electricity: much of it shows no heating, too little shows none.

    ASSUME: a blank basis is a meter of the heating alone, as the column says.
    """
    basis = "heating_kwh_basis"
    whole = equals_any(ledger, basis, "total") | has_unreadable(ledger, basis)
    return whole & (column == "heating_kwh")


def of_season(seasons: pd.Series, year: int) -> Mask:
    """Readings of the season that begins in `year`; a blank season is the last full one."""
    codes, written = pd.factorize(seasons)
    named = [str(text).strip()[:4] in {"", str(year)} for text in written]
    return np.array([*named, True])[codes]  # -1: blank


def _lived_in(ledger: pd.DataFrame, season: Season) -> Mask:
    """Occupied, except where the record was made after the season had begun."""
    since = days(ledger["occupancy_on"])
    return equals_any(ledger, "occupancy", "occupied") & ~(since > day(season.begins))

"""Stage of each conversion: accepted in time or late, of an earlier year, to come, not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gis.audit.clearance_criteria import CLEAN_HEATING, criterion_passed
from gis.audit.evidence import column_of, day, days, equals_any, first_days

if TYPE_CHECKING:
    from datetime import date

    from gis.audit.evidence import Days, Mask
    from gis.policy import Policy
    from gis.policy.model import PlanSection

COMPLETED, LATE, STOCK, REPORTED = "completed", "late", "stock", "reported"
AWAITING, SELF_CHECKED, ACCEPTED = "awaiting", "self_checked", "accepted"


def conversion_stages(ledger: pd.DataFrame, policy: Policy, as_of: date) -> pd.DataFrame:
    """Booleans by household, and mode (str, NA: not clean).

    completed, late, stock need an acceptance that the policy recognises, by `as_of`. The deadline
    applies to the day of energising or of acceptance, as the policy says; where no day of
    energising is written, that of the acceptance stands for it, since it follows.

    completed     of this plan year, that day from programme_start to the deadline
    late          that day after the deadline
    stock         of an earlier plan year, or that day before programme_start
    accepted      completed or late (验收合格)
    self_checked  of this plan year, passed by a body that the policy does not recognise (乡镇自验)
    awaiting      of this plan year, energised and accepted by nobody yet (已完工待验收)
    reported      the ledger says that the home was converted this year, and no recognised
                  acceptance is shown; self_checked and awaiting are some of these

    One whose day is not known and may be on either side of programme_start is in none of the first
    three. The mode is the home's heating; a home that the ledger records with coal or without
    heating is in none of them.
    """
    plan, on = policy.plan, _deadline_days(ledger, policy)
    year = ledger["plan_year"].to_numpy(dtype=float)
    clean = equals_any(ledger, "heating", *CLEAN_HEATING)
    accepted = _accepted(ledger, policy, as_of) & clean
    this_year, start = year == plan.plan_year, day(plan.programme_start)
    in_time = on.last <= day(plan.deadline)
    completed = accepted & this_year & (on.first >= start) & in_time
    late = accepted & this_year & ~in_time
    reported = clean & _reported(ledger, plan, as_of) & ~accepted
    by_then = days(ledger["accepted_on"]) <= day(as_of)
    passed = equals_any(ledger, "acceptance_result", "pass") & by_then
    energised = days(ledger["energised_on"]) <= day(as_of)
    return pd.DataFrame(
        {
            COMPLETED: completed,
            LATE: late,
            STOCK: accepted & ((year < plan.plan_year) | ~(on.last >= start)),
            ACCEPTED: completed | late,
            SELF_CHECKED: reported & this_year & passed,
            AWAITING: reported & this_year & energised & ~passed,
            REPORTED: reported,
            "mode": ledger["heating"].where(clean).astype("str").to_numpy(),
        },
        index=ledger.index,
    )


class _DeadlineDays(NamedTuple):
    """The first and the last day that the deadline may apply to; the same where it is known."""

    first: Days
    last: Days


def _deadline_days(ledger: pd.DataFrame, policy: Policy) -> _DeadlineDays:
    accepted = _DeadlineDays(first_days(ledger, "accepted_on"), days(ledger["accepted_on"]))
    if policy.progress.deadline_applies_to == "accepted_on":
        return accepted
    last, first = days(ledger["energised_on"]), first_days(ledger, "energised_on")
    blank = np.isnan(last)
    return _DeadlineDays(
        np.where(blank, accepted.first, first), np.where(blank, accepted.last, last)
    )


def unclear(ledger: pd.DataFrame, policy: Policy, as_of: date) -> dict[str, Mask]:
    """Accepted conversions that count nowhere: a mask by problem code."""
    plan, on = policy.plan, _deadline_days(ledger, policy)
    accepted = _accepted(ledger, policy, as_of)
    year = ledger["plan_year"].to_numpy(dtype=float)
    recent = on.last >= day(plan.programme_start)
    clean = equals_any(ledger, "heating", *CLEAN_HEATING)
    nowhere = ledger["village_code"].isna().to_numpy(dtype=bool)
    either = recent & (on.first < day(plan.programme_start))
    either &= (year == plan.plan_year) & (on.last <= day(plan.deadline))
    return {
        "accepted_not_clean": accepted & ~clean,
        "accepted_without_year": accepted & clean & recent & np.isnan(year),
        "accepted_of_later_year": accepted & clean & recent & (year > plan.plan_year),
        "accepted_day_unclear": accepted & clean & either,
        "accepted_nowhere": accepted & clean & nowhere,
    }


def _reported(ledger: pd.DataFrame, plan: PlanSection, as_of: date) -> Mask:
    """Homes that the ledger says were converted in the plan's year, by `as_of`; none that failed.

    The plan_year tells the year; without one, the day of installation or energising does. Such a
    day is no plan_year: it does not say whose list the home is on, so nothing is completed by it.
    ASSUME: a day at the end of the month or year of `as_of` stands for the whole of it.
    """
    year = ledger["plan_year"].to_numpy(dtype=float)
    told = year == plan.plan_year
    day_ = pd.Timestamp(as_of)
    ends = (day_, day_ + pd.offsets.MonthEnd(0), day_ + pd.offsets.YearEnd(0))
    for column in ("installed_on", "energised_on"):
        on = pd.to_datetime(column_of(ledger, column))
        past = (on <= day_) | on.isin(ends)
        told |= np.isnan(year) & (past & (on.dt.year == plan.plan_year)).to_numpy(dtype=bool)
    failed = equals_any(ledger, "acceptance_result", "fail")
    return told & ~failed & ~equals_any(ledger, "status", "rejected")


def _accepted(ledger: pd.DataFrame, policy: Policy, as_of: date) -> Mask:
    """Passed and in use by `as_of`: a device that is energised only later was not accepted yet."""
    counted = ~equals_any(ledger, "status", "rejected") & criterion_passed(ledger, policy.progress)
    later = days(ledger["energised_on"]) > day(as_of)
    return counted & (days(ledger["accepted_on"]) <= day(as_of)) & ~later

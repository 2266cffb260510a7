"""Stage of each conversion: completed this year, late, of an earlier year, reported, or not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.audit.clearance_criteria import CLEAN_HEATING, criterion_passed
from gis.audit.evidence import column_of, day, days, equals_any, first_days

if TYPE_CHECKING:
    from datetime import date

    from gis.audit.evidence import Mask
    from gis.policy.model import PlanSection

COMPLETED, LATE, STOCK, REPORTED = "completed", "late", "stock", "reported"


def conversion_stages(ledger: pd.DataFrame, plan: PlanSection, as_of: date) -> pd.DataFrame:
    """Columns completed, late, stock, reported (booleans) and mode (str, NA: not clean), by household.

    The first three need a recognised acceptance by `as_of`. Completed: of this plan year, dated from
    programme_start to the deadline. Late: dated after the deadline. Stock: of an earlier plan year,
    or dated before programme_start. One whose day is not known and may be on either side of
    programme_start is in none. Reported: the ledger says that the home was converted this
    year, and no acceptance is shown. The mode is the home's heating; a home that the ledger records
    with coal or without heating is in none of them.
    """
    on = days(ledger["accepted_on"])
    year = ledger["plan_year"].to_numpy(dtype=float)
    clean = equals_any(ledger, "heating", *CLEAN_HEATING)
    accepted = _accepted(ledger, as_of) & clean
    this_year, start = year == plan.plan_year, day(plan.programme_start)
    begun = first_days(ledger, "accepted_on") >= start
    in_time = on <= day(plan.deadline)
    return pd.DataFrame(
        {
            COMPLETED: accepted & this_year & begun & in_time,
            LATE: accepted & this_year & ~in_time,
            STOCK: accepted & ((year < plan.plan_year) | ~(on >= start)),
            REPORTED: clean & _reported(ledger, plan, as_of) & ~accepted,
            "mode": ledger["heating"].where(clean).astype("str").to_numpy(),
        },
        index=ledger.index,
    )


def unclear(ledger: pd.DataFrame, plan: PlanSection, as_of: date) -> dict[str, Mask]:
    """Accepted conversions that count nowhere: a mask by problem code."""
    accepted = _accepted(ledger, as_of)
    year = ledger["plan_year"].to_numpy(dtype=float)
    recent = days(ledger["accepted_on"]) >= day(plan.programme_start)
    clean = equals_any(ledger, "heating", *CLEAN_HEATING)
    nowhere = ledger["village_code"].isna().to_numpy(dtype=bool)
    either = recent & (first_days(ledger, "accepted_on") < day(plan.programme_start))
    either &= (year == plan.plan_year) & (days(ledger["accepted_on"]) <= day(plan.deadline))
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


def _accepted(ledger: pd.DataFrame, as_of: date) -> Mask:
    counted = ~equals_any(ledger, "status", "rejected")
    return counted & criterion_passed(ledger) & (days(ledger["accepted_on"]) <= day(as_of))

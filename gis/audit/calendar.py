"""Dates as day numbers, and the heating season."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gis.policy import Policy

Days: TypeAlias = NDArray[np.float64]

_EPOCH = date(1970, 1, 1)


def days(dates: pd.Series) -> Days:
    """Days since 1970-01-01; NaN where the date is missing, so that no comparison holds."""
    whole = pd.to_datetime(dates).to_numpy("datetime64[D]")
    return np.where(np.isnat(whole), np.nan, whole.astype(np.int64).astype(np.float64))


def day(when: date) -> float:
    """One date as days since 1970-01-01."""
    return float((when - _EPOCH).days)


def dates(numbers: Days) -> pd.Series:
    """Day numbers as dates again; NaN becomes NaT."""
    whole = np.full(len(numbers), np.datetime64("NaT"), dtype="datetime64[s]")
    known = np.isfinite(numbers)
    whole[known] = numbers[known].astype(np.int64).astype("datetime64[D]")
    return pd.Series(whole)


class Season(NamedTuple):
    """One heating season; `year` is the one it begins in: 2023 for "2023-2024"."""

    year: int
    begins: date
    ends: date


def season(year: int, policy: Policy) -> Season:
    """The season that begins in `year`.

    # ASSUME: it begins on the day and month of the plan's deadline, which is set for its start,
    # and ends on 15 March.
    """
    start = policy.plan.deadline
    day = min(start.day, 28) if start.month == 2 else start.day  # most years have no 29 February
    return Season(year, date(year, start.month, day), date(year + 1, 3, 15))


def last_full_season(as_of: date, policy: Policy) -> Season:
    """The latest season that had ended by `as_of`."""
    latest = season(as_of.year - 1, policy)
    return latest if latest.ends <= as_of else season(as_of.year - 2, policy)

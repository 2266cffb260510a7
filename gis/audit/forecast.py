"""How many will be accepted by the deadline, judged by the last weeks, and how sure that is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from gis.audit.calendar import Days

# ASSUME: the weeks to come are like the last twelve; four of them and ten conversions are the
# least to say anything from; the interval is one of 95 %.
WEEKS, LEAST_WEEKS, LEAST_HOMES, LEVEL = 12, 4, 10, 0.95


class Forecast(NamedTuple):
    """Households completed by the deadline, as an interval; None and a note where nothing is said.

    note   "" | "too_little" | "deadline_passed": a key of [forecast] in maps/words/audit.toml
    """

    low: int | None
    high: int | None
    note: str


def forecast(
    completed_on: Days, as_of: float, begins: float, deadline: float, left: int
) -> Forecast:
    """Completions by `deadline` from those on the days `completed_on`, of which `left` may come.

    as_of, begins (of the programme), deadline: day numbers. Whole weeks back from as_of are
    counted; the sum over the weeks left has a Student t interval of their mean and variance, the
    variance being no less than that of chance alone (Poisson). Neither end exceeds the list:
    what is done and the `left` households of it that are not.
    """
    done = len(completed_on)
    weeks_left = (deadline - as_of) / 7
    if weeks_left < 0:
        return Forecast(done, done, "deadline_passed")
    weeks = int(min(WEEKS, (as_of - begins + 1) // 7))
    if weeks < LEAST_WEEKS:
        return Forecast(None, None, "too_little")
    ago = np.floor((as_of - completed_on) / 7)
    counts = np.bincount(ago[ago < weeks].astype(int), minlength=weeks)
    if counts.sum() < LEAST_HOMES:
        return Forecast(None, None, "too_little")
    mean = float(counts.mean())
    variance = max(float(counts.var(ddof=1)), mean)
    spread = math.sqrt(variance * (weeks_left + weeks_left**2 / weeks))
    spread *= float(stdtrit(weeks - 1, (1 + LEVEL) / 2))
    low = math.floor(max(0.0, mean * weeks_left - spread))
    high = math.ceil(mean * weeks_left + spread)
    return Forecast(done + min(low, left), done + min(high, left), "")

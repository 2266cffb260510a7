"""How far is the work: completed against the target table, by unit, village and month.

How many will be accepted by the deadline, judged by the last weeks, and how sure that is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from gis.audit import reconcile
from gis.audit.conversion_stage import COMPLETED, LATE, STOCK, conversion_stages
from gis.audit.evidence import day, days
from gis.errors import Problem

if TYPE_CHECKING:
    from datetime import date

    from gis.audit.evidence import Days
    from gis.decide import Decisions
    from gis.facts import Facts
    from gis.policy import Policy

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


MODES = ("electric", "gas", "central", "biomass", "solar")
_COUNTS = ["decided", "batch", COMPLETED, LATE, STOCK]


@dataclass(frozen=True)
class Progress:
    """The counts on as-of; a household is in one of completed, late and stock, or in none.

    units, one row a unit and mode that has a target or a household:
        unit_code, unit, mode   a unit is a township; mode: electric gas central biomass solar
        target (Int64)          <NA> where the table sets none, which is not 0
        decided                 households with this mode: what a finished one heats with, of any
                                other the route of its village or part
        batch                   those of this year's programme
        completed               of this plan year, accepted from programme_start to the deadline
        late                    of this plan year, accepted after the deadline
        stock                   of earlier years
        remaining (Int64)       target less completed, not below 0
        rate_needed_per_week    households a week to meet the deadline; NaN once it has passed
        forecast_low, forecast_high (Int64), forecast_note   see gis.audit.progress
    villages    village_code, unit_code, mode and the same counts, where one of them is not 0
    months      unit_code, village_code, month (YYYY-MM), mode, completed, in_batch (those of the
                completed that are of this year's programme)
    problems    what is accepted and counts nowhere; targets of no known unit; sums that differ
    """

    units: pd.DataFrame
    villages: pd.DataFrame
    months: pd.DataFrame
    problems: tuple[Problem, ...]

    def by_month(self) -> pd.DataFrame:
        """One row a unit and mode with a completion: unit_code, unit, mode, a column a month."""
        keys = ["unit_code", "mode"]
        sums = self.months.groupby([*keys, "month"])[COMPLETED].sum().unstack(fill_value=0)
        named = self.units[["unit_code", "unit", "mode"]]
        return named.merge(sums.rename_axis(columns=None), left_on=keys, right_index=True)

    def with_months(self) -> pd.DataFrame:
        """`units` with a column `months`: month → completed, {} where nothing is."""
        keys = ["unit_code", "mode"]
        own = self.by_month().set_index(keys).drop(columns="unit").to_dict("index")
        of = zip(*(self.units[key] for key in keys), strict=True)
        return self.units.assign(months=[own.get(key, {}) for key in of])


def count_progress(
    facts: Facts,
    decisions: Decisions,
    targets: pd.DataFrame | None,
    policy: Policy,
    as_of: date,
) -> Progress:
    """Count the conversions of `facts` against `targets` on `as_of`."""
    homes = _homes(facts, decisions, policy, as_of)
    placed = homes[homes["village_code"].notna()]
    villages = _sums(placed, ["village_code", "unit_code", "mode"])
    goals = _goals(targets)
    named = _named(facts.villages, targets)
    units = _units(placed, goals, named, policy, as_of)
    months = _months(placed)
    return Progress(
        units,
        villages,
        months,
        reconcile.reconcile_targets(targets, facts.villages)
        + reconcile.reconcile_ledger(facts.households, policy.plan, as_of)
        + reconcile.sums(homes, units, villages, months),
    )


def _homes(facts: Facts, decisions: Decisions, policy: Policy, as_of: date) -> pd.DataFrame:
    """One row a household that counts, by the mode it counts in."""
    ledger, plans = facts.households, decisions.households
    found = conversion_stages(ledger, policy.plan, as_of)
    own = found["mode"].fillna(plans["approach"].astype("str"))
    table = found.drop(columns="mode").assign(
        village_code=ledger["village_code"],
        unit_code=ledger["township_code"],
        mode=own.where(own.isin(MODES)),
        decided=own.isin(MODES),
        batch=plans["in_batch"].to_numpy(dtype=bool),
        pending=ledger["pending"].to_numpy(dtype=bool),
        on=days(ledger["accepted_on"]),
    )
    rejected = (ledger["status"] == "rejected").to_numpy(dtype=bool)
    return table[~rejected & table["mode"].notna().to_numpy(dtype=bool)]


def _sums(homes: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    sums = homes.groupby(keys)[_COUNTS].sum().astype(int)
    return sums[(sums > 0).any(axis=1)].reset_index()


def _goals(targets: pd.DataFrame | None) -> pd.DataFrame:
    """One row a unit and mode that has a number: unit_code, mode, target."""
    columns = ["unit_code", "mode", "target"]
    if targets is None:
        return pd.DataFrame(columns=columns)
    listed = targets[targets["unit_code"].notna()]
    modes = [mode for mode in MODES if mode in listed.columns]
    long = listed.melt("unit_code", modes, "mode", "target").dropna(subset="target")
    return long.groupby(["unit_code", "mode"], as_index=False)["target"].sum()[columns]


def _named(villages: pd.DataFrame, targets: pd.DataFrame | None) -> dict[str, str]:
    """What each unit is called: as the villages have it, else as the target table does."""
    known = villages.drop_duplicates("township_code").set_index("township_code")["township"]
    if targets is None:
        return known.to_dict()
    listed = targets.dropna(subset=["unit_code", "unit"]).set_index("unit_code")["unit"]
    return listed.to_dict() | known.to_dict()


def _units(
    homes: pd.DataFrame, goals: pd.DataFrame, named: dict[str, str], policy: Policy, as_of: date
) -> pd.DataFrame:
    keys = ["unit_code", "mode"]
    table = _sums(homes, keys).merge(goals, on=keys, how="outer")
    table[_COUNTS] = table[_COUNTS].fillna(0).astype(int)
    table["target"] = table["target"].astype("Int64")
    table["remaining"] = (table["target"] - table[COMPLETED]).clip(lower=0)
    weeks = (day(policy.plan.deadline) - day(as_of)) / 7
    left = table["remaining"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    table["rate_needed_per_week"] = left / weeks if weeks > 0 else np.nan
    table = table.join(_forecasts(homes, table, policy, as_of))
    units = table["unit_code"]
    table.insert(1, "unit", units.map(named).fillna(units).astype("str"))
    order = table["mode"].map({mode: place for place, mode in enumerate(MODES)})
    columns = [
        "unit_code", "unit", "mode", "target", *_COUNTS, "remaining", "rate_needed_per_week",
        "forecast_low", "forecast_high", "forecast_note",
    ]  # fmt: skip
    ranked = table.assign(order=order).sort_values(["unit_code", "order"], ignore_index=True)
    return ranked[columns]


def _forecasts(
    homes: pd.DataFrame, table: pd.DataFrame, policy: Policy, as_of: date
) -> pd.DataFrame:
    """A forecast for each row of `table`, on its index."""
    keys = ["unit_code", "mode"]
    done = homes[homes[COMPLETED].to_numpy(dtype=bool)]
    on = {key: rows.to_numpy(dtype=float) for key, rows in done.groupby(keys)["on"]}
    left = _left(homes, keys)
    days_ = (day(as_of), day(policy.plan.programme_start), day(policy.plan.deadline))
    nobody = np.array([], dtype=float)
    rows = zip(table["unit_code"], table["mode"], strict=True)
    made = [forecast(on.get(key, nobody), *days_, left.get(key, 0)) for key in rows]
    return pd.DataFrame(
        {
            "forecast_low": pd.array([one.low for one in made], dtype="Int64"),
            "forecast_high": pd.array([one.high for one in made], dtype="Int64"),
            "forecast_note": pd.array([one.note for one in made], dtype="str"),
        },
        index=table.index,
    )


def _left(homes: pd.DataFrame, keys: list[str]) -> dict[tuple[str, str], int]:
    """How many households a unit and mode may still complete.

    ASSUME: those of its list; a unit that has none for the mode goes on with whoever is pending.
    """
    over = homes[[COMPLETED, LATE, STOCK]].any(axis=1)
    still = homes[keys].assign(
        listed=homes["batch"], open=homes["batch"] & ~over, pending=homes["pending"]
    )
    sums = still.groupby(keys).sum()
    left = sums["open"].where(sums["listed"] > 0, sums["pending"])
    return dict(zip(left.index, left.astype(int).tolist(), strict=True))


def _months(homes: pd.DataFrame) -> pd.DataFrame:
    done = homes[homes[COMPLETED].to_numpy(dtype=bool)]
    month = pd.to_datetime(done["on"], unit="D").dt.strftime("%Y-%m").astype("str")
    keys = ["unit_code", "village_code", "month", "mode"]
    named = done[["unit_code", "village_code", "mode"]].assign(
        month=month, completed=1, in_batch=done["batch"].astype(int)
    )
    return named.groupby(keys)[["completed", "in_batch"]].sum().reset_index()

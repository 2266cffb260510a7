"""Progress: conversions completed against the target table, and a forecast for the deadline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from gis import i18n
from gis.audit import ledger_checks
from gis.audit.conversion_stage import (
    ACCEPTED,
    AWAITING,
    COMPLETED,
    LATE,
    REPORTED,
    SELF_CHECKED,
    STOCK,
    conversion_stages,
)
from gis.audit.evidence import day, days
from gis.audit.ground import REPORTED_GROUND, completion_ground, grounds, known_counts
from gis.errors import Problem

if TYPE_CHECKING:
    from datetime import date

    from gis.audit.evidence import Days
    from gis.decide import Decisions
    from gis.facts import Facts
    from gis.policy import Policy

# ASSUME: the coming weeks are like the last twelve; a forecast needs at least four weeks and ten
# conversions; the interval covers 95 %.
WEEKS, LEAST_WEEKS, LEAST_HOMES, LEVEL = 12, 4, 10, 0.95


class Forecast(NamedTuple):
    """Households completed by the deadline, as an interval; None and a note without a forecast.

    note   "" | "too_little" | "deadline_passed": a key of [forecast] in maps/words/audit.toml
    """

    low: int | None
    high: int | None
    note: str


def forecast(
    completed_on: Days, as_of: float, begins: float, deadline: float, left: int
) -> Forecast:
    """Forecast the completions by `deadline`.

    Whole weeks back from as_of are counted. The sum over the weeks left has a Student t interval of
    their mean and variance, with at least the variance of a Poisson process. Neither end exceeds
    the completed households plus `left`.

    Args:
        completed_on: Day number of each completion.
        as_of: Day number of the forecast.
        begins: Day number of the programme's start.
        deadline: Day number of the deadline.
        left: Households that may still be completed.
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
    half_width = math.sqrt(variance * (weeks_left + weeks_left**2 / weeks))
    half_width *= float(stdtrit(weeks - 1, (1 + LEVEL) / 2))
    low = math.floor(max(0.0, mean * weeks_left - half_width))
    high = math.ceil(mean * weeks_left + half_width)
    return Forecast(done + min(low, left), done + min(high, left), "")


MODES = ("electric", "gas", "central", "biomass", "solar")
_COUNTS = ["decided", "batch", COMPLETED, LATE, STOCK, REPORTED, AWAITING, SELF_CHECKED, ACCEPTED]
_OF_ACCEPTANCE = [COMPLETED, LATE, STOCK, AWAITING, SELF_CHECKED, ACCEPTED]


@dataclass(frozen=True)
class Progress:
    """The counts on the as-of day; a household is in at most one of completed, late and stock.

    units, one row per unit and mode with a target or a household:
        unit_code, unit, mode   a unit is a township; mode: electric gas central biomass solar
        target (Int64)          <NA> where the table sets none, which is not 0
        decided                 households with this mode: by heating for a finished one, else by
                                the route of the village or part
        batch                   those of this year's programme
        batch_draft             the unit has no list of households: its batch is a draft
        completed, late, stock, accepted, self_checked, awaiting
                                see gis.audit.conversion_stage
        reported                converted this year by the ledger, but no acceptance is shown; it
                                rests on the plan_year or a day, and is no part of the three
        remaining (Int64)       target less completed, not below 0
        rate_needed_per_week    households per week to meet the deadline; NaN once it has passed
        forecast_low, forecast_high (Int64), forecast_note   see `forecast`
        ground_zh, ground_en    why counts are blank (<NA>), or what they leave out, see
                                gis.audit.ground
    unknown     the villages whose completions cannot be counted
    unreported  the villages whose reported conversions cannot be counted
    villages    village_code, unit_code, mode and the same counts, where one of them is not 0
    months      unit_code, village_code, month (YYYY-MM), mode, completed, in_batch (those of the
                completed that are of this year's programme)
    problems    accepted conversions that count nowhere; targets of unknown units; sums that differ
    """

    units: pd.DataFrame
    villages: pd.DataFrame
    months: pd.DataFrame
    problems: tuple[Problem, ...]
    unknown: frozenset[str] = frozenset()
    unreported: frozenset[str] = frozenset()

    @property
    def drafts(self) -> frozenset[str]:
        """The units whose batch is a draft."""
        return frozenset(self.units.loc[self.units["batch_draft"], "unit_code"])

    def by_month(self) -> pd.DataFrame:
        """One row per unit and mode with completions: unit_code, unit, mode, a column per month."""
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
    named = _unit_names(facts.villages, targets)
    units = _units(placed, goals, named, policy, as_of)
    months, ground = _months(placed), completion_ground(policy)
    return Progress(
        _with_grounds(units, grounds(facts, ground), grounds(facts, REPORTED_GROUND)),
        villages,
        months,
        ledger_checks.reconcile_targets(targets, facts.villages)
        + ledger_checks.reconcile_ledger(facts.households, policy, as_of)
        + ledger_checks.reconcile_sums(homes, units, villages, months),
        *_unknown(facts, ground),
    )


def _unknown(facts: Facts, ground: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """The villages without the ground of a completion, and of a reported conversion."""
    known = known_counts(facts, {"judged": ground, "reported": REPORTED_GROUND})
    judged, reported = (frozenset(known.index[~known[name]]) for name in known)
    return judged, reported


def _with_grounds(units: pd.DataFrame, known: pd.DataFrame, reported: pd.DataFrame) -> pd.DataFrame:
    """The units with blanks where a count has no ground, and with the reason.

    A unit of the target table that is no township has no homes to count: its counts are unknown.
    """
    own = known.reindex(units["unit_code"])
    judged, ledger = (own[name].eq(other=True).to_numpy() for name in ("known", "ledger"))
    table = units.astype(dict.fromkeys(_COUNTS, "Int64"))
    blank = [*_OF_ACCEPTANCE, "remaining", "rate_needed_per_week"]
    table.loc[~judged, [*blank, "forecast_low", "forecast_high"]] = pd.NA
    table.loc[~judged, "forecast_note"] = ""
    table.loc[~ledger, ["decided", "batch"]] = pd.NA
    told = reported["known"].reindex(units["unit_code"]).eq(other=True).to_numpy()
    table.loc[~told, REPORTED] = pd.NA
    no_township = i18n.messages("audit")["ground"]["no_township"]
    words = {f"ground_{one}": own[one].fillna(no_township[one]).to_numpy() for one in ("zh", "en")}
    return table.assign(**words)


def _homes(facts: Facts, decisions: Decisions, policy: Policy, as_of: date) -> pd.DataFrame:
    """One row per household that counts, with the mode it counts in."""
    ledger, plans = facts.households, decisions.households
    found = conversion_stages(ledger, policy, as_of)
    own = found["mode"].fillna(plans["approach"].astype("str"))
    table = found.drop(columns="mode").assign(
        village_code=ledger["village_code"],
        unit_code=ledger["township_code"],
        mode=own.where(own.isin(MODES)),
        decided=own.isin(MODES),
        batch=plans["in_batch"].to_numpy(dtype=bool),
        listed=ledger["in_programme"].eq(other=True).fillna(value=False).to_numpy(dtype=bool),
        pending=ledger["pending"].to_numpy(dtype=bool),
        on=days(ledger["accepted_on"]),
    )
    rejected = (ledger["status"] == "rejected").to_numpy(dtype=bool)
    return table[~rejected & table["mode"].notna().to_numpy(dtype=bool)]


def _sums(homes: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    sums = homes.groupby(keys)[_COUNTS].sum().astype(int)
    return sums[(sums > 0).any(axis=1)].reset_index()


def _goals(targets: pd.DataFrame | None) -> pd.DataFrame:
    """One row per unit and mode with a target: unit_code (its name without one), mode, target."""
    columns = ["unit_code", "mode", "target"]
    if targets is None:
        return pd.DataFrame(columns=columns)
    listed = targets.assign(unit_code=targets["unit_code"].fillna(targets["unit"]))
    modes = [mode for mode in MODES if mode in listed.columns]
    long = listed.melt("unit_code", modes, "mode", "target").dropna(subset="target")
    return long.groupby(["unit_code", "mode"], as_index=False)["target"].sum()[columns]


def _unit_names(villages: pd.DataFrame, targets: pd.DataFrame | None) -> dict[str, str]:
    """The name of each unit: from the villages, else from the target table."""
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
    table["batch_draft"] = units.isin(_drafts(homes, goals))
    table.insert(1, "unit", units.map(named).fillna(units).astype("str"))
    order = table["mode"].map({mode: place for place, mode in enumerate(MODES)})
    columns = [
        "unit_code", "unit", "mode", "target", *_COUNTS, "batch_draft", "remaining",
        "rate_needed_per_week", "forecast_low", "forecast_high", "forecast_note",
    ]  # fmt: skip
    ranked = table.assign(order=order).sort_values(["unit_code", "order"], ignore_index=True)
    return ranked[columns]


def _drafts(homes: pd.DataFrame, goals: pd.DataFrame) -> frozenset[str]:
    """The units without a listed household whose batch is a draft (`gis.decide.annual_quota`)."""
    listed = homes.groupby("unit_code")["listed"].any()
    drawn = homes.loc[homes["batch"].to_numpy(dtype=bool), "unit_code"]
    return frozenset(listed.index[~listed]) & {*drawn, *goals["unit_code"]}


def _forecasts(
    homes: pd.DataFrame, table: pd.DataFrame, policy: Policy, as_of: date
) -> pd.DataFrame:
    """A forecast for each row of `table`, on its index."""
    keys = ["unit_code", "mode"]
    done = homes[homes[COMPLETED].to_numpy(dtype=bool)]
    on = {key: rows.to_numpy(dtype=float) for key, rows in done.groupby(keys)["on"]}
    left = _left(homes, keys)
    days_ = (day(as_of), day(policy.plan.programme_start), day(policy.plan.deadline))
    none_completed = np.array([], dtype=float)
    rows = zip(table["unit_code"], table["mode"], strict=True)
    made = [forecast(on.get(key, none_completed), *days_, left.get(key, 0)) for key in rows]
    return pd.DataFrame(
        {
            "forecast_low": pd.array([one.low for one in made], dtype="Int64"),
            "forecast_high": pd.array([one.high for one in made], dtype="Int64"),
            "forecast_note": pd.array([one.note for one in made], dtype="str"),
        },
        index=table.index,
    )


def _left(homes: pd.DataFrame, keys: list[str]) -> dict[tuple[str, str], int]:
    """The households that each unit and mode may still complete.

    ASSUME: those of its list, none of a mode that the list leaves out; a unit without any list, or
    draft of the mode, continues with all pending homes.
    """
    over = homes[[COMPLETED, LATE, STOCK]].any(axis=1)
    still = homes[keys].assign(
        batch=homes["batch"], open=homes["batch"] & ~over, pending=homes["pending"]
    )
    sums = still.groupby(keys).sum()
    has_list = homes.groupby("unit_code")["listed"].any()
    bound = sums.index.get_level_values("unit_code").map(has_list).to_numpy(dtype=bool)
    left = sums["open"].where(bound | (sums["batch"] > 0), sums["pending"])
    return dict(zip(left.index, left.astype(int).tolist(), strict=True))


def _months(homes: pd.DataFrame) -> pd.DataFrame:
    done = homes[homes[COMPLETED].to_numpy(dtype=bool)]
    month = pd.to_datetime(done["on"], unit="D").dt.strftime("%Y-%m").astype("str")
    keys = ["unit_code", "village_code", "month", "mode"]
    named = done[["unit_code", "village_code", "mode"]].assign(
        month=month, completed=1, in_batch=done["batch"].astype(int)
    )
    return named.groupby(keys)[["completed", "in_batch"]].sum().reset_index()

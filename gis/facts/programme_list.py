"""确村确户: who is on the list of the project's own year; the season of readings; lots that passed.

A home is on the list of its plan_year. in_programme marks the list of the year in which the ledger
is kept; it binds that year where the plan_year is blank, so that last year's list is not this
year's. A reading without a season is of the last one that had ended when the ledger was kept.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from gis.facts import problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from gis.errors import Problem
    from gis.policy import Policy

_READINGS = ("heating_kwh", "heating_m3", "heating_t")
_DAYS = ("listed_on", "delisted_on", "accepted_on", "ledger_as_of")
_OTHERS = (
    "in_programme", "plan_year", "list_no", "willing", "delisted_reason", "acceptance_result",
    "meter_no", "season",
)  # fmt: skip


_LOTS = ("lot", "heating", "acceptance_by", "acceptance_result", "accepted_on")
COLUMNS = tuple(dict.fromkeys((*_DAYS, *_OTHERS, *_LOTS)))  # what `shared_lists` asks for


class SharedLists(NamedTuple):
    """What rows elsewhere decide, where a ledger is judged part by part.

    passed, failed   lots of which a recognised body passed, or failed, a home
    meters           those of several homes of the list
    """

    passed: frozenset[str]
    failed: frozenset[str]
    meters: frozenset[str]


def shared_lists(parts: Iterable[pd.DataFrame], policy: Policy, as_of: date) -> SharedLists:
    """What all parts of a ledger together decide; each with `status` and the known COLUMNS."""
    lots: dict[str, set[str]] = {"pass": set(), "fail": set()}
    meters: Counter[str] = Counter()
    for rows in parts:
        for result, own in _lot_results(rows, policy, as_of).items():
            lots[result] |= own
        meters.update(_Listed.of(rows, policy, as_of).meters.dropna())
    twice = frozenset(meter for meter, homes in meters.items() if homes > 1)
    return SharedLists(frozenset(lots["pass"]), frozenset(lots["fail"]), twice)


class _Listed(NamedTuple):
    """Whether each home is marked, on a list of the year, delisted, listed, and listed though done.

    cell: the columns that say so; ours: it is of the year; stale: marked before the programme began
    """

    cell: pd.DataFrame
    ours: pd.Series
    stale: pd.Series
    marked: pd.Series
    member: pd.Series
    gone: pd.Series
    listed: pd.Series
    converted: pd.Series

    @classmethod
    def of(cls, households: pd.DataFrame, policy: Policy, as_of: date) -> _Listed:
        cell = households.reindex(columns=list(dict.fromkeys([*_DAYS, *_OTHERS])))
        cell = cell.assign(**{name: pd.to_datetime(cell[name]) for name in _DAYS})
        plan, today = policy.plan, pd.Timestamp(as_of)
        start, year = pd.Timestamp(plan.programme_start), pd.to_numeric(cell["plan_year"])
        marked = cell["in_programme"].eq(other=True).fillna(value=False).astype(bool)
        named = (cell["listed_on"].notna() | cell["list_no"].notna()) & cell["in_programme"].isna()
        ours = (year == plan.plan_year).fillna(value=False).astype(bool)
        stale = year.isna() & (cell["ledger_as_of"] < start)
        member = (marked & (ours | (year.isna() & ~stale))) | (named & ours)
        member &= households["status"] != "rejected"
        gone = cell["delisted_on"] <= today
        listed = member & ~(cell["listed_on"] > today) & ~gone
        passed = cell["acceptance_result"].eq("pass").fillna(value=False).astype(bool)
        converted = listed & passed & (cell["accepted_on"] < start)
        return cls(cell, ours, stale, marked, member, gone, listed, converted)

    @property
    def meters(self) -> pd.Series:
        """The meter of each home that is to be on the list."""
        return self.cell["meter_no"].where(self.listed & ~self.converted)


def of_own_year(
    households: pd.DataFrame, policy: Policy, as_of: date, shared: SharedLists | None = None
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """The households with in_programme, season and lot_passed as of the project's year.

    Also returned is what is wrong with them.

    in_programme becomes true for the homes that are on this year's list on `as_of`, blank where the
    ledger does not say, else false. Left off: homes of another plan_year; those listed later or
    delisted by then; those marked in a ledger that was kept before the programme began, without a
    plan_year; those accepted before it began, and those that share a meter with another home of
    the list, since nobody may be on two lists.

    Args:
        households: The ledger with status and township_code.
        policy: The policy.
        as_of: The day of the facts.
        shared: Where the households are a part of a ledger: what the whole of it decides.
    """
    found = _Listed.of(households, policy, as_of)
    cell, listed, meters = found.cell, found.listed, found.meters
    counted = households["status"] != "rejected"
    twice = meters.notna() & meters.duplicated(keep=False)
    if shared is not None:
        twice |= meters.isin(shared.meters)
    cases = {
        "listed_converted": found.converted,
        "listed_twice": twice,
        "listed_unwilling": listed & cell["willing"].eq("no").fillna(value=False).astype(bool),
        "delisted_without_day": found.member
        & cell["delisted_on"].isna()
        & _said(cell, "delisted_reason"),
        "delisted_without_reason": found.member & found.gone & ~_said(cell, "delisted_reason"),
    }
    groups = {
        "list_of_another_year": counted & found.marked & cell["plan_year"].notna() & ~found.ours,
        "list_before_programme": counted & found.marked & found.stale,
    }
    on_list = listed & ~found.converted & ~twice
    said = cell["in_programme"].astype("boolean").mask(found.member | found.marked, on_list)
    told = (
        *_of_townships(households, groups, policy.plan.plan_year),
        *_of_homes(households, cases),
    )
    season = _seasons(households, cell, policy)
    passed = lot_passed(households, policy, as_of, shared)
    return households.assign(in_programme=said, season=season, lot_passed=passed), told


def lot_passed(
    households: pd.DataFrame, policy: Policy, as_of: date, shared: SharedLists | None = None
) -> pd.Series:
    """Homes whose lot passed by a sample: where the policy says that a lot passes its homes.

    By `as_of`, a body that the policy recognises passed a home of the lot and failed none.
    shared: as for `of_own_year`.
    """
    if policy.progress.lot_passes != "all":
        return pd.Series(data=False, index=households.index)
    results = _lot_results(households, policy, as_of)
    passed, failed = results["pass"], results["fail"]
    if shared is not None:
        passed, failed = shared.passed, shared.failed
    lot = households.reindex(columns=["lot"])["lot"]
    return lot.isin(list(passed)) & ~lot.isin(list(failed))


def _lot_results(
    households: pd.DataFrame, policy: Policy, as_of: date
) -> dict[str, frozenset[str]]:
    """The lots of which a recognised body passed a home, and those of which it failed one."""
    cell = households.reindex(columns=list(_LOTS))
    bodies = [policy.progress.bodies(mode) for mode in cell["heating"].unique()]
    own = dict(zip(cell["heating"].unique(), bodies, strict=True))
    judged = pd.Series(
        [by in own[mode] for by, mode in zip(cell["acceptance_by"], cell["heating"], strict=True)],
        households.index,
        dtype=bool,
    )
    judged &= (households["status"] != "rejected") & ~(
        pd.to_datetime(cell["accepted_on"]) > pd.Timestamp(as_of)
    )
    return {
        result: frozenset(cell["lot"].where(judged & cell["acceptance_result"].eq(result)).dropna())
        for result in ("pass", "fail")
    }


def _said(cell: pd.DataFrame, column: str) -> pd.Series:
    return cell[column].notna() & (cell[column] != "")


def _seasons(households: pd.DataFrame, cell: pd.DataFrame, policy: Policy) -> pd.Series:
    """The season of each home; for a reading without one, the last before the ledger's own day."""
    read = households.reindex(columns=list(_READINGS)).notna().any(axis=1)
    dated = read & cell["season"].isna() & cell["ledger_as_of"].notna()
    kept = cell["ledger_as_of"][dated]
    last = {day: policy.last_season(day.date()) for day in kept.unique()}
    names = kept.map({day: f"{year}-{year + 1}" for day, year in last.items()})
    return cell["season"].astype("str").mask(dated, names)


def _of_homes(households: pd.DataFrame, cases: dict[str, pd.Series]) -> Iterator[Problem]:
    columns = ["ledger_row", "household_id", "township_code", "ledger_file", "ledger_sheet"]
    table = households.reindex(columns=columns)
    for code, chosen in cases.items():
        for row in table[chosen.to_numpy(bool)].to_dict("records"):
            yield problems.of_row(code, "in_programme", "", row)


def _of_townships(
    households: pd.DataFrame, groups: dict[str, pd.Series], year: int
) -> Iterator[Problem]:
    """One problem a township with marked homes that are on no list of this year."""
    for code, chosen in groups.items():
        sums = households.loc[chosen.to_numpy(bool), "township_code"].value_counts().sort_index()
        for township, homes in sums.items():
            facts = {"township_code": township, "homes": int(homes), "year": year}
            yield problems.of_township(code, "in_programme", facts)

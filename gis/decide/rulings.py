"""The office's decisions: rulings, villages decided by signed contracts, and conflicts.

A ruling conflicts with a plan that refuses its route, or with shared capacity that it exceeds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import pandas as pd

from gis.decide.capacity import SharedCapacity, draw_w
from gis.decide.options import DONE, UNDECIDED
from gis.decide.village import SERVED, UNSERVED, WHOLE
from gis.errors import Problem, Text

if TYPE_CHECKING:
    from datetime import date

    from gis.decide.allocation import AllocationOutcome
    from gis.decide.rules import RuleContext
    from gis.decide.village import Part, Village
    from gis.facts import Facts
    from gis.policy import Policy

STATUSES = ("proposed", "township_confirmed", "approved", "published")
_ROUTE_OF_DEVICE = {
    "radiator": "central", "gas_boiler": "gas", "biomass_stove": "biomass",
    "electric_boiler": "electric", "direct_electric": "electric",
}  # fmt: skip
_MESSAGES = {
    "unknown_village": (
        "village_code",
        Text(
            "村界图层中没有此村，未采用该条审定",
            "the village layer has no such village; not applied",
        ),
        Text("请改正村代码", "correct the village code"),
    ),
    "unknown_part": (
        "part",
        Text("该村没有此部分，未采用该条审定", "the village has no such part; not applied"),
        Text("请留空，或填 served、unserved", "leave it blank, or use served or unserved"),
    ),
    "done_without_ledger": (
        "approach",
        Text(
            "审定为已完成，但台账没有该村住户或户数不全，未采用该条审定",
            "ruled done, but the ledger has no household of the village or too few; not applied",
        ),
        Text(
            "请补上台账；确无任务的，在村界图层填 no_task_on、no_task_document",
            "add its households; without a task, give no_task_on and no_task_document of the "
            "village",
        ),
    ),
    "unknown_approach": (
        "approach",
        Text("政策中没有此方式，未采用该条审定", "the policy has no such route; not applied"),
        Text("请改为政策所列方式", "use a route of the policy"),
    ),
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """The office's decision on a village or a part of it; `signed`: made by contracts."""

    approach: str
    status: str
    document_no: str = ""
    reason: str = ""
    signed: bool = False


Rulings = dict[tuple[str, str], Ruling]


def read_rulings(
    table: pd.DataFrame | None, villages: list[Village], policy: Policy
) -> tuple[Rulings, tuple[Problem, ...]]:
    """The ruling in force by (village_code, part), and those that cannot be applied.

    The latest decided_on wins. ASSUME: of two on one day the more advanced status wins, then the
    later document number; a ruling without a date comes before all others.

    Args:
        table: The table of rulings; None: there are none.
        villages: The villages.
        policy: The policy.
    """
    if table is None:
        return {}, ()
    known = {village.code: village for village in villages}
    approaches = {route.route for route in policy.routes} | {DONE, UNDECIDED}
    found: dict[tuple[str, str], tuple[tuple[object, ...], Ruling]] = {}
    problems: list[Problem] = []
    for row in table.to_dict("records"):
        code, part, approach = (_text(row.get(k)) for k in ("village_code", "part", "approach"))
        refused_as = _reason_refused(known.get(code), part, approach, approaches)
        if refused_as:
            problems.append(_problem(row, code, part, approach, refused_as))
            continue
        ruling = Ruling(
            approach, _status(row), _text(row.get("document_no")), _text(row.get("reason"))
        )
        when = pd.to_datetime(row.get("decided_on"))
        rank = (pd.notna(when), when if pd.notna(when) else pd.Timestamp.min,
                STATUSES.index(ruling.status), ruling.document_no, ruling.approach)  # fmt: skip
        if (code, part) not in found or rank > found[code, part][0]:
            found[code, part] = rank, ruling
    return {key: ruling for key, (_, ruling) in found.items()}, tuple(problems)


def _text(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value).strip()


def _status(row: dict[str, object]) -> str:
    """ASSUME: a blank or unknown status is the lowest: proposed."""
    status = _text(row.get("status"))
    return status if status in STATUSES else STATUSES[0]


def _reason_refused(village: Village | None, part: str, approach: str, approaches: set[str]) -> str:
    if village is None:
        return "unknown_village"
    if part not in (WHOLE, SERVED, UNSERVED) or (part and not village.sides):
        return "unknown_part"
    if approach == DONE and not village.ledger.known:
        return "done_without_ledger"
    return "" if approach in approaches else "unknown_approach"


def _problem(row: dict[str, object], code: str, part: str, approach: str, kind: str) -> Problem:
    column, message, remedy = _MESSAGES[kind]
    value = {"village_code": code, "part": part, "approach": approach}[column]
    number = row.get("ledger_row")
    line = int(number) if isinstance(number, int) else None
    return Problem("rulings", f"ruling_{kind}", line, column, value, message, remedy)


def signed(facts: Facts, policy: Policy, as_of: date) -> Rulings:
    """Villages decided by contracts: whole villages whose homes have signed this year.

    ASSUME: a village is signed when at least half of its homes on this year's list (of those
    pending or signed, where there is no list) have signed since the programme began for a device of
    one route, and none for a device of another. A contract that names no known device is for none.
    Its status is township_confirmed, since the township lists and signs.
    """
    homes = facts.households
    start, today = pd.Timestamp(policy.plan.programme_start), pd.Timestamp(as_of)
    this_year = homes["plan_year"].isna() | (homes["plan_year"] == policy.plan.plan_year)
    first = homes["signed_on"].mask(_by_month(homes), _begins(homes["signed_on"]))
    has_signed = (first >= start) & (homes["signed_on"] <= today) & this_year.astype(bool)
    counted = (homes["status"] != "rejected") & homes["village_code"].notna()
    listed = homes["in_programme"].fillna(value=False).astype(bool)
    device = homes["device"].fillna(homes["device_chosen"])
    table = pd.DataFrame(
        {
            "village_code": homes["village_code"],
            "signed": has_signed,
            "listed": listed,
            "open": has_signed | homes["pending"].astype(bool),
            "route": device.map(_routes(policy)),
        }
    )[counted & homes["village_code"].isin(homes.loc[has_signed & counted, "village_code"])]
    rulings = {}
    for code, rows in table.groupby("village_code"):
        basis = rows[rows["listed"]] if rows["listed"].any() else rows[rows["open"]]
        routes = rows.loc[rows["signed"], "route"].dropna().unique()
        agreed = basis["signed"] & basis["route"].notna()
        if len(routes) == 1 and agreed.sum() * 2 >= len(basis):
            rulings[str(code), WHOLE] = Ruling(str(routes[0]), "township_confirmed", signed=True)
    return rulings


def _by_month(homes: pd.DataFrame) -> pd.Series:
    """Whether the day of signing is written to the month or the year, held as its last day."""
    cells = "," + homes.reindex(columns=["unread"])["unread"].astype("str").fillna("") + ","
    return cells.str.contains(",signed_on,", regex=False).astype(bool)


def _begins(last: pd.Series) -> pd.Series:
    """The first day that such a date may mean. ASSUME: one in December may mean the whole year."""
    month = last.where(last.dt.month != 12, last - pd.DateOffset(months=11))
    return month.dt.to_period("M").dt.start_time


def _routes(policy: Policy) -> dict[str, str]:
    """The route of each device: as the policy lists it, else the device's usual one."""
    listed = {
        device: route.route
        for route in reversed(policy.routes)
        for device in (*route.not_in_tender, *route.devices)
    }
    return _ROUTE_OF_DEVICE | listed


def conflicts(
    context: RuleContext, result: AllocationOutcome, table: pd.DataFrame
) -> tuple[Problem, ...]:
    """Report rulings for a route that the plan refuses, and capacity that rulings over-commit.

    Args:
        context: The rules' context.
        result: The outcome of the allocation.
        table: One row per (village_code, part) with approach, computed and dissent.
    """
    return (*_against_plan(result, table), *_overcommitted(context, result, table))


def _against_plan(result: AllocationOutcome, table: pd.DataFrame) -> Iterator[Problem]:
    options = {own.village.code: own for own in result.options}
    for code, part, approach, dissent in table[
        ["village_code", "part", "approach", "dissent"]
    ].itertuples(index=False):
        if not dissent or approach in (DONE, UNDECIDED):
            continue
        verdicts = options[code].verdicts.get(part) or options[code].verdicts[""]
        if not next(v.eligible for v in verdicts if v.route == approach):
            yield Problem(
                "rulings", "ruling_against_plan", None, "approach", f"{code}{part}: {approach}",
                Text(f"{code}审定为{approach}，但按方案不具备条件；审定照旧，请核对",
                     f"{code} was ruled {approach}, which the plan does not allow there; "
                     "the ruling stands, check it"),
                Text("请核对管网、气源资料或审定结果", "check the layers or the ruling"),
            )  # fmt: skip


def _overcommitted(
    context: RuleContext, result: AllocationOutcome, table: pd.DataFrame
) -> Iterator[Problem]:
    """The shared capacities that the approaches in force exceed."""
    villages = {own.village.code: own.village for own in result.options}
    drawn: defaultdict[int, int] = defaultdict(int)
    for code, name, approach in table[["village_code", "part", "approach"]].itertuples(index=False):
        village = villages[code]
        part = next(p for p in (village.whole, *village.sides) if p.name == name)
        for resource, amount in _draw_of(context, village, part, approach):
            drawn[resource] += amount
    shared = context.resources
    for resource in sorted(drawn):
        over = drawn[resource] - shared.free[resource] - shared.added[resource]
        if over > 0 and drawn[resource] > result.used[resource]:
            yield _overcommitted_problem(context, resource, over)


def _draw_of(
    context: RuleContext, village: Village, part: Part, approach: str
) -> Iterator[tuple[int, int]]:
    """(resource, amount) drawn by a part on an approach, allowed by the plan or not."""
    shared = context.resources
    if approach == "electric":
        for feeder in part.feeders:
            if feeder.transformer in shared.transformers:
                yield shared.transformers[feeder.transformer], feeder.device_w
    extended = village.code in context.extension.villages
    if approach == "central" and village.piece in shared.pieces and not extended:
        yield shared.pieces[village.piece], draw_w(part.peak_w, context.policy)


def _piece(shared: SharedCapacity, name: str) -> Text:
    called = shared.piece_called(name)
    return Text(f"热源片区{called['piece_zh']}", f"piece {called['piece_en']}")


def _overcommitted_problem(context: RuleContext, resource: int, over: int) -> Problem:
    name, shared = context.resources.names[resource], context.resources
    if resource < len(shared.stations):
        amount = f"{ceil(over * shared.stations[resource].kva_per_w - 1e-9):,} kVA"
        what = Text(f"台区{name}", f"transformer {name}")
        layer = "transformers"
    else:
        amount, what = f"{ceil(over / 1000):,} kW", _piece(shared, name)
        layer = "heat_sources"
    return Problem(
        layer, "overcommitted", None, "", name,
        Text(f"按已审定的方式，{what.zh}超出{amount}", f"the rulings exceed {what.en} by {amount}"),
        Text("请增容或调整审定结果", "add capacity or change a ruling"),
    )  # fmt: skip

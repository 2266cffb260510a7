"""Check rulings against the plan and against shared capacity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from math import ceil
from typing import TYPE_CHECKING

from gis.decide.capacity import draw_w
from gis.decide.options import DONE, UNDECIDED
from gis.errors import Problem, Text

if TYPE_CHECKING:
    import pandas as pd

    from gis.decide.allocation_outcome import Outcome
    from gis.decide.rules import RuleContext
    from gis.decide.village import Part, Village


def conflicts(context: RuleContext, result: Outcome, table: pd.DataFrame) -> tuple[Problem, ...]:
    """Report rulings for a route that the plan refuses, and capacity that rulings over-commit.

    Args:
        context: The rules' context.
        result: The outcome of the allocation.
        table: One row per (village_code, part) with approach, computed and dissent.
    """
    return (*_against_plan(result, table), *_overcommitted(context, result, table))


def _against_plan(result: Outcome, table: pd.DataFrame) -> Iterator[Problem]:
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


def _overcommitted(context: RuleContext, result: Outcome, table: pd.DataFrame) -> Iterator[Problem]:
    """The shared capacities that the approaches in force exceed."""
    villages = {own.village.code: own.village for own in result.options}
    drawn: defaultdict[int, int] = defaultdict(int)
    for code, name, approach in table[["village_code", "part", "approach"]].itertuples(index=False):
        village = villages[code]
        part = next(p for p in (village.whole, *village.sides) if p.name == name)
        for resource, amount in _draw(context, village, part, approach):
            drawn[resource] += amount
    shared = context.resources
    for resource in sorted(drawn):
        over = drawn[resource] - shared.free[resource] - shared.added[resource]
        if over > 0 and drawn[resource] > result.used[resource]:
            yield _overcommitted_problem(context, resource, over)


def _draw(
    context: RuleContext, village: Village, part: Part, approach: str
) -> Iterator[tuple[int, int]]:
    """(resource, amount) drawn by a part on an approach, allowed by the plan or not."""
    shared = context.resources
    if approach == "electric":
        for name, homes in part.feeders:
            if name in shared.transformers:
                yield shared.transformers[name], homes
    extended = village.code in context.extension.villages
    if approach == "central" and village.piece in shared.pieces and not extended:
        yield shared.pieces[village.piece], draw_w(part.heated_m2, context.policy)


def _overcommitted_problem(context: RuleContext, resource: int, over: int) -> Problem:
    name, shared = context.resources.names[resource], context.resources
    if resource < len(shared.stations):
        amount = f"{ceil(over * context.policy.electric.kva_per_household):,} kVA"
        what = Text(f"台区{name}", f"transformer {name}")
        layer = "transformers"
    else:
        amount, what = f"{ceil(over / 1000):,} kW", Text(f"热源片区{name}", f"piece {name}")
        layer = "heat_sources"
    return Problem(
        layer, "overcommitted", None, "", name,
        Text(f"按已审定的方式，{what.zh}超出{amount}", f"the rulings exceed {what.en} by {amount}"),
        Text("请增容或调整审定结果", "add capacity or change a ruling"),
    )  # fmt: skip

"""What changes between two decided plans: routes, works, days, and their sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from gis import decide
from gis.api.plan import Plan
from gis.api.plan_tables import in_yuan
from gis.errors import InputError, Text, UsageError

if TYPE_CHECKING:
    import pandas as pd

Compared = Literal["routes", "works", "ready", "totals"]
_INDEX = {
    "routes": ["village_code", "part"],
    "works": ["works_kind", "works_id"],
    "ready": ["village_code", "part"],
    "totals": ["compared"],
}


def compare(a: Plan, b: Plan, of: Compared = "routes") -> pd.DataFrame:
    """What changes from one plan to another.

    Columns with the suffix _a or _b are of either plan, those with _change what b has more than a;
    blank where a plan has no such row, NaN where something is not known.

    Args:
        a: A plan.
        b: Another one, of the same project.
        of: What to compare, one of the tables below.

    Returns:
        routes: the villages and parts whose approach or computed route differs, by village_code and
        part: village, township_code, township, approach, computed, reason_zh, reason_en, near_term,
        interim, ready_on, pending, cost_cny_a, cost_change_cny_a.

        works: grid and heat works that come, go or change, by works_kind (transformer,
        new_transformer, exchange_station, heat_main) and works_id (transformer_id, or the code of
        the village): works_change (added, dropped, resized, repriced, moved), grid_works,
        works_kva, works_kw, works_cny, works_on, kva_change, kw_change, change_cny. Works are sized
        as in `Plan.loads`: for every home to convert on a transformer that is to go electric.

        ready: the villages and parts that begin or cease to wait for works, or wait otherwise, by
        village_code and part: ready_change (waits, ready, no_route, later, earlier, unknown, known,
        near_term, interim, split), approach, waits, ready_on, works_zh, works_en, near_term,
        interim, pending.

        totals: waiting_villages, waiting_homes, undecided_homes, grid_works (how many), grid_verify
        (of them, those whose headroom is to be verified first), grid_kva, grid_cny, heat_works,
        heat_kw, heat_cny, mains_m and unpriced (works in no sum of money), by compared: value_a,
        value_b, value_change.

    Raises:
        InputError: One of them is no plan.
        UsageError: There is no such table.
    """
    for one in (a, b):
        if not isinstance(one, Plan):
            kind = type(one).__name__
            zh = f"应为 project.decide(情景) 得到的 Plan，这里是 {kind}。"
            en = f"expected a Plan, such as project.decide(scenario) gives, found {kind}."
            raise InputError(Text(zh, en))
    if of not in get_args(Compared):
        known = "、".join(get_args(Compared)), ", ".join(get_args(Compared))
        zh, en = (
            f"of 应为 {known[0]} 之一，这里是 {of}。",
            f"of must be one of {known[1]}, found {of}.",
        )
        raise UsageError(Text(zh, en))
    return in_yuan(_table(a, b, of)).set_index(_INDEX[of])


def _table(a: Plan, b: Plan, of: Compared) -> pd.DataFrame:
    routes = a.run.plan.decisions, b.run.plan.decisions
    if of == "routes":
        return decide.compare(*routes)
    if of == "ready":
        return decide.compare_ready(*routes)
    sides = _side(a), _side(b)
    return decide.compare_works(*sides) if of == "works" else decide.compare_totals(*sides)


def _side(plan: Plan) -> decide.ComparedPlan:
    found = plan.run.plan
    branches = None if found.extension is None else found.extension.branches
    policy = plan.run.inputs.policy
    return decide.ComparedPlan(found.facts, policy, found.prices, found.decisions, branches)

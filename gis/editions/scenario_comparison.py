"""The plan beside scenarios, as the comparison page shows them: what the office would do.

Rulings stand: a village whose ruling holds its route does not change, and is told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from gis import i18n
from gis.decide.comparison import ComparedPlan
from gis.decide.plan_totals import PlanTotals, moved_homes, plan_totals
from gis.errors import Text
from gis.pages.scenario_rows import (
    Comparison,
    Move,
    ParameterView,
    PartSide,
    ScenarioView,
    ScenarioVillage,
    TotalView,
    VillageChange,
)
from gis.policy.differences import Difference, differences
from gis.report.metadata import larger_part

if TYPE_CHECKING:
    from gis.decide import Decisions
    from gis.facts import Facts
    from gis.i18n import Words
    from gis.policy import Policy

_NAMED = 2  # changed numbers that name a scenario without a title
_FEN = 100


class ComparedScenario(NamedTuple):
    """A plan decided under one scenario; key: its name in policy.toml, "" for the plan itself."""

    key: str
    plan: ComparedPlan

    @property
    def policy(self) -> Policy:
        """The policy under the scenario."""
        return self.plan.policy

    @property
    def facts(self) -> Facts:
        """The facts under the scenario."""
        return self.plan.facts

    @property
    def decisions(self) -> Decisions:
        """What is decided under the scenario."""
        return self.plan.decisions


def compare_scenarios(plan: ComparedScenario, others: Sequence[ComparedScenario]) -> Comparison:
    """`plan` beside `others`: totals, what they change of the policy, and the villages that differ.

    Raises:
        ConservationError: They were not decided on the same households.
    """
    found = [_Compared(plan, other) for other in others]
    codes = sorted({code for one in found for code in one.differing})
    sides = [_sides(plan, None, codes), *(_sides(one.other, one, codes) for one in found)]
    every = [plan, *others]
    told = differences([one.policy for one in every])
    return Comparison(
        scenarios=[
            _view(one, found[n - 1] if n else None, plan, _of_side(told, n))
            for n, one in enumerate(every)
        ],
        parameters=[
            ParameterView(name=_words(row.name), values=[_words(value) for value in row.values])
            for row in told
        ],
        changes=[
            VillageChange(code=code, sides=[side[code] for side in sides if code in side])
            for code in codes
        ],
    )


class _Compared:
    """A scenario against the plan.

    moved      the homes that move, by village and routes
    held       codes of the villages where only what is computed differs
    differing  codes of all villages that differ
    """

    def __init__(self, plan: ComparedScenario, other: ComparedScenario) -> None:
        self.other = other
        self.moved = moved_homes(plan.facts, plan.decisions, other.facts, other.decisions)
        one, two = (
            larger_part(side.decisions.villages).set_index("village_code") for side in (plan, other)
        )
        two = two.reindex(one.index)
        routed = set(one.index[one["approach"] != two["approach"]]) | set(
            self.moved["village_code"]
        )
        computed = set(one.index[one["computed"] != two["computed"]]) | _parts_computed(plan, other)
        self.held = computed - routed
        self.differing = routed | computed


def _parts_computed(plan: ComparedScenario, other: ComparedScenario) -> set[str]:
    """The villages of which a part with homes to convert has another computed route."""
    told = []
    for side in (plan, other):
        rows = side.decisions.villages
        rows = rows[rows["pending"] > 0]
        told.append(rows.groupby("village_code")["computed"].agg(lambda own: tuple(sorted(own))))
    one, two = told[0].align(told[1])
    return set(one.index[one != two])


def _sides(
    scenario: ComparedScenario, compared: _Compared | None, codes: Sequence[str]
) -> dict[str, ScenarioVillage]:
    rows = scenario.decisions.villages
    larger = larger_part(rows).set_index("village_code")
    tried = _reasons(scenario.decisions)
    parts = {str(code): own for code, own in rows.groupby("village_code")}
    moves: dict[str, list[tuple[int, str]]] = {}
    for row in [] if compared is None else compared.moved.to_dict("records"):
        move = (int(row["homes"]), f"{row['before']}>{row['after']}")
        moves.setdefault(str(row["village_code"]), []).append(move)
    found = {}
    for code in codes:
        row, own = larger.loc[code], moves.get(code, [])
        held = compared is not None and code in compared.held
        key = (code, row["part"], row["computed"])
        why = tried.get(key, row) if held else row
        found[code] = ScenarioVillage(
            approach=row["approach"],
            computed=row["computed"],
            held=held,
            moved=sum(homes for homes, _ in own),
            move=max(own)[1] if own else "",
            parts=_parts(parts[code]),
            reason={"zh": why["reason_zh"], "en": why["reason_en"]},
            clause=why["clause"],
            cost_cny_a=_cost(parts[code]),
        )
    return found


def _parts(rows: pd.DataFrame) -> list[PartSide]:
    if len(rows) == 1:
        return []
    return [
        PartSide(part=row["part"], approach=row["approach"], pending=int(row["pending"]))
        for row in rows.to_dict("records")
    ]


def _cost(rows: pd.DataFrame) -> float | None:
    """A year's cost of the routes in force per home to convert [yuan]; None: not known."""
    waiting = rows[rows["pending"] > 0]
    homes, fen = int(waiting["pending"].sum()), waiting["cost_fen_a"]
    if not homes or fen.isna().any():
        return None
    return round(float(fen.sum()) / homes / _FEN, 2)


def _reasons(decisions: Decisions) -> dict[tuple[str, str, str], Any]:
    """Reason and clause of every route that was tried, by village, part and route."""
    rows = decisions.tried.to_dict("records")
    return {(row["village_code"], row["part"], row["route"]): row for row in rows}


def _view(
    one: ComparedScenario,
    compared: _Compared | None,
    plan: ComparedScenario,
    own: Sequence[tuple[Difference, Text]],
) -> ScenarioView:
    totals = plan_totals(one.plan)
    homes = one.decisions.villages.groupby("approach")["households"].sum()
    moves = [] if compared is None else _moves(compared.moved)
    moved = 0 if compared is None else int(compared.moved["homes"].sum())
    villages = 0 if compared is None else len(compared.differing - compared.held)
    return ScenarioView(
        key=one.key,
        name=_title(one, plan, own),
        pending=totals.homes,
        route_homes={str(route): int(n) for route, n in homes.items()},
        totals=_totals(totals),
        moves=moves,
        changed=villages,
        moved=moved,
        held=0 if compared is None else len(compared.held),
    )


def _moves(moved: pd.DataFrame) -> list[Move]:
    groups = moved.groupby(["before", "after"])
    table = pd.DataFrame(
        {"homes": groups["homes"].sum(), "villages": groups["village_code"].nunique()}
    )
    ordered = table.reset_index().sort_values(
        ["homes", "before", "after"], ascending=[False, True, True]
    )
    return [
        Move(before=row["before"], after=row["after"], homes=int(row["homes"]),
            villages=int(row["villages"]))
        for row in ordered.to_dict("records")
    ]  # fmt: skip


def _totals(totals: PlanTotals) -> dict[str, TotalView]:
    """Sums with money in yuan."""
    told = {}
    for name, total in totals.sums.items():
        money = "_fen" in name
        amount = total.amount if total.amount is None or not money else total.amount / _FEN
        told[name.replace("_fen", "_cny")] = TotalView(
            amount=None if amount is None else round(amount, 2), left_out=total.left_out
        )
    return told


def _of_side(told: Sequence[Difference], n: int) -> list[tuple[Difference, Text]]:
    """What a scenario changes of the plan, with its values."""
    return [(row, row.values[n]) for row in told if row.values[n] != row.values[0]]


def _title(
    one: ComparedScenario, plan: ComparedScenario, own: Sequence[tuple[Difference, Text]]
) -> Words:
    """A scenario's title; without one, the numbers that it changes name it."""
    table = i18n.messages("pages")["compare"]
    if not one.key:
        return _words(i18n.format_message(table, "plan"))
    known = plan.policy.scenario.get(one.key)
    if known is not None and known.name is not None:
        return _words(known.name)
    if not own:
        return _words(i18n.format_message(table, "scenario", name=one.key))
    said = [(row.name, value) for row, value in own[:_NAMED]]
    more = "more" if len(own) > _NAMED else "numbers"
    return _words(
        i18n.format_message(
            table,
            more,
            zh="、".join(f"{name.zh} {value.zh}" for name, value in said),
            en=", ".join(f"{name.en} {value.en}" for name, value in said),
            n=len(own),
        )
    )


def _words(text: Text) -> Words:
    return {"zh": text.zh, "en": text.en}

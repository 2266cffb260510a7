"""The plan beside scenarios: rulings stand, which homes move, which villages a ruling holds."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from gis.decide.comparison import ComparedPlan
from gis.decide.plan_totals import PlanTotals, Total
from gis.editions import scenario_comparison
from gis.editions.scenario_comparison import ComparedScenario, compare_scenarios
from gis.errors import ConservationError
from gis.policy import read_policy

HEJIN = Path(__file__).parents[2] / "layers" / "hejin-2024" / "policy.toml"
A, B, C, D, E = (f"14088200100{n}" for n in range(1, 6))
COST_FEN = {"central": 400_000, "electric": 300_050, "gas": 200_000}
# Of C ten homes are served and have long been converted; 20 of each part are not.
ROWS = {
    "plan": [
        (A, "", "electric", "electric", 10, 10),
        (B, "", "gas", "electric", 10, 10),  # ruled
        (C, "served", "central", "central", 30, 20),
        (C, "unserved", "electric", "electric", 20, 20),
        (D, "", "central", "central", 10, 0),
        (E, "", "undecided", "undecided", 4, 4),
    ],
    "wider_reach": [
        (A, "", "central", "central", 10, 10),
        (B, "", "gas", "central", 10, 10),
        (C, "served", "central", "central", 30, 20),
        (C, "unserved", "gas", "gas", 20, 20),
        (D, "", "central", "central", 10, 0),
        (E, "", "undecided", "undecided", 4, 4),
    ],
}


@pytest.fixture(autouse=True)
def totals(monkeypatch):
    """The totals of a scenario have tests of their own."""
    found = PlanTotals({"central": 20}, {"cost_fen_a": Total(12_345_678, 4), "works": Total(None)})
    monkeypatch.setattr(scenario_comparison, "plan_totals", lambda *_: found)


def scenario(key, rows):
    names = ["village_code", "part", "approach", "computed", "households", "pending"]
    villages = pd.DataFrame(rows, columns=names)
    villages["reason_zh"] = [f"因{row[2]}" for row in rows]
    villages["reason_en"] = [f"for {row[2]}" for row in rows]
    villages["clause"] = "c"
    each = [COST_FEN.get(row[2]) for row in rows]
    fen = [None if one is None else one * row[5] for one, row in zip(each, rows, strict=True)]
    villages["cost_fen_a"] = pd.array(fen, dtype="Int64")
    tried = pd.DataFrame(
        [
            {"village_code": row[0], "part": row[1], "route": route, "clause": f"c-{route}",
             "reason_zh": f"{route}可行", "reason_en": f"{route} can be"}
            for row in rows for route in COST_FEN
        ]
    )  # fmt: skip
    homes = [
        (f"{row[0]}{row[1]}{n}", row[0], row[2], n < row[5]) for row in rows for n in range(row[4])
    ]
    table = pd.DataFrame(homes, columns=["household_id", "village_code", "approach", "pending"])
    facts = SimpleNamespace(households=table[["household_id", "village_code", "pending"]])
    decisions = SimpleNamespace(villages=villages, tried=tried, households=table[["approach"]])
    return ComparedScenario(
        key, ComparedPlan(facts, read_policy(HEJIN, key or None), pd.DataFrame(), decisions)
    )


def compared(rows=ROWS["wider_reach"], key="wider_reach"):
    return compare_scenarios(scenario("", ROWS["plan"]), [scenario(key, rows)])


def test_homes_move_where_no_ruling_holds_them():
    plan, wide = compared().scenarios
    assert [(row["before"], row["after"], row["homes"],
        row["villages"]) for row in wide["moves"]] == [
        ("electric", "gas", 20, 1), ("electric", "central", 10, 1),
    ]  # fmt: skip
    assert (wide["changed"], wide["moved"], wide["held"]) == (2, 30, 1)
    assert (plan["moves"], plan["changed"], plan["moved"], plan["held"]) == ([], 0, 0, 0)
    # all homes by the route in force: B's ten stay with gas
    assert wide["route_homes"] == {"central": 50, "gas": 30, "undecided": 4}


def test_a_village_says_its_routes_its_reason_and_what_a_home_pays():
    changes = {one["code"]: one["sides"] for one in compared().changes}
    assert list(changes) == [A, B, C]
    before, after = changes[A]
    assert (before["approach"], before["moved"], before["cost_cny_a"]) == ("electric", 0, 3000.5)
    assert (after["approach"], after["moved"], after["cost_cny_a"]) == ("central", 10, 4000.0)
    assert (after["move"], after["held"]) == ("electric>central", False)
    assert after["reason"] == {"zh": "因central", "en": "for central"}


def test_a_ruling_holds_the_route_and_the_facts_change():
    _, after = {one["code"]: one["sides"] for one in compared().changes}[B]
    assert (after["approach"], after["computed"], after["held"]) == ("gas", "central", True)
    assert (after["moved"], after["move"]) == (0, "")
    assert after["reason"] == {"zh": "central可行", "en": "central can be"}
    assert after["clause"] == "c-central"


def test_of_a_split_village_the_smaller_part_counts_too():
    before, after = {one["code"]: one["sides"] for one in compared().changes}[C]
    assert after["approach"] == before["approach"] == "central"  # of the larger part
    assert (after["moved"], after["move"]) == (20, "electric>gas")
    assert [(part["part"], part["approach"], part["pending"]) for part in after["parts"]] == [
        ("served", "central", 20), ("unserved", "gas", 20),
    ]  # fmt: skip
    # 20 homes at 4,000 yuan and 20 at 2,000
    assert after["cost_cny_a"] == 3000.0


def test_a_cost_that_is_not_known_is_none_and_nothing_moves_without_homes_to_convert():
    rows = [*ROWS["plan"][:4], (D, "", "gas", "gas", 10, 0), (E, "", "gas", "gas", 4, 4)]
    found = compared(rows)
    changes = {one["code"]: one["sides"] for one in found.changes}
    assert list(changes) == [D, E]
    assert (changes[D][1]["moved"], changes[D][1]["cost_cny_a"]) == (0, None)
    assert (changes[E][0]["cost_cny_a"], changes[E][1]["cost_cny_a"]) == (None, 2000.0)
    assert (found.scenarios[1]["changed"], found.scenarios[1]["moved"]) == (2, 4)


def test_nothing_changes_and_it_is_said():
    found = compared(ROWS["plan"])
    assert found.changes == []
    assert found.scenarios[1]["moves"] == []


def test_titles_and_parameters_are_words_with_units():
    found = compared()
    assert [one["name"]["zh"] for one in found.scenarios] == ["现行方案", "支线放长、覆盖比例放宽"]
    assert [(row["name"]["zh"],
        [one["zh"] for one in row["values"]]) for row in found.parameters] == [
        ("热力管接入距离", ["50 m", "300 m"]), ("整村接入覆盖率下限", ["90 %", "70 %"]),
    ]  # fmt: skip
    assert found.parameters[0]["values"][1]["en"] == "300 m"


def test_a_scenario_without_a_title_is_named_by_what_it_changes():
    plan = scenario("", ROWS["plan"])
    untitled = {
        "wider_reach": plan.policy.scenario["wider_reach"].model_copy(update={"title": None})
    }
    policy = plan.policy.model_copy(update={"scenario": untitled})
    bare = plan._replace(plan=plan.plan._replace(policy=policy))
    found = compare_scenarios(bare, [scenario("wider_reach", ROWS["plan"])])
    assert found.scenarios[1]["name"] == {
        "zh": "热力管接入距离 300 m、整村接入覆盖率下限 70 %",
        "en": "Distance to connect to a heat main 300 m, Least share for a whole village on the "
        "network 70 %",
    }


def test_totals_are_in_yuan_and_what_nobody_knows_stays_unknown():
    plan, _ = compared().scenarios
    assert plan["totals"] == {
        "cost_cny_a": {"amount": 123_456.78, "left_out": 4},
        "works": {"amount": None, "left_out": 0},
    }
    assert plan["pending"] == {"central": 20}


def test_several_scenarios_stand_beside_each_other():
    plan = scenario("", ROWS["plan"])
    others = [scenario("next_winter", ROWS["plan"]), scenario("wider_reach", ROWS["wider_reach"])]
    found = compare_scenarios(plan, others)
    assert [one["key"] for one in found.scenarios] == ["", "next_winter", "wider_reach"]
    assert {len(one["sides"]) for one in found.changes} == {3}
    moved = {one["code"]: [side["moved"] for side in one["sides"]] for one in found.changes}
    assert moved == {A: [0, 0, 10], B: [0, 0, 0], C: [0, 0, 20]}
    deadline = next(row for row in found.parameters if row["name"]["zh"] == "完成期限")
    assert [one["zh"] for one in deadline["values"]] == [
        "2024年11月15日", "2025年11月15日", "2024年11月15日",
    ]  # fmt: skip


def test_scenarios_of_other_households_are_no_comparison():
    plan, other = scenario("", ROWS["plan"]), scenario("wider_reach", ROWS["plan"][:4])
    with pytest.raises(ConservationError):
        compare_scenarios(plan, [other])

"""A problem names the layer, the row, the column and the value, and says the way out."""

from __future__ import annotations

import pandas as pd
from decide.hamlets import Hamlet, decided, facts

from gis.errors import Problem

A, B = "140882001001", "140882001002"


def _told(problem: Problem) -> tuple[object, ...]:
    return problem.layer, problem.code, problem.row, problem.column, problem.value


def test_a_ruling_that_cannot_be_applied_is_found_by_its_row() -> None:
    found = facts([Hamlet(A, 10, feeders={"T1": 10})], {"T1": 20})
    table = pd.DataFrame(
        [
            ("140882009999", None, "gas", 2),
            (A, "north", "electric", 3),
            (A, "", "coal", 5),
        ],
        columns=["village_code", "part", "approach", "ledger_row"],
    ).assign(status="approved")
    one, two, three = decided(found, rulings=table).problems
    assert _told(one) == ("rulings", "ruling_unknown_village", 2, "village_code", "140882009999")
    assert _told(two) == ("rulings", "ruling_unknown_part", 3, "part", "north")
    assert _told(three) == ("rulings", "ruling_unknown_approach", 5, "approach", "coal")
    assert (one.message.zh, one.message.en) == (
        "村界图层中没有此村，未采用该条审定",
        "the village layer has no such village; not applied",
    )
    assert (one.remedy.zh, one.remedy.en) == ("请改正村代码", "correct the village code")
    assert "served" in two.remedy.zh
    assert "served" in two.remedy.en
    unnumbered = decided(found, rulings=table.drop(columns="ledger_row")).problems
    assert [problem.row for problem in unnumbered] == [None, None, None]


def test_a_ruling_the_plan_refuses_is_told_and_stands() -> None:
    pair = [Hamlet(code, 10, feeders={"T1": 10}) for code in (A, B)]
    table = pd.DataFrame({"village_code": [B], "approach": ["gas"], "status": ["approved"]})
    (problem,) = decided(facts(pair, {"T1": 20}), rulings=table).problems
    assert _told(problem) == ("rulings", "ruling_against_plan", None, "approach", f"{B}: gas")
    assert problem.message.zh == f"{B}审定为gas，但按方案不具备条件；审定照旧，请核对"
    assert problem.message.en == (
        f"{B} was ruled gas, which the plan does not allow there; the ruling stands, check it"
    )


def test_what_rulings_exceed_is_said_to_the_kva_and_kw() -> None:
    """20 homes of 1 kVA on 15 kVA; 200 homes take 200 x 5 x 0.62 + 1.9 kW."""
    both = [Hamlet(A, 10, feeders={"T1": 10}), Hamlet(B, 10, feeders={"T1": 10})]
    ruled = pd.DataFrame({"village_code": [A, B], "approach": "electric", "status": "approved"})
    problems = decided(facts(both, {"T1": 15}), rulings=ruled).problems
    (grid,) = [problem for problem in problems if problem.code == "overcommitted"]
    assert _told(grid) == ("transformers", "overcommitted", None, "", "T1")
    assert grid.message.zh == "按已审定的方式，台区T1超出5 kVA"
    assert grid.message.en == "the rulings exceed transformer T1 by 5 kVA"
    warm = [Hamlet(code, 100, served=100, piece="P1") for code in (A, B)]
    ruled = pd.DataFrame({"village_code": [A, B], "approach": "central", "status": "approved"})
    for spare_kw, over in ((621.9 - 212, "212 kW"), (621.9 - 212.001, "213 kW")):
        problems = decided(facts(warm, {}, {"P1": spare_kw}), rulings=ruled).problems
        (source,) = [problem for problem in problems if problem.code == "overcommitted"]
        assert _told(source) == ("heat_sources", "overcommitted", None, "", "P1")
        assert source.message.zh == f"按已审定的方式，热源片区P1超出{over}"
        assert source.message.en == f"the rulings exceed piece P1 by {over}"


def test_a_draft_says_how_many_villages_it_holds() -> None:
    """A is drafted; B has nobody to convert, C has no room in the target."""
    hamlets = [
        Hamlet(A, 10, feeders={"T1": 10}),
        Hamlet(B, 0, clean=3),
        Hamlet("140882001003", 20, feeders={"T1": 20}),
    ]
    targets = pd.DataFrame(
        {"unit_code": ["140882001"], "unit": ["甲"], "electric": [15], "total": [15]}
    )
    targets = targets.assign(gas=pd.NA, central=pd.NA)
    (problem,) = decided(facts(hamlets, {"T1": 100}), targets=targets).problems
    assert _told(problem) == ("targets", "draft_batch", None, "unit_code", "140882001")
    assert problem.message.zh == "镇1（140882001）还没有确村确户名单，本年任务为草案：1个村（片）"
    assert problem.message.en == (
        "镇1 (140882001) has no list yet: this year's batch is a draft of 1 villages"
    )


def test_the_way_out_is_said_in_both_languages() -> None:
    """Of every problem a decision can have: a draft, over-commitment, a ruling refused."""
    ready = Hamlet("140882001003", 5, feeders={"T2": 5})
    found = facts([Hamlet(A, 10, feeders={"T1": 10}), Hamlet(B, 9), ready], {"T1": 5, "T2": 5})
    rulings = pd.DataFrame({"village_code": [A, B], "approach": ["electric", "gas"]})
    targets = pd.DataFrame(
        {"unit_code": ["140882001"], "unit": ["甲"], "electric": [50], "total": [50]}
    )
    targets = targets.assign(gas=pd.NA, central=pd.NA)
    problems = decided(found, rulings=rulings.assign(status="approved"), targets=targets).problems
    told = {problem.code: (problem.remedy.zh, problem.remedy.en) for problem in problems}
    assert told == {
        "ruling_against_plan": ("请核对管网、气源资料或审定结果", "check the layers or the ruling"),
        "overcommitted": ("请增容或调整审定结果", "add capacity or change a ruling"),
        "draft_batch": (
            "请在台账的“列入计划”列标出确村确户名单",
            "mark the list of households in the ledger's column in_programme",
        ),
    }  # fmt: skip


def test_a_list_without_a_target_says_how_many_homes_it_has() -> None:
    listed = [Hamlet(A, 1200, listed=1100, feeders={"T1": 1200})]
    targets = pd.DataFrame(
        {"unit_code": ["140882002"], "unit": ["乙"], "electric": [15], "total": [15]}
    )
    targets = targets.assign(gas=pd.NA, central=pd.NA)
    (problem,) = decided(facts(listed, {"T1": 2000}), targets=targets).problems
    assert _told(problem) == (
        "households", "programme_without_target", None, "in_programme", "140882001",
    )  # fmt: skip
    assert problem.message.zh == "140882001未列入本年任务，名单上的1,100户不计入本年任务"
    assert problem.message.en == (
        "140882001 has no target this year: its 1,100 listed households are not in the batch"
    )

"""Two decisions become the page that compares them: which villages, which routes, what it costs."""

from types import SimpleNamespace

import pandas as pd
import pytest

from gis.editions.page_rows import compare_scenarios, villages_named

NAMES = (villages_named(None), villages_named("wide"))
A, B, C, D = "140882001001", "140882001002", "140882001003", "140882001004"
COST_FEN_A = {"central": 400_000, "electric": 300_050, "gas": 200_000}


def decided(*rows):
    """Decisions of (village, part, approach, computed, households, pending)."""
    names = ["village_code", "part", "approach", "computed", "households", "pending"]
    villages = pd.DataFrame(rows, columns=names)
    villages["reason_zh"] = [f"因{row[2]}" for row in rows]
    villages["reason_en"] = [f"for {row[2]}" for row in rows]
    tried = pd.DataFrame(
        [
            {
                "village_code": row[0],
                "part": row[1],
                "route": route,
                "cost_fen_a": cost * 10,
                "reason_zh": f"{route}可行",
                "reason_en": f"{route} can be",
            }
            for row in rows
            for route, cost in COST_FEN_A.items()
        ]
    )
    return SimpleNamespace(villages=villages, tried=tried)


PLAN = decided(
    (A, "", "electric", "electric", 10, 10),
    (B, "", "gas", "electric", 10, 10),
    (C, "served", "central", "central", 30, 20),
    (C, "unserved", "electric", "electric", 20, 20),
    (D, "", "central", "central", 10, 0),
)


def test_a_route_that_changes_and_what_each_costs_a_home():
    wide = decided(
        (A, "", "central", "central", 10, 10),
        (B, "", "gas", "electric", 10, 10),
        (C, "served", "central", "central", 30, 20),
        (C, "unserved", "gas", "gas", 20, 20),
        (D, "", "central", "central", 10, 0),
    )
    found = compare_scenarios(PLAN, wide, NAMES)
    # of C the smaller part changes, and the larger stands for it
    (change,) = found.changes
    assert (change["code"], change["a"], change["b"]) == (A, "electric", "central")
    assert (change["cost_a_cny"], change["cost_b_cny"]) == (3000.5, 4000.0)
    assert change["why"] == {"zh": "因central", "en": "for central"}
    assert (found.a["zh"], found.b["zh"]) == ("现行方案", "情景 wide")
    # C's 20 unserved homes are counted with gas, not with the larger part
    assert found.homes == {"central": 50, "gas": 30}


def test_a_ruling_holds_the_route_and_the_facts_change():
    other = PLAN.villages.assign(computed=["electric", "central", "central", "electric", "central"])
    found = compare_scenarios(PLAN, SimpleNamespace(villages=other, tried=PLAN.tried), NAMES)
    (change,) = found.changes
    assert (change["code"], change["a"], change["b"]) == (B, "electric", "central")
    assert change["why"] == {"zh": "central可行", "en": "central can be"}
    # B's ten homes are shown under what the facts give, as on the map
    assert found.homes == {"electric": 30, "central": 50}


def test_a_village_that_becomes_whole_and_one_where_nobody_waits():
    other = decided(
        (A, "", "electric", "electric", 10, 10),
        (B, "", "gas", "electric", 10, 10),
        (C, "", "electric", "electric", 50, 40),
        (D, "", "done", "done", 10, 0),
    )
    whole, done = compare_scenarios(PLAN, other, NAMES).changes
    # 400000 x 10 fen over the 20 homes of the served part, 300050 x 10 over all 40
    assert (whole["cost_a_cny"], whole["cost_b_cny"]) == (2000.0, pytest.approx(750.13, abs=0.01))
    assert (done["cost_a_cny"], done["cost_b_cny"]) == (None, None)


def test_nothing_changes():
    assert compare_scenarios(PLAN, PLAN, NAMES) is None

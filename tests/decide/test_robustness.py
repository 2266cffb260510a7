"""How sure routes are: effects of one number, shares over draws, and what a village hangs on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gis.decide.decisions import ComputedRoutes
from gis.decide.robustness import (
    End,
    RangeDraw,
    by_margin,
    moving_inputs,
    robustness,
    sure_sentence,
    with_certainty,
)

A, B, C = "140882001001", "140882001002", "140882001003"
KEYS = ("electric.simultaneity", "gas.connect_m")


def routes(a="electric", b="electric", c="central+electric", cost=100, grid=0):
    """A of 10 homes, B of 20, and C split in two parts of 30 and 40."""
    rows = [(A, "", a, 10), (B, "", b, 20)]
    rows += [(C, part, route, homes) for part, route, homes in
             zip(("served", "unserved"), c.split("+"), (30, 40), strict=True)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["village_code", "part", "computed", "pending"])
    unknown = table["computed"] == "undecided"
    costs = pd.Series([cost] * len(table), dtype="Int64").mask(unknown)
    return ComputedRoutes(table.assign(cost_fen_a=costs), grid)


def found(*draws):
    ends = [
        End(KEYS[0], "low", 0.6, routes(cost=90, grid=-5)),
        End(KEYS[0], "high", 0.9, routes(b="undecided")),
        End(KEYS[1], "high", 100, routes(a="gas", b="gas", c="central+gas")),
    ]
    return robustness(routes(), ends, draws, KEYS)


def test_what_each_end_changes_those_with_most_homes_first():
    table = found().effects
    assert table[["key", "range_end", "changed_villages", "changed_homes"]].to_numpy().tolist() == [
        [KEYS[1], "high", 3, 100],
        [KEYS[0], "high", 1, 20],
        [KEYS[0], "low", 0, 0],
    ]
    assert table["effect_zh"].tolist() == [
        "2个煤改电村中0个不变，2个改为煤改气；1个集中供热 + 煤改电村中0个不变，1个改为集中供热 + 煤改气",
        "2个煤改电村中1个不变，1个改为待定",
        "各村方式不变",
    ]
    assert (
        table["effect_en"].iloc[1]
        == "of 2 villages for coal to electric 1 stay, 1 become undecided"
    )


def test_money_changes_by_what_is_known():
    table = found().effects.set_index(["key", "range_end"])
    assert table.loc[(KEYS[0], "low"), "cost_change_fen_a"] == -40  # four parts, 10 fen each
    assert table.loc[(KEYS[0], "low"), "grid_change_fen"] == -5
    assert pd.isna(
        table.loc[(KEYS[0], "high"), "cost_change_fen_a"]
    )  # an undecided part has no cost


def test_sums_over_different_parts_are_not_compared():
    """A has no cost on one side and B on the other: three parts each, and not the same three."""
    end = End(KEYS[0], "high", 0.9, routes(b="undecided", cost=90))
    (row,) = robustness(routes(a="undecided"), [end], [], KEYS).effects.to_dict("records")
    assert pd.isna(row["cost_change_fen_a"])
    (row,) = robustness(routes(b="undecided"), [end], [], KEYS).effects.to_dict("records")
    assert row["cost_change_fen_a"] == -30


def draws():
    """Four draws; A becomes gas where the first number is high, C never changes."""
    shares = np.array([[0.1, 0.6], [0.3, 0.4], [0.7, 0.9], [0.9, 0.1]])
    told = ("electric", "electric", "gas", "undecided")
    return [RangeDraw(row, routes(a=route)) for row, route in zip(shares, told, strict=True)]


def test_how_often_each_route_wins_and_what_moves_it():
    ends = [End(KEYS[1], "low", 20, routes(b="gas"))]
    rows = robustness(routes(), ends, draws(), KEYS).villages.set_index("village_code")
    assert rows["same_share"].tolist() == [0.5, 1, 1]
    assert rows["certain"].tolist() == [False, False, True]
    assert sorted(rows.loc[A, "other_routes"].split(",")) == ["gas 0.25", "undecided 0.25"]
    assert rows["hangs_on"].tolist() == [KEYS[0], KEYS[1], ""]
    assert rows.loc[B, "other_routes"] == ""  # no draw changes it, a single end does


def test_without_draws_nothing_is_said_of_shares():
    rows = found().villages.set_index("village_code")
    assert rows["same_share"].isna().all()
    assert rows["certain"].tolist() == [False, False, False]
    assert rows.loc[B, "hangs_on"] == f"{KEYS[0]},{KEYS[1]}"
    alone = robustness(routes(), [], [], KEYS).villages
    assert alone["certain"].all()


def test_rank_correlation_by_hand():
    """Ranks 0 to 4 against kept, kept, kept, lost, lost: r = 3 / sqrt(10 × 1.2) = 0.866."""
    shares = np.array([[0.1, 0.5], [0.2, 0.5], [0.3, 0.5], [0.4, 0.5], [0.5, 0.5]])
    same = np.array([True, True, True, False, False])
    assert moving_inputs(shares[:, :1], same, ["a"]) == ["a"]
    for keeps in (np.ones(5, bool), np.zeros(5, bool)):
        assert moving_inputs(shares, keeps, ["a", "b"]) == []
    unrelated = np.array([[0.1], [0.9], [0.2], [0.8], [0.5]])
    kept = np.array([True, True, False, False, True])  # ranks 0 4 1 3 2: r = 0
    assert moving_inputs(unrelated, kept, ["a"]) == []
    assert moving_inputs(np.zeros((0, 2)), np.zeros(0, bool), ["a", "b"]) == []


@pytest.mark.parametrize(
    ("certain", "number", "hangs", "zh"),
    [
        (True, 50, "", "结论可靠：未核实参数在全部50次取值组合下结论不变"),
        (True, 0, "", "任一未核实参数取上限或下限，结论都不变；未作组合推算"),
        (False, 0, KEYS[1], "结论取决于燃气管接入距离（未核实）；未作组合推算"),
        (False, 50, "", "结论取决于几个参数的组合（未核实）：50次取值组合中60%仍为煤改电，30%为煤改气，10%为待定"),
        (False, 50, "gas.connect_m,gas.season_m3,prices.interest,biomass.season_t",
         "结论取决于燃气管接入距离、户均采暖季用气量、折现率等（未核实）：50次取值组合中60%仍为煤改电，30%为煤改气，10%为待定"),
    ],
)  # fmt: skip
def test_one_sentence_a_village(certain, number, hangs, zh):
    row = {"certain": certain, "hangs_on": hangs, "computed": "electric", "same_share": 0.6,
           "other_routes": "" if certain else "gas 0.3,undecided 0.1"}  # fmt: skip
    said = sure_sentence(row, number)
    assert said.zh == zh
    assert ("sure" in said.en or "hangs on" in said.en) or number == 0


def test_decisions_say_how_sure_they_are_where_something_is_decided():
    table = pd.DataFrame({"village_code": [A, B, "done"], "certainty": ["not_run", "not_run", ""],
                          "how_sure_zh": "", "how_sure_en": ""})  # fmt: skip
    told = with_certainty(table, robustness(routes(), [], draws(), KEYS))
    assert told["certainty"].tolist() == ["hangs", "sure", ""]
    assert told["how_sure_zh"].tolist()[2] == ""
    assert "用电同时率" in told["how_sure_zh"][0]
    assert table["certainty"].tolist() == ["not_run", "not_run", ""]


@pytest.mark.parametrize(
    ("open_", "state", "certainty", "zh"),
    [
        (True, "inside", "hangs", "取决于临界条件"),
        (True, "outside", "not_run", "不改变结论"),
        (True, "no_range", "not_run", "未推算"),
        (True, "", "not_run", "未推算"),
        (False, "inside", "", ""),
    ],
)
def test_before_any_draw_the_margin_says_how_sure_a_route_is(open_, state, certainty, zh):
    told = by_margin(open_, state)
    assert told["certainty"] == certainty
    assert zh in told["how_sure_zh"]
    assert bool(told["how_sure_en"]) == open_

"""Decisions on small towns, each answer worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from decide.hamlets import (
    AS_OF,
    EVERYTHING,
    POLICY,
    WAY,
    Hamlet,
    changed,
    computed,
    decided,
    facts,
)

from gis.costs import price_routes
from gis.decide import Extension, decide

A, B, C = "140882001001", "140882001002", "140882001003"


def test_central_by_served_share_and_a_clause_and_reason_in_both_languages() -> None:
    found = facts([Hamlet(A, 100, served=90, piece="P1")], sources={"P1": 400})
    row = decided(found).villages.iloc[0]
    assert (row["approach"], row["clause"], row["status"]) == ("central", "二（一）", "proposed")
    assert "90%" in row["reason_zh"]
    assert "90%" in row["reason_en"]
    assert "二（一）" not in row["reason_zh"]


def test_one_home_fewer_and_it_is_electric() -> None:
    found = facts([Hamlet(A, 100, served=89, piece="P1", feeders={"T1": 100})], {"T1": 100})
    row = decided(found).villages.iloc[0]
    assert row["approach"] == "electric"
    assert "89%" in row["reason_zh"]


def test_headroom_of_exactly_all_homes_is_enough_and_a_little_less_is_not() -> None:
    enough = facts([Hamlet(A, 100, feeders={"T1": 100})], {"T1": 100})
    short = facts([Hamlet(A, 100, feeders={"T1": 100})], {"T1": 99.9})
    assert computed(decided(enough)) == {(A, ""): "electric"}
    result = decided(short)
    assert computed(result) == {(A, ""): "undecided"}
    assert result.villages["gap"].tolist() == ["headroom"]
    assert "T1" in result.villages["reason_zh"].iloc[0]


def test_zone_first_when_headroom_is_short() -> None:
    pair = [Hamlet(A, 50, feeders={"T1": 50}), Hamlet(B, 40, feeders={"T1": 40}, zone=1)]
    result = decided(facts(pair, {"T1": 60}))
    assert computed(result) == {(A, ""): "undecided", (B, ""): "electric"}
    reason = result.villages.set_index("village_code")["reason_zh"]
    assert "已分配给优先的村" in reason[A]


def test_the_larger_village_first_without_a_zone() -> None:
    pair = [Hamlet(A, 40, feeders={"T1": 40}), Hamlet(B, 50, feeders={"T1": 50})]
    assert computed(decided(facts(pair, {"T1": 60}))) == {(A, ""): "undecided", (B, ""): "electric"}


def test_a_full_source_sends_the_later_village_to_the_grid() -> None:
    pair = [Hamlet(code, 100, served=100, piece="P1", feeders={code: 100}) for code in (A, B)]
    # 100 homes: 100 × 5 kW × 0.62 = 310 kW, and 0.38 × 5 kW once for the piece.
    one = facts(pair, {A: 100, B: 100}, {"P1": 311.9})
    both = facts(pair, {A: 100, B: 100}, {"P1": 621.9})
    assert computed(decided(one)) == {(A, ""): "central", (B, ""): "electric"}
    assert computed(decided(both)) == {(A, ""): "central", (B, ""): "central"}
    assert computed(decided(facts(pair, {A: 100, B: 100}, {"P1": 621.8}))) == {
        (A, ""): "central",
        (B, ""): "electric",
    }


def test_the_unserved_rest_of_a_central_village_is_an_electric_part_from_20_homes_on() -> None:
    def town(rest: int) -> dict[tuple[str, str], str]:
        served = 10 * rest
        hamlet = Hamlet(A, 11 * rest, served=served, piece="P1", feeders={"T1": 11 * rest})
        return computed(decided(facts([hamlet], {"T1": 1000}, {"P1": 10000})))

    assert town(20) == {(A, "served"): "central", (A, "unserved"): "electric"}
    assert town(19) == {(A, ""): "central"}


def test_households_follow_their_part() -> None:
    hamlet = Hamlet(A, 220, served=200, piece="P1", feeders={"T1": 220})
    homes = decided(facts([hamlet], {"T1": 1000}, {"P1": 10000})).households
    assert homes.value_counts(["part", "approach"]).to_dict() == {
        ("served", "central"): 200,
        ("unserved", "electric"): 20,
    }


@pytest.mark.parametrize(
    ("gas", "secured", "route", "words"),
    [
        (10, 9, "gas", "气源有保障"),
        (10, 8, "undecided", "只保障10户中的8户"),
        (8, 8, "undecided", "只达10户中的8户"),
        (0, 0, "undecided", "没有在运燃气管"),
    ],
)
def test_gas_only_with_pipe_and_secured_supply_for_nine_in_ten(
    gas: int, secured: int, route: str, words: str
) -> None:
    found = facts([Hamlet(A, 10, gas=gas, secured=secured, feeders={"T1": 10})], {"T1": 0})
    row = decided(found).villages.iloc[0]
    assert row["approach"] == route
    assert words in row["reason_zh"]


def test_nothing_known_is_said_and_not_taken_for_zero() -> None:
    blind = EVERYTHING - {"heat_sources", "transformers"}
    pair = [Hamlet(A, 10, served=10, piece="P1"), Hamlet(B, 10)]
    table = decided(facts(pair, available=blind)).villages
    assert table["approach"].tolist() == ["central", "electric"]
    assert "容量未核实" in table["reason_zh"].iloc[0]
    assert "可开放容量未核实" in table["reason_zh"].iloc[1]


def test_done_without_pending_homes() -> None:
    row = decided(facts([Hamlet(A, 0, clean=5)])).villages.iloc[0]
    assert (row["approach"], row["clause"], row["flip_margin_zh"]) == ("done", "一（二）3", "无")


@pytest.mark.parametrize(
    ("upgrade", "route"),
    [
        ({"upgrade_kva": 50, "upgrade_due_on": "2024-11-15", "upgrade_cny": 600000}, "electric"),
        ({"upgrade_kva": 50, "upgrade_due_on": "2024-11-16", "upgrade_cny": 600000}, "electric"),
        ({"upgrade_kva": 50, "upgrade_due_on": None, "upgrade_cny": 600000}, "electric"),
        ({"upgrade_kva": 50, "upgrade_due_on": "2024-11-15", "upgrade_cny": 600001}, "undecided"),
        ({"upgrade_kva": 49, "upgrade_due_on": "2024-11-15", "upgrade_cny": 600000}, "undecided"),
    ],
)
def test_an_upgrade_at_most_6000_a_household_whenever_it_comes(
    upgrade: dict[str, object], route: str
) -> None:
    found = facts([Hamlet(A, 100, feeders={"T1": 100})], {"T1": {"headroom_kva": 50, **upgrade}})
    assert computed(decided(found)) == {(A, ""): route}


def test_a_ruling_stands_and_the_difference_is_dissent() -> None:
    found = facts(
        [Hamlet(A, 10, feeders={"T1": 10}), Hamlet(B, 10, feeders={"T1": 10})], {"T1": 20}
    )
    rulings = pd.DataFrame(
        {
            "village_code": [A, A, B, "140882009999"],
            "part": [None, None, "", None],
            "approach": ["electric", "central", "electric", "gas"],
            "status": ["approved", "township_confirmed", "published", "approved"],
            "document_no": ["河清办1号", "河清办2号", None, "x"],
            "decided_on": pd.to_datetime(["2024-05-01", "2024-06-01", "2024-05-01", "2024-05-01"]),
            "reason": [None] * 4,
        }
    )
    result = decided(found, rulings=rulings)
    rows = result.villages.set_index("village_code")
    assert rows["approach"].to_dict() == {A: "central", B: "electric"}
    assert rows["computed"].to_dict() == {A: "electric", B: "electric"}
    assert rows["dissent"].to_dict() == {A: True, B: False}
    assert rows["status"].to_dict() == {A: "township_confirmed", B: "published"}
    assert rows["runner_up"].to_dict() == {A: "electric", B: ""}
    assert "河清办2号" in rows["reason_zh"][A]
    assert [p.code for p in result.problems] == ["ruling_unknown_village", "ruling_against_plan"]


def _targets(**electric: int | None) -> pd.DataFrame:
    codes = {"one": "140882001", "two": "140882002"}
    number = pd.array(list(electric.values()), dtype="Int64")
    blank = pd.array([None] * len(electric), dtype="Int64")
    return pd.DataFrame(
        {"unit_code": [codes[name] for name in electric], "unit": list(electric),
         "electric": number, "gas": blank, "central": blank, "total": number}
    )  # fmt: skip


def test_the_batch_is_the_list_and_no_target_is_no_batch() -> None:
    listed = [
        Hamlet(A, 10, listed=4, feeders={"T1": 10}),
        Hamlet("140882002001", 10, listed=3, feeders={"T1": 10}, township="140882002"),
    ]
    result = decided(facts(listed, {"T1": 20}), targets=_targets(one=100))
    assert result.villages["batch"].tolist() == [4, 0]
    assert result.households["in_batch"].sum() == 4
    assert [p.code for p in result.problems] == ["programme_without_target"]


def test_without_a_list_whole_villages_by_priority_up_to_the_target() -> None:
    hamlets = [
        Hamlet(A, 30, feeders={"T1": 30}),
        Hamlet(B, 50, feeders={"T1": 50}, zone=1),
        Hamlet(C, 20, feeders={"T1": 20}),
    ]
    result = decided(facts(hamlets, {"T1": 100}), targets=_targets(one=75))
    assert result.villages["batch"].tolist() == [0, 50, 20]  # 50, then 30 no longer fits, then 20
    assert [p.code for p in result.problems] == ["draft_batch"]


def test_nobody_is_ever_in_two_minds() -> None:
    hamlets = [Hamlet(A, 30, feeders={"T1": 30}), Hamlet(B, 0, clean=3)]
    found = facts(hamlets, {"T1": 100})
    found.households.loc[0, ["status", "village_code", "pending"]] = ["rejected", None, False]
    found.villages.loc[0, ["households", "pending"]] = 29
    homes = decided(found).households
    assert homes["approach"].value_counts().to_dict() == {"electric": 29, "done": 3, "": 1}
    assert homes.index.equals(found.households.index)


def test_signed_villages_are_decided_by_what_they_signed_for() -> None:
    signed = pd.Series(pd.to_datetime(["2024-08-01"] * 5 + [None] * 5))
    hamlet = Hamlet(
        A, 10, served=10, piece="P1", extra={"signed_on": signed, "device_chosen": "ashp_water"}
    )
    row = decided(facts([hamlet], sources={"P1": 1000})).villages.iloc[0]
    assert (row["approach"], row["computed"], row["dissent"]) == ("electric", "central", True)
    assert row["status"] == "township_confirmed"


@pytest.mark.parametrize(("named", "approach"), [(5, "electric"), (4, "central")])
def test_contracts_that_name_no_device_decide_nothing(named: int, approach: str) -> None:
    """All ten homes have signed; for which device is written of `named` of them."""
    device = pd.Series(["ashp_water"] * named + [None] * (10 - named), dtype="str")
    extra = {"signed_on": pd.Timestamp("2024-08-01"), "device_chosen": device}
    hamlet = Hamlet(A, 10, served=10, piece="P1", extra=extra)
    row = decided(facts([hamlet], sources={"P1": 1000})).villages.iloc[0]
    assert row["approach"] == approach


@pytest.mark.parametrize(
    ("held", "start", "decided_by_contract"),
    [
        ("2024-04-30", date(2024, 4, 1), True),  # any day of April
        ("2024-04-30", date(2024, 4, 2), False),  # the first of April was too early
        ("2024-10-31", date(2024, 4, 1), True),  # all of it by the day of the decision
        ("2024-11-30", date(2024, 4, 1), False),
        ("2024-12-31", date(2024, 1, 1), False),
    ],
)
def test_a_day_of_signing_written_to_the_month(held, start, decided_by_contract) -> None:
    signed = pd.Series(pd.to_datetime([held] * 10))
    extra = {"signed_on": signed, "device_chosen": "ashp_water", "unread": "signed_on"}
    policy = changed(POLICY, plan={"programme_start": start})
    found = facts([Hamlet(A, 10, served=10, piece="P1", extra=extra)], sources={"P1": 1000})
    row = decided(found, policy, as_of=AS_OF).villages.iloc[0]
    assert row["approach"] == ("electric" if decided_by_contract else "central")


def test_raw_numbers_are_whole() -> None:
    found = facts([Hamlet(A, 100, served=90, piece="P1"), Hamlet(B, 3)], sources={"P1": 400})
    result = decided(found)
    assert str(result.villages["cost_fen_a"].dtype) == "Int64"
    assert str(result.villages["batch"].dtype) == "Int64"
    assert result.villages["cost_fen_a"].isna().tolist() == [False, True]
    assert set(result.tried["route"]) == {"central", "electric", "gas", "biomass"}


def test_row_order_changes_nothing() -> None:
    hamlets = [
        Hamlet(f"1408820010{i:02d}", 10 + i % 3, feeders={f"T{i % 4}": 10 + i % 3}, zone=i % 2)
        for i in range(1, 13)
    ]
    grid = {f"T{i}": 25 for i in range(4)}
    straight = decided(facts(hamlets, dict(grid)))
    mixed = decided(facts(hamlets[::-1], dict(sorted(grid.items(), reverse=True))))
    pd.testing.assert_frame_equal(straight.villages, mixed.villages)


def test_an_extension_connects_and_reserves() -> None:
    pair = [
        Hamlet(A, 100, served=100, piece="P1", feeders={"T1": 100}),
        Hamlet(B, 100, feeders={"T1": 100}),
    ]
    found = facts(pair, {"T1": 200}, {"P1": 500})
    grown = Extension({B: WAY}, reserved_kw={"P1": 310.0})
    assert computed(decided(found)) == {(A, ""): "central", (B, ""): "electric"}
    assert computed(decided(found, extension=grown)) == {(A, ""): "electric", (B, ""): "central"}


def test_another_plan_year_and_share_are_policy() -> None:
    policy = changed(POLICY, heating_network={"served_share": 0.5})
    found = facts([Hamlet(A, 10, served=5, piece="P1")], sources={"P1": 100}, policy=policy)
    assert computed(decided(found, policy)) == {(A, ""): "central"}
    assert policy.plan.deadline == date(2024, 11, 15)
    assert np.isclose(POLICY.heating_network.served_share, 0.9)


def _scarce(fallback_fen: dict[str, int | None]) -> dict[str, str]:
    """A and B both want the one transformer, which carries one of them; each could have gas."""
    pair = [Hamlet(code, 10, gas=10, feeders={"T1": 10}) for code in (A, B)]
    found = facts(pair, {"T1": 10})
    priced = price_routes(found, POLICY)
    for code, fen in fallback_fen.items():
        of_gas = (priced["village_code"] == code) & (priced["route"] == "gas")
        assert of_gas.sum() == 1
        priced.loc[of_gas, "cost_fen_a"] = pd.NA if fen is None else fen
    rows = decide(found, priced, None, None, POLICY, AS_OF).villages
    return rows.set_index("village_code")["computed"].to_dict()


def test_of_two_alike_the_cheaper_fallback_yields_and_of_equals_the_higher_code() -> None:
    assert _scarce({A: 500, B: 900}) == {A: "gas", B: "electric"}
    assert _scarce({A: 900, B: 500}) == {A: "electric", B: "gas"}
    assert _scarce({A: 500, B: 500}) == {A: "electric", B: "gas"}


def test_a_fallback_without_a_known_cost_is_the_last_to_be_had() -> None:
    assert _scarce({A: 10**9, B: None}) == {A: "gas", B: "electric"}
    assert _scarce({A: None, B: 10**9}) == {A: "electric", B: "gas"}


def _second(pairs: list[Hamlet], headroom: dict[str, float]) -> dict[str, str]:
    """P1 is full, and gas costs next to nothing."""
    found = facts(pairs, headroom, {"P1": 0})
    priced = price_routes(found, POLICY)
    priced.loc[priced["route"] == "gas", "cost_fen_a"] = 1
    rows = decide(found, priced, None, None, POLICY, AS_OF).villages
    return rows.set_index("village_code")["computed"].to_dict()


def test_the_second_route_before_a_cheaper_third() -> None:
    one = Hamlet(A, 10, served=10, piece="P1", gas=10, feeders={"T1": 10})
    assert _second([one], {"T1": 10}) == {A: "electric"}
    assert _second([one], {"T1": 9.9}) == {A: "gas"}
    # T1 carries the 11 homes of B or the 10 of A: more homes on their second route, dear or not
    other = Hamlet(B, 11, served=11, piece="P1", gas=11, feeders={"T1": 11})
    assert _second([one, other], {"T1": 11}) == {A: "gas", B: "electric"}
    assert _second([one, other], {"T1": 21}) == {A: "electric", B: "electric"}


def _with_ledger(found, **columns):
    return replace(found, villages=found.villages.assign(**columns))


def test_a_village_without_a_ledger_is_no_data_whatever_else_holds_of_it() -> None:
    """Neither done nor a gap, no clause, no cost, nothing drawn of what is shared."""
    pair = [Hamlet(A, 0, clean=0), Hamlet(B, 40, feeders={"T1": 40})]
    found = _with_ledger(facts(pair, {"T1": 40}), ledger_state=["absent", "incomplete"])
    found = _with_ledger(found, households_total=[np.nan, 60.0])
    rows = decided(found).villages.set_index("village_code")
    assert rows["approach"].tolist() == rows["computed"].tolist() == ["no_data", "no_data"]
    assert rows["clause"].tolist() == rows["gap"].tolist() == rows["runner_up"].tolist() == ["", ""]
    assert rows["flip_margin_en"].tolist() == ["none", "none"]
    assert rows["cost_fen_a"].isna().all()
    assert "台账中没有该村住户" in rows.at[A, "reason_zh"]
    assert "台账 40 户，常住户数 60 户" in rows.at[B, "reason_zh"]
    households = decided(found).households
    assert set(households["approach"]) == {"no_data"}


def test_a_statement_of_no_task_is_done_and_named() -> None:
    stated = {"no_task_on": pd.Timestamp("2024-10-01"), "no_task_document": "柳镇函〔2024〕3号"}
    found = _with_ledger(facts([Hamlet(A, 0, clean=0)]), ledger_state="no_task", **stated)
    row = decided(found).villages.iloc[0]
    assert row["approach"] == "done"
    assert "（2024-10-01，柳镇函〔2024〕3号）" in row["reason_zh"]


def test_of_a_done_village_it_is_said_what_its_homes_heat_with() -> None:
    found = _with_ledger(facts([Hamlet(A, 0, clean=12)]), n_gas=3, n_electric=9, n_coal=0)
    row = decided(found).villages.iloc[0]
    assert (row["approach"], row["dissent"]) == ("done", False)
    assert "电采暖 9 户、燃气 3 户" in row["reason_zh"]


def test_a_ruling_stands_without_a_ledger_unless_it_says_done() -> None:
    pair = [Hamlet(A, 0, clean=0), Hamlet(B, 0, clean=0)]
    found = _with_ledger(facts(pair), ledger_state="absent")
    table = pd.DataFrame(
        [{"village_code": A, "part": None, "approach": "done", "status": "approved"},
         {"village_code": B, "part": None, "approach": "electric", "status": "approved"}]
    ).assign(document_no="n1", decided_on=pd.Timestamp("2024-09-01"), reason=None)  # fmt: skip
    made = decided(found, rulings=table)
    rows = made.villages.set_index("village_code")
    assert rows["approach"].to_dict() == {A: "no_data", B: "electric"}
    assert not rows["dissent"].any()
    assert [(one.code, one.value) for one in made.problems] == [
        ("ruling_done_without_ledger", "done")
    ]

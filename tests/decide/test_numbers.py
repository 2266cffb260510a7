"""The numbers that a reason rests on, every one worked out by hand; one home takes 1 kVA."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from decide.hamlets import POLICY, Hamlet, changed, decided, facts, plan
from decide.province import province

from gis.costs import price_routes
from gis.costs.upgrades import unit, upgrade_fen
from gis.decide import Decisions

A, B, C = "140882001001", "140882001002", "140882001003"
OFFER = {"upgrade_due_on": "2024-11-01"}
ALL_PLACED = {"unplaced": 0, "beside_zh": "", "beside_en": ""}


def _numbers(result: Decisions, code: str, route: str) -> dict[str, Any]:
    row = result.tried.set_index(["village_code", "part", "route"]).loc[(code, "", route)]
    return {"code": row["code"], **row["numbers"]}


def test_a_source_that_others_have_taken() -> None:
    """650 − 1.9 kW: 100 homes (310 kW) in the zone leave 338.1 kW for 120 homes (372 kW)."""
    pair = [
        Hamlet(A, 100, served=100, zone=100, piece="P1"),
        Hamlet(B, 120, served=114, piece="P1", pipe_m=2346),
    ]
    said = _numbers(decided(facts(pair, sources={"P0": 9, "P1": 650})), B, "central")
    assert said == {
        "code": "central_full", "stations": 0, "homes": 120, "share": "95%", "threshold": "90%",
        "connect_m": 50,
        "pipe_m": 2350, "piece_zh": "P1", "piece_en": "P1", "left_kw": 338, "need_kw": 372,
        **ALL_PLACED,
    }  # fmt: skip


def test_the_winner_is_told_what_there_was_for_it() -> None:
    """338.1 kW beside the other village, and its own 310 again."""
    pair = [Hamlet(code, 100, served=100, piece="P1") for code in (A, B)]
    said = _numbers(decided(facts(pair, sources={"P1": 650})), A, "central")
    assert (said["code"], said["left_kw"], said["need_kw"]) == ("central_served", 338, 310)


def test_headroom_of_several_transformers() -> None:
    """T1 has 60.9 kVA for 40 homes, T2 20 for 20: homes are whole, 60 + 20 of 60 asked."""
    town = [Hamlet(A, 60, feeders={"T1": 40, "T2": 20})]
    said = _numbers(decided(facts(town, {"T1": 60.9, "T2": 20})), A, "electric")
    assert said == {
        "code": "electric_headroom", "homes": 60, "stations": 2, "left_kva": 80, "need_kva": 60,
        "names": "", "names_en": "", "added_kva": 0, "lacking_kva": 0, "each_cny": 0,
        "ceiling_cny": 6000, "due_on": "", "load": "0%", "dear_zh": "", "dear_en": "",
        "uneven_zh": "", "uneven_en": "",
    }  # fmt: skip


def test_upgrades_that_are_needed_are_named_and_summed() -> None:
    """T1 is 10 short and gets 30, T2 5 short and gets 10.4, T3 has room."""
    grid = {
        "T1": {"headroom_kva": 30, "upgrade_kva": 30, "upgrade_cny": 40_000, **OFFER},
        "T2": {"headroom_kva": 15, "upgrade_kva": 10.4, "upgrade_cny": 30_001, **OFFER},
        "T3": {"headroom_kva": 40, "upgrade_kva": 10, "upgrade_cny": 50_000, **OFFER},
    }
    town = [Hamlet(A, 100, feeders={"T1": 40, "T2": 20, "T3": 40})]
    said = _numbers(decided(facts(town, grid)), A, "electric")
    assert (said["code"], said["names"], said["names_en"]) == (
        "electric_upgrade",
        "T1、T2",
        "T1, T2",
    )
    # (40,000 + 30,001) / 60 homes = 1,166.68 yuan: begun yuan count
    assert (said["added_kva"], said["each_cny"], said["stations"]) == (40, 1167, 3)
    assert (said["left_kva"], said["need_kva"], said["lacking_kva"]) == (85, 100, 15)


def test_what_is_lacking_and_where() -> None:
    """T1 10 short, T2 to T5 one each: three are named, two are counted; 14 kVA lack."""
    feeders = {"T1": 20, "T2": 5, "T3": 5, "T4": 5, "T5": 5}
    grid = {"T1": 10, "T2": 4, "T3": 4, "T4": 4, "T5": 4}
    said = _numbers(decided(facts([Hamlet(A, 40, feeders=feeders)], grid)), A, "electric")
    assert (said["code"], said["lacking_kva"], said["stations"]) == ("electric_dear", 14, 5)
    assert said["names"] == "T1、T2、T3 (+2)"
    assert said["names_en"] == "T1, T2, T3 (+2)"


def test_exactly_as_many_as_are_named() -> None:
    feeders = dict.fromkeys(("T1", "T2", "T3"), 5)
    grid = dict.fromkeys(feeders, 4)
    said = _numbers(decided(facts([Hamlet(A, 15, feeders=feeders)], grid)), A, "electric")
    assert said["names"] == "T1、T2、T3"


def test_what_others_took_is_not_left() -> None:
    """50 homes in the zone leave 10 of 60 kVA for 40 homes: 30 lack."""
    pair = [Hamlet(A, 40, feeders={"T1": 40}), Hamlet(B, 50, zone=50, feeders={"T1": 50})]
    said = _numbers(decided(facts(pair, {"T1": 60})), A, "electric")
    assert (said["code"], said["left_kva"], said["need_kva"]) == ("electric_taken", 10, 40)
    assert (said["lacking_kva"], said["names"]) == (30, "T1")


def test_homes_out_of_reach_are_counted() -> None:
    said = _numbers(decided(facts([Hamlet(A, 40, feeders={"T1": 37})], {"T1": 60})), A, "electric")
    assert (said["code"], said["homes"], said["stations"]) == ("electric_out_of_reach", 3, 1)


def test_gas_by_the_homes_it_reaches_and_those_it_is_sure_for() -> None:
    said = _numbers(decided(facts([Hamlet(A, 40, gas=38, secured=20)])), A, "gas")
    assert said == {
        "code": "gas_unsecured", "homes": 40, "placed": 40, "reached": 38, "secured": 20,
        **ALL_PLACED
    }  # fmt: skip


def test_no_upgrade_is_paid_where_the_homes_just_fit() -> None:
    grid = {"headroom_kva": 40, "upgrade_kva": 30, "upgrade_cny": 40_000, **OFFER}
    for homes, shares in ((40, 0), (41, 1)):
        result = decided(facts([Hamlet(A, homes, feeders={"T1": homes})], {"T1": grid}))
        assert len(result.upgrades) == shares


def test_two_upgrades_of_one_village_are_both_in_its_cost() -> None:
    grid = {"headroom_kva": 10, "upgrade_kva": 30, "upgrade_cny": 40_000, **OFFER}
    found = facts([Hamlet(A, 40, feeders={"T1": 20, "T2": 20})], {"T1": grid, "T2": grid})
    priced = price_routes(found, POLICY).set_index("route")["cost_fen_a"]
    # 40,000 yuan over 20 years at 5 %: 40,000 × 0.05 / (1 − 1.05^-20) = 3,209.70 yuan each
    assert decided(found).villages["cost_fen_a"].tolist() == [priced["electric"] + 2 * 320_970]


def test_the_fen_that_is_left_over_is_in_the_cost_of_whoever_bears_it() -> None:
    """3,209.70 yuan a year by 40, 30 and 20 homes: 1,426.53, 1,069.90 and, rounded up, 713.27."""
    grid = {"headroom_kva": 60, "upgrade_kva": 60, "upgrade_cny": 40_000, **OFFER}
    sizes = {A: 40, B: 30, C: 20}
    three = [Hamlet(code, homes, feeders={"T1": homes}) for code, homes in sizes.items()]
    found = facts(three, {"T1": grid})
    priced = price_routes(found, POLICY).set_index(["village_code", "route"])["cost_fen_a"]
    costs = decided(found).villages.set_index("village_code")["cost_fen_a"]
    borne = {code: costs[code] - priced[code, "electric"] for code in sizes}
    assert borne == {A: 142_653, B: 106_990, C: 71_327}


def test_the_runner_up_bears_its_share_of_an_upgrade_beside_the_others() -> None:
    """B is central and would take 60 of the 100 homes on T1: 60 % of 3,209.70 yuan a year."""
    grid = {"headroom_kva": 50, "upgrade_kva": 60, "upgrade_cny": 40_000, **OFFER}
    pair = [
        Hamlet(A, 40, feeders={"T1": 40}),
        Hamlet(B, 60, served=60, piece="P1", feeders={"T1": 60}),
    ]
    found = facts(pair, {"T1": grid}, {"P1": 1000})
    priced = price_routes(found, POLICY).set_index(["village_code", "route"])["cost_fen_a"]
    row = decided(found).villages.set_index("village_code").loc[B]
    assert (row["approach"], row["runner_up"]) == ("central", "electric")
    assert row["runner_up_cost_fen_a"] == priced[B, "electric"] + 320_970 * 60 // 100


@pytest.mark.parametrize(
    ("route", "layer", "name", "amount"),
    [("central", "heat_sources", "P1", "212 kW"), ("electric", "transformers", "T2", "40 kVA")],
)
def test_what_rulings_exceed_is_named_with_its_layer_and_amount(
    route: str, layer: str, name: str, amount: str
) -> None:
    """310 kW on 98.1, and 100 homes on 60 kVA; T1 and P0 only stand before them in the lists."""
    town = [Hamlet(A, 100, served=100, piece="P1", feeders={"T2": 100})]
    found = facts(town, {"T1": 5, "T2": 60}, {"P1": 100, "P2": 7})
    ruling = {"village_code": [A], "approach": [route], "status": ["approved"]}
    problems = decided(found, rulings=pd.DataFrame(ruling)).problems
    (problem,) = [one for one in problems if one.code == "overcommitted"]
    assert (problem.layer, problem.value) == (layer, name)
    assert amount in problem.message.zh
    assert amount in problem.message.en


def test_a_runner_up_that_just_fits_bears_no_upgrade() -> None:
    """A's 40 and B's 60 homes on 100 kVA: B, on a main, would need none of the 60 kVA on offer."""
    grid = {"headroom_kva": 100, "upgrade_kva": 60, "upgrade_cny": 40_000, **OFFER}
    pair = [
        Hamlet(A, 40, feeders={"T1": 40}),
        Hamlet(B, 60, served=60, piece="P1", feeders={"T1": 60}),
    ]
    found = facts(pair, {"T1": grid}, {"P1": 1000})
    priced = price_routes(found, POLICY).set_index(["village_code", "route"])["cost_fen_a"]
    row = decided(found).villages.set_index("village_code").loc[B]
    assert row["runner_up_cost_fen_a"] == priced[B, "electric"]


def test_every_route_tried_has_its_price_whatever_was_chosen() -> None:
    found = facts([Hamlet(A, 40, gas=40, feeders={"T1": 40})], {"T1": 40})
    priced = price_routes(found, POLICY).set_index("route")["cost_fen_a"]
    tried = decided(found).tried.set_index("route")["cost_fen_a"]
    assert tried["electric"] == priced["electric"]
    assert tried["gas"] == priced["gas"] != priced["electric"]
    assert pd.isna(tried["central"])


def test_what_is_said_of_a_village_and_of_a_route() -> None:
    """The columns by name: pages, workbooks and the office's own scripts read them."""
    result = decided(facts([Hamlet(A, 10, feeders={"T1": 10})], {"T1": 20}))
    assert sorted(result.villages.columns) == sorted(
        "village_code village township_code township part approach status computed batch device "
        "complements households pending clause reason_zh reason_en runner_up cost_fen_a "
        "runner_up_cost_fen_a flip_margin_zh flip_margin_en flip_state flip_range_zh flip_range_en "
        "dissent document_no gap ready_on works "
        "works_zh works_en works_dear near_term interim heating_in_use in_time "
        "certainty how_sure_zh how_sure_en".split()
    )
    assert list(result.tried.columns) == (
        "village_code part route eligible has_capacity code clause reason_zh reason_en cost_fen_a "
        "numbers".split()
    )
    assert list(result.households.columns) == ["part", "approach", "in_batch"]


def test_what_the_plan_supports_beside_a_route_is_told_where_homes_are_to_convert() -> None:
    routes = [
        rule.model_copy(update={"complements": ("solar", "geothermal")})
        if rule.route == "electric"
        else rule
        for rule in POLICY.routes
    ]
    policy = POLICY.model_copy(update={"routes": tuple(routes)})
    town = [Hamlet(A, 10, feeders={"T1": 10}), Hamlet(B, 0, clean=5), Hamlet(C, 9, gas=9)]
    rows = decided(facts(town, {"T1": 10}), policy).villages.set_index("village_code")
    assert rows["complements"].to_dict() == {A: "solar+geothermal", B: "", C: ""}


def test_a_made_up_province_is_decided_and_proven() -> None:
    """The province that ./scripts/bench --decide measures, in small."""
    result = decided(province(60, 4))
    assert result.allocation.proven
    assert result.allocation.contested > 0
    assert {"central", "electric", "undecided"} <= set(result.villages["approach"])


def _half_placed(near: int, far: int, lost: int, **more: Any) -> Hamlet:
    """Homes in reach, out of reach, without a place; the village's answer holds for these."""
    within = near >= 0.9 * (near + far) > 0
    own = {
        "served": ["in_service"] * near + ["none"] * far + [""] * lost,
        "within_reach": [True] * near + [False] * far + [within] * lost,
    }
    return Hamlet(A, near + far + lost, piece="P1", extra={**own, **more})


@pytest.mark.parametrize(
    ("near", "far", "code"), [(45, 5, "central_served"), (44, 6, "central_share")]
)
def test_a_share_is_taken_over_placed_homes_and_says_what_it_leaves_out(near, far, code) -> None:
    """45 of 50 is the policy's 90 %, 44 of 50 is not, whatever the other 50 homes are."""
    grid = {"transformer_id": ["T1"] * 100}
    town = [_half_placed(near, far, 50, **grid)]
    rows = decided(facts(town, {"T1": 100}, sources={"P1": 650}))
    said = _numbers(rows, A, "central")
    assert (said["code"], said["share"], said["unplaced"]) == (code, f"{near * 2}%", 50)
    assert "（另有50户无可用坐标，未计）" in rows.villages.at[0, "reason_zh"]
    assert "(not counting 50 without a usable place)" in rows.villages.at[0, "reason_en"]


def test_homes_without_any_place_are_no_evidence_for_or_against_a_route() -> None:
    lost = _half_placed(0, 0, 40, gas_served=[""] * 40)
    found = decided(facts([lost], {"T9": 10}, sources={"P1": 650}))
    codes = {route: _numbers(found, A, route)["code"] for route in ("central", "electric", "gas")}
    assert codes == {
        "central": "central_unplaced", "electric": "electric_unplaced", "gas": "gas_unplaced",
    }  # fmt: skip


def test_gas_is_judged_over_placed_homes() -> None:
    """18 of 20 placed homes are 90 %; of all 40 they would be 45 %."""
    gas = {"gas_served": ["in_service"] * 18 + ["none"] * 2 + [""] * 20}
    sure = {"gas_secured": [True] * 18 + [False] * 22}
    found = decided(facts([_half_placed(0, 20, 20, **gas, **sure)]))
    said = _numbers(found, A, "gas")
    assert (said["code"], said["placed"], said["secured"]) == ("gas_secured", 20, 18)


def test_a_shortage_of_one_transformer_says_where_the_village_has_enough() -> None:
    """T1 has room for 10 of its 40 homes, T2 for 60 of its 20: 70 for 60 homes, then 50."""
    town = [Hamlet(A, 60, feeders={"T1": 40, "T2": 20})]
    for spare, said in ((60, True), (50, True), (49, False), (20, False)):
        plan = decided(facts(town, {"T1": 10, "T2": spare}))
        reason = plan.villages.set_index("village_code").loc[A, "reason_zh"]
        assert "台区T1缺30 kVA，按受益户计，户均配套电网投资750,000元，超过上限6,000元" in reason
        assert ("只是各台区的户数不均" in reason) == said, spare
    one = decided(facts([Hamlet(A, 60, feeders={"T1": 60})], {"T1": 10}))
    assert "户数不均" not in one.villages["reason_zh"].iloc[0]


def test_a_village_that_does_not_say_whether_it_is_remote_is_unknown() -> None:
    given = facts([Hamlet(A, 10, feeders={"T1": 10})], {"T1": 0})
    for known, words in ((False, "是否属偏远山区未知"), (True, "不属偏远山区")):
        told = replace(given, villages=given.villages.assign(remote_known=known))
        row = decided(told).tried.set_index("route").loc["biomass"]
        assert words in row["reason_zh"]
        assert row["code"] == ("biomass_lowland" if known else "biomass_unknown")
        assert not row["eligible"]


def test_a_new_transformer_is_in_the_cost_of_the_homes_that_none_reaches() -> None:
    """3 homes need 3 kVA: a unit of 30 kVA at 300 yuan, 9,000 yuan over 20 years at 5 %."""
    policy, grid = plan("loads"), {"T1": {"capacity_kva": 500, "peak_load_kva": 300}}
    found = facts([Hamlet(A, 100, feeders={"T1": 97})], grid, policy=policy)
    result = decided(found, policy)
    share = result.upgrades.iloc[0]
    assert share[["transformer_id", "homes", "grid_fen", "grid_county_fen"]].tolist() == [
        "",
        3,
        900_000,
        0,
    ]
    works_fen = round(900_000 * 0.05 / (1 - 1.05**-20))
    assert share["grid_fen_a"] == works_fen
    priced = price_routes(found, policy).set_index("route")["cost_fen_a"]
    assert result.villages["cost_fen_a"].tolist() == [priced["electric"] + works_fen]
    waits = result.villages.iloc[0]
    assert (waits["approach"], waits["works"]) == ("electric", "no_transformer")


def test_grid_works_are_priced_by_transformer_and_line() -> None:
    """100 kVA × 300 + 500 m × 430 = 245,000 yuan; 2,600 kVA are two units, of 2,500 and 100."""
    policy = changed(plan("loads"), electric={"line_m_per_unit": 500.0, "line_cny_per_m": 430.0})
    assert unit(99.5, policy) == (100, 24_500_000)
    assert unit(2600, policy) == (2600, 2600 * 300_00 + 2 * 215_000_00)
    assert upgrade_fen(100, float("nan"), policy) == 24_500_000
    assert upgrade_fen(100, 50_000.0, policy) == 5_000_000  # its own price has all in it
    assert upgrade_fen(0, float("nan"), policy) == 0
    assert unit(99.5, plan("loads")) == (100, 3_000_000)  # in place: no line

"""Money by who pays, supply against need, one village in full, two decisions side by side."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from decide.hamlets import POLICY, Hamlet, changed, decided, facts

from gis.costs import price_routes
from gis.costs.money import annuity_fen, exact
from gis.decide import Decisions, compare, explain, subsidy_ceilings, supply
from gis.decide import budget as budget_of
from gis.errors import UsageError
from gis.facts import Facts
from gis.policy import Policy

A, B, C, D = (f"14088200100{i}" for i in range(1, 5))
OTHER = "140882002001"
GRANTED = changed(
    POLICY,
    subsidies={"grid_county_share_document": "河财〔2024〕1号"},
    prices={"equipment_subsidy_cny": {"ashp_air": 3500}},
)


def budget(found, priced, decisions, policy):
    return budget_of(priced, decisions, subsidy_ceilings(found, decisions, policy))


def _town(**extra: object) -> Facts:
    """A central with a full share, B and C electric on one upgraded transformer, D undecided."""
    return facts(
        [
            Hamlet(A, 100, served=100, piece="P1", feeders={"T2": 100}),
            Hamlet(B, 60, feeders={"T1": 60}, listed=60),
            Hamlet(C, 40, feeders={"T1": 40}),
            Hamlet(D, 5),
            Hamlet(OTHER, 10, gas=10, feeders={"T3": 10}, township="140882002", listed=10),
        ],
        {
            "T1": {
                "headroom_kva": 50,
                "upgrade_kva": 60,
                "upgrade_due_on": "2024-11-01",
                "upgrade_cny": 100_001,
            },
            "T2": 100,
            "T3": 0,
        },
        {"P1": 400},
    )


def _all(policy: Policy = GRANTED) -> tuple[Facts, pd.DataFrame, Decisions]:
    found = _town()
    return found, price_routes(found, policy), decided(found, policy)


def test_an_upgrade_is_shared_by_homes_to_the_fen() -> None:
    _, _, decisions = _all()
    shares = decisions.upgrades.set_index("village_code")
    assert shares["grid_fen"].to_dict() == {B: 6_000_060, C: 4_000_040}
    assert shares["grid_county_fen"].to_dict() == {B: 600_006, C: 400_004}
    annual = annuity_fen(10_000_100, exact(0.05), exact(20.0))
    assert shares["grid_fen_a"].sum() == annual
    rows = decisions.villages.set_index("village_code")["cost_fen_a"]
    assert rows[B] == 60 * 222_482 + shares["grid_fen_a"][B]


def test_budget_by_payer() -> None:
    found, priced, decisions = _all()
    result = budget(found, priced, decisions, GRANTED)
    rows = result.parts.set_index("village_code")
    assert set(rows.index) == {A, B, C, OTHER}  # undecided costs nothing yet
    b = rows.loc[B]
    assert b["equipment_fen"] == 60 * 800_000
    assert b["household_fen"] == 60 * (800_000 - 350_000)
    assert b["county_fen"] == 60 * 350_000 + 600_006
    assert b["company_fen"] == 6_000_060 - 600_006
    assert (
        b["household_fen"] + b["county_fen"] + b["company_fen"]
        == b["equipment_fen"] + b["grid_fen"]
    )
    assert b["running_subsidy_fen_a"] == 60 * 37_778
    assert rows.loc[A, "company_fen"] == rows.loc[A, "station_fen"] == 9_357_000
    assert (rows["household_fen"] >= 0).all()


def test_one_home_is_a_budget_too() -> None:
    found = facts([Hamlet(A, 1, feeders={"T1": 1}), Hamlet(B, 0, clean=1)], {"T1": 10})
    priced = price_routes(found, GRANTED)
    parts = budget(found, priced, decided(found, GRANTED), GRANTED).parts
    assert parts[["village_code", "households"]].values.tolist() == [[A, 1]]


def test_the_ceiling_counts_this_years_homes_converted_or_not() -> None:
    """3 of A by its route; of B, converted, one with power and one with gas, one on a main."""
    clean = {"heating": pd.array(["electric", "gas", "central", "electric"], "str")}
    town = [
        Hamlet(A, 5, listed=3, feeders={"T1": 5}),
        Hamlet(B, 0, clean=4, extra={**clean, "in_programme": [True, True, True, False]}),
    ]
    found = facts(town, {"T1": 10})
    table = budget(found, price_routes(found, POLICY), decided(found), POLICY).ceilings
    assert table[
        ["township_code", "approach", "batch", "subsidy_ceiling_fen_a"]
    ].values.tolist() == [
        ["140882001", "electric", 4, 4 * 104_000],
        ["140882001", "gas", 1, 120_000],
    ]


def test_budget_by_township_adds_up() -> None:
    found, priced, decisions = _all()
    result = budget(found, priced, decisions, GRANTED)
    sums = result.townships.set_index(["township_code", "approach"])
    electric = result.parts[result.parts["approach"] == "electric"]
    assert sums.loc[("140882001", "electric"), "households"] == 100
    for name in ("equipment_fen", "grid_fen", "county_fen", "own_fen_a", "cost_fen_a"):
        assert sums.loc[("140882001", "electric"), name] == electric[name].sum()
    assert sums.loc[("140882002", "gas"), "households"] == 10


def test_while_the_tender_is_pending_the_county_does_not_know_its_share() -> None:
    found, priced, decisions = _all(POLICY)
    sums = budget(found, priced, decisions, POLICY).townships.set_index("approach")
    assert sums.loc["electric", ["county_fen", "household_fen", "own_fen_a"]].isna().all()
    lacking = budget(found, priced, decisions, POLICY).unknown.set_index("village_code")
    assert lacking.loc[[B, C], ["county_fen", "household_fen", "own_fen_a"]].all(axis=None)
    assert not lacking.loc[[B, C], ["equipment_fen", "grid_fen", "company_fen"]].any(axis=None)
    assert sums.loc["electric", "equipment_fen"] == 100 * 800_000
    assert sums.loc["electric", "company_fen"] == 10_000_100
    assert sums.loc["gas", "county_fen"] == 0


def test_what_is_known_is_added_up_whatever_a_part_of_a_village_leaves_open() -> None:
    """The unserved part of A has chosen a device without a price; the rest of its town has not."""
    chosen = [None] * 200 + ["gshp"] * 20
    town = [
        Hamlet(
            A, 220, served=200, piece="P1", feeders={"T1": 220}, extra={"device_chosen": chosen}
        ),
        Hamlet(B, 60, feeders={"T2": 60}),
    ]
    found = facts(town, {"T1": 220, "T2": 60}, {"P1": 10_000})
    listed = GRANTED.prices["equipment_cny"]
    assert isinstance(listed, dict)
    less = {device: cny for device, cny in listed.items() if device != "gshp"}
    policy = changed(GRANTED, prices={"equipment_cny": less})
    priced = price_routes(found, policy)
    result = budget(found, priced, decided(found, policy), policy)
    parts, sums = result.parts, result.townships.set_index("approach")
    assert parts.set_index(["village_code", "part"])["equipment_fen"].isna().tolist() == [
        False, True, False,
    ]  # fmt: skip
    assert sums.loc["electric", "equipment_fen"] == 60 * 800_000
    assert sums.loc["electric", "households"] == 80
    for name in parts.columns[parts.columns.str.contains("_fen")]:
        assert sums[name].sum() == parts[name].sum()


def test_while_the_tender_is_pending_what_the_county_pays_of_grid_works_is_still_known() -> None:
    policy = changed(POLICY, subsidies={"grid_county_share_document": "河财〔2024〕1号"})
    found, priced, decisions = _all(policy)
    result = budget(found, priced, decisions, policy)
    assert result.townships.set_index("approach").loc["electric", "county_fen"] == 1_000_010
    assert result.unknown.set_index("village_code").loc[[B, C], "county_fen"].all()


def test_supply_against_need() -> None:
    found, priced, decisions = _all()
    result = supply(found, priced, decisions, GRANTED)
    grid = result.transformers.set_index("transformer_id")
    assert grid["homes"].to_dict() == {"T1": 100, "T2": 0, "T3": 0}
    assert grid["left_kva"].to_dict() == {"T1": 50 + 60 - 100, "T2": 100, "T3": 0}
    source = result.sources.iloc[0]
    assert source["homes"] == 100
    assert np.isclose(source["need_kw"], 311.9)
    assert np.isclose(source["left_kw"], 88.1)
    towns = result.townships.set_index("township_code")
    assert towns["homes"].to_dict() == {"140882001": 200, "140882002": 10}
    assert towns["peak_kva"].to_dict() == {"140882001": 100, "140882002": 0}
    assert np.isclose(towns.loc["140882001", "electricity_kwh_a"], 100 * 10200 / 2.7)
    assert np.isclose(towns.loc["140882001", "heat_mwh_a"], 1020)
    assert towns.loc["140882002", "gas_m3_a"] == 11_700
    carriers = result.carriers.set_index("carrier")
    assert carriers.loc["gas_m3_a", "need"] == 11_700


def test_what_one_village_needs_and_nobody_knows_is_in_no_sum() -> None:
    found, priced, decisions = _all()
    whole = supply(found, priced, decisions, GRANTED)
    lacking = priced.copy()
    rows = (priced["route"] == "electric") & (priced["part"] == "")
    lacking.loc[rows, "electricity_kwh_a"] = pd.NA  # no COP of the device
    result = supply(found, lacking, decisions, GRANTED)
    towns = result.townships.set_index("township_code")
    assert pd.isna(towns.loc["140882001", "electricity_kwh_a"])
    assert towns.loc["140882001", "heat_mwh_a"] == pytest.approx(1020)
    assert towns.loc["140882002", "electricity_kwh_a"] == 0  # all of it on gas
    need = result.carriers.set_index("carrier")["need"]
    assert np.isnan(need["electricity_kwh_a"])
    others = [name for name in need.index if name != "electricity_kwh_a"]
    assert need[others].equals(whole.carriers.set_index("carrier")["need"][others])


def test_supply_of_a_split_village_counts_each_side_where_it_goes() -> None:
    found = facts(
        [Hamlet(A, 220, served=200, piece="P1", feeders={"T1": 200, "T2": 20})],
        {"T1": 0, "T2": 20},
        {"P1": 10_000},
    )
    result = supply(found, price_routes(found, POLICY), decided(found), POLICY)
    assert result.transformers.set_index("transformer_id")["homes"].to_dict() == {"T1": 0, "T2": 20}
    assert result.sources["homes"].tolist() == [200]


def test_explain_one_village_in_full() -> None:
    found, priced, decisions = _all()
    told = explain(B, found, priced, decisions, POLICY)
    assert json.loads(json.dumps(told, ensure_ascii=False)) == told
    assert (told["village_code"], told["township_code"]) == (B, "140882001")
    assert told["facts"]["pending"] == 60
    (part,) = told["parts"]
    assert (part["approach"], part["batch"], part["clause"]) == ("electric", 60, "二（二）")
    assert [tried["route"] for tried in part["tried"]] == ["central", "electric", "gas", "biomass"]
    assert [tried["chosen"] for tried in part["tried"]] == [False, True, False, False]
    electric = part["tried"][1]
    assert electric["eligible"]
    assert electric["code"] == "electric_upgrade"
    assert electric["own_per_household_fen_a"] == 145_215  # 4,500 × 0.1128254 + 944.44
    assert electric["numbers"]["names"] == "T1"
    assert told["upgrades"] == [
        {
            "part": "",
            "transformer_id": "T1",
            "homes": 60,
            "grid_fen": 6_000_060,
            "grid_county_fen": 600_006,
            "grid_fen_a": int(decisions.upgrades["grid_fen_a"].iloc[0]),
        }
    ]


def test_explain_says_unknown_as_none() -> None:
    found = facts([Hamlet(A, 5, pipe_m=float("inf"))])
    told = explain(A, found, price_routes(found, POLICY), decided(found), POLICY)
    assert told["facts"]["pipe_m"] is None
    assert told["facts"]["source_piece"] is None
    assert told["parts"][0]["cost_fen_a"] is None
    assert told["parts"][0]["tried"][0]["cost_per_household_fen_a"] is None


def test_explain_a_village_that_is_done() -> None:
    found = facts([Hamlet(A, 0, clean=5), Hamlet(B, 1)])
    told = explain(A, found, price_routes(found, POLICY), decided(found), POLICY)
    assert told["parts"][0]["approach"] == "done"
    assert told["parts"][0]["tried"] == []


def test_explain_refuses_a_village_that_is_not_there() -> None:
    found = facts([Hamlet(A, 5)])
    with pytest.raises(UsageError, match="140882009999"):
        explain("140882009999", found, price_routes(found, POLICY), decided(found), POLICY)


def test_compare_lists_what_changes_and_why() -> None:
    found = _town()
    low = changed(GRANTED, electric={"max_upgrade_cny_per_household": 1000})
    changes = compare(decided(found, GRANTED), decided(found, low))
    rows = changes.set_index("village_code")
    assert list(rows.index) == [B]  # 60 homes do not fit the 50 kVA there are; the 40 of C do
    assert rows.loc[B, ["computed_a", "computed_b"]].tolist() == ["electric", "undecided"]
    assert "超过上限1,000元" in rows.loc[B, "reason_zh_b"]
    assert "1,001 yuan" in rows.loc[B, "reason_en_b"]
    assert pd.isna(rows.loc[B, "cost_change_fen_a"])
    assert compare(decided(found, GRANTED), decided(found, GRANTED)).empty


def test_compare_says_by_how_much_the_cost_changes() -> None:
    """B is central in one and electric in the other; A, before it in the list, stays as it is."""
    town = [Hamlet(A, 10, feeders={"T1": 10}),
            Hamlet(B, 100, served=88, piece="P1", feeders={"T1": 100})]  # fmt: skip
    found = facts(town, {"T1": 200}, {"P1": 1000})
    easier = changed(POLICY, heating_network={"served_share": 0.88})
    one, two = decided(found), decided(found, easier)
    rows = compare(one, two)
    assert rows.index.tolist() == [0]
    costs = [side.villages.set_index("village_code").loc[B, "cost_fen_a"] for side in (one, two)]
    assert costs[0] != costs[1]
    assert rows["cost_change_fen_a"].tolist() == [costs[1] - costs[0]]


def test_compare_shows_a_split_that_comes_or_goes() -> None:
    found = facts(
        [Hamlet(A, 220, served=200, piece="P1", feeders={"T1": 220})], {"T1": 220}, {"P1": 10_000}
    )
    larger = changed(POLICY, heating_network={"split_min_households": 21})
    rows = compare(decided(found), decided(found, larger)).set_index("part")
    assert rows["approach_a"].to_dict() == {"": "", "served": "central", "unserved": "electric"}
    assert rows["approach_b"].to_dict() == {"": "central", "served": "", "unserved": ""}


def test_compare_of_rulings_that_only_one_side_knows() -> None:
    found = _town()
    ruling = {
        "village_code": [B], "part": [""], "approach": ["central"], "status": ["approved"],
        "document_no": [""], "decided_on": pd.to_datetime(["2024-06-01"]), "reason": [""],
    }  # fmt: skip
    rows = compare(decided(found), decided(found, rulings=pd.DataFrame(ruling)))
    assert rows[["village_code", "approach_a", "approach_b"]].values.tolist() == [
        [B, "electric", "central"]
    ]
    assert "已审定为集中供热（测算为煤改电）" in rows["reason_zh_b"].iloc[0]

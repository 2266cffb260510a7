"""What changes between two plans in works, days and sums, worked out by hand."""

from dataclasses import replace

import pandas as pd
import pytest
from decide.hamlets import POLICY, WAY, Hamlet, changed, decided, facts

from gis.costs import price_routes
from gis.decide import (
    ComparedPlan,
    Extension,
    compare,
    compare_ready,
    compare_totals,
    compare_works,
    planned_works,
)
from gis.policy.quantities import Provenance

A, B, C = "140882001001", "140882001002", "140882001003"
# A home takes 1 kVA; a kVA costs 300 yuan; homes that no transformer reaches may get a new one
CHEAP = changed(POLICY, electric={"upgrade_cny_per_kva": 300.0}).sourced(
    {**POLICY.provenance, "electric.transformer_reach_m": Provenance()}
)
MORE = changed(CHEAP, electric={"kw_per_household": 3.0})  # 1.5 kVA a home


def side(hamlets, transformers, policy=CHEAP, **more):
    found = facts(hamlets, transformers, policy=policy)
    fed = found.households["transformer_id"].value_counts()
    homes = found.transformers["transformer_id"].map(fed).fillna(0).astype("int64")
    found = replace(found, transformers=found.transformers.assign(fed_homes=homes))
    return ComparedPlan(found, policy, price_routes(found, policy), decided(found, policy, **more))


def town(policy):
    """A lacks 10 kVA of 60 or 40 of 90; B none of 40 or 20 of 60; C has no transformer at all."""
    homes = [Hamlet(A, 60, feeders={"T1": 60}), Hamlet(B, 40, feeders={"T2": 40}), Hamlet(C, 40)]
    return side(homes, {"T1": 50, "T2": 40}, policy)


def test_works_are_sized_and_priced_as_the_loads_say():
    works = planned_works(town(CHEAP)).set_index("works_id")
    assert works["works_kind"].to_dict() == {C: "new_transformer", "T1": "transformer"}
    assert works["works_kva"].to_dict() == {C: 50.0, "T1": 30.0}  # 40 and 10 kVA
    assert works["works_fen"].to_dict() == {C: 1_500_000, "T1": 900_000}
    assert works["village_code"].to_dict() == {C: C, "T1": A}


def test_a_new_transformer_is_named_where_no_home_is_near_any():
    """T9 stands where nobody lives: 30 homes of 1 kVA need a unit of 30 kVA for 9,000 yuan."""
    plan = side([Hamlet(A, 30)], {"T9": 50})
    (row,) = plan.decisions.villages.to_dict("records")
    assert row["approach"] == "electric"
    assert "须新建台区30 kVA，约9,000元" in row["reason_zh"]
    assert planned_works(plan)[["works_kind", "works_fen"]].to_numpy().tolist() == [
        ["new_transformer", 900_000]
    ]


def test_a_higher_load_resizes_works_and_adds_some():
    changes = compare_works(town(CHEAP), town(MORE)).set_index("works_id")
    assert changes["works_change"].to_dict() == {C: "resized", "T1": "resized", "T2": "added"}
    assert changes["works_kva_b"].to_dict() == {C: 63.0, "T1": 50.0, "T2": 30.0}  # 60, 40, 20 kVA
    assert changes["kva_change"].to_dict() == {C: 13.0, "T1": 20.0, "T2": 30.0}
    assert changes["change_fen"].to_dict() == {C: 390_000, "T1": 600_000, "T2": 900_000}
    assert pd.isna(changes.loc["T2", "works_kva_a"])
    assert changes["grid_works_a"].to_dict() == {C: "", "T1": "transformer", "T2": ""}
    back = compare_works(town(MORE), town(CHEAP)).set_index("works_id")
    assert back.loc["T2", ["works_change", "kva_change"]].tolist() == ["dropped", -30.0]
    assert compare_works(town(CHEAP), town(CHEAP)).empty


def test_a_price_alone_or_a_day_alone_is_told_apart():
    dear = changed(CHEAP, electric={"upgrade_cny_per_kva": 301.0})
    assert set(compare_works(town(CHEAP), town(dear))["works_change"]) == {"repriced"}
    moved = compare_works(upgraded("2024-11-01"), upgraded("2024-11-02"))
    assert moved[["works_change", "change_fen"]].to_numpy().tolist() == [["moved", 0]]
    undated = compare_works(upgraded("2024-11-01"), upgraded(None))
    assert undated["works_change"].tolist() == ["moved"]
    assert undated[["grid_works_a", "grid_works_b"]].to_numpy().tolist() == [
        ["upgrade", "upgrade_undated"]
    ]


def upgraded(day, policy=CHEAP):
    """60 homes on 50 kVA and a planned upgrade of 60 kVA for 90,000 yuan."""
    plan = {"headroom_kva": 50, "upgrade_kva": 60, "upgrade_cny": 90_000, "upgrade_due_on": day}
    return side([Hamlet(A, 60, feeders={"T1": 60})], {"T1": plan}, policy)


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("2024-11-01", "2024-11-02", "later"),
        ("2024-11-02", "2024-11-01", "earlier"),
        ("2024-11-01", None, "unknown"),
        (None, "2024-11-01", "known"),
        ("2024-11-01", "2024-11-01", ""),
        (None, None, ""),
    ],
)
def test_a_village_that_waits_otherwise_is_named(before, after, change):
    found = compare_ready(upgraded(before).decisions, upgraded(after).decisions)
    assert found["ready_change"].tolist() == ([change] if change else [])
    if change == "later":
        days = found[["ready_on_a", "ready_on_b"]].iloc[0].dt.strftime("%Y-%m-%d").tolist()
        assert days == [before, after]


def test_a_village_begins_to_wait_or_ceases_to():
    """60 homes of 1 kVA fit into 60 kVA, of 1.5 kVA they do not; nobody knows the day then."""
    one, other = (
        side([Hamlet(A, 60, feeders={"T1": 60})], {"T1": 60}, policy) for policy in (CHEAP, MORE)
    )
    found = compare_ready(one.decisions, other.decisions)
    assert found[["ready_change", "waits_a", "waits_b"]].to_numpy().tolist() == [
        ["waits", False, True]
    ]
    assert pd.isna(found["ready_on_b"].iloc[0])
    assert found["interim_b"].tolist() == ["clean_coal"]
    assert compare_ready(other.decisions, one.decisions)["ready_change"].tolist() == ["ready"]
    # the route is the same: the other table says nothing of it
    assert compare(one.decisions, other.decisions).empty


def test_what_bridges_the_wait_is_told_even_if_the_day_stays():
    """Gas reaches the village and is secured: the near-term route once a wait is too long."""
    homes = [Hamlet(A, 60, feeders={"T1": 60}, gas=60)]
    plan = {"headroom_kva": 50, "upgrade_kva": 60, "upgrade_due_on": "2025-11-16"}
    patient = changed(CHEAP, electric={"max_wait_winters": 2})
    sides = [side(homes, {"T1": plan}, policy).decisions for policy in (CHEAP, patient)]
    found = compare_ready(*sides)
    assert found[["ready_change", "near_term_a", "near_term_b"]].to_numpy().tolist() == [
        ["near_term", "gas", ""]
    ]


def test_a_split_that_comes_is_no_wait_that_begins():
    homes = [Hamlet(A, 220, served=200, piece="P1", feeders={"T1": 220})]
    larger = changed(CHEAP, heating_network={"split_min_households": 21})
    found = [facts(homes, {"T1": 10}, {"P1": 10_000}, policy=policy) for policy in (CHEAP, larger)]
    sides = [decided(one, policy) for one, policy in zip(found, (CHEAP, larger), strict=True)]
    table = compare_ready(*sides).set_index("part")
    assert table["ready_change"].to_dict() == {"unserved": "split"}
    assert pd.isna(table.loc["unserved", "waits_b"])


def test_totals_add_up_to_the_rows():
    table = compare_totals(town(CHEAP), town(MORE)).set_index("compared")
    expected = {
        "waiting_villages": (2, 3), "waiting_homes": (100, 140), "grid_works": (2, 3),
        "grid_verify": (0, 0), "grid_kva": (80, 143), "grid_cny": (24_000, 42_900),
        "heat_works": (0, 0), "unpriced": (0, 0),
    }  # fmt: skip
    for name, both in expected.items():
        assert tuple(table.loc[name, ["value_a", "value_b"]]) == both, name
        assert table.loc[name, "value_change"] == both[1] - both[0]
    assert table.loc["mains_m"].isna().all()  # no network could be worked out


def test_without_the_layer_grid_works_are_unknown_and_never_none():
    found = facts([Hamlet(A, 60)], available=frozenset({"households", "villages"}), policy=CHEAP)
    bare = ComparedPlan(found, CHEAP, price_routes(found, CHEAP), decided(found, CHEAP))
    table = compare_totals(bare, bare).set_index("compared")
    for name in ("grid_works", "grid_verify", "grid_kva", "grid_cny"):
        assert table.loc[name].isna().all(), name


def test_heat_works_that_nobody_has_priced_cost_an_unknown_sum_and_not_nothing():
    found = facts([Hamlet(A, 30)], {}, {"p1": 10_000}, policy=CHEAP)
    plan = decided(found, CHEAP, extension=Extension({A: WAY}, {}))
    bare = ComparedPlan(found, CHEAP, price_routes(found, CHEAP), plan)
    table = compare_totals(bare, bare).set_index("compared")
    assert table.loc[["heat_works", "unpriced"], "value_a"].tolist() == [1, 1]
    assert table.loc["heat_cny"].isna().all()


def test_a_way_of_the_network_and_a_station_are_heat_works():
    """A is reached by a new main; B stands beside a primary main with all its 30 homes."""
    homes = [Hamlet(A, 30), Hamlet(B, 30, served=30, stations=30, piece="P1")]
    found = facts(homes, {}, {"P1": 10_000, "p1": 10_000}, policy=CHEAP)
    priced = price_routes(found, CHEAP)
    plan = decided(found, CHEAP, extension=Extension({A: WAY}, {}))
    works = planned_works(ComparedPlan(found, CHEAP, priced, plan)).set_index("works_id")
    assert works["works_kind"].to_dict() == {A: "heat_main", B: "exchange_station"}
    # 30 homes of 5 kW: 150 kW × (0.62 + 0.38 / 30); a kW of station costs 300 yuan
    assert works.loc[B, "works_kw"] == pytest.approx(94.9)
    assert works.loc[B, "works_fen"] == pytest.approx(94.9 * 300 * 100)
    assert works.loc[A, "works_on"] == pd.Timestamp(WAY.runs_on)
    assert pd.isna(works.loc[A, "works_fen"])  # the share of the mains is not in these prices
    totals = compare_totals(
        ComparedPlan(found, CHEAP, priced, plan), ComparedPlan(found, CHEAP, priced, plan)
    )
    assert totals.set_index("compared").loc["unpriced", "value_a"] == 1

"""A village 2.5 km beyond the end of a main: what it takes, costs and says."""

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import town
from shapely.geometry import LineString, Point

from gis.costs import price_routes
from gis.errors import InputError
from gis.facts import build_facts
from gis.network import expand, extend_network, missing_input, sensitivity
from gis.network.demand import individual_routes
from gis.network.pipe_catalogue import pipes_of

NEAR, FAR = "140882001001", "140882001002"
# a least heat density, and a reach of transformers, that are verified: they refuse
REACH = "[electric]\ntransformer_reach_m = { value = 500, verified = true }\n"


def denser(least):
    return f"[heating_network]\nmin_mwh_per_m_a = {{ value = {least}, verified = true }}\n{REACH}"


THIN = denser(0.1)
ROAD = [(1000, 500), (3600, 500)]
ANNUITY = 0.05 / (1 - 1.05**-30)


def homes(village, x, y, count=30):
    return [
        {"household_id": f"{village}-{i}", "village_code": village, "heating": "coal",
         "x": x + i % 6, "y": y + i // 6}
        for i in range(count)
    ]  # fmt: skip


def layers(roads=(ROAD,), capacity_mw=2.0, **more):
    pipe = {"pipe_id": "p1", "dn_mm": 300.0, "status": "in_service", "role": "primary"}
    return {
        "households": town.households([*homes(NEAR, 500, 510), *homes(FAR, 3520, 520)]),
        "villages": town.villages([(NEAR, (0, 0, 1000, 1000)), (FAR, (3000, 0, 4000, 1000))]),
        "coal_ban_zones": town.zones(),
        "heat_pipes": town.layer(
            [pipe | {"geometry": LineString([(0, 500), (1000, 500)])}], "in_service_on"
        ),
        "heat_sources": town.layer(
            [{"source_id": "S", "capacity_mw": capacity_mw, "load_mw": 0.5,
              "geometry": Point(0, 490)}]
        ),
        "roads": town.layer([{"name": "东路", "geometry": LineString(road)} for road in roads]),
        "transformers": town.layer(
            [{"transformer_id": "T", "village_code": None, "capacity_kva": 10.0,
              "peak_load_kva": 10.0, "upgrade_kva": np.nan, "upgrade_cny": np.nan,
              "geometry": Point(3500, 9500)}], "upgrade_due_on"
        ),
        **more,
    }  # fmt: skip


def grown(folder, extra=THIN, **changes):
    tables, policy = layers(**changes), town.policy(folder, extra)
    facts = build_facts(tables, policy, town.AS_OF)
    return extend_network(tables, facts, price_routes(facts, policy), policy, town.AS_OF), policy


def test_the_way_its_cost_and_its_diameter(tmp_path):
    """From the end of the main at (1000, 500) to (3522.5, 500), and 22 m up to the homes."""
    found, policy = grown(tmp_path)
    pipe = pipes_of(policy)
    assert found.connected == [FAR]
    row = found.villages.loc[FAR]
    assert row["new_m"] == pytest.approx(2522.5 + 22, abs=5)
    assert row["own_pipe_m"] == 0
    assert row["individual_route"] == ""
    # 30 homes of 5 kW peak together at 0.62 x 150 + 0.38 x 5 kW; 25 W/m are lost on the way.
    assert row["peak_kw"] == pytest.approx(94.9)
    assert row["drawn_kw"] == pytest.approx(93 + 0.025 * row["new_m"])
    branches = found.branches
    assert branches["length_m"].sum() == pytest.approx(row["new_m"])
    assert branches["dn_mm"].tolist() == [50]
    assert branches["mwh_per_m_a"].tolist() == pytest.approx([30 * 10.2 / row["new_m"]])
    assert branches["streets"].tolist() == ["东路"]
    losses_cny = 0.025 * row["new_m"] * 2900 / 1000 * 1800 / 10.2
    way_in_m = row["new_m"] - 2522.5
    capital = row["new_m"] * pipe.fixed_cny_per_m
    capital += 2522.5 * pipe.slope_cny_per_kw_m * (94.9 + 0.025 * row["new_m"])
    capital += way_in_m * pipe.slope_cny_per_kw_m * (94.9 + 0.025 * way_in_m)
    station = 94.9 * 300
    own = 30 * (9000 * ANNUITY + 1800)
    want = ANNUITY * (capital + station) + losses_cny + own
    assert row["cost_fen_a"] / 100 == pytest.approx(want, rel=1e-6)
    assert "东路" in row["path_zh"]
    assert found.network.status == "optimal"


@pytest.mark.parametrize(
    ("least", "connected"), [(0.1, [FAR]), (0.12, [FAR]), (0.1205, []), (0.5, [])]
)
def test_no_route_of_its_own_is_worth_main_up_to_the_least_heat_density(tmp_path, least, connected):
    """306 MWh over 2,545 m are 0.1203 MWh/m."""
    found, _ = grown(tmp_path, denser(least))
    assert found.connected == connected


def test_an_unverified_least_heat_density_refuses_no_main_but_marks_it(tmp_path):
    """306 MWh over 2,545 m are 0.1203 MWh/m; at 60,000 yuan a kVA a main is cheaper."""
    written = (
        "[heating_network]\nmin_mwh_per_m_a = 0.1205\n[electric]\nupgrade_cny_per_kva = 60000\n"
    )
    found, _ = grown(tmp_path, written)
    assert found.connected == [FAR]
    assert found.branches["thin"].tolist() == [True]
    below, _ = grown(tmp_path, written.replace("0.1205", "0.12"))
    assert below.branches["thin"].tolist() == [False]
    sure, _ = grown(tmp_path, written.replace("0.1205", "{ value = 0.1205, verified = true }"))
    assert sure.connected == []


def test_homes_that_no_transformer_reaches_have_electricity_at_the_price_of_a_new_one(tmp_path):
    """30 homes need 66.3 kVA: a unit of 80 kVA at 300 yuan, over 20 years at 5 %."""
    tables, policy = layers(), town.policy(tmp_path)
    facts = build_facts(tables, policy, town.AS_OF)
    priced = price_routes(facts, policy)
    routes = individual_routes(facts, priced, policy).loc[FAR]
    own = priced[(priced["village_code"] == FAR) & (priced["route"] == "electric")]
    works_fen = round(80 * 300 * 100 * 0.05 / (1 - 1.05**-20))
    assert (routes["route"], routes["cost_fen_a"]) == (
        "electric",
        own["cost_fen_a"].iloc[0] + works_fen,
    )
    sure = town.policy(tmp_path, REACH)
    assert FAR not in individual_routes(facts, priced, sure).index


def test_a_cheaper_route_of_its_own_is_kept(tmp_path):
    tables = layers()
    del tables["transformers"]
    policy = town.policy(tmp_path, THIN)
    facts = build_facts(tables, policy, town.AS_OF)
    found = extend_network(tables, facts, price_routes(facts, policy), policy, town.AS_OF)
    assert found.connected == []
    assert found.villages.loc[FAR, "individual_route"] == "electric"
    assert len(found.branches) == 0
    told = found.as_json()
    (left_out,) = told.pop("unconnected")
    assert (left_out["village_code"], left_out["cause"]) == (FAR, "dearer")
    own = found.villages.loc[FAR, "individual_fen_a"] / 100 / 30
    each = connection_cny_a(policy, 2522.5 + 22) / 30
    assert f"煤改电 {own:,.0f} 元" in left_out["why_zh"]
    assert left_out["why_zh"].startswith("比煤改电贵：新建 2,54")
    said = float(re.search(r"([\d,]+) yuan a home", left_out["why_en"])[1].replace(",", ""))
    assert said == pytest.approx(each, rel=0.01)
    assert each > own
    assert told == {
        "connected": [], "built_m": 0.0, "invest_cny": 0.0, "branches": [], "gap": 0.0,
        "cost_cny_a": pytest.approx(found.villages.loc[FAR, "individual_fen_a"] / 100),
        "bound_cny_a": pytest.approx(found.villages.loc[FAR, "individual_fen_a"] / 100),
    }  # fmt: skip


def connection_cny_a(policy, new_m):
    """What the far village costs a year over so much new main, by hand."""
    pipe = pipes_of(policy)
    capital = new_m * (pipe.fixed_cny_per_m + pipe.slope_cny_per_kw_m * (94.9 + 0.025 * new_m))
    losses_cny = 0.025 * new_m * 2900 / 1000 * 1800 / 10.2
    return ANNUITY * (capital + 94.9 * 300) + losses_cny + 30 * (9000 * ANNUITY + 1800)


def why(found):
    row = found.villages.loc[FAR]
    return row["cause"], row["why_zh"], row["why_en"]


def test_a_village_that_is_connected_needs_no_reason(tmp_path):
    found, _ = grown(tmp_path)
    assert found.villages.loc[FAR, ["cause", "why_zh", "why_en"]].isna().all()
    assert found.as_json()["unconnected"] == []


def test_streets_cut_off_are_named_with_both_ends(tmp_path):
    found, _ = grown(tmp_path, roads=([(1000, 500), (2000, 500)], [(2010, 500), (3600, 500)]))
    cause, zh, en = why(found)
    assert cause == "cut_off"
    assert "（2010.0, 500.0）至（2000.0, 500.0）隔 10 米" in zh
    assert "nearest at (2010.0, 500.0), 10 m from (2000.0, 500.0)" in en
    joined, _ = grown(tmp_path, roads=([(1000, 500), (2000, 500)], [(2004, 500), (3600, 500)]))
    assert joined.connected == [FAR]  # 4 m are within the tolerance


def test_no_source_no_capacity_no_street_too_thin(tmp_path):
    source = {"source_id": "S", "capacity_mw": 2.0, "load_mw": 0.5, "geometry": Point(0, 5000)}
    assert why(grown(tmp_path, heat_sources=town.layer([source]))[0])[0] == "no_source"
    cause, zh, en = why(grown(tmp_path, capacity_mw=0.751)[0])
    # 251 kW less the 93 of the near village leave 158; 94.9 and 63.6 lost on the way are 158.5
    assert cause == "no_capacity"
    assert "需 159 千瓦，余 158 千瓦" in zh
    assert "it needs 159 kW, 158 kW are there" in en
    thin = denser(0.1205)
    cause, zh, en = why(grown(tmp_path, thin)[0])
    assert (cause, "每米 0.120 MWh/a" in zh) == ("too_thin", True)
    assert re.search(r"least linear heat density of 0\.12[01]$", en)
    short = ([(1000, 500), (2900, 500)],)
    cause, zh, _ = why(grown(tmp_path, thin.replace("0.1205", "0.5"), roads=short)[0])
    assert cause == "no_street"
    assert "离可敷管的街道 62" in zh  # from x 2900 to the homes about 3522


@pytest.mark.parametrize(("capacity_mw", "connected"), [(0.754, [FAR]), (0.751, [])])
def test_the_source_must_have_it_left(tmp_path, capacity_mw, connected):
    """94.9 kW and 63.6 kW lost, after the 93 kW of the near village's pending homes: 251.5 kW."""
    found, _ = grown(tmp_path, capacity_mw=capacity_mw)
    assert found.connected == connected


def test_it_serves_this_year_only_if_it_can_run_by_the_deadline(tmp_path):
    found, _ = grown(tmp_path)
    # 60 days to start, and 2,545 m at 40 m a day: 124 days after 31 October.
    assert found.villages.loc[FAR, "runs_on"] == pd.Timestamp("2025-03-04")
    assert not found.villages["in_time"].any()
    assert found.reserved_kw == {"p1": pytest.approx(found.villages.loc[FAR, "drawn_kw"])}
    fast = "[prices.network]\nstart_days = 0\nbuild_m_per_day = 200\n"
    sooner, policy = grown(tmp_path, THIN + fast)
    assert sooner.villages.loc[FAR, "runs_on"] == pd.Timestamp("2024-11-13")
    assert policy.plan.deadline == date(2024, 11, 15)
    assert sooner.connected == [FAR]
    assert sooner.villages.loc[FAR, "in_time"]
    assert sooner.reserved_kw == pytest.approx({"p1": sooner.villages.loc[FAR, "drawn_kw"]})


def test_a_gap_in_the_streets_is_closed_and_said(tmp_path):
    found, _ = grown(tmp_path, roads=([(1000, 500), (2000, 500)], [(2004, 500), (3600, 500)]))
    assert found.connected == [FAR]
    said = [problem for problem in found.problems if problem.code == "street_snapped"]
    assert said
    assert "4.00 m" in said[0].message.en


def test_streets_that_hang_together_with_no_source_are_named(tmp_path):
    found, _ = grown(tmp_path, roads=([(1000, 500), (2000, 500)], [(2006, 500), (3600, 500)]))
    assert found.connected == []
    codes = {problem.code: problem.message.en for problem in found.problems}
    assert FAR in codes["streets_cut_off"]
    assert "东路" in codes["streets_cut_off"]
    assert FAR in codes["village_cut_off"]


def test_a_main_beside_the_street_can_be_tapped(tmp_path):
    """The street runs 40 m north of the main and never meets it."""
    found, _ = grown(tmp_path, roads=([(900, 540), (3600, 540)],))
    assert found.connected == [FAR]
    assert found.branches["length_m"].sum() == pytest.approx(40 + 2622.5 + 18, abs=6)


@pytest.mark.parametrize("layer", ["roads", "heat_pipes"])
def test_without_streets_or_mains_it_says_what_is_missing(tmp_path, layer):
    tables, policy = layers(), town.policy(tmp_path, THIN)
    facts = build_facts(tables, policy, town.AS_OF)
    del tables[layer]
    with pytest.raises(InputError) as refused:
        extend_network(tables, facts, price_routes(facts, policy), policy, town.AS_OF)
    assert layer in refused.value.message.en


def test_a_price_that_is_missing_never_counts_as_nothing(tmp_path):
    tables, policy = layers(), town.policy(tmp_path, THIN)
    facts = build_facts(tables, policy, town.AS_OF)
    priced = price_routes(facts, policy)
    assert missing_input(tables, priced, policy) is None
    priced["missing"] = "prices.interest,emissions.coal_co2_kg_per_t,network"
    with pytest.raises(InputError) as refused:
        extend_network(tables, facts, priced, policy, town.AS_OF)
    assert "Interest rate (prices.interest)" in refused.value.message.en
    assert "折现率（prices.interest）" in refused.value.message.zh
    assert "emissions" not in refused.value.message.en


def test_its_costs_are_priced_where_nobody_knew_them(tmp_path):
    tables, policy = layers(), town.policy(tmp_path, THIN)
    facts = build_facts(tables, policy, town.AS_OF)
    before = price_routes(facts, policy)
    found = extend_network(tables, facts, before, policy, town.AS_OF)
    after = found.priced(before)
    key = (after["village_code"] == FAR) & (after["part"] == "") & (after["route"] == "central")
    old, new, row = before[key].iloc[0], after[key].iloc[0], found.villages.loc[FAR]
    assert pd.isna(old["cost_fen_a"])
    assert old["missing"] == "network"
    assert (new["cost_fen_a"], new["missing"]) == (row["cost_fen_a"], "")
    # its mains and its station: 94.9 kW at 300 CNY/kW
    mains_cny = found.branches["capital_cny"].sum()
    assert new["station_fen"] / 100 == pytest.approx(mains_cny + 94.9 * 300, abs=0.01)
    # a DN50 at 1,200 CNY/m carries it: 271 kW
    assert found.branches["dn_mm"].tolist() == [50] * len(found.branches)
    listed = found.branches["length_m"].sum() * 1200
    assert found.branches["list_cny"].sum() == pytest.approx(listed)
    assert mains_cny > 1.3 * listed
    assert new["cost_per_household_fen_a"] == pytest.approx(row["cost_fen_a"] / 30, abs=0.5)
    pd.testing.assert_frame_equal(after[~key], before[~key])


def test_a_main_larger_than_any_priced_diameter_has_no_diameter_and_no_list_price(
    tmp_path, monkeypatch
):
    """The village needs 94.9 kW: more than the only diameter carries."""

    def small(policy):
        return replace(pipes_of(policy), dn_mm=(50,), capacity_kw=(90.0,), cny_per_m=(1200.0,))

    monkeypatch.setattr(expand, "pipes_of", small)
    found, _ = grown(tmp_path)
    assert found.connected == [FAR]
    assert found.branches["dn_mm"].isna().all()
    assert found.branches["list_cny"].isna().all()
    assert all(row["dn_mm"] is None for row in found.as_json()["branches"])


def test_dearer_pipe_and_heat_leave_the_village_out(tmp_path):
    found, _ = grown(tmp_path)
    table = sensitivity(found, ((1.0, 0.8), (1.0, 1.0), (1.0, 1.3), (3.0, 1.0)))
    assert table["connected"].tolist() == [1, 1, 0, 0]
    assert table["leaves"].tolist() == ["", "", FAR, FAR]
    assert table["cost_cny_a"][:3].is_monotonic_increasing


def test_order_of_layers_does_not_matter(tmp_path):
    found, _ = grown(tmp_path, roads=(ROAD, [(1000, 500), (1000, 900), (3500, 900), (3500, 500)]))
    turned, _ = grown(
        tmp_path, roads=([(3500, 500), (3500, 900), (1000, 900), (1000, 500)], ROAD[::-1])
    )
    assert turned.connected == found.connected
    assert turned.network.cost_cny_a == pytest.approx(found.network.cost_cny_a)


def test_an_extension_without_a_main_is_told_of_a_district_too(tmp_path):
    found, _ = grown(tmp_path, capacity_mw=0.5)
    assert not len(found.branches)
    assert list(found.of(found.villages.index).branches.columns) == list(found.branches.columns)

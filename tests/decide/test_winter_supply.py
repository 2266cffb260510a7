"""What the winter needs, by hand: a home takes 10.2 MWh, 5 kW of heat or a 3 kW device."""

from dataclasses import replace

import pandas as pd
import pytest
import town
from shapely.geometry import LineString, Point, box

from gis.costs import price_routes
from gis.decide import decide
from gis.decide.winter_supply import (
    HORIZONS,
    QUANTITIES,
    add_needs,
    heat_by_source,
    winter_needs,
    winter_supply,
)
from gis.facts import build_facts

VILLAGE = "140882001001"
COLD = pd.DataFrame({"season": ["2022-2023", "2023-2024"], "degree_days": [2400.0, 2300.0],
                     "coldest_day_c": [-20.0, -11.0]})  # fmt: skip
DESIGN = {"indoor_c": 18.0, "outdoor_design_c": -5.0}
KINDS = [
    *[{"heating": "electric", "device": "ashp_air"}] * 3, *[{"heating": "gas"}] * 2,
    {"heating": "biomass"}, *[{"heating": "central"}] * 4, *[{"in_programme": True}] * 2,
    *[{}] * 3, {"heating": "electric", "device": "ashp_air", "occupancy": "vacant"},
]  # fmt: skip


def decided(folder, extra="", kinds=KINDS, **more):
    policy = town.policy(folder, extra)
    policy = policy.model_copy(update={"demand": policy.demand.model_copy(update=DESIGN)})
    homes = [
        {"household_id": f"h{n}", "village_code": VILLAGE, "heating": "coal", "x": 10.0 + n,
         "y": 50.0, **kind}
        for n, kind in enumerate(kinds)
    ]  # fmt: skip
    tables = {
        "villages": town.villages([(VILLAGE, (0, 0, 100, 100))]),
        "coal_ban_zones": town.zones(),
        "households": town.households(homes),
        **more,
    }
    facts = build_facts(tables, policy, town.AS_OF)
    own = decide(facts, price_routes(facts, policy), None, None, policy, town.AS_OF)
    return facts, own, policy


def needed(folder, extra="", weather=COLD, *, shared=False, kinds=KINDS, **more):
    facts, decisions, policy = decided(folder, extra, kinds, **more)
    sources = facts.sources if facts.capacity_known else None
    needs = winter_needs(facts, decisions, policy)
    table = winter_supply(needs, sources, weather, policy, shared=shared)
    return table.set_index(["quantity", "horizon"])


def test_of_a_part_the_needs_are_told_and_not_what_all_share(tmp_path):
    extra = "[prices.supply]\ngas_m3_a = 5000\n"
    whole, part = needed(tmp_path, extra), needed(tmp_path, extra, shared=True)
    assert whole["secured"].notna().any()
    pd.testing.assert_series_equal(part["needed"], whole["needed"])
    assert part[["secured", "missing"]].isna().all(axis=None)
    assert part["reason"].str.endswith("shared").all()


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return needed(tmp_path_factory.mktemp("plan"))


def test_every_quantity_is_said_for_every_horizon(table):
    assert list(table.index) == [(name, when) for name in QUANTITIES for when in HORIZONS]


@pytest.mark.parametrize(
    ("quantity", "by_hand"),
    [
        # 3, 5 and 8 devices of 3 kW, 0.7 of them at once; all at once on the coldest day
        ("power_design_mw", [0.0063, 0.0105, 0.0168]),
        ("power_coldest_mw", [0.009, 0.015, 0.024]),
        ("power_season_gwh", [0.0102 * n / 2.7 for n in (3, 5, 8)]),
        # 10 kW ÷ (10,200 kWh ÷ 1,170 m³); × 38 ÷ 23 at 20 degrees below zero
        ("gas_design_m3_h", [10 * 1170 / 10200] * 3),
        ("gas_coldest_m3_h", [10 * 1170 / 10200 * 38 / 23] * 3),
        ("gas_design_m3_day", [240 * 1170 / 10200] * 3),
        ("gas_coldest_m3_day", [240 * 1170 / 10200 * 38 / 23] * 3),
        ("gas_season_m3", [2340.0] * 3),
        # the season from 15 November to 15 March has 121 days; three of them are stored
        ("gas_storage_m3", [2340 / 121 * 3] * 3),
        # four homes draw 0.62 + 0.38 ÷ 4 of 20 kW at once
        ("heat_design_mw", [0.0143] * 3),
        ("heat_coldest_mw", [0.0143 * 38 / 23] * 3),
        ("heat_season_mwh", [40.8] * 3),
        ("biomass_t", [2.5] * 3),
        # 30 of the 121 days are in store, at 600 kg a m³; 30 t a km² are collected
        ("biomass_store_t", [2.5 / 121 * 30] * 3),
        ("biomass_store_m3", [2.5 / 121 * 30 / 0.6] * 3),
        ("biomass_radius_km", [(2.5 / 30 / 3.14159265) ** 0.5] * 3),
        ("clean_coal_t", [12.5, 7.5, 0.0]),
    ],
)
def test_needs_by_hand(table, quantity, by_hand):
    assert table.loc[quantity, "needed"].tolist() == pytest.approx(by_hand, abs=1e-6)


def test_what_nobody_has_stated_is_blank_with_its_reason(table, tmp_path):
    assert table["secured"].isna().all()
    assert table["missing"].isna().all()
    assert table.loc[("power_design_mw", "stock"), "reason"] == "not_stated"
    assert table.loc[("heat_design_mw", "stock"), "reason"] == "no_capacity"
    warm = needed(tmp_path, weather=None)
    assert warm.loc["gas_coldest_m3_h", "needed"].isna().all()
    assert warm.loc[("gas_coldest_m3_h", "all"), "reason"] == "no_coldest_day+not_stated"


def test_what_is_secured_is_held_against_the_need(tmp_path):
    stated = needed(tmp_path, "[prices.supply]\ngas_m3_a = 2000\nelectricity_kwh_a = 40000\n")
    assert stated.loc["gas_season_m3", "missing"].tolist() == pytest.approx([-340.0] * 3)
    power = stated.loc[("power_season_gwh", "stock")]
    assert power["missing"] == pytest.approx(0.04 - 0.0102 * 3 / 2.7, abs=1e-6)
    assert power["reason"] == ""


def test_seasons_without_a_coldest_day_say_nothing_of_one(tmp_path):
    blank = needed(tmp_path, weather=COLD.assign(coldest_day_c=float("nan")))
    assert blank.loc[["gas_coldest_m3_h", "heat_coldest_mw"], "needed"].isna().all()
    assert blank.loc[("heat_coldest_mw", "all"), "reason"] == "no_coldest_day+no_capacity"
    mild = needed(tmp_path, weather=COLD.assign(coldest_day_c=-4.0))
    assert mild.loc[("heat_coldest_mw", "all"), "needed"] == pytest.approx(0.0143)


def plant(load_mw):
    pipe = town.layer(
        [{"pipe_id": "P", "dn_mm": 300.0, "status": "in_service", "role": "secondary",
          "geometry": LineString([(0, 50), (100, 50)])}],
        "in_service_on",
    )  # fmt: skip
    row = {"source_id": "S", "capacity_mw": 1.0, "load_mw": load_mw, "geometry": Point(0, 50)}
    return {"heat_pipes": pipe, "heat_sources": town.layer([row])}


def test_heat_at_once_is_needed_by_all_customers_of_the_source(tmp_path):
    """0.9 MW are connected, of which 4 homes are ours; 2 listed and 3 later ones come to it."""
    table = needed(tmp_path, **plant(0.9))
    more = [0.0, 0.005 * (2 * 0.62 + 0.38), 0.005 * (5 * 0.62 + 0.38)]
    design = table.loc["heat_design_mw"]
    assert design["needed"].tolist() == pytest.approx([0.9 + mw for mw in more])
    assert design["missing"].tolist() == pytest.approx([0.1 - mw for mw in more])
    few = needed(tmp_path, **plant(0.01)).loc["heat_design_mw", "needed"]
    assert few.tolist() == pytest.approx([0.0143 + mw for mw in more])


def test_each_source_is_held_against_its_own_homes(tmp_path):
    """Four homes on the plant and five to come; two heat centrally where nobody knows from what."""
    far = [
        {"heating": "central", "x": 5000.0 + n, "village_code": "140882001002"} for n in range(2)
    ]
    more = {"villages": town.villages([(VILLAGE, (0, 0, 100, 100)),
                                       ("140882001002", (4900, 0, 5100, 100))])}  # fmt: skip
    facts, decisions, policy = decided(tmp_path, kinds=[*KINDS, *far], **more, **plant(0.9))
    rows = heat_by_source(winter_needs(facts, decisions, policy), facts.sources, policy)
    unknown, known = (rows[rows["source_piece"].eq("") == blank] for blank in (True, False))
    assert known["horizon"].tolist() == unknown["horizon"].tolist() == list(HORIZONS)
    assert known["source_ids"].tolist() == ["S"] * 3
    assert unknown["source_ids"].tolist() == [""] * 3
    assert known[["homes", "came"]].to_numpy().tolist() == [[4, 0], [6, 2], [9, 5]]
    own = [0.9, 0.9 + 0.005 * (2 * 0.62 + 0.38), 0.9 + 0.005 * (5 * 0.62 + 0.38)]
    assert known["needed_mw"].tolist() == pytest.approx(own, abs=1e-6)
    assert known["missing_mw"].tolist() == pytest.approx([1 - mw for mw in own], abs=1e-6)
    assert unknown["homes"].tolist() == [2, 2, 2]
    assert unknown["needed_mw"].tolist() == pytest.approx([0.005 * (2 * 0.62 + 0.38)] * 3, abs=1e-6)
    assert unknown[["available_mw", "missing_mw"]].isna().all(axis=None)
    facts, decisions, policy = decided(tmp_path, **plant(0.01))
    least = heat_by_source(winter_needs(facts, decisions, policy), facts.sources, policy)[
        "needed_mw"
    ]
    assert least.iloc[0] == pytest.approx(0.0143)  # the ledger's homes draw more than was stated


def test_homes_of_whom_it_is_not_known_are_counted_beside_the_rest(tmp_path):
    """Of four homes on coal one is inside a zone, and one stands on its line."""
    edge = town.zones({"zone_id": "Z", "geometry": box(13.9, -900, 900, 900)})
    kinds = [{"accuracy_m": 0.1}, {"x": 5.0, "accuracy_m": 0.1}, {"x": 14.0}, {"x": 55.0}]
    coal = needed(tmp_path, "[prices.supply]\nclean_coal_t_a = 9\n", kinds=kinds,
                  coal_ban_zones=edge).loc[("clean_coal_t", "stock")]  # fmt: skip
    assert [coal["homes"], coal["not_counted"], coal["needed"]] == [3, 1, 5.0]
    assert pd.isna(coal["missing"])
    assert coal["reason"] == "zone_unknown"


def test_a_device_without_an_efficiency_leaves_its_homes_out(tmp_path):
    kinds = [{"heating": "electric", "device": name} for name in ("ashp_air", "direct_electric")]
    extra = "[prices.supply]\nelectricity_kwh_a = 9000\npower_mw = 0.005\n"
    table = needed(tmp_path, extra, kinds=kinds)
    season = table.loc[("power_season_gwh", "stock")]
    assert [season["homes"], season["not_counted"]] == [2, 1]
    assert season["needed"] == pytest.approx(0.0102 / 2.7, abs=1e-6)
    assert pd.isna(season["missing"])
    assert season["reason"] == "no_efficiency"
    none = needed(tmp_path, extra, kinds=kinds[1:]).loc[("power_season_gwh", "stock")]
    assert pd.isna(none["needed"])
    # two devices of 3 kW against 5 kW, of which 0.7 draw at once on the design day
    peaks = table.loc[[("power_design_mw", "stock"), ("power_coldest_mw", "stock")], "missing"]
    assert peaks.tolist() == pytest.approx([0.0008, -0.001])


def test_a_home_to_convert_takes_what_its_own_choice_needs(tmp_path):
    kinds = [{"device_chosen": "ashp_water"}, {"heating": "electric"}]
    season = needed(tmp_path, kinds=kinds).loc["power_season_gwh", "needed"]
    now, later = 0.0102 / 2.7, 0.0102 / 2.7 + 0.0102 / 2.4
    assert season.tolist() == pytest.approx([now, now, later], abs=1e-6)


def test_the_needs_of_parts_are_those_of_all(tmp_path):
    """However the homes are parted, diversity is that of all of them together."""
    facts, decisions, policy = decided(tmp_path, **plant(0.01))
    parts = [
        winter_needs(
            replace(facts, households=facts.households[own]),
            replace(decisions, households=decisions.households[own]), policy,
        )
        for own in (facts.households.index % 3 == rest for rest in range(3))
    ]  # fmt: skip
    whole = winter_needs(facts, decisions, policy)
    tables = [winter_supply(one, facts.sources, COLD, policy) for one in (whole, add_needs(parts))]
    pd.testing.assert_frame_equal(*tables)
    by_source = [heat_by_source(one, facts.sources, policy) for one in (whole, add_needs(parts))]
    pd.testing.assert_frame_equal(*by_source)

"""What the winter needs, worked out by hand: a home takes 10.2 MWh, 5 kW of heat or a 3 kW device."""

import pandas as pd
import pytest
import town

from gis.costs import price_routes
from gis.decide import decide
from gis.decide.winter_supply import HORIZONS, QUANTITIES, winter_supply
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


def needed(folder, extra="", weather=COLD, *, shared=False):
    policy = town.policy(folder, extra)
    policy = policy.model_copy(update={"demand": policy.demand.model_copy(update=DESIGN)})
    homes = [
        {"household_id": f"h{n}", "village_code": VILLAGE, "heating": "coal", "x": 10.0 + n,
         "y": 50.0, **kind}
        for n, kind in enumerate(KINDS)
    ]  # fmt: skip
    tables = {
        "villages": town.villages([(VILLAGE, (0, 0, 100, 100))]),
        "coal_ban_zones": town.zones(),
        "households": town.households(homes),
    }
    facts = build_facts(tables, policy, town.AS_OF)
    decisions = decide(facts, price_routes(facts, policy), None, None, policy, town.AS_OF)
    table = winter_supply(facts, decisions, weather, policy, shared=shared)
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
        ("gas_season_m3", [2340.0] * 3),
        ("heat_design_mw", [0.02] * 3),
        ("heat_coldest_mw", [0.02 * 38 / 23] * 3),
        ("heat_season_mwh", [40.8] * 3),
        ("biomass_t", [2.5] * 3),
        ("clean_coal_t", [12.5, 7.5, 0.0]),
    ],
)
def test_needs_by_hand(table, quantity, by_hand):
    assert table.loc[quantity, "needed"].tolist() == pytest.approx(by_hand)


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
    assert power["missing"] == pytest.approx(0.04 - 0.0102 * 3 / 2.7)
    assert power["reason"] == ""

"""Subsidy rules as data: other cities' rules, sums worked by hand; keys that would do nothing."""

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
import town

from gis import i18n
from gis.costs.household import HomeKind, household_cost
from gis.costs.subsidy import by_payer, most_fen, once_fen, season_fen
from gis.errors import InputError
from gis.facts.transformer_loads import device_watts
from gis.layers.columns import LAYERS, with_devices
from gis.policy import read_policy
from gis.policy.subsidies import SubsidyRule

ELSEWHERE = Path(__file__).parents[2] / "layers" / "hejin-2024" / "elsewhere"


@pytest.fixture(scope="module")
def cities():
    return {path.stem: read_policy(path) for path in ELSEWHERE.glob("*.toml")}


def test_the_rules_are_those_of_three_cities_and_nothing_is_verified(cities):
    assert set(cities) == {"zibo-2021", "binzhou-2018", "liaocheng-2018"}
    for policy in cities.values():
        own = [one for key, one in policy.provenance.items() if key.startswith("subsidies.")]
        assert not any(one.verified for one in own)
        assert all(one.source for one in own)


# price of the equipment [yuan], what is paid [fen]
ZIBO_ONCE = [
    ("gas", 3000, 210_000),  # 70 %
    ("gas", 3857.14, 270_000),  # 2,699.998 yuan, to the fen
    ("gas", 5000, 270_000),  # the cap
    ("electric", 6000, 510_000),  # 85 %
    ("electric", 6705.88, 570_000),
    ("electric", 8000, 570_000),
    ("biomass", 3000, 255_000),
    ("biomass", 4118, 350_000),
    ("central", 9000, 300_000),  # 60 of 100 m² at 50 yuan
    ("central", 2000, 200_000),  # never more than it costs
]


@pytest.mark.parametrize(("name", "price", "paid"), ZIBO_ONCE)
def test_zibo_once(cities, name, price, paid):
    rule = cities["zibo-2021"].subsidies.equipment[name]
    assert once_fen(rule, round(price * 100), Decimal(100)) == paid
    if rule.share is not None:
        assert once_fen(rule, None, Decimal(100)) is None  # unknown, not 0


@pytest.mark.parametrize(
    ("route", "used", "paid"),
    [
        ("electric", "5999.99", 120_000),  # 1,199.998 yuan
        ("electric", "5000", 100_000),
        ("electric", "6000", 120_000),
        ("electric", "6001", 120_000),
        ("gas", "1199.99", 119_999),
        ("gas", "1200", 120_000),
        ("gas", "1200.01", 120_000),
        ("biomass", "1.5", 90_000),
        ("biomass", "2.5", 120_000),
    ],
)
def test_zibo_each_season(cities, route, used, paid):
    rule = cities["zibo-2021"].subsidies.running_rule(route)
    assert season_fen(rule, Decimal(used), 2021) == paid


def test_zibo_by_payer(cities):
    rules = cities["zibo-2021"].subsidies
    payers = rules.payers_of(rules.running_rule("electric"))
    assert by_payer(120_000, payers) == {"市级": 36_000, "县级": 84_000}
    assert by_payer(1, payers) == {"市级": 0, "县级": 1}
    assert by_payer(5, payers) == {"市级": 2, "县级": 3}  # 1.5 and 3.5: the first named comes first
    assert sum(by_payer(119_999, payers).values()) == 119_999
    assert by_payer(7, {}) == {"": 7}


@pytest.mark.parametrize(
    ("year", "paid"),
    [(2018, 120_000), (2022, 120_000), (2023, 90_000), (2024, 60_000), (2025, 30_000), (2026, 0)],
)
def test_binzhou_decreases_and_ends(cities, year, paid):
    rules = cities["binzhou-2018"].subsidies
    assert season_fen(rules.running_rule("electric"), Decimal(7000), year) == paid
    assert season_fen(rules.running_rule("gas"), Decimal(1200), year) == paid
    assert most_fen(rules.running_rule("electric"), year) == paid
    assert once_fen(rules.equipment["electric"], 800_000, Decimal(100)) == 460_000


def test_liaocheng_pays_fixed_sums_for_three_seasons(cities):
    policy = cities["liaocheng-2018"]
    rule = policy.subsidies.running_rule("electric")
    assert (season_fen(rule, Decimal(0), 2018), rule.seasons) == (100_000, 3)
    home = HomeKind(100.0)
    paid = {
        device: household_cost("electric", device, home, policy).equipment_subsidy_fen
        for device in ("ashp_air", "ashp_water", "direct_electric")
    }
    assert paid == {"ashp_air": 650_000, "ashp_water": 650_000, "direct_electric": 500_000}
    assert household_cost("gas", "gas_boiler", home, policy).equipment_subsidy_fen == 500_000
    coal = household_cost("clean_coal", "clean_coal_stove", home, policy)
    assert (coal.equipment_subsidy_fen, coal.running_subsidy_fen_a) == (0, 0)


def test_the_cost_of_a_home_by_zibos_rules(cities):
    """Gas: of the boiler's 5,000 yuan 2,700, of connection 3,000 all; 1,170 m³ in a season."""
    policy = cities["zibo-2021"]
    gas = household_cost("gas", "gas_boiler", HomeKind(100.0), policy)
    assert (gas.equipment_fen, gas.connection_fen) == (500_000, 300_000)
    assert gas.equipment_subsidy_fen == 270_000 + 300_000
    assert gas.running_subsidy_fen_a == 117_000
    own = household_cost("gas", "gas_boiler", HomeKind(100.0, subsidised=False), policy)
    assert own.equipment_subsidy_fen == 0
    assert own.own_fen_a > gas.own_fen_a
    # 10,200 kWh of heat by a COP of 2.7: 3,777.8 kWh at 0.2 yuan
    electric = household_cost("electric", "ashp_air", HomeKind(100.0), policy)
    assert electric.running_subsidy_fen_a == 75_556
    # 2.5 t of fuel, of which two are paid for
    biomass = household_cost("biomass", "biomass_stove", HomeKind(100.0), policy)
    assert biomass.running_subsidy_fen_a == 120_000
    central = household_cost("central", "central", HomeKind(50.0), policy)
    assert central.equipment_subsidy_fen == 250_000  # 50 m²


@pytest.mark.parametrize(
    ("city", "device", "area_m2", "paid"),
    [
        ("zibo-2021", "shared_gas", 50.0, 250_000),  # 50 of 60 m² at 50 yuan
        ("zibo-2021", "shared_gas", 60.0, 300_000),
        ("zibo-2021", "shared_gas", 100.0, 300_000),
        ("zibo-2021", "shared_electric", 59.0, 295_000),
        ("zibo-2021", "shared_electric", 61.0, 300_000),
        ("binzhou-2018", "shared_electric", 100.0, 460_000),  # a home as any other
    ],
)
def test_shared_plants_are_devices_with_their_own_rule(cities, city, device, area_m2, paid):
    """Zibo pays the gas connection of 3,000 yuan beside it."""
    policy, route = cities[city], "gas" if device == "shared_gas" else "electric"
    assert device in policy.route(route).devices
    cost = household_cost(route, device, HomeKind(area_m2), policy)
    connection = 300_000 if route == "gas" else 0
    assert cost.equipment_subsidy_fen == paid + connection


def test_by_the_price_of_another_device(tmp_path):
    """All of the price of the tender's air-air heat pump, whatever the device costs."""
    rule = '[subsidies.equipment.ashp_water]\nshare = 1.0\nprice_of = "ashp_air"'
    policy = town.policy(tmp_path, rule + "\n[prices.equipment_cny]\nashp_air = 4000.5")
    cost = household_cost("electric", "ashp_water", HomeKind(100.0), policy)
    assert (cost.equipment_fen, cost.equipment_subsidy_fen) == (1_500_000, 400_050)
    own = household_cost("electric", "ashp_air", HomeKind(100.0), policy)
    assert own.equipment_subsidy_fen is None  # no rule: the tender is pending


def test_most_of_a_season(cities):
    assert most_fen(SubsidyRule(cny_per_kwh=0.1), 2024) is None  # no cap: no ceiling
    assert most_fen(SubsidyRule(cny_per_kwh=0.1, cap_cny=1040.0), 2024) == 104_000
    assert most_fen(SubsidyRule(cny_per_kwh=0.2, cap_kwh=6000.0, cap_cny=1000.0), 2024) == 100_000


FAULTS = [
    ("[subsidies.running.electric]\ncny_per_m3 = 1.0", "subsidy_unit"),
    ("[subsidies.running.electric]\nshare = 0.5", "subsidy_unit"),
    ("[subsidies.running.electric]\ncap_cny = 1.0", "subsidy_basis"),
    ("[subsidies.running.electric]\nfixed_cny = 1.0\ncny_per_kwh = 1.0", "subsidy_basis"),
    ("[subsidies.running.electric]\ncny_per_kwh = 1.0\ncap_m3 = 5.0", "subsidy_cap"),
    ("[subsidies.running.electric]\nfixed_cny = 1.0\ncap_kwh = 5.0", "subsidy_cap"),
    ("[subsidies.running.electric]\ncny_per_kwh = 1.0\nvalley_cny_per_kwh = 0.3", "subsidy_steps"),
    ("[subsidies.running.gas]\ncny_per_m3 = 1.0\ntiers = [{ upto_m3 = 540 }]", "subsidy_steps"),
    ("[subsidies.running.gas]\ncny_per_m3 = 1.0\nupto_m3 = 540", "unknown_key"),
    ("[subsidies.running.electric]\nfixed_cny = 1.0\npayers = { a = 0.5, b = 0.4 }", "payers_sum"),
    ("[subsidies.running.electric]\nfixed_cny = 1.0\nseasons = 0", "wrong_value"),
    ("[subsidies.running.solar]\nfixed_cny = 1.0", "subsidy_of_nothing"),
    ("[subsidies.running.clean_coal]\ncny_per_t = 1.0", "key_without_effect"),  # not in the plan
    ("[subsidies.running.electric]\nfixed_cny = 1.0\n[subsidies]\nelectric_cny_per_kwh = 0.1",
     "key_without_effect"),
    ("[subsidies.equipment.electric]\ncny_per_kwh = 1.0", "subsidy_unit"),
    ("[subsidies.equipment.electric]\nfixed_cny = 1.0\nseasons = 3", "subsidy_once"),
    ("[subsidies.equipment.ashp_warter]\nfixed_cny = 1.0", "key_without_effect"),
    ("[subsidies.equipment.electric]\nfixed_cny = 1.0\nprice_of = \"ashp_air\"",
        "subsidy_price_of"),
    (
        ("[subsidies.equipment.ashp_air]\nfixed_cny = 1.0\n"
         "[prices.equipment_subsidy_cny]\nashp_air = 5"),
        "key_without_effect",
    ),
    ("[subsidies.connection.central]\nfixed_cny = 1.0", "subsidy_of_nothing"),
    ("[prices.energy]\nvalley_cny_per_kwh = 0.3", "key_without_effect"),
    ("[prices]\nvalley = 0.3", "key_without_effect"),
    ("[prices.valley]\nprice = 0.3", "key_without_effect"),
    ("[prices.equipment_cny]\nashp_warter = 5000", "key_without_effect"),
    ("[prices.pipe_cny_per_m]\nD50 = 5000", "key_without_effect"),
    ("[prices.gas]\nmeter_cny = 300", "key_without_effect"),
    ("[emissions]\ncoal_nox_kg_per_t = 1", "key_without_effect"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), FAULTS)
def test_a_key_that_would_do_nothing_is_refused(tmp_path, text, code):
    with pytest.raises(InputError) as refused:
        town.policy(tmp_path, text)
    assert code in {one.code for one in refused.value.problems}


@pytest.mark.parametrize(
    "text",
    [
        "[prices.pipe_cny_per_m]\nDN65 = 1300",
        "[prices.supply]\npower_mw = 1.0",
        "[prices]\nsource_cny_per_kw = 100",
        "[emissions]\nclean_coal_co2_kg_per_t = 1800",
        '[devices.shared_ashp]\nroute = "electric"\nequipment_cny = 7000\ncop = 2.6',
    ],
)
def test_keys_that_something_reads_are_kept(tmp_path, text):
    assert town.policy(tmp_path, text)


def test_new_technology_is_a_device_with_names_power_price_and_life(tmp_path):
    text = (
        '[devices.shared_ashp]\nroute = "electric"\nkw = 2.5\nequipment_cny = 7000\n'
        "equipment_life_a = 15\ncop = 2.6\n"
        '[devices.pv_direct_dc]\nroute = "electric"\nkw = 1.5\n'
    )
    policy = town.policy(tmp_path, text)
    assert policy.route("electric").devices[-2:] == ("shared_ashp", "pv_direct_dc")
    cost = household_cost("electric", "shared_ashp", HomeKind(100.0), policy)
    assert cost.equipment_fen == 700_000
    names = i18n.messages("terms")["device"]
    assert names["pv_direct_dc"]["zh"] == "光电直柔"
    assert names["shared_ashp"]["en"] == "Shared air-source heat pump"
    words = with_devices(LAYERS["households"], policy.devices).by_name["device"].words
    assert words["集中式空气能"] == "shared_ashp"
    homes = pd.DataFrame(
        {"device": ["shared_ashp", None, "ashp_air", "pv_direct_dc"],
         "device_chosen": [None, "pv_direct_dc", "shared_ashp", None],
         "device_kw": [None, None, None, 2.0], "device_count": [None, None, None, 2]}
    )  # fmt: skip
    # its own power, that of the device the plan brings, else the policy's 3 kW
    assert device_watts(homes, policy.electric).tolist() == [2500, 1500, 3000, 4000]
    with pytest.raises(InputError):
        town.policy(tmp_path, '[devices.x]\nroute = "electric"\nlife = 5')


@pytest.mark.parametrize(
    ("used", "paid"),
    [
        ("0.05", 1),  # 0.005 yuan: half up
        ("0.0499", 0),
        ("10399.94", 103_999),  # 1039.994
        ("10399.95", 104_000),  # 1039.995 is the cap once it is rounded
        ("10400", 104_000),  # the cap exactly
        ("10400.05", 104_000),
    ],
)
def test_half_a_fen_and_the_cap_exactly(used, paid):
    assert season_fen(SubsidyRule(cny_per_kwh=0.1, cap_cny=1040.0), Decimal(used), 2024) == paid


@pytest.mark.parametrize(
    ("price_fen", "paid"),
    [
        (1, 0),  # 0.3 fen
        (5, 2),  # 1.5 fen: half up
        (899_998, 269_999),  # 2699.994
        (899_999, 270_000),  # 2699.997
        (900_000, 270_000),  # the cap exactly
        (900_002, 270_000),
    ],
)
def test_a_share_of_the_price_with_its_cap(price_fen, paid):
    rule = SubsidyRule(share=0.3, cap_cny=2700.0)
    assert once_fen(rule, price_fen, Decimal(100)) == paid


def test_payers_of_a_single_fen_and_of_thirds():
    """The fen left over goes to the largest remainder, of equal ones to the payer named first."""
    halves = {"省级": 0.5, "县级": 0.5}
    assert by_payer(1, halves) == {"省级": 1, "县级": 0}
    assert by_payer(10_001, {"省级": 0.3, "市级": 0.3, "县级": 0.4}) == {
        "省级": 3000, "市级": 3000, "县级": 4001,
    }  # fmt: skip

"""The running subsidy to the fen, its caps, the supplement, and every exception."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
import pytest
import town
from audit.cleared_home import NEXT, VILLAGE
from shapely.geometry import Point

from gis.audit import settlement
from gis.audit.evidence import last_full_season
from gis.audit.next_season import next_season_bill

PLAN = """
[subsidies]
electric_cny_per_kwh = 0.1
electric_cap_cny = 1040
gas_cny_per_m3 = 1.0
gas_cap_cny = 1200
hardship_once_cny = 200
"""
HOME = {
    "plan_year": 2023, "signed_on": "2023-05-01", "installed_on": "2023-08-01",
    "energised_on": "2023-09-01", "accepted_on": "2023-10-01", "device": "ashp_air",
    "heating_kwh": 3000.0, "floor_area_m2": 100.0,
}  # fmt: skip
GAS = HOME | {"heating": "gas", "device": "gas_boiler", "heating_kwh": None, "heating_m3": 800.0}


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return town.policy(tmp_path_factory.mktemp("plan"), PLAN)


@pytest.fixture
def settle(facts_of, plan):
    def settled(homes, as_of=town.AS_OF, plan=plan, **layers):
        rows = [HOME | home for home in homes]
        facts = facts_of(rows, [], plan=plan, **layers)
        return settlement.settle_season(facts, plan, last_full_season(as_of, plan), as_of)

    return settled


def one(settled):
    assert len(settled.households) == 1
    return settled.households.iloc[0]


RUNNING = [
    ({"heating_kwh": 3000.0}, 30_000, False),
    ({"heating_kwh": 10_400.0}, 104_000, False),  # the cap exactly
    ({"heating_kwh": 10_400.1}, 104_000, True),
    ({"heating_kwh": 1234.5}, 12_345, False),
    ({"heating_kwh": 1234.55}, 12_346, False),  # half a fen is one
    ({"heating_kwh": 1234.549}, 12_345, False),
    (GAS, 80_000, False),
    (GAS | {"heating_m3": 1200.0}, 120_000, False),
    (GAS | {"heating_m3": 1200.01}, 120_000, True),
    (GAS | {"heating_m3": 1.0}, 100, False),
    ({"season": "2023-2024"}, 30_000, False),
]


def test_the_running_subsidy(settle):
    table = settle([home for home, _, _ in RUNNING]).households
    found = table[["due_fen", "held_fen", "capped", "exception"]].to_numpy().tolist()
    assert found == [[fen, 0, capped, ""] for _, fen, capped in RUNNING]


def test_times_fen_equals_decimal():
    dice = np.random.default_rng(5)
    quantity = np.round(dice.uniform(0, 30_000, 2000), 3)
    for price in (0.1, 0.477, 1.0, 0.00001, 2.6):
        exact = [
            int(
                (Decimal(repr(float(q))) * Decimal(repr(price)) * 100).quantize(
                    Decimal(1), ROUND_HALF_UP
                )
            )
            for q in quantity
        ]
        assert settlement.times_fen(quantity, price).tolist() == exact


EXCEPTIONS = [
    ({"acceptance_result": "fail"}, "not_accepted", 30_000),
    ({"acceptance_result": None}, "not_accepted", 30_000),
    ({"acceptance_by": "village"}, "not_accepted", 30_000),
    ({"accepted_on": "2024-11-01"}, "not_accepted", 30_000),
    ({"accepted_on": None}, "not_accepted", 30_000),
    ({"device": "electric_boiler"}, "ineligible_device", 30_000),
    ({"device": None}, "ineligible_device", 30_000),
    ({"device": "gas_boiler"}, "ineligible_device", 30_000),
    ({"heating_kwh": None}, "no_reading", 0),
    ({"season": "2022-2023"}, "other_season", 0),
    ({"heating_kwh": -1.0}, "implausible", 0),
    ({"heating_kwh": 20_400.0}, "", 0),  # twice 10.2 MWh
    ({"heating_kwh": 20_401.0}, "implausible", 104_000),
    ({"heating_kwh": 20_401.0, "floor_area_m2": 101.0}, "", 0),
    (GAS | {"heating_m3": 2341.0}, "implausible", 120_000),  # twice 1,170 m3
    (GAS | {"heating_m3": 2340.0}, "", 0),
    ({"heating_kwh": 199.0}, "no_use", 1990),
    ({"heating_kwh": 200.0}, "", 0),
    (GAS | {"heating_m3": 0.0}, "no_use", 0),
    ({"heating": "coal"}, "not_clean", 30_000),
    ({"heating": "central"}, "not_clean", 30_000),
    ({"reject_reason": "duplicate_id"}, "rejected", 30_000),
]


def test_each_exception_holds_the_money(settle):
    table = settle([home for home, _, _ in EXCEPTIONS]).households
    found = table[["exception", "held_fen"]].to_numpy().tolist()
    assert found == [[exception, held] for _, exception, held in EXCEPTIONS]
    assert ((table["due_fen"] > 0) == (table["exception"] == "")).all()


FUEL = HOME | {"heating": "biomass", "device": "biomass_stove", "heating_kwh": None}
AREA = HOME | {"heating": "central", "device": "radiator", "heating_kwh": None, "season": None}
BY_TONNE = """
[subsidies.running.biomass]
cny_per_t = 600
cap_t = 2
seasons = 2
payers = { "市级" = 0.5, "县级" = 0.5 }
[subsidies.running.central]
cny_per_m2 = 5.5
cap_m2 = 80
"""
FUELLED = [  # what is due, what is held [fen], capped, exception
    (FUEL | {"heating_t": 1.5}, 90_000, 0, False, ""),
    (FUEL | {"heating_t": 2.0}, 120_000, 0, False, ""),
    (FUEL | {"heating_t": 2.001}, 120_000, 0, True, ""),
    (FUEL | {"heating_t": 0.001}, 60, 0, False, ""),
    (FUEL | {"heating_t": 5.0}, 120_000, 0, True, ""),  # twice the season's 2.5 t of 100 m²
    (FUEL | {"heating_t": 5.001}, 0, 120_000, True, "implausible"),
    (FUEL | {"heating_t": None}, 0, 0, False, "no_reading"),
    (FUEL | {"heating_t": 0.0}, 0, 0, False, "no_use"),
    (FUEL | {"heating_t": 1.5, "season": "2022-2023"}, 0, 0, False, "other_season"),
    (FUEL | {"heating_t": 1.5, "acceptance_result": None}, 0, 90_000, False, "not_accepted"),
    (FUEL | {"heating": "coal", "heating_t": 1.5}, 0, 90_000, False, "not_clean"),
    (AREA | {"floor_area_m2": 79.5}, 43_725, 0, False, ""),
    (AREA | {"floor_area_m2": 80.1}, 44_000, 0, True, ""),
    (AREA | {"floor_area_m2": None}, 0, 0, False, "no_area"),
]


def test_fuel_by_the_tonne_and_heat_by_area(settle, tmp_path):
    plan = town.policy(tmp_path, PLAN + BY_TONNE)
    settled = settle([home for home, *_ in FUELLED], plan=plan)
    found = settled.households[["due_fen", "held_fen", "capped", "exception"]]
    assert found.to_numpy().tolist() == [list(said) for _, *said in FUELLED]
    units = settled.households.drop_duplicates("mode").set_index("mode")["unit"]
    assert units.to_dict() == {"biomass": "t", "central": "m2"}
    due = 90_000 + 3 * 120_000 + 60
    payers = settled.payers.groupby(["mode", "payer"])["due_fen"].sum()
    assert payers["biomass", "市级"] == payers["biomass", "县级"] == due // 2
    assert payers["central", ""] == 43_725 + 44_000


def test_fuel_at_a_fixed_sum_a_season_and_for_some_seasons(settle, tmp_path):
    rule = "[subsidies.running.biomass]\nfixed_cny = 1200.55\nseasons = 2\n"
    plan = town.policy(tmp_path, PLAN + rule)
    early = {
        "installed_on": "2022-08-01",
        "energised_on": "2022-09-01",
        "accepted_on": "2022-10-01",
    }
    homes = [
        FUEL | {"heating_t": None},
        FUEL | early,  # the second season
        FUEL | {name: on.replace("2022", "2021") for name, on in early.items()},  # a third
    ]
    settled = settle(homes, plan=plan)
    assert settled.households[["household", "due_fen"]].to_numpy().tolist() == [
        [0, 120_055], [1, 120_055],
    ]  # fmt: skip


def test_a_fixed_sum_of_nothing_asks_for_no_reading_either(settle, tmp_path):
    plan = town.policy(tmp_path, PLAN + "[subsidies.running.biomass]\nfixed_cny = 0\n")
    home = one(settle([FUEL | {"heating_t": None}], plan=plan))
    assert home[["due_fen", "held_fen", "exception"]].tolist() == [0, 0, ""]


def test_next_seasons_fuel_of_the_whole_stock(facts_of, tmp_path):
    """One with 1.5 t, one without a quantity: 900 yuan are expected, 2,400 at the most."""
    plan = town.policy(tmp_path, PLAN + BY_TONNE)
    facts = facts_of([FUEL | {"heating_t": 1.5}, FUEL | {"heating_t": None}], [], plan=plan)
    season = last_full_season(town.AS_OF, plan)
    settled = settlement.settle_season(facts, plan, season, town.AS_OF)
    bill = next_season_bill(facts, plan, settled, town.AS_OF).iloc[0]
    assert bill[["mode", "homes", "unmetered_homes"]].tolist() == ["biomass", 2, 1]
    assert bill[["expected_fen", "ceiling_fen"]].tolist() == [90_000, 240_000]


def test_subsidies_that_nothing_settles_are_named(tmp_path):
    rules = PLAN + BY_TONNE + "[subsidies.connection.gas]\nfixed_cny = 3000\n"
    assert settlement.unsettled_rules(town.policy(tmp_path, rules)) == (("connection", "gas"),)
    assert settlement.unsettled_rules(town.policy(tmp_path, PLAN)) == ()


def test_homes_of_a_route_without_a_running_subsidy_claim_nothing(settle):
    assert settle([FUEL | {"heating_t": 1.5}, AREA]).households.empty


def test_who_claims_nothing(settle):
    quiet = {"heating_kwh": None, "heating_m3": None}
    homes = [
        quiet | {"heating": "coal"},
        quiet | {"heating": "central"},
        quiet | {"accepted_on": "2024-03-16"},  # after the season had ended
        {"reject_reason": "duplicate_row"},
    ]
    assert settle(homes).households.empty


def test_who_was_accepted_by_the_end_of_the_season_has_a_claim(settle):
    row = one(settle([{"heating_kwh": None, "accepted_on": "2024-03-15"}]))
    assert row["exception"] == "no_reading"


LATE = {"accepted_on": None, "acceptance_result": None}
PROGRAMME = [  # the season ended on 15 March 2024
    ({"installed_on": "2024-03-15"}, ["not_accepted"]),
    ({"installed_on": "2024-03-16"}, []),
    ({"installed_on": "2024-03-16", "heating_kwh": None}, []),
    ({"energised_on": "2024-03-16"}, []),
    ({"plan_year": 2023}, ["not_accepted"]),
    ({"plan_year": 2024}, []),
    ({"plan_year": None, "in_programme": True}, []),  # this year's list, that of 2024
    ({"plan_year": None, "in_programme": False}, ["not_accepted"]),
    ({"plan_year": 2023, "in_programme": True}, ["not_accepted"]),
    ({"plan_year": None, "installed_on": None, "energised_on": None}, ["not_accepted"]),
    ({"plan_year": 2024, "accepted_on": "2024-03-15", "acceptance_result": "pass"}, [""]),
    ({"plan_year": 2024, "accepted_on": "2024-03-16", "acceptance_result": "pass"}, []),
]


def test_only_homes_of_the_programme_for_the_season_can_be_exceptions(settle):
    table = settle([LATE | home for home, _ in PROGRAMME]).households
    found = table.groupby("household")["exception"].agg(list).to_dict()
    assert [found.get(i, []) for i in range(len(PROGRAMME))] == [said for _, said in PROGRAMME]


EMPTY = [
    ({"occupancy": "vacant"}, ""),
    ({"occupancy": "vacant", "heating_kwh": None}, "no_reading"),
    ({"occupancy": "vacant", "occupancy_on": "2024-03-15"}, ""),
    ({"occupancy": "vacant", "occupancy_on": "2024-03-16"}, "no_use"),  # lived in all season
    ({"occupancy": "demolition"}, "no_use"),
    ({"occupancy": "occupied"}, "no_use"),
]


def test_a_low_reading_of_a_vacant_home_is_no_exception(settle):
    table = settle([{"heating_kwh": 199.0} | home for home, _ in EMPTY]).households
    assert table["exception"].tolist() == [said for _, said in EMPTY]
    gas = settle([GAS | {"heating_m3": 0.0, "occupancy": "vacant"}])
    assert one(gas)["exception"] == ""


def test_what_is_implausible_is_said_by_the_policy_and_by_the_area(settle, plan):
    """3 x 10.2 MWh x 150/100 = 45.9 MWh; a home without an area has the median of its village."""
    subsidies = plan.subsidies.model_copy(update={"implausible_multiple": 3.0})
    three = plan.model_copy(update={"subsidies": subsidies})
    homes = [
        {"floor_area_m2": 150.0, "heating_kwh": 45_900.0},
        {"floor_area_m2": 150.0, "heating_kwh": 45_901.0},
        {"floor_area_m2": 90.0, "heating_kwh": 27_541.0},  # 3 x 10.2 x 0.9 = 27.54
        {"floor_area_m2": None, "heating_kwh": 45_900.0},
        {"floor_area_m2": None, "heating_kwh": 45_901.0},
        {"village_code": NEXT, "floor_area_m2": None, "heating_kwh": 30_601.0},  # 100 m2: 30.6
    ]
    table = settle(homes, plan=three).households
    high = "implausible"
    assert table["exception"].tolist() == ["", high, high, "", high, high]


def test_one_meter_or_one_person_twice(settle):
    homes = [{"meter_no": "m1"}, {"meter_no": "m1"}, {"meter_no": "m2"}, {"meter_no": None},
             {"meter_no": None}]  # fmt: skip
    assert settle(homes).households["exception"].tolist() == ["twice", "twice", "", "", ""]
    people = [{"id_number": "a"}, {"id_number": "b"}, {"id_number": "a"}]
    assert settle(people).households["exception"].tolist() == ["twice", "", "twice"]


def grid(**row):
    usual = {
        "transformer_id": "t0", "capacity_kva": 100.0, "peak_load_kva": 100.0,
        "village_code": VILLAGE, "upgrade_kva": np.nan, "upgrade_due_on": None,
        "upgrade_cny": np.nan,
        "geometry": Point(500, 500),
    }  # fmt: skip
    return town.layer([usual | row], "upgrade_due_on")


@pytest.mark.parametrize(
    ("home", "layers", "exception"),
    [
        ({"device": "ashp_air"}, {"transformers": grid()}, ""),
        ({"device": "ashp_air"}, {"transformers": grid(peak_load_kva=100.1)}, "grid_not_shown"),
        ({"device": "ashp_air"}, {}, "grid_not_shown"),
        ({"device": "gas_boiler", "heating": "gas", "heating_m3": 800.0}, {}, ""),
        ({"device": "electric_boiler"}, {"transformers": grid()}, ""),  # the ban binds tenders
        ({"device": "biomass_stove"}, {"transformers": grid()}, "ineligible_device"),
    ],
)
def test_homes_that_converted_themselves(settle, plan, home, layers, exception):
    rule = plan.routes[1].model_copy(update={"not_in_tender": ("electric_boiler",)})
    routes = (plan.routes[0], rule, *plan.routes[2:])
    own = plan.model_copy(update={"routes": routes})
    row = one(settle([home | {"self_converted": True}], plan=own, **layers))
    assert row["exception"] == exception
    assert bool(row["self_converted"])


def test_a_route_that_the_plan_does_not_have_pays_nothing(settle, plan):
    bare = plan.model_copy(update={"routes": plan.routes[:2]})
    assert one(settle([GAS], plan=bare))["exception"] == "ineligible_device"


SUPPLEMENT = [
    ({}, 0),
    ({"hardship_class": "none"}, 0),
    ({"hardship_class": "dibao"}, 20_000),
    ({"hardship_class": "wubao"}, 20_000),
    ({"hardship_class": "other"}, 20_000),
    ({"hardship_class": "dibao", "supplement_paid_on": "2024-10-31"}, 0),  # once, ever
    ({"hardship_class": "dibao", "supplement_paid_on": "2024-11-01"}, 20_000),
    ({"hardship_class": "dibao", "heating_kwh": None}, 20_000),
    ({"hardship_class": "dibao", "acceptance_result": None}, 0),
    ({"hardship_class": "dibao", "heating": "coal"}, 0),
    ({"hardship_class": "dibao", "device": None}, 0),
]


def test_the_supplement(settle):
    blank = {"hardship_class": None, "supplement_paid_on": None}
    table = settle([blank | home for home, _ in SUPPLEMENT]).households
    assert table["supplement_fen"].tolist() == [fen for _, fen in SUPPLEMENT]


def test_no_supplement_in_town(settle):
    town_ = town.villages([(VILLAGE, (0, 0, 1000, 1000))]).assign(rural=False)
    assert one(settle([{"hardship_class": "dibao"}], villages=town_))["supplement_fen"] == 0
    unknown = town_.assign(rural=None)
    assert one(settle([{"hardship_class": "dibao"}], villages=unknown))["supplement_fen"] == 0


def test_the_sheets_add_up(settle):
    homes = [{}, GAS, {"village_code": NEXT, "heating_kwh": 50.0}, {"heating_kwh": 2000.0}]
    settled = settle(homes)
    assert settled.season.year == 2023
    columns = ["village_code", "mode", "homes", "quantity", "due_fen", "held_fen", "exceptions"]
    assert settled.villages[columns].to_numpy().tolist() == [
        [VILLAGE, "electric", 2, 5000.0, 50_000, 0, 0],
        [VILLAGE, "gas", 1, 800.0, 80_000, 0, 0],
        [NEXT, "electric", 1, 50.0, 0, 500, 1],
    ]
    columns[0] = "township_code"
    assert settled.townships[columns].to_numpy().tolist() == [
        [VILLAGE[:9], "electric", 3, 5050.0, 50_000, 500, 1],
        [VILLAGE[:9], "gas", 1, 800.0, 80_000, 0, 0],
    ]


def test_never_more_than_the_caps(settle):
    dice = np.random.default_rng(9)
    homes = [{"heating_kwh": float(q)} for q in dice.uniform(0, 25_000, 300)]
    table = settle(homes).households
    assert (table["due_fen"] + table["held_fen"]).max() == 104_000
    assert (table.loc[table["exception"] != "", "due_fen"] == 0).all()


# --- rules with seasons, fixed sums and payers; seasons that are settled; readings of an older
# ledger

ZIBO = """
[subsidies.payers]
city = 0.3
county = 0.7
[subsidies.running.electric]
cny_per_kwh = 0.2
cap_kwh = 6000
seasons = 2
[subsidies.running.gas]
fixed_cny = 1000
[subsidies.running.gas.season_shares]
2023 = 0.75
"""


@pytest.fixture
def by_zibo(settle, tmp_path):
    plan = town.policy(tmp_path, ZIBO)
    return lambda homes, **more: settle(homes, plan=plan, **more)


def test_a_rate_with_a_cap_in_kwh_and_a_fixed_sum_that_decreases(by_zibo):
    homes = [
        {"heating_kwh": 5999.99}, {"heating_kwh": 6000.0}, {"heating_kwh": 6000.01},
        GAS | {"heating_m3": None}, GAS,
    ]  # fmt: skip
    table = by_zibo(homes).households
    assert table["due_fen"].tolist() == [120_000, 120_000, 120_000, 75_000, 75_000]
    assert table["capped"].tolist() == [False, False, True, False, False]
    assert table["exception"].tolist() == [""] * 5  # a fixed sum needs no reading


@pytest.mark.parametrize(
    ("energised", "due"),
    [
        ("2023-09-01", 60_000),  # the first season
        ("2023-03-16", 60_000),  # the day after the season before had ended
        ("2023-03-15", 60_000),  # that season was the first, this is the second
        ("2022-03-16", 60_000),
        ("2022-03-15", None),  # the third: no claim
    ],
)
def test_a_subsidy_ends_after_its_seasons(by_zibo, energised, due):
    table = by_zibo([{"energised_on": energised, "installed_on": None}]).households
    assert table["due_fen"].tolist() == ([] if due is None else [due])


def test_without_any_day_the_year_of_the_list_tells_the_first_season(by_zibo):
    undated = {"energised_on": None, "installed_on": None, "accepted_on": None}
    home = undated | {"plan_year": None, "heating_kwh": 100.0}
    row = one(by_zibo([home | {"acceptance_result": "pass"}]))
    assert row["exception"] == "not_accepted"
    table = by_zibo([undated | {"plan_year": 2021}]).households
    assert table.empty


def test_payers_share_every_home_to_the_fen(by_zibo):
    settled = by_zibo([{"heating_kwh": kwh} for kwh in (0.05 + 1000, 3000.15, 777.77)])
    due = settled.households["due_fen"].tolist()
    assert due == [20_001, 60_003, 15_555]
    shares = settled.payers.set_index("payer")["due_fen"]
    # 0.3 and 0.7 of each: 6,000.3 + 18,000.9 + 4,666.5 of which halves go to the first named
    assert shares["city"] == 6_000 + 18_001 + 4_667
    assert shares.sum() == sum(due)


def test_the_supplement_has_payers_of_its_own(settle, tmp_path):
    rules = "[subsidies]\nhardship_once_cny = 200\n[subsidies.hardship_payers]\ntreasury = 1.0\n"
    homes = [{"hardship_class": "dibao"}]
    found = settle(homes, plan=town.policy(tmp_path, rules + ZIBO)).payers
    told = found[found["purpose"] == "supplement"]
    assert told[["payer", "due_fen"]].to_numpy().tolist() == [["treasury", 20_000]]
    shared = settle(
        homes, plan=town.policy(tmp_path, rules.split("[subsidies.h", maxsplit=1)[0] + ZIBO)
    ).payers
    told = shared[shared["purpose"] == "supplement"].set_index("payer")["due_fen"]
    assert told.to_dict() == {"city": 6_000, "county": 14_000}


def payments(*rows):
    usual = {"purpose": "running", "stage": "settled", "season_year": 2023.0, "later": False,
             "refused": "", "household_id": None, "unit_code": None}  # fmt: skip
    return pd.DataFrame([usual | row for row in rows])


@pytest.mark.parametrize(
    ("row", "exception"),
    [
        ({"household_id": "h0"}, "settled"),
        ({"household_id": "h0", "refused": "settled_twice"}, "settled"),
        ({"unit_code": VILLAGE[:9]}, "settled"),
        ({"unit_code": VILLAGE}, "settled"),
        ({"unit_code": NEXT}, ""),
        ({"household_id": "h1"}, ""),
        ({"household_id": "h0", "season_year": 2022.0}, ""),
        ({"household_id": "h0", "stage": "paid"}, ""),
        ({"household_id": "h0", "later": True}, ""),
        ({"household_id": "h0", "refused": "no_amount"}, ""),
    ],
)
def test_a_season_is_settled_once(facts_of, plan, row, exception):
    facts = replace(facts_of([HOME], [], plan=plan), payments=payments(row))
    season = last_full_season(town.AS_OF, plan)
    home = one(settlement.settle_season(facts, plan, season, town.AS_OF))
    assert home["exception"] == exception
    assert home["due_fen"] == (0 if exception else 30_000)
    assert home["held_fen"] == 0


def test_a_supplement_that_the_payments_have_is_not_due(facts_of, plan):
    home = HOME | {"hardship_class": "dibao"}
    season = last_full_season(town.AS_OF, plan)
    for row, due in (({"stage": "paid"}, 0), ({"stage": "returned"}, 20_000)):
        given = payments(row | {"purpose": "supplement", "household_id": "h0"})
        facts = replace(facts_of([home], [], plan=plan), payments=given)
        assert one(settlement.settle_season(facts, plan, season, town.AS_OF))[
            "supplement_fen"
        ] == due  # fmt: skip


def test_next_seasons_bill_of_the_whole_stock(settle, facts_of, tmp_path):
    """By hand: 2,000 kWh at 0.2 yuan; a fixed sum of 1,000 that is 0.75 of it until 2023 alone."""
    plan = town.policy(tmp_path, ZIBO)
    rows = [
        {"heating_kwh": 2000.0}, {"heating_kwh": None}, {"heating_kwh": 9000.0},
        {"acceptance_result": "fail"}, {"occupancy": "demolition"},
        {"energised_on": "2022-03-16", "installed_on": None},  # two seasons: none is left
        GAS, GAS | {"heating_m3": None},
    ]  # fmt: skip
    homes = [HOME | row for row in rows]
    facts = facts_of(homes, [], plan=plan)
    season = last_full_season(town.AS_OF, plan)
    settled = settlement.settle_season(facts, plan, season, town.AS_OF)
    bill = next_season_bill(facts, plan, settled, town.AS_OF).set_index("mode")
    assert bill.loc["electric"].tolist() == [VILLAGE[:9], 3, 2, 40_000 + 120_000, 1, 3 * 120_000]
    assert bill.loc["gas"].tolist() == [VILLAGE[:9], 2, 2, 0, 0, 0]
    uncapped = town.policy(tmp_path, "[subsidies.running.electric]\ncny_per_kwh = 0.2")
    told = next_season_bill(facts, uncapped, settled, town.AS_OF).set_index("mode")
    assert told.loc["electric", "homes"] == 4
    assert pd.isna(told.loc["electric", "ceiling_fen"])  # unknown, not 0

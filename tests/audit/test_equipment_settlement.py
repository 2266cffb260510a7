"""The equipment subsidy by the price of the lot: to the fen, and why it is not known."""

from dataclasses import replace

import pandas as pd
import pytest
import town
from audit.cleared_home import NEXT, VILLAGE

from gis.audit.equipment_settlement import settle_equipment

LOTS = pd.DataFrame(
    {
        "lot": ["L1", "L2", "L3", "L4"],
        "device": ["ashp_air", "ashp_water", None, "ashp_air"],
        "unit_price_cny": [3799.99, 9000.0, None, 3799.99],
    }
)
RULES = """
[subsidies.payers]
city = 0.3
county = 0.7
[subsidies.equipment.ashp_air]
share = 0.85
cap_cny = 5700
[subsidies.equipment.ashp_water]
share = 1.0
price_of = "ashp_air"
[subsidies.equipment.gas]
fixed_cny = 2700
"""
AIR = {"device": "ashp_air", "lot": "L1", "acceptance_by": "third_party"}


@pytest.fixture
def settle(facts_of, tmp_path):
    def settled(homes, rules=RULES, lots=LOTS, payments=None, **columns):
        plan = town.policy(tmp_path, rules)
        facts = replace(facts_of(homes, [], plan=plan, **columns), payments=payments)
        return settle_equipment(facts, lots, plan, town.AS_OF)

    return settled


@pytest.mark.parametrize(
    ("home", "price", "due", "why"),
    [
        (AIR, 379_999, 322_999, ""),  # 85 % of 3,799.99 is 3,229.9915
        (AIR | {"device_count": 2}, 759_998, 570_000, ""),  # 6,459.98: the cap
        ({"device": "ashp_water", "lot": "L2"}, 900_000, 379_999, ""),  # the price of ashp_air
        ({"device": "ashp_water", "lot": None}, None, 379_999, ""),
        (AIR | {"lot": None}, None, None, "no_lot"),
        (AIR | {"lot": "L9"}, None, None, "no_lot"),
        (AIR | {"lot": "L2"}, None, None, "lot_of_other_device"),
        (AIR | {"lot": "L3"}, None, None, "no_price"),
        ({"device": "gshp", "lot": "L1"}, None, None, "tender_pending"),  # no rule for it
        ({"device": None, "lot": "L1"}, None, None, "tender_pending"),
        ({"heating": "gas", "device": "gas_boiler"}, None, 270_000, ""),
    ],
)
def test_one_home(settle, home, price, due, why):
    row = settle([home]).homes.iloc[0].astype(object).where(lambda one: one.notna(), None)
    assert (row["price_fen"], row["due_fen"], row["why"]) == (price, due, why)


@pytest.mark.parametrize(
    "home",
    [
        AIR | {"self_converted": True},
        AIR | {"plan_year": 2023},
        AIR | {"acceptance_result": "fail"},
        AIR | {"accepted_on": "2024-11-01"},  # after the as-of day
        {"heating": "biomass", "device": "biomass_stove"},  # no rule, no tender
    ],
)
def test_who_has_no_claim(settle, home):
    assert settle([home]).homes.empty


def test_only_rural_homes(settle):
    square = [(VILLAGE, (0, 0, 1000, 1000)), (NEXT, (1000, 0, 2000, 1000))]
    city = town.villages(square, rural=[False, True])
    homes = [AIR, AIR | {"village_code": NEXT, "x": 1500.0}]
    assert settle(homes, villages=city).homes["household_id"].tolist() == ["h1"]


def test_several_prices_of_a_device_are_no_price_of_it(settle):
    lots = LOTS.assign(unit_price_cny=[3799.99, 9000.0, None, 3800.0])
    row = settle([{"device": "ashp_water", "lot": "L2"}], lots=lots).homes.iloc[0]
    assert row["why"] == "no_price"
    assert pd.isna(row["due_fen"])


def test_twice_and_settled(settle):
    homes = [AIR | {"device_serial": "s1"}, AIR | {"device_serial": "s1"},
             AIR | {"id_number": "x"}, AIR | {"id_number": "x"}, AIR]  # fmt: skip
    paid = pd.DataFrame(
        [{"stage": "settled", "purpose": "equipment", "later": False, "refused": "",
          "household_id": "h4"}]
    )  # fmt: skip
    settled = settle(homes, payments=paid)
    assert settled.homes["why"].tolist() == ["serial_twice"] * 2 + ["person_twice"] * 2 + [
        "settled"
    ]
    assert settled.homes["due_fen"].tolist() == [0] * 5
    assert settled.homes["held_fen"].tolist() == [322_999] * 4 + [0]


def test_lots_and_payers_add_up_to_the_homes(settle):
    settled = settle([AIR, AIR, AIR | {"lot": None}, {"heating": "gas", "device": "gas_boiler"}])
    lots = settled.lots.fillna({"lot": ""}).set_index(["mode", "lot"])
    assert lots.loc[("electric", "L1"), ["homes", "due_fen", "not_known"]].tolist() == [
        2, 645_998, 0,
    ]  # fmt: skip
    assert lots.loc[("electric", ""), ["homes", "not_known"]].tolist() == [1, 1]
    assert pd.isna(lots.loc[("electric", ""), "due_fen"])  # nothing of it is known: not 0
    payers = settled.payers.groupby("payer")["due_fen"].sum()
    # 96,899.7 and 226,099.3 of each heat pump; 81,000 and 189,000 of the boiler
    assert payers["city"] == 2 * 96_900 + 81_000
    assert payers.sum() == settled.homes["due_fen"].sum() == 645_998 + 270_000


def test_without_lots_and_rules_the_tender_is_pending(settle):
    settled = settle([AIR], rules="", lots=None)
    assert settled.homes["why"].tolist() == ["tender_pending"]
    assert settled.payers.empty

"""The price of every route, village by village."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from decide.hamlets import POLICY, Hamlet, changed, facts, plan

from gis.costs import grid_works, price_routes
from gis.costs.money import annuity_fen, exact

A, B = "140882001001", "140882001002"


def _of(table: pd.DataFrame, route: str, code: str = A, part: str = "") -> pd.Series:
    keyed = table.set_index(["village_code", "part", "route"])
    return keyed.loc[(code, part, route)]


def test_one_row_a_route_in_the_order_of_the_plan() -> None:
    table = price_routes(facts([Hamlet(B, 3), Hamlet(A, 2)]), POLICY)
    assert table["village_code"].tolist() == [A] * 4 + [B] * 4
    assert table["route"].tolist() == ["central", "electric", "gas", "biomass"] * 2
    assert table["households"].tolist() == [2] * 4 + [3] * 4
    assert table["device"].tolist()[:4] == ["central", "ashp_air", "gas_boiler", "biomass_stove"]


def test_a_village_is_so_many_homes_to_the_fen() -> None:
    row = _of(price_routes(facts([Hamlet(A, 7)]), POLICY), "gas")
    assert row["equipment_fen"] == 7 * 500_000
    assert row["connection_fen"] == 7 * 300_000
    assert row["running_fen_a"] == 7 * 304_200
    assert row["running_subsidy_fen_a"] == 7 * 117_000
    assert row["cost_fen_a"] == 7 * 380_128
    assert row["own_fen_a"] == 7 * 263_128
    assert row["cost_per_household_fen_a"] == 380_128
    assert row["capital_household_fen"] == 7 * 800_000
    assert (row["capital_county_fen"], row["capital_company_fen"]) == (0, 0)
    assert row["gas_m3_a"] == 7 * 1170
    assert row["missing"] == ""


def test_central_pays_for_the_station_its_new_load_needs() -> None:
    """100 homes: 100 × 5 kW × 0.6238 = 311.9 kW × 300 yuan, over 30 years."""
    row = _of(price_routes(facts([Hamlet(A, 100, served=100, piece="P1")]), POLICY), "central")
    assert row["station_fen"] == 9_357_000 == row["capital_company_fen"]
    annual = annuity_fen(9_357_000, exact(0.05), exact(30.0))
    assert row["cost_fen_a"] == 100 * 238_546 + annual
    assert row["own_fen_a"] == 100 * 238_546
    assert row["heat_mwh_a"] == 1020


def test_central_without_a_pipe_has_no_price_and_says_why() -> None:
    row = _of(price_routes(facts([Hamlet(A, 100, served=89, piece="P1")]), POLICY), "central")
    assert row[["cost_fen_a", "station_fen", "capital_company_fen"]].isna().all()
    assert row["missing"] == "network"


def test_the_two_sides_of_the_served_area_add_up_to_the_village() -> None:
    table = price_routes(facts([Hamlet(A, 220, served=200, piece="P1"), Hamlet(B, 5)]), POLICY)
    assert table.groupby("village_code")["part"].unique().map(list).to_dict() == {
        A: ["", "served", "unserved"],
        B: [""],
    }
    for name in ("equipment_fen", "running_fen_a", "cost_fen_a", "electricity_kwh_a"):
        whole, on, off = (_of(table, "electric", part=p)[name] for p in ("", "served", "unserved"))
        assert np.isclose(whole, on + off)
    assert _of(table, "central", part="unserved")["missing"] == "network"
    assert _of(table, "central", part="served")["missing"] == ""


def test_tender_pending_for_rural_homes_alone() -> None:
    table = price_routes(facts([Hamlet(A, 2), Hamlet(B, 2, rural=False)]), POLICY)
    rural, town = _of(table, "electric"), _of(table, "electric", B)
    assert rural[["equipment_subsidy_fen", "own_fen_a", "capital_household_fen"]].isna().all()
    assert rural["missing"] == "tender"
    assert rural["cost_fen_a"] == town["cost_fen_a"] == 2 * 222_482
    assert town["equipment_subsidy_fen"] == 0
    assert town["missing"] == ""


def test_self_converted_homes_get_no_equipment_subsidy() -> None:
    policy = changed(POLICY, prices={"equipment_subsidy_cny": {"ashp_air": 3500}})
    own = pd.array([True, False, False])
    row = _of(
        price_routes(facts([Hamlet(A, 3, extra={"self_converted": own})]), policy), "electric"
    )
    assert row["equipment_subsidy_fen"] == row["capital_county_fen"] == 2 * 350_000
    assert row["capital_household_fen"] == 3 * 800_000 - 2 * 350_000


def test_homes_that_have_chosen_are_priced_by_their_choice() -> None:
    chosen = pd.array(["gshp", "ashp_water", None, "direct_electric"], dtype="str")
    row = _of(
        price_routes(facts([Hamlet(A, 4, extra={"device_chosen": chosen})]), POLICY), "electric"
    )
    assert row["equipment_fen"] == 100 * (30_000 + 15_000 + 8_000 + 8_000)
    assert set(row["device"].split("+")) == {"gshp", "ashp_water", "ashp_air"}
    gas = _of(price_routes(facts([Hamlet(A, 4, extra={"device_chosen": chosen})]), POLICY), "gas")
    assert gas["device"] == "gas_boiler"


def test_floor_area_is_the_ledgers_then_the_median_of_the_village_then_the_policys() -> None:
    """120 + 80.6 + 130 m², and for the fourth home the median, 120: 450.6 m² in all."""
    area = np.array([120.0, 80.6, 130.0, np.nan])
    row = _of(price_routes(facts([Hamlet(A, 4, extra={"floor_area_m2": area})]), POLICY), "biomass")
    assert row["heated_m2"] == 450.6
    assert row["biomass_t_a"] == 4.506 * 2.5
    none = _of(price_routes(facts([Hamlet(A, 3)]), POLICY), "biomass")
    zero = _of(price_routes(facts([Hamlet(A, 3, extra={"floor_area_m2": 0.0})]), POLICY), "biomass")
    assert none["biomass_t_a"] == zero["biomass_t_a"] == 3 * 2.5


def test_emissions_avoided() -> None:
    """A home burns 2.5 t: 4,750 kg CO2, 17.5 kg PM2.5, 38.25 kg SO2; those without heat none."""
    heating = pd.array(["coal", "coal", "none"], dtype="str")
    table = price_routes(facts([Hamlet(A, 3, extra={"heating": heating})]), POLICY)
    electric, gas, biomass, central = (
        _of(table, r) for r in ("electric", "gas", "biomass", "central")
    )
    assert electric["coal_avoided_t_a"] == 5.0
    assert np.isclose(electric["co2_avoided_kg_a"], 2 * 4750 - 3 * 10200 / 2.7 * 0.6361)
    assert np.isclose(gas["co2_avoided_kg_a"], 2 * 4750 - 3 * 1170 * 2.16)
    assert np.isclose(central["co2_avoided_kg_a"], 2 * 4750 - 3 * 10.2 * 300)
    assert np.isclose(biomass["co2_avoided_kg_a"], 2 * 4750)
    assert np.isclose(biomass["pm25_avoided_kg_a"], 2 * 17.5 - 3 * 2.5 * 1.0)
    assert np.isclose(biomass["so2_avoided_kg_a"], 2 * 38.25)
    assert np.isclose(electric["pm25_avoided_kg_a"], 35.0)


def test_a_factor_that_is_missing_leaves_emissions_unknown() -> None:
    less = {k: v for k, v in POLICY.emissions.items() if k != "gas_co2_kg_per_m3"}
    policy = POLICY.model_copy(update={"emissions": less})
    table = price_routes(facts([Hamlet(A, 1)]), policy)
    assert pd.isna(_of(table, "gas")["co2_avoided_kg_a"])
    assert _of(table, "gas")["coal_avoided_t_a"] == 2.5
    assert _of(table, "electric")["co2_avoided_kg_a"] > 0
    without_coal = POLICY.model_copy(update={"emissions": {}})
    bare = _of(price_routes(facts([Hamlet(A, 1)]), without_coal), "gas")
    assert pd.isna(bare["coal_avoided_t_a"])


def test_a_missing_price_makes_the_village_unknown_but_not_its_neighbour() -> None:
    chosen = pd.array(["gshp"], dtype="str")
    prices = {"cop": {"ashp_air": 2.7}}
    policy = changed(POLICY, prices=prices)
    table = price_routes(
        facts([Hamlet(A, 1, extra={"device_chosen": chosen}), Hamlet(B, 1)]), policy
    )
    assert pd.isna(_of(table, "electric")["cost_fen_a"])
    assert "prices.cop.gshp" in _of(table, "electric")["missing"]
    assert _of(table, "electric", B)["cost_fen_a"] == 222_482


def test_a_station_price_that_is_missing() -> None:
    less = {k: v for k, v in POLICY.prices.items() if k != "station_cny_per_kw"}
    policy = POLICY.model_copy(update={"prices": less})
    row = _of(price_routes(facts([Hamlet(A, 1, served=1, piece="P1")]), policy), "central")
    assert pd.isna(row["cost_fen_a"])
    assert row["missing"] == "prices.station_cny_per_kw"


def test_nobody_pending_is_an_empty_table_with_its_columns() -> None:
    empty = price_routes(facts([Hamlet(A, 0, clean=3)]), POLICY)
    full = price_routes(facts([Hamlet(A, 1)]), POLICY)
    assert empty.empty
    assert list(empty.columns) == list(full.columns)
    assert (empty.dtypes == full.dtypes).all()


def test_peak_and_annual_heat_rest_on_the_same_area() -> None:
    """Homes of 200 m² need twice the station and twice the heat of homes of 100."""
    rows = [
        _of(
            price_routes(facts([Hamlet(A, 10, served=10, piece="P1", extra=area)]), POLICY),
            "central",
        )
        for area in ({"floor_area_m2": 200.0}, {"floor_area_m2": 100.0}, {})
    ]
    for name in ("station_fen", "heat_mwh_a", "running_fen_a"):
        assert rows[0][name] == 2 * rows[1][name] == 2 * rows[2][name] > 0
    assert rows[0]["station_fen"] == 1_974_000  # 10 x 10 kW x (0.62 + 0.038) x 300 yuan


def _grid(policy: object = POLICY, **columns: object) -> pd.Series:
    found = facts([Hamlet(A, 100, feeders={"T1": 100})], {"T1": {"headroom_kva": 0.0, **columns}})
    return grid_works(found, policy).iloc[0]  # type: ignore[arg-type]


def test_works_are_the_planned_upgrade_if_it_is_large_enough() -> None:
    """100 homes × 1 kVA on 0 kVA: 100 kVA lack."""
    row = _grid(upgrade_kva=100, upgrade_due_on="2024-11-15", upgrade_cny=600_000)
    assert (row["homes"], row["works_fen"], row["works"]) == (100, 60_000_000, "upgrade")
    assert (row["works_kva"], row["lacking_kva"], row["fen_per_household"]) == (100, 100, 600_000)
    assert row["due_on"] == pd.Timestamp("2024-11-15")
    assert row["works_fen_a"] == 4_814_555  # 600,000 × 0.08024259
    assert row["county_fen"] == 0  # 10 % is possible, but no finance document grants it
    free = _grid(upgrade_kva=100, upgrade_due_on="2024-11-15", upgrade_cny=0)
    assert (free["works"], free["works_fen"], free["refused"]) == ("upgrade", 0, False)
    bought = _grid(upgrade_kva=99.9, upgrade_due_on="2024-11-15", upgrade_cny=600_000)
    # the smallest standard unit that covers 100 kVA, at the plan's million yuan/kVA
    assert (bought["works"], bought["works_kva"]) == ("transformer", 100)
    assert bought["works_fen"] == 100 * 100_000_000
    assert pd.isna(bought["due_on"])
    assert _grid(headroom_kva=100.0, upgrade_kva=5)["works"] == "none"


@pytest.mark.parametrize(
    ("columns", "works"),
    [
        ({"upgrade_due_on": "2024-10-31"}, "upgrade"),  # the as-of day
        ({"upgrade_due_on": "2024-10-30"}, "upgrade_overdue"),
        ({"upgrade_due_on": "2030-10-30"}, "upgrade"),
        ({}, "upgrade_undated"),
        ({"upgrade_due_on": "2024-11-15", "upgrade_funded": True}, "upgrade"),
        ({"upgrade_due_on": "2024-11-15", "upgrade_funded": False}, "upgrade_unfunded"),
        ({"peak_load_kva": 0.0, "peak_season": "summer"}, "verify_headroom"),
        ({"peak_load_kva": 0.0, "peak_on": "2024-07-15"}, "verify_headroom"),
        ({"peak_load_kva": 0.0, "peak_on": "2024-11-14"}, "verify_headroom"),
        ({"peak_load_kva": 0.0, "peak_on": "2023-11-15"}, "upgrade_undated"),
        ({"peak_load_kva": 0.0, "peak_on": "2024-03-15"}, "upgrade_undated"),
        ({"peak_load_kva": 0.0, "peak_on": "2024-03-16"}, "verify_headroom"),
    ],
)
def test_how_far_works_are(columns: dict[str, object], works: str) -> None:
    assert _grid(upgrade_kva=200, **columns)["works"] == works


def test_only_a_verified_ceiling_refuses_works() -> None:
    """600,000 yuan over 100 homes are 6,000, a fen more a home is over."""
    offer = {"upgrade_kva": 100, "upgrade_due_on": "2024-11-15"}
    assert not _grid(upgrade_cny=600_000, **offer)["refused"]
    assert _grid(upgrade_cny=600_001, **offer)["refused"]
    assert not _grid(plan("loads"), upgrade_cny=9_000_000, **offer)["refused"]


def test_the_county_pays_its_share_of_grid_works_by_document_only() -> None:
    granted = changed(POLICY, subsidies={"grid_county_share_document": "河财〔2024〕1号"})
    row = _grid(granted, upgrade_kva=100, upgrade_due_on="2024-11-15", upgrade_cny=600_000)
    assert row["county_fen"] == 6_000_000
    blank = changed(POLICY, subsidies={"grid_county_share_document": "  "})
    assert _grid(blank, upgrade_kva=100, upgrade_due_on="2024-11-15")["county_fen"] == 0


def test_transformers_that_nobody_waits_on_are_left_out() -> None:
    found = facts([Hamlet(A, 2, feeders={"T2": 2})], {"T3": 10.0, "T2": 5.0, "T1": 1.0})
    assert grid_works(found, POLICY)["transformer_id"].tolist() == ["T2"]


def test_without_a_life_an_upgrade_has_no_yearly_price() -> None:
    policy = changed(POLICY, prices={"grid_life_a": 0})
    assert pd.isna(_grid(policy, upgrade_kva=100, upgrade_due_on="2024-11-15")["works_fen_a"])


def test_clean_coal_without_the_tonnage_of_today() -> None:
    policy = plan("other_city").model_copy(update={"emissions": {}})
    row = _of(price_routes(facts([Hamlet(A, 1)], policy=policy), policy), "clean_coal")
    assert pd.isna(row["clean_coal_t_a"])
    assert row["missing"] == "emissions.coal_t_per_household"


def test_new_kinds_of_device_need_the_policy_alone() -> None:
    policy = plan("other_city")
    row = _of(price_routes(facts([Hamlet(A, 1)], policy=policy), policy), "electric")
    assert row["device"] == "pv_direct_dc"
    assert row["electricity_kwh_a"] == 3400  # 10,200 / 3.0
    assert row["equipment_fen"] == 2_000_000
    coal = _of(price_routes(facts([Hamlet(A, 1)], policy=policy), policy), "clean_coal")
    assert coal["clean_coal_t_a"] == 2.5
    assert np.isclose(coal["so2_avoided_kg_a"], 2.5 * 15.3 - 2.5 * 5.0)

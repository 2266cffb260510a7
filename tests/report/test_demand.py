"""demand.xlsx and its tables, worked out by hand on hamlets with planted meters."""

from __future__ import annotations

import tomllib
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from decide.hamlets import CASES, Hamlet, changed, decided, facts
from decide.hamlets import POLICY as COUNTY

from gis.costs import price_routes
from gis.policy import read_policy
from gis.report.demand import (
    demand_book,
    emission_sums,
    emission_table,
    measured_scenario,
    measured_table,
)

SIX_METERS = {"demand": {"metered_min_homes": 6}, "edition": {"min_households": 6}}
POLICY = changed(COUNTY, **SIX_METERS)
A, B, C = "140882001001", "140882001002", "140882002001"


def _run(*hamlets: Hamlet, policy: Any = POLICY, **given: Any) -> Any:
    found = facts(list(hamlets), policy=policy, **given)
    return SimpleNamespace(
        facts=found, policy=policy, route_costs=price_routes(found, policy),
        decisions=decided(found, policy),
    )  # fmt: skip


def _metered(code: str, kwh: list[float], device: str = "ashp_air") -> Hamlet:
    many = len(kwh)
    return Hamlet(
        code, 0, clean=many,
        extra={"device": np.array([device] * many, object),
               "heating_kwh": np.array(kwh, object), "heating_m3": np.nan,
               "metered_use": "full", "winter_factor": 1.0},
    )  # fmt: skip


# × 2.7 ÷ 100 m²: 27, 32.4, 37.8, 43.2, 54, 81 kWh/m², median (37.8 + 43.2) ÷ 2 = 40.5
SIX = [1000.0, 1200, 1400, 1600, 2000, 3000]
# × 2.4 ÷ 100 m²: 48 and 72
TWO = [2000.0, 3000]


def test_measured_stands_beside_assumed() -> None:
    table = measured_table(_run(_metered(A, SIX), _metered(B, TWO, "ashp_water")))
    named = ["village_code", "device", "metered_homes", "measured_kwh_per_m2", "measured_low",
             "measured_high", "assumed_kwh_per_m2", "measured_ratio", "metered_stands"]  # fmt: skip
    rows = table[named].astype(object)
    none = None
    assert rows.where(rows.notna(), None).values.tolist() == [
        [A, "ashp_air", 6, 40.5, 27.0, 81.0, 102.0, 0.4, True],
        [B, "ashp_water", 2, 60.0, none, none, 102.0, 0.59, False],
        [none, "ashp_air", 6, 40.5, 27.0, 81.0, 102.0, 0.4, True],
        [none, "ashp_water", 2, 60.0, none, none, 102.0, 0.59, False],
        [none, none, 8, 45.6, 27.0, 81.0, 102.0, 0.45, True],
    ]
    assert table["village"].tolist()[2:] == ["合计"] * 3


def test_the_assumed_range_is_that_of_the_building_else_of_the_default() -> None:
    """75 (60 to 90) W/m² × 2,040 h = 153 (122.4 to 183.6); 50 (40 to 64): 102 (81.6, 130.6)."""
    own = _metered(A, SIX)
    own.extra["building_type"] = np.array(["house_uninsulated"] * 6, object)
    rows = measured_table(_run(own, _metered(B, SIX))).set_index(["village_code", "device"])
    bounds = ["assumed_low", "assumed_kwh_per_m2", "assumed_high"]
    assert rows.loc[(A, "ashp_air"), bounds].tolist() == [122.4, 153.0, 183.6]
    assert rows.loc[(B, "ashp_air"), bounds].tolist() == pytest.approx([81.6, 102, 130.56], abs=0.1)
    # as many homes of one area each
    assert rows.iloc[-1][bounds].tolist() == pytest.approx([102, 127.5, 157.08], abs=0.1)


def test_without_a_meter_there_is_nothing_to_compare() -> None:
    run = _run(Hamlet(A, 3))
    assert measured_table(run).empty
    assert measured_scenario(run) == ""


def test_the_scenario_makes_the_standard_home_as_the_meters_have_it(tmp_path: Any) -> None:
    """Median 40.5 kWh/m²: 4.05 MWh on 100 m², 0.397 of 10.2; gas 464.6 m³, biomass 0.993 t."""
    assert measured_scenario(_run(_metered(A, SIX[:5]))) == ""
    text = measured_scenario(_run(_metered(A, SIX)))
    path = tmp_path / "policy.toml"
    path.write_text((CASES / "plans/county.toml").read_text("utf-8") + text, encoding="utf-8")
    policy = read_policy(path, "measured")
    assert policy.demand.season_mwh == 4.05
    assert (policy.gas.season_m3, policy.biomass.season_t) == (464.6, 0.993)
    source = policy.provenance["demand.season_mwh"]
    assert (source.low, source.high, source.verified) == (2.7, 8.1, False)
    assert read_policy(path).demand.season_mwh == 10.2
    assert set(tomllib.loads(text)["scenario"]) == {"measured"}


def test_emissions_and_bills_before_and_after() -> None:
    """Coal: 2.5 t a home: 4.75 t CO2, 17.5 kg PM2.5, 38.25 kg SO2, 2,750 yuan.

    By heat pump 10,200 ÷ 2.7 = 3,777.78 kWh: 2.403 t CO2, 1,322.22 − 377.78 = 944.44 yuan a home.
    """
    heating = np.array(["coal"] * 9 + ["none"], object)
    run = _run(
        Hamlet(A, 10, feeders={"t": 10}, extra={"heating": heating}), transformers={"t": 99.0}
    )
    row = emission_table(run).iloc[0]
    assert (row["approach"], row["pending"], row["coal_homes"]) == ("electric", 10, 9)
    assert row["coal_before_t_a"] == 22.5
    assert (row["co2_before_t_a"], row["co2_after_t_a"]) == (42.75, 24.03)
    assert (row["pm25_before_t_a"], row["pm25_after_t_a"]) == (0.16, 0)
    assert (row["so2_before_t_a"], row["so2_after_t_a"]) == (0.34, 0)
    assert (row["bill_before_cny_a"], row["bill_after_cny_a"]) == (24750, 9444.4)
    assert row["bill_before_per_home_cny_a"] == 2750
    assert row["bill_after_per_home_cny_a"] == 944.44
    assert row["not_counted_homes"] == 0


def test_homes_without_a_route_have_no_after_and_are_in_no_total_of_one() -> None:
    run = _run(
        Hamlet(A, 10, feeders={"t": 10}), Hamlet(B, 4),
        Hamlet(C, 6, township="140882002", feeders={"s": 6}),
        transformers={"t": 99.0, "s": 99.0},
    )  # fmt: skip
    table = emission_table(run)
    assert table["approach"].tolist() == ["electric", "undecided", "electric"]
    assert table["co2_before_t_a"].tolist() == [47.5, 19, 28.5]
    assert table["co2_after_t_a"].isna().tolist() == [False, True, False]
    sums = emission_sums(table)
    total = sums.iloc[-1]
    assert (total["pending"], total["co2_before_t_a"], total["not_counted_homes"]) == (16, 76, 4)
    assert total["bill_after_cny_a"] == pytest.approx(16 * 944.44, abs=0.2)
    by_route = sums[(sums["township"] == "合计") & sums["approach"].notna()].set_index("approach")
    assert by_route.loc["electric", ["pending", "not_counted_homes"]].tolist() == [16, 0]
    assert by_route.loc["undecided", "pending"] == 4
    assert pd.isna(by_route.loc["undecided", "co2_after_t_a"])
    assert by_route.loc["undecided", "co2_before_t_a"] == 19


def test_an_unknown_factor_or_price_is_blank_and_never_nothing() -> None:
    factors = {k: v for k, v in POLICY.emissions.items() if k != "coal_so2_kg_per_t"}
    known = POLICY.prices["energy"].items()  # type: ignore[union-attr]
    energy = {k: v for k, v in known if k != "coal_cny_per_t"}
    policy = POLICY.model_copy(update={"emissions": factors})
    policy = changed(policy, prices={"energy": energy})
    run = _run(Hamlet(A, 2, feeders={"t": 2}), policy=policy, transformers={"t": 99.0})
    row = emission_table(run).iloc[0]
    assert pd.isna(row["so2_before_t_a"])
    assert pd.isna(row["bill_before_cny_a"])
    assert row["co2_before_t_a"] == 9.5
    assert emission_sums(emission_table(run)).iloc[-1].isna()["so2_after_t_a"]


def test_the_book_has_no_sheet_of_meters_without_households() -> None:
    run = _run(_metered(A, SIX), Hamlet(B, 2))
    towns, villages = "减排与用能费（乡镇）", "减排与用能费（村）"
    assert [one.name for one in demand_book(run)] == ["实测与假定", towns, villages]
    run.facts = SimpleNamespace(
        households=pd.DataFrame({"status": ["placed"]}), villages=run.facts.villages
    )
    assert [one.name for one in demand_book(run)] == [towns, villages]

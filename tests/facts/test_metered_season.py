"""Which readings show the heat of a winter, one case on each side of every rule."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from decide.hamlets import POLICY

from gis.facts.metered_season import begin_year, metered_columns, winter_factors
from gis.policy import Policy

AS_OF = date(2024, 10, 31)  # the season of the plan: 15 November to 15 March; least use 200 kWh
WEATHER = pd.DataFrame(
    {"season": ["2021-2022", "2022-2023", "2023-2024"], "degree_days": [1800.0, 2000.0, 2200.0]}
)
HOME: dict[str, Any] = {
    "status": "placed", "heating": "electric", "occupancy": "occupied", "season": "2023-2024",
    "heating_kwh": 3000.0, "heating_m3": np.nan, "heating_kwh_basis": "separate_meter",
    "installed_on": "2023-10-20", "energised_on": "2023-11-15", "accepted_on": "2023-12-01",
    "occupancy_on": None, "unread": "",
}  # fmt: skip


def _read(weather: pd.DataFrame | None = WEATHER, policy: Policy = POLICY, **said: Any) -> Any:
    table = pd.DataFrame([HOME | said])
    found = metered_columns(table, weather, policy, AS_OF)
    return found["metered_use"][0], found["winter_factor"][0]


@pytest.mark.parametrize(
    ("season", "factor"),
    [("2023-2024", 2000 / 2200), ("2021-2022", 2000 / 1800), ("2022—2023年采暖季", 1.0)],
)
def test_cold_winters_are_corrected_down_and_mild_ones_up(season: str, factor: float) -> None:
    use, found = _read(season=season, energised_on="2021-10-01", installed_on=None)
    assert (use, found) == ("full", factor)


def test_a_blank_season_is_the_last_full_one() -> None:
    assert _read(season=None) == ("full", 2000 / 2200)


def test_the_policy_may_state_the_normal_winter() -> None:
    demand = POLICY.demand.model_copy(update={"degree_days": 1980.0})
    policy = POLICY.model_copy(update={"demand": demand})
    assert _read(policy=policy) == ("full", 0.9)


@pytest.mark.parametrize(
    ("said", "use"),
    [
        ({"heating_kwh": np.nan}, ""),
        ({"status": "rejected"}, ""),
        ({"heating": "coal"}, "other_heating"),
        ({"heating": "gas"}, "other_heating"),
        ({"heating_kwh_basis": "total"}, "not_heating_alone"),
        ({"heating_kwh_basis": None}, "not_heating_alone"),
        ({"heating_kwh_basis": "total_minus_baseline"}, "full"),
        ({"occupancy": "vacant"}, "empty"),
        ({"occupancy_on": "2023-11-15"}, "full"),
        ({"occupancy_on": "2023-11-16"}, "empty"),
        ({"energised_on": "2023-11-16"}, "not_full_season"),
        ({"energised_on": "2024-01-10", "accepted_on": "2024-01-20"}, "not_full_season"),
        ({"energised_on": None}, "not_full_season"),
        ({"energised_on": None, "accepted_on": "2023-11-15"}, "full"),
        ({"installed_on": "2023-11-16"}, "not_full_season"),
        ({"season": "2024-2025"}, "not_full_season"),
        ({"season": "上季"}, "not_full_season"),
        ({"heating_kwh": 200.0}, "full"),
        ({"heating_kwh": 199.9}, "too_low"),
        ({"unread": "heating_kwh_basis,photo"}, "unread"),
        ({"season": "2020-2021", "energised_on": "2020-10-01", "installed_on": None}, "no_weather"),
        ({"heating": "gas", "heating_m3": 900.0, "heating_kwh_basis": None}, "full"),
        ({"heating": "gas", "heating_m3": 0.0}, "too_low"),
    ],
)
def test_a_reading_counts_or_says_why_not(said: dict[str, Any], use: str) -> None:
    found, factor = _read(**said)
    assert found == use
    assert np.isnan(factor) == (use != "full")


def test_without_weather_nothing_is_corrected_and_nothing_counts() -> None:
    assert _read(weather=None)[0] == "no_weather"


def test_seasons_that_contradict_each_other_are_left_out() -> None:
    twice = pd.DataFrame(
        {"season": ["2022-2023", "2022/23", "2023-2024", "2021-2022", "x"],
         "degree_days": [1900.0, 2100.0, 1800.0, 0.0, 1700.0]}
    )  # fmt: skip
    assert winter_factors(twice, POLICY) == {2023: 1.0}
    assert winter_factors(twice.iloc[:2], POLICY) == {}


def test_seasons_as_people_write_them() -> None:
    written = pd.Series(["2023-2024", " 2023—24", "2023年冬", "20234", "冬2023", None])
    assert np.array_equal(
        begin_year(written), [2023, 2023, 2023, np.nan, np.nan, np.nan], equal_nan=True
    )


def test_the_policy_sets_the_days_of_the_season() -> None:
    season = POLICY.season.model_copy(update={"start": "11-01", "end": "03-31"})
    policy = POLICY.model_copy(update={"season": season})
    assert policy.season_days(2023) == (date(2023, 11, 1), date(2024, 3, 31))
    assert _read(policy=policy)[0] == "not_full_season"
    assert _read(policy=policy, energised_on="2023-11-01")[0] == "full"

"""Deciding again with other numbers: as a run from the beginning would, and the same every time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import town
from shapely.geometry import Point
from whole_town import made

from gis.costs import price_routes
from gis.decide import decide
from gis.decide.robustness import routes_by_village
from gis.facts import build_facts
from gis.policy.quantities import uncertain, with_values
from gis.range_runs import NOT_FACTS, RangeRuns, has_effect

TABLES = ("villages", "transformers", "links", "sources", "devices")


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    return town.policy(tmp_path_factory.mktemp("plan"), "[prices]\nsource_cny_per_kw = 1\n")


@pytest.fixture(scope="module")
def runs(policy):
    tables = in_old_houses(made(7))
    return RangeRuns(tables, build_facts(tables, policy, town.AS_OF), policy, town.AS_OF)


def in_old_houses(tables):
    """The town with a house of 1990 around every third home."""
    homes = tables["households"].iloc[::3]
    houses = [
        {"floors": 1.0, "built_year": 1990.0, "use": "house", "geometry": Point(x, y).buffer(4)}
        for x, y in zip(homes["x"], homes["y"], strict=True)
    ]
    return tables | {"buildings": town.layer(houses)}


def from_the_beginning(tables, policy):
    facts = build_facts(tables, policy, town.AS_OF)
    priced = price_routes(facts, policy)
    rows = decide(facts, priced, None, None, policy, town.AS_OF).villages
    open_ = rows[~rows["computed"].isin(["done", "no_data"])]
    costs = open_["cost_fen_a"].where(open_["approach"] == open_["computed"])
    return open_[["village_code", "part", "computed", "pending"]].assign(cost_fen_a=costs)


# Each number at one end, in turn the lower and the upper; with --all at both.
ENDS = [
    pytest.param(key, share, marks=() if number % 2 == share else pytest.mark.long)
    for number, key in enumerate((
        "heating_network.connect_m", "heating_network.served_share", "electric.kw_per_household",
        "electric.overload_share", "demand.floor_area_m2", "prices.interest",
        "prices.cop.ashp_air", "heating_network.split_min_households",
        "heat_sources.reserve_share", "demand.building_w_per_m2.house_uninsulated",
        "electric.simultaneity_up_to.3",
    ))
    for share in (0.0, 1.0)
]  # fmt: skip


@pytest.mark.parametrize(("key", "share"), ENDS)
def test_an_end_is_what_a_run_from_the_beginning_gives(runs, key, share):
    one = next(one for one in runs.numbers if one.key == key)
    values = one.at(share)
    found = runs.routes(values).parts.reset_index(drop=True)
    whole = from_the_beginning(runs.tables, with_values(runs.policy, values)).reset_index(drop=True)
    pd.testing.assert_frame_equal(found, whole, check_dtype=False)


def test_no_fact_rests_on_the_numbers_that_keep_the_facts(runs, policy):
    values = {}
    for one in uncertain(policy):
        if one.key.startswith(NOT_FACTS):
            values |= one.at(1.0)
    assert len(values) > 50
    other = build_facts(runs.tables, with_values(policy, values), town.AS_OF)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(runs.facts, name), getattr(other, name))
    pd.testing.assert_frame_equal(runs.facts.households, other.households)


def test_routes_and_costs_rest_on_none_of_the_numbers_left_out(runs, policy):
    left_out = [one for one in uncertain(policy) if not has_effect(one)]
    assert len(left_out) >= 10
    for share in (0.0, 1.0):
        values = {}
        for one in left_out:
            values |= one.at(share)
        found = runs.routes(values)
        pd.testing.assert_frame_equal(found.parts, runs.base.parts)
        assert found.grid_fen == runs.base.grid_fen


def test_draws_are_a_seeded_latin_hypercube(runs):
    few = RangeRuns(runs.tables, runs.facts, runs.policy, runs.as_of)
    few.__dict__["numbers"] = [
        one for one in runs.numbers if one.key.startswith("heating_network.s")
    ]
    first, second = few.draws(4), few.draws(4)
    shares = np.array([one.shares for one in first])
    assert (shares == np.array([one.shares for one in second])).all()
    strata = np.sort((shares * 4).astype(int), axis=0)  # one draw in each quarter of each range
    assert (strata == np.array([[0, 0], [1, 1], [2, 2], [3, 3]])).all()
    assert [routes_by_village(one.routes) for one in first] == [
        routes_by_village(one.routes) for one in second
    ]
    assert few.draws(0) == []


def test_the_ends_of_every_number_once_and_none_that_is_the_value_itself(runs):
    few = RangeRuns(runs.tables, runs.facts, runs.policy, runs.as_of)
    keys = ("electric.overload_share", "electric.usable_share", "prices.pipe_cny_per_m")
    few.__dict__["numbers"] = [one for one in runs.numbers if one.key in keys]
    found = [(one.key, one.end, one.value) for one in few.ends()]
    assert found[:3] == [
        ("electric.overload_share", "high", 1.2),  # its low end is the value in use
        ("electric.usable_share", "low", 0.7),
        ("electric.usable_share", "high", 0.85),
    ]
    assert [one[:2] for one in found[3:]] == [(keys[2], "low"), (keys[2], "high")]
    assert np.isnan([one[2] for one in found[3:]]).all()
    table = few.robustness(2)
    assert table.draws == 2
    assert set(table.effects["key"]) == set(keys)

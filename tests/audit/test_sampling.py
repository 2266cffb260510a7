"""The bounds equal scipy's exact intervals, and brute force; visits are counted to the last one."""

import math

import numpy as np
import pandas as pd
import pytest
import town
from audit.cleared_home import NEXT, VILLAGE
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gis.audit import sampling


@pytest.mark.parametrize("visited", [1, 2, 5, 20, 59, 60, 299, 300, 5000])
@pytest.mark.parametrize("found", [0, 1, 3, 40])
def test_clopper_pearson_equals_scipys_exact_interval(found, visited):
    found = min(found, visited)
    exact = stats.binomtest(found, visited, alternative="less").proportion_ci(0.95, "exact").high
    assert sampling.upper_rate(found, visited) == pytest.approx(exact, rel=1e-12)


def test_the_rule_of_three_and_the_edges():
    assert sampling.upper_rate(0, 299) == pytest.approx(1 - 0.05 ** (1 / 299))
    assert sampling.upper_rate(0, 298) > 0.01 > sampling.upper_rate(0, 299)
    assert sampling.upper_rate(0, 0) == sampling.upper_rate(4, 4) == 1.0


def brute_upper(found, visited, homes, level=0.95):
    possible = np.arange(found, homes - visited + found + 1)
    likely = stats.hypergeom.cdf(found, homes, possible, visited) > 1 - level
    return possible[likely].max()


@given(st.data())
def test_the_finite_bound_equals_brute_force(data):
    homes = data.draw(st.integers(1, 60))
    visited = data.draw(st.integers(0, homes))
    found = data.draw(st.integers(0, visited))
    assert sampling.upper_count(found, visited, homes) == brute_upper(found, visited, homes)


def test_the_finite_bound_at_its_edges():
    assert sampling.upper_count(0, 0, 10) == 10
    assert sampling.upper_count(0, 10, 10) == 0
    assert sampling.upper_count(3, 10, 10) == 3
    with pytest.raises(ValueError, match="visited 3"):
        sampling.upper_count(0, 3, 2)
    with pytest.raises(ValueError, match="found 2"):
        sampling.upper_count(2, 1, 5)


def brute_needed(found, visited, homes):
    for more in range(homes - visited + 1):
        if brute_upper(found, visited + more, homes) < 0.01 * homes:
            return more
    return None


@pytest.mark.parametrize("homes", [1, 2, 40, 99, 100, 101, 250])
@pytest.mark.parametrize(("found", "visited"), [(0, 0), (0, 1), (1, 1), (2, 30), (0, 90)])
def test_the_visits_still_needed_equal_brute_force(homes, found, visited):
    visited = min(visited, homes)
    found = min(found, visited)
    assert sampling.visits_needed(found, visited, homes) == brute_needed(found, visited, homes)


def test_visits_needed_by_hand():
    assert sampling.visits_needed(0, 0, 0) == 0
    # under 1 % of 50 is none; one that remains escapes n visits with (50 - n) / 50 <= 5 %: 48
    assert sampling.visits_needed(0, 0, 50) == 48
    assert sampling.visits_needed(1, 1, 100) is None  # one is 1 % already
    assert sampling.visits_needed(1, 1, 101) == brute_needed(1, 1, 101)
    assert sampling.visits_needed(0, 400, 400) == 0


@pytest.fixture
def sampled(facts_of, judge_of, policy):
    def tables(homes, visits, zones=None):
        facts = facts_of(homes, zones)
        judged = judge_of(facts, visits)
        counts = sampling.visit_counts(facts, judged, policy, town.AS_OF)
        return [
            function(counts, facts.zones["zone_id"])
            for function in (sampling.by_zone, sampling.by_village)
        ]

    return tables


def test_the_sample_of_a_zone(sampled):
    homes = [{"x": 500.0 + n, "y": 100.0} for n in range(6)]
    homes += [{"x": 1500.0}, {"heating": "coal"}]
    found = {"household_id": "h1", "finding": "coal_stored"}
    stale = {"household_id": "h2", "inspected_on": "2024-08-31"}
    locked = {"household_id": "h3", "finding": "no_access"}
    burning = {"household_id": "h7"}
    zones, villages = sampled(homes, [{}, found, stale, locked, burning])
    row = zones.iloc[0]
    assert row[["zone_id", "homes", "visited", "found"]].tolist() == ["Z1", 7, 3, 2]
    assert row["upper_count"] == brute_upper(2, 3, 7)
    assert row["upper_rate"] == pytest.approx(brute_upper(2, 3, 7) / 7)
    assert row["upper_rate_binomial"] == pytest.approx(sampling.upper_rate(2, 3))
    assert pd.isna(row["visits_needed"])
    columns = ["zone_id", "village_code", "homes", "visited", "unvisited"]
    assert villages[columns].to_numpy().tolist() == [["Z1", VILLAGE, 7, 3, 4]]
    assert villages["visits"].isna().all()


def test_the_visits_are_shared_by_the_homes_not_yet_visited(sampled):
    rows = [{"x": 10.0 * n + 5, "y": 500.0} for n in range(90)]
    rows += [{"x": 905.0 + n, "y": 600.0, "village_code": NEXT} for n in range(30)]
    zones, villages = sampled(rows, [{"household_id": f"h{n}"} for n in range(20)])
    assert zones.loc[0, "visits_needed"] == villages["visits"].sum() > 0
    assert villages["unvisited"].tolist() == [70, 30]
    exact = zones.loc[0, "visits_needed"] * np.array([0.7, 0.3])
    assert (abs(villages["visits"].to_numpy(dtype=float) - exact) < 1).all()


def test_a_zone_without_homes(sampled):
    zones, villages = sampled([{"x": 1500.0}], [{}])
    assert zones[["homes", "visited", "found", "upper_count"]].to_numpy().tolist() == [[0, 0, 0, 0]]
    assert math.isnan(zones.loc[0, "upper_rate"])
    assert zones.loc[0, "visits_needed"] == 0
    assert villages.empty


def test_nobody_left_to_visit(sampled):
    _, villages = sampled([{}], [{}])
    assert villages["visits"].tolist() == [0]

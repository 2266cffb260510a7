"""The field list: who is on it, in which order, and what to look at."""

import numpy as np
import pytest
from audit.cleared_home import NEXT, VILLAGE
from hypothesis import given
from hypothesis import strategies as st

from gis.audit import office_documents


def test_a_walk_by_hand():
    x = np.array([5.0, 0.0, 9.0, np.nan, 6.0, 0.0])
    y = np.array([0.0, 1.0, 0.0, 0.0, 3.0, 0.0])
    order, steps = office_documents.route(x, y)
    # from the south of the two westernmost; 4 is 3.16 from 0, 2 is 4
    assert order.tolist() == [5, 1, 0, 4, 2, 3]
    assert steps.tolist() == pytest.approx([0, 1, 26**0.5, 10**0.5, 18**0.5, np.nan], nan_ok=True)


def test_a_walk_past_nobody_and_past_homes_without_a_place():
    order, steps = office_documents.route(np.array([]), np.array([]))
    assert (len(order), len(steps)) == (0, 0)
    order, steps = office_documents.route(np.array([np.nan, np.nan]), np.array([np.nan, 1.0]))
    assert order.tolist() == [0, 1]
    assert np.isnan(steps).all()


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=25))
def test_every_step_goes_to_the_nearest_left(points):
    x, y = np.array(points, dtype=float).T
    order, steps = office_documents.route(x, y)
    assert sorted(order.tolist()) == list(range(len(points)))
    assert x[order[0]] == x.min()
    for place in range(1, len(order)):
        here, left = order[place - 1], order[place:]
        apart = np.hypot(x[left] - x[here], y[left] - y[here])
        assert steps[place] == apart[0] == apart.min()


@pytest.fixture
def listed(facts_of, judge_of):
    def table(homes, visits):
        facts = facts_of(homes)
        return office_documents.field_list(facts, judge_of(facts, visits))

    return table


def test_who_is_on_the_list(listed):
    homes = [
        {},  # cleared
        {"x": 300.0},  # never visited
        {"x": 100.0, "coal_removed_on": None},
        {"x": 990.0},  # on the line
        {"x": 1500.0},  # outside
        {"x": 200.0, "reject_reason": "duplicate_id"},
        {"x": 995.0, "village_code": NEXT},
        {"x": 991.0},  # on the line, and cleared
    ]
    table = listed(homes, [{}, {"household_id": "h2"}, {"household_id": "h7"}])
    assert table["household_id"].tolist() == ["h2", "h1", "h3", "h6"]
    assert table["village_code"].tolist() == [VILLAGE] * 3 + [NEXT]
    assert table["stop"].tolist() == [1, 2, 3, 1]
    assert table["walk_m"].tolist() == [0.0, 200.0, 690.0, 0.0]
    assert table["check"].tolist() == ["coal_removed", "visited", "line,visited", "line,visited"]
    assert table.loc[0, "check_zh"] == "存煤是否已清空，何日清空"
    assert table.loc[2, "check_en"].startswith(
        "Is the home inside the line of the zone or outside?; "
    )
    assert table.loc[0, ["clearance", "why", "zone_id"]].tolist() == [
        "unknown", "coal_removal_missing", "Z1",
    ]  # fmt: skip


def test_nobody_to_visit(listed):
    table = listed([{}], [{}])
    assert table.empty
    assert list(table.columns) == list(office_documents.FIELD_LIST_COLUMNS)

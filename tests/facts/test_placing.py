"""Every household in one place: values worked out by hand on squares of 100 m."""

import numpy as np
import pytest
import shapely
import town
from hypothesis import given
from hypothesis import strategies as st

from gis.facts import build
from gis.facts.spatial_index import AreaIndex
from gis.facts.village_assignment import Homes, VillageIndex

A, B, C = "140882001001", "140882001002", "140882002001"
VILLAGES = [(A, (0, 0, 100, 100)), (B, (100, 0, 200, 100)), (C, (0, 100, 200, 200))]


def placed(rows, duty="ledger"):
    ledger, villages = town.households(rows), VillageIndex.of(town.villages(VILLAGES), duty)
    return build.placement_columns(
        ledger, villages.place(Homes.of(ledger, villages.codes)), villages.codes
    )


def located(x, y):
    return AreaIndex(town.villages(VILLAGES).geometry.to_numpy()).locate(np.array(x), np.array(y))


def test_shared_edges_belong_to_the_lower_code():
    found = located([50.0, 150, 100, 50, 100, 300, 0], [50.0, 50, 50, 100, 100, 50, 0])
    assert found.tolist() == [0, 1, 0, 0, 0, -1, 0]


@pytest.mark.parametrize(
    ("row", "status", "duty", "stands_in"),
    [
        ({"village_code": A, "x": 50, "y": 50}, "placed", A, A),
        ({"village_code": B, "x": 50, "y": 50}, "placed", B, A),
        ({"x": 50, "y": 50}, "placed", A, A),
        ({"village_code": "999999999999", "x": 50, "y": 150}, "placed", C, C),
        ({"village_code": A, "x": 500, "y": 50}, "outside", A, None),
        ({"x": 500, "y": 50}, "outside", None, None),
        ({"village_code": A}, "outside", A, None),
        ({"village_code": "999999999999"}, "rejected", None, None),
        (
            {"village_code": A, "x": 50, "y": 50, "reject_reason": "duplicate_id"},
            "rejected",
            None,
            None,
        ),
    ],
)
def test_status_duty_and_place(row, status, duty, stands_in):
    got = placed([{"household_id": "h1", **row}]).iloc[0]
    assert got["status"] == status
    for column, expected in (("village_code", duty), ("located_village_code", stands_in)):
        assert got[column] == expected or (expected is None and got[column] != got[column])


def test_the_reason_of_a_rejection_is_kept():
    got = placed(
        [
            {"household_id": "h1"},
            {"household_id": "h2", "x": 50, "y": 50, "reject_reason": "duplicate_id"},
        ]
    )
    assert got["reject_reason"].tolist() == ["no_place", "duplicate_id"]


def test_outside_names_the_nearest_village_and_the_distance():
    got = placed([{"household_id": "h1", "x": 230.0, "y": 50}]).iloc[0]
    assert (got["nearest_village_code"], got["nearest_village_m"]) == (B, 30.0)


def test_duty_by_location_when_the_policy_says_so():
    got = placed([{"household_id": "h1", "village_code": B, "x": 50, "y": 50}], duty="location")
    assert got.iloc[0]["village_code"] == A


@given(st.lists(st.tuples(st.integers(-20, 220), st.integers(-20, 220)), min_size=1, max_size=40))
def test_agrees_with_shapely_point_by_point(points):
    polygons = town.villages(VILLAGES).geometry.to_numpy()
    x, y = (np.array(axis, float) for axis in zip(*points, strict=True))
    found = located(x, y)
    for index, (px, py) in enumerate(points):
        inside = [i for i, p in enumerate(polygons) if shapely.intersects_xy(p, px, py)]
        assert found[index] == (min(inside) if inside else -1)

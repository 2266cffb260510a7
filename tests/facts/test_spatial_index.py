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
from hypothesis import given
from hypothesis import strategies as st

from gis.facts import spatial_index
from gis.facts.coverage import CoverageArea
from gis.facts.spatial_index import AreaIndex, LineIndex

COUNT = int(os.environ.get("NUANTU_EXACT_POINTS", "20000"))  # or more, given time
NOBODY = np.array([], dtype=object)


def geometries(*some):
    found = np.full(len(some), None, dtype=object)
    found[:] = some
    return found


def by_shapely(areas, x, y):
    """The first area that intersects each point."""
    point, area = shapely.STRtree(areas).query(shapely.points(x, y), predicate="intersects")
    first = np.full(len(x), len(areas))
    np.minimum.at(first, point, area)
    return np.where(first == len(areas), -1, first)


def nearest_by_shapely(lines, x, y):
    """The first of the nearest lines, and the distance: every line against every point."""
    index, metres = np.full(len(x), -1), np.full(len(x), np.inf)
    points = shapely.points(x, y)
    for number, line in enumerate(lines):
        to_line_m = shapely.distance(line, points)
        nearer = to_line_m < metres
        index[nearer], metres[nearer] = number, to_line_m[nearer]
    return index, metres


def edges_of(areas):
    return shapely.boundary(areas)


def assert_nearest(lines, x, y, expected):
    index, metres = LineIndex(lines).nearest(x, y)
    assert np.flatnonzero(metres != expected[1]).tolist() == []
    assert np.flatnonzero(index != expected[0]).tolist() == []


@pytest.fixture(params=[None, 7], ids=["at once", "in small chunks"])
def chunks(request, monkeypatch):
    if request.param:
        monkeypatch.setattr(spatial_index, "_PAIRS", request.param * 100)
        monkeypatch.setattr(spatial_index, "_NEIGHBOURS", 1)


@pytest.mark.parametrize("seed", range(4))
def test_located_as_shapely_says(seed, chunks):
    areas = hard.areas(seed)
    x, y = hard.points(seed, areas, COUNT)
    found, expected = AreaIndex(areas).locate(x, y), by_shapely(areas, x, y)
    assert (expected == -1).sum() > 100
    assert np.flatnonzero(found != expected).tolist() == []


def test_a_fan_of_slivers():
    fan = [
        shapely.Polygon([(0, 0), (1e4, 1e4 * np.tan(a)), (1e4, 1e4 * np.tan(a + 0.01))])
        for a in np.arange(0, 1.5, 0.01)
    ]
    areas = np.array(fan)
    x, y = np.abs(np.random.default_rng(5).normal(0, 3, (2, COUNT)))
    assert (AreaIndex(areas).locate(x, y) == by_shapely(areas, x, y)).all()


@pytest.mark.parametrize("seed", range(2))
def test_nearest_line_and_distance_are_the_same_doubles(seed, chunks):
    lines = hard.pipes(seed)
    x, y = hard.points(seed, lines, COUNT // 2)
    assert_nearest(lines, x, y, nearest_by_shapely(lines, x, y))


@pytest.mark.parametrize("seed", range(2))
def test_nearest_edge_of_polygons_with_holes_and_parts(seed, chunks):
    areas = hard.areas(seed)
    x, y = hard.points(seed, areas, COUNT // 10)
    assert_nearest(areas, x, y, nearest_by_shapely(edges_of(areas), x, y))


@pytest.mark.parametrize("seed", range(2))
def test_nearest_polygon_of_points_outside_of_all(seed):
    areas = hard.areas(seed)[::6]
    x, y = hard.points(seed, areas, COUNT // 10)
    found, metres = AreaIndex(areas).nearest(x, y)
    expected, expected_m = nearest_by_shapely(areas, x, y)
    assert (expected_m > 0).sum() > 100
    assert np.flatnonzero(metres != expected_m).tolist() == []
    assert np.flatnonzero(found != expected).tolist() == []


def test_beyond_reach_is_nothing():
    lines = hard.pipes(3)
    x, y = hard.points(3, lines, COUNT // 2)
    index, metres = LineIndex(lines).nearest(x, y)
    near, near_m = LineIndex(lines).nearest(x, y, 75.0)
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


def test_the_answer_does_not_depend_on_the_other_points():
    areas, lines = hard.areas(5), hard.pipes(5)
    x, y = hard.points(5, areas, 2_000)
    order = np.random.default_rng(5).permutation(len(x))
    whole = AreaIndex(areas), LineIndex(lines)
    found, (index, metres) = whole[0].locate(x, y), whole[1].nearest(x, y)
    assert (whole[0].locate(x[order], y[order]) == found[order]).all()
    assert (whole[1].nearest(x[order], y[order])[0] == index[order]).all()
    for one in range(0, 2_000, 97):
        assert AreaIndex(areas).locate(x[[one]], y[[one]]).tolist() == [found[one]]
        alone, alone_m = LineIndex(lines).nearest(x[[one]], y[[one]])
        assert (alone[0], alone_m[0]) == (index[one], metres[one])


def test_points_lines_and_polygons_together():
    mixed = geometries(
        None,
        shapely.Point(0, 0),
        shapely.LineString([(5, 5), (9, 5)]),
        shapely.Polygon(),
        shapely.box(20, 0, 30, 9),
        shapely.MultiPoint([(50, 0), (60, 0)]),
    )
    x, y = np.array([1.0, 7, 25, 61, 1e6]), np.array([0.0, 4, 4, 0, 0])
    index, metres = LineIndex(mixed).nearest(x, y)
    assert index.tolist() == [1, 2, 4, 5, 5]
    assert metres.tolist() == [1.0, 1.0, 4.0, 1.0, 1e6 - 60]
    assert AreaIndex(mixed).locate(x, y).tolist() == [-1, -1, 4, -1, -1]


def test_a_line_holds_no_point_on_it_but_is_near_it():
    line = geometries(shapely.LineString([(0, 0), (10, 0)]))
    at = np.array([5.0]), np.array([0.0])
    assert AreaIndex(line).locate(*at).tolist() == [-1]
    assert [part.tolist() for part in LineIndex(line).nearest(*at, 0.0)] == [[0], [0.0]]


@pytest.mark.parametrize("nothing", [NOBODY, geometries(None), geometries(shapely.Polygon())])
def test_nothing_to_be_near_to_or_in(nothing):
    x, y = np.array([1.0, np.nan]), np.array([2.0, np.nan])
    index = AreaIndex(nothing)
    assert index.locate(x, y).tolist() == [-1, -1]
    assert [one.tolist() for one in LineIndex(nothing).nearest(x, y)] == [[-1, -1], [np.inf] * 2]
    found, metres = index.nearest(x[:1], y[:1])
    assert (found.tolist(), np.isnan(metres).tolist()) == ([-1], [True])
    assert index.within_bounds(x[:1], y[:1], 1e9).tolist() == [False]


def test_no_points():
    none, areas = np.zeros(0), hard.areas(1)
    index = AreaIndex(areas)
    assert len(index.locate(none, none)) == 0
    assert [len(one) for one in index.nearest(none, none)] == [0, 0]
    assert [len(one) for one in index.boundary.nearest(none, none)] == [0, 0]
    assert len(index.within_bounds(none, none, 1.0)) == 0


def test_a_point_that_is_none_is_nowhere():
    areas = hard.areas(1)
    inside = shapely.point_on_surface(areas[0])
    x = np.array([inside.x, np.nan, np.inf, -np.inf, inside.x, inside.x, 1.7e308, -1e200])
    y = np.array([inside.y, inside.y, inside.y, 0.0, np.nan, np.inf, 1.7e308, 1e200])
    assert (AreaIndex(areas).locate(x, y) == [*by_shapely(areas, x[:1], y[:1]), *[-1] * 7]).all()
    index, metres = LineIndex(areas).nearest(x, y)
    assert index[1:6].tolist() == [-1] * 5
    assert np.isinf(metres[1:6]).all()
    assert metres[0] < 5_000


@pytest.mark.parametrize("far_m", [1e7, 1e9, 1e12])
def test_coordinates_with_few_decimals_left(far_m, chunks):
    """At 1e12 m a double knows 0.1 mm: what rounds together is decided as GEOS decides it."""
    rng = np.random.default_rng(11)
    corners = rng.integers(0, 60, (40, 3, 2)) + far_m
    areas = shapely.polygons(corners)
    areas = areas[shapely.is_valid(areas)]
    x, y = (rng.integers(-10, 140, (2, 4_000)) / 2) + far_m
    assert (AreaIndex(areas).locate(x, y) == by_shapely(areas, x, y)).all()
    assert_nearest(areas, x, y, nearest_by_shapely(edges_of(areas), x, y))


def test_areas_of_every_width():
    """One of 100 km, many of 1 m, some of no width, far from each other."""
    narrow = [shapely.box(1_000.0 * i, 0, 1_000.0 * i + 1, 9) for i in range(200)]
    flat = [shapely.Polygon([(7, 0), (7, 5), (7, 9), (7, 0)]), shapely.box(-1e8, 0, -1e8 + 1e-6, 1)]
    areas = geometries(*flat, *narrow, shapely.box(-10, -10, 1e5, 4))
    x = np.concatenate([np.arange(0, 2e5, 250.5), np.arange(-20.0, 1e5, 333), [7, -1e8]])
    y = np.resize([0.0, 2, 4, 4.5, 9, 9.5, -10], len(x))
    x, y = np.append(x, np.arange(0, 2e5, 1_000)), np.append(y, np.full(200, 4.5))
    expected = by_shapely(areas[2:], x, y) + 2
    expected[expected == 1] = -1
    wide = shapely.intersects_xy(areas[1], x, y)
    assert (AreaIndex(areas)._area == 1).any()
    found = AreaIndex(areas).locate(x, y)
    some = ~wide & (found != 0)  # GEOS itself is undecided about a polygon without an area
    assert (found[some] == expected[some]).all()
    assert (found[wide] == 1).all()


@pytest.mark.parametrize("apart_m", [0.0, 1e-9, 1e-3])
def test_more_lines_at_one_distance_than_are_looked_at_first(apart_m):
    """A hundred points around a place; of those at the least distance the first one is named."""
    angle = np.arange(100) * 2 * np.pi / 100
    circle = shapely.points(100 * np.cos(angle), 100 * np.sin(angle))
    twice = geometries(*circle, *circle[::-1])
    x, y = np.array([0.0, apart_m, 0.0, -apart_m]), np.array([0.0, 0.0, apart_m, apart_m])
    assert_nearest(twice, x, y, nearest_by_shapely(twice, x, y))


def test_long_segments_beside_short_ones():
    """The middle of the nearest piece may be farther than the middles of many others."""
    rng = np.random.default_rng(3)
    short = [shapely.LineString([(at, 30), (at + 0.5, 30)]) for at in np.arange(-20, 20, 0.5)]
    long_ = [
        shapely.LineString([(-3e5, 2), (3e5, 2.001)]),
        shapely.LineString([(-1e7, -5), (1e7, -5)]),
    ]
    lines = geometries(*short, *long_)
    x, y = rng.uniform(-60, 60, 3_000), rng.uniform(-40, 60, 3_000)
    assert_nearest(lines, x, y, nearest_by_shapely(lines, x, y))


@pytest.mark.parametrize(
    ("reach_m", "found"), [(5.0, 0), (np.nextafter(5.0, 0), -1), (0.0, -1), (np.inf, 0)]
)
def test_reach_includes_itself(reach_m, found):
    line = geometries(shapely.LineString([(4, 0), (4, -9)]))
    index, metres = LineIndex(line).nearest(np.array([0.0]), np.array([3.0]), reach_m)
    assert index.tolist() == [found]
    assert metres.tolist() == [5.0 if found == 0 else np.inf]


@pytest.mark.parametrize(
    ("x", "within"), [(2_009.0, True), (2_009.000001, False), (-2_000.0, True), (-2_001.0, False)]
)
def test_within_a_distance_of_a_bounding_box(x, within):
    triangle = geometries(shapely.Polygon([(0, 0), (9, 0), (0, 9)]), None)
    assert AreaIndex(triangle).within_bounds(np.array([x]), np.array([9.0]), 2_000).tolist() == [
        within
    ]


LATTICE = st.integers(0, 8)
PLACES = st.lists(st.tuples(st.integers(-2, 20), st.integers(-2, 20)), min_size=1, max_size=30)
CORNERS = st.tuples(LATTICE, LATTICE, LATTICE, LATTICE, LATTICE, LATTICE)


def triangle(corners):
    """A triangle with its corners on a lattice, some of them with a hole."""
    ring = shapely.Polygon([corners[:2], corners[2:4], corners[4:]])
    hole = shapely.centroid(ring).buffer(0.3, quad_segs=1)
    return ring.difference(hole) if ring.is_valid and ring.area > 4 else ring


@given(st.lists(CORNERS, min_size=1, max_size=12), PLACES, st.sampled_from([0.0, 4.2e6, -0.37]))
def test_lattice_points_on_corners_edges_and_holes(corners, places, off_m):
    shapes = [triangle(one) for one in corners]
    areas = geometries(*[one for one in shapes if one.is_valid and one.area > 0])
    areas = shapely.transform(areas, lambda at: at + off_m)
    x, y = (np.array(axis) / 2 + off_m for axis in zip(*places, strict=True))
    index = AreaIndex(areas)
    expected = [
        next((i for i, one in enumerate(areas) if shapely.intersects_xy(one, *at)), -1)
        for at in zip(x, y, strict=True)
    ]
    assert index.locate(x, y).tolist() == expected
    assert_nearest(areas, x, y, nearest_by_shapely(edges_of(areas), x, y))
    if len(areas):
        found, metres = index.nearest(x, y)
        wanted, wanted_m = nearest_by_shapely(areas, x, y)
        assert (found.tolist(), metres.tolist()) == (wanted.tolist(), wanted_m.tolist())


@given(
    st.lists(CORNERS, min_size=1, max_size=12), PLACES,
    st.sampled_from([0.0, 0.5, 1.0, 2.5, 5.0, np.inf]), st.sampled_from([1, 6]),
)  # fmt: skip
def test_lattice_lines_at_equal_distances(corners, places, reach_m, neighbours):
    lines = geometries(*[shapely.LineString([c[:2], c[2:4], c[4:], c[4:]]) for c in corners])
    x, y = (np.array(axis) / 2 for axis in zip(*places, strict=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spatial_index, "_NEIGHBOURS", neighbours)
        index, metres = LineIndex(lines).nearest(x, y, reach_m)
    expected, expected_m = nearest_by_shapely(lines, x, y)
    assert index.tolist() == np.where(expected_m <= reach_m, expected, -1).tolist()
    assert metres.tolist() == np.where(expected_m <= reach_m, expected_m, np.inf).tolist()


def test_threads_and_copies_agree():
    areas = hard.areas(9)
    x, y = hard.points(9, areas, COUNT)
    whole = AreaIndex(areas)
    copy, lines = (
        pickle.loads(pickle.dumps(one))  # noqa: S301  # our own bytes
        for one in (whole, whole.boundary)
    )
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda i: copy.locate(x[i::4], y[i::4]), range(4)))
        edges = list(pool.map(lambda i: lines.nearest(x[i::4], y[i::4], 90.0), range(4)))
    expected, (index, metres) = whole.locate(x, y), whole.boundary.nearest(x, y, 90.0)
    assert all((parts[i] == expected[i::4]).all() for i in range(4))
    assert all((edges[i][0] == index[i::4]).all() for i in range(4))
    assert all((edges[i][1] == metres[i::4]).all() for i in range(4))


@pytest.mark.parametrize("kind", [AreaIndex, LineIndex])
def test_geometries_are_copied_bit_by_bit(kind):
    some = geometries(
        shapely.Point(1.1, 2.2),
        None,
        shapely.LineString([(0, 0), (1 / 3, 5)]),
        shapely.Polygon(),
        shapely.Polygon([(0, 0), (1 / 7, 0), (0, 1)]),
    )
    for one in (some, NOBODY):
        index = kind(one)
        for _ in range(2):
            index = pickle.loads(pickle.dumps(index))  # noqa: S301  # our own bytes
        assert shapely.to_wkb(index.geometries).tolist() == shapely.to_wkb(one).tolist()


def test_the_geometries_themselves_stay_unprepared():
    areas = hard.areas(2)
    x, y = hard.points(2, areas, 500)
    AreaIndex(areas).locate(x, y)
    assert not shapely.is_prepared(areas).any()


# Two indexes over the same polygons, each asked first by two threads at once.
CROWD = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
import numpy as np, shapely
from gis.facts.spatial_index import AreaIndex

middle = np.arange(20_000) * 3.0
angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
rings = np.stack(np.broadcast_arrays(middle[:, None] + np.cos(angle), np.sin(angle)), -1)
area = np.repeat(np.arange(20_000), 3)
x, y = np.random.default_rng(1).uniform(-1, 1, (2, len(area)))
x += middle[area]
off = np.hypot(x - middle[area], y)
for _ in range(3):
    polygons, gate = shapely.polygons(rings), Barrier(4)
    indexes = AreaIndex(polygons), AreaIndex(polygons)

    def ask(number):
        gate.wait()
        return indexes[number % 2].locate(x, y)

    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(ask, range(4)):
            assert (found[off < np.cos(np.pi / 60)] == area[off < np.cos(np.pi / 60)]).all()
            assert (found[off > 1] == -1).all()
"""


def test_threads_that_ask_about_the_same_areas_at_once_do_not_crash():
    run = subprocess.run([sys.executable, "-c", CROWD], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-500:]

"""Places that are numbers from the file on: as shapely reads them, row by row."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import LineString, MultiPoint, Point, Polygon

from gis.layers import validation
from gis.layers.columns import LAYERS
from gis.layers.georeference import EAST, NORTH, georeference
from gis.layers.raw_table import RawTable

METRES = "EPSG:4546"
HOUSEHOLDS = LAYERS["households"]
east, north = st.floats(-1e5, 1e6), st.floats(1.6e6, 5.4e6)
NAN, INF = float("nan"), float("inf")


def big_endian(shape):
    return shapely.to_wkb(shape, byte_order=0)


SHAPES = st.one_of(
    st.builds(lambda x, y: shapely.to_wkb(Point(x, y)), east, north),
    st.builds(lambda x, y: shapely.to_wkb(Point(x, y, 7.0)), east, north),
    st.builds(lambda x, y: big_endian(Point(x, y)), east, north),
    st.builds(lambda x, y: shapely.to_wkb(MultiPoint([(x, y)])), east, north),
    st.sampled_from([
        None, b"", b"\x01", bytes(21), shapely.to_wkb(Point()), shapely.to_wkb(Point(0, 0)),
        shapely.to_wkb(MultiPoint([(1, 1), (2, 2)])), shapely.to_wkb(LineString([(1, 1), (2, 2)])),
        shapely.to_wkb(Polygon([(0, 0), (1, 0), (1, 1)])), shapely.to_wkb(Point(INF, 5.0)),
        shapely.to_wkb(Point(5, 5), include_srid=True)[:-1] + b"\x40",
    ]),
)  # fmt: skip


def expected(wkb):
    """x, y and what is said of a row, by shapely alone."""
    shape = None if wkb is None else shapely.from_wkb(wkb, on_invalid="ignore")
    if shape is None:
        return NAN, NAN, "no_geometry" if wkb is None else "geometry_unreadable"
    if shape.is_empty:
        return NAN, NAN, "no_geometry"
    if shape.geom_type == "MultiPoint" and len(shape.geoms) == 1:
        shape = shape.geoms[0]
    if shape.geom_type != "Point":
        return NAN, NAN, "geometry_kind"
    if (shape.x, shape.y) == (0, 0):
        return NAN, NAN, "location_zero"
    if not (-2e5 < shape.x < 1.2e6 and 1.4e6 < shape.y < 5.6e6):  # 500 km round its zone in China
        return NAN, NAN, "location_unusable"
    return shape.x, shape.y, ""


@given(st.lists(SHAPES, min_size=1, max_size=30), st.booleans())
def test_points_are_read_where_their_bytes_lie_as_shapely_reads_them(rows, sliced):
    wkb = pa.array([b"no", *rows], pa.large_binary())[1:] if sliced else rows
    raw = RawTable({}, range(1, len(rows) + 1), wkb)
    placed = georeference(
        raw, pd.DataFrame(index=range(len(rows))), HOUSEHOLDS, METRES, CRS(METRES)
    )
    if placed is None:
        assert not any(rows)
        return
    x, y, said = zip(*map(expected, rows), strict=True)
    np.testing.assert_array_equal(placed.shapes[0], x)
    np.testing.assert_array_equal(placed.shapes[1], y)
    found = {one.row: one.code for one in raw.findings}
    assert len(found) == len(raw.findings)
    assert [found.get(row, "") for row in raw.rows] == list(said)


@pytest.mark.parametrize("layer", ["households", "transformers"])
def test_columns_of_numbers_say_the_same_of_either_kind_of_layer(layer):
    table = pd.DataFrame({"x": [470_000.0, 0.0, NAN, 471_000.0], "y": [3.9e6, 0.0, 3.9e6, 3.8e6]})
    raw = RawTable({}, [2, 3, 4, 5])
    shapes = georeference(raw, table, LAYERS[layer], METRES, CRS(METRES)).shapes
    x, y = shapes if layer == "households" else (shapes.x, shapes.y)
    np.testing.assert_array_equal(x, [470_000.0, NAN, NAN, 471_000.0])
    np.testing.assert_array_equal(y, [3.9e6, NAN, NAN, 3.8e6])
    assert [(one.code, one.row) for one in raw.findings] == [
        ("no_location", 4),
        ("location_zero", 3),
    ]


@pytest.mark.parametrize(("homes", "stacked"), [(99, 0), (100, 1)])
def test_homes_on_one_point_are_said_from_a_hundred_on(homes, stacked):
    table = pd.DataFrame({EAST: [470_000.04] * homes + [1.0, NAN], NORTH: [3.9e6] * homes + [2, 2]})
    table = table.assign(ledger_file="h.csv", ledger_sheet="", ledger_row=range(2, homes + 4))
    found = validation.check_rows(table, HOUSEHOLDS)
    assert [(one.code, one.row, one.numbers["households"]) for one in found] == [
        ("stacked", 2, 100)
    ] * stacked

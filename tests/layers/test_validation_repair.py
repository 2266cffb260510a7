"""Polygons that are none: what lies in any of the parts stays inside, and where it matters a hole.

Every area is worked out by hand from the rectangles, in m².
"""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Polygon, box

from gis.layers.raw_table import RawTable
from gis.layers.validation import repair


def ring(west, south, east, north):
    return box(west, south, east, north).exterior.coords


TEN = box(0, 0, 10, 10)
HOLED = Polygon(TEN.exterior.coords, [ring(2, 2, 8, 8)])
BOW_TIE = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
# a pentagram goes round its middle twice: the star of five points of radius 1, its middle included
STAR = Polygon([(np.cos(4 * np.pi * k / 5), np.sin(4 * np.pi * k / 5)) for k in range(5)])
STAR_M2 = 1.1226
# shape, area as the union of its parts, area where winding alone says what a hole is
DAMAGED = [
    (MultiPolygon([TEN, box(5, 0, 15, 10)]), 150, 150),  # overlapping: not 100
    (MultiPolygon([TEN, box(2, 2, 4, 4)]), 100, 96),  # nested
    (MultiPolygon([TEN, box(2, 2, 8, 8), box(4, 4, 6, 6)]), 100, 68),  # a part in the hole
    (MultiPolygon([TEN, TEN]), 100, 100),  # the same twice
    (MultiPolygon([TEN, box(5, 0, 15, 10), box(4, 0, 6, 10)]), 150, 150),  # three at one place
    (MultiPolygon([HOLED, TEN]), 100, 100),  # one part fills the other's hole
    (MultiPolygon([HOLED, box(1, 1, 3, 3)]), 65, 65),  # 64, and 1 of the hole
    (BOW_TIE, 50, 50),
    (STAR, STAR_M2, STAR_M2),
    (Polygon(TEN.exterior.coords, [ring(1, 1, 5, 5), ring(3, 3, 7, 7)]), 72, 72),  # holes overlap
    (Polygon(TEN.exterior.coords, [ring(5, 5, 15, 6)]), 95, 95),  # a hole over the edge
    (Polygon(TEN.exterior.coords, [TEN.exterior.coords]), 100, 100),  # a hole that leaves nothing
]


@pytest.mark.parametrize(("shape", "together", "wound"), DAMAGED)
def test_a_damaged_polygon_keeps_what_lies_in_any_of_its_parts(shape, together, wound):
    for by_winding, area_m2 in ((False, together), (True, wound)):
        raw = RawTable({}, [7])
        shapes = gpd.GeoSeries([shape], crs="EPSG:4546")
        (mended,) = repair(raw, shapes, by_winding=by_winding)
        assert (mended.is_valid, round(mended.area, 4)) == (True, area_m2)
        (finding,) = raw.findings
        assert (finding.code, finding.row) == ("repaired", 7)
        assert finding.numbers["after_m2"] == pytest.approx(area_m2, abs=1e-4)


@pytest.mark.parametrize("by_winding", [False, True])
def test_sound_shapes_are_left_as_they_are(by_winding):
    sound = [TEN, HOLED, MultiPolygon([HOLED, box(4, 4, 6, 6)]), None]
    raw = RawTable({}, [1, 2, 3, 4])
    same = repair(raw, gpd.GeoSeries(sound, crs="EPSG:4546"), by_winding=by_winding)
    assert raw.findings == []
    assert all(shapely.equals_identical(same[n], sound[n]) for n in range(3))
    assert same[3] is None


def test_what_encloses_nothing_is_no_polygon():
    raw = RawTable({}, [1])
    line = Polygon([(0, 0), (10, 0), (5, 0)])
    (mended,) = repair(raw, gpd.GeoSeries([line], crs="EPSG:4546"))
    assert mended is None
    assert raw.findings[0].numbers["after_m2"] == 0


def wound_wrong(path, rings):
    """A Shapefile of one polygon with these rings as they are wound."""
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[box(0, 0, 1, 1)], crs="EPSG:4546").to_file(path)
    parts = [np.array(one, "<f8") for one in rings]
    points = np.concatenate(parts)
    starts = np.cumsum([0, *map(len, parts)])[:-1].astype("<i4")
    bounds = np.array([*points.min(axis=0), *points.max(axis=0)], "<f8").tobytes()
    content = np.int32(5).tobytes() + bounds
    content += np.array([len(parts), len(points)], "<i4").tobytes()
    content += starts.tobytes() + points.tobytes()
    record = np.array([1, len(content) // 2], ">i4").tobytes() + content
    header = bytearray(path.read_bytes()[:100])
    header[24:28] = np.array([(100 + len(record)) // 2], ">i4").tobytes()
    header[36:68] = bounds
    path.write_bytes(bytes(header) + record)
    index = bytearray(path.with_suffix(".shx").read_bytes()[:108])
    index[100:108] = np.array([50, len(content) // 2], ">i4").tobytes()
    index[36:68] = bounds
    path.with_suffix(".shx").write_bytes(bytes(index))


@pytest.mark.parametrize("outer", [1, -1])
@pytest.mark.parametrize("inner", [1, -1])
def test_a_hole_of_a_shapefile_is_one_however_it_is_wound(city, outer, inner):
    rings = [ring(470000, 3934000, 472000, 3936000), ring(470500, 3934500, 471500, 3935500)]
    path = city.usual().layer("built_up_area", "built_up.shp")
    turned = [list(one)[::way] for one, way in zip(rings, (outer, inner), strict=True)]
    wound_wrong(path, turned)
    loaded = city.load()
    assert loaded.tables["built_up_area"].area.tolist() == [pytest.approx(3e6)]

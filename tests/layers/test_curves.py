"""Arcs are read as straight pieces; their lengths and areas are those of circles."""

import struct
from math import hypot, pi

import numpy as np
import pyogrio
import pytest
import shapely
from layers.city import CRS, EAST, EAST_CODE, WEST_CODE, blocking, codes, problem

from gis.layers import formats
from gis.layers.curves import is_straight
from gis.layers.raw_table import Request

X, Y, R = 471_000.0, 3_935_000.0, 800.0
POINT, LINE, COLLECTION, ARC, COMPOUND, DISC, ARCS, SURFACES = 1, 2, 7, 8, 9, 10, 11, 12
OFF_M = R * 1.6e-6  # half of 0.2 degrees: 1 - cos(0.1 degrees) = 1.52e-6


def of_points(kind, *points):
    numbers = [number for point in points for number in point]
    return struct.pack(f"<BII{len(numbers)}d", 1, kind, len(points), *numbers)


def of_parts(kind, *parts):
    return struct.pack("<BII", 1, kind, len(parts)) + b"".join(parts)


def circle(r=R, x=X, y=Y):
    return of_points(ARC, (x + r, y), (x - r, y), (x + r, y))


HALF = of_points(ARC, (X - R, Y), (X, Y + R), (X + R, Y))
BASE = of_points(LINE, (X + R, Y), (X - R, Y))
SHAPES = {
    "CURVEPOLYGON": (of_parts(DISC, circle()), pi * R**2),
    "COMPOUNDCURVE": (of_parts(DISC, of_parts(COMPOUND, HALF, BASE)), pi * R**2 / 2),
    "with a hole": (of_parts(DISC, circle(), circle(R / 2)), 0.75 * pi * R**2),
    "MULTISURFACE": (of_parts(SURFACES, of_parts(DISC, circle())), pi * R**2),
}


def write(path, shapes, driver="GPKG", **fields):
    fields = fields or {"number": list(range(len(shapes)))}
    pyogrio.raw.write(
        path, np.array(shapes, dtype=object), [np.array(one) for one in fields.values()],
        list(fields), layer="t", driver=driver, geometry_type="Unknown", crs=CRS,
    )  # fmt: skip


def written_villages(city, west):
    write(
        city.layer("villages", "v.gpkg"), [west, shapely.to_wkb(EAST)],
        village_code=np.array([WEST_CODE, EAST_CODE], dtype=object),
        village=np.array(["西村", "东村"], dtype=object),
        township_code=np.array(["140882001"] * 2, dtype=object),
        township=np.array(["城区街道"] * 2, dtype=object),
    )  # fmt: skip


@pytest.mark.parametrize("kind", SHAPES)
def test_a_village_drawn_with_arcs_has_the_area_of_its_circle(kind, city):
    shape, area = SHAPES[kind]
    written_villages(city, shape)
    loaded = city.usual().load()
    west = loaded.tables["villages"].geometry.iloc[0]
    # a polygon inside the circle is smaller by less than its circumference times the tolerance
    assert area - 2 * pi * R * 1.5 * OFF_M < west.area < area
    said = problem(loaded, "curves_straightened")
    assert (said.layer, said.blocking) == ("villages", False)
    assert "0.015 m" in said.message.en
    assert not blocking(loaded)


@pytest.mark.parametrize(
    ("shape", "length"),
    [
        (HALF, pi * R),
        (of_parts(COMPOUND, HALF, BASE), pi * R + 2 * R),
        (of_parts(ARCS, HALF, of_points(LINE, (X, Y), (X + 100, Y))), pi * R + 100),
    ],
)
@pytest.mark.parametrize("driver", ["GPKG", "FlatGeobuf", "OpenFileGDB"])
def test_a_pipe_with_arcs_is_as_long_in_every_format(shape, length, driver, tmp_path, reader):
    path = tmp_path / {"GPKG": "p.gpkg", "FlatGeobuf": "p.fgb", "OpenFileGDB": "p.gdb"}[driver]
    if driver == "OpenFileGDB":
        pyogrio.raw.write(
            path, np.array([shape], dtype=object), [np.array([1])], ["number"], layer="t",
            driver=driver, geometry_type="MultiLineString", crs=CRS,
        )  # fmt: skip
    else:
        write(path, [shape], driver)
    raw = reader.read(Request(str(path), formats.format_of(path)))
    (found,) = shapely.from_wkb(raw.wkb)
    assert found.length == pytest.approx(length, abs=0.01)
    assert [one.code for one in raw.findings] == ["curves_straightened"]


def test_no_piece_leaves_the_arc_by_more_than_is_said(tmp_path, reader):
    write(tmp_path / "p.gpkg", [HALF])
    raw = reader.read(Request(str(tmp_path / "p.gpkg"), "geopackage"))
    points = shapely.get_coordinates(shapely.from_wkb(raw.wkb))
    middles = (points[1:] + points[:-1]) / 2
    assert max(R - hypot(x - X, y - Y) for x, y in middles) < OFF_M
    said = raw.findings[0].numbers
    assert said["millionths"] == pytest.approx(1.523, abs=1e-3)


def test_an_arc_in_a_collection_is_named_and_one_without_is_read(city):
    label = of_points(POINT, (X, Y))[:5] + struct.pack("<2d", X, Y)
    written_villages(city, of_parts(COLLECTION, of_parts(DISC, circle()), label))
    loaded = city.usual().load()
    assert problem(loaded, "geometry_unreadable").row == 1
    square = shapely.to_wkb(shapely.box(X, Y, X + 100, Y + 200))
    written_villages(city, of_parts(COLLECTION, label, square))
    loaded = city.usual().load()
    assert loaded.tables["villages"].geometry.iloc[0].area == 20_000
    said = problem(loaded, "parts_left_out")
    assert (said.row, "Point" in said.message.en) == (1, True)
    assert not codes(loaded)["curves_straightened"]


def test_a_broken_arc_is_named_and_the_others_are_read(city):
    broken = of_parts(SURFACES, of_parts(DISC, circle()))[:-9]
    written_villages(city, of_parts(DISC, circle()))
    write_blob(city.folder / "v.gpkg", 2, broken)
    loaded = city.usual().load()
    assert problem(loaded, "geometry_unreadable").row == 2
    assert loaded.tables["villages"].geometry.iloc[0].area > 3 * R**2
    assert codes(loaded)["curves_straightened"] == 1


def write_blob(path, row, wkb):
    import sqlite3  # noqa: PLC0415

    base = sqlite3.connect(path)
    for name in [name for (name,) in base.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )]:  # fmt: skip
        base.execute(f'DROP TRIGGER "{name}"')
    head = b"GP\x00\x01" + struct.pack("<i", 4546)
    base.execute("UPDATE t SET geom = ? WHERE fid = ?", (head + wkb, row))
    base.commit()
    base.close()


@pytest.mark.parametrize("height", [0, 1000, 2000, 3000, 0x80000000])
def test_an_arc_is_known_by_its_bytes_whatever_its_heights(height):
    assert not is_straight(struct.pack("<BI", 1, ARC + height))
    assert not is_straight(struct.pack(">BI", 0, DISC + height))
    assert is_straight(struct.pack("<BI", 1, LINE + height))
    assert is_straight(struct.pack(">BI", 0, 6 + height))

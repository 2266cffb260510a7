"""Where rows are: shapes of the layer's kind, and layers that lie beside where they belong."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
from layers.city import CRS, HOMES, TO_LONLAT, WEST_CODE, blocking, codes, problem, villages
from shapely import (
    LineString,
    MultiLineString,
    MultiPoint,
    Point,
    Polygon,
    from_wkt,
    get_parts,
    is_empty,
    line_locate_point,
    to_wkb,
    transform,
)

from gis.layers.columns import LAYERS
from gis.layers.crs import wgs_to_gcj
from gis.layers.georeference import georeference
from gis.layers.raw_table import RawTable


def as_gcj(frame):
    """The frame in GCJ-02 degrees, labelled as if they were true ones."""
    there = frame.to_crs("EPSG:4490")
    shifted = transform(
        there.geometry.to_numpy(), lambda xy: np.column_stack(wgs_to_gcj(xy[:, 0], xy[:, 1]))
    )
    return gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=shifted, crs="EPSG:4490")


def test_households_as_points_of_a_geopackage(city):
    shapes = [MultiPoint([HOMES[0][3:]]), Point(HOMES[1][3:]), MultiPoint([(471000, 3935000)] * 2)]
    frame = gpd.GeoDataFrame(
        {
            "户编号": [home[0] for home in HOMES],
            "村代码": [home[1] for home in HOMES],
            "取暖方式": [home[2] for home in HOMES],
        },
        geometry=shapes,
        crs=CRS,
    )
    frame.to_file(city.layer("households", "h.gpkg"))
    loaded = city.usual().load()
    homes = loaded.tables["households"]
    assert homes["x"].tolist()[:2] == [471000, 471500]
    assert np.isnan(homes["x"].iloc[2])
    found = problem(loaded, "geometry_kind")
    assert (found.row, found.layer) == (3, "households")


def test_a_line_without_length_is_named_and_kept(city):
    ends = [(470000, 3934000), (470000, 3934000)]
    longer = [*ends, (470000, 3934000.1)]
    shapes = [LineString(ends), LineString(longer), MultiLineString([ends, longer])]
    frame = gpd.GeoDataFrame({"pipe_id": list("abc"), "status": "在用"}, geometry=shapes, crs=CRS)
    frame.to_file(city.layer("heat_pipes", "p.gpkg"))
    loaded = city.usual().load()
    lengths = loaded.tables["heat_pipes"].length.tolist()
    assert lengths == [0, pytest.approx(0.1), pytest.approx(0.1)]
    assert problem(loaded, "line_without_length").row == 1


@pytest.mark.parametrize(
    "written",
    [
        "MULTILINESTRING (EMPTY, (0 0, 100 0), (0 0, 0 0))",
        "GEOMETRYCOLLECTION (LINESTRING EMPTY, GEOMETRYCOLLECTION (LINESTRING (0 0, 100 0)))",
        "MULTILINESTRING ((0 0, 60 0), EMPTY, EMPTY, (60 0, 100 0))",
    ],
)
def test_empty_parts_are_no_parts(written):
    """GEOS ends the whole process where it is asked for a place along a line with such a part."""
    there = transform(from_wkt(written), lambda at: at + np.array([470_000, 3_934_000]))
    raw = RawTable({}, [2], crs=CRS, wkb=[to_wkb(there)])
    pipes = LAYERS["heat_pipes"]
    found = georeference(raw, pd.DataFrame(index=[0]), pipes, CRS, pyproj.CRS(CRS))
    (shape,) = found.shapes
    assert not is_empty(get_parts(shape)).any()
    assert (shape.length, line_locate_point(shape, Point(470_070, 3_934_005))) == (100, 70)


def test_a_closed_line_of_an_area_layer_is_its_polygon(city):
    ring = [(470000, 3934000), (470100, 3934000), (470100, 3934100), (470000, 3934000)]
    shapes = [LineString(ring), LineString(ring[:3]), Polygon(ring)]
    frame = gpd.GeoDataFrame({"status": ["在用"] * 3}, geometry=shapes, crs=CRS)
    frame.to_file(city.layer("heat_coverage", "c.gpkg"))
    loaded = city.usual().load()
    kinds = loaded.tables["heat_coverage"].geometry.geom_type.tolist()
    assert kinds[0] == kinds[2] == "Polygon"
    assert codes(loaded, "heat_coverage") == {"geometry_kind": 1, "rows_lost": 1}


def test_height_is_left_out(city):
    street = LineString([(470000, 3934000, 380), (470100, 3934000, 390)])
    frame = gpd.GeoDataFrame({"name": ["街"]}, geometry=[street], crs=CRS)
    frame.to_file(city.layer("roads", "r.gpkg"))
    assert not city.usual().load().tables["roads"].geometry.has_z.any()


@pytest.mark.parametrize(("shift", "misfits"), [(as_gcj, 1), (lambda frame: frame, 0)])
def test_heat_pipes_that_miss_the_streets_by_a_web_maps_shift(city, shift, misfits):
    lines = [LineString([(470000, y), (474000, y)]) for y in range(3934000, 3936000, 400)]
    streets = gpd.GeoDataFrame({"name": [f"街{at}" for at in range(5)]}, geometry=lines, crs=CRS)
    streets.to_file(city.layer("roads", "r.gpkg"))
    pipes = [
        LineString([(470000 + 100 * at, y + 5), (470100 + 100 * at, y + 5)])
        for y in range(3934000, 3936000, 400)
        for at in range(10)
    ]
    frame = gpd.GeoDataFrame(
        {"pipe_id": [f"P{at}" for at in range(50)], "status": "在运"}, geometry=pipes, crs=CRS
    )
    shift(frame).to_file(city.layer("heat_pipes", "p.gpkg"))
    loaded = city.usual().load()
    assert codes(loaded, "heat_pipes")["datum_misfit"] == misfits
    if misfits:
        assert "GCJ-02" in problem(loaded, "datum_misfit").message.en


def test_villages_in_gcj_02_are_suspected_themselves(city):
    as_gcj(villages()).to_file(city.layer("villages", "v.gpkg"))
    homes = [
        (f"H{at}", WEST_CODE, "燃煤", 470020 + 20 * at, 3934050 + (at % 2) * 1900)
        for at in range(98)
    ]
    city.households(homes)
    loaded = city.usual().load()
    assert "villages: GCJ-02" in problem(loaded, "datum_misfit", "households").message.zh
    city.layers["villages"] = {"path": "v.gpkg", "crs": "GCJ-02"}
    loaded = city.load()
    assert not blocking(loaded)
    moved = loaded.tables["villages"].geometry.iloc[0]
    assert moved.hausdorff_distance(villages().geometry.iloc[0]) < 1e-3


def test_a_layer_in_another_county_is_told_so(city):
    lon, lat = TO_LONLAT.transform(471000, 3935000)
    rows = [(f"H{at}", WEST_CODE, "燃煤", lon + 1, lat + 0.001 * at) for at in range(20)]
    city.households(rows, ("户编号", "村代码", "取暖方式", "经度", "纬度"), crs="EPSG:4490")
    loaded = city.usual().load()
    assert ("households", "layer_elsewhere") in blocking(loaded)
    assert problem(loaded, "layer_elsewhere").message.en.endswith("—")


def test_a_heat_source_far_off_is_reported_and_kept(city):
    text = "热源编号,供热能力,X坐标,Y坐标\nR1,600,471000,3980000\n"
    city.layer("heat_sources", "s.csv", crs=CRS).write_text(text, encoding="utf-8")
    loaded = city.usual().load()
    assert codes(loaded, "heat_sources") == {"layer_far": 1}
    assert not blocking(loaded)
    assert len(loaded.tables["heat_sources"]) == 1


def test_plan_metres_of_files_that_state_another_system_are_read_as_declared(city):
    frame = villages()
    frame.set_crs("EPSG:4547", allow_override=True).to_file(
        city.layer("villages", "v.gpkg", crs=CRS)
    )
    loaded = city.usual().load()
    assert problem(loaded, "crs_differs").value == ""
    assert loaded.tables["villages"].geometry.iloc[0].equals(frame.geometry.iloc[0])

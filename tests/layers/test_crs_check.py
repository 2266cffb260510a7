"""Layers declared in one system that lie in another: what fits, and how far off they are."""

import geopandas as gpd
import pytest
from layers.city import (
    CRS,
    EAST,
    HEADINGS,
    WEST,
    WEST_CODE,
    blocking,
    codes,
    csv_text,
    problem,
    villages,
)
from shapely import LineString, MultiPoint, Point, transform

from gis.layers.crs import wgs_to_gcj
from gis.layers.crs_check import other_zone, zone_name

UTM = "EPSG:32649"


def homes(count=30, step=20):
    """Homes of the western village along y = 3 935 016."""
    return [(f"H{at}", WEST_CODE, "燃煤", 470_300 + step * at, 3_935_016) for at in range(count)]


def pipes(city, truly, declared, *, away=0.0):
    """A main of 600 m, 16 m from the homes, whose coordinates are in one system and say another."""
    line = gpd.GeoSeries([LineString([(470_300, 3_935_000 + away), (470_900, 3_935_000 + away)])])
    frame = gpd.GeoDataFrame(
        {"pipe_id": ["P1"], "status": ["在运"]},
        geometry=line.set_crs(CRS).to_crs(truly).set_crs(declared, allow_override=True),
    )
    frame.to_file(city.layer("heat_pipes", "p.gpkg"))


def test_pipes_in_utm_that_say_gauss_krueger_are_said_with_what_fits(city):
    city.households(homes())
    pipes(city, UTM, CRS)
    loaded = city.usual().load()
    said = problem(loaded, "datum_doubtful")
    assert said.layer == "heat_pipes"
    assert "UTM zone 49N (EPSG:32649) fits" in said.message.en
    # 0.04 % of 3 935 000 m are 1574 m; the homes lie 16 m further north
    assert "1.57 km off" in said.message.en
    assert "(1.59 km off)" in said.message.en
    city.layer("heat_pipes", "p.gpkg", crs=UTM)
    assert "datum_doubtful" not in codes(city.load())


def test_the_other_way_round_and_a_project_in_utm(city):
    city.project["crs"] = UTM
    line = gpd.GeoSeries([Point(home[3:]) for home in homes()], crs=CRS).to_crs(UTM)
    rows = [(*home[:3], at.x, at.y) for home, at in zip(homes(), line, strict=True)]
    city.households(rows, crs=UTM)
    pipes(city, CRS, UTM)
    assert "EPSG:4546 fits" in problem(city.usual().load(), "datum_doubtful").message.en


@pytest.mark.parametrize("away", [0, 40, 500, 1600, -3000])
def test_a_sound_main_is_not_doubted_wherever_it_lies(away, city):
    city.households(homes())
    pipes(city, CRS, CRS, away=away)
    assert not codes(city.usual().load()).keys() & {"datum_doubtful", "datum_misfit"}


def homes_in(city, truly, count, south=3_934_100):
    spread = [(at, 470_100 + 60 * (at % 6), south + 60 * (at // 6)) for at in range(count)]
    there = gpd.GeoSeries([Point(x, y) for _, x, y in spread], crs=CRS).to_crs(truly)
    rows = [(f"H{at}", WEST_CODE, "燃煤", one.x, one.y) for at, one in enumerate(there)]
    city.households(rows)


# 3934100 m are moved south by 1574 m: out of the village, which begins at 3934000
@pytest.mark.parametrize(("count", "found"), [(9, 0), (10, 1), (30, 1)])
def test_homes_in_utm_that_say_gauss_krueger_stop_the_run(count, found, city):
    homes_in(city, UTM, count)
    loaded = city.usual().load()
    assert codes(loaded)["datum_misfit"] == found
    if found:
        said = problem(loaded, "datum_misfit")
        assert "UTM zone 49N" in said.message.en
        assert said.blocking


def test_villages_in_utm_under_right_homes_are_named(city):
    homes_in(city, CRS, 30, south=3_935_600)  # the village seems to end at 3934426
    frame = villages().to_crs(UTM).set_crs(CRS, allow_override=True)
    frame.to_file(city.layer("villages", "v.gpkg"))
    said = problem(city.usual().load(), "datum_misfit")
    assert "villages: UTM zone 49N" in said.message.en


def test_a_few_homes_elsewhere_are_no_other_system(city):
    # 7 of 12 homes stand south of their village by as much as UTM would move them
    rows = [(f"H{at}", WEST_CODE, "燃煤", 470_500 + 9 * at, 3_934_500) for at in range(5)]
    rows += [(f"S{at}", WEST_CODE, "燃煤", 470_500 + 9 * at, 3_933_000) for at in range(7)]
    city.households(rows)
    assert "datum_misfit" not in codes(city.usual().load())


@pytest.mark.parametrize(
    ("truly", "declared", "fits"),
    [
        ("EPSG:4547", CRS, "EPSG:4547"),  # the next central meridian
        ("EPSG:4525", CRS, "EPSG:4525"),  # a zone before the easting
        ("EPSG:4497", CRS, "EPSG:4497"),  # by 6 degrees, 19 before the easting
        ("EPSG:32650", CRS, "UTM zone 50N"),
        ("EPSG:4490", CRS, "EPSG:4490"),  # degrees
        ("EPSG:3857", "EPSG:4490", "EPSG:3857"),
    ],
)
def test_villages_that_lie_elsewhere_are_said_with_what_fits(truly, declared, fits, city):
    frame = villages().to_crs(truly).set_crs(declared, allow_override=True)
    frame.to_file(city.layer("villages", "v.gpkg"))
    said = problem(city.usual().load(), "layer_elsewhere")
    assert fits in said.message.en
    assert said.blocking


@pytest.mark.parametrize("crs", [CRS, "EPSG:4490"])
def test_geometries_with_their_axes_exchanged_are_named_as_that(crs, city):
    frame = villages().to_crs(crs)
    shapes = transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    frame.set_geometry(gpd.GeoSeries(shapes, crs=crs)).to_file(city.layer("villages", "v.gpkg"))
    loaded = city.usual().load()
    said = problem(loaded, "axes_swapped_drawn")
    assert said.blocking
    assert "with longitude (or easting) first" in said.remedy.en
    assert "location_unusable" not in codes(loaded, "villages")


@pytest.mark.parametrize("wild", [1e9, -1e9, 6e6])
def test_an_absurd_place_is_none_and_the_row_is_said(wild, city):
    rows = [*homes(12), ("W", WEST_CODE, "燃煤", wild, 3_935_000)]
    city.households(rows, HEADINGS)
    loaded = city.usual().load()
    assert problem(loaded, "location_unusable").row == 14
    assert loaded.tables["households"]["x"].notna().tolist() == [True] * 12 + [False]
    assert not blocking(loaded)


def test_an_absurd_vertex_takes_its_shape_alone(city):
    shapes = [WEST, EAST, MultiPoint([(1e300, 0), (0, 1)]).convex_hull]
    frame = gpd.GeoDataFrame({"status": ["在用"] * 3}, geometry=shapes, crs=CRS)
    frame.to_file(city.layer("heat_coverage", "c.gpkg"))
    loaded = city.usual().load()
    assert loaded.tables["heat_coverage"].geometry.notna().tolist() == [True, True, False]
    assert problem(loaded, "location_unusable", "heat_coverage").row == 3


@pytest.mark.parametrize("wild", [Point(1e300, 0), LineString([(1e300, 0), (0, 1e300)])])
@pytest.mark.parametrize(("layer", "key"), [("heat_pipes", "pipe_id"), ("roads", "name")])
def test_an_absurd_line_is_none_where_homes_show_what_lies_beside_them(layer, key, wild, city):
    city.households(homes())
    shapes = [LineString([(470_300, 3_935_000), (470_900, 3_935_000)]), wild]
    columns = {key: ["A", "B"], "status" if layer == "heat_pipes" else "class": ["在运"] * 2}
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)
    frame.to_file(city.layer(layer, "l.gpkg"))
    loaded = city.usual().load()
    assert problem(loaded, "location_unusable", layer).row == 2
    assert not codes(loaded).keys() & {"datum_doubtful", "datum_misfit"}


@pytest.mark.parametrize(
    ("crs", "other"),
    [
        ("EPSG:4546", "EPSG:32649"), ("EPSG:4525", "EPSG:32649"), ("EPSG:32649", "EPSG:4546"),
        ("EPSG:4508", "EPSG:32649"), ("EPSG:4547", ""), ("EPSG:4490", ""), ("GCJ-02", ""),
        ("EPSG:3857", ""),
    ],
)  # fmt: skip
def test_the_twin_of_a_zone_has_its_meridian(crs, other):
    assert other_zone(crs) == other


def test_a_utm_zone_is_called_by_its_number():
    assert zone_name("EPSG:32649") == "UTM zone 49N (EPSG:32649)"
    assert zone_name("EPSG:4546") == "EPSG:4546"


def degrees(rows, shift=lambda lon, lat: (lon, lat)):
    """The same homes with longitude and latitude."""
    points = gpd.GeoSeries([Point(*row[3:]) for row in rows], crs=CRS).to_crs("EPSG:4490")
    lon, lat = shift(points.x.to_numpy(), points.y.to_numpy())
    return [(*row[:3], *place) for row, place in zip(rows, zip(lon, lat, strict=True), strict=True)]


def two_ledgers(city, first, second):
    """Two files of a ledger, of 30 homes each."""
    for name, rows in (("甲.csv", first), ("乙.csv", second)):
        text = csv_text([(*HEADINGS[:3], "经度", "纬度"), *rows])
        (city.folder / name).write_text(text, encoding="utf-8")
    city.layers["households"] = {"crs": "EPSG:4490", "paths": ["甲.csv", "乙.csv"]}
    return city.usual("households").load()


@pytest.mark.parametrize(
    ("first", "second"), [(False, False), (True, False), (False, True), (True, True)]
)
def test_every_ledger_of_a_township_has_its_datum_checked(city, first, second):
    """Of phones, 500 m off, or of surveyors; none says so."""
    # along the eastern border of their village
    rows = [(*row[:3], row[3] + 1100, row[4]) for row in homes()]
    others = [(f"B{row[0]}", *row[1:4], row[4] + 200) for row in rows]
    shifts = [{"shift": wgs_to_gcj} if phone else {} for phone in (first, second)]
    loaded = two_ledgers(city, degrees(rows, **shifts[0]), degrees(others, **shifts[1]))
    found = [(one.file, one.blocking) for one in loaded.problems if one.code == "datum_misfit"]
    named = [name for name, phone in (("甲.csv", first), ("乙.csv", second)) if phone]
    assert found == [(name, True) for name in named]


def test_a_ledger_whose_columns_are_exchanged_hides_no_row_of_another(city):
    rows = degrees(homes())
    one_row = [(*rows[0][:3], rows[0][4], rows[0][3]), *rows[1:]]
    exchanged = [(f"B{row[0]}", *row[1:3], row[4], row[3]) for row in rows]
    loaded = two_ledgers(city, one_row, exchanged)
    swapped = [(one.file, one.row) for one in loaded.problems if one.code == "location_swapped"]
    assert swapped == [("甲.csv", 2)]
    assert [one.file for one in loaded.problems if one.code == "axes_swapped"] == ["乙.csv"]

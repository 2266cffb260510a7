"""Zones built from the words of their notices, on ground whose areas are known."""

import geopandas as gpd
import pytest
from layers.city import CRS, EAST_CODE, WEST, WEST_CODE, blocking, codes, problem
from shapely import LineString, Point, box

# streets round the middle of the western village: a square of 1 km, its corners not quite met
STREETS = {
    "南街": [(470400, 3934500), (471600, 3934500)],
    "北街": [(470480, 3935500), (471520, 3935500)],
    "西街": [(470500, 3934530), (470500, 3935600)],
    "东街": [(471500, 3934400), (471500, 3935480)],
    "旁街": [(471800, 3934400), (471800, 3935600)],
}


def roads(city, streets=None):
    lines = streets or STREETS
    frame = gpd.GeoDataFrame(
        {"name": list(lines)}, geometry=[LineString(line) for line in lines.values()], crs=CRS
    )
    frame.to_file(city.layer("roads", "roads.gpkg"))
    return city


def zone(city, **said):
    """The zone that these words build, and what was loaded."""
    city.zones = [{"zone_id": "Z1", **said}]
    loaded = city.usual().load()
    zones = loaded.tables.get("coal_ban_zones")
    return (None if zones is None or zones.empty else zones.iloc[0]), loaded


def test_a_zone_of_villages_counts_by_their_codes(city):
    built, _ = zone(city, include_villages=[WEST_CODE])
    assert built["by_units"]
    assert built["worded"]
    assert built["unit_villages"] == (WEST_CODE,)
    assert built["geometry"].equals(WEST)
    assert str(built["effective_on"].date()) == "2023-10-01"


def test_a_whole_township_without_a_village(city):
    built, _ = zone(city, include_townships=["140882001"], exclude_villages=[WEST_CODE])
    assert built["unit_villages"] == (EAST_CODE,)
    assert built["geometry"].area == pytest.approx(4e6)


def test_a_ring_of_streets_is_the_area_they_enclose(city):
    roads(city)
    built, loaded = zone(city, ring=["南街", "东街", "北街", "西街"], stated_area_km2=1.0)
    assert not built["by_units"]
    assert built["unit_villages"] == ()
    # the corners are closed by straight pieces: within 1 % of the square kilometre
    assert built["geometry"].area == pytest.approx(1e6, rel=0.01)
    assert codes(loaded) == {}


@pytest.mark.parametrize(
    ("words", "area_m2"),
    [
        (["南街+50", "东街", "北街", "西街"], 1000 * 1050),  # 50 m south of 南街
        (["南街-50", "东街", "北街", "西街"], 1000 * 950),
        (["南街 + 50米", "东街+100", "北街", "西街"], 1100 * 1050),
    ],
)
def test_streets_are_moved_outward_and_inward(city, words, area_m2):
    roads(city)
    built, _ = zone(city, ring=words)
    assert built["geometry"].area == pytest.approx(area_m2, rel=0.015)
    assert built["geometry"].contains(Point(471000, 3935000))


def test_the_direction_of_the_ring_does_not_matter(city):
    roads(city)
    one, _ = zone(city, ring=["南街+50", "东街", "北街", "西街"])
    other, _ = zone(city, ring=["西街", "北街", "东街", "南街+50"])
    assert one["geometry"].symmetric_difference(other["geometry"]).area < 1


def test_a_built_up_area_and_a_ring_make_one_zone(city):
    roads(city)
    built_up = gpd.GeoDataFrame(geometry=[box(471400, 3934500, 471900, 3935500)], crs=CRS)
    built_up.to_file(city.layer("built_up_area", "b.gpkg"))
    built, _ = zone(city, ring=["南街", "东街", "北街", "西街"], include_built_up_area=True)
    assert built["geometry"].area == pytest.approx(1.4e6, rel=0.01)
    assert not built["by_units"]


@pytest.mark.parametrize(("stated", "told"), [(1.019, 0), (1.05, 1), (0.97, 1)])
def test_the_area_is_compared_with_the_notices(city, stated, told):
    exact = {
        "南街": [(470400, 3934500), (471600, 3934500)],
        "东街": [(471500, 3934400), (471500, 3935600)],
        "北街": [(470400, 3935500), (471600, 3935500)],
        "西街": [(470500, 3934400), (470500, 3935600)],
    }
    roads(city, exact)
    built, loaded = zone(city, ring=list(exact), stated_area_km2=stated)
    assert built["geometry"].area == pytest.approx(1e6)
    assert codes(loaded, "zones.Z1")["zone_area"] == told
    assert built["stated_area_km2"] == stated


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        ({"ring": ["南街", "中街", "北街"]}, "street_unknown", "中街"),
        ({"ring": ["南街", "旁街", "北街", "西街"]}, "ring_gap", "旁街"),
        ({"ring": ["南街", "东街"]}, "ring_open", "南街"),
        ({"include_villages": ["140882009999"]}, "zone_empty", ""),
        ({"include_built_up_area": True}, "zone_needs_layer", "built_up_area"),
    ],
)
def test_words_that_build_nothing_stop_the_run(city, said, code, words):
    roads(city)
    built, loaded = zone(city, **said)
    assert built is None
    assert ("zones.Z1", code) in blocking(loaded)
    assert words in problem(loaded, code).message.zh


def test_an_unknown_code_is_reported(city):
    _, loaded = zone(city, include_villages=[WEST_CODE, "140882009999"])
    assert problem(loaded, "zone_unknown_unit").value == "140882009999"


def test_zones_of_a_layer_and_zones_in_words_stand_side_by_side(city):
    drawn = gpd.GeoDataFrame(
        {
            "zone_id": ["Z0"],
            "zone": ["旧区"],
            "effective_on": ["2022-10-01"],
            "document_no": ["1号"],
        },
        geometry=[box(473000, 3934000, 474000, 3935000)],
        crs=CRS,
    )
    drawn.to_file(city.layer("coal_ban_zones", "z.gpkg"))
    _, loaded = zone(city, include_villages=[WEST_CODE])
    zones = loaded.tables["coal_ban_zones"]
    assert zones["zone_id"].tolist() == ["Z0", "Z1"]
    assert zones["by_units"].tolist() == [False, True]
    assert zones["worded"].tolist() == [False, True]
    assert zones["unit_villages"].tolist() == [(), (WEST_CODE,)]
    assert zones["expires_on"].isna().all()
    assert zones.crs == CRS
    drawn.assign(zone_id="Z1", effective_on="2023-10-01").to_file(city.folder / "z.gpkg")
    assert ("zones.Z1", "zone_twice") in blocking(city.load())


def test_versions_of_a_zone_begin_on_different_days(city):
    versions = gpd.GeoDataFrame(
        {
            "zone_id": ["Z1", "Z1", "Z2", "Z2"],
            "zone": ["旧区"] * 4,
            "effective_on": ["2021-10-01", "2022-10-01", "2022-10-01", "2022-10-01"],
        },
        geometry=[box(473000, 3934000, 474000 + 100 * n, 3935000) for n in range(4)],
        crs=CRS,
    )
    versions.iloc[:2].to_file(city.layer("coal_ban_zones", "z.gpkg"))
    _, loaded = zone(city, include_villages=[WEST_CODE])  # Z1 again, in words, from 2023-10-01
    assert loaded.tables["coal_ban_zones"]["zone_id"].tolist() == ["Z1"] * 3
    assert not [one for one in loaded.problems if one.code in {"zone_twice", "duplicate_id"}]
    versions.to_file(city.folder / "z.gpkg")
    twice = [one for one in city.load().problems if one.code == "zone_twice"]
    assert {(one.value, one.blocking) for one in twice} == {("Z2", True)}

"""Areas of villages that come without borders."""

import pytest
from layers.city import CRS, EAST_CODE, HEADINGS, WEST_CODE, blocking, csv_text, problem
from shapely import Point

VILLAGES = [
    ("村代码", "村名", "乡镇代码", "乡镇"),
    (WEST_CODE, "西村", "140882001", "城区"),
    (EAST_CODE, "东村", "140882001", "城区"),
]


def homes(code, places):
    return [(f"{code[-1]}{at}", code, "燃煤", x, y) for at, (x, y) in enumerate(places)]


def build(city, west, east, rows=VILLAGES):
    city.households(homes(WEST_CODE, west) + homes(EAST_CODE, east), HEADINGS, crs=CRS)
    city.layer("villages", "v.csv").write_text(csv_text(rows), encoding="utf-8")
    return city.load()


def test_areas_are_the_squares_with_a_villages_households(city):
    # squares of 100 m: two of the west, one of the east; the shared one goes to the majority
    west = [(470010, 3934010), (470090, 3934090), (470110, 3934010)]
    east = [(470120, 3934020), (470130, 3934030), (470250, 3934050)]
    loaded = build(city, west, east)
    villages = loaded.tables["villages"].set_index("village_code")
    assert villages.crs == CRS
    assert villages.loc[WEST_CODE].geometry.area == pytest.approx(10_000)
    assert villages.loc[EAST_CODE].geometry.area == pytest.approx(20_000)
    assert villages.loc[EAST_CODE].geometry.covers(Point(470110, 3934010))
    assert villages.geometry.iloc[0].intersection(villages.geometry.iloc[1]).area == 0
    assert "2" in problem(loaded, "area_derived").message.zh
    assert not blocking(loaded)


def test_a_tie_goes_to_the_lower_code(city):
    loaded = build(city, [(470010, 3934010)], [(470020, 3934010), (473000, 3934000)])
    villages = loaded.tables["villages"].set_index("village_code")
    assert villages.loc[WEST_CODE].geometry.covers(Point(470020, 3934010))


def test_a_village_nobody_can_place_stops_the_run(city):
    loaded = build(city, [(470010, 3934010)], [])
    assert ("villages", "area_unknown") in blocking(loaded)
    assert problem(loaded, "area_unknown").value == EAST_CODE

"""Six coal-ban notices in their own forms; streets, rivers and villages are made up, areas known.

The forms are those of Gaoping 2025, Hequ 2024, Yuncheng 2023, Ruicheng 2020, Suiping 2019 and
Zhoucun 2017.
"""

from datetime import date
from types import SimpleNamespace

import geopandas as gpd
import pytest
from shapely import LineString, Point, box

from gis.layers.project import WordedZone
from gis.layers.village_names import VillageNames
from gis.layers.zone_from_text import add_zones

CRS = "EPSG:4546"
X, Y = 470_000, 3_930_000
# six townships side by side, each a column of four villages of 1 km², from south to north
TOWNS = ("城东街道", "城西街道", "北关镇", "南关镇", "柳林镇", "河口乡")
VILLAGES = [
    {"village_code": f"14088200{t + 1}20{v}", "village": f"{TOWNS[t][:2]}{'一二三四'[v]}村",
     "township_code": f"14088200{t + 1}", "township": TOWNS[t],
     "geometry": box(X + 1000 * t, Y + 1000 * v, X + 1000 * (t + 1), Y + 1000 * (v + 1))}
    for t in range(6) for v in range(4)
]  # fmt: skip
# a ring 3 km wide and 2 km high, whose corners are not quite met, and other lines beyond it
LINES = {
    "北外环路": [(-200, 3000), (3200, 3000)],
    "南内环街": [(-200, 1000), (3200, 1000)],
    "一级公路": [(0, 900), (0, 3100)],
    "高速公路": [(3000, 990), (3000, 3010)],
    "清水河": [(0, 1000), (700, 1000), (1500, 1000), (3000, 1000)],
    "货运铁路": [(3000, 1000), (3000, 3000)],
    "国道209": [(3000, 3000), (0, 3000)],
    "人民路": [(0, 3000), (0, 1000)],
}


def built(*zones):
    """The zones that the notices build, and what is said of them."""
    villages = gpd.GeoDataFrame(VILLAGES, geometry="geometry", crs=CRS)
    lines = [LineString([(X + x, Y + y) for x, y in line]) for line in LINES.values()]
    roads = gpd.GeoDataFrame({"name": list(LINES)}, geometry=lines, crs=CRS)
    tables = {"villages": villages, "roads": roads}
    worded = [WordedZone(zone="禁煤区", **zone) for zone in zones]
    project = SimpleNamespace(zones=worded, layers={}, crs=CRS, record=SimpleNamespace(tables={}))
    found = add_zones(project, tables, VillageNames(villages, {}))
    codes = [one.code for findings in found.values() for one in findings]
    made = tables.get("coal_ban_zones")
    return (None if made is None else made.set_index("zone_id")), codes


def km2(zone):
    return zone["geometry"].area / 1e6


def at(zone, x, y):
    return bool(zone["geometry"].contains(Point(X + x, Y + y)))


def test_between_four_roads_with_a_community_beyond_and_named_villages():
    """Gaoping: it adjusts an earlier zone, which is a version of the same."""
    ring = {"ring": ("北外环路", "高速公路", "南内环街", "一级公路")}
    earlier = {"zone_id": "G", "effective_on": date(2023, 10, 1), **ring}
    now = {
        "zone_id": "G", "effective_on": date(2025, 12, 12), "document_no": "高政通告〔2025〕2号",
        "include_villages": ("城东一村", "柳林三村", "河口乡河口四村"), **ring,
    }  # fmt: skip
    zones, codes = built(earlier, now)
    assert codes == []
    old, new = (zones.iloc[n] for n in range(2))
    assert km2(old) == pytest.approx(6.0, rel=0.01)
    # a community south of the inner street, and two villages of other towns, a km² each
    assert km2(new) == pytest.approx(9.0, rel=0.01)
    assert not at(old, 500, 500)
    assert at(new, 500, 500)
    assert at(new, 4500, 2500)
    assert not new["by_units"]  # a line is part of it: homes count by where they stand


def test_a_closed_ring_with_streets_taken_beyond_and_a_stated_area():
    """Hequ: one street 50 m to the south, another 100 m to the north: 3 km × 2.15 km."""
    ring = ("南内环街+50", "高速公路", "北外环路+100", "一级公路")
    stated = {"zone_id": "H", "effective_on": date(2024, 4, 12), "stated_area_km2": 6.45}
    zones, codes = built({**stated, "ring": ring})
    assert codes == []
    assert km2(zones.loc["H"]) == pytest.approx(6.45, rel=0.01)
    assert at(zones.loc["H"], 1500, 955)
    assert not at(zones.loc["H"], 1500, 945)
    assert at(zones.loc["H"], 1500, 3095)
    _, codes = built({**stated, "stated_area_km2": 7.579, "ring": ring})
    assert codes == ["zone_area"]  # the notice's area is not this ring's


def test_a_whole_district_without_three_townships():
    """Yuncheng: 24 km² of six townships, three of them left out, with a stated area."""
    zones, codes = built(
        {"zone_id": "Y", "effective_on": date(2023, 10, 1), "stated_area_km2": 12.0,
         "include_townships": TOWNS[:3]}
    )  # fmt: skip
    assert codes == []
    assert km2(zones.loc["Y"]) == pytest.approx(12.0)
    assert zones.loc["Y", "by_units"]
    assert len(zones.loc["Y", "unit_villages"]) == 12


def test_four_roads_and_a_village_beyond_them():
    """Ruicheng: the village lies beyond the road in the east."""
    zones, codes = built(
        {"zone_id": "R", "effective_on": date(2020, 4, 9), "include_villages": ("南关二村",),
         "ring": ("高速公路", "一级公路", "南内环街", "北外环路")}
    )  # fmt: skip
    # the four are not named in their order around: the ring does not close
    assert codes == ["ring_gap"]
    zones, codes = built(
        {"zone_id": "R", "effective_on": date(2020, 4, 9), "include_villages": ("南关二村",),
         "ring": ("高速公路", "南内环街", "一级公路", "北外环路")}
    )  # fmt: skip
    assert codes == []
    assert km2(zones.loc["R"]) == pytest.approx(7.0, rel=0.01)
    assert at(zones.loc["R"], 3500, 1500)


def test_whole_towns_and_some_villages_of_others():
    """Suiping: by units alone, so that homes count by their village."""
    zones, codes = built(
        {"zone_id": "S", "effective_on": date(2019, 11, 1),
         "include_townships": TOWNS[:2],
         "include_villages": ("北关镇北关一村", "北关二村", "柳林镇/柳林一村", "河口一村"),
         "exclude_villages": ("城西四村",)}
    )  # fmt: skip
    assert codes == []
    assert zones.loc["S", "by_units"]
    assert len(zones.loc["S", "unit_villages"]) == 8 + 4 - 1
    assert km2(zones.loc["S"]) == pytest.approx(11.0)
    _, codes = built(
        {"zone_id": "S", "effective_on": date(2019, 11, 1), "include_villages": ("没有村",)}
    )
    assert "zone_unknown_unit" in codes


def test_along_a_river_a_railway_and_a_national_road_until_a_day():
    """Zhoucun: it begins and ends at the corner of two streets, and expires."""
    zones, codes = built(
        {"zone_id": "Z", "effective_on": date(2017, 10, 30), "expires_on": date(2020, 12, 31),
         "ring": ("人民路", "清水河", "货运铁路", "国道209")}
    )  # fmt: skip
    assert codes == []
    assert km2(zones.loc["Z"]) == pytest.approx(6.0)
    assert str(zones.loc["Z", "expires_on"].date()) == "2020-12-31"

"""A user's frame as map data: any CRS, clear refusals in two languages, unknown never a value."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from shapely import LineString, Point, box

import gis
from gis import GapMarkers, HatchedAreas, HeatMains, HouseholdPoints, VillageLabels
from gis.pages.frames import MOST_CLASSES, as_text, parts_of, values_of

POINT = Point(110.7, 35.6)
AREA = box(110.6, 35.5, 110.7, 35.6)
LINE = LineString([(110.6, 35.5), (110.7, 35.6)])


def frame(shapes: list[Any], crs: Any = 4326, **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


def refusal(make: Any, *arguments: Any, **options: Any) -> tuple[str, str]:
    with pytest.raises(gis.InputError) as caught:
        make(*arguments, **options)
    zh, en = caught.value.message
    return zh, en


def data(layer: Any) -> Any:
    return json.loads(layer.data)


@pytest.mark.parametrize("crs", [4326, 4547, 32649, 3857])
def test_any_crs_ends_in_degrees_and_the_frame_is_unchanged(crs: int) -> None:
    own = frame([POINT], heating=["coal"]).to_crs(crs)
    before = own.copy()
    (part,) = parts_of(own, "households").parts
    assert (part.x, part.y) == pytest.approx((110.7, 35.6), abs=1e-7)
    HouseholdPoints(own)
    assert_geodataframe_equal(own, before)


def test_a_frame_without_a_crs_says_how_to_set_one() -> None:
    zh, en = refusal(HatchedAreas, frame([AREA], None, approach=["gas"]))
    assert zh.startswith("村庄 的数据没有坐标系")
    assert en.startswith("The frame of Villages has no CRS")
    for text in (zh, en):
        assert 'frame.set_crs("EPSG:4547")' in text
        assert "gis.from_gcj02" in text


@pytest.mark.parametrize(
    "found", [pd.DataFrame({"x": [1]}), gpd.GeoSeries([POINT], crs=4326), [POINT]]
)
def test_anything_but_a_geodataframe_is_refused(found: Any) -> None:
    _, en = refusal(HouseholdPoints, found)
    assert f"found {type(found).__name__}" in en


@pytest.mark.parametrize("crs", [2383, 4610, 2436, 4214, "+proj=longlat +ellps=krass +no_defs"])
def test_a_datum_without_public_parameters_is_refused(crs: Any) -> None:
    own = frame([POINT], crs, heating=["coal"])
    zh, en = refusal(HouseholdPoints, own)
    assert "没有公开的转换参数" in zh
    assert "seven TOWGS84 parameters" in en


def test_a_datum_with_its_parameters_is_shifted() -> None:
    """Beijing 1954 lies some 20 to 200 m from WGS84; 0.001° are 100 m."""
    bound = "+proj=longlat +ellps=krass +towgs84=15.8,-154.4,-82.3,0,0,0,0 +no_defs"
    (part,) = parts_of(frame([POINT], bound), "households").parts
    assert 0.0002 < part.distance(POINT) < 0.002


def test_metres_declared_as_degrees_are_refused() -> None:
    zh, en = refusal(HouseholdPoints, frame([POINT, Point(473000, 3940000)], heating=["coal"] * 2))
    assert "第 1 行" in zh
    assert "473000, 3.94e+06" in en
    assert "frame.crs is EPSG:4326" in en


@pytest.mark.parametrize(("lat", "fits"), [(85.0510, True), (85.0512, False), (-85.0512, False)])
def test_the_map_ends_where_its_projection_ends(lat: float, fits: bool) -> None:
    own = frame([Point(110, lat)], heating=["coal"])
    if fits:
        assert len(parts_of(own, "households").parts) == 1
    else:
        assert "expected -180 to 180 and -85 to 85" in refusal(HouseholdPoints, own)[1]


@pytest.mark.parametrize(
    ("layer", "shape", "expected", "way_out"),
    [
        (HatchedAreas, POINT, "Polygon", "buffer"),
        (HeatMains, AREA, "LineString", "boundary"),
        (HouseholdPoints, AREA, "Point", "representative_point()"),
    ],
)
def test_other_geometry_is_refused_with_the_way_out(
    layer: Any, shape: Any, expected: str, way_out: str
) -> None:
    zh, en = refusal(layer, frame([shape]), None)
    assert en.startswith("Row 0 of ")
    assert f"is a {shape.geom_type}, expected {expected}." in en
    assert way_out in zh
    assert way_out in en


def test_nested_collections_and_empty_parts_are_taken_apart() -> None:
    nested = shapely.GeometryCollection(
        [shapely.GeometryCollection([shapely.MultiPoint([POINT, (1, 2)])])]
    )
    with pytest.warns(UserWarning, match="2 of 4 rows have no geometry"):
        found = parts_of(frame([None, nested, shapely.Point(), POINT]), "gaps")
    assert found.row.tolist() == [1, 1, 3]
    assert {part.geom_type for part in found.parts} == {"Point"}


def test_a_missing_column_is_named_with_those_there() -> None:
    zh, en = refusal(HouseholdPoints, frame([POINT], 取暖=["煤"]))
    assert en == "The frame of Households has no column heating. Its columns: 取暖."
    assert "现有列：取暖。" in zh
    indexed = frame([POINT], heating=["coal"]).set_index(pd.Index(["H1"], name="household_id"))
    assert values_of(indexed, "household_id", "households").tolist() == ["H1"]


@pytest.mark.parametrize(("values", "fits"), [(MOST_CLASSES, True), (MOST_CLASSES + 1, False)])
def test_a_legend_has_an_end(values: int, fits: bool) -> None:
    own = frame([AREA] * values, cost=np.arange(values))
    if fits:
        assert len(data(HatchedAreas(own, "cost"))["classes"]) == MOST_CLASSES
    else:
        assert f"has {values} different values" in refusal(HatchedAreas, own, "cost")[1]


@pytest.mark.parametrize(("values", "fits"), [(256, True), (257, False)])
def test_a_field_of_points_has_an_end(values: int, fits: bool) -> None:
    own = frame([POINT] * values, heating=["coal"] * values, note=np.arange(values).astype(str))
    if fits:
        assert len(data(HouseholdPoints(own, fields=["note"]))["words"][1]) == 256
    else:
        assert 'ids="note"' in refusal(HouseholdPoints, own, fields=["note"])[1]


def test_a_missing_value_is_a_class_of_its_own() -> None:
    own = frame([POINT] * 4, heating=["coal", None, "none", np.nan])
    classes = data(HouseholdPoints(own))["classes"]
    assert [(one["label"], one["count"]) for one in classes] == [
        ("散煤", 1),
        ("无", 1),
        ("未填", 2),
    ]
    assert [one["key"] for one in classes] == ["coal", "none", ""]


def test_classes_follow_the_declared_order_and_own_words_and_colours_win() -> None:
    own = frame([AREA] * 3, approach=["gas", "自定", "central"])
    layer = HatchedAreas(own, words={"自定": "其他"}, colours={"gas": "#123456"}, lang="en")
    classes = data(layer)["classes"]
    assert [one["label"] for one in classes] == ["District heating", "Coal to gas", "其他"]
    assert classes[1]["fill"] == "#123456"
    assert classes[0]["fill"] == "#d9683c"
    assert "write #rrggbb" in refusal(HatchedAreas, own, colours={"gas": "red"})[1]


def test_options_and_languages_are_checked() -> None:
    own = frame([AREA], approach=["gas"])
    assert "has no option colour. It has: name, show," in refusal(HatchedAreas, own, colour="x")[1]
    named = own.assign(village=["甲"], kind=["headroom"])
    assert refusal(VillageLabels, named, fields=["kind"])[1].endswith("name, show, control, lang.")
    assert "no option colours" in refusal(GapMarkers, named, colours={})[1]
    assert refusal(HatchedAreas, own, lang="de")[1] == "lang must be zh or en, found de."


@pytest.mark.parametrize("homes", [[-1], ["许多"], [np.inf]])
def test_counts_that_size_marks_are_counts(homes: list[Any]) -> None:
    own = frame([POINT], kind=["headroom"], n=homes)
    assert "counts from 0 on" in refusal(GapMarkers, own, homes="n")[1]


def test_gaps_keep_kind_rank_and_an_unknown_size() -> None:
    own = frame([POINT, AREA], kind=["headroom", "no_route"], rank=[1, 2], n=[12, None])
    made = data(GapMarkers(own, rank="rank", homes="n", lang="en"))
    assert [(gap["kind"], gap["rank"], gap["households"]) for gap in made["gaps"]] == [
        ("headroom", "1", 12.0), ("no_route", "2", None),
    ]  # fmt: skip
    assert (made["gaps"][1]["lon"], made["gaps"][1]["lat"]) == pytest.approx((110.65, 35.55))
    assert [one["label"] for one in made["classes"]] == [
        "Short of grid headroom",
        "No secured route",
    ]


def test_statuses_of_mains_have_their_lines() -> None:
    made = data(HeatMains(frame([LINE] * 3, status=["planned", "in_service", "停用"])))
    assert [(one["label"], one["width"], one.get("dash")) for one in made["classes"]] == [
        ("在运", 2.4, None), ("规划", 2, "7 5"), ("停用", 2.4, None),
    ]  # fmt: skip


def test_a_name_stands_inside_the_largest_part_and_blank_ones_are_left_out() -> None:
    ring = box(110.0, 35.0, 110.3, 35.3).difference(box(110.1, 35.1, 110.3, 35.3))
    own = frame(
        [shapely.MultiPolygon([box(111, 36, 111.01, 36.01), ring]), AREA, AREA],
        village=["弯村", None, " "],
    )
    (label,) = data(VillageLabels(own))["labels"]
    assert label["text"] == "弯村"
    assert ring.contains(Point(label["at"]))
    assert label["box"] == [110.0, 35.0, 110.3, 35.3]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "是"), (np.False_, "否"), (1234.5, "1,234.5"), (80.0, "80"), (0.004, "0"), (7, "7"),
        ("<b>", "<b>"), (date(2024, 10, 31), "2024-10-31"), (["甲", "乙"], "甲、乙"), ("\ud800", "?"),
    ],
)  # fmt: skip
def test_values_as_text(value: Any, text: str) -> None:
    assert as_text(value, "zh") == text


def test_text_is_no_template_of_folium() -> None:
    """Folium renders scripts twice: a name in braces would run in Python."""
    for text in ("{{1234*5678}}", "{% raw %}", "{# x #}", "{{{1234*5678}}}"):
        layer = HatchedAreas(
            frame([AREA], approach=[text], village=[text]), label="village", name=text
        )
        assert data(layer)["rows"][0]["name"] == text
        made = folium.Map(tiles=None)
        layer.add_to(made)
        folium.LayerControl().add_to(made)
        page = made.get_root().render()
        assert "7006652" not in page.split("nuantu.folium.areas(")[1]

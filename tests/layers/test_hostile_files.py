"""The inputs that lie: each ends in the exact data, a named error, or counted problem rows.

The numbers are those of the groups in the list of hostile inputs.
"""

import json
import sqlite3
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import xlsxwriter
from layers.city import (
    CRS,
    EAST,
    EAST_CODE,
    HEADINGS,
    HOMES,
    TO_LONLAT,
    WEST,
    WEST_CODE,
    blocking,
    codes,
    csv_text,
    problem,
    villages,
)
from shapely import MultiPolygon, Point, Polygon, box

from gis.layers.crs import wgs_to_bd, wgs_to_gcj
from layers import made

SHP = {"village_code": "code", "village": "village", "township_code": "twncode", "township": "town"}


def as_shapefile(city, encoding="GB18030", **spec):
    """The usual villages as a shapefile (names of at most 10 letters)."""
    rename = {short: name for name, short in SHP.items() if short != name}
    path = city.layer("villages", "villages.shp", rename=rename, **spec)
    return made.shapefile(path, villages().rename(columns=SHP), encoding)


def refused(city, layer, code):
    """The run is stopped by this problem alone, and the layer's table is not there."""
    loaded = city.usual().load()
    assert blocking(loaded) == {(layer, code)}
    assert layer not in loaded.tables
    return problem(loaded, code)


def homes_at(x, y, count=60):
    """Households of the western village on a grid round x, y."""
    places = [(x + 25 * (at % 8), y + 25 * (at // 8)) for at in range(count)]
    return [(f"H{at}", WEST_CODE, "燃煤", *place) for at, place in enumerate(places)]


# 1 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", [0, 0x57, 0x4D])
def test_01_gbk_attributes_without_cpg_are_found_and_said(city, language):
    made.without_encoding(as_shapefile(city), language)
    loaded = city.usual().load()
    assert loaded.tables["villages"]["village"].tolist() == ["西村", "东村"]
    assert problem(loaded, "encoding_found", "villages").message.en.endswith("gb18030")


@pytest.mark.parametrize(("truly", "claimed"), [("GB18030", "UTF-8"), ("UTF-8", "GBK")])
def test_01_a_wrong_cpg_is_seen_through(city, truly, claimed):
    path = as_shapefile(city, truly)
    path.with_suffix(".cpg").write_text(claimed, encoding="ascii")
    loaded = city.usual().load()
    assert loaded.tables["villages"]["village"].tolist() == ["西村", "东村"]
    assert problem(loaded, "cpg_wrong").message.en.endswith(truly.lower())


def test_01_gbk_text_in_a_drawing(city):
    line = [[(470100, 3934100), (470500, 3934100)]]
    path = city.layer("heat_pipes", "pipes.dxf", crs=CRS)
    made.drawing(path, {"一次网-在运-DN400": line, "二次网-规划-DN150": line}, "R2000")
    pipes = city.usual().load().tables["heat_pipes"]
    assert pipes[["role", "status", "dn_mm"]].to_numpy().tolist() == [
        ["primary", "in_service", 400.0],
        ["secondary", "planned", 150.0],
    ]


# 2, 3, 4 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("suffix", "by"), [(".shp", 40), (".shx", 8), (".dbf", 30), (".shp", 1)])
def test_02_a_part_cut_short_is_refused(city, suffix, by):
    made.cut(as_shapefile(city).with_suffix(suffix), by)
    found = refused(city, "villages", "cut_short")
    assert suffix in found.message.zh


@pytest.mark.parametrize("suffix", [".dbf", ".shx"])
def test_03_a_missing_side_file_is_refused(city, suffix):
    as_shapefile(city).with_suffix(suffix).unlink()
    assert suffix in refused(city, "villages", "side_file_missing").message.en


def test_03_fewer_attribute_records_than_shapes_are_refused(city):
    made.fewer_records(as_shapefile(city))
    refused(city, "villages", "shape_counts")


def test_04_exchanged_index_entries_are_refused(city):
    made.exchange_index(as_shapefile(city), 0, 1)
    refused(city, "villages", "shape_index")


def test_a_sound_shapefile_is_read_row_by_row(city):
    as_shapefile(city)
    loaded = city.usual().load()
    table = loaded.tables["villages"]
    assert table["village_code"].tolist() == [WEST_CODE, EAST_CODE]
    assert [shape.equals(true) for shape, true in zip(table.geometry, (WEST, EAST), strict=True)]
    assert not blocking(loaded)


# 5 ---------------------------------------------------------------------------------------------


def test_05_no_prj_and_no_crs_is_refused(city):
    as_shapefile(city).with_suffix(".prj").unlink()
    refused(city, "villages", "crs_missing")


def test_05_a_garbage_prj_does_not_matter_where_the_crs_is_declared(city):
    as_shapefile(city, crs=CRS).with_suffix(".prj").write_text("嗯", encoding="utf-8")
    loaded = city.usual().load()
    assert not blocking(loaded)
    assert loaded.tables["villages"].geometry.iloc[0].equals(WEST)


def test_05_projected_coordinates_labelled_4326(city):
    frame = villages()
    frame.set_crs("EPSG:4326", allow_override=True).to_file(city.layer("villages", "v.gpkg"))
    loaded = city.usual().load()
    assert ("villages", "layer_elsewhere") in blocking(loaded)
    assert "EPSG:4546" in problem(loaded, "layer_elsewhere", "villages").message.en


def test_05_swapped_longitude_and_latitude(city):
    rows = [
        (*home[:3], *reversed(TO_LONLAT.transform(*home[3:]))) for home in homes_at(470500, 3934500)
    ]
    city.households(rows, (*HEADINGS[:3], "经度", "纬度"), crs="EPSG:4490")
    loaded = city.usual().load()
    found = problem(loaded, "axes_swapped")
    assert "longitude and latitude" in found.message.en
    assert "lon/lat" in found.remedy.en
    assert "rename" in found.remedy.en
    assert codes(loaded, "households").keys() == {"axes_swapped"}
    swap = {"经度": "lat", "纬度": "lon"}
    city.households(rows, (*HEADINGS[:3], "经度", "纬度"), crs="EPSG:4490", rename=swap)
    assert not blocking(city.load())


def test_05_northings_called_x_as_surveyors_do(city):
    rows = [(*home[:3], home[4], home[3]) for home in homes_at(470500, 3934500)]
    city.households(rows)
    assert "x/y" in problem(city.usual().load(), "axes_swapped").remedy.zh


def test_05_zone_prefixed_eastings(city):
    rows = [(*home[:3], home[3] + 37_000_000, home[4]) for home in homes_at(470500, 3934500)]
    city.households(rows)
    found = problem(city.usual().load(), "layer_elsewhere")
    assert "EPSG:4525" in found.message.en  # CGCS2000 / 3-degree Gauss-Kruger zone 37
    city.households(rows, crs="EPSG:4525")
    loaded = city.load()
    assert not blocking(loaded)
    assert loaded.tables["households"]["x"].iloc[0] == pytest.approx(470500, abs=1e-3)


def test_05_the_neighbouring_zone(city):
    moved = gpd.GeoSeries([Point(home[3:]) for home in homes_at(470500, 3934500)], crs=CRS)
    moved = moved.to_crs("EPSG:4547")
    homes = zip(homes_at(470500, 3934500), moved, strict=True)
    rows = [(*home[:3], there.x, there.y) for home, there in homes]
    city.households(rows)
    assert "EPSG:4547" in problem(city.usual().load(), "layer_elsewhere").message.en


# 6 ---------------------------------------------------------------------------------------------


def test_06_nan_infinite_null_and_empty_places(city):
    rows = [
        HOMES[0],
        ("A2", WEST_CODE, "燃煤", "nan", 3935000),
        ("A3", WEST_CODE, "燃煤", "inf", "-inf"),
    ]
    city.households(rows)
    loaded = city.usual().load()
    assert codes(loaded, "households") == {"no_location": 2, "bad_number": 2}
    assert loaded.tables["households"]["x"].notna().tolist() == [True, False, False]


def test_06_null_and_empty_geometries_are_counted(city):
    frame = made.squares(4)[["geometry"]].assign(status="在用", supply="是")
    frame.loc[1, "geometry"] = None
    frame.loc[2, "geometry"] = Polygon()
    path = city.layer("gas_coverage", "gas.gpkg", rename={"supply": "supply_secured"})
    frame.to_file(path)
    loaded = city.usual().load()
    assert codes(loaded, "gas_coverage") == {"no_geometry": 2, "rows_lost": 1}
    assert loaded.tables["gas_coverage"].geometry.notna().tolist() == [True, False, False, True]


def test_06_coordinates_of_letters_do_not_become_zero(city):
    lonlat = "{:.6f},{:.6f}".format(*TO_LONLAT.transform(471000, 3935000))
    data = {"编号": "P1", "类型": "商铺"}
    shapes = [made.point(one) for one in (lonlat, "abc,def", "nan,nan")] + [""]
    marks = [("", data | {"编号": f"P{at}"}, shape) for at, shape in enumerate(shapes)]
    city.layer("premises", "p.kml").write_text(made.kml(marks), encoding="utf-8")
    loaded = city.usual().load()
    told = {"vertex_unreadable": 2, "no_geometry": 3, "rows_lost": 1}
    assert codes(loaded, "premises") == told
    assert loaded.tables["premises"].geometry.notna().tolist() == [True, False, False, False]


# 7, 8 ------------------------------------------------------------------------------------------


def feature(properties, coordinates=(110.7, 35.55)):
    shape = {"type": "Point", "coordinates": list(coordinates)}
    return {"type": "Feature", "properties": properties, "geometry": shape}


def collection(*features):
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def test_07_a_key_twice_is_refused(city):
    text = collection(feature({"村代码": "1"})).replace(
        '"村代码": "1"', '"村代码": "1", "村代码": "2"'
    )
    city.layer("villages", "v.geojson").write_text(text, encoding="utf-8")
    assert "村代码" in refused(city, "villages", "key_twice").message.en


def test_08_ids_of_18_digits_as_json_integers_beside_a_null(city):
    places = [TO_LONLAT.transform(*home[3:]) for home in HOMES]
    ids = [140882197001010012, None, 140882197001010013]
    features = [
        feature(
            {"户编号": home[0], "村代码": int(home[1]), "取暖方式": home[2], "身份证号": number},
            place,
        )
        for home, number, place in zip(HOMES, ids, places, strict=True)
    ]
    city.layer("households", "h.geojson").write_text(collection(*features), encoding="utf-8")
    homes = city.usual().load().tables["households"]
    assert homes["id_number"].tolist()[::2] == ["140882197001010012", "140882197001010013"]
    assert homes["id_number"].isna().tolist() == [False, True, False]
    assert homes["village_code"].tolist() == [WEST_CODE, WEST_CODE, EAST_CODE]


def test_08_ids_of_18_digits_in_csv_stay_text_and_rounded_ones_are_refused(city):
    rows = [(*HOMES[0], "140882197001010012"), (*HOMES[1], ""), (*HOMES[2], "1.40882E+17")]
    city.households(rows, (*HEADINGS, "身份证号"))
    loaded = city.usual().load()
    numbers = loaded.tables["households"]["id_number"]
    assert numbers.iloc[0] == "140882197001010012"
    assert numbers.isna().tolist() == [False, True, True]
    found = problem(loaded, "digits_lost")
    assert (found.row, found.column) == (4, "id_number")


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("140882197001010012", "140882197001010012"),  # as text
        (140882197001010012, None),  # 18 digits as a number: Excel has lost the last ones
        (1234567890123456, None),  # 16
        (123456789012345, "123456789012345"),  # 15: the most Excel keeps
    ],
)
def test_08_excel_numbers_of_16_and_more_digits_are_refused_with_their_row(city, cell, kept):
    book = xlsxwriter.Workbook(city.layer("households", "h.xlsx", crs=CRS))
    sheet = book.add_worksheet()
    for row, values in enumerate([(*HEADINGS, "银行账号"), (*HOMES[0], cell), *HOMES[1:]]):
        sheet.write_row(row, 0, values)
    book.close()
    loaded = city.usual().load()
    account = loaded.tables["households"]["bank_account"].iloc[0]
    assert account == kept if kept else pd.isna(account)
    lost = [(one.row, one.column) for one in loaded.problems if one.code == "digits_lost"]
    assert lost == ([] if kept else [(2, "bank_account")])


# 9 ---------------------------------------------------------------------------------------------


def geopackage(city, count=50):
    path = city.layer("gas_coverage", "gas.gpkg")
    frame = made.squares(count)[["geometry"]].assign(status="在用", supply_secured="是")
    frame.to_file(path, layer="gas")
    return path


def test_09_a_stale_feature_count_loses_no_row(city):
    path = geopackage(city)
    with sqlite3.connect(path) as base:
        base.execute("UPDATE gpkg_ogr_contents SET feature_count = 7")
    loaded = city.usual().load()
    assert len(loaded.tables["gas_coverage"]) == 50
    found = problem(loaded, "stale_count")
    assert "7" in found.message.zh
    assert "50" in found.message.zh


def test_09_a_damaged_spatial_index_loses_no_row(city):
    path = geopackage(city)
    with sqlite3.connect(path) as base:
        base.execute("DELETE FROM rtree_gas_geom_node")
    loaded = city.usual().load()
    assert len(loaded.tables["gas_coverage"]) == 50
    assert not blocking(loaded)


def test_09_unsaved_changes_beside_a_geopackage_are_not_left_out(city):
    path = geopackage(city)
    path.with_name("gas.gpkg-wal").write_bytes(b"\x37\x7f\x06\x82" + bytes(100))
    refused(city, "gas_coverage", "being_written")


# 10 --------------------------------------------------------------------------------------------


def test_10_extended_data_with_chinese_keys_stay_apart(city):
    lon, lat = TO_LONLAT.transform(471000, 3935000)
    data = {"编号": "P1", "类型": "商铺", "负责人甲": "甲", "负责人乙": "乙", "负责人": "丙"}
    text = made.kml([("店", data, made.point(f"{lon},{lat}"))])
    city.layer("premises", "p.kml").write_text(text, encoding="utf-8")
    row = city.usual().load().tables["premises"].iloc[0]
    assert (row["premises_id"], row["kind"]) == ("P1", "商铺")
    assert [row[f"extra:{key}"] for key in ("负责人甲", "负责人乙", "负责人")] == ["甲", "乙", "丙"]


# 11, 12 ----------------------------------------------------------------------------------------

RING = [(0, 0), (100, 0), (100, 100), (0, 100)]


def at(shape):
    """A shape of small numbers moved into the western village."""
    from shapely.affinity import translate  # noqa: PLC0415

    return translate(shape, 470000, 3934000)


@pytest.mark.parametrize(
    ("shape", "after_m2"),
    [
        # two triangles of a quarter of 100 m x 100 m each
        (Polygon([(0, 0), (100, 100), (100, 0), (0, 100)]), 5000),
        # a hole that sticks out by half: what sticks out was never inside
        (Polygon(RING, [[(50, 20), (150, 20), (150, 40), (50, 40)]]), 10_000 - 1000),
        # the same part twice, and one that overlaps it by half: the union
        (MultiPolygon([box(0, 0, 100, 100), box(50, 0, 150, 100)]), 15_000),
    ],
)
def test_11_broken_polygons_are_repaired_with_area_before_and_after(city, shape, after_m2):
    said = {"status": ["在用"], "supply_secured": ["否"]}
    frame = gpd.GeoDataFrame(said, geometry=[at(shape)], crs=CRS)
    frame.to_file(city.layer("gas_coverage", "gas.gpkg"))
    loaded = city.usual().load()
    found = problem(loaded, "repaired")
    assert found.row == 1
    mended = loaded.tables["gas_coverage"].geometry.iloc[0]
    assert mended.is_valid
    assert f"{mended.area:,.0f}" in found.message.zh.replace(".0", "")
    if after_m2 is not None:
        assert mended.area == pytest.approx(after_m2)


def test_12_overlapping_villages_and_holes_between_them_are_reported(city):
    west, east = box(470000, 3934000, 472100, 3936000), EAST
    villages(west, east).to_file(city.layer("villages", "v.gpkg"))
    found = problem(city.usual().load(), "villages_overlap")
    assert "200,000" in found.message.zh  # 100 m x 2000 m
    holed = EAST.difference(box(472000, 3934500, 472010, 3934600))
    villages(WEST, holed).to_file(city.folder / "v.gpkg")
    assert "1,000" in problem(city.load(), "villages_holes").message.en


@pytest.mark.parametrize(("count", "expected"), [(99, 0), (100, 1)])
def test_12_households_on_one_point_by_the_hundred(city, count, expected):
    city.households([(f"H{at}", WEST_CODE, "燃煤", 471000, 3935000) for at in range(count)])
    loaded = city.usual().load()
    assert codes(loaded)["stacked"] == expected
    assert len(loaded.tables["households"]) == count


def test_12_a_village_in_two_rows_stops_the_run(city):
    frame = pd.concat(
        [villages(), villages().iloc[:1].assign(geometry=[box(474000, 3934000, 475000, 3935000)])]
    )
    frame.to_file(city.layer("villages", "v.gpkg"))
    loaded = city.usual().load()
    assert blocking(loaded) == {("villages", "village_twice")}
    assert [one.row for one in loaded.problems if one.code == "village_twice"] == [1, 3]


# 13 --------------------------------------------------------------------------------------------


def test_13_of_several_layers_none_is_taken_without_a_word(city):
    path = city.layer("villages", "v.gpkg")
    villages().to_file(path, layer="村界")
    villages(box(0, 0, 1, 1), box(1, 0, 2, 1)).to_file(path, layer="旧村界")
    found = refused(city, "villages", "which_layer")
    assert "村界、旧村界" in found.message.zh
    city.layers["villages"] = {"path": "v.gpkg", "layer": "村界"}
    assert city.load().tables["villages"].geometry.iloc[0].equals(WEST)
    city.layers["villages"] = {"path": "v.gpkg", "layer": "新村界"}
    refused(city, "villages", "no_such_layer")


def test_13_of_several_sheets_none_is_taken_without_a_word(city):
    book = xlsxwriter.Workbook(city.layer("households", "h.xlsx", crs=CRS))
    for name, homes in (("甲村", HOMES[:1]), ("乙村", HOMES[1:])):
        sheet = book.add_worksheet(name)
        for row, values in enumerate([HEADINGS, *homes]):
            sheet.write_row(row, 0, values)
    book.add_worksheet("空")
    book.close()
    assert "甲村、乙村" in refused(city, "households", "which_sheet").message.zh
    city.layers["households"] = {"path": "h.xlsx", "crs": CRS, "layer": "乙村"}
    assert len(city.load().tables["households"]) == 2


# 14 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("crs", "name"),
    [("EPSG:2381", "Xian 1980"), ("EPSG:2434", "Beijing 1954"), ("EPSG:4610", "Xian 1980")],
)
def test_14_secret_datums_are_refused_without_parameters(city, crs, name):
    city.households(homes_at(470500, 3934500), crs=crs)
    found = refused(city, "households", "datum_without_parameters")
    assert name in found.message.zh
    assert "TOWGS84" in found.remedy.zh


def test_14_a_secret_datum_with_its_seven_parameters_is_used(city):
    bound = (
        "+proj=tmerc +lat_0=0 +lon_0=111 +k=1 +x_0=500000 +y_0=0 +a=6378140 +rf=298.257 "
        "+towgs84=100,-50,30,0,0,0,0 +units=m"
    )
    city.households(homes_at(470500, 3934500), crs=bound)
    loaded = city.usual().load()
    assert not blocking(loaded)
    home = loaded.tables["households"].iloc[0]
    # a shift of 120 m in space: the point moves by that order, and is not left where it was
    assert 20 < np.hypot(home["x"] - 470500, home["y"] - 3934500) < 130


# 15 --------------------------------------------------------------------------------------------


def test_15_ovkml_is_gcj_02_whatever_it_says(city):
    lon, lat = wgs_to_gcj(*(np.array([one]) for one in TO_LONLAT.transform(471000, 3935000)))
    data = {"编号": "P1", "类型": "商铺"}
    text = made.kml([("店", data, made.point(f"{lon[0]:.9f},{lat[0]:.9f}"))])
    with zipfile.ZipFile(city.layer("premises", "p.ovkmz"), "w") as archive:
        archive.writestr("doc.kml", text)
    loaded = city.usual().load()
    place = loaded.tables["premises"].geometry.iloc[0]
    assert place.distance(Point(471000, 3935000)) < 1e-3
    assert codes(loaded, "premises") == {"ovital_datum": 1}


@pytest.mark.parametrize(
    ("forward", "declared", "fits"),
    [
        (wgs_to_gcj, "EPSG:4490", "GCJ-02"),
        (wgs_to_bd, "EPSG:4490", "BD-09"),
        (lambda lon, lat: (lon, lat), "GCJ-02", "EPSG:4490"),
    ],
)
def test_15_a_layer_off_by_a_web_maps_shift_is_told_which_datum_fits(city, forward, declared, fits):
    # homes within 400 m of the western village's edges: the shift moves many of them out
    homes = [
        (f"H{at}", WEST_CODE, "燃煤", 470020 + 20 * at, 3934050 + (at % 2) * 1900)
        for at in range(98)
    ]
    places = np.array([TO_LONLAT.transform(*home[3:]) for home in homes])
    lon, lat = forward(places[:, 0], places[:, 1])
    rows = [
        (*home[:3], *place) for home, place in zip(homes, zip(lon, lat, strict=True), strict=True)
    ]
    headings = (*HEADINGS[:3], "经度", "纬度")
    city.households(rows, headings, crs=declared)
    found = problem(city.usual().load(), "datum_misfit")
    assert found.blocking
    assert f"按 {fits} 则有 100%" in found.message.zh
    city.households(rows, headings, crs=fits)
    assert not blocking(city.load())


# 16 --------------------------------------------------------------------------------------------

VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="v"><SrcDataSource>{}</SrcDataSource>'
    "</OGRVRTLayer></OGRVRTDataSource>"
)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("v.gpkg", "other_format"), ("v.geojson", "not_json"), ("v.kml", "other_format"),
        ("v.dxf", "unfinished"), ("v.fgb", "damaged"), ("v.csv", "column_missing"),
        ("v.parquet", "damaged"), ("v.xlsx", "workbook_damaged"), ("v.ovkmz", "other_format"),
    ],
)  # fmt: skip
def test_16_a_virtual_file_in_disguise_reads_nothing_else(city, name, code):
    secret = city.folder / "secret.csv"
    secret.write_text(csv_text([("village_code", "village"), ("x", "y")]), encoding="utf-8")
    city.layer("villages", name, crs=CRS).write_text(VRT.format(secret), encoding="utf-8")
    loaded = city.usual().load()
    assert "villages" not in loaded.tables or loaded.tables["villages"].empty
    assert ("villages", code) in blocking(loaded)


def test_16_a_virtual_file_called_shp(city):
    as_shapefile(city).write_text(VRT.format("secret.csv") + " " * 200, encoding="utf-8")
    refused(city, "villages", "cut_short")


def test_16_a_link_out_of_the_folder_is_not_followed(city, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "v.gpkg"
    villages().to_file(outside)
    city.layer("villages", "v.gpkg").symlink_to(outside)
    refused(city, "villages", "file_outside")


def test_16_a_side_file_that_is_a_link_out_of_the_folder(city, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "v.dbf"
    dbf = as_shapefile(city).with_suffix(".dbf")
    outside.write_bytes(dbf.read_bytes())
    dbf.unlink()
    dbf.symlink_to(outside)
    refused(city, "villages", "file_outside")


def test_16_a_folder_or_device_is_no_file(city):
    (city.layer("villages", "v.gpkg")).mkdir()
    refused(city, "villages", "is_folder")


# 17 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "inside"), [("h.xlsx", "xl/worksheets/sheet1.xml"), ("h.kmz", "doc.kml")]
)
def test_17_a_zip_bomb_is_refused_before_it_is_unpacked(city, name, inside):
    path = city.layer("households", name, crs=CRS)
    packed = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with packed as archive, archive.open(inside, "w") as stream:
        for _ in range(101):
            stream.write(bytes(4_000_000))
    assert path.stat().st_size < 4_000_000
    refused(city, "households", "too_large")


def test_17_json_nested_without_end(city):
    city.layer("villages", "v.geojson").write_text("[" * 200_000, encoding="utf-8")
    refused(city, "villages", "nested_too_deep")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_17_a_geopackage_cut_short(city, share):
    path = geopackage(city)
    made.cut(path, int(path.stat().st_size * (1 - share)) or 1)
    refused(city, "gas_coverage", "damaged")


def test_17_a_kml_of_entities(city):
    bomb = '<!DOCTYPE k [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><kml>&b;</kml>'
    city.layer("villages", "v.kml").write_text(bomb, encoding="utf-8")
    refused(city, "villages", "xml_entities")


# 18 --------------------------------------------------------------------------------------------


CODE_ELSEWHERE = (
    "=1+1", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "${jndi:x}", "{0}", "%s", "@SUM(A1)",
)  # fmt: skip


@pytest.mark.parametrize("text", CODE_ELSEWHERE)
def test_18_text_that_would_be_code_elsewhere_stays_the_text_it_is(city, text):
    city.households([(*HOMES[0], text)], (*HEADINGS, "户主"))
    loaded = city.usual().load()
    assert loaded.tables["households"]["owner"].tolist() == [text]


def test_18_such_text_in_a_code_list_is_reported_as_it_is(city):
    city.households([("A1", WEST_CODE, "{0}<b>", 471000, 3935000)])
    assert problem(city.usual().load(), "bad_choice").value == "{0}<b>"


@pytest.mark.parametrize("hidden", ["\x07", "\u200b", "\u202e", "\ufeff", "\x9f"])
def test_18_characters_that_nobody_sees_are_taken_out_and_reported(city, hidden):
    city.households([(f"A{hidden}1", *HOMES[0][1:])])
    loaded = city.usual().load()
    assert loaded.tables["households"]["household_id"].tolist() == ["A1"]
    found = problem(loaded, "hidden_characters")
    assert (found.row, found.column) == (2, "household_id")


def test_18_names_of_10_000_characters_are_reported(city):
    frame = villages()
    frame["village"] = ["西" * 10_000, "东村"]
    frame.to_file(city.layer("villages", "v.gpkg"))
    found = problem(city.usual().load(), "text_too_long")
    assert (found.row, found.column) == (1, "village")
    assert len(found.value) <= 80

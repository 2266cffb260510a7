"""A project's layers as tables: columns, kinds, places, origins and problems."""

import hashlib
from datetime import date

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
from shapely import Polygon

from gis.layers import load, read_project
from gis.layers.crs import wgs_to_gcj


def test_households_have_the_columns_of_the_contract_and_their_kinds(city):
    more = "居住情况 户主 身份证号 建筑面积（㎡） 验收日期 列入本年计划 备注".split()
    headings = (*HEADINGS, *more)
    rows = [
        (*HOMES[0], "空置", "张三", "140882197001010012", "120㎡", "2024.10.1", "是", "好"),
        (*HOMES[1], "", "", "", "", "", "", ""),
    ]
    city.households(rows, headings)
    homes = city.usual().load().tables["households"]
    first, second = homes.iloc[0], homes.iloc[1]
    assert not hasattr(homes, "crs")
    assert first[["household_id", "village_code", "heating", "occupancy"]].tolist() == [
        "A1", WEST_CODE, "coal", "vacant",
    ]  # fmt: skip
    assert first["id_number"] == "140882197001010012"
    assert (first["x"], first["y"]) == (471000.0, 3935000.0)
    assert first["floor_area_m2"] == 120.0
    assert first["accepted_on"] == pd.Timestamp(2024, 10, 1)
    assert homes["in_programme"].tolist() == [True, pd.NA]
    assert first["extra:备注"] == "好"
    assert (first["ledger_file"], first["ledger_row"]) == ("households.csv", 2)
    assert second["occupancy"] == "occupied"
    assert second[["owner", "id_number", "accepted_on", "in_programme"]].isna().all()
    kinds = homes.dtypes.astype(str)
    assert kinds["accepted_on"] == kinds["signed_on"] == "datetime64[ns]"
    assert kinds["in_programme"] == kinds["self_converted"] == "boolean"
    assert kinds["x"] == kinds["heating_kwh"] == "float64"
    assert {"str", "string"} & {kinds["household_id"], kinds["device"]}
    assert homes["reject_reason"].tolist() == ["", ""]


def test_villages_come_in_the_project_crs_with_all_their_columns(city):
    villages = city.usual().load().tables["villages"]
    assert villages.crs == CRS
    assert villages["village_code"].tolist() == [WEST_CODE, EAST_CODE]
    assert villages["remote_mountain"].isna().all()
    assert villages.geometry.iloc[0].equals(WEST)


def test_a_sound_project_has_no_problem(city):
    assert codes(city.usual().load()) == {}


def test_a_ledger_in_gcj_02_and_gb18030_lands_where_it_stands(city):
    rows = []
    for home in HOMES:
        lon, lat = TO_LONLAT.transform(*home[3:])
        there = wgs_to_gcj(np.array([lon]), np.array([lat]))
        rows.append((*home[:3], f"{there[0][0]:.9f}", f"{there[1][0]:.9f}"))
    path = city.households(rows, (*HEADINGS[:3], "经度", "纬度"), crs="GCJ-02")
    path.write_bytes(path.read_text("utf-8").encode("gb18030"))
    loaded = city.usual().load()
    homes = loaded.tables["households"]
    assert homes["x"].to_numpy() == pytest.approx([471000, 471500, 473000], abs=1e-3)
    assert homes["y"].to_numpy() == pytest.approx([3935000, 3935500, 3935000], abs=1e-3)
    assert problem(loaded, "encoding_found").message.en.endswith("gb18030")


def test_origins_say_where_every_file_came_from(city):
    path = city.households(
        HOMES, source="村台账", licence="内部", steward="能源局", encoding="utf-8"
    )
    loaded = city.usual().load()
    origin = next(one for one in loaded.origins if one.layer == "households")
    assert origin.path == "households.csv"
    assert origin.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (origin.rows, origin.crs, origin.encoding) == (3, CRS, "utf-8")
    assert (origin.source, origin.licence, origin.steward) == ("村台账", "内部", "能源局")
    assert origin.as_of is None
    assert [one.layer for one in loaded.origins] == ["households", "villages"]


def workbook(path, homes, title="某乡台账"):
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.merge_range(0, 0, 0, 4, title)
    sheet.write_row(1, 0, HEADINGS)
    for number, home in enumerate(homes):
        sheet.write_row(2 + number, 0, home)
    book.close()


def test_one_ledger_a_township_each_named_in_its_problems(city):
    city.layers["households"] = {"paths": ["甲.xlsx", "乙.xlsx"], "crs": CRS}
    workbook(city.folder / "甲.xlsx", HOMES[:2])
    workbook(
        city.folder / "乙.xlsx", [("", *HOMES[2][1:]), ("C1", WEST_CODE, "烧炕", 471100, 3935100)]
    )
    loaded = city.usual().load()
    homes = loaded.tables["households"]
    assert homes[["ledger_file", "ledger_row"]].to_numpy().tolist() == [
        ["甲.xlsx", 3], ["甲.xlsx", 4], ["乙.xlsx", 3], ["乙.xlsx", 4],
    ]  # fmt: skip
    assert homes["reject_reason"].tolist() == ["", "", "no_id", ""]
    for code, row in (("no_id", 3), ("bad_choice", 4)):
        found = problem(loaded, code)
        assert found.row == row
        assert found.message.zh.startswith("乙.xlsx：")
        assert found.message.en.startswith("乙.xlsx: ")
    assert {one.path for one in loaded.origins if one.layer == "households"} == {
        "甲.xlsx",
        "乙.xlsx",
    }


def test_a_bad_file_of_several_costs_only_itself(city):
    city.layers["households"] = {"paths": ["甲.xlsx", "乙.xlsx"], "crs": CRS}
    workbook(city.folder / "甲.xlsx", HOMES)
    (city.folder / "乙.xlsx").write_bytes(b"PK not a workbook")
    loaded = city.usual().load()
    assert len(loaded.tables["households"]) == 3
    assert blocking(loaded) == {("households", "damaged")}
    assert "乙.xlsx" in problem(loaded, "damaged").message.en


def test_cells_that_say_nothing_are_missing_and_reported_with_their_row(city):
    headings = (*HEADINGS, "居住情况", "建筑面积", "验收日期", "列入计划")
    bad = ("A9", WEST_CODE, "烧炕", 471000, 3935000, "不知道", "约一百", "去年", "也许")
    city.households([(*HOMES[0], "常住", "90", "20241001", "否"), bad], headings)
    loaded = city.usual().load()
    row = loaded.tables["households"].iloc[1]
    assert row[["heating", "floor_area_m2", "accepted_on", "in_programme"]].isna().all()
    found = {(one.code, one.column, one.row, one.value) for one in loaded.problems if one.row}
    assert found == {
        ("bad_choice", "heating", 3, "烧炕"),
        ("bad_choice", "occupancy", 3, "不知道"),
        ("bad_number", "floor_area_m2", 3, "约一百"),
        ("bad_date", "accepted_on", 3, "去年"),
        ("bad_bool", "in_programme", 3, "也许"),
        ("value_missing", "heating", 3, ""),
    }
    choice = next(one for one in loaded.problems if one.column == "heating" and one.value)
    assert "coal" in choice.remedy.en
    assert "集中供热" in choice.remedy.zh


def test_personal_values_do_not_travel_in_problems(city):
    headings = (*HEADINGS, "身份证号", "困难类别")
    city.households([(*HOMES[0], "1.40882E+17", "特别困难的张三")], headings)
    loaded = city.usual().load()
    assert {"digits_lost", "bad_choice"} <= set(codes(loaded))
    for one in loaded.problems:
        assert "1.40882" not in str(one)
        assert "张三" not in str(one)


def test_identical_rows_count_once_and_differing_ones_not_at_all(city):
    rows = [
        ("A1", WEST_CODE, "燃煤", 471000, 3935000, 1),
        ("A1", WEST_CODE, "燃煤", 471000, 3935000, 2),  # only the running number differs
        ("A2", WEST_CODE, "燃煤", 471000, 3935100, 3),
        ("A2", WEST_CODE, "煤改电", 471000, 3935100, 4),
        ("A2", WEST_CODE, "燃煤", 471000, 3935100, 5),
        ("", WEST_CODE, "燃煤", 471000, 3935200, 6),
        ("A3", WEST_CODE, "燃煤", 471000, 3935300, 7),
    ]
    city.households(rows, (*HEADINGS, "序号"))
    loaded = city.usual().load()
    assert loaded.tables["households"]["reject_reason"].tolist() == [
        "", "duplicate_row", "duplicate_id", "duplicate_id", "duplicate_id", "no_id", "",
    ]  # fmt: skip
    assert codes(loaded, "households") == {
        "duplicate_row": 1, "duplicate_id": 3, "no_id": 1,
    }  # fmt: skip
    assert [one.row for one in loaded.problems if one.code == "duplicate_id"] == [4, 5, 6]


def test_rows_without_a_usable_place_keep_their_row(city):
    rows = [HOMES[0], ("A2", WEST_CODE, "燃煤", "", ""), ("A3", WEST_CODE, "燃煤", 0, 0)]
    city.households(rows)
    loaded = city.usual().load()
    homes = loaded.tables["households"]
    assert homes["x"].isna().tolist() == [False, True, True]
    assert {(one.code, one.row) for one in loaded.problems if one.row} == {
        ("no_location", 3),
        ("location_zero", 4),
    }


def test_required_layers_that_are_missing_stop_the_run(city):
    city.zones = []
    loaded = city.load()
    assert blocking(loaded) == {
        ("households", "layer_missing"),
        ("villages", "layer_missing"),
        ("coal_ban_zones", "layer_missing"),
    }


def test_a_required_column_that_is_missing_stops_the_run_and_names_the_headings(city):
    city.households([home[:2] + home[3:] for home in HOMES], (*HEADINGS[:2], *HEADINGS[3:]))
    loaded = city.usual().load()
    assert blocking(loaded) == {("households", "column_missing")}
    found = problem(loaded, "column_missing")
    assert found.column == "heating"
    assert "取暖方式" in found.message.zh
    assert "村代码" in found.message.en


def test_a_heading_much_like_a_missing_one_is_pointed_out(city):
    city.households([(*home, "是") for home in HOMES], (*HEADINGS, "是否列入本年度计划"))
    loaded = city.usual().load()
    found = problem(loaded, "heading_near")
    assert (found.column, found.value, found.blocking) == (
        "in_programme", "是否列入本年度计划", False,
    )  # fmt: skip
    assert "extra:是否列入本年度计划" in loaded.tables["households"]


def test_rename_says_what_a_heading_means(city):
    city.households(
        [(*home, "是") for home in HOMES], (*HEADINGS, "入册"), rename={"入册": "in_programme"}
    )
    loaded = city.usual().load()
    assert loaded.tables["households"]["in_programme"].tolist() == [True] * 3
    assert not blocking(loaded)


@pytest.mark.parametrize(
    ("rename", "code", "said"),
    [
        ({"入册": "in_programme"}, "rename_without_heading", "户编号"),
        ({"户编号": "id"}, "rename_to_unknown", "household_id"),
    ],
)
def test_a_rename_that_fits_nothing_stops_the_run(city, rename, code, said):
    city.households(HOMES, rename=rename)
    loaded = city.usual().load()
    assert ("households", code) in blocking(loaded)
    found = problem(loaded, code)
    assert said in found.message.en + found.remedy.en


def test_two_headings_for_one_column_have_to_be_told_apart(city):
    city.households([(*home, "煤改电") for home in HOMES], (*HEADINGS, "现取暖方式"))
    assert blocking(city.usual().load()) == {("households", "two_headings")}
    city.households(
        [(*home, "煤改电") for home in HOMES],
        (*HEADINGS, "现取暖方式"),
        rename={"现取暖方式": "heating"},
    )
    loaded = city.load()
    assert not blocking(loaded)
    assert loaded.tables["households"]["heating"].tolist() == ["electric"] * 3


def test_the_unit_in_a_heading_counts(city):
    path = city.layer("heat_sources", "sources.csv", crs=CRS)
    rows = [("热源编号", "供热能力（kW）", "X坐标", "Y坐标"), ("R1", 58000, 471000, 3935000)]
    path.write_text(csv_text(rows), encoding="utf-8")
    assert city.usual().load().tables["heat_sources"]["capacity_mw"].tolist() == [58.0]
    rows[0] = ("热源编号", "供热能力（kVA）", "X坐标", "Y坐标")
    path.write_text(csv_text(rows), encoding="utf-8")
    assert ("heat_sources", "unit_unknown") in blocking(city.load())


def test_values_out_of_bounds_and_codes_of_another_length_are_reported(city):
    rows = [
        ("A1", "14088200120", "燃煤", 471000, 3935000, -3),
        ("A2", WEST_CODE + ".0", "燃煤", 471000, 3935000, 30),
    ]
    city.households(rows, (*HEADINGS, "建筑面积"))
    loaded = city.usual().load()
    assert {(one.code, one.column, one.row) for one in loaded.problems if one.row} == {
        ("bad_code", "village_code", 2),
        ("negative", "floor_area_m2", 2),
    }
    # a code that became a decimal keeps all its digits
    assert loaded.tables["households"]["village_code"].tolist() == ["14088200120", WEST_CODE]


def test_invalid_polygons_are_repaired_and_their_area_told(city):
    bow_tie = Polygon([(470000, 3934000), (472000, 3936000), (472000, 3934000), (470000, 3936000)])
    villages(bow_tie, EAST).to_file(city.layer("villages", "villages.gpkg"))
    loaded = city.usual().load()
    found = problem(loaded, "repaired")
    assert found.row == 1
    # two triangles of 1 km2 each; the bow tie itself has a signed area of 0
    assert "2,000,000" in found.message.zh
    assert loaded.tables["villages"].geometry.is_valid.all()
    assert loaded.tables["villages"].area.iloc[0] == pytest.approx(2e6)


def test_targets_leave_the_row_of_totals_out_and_check_it(city):
    city.project["targets"] = "targets.csv"
    text = (
        "unit_code,unit,electric,gas,central,total\n"
        "140882001,城区,219,,,219\n140882100,樊村镇,10,5,,14\n,合计,229,,,233\n"
    )
    (city.folder / "targets.csv").write_text(text, encoding="utf-8")
    loaded = city.usual().load()
    targets = loaded.tables["targets"]
    columns = ["unit_code", "unit", "electric", "gas", "central", "total", "ledger_row"]
    assert list(targets) == columns
    assert targets["unit"].tolist() == ["城区", "樊村镇"]
    assert targets["electric"].tolist() == [219, 10]
    assert targets["gas"].isna().tolist() == [True, False]
    assert str(targets["gas"].dtype) == "Int64"
    assert {(one.code, one.row, one.column) for one in loaded.problems if one.row} == {
        ("total_across", 3, "total"),  # 10 + 5 is not 14
        ("total_across", 4, "total"),  # 229 is not 233
        # the column of totals does add up: 219 + 14 = 233
    }


def test_a_total_that_does_not_add_up_is_reported_and_kept(city):
    city.project["targets"] = "targets.csv"
    text = (
        "单位代码,单位,煤改电,煤改气,集中供热,合计\n"
        "1,城区,219,,,219\n2,樊村,1.5,,,\n,合 计,300,,,300\n"
    )
    (city.folder / "targets.csv").write_text(text, encoding="utf-8")
    loaded = city.usual().load()
    assert loaded.tables["targets"]["electric"].tolist() == [219, pd.NA]
    assert codes(loaded, "targets")["total_down"] == 2
    assert codes(loaded, "targets")["not_whole"] == 1
    said = next(one for one in loaded.problems if one.code == "total_down")
    assert "220.5" in said.message.zh
    assert "300" in said.message.zh


def test_rulings_keep_the_parts_of_a_village(city):
    path = city.layer("rulings", "rulings.csv")
    rows = [
        ("村代码", "部分", "路线", "状态", "批复日期"),
        (WEST_CODE, "served", "集中供热", "已批准", "2024.5.1"),
        (WEST_CODE, "unserved", "煤改电", "乡镇确认", ""),
    ]
    path.write_text(csv_text(rows), encoding="utf-8")
    rulings = city.usual().load().tables["rulings"]
    assert rulings[["part", "approach", "status"]].to_numpy().tolist() == [
        ["served", "central", "approved"],
        ["unserved", "electric", "township_confirmed"],
    ]
    assert rulings["decided_on"].tolist() == [pd.Timestamp(2024, 5, 1), pd.NaT]
    assert rulings["ledger_row"].tolist() == [2, 3]  # to name it where it cannot be applied


def test_a_missing_optional_layer_is_absent(city):
    assert set(city.usual().load().tables) == {"households", "villages", "coal_ban_zones"}


def test_the_project_crs_has_to_be_metric(city):
    for crs, code in (
        ("EPSG:4490", "project_crs_geographic"),
        ("EPSG:3857", "project_crs_mercator"),
        ("EPSG:2230", "project_crs_units"),
        ("EPSG:2343", "datum_without_parameters"),
        ("EPSG:99999", "crs_unknown"),
    ):
        city.project["crs"] = crs
        loaded = city.usual().load()
        assert [one.code for one in loaded.problems] == [code]
        assert loaded.problems[0].blocking
        assert loaded.tables == {}


def test_dates_of_the_origin_are_those_declared(city):
    city.usual().write()
    text = (city.folder / "project.toml").read_text("utf-8")
    text = text.replace("[layers.villages]", "[layers.villages]\nas_of = 2024-03-01")
    (city.folder / "project.toml").write_text(text, encoding="utf-8")
    origins = load(read_project(city.folder), city.reader).origins
    assert {one.layer: one.as_of for one in origins}["villages"] == date(2024, 3, 1)

"""Ledgers as townships write them: keys of each file, sheets, rows of no data, ids, stages."""

import pandas as pd
import pytest
import xlsxwriter
from layers.city import (
    CRS,
    EAST_CODE,
    HEADINGS,
    HOMES,
    WEST_CODE,
    blocking,
    codes,
    csv_text,
    problem,
    villages,
)
from layers.made import drawing

from gis.errors import InputError
from gis.layers import load, read_project


def write(city, name, rows):
    (city.folder / name).write_text(csv_text(rows), encoding="utf-8")


def ledgers(city, *files, **spec):
    """A ledger of several files: (name, rows, keys of the file)."""
    for name, rows, _ in files:
        write(city, name, rows)
    entries = [{"path": name, **keys} for name, _, keys in files]
    city.layers["households"] = {"crs": CRS, "files": entries, **spec}
    return city.usual("households")


def homes_of(city):
    return city.load().tables["households"]


def home(number, heating="燃煤", x=471000, **more):
    return (number, WEST_CODE, heating, x, 3935000 + len(str(number)), *more.values())


def test_each_file_has_its_own_headings_and_words(city):
    first = [
        ("户号", "村代码", "怎么取暖", "X坐标", "Y坐标"),
        ("A1", WEST_CODE, "空气能", 471000, 3935000),
    ]
    second = [HEADINGS, ("B1", EAST_CODE, "电炕", 473000, 3935000)]
    words = {"heating": {"空气能": "electric"}}
    ledgers(
        city,
        ("甲.csv", first, {"rename": {"怎么取暖": "采暖方式"}}),
        ("乙.csv", second, {"values": {"取暖方式": {"电炕": "煤改电"}}}),
        values=words,
    )
    loaded = city.load()
    assert loaded.tables["households"]["heating"].tolist() == ["electric", "electric"]
    assert codes(loaded, "households") == {}


def test_a_rename_may_stand_for_some_files_but_not_for_none(city):
    first = [("号", *HEADINGS[1:]), HOMES[0]]
    second = [HEADINGS, HOMES[2]]
    ledgers(city, ("甲.csv", first, {}), ("乙.csv", second, {}), rename={"号": "household_id"})
    assert not blocking(city.load())
    ledgers(
        city,
        ("甲.csv", first, {"rename": {"号": "户编号", "无": "居住情况"}}),
        ("乙.csv", second, {}),
    )
    assert blocking(city.load()) == {("households", "rename_without_heading")}
    assert problem(city.load(), "rename_without_heading").column == "无"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"heating": {"空气能": "heatpump"}}, "values_code_unknown"),
        ({"炉子": {"空气能": "electric"}}, "values_column_unknown"),
    ],
)
def test_words_explained_by_what_there_is_not_stop_the_run(city, values, code):
    city.households(HOMES, values=values)
    assert ("households", code) in blocking(city.usual().load())


@pytest.mark.parametrize(
    "entry", ['path = "a.csv"\npaths = ["b.csv"]', 'files = [{ path = "../a.csv" }]',
              'files = [{ path = "a.csv", sheet = "x" }]', 'path = "a.csv"\ncad = { off = ["x"] }'],
)  # fmt: skip
def test_entries_that_cannot_be_are_refused(city, entry):
    path = city.usual().write()
    text = path.read_text("utf-8").replace('path = "households.csv"', entry)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        read_project(city.folder)


def workbook(path, sheets):
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)


def village_sheets(city, sheets, **keys):
    workbook(city.folder / "台账.xlsx", sheets)
    city.layers["households"] = {"crs": CRS, "path": "台账.xlsx", "sheets": "*", **keys}
    return city.usual("households")


SHEET = ("序号", "取暖方式", "X坐标", "Y坐标")


def test_a_sheet_for_each_village_names_it(city):
    rows = [SHEET, (1, "燃煤", 471000, 3935000), (2, "煤改电", 471000, 3935100)]
    sheets = {
        "说明": [("填表说明",), ("一、照实填写",)],
        "西村委会": rows,
        "东": [SHEET, (1, "燃煤", 473000, 3935000)],
    }
    loaded = village_sheets(city, sheets, id="序号").load()
    homes = loaded.tables["households"]
    assert homes["village_code"].tolist() == [WEST_CODE, WEST_CODE, EAST_CODE]
    assert homes["household_id"].tolist() == [f"{WEST_CODE}-1", f"{WEST_CODE}-2", f"{EAST_CODE}-1"]
    assert homes["ledger_sheet"].tolist() == ["西村委会", "西村委会", "东"]
    assert not blocking(loaded)
    assert [(one.file, one.sheet) for one in loaded.problems if one.code == "sheet_of_notes"] == [
        ("台账.xlsx", "说明")
    ]


def test_a_sheet_with_data_whose_headings_are_not_known_stops_the_run(city):
    sheets = {
        "西村": [SHEET, (1, "燃煤", 471000, 3935000)],
        "东村": [("甲", "乙", "丙"), (1, "燃煤", 3)],
    }
    loaded = village_sheets(city, sheets, id="序号").load()
    assert blocking(loaded) == {("households", "sheet_left_out")}
    assert problem(loaded, "sheet_left_out").sheet == "东村"


def test_a_problem_of_a_sheet_names_it(city):
    sheets = {
        "西村": [SHEET, (1, "烧炕", 471000, 3935000)],
        "东村": [SHEET, (1, "烧炕", 473000, 3935000)],
    }
    loaded = village_sheets(city, sheets, id="序号").load()
    found = [one for one in loaded.problems if one.code == "bad_choice"]
    assert [(one.file, one.sheet, one.row) for one in found] == [
        ("台账.xlsx", "西村", 2), ("台账.xlsx", "东村", 2),
    ]  # fmt: skip
    assert found[1].message.zh.startswith("台账.xlsx[东村]：")


def test_a_sheet_that_is_no_village_is_doubtful(city):
    sheets = {
        "西村": [SHEET, (1, "燃煤", 471000, 3935000)],
        "西庄": [SHEET, (1, "燃煤", 471000, 3935100)],
    }
    loaded = village_sheets(city, sheets, id="序号", township="城区").load()
    found = [one for one in loaded.problems if one.code.startswith("village_doubt")]
    assert [one.sheet for one in found] == ["西庄"]
    assert "城区/西庄" in found[0].remedy.zh
    path = city.write()
    text = path.read_text("utf-8") + f'[names]\n"城区/西庄" = "{EAST_CODE}"\n'
    path.write_text(text, encoding="utf-8")
    homes = load(read_project(city.folder), city.reader).tables["households"]
    assert homes["village_code"].tolist() == [WEST_CODE, EAST_CODE]


NAMED = ("户编号", "乡镇", "村名", "取暖方式", "X坐标", "Y坐标")


def test_a_home_is_placed_by_the_name_of_its_village(city):
    rows = [
        ("A1", "城区街道", "西 村", "燃煤", "", ""), ("A2", "城区", "东村委会", "燃煤", "", ""),
        ("A3", "", "西村", "燃煤", "", ""), ("A4", "城区", "中村", "燃煤", "", ""),
    ]  # fmt: skip
    city.households(rows, NAMED)
    loaded = city.usual().load()
    homes = loaded.tables["households"]
    assert homes["village_code"].fillna("").tolist() == [WEST_CODE, EAST_CODE, WEST_CODE, ""]
    assert problem(loaded, "village_doubtful").row == 5
    assert homes["extra:村名"].tolist() == ["西 村", "东村委会", "西村", "中村"]


def test_a_code_counts_before_a_name_and_the_difference_is_told(city):
    rows = [(*HOMES[0], "东村"), (*HOMES[1], "西村"), ("C1", "", "燃煤", 471000, 3935000, "东村")]
    city.households(rows, (*HEADINGS, "村名"))
    loaded = city.usual().load()
    assert loaded.tables["households"]["village_code"].tolist() == [WEST_CODE, WEST_CODE, EAST_CODE]
    found = problem(loaded, "village_differs")
    assert (found.row, EAST_CODE in found.message.zh) == (2, True)


@pytest.mark.parametrize("wrong", ["140882001", "999999999999"])
def test_a_code_that_is_no_village_gives_way_to_the_name_and_is_told(city, wrong):
    rows = [(*HOMES[0], "西村"), ("C1", wrong, "燃煤", 471000, 3935000, "东村")]
    city.households(rows, (*HEADINGS, "村名"))
    loaded = city.usual().load()
    assert loaded.tables["households"]["village_code"].tolist() == [WEST_CODE, EAST_CODE]
    found = problem(loaded, "code_unknown_named")
    assert (found.row, wrong in found.message.zh, EAST_CODE in found.message.zh) == (3, True, True)


def test_rows_that_are_no_homes_are_counted_as_what_they_are(city):
    rows = [
        *HOMES[:2], HEADINGS, ("小计", "", 2, "", ""), HOMES[2], ("合 计：", "3户", "", "", ""),
        ("制表人：张三", "", "审核人：李四", "", ""), ("注：本表一式两份，以上数据截至十月底。", "", "", "", ""),
        ("本页", "", "", "", ""), (4, "", "", "", ""), (5, "", "", "", ""),
    ]  # fmt: skip
    city.households(rows, skip=["本页"])
    loaded = city.usual().load()
    assert loaded.tables["households"]["household_id"].tolist() == ["A1", "A2", "B1"]
    assert set(codes(loaded, "households")) == {"rows_not_data"}
    said = problem(loaded, "rows_not_data").message.en
    for words in ("2 totals", "2 notes", "1 repeated", "2 with a running number", "1 by skip"):
        assert words in said, said
    assert [one.rows for one in loaded.origins if one.layer == "households"] == [3]


@pytest.mark.parametrize(
    ("word", "total"),
    [("羊圈沟小计", 1), ("新庄合计：", 1), ("西村", 0), ("小计沟", 0), ("合计乡西村", 0)],
)
def test_a_sum_of_any_village_is_a_total(city, word, total):
    city.households([*HOMES, (word, "", "", 471000, 3935000)])
    loaded = city.usual().load()
    assert len(loaded.tables["households"]) == 4 - total
    assert codes(loaded, "households")["rows_not_data"] == total


@pytest.mark.parametrize(
    "row",
    [
        ("合计", WEST_CODE, "燃煤", 471000, 3935000),  # a known heating: a home, whatever its name
        ("A8", "", "", 471000, 3935000),
        ("A9", WEST_CODE, "烧炕", "", ""),
        ("17", "", "", "", ""),  # not at the end: a home that lost its cells
    ],
)
def test_odd_homes_stay_homes(city, row):
    city.households([row, *HOMES])
    homes = city.usual().load().tables["households"]
    assert len(homes) == 4
    assert homes["household_id"].iloc[0] == row[0]


def numbered(place, count):
    return [(n, code, "燃煤", 471000 if code == WEST_CODE else 473000, 3934000 + 10 * n)
            for code in (place,) for n in range(1, count + 1)]  # fmt: skip


def test_village_files_of_one_township_that_number_from_1_are_told_apart_by_their_village(city):
    files = [
        ("甲.csv", [HEADINGS, *numbered(WEST_CODE, 3)], {}),
        ("乙.csv", [HEADINGS, *numbered(EAST_CODE, 2)], {}),
    ]
    loaded = ledgers(city, *files).load()
    homes = loaded.tables["households"]
    assert homes["household_id"].tolist() == [
        *(f"{WEST_CODE}-{n}" for n in (1, 2, 3)),
        *(f"{EAST_CODE}-{n}" for n in (1, 2)),
    ]
    assert homes["reject_reason"].tolist() == [""] * 5
    assert codes(loaded)["ids_qualified"] == 2


@pytest.mark.parametrize("other", [WEST_CODE, EAST_CODE])
def test_shared_numbers_of_a_township_stay_doubtful_where_a_file_is_not_one_villages_own(
    city, other
):
    """A second file of the same village, or one of both villages, may hold the same homes."""
    first = numbered(WEST_CODE, 3) if other == WEST_CODE else [
        *numbered(WEST_CODE, 2), (3, EAST_CODE, "燃煤", 473000, 3934030)
    ]  # fmt: skip
    second = [(n, code, "煤改电", x, y) for n, code, _, x, y in numbered(other, 2)]
    homes = homes_of(_two_ledgers(city, [HEADINGS, *first], [HEADINGS, *second]))
    assert homes["household_id"].tolist() == [f"140882001-{n}" for n in (1, 2, 3, 1, 2)]
    assert homes["reject_reason"].tolist() == [
        "duplicate_id",
        "duplicate_id",
        "",
        "duplicate_id",
        "duplicate_id",
    ]


@pytest.mark.parametrize(("other", "told"), [("煤改电", "duplicate_id"), ("燃煤", "duplicate_row")])
def test_a_number_is_the_same_with_noughts_before_it(city, other, told):
    """A program drops the noughts of 0002 in one of two ledgers of a township."""
    rows = [(n, WEST_CODE, "燃煤", 471000, 3934000 + n) for n in (2, 10)]
    again = [
        ("0002", WEST_CODE, other, 471000, 3934002),
        ("0030", EAST_CODE, "燃煤", 473000, 3935000),
    ]
    homes = homes_of(_two_ledgers(city, [HEADINGS, *rows], [HEADINGS, *again]))
    assert homes["household_id"].tolist() == [f"140882001-{n}" for n in (2, 10, 2, 30)]
    first = told if told == "duplicate_id" else ""
    assert homes["reject_reason"].tolist() == [first, "", told, ""]


def _two_ledgers(city, *tables):
    ledgers(city, *zip(("甲.csv", "乙.csv"), tables, ({}, {}), strict=True))
    return city


def test_ids_that_are_no_numbers_stay_the_problem_they_are(city):
    first = [HEADINGS, ("A1", WEST_CODE, "燃煤", 471000, 3935000)]
    second = [HEADINGS, ("A1", EAST_CODE, "燃煤", 473000, 3935000)]
    loaded = ledgers(city, ("甲.csv", first, {}), ("乙.csv", second, {})).load()
    assert loaded.tables["households"]["reject_reason"].tolist() == ["duplicate_id"] * 2


def test_numbers_of_an_unknown_township_stop_the_run(city):
    headings = ("户编号", "取暖方式", "X坐标", "Y坐标")
    rows = [(n, "燃煤", 471000, 3935000 + n) for n in (1, 2)]
    files = [
        ("甲.csv", [headings, *rows], {}),
        ("乙.csv", [headings, *rows[:1], (2, "煤改电", 1, 1)], {}),
    ]
    loaded = ledgers(city, *files).load()
    assert ("households", "ids_without_township") in blocking(loaded)
    files = [(name, rows, {"township": "城区"}) for name, rows, _ in files]
    assert ("households", "ids_without_township") not in blocking(ledgers(city, *files).load())
    files = [(name, rows, {"township": "东区"}) for name, rows, _ in files]
    assert ("households", "township_unknown") in blocking(ledgers(city, *files).load())


def test_an_id_repeated_within_a_file_stays_the_problem_it_is(city):
    rows = [
        ("序号", *HEADINGS[1:]),
        *numbered(WEST_CODE, 2),
        (2, WEST_CODE, "煤改电", 471500, 3935000),
    ]
    loaded = ledgers(city, ("甲.csv", rows, {"id": "序号"})).load()
    homes = loaded.tables["households"]
    assert homes["household_id"].tolist() == ["140882001-1", "140882001-2", "140882001-2"]
    assert homes["reject_reason"].tolist() == ["", "duplicate_id", "duplicate_id"]


@pytest.mark.parametrize(
    ("stage", "heating", "found", "code"),
    [
        ("已完成", "煤改电", "electric", None), ("是", "煤改电", "electric", None),
        ("未动工", "煤改电", None, "conversion_pending"), ("已签约", "煤改气", None, "conversion_pending"),
        ("未动工", "燃煤", "coal", None), ("否", "燃煤", "coal", None),
        ("否", "煤改电", "electric", "conversion_untouched"), ("否", "集中供热", "central", None),
        ("已改造", "燃煤", "coal", "conversion_burning"), ("", "煤改电", "electric", None),
    ],
)  # fmt: skip
def test_the_stage_of_a_conversion_is_held_against_the_heating(city, stage, heating, found, code):
    row = (HOMES[0][0], WEST_CODE, heating, *HOMES[0][3:], stage)
    city.households([row], (*HEADINGS, "改造状态"))
    loaded = city.usual().load()
    told = loaded.tables["households"]["heating"].iloc[0]
    assert (None if pd.isna(told) else told) == found
    assert set(codes(loaded, "households")) == ({code} if code else set())
    unread = loaded.tables["households"]["unread"].iloc[0]
    assert (unread == "heating") == (code == "conversion_pending")


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("2024年10月", "2024-10-31"), ("2024年2月份", "2024-02-29"), ("2024.12", "2024-12-31"),
        ("2024/6", "2024-06-30"), ("2024", "2024-12-31"), ("2023年", "2023-12-31"),
        ("2024.1", None), ("2024年13月", None), ("1024年", None),  # 2024.1 may be October
    ],
)  # fmt: skip
def test_a_month_or_a_year_counts_as_its_last_day(city, words, day):
    city.households([(*HOMES[0], words)], (*HEADINGS, "完成时间"))
    loaded = city.usual().load()
    home = loaded.tables["households"].iloc[0]
    assert (None if pd.isna(home["installed_on"]) else f"{home['installed_on']:%Y-%m-%d}") == day
    assert codes(loaded) == {"date_coarse" if day else "bad_date": 1}
    assert home["unread"] == "installed_on"  # no evidence for clearing a zone


def test_a_visit_has_to_have_its_day(city):
    path = city.layer("inspections", "v.csv")
    path.write_text("检查编号,检查日期,检查结果\n1,2024年10月,合格\n", encoding="utf-8")
    assert codes(city.usual().load(), "inspections")["bad_date"] == 1


PLACES = ("户编号", "村代码", "取暖方式", "经度", "纬度")
LON, LAT = 110.6782, 35.5469  # in the west village


def located(city, lon, lat, **spec):
    others = [(f"B{n}", WEST_CODE, "燃煤", LON, LAT - n / 1000) for n in range(3)]
    rows = [("A1", WEST_CODE, "燃煤", lon, lat), *others]
    city.households(rows, PLACES, crs="EPSG:4490", **spec)
    loaded = city.usual().load()
    return loaded, loaded.tables["households"].iloc[0]


def test_exchanged_coordinates_are_named_and_mended_where_that_is_asked_for(city):
    _, right = located(city, LON, LAT)
    assert right["x"] > 400_000
    loaded, home = located(city, LAT, LON)
    assert pd.isna(home["x"])
    assert home["unread"] == "place"
    found = problem(loaded, "location_swapped")
    assert (found.row, "mend_swapped = true" in found.remedy.zh) == (2, True)
    loaded, home = located(city, LAT, LON, mend_swapped=True)
    assert home[["x", "y"]].tolist() == right[["x", "y"]].tolist()
    assert problem(loaded, "location_mended").row == 2


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        ("110°40′41.52″", "35°32′48.84″"), ("110度40分41.52秒", "35度32分48.84秒"),
        ("E110°40'41.52\"", "N35°32'48.84\""), ("110.6782°E", "35.5469°N"),
        ("东经110.6782", "北纬35.5469度"), ("110°40.692′", "35°32.814′"),
    ],
)  # fmt: skip
def test_coordinates_written_as_texts(city, lon, lat):
    _, right = located(city, LON, LAT)
    loaded, home = located(city, lon, lat)
    assert home[["x", "y"]].tolist() == pytest.approx(right[["x", "y"]].tolist(), abs=0.01)
    assert codes(loaded, "households") == {}


@pytest.mark.parametrize("words", ["110°61′", "110°40′61″", "110.5°40′", "W110.6782°"])
def test_angles_that_cannot_be_are_no_place(city, words):
    _, home = located(city, words, LAT)
    assert pd.isna(home["x"])


LINE = [(470000.0, 3935000.0), (473000.0, 3935000.0)]
DRAWN = {"供热一次网": [LINE], "规划-二次网": [LINE], "图框": [LINE]}


@pytest.mark.parametrize(
    ("cad", "stops"),
    [
        (None, {"cad_status"}),
        ({"in_service": ["供热一次网"]}, {"cad_status"}),  # the frame is still unexplained
        ({"in_service": ["供热一次网"], "leave_out": ["图框"]}, set()),
        ({"in_service": ["供热"], "planned": ["一次网"], "leave_out": ["图框"]},
            {"cad_layer_twice", "cad_status"}),
        ({"in_service": ["供热一次网", "供水"], "leave_out": ["图框"]}, {"cad_layer_unknown"}),
    ],
)  # fmt: skip
def test_layers_of_a_drawing_are_explained(city, cad, stops):
    keys = {"cad": cad} if cad else {}
    drawing(city.layer("heat_pipes", "p.dxf", crs=CRS, **keys), DRAWN, "R2000")
    loaded = city.usual().load()
    assert {code for layer, code in blocking(loaded) if layer == "heat_pipes"} == stops
    if not stops:
        pipes = loaded.tables["heat_pipes"]
        assert pipes["status"].tolist() == ["in_service", "planned"]
        assert codes(loaded, "heat_pipes")["cad_left_out"] == 1


def test_a_sheet_named_for_all_files_need_only_be_in_one(city):
    rows = [HEADINGS, *HOMES[:2]]
    workbook(city.folder / "甲.xlsx", {"台账": rows, "旧": [HEADINGS, HOMES[2]]})
    workbook(city.folder / "乙.xlsx", {"Sheet1": [HEADINGS, HOMES[2]]})
    city.layers["households"] = {"paths": ["甲.xlsx", "乙.xlsx"], "layer": "台账", "crs": CRS}
    loaded = city.usual("households").load()
    assert loaded.tables["households"]["household_id"].tolist() == ["A1", "A2", "B1"]
    assert codes(loaded) == {"sheets_unread": 1, "sheet_not_here": 1}
    assert "旧" in problem(loaded, "sheets_unread").message.zh
    city.layers["households"] |= {"layer": "新"}
    assert ("households", "no_such_sheet") in blocking(city.load())
    city.layers["households"] = {"paths": ["乙.xlsx"], "layer": "台账", "crs": CRS}
    assert blocking(city.load()) >= {("households", "no_such_sheet")}


def test_a_unit_that_cannot_be_converted_goes_by_a_stated_factor(city):
    path = city.layer("transformers", "t.csv", crs=CRS, factors={"最大负荷": 1.25})
    path.write_text(
        "台区编号,容量（kVA）,最大负荷（kW）,所属村,X坐标,Y坐标\nT1,400,80,东村,471000,3935000\n",
        encoding="utf-8",
    )
    loaded = city.usual().load()
    grid = loaded.tables["transformers"].iloc[0]
    assert (grid["peak_load_kva"], grid["capacity_kva"], grid["village_code"]) == (
        100,
        400,
        EAST_CODE,
    )
    assert not blocking(loaded)
    city.layers["transformers"] = {"path": "t.csv", "crs": CRS}
    assert blocking(city.load()) == {("transformers", "unit_of_power")}
    city.layers["transformers"] = {"path": "t.csv", "crs": CRS, "factors": {"所属村": 2.0}}
    assert ("transformers", "values_column_unknown") in blocking(city.load())


@pytest.mark.parametrize(
    ("numbers", "code"), [((1, 2), "heading_numbers"), ((1, 1), None), ((1, ""), None)]
)
def test_a_numbering_is_advised_for_the_id_only_where_it_is_one(city, numbers, code):
    rows = [(number, *home[1:]) for number, home in zip(numbers, HOMES, strict=False)]
    city.households(rows, ("序号", *HEADINGS[1:]))
    loaded = city.usual().load()
    advised = {one.code for one in loaded.problems if one.code.startswith("heading_")}
    assert advised == ({code} if code else set())
    assert ("households", "column_missing") in blocking(loaded)


@pytest.mark.parametrize(
    ("township", "named"),
    [("城区", ["140882001-2", "140882001-2", "7"]), (None, ["2", "002", "7"])],
)
def test_visits_name_homes_by_the_numbers_of_their_township(city, township, named):
    rows = [("序号", *HEADINGS[1:]), *numbered(WEST_CODE, 2)]
    ledgers(city, ("甲.csv", rows, {"id": "序号", "township": "城区"}))
    keys = {"township": township} if township else {}
    path = city.layer("inspections", "v.csv", **keys)
    text = "检查编号,户编号,检查日期,检查结果\n1,2,2024-10-20,合格\n2,002,2024-10-20,合格\n3,7,2024-10-20,合格\n"
    path.write_text(text, encoding="utf-8")
    assert city.load().tables["inspections"]["household_id"].tolist() == named


@pytest.mark.parametrize(("stated", "told"), [("3户", 0), ("共3 户", 0), ("4户", 1), ("3", 0)])
def test_a_total_that_states_other_homes_than_were_read(city, stated, told):
    city.households([*HOMES, ("合计", stated, "", "", "")])
    assert codes(city.usual().load())["total_homes"] == told


def two_villages_of_numbers(city):
    """Two sheets, each a village numbered from 1: homes 1 to 3 in the west, 1 to 2 in the east."""
    places = {"西村": 471000, "东村": 473000}
    counts = {"西村": 3, "东村": 2}
    sheets = {
        name: [SHEET, *((n, "燃煤", x, 3935000 + n) for n in range(1, counts[name] + 1))]
        for name, x in places.items()
    }
    return village_sheets(city, sheets, id="序号", township="城区")


@pytest.mark.parametrize(
    ("heading", "places", "named", "doubtful"),
    [
        ("村名", ("东村", "西村"), [f"{EAST_CODE}-2", f"{WEST_CODE}-3"], []),
        ("村代码", (EAST_CODE, WEST_CODE), [f"{EAST_CODE}-2", f"{WEST_CODE}-3"], []),
        ("乡镇", ("城区", "城区"), ["2", f"{WEST_CODE}-3"], [2]),  # both villages have a home 2
        ("村名", ("东村", "东村"), [f"{EAST_CODE}-2", "3"], [3]),  # the east has no home 3
        ("备注", ("", ""), ["2", "3"], [2, 3]),
    ],
)
def test_a_visit_names_a_home_by_its_number_and_village(city, heading, places, named, doubtful):
    path = two_villages_of_numbers(city).layer("inspections", "v.csv")
    rows = [("检查编号", "户编号", heading, "检查日期", "检查结果")]
    rows += [(at, at + 2, place, "2024-10-20", "合格") for at, place in enumerate(places)]
    path.write_text(csv_text(rows), encoding="utf-8")
    loaded = city.load()
    table = loaded.tables["inspections"]
    assert table["household_id"].tolist() == named
    assert "village_code" not in table
    assert [one.row for one in loaded.problems if one.code == "home_doubtful"] == doubtful


def test_a_zone_ruling_names_a_home_by_its_number_and_village(city):
    path = two_villages_of_numbers(city).layer("zone_rulings", "r.csv")
    text = f"户编号,村名,禁煤区编号,认定结果,认定日期\n2,东村,Z1,区外,2024-10-01\n{WEST_CODE}-2,,Z1,区外,2024-10-01\n"
    path.write_text(text, encoding="utf-8")
    loaded = city.load()
    ids = [f"{EAST_CODE}-2", f"{WEST_CODE}-2"]
    assert loaded.tables["zone_rulings"]["household_id"].tolist() == ids


SAME = {"甲镇": WEST_CODE, "乙镇": "140882002201"}  # 王庄, in two townships


def namesakes(city):
    """The two villages are both called 王庄 and belong to two townships."""
    frame = villages()
    frame["village"], frame["township"] = "王庄", list(SAME)
    frame["village_code"] = list(SAME.values())
    frame["township_code"] = frame["village_code"].str[:9]
    frame.to_file(city.layer("villages", "villages.gpkg"), layer="villages")


UNPLACED = ("户编号", "村名", "取暖方式", "X坐标", "Y坐标")
OF_WANG = ("A1", "王庄", "燃煤", "", "")


@pytest.mark.parametrize(
    ("file", "sheet", "title", "code"),
    [
        ("台账.xlsx", "Sheet1", None, None),
        ("乙镇台账2024.xlsx", "Sheet1", None, SAME["乙镇"]),
        ("台账.xlsx", "甲镇", None, SAME["甲镇"]),
        ("台账.xlsx", "Sheet1", "乙镇清洁取暖台账", SAME["乙镇"]),
        ("甲镇.xlsx", "Sheet1", "乙镇清洁取暖台账", None),  # they contradict each other
        ("甲镇和乙镇.xlsx", "甲镇", None, None),
    ],
)
def test_a_doubtful_village_is_that_of_the_township_its_file_is_named_after(
    city, file, sheet, title, code
):
    namesakes(city)
    rows = [*([(title,)] if title else []), UNPLACED, OF_WANG]
    workbook(city.folder / file, {sheet: rows})
    city.layers["households"] = {"crs": CRS, "path": file, "sheets": "*"}
    loaded = city.load()
    assert loaded.tables["households"]["village_code"].fillna("").tolist() == [code or ""]
    told = {"township_from_file"} if code else {"village_doubtful"}
    assert {"township_from_file", "village_doubtful"} & set(codes(loaded)) == told
    if code:
        assert code[:9] in problem(loaded, "township_from_file").message.zh


@pytest.mark.parametrize(
    ("keys", "town", "code"),
    [
        ({"township": "甲镇"}, "", SAME["甲镇"]),  # project.toml before the file's name
        ({"township": "甲镇"}, "乙镇", SAME["乙镇"]),  # the row before both
        ({}, "甲镇", SAME["甲镇"]),
    ],
)
def test_a_stated_township_comes_before_the_name_of_the_file(city, keys, town, code):
    namesakes(city)
    rows = [("乡镇", *UNPLACED), (town, *OF_WANG)]
    loaded = ledgers(city, ("乙镇.csv", rows, keys)).load()
    assert loaded.tables["households"]["village_code"].tolist() == [code]
    assert "township_from_file" not in codes(loaded)


def test_the_township_of_an_old_code_tells_namesakes_apart(city):
    namesakes(city)
    rows = [("村代码", *UNPLACED), ("140882002999", *OF_WANG), ("140882003999", *OF_WANG)]
    loaded = ledgers(city, ("台账.csv", rows, {})).load()
    assert loaded.tables["households"]["village_code"].fillna("").tolist() == [
        SAME["乙镇"], "140882003999",
    ]  # fmt: skip
    assert problem(loaded, "village_doubtful").row == 3


def of_codes(city, code, count, **keys):
    """So many homes of the eastern village by name, with a village code, and one of the west."""
    rows = [(f"A{n}", code, "东村", "燃煤", "", "") for n in range(count)]
    rows.append(("B1", WEST_CODE, "西村", "燃煤", "", ""))
    return ledgers(city, ("台账.csv", [("户编号", "村代码", *UNPLACED[1:]), *rows], keys)).load()


@pytest.mark.parametrize(("count", "many"), [(9, 0), (10, 1)])
def test_old_codes_of_many_rows_are_told_once(city, count, many):
    loaded = of_codes(city, "140882001999", count)
    assert loaded.tables["households"]["village_code"].tolist() == [EAST_CODE] * count + [WEST_CODE]
    found = codes(loaded, "households")
    assert (found["codes_unknown_named"], found["code_unknown_named"]) == (
        many, 0 if many else count,
    )  # fmt: skip
    if many:
        said = problem(loaded, "codes_unknown_named")
        assert "11 行中有 10 行" in said.message.zh
        assert "140882001999 → 东村" in said.message.zh.replace("城区街道", "")
        assert not blocking(loaded)


def test_old_codes_are_settled_by_their_new_ones(city):
    told = {"village_code": {"140882001999": EAST_CODE}}
    loaded = of_codes(city, "140882001999", 10, values=told)
    assert set(codes(loaded, "households")) == {"no_places"}


@pytest.mark.parametrize(("count", "stops"), [(9, False), (10, True)])
def test_many_codes_of_another_village_than_the_named_one_stop_the_run(city, count, stops):
    loaded = of_codes(city, WEST_CODE, count)
    assert loaded.tables["households"]["village_code"].tolist() == [WEST_CODE] * (count + 1)
    found = codes(loaded, "households")
    assert (found["villages_differ"], found["village_differs"]) == (stops, 0 if stops else count)
    assert (("households", "villages_differ") in blocking(loaded)) is stops
    if stops:
        entry = "households:台账.csv:villages_differ"
        assert f'accept = ["{entry}"]' in problem(loaded, "villages_differ").remedy.en
        city.project["accept"] = [entry]
        assert not blocking(city.load())


def test_a_word_that_means_blank_is_written_as_nothing(city):
    text = [
        ("户编号", "村代码", "取暖方式", "验收结果", "X", "Y"),
        ("h1", WEST_CODE, "电", "未改造", 471000, 3935000),
        ("h2", WEST_CODE, "电", "合格", 471000, 3935010),
    ]
    ledgers(city, ("甲.csv", text, {}))
    assert '写 "" 表示这个词就是空白' in problem(city.load(), "bad_choice").remedy.zh
    ledgers(city, ("甲.csv", text, {"values": {"验收结果": {"未改造": ""}}}))
    loaded = city.load()
    assert not [one for one in loaded.problems if one.code == "bad_choice"]
    results = loaded.tables["households"].set_index("household_id")["acceptance_result"]
    assert results.isna().to_dict() == {"h1": True, "h2": False}
    assert loaded.tables["households"]["unread"].eq("").all()  # blank, not unreadable
    ledgers(city, ("甲.csv", text, {"values": {"验收结果": {"未改造": "no"}}}))
    wrong = problem(city.load(), "values_code_unknown")
    assert "说成“no”" in wrong.message.zh
    assert '写 ""' in wrong.remedy.zh


@pytest.mark.parametrize(
    "rows", [[("合计", "0户", "", "", "")], [("制表人：张三", "", "", "", "")]]
)
def test_a_ledger_of_nothing_but_totals_and_notes_is_none(city, rows):
    city.households(rows)
    loaded = city.usual().load()
    assert ("households", "required_without_rows") in blocking(loaded)
    assert codes(loaded)["rows_not_data"] == 1


def test_a_drawing_of_layers_that_are_all_left_out_is_none(city):
    keys = {"cad": {"leave_out": ["图框"]}}
    drawing(city.layer("heat_pipes", "p.dxf", crs=CRS, **keys), {"图框": [LINE]}, "R2000")
    loaded = city.usual().load()
    assert codes(loaded, "heat_pipes")["layer_without_rows"] == 1


@pytest.mark.parametrize(
    ("areas", "told"),
    [
        (("", "", ""), {"column_blank": 1}),
        (("100", "", "80"), {"cells_blank": 1}),
        (("100", "", ""), {}),  # most are blank: as the ledger is
        (("100", "90", "80"), {}),
    ],
)
def test_floor_areas_that_are_blank_are_told(city, areas, told):
    """The heat of a home without one is that of its village's median, else of the policy."""
    rows = [home(n, 面积=area) for n, area in enumerate(areas)]
    ledgers(city, ("甲.csv", [(*HEADINGS, "建筑面积"), *rows], {}))
    assert codes(city.load(), "households") == told

"""Cells that say nothing certain: what becomes of them, and what is taken for a table at all."""

from datetime import date

import pandas as pd
import pytest
from layers.city import CRS, EAST_CODE, HEADINGS, HOMES, WEST_CODE, blocking, codes, csv_text

from gis.facts.heat_network import loads_mw
from gis.facts.transformer_loads import stated


def sources(city, *rows, headings="热源编号,供热能力,已接负荷,X坐标,Y坐标"):
    path = city.layer("heat_sources", "s.csv", crs=CRS)
    path.write_text("\n".join([headings, *rows]) + "\n", encoding="utf-8")
    return city.usual().load()


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("#REF!", "cell_error"), ("#N/A", "cell_error"), ("#DIV/0!", "cell_error"),
        ("#VALUE!", "cell_error"), ("#NAME?", "cell_error"), ("#NUM!", "cell_error"),
        ("#NULL!", "cell_error"), ("#n/a", "cell_error"), ("＃REF！", "cell_error"),
        ("#######", "cell_error"), ("Err:502", "cell_error"),
        ("#FORMULA!", "formula_without_value"),
        ("-5", "negative"), ("-0.001", "negative"), ("75%", "bad_number"), ("3t/h", "bad_number"),
    ],
)  # fmt: skip
def test_a_load_that_nobody_can_read_may_be_all_that_a_source_has(city, cell, code):
    loaded = sources(city, f"R1,58,{cell},471000,3935000", "R2,29,,471100,3935000")
    found = [(one.row, one.column, one.blocking) for one in loaded.problems if one.code == code]
    assert found == [(2, "load_mw", False)]
    table = loaded.tables["heat_sources"]
    assert table["load_mw"].isna().tolist() == [True, True]
    assert loads_mw(table).tolist() == [58.0, 0.0]  # a blank is none


@pytest.mark.parametrize(
    ("capacity_mw", "available_mw", "load_mw"),
    [(50.0, 60.0, 60.0), (50.0, 40.0, 50.0), (float("nan"), 60.0, 60.0)],
)
def test_an_unread_load_may_be_all_that_the_company_states(capacity_mw, available_mw, load_mw):
    table = pd.DataFrame(
        {"capacity_mw": [capacity_mw], "available_mw": [available_mw], "load_mw": [float("nan")],
         "unread": ["load_mw"]}
    )  # fmt: skip
    assert loads_mw(table).tolist() == [load_mw]
    assert loads_mw(table.assign(unread="")).tolist() == [0.0]


def test_a_capacity_that_nobody_can_read_is_none_to_claim(city):
    table = sources(city, "R1,#REF!,3,471000,3935000").tables["heat_sources"]
    assert table["capacity_mw"].isna().all()
    assert (table["capacity_mw"].fillna(0.0) - loads_mw(table)).tolist() == [-3.0]


def test_nought_is_nought_and_no_negative(city):
    loaded = sources(city, "R1,58,0,471000,3935000")
    assert loaded.tables["heat_sources"]["load_mw"].tolist() == [0.0]
    assert codes(loaded) == {}


@pytest.mark.parametrize(
    ("capacity", "load", "kept", "told"),
    [
        ("0.05", "0", [0.05, 0], {}), ("3000", "3000", [3000, 3000], {}),
        ("0.04", "0", [0.04, 0], {"number_unlikely": 1}),
        ("58000", "3001", [None, 3001],
            {"number_absurd": 1, "number_unlikely": 1, "value_missing": 1}),  # it is in kW
        ("30000", "1", [30000, 1], {"number_unlikely": 1}),
        ("0", "1", [None, 1], {"value_missing": 1}),  # 0 typed for a blank
    ],
)  # fmt: skip
def test_a_capacity_that_no_plant_has_is_named(city, capacity, load, kept, told):
    loaded = sources(city, f"R1,{capacity},{load},471000,3935000")
    found = loaded.tables["heat_sources"][["capacity_mw", "load_mw"]].iloc[0]
    assert [None if pd.isna(one) else one for one in found] == kept
    assert codes(loaded) == told


@pytest.mark.parametrize(
    ("heading", "cell", "kept", "code"),
    [
        ("建筑面积", "10", 10, None), ("建筑面积", "9.9", 9.9, "number_unlikely"),
        ("建筑面积", "500", 500, None), ("建筑面积", "500.1", 500.1, "number_unlikely"),
        ("建筑面积", "5000", 5000, "number_unlikely"), ("建筑面积", "5001", None, "number_absurd"),
        ("建筑面积（亩）", "0.6", 400, None), ("建筑面积（亩）", "120", None, "number_absurd"),
        ("建筑面积", "0", None, None), ("建筑面积", "", None, None),  # 0 typed for a blank
        ("改造年度", "2000", 2000, None), ("改造年度", "1999", 1999, "number_unlikely"),
        ("改造年度", "2100", 2100, None), ("改造年度", "2101", 2101, "number_unlikely"),
        ("改造年度", "24", 24, "number_unlikely"), ("改造年度", "0", None, None),
        ("取暖用电量", "0", 0, None), ("取暖用电量", "60000", 60000, None),
        ("取暖用电量", "60001", 60001, "number_unlikely"),
        ("取暖用气量", "10000", 10000, None), ("取暖用气量", "10001", 10001, "number_unlikely"),
    ],
)  # fmt: skip
def test_a_number_that_a_home_hardly_has_is_named(city, heading, cell, kept, code):
    city.households([(*HOMES[0], cell)], (*HEADINGS, heading))
    loaded = city.usual().load()
    columns = {"建": "floor_area_m2", "改": "plan_year"}
    name = columns.get(heading[0], "heating_kwh" if "电" in heading else "heating_m3")
    found = loaded.tables["households"][name].iloc[0]
    assert (None if pd.isna(found) else found) == (kept and pytest.approx(kept))
    told = [(one.code, one.row, one.column) for one in loaded.problems if "number_" in one.code]
    assert told == ([(code, 2, name)] if code else [])


@pytest.mark.parametrize("word", ["煤改电。", "煤改电；", " 煤 改 电 。"])
def test_a_full_stop_behind_a_word_is_none_of_it(city, word):
    city.households([(*HOMES[0][:2], word, *HOMES[0][3:])])
    assert city.usual().load().tables["households"]["heating"].tolist() == ["electric"]


def test_errors_in_any_kind_of_column_are_problems_of_their_cells(city):
    headings = (*HEADINGS, "居住情况", "验收日期", "列入计划", "户主", "取暖用电量", "备注")
    bad = ("A2", WEST_CODE, "#N/A", 471000, 3935000, *(["#REF!"] * 6))
    city.households([(*HOMES[0], "常住", "", "是", "张三", 300, "#N/A"), bad], headings)
    loaded = city.usual().load()
    found = {one.column for one in loaded.problems if one.code == "cell_error"}
    assert found == {"heating", "occupancy", "accepted_on", "in_programme", "owner", "heating_kwh"}
    home = loaded.tables["households"].iloc[1]
    assert set(home["unread"].split(",")) == found
    assert home["extra:备注"] == "#REF!"  # what nobody asks for stays as it is


def test_a_required_column_that_is_blank_throughout_is_said_row_by_row(city):
    city.households([(home[0], home[1], "", *home[3:]) for home in HOMES])
    loaded = city.usual().load()
    found = [(one.row, one.column) for one in loaded.problems if one.code == "value_missing"]
    assert found == [(2, "heating"), (3, "heating"), (4, "heating")]
    assert not blocking(loaded)


def test_of_two_files_the_one_with_the_blank_column_is_named(city):
    city.layers["households"] = {"paths": ["a.csv", "b.csv"], "crs": CRS}
    (city.folder / "a.csv").write_text(csv_text([HEADINGS, HOMES[0]]), encoding="utf-8")
    rows = [HEADINGS, (*HOMES[2][:2], " ", *HOMES[2][3:])]
    (city.folder / "b.csv").write_text(csv_text(rows), encoding="utf-8")
    (found,) = [one for one in city.usual().load().problems if one.code == "value_missing"]
    assert found.row == 2
    assert "b.csv" in found.message.zh


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("是否常住", {"是": "occupied", "否": "vacant", "1": "occupied", "0": "vacant"}),
        ("是否常住（必填）", {"是": "occupied", "否": "vacant", "空置": "vacant"}),
        ("是否空置", {"是": "vacant", "否": "occupied", "√": "vacant", "×": "occupied"}),
        ("是否有人居住", {"有": "occupied", "无人": "vacant", "Y": "occupied", "n": "vacant"}),
    ],
)
def test_yes_and_no_answer_what_the_heading_asks(city, heading, words):
    rows = [(f"A{at}", *HOMES[0][1:], word) for at, word in enumerate(words)]
    city.households(rows, (*HEADINGS, heading))
    loaded = city.usual().load()
    assert loaded.tables["households"]["occupancy"].tolist() == list(words.values())
    assert codes(loaded) == {}


def test_yes_and_no_say_nothing_under_a_heading_that_does_not_ask(city):
    city.households([(*HOMES[0], "是")], (*HEADINGS, "居住情况"))
    assert codes(city.usual().load()) == {"bad_choice": 1}


@pytest.mark.parametrize(
    "word",
    ["00000000", "0000-00-00", "0000/00/00", "0000-00-00 00:00:00", "0", "/", "-", "无", "暂无",
     "1899-12-30", "1900-01-00"],
)  # fmt: skip
def test_ways_to_write_that_there_is_no_date(city, word):
    city.households([(*HOMES[0], word)], (*HEADINGS, "验收日期"))
    loaded = city.usual().load()
    assert loaded.tables["households"]["accepted_on"].isna().all()
    assert codes(loaded) == {}


@pytest.mark.parametrize("word", ["未拆", "00001001", "2024-00-10", "0000-10-01", "1900-01-05"])
def test_what_may_be_a_date_is_no_blank(city, word):
    city.households([(*HOMES[0], word)], (*HEADINGS, "验收日期"))
    loaded = city.usual().load()
    assert codes(loaded) == {"bad_date": 1}
    assert loaded.tables["households"]["unread"].tolist() == ["accepted_on"]


LEDGER = [HEADINGS, *HOMES]


@pytest.mark.parametrize("place", [1, 2, 3])
def test_homes_sorted_above_the_headings_are_not_lost(city, place):
    rows = [
        *HOMES[:place],
        HEADINGS,
        *HOMES[place:],
        *[(f"C{at}", *HOMES[0][1:]) for at in range(9)],
    ]
    city.layer("households", "h.csv", crs=CRS).write_text(csv_text(rows), encoding="utf-8")
    loaded = city.usual().load()
    assert blocking(loaded) == {("households", "data_above_heading")}


@pytest.mark.parametrize(
    "titles",
    [
        ["某乡2024年清洁取暖台账,,,,"], ["填报日期,2024-10-01,,,", "填报单位：某乡,,,单位：户,"],
        ["基本信息,,改造情况,坐标,"], ["140882001,某乡,,,"], ["1,2,3,4,5"], ["联系人,张三,13800000000,,"],
    ],
)  # fmt: skip
def test_titles_above_the_headings_are_no_rows_of_data(city, titles):
    path = city.layer("households", "h.csv", crs=CRS)
    path.write_text("\n".join(titles) + "\n" + csv_text(LEDGER), encoding="utf-8")
    loaded = city.usual().load()
    assert len(loaded.tables["households"]) == 3
    assert codes(loaded, "households") == {"title_rows": 1}


LONG = "来电反映，邻居烧煤，烟大，呛人，老人咳嗽，请处理，并回复"


@pytest.mark.parametrize("rows", [1, 3, 60])
@pytest.mark.parametrize(
    ("separator", "words"),
    [(",", LONG), ("\t", "甲路1号,东户,二层,左,右,前,后"), (";", "a,b，c|d"), ("|", LONG),
        ("，", "a,b,c,d,e,f")],
)  # fmt: skip
def test_the_separator_is_what_makes_even_rows(city, separator, words, rows):
    headings = ["投诉编号", "村代码", "受理日期", "投诉内容"]
    lines = [[f"T{at}", WEST_CODE, "2024-10-10", words] for at in range(rows)]
    text = "".join(separator.join(line) + "\n" for line in [headings, *lines])
    city.layer("complaints", "c.csv").write_text(text, encoding="utf-8")
    loaded = city.usual().load()
    assert loaded.tables["complaints"]["subject"].tolist() == [words] * rows
    assert codes(loaded) == {}


def test_the_separator_can_be_stated(city):
    """Where each of two makes a table, project.toml says which."""
    text = "a;b,c\n1;2,3\n4;5,6\n"
    rename = {"a": "complaint_id"}
    path = city.layer("complaints", "c.csv", separator=";", rename=rename)
    path.write_text(text, encoding="utf-8")
    assert list(city.usual().load().tables["complaints"]["extra:b,c"]) == ["2,3", "5,6"]
    city.layer("complaints", "c.csv", separator=",", rename={"a;b": "complaint_id"})
    assert list(city.load().tables["complaints"]["complaint_id"]) == ["1;2", "4;5"]


@pytest.mark.parametrize("separator", ["", ",,", "x", '"', "\n", "7"])
def test_a_separator_is_one_sign(city, separator):
    city.households(HOMES, separator=separator)
    with pytest.raises(Exception, match="separator"):
        city.usual().load()


@pytest.mark.parametrize("title", [False, True])
def test_headings_that_only_rename_knows(city, title):
    rename = dict(
        zip("甲乙丙丁戊", ["household_id", "village_code", "heating", "x", "y"], strict=True)
    )
    rows = [("某乡台账", "", "", "", "")] * title + [tuple("甲乙丙丁戊"), *HOMES]
    path = city.layer("households", "h.csv", crs=CRS, rename=rename)
    path.write_text(csv_text(rows), encoding="utf-8")
    loaded = city.usual().load()
    assert loaded.tables["households"]["village_code"].tolist() == [WEST_CODE, WEST_CODE, EAST_CODE]
    assert not blocking(loaded)


@pytest.mark.parametrize(
    "word",
    [
        "合计：",
        "合计(户)",
        "合计（户）",
        "全市",
        "总计",
        "合　计",
        "全市合计",
        "【合计】",
        "河津市合计",
        "Total",
        "平均",
    ],
)
@pytest.mark.parametrize("column", ["unit", "unit_code"])
def test_a_sum_of_targets_is_no_unit(city, word, column):
    city.project["targets"] = "targets.csv"
    last = f"{word},," if column == "unit_code" else f",{word},"
    text = f"unit_code,unit,electric\n1,城区,219\n2,樊村镇,10\n{last}230\n"
    (city.folder / "targets.csv").write_text(text, encoding="utf-8")
    loaded = city.usual().load()
    assert loaded.tables["targets"]["electric"].tolist() == [219, 10]
    (said,) = [one for one in loaded.problems if one.code == "total_down"]
    assert "229" in said.message.zh  # 219 + 10
    assert "230" in said.message.zh


@pytest.mark.parametrize(
    ("city_row", "kept"),
    [
        ("140882,河津市,229", [219, 10]),  # its code begins those of all others: the city
        ("140882,河津市,230", [219, 10]),
        ("140881,永济市,229", [219, 10, 229]),  # another city
        ("140882003,柴家镇,229", [219, 10, 229]),  # one of its towns
    ],
)
def test_the_city_beside_its_towns_is_their_sum(city, city_row, kept):
    city.project["targets"] = "targets.csv"
    text = f"unit_code,unit,electric\n140882001,城区,219\n140882002,樊村镇,10\n{city_row}\n"
    (city.folder / "targets.csv").write_text(text, encoding="utf-8")
    loaded = city.usual().load()
    assert loaded.tables["targets"]["electric"].tolist() == kept
    sums = [one.code for one in loaded.problems if one.code == "total_down"]
    assert sums == (["total_down"] if "230" in city_row else [])


@pytest.mark.parametrize(
    ("own", "other", "rename", "refused"),
    [
        ("electric", "燃煤", {}, True), ("electric", "电", {}, False), ("electric", "", {}, False),
        ("", "燃煤", {}, True), ("electric", "燃煤", {"heating": "heating"}, False),
    ],
)  # fmt: skip
def test_two_headings_of_one_column_that_differ(city, own, other, rename, refused):
    path = city.layer("households", "h.csv", crs=CRS, rename=rename)
    head = "household_id,village_code,heating,x,y,取暖方式\n"
    row = f"h0,{WEST_CODE},{own},470100,3934100,{other}\n"
    path.write_text(head + row, encoding="utf-8")
    loaded = city.usual().load()
    assert ("two_headings" in str(blocking(loaded))) is refused


@pytest.mark.parametrize(
    ("cells", "marked"),
    [
        (["—", "—"], [True, False]), (["", "N/A"], [False, True]), (["nan", ""], [True, False]),
        (["/", "2500"], [False, False]), (["", ""], [False, False]),
        (["#N/A", "#N/A"], [True, True]),
    ],
)  # fmt: skip
def test_a_meter_column_of_signs_is_a_meter(city, cells, marked):
    lines = [f"h{n},{WEST_CODE},electric,{470100 + n},3934100,{cell}"
             for n, cell in enumerate(cells)]  # fmt: skip
    path = city.layer("households", "h.csv", crs=CRS)
    head = "household_id,village_code,heating,x,y,heating_kwh\n"
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    loaded = city.usual().load()
    found = loaded.tables["households"]["unread"]
    assert [("heating_kwh" in one) for one in found] == marked
    signs = [one.row for one in loaded.problems if one.code == "only_signs"]
    assert signs == ([] if "#" in cells[0] or not any(marked) else [2 + marked.index(True)])


def test_a_part_sum_is_checked_against_the_units_above_it(city):
    city.project["targets"] = "targets.csv"
    lines = ["城区,5", "樊村,7", "东片小计,12", "柴家,1", "小梁,2", "小计,4", "总计,15"]
    text = "unit,electric\n" + "\n".join(lines) + "\n"
    (city.folder / "targets.csv").write_text(text, encoding="utf-8")
    loaded = city.usual().load()
    assert loaded.tables["targets"]["unit"].tolist() == ["城区", "樊村", "柴家", "小梁"]
    # 1 + 2 is not 4; 5 + 7 = 12 and 5 + 7 + 1 + 2 = 15 are right
    sums = [(one.row, one.code) for one in loaded.problems if one.code.startswith("total_")]
    assert sums == [(7, "total_down")]


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("2024-10-31T20:30:00Z", date(2024, 10, 31)),
        ("2024-10-31T23:59:59.5Z", date(2024, 10, 31)),
        ("2024-10-31 17:00:00+00:00", date(2024, 10, 31)),
        ("2024-10-31T15:59:59Z", date(2024, 10, 31)),
        ("2024-10-30T16:00:00Z", date(2024, 10, 31)),
        ("2024-10-30T16:00:00.000Z", date(2024, 10, 31)),
        ("2024-10-31T23:00:00+08:00", date(2024, 10, 31)),
        ("2024-10-30T20:00:00-05:00", date(2024, 10, 31)),
    ],
)  # fmt: skip
def test_evening_times_stay_on_their_day(city, words, day):
    city.households([(*HOMES[0], words)], (*HEADINGS, "验收日期"))
    assert city.usual().load().tables["households"]["accepted_on"].tolist() == [pd.Timestamp(day)]


@pytest.mark.parametrize(
    ("row", "upgrade_kva"),
    [
        ("200,2024-11-01,9000", 200), ("200,#REF!,9000", None), ("200,2024-11-01,#N/A", None),
        ("-200,2024-11-01,9000", None), ("200,,", 200), ("200,2024-11-01,9t/h", None),
    ],
)  # fmt: skip
def test_an_upgrade_of_which_something_cannot_be_read_is_none_to_claim(city, row, upgrade_kva):
    path = city.layer("transformers", "t.csv", crs=CRS)
    text = "台区编号,容量,最大负荷,增容容量,增容日期,增容投资,X坐标,Y坐标\n"
    path.write_text(f"{text}T1,400,100,{row},471000,3935000\n", encoding="utf-8")
    table = stated(city.usual().load().tables["transformers"], date(2024, 10, 31))
    assert (table["capacity_kva"] - table["peak_load_kva"]).tolist() == [300.0]
    assert table["upgrade_kva"].fillna(-1.0).tolist() == [upgrade_kva or -1.0]


@pytest.mark.parametrize(("ids", "refused"), [(["", ""], True), (["", "h1"], False)])
def test_a_ledger_of_which_no_row_counts_is_refused(city, ids, refused):
    path = city.layer("households", "h.csv", crs=CRS)
    lines = [f"{one},{WEST_CODE},coal,{470100 + n},3934100" for n, one in enumerate(ids)]
    head = "household_id,village_code,heating,x,y\n"
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    assert ("required_without_rows" in str(blocking(city.usual().load()))) is refused

"""The files of an office as they come, read with a few lines of project.toml."""

from collections import Counter
from dataclasses import replace
from datetime import date
from io import BytesIO
from types import SimpleNamespace

import pandas as pd
import pytest
from office import SETTINGS, TOWNSHIPS, make_office
from python_calamine import CalamineWorkbook

import gis
from gis.cli.print_problems import list_problems
from gis.errors import Problem, Text
from gis.layers import load, read_project
from gis.pipeline import Pipeline
from gis.report.metadata import About
from gis.report.problem_books import problem_books

CLEAN = ["central", "electric", "gas", "biomass", "solar"]


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return make_office(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def facts(office):
    stages = Pipeline()
    return stages.place(stages.read_and_check(office.folder))


def test_few_lines_explain_the_files():
    assert len(SETTINGS.strip().splitlines()) <= 20


def test_homes_conversions_and_pending_of_every_village_are_true(office, facts):
    homes = facts.households
    names = facts.villages.set_index("village_code")[["township", "village"]]
    found = {}
    for code, own in homes.groupby("village_code"):
        clean = int(own["heating"].isin(CLEAN).sum())
        placed = int((own["status"] == "placed").sum())
        found[tuple(names.loc[code])] = (len(own), clean, placed)
    pending = facts.villages.set_index(["township", "village"])["pending"]
    told = {key: (n, clean, int(pending[key]), placed) for key, (n, clean, placed) in found.items()}
    assert told == office.truth()
    assert (homes["status"] != "rejected").all()


def test_ids_are_unique_and_do_not_depend_on_the_order_of_the_files(office, facts):
    ids = facts.households["household_id"]
    assert ids.is_unique
    north, (code, _) = "北川镇", TOWNSHIPS["北川镇"]
    first = facts.households[facts.households["ledger_file"] == f"{north}.xlsx"]
    assert first["household_id"].iloc[0] == f"{code}-1"
    third = facts.households[facts.households["ledger_file"] == "南沟镇.xlsx"]
    made = facts.villages.set_index("village")["village_code"]
    assert third["household_id"].iloc[0] == f"{made['南沟村']}-1"
    assert set(third["ledger_sheet"]) == {"南沟村", "小寨村", "河湾村村"}


def test_what_was_done_is_said(office):
    problems = load(read_project(office.folder)).problems
    told = Counter(one.code for one in problems if one.layer in ("households", "villages"))
    assert not any(one.blocking for one in problems)
    assert told["codes_made"] == 1
    assert told["village_from_sheet"] == 3
    assert told["sheet_of_notes"] == 1
    rows = {one.file: one.message.zh for one in problems if one.code == "rows_not_data"}
    assert "合计 1、说明和签字 1、重复的表头 0、只有序号的空行 0" in rows["北川镇.xlsx"]
    swapped = [one for one in problems if one.code == "location_mended"]
    placed = [home.placed for _, home in homes_of(office, "东坪乡")]
    assert {one.file for one in swapped} == {"东坪乡.xls"}
    assert len(swapped) == sum(placed[6::7])  # every seventh row, one by one
    assert len({one.row for one in swapped}) == len(swapped)


def test_the_zone_is_the_villages_that_its_notice_names(facts, office):
    zone = facts.zones.iloc[0]
    names = facts.villages.set_index("village_code")
    inside = {tuple(names.loc[code, ["township", "village"]]) for code in zone["unit_villages"]}
    assert inside == {("北川镇", "石桥村"), ("北川镇", "上营村"), ("南沟镇", "南沟村")}


def test_targets_go_by_the_names_of_the_townships(office):
    loaded = load(read_project(office.folder))
    codes = loaded.tables["targets"].set_index("unit")["unit_code"]
    assert codes["北川镇"] == "150101100"
    assert codes["东坪"] == "150101200"  # 东坪乡
    assert codes.notna().all()


def test_check_and_run_count_alike_and_say_what_is_right(office):
    project = gis.open_project(office.folder)
    groups = project.problem_groups()
    before = Counter(one.code for group in groups for one in group.problems)
    results = project.run().results
    after = Counter(one.code for one in results.problems)
    later = (*results.decisions.problems, *results.clearance.problems, *results.progress.problems)
    assert not before - after  # whatever check lists stands in problems.xlsx as well
    assert not set(after - before) - {one.code for one in later}
    fits = [text.zh for text in project.fits()]
    placed = sum(home.placed for (town, _), own in office.homes.items() for home in own
                 if town == "北川镇")  # fmt: skip
    assert f"  北川镇.xlsx：有坐标的 {placed} 户中 {placed} 户落在本村，坐标系合适" in fits
    told = {group.problems[0].code: group for group in groups}
    assert told["village_from_sheet"].note
    assert told["title_rows"].note
    assert not told["no_location"].note
    shown = capture(list_problems, project.inputs().layers, groups, project.fits())
    head, notes = shown.split("说明（怎样读的")
    assert "title_rows" in notes
    assert "title_rows" not in head
    assert "no_location" in head


def test_what_the_ledgers_report_is_counted_as_the_files_say(office):
    """Of the first township those of 2024 by 改造年度; of the second by the year of 完成时间."""
    project = gis.open_project(office.folder)
    units = project.run().progress.units.groupby("unit")["reported"].sum(min_count=1)
    first = sum(
        home.heating != "散煤"
        for (town, _), own in office.homes.items()
        for home in own
        if town == "北川镇"
    )
    days = ("2024.4.25", "2023年9月", "20240711", "2022/10/1")
    second = sum(
        home.heating != "散煤" and days[number % 4].startswith("2024")
        for number, (_, home) in enumerate(homes_of(office, "东坪乡"), 1)
    )
    assert units["北川镇"] == first
    assert units["东坪乡"] == second
    assert pd.isna(units["南沟镇"])  # neither a year nor a day
    assert any(f"台账报本年已改 {first + second} 户" in text.zh for text in project.fits())


def homes_of(office, township):
    """(village, home) in the order of the township's ledger."""
    return [
        (village, home)
        for (town, village), own in office.homes.items()
        for home in own
        if town == township
    ]


def capture(say, *what):
    """What is said on a screen."""
    said = []
    say(SimpleNamespace(say=lambda text: said.append(text.zh)), *what)
    return "\n".join(said)


def test_a_township_gets_what_it_can_mend_in_its_own_files(office):
    project = gis.open_project(office.folder)
    books = project.problem_books()
    code = TOWNSHIPS["北川镇"][0]
    assert f"北川镇_{code}.xlsx" in books
    sheets = {name: CalamineWorkbook.from_filelike(BytesIO(book)) for name, book in books.items()}
    for name, book in sheets.items():
        own = str(book.get_sheet_by_name("问题清单").to_python())
        if name == "city.xlsx":
            assert "title_rows" in str(book.get_sheet_by_name("说明").to_python())
            continue
        assert book.sheet_names == ["问题清单"]
        assert "project.toml" not in own
        assert "title_rows" not in own
        assert [town for town in TOWNSHIPS if f"{town}." in own] == [name.split("_")[0]]


def test_ids_that_a_spreadsheet_rounded_are_one_line_and_words_are_explained_for_the_township():
    def found(code, row, **more):
        return Problem("households", code, row, "id_number", "", Text("甲", "a"), Text("乙", "b"),
                       file="a.xlsx", township="150101100", **more)  # fmt: skip

    rows = [found("digits_lost", row) for row in range(2, 32)]
    in_file = Text("请在 project.toml 写 x", "write x in project.toml")
    rows += [replace(found("bad_choice", 9), remedy=in_file, own_remedy=Text("应为：是", "yes"))]
    rows += [replace(found("heading_near", 1), remedy=in_file)]
    towns = pd.DataFrame({"township_code": ["150101100"], "township": ["../北川:镇"]})
    about = About("p", Text("甲", "a"), date(2024, 10, 31), demonstration=False)
    books = problem_books(rows, {"villages": towns}, about)
    assert sorted(books) == ["city.xlsx", "北川镇_150101100.xlsx"]
    book = CalamineWorkbook.from_filelike(BytesIO(books["北川镇_150101100.xlsx"]))
    told = book.get_sheet_by_name("问题清单").to_python()
    lines = [line for line in told if "digits_lost" in line]
    assert len(lines) == 1
    assert "30 格" in str(lines)
    assert "第 2、3、" in str(lines)
    assert [line for line in told if "bad_choice" in line and "应为：是" in line]
    assert "heading_near" not in str(told)
    assert "heading_near" in str(
        CalamineWorkbook.from_filelike(BytesIO(books["city.xlsx"]))
        .get_sheet_by_name("问题清单")
        .to_python()
    )

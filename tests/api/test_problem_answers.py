"""Workbooks of problems come back: what a township accepts, leaves out or corrects is so then."""

from __future__ import annotations

import re
from io import BytesIO

import pandas as pd
import pytest
import small_town
import xlsxwriter
from python_calamine import CalamineWorkbook

import gis
from gis.api.problem_answers import ProblemAnswer, apply_answers, read_answers
from gis.errors import Problem, Text
from gis.record import OfficeRecord

TAKEN = {"who": "王芳", "why": "乡镇回复"}
AREA, HEATS, OWNER = "建筑面积", "采暖方式", "户主"


@pytest.fixture
def town(tmp_path):
    """The small town with cells that cannot be read, one of them in each of four homes."""
    small_town.write(tmp_path)
    ledger = pd.DataFrame(small_town.homes())
    ledger[AREA] = "100"
    ledger.loc[5, AREA] = "一百二"
    ledger.loc[6, HEATS] = "=煤"
    ledger.loc[7, AREA] = "很大"
    ledger.loc[8, AREA] = "不详"
    ledger.to_csv(tmp_path / "households.csv", index=False, encoding="gb18030")
    toml = tmp_path / "project.toml"
    toml.write_text("# 本县项目，勿删\n" + toml.read_text("utf-8"), encoding="utf-8")
    return tmp_path


def filled(town, target, answers):
    """The books that the project writes, answered: row in the file → answer columns by heading."""
    paths = []
    project = town if isinstance(town, gis.Project) else gis.open_project(town)
    for name, content in project.problem_books().items():
        rows = (
            CalamineWorkbook.from_filelike(BytesIO(content))
            .get_sheet_by_name("问题清单")
            .to_python()
        )
        head = next(row for row in rows if "更正为" in row)
        at = {heading: number for number, heading in enumerate(head)}
        for row in rows[rows.index(head) + 1 :]:
            own = int(row[at["行"]] or 0)
            for heading, value in answers.get(own, {}).items():
                row[at[heading]] = value
        paths.append(target / name)
        with xlsxwriter.Workbook(paths[-1], {"strings_to_formulas": False}) as book:
            page = book.add_worksheet("问题清单")
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
    return paths


def home(folder, row):
    homes = gis.open_project(folder).inputs().tables["households"]
    return homes[homes["ledger_row"] == row].iloc[0]


def problems_of(folder, row):
    return {one.code for one in gis.open_project(folder).problem_list() if one.row == row}


WORD = "处理意见（接受／不计入／更正）"


def test_the_round_trip(town, tmp_path_factory):
    source = (town / "households.csv").read_bytes()
    paths = filled(town, tmp_path_factory.mktemp("back"), {
        7: {"更正为": 120, "理由": "实测", "填写人": "李强"},
        8: {WORD: "更正", "更正为": "煤"},
        9: {WORD: "不计入"},
        10: {WORD: "接受"},
    })  # fmt: skip
    before = home(town, 7)
    assert pd.isna(before["floor_area_m2"])
    project = gis.open_project(town)
    answers, refused = read_answers(project, paths)
    assert refused == []
    done = apply_answers(project, answers, **TAKEN)
    assert {(one.problem.row, told.code) for one, told in zip(answers, done, strict=True)} == {
        (7, "corrected"), (8, "corrected"), (9, "left_out"), (10, "accepted"),
    }  # fmt: skip
    assert len(OfficeRecord(town).rows("corrections")) == 3  # two problems of row 8 are one cell
    assert home(town, 7)["floor_area_m2"] == 120.0
    assert home(town, 8)["heating"] == "coal"
    assert "row_left_out" in problems_of(town, 9)
    assert not (gis.open_project(town).inputs().tables["households"]["ledger_row"] == 9).any()
    toml = (town / "project.toml").read_text("utf-8")
    assert toml.startswith("# 本县项目，勿删\n")
    (entry,) = gis.open_project(town).inputs().project.accept
    assert re.fullmatch(r"households:1001-008:\w+", entry)
    assert (town / "households.csv").read_bytes() == source
    said = {(one.who, one.why) for one in OfficeRecord(town).journal()}
    assert said == {("李强", "实测"), ("王芳", "乡镇回复")}

    again, refused = read_answers(gis.open_project(town), paths)  # the same books once more
    assert {one.code for one in refused} == {"no_such_problem"}
    assert [one.code for one in apply_answers(gis.open_project(town), again, **TAKEN)] == [
        "already"
    ]


UNCLEAR = [
    ({WORD: "随便"}, "unknown_answer"),
    ({WORD: "更正"}, "no_value"),
    ({WORD: "接受", "更正为": "120"}, "two_answers"),
    ({"更正为": "120", "原值": "别的"}, "no_such_problem"),
    ({"更正为": "120", "行": "8"}, "no_such_problem"),
    ({"更正为": "120", "问题代码": "<b>"}, "no_such_problem"),
]


def test_a_line_that_is_not_understood_is_told_and_does_nothing(town, tmp_path_factory):
    project = gis.open_project(town)
    for answer, code in UNCLEAR:
        paths = filled(project, tmp_path_factory.mktemp("back"), {7: answer})
        answers, refused = read_answers(project, paths)
        assert answers == [], answer
        (told,) = refused
        assert (told.code, told.done) == (code, False), answer
        assert ".xlsx #" in told.said.zh
        assert "nothing" in told.said.en


def test_a_file_that_changed_meanwhile_is_not_corrected(town, tmp_path_factory):
    paths = filled(town, tmp_path_factory.mktemp("back"), {7: {"更正为": "120"}})
    ledger = pd.read_csv(town / "households.csv", encoding="gb18030", dtype=str)
    ledger.loc[5, AREA] = "一百三"
    ledger.to_csv(town / "households.csv", index=False, encoding="gb18030")
    answers, refused = read_answers(gis.open_project(town), paths)
    assert (answers, [one.code for one in refused]) == ([], ["no_such_problem"])


def test_a_cell_is_made_blank_only_if_it_is_said(town, tmp_path_factory):
    paths = filled(town, tmp_path_factory.mktemp("back"), {7: {WORD: "更正", "更正为": "空白"}})
    answers, _ = read_answers(gis.open_project(town), paths)
    (done,) = apply_answers(gis.open_project(town), answers, **TAKEN)
    assert done.code == "corrected"
    assert "bad_number" not in problems_of(town, 7)
    (row,) = OfficeRecord(town).rows("corrections")
    assert (row["old_value"], row["new_value"]) == ("一百二", None)


BECOMES = [
        ("accept", {"row": None}, "not_acceptable"),
        ("accept", {"blocking": True}, "not_acceptable"),
        ("correct", {"row": None}, "no_row"),
        ("leave_out", {"row": None}, "no_row"),
        ("correct", {"column": ""}, "no_row"),
        ("correct", {"column": "unread"}, "not_of_layer"),
        ("correct", {"column": "accepted_on"}, "not_in_file"),
        ("correct", {"row": 999}, "not_in_file"),
        ("leave_out", {"file": "other.csv"}, "not_in_file"),
        ("correct", {"file": "office.gpkg", "layer": "rulings"}, "of_record"),
        ("accept", {"row": None, "code": "township_lost", "key": "140882001", "blocking": True},
            "accepted"),
]  # fmt: skip


def test_what_can_become_of_a_problem(town):
    project = gis.open_project(town)
    problem = {
        "layer": "households", "code": "bad_number", "row": 7, "column": "floor_area_m2",
        "value": "",
        "message": Text("甲", "a"), "remedy": Text("乙", "b"), "file": "households.csv",
    }  # fmt: skip
    for what, more, code in BECOMES:
        answer = ProblemAnswer(Problem(**problem | more), what, "120")
        (done,) = apply_answers(project, [answer], **TAKEN)
        assert done.code == code, (what, more)
        assert OfficeRecord(town).journal() == [], (what, more)


def test_a_row_without_an_id_is_known_by_its_number(town):
    ledger = pd.read_csv(town / "households.csv", encoding="gb18030", dtype=str)
    ledger.loc[5, "户编号"] = ledger.loc[6, "户编号"]  # an id that two rows have
    ledger.to_csv(town / "households.csv", index=False, encoding="gb18030")
    project = gis.open_project(town)
    (found,) = [one for one in project.problem_list() if (one.row, one.code) == (7, "bad_number")]
    apply_answers(project, [ProblemAnswer(found, "correct", "120")], **TAKEN)
    (row,) = OfficeRecord(town).rows("corrections")
    assert (row["row_key"], len(row["file_sha256"])) == ("#7", 64)
    assert home(town, 7)["floor_area_m2"] == 120.0


def test_another_workbook_is_refused(town, tmp_path):
    with xlsxwriter.Workbook(tmp_path / "other.xlsx") as book:
        page = book.add_worksheet("问题清单")
        page.write_row(0, 0, ["一", "二"])
        page.write_row(1, 0, ["1", "2"])
    project = gis.open_project(town)
    for name in ("other.xlsx", "missing.xlsx"):
        with pytest.raises(gis.InputError, match=name):
            read_answers(project, [tmp_path / name])


def test_the_command(town, tmp_path_factory, nuantu):
    paths = filled(town, tmp_path_factory.mktemp("back"), {7: {"更正为": "120"}})
    said = nuantu("answer", town, *paths, "--who", "王芳", "--why", "回复")
    assert (said["answers"], said["done"]) == (1, 1)
    assert home(town, 7)["floor_area_m2"] == 120.0


@pytest.mark.parametrize(
    ("one", "other"), [(("correct", "1"), ("correct", "2")), (("correct", "1"), ("leave_out", ""))]
)
def test_answers_that_contradict_each_other_do_nothing(town, one, other):
    project = gis.open_project(town)
    (found,) = [
        each for each in project.problem_list() if (each.row, each.code) == (7, "bad_number")
    ]
    (bystander,) = [each for each in project.problem_list() if each.row == 9]
    answers = [
        ProblemAnswer(found, *one),
        ProblemAnswer(found, *other),
        ProblemAnswer(bystander, "correct", "90"),
    ]
    told = apply_answers(project, answers, **TAKEN)
    assert [each.code for each in told] == ["contradicting", "contradicting", "corrected"]
    assert [row["new_value"] for row in OfficeRecord(town).rows("corrections")] == ["90"]

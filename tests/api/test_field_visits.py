"""`nuantu visits`: a field sheet comes back as visits; what cannot be used is named by row."""

import pandas as pd
import pytest
import small_town

import gis
from gis.api.field_visits import take_visits
from gis.errors import InputError

ROWS = [
    # (household, day, finding, kg, rectified, refused because)
    ("1001-001", "2024-10-20", "无煤", "", "", ""),
    ("1001-002", "2024年10月21日", "存煤", "50", "2024-10-25", ""),
    ("1001-003", "", "", "", "", None),  # nobody went there
    ("1001-004", "2024-10-20", "", "", "", "no finding"),
    ("1001-005", "", "无煤", "", "", "no day"),
    ("1001-006", "上月末", "无煤", "", "", "cannot be read"),
    ("1001-007", "2024-10-20", "见附件", "", "", "cannot be read"),
    ("9999-001", "2024-10-20", "无煤", "", "", "in no ledger"),
    ("", "2024-10-20", "无煤", "", "", "neither"),
    ("1001-008", "2099-10-20", "无煤", "", "", "still to come"),
    ("1001-009", "2024-10-20", "存煤", "约五十", "", "cannot be read"),
    ("1001-010", "2024-10-20", "存煤", "50", "2024-10-19", "rectified before"),
    ("1001-001", "2024-10-20", "无煤", "", "", "there already"),
    ("1001-011", "2024-10-20", "无法入户", "", "", ""),
]
HEADINGS = ["户编号", "检查日期", "检查结果（无煤/存煤）", "存煤量（kg）", "整改日期"]


@pytest.fixture
def town(tmp_path):
    small_town.write(tmp_path / "town")
    return tmp_path / "town"


@pytest.fixture
def sheet(tmp_path):
    path = tmp_path / "入户核查表.xlsx"
    table = pd.DataFrame([row[:5] for row in ROWS], columns=HEADINGS).assign(行政村="甲村")
    table.to_excel(path, index=False, sheet_name="入户核查表")
    return path


def take(town, sheet):
    return take_visits(gis.open_project(town), sheet, who="李强", why="第三轮")


def test_good_rows_are_recorded_and_the_others_named(town, sheet):
    before = sheet.read_bytes()
    made = take(town, sheet)
    assert (made.taken, made.unvisited, made.change) == (3, 1, 1)
    expected = {n: why for n, row in enumerate(ROWS, 2) if (why := row[5])}
    assert [one.row for one in made.refused] == list(expected)
    assert all(expected[one.row] in one.said.en for one in made.refused)
    assert sheet.read_bytes() == before

    found = gis.open_project(town).inputs().tables["inspections"].set_index("household_id")
    assert found.loc["1001-001", "finding"] == "clean"
    coal = found.loc["1001-002"]
    assert coal[["finding", "coal_kg"]].tolist() == ["coal_stored", 50.0]
    assert coal[["inspected_on", "rectified_on"]].tolist() == [
        pd.Timestamp("2024-10-21"), pd.Timestamp("2024-10-25")
    ]  # fmt: skip
    assert found.loc["1001-011", "finding"] == "no_access"
    assert found["inspection_id"].is_unique
    assert len(found) == 3


def test_a_sheet_that_is_handed_in_twice_adds_nothing(town, sheet):
    take(town, sheet)
    again = take(town, sheet)
    assert (again.taken, again.change) == (0, 0)
    assert sum("there already" in one.said.en for one in again.refused) == 4
    assert len(gis.open_project(town).record.changes()) == 1


def test_what_is_no_field_sheet_is_refused_and_nothing_is_written(town, tmp_path):
    files = {"a.csv": "户编号,备注\n1001-001,好\n", "b.csv": "检查日期,检查结果\n2024-10-20,无煤\n"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match="nothing was written"):
            take(town, tmp_path / name)
    (tmp_path / "c.xlsx").write_bytes(b"PK not a workbook")
    for name in ("c.xlsx", "none.xlsx", "d.dwg"):
        with pytest.raises(InputError, match=name):
            take(town, tmp_path / name)
    assert not (town / "office.gpkg").exists()

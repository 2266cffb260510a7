"""The sheet of third-party checks comes back: results are recorded, the others named by row."""

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest
import small_town
from python_calamine import CalamineWorkbook
from scipy.stats import hypergeom
from typer.testing import CliRunner

import gis
from gis.api.sample_results import take_sheet
from gis.audit.sampling import draw, sample_results
from gis.cli.commands import app
from gis.errors import InputError, Text
from gis.facts.build import build_facts
from gis.report.metadata import About
from gis.report.sample_book import sample_book
from gis.report.workbook import workbook_bytes

DONE = {
    "采暖方式": "电", "安装日期": "2024-06-01", "通电日期": "2024-06-02", "验收单位": "乡镇",
    "验收结果": "合格", "验收日期": "2024-07-01", "计划年度": 2024,
}  # fmt: skip
BODIES = 'electric = ["third_party"]'
DAY = date(2024, 10, 31)
RULES = "[sampling]\nshare = 0.5\nat_least = 1\nseed = 7\nframe_on = 2024-10-31\n"


def write_town(folder, *, columns=tuple(DONE)):
    """The small town, of which the 30 homes of one village are converted and 4 stand otherwise."""
    small_town.write(folder, RULES)
    policy = (folder / "policy.toml").read_text("utf-8")
    named = 'electric = ["township", "third_party", "unnamed"]'
    assert named in policy
    policy = policy.replace(named, BODIES).replace(
        'central = ["township", "third_party", "unnamed"]', 'central = ["heating_centre"]'
    )
    (folder / "policy.toml").write_text(policy, encoding="utf-8")
    rows = [row | dict.fromkeys(DONE) | {"采暖方式": "煤"} for row in small_town.homes()]
    for row in rows:
        row.update(DONE if row.get("行政村代码") == small_town.FAR else {})
    far = {row["户编号"]: row for row in rows}
    far["1002-026"]["验收单位"] = "第三方"
    far["1002-026"]["验收日期"] = "2024-10-08"
    far["1002-027"] |= {"验收单位": "第三方", "验收结果": "不合格", "验收日期": "2024-10-08"}
    far["1002-028"] |= {"采暖方式": "集中供热", "验收单位": "供热中心"}
    far["1002-029"] |= {"采暖方式": "煤", "验收结果": None, "验收日期": None}
    table = pd.DataFrame(rows).drop(columns=[name for name in DONE if name not in columns])
    table.to_csv(folder / "households.csv", index=False, encoding="gb18030")


@pytest.fixture
def town(tmp_path):
    write_town(tmp_path / "town")
    return tmp_path / "town"


SHEET = [
    # (household, result, day, remark, refused because)
    ("1002-000", "合格", "2024-10-20", "", ""),
    ("1002-001", "不合格", "2024年10月21日", "外机未固定", ""),
    ("1002-002", "", "", "无人", None),  # a remark alone is no result
    ("1002-003", "合格", "", "", "no day"),
    ("1002-004", "", "2024-10-20", "", "no result"),
    ("1002-005", "合格（补测）", "2024-10-20", "", "remarks in another column"),
    ("1002-006", "基本可以", "2024-10-20", "", "the result cannot be read"),
    ("1002-007", "合格", "上周", "", "the day cannot be read"),
    ("9999-001", "合格", "2024-10-20", "", "not in the ledger"),
    ("", "合格", "2024-10-20", "", "no household_id"),
    ("1002-008", "合格", "2099-10-20", "", "still to come"),
    ("1002-009", "合格", "2024-06-01", "", "before the ledger's day"),
    ("1002-010", "合格", "2024-06-02", "", ""),  # on the day it was energised
    ("1002-011", "合格", "2024-10-20", "", "several rows"),
    ("1002-011", "不合格", "2024-10-20", "", "several rows"),
    ("1002-012", "合格", "2024-10-20", "", ""),
    ("1002-012", "合格", "2024-10-20", "重复", "there already"),
    ("1002-026", "合格", "2024-10-08", "", "there already"),
    ("1002-027", "合格", "2024-10-20", "复查", "result already"),
    ("1002-028", "合格", "2024-10-20", "", "no third party accepts"),
    ("1002-029", "合格", "2024-10-20", "", "does not heat cleanly"),
]


def write_sheet(path, rows=None):
    heads = ["户编号", "抽查结果", "抽查日期", "备注"]
    table = pd.DataFrame([row[:4] for row in rows or SHEET], columns=heads).assign(行政村="乙村")
    table.to_excel(path, index=False, sheet_name="第三方抽查表")
    return path


def take(town, sheet):
    return take_sheet(gis.open_project(town), sheet, who="李强", why="第三方抽查")


def test_results_are_recorded_and_the_others_named(town, tmp_path):
    sheet = write_sheet(tmp_path / "抽查.xlsx")
    ledger, before = (town / "households.csv").read_bytes(), sheet.read_bytes()
    made = take(town, sheet)
    expected = {n: why for n, row in enumerate(SHEET, 2) if (why := row[4])}
    told = {one.row: one.said.en for one in made.refused}
    assert list(told) == list(expected)
    assert [n for n, why in expected.items() if why not in told[n]] == []
    assert (made.taken, made.unvisited, made.sampled, made.change) == (4, 1, True, 1)
    assert (town / "households.csv").read_bytes() == ledger
    assert sheet.read_bytes() == before
    homes = gis.open_project(town).inputs().tables["households"].set_index("household_id")
    columns = ["acceptance_by", "acceptance_result", "accepted_on"]
    for name, result, day in (("1002-000", "pass", "2024-10-20"),
        ("1002-001", "fail", "2024-10-21"),
                              ("1002-010", "pass", "2024-06-02"),
                              ("1002-012", "pass", "2024-10-20")):  # fmt: skip
        assert homes.loc[name, columns].tolist() == ["third_party", result, pd.Timestamp(day)]
    kept = homes.loc[[f"1002-{n:03}" for n in (2, 3, 6, 11)], columns]
    assert (kept["acceptance_by"] == "township").all()
    assert homes.loc["1002-027", "acceptance_result"] == "fail"


def test_the_command_says_what_became_of_the_sheet(town, tmp_path):
    sheet = write_sheet(tmp_path / "抽查.xlsx", [SHEET[0], SHEET[2], SHEET[6]])
    said = CliRunner().invoke(app, ["visits", str(town), str(sheet), "--lang", "zh"])
    assert said.exit_code == 1
    assert "记入 1 户抽查结果，拒收 1 行，未填 1 行" in said.output.replace("\n", "")
    assert "第 4 行：“抽查结果”读不出来" in said.output.replace("\n", "")


def test_a_sheet_handed_in_twice_adds_nothing(town, tmp_path):
    sheet = write_sheet(tmp_path / "抽查.xlsx", SHEET[:3])
    take(town, sheet)
    again = take(town, sheet)
    assert (again.taken, again.change, again.unvisited) == (0, 0, 1)
    assert ["there already" in one.said.en for one in again.refused] == [True, True]


def test_a_pass_does_not_replace_one_that_the_plan_recognises_but_a_failure_does(town, tmp_path):
    policy = (town / "policy.toml").read_text("utf-8")
    both = policy.replace(BODIES, 'electric = ["township", "third_party"]')
    (town / "policy.toml").write_text(both, encoding="utf-8")
    made = take(town, write_sheet(tmp_path / "抽查.xlsx", SHEET[:2]))
    assert (made.taken, [one.row for one in made.refused]) == (1, [2])
    assert "乡镇级验收合格（2024-07-01）" in made.refused[0].said.zh


@pytest.mark.parametrize(
    ("columns", "said"), [(tuple(DONE)[:3], "acceptance_by.*accepted_on.*nothing was written")]
)
def test_a_ledger_without_columns_for_results_is_named(tmp_path, columns, said):
    write_town(tmp_path / "town", columns=columns)
    with pytest.raises(InputError, match=said):
        take(tmp_path / "town", write_sheet(tmp_path / "抽查.xlsx", SHEET[:2]))
    assert not (tmp_path / "town" / "office.gpkg").exists()


def test_a_sheet_without_days_is_refused(town, tmp_path):
    (tmp_path / "a.csv").write_text("户编号,抽查结果\n1002-001,合格\n", encoding="utf-8")
    with pytest.raises(InputError, match="accepted_on, so it holds no results"):
        take(town, tmp_path / "a.csv")


def judged(town):
    inputs = gis.open_project(town).inputs()
    facts = build_facts(inputs.tables, inputs.policy, inputs.as_of)
    return SimpleNamespace(facts=facts, policy=inputs.policy, project=inputs.project,
                           layers=SimpleNamespace(tables=inputs.tables))  # fmt: skip


def test_the_sheet_that_was_written_comes_back_and_bounds_stand(town, tmp_path):
    """30 homes of which 28 heat with electricity; half of them are drawn, four come back."""
    run = judged(town)
    path = tmp_path / "sample.xlsx"
    about = About("town", Text("小城", "Town"), DAY, demonstration=True)
    path.write_bytes(workbook_bytes(sample_book(run, unmask=False), "第三方抽查", about))
    book = CalamineWorkbook.from_path(path)
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    rows = sheets["第三方抽查表"]
    head = next(row for row in rows if "抽查结果" in row)
    at = {name: n for n, name in enumerate(head)}
    drawn = [row for row in rows if str(row[at["户编号"]]).startswith("1002-")]
    assert len(drawn) == 14
    before = sample_results(draw(run.facts, None, run.policy, DAY), run.facts, DAY).iloc[0]
    undecided = [row for row in drawn if row[at["户编号"]] not in ("1002-026", "1002-027")]
    for row, said in zip(undecided, ("合格", "合格", "合格", "不合格"), strict=False):
        row[at["抽查结果"]], row[at["抽查日期"]] = said, "2024-10-25"
    rows.append(["备注：其余户未到"])
    with pd.ExcelWriter(path) as out:
        for name, lines in sheets.items():
            whole = [line + [""] * (len(head) - len(line)) for line in lines]
            pd.DataFrame(whole).to_excel(out, sheet_name=name, index=False, header=False)
    made = take(town, path)
    assert (made.taken, made.unvisited, made.refused) == (4, 10, ())
    run = judged(town)
    after = sample_results(draw(run.facts, None, run.policy, DAY), run.facts, DAY).iloc[0]
    passed, failed = before["passed"] + 3, before["failed"] + 1
    assert (after["frame"], after["drawn"]) == (28, 14)
    assert (after["passed"], after["failed"]) == (passed, failed)
    can = [n for n in range(29) if hypergeom(28, n, passed + failed).cdf(failed) > 0.05]
    assert after["upper_count"] == max(can)
    assert after["sample_state"] == "failed"

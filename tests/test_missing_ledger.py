"""A township whose ledger is not in: no data, and named wherever a sum of the city stands."""

import json

import pandas as pd
import pytest
import small_town
from python_calamine import CalamineWorkbook
from small_town import FAR, GAS, ON, SURE

import gis
from gis.cli.output import task_lines
from gis.disclosure.rounding import NOTHING
from gis.editions.planner import planner_edition
from gis.editions.public import public_edition
from gis.editions.run_results import PublishOptions
from gis.inputs import read_settings
from gis.pipeline import Pipeline
from gis.report.metadata import summary
from gis.report.stage_counts import stage_table

NAMED = "t002（没有台账，2 个村）"


ACCEPTANCE = ["验收结果", "验收日期", "计划年度"]


def write_without(folder, township, headings=ACCEPTANCE):
    """The small town without the homes of one township; headings: of blank columns besides."""
    small_town.write(folder)
    ledger = pd.read_csv(folder / "households.csv", encoding="gb18030", dtype=str)
    kept = ledger[~ledger["行政村代码"].fillna("").str.startswith(township)]
    kept = kept.assign(**dict.fromkeys(headings))
    kept.to_csv(folder / "households.csv", index=False, encoding="gb18030")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("missing")
    write_without(folder / "town", GAS[:9])
    targets = folder / "town" / "targets.csv"
    rows = targets.read_text("utf-8").replace(
        ",合计,12,,,12", "140882002,乙镇,30,,,30\n,合计,42,,,42"
    )
    targets.write_text(rows, encoding="utf-8")
    results = Pipeline().publish(read_settings(folder / "town"), folder / "out", PublishOptions())
    return results, folder / "out"


def test_its_villages_are_no_data_neither_done_nor_a_gap(run):
    results, _ = run
    rows = results.decisions.villages.set_index("village_code")["approach"]
    assert rows[[GAS, SURE]].tolist() == ["no_data", "no_data"]
    assert set(rows[[ON, FAR]]) <= {"central", "electric"}
    assert not results.gaps["village_code"].isin([GAS, SURE]).any()


def test_decisions_leave_its_counts_blank(run):
    _, out = run
    table = pd.read_csv(out / "planner" / "decisions.csv", dtype=str, keep_default_na=False)
    table = table.set_index("village_code")
    assert (table.loc[[GAS, SURE], ["households", "pending", "batch"]] == "").all(axis=None)
    assert (table.loc[[GAS, SURE], "reason"] != "").all()
    assert (table.loc[[ON, FAR], "households"] == "30").all()


def test_its_counts_are_blank_and_no_target_is_met(run):
    results, _ = run
    units = results.progress.units.set_index("unit_code")
    row = units.loc[GAS[:9]]
    assert row["target"] == 30
    blank = ["decided", "batch", "completed", "late", "stock", "remaining"]
    assert row[blank].isna().all()
    assert (row["ground_zh"], row["ground_en"]) == ("没有台账", "no ledger")
    assert set(units.loc[[ON[:9]], "completed"]) == {0}


def test_it_is_named_in_the_workbook_beside_the_total(run):
    _, out = run
    book = CalamineWorkbook.from_path(out / "planner" / "report.xlsx")
    rows = [[str(cell) for cell in row] for row in book.get_sheet_by_name("月报").to_python()]
    own = next(row for row in rows if GAS[:9] in row)
    total = next(row for row in rows if "合计" in row)
    assert "没有台账" in own
    assert any(NAMED in cell for cell in total)
    assert own.count("") >= 7  # none of its counts is 0


def test_it_is_named_in_json_and_on_every_page_of_both_editions(run):
    _, out = run
    summary = json.loads((out / "planner" / "summary.json").read_text("utf-8"))
    assert summary["no_data"] == [
        {"township_code": GAS[:9], "township": "t002", "villages": 2, "unknown": 2, "missing": True}
    ]
    assert summary["approach"]["no_data"] == {"villages": 2, "households": 0}
    completed = {row["unit_code"]: row["completed"] for row in summary["targets"]}
    assert completed == {ON[:9]: 0, GAS[:9]: None}
    shown = json.loads((out / "public" / "data" / "villages.geojson").read_text("utf-8"))
    assert NAMED in shown["missing"]["zh"]
    of = {one["properties"]["village_code"]: one["properties"] for one in shown["features"]}
    assert of[GAS]["completed"] is None


def test_check_names_it(run):
    results, _ = run
    found = {one.code: one for one in results.problems}
    assert "2 个村按资料缺计" in found["township_without_ledger"].message.zh
    assert "no_task_on" in found["township_without_ledger"].remedy.zh


@pytest.mark.parametrize(
    "missing",
    [ACCEPTANCE[0], *(pytest.param(name, marks=pytest.mark.long) for name in ACCEPTANCE[1:])],
)
def test_without_a_column_that_completions_rest_on_they_are_blank_and_say_which(tmp_path, missing):
    write_without(tmp_path, "none", [name for name in ACCEPTANCE if name != missing])
    stages = Pipeline()
    results = stages.results(stages.read_and_check(tmp_path))
    row = results.progress.units.set_index("unit_code").loc[ON[:9]]
    assert row["completed"].isna().all()
    assert set(row["ground_zh"]) == {f"台账没有“{missing}”列，请加上"}
    assert (row["decided"] > 0).any()  # which rests on other columns
    table = stage_table(results).set_index("village_code")
    assert table["completed"].isna().all()
    assert table["signed"].isna().all()  # the town has no such column


def test_explain_gives_no_numbers_for_it(run):
    """Unknown is never 0: neither homes nor a task of this year."""
    _, out = run
    project = gis.open_project(out.parent / "town")
    lines = str(project.decide().explain(GAS)).splitlines()
    assert lines[1] == "  台账中没有该村住户，户数不详"
    assert not any("0 户" in line or "本年任务" in line for line in lines)


@pytest.fixture(scope="module")
def without_acceptance(tmp_path_factory):
    """The small town with homes converted by the ledger and no column of an acceptance."""
    folder = tmp_path_factory.mktemp("unknown")
    write_without(folder / "town", "none", ["计划年度"])
    ledger = pd.read_csv(folder / "town" / "households.csv", encoding="gb18030", dtype=str)
    first = ledger["行政村代码"] == FAR
    changed = first & first.cumsum().between(13, 24)  # twelve that no list has
    ledger.loc[changed, ["采暖方式", "计划年度"]] = ["电", "2024年"]
    ledger.to_csv(folder / "town" / "households.csv", index=False, encoding="gb18030")
    results = Pipeline().publish(read_settings(folder / "town"), folder / "out", PublishOptions())
    return results, folder / "out"


def test_unknown_completions_are_blank_in_every_table(without_acceptance):
    _, out = without_acceptance
    summary = json.loads((out / "planner" / "summary.json").read_text("utf-8"))
    (target,) = summary["targets"]
    assert (target["completed"], target["reported"]) == (None, 12)
    assert "“验收结果”“验收日期”" in target["ground_zh"]
    for file in ("planner/report.xlsx", f"townships/{FAR[:9]}/report.xlsx"):
        book = CalamineWorkbook.from_path(out / file)
        for sheet, counts in SHEETS.items():
            rows = book.get_sheet_by_name(sheet).to_python()
            at = next(n for n, row in enumerate(rows) if counts[0] in row)
            headings, rows = rows[at], rows[at + 1 :]
            for name in counts:
                cells = {row[headings.index(name)] for row in rows if any(row)}
                assert cells == {""}, (file, sheet, name)
            assert "“验收结果”" in str(rows), (file, sheet)
    shown = pd.read_csv(out / "public" / "data" / "villages.csv", dtype=str)
    assert shown[["completed", "late", "stock"]].isna().all(axis=None)
    assert shown["pending"].notna().any()


SHEETS = {
    "月报": ("完成（户）", "本月新增（户）", "验收合格（户）"),
    "各村情况": ("完成（户）", "本月新增（户）", "验收合格（户）"),
    "任务进度": ("完成（户）", "逾期完成（户）", "往年存量（户）", "剩余（户）"),
    "逐月完成": ("完成（户）",),
}


@pytest.mark.parametrize("kind", ["planner", "public"])
def test_unknown_completions_are_blank_on_the_pages(without_acceptance, kind):
    results, _ = without_acceptance
    planner = planner_edition(results, {})
    edition = planner if kind == "planner" else public_edition(planner, results, NOTHING)[0]
    assert len(edition.villages) == 4
    for village in edition.villages:
        names = ("completed", "late", "stock", "batch_done")
        assert {village[name] for name in names} == {None}
        assert set(village["months"]) == set(village["batch_months"]) == {None}
    (target,) = [row for row in edition.targets if row["target"]]
    assert (target["completed"], set(target["months"])) == (None, {None})
    told = {"planner": "没有“验收结果”", "public": "验收资料未齐，暂不公布"}
    assert told[kind] in target["note"]["zh"]
    assert ("台账" in target["note"]["zh"]) == (kind == "planner")
    assert bool(edition.unanswered) == (kind == "planner")
    assert "未核实" in edition.rests_on["zh"]
    reported = {v["code"]: v["reported"] for v in edition.villages}
    assert reported[FAR] == (12 if kind == "planner" else None)


def test_the_summary_of_a_run_says_what_is_unknown_and_what_the_ledger_reports(without_acceptance):
    results, _ = without_acceptance
    said = [text.zh for text in task_lines(summary(results)["targets"])]
    assert said[0] == "本年任务 12 户，已完成 — 户"
    assert said[1] == "  t001：完成数未知，台账没有“验收结果”“验收日期”列，请加上"
    assert said[2] == "  台账报本年已改 12 户，未见验收，不计入完成"


def test_what_one_township_completed_is_a_least_of_the_city():
    known = {"target": 10, "completed": 4, "reported": 0, "batch_draft": True, "batch": 7}
    unknown = {"completed": None, "reported": None, "ground_zh": "缺", "ground_en": "none"}
    rows = [known | {"unit": "甲"}, known | unknown | {"unit": "乙", "batch_draft": False}]
    assert [text.zh for text in task_lines(rows)] == [
        "本年任务 20 户，已完成至少 4 户（不含乙）",
        "  乙：完成数未知，缺",
        "  本年任务 7 户是草案：甲没有确村确户名单（“列入计划”列）",
    ]

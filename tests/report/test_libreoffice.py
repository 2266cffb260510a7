"""The workbooks as LibreOffice opens them; left out where it is not installed."""

import csv
import re
import shutil
import subprocess

import pytest
from publish import sample

from gis.report import monthly, office_papers
from gis.report.metadata import run_metadata
from gis.report.workbook import workbook_bytes

OFFICE = shutil.which("soffice")
TAKE_ALL = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """opened["sheet"] -> its cells as LibreOffice reads them, of the report and the field sheet."""
    if OFFICE is None:
        pytest.skip("LibreOffice is not installed")
    run = sample.results(tmp_path_factory.mktemp("project"))
    folder = tmp_path_factory.mktemp("books")
    tables = monthly.report_tables(run, monthly.ledger_counts(run))
    tables["gaps"].loc[0, ["gap_id", "reason"]] = ["=1+1", "@SUM(A1)"]
    (folder / "report.xlsx").write_bytes(monthly.report_workbook(tables, run_metadata(run)))
    field = (
        *office_papers.build_office_papers(run, unmask=False)["field"],
        office_papers.pending_sheet(run, unmask=False),
    )
    (folder / "field.xlsx").write_bytes(workbook_bytes(field, "入户核查表", run_metadata(run)))
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    made = subprocess.run(
        [OFFICE, profile, "--headless", "--convert-to", TAKE_ALL, "--outdir", folder,
         folder / "report.xlsx", folder / "field.xlsx"],
        capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    sheets = {}
    for file in folder.glob("*.csv"):
        with file.open(encoding="utf-8-sig", newline="") as text:
            sheets[file.stem.split("-", 1)[1]] = list(csv.reader(text))
    return sheets


def test_the_monthly_table_opens_with_its_columns_and_numbers(opened):
    rows = opened["月报"]
    head = next(row for row in rows if "完成率" in row)
    plain = [re.sub(r"（.*", "", name) for name in head]
    stages = ["乡镇代码", "乡镇", "目标", "已确户", "签约", "安装", "通电", "完成", "完成率"]
    assert [name for name in plain if name in stages] == stages
    first = dict(zip(head, rows[rows.index(head) + 1], strict=True))
    assert (first["乡镇代码"], first["目标（户）"]) == ("140882001", "12")
    assert float(first["完成率"].rstrip("%")) == pytest.approx(100 * 8 / 12)


def test_text_is_not_calculated(opened):
    cells = [cell for row in opened["覆盖缺口"] for cell in row]
    assert "=1+1" in cells
    assert "@SUM(A1)" in cells
    assert not [cell for rows in opened.values() for row in rows for cell in row if "#" in cell]


def test_every_sheet_is_there_and_says_its_day(opened):
    assert {"月报", "各村情况", "任务进度", "禁煤区", "抽查评估", "责任清单", "入户核查表"} <= set(
        opened
    )
    said = "数据截至2024年10月31日"
    assert all(said in str(rows[:4]) for rows in opened.values())

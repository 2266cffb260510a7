"""Two ledgers of one town in turn: what changed is listed, and each township sees its own."""

import zipfile

import pandas as pd
import pytest
from publish.office_files import without_office_files
from python_calamine import CalamineWorkbook
from small_town import FAR, GAS, ON, SURE, homes, write
from typer.testing import CliRunner

from gis.cli.commands import app

DONE = {
    "采暖方式": "煤改电", "设备类型": "空气源热泵热风机", "签约日期": "2024-05-01",
    "安装日期": "2024-06-01", "通电日期": "2024-06-10", "验收日期": "2024-07-01",
    "验收结果": "合格", "验收单位": "乡镇", "改造年度": "2024",
}  # fmt: skip
BACK = dict.fromkeys(DONE, "") | {"采暖方式": "煤", "签约日期": "2024-05-01", "改造年度": "2024"}
TOWNSHIPS = {"140882001": (ON, FAR), "140882002": (GAS, SURE)}
INSPECTIONS = """[layers.inspections]
path = "inspections.csv"
"""


def person(number):
    return {"户主": f"张某{number:04}", "电话": f"1390000{number:04}", "住址": f"第{number:04}号院"}


def ledger():
    """30 homes a village, the first five of them done, each with somebody in it."""
    rows = homes()[:-2]
    return [
        row | person(1000 + number) | (DONE if number % 30 < 5 else {})
        for number, row in enumerate(rows)
    ]


def later():
    """h0 of FAR is gone, h1 moved to GAS, h2 went back to its contract, h3 is there twice."""
    rows = {row["户编号"]: row for row in ledger()}
    gone, moved, back, twice = (f"1002-00{n}" for n in range(4))
    rows.pop(gone)
    rows[moved] = rows[moved] | {"行政村代码": GAS}
    rows[back] |= BACK
    return [*rows.values(), rows[twice] | {"户主": "李某"}]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ledgers")
    write(folder / "town")
    project = folder / "town" / "project.toml"
    project.write_text(project.read_text("utf-8") + INSPECTIONS, encoding="utf-8")
    found = [{"检查编号": row["户编号"], "户编号": row["户编号"], "检查日期": "2024-10-20",
              "检查结果": "存煤"} for row in ledger()[3::7]]  # fmt: skip
    pd.DataFrame(found).to_csv(folder / "town" / "inspections.csv", index=False, encoding="utf-8")

    def run(name, rows, *more):
        pd.DataFrame(rows).to_csv(folder / "town/households.csv", index=False, encoding="gb18030")
        command = ("run", folder / "town", "--out", folder / name, "--unmask", *more)
        done = CliRunner().invoke(app, [str(one) for one in command])
        assert done.exit_code == 0, done.exception

    with pytest.MonkeyPatch.context() as patch:
        without_office_files(patch)
        run("first", ledger())
    run("second", later(), "--previous", folder / "first")
    return folder / "second"


def test_every_kind_of_change_is_listed_in_the_report(out):
    sheets = CalamineWorkbook.from_path(out / "planner" / "report.xlsx")
    rows = sheets.get_sheet_by_name("台账变动").to_python(skip_empty_area=False)
    top = next(n for n, row in enumerate(rows) if row[0] == "户编号")
    assert [tuple(row[:5]) for row in rows[top + 1 :]] == [
        ("1002-000", "台账中消失", "", "", ""),
        ("1002-001", "换村", "村代码", FAR, GAS),
        ("1002-002", "内容改动", "验收结果", "合格", ""),
        ("1002-002", "日期删除", "验收日期", "2024-07-01", ""),
        ("1002-002", "日期删除", "通电日期", "2024-06-10", ""),
        ("1002-002", "内容改动", "现用取暖", "电采暖", "散煤"),
        ("1002-002", "日期删除", "安装日期", "2024-06-01", ""),
        ("1002-002", "退回未完成", "完成情况", "本年完成", ""),
        ("1002-003", "台账行未采用", "未采用原因", "", "户编号重复且内容不同"),
    ]


def written(path):
    """All that is in a file, unpacked where it is packed."""
    if not zipfile.is_zipfile(path):
        return path.read_text("utf-8", errors="replace")
    with zipfile.ZipFile(path) as packed:
        return "".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())


@pytest.mark.parametrize("township", TOWNSHIPS)
def test_a_township_folder_holds_nobody_of_another_township(out, township):
    files = [path for path in (out / "townships" / township).rglob("*") if path.is_file()]
    assert {"list.xlsx", "field.xlsx", "report.xlsx", "notices.xlsx", "public_list.xlsx"} <= {
        path.name for path in files
    }
    text = "".join(f"{path.name} {written(path)}" for path in files)
    # the moved home is of its new village; the one that is there twice is of nobody's
    own = {row["户编号"]: row for row in later()[:-1] if row["行政村代码"] in TOWNSHIPS[township]}
    own.pop("1002-003", None)
    away = {row["户编号"]: row for row in ledger() if row["户编号"] not in own}
    for column in ("户编号", "户主", "电话", "住址"):
        assert all(row[column] in text for row in own.values())
        assert not [row[column] for row in away.values() if row[column] in text]

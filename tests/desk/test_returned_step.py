"""Problem lists and field sheets that the townships send back go into the office's record."""

import pandas as pd
import pytest
from api.test_problem_answers import WORD, filled
from desk.test_corrections import county, heating

import gis
from gis.layers import load, read_project

SAID = {"who": "李强", "why": "乡镇回复"}


def send(clerk, path, *files, **fields):
    sent = [("files", (one.name, one.read_bytes())) for one in files]
    return clerk.send(path, SAID | fields, sent)


def test_an_answered_problem_list_corrects_the_cell(clerk, tmp_path):
    before = county(clerk, tmp_path)
    (tmp_path / "back").mkdir()
    answers = {4: {WORD: "更正", "更正为": "生物质"}}
    books = filled(clerk.folder, tmp_path / "back", answers)
    clerk.page("/problems")
    page = send(clerk, "/returned/problems", *books)
    # the cell is two problems: its word is unknown, and so it is blank where it must not be
    assert "2 条意见，处理了 2 条" in page
    assert heating(clerk)[4] == "biomass"
    assert (clerk.folder / "甲镇台账.csv").read_bytes() == before
    assert {one.name for one in books}.isdisjoint(one.name for one in clerk.folder.iterdir())


def test_a_field_sheet_becomes_visits(clerk, tmp_path):
    county(clerk, tmp_path)
    clerk.page("/problems")
    ids = load(read_project(clerk.folder)).tables["households"]["household_id"].tolist()
    rows = [(ids[0], "2024-10-20", "无煤"), (ids[1], "", ""), (ids[2], "2024-10-21", "什么呀")]
    sheet = tmp_path / "核查表.xlsx"
    pd.DataFrame(rows, columns=["户编号", "检查日期", "检查结果"]).assign(行政村="东村").to_excel(
        sheet, index=False
    )
    page = send(clerk, "/returned/visits", sheet)
    assert "核查表.xlsx：记入 1 次入户，拒收 1 行，未入户 1 行" in page
    assert "第 4 行：" in page
    (visit,) = gis.open_project(clerk.folder).record.rows("inspections").itertuples()
    assert (visit.household_id, str(visit.inspected_on)[:10]) == (ids[0], "2024-10-20")
    assert not (clerk.folder / "核查表.xlsx").exists()


@pytest.mark.parametrize("path", ["/returned/problems", "/returned/visits"])
def test_what_is_no_such_sheet_is_refused_and_nothing_recorded(clerk, tmp_path, path):
    county(clerk, tmp_path)
    clerk.page("/problems")
    fields = SAID | {"change": clerk.keys.change}
    for name, content in (("a.xlsx", b"no workbook"), ("../b.csv", b"x"), ("c.zip", b"PK")):
        answer = clerk.client.post(path, data=fields, files=[("files", (name, content))])
        assert answer.status_code == 400, name
    assert clerk.client.post(path, data=fields).status_code == 400
    assert not (clerk.folder / "office.gpkg").exists()

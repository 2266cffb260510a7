"""Headings and words are explained once, counted at once, and remembered for the file."""

import re
import tomllib

import pytest
import xlsxwriter
from desk.made_files import write_office

from gis.inputs import read_settings
from gis.layers import load, read_project

LEDGER = (
    "序号,村名,烧什么,完工,经度,纬度,备注\n"
    "1,东村,散煤,,110.703,35.603,甲\n"
    "2,东村,空气能,2024.4.25,110.704,35.603,\n"
    "3,东村,空气能,昨天,110.705,35.603,乙\n"
    "4,东村,无所谓,2023年9月,110.706,35.603,\n"
    "合计,,,,,,\n"
)
STATIONS = "台区编号,所属村,容量（kVA）,最大负荷（kW）,经度,纬度\n甲1,东村,200,95,110.7,35.6\n"


@pytest.fixture
def ledger(clerk, tmp_path):
    (tmp_path / "甲镇台账.csv").write_text(LEDGER, encoding="utf-8")
    (tmp_path / "台区.csv").write_text(STATIONS, encoding="utf-8")
    clerk.drop(tmp_path / "甲镇台账.csv", tmp_path / "台区.csv")
    return clerk


def entry(clerk):
    text = (clerk.folder / "project.toml").read_text("utf-8")
    return tomllib.loads(text)["layers"]["households"]["files"][0]


def form(page):
    """The fields of the form as the page has them."""
    body = page.split('id="columns"', 1)[1].split("</form>", 1)[0]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", body):
        found = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        fields[found["name"]] = found.get("value", "")
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', body, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', inner)
        plain = re.search(r"<option selected>([^<]*)<", inner)
        first = re.search(r'<option value="([^"]*)"', inner)
        fields[name] = (chosen or plain or first)[1]
    return fields


def number_of(fields, heading):
    return next(
        key.split(".")[1]
        for key, value in fields.items()
        if key.startswith("heading.") and value == heading
    )


def test_a_form_that_nobody_changed_changes_nothing(ledger):
    for file in ("甲镇台账.csv", "台区.csv"):
        before = (ledger.folder / "project.toml").read_bytes()
        fields = form(ledger.page(f"/columns?file={file}"))
        fields.pop("factor.peak_load_kva", None)
        ledger.send("/columns/save", fields)
        assert (ledger.folder / "project.toml").read_bytes() == before


def test_what_each_heading_is_and_how_much_is_read(ledger):
    page = ledger.page("/columns?file=甲镇台账.csv")
    assert "数据 4 行" in page  # without the total
    assert "还缺：取暖方式。" in page
    assert "4 格读懂 4" in page  # coordinates
    assert "2 格</span>" in page  # 备注 is nothing, and two of its cells are filled
    told = ledger.client.get(
        "/columns/count", params={"file": "甲镇台账.csv", "heading": "完工", "column": "accepted_on"},
        headers={"accept": "application/json"},
    ).json()  # fmt: skip
    assert told == {"told": "3 格读懂 2", "all": False}
    told = ledger.client.get(
        "/columns/count", params={"file": "甲镇台账.csv", "heading": "烧什么", "column": "heating"},
        headers={"accept": "application/json"},
    ).json()  # fmt: skip
    assert told == {"told": "4 格读懂 1", "all": False}


def test_headings_and_words_are_remembered_as_a_person_would_write_them(ledger):
    fields = form(ledger.page("/columns?file=甲镇台账.csv"))
    fields[f"column.{number_of(fields, '烧什么')}"] = "heating"
    fields[f"column.{number_of(fields, '完工')}"] = "accepted_on"
    ledger.send("/columns/save", fields)
    assert entry(ledger)["rename"] == {"烧什么": "heating", "完工": "accepted_on"}
    page = ledger.page("/columns?file=甲镇台账.csv")
    assert "3 种写法，2 种认不出" in page
    fields = form(page)
    words = {
        value: key.removeprefix("word.") for key, value in fields.items() if key.startswith("word.")
    }
    fields[f"code.{words['空气能']}"] = "electric"
    fields[f"code.{words['无所谓']}"] = "blank"
    ledger.send("/columns/save", fields)
    assert entry(ledger)["values"] == {"heating": {"空气能": "electric", "无所谓": ""}}
    homes = load(read_project(ledger.folder)).tables["households"]
    assert homes["heating"].fillna("-").tolist() == ["coal", "electric", "electric", "-"]
    assert homes["accepted_on"].notna().tolist() == [False, True, False, True]
    fields = form(ledger.page("/columns?file=甲镇台账.csv"))
    fields[f"code.{words['空气能']}"] = ""
    fields[f"column.{number_of(fields, '完工')}"] = ""
    ledger.send("/columns/save", fields)
    assert entry(ledger)["values"] == {"heating": {"无所谓": ""}}
    assert entry(ledger)["rename"] == {"烧什么": "heating"}


def test_township_and_numbering_of_a_ledger(ledger):
    fields = form(ledger.page("/columns?file=甲镇台账.csv"))
    assert (fields["township"], fields["id"]) == ("甲镇", "序号")
    ledger.send("/columns/save", fields | {"township": "乙镇", "id": ""})
    assert entry(ledger)["township"] == "乙镇"
    assert "id" not in entry(ledger)


def test_kilowatts_become_kva_by_the_factor_that_is_written(ledger):
    fields = form(ledger.page("/columns?file=台区.csv"))
    assert fields["factor.peak_load_kva"] == "1.053"
    bad = fields | {"factor.peak_load_kva": "一", "change": ledger.keys.change}
    assert ledger.client.post("/columns/save", data=bad).status_code == 400
    ledger.send("/columns/save", fields | {"factor.peak_load_kva": "1.1"})
    table = load(read_settings(ledger.folder).project).tables["transformers"]
    assert table["peak_load_kva"].tolist() == pytest.approx([104.5])


def test_a_factor_looks_applied_only_once_it_is_saved(ledger):
    """Until then it is said in red, and the remedy of the problem leads to its heading."""
    page = ledger.page("/columns?file=台区.csv")
    assert page.count('<b class="bad">还没有确认') == 1
    causes = ledger.page("/problems?cause=transformers:unit_of_power")
    assert "project.toml" in causes
    (link,) = re.findall(r'<a href="(/columns\?file=[^"]+)">去 表头 · 台区.csv</a>', causes)
    assert 'name="factor.peak_load_kva"' in ledger.page(link)
    ledger.send("/columns/save", form(page))
    assert "还没有确认" not in ledger.page("/columns?file=台区.csv")


def test_why_identity_numbers_are_not_read(ledger):
    rows = ["1,东村,煤,1.40882E+17", "2,东村,煤,1.40882E+17", "3,东村,煤,140882197001011234"]
    text = "\n".join(["序号,村名,取暖方式,身份证号", *rows])
    (ledger.folder / "甲镇台账.csv").write_text(text + "\n", encoding="utf-8")
    page = ledger.page("/columns?file=甲镇台账.csv")
    assert "3 格读懂 1" in page
    assert "2 格是科学计数，尾数丢了。 不影响户数。" in page


def test_a_word_that_means_nothing_is_understood(ledger):
    fields = form(ledger.page("/columns?file=甲镇台账.csv"))
    fields[f"column.{number_of(fields, '烧什么')}"] = "heating"
    ledger.send("/columns/save", fields)
    fields = form(ledger.page("/columns?file=甲镇台账.csv"))
    words = {
        value: key.removeprefix("word.") for key, value in fields.items() if key.startswith("word.")
    }
    ledger.send("/columns/save", fields | {f"code.{words['无所谓']}": "blank"})
    page = ledger.page("/columns?file=甲镇台账.csv")
    assert "4 格读懂 2" in page  # 散煤 and 无所谓; 空气能 stands twice and is unknown


def test_a_drawing_asks_for_its_layers_not_for_headings(clerk, tmp_path):
    clerk.drop(*write_office(tmp_path / "own"))
    page = clerk.page("/columns?file=管网.dxf")
    assert "还缺" not in page
    assert '<a href="/places#cad-1">去指定 CAD 图层</a>' in page
    assert 'id="cad-1"' in clerk.page("/places")
    assert "去指定 CAD 图层" not in clerk.page("/columns?file=甲镇台账.csv")


def test_a_workbook_whose_sheet_of_notes_is_left_out_is_read(clerk, tmp_path):
    with xlsxwriter.Workbook(tmp_path / "甲镇台账.xlsx") as book:
        notes = book.add_worksheet("填表说明")
        notes.write_column(0, 0, ["一、请如实填写", "二、每户一行"])
        for name in ("东村", "西村"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["序号", "村名", "户主姓名", "取暖方式"])
            for n in range(1, 4):
                sheet.write_row(n, 0, [n, name, "甲", "煤"])
    page = clerk.drop(tmp_path / "甲镇台账.xlsx")
    assert '<p class="said good">甲镇台账.xlsx：6 行、2 张表读入；填表说明 不读（' in page
    assert "未写入" not in page
    assert entry(clerk)["id"] == "序号"  # by the sheets of homes, not by the notes before them
    row = page.split('<th scope="row">甲镇台账.xlsx</th>', 1)[1].split("</tr>", 1)[0]
    assert "不像任何图层" not in row
    assert "填表说明不读" in clerk.page("/columns?file=甲镇台账.xlsx")


def test_a_file_that_is_not_there_is_said_in_words(ledger):
    fields = {"file": "没有.csv", "change": ledger.keys.change}
    answer = ledger.client.post("/columns/save", data=fields)
    assert answer.status_code == 400
    assert "刷新" in answer.text

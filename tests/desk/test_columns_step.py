"""Headings and words are explained once, counted at once, and remembered for the file."""

import tomllib

import pytest

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
    import re  # noqa: PLC0415

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


def test_a_file_that_is_not_there_is_said_in_words(ledger):
    fields = {"file": "没有.csv", "change": ledger.keys.change}
    answer = ledger.client.post("/columns/save", data=fields)
    assert answer.status_code == 400
    assert "刷新" in answer.text

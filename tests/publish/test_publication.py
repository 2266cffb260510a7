"""A run put together by hand becomes two editions; every expected value is worked out by hand."""

import csv
import json
import re

import pandas as pd
import pytest
from publish import sample
from publish.office_files import without_office_files
from python_calamine import CalamineWorkbook

from gis.errors import InputError
from gis.publish import publish, verify, write_decisions

PUBLIC = [
    "approach.html", "clearance.html", "data/villages.csv", "data/villages.geojson", "gaps.html",
    "index.html", "progress.html",
]  # fmt: skip


@pytest.fixture
def out(first):
    return first


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def files(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_the_folder_holds_what_the_contract_names(out):
    assert sorted(p.name for p in out.iterdir()) == [
        "manifest.json",
        "planner",
        "public",
        "townships",
    ]
    assert set(PUBLIC) <= set(files(out / "public"))
    named = [
        "budget.xlsx", "decisions.csv", "decisions.xlsx", "demand.xlsx", "emissions.csv",
        "households.parquet", "households.xlsx", "nuantu.gpkg",
        "loads.xlsx", "measured.csv", "nuantu.qgs", "problems.csv", "problems.xlsx", "report.xlsx",
        "summary.json", "supply.xlsx", "waiting.csv",
    ]  # fmt: skip
    assert set(named) <= set(files(out / "planner"))
    report = CalamineWorkbook.from_path(str(out / "planner" / "report.xlsx"))
    assert "月报" in report.sheet_names
    assert "台账变动" not in report.sheet_names  # there is no edition before
    # the 8 homes completed this year are all of the first township: it has a list to post
    assert files(out / "townships") == [
        "140882001/field.xlsx",
        "140882001/list.xlsx",
        "140882001/map.html",
        "140882001/public_list.xlsx",
        "140882001/report.xlsx",
        "140882001/sample.xlsx",
        "140882002/field.xlsx",
        "140882002/list.xlsx",
        "140882002/map.html",
        "140882002/report.xlsx",
    ]


def unfit(names):
    """The names that Windows knows not at all, or only once."""
    lower = [name.lower() for name in names]
    twice = {name for name in names if lower.count(name.lower()) > 1}
    wrong = re.compile(r'[<>:"|?*\\\x00-\x1f]|[ .](/|$)|(^|/)(con|prn|aux|nul|com\d|lpt\d)(\.|/|$)')
    return twice | {name for name in names if wrong.search(name.lower()) or len(name) > 100}


def test_every_name_is_one_on_windows_too(out):
    assert unfit(files(out)) == set()
    assert unfit(["a/nul", "COM1.txt", "a./b", "b ", "c:d", "E", "e", "x" * 101, "con2"]) == {
        "a/nul", "COM1.txt", "a./b", "b ", "c:d", "E", "e", "x" * 101,
    }  # fmt: skip


def test_verify_finds_nothing_wrong(out):
    assert verify(out).whole


def test_the_planner_has_every_decision_exact(out):
    found = rows(out / "planner" / "decisions.csv")
    assert [(r["village_code"], r["approach"], r["households"], r["pending"]) for r in found] == [
        (sample.A, "central", "40", "32"),
        (sample.C, "electric", "7", "7"),
        (sample.D, "electric", "5", "5"),
        (sample.B, "electric", "30", "30"),
    ]
    # 32 homes at 1,000.50 yuan
    assert found[0]["cost_cny_a"] == "32016.00"
    assert found[0]["runner_up_cost_cny_a"] == ""


def test_every_household_of_the_ledger_is_there_once(out):
    table = pd.read_parquet(out / "planner" / "households.parquet")
    # 40 + 7 + 5 + 30 and the one without a place
    assert len(table) == 83
    assert table["household_id"].is_unique
    assert table["status"].value_counts().to_dict() == {"placed": 82, "rejected": 1}
    assert not {"owner", "phone", "id_number", "address"} & set(table.columns)


def test_the_summary_counts_exactly(out):
    told = json.loads((out / "planner" / "summary.json").read_text("utf-8"))
    assert told["households"] == {"read": 83, "placed": 82, "rejected": 1, "outside": 0}
    assert told["approach"]["electric"] == {"villages": 3, "households": 42}
    assert told["approach"]["gas"] == {"villages": 0, "households": 0}
    # B's unit has no target: none set is not 0, and it is not listed
    assert [(t["unit_code"], t["target"], t["completed"]) for t in told["targets"]] == [
        ("140882001", 12, 8)
    ]
    assert told["data_nature"] == "synthetic demonstration data"


def test_the_public_sees_approved_routes_and_blurred_counts(out):
    found = {row["village_code"]: row for row in rows(out / "public" / "data" / "villages.csv")}
    assert {code: row["approach"] for code, row in found.items()} == {
        sample.A: "central",
        sample.B: "unpublished",
        # of few homes: counted with A, and shown with its route
        sample.C: "central",
        sample.D: "central",
    }
    # C has 7 homes: it is counted with its neighbour A, and the 12 of both villages are too few
    # to stand beside A without D, whose nearest neighbour is C: 52 homes, 44 of them pending
    assert (found[sample.A]["households"], found[sample.A]["pending"]) == ("50", "40")
    assert found[sample.C]["households"] == found[sample.D]["households"] == ""
    assert found[sample.A]["count_group"].split() == [sample.A, sample.C, sample.D]
    # 8 completed of a batch of 12: official figures
    assert (found[sample.A]["completed"], found[sample.A]["batch"]) == ("8", "12")
    assert (found[sample.B]["households"], found[sample.B]["status"]) == ("30", "")


def test_nothing_personal_is_in_the_public_folder(out):
    text = b"".join((out / "public" / name).read_bytes() for name in PUBLIC).decode("utf-8")
    for secret in ("赵某1", "13800130001", "HH0010010001", "号院", "11010519491231002X"):
        assert secret not in text


def test_a_township_sees_its_own_homes_alone(out):
    book = CalamineWorkbook.from_path(str(out / "townships" / "140882002" / "list.xlsx"))
    listed = book.get_sheet_by_index(0).to_python()
    head = next(n for n, row in enumerate(listed) if "户编号" in row)
    ids = [row[listed[head].index("户编号")] for row in listed[head + 1 :]]
    assert len(ids) == 30
    assert all(one.startswith("HH002001") for one in ids)


def test_no_review_number_and_real_data_gives_no_maps(tmp_path, monkeypatch):
    without_office_files(monkeypatch)
    publish(sample.results(tmp_path, demonstration=False), tmp_path / "out")
    told = json.loads((tmp_path / "out/public/data/villages.geojson").read_text("utf-8"))
    assert all(feature["geometry"] is None for feature in told["features"])
    assert "data_nature" not in told
    assert "合成演示数据" not in (tmp_path / "out/public/index.html").read_text("utf-8")


def test_a_previous_that_is_no_edition_is_refused(run, tmp_path):
    with pytest.raises(InputError, match=r"published\.json"):
        publish(run, tmp_path / "out", tmp_path)
    assert not (tmp_path / "out").exists()


def test_decisions_alone(run, tmp_path):
    table = write_decisions(run, tmp_path / "out")
    assert len(table) == 4
    assert len(rows(tmp_path / "out" / "planner" / "decisions.csv")) == 4
    tried = rows(tmp_path / "out" / "planner" / "tried.csv")
    assert [(row["village_code"], row["route"]) for row in tried[:2]] == [
        (sample.A, "central"),
        (sample.A, "electric"),
    ]
    assert tried[0]["cost_cny_a"] == "1234.56"

"""budget.xlsx: money in yuan by township and route, its sums, and energy against what is there."""

import io
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
import town
from publish import sample
from python_calamine import CalamineWorkbook

from gis.decide import Budget
from gis.report.budget import Lacking, _rests_on, budget_book, with_totals
from gis.report.metadata import run_metadata
from gis.report.monthly import ledger_counts
from gis.report.workbook import workbook_bytes

ORDER = ["central", "electric", "gas"]


def rows(*entries):
    names = ["township_code", "township", "approach", "pending", "county_cny"]
    table = pd.DataFrame(entries, columns=names)
    return table.astype({"pending": "Int64", "county_cny": "float64"})


def test_the_sums_of_what_is_known_stand_below():
    table = rows(
        ("2", "t2", "electric", 5, None), ("2", "t2", "central", 7, 1.5),
        ("1", "t1", "gas", 2, None), ("1", "t1", "electric", 11, 3.0),
    )  # fmt: skip
    found = with_totals(table, ORDER)
    said = found[["township", "approach", "pending", "county_cny"]].astype(object)
    assert said.where(found.notna(), None).values.tolist() == [
        ["t1", "electric", 11, 3.0],
        ["t1", "gas", 2, None],
        ["t2", "central", 7, 1.5],
        ["t2", "electric", 5, None],
        ["合计", "central", 7, 1.5],
        ["合计", "electric", 16, 3.0],
        ["合计", "gas", 2, None],
        ["合计", None, 25, 4.5],
    ]


RULES = """
[subsidies.equipment.ashp_air]
share = 1.0
[subsidies.equipment.ashp_water]
share = 1.0
price_of = "ashp_air"
{more}
[prices.equipment_cny]
ashp_air = {{ value = 8000, low = 7000, high = 13500, verified = {verified} }}
ashp_water = {{ value = {water}, low = {water}, high = 24000, verified = false }}
"""


@pytest.mark.parametrize(
    ("water", "more", "verified", "total"),
    [
        (13_500, "", "false", True),
        (13_499, "", "false", False),  # of it no more than its own price is paid
        (15_000, "cap_cny = 9000", "false", False),
        (15_000, "", "true", None),
    ],
)
def test_a_county_share_that_rests_on_an_unverified_price_says_so(
    tmp_path, water, more, verified, total
):
    plan = town.policy(tmp_path, RULES.format(water=water, more=more, verified=verified))
    paid = pd.DataFrame({"county_fen": pd.array([1_600_000, 800_000, None], dtype="Int64")})
    works = pd.DataFrame({"grid_county_fen": pd.array([], dtype="Int64")})
    money = Budget(paid, pd.DataFrame(), pd.DataFrame(), pd.DataFrame())
    run = SimpleNamespace(policy=plan, decisions=SimpleNamespace(upgrades=works))
    lines = _rests_on(run, money)
    if total is None:
        assert lines == ()
        return
    assert "热风机 8,000 元/户（区间 7,000—13,500 元），补贴比例 100 %" in lines[0]
    assert len(lines) == 1 + total
    if total:  # 24,000 yuan of three homes, at 7/8 and at 135/80
        assert "合计为 21,000—40,500 元（现为 24,000 元）" in lines[1]


def test_what_is_not_known_stands_beside_the_sum_of_what_is():
    """t1: 3 homes of a known 9 yuan, 5 of unknown; t2: 7 homes, 1.5 yuan and not all of it."""
    keys = ["township_code", "approach", "village_code", "part"]
    parts = [("1", "electric", "v1", "", 3), ("1", "electric", "v2", "", 5),
             ("2", "central", "v3", "served", 7)]  # fmt: skip
    marks = [False, True, True]
    homes = pd.DataFrame(parts, columns=[*keys, "households"])
    money = Budget(
        parts=homes,
        townships=pd.DataFrame(),
        unknown=homes[keys].assign(county_fen=marks, grid_fen=False),
        ceilings=pd.DataFrame(),
    )
    lacking = Lacking(money)
    by_town = with_totals(
        rows(("1", "t1", "electric", 8, 9.0), ("2", "t2", "central", 7, 1.5)), ORDER
    )
    said = lacking.beside(by_town, ("county_fen", "grid_fen"))["not_counted"]
    assert said.fillna("").tolist() == [
        "财政出资（元）：5户", "财政出资（元）：7户", "财政出资（元）：7户", "财政出资（元）：5户", "财政出资（元）：12户",
    ]  # fmt: skip
    by_village = lacking.beside(homes, ("county_fen",))["not_counted"].fillna("")
    assert by_village.tolist() == ["", "财政出资（元）：5户", "财政出资（元）：7户"]


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    run = sample.results(tmp_path_factory.mktemp("project"))
    file = workbook_bytes(
        budget_book(run, ledger_counts(run).ceilings), "资金与能源测算", run_metadata(run)
    )
    read = CalamineWorkbook.from_filelike(io.BytesIO(file))
    return run, {name: read.get_sheet_by_name(name).to_python() for name in read.sheet_names}


def under(sheet, key):
    """The rows of a sheet below its headings, as dicts."""
    at = next(number for number, line in enumerate(sheet) if line[0] == key)
    return [dict(zip(sheet[at], line, strict=True)) for line in sheet[at + 1 :]]


def test_a_planner_finds_every_pending_home_in_the_money_once(book):
    run, sheets = book
    decided = run.decisions.villages
    routed = decided[(decided["pending"] > 0) & ~decided["approach"].isin(["done", "undecided"])]
    assert len(routed) > 0
    for name in ("投资（乡镇）", "投资（村）", "年费用（乡镇）", "年费用（村）"):
        table = under(sheets[name], "乡镇代码")
        assert sum(row["待改（户）"] for row in table if row["乡镇代码"]) == routed["pending"].sum()
    last = under(sheets["年费用（乡镇）"], "乡镇代码")[-1]
    cost = under(sheets["年费用（村）"], "乡镇代码")
    assert last["年成本（元）"] == pytest.approx(
        sum(row["年成本（元）"] or 0 for row in cost), abs=0.005
    )
    by_hand = routed["cost_fen_a"].sum() / 100
    assert last["年成本（元）"] == pytest.approx(by_hand, abs=0.005)


def test_what_is_added_to_the_need_is_told_for_every_carrier(book):
    _, sheets = book
    carriers = under(sheets["能源保障"], "能源")
    assert [row["能源"] for row in carriers][:2] == ["集中供热（MWh）", "取暖用电（kWh）"]
    assert any(row["每季需要"] for row in carriers)
    assert any("supply.xlsx" in str(line[0]) for line in sheets["能源保障"][:4])


def test_a_volume_sets_nothing_that_others_share_against_its_own_need(book):
    run, sheets = book
    part = budget_book(replace(run, part=True), ledger_counts(run).ceilings)
    assert set(sheets) - {one.name for one in part} == {"热源余缺", "台区余缺"}

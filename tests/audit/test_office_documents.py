"""Notices of rectification and the list a village posts: what they say, and what they keep."""

from datetime import date

import pandas as pd
import pytest
import town
from audit.cleared_home import CLEAN_VISIT, NEXT, VILLAGE, layer
from shapely.geometry import Point

from gis.audit import office_documents, settlement
from gis.audit.evidence import last_full_season
from gis.errors import Text

TERM = office_documents.Term(town.AS_OF, date(2024, 11, 30))
FOUND = {
    "finding": "coal_stored",
    "inspected_on": "2024-10-25",
    "rectify_by": "2024-10-30",
    "coal_kg": 50.0,
}


@pytest.fixture
def noticed(facts_of, judge_of, tmp_path):
    plan = town.policy(tmp_path, '[responsible]\n"散煤清零" = "各乡镇"')

    def table(homes, visits, premises=None):
        facts = facts_of(homes, plan=plan)
        judged = judge_of(facts, visits, plan, premises=premises)
        inspections = layer([CLEAN_VISIT | visit for visit in visits])
        return office_documents.rectification_notices(facts, judged, inspections, plan, TERM)

    return table


def test_a_notice_by_hand(noticed):
    table = noticed([{}, {"village_code": NEXT}], [{}, {"household_id": "h1", **FOUND}])
    assert list(table.columns) == list(office_documents.NOTICE_COLUMNS)
    row = table.iloc[0]
    assert len(table) == 1
    names = ["notice_no", "inspection_id", "household_id", "village_code", "township_code", "zones"]
    assert row[names].tolist() == ["20241031-0001", "i1", "h1", NEXT, NEXT[:9], "Z1"]
    assert row[["kind", "found_zh", "coal_kg", "asked", "unit", "overdue"]].tolist() == [
        "coal_stored", "存放散煤", 50.0, "rectify", "各乡镇", True,
    ]  # fmt: skip
    assert row["issued_on"] == pd.Timestamp(town.AS_OF)
    assert row["expires_on"] == pd.Timestamp("2024-11-30")
    assert row["asked_en"] == "Rectify by the date given and report the day"


@pytest.mark.parametrize(
    ("visits", "asked"),
    [
        ([FOUND], "rectify"),
        ([FOUND | {"rectified_on": "2024-10-26"}], "recheck"),
        ([FOUND, {"inspected_on": "2024-10-26", "finding": "clean"}], "record"),
        (
            [FOUND | {"inspected_on": "2024-07-01"}],
            "recheck",
        ),  # older than the removal, not seen since
    ],
)
def test_what_is_asked(noticed, visits, asked):
    assert noticed([{}], visits)["asked"].tolist() == [asked]


@pytest.mark.parametrize(
    ("rectify_by", "overdue"), [("2024-10-30", True), ("2024-10-31", False), (None, False)]
)
def test_overdue(noticed, rectify_by, overdue):
    assert noticed([{}], [FOUND | {"rectify_by": rectify_by}])["overdue"].tolist() == [overdue]


def test_premises_exempt_users_and_idle_devices(noticed):
    shops = town.layer(
        [
            {"premises_id": f"p{n}", "kind": "shop", "exempt": n == 1, "geometry": Point(500, 500)}
            for n in (0, 1)
        ]
    )
    at = {"household_id": None, "premises_id": "p0"}
    idle = {"finding": "device_unused"}
    table = noticed([{}], [FOUND | at, FOUND | at | {"premises_id": "p1"}, idle], shops)
    assert table["subject"].tolist() == ["premises", "household"]
    assert table["premises_id"].fillna("").tolist() == ["p0", ""]
    assert table["unit"].tolist() == ["各乡镇", ""]
    assert table["village_code"].isna().tolist() == [True, False]
    assert table["notice_no"].tolist() == ["20241031-0001", "20241031-0002"]


def test_nothing_open_and_no_inspections(noticed, facts_of, judge_of, policy):
    assert noticed([{}], [{}]).empty
    facts = facts_of([{}])
    table = office_documents.rectification_notices(facts, judge_of(facts, []), None, policy, TERM)
    assert table.empty
    assert list(table.columns) == list(office_documents.NOTICE_COLUMNS)


@pytest.mark.parametrize(
    ("name", "posted"),
    [
        ("张三", "张*"),
        ("张三丰", "张*"),
        ("  李四", "李*"),
        ("\u200b王五", "王*"),
        ("（赵六）", "赵*"),
        ("Ａnn", "A*"),
        ("", ""),
        ("——", ""),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_masked_names(name, posted):
    assert office_documents.masked_name(name) == posted


POSTING = office_documents.Posting(date(2024, 11, 1), date(2024, 11, 10), Text("电话", "phone"))


def test_the_posted_list(facts_of, policy):
    homes = [
        {"owner": "张三", "device": "ashp_air", "accepted_on": "2024-08-02", "id_number": "1"},
        {"owner": "李四", "device": None, "accepted_on": "2024-08-01", "phone": "2"},
        {"owner": "王五", "village_code": NEXT},
        {"owner": "赵六", "accepted_on": "2020-08-01", "plan_year": 2020},
        {"owner": "钱七", "heating": "coal"},
    ]
    table = office_documents.public_list(facts_of(homes), policy, town.AS_OF, None, POSTING)
    assert list(table.columns) == list(office_documents.PUBLIC_LIST_COLUMNS)
    assert table[["village_code", "number", "name", "device"]].to_numpy().tolist() == [
        [VILLAGE, 1, "李*", ""],
        [VILLAGE, 2, "张*", "ashp_air"],
        [NEXT, 1, "王*", ""],
    ]
    assert table["subsidy_fen"].isna().all()
    assert table["until_on"].unique().tolist() == [pd.Timestamp("2024-11-10")]
    assert table["contact_en"].unique().tolist() == ["phone"]


def test_the_posted_subsidy_tells_nobody_who_is_poor(facts_of, tmp_path):
    plan = town.policy(
        tmp_path,
        "[subsidies]\nelectric_cny_per_kwh = 0.1\nelectric_cap_cny = 1040\nhardship_once_cny = 200",
    )
    usual = {"heating_kwh": 900.0, "device": "ashp_air", "plan_year": 2024, "owner": "张三",
             "season": "2024-2025"}  # fmt: skip
    homes = [usual | {"hardship_class": "dibao"}, usual | {"hardship_class": None}]
    facts = facts_of(homes, plan=plan)
    spring = date(2025, 4, 30)  # after the first season of this year's homes
    settled = settlement.settle_season(facts, plan, last_full_season(spring, plan), spring)
    assert settled.households["supplement_fen"].tolist() == [20_000, 0]
    table = office_documents.public_list(facts, plan, town.AS_OF, settled, POSTING)
    assert table["subsidy_fen"].tolist() == [9000, 9000]


def test_a_ledger_without_owners(facts_of, policy):
    table = office_documents.public_list(facts_of([{}]), policy, town.AS_OF, None, POSTING)
    assert table["name"].tolist() == [""]

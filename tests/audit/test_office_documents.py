"""The list a village posts: what it says, and what it keeps."""

from datetime import date

import pandas as pd
import pytest
import town
from audit.cleared_home import NEXT, VILLAGE

from gis.audit import office_documents, settlement
from gis.audit.evidence import last_full_season
from gis.errors import Text


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

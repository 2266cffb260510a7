"""The lists that are posted: who is on them, with which sums, and what they keep."""

from datetime import date

import pandas as pd
import pytest
import town
from audit.cleared_home import NEXT, VILLAGE

from gis.audit import public_lists
from gis.audit.equipment_settlement import settle_equipment
from gis.audit.evidence import last_full_season
from gis.audit.settlement import settle_season
from gis.errors import Text

POSTING = public_lists.Posting(date(2024, 11, 1), date(2024, 11, 10), Text("电话", "phone"))
PAID = """
[subsidies]
electric_cny_per_kwh = 0.1
electric_cap_cny = 1040
hardship_once_cny = 200
[subsidies.equipment.ashp_air]
fixed_cny = 3000
"""


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
    assert public_lists.masked_name(name) == posted


@pytest.fixture
def lists(facts_of, tmp_path):
    def made(homes, extra=PAID, as_of=town.AS_OF):
        plan = town.policy(tmp_path, extra)
        facts = facts_of(homes, as_of=as_of, plan=plan)
        season = settle_season(facts, plan, last_full_season(as_of, plan), as_of)
        equipment = settle_equipment(facts, None, plan, as_of)
        return public_lists.public_lists(facts, plan, as_of, (season, equipment), POSTING)

    return made


def test_equipment_of_the_homes_completed_this_year(lists):
    homes = [
        {"owner": "张三", "device": "ashp_air", "accepted_on": "2024-08-02", "id_number": "1"},
        {"owner": "李四", "device": "gshp", "accepted_on": "2024-08-01", "phone": "2"},
        {"owner": "王五", "village_code": NEXT, "device": "ashp_air", "self_converted": True},
        {"owner": "赵六", "accepted_on": "2020-08-01", "plan_year": 2020},
        {"owner": "钱七", "heating": "coal"},
    ]
    table = lists(homes)["equipment"]
    assert tuple(table.columns) == public_lists.COLUMNS
    rows = table[["village_code", "number", "name", "subsidy_fen", "why"]].astype(object)
    assert rows.where(rows.notna(), None).to_numpy().tolist() == [
        [VILLAGE, 1, "李四", None, "tender_pending"],  # not known is not 0
        [VILLAGE, 2, "张三", 300_000, ""],
        [NEXT, 1, "王五", None, ""],  # converted by itself
    ]
    assert table["until_on"].unique().tolist() == [pd.Timestamp("2024-11-10")]
    assert table["contact_en"].unique().tolist() == ["phone"]
    masked = public_lists.with_masked_names(table)
    assert masked["name"].tolist() == ["李*", "张*", "王*"]
    assert masked["number"].equals(table["number"])


def test_the_list_of_the_year(lists):
    homes = [
        {"owner": "张三", "in_programme": True, "heating": "coal", "accepted_on": None},
        {"owner": "李四", "in_programme": False},
        {"owner": "王五", "in_programme": True, "reject_reason": "duplicate_id"},
        {"owner": "赵六", "in_programme": True, "heating": "coal", "accepted_on": None,
         "device_chosen": "ashp_air", "device": None},
    ]  # fmt: skip
    table = lists(homes)["listed"]
    assert table[["name", "device"]].to_numpy().tolist() == [["张三", ""], ["赵六", "ashp_air"]]
    assert table["mode"].isna().all()  # coal is no way of converting
    assert table["subsidy_fen"].isna().all()


def test_the_running_subsidy_tells_nobody_who_is_poor(lists):
    usual = {"heating_kwh": 900.0, "device": "ashp_air", "owner": "张三"}
    homes = [usual | {"hardship_class": "dibao"}, usual, usual | {"heating_kwh": None}]
    table = lists(homes, as_of=date(2025, 4, 30))["running"]
    assert table["subsidy_fen"].tolist() == [9000, 9000]  # held amounts are not posted
    assert table["quantity"].tolist() == [900.0, 900.0]
    assert set(public_lists.COLUMNS).isdisjoint({"hardship_class", "supplement_fen", "id_number"})


def test_a_ledger_without_owners(lists):
    assert lists([{}])["equipment"]["name"].tolist() == [""]

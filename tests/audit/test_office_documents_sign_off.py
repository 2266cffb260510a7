"""The sign-off sheet: what is asked, done, excepted, and against, of each zone apart."""

import pandas as pd
import pytest
import town
from shapely.geometry import box

from gis.audit import office_documents


@pytest.fixture
def sheet(facts_of, judge_of):
    def lines(homes, visits, zones=None, **layers):
        facts = facts_of(homes, zones)
        return office_documents.sign_off_sheets(
            facts, judge_of(facts, visits, **layers), town.AS_OF
        )

    return lines


def section(table, name):
    rows = table[table["section"] == name]
    return list(zip(rows["item"], rows["number"], strict=True))


def test_a_sheet_by_hand(sheet):
    homes = [
        {},
        {"coal_removed_on": None, "occupancy": "vacant"},
        {"heating": "coal"},
        {"x": 990.0},
        {"x": 1500.0, "heating": "coal"},
    ]
    coal = {"household_id": "h2", "finding": "coal_stored"}
    table = sheet(homes, [{}, {"household_id": "h1"}, coal])
    assert table["zone_id"].unique().tolist() == ["Z1"]
    assert section(table, "task") == [("homes", 3)]
    assert section(table, "done") == [
        ("device", 2), ("stove_removed", 3), ("coal_removed", 2), ("findings", 2), ("visited", 2),
        ("cleared", 1),
    ]  # fmt: skip
    assert set(table.loc[table["section"] == "done", "required"]) == {3}
    assert section(table, "exception") == [("vacant", 1), ("demolition", 0)]
    assert section(table, "against") == [("coal_found", 1), ("coal_removal_missing", 1)]
    assert section(table, "open") == [("undecidable", 1), ("coal_findings", 1)]
    verdict = table[table["section"] == "verdict"].iloc[0]
    assert (verdict["item"], verdict["item_zh"]) == ("not_cleared", "未清零")
    dates = table[table["section"] == "dates"].set_index("item")["day"]
    assert dates["effective_on"] == pd.Timestamp("2023-10-01")
    assert dates["latest_clean_on"] == pd.Timestamp("2024-10-20")
    assert dates["as_of"] == pd.Timestamp(town.AS_OF)
    assert pd.isna(dates["expires_on"])
    assert table["item_en"].str.len().min() > 0


def test_each_zone_has_its_own_sheet(sheet):
    zones = [
        {"zone_id": "Z1", "geometry": box(0, 0, 1000, 1000)},
        {"zone_id": "Z2", "geometry": box(1000, 0, 2000, 1000)},
    ]
    table = sheet([{}, {"x": 1500.0, "heating": "coal"}], [{}], zones)
    verdicts = table[table["section"] == "verdict"]
    assert verdicts[["zone_id", "item"]].to_numpy().tolist() == [
        ["Z1", "cleared"], ["Z2", "not_cleared"],
    ]  # fmt: skip
    assert section(table[table["zone_id"] == "Z2"], "task") == [("homes", 1)]


def test_no_zone_no_sheet(sheet):
    table = sheet([{}], [{}], [])
    assert table.empty
    assert list(table.columns) == list(office_documents.SIGN_OFF_COLUMNS)

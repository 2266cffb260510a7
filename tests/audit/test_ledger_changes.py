"""Between two ledgers: every kind of change, and nothing for what stayed or went forward."""

import pandas as pd
import pytest
import town
from audit.cleared_home import CLEARED_HOME, NEXT, VILLAGE

from gis.audit.ledger_changes import COLUMNS, all_changes, restatements


def ledger(homes):
    rows = [CLEARED_HOME | {"household_id": f"h{n}"} | home for n, home in enumerate(homes)]
    table = town.households(rows)
    table["status"] = table["reject_reason"].map(lambda why: "rejected" if why else "placed")
    return table


@pytest.fixture
def changes(policy):
    def found(before, after):
        table = restatements(ledger(before), ledger(after), policy, town.AS_OF, town.AS_OF)
        assert list(table.columns) == list(COLUMNS)
        return table[["household_id", "change", "column", "before", "after"]].to_numpy().tolist()

    return found


def test_the_same_ledger_restates_nothing(changes):
    assert changes([{}, {"heating": None}], [{}, {"heating": None}]) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            {"village_code": VILLAGE},
            {"village_code": NEXT},
            [("moved", "village_code", VILLAGE, NEXT)],
        ),
        (
            {},
            {"acceptance_result": None},
            [("changed", "acceptance_result", "pass", ""), ("went_back", "stage", "completed", "")],
        ),
        (
            {},
            {"plan_year": 2023},
            [("changed", "plan_year", "2024", "2023"), ("restaged", "stage", "completed", "stock")],
        ),
        (
            {},
            {"heating": "coal"},
            [("changed", "heating", "electric", "coal"), ("went_back", "stage", "completed", "")],
        ),
        ({}, {"occupancy": "vacant"}, [("changed", "occupancy", "occupied", "vacant")]),
        (
            {},
            {"stove_removed_on": None},
            [("date_removed", "stove_removed_on", "2024-07-05", "")],
        ),
        (
            {},
            {"signed_on": "2024-05-02"},
            [("date_changed", "signed_on", "2024-05-01", "2024-05-02")],
        ),
        ({"coal_removed_on": None}, {}, []),  # progress
        ({"acceptance_result": None}, {}, [("changed", "acceptance_result", "", "pass")]),
    ],
)
def test_each_change(changes, before, after, expected):
    assert changes([before], [after]) == [["h0", *change] for change in expected]


def test_homes_that_came_and_went(policy):
    before = ledger([{}, {}, {"reject_reason": "no_id"}])
    after = ledger([{}, {"reject_reason": "duplicate_id"}, {}, {"village_code": NEXT}])
    table = restatements(before, after, policy, town.AS_OF, town.AS_OF)
    assert table[
        ["household_id", "change", "village_code_before", "village_code_after"]
    ].to_numpy().tolist() == [
        ["h1", "rejected", VILLAGE, ""],
        ["h2", "appeared", "", VILLAGE],
        ["h3", "appeared", "", NEXT],
    ]
    rejected = table[["column", "before", "after"]].iloc[0].tolist()
    assert rejected == ["reject_reason", "", "duplicate_id"]
    gone = restatements(before, after.iloc[2:], policy, town.AS_OF, town.AS_OF)
    assert gone["change"].tolist()[:2] == ["disappeared", "disappeared"]


def test_a_later_day_is_progress_not_restatement(policy, day):
    table = ledger([{"accepted_on": "2024-10-31"}])
    assert restatements(table, table, policy, day("2024-10-30"), town.AS_OF).empty
    back = restatements(table, table, policy, town.AS_OF, day("2024-10-30"))
    assert back["change"].tolist() == ["went_back"]
    assert isinstance(back, pd.DataFrame)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, []),
        (
            {"acceptance_result": None},
            {},
            [("changed", "acceptance_result", "", "pass"), ("completed", "stage", "", "completed")],
        ),
        (
            {},
            {"acceptance_result": None},
            [
                ("changed", "acceptance_result", "pass", ""),
                ("went_back", "stage", "completed", ""),
                ("withdrawn", "stage", "completed", ""),
            ],
        ),
        (
            {"reject_reason": "no_place"},
            {},
            [("appeared", "", "", ""), ("completed", "stage", "", "completed")],
        ),
        (
            {},
            {"reject_reason": "no_place"},
            [
                ("rejected", "reject_reason", "", "no_place"),
                ("withdrawn", "stage", "completed", ""),
            ],
        ),
        (
            {"coal_removed_on": None},
            {"coal_removed_on": "2024-07-09"},
            [("date_added", "coal_removed_on", "", "2024-07-09")],
        ),
        ({"x": 1000.0}, {"x": 1001.0}, []),  # rounded otherwise
        ({"x": 1000.0}, {"x": 1001.5}, [("shifted", "", "", "")]),
        ({"x": float("nan")}, {"x": 1000.0}, [("shifted", "", "", "")]),
        ({"lot": "A"}, {"lot": "B"}, [("changed", "lot", "A", "B")]),
        ({"owner": "张三"}, {"owner": "李四"}, [("changed", "owner", "***", "***")]),
        ({"owner": None}, {"owner": "李四"}, [("changed", "owner", "", "***")]),
    ],
)
def test_what_went_forward_too(policy, before, after, expected):
    other = {"x": 1000.0, "y": 1000.0, "lot": "A", "owner": "张三"}
    tables = [ledger([other | one]) for one in (before, after)]
    table = all_changes(
        *tables, policy, town.AS_OF, town.AS_OF, columns=["lot", "owner", "none"], covered=["owner"]
    )
    assert list(table.columns) == list(COLUMNS)
    told = table[["change", "column", "before", "after"]].to_numpy().tolist()
    assert told == [list(one) for one in expected]

"""Which homes are on the list of the project's own year, worked out by hand; 2024 from 1 April."""

from datetime import date

import pandas as pd
import pytest
import town

from gis.facts.programme_list import of_own_year, shared_lists

AS_OF = date(2024, 10, 31)
DAYS = ("listed_on", "delisted_on", "ledger_as_of")


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    return town.policy(tmp_path_factory.mktemp("policy"))


@pytest.fixture
def list_of(policy):
    def made(*rows, shared=None):
        return of_own_year(ledger_of(rows), policy, AS_OF, shared)

    return made


def ledger_of(rows):
    homes = [
        {"household_id": f"h{n}", "heating": "coal", "township_code": "T", **row}
        for n, row in enumerate(rows)
    ]
    table = town.households(homes)
    for name in DAYS:
        if name in table:
            table[name] = pd.to_datetime(table[name])
    return table.assign(status=["rejected" if r else "placed" for r in table["reject_reason"]])


ON = {"in_programme": True, "plan_year": 2024}
CASES = [
    (ON, True, []),
    ({"in_programme": True}, True, []),
    ({"in_programme": False, "plan_year": 2024}, False, []),
    ({"plan_year": 2024}, None, []),
    ({"plan_year": 2024, "listed_on": "2024-04-20"}, True, []),
    ({"plan_year": 2024, "list_no": "文1"}, True, []),
    ({"plan_year": 2023, "listed_on": "2023-04-20"}, None, []),
    (ON | {"plan_year": 2023}, False, ["list_of_another_year"]),
    (ON | {"plan_year": 2025}, False, ["list_of_another_year"]),
    (ON | {"listed_on": "2024-10-31"}, True, []),
    (ON | {"listed_on": "2024-11-01"}, False, []),
    (ON | {"delisted_on": "2024-10-31", "delisted_reason": "文2"}, False, []),
    (ON | {"delisted_on": "2024-11-01", "delisted_reason": "文2"}, True, []),
    (ON | {"delisted_on": "2024-10-31"}, False, ["delisted_without_reason"]),
    (ON | {"delisted_reason": "文2"}, True, ["delisted_without_day"]),
    (ON | {"willing": "no"}, True, ["listed_unwilling"]),
    (ON | {"willing": "undecided"}, True, []),
    ({"in_programme": True, "ledger_as_of": "2024-04-01"}, True, []),
    ({"in_programme": True, "ledger_as_of": "2024-03-31"}, False, ["list_before_programme"]),
    (ON | {"ledger_as_of": "2024-03-31"}, True, []),
    (ON | {"acceptance_result": "pass", "accepted_on": "2024-04-01"}, True, []),
    (ON | {"acceptance_result": "pass", "accepted_on": "2024-03-31"}, False, ["listed_converted"]),
    (ON | {"acceptance_result": "fail", "accepted_on": "2024-03-31"}, True, []),
    (ON | {"reject_reason": "duplicate_id"}, False, []),
]


@pytest.mark.parametrize(("home", "expected", "codes"), CASES)
def test_who_is_on_this_years_list(list_of, home, expected, codes):
    homes, problems = list_of(home)
    found = homes["in_programme"].iloc[0]
    assert (None if pd.isna(found) else bool(found)) is expected
    assert [one.code for one in problems] == codes


def test_a_home_on_two_lists_is_on_neither_and_both_rows_are_named(list_of):
    homes, problems = list_of(
        ON | {"meter_no": "m1"},
        ON | {"meter_no": "m2"},
        ON | {"meter_no": "m1"},
        {"in_programme": False, "meter_no": "m2"},  # on no list
        ON | {"meter_no": None},
        ON | {"meter_no": None},
    )
    assert homes["in_programme"].tolist() == [False, True, False, False, True, True]
    assert [(one.code, one.row, one.key) for one in problems] == [
        ("listed_twice", 2, "h0"),
        ("listed_twice", 4, "h2"),
    ]


def test_a_home_on_the_lists_of_two_parts_is_refused_in_both_as_in_the_whole(list_of, policy):
    first = [ON | {"meter_no": "m1"}, ON | {"meter_no": "m2"}]
    second = [
        ON | {"meter_no": "m3", "household_id": "g0"},
        ON | {"meter_no": "m1", "household_id": "g1"},
        {"in_programme": False, "meter_no": "m2", "household_id": "g2"},
    ]
    shared = shared_lists([ledger_of(first), ledger_of(second)], policy, AS_OF)
    parts = [list_of(*rows, shared=shared) for rows in (first, second)]
    whole, told = list_of(*first, *second)
    assert whole["in_programme"].tolist() == [False, True, True, False, False]
    assert [one for homes, _ in parts for one in homes["in_programme"]] == [*whole["in_programme"]]
    assert [one.key for one in told] == ["h0", "g1"]
    assert [(one.code, one.key) for _, found in parts for one in found] == [
        ("listed_twice", "h0"),
        ("listed_twice", "g1"),
    ]
    # alone neither part could tell
    assert not any(list_of(*rows)[1] for rows in (first, second))


READ = {"heating": "electric", "heating_kwh": 3000.0}


@pytest.mark.parametrize(
    ("home", "season"),
    [
        (READ | {"ledger_as_of": "2025-03-14"}, "2023-2024"),  # a season ends on 15 March
        (READ | {"ledger_as_of": "2025-03-15"}, "2024-2025"),
        (READ | {"ledger_as_of": "2024-10-25", "season": "2022-2023"}, "2022-2023"),
        (READ, None),  # a ledger without a day of its own is read as of the run
        ({"ledger_as_of": "2025-03-15"}, None),
    ],
)
def test_a_reading_without_a_season_is_of_the_last_before_the_ledger(list_of, home, season):
    found = list_of(home)[0]["season"].iloc[0]
    assert (None if pd.isna(found) else found) == season

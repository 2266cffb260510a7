"""Every pair of dates out of order is named, and is no evidence."""

from itertools import combinations

import pytest
import town

from gis.audit import ledger_checks

STEPS = ["signed_on", "installed_on", "energised_on", "accepted_on"]
PAIRS = [*combinations(STEPS, 2), *((step, "stove_removed_on") for step in STEPS[:3])]
EMPTY = dict.fromkeys([*STEPS, "stove_removed_on", "coal_removed_on"])


def found(policy, *rows):
    ledger = town.households([{"household_id": f"h{n}", **row} for n, row in enumerate(rows)])
    ledger["status"] = "placed"
    return [(p.code, p.row, p.column, p.value) for p in ledger_checks.date_problems(ledger, policy)]


def test_a_problem_names_the_file_sheet_and_home_of_its_row(policy):
    twisted = EMPTY | {"signed_on": "2024-06-02", "installed_on": "2024-06-01"}
    ledger = town.households([{"household_id": "h1"}, {"household_id": "h2", **twisted}])
    ledger = ledger.assign(status="placed", ledger_file="b.xlsx", ledger_sheet="东村")
    ledger["township_code"] = "140882001"
    (found,) = ledger_checks.date_problems(ledger, policy)
    assert (found.place, found.row, found.key) == ("b.xlsx[东村]", 3, "h2")
    assert found.township == "140882001"


@pytest.mark.parametrize(("earlier", "later"), PAIRS)
def test_each_pair(policy, earlier, later):
    wrong = EMPTY | {earlier: "2024-06-02", later: "2024-06-01"}
    same = EMPTY | {earlier: "2024-06-01", later: "2024-06-01"}
    right = EMPTY | {earlier: "2024-06-01", later: "2024-06-02"}
    expected = [("dates_out_of_order", 2, later, "2024-06-01")]
    assert found(policy, wrong, same, right) == expected


# Every two of the ledger's dates; the second is the earlier one, where it should be the later or
# where no order is asked, and all others are of its day. Whether that is named; what the home then
# is, on 31 October, when both days have come; and when the first is still to come, tomorrow.
# An acceptance before a step that it rests on is no evidence of either; a stove may be long gone.
TWISTED = [
    ("signed_on", "installed_on", True, "unknown", "unknown"),
    ("signed_on", "energised_on", True, "unknown", "unknown"),
    ("signed_on", "accepted_on", True, "unknown", "unknown"),
    ("signed_on", "stove_removed_on", True, "unknown", "unknown"),
    ("signed_on", "coal_removed_on", False, "unknown", "unknown"),
    ("installed_on", "energised_on", True, "unknown", "unknown"),
    ("installed_on", "accepted_on", True, "unknown", "unknown"),
    ("installed_on", "stove_removed_on", True, "unknown", "unknown"),
    ("installed_on", "coal_removed_on", False, "unknown", "unknown"),
    ("energised_on", "accepted_on", True, "unknown", "unknown"),
    ("energised_on", "stove_removed_on", True, "unknown", "unknown"),
    ("energised_on", "coal_removed_on", False, "unknown", "unknown"),
    # nothing rests on these
    ("accepted_on", "stove_removed_on", False, "cleared", "unknown"),
    ("accepted_on", "coal_removed_on", False, "cleared", "unknown"),
    ("stove_removed_on", "coal_removed_on", False, "cleared", "unknown"),
]


def test_the_table_has_every_pair():
    dates = [*STEPS, "stove_removed_on", "coal_removed_on"]
    assert [(first, second) for first, second, *_ in TWISTED] == list(combinations(dates, 2))
    assert [(first, second) for first, second, named, *_ in TWISTED if named] == sorted(
        PAIRS, key=lambda pair: [dates.index(name) for name in pair]
    )


@pytest.mark.parametrize(("first", "second", "named", "come", "to_come"), TWISTED)
def test_two_dates_the_wrong_way_round(  # noqa: PLR0917
    policy, judge_homes, first, second, named, come, to_come
):
    both = EMPTY | {first: "2024-06-04", second: "2024-06-03"}
    problems = [("dates_out_of_order", 2, second, "2024-06-03")] if named else []
    assert found(policy, both) == problems
    whole = dict.fromkeys(EMPTY, "2024-06-03") | {first: "2024-06-04"}
    # the other way round, and on one day, it is in order
    until = list(EMPTY).index(second)
    right = {name: f"2024-06-0{3 + (n >= until)}" for n, name in enumerate(EMPTY)}
    homes = [
        whole,
        whole | {first: "2024-11-01"},
        dict.fromkeys(EMPTY, "2024-06-03"),
        right,
    ]
    visits = [{"household_id": f"h{n}"} for n in range(4)]
    verdicts = judge_homes(homes, visits)["clearance"].tolist()
    assert verdicts == [come, to_come, "cleared", "cleared"]


@pytest.mark.parametrize(
    ("energised", "expected"),
    [("2024-06-01", "unknown"), ("2024-06-02", "cleared"), (None, "cleared")],
)
def test_a_device_energised_before_it_was_installed(judge_homes, energised, expected):
    home = {"signed_on": "2024-05-01", "installed_on": "2024-06-02", "energised_on": energised}
    judged = judge_homes([home], [{"household_id": "h0"}])
    assert judged["clearance"].tolist() == [expected]
    assert judged["why"].tolist() == ["dates_contradict" if expected == "unknown" else ""]


def test_the_latest_of_the_earlier_dates_is_named(policy):
    row = EMPTY | {
        "signed_on": "2024-06-03",
        "installed_on": "2024-06-05",
        "accepted_on": "2024-06-01",
    }
    ledger = town.households([{"household_id": "h0", **row}]).assign(status="placed")
    (problem,) = ledger_checks.date_problems(ledger, policy)
    assert "安装日期 2024-06-05" in problem.message.zh
    assert "installed_on 2024-06-05" in problem.message.en
    assert ledger_checks.date_problems(ledger.assign(status="rejected"), policy) == ()


@pytest.mark.parametrize(
    ("seasons", "energised", "removed", "early"),
    [
        # a season runs from 15 November (the deadline's day) to 15 March
        (0, "2023-11-15", "2023-11-16", False),
        (1, "2023-11-15", "2024-03-14", True),
        (1, "2023-11-15", "2024-03-15", False),
        (1, "2023-11-16", "2025-03-14", True),
        (1, "2023-11-16", "2025-03-15", False),
        (2, "2023-11-15", "2025-03-14", True),
        (2, "2023-11-15", "2025-03-15", False),
        (1, None, "2024-03-14", False),
    ],
)
@pytest.mark.parametrize("column", ["stove_removed_on", "coal_removed_on"])
def test_stable_seasons(tmp_path, column, seasons, energised, removed, early):  # noqa: PLR0917
    plan = town.policy(tmp_path, f"stable_seasons = {seasons}")  # in [clearance], the last table
    row = EMPTY | {"energised_on": energised, column: removed}
    expected = [("removed_too_early", 2, column, removed)] if early else []
    assert found(plan, row) == expected

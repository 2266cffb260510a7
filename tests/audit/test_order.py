"""Every pair of dates out of order is named, and no verdict rests on it."""

from itertools import combinations

import pytest
import town

from gis.audit import order

STEPS = ["signed_on", "installed_on", "energised_on", "accepted_on"]
PAIRS = [*combinations(STEPS, 2), *((step, "stove_removed_on") for step in STEPS[:3])]
EMPTY = dict.fromkeys([*STEPS, "stove_removed_on", "coal_removed_on"])


def found(policy, *rows):
    ledger = town.households([{"household_id": f"h{n}", **row} for n, row in enumerate(rows)])
    ledger["status"] = "placed"
    return [(p.code, p.row, p.column, p.value) for p in order.problems(ledger, policy)]


@pytest.mark.parametrize(("earlier", "later"), PAIRS)
def test_each_pair(policy, earlier, later):
    wrong = EMPTY | {earlier: "2024-06-02", later: "2024-06-01"}
    same = EMPTY | {earlier: "2024-06-01", later: "2024-06-01"}
    right = EMPTY | {earlier: "2024-06-01", later: "2024-06-02"}
    expected = [("dates_out_of_order", 2, later, "2024-06-01")]
    assert found(policy, wrong, same, right) == expected


@pytest.mark.parametrize(("earlier", "later"), PAIRS)
def test_a_pair_out_of_order_leaves_the_verdict_alone(judge_homes, earlier, later):
    home = dict.fromkeys(STEPS, "2024-06-05") | {"stove_removed_on": "2024-06-05"}
    home |= {earlier: "2024-06-04", later: "2024-06-03"}
    assert judge_homes([home], [{}])["clearance"].tolist() == ["cleared"]


def test_pairs_without_an_order(policy):
    after = {"accepted_on": "2024-06-02", "stove_removed_on": "2024-06-01"}
    coal = {"energised_on": "2024-06-02", "coal_removed_on": "2024-06-01"}
    assert found(policy, EMPTY | after, EMPTY | coal) == []


def test_the_latest_of_the_earlier_dates_is_named(policy):
    row = EMPTY | {
        "signed_on": "2024-06-03",
        "installed_on": "2024-06-05",
        "accepted_on": "2024-06-01",
    }
    ledger = town.households([{"household_id": "h0", **row}]).assign(status="placed")
    (problem,) = order.problems(ledger, policy)
    assert "安装日期 2024-06-05" in problem.message.zh
    assert "installed_on 2024-06-05" in problem.message.en
    assert order.problems(ledger.assign(status="rejected"), policy) == ()


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
    plan = town.policy(tmp_path, f"[clearance]\nstable_seasons = {seasons}")
    row = EMPTY | {"energised_on": energised, column: removed}
    expected = [("removed_too_early", 2, column, removed)] if early else []
    assert found(plan, row) == expected

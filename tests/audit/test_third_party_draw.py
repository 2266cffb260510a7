"""The random draw for third-party checks, and what its results say; figures worked by hand."""

import hashlib
from datetime import date

import pandas as pd
import pytest
import town
from scipy.stats import beta, hypergeom

from gis.audit.sampling import draw, sample_results, to_draw
from gis.policy.progress_rules import SamplingRules

DAY = date(2024, 10, 31)
LOTS = pd.DataFrame({"lot": ["1", "2", "3"], "contractor": ["甲公司", "乙公司", None]})
HOME = {"lot": "1", "acceptance_by": "third_party"}


def planned(tmp_path, **rules):
    lines = "\n".join(f"{key} = {value}" for key, value in rules.items())
    return town.policy(tmp_path, f"[sampling]\n{lines}\n")


def ids_of(made, facts):
    return facts.households["household_id"].iloc[made.homes["household"]].tolist()


def test_three_of_ten_are_those_with_the_smallest_hashes(facts_of, tmp_path):
    plan = planned(tmp_path, share=0.3, at_least=1, seed=7)
    facts = facts_of([HOME] * 10, plan=plan)
    made = draw(facts, LOTS, plan, DAY)
    names = [f"h{n}" for n in range(10)]
    by_hash = sorted(names, key=lambda one: hashlib.sha256(f"7:{one}".encode()).hexdigest())
    assert ids_of(made, facts) == by_hash[:3]
    assert made.homes["number"].tolist() == [1, 2, 3]
    assert made.frame_on == DAY
    assert made.strata.to_numpy().tolist() == [["140882001", "甲公司", 10, 3, 0]]
    other = planned(tmp_path, share=0.3, at_least=1, seed=8)
    assert ids_of(draw(facts, LOTS, other, DAY), facts) != by_hash[:3]


def test_the_order_of_the_rows_and_other_strata_change_nothing(facts_of, tmp_path):
    plan = planned(tmp_path, share=0.3, at_least=1, seed=7)
    homes = [HOME | {"household_id": f"h{n}", "lot": "12"[n % 2]} for n in range(20)]
    facts, turned = facts_of(homes, plan=plan), facts_of(homes[::-1], plan=plan)
    first, second = draw(facts, LOTS, plan, DAY), draw(turned, LOTS, plan, DAY)
    assert ids_of(first, facts) == ids_of(second, turned)
    assert len(first.homes) == 6
    alone = facts_of(homes[::2], plan=plan)
    assert ids_of(draw(alone, LOTS, plan, DAY), alone) == ids_of(first, facts)[-3:]


def test_homes_without_a_known_contractor_are_a_stratum_of_their_own(facts_of, tmp_path):
    plan = planned(tmp_path, share=0.5, at_least=1)
    lots = ["1", "2", "3", "9", None]  # 3 has no contractor, 9 is in no lot
    facts = facts_of([HOME | {"lot": lot} for lot in lots], plan=plan)
    strata = draw(facts, LOTS, plan, DAY).strata
    rows = strata[["contractor", "frame", "drawn"]].to_numpy().tolist()
    assert sorted(rows) == [["", 3, 2], ["乙公司", 1, 1], ["甲公司", 1, 1]]
    assert draw(facts, None, plan, DAY).strata["frame"].tolist() == [5]


@pytest.mark.parametrize(
    ("homes", "share", "at_least", "drawn"),
    [
        (10, 0.3, 3, 3),
        (10, 0.3, 4, 4),
        (10, 0.3, 2, 3),
        (3, 0.3, 4, 3),  # all of fewer
        (4, 0.3, 4, 4),
        (100, 0.07, 1, 7),  # 0.07 * 100 is more than 7 in binary
        (101, 0.07, 1, 8),
        (0, 0.3, 3, 0),
    ],
)
def test_the_share_rounded_up_and_at_least(homes, share, at_least, drawn):
    assert to_draw(homes, SamplingRules(share=share, at_least=at_least, seed=0)) == drawn


FRAME = [
    ({}, True),
    ({"acceptance_result": "fail"}, True),  # a home that failed stays in the frame
    ({"acceptance_result": None, "accepted_on": None}, True),  # in use, accepted by nobody yet
    ({"acceptance_result": None, "accepted_on": None, "energised_on": None}, False),
    ({"energised_on": "2024-10-31"}, True),
    ({"energised_on": "2024-11-01"}, False),
    ({"energised_on": None, "accepted_on": "2024-10-31"}, True),
    ({"energised_on": None, "accepted_on": "2024-11-01"}, False),
    ({"heating": "coal"}, False),
    ({"heating": "biomass"}, True),
    ({"plan_year": 2023}, False),
    ({"reject_reason": "duplicate_id"}, False),
]


def test_the_homes_that_are_drawn_from(facts_of, tmp_path):
    """All of the frame are drawn, so that who is drawn is who is in it."""
    plan = planned(tmp_path, share=1.0)
    facts = facts_of([HOME | home for home, _ in FRAME], as_of=date(2024, 12, 31), plan=plan)
    made = draw(facts, LOTS, plan, DAY)
    inside = [f"h{n}" for n, (_, drawn) in enumerate(FRAME) if drawn]
    assert sorted(ids_of(made, facts)) == sorted(inside)
    assert made.strata["frame"].sum() == len(inside)


def test_only_homes_of_modes_that_the_policy_leaves_to_a_third_party_are_drawn(facts_of, tmp_path):
    bodies = {"gas": ("housing_bureau", "third_party"), "electric": ("township",),
              "central": ("heating_centre",)}  # fmt: skip
    plan = planned(tmp_path, share=1.0)
    rules = plan.progress.model_copy(update={"recognised": bodies})
    plan = plan.model_copy(update={"progress": rules})
    homes = [HOME | {"heating": mode} for mode in ("gas", "gas", "electric", "central")]
    assert draw(facts_of(homes, plan=plan), LOTS, plan, DAY).strata["frame"].tolist() == [2]


def test_the_draw_stands_while_results_come_in(facts_of, tmp_path):
    plan = planned(tmp_path, share=0.5, at_least=1, frame_on="2024-10-31")
    later = date(2024, 12, 1)
    waiting = [HOME | {"acceptance_result": None, "accepted_on": None}] * 6
    facts = facts_of(waiting, as_of=later, plan=plan)
    before = draw(facts, LOTS, plan, later)
    back = [HOME | {"acceptance_result": "fail", "accepted_on": "2024-11-20"}] * 6
    back += [HOME | {"energised_on": "2024-11-02", "accepted_on": "2024-11-20"}] * 9
    facts = facts_of(back, as_of=later, plan=plan)
    after = draw(facts, LOTS, plan, later)
    assert before.homes["household"].tolist() == after.homes["household"].tolist()
    assert len(after.homes) == 3
    assert after.frame_on == DAY
    early = draw(facts, LOTS, plan, date(2024, 10, 1))  # the policy's day is still to come
    assert early.frame_on == date(2024, 10, 1)


def judged(facts_of, tmp_path, results):
    """Ten homes of which all with a result are drawn; the results of the first ones."""
    plan = planned(tmp_path, share=1.0)
    homes = [HOME | {"acceptance_result": None, "accepted_on": None} | one for one in results]
    facts = facts_of(homes, plan=plan)
    return sample_results(draw(facts, LOTS, plan, DAY), facts, DAY).iloc[0]


PASS = {"acceptance_result": "pass", "accepted_on": "2024-10-31"}
FAIL = {"acceptance_result": "fail", "accepted_on": "2024-10-31"}
LATER = {"accepted_on": "2024-11-01"}


def test_bounds_of_one_failure_among_four_of_ten(facts_of, tmp_path):
    row = judged(facts_of, tmp_path, [PASS, PASS, PASS, FAIL] + [{}] * 6)
    counts = ["frame", "drawn", "passed", "failed", "not_back"]
    assert row[counts].tolist() == [10, 10, 3, 1, 6]
    assert row["upper_rate"] == pytest.approx(beta.ppf(0.95, 2, 3))
    assert row["lower_rate"] == pytest.approx(beta.ppf(0.05, 1, 4))
    can = [n for n in range(1, 8) if hypergeom(10, n, 4).cdf(1) > 0.05]
    must = [n for n in range(1, 8) if hypergeom(10, n, 4).sf(0) > 0.05]
    assert (row["lower_count"], row["upper_count"]) == (min(must), max(can))
    assert row["sample_state"] == "failed"


@pytest.mark.parametrize(
    ("results", "state", "upper"),
    [
        ([{}] * 3, "none_back", None),
        ([PASS | {"acceptance_by": "township"}] * 3, "none_back", None),  # its own word
        ([PASS | LATER] * 3, "none_back", None),
        ([PASS | {"accepted_on": None}] * 3, "none_back", None),
        ([FAIL | LATER] * 3, "none_back", None),
        ([FAIL | {"accepted_on": None}] * 3, "failed", 3),
        ([PASS, {}, {}], "some_back", 2),
        ([PASS] * 3, "all_passed", 0),
        ([PASS, PASS, FAIL], "failed", 1),
    ],
)
def test_nothing_unknown_has_passed(facts_of, tmp_path, results, state, upper):
    row = judged(facts_of, tmp_path, results)
    assert row["sample_state"] == state
    if upper is None:
        assert row[["lower_count", "upper_count", "lower_rate", "upper_rate"]].isna().all()
    else:
        assert row["upper_count"] == upper


def test_results_of_homes_that_were_not_drawn_say_nothing(facts_of, tmp_path):
    plan = planned(tmp_path, share=0.3, at_least=1)
    facts = facts_of([HOME | FAIL] * 10, plan=plan)
    made = draw(facts, LOTS, plan, DAY)
    assert sample_results(made, facts, DAY)["failed"].tolist() == [3]

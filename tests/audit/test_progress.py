"""Completed, late and stock worked out by hand, on both sides of every date; totals that agree."""

import math
import random
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import town
from audit.cleared_home import NEXT, VILLAGE

from gis.audit import ledger_checks, progress
from gis.audit.conversion_stage import conversion_stages, unclear
from gis.audit.progress import forecast

UNIT = "140882001"


@pytest.fixture
def count(facts_of, policy):
    def counted(homes, targets=(), approach="electric", batch=(), as_of=town.AS_OF, **more):
        facts = facts_of(homes, [], as_of, **more)
        size = len(facts.households)
        plans = pd.DataFrame({"part": [""] * size, "approach": approach})
        plans["in_batch"] = [f"h{n}" in batch for n in range(size)]
        return progress.count_progress(
            facts, SimpleNamespace(households=plans), table(targets), policy, as_of
        )

    return counted


def table(rows):
    if rows is None:
        return None
    columns = ["unit_code", "unit", "electric", "gas", "central", "total"]
    made = pd.DataFrame([{"unit_code": UNIT, "unit": "u", **row} for row in rows], columns=columns)
    numbers = dict.fromkeys(columns[2:], "Int64")
    return made.astype({"unit_code": "str", "unit": "str"} | numbers)


def unit(counted, mode="electric"):
    rows = counted.units[counted.units["mode"] == mode]
    assert len(rows) == 1
    return rows.iloc[0]


STAGES = [
    # (completed, late, stock); the programme runs from 1 April to 15 November 2024
    ({"accepted_on": "2024-03-31"}, None, (0, 0, 1)),
    ({"accepted_on": "2024-04-01"}, None, (1, 0, 0)),
    ({"accepted_on": "2024-10-31"}, None, (1, 0, 0)),
    ({"accepted_on": "2024-11-01"}, None, None),  # still to come
    ({"accepted_on": "2024-11-15"}, "2024-12-01", (1, 0, 0)),
    ({"accepted_on": "2024-11-16"}, "2024-12-01", (0, 1, 0)),
    ({"accepted_on": "2024-12-01"}, "2024-12-01", (0, 1, 0)),
    ({"accepted_on": "2024-12-02"}, "2024-12-01", None),
    ({"plan_year": 2023}, None, (0, 0, 1)),
    ({"plan_year": 2023, "accepted_on": "2023-09-01"}, None, (0, 0, 1)),
    ({"plan_year": 2023, "accepted_on": "2024-11-20"}, "2024-12-01", (0, 0, 1)),
    ({"plan_year": None, "accepted_on": "2024-03-31"}, None, (0, 0, 1)),
    ({"plan_year": None}, None, None),
    ({"plan_year": 2025}, None, None),
    ({"acceptance_result": "fail"}, None, None),
    ({"acceptance_result": None}, None, None),
    ({"accepted_on": None}, None, None),
    ({"acceptance_by": "village"}, None, None),
    ({"acceptance_by": None}, None, (1, 0, 0)),
    ({"acceptance_by": "third_party"}, None, (1, 0, 0)),
    ({"heating": "coal", "occupancy": "vacant"}, None, None),
    ({"reject_reason": "duplicate_id"}, None, None),
    ({"occupancy": "vacant"}, None, (1, 0, 0)),
]


@pytest.mark.parametrize("as_of", [None, "2024-12-01"])
def test_each_stage(count, day, as_of):
    cases = [(home, expected) for home, when, expected in STAGES if when == as_of]
    towns = [(f"{UNIT}{n:03d}", (0, 1000 * n, 1000, 1000 * n + 1000)) for n in range(len(cases))]
    homes = [{"village_code": towns[n][0], **home} for n, (home, _) in enumerate(cases)]
    counted = count(homes, as_of=day(as_of) if as_of else town.AS_OF, villages=town.villages(towns))
    names = ["completed", "late", "stock"]
    assert set(counted.villages["mode"]) == {"electric"}
    found = counted.villages.set_index("village_code")[names]
    wrong = []
    for (code, _), (home, expected) in zip(towns, cases, strict=True):
        got = tuple(found.loc[code]) if code in found.index else (0, 0, 0)
        wrong += [(home, expected, got)] if got != (expected or (0, 0, 0)) else []
    assert wrong == []
    sums = [sum(expected[k] for _, expected in cases if expected) for k in range(3)]
    assert counted.units[names].sum().tolist() == sums
    assert counted.months["completed"].sum() == sums[0]


def test_the_mode_is_what_the_home_heats_with(count):
    modes = ["electric", "gas", "central", "biomass", "solar"]
    assert count([{"heating": mode} for mode in reversed(modes)]).units["mode"].tolist() == modes


def test_decided_and_batch_are_kept_apart_from_completed(count):
    coal = {"heating": "coal", "acceptance_result": None}
    homes = [
        {},
        coal,
        coal,
        {"accepted_on": "2020-01-01", "plan_year": 2020},
        coal | {"occupancy": "vacant"},
    ]
    counted = count(homes, [{"electric": 3}], batch={"h0", "h1"})
    row = unit(counted)
    names = ["target", "decided", "batch", "completed", "late", "stock", "remaining"]
    # all five have a route: two are finished, two to be converted, and one is vacant
    assert row[names].tolist() == [3, 5, 2, 1, 0, 1, 2]
    assert row["rate_needed_per_week"] == pytest.approx(2 / (15 / 7))
    assert row["unit"] == "t001"


def test_a_route_without_a_column_in_the_target_table_has_a_row_of_its_own(count):
    coal = {"heating": "coal", "acceptance_result": None}
    counted = count([coal, coal], [{"electric": 3}], approach=["biomass", "undecided"])
    assert counted.units[["mode", "decided"]].to_numpy().tolist() == [
        ["electric", 0],
        ["biomass", 1],
    ]
    assert pd.isna(unit(counted, "biomass")["target"])


@pytest.mark.parametrize(
    ("as_of", "rate"),
    [("2024-11-08", 1.0), ("2024-11-14", 7.0), ("2024-11-15", math.nan), ("2024-11-16", math.nan)],
)
def test_the_rate_needed(count, day, as_of, rate):
    counted = count([{"heating": "coal"}], [{"electric": 1}], as_of=day(as_of))
    assert unit(counted)["rate_needed_per_week"] == pytest.approx(rate, nan_ok=True)


def test_a_target_that_is_met_or_none(count):
    met = unit(count([{}, {}], [{"electric": 1}]))
    assert (met["remaining"], met["rate_needed_per_week"]) == (0, 0.0)
    none = unit(count([{}], [{"gas": 0, "total": 0}]))
    assert pd.isna(none["target"])
    assert pd.isna(none["remaining"])
    zero = unit(count([{}], [{"gas": 0}]), "gas")
    assert (zero["target"], zero["remaining"]) == (0, 0)
    assert pd.isna(unit(count([{}], None))["target"])


def test_targets_that_nothing_answers_for_are_problems(count):
    rows = [
        {"electric": 5},
        {"unit_code": None, "unit": "供热中心", "central": 9},
        {"unit_code": None, "unit": "供热中心"},
        {"unit_code": "999999999", "gas": 4},
        {"electric": 2},
    ]
    counted = count([{}], rows)
    assert sorted((p.code, p.value) for p in counted.problems) == [
        ("target_of_unknown_unit", "999999999"),
        ("target_twice", UNIT),
        ("target_without_code", "供热中心"),
    ]
    assert counted.units[["unit_code", "target"]].to_numpy().tolist() == [
        [UNIT, 7],
        ["999999999", 4],
        ["供热中心", 9],
    ]
    assert counted.units["unit"].tolist()[1:] == ["u", "供热中心"]  # as the target table calls it


def test_a_target_that_is_not_split_by_mode_needs_its_township_too(count):
    """A draft of a batch goes by such a total; under a wrong code there would be none."""
    rows = [{"unit_code": "999999999", "total": 4}, {"unit_code": "999999998", "total": None}]
    assert [(p.code, p.value) for p in count([{}], rows).problems] == [
        ("target_of_unknown_unit", "999999999")
    ]


def test_the_counts_of_a_unit_that_is_no_township_are_unknown_not_0(count):
    rows = [{"electric": 5}, {"unit_code": "999999999", "electric": 4}]
    units = count([{}], rows).units.set_index("unit_code")
    blank = ["decided", "batch", "completed", "late", "stock", "remaining", "rate_needed_per_week"]
    assert units.loc["999999999", blank].isna().all()
    assert units.loc["999999999", "ground_zh"] == "村界图层中没有这个单位"
    assert units.loc["999999999", "target"] == 4
    assert units.loc[UNIT, ["late", "remaining"]].tolist() == [0, 4]


NOWHERE = [
    ({"heating": "coal"}, "accepted_not_clean"),
    ({"heating": "none"}, "accepted_not_clean"),
    ({"heating": None}, "accepted_not_clean"),
    ({"plan_year": None}, "accepted_without_year"),
    ({"plan_year": 2025}, "accepted_of_later_year"),
    ({"plan_year": None, "accepted_on": "2024-03-31"}, None),
    ({"plan_year": None, "accepted_on": "2024-11-01"}, None),
    ({"plan_year": None, "reject_reason": "no_id"}, None),
]


def test_what_is_accepted_and_counts_nowhere_is_a_problem(count):
    problems = count([home for home, _ in NOWHERE]).problems
    assert {(p.layer, p.column) for p in problems} == {("households", "accepted_on")}
    assert {p.file for p in problems} == {"households.csv"}
    expected = [(row, code) for row, (_, code) in enumerate(NOWHERE, start=2) if code]
    assert sorted((p.row, p.code) for p in problems) == expected


def test_a_home_of_no_village_is_missing_from_the_townships_and_said_so(count):
    far = {"village_code": None, "x": 3000.0}  # beside all villages, yet near enough to be a place
    counted = count([{}, far])
    assert unit(counted)["completed"] == 1
    found = sorted((p.code, p.column, p.value) for p in counted.problems)
    assert found == [
        ("accepted_nowhere", "accepted_on", ""),
        ("sums_differ", "completed", "1"),
        ("sums_differ", "completed", "1"),
        ("sums_differ", "completed", "1"),
    ]


def test_sums_that_agree_and_sums_that_differ():
    homes = pd.DataFrame({"completed": [True, True], "late": False, "stock": [False, True]})
    good = pd.DataFrame({"completed": [2], "late": [0], "stock": [1]})
    assert ledger_checks.reconcile_sums(homes, good, good, good) == ()
    bad = good.assign(stock=2)
    (problem,) = ledger_checks.reconcile_sums(homes, good, bad, good)
    assert (problem.code, problem.column, problem.value) == ("sums_differ", "stock", "2")
    assert "按村合计 2 户，全市 1 户" in problem.message.zh


def test_months_and_villages(count):
    homes = [
        {"accepted_on": "2024-04-30"},
        {"accepted_on": "2024-05-01"},
        {"accepted_on": "2024-05-31", "village_code": NEXT},
        {"accepted_on": "2024-05-31"},
    ]
    counted = count(homes, batch={"h0", "h1"})
    # completed, and of them those of this year's programme
    assert counted.months.to_numpy().tolist() == [
        [UNIT, VILLAGE, "2024-04", "electric", 1, 1],
        [UNIT, VILLAGE, "2024-05", "electric", 2, 1],
        [UNIT, NEXT, "2024-05", "electric", 1, 0],
    ]
    assert counted.villages["completed"].tolist() == [3, 1]
    assert counted.problems == ()


def test_the_months_of_each_unit_and_mode(count):
    far = "140882002001"
    homes = [
        {"accepted_on": "2024-04-30"},
        {"accepted_on": "2024-06-01"},
        {"accepted_on": "2024-06-30", "village_code": NEXT},  # of the same township
        {"accepted_on": "2024-06-30", "heating": "gas"},
        {"accepted_on": "2024-05-10", "village_code": far, "x": 5500.0},
        {"accepted_on": "2024-03-31"},  # before the programme: stock, of no month
    ]
    towns = town.villages(
        [(VILLAGE, (0, 0, 1000, 1000)), (NEXT, (1000, 0, 2000, 1000)), (far, (5000, 0, 6000, 1000))]
    )
    counted = count(homes, [{"electric": 9, "central": 4}], villages=towns)
    table = counted.by_month()
    assert table.to_dict("list") == {
        "unit_code": [UNIT, UNIT, far[:9]],
        "unit": ["t001", "t001", "t002"],
        "mode": ["electric", "gas", "electric"],
        "2024-04": [1, 0, 0],
        "2024-05": [0, 0, 1],
        "2024-06": [2, 1, 0],
    }
    told = counted.with_months()
    assert told.drop(columns="months").equals(counted.units)
    assert (
        told[["unit_code", "mode", "months"]].to_numpy().tolist()
        == [
            [UNIT, "electric", {"2024-04": 1, "2024-05": 0, "2024-06": 2}],
            [UNIT, "gas", {"2024-04": 0, "2024-05": 0, "2024-06": 1}],
            [UNIT, "central", {}],  # a target, and nothing done yet
            [far[:9], "electric", {"2024-04": 0, "2024-05": 1, "2024-06": 0}],
        ]
    )


def test_an_empty_ledger_counts_nothing(count):
    counted = count([{"reject_reason": "no_id"}], [{"electric": 2}])
    assert counted.units["target"].tolist() == [2]
    assert counted.months.empty
    assert counted.by_month().empty
    assert counted.with_months()["months"].tolist() == [{}]
    none = count([{"reject_reason": "no_id"}])
    assert none.units.empty
    assert list(none.units.columns)[:3] == ["unit_code", "unit", "mode"]
    assert none.by_month().empty
    assert none.with_months().empty


WEEKLY = np.repeat(np.arange(12) * 7.0, 10)  # ten a week over twelve weeks, day 0 the first
MANY = 10_000  # more than any forecast reaches


@pytest.mark.parametrize(
    ("as_of", "deadline", "expected"),
    [
        # mean 10, variance 10 (Poisson, since none is seen): t(11) = 2.201, two weeks:
        # 20 +/- 2.201 x sqrt(10 x (2 + 4 / 12)) = 20 +/- 10.63
        (83.0, 97.0, (129, 151, "")),
        (83.0, 83.0, (120, 120, "")),
        (83.0, 82.0, (120, 120, "deadline_passed")),
    ],
)
def test_forecast_by_hand(as_of, deadline, expected):
    assert tuple(forecast(WEEKLY, as_of, 0.0, deadline, MANY)) == expected


@pytest.mark.parametrize(
    ("left", "low", "high"),
    # 120 are done and 9.37 to 30.63 are expected: of a list of `left` no more can come
    [(0, 120, 120), (8, 128, 128), (9, 129, 129), (10, 129, 130), (30, 129, 150), (31, 129, 151)],
)
def test_a_forecast_ends_where_its_list_does(left, low, high):
    assert tuple(forecast(WEEKLY, 83.0, 0.0, 97.0, left)) == (low, high, "")


@pytest.mark.parametrize(
    ("listed", "waiting", "high"),
    [
        (45, 5, 45),  # everybody of the list is done
        (48, 5, 48),  # three of the list wait, two wait without being on it
        (0, 5, 50),  # nobody is listed: all five that wait may come
        (0, 0, 45),
    ],
)
def test_the_list_that_is_forecast(count, listed, waiting, high):
    done = [
        {"accepted_on": f"2024-{month}-{day}"}
        for month in ("08", "09", "10")
        for day in range(10, 25)
    ]
    homes = done + [{"heating": "coal", "acceptance_result": None}] * waiting
    row = unit(count(homes, [{"electric": 60}], batch={f"h{n}" for n in range(listed)}))
    assert (row["completed"], row["forecast_high"]) == (45, high)


@pytest.mark.parametrize(
    ("homes", "approach", "decided"),
    [
        # finished by electricity in a village of the mains: what it heats with
        ([{}, {"heating": "coal"}], "central", {"electric": 1, "central": 1}),
        # a village that is done: what its homes heat with; one that burns coal has no route
        ([{}, {"heating": "gas"}, {"heating": "coal"}], "done", {"electric": 1, "gas": 1}),
        # vacant or to be demolished, the route of the village is theirs too
        ([{"heating": "none", "occupancy": "vacant"}, {"occupancy": "demolition"}], "electric",
         {"electric": 2}),
        ([{"heating": "coal"}, {"heating": "central"}], "undecided", {"central": 1}),
        ([{"heating": "coal", "reject_reason": "no_id"}, {}], "electric", {"electric": 1}),
    ],
)  # fmt: skip
def test_decided_counts_every_home_with_a_route(count, homes, approach, decided):
    units = count(homes, approach=approach).units
    assert dict(zip(units["mode"], units["decided"], strict=True)) == decided


@pytest.mark.parametrize(
    ("days", "as_of", "begins", "note"),
    [
        (WEEKLY[:40], 27.0, 0.0, ""),  # four whole weeks
        (WEEKLY[:40], 26.0, 0.0, "too_little"),
        (WEEKLY[:10], 27.0, 0.0, ""),  # ten homes
        (WEEKLY[:9], 27.0, 0.0, "too_little"),
        (WEEKLY, 200.0, 0.0, "too_little"),  # none in the last twelve weeks
        (WEEKLY[:0], 27.0, 0.0, "too_little"),
    ],
)
def test_too_little_to_say(days, as_of, begins, note):
    found = forecast(days, as_of, begins, as_of + 14, MANY)
    assert found.note == note
    assert (found.low is None) == (note == "too_little")


def test_a_forecast_never_goes_below_what_is_done_and_widens_with_the_scatter():
    uneven = np.repeat(np.arange(12) * 7.0, [0, 60, 0, 0, 40, 0, 0, 20, 0, 0, 0, 0])
    scattered, steady = (forecast(days, 83.0, 0.0, 97.0, MANY) for days in (uneven, WEEKLY))
    assert scattered.low == 120
    assert scattered.high > steady.high


def test_the_forecast_reaches_the_table(count):
    homes = [
        {"accepted_on": f"2024-{month}-{day}"}
        for month in ("08", "09", "10")
        for day in range(10, 25)
    ]
    row = unit(count(homes + [{"heating": "coal"}] * 15, [{"electric": 60}]))
    assert row["completed"] == 45
    assert 45 <= row["forecast_low"] < row["forecast_high"]
    assert row["forecast_note"] == ""
    late = unit(count([{}], [{"electric": 60}]))
    assert pd.isna(late["forecast_low"])
    assert late["forecast_note"] == "too_little"


TOWNS = [(f"{UNIT}001", (0, 0, 1000, 1000)), ("140882002001", (1000, 0, 2000, 1000))]


def generated(dice):
    """Homes of two townships, done in the autumn or waiting; each township has a list or none."""
    with_list = {code: dice.random() < 0.7 for code, _ in TOWNS}
    modes = {code: dice.choice([["electric"], ["electric", "gas"]]) for code, _ in TOWNS}
    homes = []
    for n in range(120):
        code, _ = TOWNS[n % 2]
        mode = dice.choice(["electric", "electric", "gas"])
        done = dice.random() < 0.6
        on = date(2024, 8, 1) + timedelta(days=dice.randrange(92))
        listed = with_list[code] and mode in modes[code] and dice.random() < 0.7
        homes.append(
            {"village_code": code, "heating": mode if done else "coal", "mode": mode,
             "in_programme": listed, "x": 100.0 + 1000 * (n % 2) + 5 * (n // 2)}
            | ({"accepted_on": on.isoformat()} if done else
               dict.fromkeys(("accepted_on", "acceptance_result")))
        )  # fmt: skip
    return homes


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 6))]
)
def test_no_forecast_exceeds_its_list(count, seed):
    """By day and mode: homes of the list and those done beside it; without a list all that wait."""
    homes = generated(random.Random(seed))
    rows = [{name: one[name] for name in one if name != "mode"} for one in homes]
    batch = {f"h{n}" for n, one in enumerate(homes) if one["in_programme"]}
    goals = [{"unit_code": code[:9], "electric": 60, "gas": 60} for code, _ in TOWNS]
    said = 0
    for as_of in (date(2024, 9, 15), date(2024, 10, 31), date(2024, 11, 15), date(2024, 11, 16)):
        made = count(rows, goals, [one["mode"] for one in homes], batch, as_of,
                     villages=town.villages(TOWNS))  # fmt: skip
        for row in made.units[made.units["forecast_high"].notna()].to_dict("records"):
            own = [one for one in homes if one["village_code"][:9] == row["unit_code"]]
            here = [one for one in own if one["mode"] == row["mode"]]
            done = [one for one in here if one["accepted_on"] and one["accepted_on"] <= str(as_of)]
            listed = sum(one["in_programme"] for one in here)
            beside = sum(not one["in_programme"] for one in done)
            waits = sum(one["accepted_on"] is None for one in here)
            most = listed + beside if any(one["in_programme"] for one in own) else len(done) + waits
            assert len(done) == row["completed"] <= row["forecast_low"] <= row["forecast_high"]
            assert row["forecast_high"] <= most, (as_of, row["unit_code"], row["mode"])
            said += 1
    assert said > 3


REPORTED = [
    # what the ledger says of a conversion, and whether it is one of 2024 without an acceptance
    ({}, True),
    ({"plan_year": 2023}, False),
    ({"plan_year": 2025}, False),
    ({"plan_year": None}, False),
    ({"plan_year": None, "installed_on": "2024-01-01"}, True),
    ({"plan_year": None, "installed_on": "2023-12-31"}, False),
    ({"plan_year": None, "installed_on": "2024-10-31"}, True),
    ({"plan_year": None, "installed_on": "2024-11-30"}, False),  # still to come
    ({"plan_year": None, "installed_on": "2024-12-31"}, True),  # as "2024" reads
    ({"plan_year": None, "installed_on": "2025-12-31"}, False),
    ({"plan_year": None, "energised_on": "2024-05-01"}, True),
    ({"plan_year": 2023, "installed_on": "2024-05-01"}, False),  # the year of the list decides
    ({"heating": "coal"}, False),
    ({"heating": None}, False),
    ({"acceptance_result": "fail"}, False),
    ({"acceptance_result": "pass"}, False),  # which is completed
    ({"acceptance_result": "pass", "acceptance_by": "village"}, True),
    ({"reject_reason": "duplicate_id"}, False),
]


def test_what_the_ledger_reports_without_an_acceptance_is_a_count_of_its_own(count):
    towns = [(f"{UNIT}{n:03d}", (0, 1000 * n, 1000, 1000 * n + 1000)) for n in range(len(REPORTED))]
    homes = [
        {
            "village_code": towns[n][0],
            "acceptance_result": None,
            "installed_on": None,
            "energised_on": None,
            **home,
        }
        for n, (home, _) in enumerate(REPORTED)
    ]
    counted = count(homes, villages=town.villages(towns))
    found = counted.villages.groupby("village_code")["reported"].sum()
    got = [bool(found.get(code, 0)) for code, _ in towns]
    assert got == [expected for _, expected in REPORTED]
    assert counted.units["reported"].sum() == sum(got)
    assert counted.units["completed"].sum() == 1


def test_it_rests_on_a_year_or_a_day_and_is_blank_without_both(count):
    told = ["plan_year", "installed_on", "energised_on"]
    for absent, known in ((told, False), (told[1:], True), (told[:2], True)):
        counted = count(
            [{"acceptance_result": None, "absent": ",".join(absent)}], [{"electric": 9}]
        )
        assert (unit(counted)["reported"] is not pd.NA) == known
        assert counted.unreported == {NEXT} | (set() if known else {VILLAGE})  # NEXT has no home


def test_a_batch_of_a_unit_without_a_listed_household_is_a_draft(count):
    coal = {"heating": "coal", "acceptance_result": None}
    for listed, draft in ((False, True), (True, False)):
        homes = [coal | {"in_programme": listed}, coal | {"in_programme": False}]
        counted = count(homes, [{"electric": 3}], batch={"h0"})
        assert unit(counted)["batch"] == 1
        assert bool(unit(counted)["batch_draft"]) is draft
        assert counted.drafts == (frozenset({UNIT}) if draft else frozenset())
    # no village fits: the draft is of nobody; without a target there is none
    assert count([coal], [{"electric": 3}]).drafts == {UNIT}
    assert count([coal], None).drafts == frozenset()


@pytest.mark.parametrize(
    ("on", "unread", "stage"),
    [
        ("2024-04-30", "", "completed"),
        ("2024-04-30", "accepted_on", None),  # "2024年4月": before or after the start on the 15th
        ("2024-05-31", "accepted_on", "completed"),
        ("2024-03-31", "accepted_on", "stock"),
        ("2024-11-30", "accepted_on", "late"),  # not shown to be in time
        ("2024-12-31", "accepted_on", "late"),  # "2024"
    ],
)
def test_an_acceptance_known_to_the_month_is_completed_only_if_it_must_be(
    policy, on, unread, stage
):
    plan = policy.plan.model_copy(update={"programme_start": date(2024, 4, 15)})
    policy = policy.model_copy(update={"plan": plan})
    home = {"heating": "electric", "acceptance_result": "pass", "plan_year": 2024.0}
    home |= {"accepted_on": pd.Timestamp(on), "unread": unread, "village_code": VILLAGE}
    home |= dict.fromkeys(("energised_on", "installed_on"), pd.NaT)
    ledger = pd.DataFrame([home])
    stages = conversion_stages(ledger, policy, date(2024, 12, 31)).iloc[0]
    assert [one for one in ("completed", "late", "stock") if stages[one]] == [stage] * bool(stage)
    nowhere = [
        code for code, mask in unclear(ledger, policy, date(2024, 12, 31)).items() if mask[0]
    ]
    assert nowhere == ([] if stage else ["accepted_day_unclear"])


BODIES = {"electric": ("third_party",), "central": ("heating_centre",), "gas": ("housing_bureau",)}
DONE = {"energised_on": "2024-10-01", "accepted_on": "2024-10-20", "acceptance_by": "third_party"}
RECOGNISED = [
    # (completed, late, stock, accepted, self_checked, awaiting), by the day of energising
    ({}, (1, 0, 0, 1, 0, 0)),
    ({"energised_on": "2024-03-31"}, (0, 0, 1, 0, 0, 0)),
    ({"energised_on": "2024-04-01"}, (1, 0, 0, 1, 0, 0)),
    ({"energised_on": "2024-11-15", "accepted_on": "2024-12-31"}, (1, 0, 0, 1, 0, 0)),
    ({"energised_on": "2024-11-16", "accepted_on": "2024-12-31"}, (0, 1, 0, 1, 0, 0)),
    ({"energised_on": None, "accepted_on": "2024-11-15"}, (1, 0, 0, 1, 0, 0)),
    ({"energised_on": None, "accepted_on": "2024-11-16"}, (0, 1, 0, 1, 0, 0)),
    ({"energised_on": "2025-01-01"}, (0, 0, 0, 0, 1, 0)),  # after as-of: not accepted yet
    ({"accepted_on": "2025-01-01"}, (0, 0, 0, 0, 0, 1)),
    ({"acceptance_by": "township"}, (0, 0, 0, 0, 1, 0)),
    ({"acceptance_by": "village"}, (0, 0, 0, 0, 1, 0)),
    ({"acceptance_by": None}, (0, 0, 0, 0, 1, 0)),
    ({"acceptance_result": "fail"}, (0, 0, 0, 0, 0, 0)),
    ({"acceptance_result": None}, (0, 0, 0, 0, 0, 1)),
    ({"acceptance_result": None, "energised_on": None}, (0, 0, 0, 0, 0, 0)),
    ({"plan_year": 2023}, (0, 0, 1, 0, 0, 0)),
    ({"plan_year": 2023, "acceptance_by": "township"}, (0, 0, 0, 0, 0, 0)),
    ({"heating": "central"}, (0, 0, 0, 0, 1, 0)),
    ({"heating": "central", "acceptance_by": "heating_centre"}, (1, 0, 0, 1, 0, 0)),
    ({"heating": "gas", "acceptance_by": "housing_bureau"}, (1, 0, 0, 1, 0, 0)),
    ({"heating": "gas", "acceptance_by": "heating_centre"}, (0, 0, 0, 0, 1, 0)),
]
STAGE_NAMES = ["completed", "late", "stock", "accepted", "self_checked", "awaiting"]


def ruled(policy, **rules):
    rules = {"recognised": BODIES, "deadline_applies_to": "energised_on", **rules}
    return policy.model_copy(update={"progress": policy.progress.model_copy(update=rules)})


def test_the_acceptance_that_the_policy_recognises(facts_of, policy):
    facts = facts_of([DONE | home for home, _ in RECOGNISED], [], plan=ruled(policy))
    stages = conversion_stages(facts.households, ruled(policy), date(2024, 12, 31))
    found = stages[STAGE_NAMES].astype(int).itertuples(index=False, name=None)
    assert [(home, got) for (home, _), got in zip(RECOGNISED, found, strict=True)] == RECOGNISED


def test_a_blank_author_counts_only_where_the_policy_says_so(facts_of, policy):
    for bodies, counts in ((("third_party",), False), (("third_party", "unnamed"), True)):
        plan = ruled(policy, recognised={"electric": bodies})
        facts = facts_of([DONE | {"acceptance_by": None}], [], plan=plan)
        stages = conversion_stages(facts.households, plan, date(2024, 12, 31)).iloc[0]
        assert bool(stages["completed"]) is counts


def test_a_sampled_lot_passes_its_homes_only_where_the_policy_says_so(facts_of, policy):
    own = DONE | {"acceptance_by": "township"}
    homes = [
        DONE | {"lot": "1"},
        own | {"lot": "1"},
        DONE | {"lot": "2"},
        DONE | {"lot": "2", "acceptance_result": "fail"},
        own | {"lot": "2"},
        DONE | {"lot": "3", "accepted_on": "2025-01-02"},  # the sample comes after as-of
        own | {"lot": "3"},
        own | {"lot": None},
        own | {"lot": "1", "acceptance_result": None},  # nobody has passed this one
    ]
    for passes, expected in (("sampled", [0, 2]), ("all", [0, 1, 2])):
        plan = ruled(policy, lot_passes=passes)
        facts = facts_of(homes, [], date(2024, 12, 31), plan=plan)
        stages = conversion_stages(facts.households, plan, date(2024, 12, 31))
        assert np.flatnonzero(stages["completed"]).tolist() == expected

"""Household by household: every fact of semantics 6 alone, on both sides of every date."""

import re

import pandas as pd
import pytest
import town
from audit.cleared_home import layer

from gis.audit.clearance import judge_zones
from gis.policy import read_policy

CLEAN = {}
FOUND = {"inspected_on": "2024-09-01", "finding": "coal_stored"}


def test_all_facts_true_is_cleared(verdict):
    assert verdict({}, [CLEAN]) == ("cleared", "")


LEDGER = [
    # a blank, or a date still to come, is a missing fact
    ({"stove_removed_on": None}, ("unknown", "stove_removal_missing")),
    ({"stove_removed_on": "2024-11-01"}, ("unknown", "stove_removal_missing")),
    ({"stove_removed_on": "2024-10-31"}, ("cleared", "")),
    ({"stove_removed_on": "2014-01-01"}, ("cleared", "")),  # a removal never goes stale
    ({"coal_removed_on": None}, ("unknown", "coal_removal_missing")),
    ({"coal_removed_on": "2024-11-01"}, ("unknown", "coal_removal_missing")),
    ({"coal_removed_on": "2024-10-31"}, ("cleared", "")),
    # acceptance
    ({"accepted_on": None}, ("unknown", "not_accepted")),
    ({"accepted_on": "2024-11-01"}, ("unknown", "not_accepted")),
    ({"accepted_on": "2024-10-31"}, ("cleared", "")),
    ({"acceptance_result": None}, ("unknown", "not_accepted")),
    ({"acceptance_result": "fail"}, ("not_cleared", "acceptance_failed")),
    (
        {"acceptance_result": "fail", "accepted_on": None},
        ("not_cleared", "acceptance_failed"),
    ),
    (
        {"acceptance_result": "fail", "accepted_on": "2024-11-01"},
        ("unknown", "not_accepted"),
    ),
    ({"acceptance_by": "village"}, ("unknown", "not_accepted")),
    ({"acceptance_by": "third_party"}, ("cleared", "")),
    ({"acceptance_by": None}, ("unknown", "not_accepted")),  # the others say who
    # what it heats with
    ({"heating": "coal"}, ("not_cleared", "heating_coal")),
    ({"heating": "none"}, ("not_cleared", "no_heating")),  # and somebody has been there
    ({"heating": None}, ("unknown", "heating_missing")),
    ({"heating": "central"}, ("cleared", "")),
    ({"heating": "gas"}, ("cleared", "")),
    ({"heating": "biomass"}, ("cleared", "")),
    ({"heating": "solar"}, ("cleared", "")),
]


def test_each_fact_of_the_ledger(verdicts):
    assert verdicts((home, [CLEAN], expected) for home, expected in LEDGER) == []


NO_HEATING = [
    # how it heats in truth is unknown until somebody has been there of late
    ([{"inspected_on": "2024-09-01"}], ("not_cleared", "no_heating")),  # 60 days
    ([{"inspected_on": "2024-08-31"}], ("unknown", "no_heating")),
    ([], ("unknown", "no_heating")),
    ([{"finding": "no_access"}], ("unknown", "no_heating")),
    ([{"finding": "stove_present"}], ("not_cleared", "stove_found")),
]


def test_a_home_without_heating_is_unknown_until_it_is_visited(verdicts, verdict):
    cases = [({"heating": "none"}, visits, expected) for visits, expected in NO_HEATING]
    assert verdicts(cases) == []
    assert verdict({"heating": "none", "occupancy": "vacant"}, [CLEAN]) == ("cleared", "")


def test_a_ledger_that_never_says_who_accepted_is_taken_at_its_word(verdict):
    assert verdict({"acceptance_by": None}, [CLEAN]) == ("cleared", "")


@pytest.mark.parametrize(
    ("stated", "by", "expected"),
    [
        ("", "township", ("cleared", "")),
        ("", "county", ("cleared", "")),
        ("", "village", ("unknown", "not_accepted")),
        ('gas = ["housing_bureau"]', "township", ("cleared", "")),
        ('electric = ["third_party"]', "township", ("unknown", "not_accepted")),
        ('electric = ["third_party"]', "third_party", ("cleared", "")),
        ('electric = ["village"]', "village", ("cleared", "")),
    ],
)
def test_any_outside_acceptance_clears_unless_the_policy_says_whose(
    judge, tmp_path, stated, by, expected
):
    """Completed counts go by the bodies that are shipped all the same."""
    own = re.sub(r"\[progress\.recognised\]\n(\w+ = .*\n)+", "", town.POLICY)
    (tmp_path / "policy.toml").write_text(f"{own}[progress.recognised]\n{stated}\n", "utf-8")
    plan = read_policy(tmp_path / "policy.toml")
    row = judge([{"acceptance_by": by}], [CLEAN], plan=plan).households.iloc[0]
    assert (row["clearance"], row["why"]) == expected
    assert plan.progress.bodies("biomass") == {"third_party"}


WRITTEN = [
    # a visit that was made, and nobody can read what it found
    ([{"finding": None, "inspected_on": "2024-10-25"}], ("unknown", "result_unread")),
    ([{"finding": None, "inspected_on": "2024-09-01"}], ("unknown", "result_unread")),
    ([{"finding": None, "inspected_on": "2024-11-01"}], ("cleared", "")),
    ([{"finding": None, "inspected_on": None}], ("cleared", "")),  # planned, not made
    (
        [{"finding": None, "inspected_on": "2024-09-01", "rectified_on": "2024-09-02"}],
        ("cleared", ""),
    ),
    ([{"finding": None, "inspected_on": "2024-06-30"}], ("cleared", "")),  # before it was converted
    ([{"finding": None, "inspected_on": "2024-07-01"}], ("unknown", "result_unread")),
    ([{"finding": None, "inspected_on": "2024-07-05"}], ("unknown", "result_unread")),
    # coal that was weighed is coal, whatever else was written
    ([{"coal_kg": 50.0}], ("not_cleared", "coal_found")),
    ([{"coal_kg": 0.0}], ("cleared", "")),
    (
        [{"coal_kg": 50.0, "inspected_on": "2024-09-01", "rectified_on": "2024-09-02"}],
        ("cleared", ""),
    ),
    ([{"coal_kg": 50.0, "finding": "no_access"}], ("not_cleared", "coal_found")),
    (
        [{"coal_kg": 50.0, "finding": "stove_present", "inspected_on": "2024-09-01"}],
        ("not_cleared", "stove_found"),
    ),
    # under an id that is missing or that differing rows have
    (
        [{"finding": "coal_stored", "inspected_on": "2024-09-01", "reject_reason": "no_id",
          "rectified_on": "2024-09-02"}],
        ("unknown", "recheck_missing"),
    ),
    (
        [{"finding": "coal_stored", "inspected_on": "2024-10-25",
          "reject_reason": "duplicate_id"}],
        ("not_cleared", "coal_found"),
    ),
]  # fmt: skip


def test_what_was_written_is_never_read_to_the_good(verdicts):
    assert verdicts(({}, [CLEAN, *visits], expected) for visits, expected in WRITTEN) == []


@pytest.mark.parametrize("reason", ["no_id", "duplicate_id"])
def test_a_clean_visit_in_doubt_shows_nothing(verdict, reason):
    assert verdict({}, [CLEAN | {"reject_reason": reason}]) == ("unknown", "never_visited")
    assert verdict({}, [CLEAN | {"coal_kg": 5.0, "inspected_on": "2024-07-01"}])[0] == "unknown"


VACANT = [
    ({}, ("cleared", "")),
    ({"heating": "coal"}, ("cleared", "")),
    ({"acceptance_result": None}, ("cleared", "")),
    ({"acceptance_result": "fail"}, ("cleared", "")),
    ({"stove_removed_on": None}, ("unknown", "stove_removal_missing")),
    ({"coal_removed_on": None}, ("unknown", "coal_removal_missing")),
    ({"occupancy_on": "2024-10-31", "heating": "coal"}, ("cleared", "")),
    # the record holds from a later day only: today the home may be lived in
    ({"occupancy_on": "2024-11-01", "heating": "coal"}, ("unknown", "occupancy_not_dated")),
    ({"occupancy_on": "2024-11-01"}, ("cleared", "")),
]


@pytest.mark.parametrize("occupancy", ["vacant", "demolition"])
def test_nobody_heats_a_vacant_home_or_one_being_demolished(verdicts, occupancy):
    cases = [({"occupancy": occupancy, **home}, [CLEAN], expected) for home, expected in VACANT]
    assert verdicts(cases) == []


UNSEEN = [
    ([], "never_visited"),
    ([{"finding": "no_access"}], "never_visited"),
    ([{"inspected_on": "2024-11-01"}], "never_visited"),
    ([{"inspected_on": None}], "never_visited"),
    ([{"household_id": "nobody"}], "never_visited"),
    ([{"inspected_on": "2024-08-31"}], "visit_stale"),  # 61 days
    ([{"inspected_on": "2024-08-31"}, {"finding": "no_access"}], "visit_stale"),
]


@pytest.mark.parametrize("occupancy", ["occupied", "vacant", "demolition"])
def test_without_a_fresh_clean_visit_nothing_is_cleared(verdicts, occupancy):
    cases = [({"occupancy": occupancy}, visits, ("unknown", why)) for visits, why in UNSEEN]
    assert verdicts(cases) == []


def test_a_visit_of_stale_days_is_still_fresh(verdict):
    assert verdict({}, [{"inspected_on": "2024-09-01"}]) == ("cleared", "")  # 60 days
    assert verdict({}, [{"inspected_on": "2024-10-31"}]) == ("cleared", "")


SINCE = [
    ({"rectified_on": "2024-09-05"}, ["2024-10-20"], "cleared"),
    ({"rectified_on": "2024-09-05"}, ["2024-09-05"], "cleared"),
    ({"rectified_on": "2024-09-05"}, ["2024-09-04"], "claimed"),  # before it was rectified
    ({"rectified_on": "2024-09-01"}, ["2024-09-02"], "cleared"),
    ({"rectified_on": "2024-09-01"}, ["2024-09-01"], "claimed"),  # which came first?
    ({"rectified_on": "2024-11-01"}, ["2024-10-20"], "half"),  # still to come
    ({"rectified_on": "2024-08-31"}, ["2024-10-20"], "half"),  # before it was found
    ({}, ["2024-10-20"], "half"),
    ({}, [], "not_cleared"),
    ({}, ["2024-08-31"], "not_cleared"),
    ({"rectified_on": "2024-09-05"}, [], "claimed"),
    ({"inspected_on": None}, ["2024-10-20"], "not_cleared"),  # nothing shows that it is older
    ({"inspected_on": "2024-11-01"}, ["2024-10-20"], "cleared"),
]


@pytest.mark.parametrize("finding", ["coal_stored", "coal_burned", "coal_sold", "stove_present"])
def test_a_finding_since_has_to_be_rectified_and_then_seen_clean(verdicts, finding):
    code = "stove_found" if finding == "stove_present" else "coal_found"
    # a stove after acceptance is answered by its rectification alone
    half = ("not_cleared", code) if finding == "stove_present" else ("unknown", "recheck_missing")
    meant = {"cleared": ("cleared", ""), "not_cleared": ("not_cleared", code), "half": half}
    meant["claimed"] = ("unknown", "recheck_missing")  # rectified, and not seen since
    cases = [
        (
            {},
            [{**FOUND, "finding": finding, **found}, *({"inspected_on": on} for on in days)],
            meant[word],
        )
        for found, days, word in SINCE
    ]
    assert verdicts(cases) == []


REMOVALS = [
    # (stove removed, coal removed) against a finding of 5 July; accepted on 1 August
    ("coal_stored", ("07-04", "07-06"), "cleared"),
    ("coal_stored", ("07-06", "07-05"), "unknown"),
    ("coal_stored", ("07-06", "07-04"), "unknown"),
    ("coal_sold", ("07-04", "07-06"), "cleared"),
    ("coal_burned", ("07-06", "07-06"), "cleared"),
    ("coal_burned", ("07-05", "07-06"), "unknown"),  # burned in what, once the stove was gone
    ("coal_burned", ("07-06", "07-05"), "unknown"),
    ("stove_present", ("07-06", "07-04"), "cleared"),
    ("stove_present", ("07-05", "07-06"), "unknown"),
    ("stove_present", ("07-04", "07-06"), "unknown"),
    ("device_unused", ("07-04", "07-04"), "cleared"),
]


def test_a_finding_from_before_the_removal_is_none_since(verdicts, judge_homes):
    cases = []
    for finding, (stove, coal), expected in REMOVALS:
        home = {"stove_removed_on": f"2024-{stove}", "coal_removed_on": f"2024-{coal}"}
        found = {"inspected_on": "2024-07-05", "finding": finding}
        cases.append((home | {"accepted_on": "2024-08-01"}, [found, CLEAN], expected))
    cases = [
        (
            home,
            visits,
            (word, {"cleared": "", "not_cleared": "coal_found"}.get(word, "recheck_missing")),
        )
        for home, visits, word in cases
    ]
    assert verdicts(cases) == []
    # and a removal never stands in for the visit that has to follow
    unseen = judge_homes(
        [home for home, _, _ in cases],
        [visits[0] | {"household_id": f"h{n}"} for n, (_, visits, _) in enumerate(cases)],
    )
    assert not (unseen["clearance"] == "cleared").any()


@pytest.mark.parametrize(
    ("accepted_on", "expected"),
    [
        ("2024-09-02", ("cleared", "")),
        ("2024-09-01", ("not_cleared", "stove_found")),
        ("2024-08-31", ("not_cleared", "stove_found")),
    ],
)
def test_a_stove_on_or_after_acceptance_is_false_until_rectified(verdict, accepted_on, expected):
    home = {"accepted_on": accepted_on, "stove_removed_on": "2024-10-01"}
    found = {**FOUND, "finding": "stove_present"}
    assert verdict(home, [found, CLEAN]) == expected
    rectified = {**found, "rectified_on": "2024-09-10"}
    assert verdict(home, [rectified, CLEAN]) == ("cleared", "")


def test_one_finding_that_stands_outweighs_all_that_are_settled(verdict):
    settled = {**FOUND, "rectified_on": "2024-09-02"}
    assert verdict({}, [settled, settled, CLEAN])[0] == "cleared"
    assert verdict({}, [settled, FOUND, CLEAN]) == ("unknown", "recheck_missing")
    after = {**FOUND, "inspected_on": "2024-10-21"}
    assert verdict({}, [settled, CLEAN, after]) == ("not_cleared", "coal_found")
    same_day = {**FOUND, "inspected_on": "2024-10-20"}
    assert verdict({}, [CLEAN, same_day]) == ("not_cleared", "coal_found")


@pytest.mark.parametrize(
    ("inspected", "unread", "expected"),
    [
        ("2024-09-02", "", ("cleared", "")),
        ("2024-09-01", "rectified_on", ("cleared", "")),  # all of September is after it
        ("2024-09-02", "rectified_on", ("unknown", "recheck_missing")),
    ],
)
def test_a_rectification_known_to_the_month_may_lie_before_its_finding(
    verdict, inspected, unread, expected
):
    """2024年9月 is held as the 30th of September."""
    found = {**FOUND, "inspected_on": inspected, "rectified_on": "2024-09-30", "unread": unread}
    assert verdict({}, [found, CLEAN | {"unread": ""}]) == expected


SEASON = {"accepted_on": "2023-11-15", "stove_removed_on": "2023-11-20"}
SEASON |= dict.fromkeys(("signed_on", "installed_on", "energised_on"), "2023-11-15")


STEPS = ("signed_on", "installed_on", "energised_on", "accepted_on")
USED = [
    ({"heating_kwh": 200.0}, ("cleared", ""), False),
    ({"heating_kwh": 199.9}, ("unknown", "suspected_unused"), True),
    ({"heating_kwh": 199.9, "season": "2023-2024"}, ("unknown", "suspected_unused"), True),
    ({"heating_kwh": 0.0}, ("unknown", "suspected_unused"), True),
    ({"heating_kwh": -5.0}, ("unknown", "use_not_shown"), False),
    ({"heating_kwh": None}, ("unknown", "use_not_shown"), False),
    ({"heating_kwh": 900.0, "season": "2022-2023"}, ("unknown", "use_not_shown"), False),
    ({"heating_kwh": 0.0, "season": "2022-2023"}, ("unknown", "use_not_shown"), False),
    ({"heating_kwh": 900.0, "season": "2024-2025"}, ("unknown", "use_not_shown"), False),
    # of which season, nobody can read: no blank, which would be the last one
    ({"heating_kwh": 900.0, "unread": "season"}, ("unknown", "use_not_shown"), False),
    ({"heating_kwh": 0.0, "unread": "season"}, ("unknown", "use_not_shown"), False),
    # energised after the season had begun: the acceptance was its test run; the day of acceptance
    # says nothing of a device that ran, or stood, all that season
    (
        {"heating_kwh": 0.0, "energised_on": "2023-11-16", "accepted_on": "2023-11-16"},
        ("cleared", ""),
        False,
    ),
    # all in "2023年11月", held as its last day: it may have stood idle all that season
    (
        {"heating_kwh": 0.0, **dict.fromkeys(STEPS, "2023-11-30"), "unread": ",".join(STEPS)},
        ("unknown", "use_not_shown"),
        False,
    ),
    ({"heating_kwh": 0.0, **dict.fromkeys(STEPS, "2023-11-30")}, ("cleared", ""), False),
    ({"heating_kwh": 0.0, "accepted_on": "2024-07-01"}, ("unknown", "suspected_unused"), True),
    ({"heating_kwh": 199.9, "accepted_on": "2024-07-01"}, ("unknown", "suspected_unused"), True),
    ({"heating_kwh": 200.0, "accepted_on": "2024-07-01"}, ("cleared", ""), False),
    ({"heating_kwh": None, "accepted_on": "2024-07-01"}, ("unknown", "use_not_shown"), False),
    # energised nobody knows when: installed by then, it may have run
    (
        {"heating_kwh": 0.0, "energised_on": None, "accepted_on": "2024-07-01"},
        ("unknown", "use_not_shown"),
        False,
    ),
    (
        {"heating_kwh": 200.0, "energised_on": None, "accepted_on": "2024-07-01"},
        ("cleared", ""),
        False,
    ),
    (
        {"heating_kwh": None, "energised_on": None, "accepted_on": "2024-07-01"},
        ("cleared", ""),
        False,
    ),
    (
        {
            "heating_kwh": 0.0,
            "energised_on": None,
            "installed_on": "2023-11-16",
            "accepted_on": "2024-07-01",
        },
        ("cleared", ""),
        False,
    ),
    # empty that winter: unknown, not guilty
    ({"heating_kwh": 0.0, "occupancy_on": "2023-11-16"}, ("unknown", "use_not_shown"), False),
    (
        {"heating_kwh": 0.0, "occupancy_on": "2023-11-15"},
        ("unknown", "suspected_unused"),
        True,
    ),
    ({"heating_kwh": 0.0, "occupancy": "vacant"}, ("cleared", ""), False),
    ({"heating_kwh": 0.0, "heating": "central"}, ("cleared", ""), False),
    ({"heating": "gas", "heating_m3": 0.0}, ("unknown", "suspected_unused"), True),
    ({"heating": "gas", "heating_m3": 1.0}, ("cleared", ""), False),
    ({"heating": "gas", "heating_kwh": 900.0}, ("unknown", "use_not_shown"), False),
    # the meter of the whole home: much of it shows no heating, and a visit is use; too little is
    # low
    ({"heating_kwh": 900.0, "heating_kwh_basis": "total"}, ("cleared", ""), False),
    ({"heating_kwh": 199.9, "heating_kwh_basis": "total"}, ("unknown", "suspected_unused"), True),
    ({"heating_kwh": 900.0, "heating_kwh_basis": "separate_meter"}, ("cleared", ""), False),
    ({"heating_kwh": 900.0, "heating_kwh_basis": "total_minus_baseline"}, ("cleared", ""), False),
]


def test_use_by_the_meter_of_the_last_full_season(judge_homes):
    homes = [SEASON | home for home, _, _ in USED]
    metered = {"heating_kwh": 900.0, "heating_m3": 9.0}
    visits = [{"household_id": f"h{n}"} for n in range(len(USED))]
    table = judge_homes([*homes, SEASON | metered], visits)
    found = list(zip(table["clearance"], table["why"], table["suspected_unused"], strict=True))
    wrong = [
        (home, (*expected, unused), got)
        for (home, expected, unused), got in zip(USED, found, strict=False)
        if (*expected, unused) != got
    ]
    assert wrong == []
    assert not table["unused"].any()  # nobody has found one idle


def test_without_a_meter_column_a_fresh_clean_visit_is_use(verdict):
    assert verdict(SEASON, [CLEAN]) == ("cleared", "")
    assert verdict(SEASON, [{"inspected_on": "2024-08-31"}]) == ("unknown", "visit_stale")


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [("2025-03-14", "cleared"), ("2025-03-15", "unknown")],  # 2024-2025 ends on 15 March
)
def test_the_first_full_season_ends_the_test_run(judge_homes, day, as_of, expected):
    homes = [{}, {"household_id": "h1", "heating_kwh": 900.0, "season": "2023-2024"}]
    visit = {"inspected_on": "2025-03-10"}
    judged = judge_homes(homes, [visit], as_of=day(as_of))
    assert judged.loc[0, "clearance"] == expected


@pytest.mark.parametrize(
    ("found", "visits", "expected", "unused"),
    [
        ({}, ["2024-10-20"], ("unknown", "use_not_shown"), True),
        ({}, [], ("not_cleared", "device_unused"), True),
        ({"rectified_on": "2024-09-05"}, ["2024-10-20"], ("cleared", ""), False),
        (
            {"inspected_on": "2024-06-30"},
            ["2024-10-20"],
            ("cleared", ""),
            False,
        ),  # before it was accepted
        ({"inspected_on": "2024-07-01"}, ["2024-10-20"], ("unknown", "use_not_shown"), True),
    ],
)
def test_a_device_found_idle(judge_homes, found, visits, expected, unused):
    idle = {"inspected_on": "2024-09-01", "finding": "device_unused", **found}
    judged = judge_homes([{}], [idle, *({"inspected_on": day} for day in visits)]).loc[0]
    assert (judged["clearance"], judged["why"]) == expected
    assert judged["unused"] == unused


USED_AGAIN = [
    # (rectified on, kWh of the season that began on 15 November 2023, still 改而不用)
    ("2023-11-15", 900.0, False),
    ("2023-11-15", 200.0, False),
    ("2023-11-15", 199.9, True),
    ("2023-11-15", None, True),
    ("2023-11-16", 900.0, True),  # that season may have been heated before it was found idle
    (None, 900.0, True),
]


def test_a_season_s_reading_shows_a_rectified_device_in_use_again(judge_homes):
    early = dict.fromkeys(
        ("signed_on", "installed_on", "energised_on", "accepted_on"), "2022-11-01"
    )
    homes = [SEASON | early | {"heating_kwh": kwh} for _, kwh, _ in USED_AGAIN]
    idle = {"inspected_on": "2023-03-01", "finding": "device_unused"}
    visits = [
        idle | {"household_id": f"h{n}", "rectified_on": on}
        for n, (on, _, _) in enumerate(USED_AGAIN)
    ]
    judged = judge_homes(homes, visits)
    assert judged["unused"].tolist() == [unused for _, _, unused in USED_AGAIN]
    # a reading shows the device in use, and is no visit
    assert judged.loc[0, ["clearance", "why"]].tolist() == ["unknown", "visit_stale"]


def test_an_idle_device_is_not_held_against_a_vacant_home(verdict):
    idle = {"inspected_on": "2024-10-21", "finding": "device_unused"}
    assert verdict({"occupancy": "vacant"}, [CLEAN, idle]) == ("cleared", "")


def test_a_rejected_row_is_never_cleared(verdict):
    assert verdict({"reject_reason": "duplicate_id"}, [CLEAN]) == ("unknown", "rejected")
    assert verdict({"reject_reason": "duplicate_id", "heating": "coal"}, [CLEAN])[0] == "unknown"


def test_the_columns_and_the_index_of_the_verdicts(judge):
    table = judge([{}, {"household_id": "h1"}], [CLEAN, {**FOUND, "household_id": "h1"}]).households
    assert table.index.tolist() == [0, 1]
    assert table["last_visit_on"].dt.strftime("%m-%d").tolist() == ["10-20", "09-01"]
    assert table["last_clean_on"].dt.strftime("%m-%d").fillna("").tolist() == ["10-20", ""]
    facts = table[["device", "stove_removed", "coal_removed", "findings", "visited"]]
    assert facts.to_numpy().tolist() == [[1, 1, 1, 1, 1], [1, 1, 1, -1, 0]]


SEASON_RULE = [
    # (as of, last clean visit, expected); the seasons begin on 15 November
    ("2024-11-14", "2023-11-15", "cleared"),  # before this season, one of the last is enough
    ("2024-11-14", "2023-11-14", "unknown"),
    ("2024-11-15", "2024-11-14", "unknown"),  # in the season, one of this season
    ("2024-11-15", "2024-11-15", "cleared"),
    ("2025-03-15", "2024-11-15", "cleared"),
    ("2025-03-16", "2024-11-15", "cleared"),
    ("2025-03-16", "2024-11-14", "unknown"),
    ("2025-11-14", "2024-11-15", "cleared"),
    ("2025-11-15", "2024-11-15", "unknown"),
]
EARLY = dict.fromkeys(("signed_on", "installed_on", "energised_on", "accepted_on"), "2023-09-01")
REMOVED = {"stove_removed_on": "2023-09-02", "coal_removed_on": "2023-09-02"}
OLD_HOME = EARLY | REMOVED | {"heating": "central"}


def by_season(policy, **more):
    clearance = policy.clearance.model_copy(update={"fresh": "season", **more})
    return policy.model_copy(update={"clearance": clearance})


@pytest.mark.parametrize("case", SEASON_RULE)
def test_a_visit_is_fresh_for_its_season(judge_homes, policy, day, case):
    as_of, seen, expected = case
    plan = by_season(policy)
    table = judge_homes([OLD_HOME], [{"inspected_on": seen}], as_of=day(as_of), plan=plan)
    assert table.loc[0, "clearance"] == expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [("2024-12-01", "cleared"), ("2024-11-30", "unknown"), ("2024-11-20", "unknown")],
)
def test_stale_days_bind_a_home_with_a_finding(judge_homes, policy, day, seen, expected):
    found = {"finding": "coal_stored", "inspected_on": "2024-03-01", "rectified_on": "2024-03-02"}
    visits = [found, {"inspected_on": seen}]
    plan = by_season(policy)
    table = judge_homes([OLD_HOME], visits, as_of=day("2025-01-30"), plan=plan)  # 60 days
    assert table.loc[0, "clearance"] == expected
    free = judge_homes([OLD_HOME], visits[1:], as_of=day("2025-01-30"), plan=plan)
    assert free.loc[0, "clearance"] == "cleared"


def test_stale_days_do_not_replace_the_season(judge_homes, policy, day):
    found = {"finding": "coal_stored", "inspected_on": "2024-03-01", "rectified_on": "2024-03-02"}
    visits = [found, {"inspected_on": "2024-11-14"}]
    table = judge_homes([OLD_HOME], visits, as_of=day("2024-11-16"), plan=by_season(policy))
    assert table.loc[0, ["clearance", "why"]].tolist() == ["unknown", "visit_stale"]


SWEPT = [
    ({}, "cleared"),
    ({"swept_on": "2024-11-15"}, "cleared"),
    ({"swept_on": "2024-11-14"}, "unknown"),  # last season's
    ({"swept_on": "2024-12-02"}, "unknown"),  # still to come
    ({"swept_on": None}, "unknown"),
    ({"document_no": None}, "unknown"),  # nobody has signed it
    ({"document_no": " "}, "unknown"),
    ({"household_id": "another"}, "unknown"),
    ({"household_id": None}, "unknown"),
    ({"village_code": "140882001002"}, "unknown"),
]


def test_a_signed_sweep_of_the_village_that_lists_the_home(facts_of, policy, day):
    """Homes beside each other, each with a sweep of its own."""
    usual = {"village_code": "140882001001", "document_no": "文1", "swept_on": "2024-11-20"}
    ids = [f"h{n}" for n in range(len(SWEPT))]
    rows = [usual | {"household_id": one} | sweep
            for one, (sweep, _) in zip(ids, SWEPT, strict=True)]  # fmt: skip
    sweeps = pd.DataFrame(rows).assign(swept_on=lambda t: pd.to_datetime(t["swept_on"]))
    plan, as_of = by_season(policy), day("2024-12-01")
    facts = facts_of([OLD_HOME] * len(ids), as_of=as_of, plan=plan)
    old = {"inspected_on": "2024-10-20", "finding": "clean"}
    visits = layer([old | {"household_id": one} for one in ids])
    table = judge_zones(facts, visits, None, None, None, plan, as_of, sweeps).households
    assert table["clearance"].tolist() == [expected for _, expected in SWEPT]
    # a sweep is no visit after a finding
    found = {"inspected_on": "2024-10-20", "finding": "coal_stored", "rectified_on": "2024-10-21"}
    visits = layer([found | {"household_id": one} for one in ids])
    table = judge_zones(facts, visits, None, None, None, plan, as_of, sweeps).households
    assert set(table["clearance"]) == {"unknown"}


NEVER = [
    ({}, [], "cleared"),
    ({"never_coal": False}, [], "unknown"),
    ({"never_coal": None}, [], "unknown"),
    ({"heating": "coal"}, [], "not_cleared"),
    # what was found contradicts the record, so that the dates of removal are missing
    ({}, [{"finding": "coal_stored", "inspected_on": "2024-09-01", "rectified_on": "2024-09-02"}],
     "unknown"),
    ({}, [{"finding": "device_unused", "inspected_on": "2024-09-01", "rectified_on": "2024-09-02"}],
     "cleared"),
]  # fmt: skip


@pytest.mark.parametrize(("home", "visits", "expected"), NEVER)
def test_a_home_that_never_burned_coal_needs_no_removal(verdict, home, visits, expected):
    flat = {"never_coal": True, "stove_removed_on": None, "coal_removed_on": None} | home
    assert verdict(flat, [CLEAN, *visits])[0] == expected


def test_coal_that_is_merely_found_is_left_until_it_is_settled(judge_homes):
    found = {"inspected_on": "2024-09-01", "finding": "coal_stored"}
    cases = [[found], [found | {"rectified_on": "2024-09-02"}],
             [found | {"rectified_on": "2024-09-02"}, CLEAN], [found | {"finding": "coal_burned"}],
             [found | {"finding": "coal_sold"}], [CLEAN]]  # fmt: skip
    visits = [{"household_id": f"h{n}"} | v for n, own in enumerate(cases) for v in own]
    table = judge_homes([{} for _ in cases], visits)
    assert table["coal_left"].tolist() == [True, True, False, False, True, False]

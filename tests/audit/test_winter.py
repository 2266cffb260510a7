"""A township's winter of twenty homes, worked out by hand for the days around every change.

The season runs from 15 November 2024 to 15 March 2025; a clean visit of the season, or a signed
sweep, clears; a home with a finding needs one within 60 days.
"""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from audit.cleared_home import NEXT, VILLAGE, layer
from shapely.geometry import box

from gis.audit.clearance import judge_zones
from gis.audit.conversion_stage import conversion_stages

FIRST, LAST = date(2024, 11, 1), date(2025, 3, 31)
DONE = {"device": "ashp_air", "acceptance_by": "third_party"}


def on(day, **said):
    return {"inspected_on": day, "finding": "clean", **said}


def found(day, kind, rectified=None):
    return {"inspected_on": day, "finding": kind, "rectified_on": rectified}


# (home, visits, its verdicts: from which day it is cleared "c", unknown "u", not cleared "n")
HOMES = [
    # visited in October alone: clear until the season begins
    ({}, [on("2024-10-20")], [("2024-11-01", "c"), ("2024-11-15", "u")]),
    # visited in October and again on 1 December
    ({}, [on("2024-10-20"), on("2024-12-01")],
     [("2024-11-01", "c"), ("2024-11-15", "u"), ("2024-12-01", "c")]),
    # listed by the sweep of 20 November
    ({}, [on("2024-10-20")], [("2024-11-01", "c"), ("2024-11-15", "u"), ("2024-11-20", "c")]),
    # coal found on 10 December, rectified on the 12th, seen clean on the 15th, for 60 days
    ({}, [on("2024-12-01"), found("2024-12-10", "coal_stored", "2024-12-12"), on("2024-12-15")],
     [("2024-11-01", "u"), ("2024-12-01", "c"), ("2024-12-10", "n"), ("2024-12-12", "u"),
      ("2024-12-15", "c"), ("2025-02-14", "u")]),
    # coal burned and never rectified
    ({}, [on("2024-12-01"), found("2025-01-05", "coal_burned")],
     [("2024-11-01", "u"), ("2024-12-01", "c"), ("2025-01-05", "n")]),
    # nobody at home: no visit
    ({}, [on("2024-12-01", finding="no_access")], [("2024-11-01", "u")]),
    # accepted on 5 December
    ({"accepted_on": "2024-12-05", "energised_on": "2024-11-10"}, [on("2024-12-01")],
     [("2024-11-01", "u"), ("2024-12-05", "c")]),
    # the acceptance of the township alone is none
    ({"acceptance_by": "township"}, [on("2024-12-01")], [("2024-11-01", "u")]),
    # the old stove went on 10 January
    ({"stove_removed_on": "2025-01-10"}, [on("2024-12-01")],
     [("2024-11-01", "u"), ("2025-01-10", "c")]),
    # still on coal
    ({"heating": "coal", "acceptance_result": None, "accepted_on": None}, [on("2024-12-01")],
     [("2024-11-01", "n")]),
    # vacant, visited
    ({"occupancy": "vacant", "heating": "coal", "acceptance_result": None, "accepted_on": None},
     [on("2024-12-01")], [("2024-11-01", "u"), ("2024-12-01", "c")]),
    # being demolished, by a record of 1 January
    ({"occupancy": "demolition", "occupancy_on": "2025-01-01", "heating": "coal",
      "acceptance_result": None, "accepted_on": None}, [on("2024-12-01")],
     [("2024-11-01", "u"), ("2025-01-01", "c")]),
    # a flat that never burned coal
    ({"never_coal": True, "stove_removed_on": None, "coal_removed_on": None, "heating": "central",
      "acceptance_by": "heating_centre"}, [on("2024-11-15")],
     [("2024-11-01", "u"), ("2024-11-15", "c")]),
    # found idle on 20 January, rectified and seen in use on 1 February
    ({}, [on("2024-12-01"), found("2025-01-20", "device_unused", "2025-01-31"), on("2025-02-01")],
     [("2024-11-01", "u"), ("2024-12-01", "c"), ("2025-01-20", "n"), ("2025-01-31", "u"),
      ("2025-02-01", "c")]),
    # a stove refitted on 1 January, gone on the 5th, seen clean on the 6th
    ({}, [on("2024-12-01"), found("2025-01-01", "stove_present", "2025-01-05"), on("2025-01-06")],
     [("2024-11-01", "u"), ("2024-12-01", "c"), ("2025-01-01", "n"), ("2025-01-05", "u"),
      ("2025-01-06", "c"), ("2025-03-08", "u")]),
    # the acceptance failed
    ({"acceptance_result": "fail"}, [on("2024-12-01")], [("2024-11-01", "n")]),
    # seen clean after a finding, and nobody wrote down that it was rectified
    ({}, [found("2024-12-10", "coal_stored"), on("2024-12-20")],
     [("2024-11-01", "u"), ("2024-12-10", "n"), ("2024-12-20", "u")]),
    # no day on which the coal went
    ({"coal_removed_on": None}, [on("2024-12-01")], [("2024-11-01", "u")]),
    # nothing heats it, and somebody was there: known for 60 days
    ({"heating": "none"}, [on("2024-12-01")],
     [("2024-11-01", "u"), ("2024-12-01", "n"), ("2025-01-31", "u")]),
    # gas, accepted by the housing bureau
    ({"heating": "gas", "acceptance_by": "housing_bureau"}, [on("2025-03-15")],
     [("2024-11-01", "u"), ("2025-03-15", "c")]),
]  # fmt: skip
WORDS = {"c": "cleared", "u": "unknown", "n": "not_cleared"}
SWEPT = 2  # the home that the sweep lists
# every day on which a verdict changes, and the one before it
CHANGES = {date.fromisoformat(since) for _, _, words in HOMES for since, _ in words}
DAYS = sorted(
    day
    for day in {one + timedelta(days=n) for one in CHANGES for n in (-1, 0)}
    | {date(2024, 11, 9), date(2024, 12, 4), date(2025, 1, 25), LAST}
    if FIRST <= day <= LAST
)


@pytest.fixture(scope="module")
def judged_on(facts_of, policy):
    """A day → the clearance of the township on it, and the stages of its conversions."""
    bodies = {"electric": ("third_party",), "central": ("heating_centre",),
              "gas": ("housing_bureau",)}  # fmt: skip
    rules = {"recognised": bodies, "deadline_applies_to": "energised_on"}
    plan = policy.model_copy(
        update={
            "clearance": policy.clearance.model_copy(update={"fresh": "season"}),
            "progress": policy.progress.model_copy(update=rules),
        }
    )
    codes = [VILLAGE, NEXT]
    homes = [
        DONE | {"village_code": codes[n % 2], "x": 100.0 + 1000 * (n % 2) + 10 * n} | home
        for n, (home, _, _) in enumerate(HOMES)
    ]
    visits = layer([v | {"household_id": f"h{n}"} for n, own in enumerate(HOMES) for v in own[1]])
    sweeps = pd.DataFrame(
        {"village_code": [codes[SWEPT % 2]], "household_id": [f"h{SWEPT}"], "document_no": ["文1"],
         "swept_on": [pd.Timestamp("2024-11-20")]}
    )  # fmt: skip
    zone = [{"zone_id": "Z1", "geometry": box(-100, -100, 2100, 1100)}]

    facts = facts_of(homes, zone, LAST, plan=plan)  # what is placed does not change with the day

    def judged(day):
        made = judge_zones(facts, visits, None, None, None, plan, day, sweeps)
        return made, conversion_stages(facts.households, plan, day)

    return judged


@pytest.fixture(scope="module")
def winter(judged_on):
    """The days around every change → what `judged_on` says of them."""
    return {day: judged_on(day) for day in DAYS}


def expected(own, day):
    return WORDS[[word for since, word in own[2] if date.fromisoformat(since) <= day][-1]]


def test_every_home_on_every_day(winter):
    wrong = [
        (n, day, own, got)
        for day, (made, _) in winter.items()
        for n, (own, got) in enumerate(
            zip((expected(one, day) for one in HOMES), made.households["clearance"], strict=True)
        )
        if own != got
    ]
    assert wrong[:3] == []


def test_villages_and_the_zone_are_the_sums_of_their_homes(winter):
    for day, (made, _) in winter.items():
        own = [expected(one, day) for one in HOMES]
        villages = made.villages.set_index("village_code")
        for side, code in enumerate((VILLAGE, NEXT)):
            counts = {word: own[side::2].count(word) for word in WORDS.values()}
            assert villages.loc[code, list(counts)].to_dict() == counts
        zone = made.zones.loc[0]
        assert (zone["inside"], zone["cleared"]) == (20, own.count("cleared"))
        assert (zone["villages_inside"], zone["villages_cleared"]) == (2, 0)


EVIDENCE = ("rectified_on", "accepted_on", "stove_removed_on", "occupancy_on")


def newly_clear(verdicts):
    """How many homes become clear from one day to the next; each by evidence dated between them.

    A visit is evidence only if it found the home clean; that a season begins is none.
    """
    dated = []
    for home, visits, _ in HOMES:
        days = {row[name] for row in (home, *visits) for name in EVIDENCE if row.get(name)}
        dated.append(days | {one["inspected_on"] for one in visits if one["finding"] == "clean"})
    dated[SWEPT].add("2024-11-20")
    days, found = sorted(verdicts), 0
    for last, day in pairwise(days):
        before, now = ((verdicts[one] == "cleared").to_numpy(dtype=bool) for one in (last, day))
        new = np.flatnonzero(now & ~before)
        assert all(any(str(last) < d <= str(day) for d in dated[n]) for n in new), day
        found += len(new)
    return found


# every "c" that does not stand from the first day on
CLEARED_LATER = [since for *_, own in HOMES for since, word in own[1:] if word == "c"]


def test_nothing_is_cleared_without_evidence_since_the_day_before(winter):
    """The days of a change have the day before beside them."""
    verdicts = {day: made.households["clearance"] for day, (made, _) in winter.items()}
    assert newly_clear(verdicts) == len(CLEARED_LATER)


@pytest.mark.long
def test_nothing_is_cleared_without_evidence_of_that_very_day(judged_on):
    """As-of moved through the whole season, day by day."""
    every = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    verdicts = {day: judged_on(day)[0].households["clearance"] for day in every}
    assert newly_clear(verdicts) == len(CLEARED_LATER)
    for n, own in enumerate(HOMES):
        assert [verdicts[day].iloc[n] for day in every] == [expected(own, day) for day in every]


def test_relapses_and_coal_that_was_left(winter):
    last, _ = winter[LAST]
    table = last.households
    assert np.flatnonzero(table["relapse"]).tolist() == [4, 14]  # burned again, stove refitted
    assert np.flatnonzero(table["coal_left"]).tolist() == [16]
    assert np.flatnonzero(table["unused"]).tolist() == []
    middle, _ = winter[date(2025, 1, 25)]
    assert np.flatnonzero(middle.households["unused"]).tolist() == [13]


def test_conversions_counted_on_both_sides_of_their_days(winter):
    names = ["completed", "late", "self_checked", "awaiting"]
    # of the twenty: one by its township alone, one on coal, one without heating, two that stand
    # empty, one failed, and the home that is energised on 10 November and accepted on 5 December
    for day, counts in (("2024-11-09", [13, 0, 1, 0]), ("2024-12-04", [13, 0, 1, 1]),
                        ("2024-12-05", [14, 0, 1, 0])):  # fmt: skip
        _, stages = winter[date.fromisoformat(day)]
        assert stages[names].sum().tolist() == counts, day

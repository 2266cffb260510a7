"""Notices of rectification: to whom they go, what they ask for and until when."""

from datetime import date

import pandas as pd
import pytest
import town
from audit.cleared_home import CLEAN_VISIT, NEXT, VILLAGE, layer
from shapely.geometry import Point, box

from gis.audit import notices

TERM = notices.Term(town.AS_OF, date(2024, 11, 30))
FOUND = {
    "finding": "coal_stored",
    "inspected_on": "2024-10-25",
    "rectify_by": "2024-11-05",
    "coal_kg": 50.0,
}
# a home that was never converted, and one that was
ON_COAL = {"heating": "coal", "energised_on": None, "accepted_on": None}
AWAY = {"x": 1500.0, "y": 500.0, "village_code": NEXT}  # outside the zone
OUTSIDE, INSIDE = ON_COAL | AWAY, ON_COAL


@pytest.fixture
def noticed(facts_of, judge_of, tmp_path):
    plan = town.policy(tmp_path, '[responsible]\n"散煤清零" = "各乡镇"')

    def found(homes, visits, premises=None, zones=None):
        facts = facts_of(homes, zones, plan=plan)
        judged = judge_of(facts, visits, plan, premises=premises)
        inspections = layer([CLEAN_VISIT | visit for visit in visits])
        return notices.rectification_notices(facts, judged, inspections, plan, TERM)

    return found


def test_a_notice_by_hand(noticed):
    letters, followups = noticed(
        [{}, {"village_code": NEXT}], [{}, {"household_id": "h1", **FOUND}]
    )
    assert list(letters.columns) == list(notices.NOTICE_COLUMNS)
    assert followups.empty
    assert len(letters) == 1
    row = letters.iloc[0]
    names = ["notice_no", "inspection_id", "household_id", "village_code", "township_code", "zones"]
    assert row[names].tolist() == ["20241031-0001", "i1", "h1", NEXT, NEXT[:9], "Z1"]
    assert row[["kind", "found_zh", "coal_kg", "task", "unit", "overdue"]].tolist() == [
        "coal_stored", "存放散煤", 50.0, "coal_stored", "t001", False,
    ]  # fmt: skip
    assert row["task_zh"] == "清空存放的散煤，今后不再存放"
    assert row["issued_on"] == pd.Timestamp(town.AS_OF)


@pytest.mark.parametrize(
    ("first", "until", "overdue"),
    [
        ("2024-11-01", "2024-11-01", False),  # the day after its issue
        ("2024-10-31", "2024-11-07", False),  # on the day: seven days from it
        ("2024-10-30", "2024-11-07", True),
        (None, "2024-11-07", False),
        ("2024-12-15", "2024-12-15", False),
    ],
)
def test_the_deadline_lies_after_the_day_of_issue(noticed, first, until, overdue):
    row = noticed([{}], [FOUND | {"rectify_by": first}]).letters.iloc[0]
    assert row["rectify_by"] == pd.Timestamp(until)
    assert row["overdue"] == overdue
    assert row["expires_on"] == max(pd.Timestamp("2024-11-30"), pd.Timestamp(until))


BOUND = [
    (INSIDE, "coal_stored", ""),
    (INSIDE, "coal_burned", ""),
    (INSIDE, "coal_sold", ""),
    (INSIDE, "stove_present", "convert_first"),  # it is still what heats the home
    (INSIDE, "device_unused", "not_bound"),
    (OUTSIDE, "coal_stored", "not_bound"),
    (OUTSIDE, "coal_burned", "not_bound"),
    (OUTSIDE, "coal_sold", "not_bound"),
    (OUTSIDE, "stove_present", "not_bound"),
    (AWAY, "coal_stored", ""),  # converted: stove and coal go wherever it is
    (AWAY, "coal_burned", ""),
    (AWAY, "coal_sold", "not_bound"),
    (AWAY, "stove_present", ""),
    (AWAY, "device_unused", ""),
    (OUTSIDE | {"accepted_on": "2024-07-01"}, "coal_burned", ""),  # burned again
    (OUTSIDE | {"energised_on": "2024-10-31"}, "stove_present", ""),
    (OUTSIDE | {"energised_on": "2024-11-01"}, "stove_present", "not_bound"),
]


def test_whom_the_plan_binds(noticed):
    """Homes beside each other, each with one finding, and what becomes of it."""
    visits = [{"household_id": f"h{n}", "finding": finding, "inspected_on": "2024-10-25"}
              for n, (_, finding, _) in enumerate(BOUND)]  # fmt: skip
    letters, followups = noticed([home for home, *_ in BOUND], visits)
    served = zip(letters["household_id"], letters["task"], strict=True)
    assert dict(served) == {f"h{n}": found for n, (_, found, todo) in enumerate(BOUND) if not todo}
    followed = zip(followups["household_id"], followups["todo"], strict=True)
    assert dict(followed) == {f"h{n}": todo for n, (*_, todo) in enumerate(BOUND) if todo}
    assert len(letters) + len(followups) == len(BOUND)


def test_nobody_is_served_before_it_is_ruled_whether_they_are_inside(noticed):
    on_line = INSIDE | {"x": 1005.0}
    letters, followups = noticed([on_line], [FOUND])
    assert letters.empty
    assert followups["todo"].tolist() == ["on_line"]


@pytest.mark.parametrize(
    ("visits", "todo"),
    [
        ([FOUND], ""),
        ([FOUND | {"rectified_on": "2024-10-26"}], "recheck"),
        ([FOUND, {"inspected_on": "2024-10-26", "finding": "clean"}], "record"),
        ([FOUND | {"inspected_on": "2024-07-01"}], "recheck"),  # before the removal, not seen since
    ],
)
def test_what_is_no_longer_the_addressees_is_the_offices(noticed, visits, todo):
    letters, followups = noticed([{}], visits)
    assert followups["todo"].tolist() == ([todo] if todo else [])
    assert len(letters) == (0 if todo else 1)


def test_premises_places_and_exempt_users(noticed):
    shops = town.layer(
        [
            {"premises_id": f"p{n}", "kind": "shop", "exempt": n == 1, "geometry": Point(x, 500)}
            for n, x in enumerate((500, 500, 1900))
        ]
    )
    at = {"household_id": None, "premises_id": "p0"}
    visits = [FOUND | at | {"premises_id": f"p{n}"} for n in range(3)]
    letters, followups = noticed([{}], visits, shops)
    assert letters["premises_id"].tolist() == ["p0"]
    assert letters["village_code"].isna().all()
    assert followups["premises_id"].tolist() == ["p2"]
    assert followups["todo"].tolist() == ["not_bound"]  # no zone there


def test_without_any_zone_only_converted_homes_are_bound(noticed):
    far = [{"zone_id": "Z1", "geometry": box(9000, 9000, 9100, 9100)}]
    letters, followups = noticed([{}, INSIDE], [FOUND, FOUND | {"household_id": "h1"}], zones=far)
    assert letters["household_id"].tolist() == ["h0"]
    assert followups["household_id"].tolist() == ["h1"]


def test_nothing_open_and_no_inspections(noticed, facts_of, judge_of, policy):
    assert all(one.empty for one in noticed([{}], [{}]))
    facts = facts_of([{}])
    found = notices.rectification_notices(facts, judge_of(facts, []), None, policy, TERM)
    assert found.letters.empty
    assert list(found.letters.columns) == list(notices.NOTICE_COLUMNS)
    assert list(found.followups.columns) == list(notices.FOLLOWUP_COLUMNS)
    assert VILLAGE != NEXT


@pytest.mark.parametrize(
    ("home", "visits", "todo", "unit", "due"),
    [  # conversions by the plan's deadline, what shows a zone clear by the season's first day
        ({}, [FOUND | {"rectified_on": "2024-10-26"}], "recheck", "t001", "2024-11-15"),
        (
            {},
            [FOUND, {"inspected_on": "2024-10-26", "finding": "clean"}],
            "record",
            "t001",
            "2024-11-15",
        ),
        (INSIDE | {"x": 1005.0}, [FOUND], "on_line", "分局", "2024-11-15"),
        (INSIDE, [FOUND | {"finding": "stove_present"}], "convert_first", "能源局", "2024-11-15"),
        (OUTSIDE, [FOUND], "not_bound", "t001", "2024-11-15"),
    ],
)
def test_who_follows_up_by_when(  # noqa: PLR0917  # one a column
    facts_of, judge_of, tmp_path, home, visits, todo, unit, due
):
    named = (
        '[responsible]\n"巡查、台账" = "各乡镇"\n"实施范围审定" = "分局"\n"煤改电实施" = "能源局"\n'
    )
    plan = town.policy(tmp_path, named)
    facts = facts_of([home], plan=plan)
    inspections = layer([CLEAN_VISIT | visit for visit in visits])
    judged = judge_of(facts, visits, plan)
    found = notices.rectification_notices(facts, judged, inspections, plan, TERM).followups
    assert found["todo"].tolist() == [todo]
    assert found["unit"].tolist() == [unit]
    assert found["due_on"].tolist() == [pd.Timestamp(due)]


def test_after_the_deadline_a_follow_up_is_due_by_the_end_of_the_season(
    facts_of, judge_of, tmp_path
):
    plan = town.policy(tmp_path, '[responsible]\n"巡查" = "各乡镇"')
    facts = facts_of([{}], plan=plan)
    visits = [FOUND | {"rectified_on": "2024-10-26"}]
    inspections = layer([CLEAN_VISIT | visit for visit in visits])
    judged = judge_of(facts, visits, plan)
    late = notices.Term(date(2024, 11, 16), date(2024, 12, 16))
    found = notices.rectification_notices(facts, judged, inspections, plan, late).followups
    assert found["due_on"].tolist() == [pd.Timestamp("2025-03-15")]

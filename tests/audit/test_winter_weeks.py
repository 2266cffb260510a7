"""A township's winter of twenty homes week by week: lists, counts, letters and money, by hand.

The programme runs from 1 April 2024, its deadline is 15 November, for the day of energising. The
season runs from 15 November to 15 March. Every list states the days from and to which a home is on
it; the weeks follow from them. LAST stands for "to the end".
"""

from datetime import date, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pandas as pd
import pytest
import town
from audit.cleared_home import NEXT, VILLAGE, layer
from shapely.geometry import box

from gis.audit import settlement
from gis.audit.clearance import judge_zones
from gis.audit.conversion_stage import AWAITING, COMPLETED, LATE, SELF_CHECKED, conversion_stages
from gis.audit.evidence import last_full_season
from gis.audit.notices import Term, rectification_notices
from gis.facts.programme_list import of_own_year
from gis.report.stage_counts import weekly_table

RULES = """
[season]
start = "11-15"
end = "03-15"
[subsidies]
electric_cny_per_kwh = 0.1
electric_cap_cny = 1040
gas_cny_per_m3 = 1.0
gas_cap_cny = 1200
hardship_once_cny = 200
"""
BODIES = {"electric": ("third_party",), "central": ("heating_centre",), "gas": ("housing_bureau",)}
LISTED = {"in_programme": True, "listed_on": "2024-04-20", "acceptance_by": "third_party",
          "device": "ashp_air", "floor_area_m2": 100.0, "season": "2024-2025"}  # fmt: skip
STEPS = ("signed_on", "installed_on", "energised_on", "accepted_on")
GONE = ("stove_removed_on", "coal_removed_on")
COAL = dict.fromkeys((*STEPS, *GONE, "acceptance_result", "acceptance_by", "device")) | {
    "heating": "coal"
}


def steps(*days):
    return dict(zip(STEPS, days, strict=True))


HOMES = [
    {"heating_kwh": 3000.0},  # h0: done in July
    steps("2024-09-02", "2024-09-05", "2024-09-10", "2024-09-20")
    | {"stove_removed_on": "2024-09-21", "coal_removed_on": "2024-09-23", "heating_kwh": 12_000.0},
    steps("2024-10-01", "2024-10-10", "2024-10-14", "2024-11-15") | {"heating_kwh": 1000.05},
    # h3: energised a day after the deadline
    steps("2024-11-01", "2024-11-12", "2024-11-16", "2024-11-25") | {"heating_kwh": 2500.0},
    # h4: listed in September, hardly used
    steps("2024-09-20", "2024-10-02", "2024-10-05", "2024-10-20")
    | {"listed_on": "2024-09-18", "stove_removed_on": "2024-10-21",
       "coal_removed_on": "2024-10-21", "heating_kwh": 199.0},
    COAL | {"delisted_on": "2024-10-08", "delisted_reason": "文5：自愿退出"},
    COAL | {"willing": "no", "heating_kwh": 700.0},  # h6: burns coal, with a reading
    # h7: of last year's list
    steps("2023-05-01", "2023-08-01", "2023-09-01", "2023-10-01")
    | {"plan_year": 2023, "heating_kwh": 4000.0},
    # h8: accepted before the programme began
    steps("2024-01-05", "2024-02-01", "2024-02-10", "2024-03-20") | {"heating_kwh": 5000.0},
    COAL | {"meter_no": "m9"},
    COAL | {"meter_no": "m9"},  # h10: the meter of h9
    # h11: accepted by its township alone
    steps("2024-09-03", "2024-09-12", "2024-09-15", "2024-09-25")
    | {"acceptance_by": "township", "heating_kwh": 2000.0},
    # h12 failed its acceptance
    steps("2024-09-04", "2024-09-25", "2024-09-28", "2024-10-02")
    | {"acceptance_result": "fail", "heating_kwh": 1500.0},
    COAL | {"heating": "none"},
    COAL | {"occupancy": "demolition", "occupancy_on": "2024-12-10", "delisted_on": "2024-12-10",
            "delisted_reason": "文9：拆迁"},
    # h15 heats with gas
    steps("2024-10-02", "2024-10-20", "2024-10-25", "2024-10-30")
    | {"heating": "gas", "device": "gas_boiler", "acceptance_by": "housing_bureau",
       "heating_m3": 500.0},
    # h16: central heating
    steps("2024-10-03", "2024-10-28", "2024-11-01", "2024-11-05")
    | {"heating": "central", "device": "radiator", "acceptance_by": "heating_centre"},
    {"hardship_class": "dibao", "heating_kwh": 800.0},  # h17: coal found in December
    {"heating_kwh": 3000.0, "season": "2023-2024"},  # h18: burns coal again from January
    {"heating_kwh": 20_401.0},  # h19: idle in January; more than twice the need of 100 m²
]  # fmt: skip
FIRST, LAST = date(2024, 9, 1), date(2025, 3, 30)
SUNDAYS = [FIRST + timedelta(days=7 * n) for n in range(31)]
ALWAYS = ("2024-09-01", "2025-03-30")
ON_LIST = {  # home → first and last day, within these weeks
    **dict.fromkeys((0, 1, 2, 3, 6, 11, 12, 13, 15, 16, 17, 18, 19), ALWAYS),
    4: ("2024-09-18", "2025-03-30"),
    5: ("2024-09-01", "2024-10-07"),
    14: ("2024-09-01", "2024-12-09"),
}
DONE_AND_WAITING = {  # energised, accepted by nobody yet
    1: ("2024-09-10", "2024-09-19"),
    2: ("2024-10-14", "2024-11-14"),
    3: ("2024-11-16", "2024-11-24"),
    4: ("2024-10-05", "2024-10-19"),
    11: ("2024-09-15", "2024-09-24"),
    15: ("2024-10-25", "2024-10-29"),
    16: ("2024-11-01", "2024-11-04"),
}
SELF = {11: ("2024-09-25", "2025-03-30")}
UNFINISHED = {  # on the list, and no acceptance that counts
    1: ("2024-09-01", "2024-09-19"),
    2: ("2024-09-01", "2024-11-14"),
    3: ("2024-09-01", "2024-11-24"),
    4: ("2024-09-18", "2024-10-19"),
    5: ("2024-09-01", "2024-10-07"),
    **dict.fromkeys((6, 11, 12, 13), ALWAYS),
    14: ("2024-09-01", "2024-12-09"),
    15: ("2024-09-01", "2024-10-29"),
    16: ("2024-09-01", "2024-11-04"),
}
COMPLETE = {**dict.fromkeys((0, 17, 18, 19), ALWAYS), 1: ("2024-09-20", "2025-03-30"),
            2: ("2024-11-15", "2025-03-30"), 4: ("2024-10-20", "2025-03-30"),
            15: ("2024-10-30", "2025-03-30"), 16: ("2024-11-05", "2025-03-30")}  # fmt: skip
TOO_LATE = {3: ("2024-11-25", "2025-03-30")}
VISITS = [
    # h17: coal on 10 December, gone on the 18th, seen clean on the 24th
    (17, "2024-12-10", "coal_stored", "2024-12-18"), (17, "2024-12-24", "clean", None),
    (18, "2025-01-05", "coal_burned", None),
    (19, "2025-01-20", "device_unused", "2025-01-31"), (19, "2025-02-01", "clean", None),
    (6, "2025-02-03", "coal_burned", None),  # never converted, but inside the zone
    (5, "2025-02-20", "stove_present", None),  # never converted: no coal, nothing forbidden yet
]  # fmt: skip
LETTERS = {17: ("2024-12-10", "2024-12-17"), 18: ("2025-01-05", "2025-03-30"),
           19: ("2025-01-20", "2025-01-30"), 6: ("2025-02-03", "2025-03-30")}  # fmt: skip
FOLLOW = {(17, "recheck"): ("2024-12-18", "2024-12-23"),
          (19, "recheck"): ("2025-01-31", "2025-01-31"),
          (5, "convert_first"): ("2025-02-20", "2025-03-30")}  # fmt: skip


def at(days, sunday):
    """Those of a list on a Sunday, in order."""
    return sorted(home for home, (since, to) in days.items() if since <= sunday.isoformat() <= to)


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    made = town.policy(tmp_path_factory.mktemp("weeks"), RULES)
    rules = {"recognised": BODIES, "deadline_applies_to": "energised_on"}
    clearance = made.clearance.model_copy(update={"fresh": "season", "rectify_days": 7})
    progress = made.progress.model_copy(update=rules)
    return made.model_copy(update={"progress": progress, "clearance": clearance})


@pytest.fixture(scope="module")
def facts(facts_of, plan):
    """The facts on the last day; what a list or stage is on an earlier one is asked of them."""
    rows = [
        LISTED | {"village_code": (VILLAGE, NEXT)[n % 2], "x": 100.0 + 1000 * (n % 2) + 10 * n}
        | home
        for n, home in enumerate(HOMES)
    ]  # fmt: skip
    zone = [{"zone_id": "Z1", "geometry": box(-100, -100, 2100, 1100)}]
    return facts_of(rows, zone, LAST, plan=plan)


@pytest.fixture(scope="module")
def ledger(facts):
    """As it was read, with its marks."""
    return facts.households.assign(in_programme=pd.array([True] * len(HOMES), dtype="boolean"))


def test_the_lists_on_every_sunday(ledger, plan):
    for sunday in SUNDAYS:
        listed, _ = of_own_year(ledger, plan, sunday)
        stages = conversion_stages(ledger, plan, sunday)
        on = listed["in_programme"].fillna(value=False).astype(bool)
        found = {
            "on_list": on, "awaiting": stages[AWAITING], "self": stages[SELF_CHECKED],
            "unfinished": on & ~stages[[COMPLETED, LATE]].any(axis=1),
            "completed": stages[COMPLETED], "late": stages[LATE],
        }  # fmt: skip
        expected = {"on_list": ON_LIST, "awaiting": DONE_AND_WAITING, "self": SELF,
                    "unfinished": UNFINISHED, "completed": COMPLETE, "late": TOO_LATE}  # fmt: skip
        got = {name: [n for n, yes in enumerate(own) if yes] for name, own in found.items()}
        assert got == {name: at(own, sunday) for name, own in expected.items()}, sunday


def test_why_homes_are_not_on_the_list(ledger, plan):
    _, problems = of_own_year(ledger, plan, LAST)
    codes = sorted(one.code for one in problems)
    assert codes == [
        "list_of_another_year", "listed_converted", "listed_twice", "listed_twice",
        "listed_unwilling",
    ]  # fmt: skip


# 周调度: signed, installed, energised, stove gone, coal gone, accepted, up to each Sunday
WEEKS = {
    "2024-09-01": (5, 5, 5, 11, 11, 4),  # h0, h17, h18, h19, and h8, which does not count as done
    "2024-09-08": (8, 6, 5, 11, 11, 4),
    "2024-09-15": (8, 7, 7, 11, 11, 4),
    "2024-09-22": (9, 7, 7, 12, 11, 5),
    "2024-09-29": (9, 8, 8, 12, 12, 5),
    "2024-10-06": (12, 9, 9, 12, 12, 5),
    "2024-10-13": (12, 10, 9, 12, 12, 5),
    "2024-10-20": (12, 11, 10, 12, 12, 6),
    "2024-10-27": (12, 11, 11, 13, 13, 6),
    "2024-11-03": (13, 12, 12, 13, 13, 7),
    "2024-11-10": (13, 12, 12, 13, 13, 8),
    "2024-11-17": (13, 13, 13, 13, 13, 9),
    "2024-11-24": (13, 13, 13, 13, 13, 9),
    "2024-11-30": (13, 13, 13, 13, 13, 10),
}
STAGES = ["signed", "installed", "energised", "removed", "coal_removed", "accepted"]


@pytest.mark.parametrize("as_of", [LAST, date(2024, 10, 13)])
def test_the_weekly_rows(facts, plan, as_of):
    run = SimpleNamespace(facts=facts, policy=plan, project=SimpleNamespace(as_of=as_of))
    table = weekly_table(run)
    found = {
        f"{row['week_ends']:%Y-%m-%d}": tuple(row[name] for name in STAGES)
        for row in table.to_dict("records")
    }
    assert found == {end: row for end, row in WEEKS.items() if end <= as_of.isoformat()}
    fresh = table[[f"new_{name}" for name in STAGES]].to_numpy().tolist()
    rows = [row for end, row in WEEKS.items() if end <= as_of.isoformat()]
    steps = [[a - b for a, b in zip(now, before, strict=True)]
             for before, now in pairwise(rows)]  # fmt: skip
    assert fresh[1:] == steps


def test_letters_and_follow_ups_on_every_sunday(facts, plan):
    rows = [{"household_id": f"h{home}", "inspected_on": on, "finding": what, "rectified_on": gone}
            for home, on, what, gone in VISITS]  # fmt: skip
    visits = layer(rows)
    for sunday in SUNDAYS[12:]:
        judged = judge_zones(facts, visits, None, None, None, plan, sunday)
        term = Term(sunday, sunday + timedelta(days=7))
        made = rectification_notices(facts, judged, visits, plan, term)
        letters = sorted(int(one[1:]) for one in made.letters["household_id"])
        assert letters == at(LETTERS, sunday), sunday
        assert (made.letters["rectify_by"] == pd.Timestamp(sunday + timedelta(days=7))).all()
        todo = zip(made.followups["household_id"], made.followups["todo"], strict=True)
        assert sorted((int(home[1:]), what) for home, what in todo) == at(FOLLOW, sunday), sunday


MONEY = {  # home → due, held [yuan], exception; the others claim nothing
    0: (300.00, 0, ""),
    1: (1040.00, 0, ""),  # the cap
    2: (100.01, 0, ""),  # 100.005, half a fen is one
    3: (250.00, 0, ""),  # late, and accepted all the same
    4: (0, 19.90, "no_use"),
    6: (0, 70.00, "not_clean"),
    7: (400.00, 0, ""),
    8: (500.00, 0, ""),
    11: (0, 200.00, "not_accepted"),
    12: (0, 150.00, "not_accepted"),
    15: (500.00, 0, ""),
    17: (80.00, 0, ""),
    18: (0, 0, "other_season"),
    19: (0, 1040.00, "implausible"),
}


def settled(facts, plan, day):
    return settlement.settle_season(facts, plan, last_full_season(day, plan), day)


def test_the_money_of_every_home(facts, plan):
    table = settled(facts, plan, date(2025, 3, 15)).households
    found = {
        int(row["household_id"][1:]): (row["due_fen"], row["held_fen"], row["exception"])
        for row in table.to_dict("records")
    }
    expected = {home: (round(due * 100), round(held * 100), why)
                for home, (due, held, why) in MONEY.items()}  # fmt: skip
    assert found == expected
    supplement = table[table["supplement_fen"] > 0]
    assert supplement[["household_id", "supplement_fen"]].to_numpy().tolist() == [["h17", 20_000]]
    # 300 + 1,040 + 100.01 + 250 + 400 + 500 + 500 + 80; 19.90 + 70 + 200 + 150 + 1,040
    assert table[["due_fen", "held_fen"]].sum().tolist() == [317_001, 147_990]


def test_before_the_winter_has_ended_only_last_winters_home_is_asked(facts, plan):
    table = settled(facts, plan, date(2025, 3, 14)).households
    rows = table[["household_id", "due_fen", "exception"]].to_numpy().tolist()
    assert rows == [["h7", 0, "other_season"]]

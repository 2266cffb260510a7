"""Ten thousand made-up ledgers against a second judge, written home by home from the definition."""

from datetime import date, timedelta
from random import Random  # made-up ledgers, no secrets

import numpy as np
import pandas as pd
import pytest
import town
from audit.cleared_home import layer

from gis.audit import evidence
from gis.audit.household_clearance import judge_households

AS_OF = town.AS_OF
HOMES = 10_000
DAYS = [AS_OF - timedelta(days=n) for n in (-1, 0, 1, 59, 60, 61, 80, 81, 120, 121, 122, 160)]
COAL = ("coal_stored", "coal_burned", "coal_sold")
FIRST_DAY = date(2023, 11, 15)
KINDS = ("clean", "clean", "clean", *COAL, "stove_present", "device_unused", "no_access", None)


def a_home(dice, number):
    def day(missing=0.15):
        return None if dice.random() < missing else dice.choice(DAYS)

    return {
        "household_id": f"h{number}",
        "heating": dice.choice(["electric"] * 6 + ["central", "gas", "coal", "none", None]),
        "occupancy": dice.choice(["occupied"] * 6 + ["vacant", "demolition"]),
        "occupancy_on": day(0.8),
        "acceptance_result": dice.choice(["pass"] * 6 + ["fail", None]),
        "acceptance_by": dice.choice(["township", "third_party"] * 3 + ["village", None]),
        "accepted_on": dice.choice([day(), day(), date(2023, 11, 15), date(2023, 11, 16)]),
        "installed_on": day(0.85),
        "energised_on": day(0.85),
        "stove_removed_on": day(),
        "coal_removed_on": day(),
        "heating_kwh": dice.choice([None, 0.0, 199.0, 200.0, 900.0, 900.0]),
        "season": dice.choice([None, None, "2023-2024", "2022-2023"]),
    }


def some_visits(dice, number):
    for _ in range(dice.choice([0, 1, 1, 2, 3, 4])):
        seen = dice.choice([None, *DAYS * 2])
        rectified = seen + timedelta(days=dice.choice([-1, 0, 1, 40])) if seen else AS_OF
        yield {
            "household_id": f"h{number}",
            "inspected_on": seen,
            "finding": dice.choice(KINDS),
            "rectified_on": rectified if dice.random() < 0.6 else None,
            "coal_kg": dice.choice([None] * 8 + [0.0, 20.0]),
            "reject_reason": dice.choice([""] * 12 + ["no_id", "duplicate_id"]),
        }


def second_judge(home, visits):
    """cleared, not_cleared or unknown, by reading the definition sentence by sentence."""
    today = AS_OF
    visits = [meant for visit in visits for meant in as_meant(visit)]
    known = [v for v in visits if v["inspected_on"] and v["inspected_on"] <= today]
    clean = max((v["inspected_on"] for v in known if v["finding"] == "clean"), default=None)

    def come(column):
        return home[column] if home[column] and home[column] <= today else None

    def settled(visit):
        seen = visit["inspected_on"] or today
        fixed = visit["rectified_on"]
        fixed = fixed if fixed and seen <= fixed <= today else None
        stove, coal = come("stove_removed_on"), come("coal_removed_on")
        accepted = come("accepted_on")
        kind = visit["finding"]
        older = {
            "coal_burned": stove and coal and stove > seen and coal > seen,
            "stove_present": stove and stove > seen and later(home["accepted_on"], seen),
            "device_unused": accepted and accepted > seen,
            "unread": stove and coal and accepted and min(stove, coal, accepted) > seen,
        }.get(kind, coal and coal > seen)
        if older:
            return True if clean and clean > seen else None
        if fixed:
            again = clean and clean > seen and clean >= fixed
            read = kind == "device_unused" and fixed <= FIRST_DAY and metered(home)
            return True if again or read else None
        if kind == "unread":
            return None
        if kind == "stove_present" and accepted and seen >= accepted:
            return False
        return None if clean and clean > seen else False

    found = [v for v in visits if v["finding"] not in ("clean", "no_access")]
    found = [v for v in found if not v["inspected_on"] or v["inspected_on"] <= today]
    facts = [settled(v) for v in found if v["finding"] != "device_unused"]
    facts.append(True if come("stove_removed_on") else None)
    facts.append(True if come("coal_removed_on") else None)
    fresh = bool(clean and (today - clean).days <= 60)
    facts.append(True if fresh else None)
    idle = [settled(v) for v in found if v["finding"] == "device_unused"]
    recent = [v["inspected_on"] or today for v in found]  # undated: of today
    been = fresh or any((today - day).days <= 60 for day in recent)
    facts.append(device(home, idle, (fresh, been), come))
    return worst(facts)


def as_meant(visit):
    """The visit, or what has to be read into it."""
    doubtful, weighed = visit["reject_reason"] != "", (visit["coal_kg"] or 0) > 0
    if doubtful:
        visit = visit | {"rectified_on": None}
    if weighed and visit["finding"] not in COAL:
        yield visit | {"finding": "coal_stored"}
    if visit["finding"] is None and visit["inspected_on"]:
        yield visit | {"finding": "unread"}
    if visit["finding"] and not (visit["finding"] == "clean" and (doubtful or weighed)):
        yield visit


def later(day, than):
    return bool(day and day > than)


def worst(facts):
    return "not_cleared" if False in facts else "unknown" if None in facts else "cleared"


def device(home, idle, seen, come):
    fresh, been = seen
    away = home["occupancy"] != "occupied"
    early = home["occupancy_on"] and home["occupancy_on"] > AS_OF
    if away and not early:
        return True
    heats = {None: None, "coal": False, "none": False if been else None}
    parts = [heats.get(home["heating"], True)]
    parts.append(accepted(home, come))
    parts += [*idle, used(home, fresh)]
    works = {"cleared": True, "unknown": None, "not_cleared": False}[worst(parts)]
    return None if early and works is False else works


def accepted(home, come):
    if home["acceptance_result"] == "fail":
        return None if home["accepted_on"] and home["accepted_on"] > AS_OF else False
    good = home["acceptance_result"] == "pass" and home["acceptance_by"] not in (None, "village")
    steps = [home[name] for name in ("installed_on", "energised_on") if home[name]]
    on = come("accepted_on")
    if steps != sorted(steps):
        return None  # energised before it was installed
    # what it rests on has come, and had come when it was accepted
    return True if good and on and all(step <= min(AS_OF, on) for step in steps) else None


def used(home, fresh):
    begun = home["energised_on"] or home["accepted_on"]
    if begun and begun > FIRST_DAY:
        return True  # no device of these ledgers is energised or installed by then
    if home["heating"] != "electric":  # no gas is metered in these ledgers
        return True if fresh else None
    if home["heating_kwh"] is None or home["season"] == "2022-2023":
        return None
    if metered(home):
        return True
    return None  # why it is low, only a visit can tell


def metered(home):
    """The meter shows use over the season that began on FIRST_DAY."""
    own = home["heating"] == "electric" and home["season"] != "2022-2023"
    return own and home["heating_kwh"] is not None and home["heating_kwh"] >= 200


def judged(homes, visits, policy):
    ledger = town.households(homes).assign(status="placed")
    made = evidence.visits(layer(visits), ledger, None, AS_OF)
    return judge_households(ledger, made, policy, AS_OF).table["clearance"].to_numpy(dtype=object)


@pytest.fixture(scope="module")
def made_up():
    dice = Random(20241031)
    homes = [a_home(dice, n) for n in range(HOMES)]
    return homes, [list(some_visits(dice, n)) for n in range(HOMES)]


@pytest.fixture(scope="module")
def first(made_up, policy):
    homes, visits = made_up
    return judged(homes, [v for own in visits for v in own], policy)


def test_both_judges_agree_on_every_home(made_up, first):
    expected = [second_judge(home, own) for home, own in zip(*made_up, strict=True)]
    differ = [(h, v, e, f) for h, v, e, f in zip(*made_up, expected, first, strict=True) if e != f]
    assert differ[:1] == []
    counts = pd.Series(expected).value_counts()
    assert counts.min() > 200  # every verdict is there often enough to mean something


TAKEN_AWAY = [
    "heating", "acceptance_result", "acceptance_by", "accepted_on", "stove_removed_on",
    "coal_removed_on",
]  # fmt: skip


@pytest.mark.parametrize("column", TAKEN_AWAY)
def test_missing_evidence_never_clears(made_up, first, policy, column):
    homes, visits = made_up
    gone = np.arange(HOMES) % 3 > 0  # not everywhere: a column that nobody fills is another matter
    less = [h | ({column: None} if off else {}) for h, off in zip(homes, gone, strict=True)]
    blank = judged(less, [v for own in visits for v in own], policy)
    assert not ((blank == "cleared") & (first != "cleared")).any()
    needed = np.array([home["occupancy"] == "occupied" for home in homes]) & gone
    if column in ("stove_removed_on", "coal_removed_on"):
        needed = gone
    assert not (blank[needed] == "cleared").any()


def test_without_visits_or_rectifications_nothing_improves(made_up, first, policy):
    homes, visits = made_up
    assert not (judged(homes, [], policy) == "cleared").any()
    flat = [v | {"rectified_on": None} for own in visits for v in own]
    assert not ((judged(homes, flat, policy) == "cleared") & (first != "cleared")).any()
    blank = [
        v | ({"finding": None} if v["inspected_on"] and v["finding"] != "clean" else {})
        for own in visits
        for v in own
    ]
    assert not ((judged(homes, blank, policy) == "cleared") & (first != "cleared")).any()
    dirty = [v for own in visits for v in own if v["finding"] != "clean"]
    assert not (judged(homes, dirty, policy) == "cleared").any()


@pytest.mark.parametrize("finding", [*COAL, "stove_present"])
def test_adding_a_finding_never_improves(made_up, first, policy, finding):
    homes, visits = made_up
    dice = Random(finding)
    days = [None, *DAYS]
    more = [
        {
            "household_id": home["household_id"],
            "finding": finding,
            "inspected_on": dice.choice(days),
            "rectified_on": dice.choice(days),
        }
        for home in homes
    ]
    after = judged(homes, [v for own in visits for v in own] + more, policy)
    rank = {"not_cleared": 0, "unknown": 1, "cleared": 2}
    assert all(rank[b] <= rank[a] for a, b in zip(first, after, strict=True))
    assert (after != first).sum() > 100


def test_evidence_of_a_later_day_changes_nothing(made_up, first, policy):
    homes, visits = made_up
    tomorrow = AS_OF + timedelta(days=1)
    more = [{"household_id": h["household_id"], "finding": kind, "inspected_on": tomorrow,
             "rectified_on": None} for h in homes for kind in ("clean", "coal_stored")]  # fmt: skip
    assert (judged(homes, [v for own in visits for v in own] + more, policy) == first).all()


def test_the_order_of_the_rows_changes_nothing(made_up, first, policy):
    homes, visits = made_up
    flat = [v for own in visits for v in own]
    Random(1).shuffle(flat)
    order = list(range(HOMES))
    Random(2).shuffle(order)
    again = judged([homes[n] for n in order], flat, policy)
    assert (again == first[order]).all()

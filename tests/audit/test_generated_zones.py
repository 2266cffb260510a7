"""Made-up zones against a second judge; and what may only make a zone worse never makes it better.

NUANTU_ZONES says how many (10,000: about ten minutes); they are judged 125 at a time.
"""

import os
from copy import deepcopy
from datetime import timedelta
from random import Random  # made-up towns, no secrets

import numpy as np
import pandas as pd
import pytest
import town
from audit.cleared_home import NEXT, VILLAGE, layer
from audit.made_up_zones import AS_OF, DAYS, TOMORROW, a_case, judge_zone
from shapely.geometry import Point, box

from gis.audit import clearance
from gis.facts import build_facts

AT_ONCE = 125
BATCHES = max(int(os.environ.get("NUANTU_ZONES", "125")) // AT_ONCE, 1)
RANK = {"not_cleared": 0, "unconfirmed": 1, "cleared": 2}
COUNTS = ["inside", "cleared", "not_cleared", "unknown", "undecidable"]
APART = 5000.0  # from town to town


def judged(cases, policy):
    """The zones of each case, as the audit judges them, by the number of the case."""
    rows = {"homes": [], "visits": [], "rulings": [], "premises": [], "complaints": []}
    zones, villages = [], []
    for n, case in enumerate(cases):
        for name, own in _rows(case, n).items():
            rows[name] += own
        left = APART * n
        for code, west in ((VILLAGE, 0), (NEXT, 1000)):
            villages.append((_code(code, n), (left + west, 0, left + west + 1000, 1000)))
        for begins, ends, reach in case["versions"]:
            zones.append({"zone_id": f"Z{n:04d}", "geometry": box(left, 0, left + reach, 1000),
                          "effective_on": pd.Timestamp(begins), "expires_on": ends})  # fmt: skip
    rulings = pd.DataFrame(rows["rulings"])
    rulings["ruled_on"] = pd.to_datetime(rulings["ruled_on"])
    tables = {
        "households": town.households(rows["homes"]),
        "villages": town.villages(villages),
        "coal_ban_zones": town.zones(*zones),
        "zone_rulings": rulings,
    }
    shops = town.layer(rows["premises"]).astype({"exempt": "boolean"})
    evidence = (layer(rows["visits"]), shops, layer(rows["complaints"]), rulings)
    found = clearance.judge_zones(
        build_facts(tables, policy, AS_OF), *evidence, policy, AS_OF
    ).zones
    return found.assign(case=found["zone_id"].str[1:].astype(int)).set_index("case")


def _code(village, n):
    return f"{village[:6]}{n:03d}{village[9:]}" if village in (VILLAGE, NEXT) else village


def _rows(case, n):
    """The rows of a case with its own ids, village codes and place."""
    visits = [dict(visit) for visit in case["visits"]]
    for found in case["found"]:
        at = {"x": found["x"], "y": None if found["x"] is None else 500.0}
        at["premises_id"] = "p" if found["x"] is None else None
        visits.append(at | {name: found[name] for name in
                            ("finding", "inspected_on", "rectified_on")})  # fmt: skip
        if found["clean_on"]:
            visits.append(at | {"finding": "clean", "inspected_on": found["clean_on"]})
    premises = [
        {"premises_id": f"{n}p", "kind": "shop", "exempt": shop["exempt"],
         "geometry": Point(shop["x"] + APART * n, 500)}
        for shop in case["premises"]
    ]  # fmt: skip
    complaints = [
        {"complaint_id": f"{n}c{k}", "y": None if one["x"] is None else 500.0} | one
        for k, one in enumerate(case["complaints"])
    ]
    moved = {"homes": case["homes"], "visits": visits, "complaints": complaints}
    made = {name: [_own(row, n) for row in rows] for name, rows in moved.items()}
    named = {"zone_id": f"Z{n:04d}"}
    rulings = [one | named | {"household_id": f"{n}{one['household_id']}"}
               for one in case["rulings"]]  # fmt: skip
    return made | {"premises": premises, "rulings": rulings}


def _own(row, n):
    ids = {k: f"{n}{row[k]}" for k in ("household_id", "premises_id") if row.get(k)}
    place = {} if row.get("x") is None else {"x": row["x"] + APART * n}
    code = {"village_code": _code(row["village_code"], n)} if row.get("village_code") else {}
    return row | ids | place | code


@pytest.fixture(scope="module", params=range(BATCHES))
def made_up(request):
    dice = Random(f"zones {request.param}")
    return [a_case(dice) for _ in range(AT_ONCE)]


@pytest.fixture(scope="module")
def before(made_up, policy):
    return judged(made_up, policy)


def changed(made_up, change, seed):
    """The cases with `change` applied to a copy of each."""
    dice, copies = Random(seed), deepcopy(made_up)
    for case in copies:
        change(case, dice)
    return copies


def never_better(before, after):
    both = before.join(after, suffixes=("", "_after"), how="inner")
    better = both["verdict_after"].map(RANK) > both["verdict"].map(RANK)
    assert not better.any(), both[better]
    assert (both["verdict"] != both["verdict_after"]).any()


def test_both_judges_agree_on_every_zone(made_up, before):
    expected = {n: word for n, case in enumerate(made_up) if (word := judge_zone(case))}
    found = before[["verdict", *COUNTS]].itertuples(index=True, name=None)
    differ = [(n, got, expected.get(n), made_up[n]) for n, *got in found
              if tuple(got) != expected.get(n)]  # fmt: skip
    assert differ[:1] == []
    assert set(before.index) == set(expected)
    assert before["verdict"].value_counts().min() > AT_ONCE / 25  # each verdict is there


def test_the_counts_add_up(before):
    zones = before
    assert (zones["inside"] == zones[["cleared", "not_cleared", "unknown"]].sum(axis=1)).all()
    some = zones[zones["share_certain"].notna()]
    assert (some["share_certain"] <= some["share_possible"]).all()
    assert some[["share_certain", "share_possible"]].stack().between(0, 1).all()
    assert (zones.loc[zones["verdict"] == "cleared", "share_certain"] == 1).all()
    assert (zones.loc[zones["not_cleared"] > 0, "verdict"] == "not_cleared").all()
    assert np.issubdtype(zones["inside"].dtype, np.integer)


def test_a_zone_that_grows_is_never_clearer_than_not_cleared(made_up, before, policy):
    def grow(case, dice):
        # on the day it was drawn, since older rulings say nothing about a newer line
        reach = dice.choice([700, 950, 999])
        case["versions"] = [(begins, ends, reach) for begins, ends, _ in case["versions"]]

    after = judged(changed(made_up, grow, "grow"), policy)
    both = before.join(after, suffixes=("", "_after"), how="inner")
    was = both["verdict"] == "not_cleared"
    assert (both["inside_after"] >= both["inside"]).all()
    assert (both.loc[was, "verdict_after"] == "not_cleared").all()
    assert (both["verdict_after"] != both["verdict"]).any()


@pytest.mark.parametrize("finding", ["coal_stored", "coal_burned", "coal_sold", "stove_present"])
def test_a_finding_never_makes_a_zone_better(made_up, before, policy, finding):
    def find(case, dice):
        for home in case["homes"]:
            if dice.random() < 0.5 and not home["reject_reason"]:
                case["visits"].append(
                    {"household_id": home["household_id"], "finding": finding,
                     "inspected_on": dice.choice([None, *DAYS]),
                     "rectified_on": dice.choice([None, *DAYS]), "coal_kg": None,
                     "reject_reason": ""}
                )  # fmt: skip

    never_better(before, judged(changed(made_up, find, finding), policy))


def _without_a_cell(case, dice):
    for home in case["homes"]:
        home[dice.choice(["stove_removed_on", "coal_removed_on", "accepted_on", "heating",
                          "acceptance_result"])] = None  # fmt: skip


def _without_visits(case, dice):
    case["visits"] = [v for v in case["visits"]
                      if v["finding"] != "clean" or v["coal_kg"]
                      or dice.random() < 0.5]  # fmt: skip


def _without_what_settles(case, dice):
    for one in [*case["visits"], *case["found"]]:
        one["rectified_on"] = None
    for one in case["complaints"]:
        one[dice.choice(["handled_on", "received_on", "subject"])] = None


def _without_a_word(case, dice):
    for visit in case["visits"]:
        if visit["inspected_on"] and dice.random() < 0.5:
            visit["finding"] = None
    for one in case["rulings"]:
        one[dice.choice(["ruled_on", "document_no", "ruling"])] = None


@pytest.mark.parametrize(
    "lose", [_without_a_cell, _without_visits, _without_what_settles, _without_a_word]
)
def test_missing_evidence_never_clears(made_up, before, policy, lose):
    after = judged(changed(made_up, lose, lose.__name__), policy)
    both = before.join(after, suffixes=("", "_after"), how="inner")
    assert not ((both["verdict_after"] == "cleared") & (both["verdict"] != "cleared")).any()
    seen = ["verdict", *COUNTS, "coal_unsettled", "open_complaints"]
    assert not after[seen].equals(before[seen])  # it was lost where it counts


def test_without_any_clean_visit_nothing_is_cleared(made_up, policy):
    def drop(case, _):
        case["visits"] = [v for v in case["visits"] if v["finding"] != "clean"]

    assert "cleared" not in set(judged(changed(made_up, drop, ""), policy)["verdict"])


def test_a_complaint_or_a_finding_at_a_place_never_makes_a_zone_better(made_up, before, policy):
    def tell(case, dice):
        usual = {"x": dice.choice([300, 400]), "inspected_on": AS_OF - timedelta(days=3)}
        if dice.random() < 0.5:
            told = {"received_on": usual["inspected_on"], "handled_on": TOMORROW, "subject": "煤"}
            case["complaints"].append(told | {"x": usual["x"], "village_code": VILLAGE})
        else:
            kind = dice.choice(["coal_burned", "stove_present", None])
            case["found"].append(usual | {"finding": kind, "rectified_on": None, "clean_on": None})

    after = judged(changed(made_up, tell, "tell"), policy)
    never_better(before, after)
    assert not (after.loc[after.index.isin(before.index), "verdict"] == "cleared").any()

"""Four hundred made-up zones: what may only ever make a zone worse never makes it better."""

from random import Random  # made-up towns, no secrets

import numpy as np
import pandas as pd
import pytest
import town
from audit.scene import layer
from shapely.geometry import Point, box

ZONES, SIDE = 400, 1000.0
RANK = {"not_cleared": 0, "unconfirmed": 1, "cleared": 2}


def squares(reach):
    """Zones in a row, 1 km apart, each from the left edge of its square to `reach`."""
    return [
        {"zone_id": f"Z{n:03d}", "geometry": box(2 * n * SIDE, 0, 2 * n * SIDE + reach, SIDE)}
        for n in range(ZONES)
    ]


@pytest.fixture(scope="module")
def town_of():
    dice = Random(7)
    homes, visits, shops = [], [], []
    for n in range(ZONES):
        good = dice.random() < 0.5
        for _ in range(dice.choice([0, 1, 2, 3, 5])):
            home = {"x": 2 * n * SIDE + dice.choice([100, 400, 590, 610, 800, 995]), "y": 500.0}
            home["village_code"] = None
            if not good and dice.random() < 0.3:
                home |= dice.choice([{"heating": "coal"}, {"coal_removed_on": None}])
            homes.append(home | {"household_id": f"h{len(homes)}"})
            if good or dice.random() < 0.8:
                visits.append({"household_id": homes[-1]["household_id"]})
        shops.append({"x": 2 * n * SIDE + dice.choice([200, 700]), "bad": dice.random() < 0.15})
    return homes, visits, shops


def judge_town(judge, town_of, *, reach=600.0, more=(), complaints=None, drop=()):
    homes, visits, shops = town_of
    rows = [
        {"premises_id": f"p{n}", "kind": "shop", "geometry": Point(s["x"], 500)}
        for n, s in enumerate(shops)
    ]
    sold = [
        {"household_id": None, "premises_id": f"p{n}", "finding": "coal_sold"}
        for n, s in enumerate(shops)
        if s["bad"]
    ]
    kept = [v for v in visits if v["household_id"] not in drop]
    inspected = [*kept, *sold, *more]
    return judge(
        homes, inspected, zones=squares(reach), premises=town.layer(rows), complaints=complaints
    )


@pytest.fixture(scope="module")
def before(judge, town_of):
    return judge_town(judge, town_of)


def never_better(before, after):
    pairs = zip(before.zones["verdict"], after.zones["verdict"], strict=True)
    assert all(RANK[b] <= RANK[a] for a, b in pairs)
    assert (before.zones["verdict"] != after.zones["verdict"]).any()


def test_the_counts_add_up(before):
    zones = before.zones
    assert set(zones["verdict"]) == set(RANK)
    assert (zones["inside"] == zones[["cleared", "not_cleared", "unknown"]].sum(axis=1)).all()
    some = zones[zones["share_certain"].notna()]
    assert (some["share_certain"] <= some["share_possible"]).all()
    assert some[["share_certain", "share_possible"]].stack().between(0, 1).all()
    clear = zones[zones["verdict"] == "cleared"]
    assert (clear["share_certain"] == 1).all()
    assert (zones.loc[zones["not_cleared"] > 0, "verdict"] == "not_cleared").all()


def test_a_zone_that_grows_is_never_clearer_than_not_cleared(judge, town_of, before):
    grown = judge_town(judge, town_of, reach=SIDE)
    was = before.zones["verdict"] == "not_cleared"
    assert (grown.zones["inside"] >= before.zones["inside"]).all()
    assert (grown.zones.loc[was, "verdict"] == "not_cleared").all()
    assert (grown.zones["verdict"] != before.zones["verdict"]).any()


@pytest.mark.parametrize("finding", ["coal_stored", "stove_present"])
def test_a_finding_never_makes_a_zone_better(judge, town_of, before, finding):
    dice = Random(finding)
    homes = dice.sample(town_of[0], 200)
    more = [
        {"household_id": home["household_id"], "finding": finding,
         "inspected_on": dice.choice(["2024-09-01", "2024-10-25"]),
         "rectified_on": dice.choice([None, "2024-10-26"])}
        for home in homes
    ]  # fmt: skip
    never_better(before, judge_town(judge, town_of, more=more))


def test_a_visit_taken_away_never_makes_a_zone_better(judge, town_of, before):
    gone = {v["household_id"] for v in town_of[1][::5]}
    never_better(before, judge_town(judge, town_of, drop=gone))


def test_a_complaint_never_makes_a_zone_better(judge, town_of, before):
    at = [{"complaint_id": f"c{n}", "received_on": "2024-10-01", "subject": "散煤",
           "x": 2 * n * SIDE + 300, "y": 500.0} for n in range(0, ZONES, 3)]  # fmt: skip
    after = judge_town(judge, town_of, complaints=layer(at))
    never_better(before, after)
    assert not (after.zones["verdict"] == "cleared").to_numpy()[::3].any()


def test_every_household_is_judged_once(before, town_of):
    assert len(before.households) == len(town_of[0])
    assert before.households["clearance"].isin(["cleared", "not_cleared", "unknown"]).all()
    assert pd.api.types.is_bool_dtype(before.households["relapse"])
    assert np.issubdtype(before.zones["inside"].dtype, np.integer)

"""As-of moved past evidence that is taken back, changed, or older than a complaint."""

from datetime import date

import pandas as pd
import pytest
from audit.cleared_home import CLEAN_VISIT, NEXT, VILLAGE, layer
from shapely.geometry import box

from gis.audit.clearance import judge_zones

# the days of a change and the ones before them
DAYS = [date(2024, 11, day) for day in (15, 19, 20, 30)]
DAYS += [date(2024, 12, day) for day in (1, 4, 5, 7, 8, 9, 10, 15)]
VISITS = [{"inspected_on": "2024-11-15"}]
LINE = {"household_id": "h1", "x": 995.0, "heating": "coal", "village_code": NEXT}
SQUARE = {"zone_id": "Z1", "geometry": box(0, 0, 1000, 1000)}


@pytest.fixture
def turns(facts_of, policy):
    """(homes, more) → the verdict of the zone on the first day, and on each on which it changes."""
    season = policy.clearance.model_copy(update={"fresh": "season"})
    plan = policy.model_copy(update={"clearance": season})

    def moved(homes, *, visits=VISITS, rulings=None, complaints=None, sweeps=None, days=DAYS):
        named = {} if rulings is None else {"zone_rulings": dated(rulings, "ruled_on")}
        told = None if complaints is None else layer(complaints)
        swept = None if sweeps is None else dated(sweeps, "swept_on")
        seen = layer([CLEAN_VISIT | one for one in visits])
        found = []
        for day in days:
            # without a ruling what is placed does not change with the day
            placed_on = day if named else DAYS[-1]
            facts = facts_of(homes, [SQUARE], placed_on, plan=plan, **named)
            ruled = named.get("zone_rulings")
            made = judge_zones(facts, seen, None, told, ruled, plan, day, swept)
            verdict = made.zones["verdict"].iloc[0]
            if not found or found[-1][1] != verdict:
                found.append((f"{day:%m-%d}", verdict))
        return found

    return moved


def dated(rows, name):
    table = pd.DataFrame(rows)
    return table.assign(**{name: pd.to_datetime(table[name])})


def ruling(word, day, document="d1"):
    return {"household_id": "h1", "zone_id": "Z1", "ruling": word, "document_no": document,
            "ruled_on": day, "ledger_row": 2}  # fmt: skip


OUT = ruling("outside", "2024-11-10")


@pytest.mark.parametrize(
    ("rulings", "found"),
    [
        (None, [("11-15", "unconfirmed")]),  # nobody ruled on the home on the line
        ([OUT], [("11-15", "cleared")]),
        # withdrawn by another
        ([OUT, ruling("inside", "2024-12-01", "d2")],
         [("11-15", "cleared"), ("12-01", "not_cleared")]),
        # withdrawn by one without a document, which holds what it can and frees nothing
        ([OUT, ruling("inside", "2024-12-01", None)],
         [("11-15", "cleared"), ("12-01", "not_cleared")]),
        # and put back in force by a document of its own
        ([OUT, ruling("inside", "2024-12-01", "d2"), ruling("outside", "2024-12-08", "d3")],
         [("11-15", "cleared"), ("12-01", "not_cleared"), ("12-08", "cleared")]),
    ],
)  # fmt: skip
def test_a_ruling_that_is_withdrawn(turns, rulings, found):
    days = [one for one in DAYS if one.day not in (4, 5, 9, 10, 19, 20)]
    assert turns([{}, LINE], rulings=rulings, days=days) == found


@pytest.mark.parametrize(
    ("home", "never"),
    [
        ({}, False),
        # the ledger of December says that the acceptance failed: on no day before was it a pass
        ({"acceptance_result": "fail", "accepted_on": "2024-12-05"}, True),
        ({"acceptance_result": "fail"}, True),
        ({"acceptance_result": None}, True),
        ({"accepted_on": None}, True),
    ],
)
def test_an_acceptance_that_is_revoked(turns, home, never):
    found = turns([home], days=[DAYS[0], date(2024, 12, 4), date(2024, 12, 5), DAYS[-1]])
    assert ("cleared" in dict(found).values()) != never


@pytest.mark.parametrize(
    ("reading", "cleared"),
    [
        (900.0, True),  # of the old meter, a full season
        (200.0, True),  # the threshold
        (199.0, False),  # the new meter alone, since it was exchanged in January
        (-701.0, False),  # the new reading less the old one
    ],
)
def test_a_meter_that_was_exchanged(turns, reading, cleared):
    """Its season is the last one: a reading too low to be a season's is no sign of use."""
    old = {"energised_on": "2023-06-10", "accepted_on": "2023-07-01", "plan_year": 2023,
           "installed_on": "2023-06-01", "signed_on": "2023-05-01", "season": "2023-2024",
           "heating_kwh_basis": "separate_meter", "heating_kwh": reading}  # fmt: skip
    found = turns([old], days=[DAYS[0], DAYS[-1]])
    assert found == [("11-15", "cleared" if cleared else "unconfirmed")]


COMPLAINT = {"complaint_id": "c1", "village_code": VILLAGE, "received_on": "2024-12-01",
             "subject": "烧散煤"}  # fmt: skip
SWEPT = {"village_code": VILLAGE, "household_id": "h0", "document_no": "文1"}


@pytest.mark.parametrize(
    ("handled", "found"),
    [
        (None, [("11-15", "unconfirmed"), ("11-20", "cleared"), ("12-01", "unconfirmed")]),
        ("2024-11-30", [("11-15", "unconfirmed"), ("11-20", "cleared"), ("12-01", "unconfirmed")]),
        ("2024-12-10", [("11-15", "unconfirmed"), ("11-20", "cleared"), ("12-01", "unconfirmed"),
                        ("12-10", "cleared")]),
    ],
)  # fmt: skip
def test_a_complaint_after_a_sweep(turns, handled, found):
    """Neither the sweep before it nor one after it answers a complaint."""
    sweeps = [SWEPT | {"swept_on": day} for day in ("2024-11-20", "2024-12-05")]
    told = [COMPLAINT | {"handled_on": handled}]
    assert turns([{}], visits=[], complaints=told, sweeps=sweeps) == found

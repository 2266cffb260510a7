"""A small zone and its homes: everything that clears a home is there unless a test takes it away."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import town
from shapely.geometry import box

from gis.audit import clearance, evidence
from gis.audit.verdict import households
from gis.facts import gather

VILLAGE, NEXT = "140882001001", "140882001002"
CLEARED_HOME = {
    "heating": "electric",
    "village_code": VILLAGE,
    "x": 500.0,
    "y": 500.0,
    "signed_on": "2024-05-01",
    "installed_on": "2024-06-01",
    "energised_on": "2024-06-10",
    "accepted_on": "2024-07-01",
    "acceptance_result": "pass",
    "acceptance_by": "township",
    "stove_removed_on": "2024-07-05",
    "coal_removed_on": "2024-07-05",
    "plan_year": 2024,
}
CLEAN_VISIT = {"household_id": "h0", "inspected_on": "2024-10-20", "finding": "clean"}


def layer(rows, **more):
    """A layer of evidence; the columns ending in _on are dates."""
    columns = ["inspection_id", "household_id", "inspected_on", "finding"]
    named = [{"inspection_id": f"i{n}", **row} for n, row in enumerate(rows)]
    table = pd.DataFrame(named, columns=None if rows else columns)
    for name in (
        "inspected_on",
        "rectified_on",
        "rectify_by",
        "received_on",
        "handled_on",
        "due_on",
    ):
        if name in table:
            table[name] = pd.to_datetime(table[name])
    return table.assign(**more)


@pytest.fixture
def policy(tmp_path):
    return town.policy(tmp_path)


@pytest.fixture
def facts_of(policy):
    def build(homes, zones=None, as_of=town.AS_OF, villages=None, plan=policy, **layers):
        rows = [CLEARED_HOME | {"household_id": f"h{n}"} | home for n, home in enumerate(homes)]
        square = {"zone_id": "Z1", "geometry": box(0, 0, 1000, 1000)}
        tables = {
            "households": town.households(rows),
            "villages": villages
            if villages is not None
            else town.villages([(VILLAGE, (0, 0, 1000, 1000)), (NEXT, (1000, 0, 2000, 1000))]),
            "coal_ban_zones": town.zones(*([square] if zones is None else zones)),
            **layers,
        }
        return gather(tables, plan, as_of)

    return build


@pytest.fixture
def judge(facts_of, policy):
    """judge([home, …], [visit, …], …) -> Clearance; a visit is of home h0 unless it says else."""

    def judged(homes, visits=None, *, zones=None, as_of=town.AS_OF, plan=policy, **layers):
        facts = facts_of(homes, zones, as_of, plan=plan)
        made = [CLEAN_VISIT | visit for visit in visits] if visits is not None else None
        inspections = layer(made) if made else None
        tables = {name: layers.get(name) for name in ("premises", "complaints", "zone_rulings")}
        return clearance.judge(facts, inspections, *tables.values(), plan, as_of)

    return judged


@pytest.fixture
def judge_homes(policy):
    """judge_homes([home, …], [visit, …]) -> the households' verdicts, without any zone."""

    def judged(homes, visits=None, *, as_of=town.AS_OF, plan=policy):
        rows = [CLEARED_HOME | {"household_id": f"h{n}"} | home for n, home in enumerate(homes)]
        ledger = town.households(rows)
        ledger["status"] = np.where(ledger["reject_reason"] == "", "placed", "rejected")
        made = evidence.visits(layer([CLEAN_VISIT | v for v in visits or []]), ledger, None, as_of)
        return households(ledger, made, plan, as_of).table

    return judged


@pytest.fixture
def verdict(judge_homes):
    """verdict(home, visits) -> (clearance, why) of one home."""

    def one(home, visits):
        row = judge_homes([home], visits).iloc[0]
        return row["clearance"], row["why"]

    return one


@pytest.fixture
def day():
    return date.fromisoformat

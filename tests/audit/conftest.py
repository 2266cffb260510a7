"""A small zone and its homes, judged whole or home by home."""

import pickle
from datetime import date

import numpy as np
import pandas as pd
import pytest
import town
from audit.cleared_home import CLEAN_VISIT, CLEARED_HOME, NEXT, VILLAGE, layer
from shapely.affinity import translate
from shapely.geometry import Point, box

from gis.audit import clearance, evidence
from gis.audit.household_clearance import judge_households
from gis.facts import build_facts


@pytest.fixture(scope="session")
def policy(tmp_path_factory):
    return town.policy(tmp_path_factory.mktemp("policy"))


@pytest.fixture(scope="session")
def facts_of(policy):
    made = {}

    def facts_with(homes, zones=None, as_of=town.AS_OF, villages=None, plan=policy, **layers):
        asked = id(plan), pickle.dumps((homes, zones, as_of, villages, layers))
        if asked not in made:  # many judge the same homes by other visits
            own = {} if villages is None else {"villages": villages}
            made[asked] = plan, build_facts(tables(homes, zones) | own | layers, plan, as_of)
        return made[asked][1]

    def tables(homes, zones):
        rows = [CLEARED_HOME | {"household_id": f"h{n}"} | home for n, home in enumerate(homes)]
        square = {"zone_id": "Z1", "geometry": box(0, 0, 1000, 1000)}
        return {
            "households": town.households(rows),
            "villages": town.villages(
                [(VILLAGE, (0, 0, 1000, 1000)), (NEXT, (1000, 0, 2000, 1000))]
            ),
            "coal_ban_zones": town.zones(*([square] if zones is None else zones)),
        }

    return facts_with


@pytest.fixture(scope="session")
def judge(facts_of, policy):
    """judge([home, …], [visit, …], …) -> Clearance; a visit is of home h0 unless it says else."""

    def judged(homes, visits=None, *, zones=None, as_of=town.AS_OF, plan=policy, **layers):
        named = {"zone_rulings": layers["zone_rulings"]} if "zone_rulings" in layers else {}
        facts = facts_of(homes, zones, as_of, plan=plan, **named)
        inspections = None if visits is None else layer([CLEAN_VISIT | v for v in visits])
        tables = {name: layers.get(name) for name in ("premises", "complaints", "zone_rulings")}
        return clearance.judge_zones(facts, inspections, *tables.values(), plan, as_of)

    return judged


@pytest.fixture(scope="session")
def zones_of(towns_of):
    """zones_of([case, …]) -> one row a case, see towns_of."""
    return lambda cases: towns_of(cases)[1].zones


@pytest.fixture(scope="session")
def towns_of(policy):
    """towns_of([case, …]) -> Facts, Clearance: each a town of its own, side by side, judged at once.

    A case: {homes, visits, premises, complaints, zone_rulings, zones}, rows as `judge` has them,
    around a zone of 1 km unless it has `zones`. Its Z1 is called Z and the case's three digits.
    """

    def judged(cases):
        apart = [_moved(case, n) for n, case in enumerate(cases)]
        towns = [
            ((_code(VILLAGE, n), (5000 * n, 0, 5000 * n + 1000, 1000)),
             (_code(NEXT, n), (5000 * n + 1000, 0, 5000 * n + 2000, 1000)))
            for n in range(len(cases))
        ]  # fmt: skip
        squares = [
            zone | {"zone_id": f"Z{n:03d}", "geometry": translate(zone["geometry"], 5000 * n)}
            for n, case in enumerate(cases)
            for zone in case.get("zones", [{"geometry": box(0, 0, 1000, 1000)}])
        ]
        rows = {name: [row for case in apart for row in case[name]] for name in apart[0]}
        tables = {
            "households": town.households(rows["homes"]),
            "villages": town.villages([pair for both in towns for pair in both]),
            "coal_ban_zones": town.zones(*squares),
        }
        shops = town.layer(rows["premises"]) if rows["premises"] else None
        if shops is not None:
            shops = shops.astype({"exempt": "boolean"})
        told = layer(rows["complaints"]) if rows["complaints"] else None
        ruled = pd.DataFrame(rows["zone_rulings"]) if rows["zone_rulings"] else None
        if ruled is not None:
            ruled["ruled_on"] = pd.to_datetime(ruled["ruled_on"])
            tables["zone_rulings"] = ruled
        facts = build_facts(tables, policy, town.AS_OF)
        visits = layer(rows["visits"])
        return facts, clearance.judge_zones(facts, visits, shops, told, ruled, policy, town.AS_OF)

    return judged


def _code(village, case):
    return f"{village[:6]}{case:03d}{village[9:]}"


def _moved(case, n):
    """The rows of a case with its own ids, village codes and place."""
    usual = {
        "homes": CLEARED_HOME,
        "visits": CLEAN_VISIT,
        "premises": {"kind": "shop", "x": 500.0, "y": 500.0, "exempt": None},
        "complaints": {"received_on": "2024-10-01", "subject": "烧散煤", "village_code": VILLAGE},
        "zone_rulings": {"ledger_row": 2 + n},
    }
    ids = {"homes": "household_id", "premises": "premises_id", "complaints": "complaint_id"}
    letters = {"homes": "h", "premises": "p", "complaints": "c"}
    moved = {}
    for name, common in usual.items():
        rows = [
            common | ({ids[name]: f"{letters[name]}{k}"} if name in ids else {}) | row
            for k, row in enumerate(case.get(name, []))
        ]
        moved[name] = [_own(row, n) for row in rows]
    for row in moved["premises"]:
        row["geometry"] = Point(row.pop("x"), row.pop("y"))
    return moved


def _own(row, n):
    named = {k: f"{n}{v}" for k, v in row.items() if k.endswith("_id") and v is not None}
    if row.get("zone_id") == "Z1":
        named["zone_id"] = f"Z{n:03d}"
    if row.get("village_code"):
        named["village_code"] = _code(row["village_code"], n)
    if row.get("x") is not None:
        named["x"] = row["x"] + 5000.0 * n
    return row | named


@pytest.fixture(scope="session")
def judge_of(policy):
    """judge_of(facts, [visit, …]) -> Clearance, on facts at hand."""

    def judged(facts, visits, plan=policy, **layers):
        inspections = layer([CLEAN_VISIT | visit for visit in visits])
        tables = [layers.get(name) for name in ("premises", "complaints", "zone_rulings")]
        return clearance.judge_zones(facts, inspections, *tables, plan, town.AS_OF)

    return judged


@pytest.fixture(scope="session")
def judge_homes(policy):
    """judge_homes([home, …], [visit, …]) -> the households' verdicts, without any zone."""

    def judged(homes, visits=None, *, as_of=town.AS_OF, plan=policy):
        rows = [CLEARED_HOME | {"household_id": f"h{n}"} | home for n, home in enumerate(homes)]
        ledger = town.households(rows)
        ledger["status"] = np.where(ledger["reject_reason"] == "", "placed", "rejected")
        made = evidence.visits(layer([CLEAN_VISIT | v for v in visits or []]), ledger, None, as_of)
        return judge_households(ledger, made, plan, as_of).table

    return judged


@pytest.fixture(scope="session")
def verdicts(judge_homes):
    """verdicts([(home, visits, (clearance, why)), …]) -> those that came out otherwise."""

    def wrong(cases):
        cases = list(cases)
        made = [
            {"household_id": f"h{n}"} | visit
            for n, (_, visits, _) in enumerate(cases)
            for visit in visits
        ]
        table = judge_homes([home for home, _, _ in cases], made)
        found = zip(table["clearance"], table["why"], strict=True)
        return [(*case, got) for case, got in zip(cases, found, strict=True) if case[2] != got]

    return wrong


@pytest.fixture(scope="session")
def verdict(judge_homes):
    """verdict(home, visits) -> (clearance, why) of one home."""

    def one(home, visits):
        row = judge_homes([home], visits).iloc[0]
        return row["clearance"], row["why"]

    return one


@pytest.fixture(scope="session")
def day():
    return date.fromisoformat

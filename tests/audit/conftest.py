"""A small zone and its homes, judged whole or home by home."""

from datetime import date

import numpy as np
import pytest
import town
from audit.scene import CLEAN_VISIT, CLEARED_HOME, NEXT, VILLAGE, layer
from shapely.geometry import box

from gis.audit import clearance, evidence
from gis.audit.verdict import households
from gis.facts import gather


@pytest.fixture(scope="session")
def policy(tmp_path_factory):
    return town.policy(tmp_path_factory.mktemp("policy"))


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
        named = {"zone_rulings": layers["zone_rulings"]} if "zone_rulings" in layers else {}
        facts = facts_of(homes, zones, as_of, plan=plan, **named)
        inspections = None if visits is None else layer([CLEAN_VISIT | v for v in visits])
        tables = {name: layers.get(name) for name in ("premises", "complaints", "zone_rulings")}
        return clearance.judge(facts, inspections, *tables.values(), plan, as_of)

    return judged


@pytest.fixture
def judge_of(policy):
    """judge_of(facts, [visit, …]) -> Clearance, on facts at hand."""

    def judged(facts, visits, plan=policy, **layers):
        inspections = layer([CLEAN_VISIT | visit for visit in visits])
        tables = [layers.get(name) for name in ("premises", "complaints", "zone_rulings")]
        return clearance.judge(facts, inspections, *tables, plan, town.AS_OF)

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

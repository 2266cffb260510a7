"""Generated small towns in plain tables, and the whole pipeline over them, in one process."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import town
from hypothesis import settings
from shapely.geometry import LineString, Point, box

from gis.audit.clearance import Clearance, judge_zones
from gis.audit.coverage_gaps import find_gaps
from gis.audit.progress import Progress, count_progress
from gis.costs import price_routes
from gis.decide import Decisions, decide
from gis.facts import Facts, build_facts
from gis.policy import Policy

CODES = ("140882001001", "140882001002", "140882002001", "140882002002")
SIDE, APART, HOMES = 1000, 2500, 9
# The suite looks at a handful of towns a property; NUANTU_TOWNS=500 looks at as many as one likes.
TOWNS = int(os.environ.get("NUANTU_TOWNS", "0"))
Tables = dict[str, Any]


def each(usual: int) -> Any:
    """Settings of a property test."""
    return settings(max_examples=TOWNS or usual, deadline=None, derandomize=not TOWNS)


@dataclass(frozen=True)
class Outcome:
    """What every stage made of a town."""

    facts: Facts
    decisions: Decisions
    clearance: Clearance
    progress: Progress
    gaps: pd.DataFrame

    def homes(self) -> pd.DataFrame:
        """What is said of each household that counts, by its id."""
        parts = [
            self.facts.households[["household_id", "status", "village_code", "served",
                                   "gas_served", "zone_id", "zone_position", "transformer_id"]],
            self.decisions.households,
            self.clearance.households[["clearance", "why", "relapse", "unused"]],
        ]  # fmt: skip
        table = pd.concat(parts, axis=1)
        return table[table["status"] != "rejected"].set_index("household_id").sort_index()

    def villages(self) -> pd.DataFrame:
        """The decisions, by village and part; costs rounded off, reasons whole."""
        return self.decisions.villages.set_index(["village_code", "part"]).sort_index()

    def told(self) -> dict[str, pd.DataFrame]:
        """Everything that is said, in an order of its own."""
        zones = self.clearance.zones.set_index("zone_id").sort_index()
        units = self.progress.units.set_index(["unit_code", "mode"]).sort_index()
        # gaps of one size are named and ranked by where they lie
        gaps = self.gaps.drop(columns=["x", "y", "gap_id", "rank"]).round(6).astype(str)
        gaps = gaps.sort_values(list(gaps.columns), ignore_index=True)
        return {"homes": self.homes(), "villages": self.villages(), "zones": zones,
                "units": units, "gaps": gaps}  # fmt: skip


def outcome(tables: Tables, policy: Policy) -> Outcome:
    """All stages but intake and the pages."""
    facts = build_facts(tables, policy, town.AS_OF)
    priced = price_routes(facts, policy)
    decided = decide(
        facts, priced, tables.get("rulings"), tables.get("targets"), policy, town.AS_OF
    )
    evidence = [tables.get(name) for name in ("inspections", "premises", "complaints")]
    cleared = judge_zones(facts, *evidence, None, policy, town.AS_OF)
    progress = count_progress(facts, decided, tables.get("targets"), policy, town.AS_OF)
    return Outcome(facts, decided, cleared, progress, find_gaps(facts, decided, policy))


def made(seed: int) -> Tables:
    """A town of four villages in two townships; whole metres, so that moving it is exact."""
    dice = np.random.default_rng(seed)
    street = int(dice.integers(100, SIDE - 100))
    done, near = dice.random(len(CODES)), dice.choice([40, 80, 400], len(CODES))
    homes = [
        _home(dice, at * HOMES + n, done[at]) | _place(dice, at, street, near[at])
        for at in range(len(CODES)) for n in range(HOMES)
    ]  # fmt: skip
    left = int(dice.integers(0, SIDE))
    return {
        "households": town.households(homes),
        "villages": town.villages([(code, _bounds(at)) for at, code in enumerate(CODES)]),
        "coal_ban_zones": town.zones(
            {"zone_id": "Z1", "geometry": box(left, -100, APART + 700, SIDE + 100)},
            {"zone_id": "Z2", "geometry": box(2 * APART, 200, 3 * APART, 900)},
        ),
        "heat_pipes": _pipes(int(dice.integers(600, 3600)), street),
        "heat_sources": town.layer(
            [{"source_id": "s1", "capacity_mw": float(dice.choice([0.05, 0.2, 5.0])),
              "load_mw": 0.0, "geometry": Point(100, 500)}]
        ),
        "gas_coverage": town.layer(
            [{"status": "in_service", "supply_secured": bool(dice.integers(2)),
              "geometry": box(2 * APART, 0, 2 * APART + int(dice.integers(300, 1100)), SIDE)}],
            "in_service_on",
        ),
        "transformers": _grid(dice),
        "inspections": _visits(dice, homes),
        "targets": pd.DataFrame(
            {"unit_code": ["140882001", "140882002"], "unit": ["t001", "t002"],
             "electric": [5, 7], "gas": [pd.NA, 4], "central": [6, pd.NA], "total": [11, 11]}
        ).astype(dict.fromkeys(("electric", "gas", "central", "total"), "Int64")),
    }  # fmt: skip


def _bounds(at: int) -> tuple[float, float, float, float]:
    return (at * APART, 0, at * APART + SIDE, SIDE)


def _place(dice: np.random.Generator, at: int, street: int, near: int) -> dict[str, float]:
    """Somewhere in village number `at`, at most `near` metres from the street if that fits."""
    y = int(np.clip(street + dice.integers(-near, near + 1), 0, SIDE))
    return {"x": float(at * APART + dice.integers(0, SIDE + 1)), "y": float(y)}


def _home(dice: np.random.Generator, number: int, done: float) -> dict[str, Any]:
    clean = dice.random() < done
    home: dict[str, Any] = {
        "household_id": f"h{number:03d}",
        "village_code": CODES[number // HOMES],
        "heating": str(dice.choice(["electric", "central", "gas"] if clean else ["coal", "none"])),
        "occupancy": str(dice.choice(["occupied"] * 5 + ["vacant", "demolition"])),
        "plan_year": 2024.0,
        "in_programme": bool(dice.integers(2)),
        "floor_area_m2": float(dice.integers(60, 200)),
    }
    days = ("signed_on", "installed_on", "energised_on", "accepted_on", "stove_removed_on",
            "coal_removed_on")  # fmt: skip
    reached = int(dice.choice([4, 6, 6, 6, 6, 6])) if clean else int(dice.integers(0, 3))
    for step, name in enumerate(days[:reached]):
        home[name] = f"2024-{5 + step:02d}-{dice.integers(1, 28):02d}"
    if reached > 3:
        home |= {"acceptance_result": "pass", "acceptance_by": "township"}
    return home


def _pipes(length: int, y: int) -> Any:
    line = LineString([(0, y), (length, y)])
    row = {"pipe_id": "p1", "dn_mm": 200.0, "status": "in_service", "role": "primary"}
    return town.layer([row | {"geometry": line}], "in_service_on")


def _grid(dice: np.random.Generator) -> Any:
    rows = [
        {"transformer_id": f"t{at}", "village_code": code, "capacity_kva": 100.0,
         "peak_load_kva": float(dice.choice([40.0, 90.0, 99.0])), "upgrade_kva": None,
         "upgrade_cny": None, "geometry": Point(at * APART + 500, 500)}
        for at, code in enumerate(CODES)
    ]  # fmt: skip
    return town.layer(rows, "upgrade_due_on")


def _visits(dice: np.random.Generator, homes: list[dict[str, Any]]) -> pd.DataFrame:
    findings = ["clean"] * 20 + ["coal_stored", "stove_present"]
    rows = [
        {"inspection_id": f"i{number}", "household_id": home["household_id"],
         "finding": str(dice.choice(findings)),
         "inspected_on": town.AS_OF - timedelta(days=int(dice.integers(1, 62)))}
        for number, home in enumerate(homes) if dice.integers(12)
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["inspection_id", "household_id", "finding", "inspected_on"])
    table["inspected_on"] = pd.to_datetime(table["inspected_on"])
    return table.assign(rectified_on=pd.NaT)


def plan(folder: Path) -> Policy:
    """The policy of the generated towns: some works may be bought, others are too dear."""
    ceiling = "max_upgrade_cny_per_household = { value = 1400, verified = true }\n"
    return town.policy(folder, f"[electric]\n{ceiling}")

"""Generated towns over months: homes convert, move, fall back, fall empty; each one published.

A town lives on by itself; what is published of it goes on from the month before.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import town
from shapely.geometry import LineString, Point, box

from gis.audit.clearance import judge_zones
from gis.audit.coverage_gaps import find_gaps
from gis.audit.progress import count_progress
from gis.costs import price_routes
from gis.decide import decide
from gis.disclosure.rounding import NOTHING, Counts, Memory
from gis.editions.planner import planner_edition
from gis.editions.public import public_edition
from gis.editions.run_results import Results
from gis.facts import build_facts
from gis.layers import Layers, ProjectConfig
from gis.layers.project import Title
from gis.pages.model import Edition
from gis.policy import Policy

DAYS = [date(2024, month, 28) for month in range(5, 11)]
SIDE, APART = 1000, 1100
CONVERT, MOVE, RELAPSE, LEAVE, NEW = "convert", "move", "relapse", "leave", "new"
Home = dict[str, Any]


class Town(NamedTuple):
    """Layers that stay, and the homes of the first month."""

    fixed: dict[str, Any]
    homes: list[Home]
    codes: list[str]


class Event(NamedTuple):
    """What becomes of home number `home` in a month; `to`: where it moves."""

    home: int
    kind: str
    to: tuple[float, float] = (0.0, 0.0)


def made(dice: np.random.Generator, villages: int = 6) -> Town:
    """A town of two townships, some of its villages of a few homes."""
    codes = [f"14088200{1 + at % 2}{at:03d}" for at in range(villages)]
    sizes = [int(dice.choice([4, 9, 13, 20, 35, 60])) for _ in codes]
    bounds = [(at * APART, 0, at * APART + SIDE, SIDE) for at in range(villages)]
    homes = []
    for at, size in enumerate(sizes):
        share = dice.choice([0.0, 0.3, 0.8, 1.0])
        homes += [_home(dice, f"h{at}-{n}", codes[at], at, share) for n in range(size)]
    street = LineString([(0, 500), (int(dice.integers(1000, 4000)), 500)])
    pipe = {"pipe_id": "p1", "dn_mm": 200.0, "status": "in_service", "role": "secondary"}
    source = {"source_id": "s1", "capacity_mw": float(dice.choice([0.1, 5.0])), "load_mw": 0.0,
              "geometry": Point(0, 500)}  # fmt: skip
    grid = [
        {"transformer_id": f"t{at}", "village_code": code, "capacity_kva": 400.0,
         "peak_load_kva": float(dice.choice([20.0, 150.0, 199.0])), "upgrade_kva": None,
         "upgrade_cny": None, "geometry": Point(at * APART + 500, 500)}
        for at, code in enumerate(codes)
    ]  # fmt: skip
    fixed = {
        "villages": town.villages(list(zip(codes, bounds, strict=True))),
        "coal_ban_zones": town.zones(
            {"zone_id": "Z1", "by_units": True, "unit_villages": tuple(codes[:2]),
             "geometry": box(0, 0, APART + SIDE, SIDE)},
            {"zone_id": "Z2", "geometry": box(2 * APART + 300, 0, 4 * APART, SIDE)},
        ),
        "heat_pipes": town.layer([pipe | {"geometry": street}], "in_service_on"),
        "heat_sources": town.layer([source]),
        "transformers": town.layer(grid, "upgrade_due_on"),
        "targets": pd.DataFrame(
            {"unit_code": ["140882001", "140882002"], "unit": ["t001", "t002"],
             "electric": [20, 20], "gas": [pd.NA, pd.NA], "central": [20, 20], "total": [40, 40]}
        ).astype(dict.fromkeys(("electric", "gas", "central", "total"), "Int64")),
    }  # fmt: skip
    return Town(fixed, homes, codes)


def _home(dice: np.random.Generator, name: str, code: str, at: int, share: float) -> Home:
    home: Home = {
        "household_id": name, "village_code": code, "heating": "coal", "plan_year": 2024.0,
        "x": float(at * APART + dice.integers(5, SIDE - 5)), "y": float(dice.integers(5, SIDE - 5)),
        "in_programme": bool(dice.integers(2)), "floor_area_m2": float(dice.integers(60, 200)),
    }  # fmt: skip
    return _converted(home, date(2024, 4, 20)) if dice.random() < share else home


def _converted(home: Home, day: date) -> Home:
    return home | {"heating": "electric", "device": "ashp_air", "energised_on": f"{day}",
                   "accepted_on": f"{day}", "acceptance_result": "pass",
                   "acceptance_by": "third_party", "stove_removed_on": f"{day}",
                   "coal_removed_on": f"{day}"}  # fmt: skip


def events(dice: np.random.Generator, homes: int, number: int) -> list[Event]:
    """So many single changes of a month."""
    return [event(dice, homes) for _ in range(number)]


def event(dice: np.random.Generator, homes: int) -> Event:
    """One of them; a home moves into any village."""
    kinds = [CONVERT] * 5 + [MOVE, RELAPSE, LEAVE]
    to = float(dice.integers(5, 6 * APART - 200)), float(dice.integers(5, SIDE - 5))
    return Event(int(dice.integers(homes)), str(dice.choice(kinds)), to)


def happen(homes: list[Home], happening: list[Event], day: date) -> list[Home]:
    """The homes after what happened."""
    after = list(homes)
    for one in happening:
        home = after[one.home]
        if one.kind == CONVERT and home["heating"] == "coal":
            after[one.home] = _converted(home, day)
        elif one.kind == MOVE:
            after[one.home] = home | {"x": one.to[0], "y": one.to[1]}
        elif one.kind == RELAPSE:
            after[one.home] = home | {"heating": "coal"}
        elif one.kind == LEAVE:
            after[one.home] = home | {"occupancy": "vacant"}
    return after


def publication(
    place: Town, homes: list[Home], day: date, policy: Policy, past: Memory = NOTHING
) -> tuple[Edition, Memory]:
    """The public edition of a day, and what the next one goes on from."""
    results = _results(place.fixed | {"households": town.households(homes)}, day, policy)
    edition, counts, groups = public_edition(planner_edition(results, {}), results, past)
    return edition, after(counts, groups, past)


def after(counts: Counts, groups: Any, past: Memory) -> Memory:
    """What the edition after goes on from."""
    told = (*past.told, counts.published())
    return Memory(counts.memory, tuple(groups), counts.amounts, counts.said, told)


def _results(tables: dict[str, Any], day: date, policy: Policy) -> Results:
    facts = build_facts(tables, policy, day)
    priced = price_routes(facts, policy)
    decisions = decide(facts, priced, None, tables["targets"], policy, day)
    project = ProjectConfig(
        folder=".", name="town", title=Title(zh="小城", en="Town"), crs=town.CRS, as_of=day,
        policy="policy.toml", targets=None, layers={}, zones=(), demonstration=True,
        map_review_no="", publish_proposals=True,
    )  # fmt: skip
    return Results(
        project=project, policy=policy, layers=Layers(tables, (), ()), facts=facts,
        decisions=decisions, route_costs=priced,
        clearance=judge_zones(facts, None, None, None, None, policy, day),
        progress=count_progress(facts, decisions, tables["targets"], policy, day),
        gaps=find_gaps(facts, decisions, policy),
    )  # fmt: skip

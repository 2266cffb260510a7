"""Small towns drawn in plain rows, many side by side, with every kind of load that a home may be.

A town is 6 km of two heat mains, with villages beside either or neither, and transformers that are
just short. `county` makes tables of them, as reading layers would; nothing is shared between towns.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

import pandas as pd
import town
from shapely.geometry import LineString, Point, box

WIDE_M, APART_M, ROW_M = 6000, 1000, 3000  # a town, its villages, its two mains and the rest
GRID = ("T1", "T2", "T3")
PIECES = ("P1", "P2", None)
DAYS = (None, "2023-10-20", "2024-01-20", "2024-01-21", "2024-03-31", "2024-04-01", "2024-10-20")

# Behind town.POLICY: works that cost too much are refused, or works may always be bought; the one
# has a table of simultaneity and a diversity of heat, the other neither.
REFUSING = """
[electric]
kw_per_household = 3
power_factor = 1.0
usable_share = 0.8
max_upgrade_cny_per_household = { value = 3000, source = "x", verified = true }
transformer_reach_m = { value = 500, source = "x", verified = true }
upgrade_cny_per_kva = 300
simultaneity = 0.5
[electric.simultaneity_up_to]
3 = 1.0
6 = 0.8
[electric.device_kw]
ashp_water = 4.5
[heating_network]
split_min_households = 2
[prices.cop]
ashp_water = 2.5
"""
BUYING = """
[electric]
kw_per_household = 2
simultaneity = 0.5
power_factor = 1.0
line_m_per_unit = 20
[heating_network]
split_min_households = 3
roles = []
"""


@dataclass(frozen=True)
class LoadTown:
    """Rows of the layers of one town; codes of its villages start with `prefix`."""

    prefix: str
    villages: list[tuple[str, tuple[float, float, float, float], bool, int]]
    homes: list[dict[str, Any]]
    buildings: list[dict[str, Any]]
    transformers: list[dict[str, Any]]
    pipes: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    gas: list[dict[str, Any]]
    zones: list[dict[str, Any]]


def draw_town(number: int, seed: int) -> LoadTown:
    """A town at place `number`, from a seed of its own."""
    rng = Random(seed)  # towns, not secrets
    prefix = f"{100_000_000 + number}"
    x0, y0 = 400_000 + number % 16 * 10_000, 3_900_000 + number // 16 * 20_000
    made = LoadTown(prefix, [], [], [], [], [], [], [], [])
    _lay_mains(made, rng, x0, y0)
    for i in range(rng.randint(2, 6)):
        _draw_village(made, rng, x0 + i * APART_M, y0, i)
    codes = [code for code, *_ in made.villages]
    for name, code in zip(GRID, rng.sample([*codes, None, None], 3), strict=True):
        made.transformers.append(_transformer(rng, f"{name}-{prefix}", code, Point(x0, y0 - 4000)))
    return made


def _lay_mains(made: LoadTown, rng: Random, x0: float, y0: float) -> None:
    for row, piece in enumerate(PIECES[:2]):
        y = y0 + row * ROW_M
        role = rng.choice(["secondary", "secondary", "primary"])
        made.pipes.append(
            {"pipe_id": f"{piece}-{made.prefix}", "status": "in_service", "role": role,
             "geometry": LineString([(x0 - 500, y), (x0 + WIDE_M, y)])}
        )  # fmt: skip
        for plant in range(rng.choice([0, 1, 1, 1, 2])):
            capacity = rng.choice([0.02, 0.04, 0.06, 0.1])
            made.sources.append({
                "source_id": f"S{row}{plant}-{made.prefix}", "capacity_mw": capacity,
                "available_mw": rng.choice([None, None, 0.03, 0.055]),
                "available_document": rng.choice([None, " ", "函1号", "函1号"]),
                "load_mw": rng.choice([None, 0.0, 0.01, 0.02]),
                "load_on": rng.choice([None, "2024-01-20"]),
                "geometry": Point(x0 - 500, y + 40 * plant),
            })  # fmt: skip


def _draw_village(made: LoadTown, rng: Random, x: float, y0: float, number: int) -> None:
    """One village in one of three rows: beside the first main, the second, or neither."""
    code, row = f"{made.prefix}{number + 1:03}", rng.choice([0, 0, 1, 1, 2])
    south = y0 + row * ROW_M
    bounds = (x, south, x + 500, south + 500)
    made.villages.append((code, bounds, rng.random() < 0.1, row))
    size, near = rng.randint(1, 7), rng.choice([1.0, 1.0, 0.5])
    usual = rng.choice(GRID)
    for i in range(size):
        home = {"household_id": f"{code}-{i}", "village_code": code, "x": x + 20.0 + 60 * i,
                "y": south + (20.0 if rng.random() < near else 300.0)}  # fmt: skip
        fed = rng.choice([usual, usual, usual, rng.choice(GRID), None])
        home["transformer_id"] = None if fed is None else f"{fed}-{made.prefix}"
        made.homes.append(home | _heating(rng) | _device(rng))
        if rng.random() < 0.2:
            place = box(home["x"] - 5, home["y"] - 5, home["x"] + 5, home["y"] + 5)
            made.buildings.append({"floors": 1.0, "built_year": 1990.0, "use": "house",
                                   "geometry": place})  # fmt: skip
    if rng.random() < 0.3:
        made.zones.append({"zone_id": f"Z{code}", "geometry": box(x - 90, south - 90, x + 590,
                                                                  south + 590)})  # fmt: skip
    if rng.random() < 0.25:
        made.gas.append({"status": "in_service", "supply_secured": rng.random() < 0.7,
                         "geometry": box(x - 10, south - 10, x + 510, south + 510)})  # fmt: skip


def _heating(rng: Random) -> dict[str, Any]:
    """What a home heats with, since when, and whether anybody lives there."""
    kind = rng.choice(["coal"] * 6 + ["none", "electric", "electric", "central", "vacant", "gas"])
    row = {"heating": kind, "occupancy": "occupied"}
    if kind == "vacant":
        row = {"heating": rng.choice(["electric", "coal"]), "occupancy": "vacant"}
    dated = row["heating"] in {"electric", "central"}
    return row | {"energised_on": rng.choice(DAYS) if dated else None,
                  "plan_year": rng.choice([None, 2023, 2024]) if dated else None}  # fmt: skip


def _device(rng: Random) -> dict[str, Any]:
    return {
        "device_kw": rng.choice([None, None, 1.9, 3.0, 4.5]),
        "device_count": rng.choice([None, None, None, 2]),
        "device_chosen": rng.choice([None, None, None, "ashp_water"]),
        "floor_area_m2": rng.choice([None, 60.0, 80.0, 120.0]),
    }


def _transformer(rng: Random, name: str, code: str | None, place: Point) -> dict[str, Any]:
    return {
        "transformer_id": name, "village_code": code,
        "capacity_kva": rng.choice([10, 20.0, 30, 50]),
        "feeder_id": "F", "substation_id": "S",
        "peak_load_kva": rng.choice([None, 0.0, 8.0, 15.0, 22.0, 33.0]),
        "peak_on": rng.choice([None, "2024-01-20", "2024-01-20", "2024-07-20"]),
        "peak_season": rng.choice([None, None, "heating", "summer"]),
        "open_kva": rng.choice([None, None, 4.5, 9.0, 15.0]),
        "open_on": rng.choice([None, "2024-01-21"]),
        "open_document": rng.choice([None, "函2号", "函2号"]),
        "upgrade_kva": rng.choice([None, None, 5.0, 30.0]),
        "upgrade_due_on": rng.choice([None, "2024-10-30", "2024-11-15"]),
        "upgrade_cny": rng.choice([None, 6000.0, 60000.0]), "upgrade_document": None,
        "upgrade_funded": rng.choice([None, True, False]), "geometry": place,
    }  # fmt: skip


def county(made: list[LoadTown]) -> dict[str, Any]:
    """The layers of many towns, as reading gives them."""
    rows = [row for one in made for row in one.villages]
    ledger = town.households([home for one in made for home in one.homes])
    ledger["plan_year"] = ledger["plan_year"].astype(float)
    ledger["transformer_id"] = ledger["transformer_id"].astype("str")
    mountain = [far for _, _, far, _ in rows]
    tables = {
        "households": ledger,
        "villages": town.villages([row[:2] for row in rows], remote_mountain=mountain),
        "coal_ban_zones": town.zones(*(zone for one in made for zone in one.zones)),
    }
    layers = {
        "buildings": (), "heat_pipes": ("in_service_on",), "heat_sources": ("load_on",),
        "transformers": ("peak_on", "open_on", "upgrade_due_on"),
        "gas_coverage": ("in_service_on",),
    }  # fmt: skip
    own = {"heat_pipes": "pipes", "heat_sources": "sources", "gas_coverage": "gas"}
    for name, dates in layers.items():
        found = [row for one in made for row in getattr(one, own.get(name, name))]
        if found:
            tables[name] = town.layer(found, *dates)
    grid: pd.DataFrame = tables["transformers"]
    grid["upgrade_funded"] = grid["upgrade_funded"].astype("boolean")
    return tables

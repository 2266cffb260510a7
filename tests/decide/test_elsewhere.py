"""The same towns elsewhere and turned: what is decided does not depend on where they lie."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import town
from shapely.affinity import affine_transform
from shapely.geometry import LineString, Point, box

from gis.costs import price_routes
from gis.decide import decide
from gis.facts import build_facts
from gis.policy import Policy

# The suite looks at forty towns; NUANTU_TOWNS_ELSEWHERE=10000 looks at as many as one likes.
TOWNS = int(os.environ.get("NUANTU_TOWNS_ELSEWHERE", "40"))
TOGETHER = 100
VILLAGES, SIDE_M, APART_M, TOWN_M = 4, 1000, 2500, 20_000
CONNECT_M, REACH_M, MARGIN_M = 50.0, 500.0, 30.0  # of the policy; 30: three sigmas of 10 m
NEAR_M = 1e-4
Tables = dict[str, Any]


def _homes(dice: np.random.Generator, at: int, street: int, code: str) -> list[dict[str, Any]]:
    """A village's homes: anywhere, or along the street that the main may follow."""
    count, done = int(dice.integers(15, 60)), dice.random() * 0.5
    spread = float(dice.choice([35.0, 60.0, 400.0]))
    return [
        {
            "household_id": f"{code}-{n}",
            "village_code": code if dice.random() < 0.9 else None,
            "x": at * APART_M + dice.uniform(-20, SIDE_M + 20),
            "y": float(np.clip(street + dice.uniform(-spread, spread), -20, SIDE_M + 20)),
            "heating": str(dice.choice(["electric", "gas"] if dice.random() < done else ["coal"])),
            "floor_area_m2": float(dice.integers(60, 200)),
        }
        for n in range(count)
    ]


def _town(seed: int) -> dict[str, list[dict[str, Any]]]:
    """The rows of one town by layer, as if it were alone."""
    dice = np.random.default_rng(seed)
    street, end = int(dice.integers(100, SIDE_M - 100)), float(dice.uniform(300, 9000))
    codes = [f"{100_000_000 + seed}{at + 1:03d}" for at in range(VILLAGES)]
    gas_end = 2 * APART_M + float(dice.uniform(300, 1100))
    ring = [(-200, -100), (dice.uniform(0, 4000), -300), (3000, 1200), (dice.uniform(0, 900), 700)]
    mains = [LineString([(0, street), (end / 2, street + 7.5), (end, street)])]
    grid = [
        {"transformer_id": f"{code}-{n}", "village_code": code if dice.random() < 0.7 else None,
         "capacity_kva": 200.0, "peak_load_kva": float(dice.choice([100.0, 160.0, 195.0])),
         "upgrade_kva": dice.choice([None, 50.0]), "upgrade_cny": None,
         "upgrade_due_on": dice.choice(["2024-11-01", "2024-12-01"]),
         "geometry": Point(at * APART_M + dice.uniform(0, SIDE_M), dice.uniform(0, SIDE_M))}
        for at, code in enumerate(codes) for n in range(2)
    ]  # fmt: skip
    return {
        "households": [h for at, code in enumerate(codes) for h in _homes(dice, at, street, code)],
        "villages": [
            {"village_code": code, "remote_mountain": bool(dice.random() < 0.2),
             "geometry": box(at * APART_M, 0, at * APART_M + SIDE_M, SIDE_M)}
            for at, code in enumerate(codes)
        ],
        "coal_ban_zones": [{"zone_id": f"Z{seed}", "geometry": shapely.Polygon(ring).convex_hull}],
        "heat_pipes": [
            {"pipe_id": f"p{seed}", "dn_mm": 200.0, "status": "in_service", "role": "primary",
             "geometry": line} for line in mains
        ],
        "heat_sources": [
            {"source_id": f"s{seed}", "capacity_mw": float(dice.choice([0.1, 0.4, 5.0])),
             "load_mw": 0.0, "geometry": Point(dice.uniform(5, 15), street + 3)}
        ],
        "gas_coverage": [
            {"status": "in_service", "supply_secured": bool(dice.integers(2)),
             "geometry": box(2 * APART_M, -500, gas_end, SIDE_M + 500)}
        ],
        "built_up_area": [{"geometry": box(-50, -50, dice.uniform(0, 2 * APART_M), SIDE_M / 2)}],
        "transformers": grid,
    }  # fmt: skip


def _side_by_side(seeds: range) -> dict[str, list[dict[str, Any]]]:
    """The rows of several towns, each in a square of its own."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for number, seed in enumerate(seeds):
        east, north = (number % 10) * TOWN_M, (number // 10) * TOWN_M
        for name, own in _town(seed).items():
            rows.setdefault(name, []).extend(_moved(own, [1, 0, 0, 1, east, north]))
    return rows


def _moved(rows: list[dict[str, Any]], matrix: list[float]) -> list[dict[str, Any]]:
    a, b, c, d, east, north = matrix
    return [
        row | {"geometry": affine_transform(row["geometry"], matrix)}
        if "geometry" in row
        else row | {"x": a * row["x"] + b * row["y"] + east,
            "y": c * row["x"] + d * row["y"] + north}
        for row in rows
    ]  # fmt: skip


def _tables(rows: dict[str, list[dict[str, Any]]]) -> Tables:
    layers = {name: town.layer(own) for name, own in rows.items() if name != "households"}
    codes = layers["villages"]["village_code"]
    layers["villages"] = layers["villages"].assign(
        village="v" + codes, township_code=codes.str[:9], township="t" + codes.str[:9], rural=True
    )
    layers["coal_ban_zones"] = town.zones(*rows["coal_ban_zones"])
    for name, column in (
        ("heat_pipes", "in_service_on"), ("gas_coverage", "in_service_on"),
        ("transformers", "upgrade_due_on"),
    ):  # fmt: skip
        layers[name] = town.layer(rows[name], column)
    return layers | {"households": town.households(rows["households"])}


def _told(rows: dict[str, list[dict[str, Any]]], policy: Policy) -> tuple[Any, Any]:
    """What is said of each home and of each village or part."""
    facts = build_facts(_tables(rows), policy, town.AS_OF)
    result = decide(facts, price_routes(facts, policy), None, None, policy, town.AS_OF)
    homes = facts.households.join(result.households[["part", "approach"]])
    homes = homes.set_index("household_id")[
        ["village_code", "status", "served", "gas_served", "zone_id", "zone_position",
         "in_built_up", "transformer_id", "part", "approach"]
    ].sort_index()  # fmt: skip
    return homes, result.villages.set_index(["village_code", "part"]).sort_index()


def _near_an_edge(rows: dict[str, list[dict[str, Any]]]) -> set[str]:
    """The towns in which a home is within 0.1 mm of where anything said of it changes."""
    homes = pd.DataFrame(rows["households"])
    places = shapely.points(homes["x"], homes["y"])
    at = np.zeros(len(places), dtype=bool)
    thresholds = {
        "villages": (0.0,), "gas_coverage": (0.0, CONNECT_M), "built_up_area": (0.0,),
        "coal_ban_zones": (0.0, MARGIN_M), "heat_pipes": (CONNECT_M,), "transformers": (REACH_M,),
    }  # fmt: skip
    for name, distances in thresholds.items():
        edges = shapely.union_all(
            [s.boundary if s.area else s for s in gpd.GeoSeries(r["geometry"] for r in rows[name])]
        )
        for metres in distances:
            at |= np.abs(shapely.distance(places, edges) - metres) <= NEAR_M
    return set(homes.loc[at, "household_id"].str[:9])


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    split = "[heating_network]\nsplit_min_households = 2\n"  # so that small villages are split too
    # some works are refused, so that villages come to gas, biomass and no route too
    ceiling = "[electric]\nmax_upgrade_cny_per_household = { value = 600, verified = true }\n"
    return town.policy(Path(tmp_path_factory.mktemp("plan")), split + ceiling)


@pytest.mark.parametrize("first", range(0, TOWNS, TOGETHER))
def test_the_same_towns_elsewhere_and_turned(first: int, policy: Policy) -> None:
    rows = _side_by_side(range(first, min(first + TOGETHER, TOWNS)))
    dice = np.random.default_rng(first)
    turn = dice.uniform(0, 2 * np.pi)
    c, s = np.cos(turn), np.sin(turn)
    matrix = [c, -s, s, c, *dice.uniform(-1e6, 1e6, 2)]
    elsewhere = {name: _moved(own, matrix) for name, own in rows.items()}
    left_out = _near_an_edge(rows)
    assert len(left_out) <= min(TOGETHER, TOWNS) / 10
    for one, other in zip(_told(rows, policy), _told(elsewhere, policy), strict=True):
        code = one.index.get_level_values(0).astype(str).str[:9]
        kept = ~code.isin(left_out)
        pd.testing.assert_frame_equal(one[kept], other[kept], rtol=1e-9)
    assert set(one["approach"]) >= {"central", "electric", "gas", "biomass", "undecided"}
    assert set(one.index.get_level_values("part")) == {"", "served", "unserved"}
    works = set("+".join(one["works"]).split("+"))
    assert works >= {"transformer", "upgrade", "heavy_load", "exchange_station"}

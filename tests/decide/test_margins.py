"""Every margin confirmed: just inside it the route stays, at it the route turns."""

from __future__ import annotations

import os
from math import floor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from decide.confirmed import Setting, confirmed, read
from decide.hamlets import AS_OF, POLICY, Hamlet, decided, facts

from gis.costs import price_routes
from gis.decide import Extension
from gis.decide.reach_margins import _piece_with_most_left

TOWNSHIP = "140882001"
HEJIN = Path(__file__).parents[2] / "layers" / "hejin-2024"


def _town(seed: int) -> Setting:
    """A few villages that share transformers and two pieces of network."""
    dice = np.random.default_rng(seed)
    hamlets = []
    for number in range(1, 8):
        size = int(dice.integers(15, 60))
        served = int(size * dice.choice([0.0, 0.5, 0.85, 0.95, 1.0]))
        split = int(dice.integers(1, size))
        names = dice.choice([f"T{i}" for i in range(6)], 2, replace=False).tolist()
        far_m = np.where(np.arange(size) < served, dice.uniform(1, 50, size), 0.0)
        far_m = np.where(np.arange(size) < served, far_m, dice.uniform(51, 400, size)).round(1)
        hamlets.append(
            Hamlet(
                f"{TOWNSHIP}{number:03}", size, served=served,
                zone=size if dice.random() < 0.3 else 0, gas=int(dice.choice([0, 0, size])),
                piece=f"P{int(dice.integers(2))}" if served else None,
                feeders={names[0]: split, names[1]: size - split},
                extra={"pipe_m": far_m.tolist()},
            )
        )  # fmt: skip
    grid = {
        f"T{i}": {
            "headroom_kva": round(float(dice.uniform(20, 120)), 1),
            "upgrade_kva": float(dice.choice([np.nan, 30.0, 60.0])),
            "upgrade_due_on": dice.choice(["2024-11-01", "2024-12-01"]),
            "upgrade_cny": float(dice.choice([40_000.0, 200_000.0, 500_000.0])),
        }
        for i in range(6)
    }
    found = facts(hamlets, grid, {"P0": float(dice.uniform(50, 300)), "P1": 400.0})
    return Setting(found, price_routes(found, POLICY), POLICY, AS_OF, Extension())


@pytest.mark.parametrize(
    "seed", [*range(2), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 8))]
)
def test_just_inside_a_margin_the_route_stays_and_at_it_it_turns(seed: int) -> None:
    setting = _town(seed)
    rows = decided(setting.facts).villages
    now = setting.routes()
    said = rows.drop_duplicates("village_code").set_index("village_code")["flip_margin_en"]
    wrong = [(code, m) for code, m in said.items() if not confirmed(setting, code, m, now)]
    assert wrong == []
    assert len({read(margin)[0] for margin in said if read(margin)}) > 1


def _fewest_kva(found: pd.DataFrame, feeders: pd.Series) -> dict[str, int]:
    """By transformer, the whole kVA less at which its homes no longer fit; a home takes 1 kVA."""
    grid = found.set_index("transformer_id")
    room = {}
    for name, homes in feeders.items():
        row = grid.loc[name]
        added = 0.0
        if row["upgrade_kva"] > 0 and row["upgrade_due_on"] <= pd.Timestamp("2024-11-15"):
            added = row["upgrade_kva"] if row["upgrade_cny"] <= 6000 * homes else 0.0
        room[str(name)] = floor(row["headroom_kva"] + added - homes + 1e-9) + 1
    return room


def test_of_several_transformers_none_turns_the_route_at_fewer_kva() -> None:
    """Villages on four transformers of their own, which lose by no code of the product."""
    dice = np.random.default_rng(4)
    hamlets, grid = [], {}
    for number in range(1, 25):
        code = f"{TOWNSHIP}{number:03}"
        homes = dice.integers(5, 60, 4)
        names = [f"{code}-{i}" for i in range(4)]
        for name, size in zip(names, homes.tolist(), strict=True):
            room = round(float(size + dice.uniform(0, 40)), 1)
            offer = float(dice.choice([np.nan, 20.0]))
            grid[name] = {
                "headroom_kva": room, "upgrade_kva": offer, "upgrade_due_on": "2024-11-01",
                "upgrade_cny": float(dice.choice([1000.0, 900_000.0])),
            }  # fmt: skip
        feeders = dict(zip(names, homes.tolist(), strict=True))
        hamlets.append(Hamlet(code, int(homes.sum()), pipe_m=np.inf, feeders=feeders))
    found = facts(hamlets, grid)
    rows = decided(found).villages.set_index("village_code")
    for hamlet in hamlets:
        assert rows.at[hamlet.code, "computed"] == "electric"
        rooms = _fewest_kva(found.transformers, pd.Series(hamlet.feeders))
        kind, amount, name = read(rows.at[hamlet.code, "flip_margin_en"]) or ("", 0.0, "")
        assert (kind, -amount) == ("kva", min(rooms.values()))
        assert rooms[name] == -amount


@pytest.mark.skipif("NUANTU_ALL_MARGINS" not in os.environ, reason="minutes: asked for by name")
def test_every_margin_of_hejin() -> None:
    from gis.decide import extension_of  # noqa: PLC0415
    from gis.pipeline import Pipeline  # noqa: PLC0415

    stages = Pipeline()
    inputs = stages.read_and_check(HEJIN)
    plan = stages.plan(inputs)
    growth = plan.extension
    grown = extension_of(growth.villages, growth.reserved_kw) if growth else Extension()
    setting = Setting(plan.facts, plan.prices, inputs.policy, inputs.as_of, grown)
    now = setting.routes()
    rows = plan.decisions.villages
    wrong = [
        (code, margin)
        for code, margin in rows[["village_code", "flip_margin_en"]].drop_duplicates().to_numpy()
        if not confirmed(setting, code, margin, now)
    ]
    assert len(rows) >= 144
    assert wrong == []


def test_without_margins_everything_else_is_the_same() -> None:
    """A slider's answer leaves them out, as they are over half of the work."""
    setting = _town(3)
    with_them = decided(setting.facts).villages
    without = decided(setting.facts, margins=False).villages
    margins = ["flip_margin_zh", "flip_margin_en", "flip_state", "flip_range_zh", "flip_range_en"]
    assert with_them["flip_margin_zh"].ne("").any()
    assert without["flip_margin_zh"].eq("").all()
    assert without["flip_margin_en"].eq("").all()
    pd.testing.assert_frame_equal(with_them.drop(columns=margins), without.drop(columns=margins))


@pytest.mark.parametrize("names", [("P2", "P1", "P3"), ("P3", "P1", "P2"), ("P1", "P2", "P3")])
def test_the_main_that_comes_nearer_is_the_same_in_any_order(names):
    """P1 and P2 have as much left, P3 less."""
    left = {"P1": 50_000, "P2": 50_000, "P3": 49_999}
    pieces = {name: i for i, name in enumerate(names)}
    shared = SimpleNamespace(pieces=pieces)
    result = SimpleNamespace(shared=shared, left=lambda i: left[names[i]])
    assert _piece_with_most_left(SimpleNamespace(result=result)) == "P1"

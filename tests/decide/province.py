"""A province as facts: many villages that share transformers and heat sources, seeded."""

from __future__ import annotations

import numpy as np
import pandas as pd
from decide.hamlets import AS_OF, EVERYTHING, LEDGER, NOTHING_SINCE, POLICY

from gis.facts import Facts
from gis.facts.transformer_loads import device_watts, transformer_loads

PER_VILLAGE = 4  # transformers; a village draws on its own and on those of the next one


def province(
    villages: int,
    pieces: int,
    seed: int = 1,
    homes: int = 40,
    *,
    mixed: bool = False,
    alike: bool = False,
) -> Facts:
    """Facts of `villages` with about `homes` pending homes each, a third of them on a network.

    Sources carry about 70 % of what is asked of them, one transformer in four is short.
    """
    rng = np.random.default_rng(seed)
    code = np.array([f"{140000000000 + i}" for i in range(villages)])
    size = rng.integers(homes // 2, homes * 3 // 2 + 1, villages)
    on_network = rng.random(villages) < 1 / 3
    owner = np.repeat(np.arange(villages), size)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(size) - size, size)
    served = on_network[owner] & (nth < np.ceil(size[owner] * 0.93))
    beyond = rng.random(len(owner)) < (
        0.33 if mixed else 0.03
    )  # homes at the edge draw on the next village
    own = (owner + beyond) * PER_VILLAGE + rng.integers(0, PER_VILLAGE, len(owner))
    feeder = own % (villages * PER_VILLAGE)
    piece = np.where(
        on_network,
        np.arange(villages) % pieces if mixed else np.arange(villages) * pieces // villages,
        -1,
    )
    zone = (np.arange(villages) % 7 == 0)[owner] & (nth % 2 == 0)
    ledger = pd.DataFrame(
        {
            "household_id": np.arange(len(owner)).astype(str),
            "village_code": code[owner],
            "township_code": np.char.array(code[owner // 20 * 20]).ljust(9),
            "status": "placed",
            "heating": "coal",
            "pending": True,
            "served": np.where(served, "in_service", "none"),
            "within_reach": served,
            "pipe_m": np.where(served, 20.0, 900.0),
            "gas_served": "none",
            "gas_secured": False,
            "zone_position": np.where(zone, "inside", "outside"),
            "in_built_up": owner % 5 == 0,
            "named_area": "",
            "transformer_id": pd.array([f"T{i:06d}" for i in feeder], dtype="str"),
            "in_programme": pd.array(nth < 5, dtype="boolean"),
            "self_converted": False,
            "device": pd.array([None] * len(owner), dtype="str"),
            "device_chosen": pd.array([None] * len(owner), dtype="str"),
            "floor_area_m2": np.nan
            if alike
            else rng.integers(60, 180, villages)[owner].astype(float),
            "plan_year": np.nan,
            "signed_on": pd.NaT,
        }
    ).astype({"village_code": "str", "township_code": "str", "signed_on": "datetime64[ns]"})
    return Facts(
        households=ledger,
        villages=_villages(ledger, code, piece, size, rng),
        zone_positions=pd.DataFrame(),
        transformers=_transformers(feeder, villages * PER_VILLAGE, rng),
        links=_links(ledger),
        sources=_sources(owner, served, piece, pieces),
        zones=None,
        available=EVERYTHING,
        problems=(),
    )


def _villages(
    ledger: pd.DataFrame, code: np.ndarray, piece: np.ndarray, size: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    on = (ledger["served"] != "none").groupby(ledger["village_code"]).sum().reindex(code)
    inside = (ledger["zone_position"] == "inside").groupby(ledger["village_code"]).sum()
    return pd.DataFrame(
        {
            "village_code": pd.array(code, dtype="str"),
            "village": "村",
            "township_code": "140000000",
            "township": "镇",
            "remote_mountain": pd.array(rng.random(len(code)) < 0.05, dtype="boolean"),
            "rural": pd.array([True] * len(code), dtype="boolean"),
            "households": size,
            "pending": size,
            "served": on.to_numpy(),
            "reached": on.to_numpy(),
            "unplaced": 0,
            "served_share": on.to_numpy() / size,
            "pipe_m": 900.0,
            "in_zone": inside.reindex(code).to_numpy(),
            "undecidable": 0,
            **LEDGER,
            "source_piece": pd.array([f"P{i}" if i >= 0 else None for i in piece], dtype="str"),
            "peak_pending_kw": [POLICY.demand.peak_kw(n) for n in size],
        }
    )


def _transformers(feeder: np.ndarray, number: int, rng: np.random.Generator) -> pd.DataFrame:
    asked = np.bincount(feeder, minlength=number)
    kva = asked * rng.choice([0.6, 1.0, 1.3, 2.0], number)
    offer = rng.random(number) < 0.5
    layer = pd.DataFrame(
        {
            "transformer_id": pd.array([f"T{i:06d}" for i in range(number)], dtype="str"),
            "village_code": None,
            "capacity_kva": kva,
            "peak_load_kva": 0.0,
            "upgrade_kva": np.where(offer, 20.0, np.nan),
            "upgrade_due_on": pd.Timestamp("2024-11-01"),
            "upgrade_cny": np.where(offer, 20000.0, np.nan),
        }
    )
    return transformer_loads(layer, NOTHING_SINCE, POLICY, AS_OF)


def _links(ledger: pd.DataFrame) -> pd.DataFrame:
    keys = [
        ledger["village_code"],
        (ledger["served"] != "none").rename("served"),
        ledger["transformer_id"],
    ]
    sums = device_watts(ledger, POLICY.electric).groupby(keys, dropna=False).agg(["size", "sum"])
    return sums.set_axis(["pending", "device_w"], axis=1).reset_index()


def _sources(owner: np.ndarray, served: np.ndarray, piece: np.ndarray, pieces: int) -> pd.DataFrame:
    asked = np.bincount(piece[owner[served]], minlength=pieces)
    kw = np.array([POLICY.demand.peak_kw(int(n)) for n in asked * 0.7])
    return pd.DataFrame(
        {"source_piece": pd.array([f"P{i}" for i in range(pieces)], dtype="str"),
         "source_ids": "",
         "capacity_kw": kw, "load_kw": 0.0, "spare_kw": kw}
    )  # fmt: skip

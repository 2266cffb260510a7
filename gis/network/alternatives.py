"""What a village would do without the network: its cheapest lawful route of its own."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.costs import upgrades

if TYPE_CHECKING:
    from gis.facts import Facts
    from gis.policy import Policy

_EXACT = 1e-9


def individual_routes(facts: Facts, priced: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """One row a village that has one, by village_code: route, cost_fen_a (upgrades included).

    Gas asks for pipe and secured supply at every pending home, biomass for remote mountain,
    electric for headroom or a lawful upgrade on every transformer its homes hang on.

    ASSUME: a village that needs an upgrade bears it alone.
    """
    table = priced[(priced["part"] == "") & priced["cost_fen_a"].notna()]
    lawful = _lawful(facts, policy)
    grid_fen = _grid_fen(facts, policy)
    rows = []
    for code, route, fen in table[["village_code", "route", "cost_fen_a"]].itertuples(index=False):
        more_fen = grid_fen.get(code) if route == "electric" else 0
        if route == "central" or more_fen is None or not lawful.at[code, route]:
            continue
        rows.append((code, route, int(fen) + more_fen))
    found = pd.DataFrame(rows, columns=["village_code", "route", "cost_fen_a"])
    found = found.sort_values(["village_code", "cost_fen_a"], kind="stable")
    return found.drop_duplicates("village_code").set_index("village_code")


def _lawful(facts: Facts, policy: Policy) -> pd.DataFrame:
    villages = facts.villages.set_index("village_code")
    electric = policy.route("electric")
    table = pd.DataFrame(index=villages.index)
    table["electric"] = electric is not None and bool(electric.devices)
    table["gas"] = villages["gas_secured"] == villages["pending"]
    table["biomass"] = villages["remote_mountain"].fillna(value=False).astype(bool)
    in_zone = villages["in_zone"] + villages["undecidable"]
    table["clean_coal"] = in_zone == 0
    return table


def _grid_fen(facts: Facts, policy: Policy) -> dict[str, int | None]:
    """By village, what upgrading its transformers costs a year [fen]; None: it is not to be had."""
    links = facts.links.groupby(["village_code", "transformer_id"], dropna=False)["pending"].sum()
    codes = facts.villages["village_code"].tolist()
    found: dict[str, int | None] = dict.fromkeys(codes, 0)
    if not facts.transformers_known:
        return found
    grid = upgrades(facts, policy).set_index("transformer_id")
    for (code, transformer), homes in links.items():
        fen = _one_fen(grid, transformer, int(homes), policy)
        known = found.get(code, 0)
        found[code] = None if fen is None or known is None else known + fen
    return found


def _one_fen(grid: pd.DataFrame, transformer: object, homes: int, policy: Policy) -> int | None:
    if pd.isna(transformer) or transformer not in grid.index:
        return None
    row = grid.loc[transformer]
    headroom_kva = float(np.nan_to_num(row["headroom_kva"]))
    each_kva = policy.electric.kva_per_household
    if homes <= floor(headroom_kva / each_kva + _EXACT):
        return 0
    more_kva = float(row["upgrade_kva"]) - row["over_kva"] if row["offer"] == "offered" else 0.0
    if homes > floor((headroom_kva + max(0.0, more_kva)) / each_kva + _EXACT) or pd.isna(
        row["upgrade_fen_a"]
    ):
        return None
    return int(row["upgrade_fen_a"])

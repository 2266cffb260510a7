"""Energy balance of the decisions: peak loads by transformer and source, energy by township."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from gis.costs.upgrades import NONE, grid_works

if TYPE_CHECKING:
    from gis.decide.decisions import Decisions
    from gis.facts import Facts
    from gis.policy import Policy

CARRIERS = ("heat_mwh_a", "electricity_kwh_a", "gas_m3_a", "biomass_t_a", "clean_coal_t_a")
_KEYS = ["village_code", "part"]
_SOURCE = (
    "source_piece", "capacity_kw", "stated_kw", "load_on", "since_homes", "since_kw",
    "undated_homes", "load_kw", "spare_kw",
)  # fmt: skip
_EXACT = 1e-9


@dataclass(frozen=True)
class Supply:
    """Needs under the approaches in force, compared with what is available.

    transformers  transformer_id, homes (going electric), need_kva, headroom_kva (<NA>: unverified),
                  added_kva (the works they need), left_kva (negative: short)
    sources       source_piece, capacity_kw, stated_kw, load_on, since_homes, since_kw,
                  undated_homes, load_kw, spare_kw (see gis.facts.heat_network), homes that come,
                  need_kw (their simultaneous peak), left_kw
    townships     township_code, township, homes with a route, peak_kva, and energy per season:
                  heat_mwh_a, electricity_kwh_a, gas_m3_a, biomass_t_a, clean_coal_t_a; blank where
                  that of one village is not known
    carriers      carrier, need (blank in the same way); what is secured stands against all homes,
                  see winter_supply
    """

    transformers: pd.DataFrame
    sources: pd.DataFrame
    townships: pd.DataFrame
    carriers: pd.DataFrame


def supply(facts: Facts, priced: pd.DataFrame, decisions: Decisions, policy: Policy) -> Supply:
    """Calculate peak loads and seasonal energy needs of the homes that will convert."""
    rows = decisions.villages
    rows = rows[rows["pending"] > 0].merge(
        priced.rename(columns={"route": "approach"})[[*_KEYS, "approach", "peak_w", *CARRIERS]],
        on=[*_KEYS, "approach"],
        how="inner",
    )
    townships = _townships(rows, policy)
    return Supply(
        transformers=_transformers(facts, decisions, policy),
        sources=_sources(facts, rows, policy),
        townships=townships,
        carriers=_carriers(townships),
    )


def _townships(rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    electric = rows["pending"].where(rows["approach"] == "electric", 0)
    table = rows.assign(homes=rows["pending"], electric=electric)
    keys = ["township_code", "township"]
    sums = table.groupby(keys)[["homes", "electric", *CARRIERS]].sum(skipna=False).reset_index()
    peak_kva = sums.pop("electric") * policy.electric.kva_per_household
    sums.insert(3, "peak_kva", peak_kva.astype(float))
    return sums


def _transformers(facts: Facts, decisions: Decisions, policy: Policy) -> pd.DataFrame:
    links, rows = facts.links, decisions.villages[[*_KEYS, "approach"]]
    side = links["served"].map({True: "served", False: "unserved"})
    split = links["village_code"].isin(rows.loc[rows["part"] != "", "village_code"])
    links = links.assign(part=side.where(split, "")).merge(rows, on=_KEYS)
    electric = links[links["approach"] == "electric"].groupby("transformer_id")
    homes, watts = electric["pending"].sum(), electric["device_w"].sum()
    grid = grid_works(facts, policy)
    need_w = grid["transformer_id"].map(watts).astype(float).fillna(0.0)
    need_kva = need_w * grid["kva_per_w"]
    bought = (need_kva > grid["headroom_kva"] + _EXACT) & ~grid["refused"]
    bought &= grid["works"] != NONE
    table = grid[["transformer_id", "headroom_kva"]].assign(
        added_kva=(grid["works_kva"] - grid["over_kva"]).clip(lower=0.0).where(bought, 0.0),
        homes=grid["transformer_id"].map(homes).fillna(0).astype(int),
    )
    table["need_kva"] = need_kva
    return table.assign(left_kva=table["headroom_kva"] + table["added_kva"] - table["need_kva"])


def _sources(facts: Facts, rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    piece = facts.villages.set_index("village_code")["source_piece"]
    central = rows[rows["approach"] == "central"]
    on_piece = central.groupby(central["village_code"].map(piece))
    homes, watts = on_piece["pending"].sum(), on_piece["peak_w"].sum()
    table = facts.sources.reindex(columns=list(_SOURCE))
    table = table.assign(homes=table["source_piece"].map(homes).fillna(0).astype(int))
    mean_w = table["source_piece"].map(watts / homes)
    table["need_kw"] = [
        policy.demand.peak_kw(n, w) for n, w in zip(table["homes"], mean_w, strict=True)
    ]
    return table.assign(left_kw=table["spare_kw"] - table["need_kw"])


def _carriers(townships: pd.DataFrame) -> pd.DataFrame:
    need = [townships[name].astype(float).sum(skipna=False) for name in CARRIERS]
    return pd.DataFrame({"carrier": CARRIERS, "need": need})

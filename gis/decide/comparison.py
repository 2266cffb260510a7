"""Compare two decisions: the routes, the works that they need, and the days they are ready."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gis.costs.upgrades import NONE, VERIFY, new_transformer
from gis.decide.load_tables import transformer_table, waits_for_works
from gis.decide.options import NO_DATA, UNDECIDED
from gis.decide.readiness import EXTENSION, STATION
from gis.decide.village import NOWHERE, SERVED, UNSERVED

if TYPE_CHECKING:
    from gis.decide.decisions import Decisions
    from gis.facts import Facts
    from gis.policy import Policy

_EXACT = 1e-6
_PLACE = ["village_code", "village", "township_code", "township", "part"]
_WORDS = ["approach", "computed", "reason_zh", "reason_en", "near_term", "interim"]
_COMPARED = [*_WORDS, "ready_on", "pending", "cost_fen_a"]
TRANSFORMER, NEW_TRANSFORMER, HEAT_STATION, HEAT_MAIN = (
    "transformer", "new_transformer", "exchange_station", "heat_main",
)  # fmt: skip
_GRID = (TRANSFORMER, NEW_TRANSFORMER)
_SIZES = ("works_kva", "works_kw")
_KEYS = ["works_kind", "works_id"]
WORKS = (
    *_KEYS, *_PLACE[:4], "grid_works", *_SIZES, "works_fen", "works_on",
)  # fmt: skip
ADDED, DROPPED, RESIZED, REPRICED, MOVED = (
    "added", "dropped", "resized", "repriced", "moved",
)  # fmt: skip
_READY = ["approach", "waits", "ready_on", "works_zh", "works_en", "near_term", "interim"]


class ComparedPlan(NamedTuple):
    """A decided plan: what the comparison rests on.

    priced     prices with the mains of the extension
    branches   the proposed mains; None: no network could be worked out
    """

    facts: Facts
    policy: Policy
    priced: pd.DataFrame
    decisions: Decisions
    branches: pd.DataFrame | None = None


def compare(a: Decisions, b: Decisions) -> pd.DataFrame:
    """The parts whose approach or computed route differs between `a` and `b`, by code.

    Returns:
        One row per (village_code, part) of either decision: approach, computed, reason, near_term,
        interim, ready_on, pending and cost_fen_a, each with the suffix `_a` or `_b`, and
        cost_change_fen_a. Where one decision does not split the village, its values are "" or
        <NA>.
    """
    table = _beside(a.villages[[*_PLACE, *_COMPARED]], b.villages[[*_PLACE, *_COMPARED]], _WORDS)
    changed = (table["approach_a"] != table["approach_b"]) | (
        table["computed_a"] != table["computed_b"]
    )
    table["cost_change_fen_a"] = table["cost_fen_a_b"] - table["cost_fen_a_a"]
    return table[changed].sort_values(["village_code", "part"], ignore_index=True)


def _beside(a: pd.DataFrame, b: pd.DataFrame, words: list[str]) -> pd.DataFrame:
    """The rows of both sides by village and part; words that a side lacks are ""."""
    table = a.merge(b, on=_PLACE, how="outer", suffixes=("_a", "_b"))
    return table.fillna({f"{name}_{side}": "" for name in words for side in "ab"})


def planned_works(side: ComparedPlan) -> pd.DataFrame:
    """The works that the approaches in force need: WORKS, one row each, by kind and id.

    works_kind   transformer: works at one that stands, as in `transformer_table`; new_transformer:
                 for homes that none reaches; exchange_station; heat_main: the way of the proposed
                 network to a village, with its exchange station
    works_id     transformer_id, else village_code, and "/" and the part of a split village
    grid_works   how far works at a transformer are; "" for the others
    works_kva, works_kw   size, of grid and of heat works; NaN: not known, or of the other kind
    works_fen    price; <NA>: not known. works_on: the day it runs; NaT: not known
    """
    found = [_transformers(side), _new_transformers(side), _heat_works(side)]
    table = pd.concat([one for one in found if len(one)] or found[:1], ignore_index=True)
    table = table.reindex(columns=list(WORKS))
    kinds = {"works_fen": "Int64", "works_kva": float, "works_kw": float, "grid_works": object}
    table = table.astype(kinds | {"works_on": "datetime64[ns]"}).fillna({"grid_works": ""})
    return table.sort_values(_KEYS, ignore_index=True)


def _transformers(side: ComparedPlan) -> pd.DataFrame:
    if not side.facts.transformers_known:
        return pd.DataFrame(columns=list(WORKS))
    table = transformer_table(side.facts, side.decisions, side.policy)
    table = table[table["works"] != NONE]
    return table.assign(
        works_kind=TRANSFORMER, works_id=table["transformer_id"], grid_works=table["works"]
    )


def _new_transformers(side: ComparedPlan) -> pd.DataFrame:
    rows = side.decisions.upgrades
    rows = rows[rows["transformer_id"] == NOWHERE]
    links = side.facts.links
    far = links[links["transformer_id"].isna()]
    kva = []
    for code, part in zip(rows["village_code"], rows["part"], strict=True):
        own = far[far["village_code"] == code]
        if part in (SERVED, UNSERVED):
            own = own[own["served"].astype(bool) == (part == SERVED)]
        homes, watts = int(own["pending"].sum()), int(own["device_w"].sum())
        kva.append(new_transformer(homes, watts, side.policy)[0])
    table = rows.assign(
        works_kind=NEW_TRANSFORMER, works_id=_place_id(rows), works_kva=kva,
        works_fen=rows["grid_fen"],
    )  # fmt: skip
    return _named(table, side.facts)


def _heat_works(side: ComparedPlan) -> pd.DataFrame:
    rows = side.decisions.villages
    codes = rows["works"].str.split("+")
    central = (rows["approach"] == "central") & (rows["pending"] > 0)
    built = {HEAT_STATION: STATION, HEAT_MAIN: EXTENSION}
    kinds = [central & codes.map(lambda own, code=code: code in own) for code in built.values()]
    table = rows.assign(works_kind=np.select(kinds, [*built], ""), works_on=rows["ready_on"])
    table = table[table["works_kind"] != ""]
    keys = ["village_code", "part"]
    priced = side.priced[side.priced["route"] == "central"].set_index(keys)
    priced = priced.reindex(pd.MultiIndex.from_frame(table[keys]))
    home_w = (priced["peak_w"] / priced["households"]).to_numpy(float)
    demand = side.policy.demand
    peaks = [demand.peak_kw(n, w) for n, w in zip(table["pending"], home_w, strict=True)]
    table = table.assign(
        works_id=_place_id(table), works_kw=peaks, works_fen=priced["station_fen"].to_numpy()
    )
    return table.drop(columns="works")


def _place_id(rows: pd.DataFrame) -> pd.Series:
    part = rows["part"].astype(str)
    return rows["village_code"].astype(str) + part.where(part == "", "/" + part)


def _named(table: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    names = facts.villages[_PLACE[:4]]
    return table.merge(names, on="village_code", how="left", validate="many_to_one")


def compare_works(a: ComparedPlan, b: ComparedPlan) -> pd.DataFrame:
    """The works that come, go or change between two plans, by kind and id.

    Returns:
        The keys and places of `planned_works`; works_change: added, dropped, resized, repriced
        (same size, another price) or moved (another day or state); grid_works, works_kva, works_kw,
        works_fen and works_on, each with the suffix `_a` or `_b`, blank where a plan does without;
        and kva_change, kw_change and change_fen, what b has more than a. NaN is unknown.
    """
    sides = [planned_works(a), planned_works(b)]
    table = sides[0].merge(sides[1], on=_KEYS, how="outer", suffixes=("_a", "_b"), indicator=True)
    for name in _PLACE[:4]:
        table[name] = table.pop(f"{name}_b").fillna(table.pop(f"{name}_a"))
    gone, new = table["_merge"] == "left_only", table["_merge"] == "right_only"
    for name, change in (*((one, f"{one[6:]}_change") for one in _SIZES),
                         ("works_fen", "change_fen")):  # fmt: skip
        before, after = (table[f"{name}_{side}"] for side in "ab")
        table[change] = after.mask(gone, 0) - before.mask(new, 0)
    resized = [_differs(table[f"{name}_a"], table[f"{name}_b"]) for name in _SIZES]
    kinds = {
        DROPPED: gone,
        ADDED: new,
        RESIZED: resized[0] | resized[1],
        REPRICED: _differs(table["works_fen_a"], table["works_fen_b"]),
        MOVED: _differs(table["works_on_a"], table["works_on_b"])
        | (table["grid_works_a"] != table["grid_works_b"]),
    }
    table["works_change"] = np.select([*kinds.values()], [*kinds], "")
    pairs = [f"{name}_{side}" for name in WORKS[6:] for side in "ab"]
    table[["grid_works_a", "grid_works_b"]] = table[["grid_works_a", "grid_works_b"]].fillna("")
    first = [*_KEYS, *_PLACE[:4], "works_change", *pairs, "kva_change", "kw_change", "change_fen"]
    return table.loc[table["works_change"] != "", first].reset_index(drop=True)


def _differs(a: pd.Series, b: pd.Series) -> pd.Series:
    """Whether two values differ; both unknown are alike."""
    known = a.notna() & b.notna()
    if pd.api.types.is_datetime64_any_dtype(a):
        other = (a != b).to_numpy(bool)
    else:
        other = ((a - b).abs() > _EXACT).fillna(value=False).to_numpy(bool)
    return (a.notna() != b.notna()) | (known & other)


def compare_ready(a: Decisions, b: Decisions) -> pd.DataFrame:
    """The parts that wait for works in one of two plans, and wait otherwise in the other.

    Returns:
        One row per (village_code, part): ready_change (waits: it begins to wait; ready: it no
        longer does; no_route: it has no route to wait for any more; later, earlier; unknown: nobody
        knows the day any more; known: now somebody does; near_term, interim: what bridges the wait;
        split: the other plan splits the village otherwise); approach, waits, ready_on, works in
        words, near_term, interim and pending, each with the suffix `_a` or `_b`.
    """
    columns = [*_PLACE, *_READY, "pending"]
    sides = [one.villages.assign(waits=waits_for_works(one.villages))[columns] for one in (a, b)]
    words = [name for name in _READY if name not in ("waits", "ready_on")]
    table = _beside(sides[0], sides[1], words)
    absent = table["waits_a"].isna() | table["waits_b"].isna()
    before, after = (table[f"waits_{side}"].eq(other=True) for side in "ab")
    day = [table[f"ready_on_{side}"] for side in "ab"]
    kinds = {
        "split": absent & (before | after),
        "waits": ~before & after,
        "no_route": before & ~after & table["approach_b"].isin([UNDECIDED, NO_DATA]),
        "ready": before & ~after,
        "unknown": day[0].notna() & day[1].isna(),
        "known": day[0].isna() & day[1].notna(),
        "later": day[1] > day[0],
        "earlier": day[1] < day[0],
        "near_term": table["near_term_a"] != table["near_term_b"],
        "interim": table["interim_a"] != table["interim_b"],
    }
    table["ready_change"] = np.select([*kinds.values()], [*kinds], "")
    pairs = [f"{name}_{side}" for name in (*_READY, "pending") for side in "ab"]
    found = table[(before | after) & (table["ready_change"] != "")]
    order = found.sort_values(["village_code", "part"], ignore_index=True)
    return order[[*_PLACE, "ready_change", *pairs]]


def compare_totals(a: ComparedPlan, b: ComparedPlan) -> pd.DataFrame:
    """Works and waiting of two plans, one row a `compared`: value_a, value_b, value_change.

    compared: waiting_villages, waiting_homes; undecided_homes, which no route reaches; grid_works
    (how many), of which grid_verify (headroom to be verified first), grid_kva, grid_cny;
    heat_works, heat_kw, heat_cny, mains_m; and unpriced, works in no sum of money. NaN: not known.
    """
    table = pd.DataFrame({"value_a": works_totals(a), "value_b": works_totals(b)})
    table["value_change"] = table["value_b"] - table["value_a"]
    return table.rename_axis("compared").reset_index()


def works_totals(side: ComparedPlan) -> dict[str, float]:
    """Works and waiting of one plan, as `compare_totals` has them."""
    rows = side.decisions.villages
    waiting = rows[waits_for_works(rows)]
    works = planned_works(side)
    grid = works["works_kind"].isin(_GRID)
    unknown = not side.facts.transformers_known  # nobody can say then what the grid lacks
    mains = side.branches
    heat = works.loc[~grid, ["works_kw", "works_fen"]]
    known = heat.sum(min_count=1) if len(heat) else pd.Series(0, heat.columns)
    return {
        "waiting_villages": waiting["village_code"].nunique(),
        "waiting_homes": waiting["pending"].sum(),
        "undecided_homes": rows.loc[rows["approach"] == UNDECIDED, "pending"].sum(),
        "grid_works": np.nan if unknown else grid.sum(),
        "grid_verify": np.nan if unknown else (works["grid_works"] == VERIFY).sum(),
        "grid_kva": np.nan if unknown else works.loc[grid, "works_kva"].sum(),
        "grid_cny": np.nan if unknown else works.loc[grid, "works_fen"].sum() / 100,
        "heat_works": len(heat),
        "heat_kw": known["works_kw"],
        "heat_cny": known["works_fen"] / 100,
        "mains_m": np.nan if mains is None else mains.loc[~mains["upsized"], "length_m"].sum(),
        "unpriced": works["works_fen"].isna().sum(),
    }

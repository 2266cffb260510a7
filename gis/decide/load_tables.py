"""What transformers, feeders, substations and heat sources carry, step by step, and what to build.

A home counts once: in the measured peak, among those that have come since, on this year's list, or
among those that come later. What nobody has measured or stated is blank, never 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.costs.upgrades import NONE, grid_works
from gis.decide.readiness import NOT_WAITED_FOR, STATION
from gis.facts.transformer_loads import device_watts, electric_devices

if TYPE_CHECKING:
    from gis.decide.decisions import Decisions
    from gis.facts import Facts
    from gis.policy import Policy

_EXACT = 1e-9
# How a load stands to the nameplate: within the usable share, above it, above the limit, not known
FREE, HEAVY, OVER, UNVERIFIED = STATES = ("free", "heavy", "overloaded", "unverified")
_YEAR, _LATER = "year", "later"
_LOADS = ("capacity_kva", "base_kva", "year_kva", "total_kva", "vacant_kva", "works_kva")
_HOMES = ("fed_homes", "inferred_homes", "since_homes", "year_homes", "later_homes", "vacant_homes")


def transformer_table(facts: Facts, decisions: Decisions, policy: Policy) -> pd.DataFrame:
    """The load of every transformer, with what is decided; one row each, by transformer_id.

    The columns of `gis.facts.transformer_loads.transformer_loads`, and (kVA unless said; homes are
    counts of households):

    township_code, township    of its village; blank where it names none and feeds nobody
    year_homes, year_kva       pending homes that go electric on this year's list
    later_homes, later_kva     pending homes that go electric later
    elsewhere_homes            homes it feeds that are not among these households: in another part
                               of a divided run; its sums and works are then blank
    year_total_kva, total_kva  base_kva with this year's, with all; NaN if unverified
    state, year_state, total_state    today, with this year's, with all: one of STATES
    works, works_kva, works_fen, works_on    what to build if all come, or where it is overloaded
                               today: the kind, the size that will be bought, its price [fen] and
                               its day; "none" where it is not needed

    Args:
        facts: The facts, with households.
        decisions: The decisions on them.
        policy: The policy.
    """
    table = _with_elsewhere(facts)
    table = table.join(_coming(facts, decisions, policy), on="transformer_id")
    table = table.fillna(dict.fromkeys([f"{_YEAR}_homes", f"{_LATER}_homes"], 0))
    for when in (_YEAR, _LATER):
        table[f"{when}_homes"] = table[f"{when}_homes"].astype("int64")
        table[f"{when}_kva"] = table.pop(f"{when}_w").fillna(0) * table["kva_per_w"]
    whole = table["elsewhere_homes"] == 0
    table["year_total_kva"] = (table["base_kva"] + table["year_kva"]).where(whole)
    table["total_kva"] = table["year_total_kva"] + table["later_kva"]
    for name, load in (("", "base_kva"), ("year_", "year_total_kva"), ("total_", "total_kva")):
        table[f"{name}state"] = _state(table[load], table)
    table = table.merge(_works(facts, policy), on="transformer_id", how="left")
    coming = table["year_homes"] + table["later_homes"] > 0
    needed = (table["total_state"] == OVER) | ((table["total_state"] == UNVERIFIED) & coming)
    needed &= whole
    table["works"] = table["works"].where(needed, NONE).fillna(NONE)
    for name in ("works_kva", "works_fen", "works_on"):
        table[name] = table[name].where(needed & (table["works"] != NONE))
    return _with_township(table, facts).sort_values("transformer_id", ignore_index=True)


def _with_elsewhere(facts: Facts) -> pd.DataFrame:
    """The transformers of these villages and households, with elsewhere_homes."""
    table, homes = facts.transformers, facts.households
    fed = homes["transformer_id"].notna() & homes["village_code"].notna()
    fed &= homes["status"] != "rejected"
    here = homes.loc[fed, "transformer_id"].astype(str).value_counts()
    here = table["transformer_id"].map(here).fillna(0).astype("int64")
    abroad = table["village_code"].notna() & ~table["village_code"].isin(
        facts.villages["village_code"]
    )
    others = (here == 0) & (abroad | (table["fed_homes"] > 0))
    table = table.assign(elsewhere_homes=table["fed_homes"] - here)
    return table[~others].reset_index(drop=True)


def _coming(facts: Facts, decisions: Decisions, policy: Policy) -> pd.DataFrame:
    """Pending homes that go electric and their device power, by transformer: now and later."""
    homes, own = facts.households, decisions.households
    counted = homes["pending"].astype(bool) & (own["approach"] == "electric")
    counted &= homes["transformer_id"].notna()
    listed = own["in_batch"].fillna(value=False).astype(bool)
    rows = pd.DataFrame(
        {
            "transformer_id": homes["transformer_id"].astype(str),
            "watts": device_watts(homes, policy.electric),
        }
    )
    found = {}
    for when, chosen in ((_YEAR, counted & listed), (_LATER, counted & ~listed)):
        sums = rows[chosen].groupby("transformer_id")["watts"].agg(["size", "sum"])
        found[f"{when}_homes"], found[f"{when}_w"] = sums["size"], sums["sum"]
    return pd.DataFrame(found)


def _state(load_kva: pd.Series, table: pd.DataFrame) -> pd.Series:
    kinds = {
        UNVERIFIED: load_kva.isna(),
        OVER: load_kva > table["limit_kva"] + _EXACT,
        HEAVY: load_kva > table["usable_kva"] + _EXACT,
    }
    return pd.Series(np.select([*kinds.values()], [*kinds], FREE), index=table.index)


def _works(facts: Facts, policy: Policy) -> pd.DataFrame:
    columns = ["transformer_id", "works", "works_kva", "works_fen", "due_on"]
    return grid_works(facts, policy, every=True)[columns].rename(columns={"due_on": "works_on"})


def _with_township(table: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """The township of each transformer: of the village it names, else of most homes it feeds."""
    homes = facts.households
    fed = homes[homes["transformer_id"].notna() & homes["village_code"].notna()]
    sizes = fed.groupby(["transformer_id", "village_code"]).size().rename("size").reset_index()
    ranked = sizes.sort_values(["size", "village_code"], ascending=[False, True], kind="stable")
    usual = ranked.drop_duplicates("transformer_id").set_index("transformer_id")["village_code"]
    village = table["village_code"].fillna(table["transformer_id"].map(usual))
    names = facts.villages.set_index("village_code")
    places = {name: village.map(names[name]) for name in ("village", "township_code", "township")}
    return table.assign(village_code=village, **places)


def sum_loads(transformers: pd.DataFrame, by: str) -> pd.DataFrame:
    """The loads of transformers, added up; one row a value of `by`.

    A sum of loads covers the transformers whose load is known, which have `known_kva` of the
    capacity; `unverified` says how many are not, and `heavy`, `overloaded` how many are with all
    homes. Rows without `by` are left out.

    # ASSUME: peaks are added as if they came at once, so that a sum is the most that there can be.

    Args:
        transformers: `transformer_table`.
        by: feeder_id, substation_id or township_code.
    """
    rows = transformers[transformers[by].notna()]
    groups = rows.groupby(by, sort=True)
    sums = groups[[*_HOMES]].sum()
    sums[list(_LOADS)] = groups[list(_LOADS)].sum(min_count=1)
    known = rows["capacity_kva"].where(rows["base_kva"].notna())
    sums.insert(
        sums.columns.get_loc("base_kva"), "known_kva", known.groupby(rows[by]).sum(min_count=1)
    )
    if by == "township_code":
        sums.insert(0, "township", groups["township"].first())
    sums.insert(0, "transformers", groups.size())
    states = pd.crosstab(rows[by], rows["total_state"])
    for state in (HEAVY, OVER, UNVERIFIED):
        own = states[state] if state in states else pd.Series(0, index=sums.index)
        sums[state] = own.reindex(sums.index, fill_value=0).astype("int64")
    return sums.reset_index()


def device_list(facts: Facts, decisions: Decisions, policy: Policy) -> pd.DataFrame:
    """The homes with or getting an electric device, for the grid company; by transformer and id.

    household_id, meter_no, township, village, transformer_id, transformer_basis, device (of homes
    to
    convert: their choice), device_kw, load_stage ("stock", "year", "later", "vacant").
    """
    homes, own = facts.households, decisions.households
    pending = homes["pending"].astype(bool)
    listed = own["in_batch"].fillna(value=False).astype(bool)
    vacant = homes["occupancy"].eq("vacant")
    device = homes.reindex(columns=["device", "device_chosen"])
    equipped = homes["heating"].eq("electric") | device["device"].isin(electric_devices(policy))
    stages = {
        "vacant": vacant & equipped,
        "stock": homes["heating"].eq("electric"),
        _YEAR: pending & listed & (own["approach"] == "electric"),
        _LATER: pending & (own["approach"] == "electric"),
    }
    stage = pd.Series(np.select([*stages.values()], [*stages], ""), index=homes.index)
    counted = (stage != "") & (homes["status"] != "rejected")
    rows = homes.reindex(
        columns=["household_id", "meter_no", "village_code", "transformer_id", "transformer_basis"]
    )  # fmt: skip
    names = facts.villages.set_index("village_code")
    table = rows.assign(
        township=rows["village_code"].map(names["township"]),
        village=rows["village_code"].map(names["village"]),
        device=device["device"].where(~pending, device["device_chosen"]),
        device_kw=device_watts(homes, policy.electric) / 1000,
        load_stage=stage,
    )
    columns = ["household_id", "meter_no", "township", "village", "transformer_id",
               "transformer_basis", "device", "device_kw", "load_stage"]  # fmt: skip
    return table.loc[counted, columns].sort_values(
        ["transformer_id", "household_id"], ignore_index=True
    )


ELECTRIC_WAITING = "electric_waiting"  # 煤改电（待配套电网改造）
_WAITING = (
    "rank", "village_code", "village", "township_code", "township", "part", "waiting_route",
    "pending", "pending_in_zone", "works", "works_zh", "works_en", "transformers", "station_homes",
    "station_kw", "works_fen", "works_dear", "ready_on", "near_term", "interim",
)  # fmt: skip


def waits_for_works(villages: pd.DataFrame) -> pd.Series:
    """Whether each row of `Decisions.villages` has homes to convert that wait for works."""
    waits = [bool(set(codes.split("+")) - {"", *NOT_WAITED_FOR}) for codes in villages["works"]]
    return pd.Series(waits, index=villages.index, dtype=bool) & (villages["pending"] > 0)


def waiting_villages(
    facts: Facts, decisions: Decisions, priced: pd.DataFrame, policy: Policy
) -> pd.DataFrame:
    """The villages, or parts, whose route waits for works, in the order to schedule them.

    First those with homes to convert in a coal-ban zone, then works of which nobody knows the day,
    then the most homes.

    waiting_route    the approach in force; electric_waiting where it is electric
    works            codes of [works] joined by "+"; works_zh, works_en in words
    transformers     how many it needs works at
    station_homes, station_kw    homes beside a primary main alone, and the heat at once of those of
                     them that are to convert, if all are [kW]; NaN: no exchange station is needed
    works_fen        its share of the grid works, or its exchange station and share of the mains;
                     <NA>: not known
    """
    rows = decisions.villages
    rows = rows[waits_for_works(rows)]
    keys = ["village_code", "part"]
    index = pd.MultiIndex.from_frame(rows[keys])
    grid = decisions.upgrades.groupby(keys)["grid_fen"].agg(["sum", "size"]).reindex(index)
    central = priced[priced["route"] == "central"].set_index(keys).reindex(index)
    electric = (rows["approach"] == "electric").to_numpy()
    heat = (rows["approach"] == "central").to_numpy()
    place = facts.villages.set_index("village_code").reindex(rows["village_code"])
    station = heat & rows["works"].str.split("+").map(lambda codes: STATION in codes).to_numpy()
    home_w = (central["peak_w"] / central["households"]).to_numpy(float)
    peaks = [policy.demand.peak_kw(n, w) for n, w in zip(rows["pending"], home_w, strict=True)]
    fen = grid["sum"].astype("Int64").where(electric)
    table = rows.assign(
        waiting_route=rows["approach"].mask(electric, ELECTRIC_WAITING),
        pending_in_zone=place["pending_in_zone"].to_numpy(),
        transformers=grid["size"].fillna(0).astype("int64").where(electric, 0).to_numpy(),
        station_homes=place["stations"].where(station).astype("Int64").to_numpy(),
        station_kw=np.where(station, peaks, np.nan),
        works_fen=fen.fillna(central["station_fen"].where(heat)).to_numpy(),
    )
    order = table.assign(
        outside=table["pending_in_zone"] == 0,
        dated=table["ready_on"].notna(),
        few=-table["pending"],
    ).sort_values(["outside", "dated", "few", *keys], kind="stable", ignore_index=True)
    return order.assign(rank=np.arange(1, len(order) + 1))[list(_WAITING)]

"""What the winter needs of power, gas, heat and fuel: for the stock, this year's list, and for all.

A quantity that rests on something nobody has given is blank, with the reason beside it.

# ASSUME: on the design day as many devices draw at once as the policy's simultaneity says; on the
coldest day every electric device draws its full power, and heat and gas grow with the difference
between indoors and outdoors. A day of gas is 24 hours at the peak: nobody lets the house cool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.costs.heat_demand import heating_device, household_demand
from gis.costs.household import cost_basis
from gis.costs.money import Prices
from gis.facts.floor_area import peak_w
from gis.facts.transformer_loads import device_watts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gis.decide.decisions import Decisions
    from gis.facts import Facts
    from gis.policy import Policy

STOCK, YEAR, ALL = HORIZONS = ("stock", "year", "all")
QUANTITIES = (
    "power_design_mw", "power_coldest_mw", "power_season_gwh",
    "gas_design_m3_h", "gas_coldest_m3_h", "gas_design_m3_day", "gas_coldest_m3_day",
    "gas_season_m3", "gas_storage_m3",
    "heat_design_mw", "heat_coldest_mw", "heat_season_mwh",
    "biomass_t", "biomass_store_t", "biomass_store_m3", "biomass_radius_km", "clean_coal_t",
)  # fmt: skip
_SECURED = {
    "power_design_mw": ("power_mw", 1.0), "power_coldest_mw": ("power_mw", 1.0),
    "power_season_gwh": ("electricity_kwh_a", 1e-6),
    "gas_design_m3_h": ("gas_m3_h", 1.0), "gas_coldest_m3_h": ("gas_m3_h", 1.0),
    "gas_design_m3_day": ("gas_m3_day", 1.0), "gas_coldest_m3_day": ("gas_m3_day", 1.0),
    "gas_season_m3": ("gas_m3_a", 1.0), "gas_storage_m3": ("gas_storage_m3", 1.0),
    "heat_season_mwh": ("heat_mwh_a", 1.0), "biomass_t": ("biomass_t_a", 1.0),
    "biomass_store_t": ("biomass_store_t", 1.0), "biomass_store_m3": ("biomass_store_m3", 1.0),
    "biomass_radius_km": ("biomass_radius_km", 1.0),
    "clean_coal_t": ("clean_coal_t_a", 1.0),
}  # fmt: skip
_CLEAN = ("central", "electric", "gas", "biomass", "solar")
_COLDEST = ("gas_coldest_m3_h", "gas_coldest_m3_day", "heat_coldest_mw")
_DIGITS = 6  # a watt of a MW
_HEAT = ("heat_design_mw", "heat_coldest_mw")
_RADIUS, _SOURCE = "biomass_radius_km", "source_mw"
_NEED = ["quantity", "source_piece", "horizon"]
SOURCES = (
    "source_piece", "source_ids", "horizon", "homes", "came", "needed_mw", "available_mw",
    "missing_mw",
)  # fmt: skip
NOT_STATED, NO_COLDEST, NO_EFFICIENCY, NO_COAL, NO_CAPACITY, SHARED, NO_ZONE = REASONS = (
    "not_stated", "no_coldest_day", "no_efficiency", "no_coal_use", "no_capacity", "shared",
    "zone_unknown",
)  # fmt: skip


def winter_needs(facts: Facts, decisions: Decisions, policy: Policy) -> pd.DataFrame:
    """What homes need on the design day; needs of disjoint sets of homes add up, `add_needs`.

    One row a quantity and horizon, and one a piece of network and horizon for `heat_by_source`:
    quantity, source_piece, horizon, homes, not_counted (see `winter_supply`),
    amount (of biomass_radius_km the tonnes that are collected within it); of heat at once, before
    any
    diversity: amount of the homes that are connected today, and
    of the others came (homes), more.

    Args:
        facts: The facts, with households.
        decisions: The decisions on them.
        policy: The policy.
    """
    homes = _homes(facts, decisions, policy)
    rows = [
        (name, piece, horizon, *rest)
        for horizon in HORIZONS
        for piece, (name, *rest) in (
            *(("", one) for one in _needs(homes, horizon, policy)),
            *_source_needs(homes, horizon),
        )
    ]
    columns = [*_NEED, "homes", "not_counted", "amount", "came", "more"]
    table = pd.DataFrame(rows, columns=columns)
    order = {name: at for at, name in enumerate((*QUANTITIES, _SOURCE))}
    return table.sort_values(
        "quantity", key=lambda column: column.map(order), kind="stable", ignore_index=True
    )


def add_needs(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The needs of all homes from those of its parts."""
    groups = pd.concat(parts).groupby(_NEED, sort=False)
    return groups.agg(lambda amounts: amounts.sum(skipna=False)).reset_index()


def winter_supply(
    needs: pd.DataFrame,
    sources: pd.DataFrame | None,
    weather: pd.DataFrame | None,
    policy: Policy,
    *,
    shared: bool = False,
) -> pd.DataFrame:
    """What is needed, secured and missing; one row a quantity and horizon, in their order.

    quantity   one of QUANTITIES, its unit the suffix
    horizon    stock (homes that heat so today), year (with this year's list), all (with every home
               to be converted)
    homes      the homes of the ledger that it is for
    needed     for those of whom it is known
    not_counted    of the homes, those of whom it is not: needed is more by what they take
    secured, missing    missing: below 0 is short; blank if needed is not known for all
    reason     why something is blank or not counted, one of REASONS joined by "+"; "" for nothing

    Clean coal is for the homes outside all coal-ban zones that still burn coal at the horizon. What
    heat sources give at once is needed by all their customers, in the ledger or not: their stated
    load, or that of the ledger's homes where it is more.

    Args:
        needs: `winter_needs`.
        sources: `Facts.sources`; None: there is no such layer.
        weather: The layer of seasons with coldest_day_c; None: there is none.
        policy: The policy; `prices.supply` states what is secured.
        shared: The homes are a part of those for which it is secured: it is then blank.
    """
    needs = needs[needs["quantity"] != _SOURCE].reset_index(drop=True)
    table = needs[["quantity", "horizon", "homes"]].copy()
    of_heat, coldest = table["quantity"].isin(_HEAT), table["quantity"].isin(_COLDEST)
    load_mw = 0.0 if shared or sources is None else float(sources["load_kw"].sum()) / 1000
    stock = _at_once(needs["amount"], needs["homes"] - needs["came"], policy)
    connected = stock.clip(lower=load_mw) + _at_once(needs["more"], needs["came"], policy)
    known = needs["not_counted"].eq(0) | (needs["not_counted"] < needs["homes"])
    needed = needs["amount"].mask(of_heat, connected).where(known)
    within = np.sqrt(needed / (np.pi * policy.biomass.collect_t_per_km2))
    needed = needed.mask(table["quantity"] == _RADIUS, within)
    table["needed"] = needed.mask(coldest, needed * _colder(weather, policy)).round(_DIGITS)
    table["not_counted"] = needs["not_counted"]
    table["secured"] = [
        np.nan if shared else _secured(name, sources, policy) for name in table["quantity"]
    ]
    left = (table["secured"] - table["needed"]).round(_DIGITS)
    table["missing"] = left.where(table["not_counted"] == 0)
    return table.assign(reason=[_reason(row, shared=shared) for row in table.to_dict("records")])


def _homes(facts: Facts, decisions: Decisions, policy: Policy) -> pd.DataFrame:
    """One row an occupied home that counts: what it heats with and will, and what that takes.

    # ASSUME: a home heated by electricity of which nobody wrote the device down has the one that
    the policy prices electricity with.
    """
    ledger, own = facts.households, decisions.households
    demand = household_demand(facts, policy, own["approach"])
    pending = ledger["pending"].astype(bool)
    device = heating_device(ledger, own["approach"], policy)
    device = device.where(device != "", cost_basis("electric", policy))
    piece = facts.villages.set_index("village_code")["source_piece"]
    cop = {name: Prices(policy).divisor(f"cop.{name}") for name in device.unique()}
    table = pd.DataFrame(
        {
            "heating": ledger["heating"].where(~pending, "coal"),
            "route": own["approach"].where(pending, ledger["heating"]),
            "piece": ledger["village_code"].map(piece).astype(object).fillna(""),
            "listed": own["in_batch"].fillna(value=False).astype(bool),
            "zone": ledger["zone_position"],
            "watts": device_watts(ledger, policy.electric),
            "peak_w": peak_w(ledger, policy),
            "heat_mwh": demand["heat_need_mwh_a"],
            "cop": device.map(cop).astype(float),
        }
    )
    return table[demand["heat_need_mwh_a"].notna()]


def _needs(
    homes: pd.DataFrame, horizon: str, policy: Policy
) -> Iterator[tuple[str, int, int, float, int, float]]:
    """Each quantity of a horizon: its name, and the other columns of `winter_needs`."""
    now, turned = _heating_at(homes, horizon)
    power, straw = homes[now == "electric"], homes[now == "biomass"]
    watts = float(power["watts"].sum())
    yield "power_design_mw", len(power), 0, watts * policy.electric.simultaneity / 1e6, 0, 0.0
    yield "power_coldest_mw", len(power), 0, watts / 1e6, 0, 0.0
    kwh = power["heat_mwh"] * 1000 / power["cop"]
    yield "power_season_gwh", len(power), int(kwh.isna().sum()), float(kwh.sum()) / 1e6, 0, 0.0
    yield from _gas(homes[now == "gas"], policy)
    heat = homes[now == "central"]
    at_once = _heat(heat, turned)
    for name in _HEAT:
        yield name, *at_once
    yield "heat_season_mwh", len(heat), 0, float(heat["heat_mwh"].sum()), 0, 0.0
    yield from _biomass(straw, policy)
    burning = homes.loc[~now.isin(_CLEAN), "zone"]
    outside, unknown = int((burning == "outside").sum()), int((burning == "undecidable").sum())
    coal_t = policy.emissions.get("coal_t_per_household", np.nan)
    yield "clean_coal_t", outside + unknown, unknown, outside * coal_t, 0, 0.0


def _heat(homes: pd.DataFrame, turned: pd.Series) -> tuple[int, int, float, int, float]:
    """The heat that homes draw, before any diversity: the other columns of `winter_needs`."""
    came = turned[homes.index]
    stock_mw, more_mw = (float(homes.loc[own, "peak_w"].sum()) / 1e6 for own in (~came, came))
    return len(homes), 0, stock_mw, int(came.sum()), more_mw


def _source_needs(
    homes: pd.DataFrame, horizon: str
) -> Iterator[tuple[str, tuple[str, int, int, float, int, float]]]:
    """The heat that each source gives at a horizon, by piece."""
    now, turned = _heating_at(homes, horizon)
    for piece, own in homes[now == "central"].groupby("piece"):
        yield str(piece), (_SOURCE, *_heat(own, turned))


def _heating_at(homes: pd.DataFrame, horizon: str) -> tuple[pd.Series, pd.Series]:
    """What each home heats with at a horizon, and whether it has converted by then."""
    turned = homes["heating"] == "coal"
    turned &= homes["listed"] if horizon == YEAR else horizon == ALL
    return homes["heating"].where(~turned, homes["route"]), turned


def heat_by_source(needs: pd.DataFrame, sources: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """What each heat source must give at once on the design day, and what it can [MW].

    One row a piece of network and horizon, by name; the piece "" has the homes of which nobody
    knows a source, those of a proposed main included: its available_mw is then blank.

    source_ids     the sources that feed the piece
    homes, came    occupied homes of the ledger that heat centrally then, and of them the new ones
    needed_mw      the stated load, or that of the ledger's homes where it is more, and the new
                   ones, each by W/m² of its type of building
    available_mw   what the source gives; missing_mw: below 0 is short; NaN: not known

    Args:
        needs: `winter_needs`.
        sources: `Facts.sources`.
        policy: The policy.
    """
    by_piece = sources.set_index("source_piece")
    given = by_piece[["capacity_kw", "load_kw"]] / 1000
    own = needs[needs["quantity"] == _SOURCE].set_index(["source_piece", "horizon"])
    pieces = sorted({*own.index.get_level_values("source_piece"), *map(str, given.index)})
    every = pd.MultiIndex.from_product([pieces, HORIZONS], names=own.index.names)
    table = own.reindex(every)[["homes", "came", "amount", "more"]].fillna(0.0).reset_index()
    given = given.reindex(table["source_piece"]).reset_index(drop=True)
    table["source_ids"] = table["source_piece"].map(by_piece["source_ids"]).fillna("")
    stock = _at_once(table["amount"], table["homes"] - table["came"], policy)
    needed = stock.clip(lower=given["load_kw"].fillna(0.0))
    needed += _at_once(table["more"], table["came"], policy)
    table = table.astype({"homes": "int64", "came": "int64"}).assign(
        needed_mw=needed.round(_DIGITS),
        available_mw=given["capacity_kw"],
        missing_mw=(given["capacity_kw"] - needed).round(_DIGITS),
    )
    return table[list(SOURCES)]


def _biomass(
    homes: pd.DataFrame, policy: Policy
) -> Iterator[tuple[str, int, int, float, int, float]]:
    """The fuel of the homes that heat with biomass, its store, and the land that it is from.

    # ASSUME: the store holds mean days of the heating season, and fuel is collected evenly in a
    circle: the radius is that of one place of collection for all.
    """
    rules = policy.biomass
    tonnes = float(homes["heat_mwh"].sum()) * rules.season_t / policy.demand.season_mwh
    first, last = policy.season_days(policy.plan.plan_year)
    stored = tonnes / ((last - first).days + 1) * rules.store_days
    amounts = {
        "biomass_t": tonnes, "biomass_store_t": stored,
        "biomass_store_m3": stored * 1000 / rules.bulk_kg_per_m3, _RADIUS: tonnes,
    }  # fmt: skip
    for name, amount in amounts.items():
        yield name, len(homes), 0, amount, 0, 0.0


def _gas(homes: pd.DataFrame, policy: Policy) -> Iterator[tuple[str, int, int, float, int, float]]:
    """What the homes that heat with gas need of it.

    # ASSUME: the days of storage are mean days of the heating season, in which gas for heating
    runs.
    """
    of_gas_kwh = policy.demand.season_mwh * 1000 / policy.gas.season_m3  # useful heat of a m³
    hourly = float(homes["peak_w"].sum()) / 1000 / of_gas_kwh
    season = float(homes["heat_mwh"].sum()) * 1000 / of_gas_kwh
    first, last = policy.season_days(policy.plan.plan_year)
    stored = season / ((last - first).days + 1) * policy.gas.storage_days
    amounts = {
        "gas_design_m3_h": hourly, "gas_coldest_m3_h": hourly,
        "gas_design_m3_day": hourly * 24, "gas_coldest_m3_day": hourly * 24,
        "gas_season_m3": season, "gas_storage_m3": stored,
    }  # fmt: skip
    for name, amount in amounts.items():
        yield name, len(homes), 0, amount, 0, 0.0


def _at_once(mw: pd.Series, homes: pd.Series, policy: Policy) -> pd.Series:
    """What homes draw of their heat at once [MW], with the policy's diversity if it is sourced."""
    rules = policy.demand
    return mw * (rules.diversity_a + rules.diversity_b / homes.where(homes > 0, 1))


def _colder(weather: pd.DataFrame | None, policy: Policy) -> float:
    """By how much the coldest day of all seasons known exceeds the design day; NaN: not known."""
    inside, design = policy.demand.indoor_c, policy.demand.outdoor_design_c
    if weather is None or design is None or "coldest_day_c" not in weather or design >= inside:
        return np.nan
    coldest = float(weather["coldest_day_c"].astype(float).min())
    return np.nan if np.isnan(coldest) else max(1.0, (inside - coldest) / (inside - design))


def _secured(name: str, sources: pd.DataFrame | None, policy: Policy) -> float:
    """What is secured: stated by the policy, and by the sources' capacity."""
    if name in _HEAT:
        return np.nan if sources is None else float(sources["capacity_kw"].sum()) / 1000
    key, times = _SECURED.get(name, ("", 1.0))
    given = policy.prices.get("supply", {})
    stated = given.get(key) if isinstance(given, dict) and key else None
    return np.nan if stated is None else float(stated) * times


def _reason(row: dict[str, object], *, shared: bool) -> str:
    found, name = [], str(row["quantity"])
    if row["not_counted"]:
        found.append(NO_ZONE if name == "clean_coal_t" else NO_EFFICIENCY)
    elif pd.isna(row["needed"]):
        found.append(NO_COLDEST if name in _COLDEST else NO_COAL)
    if shared:
        found.append(SHARED)
    elif pd.isna(row["secured"]):
        found.append(NO_CAPACITY if name in _HEAT else NOT_STATED)
    return "+".join(found)

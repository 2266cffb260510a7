"""What the winter needs of power, gas, heat and fuel: for the stock, this year's list, and for all.

A quantity that rests on something nobody has given is blank, with the reason beside it.

# ASSUME: on the design day as many devices draw at once as the policy's simultaneity says; on the
coldest day every electric device draws its full power, and heat and gas grow with the difference
between indoors and outdoors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.costs.heat_demand import building_w_per_m2, household_demand
from gis.costs.household import cost_basis
from gis.costs.money import Prices
from gis.facts.floor_area import heated_m2
from gis.facts.transformer_loads import device_watts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis.decide.decisions import Decisions
    from gis.facts import Facts
    from gis.policy import Policy

STOCK, YEAR, ALL = HORIZONS = ("stock", "year", "all")
QUANTITIES = (
    "power_design_mw", "power_coldest_mw", "power_season_gwh",
    "gas_design_m3_h", "gas_coldest_m3_h", "gas_design_m3_day", "gas_season_m3",
    "heat_design_mw", "heat_coldest_mw", "heat_season_mwh", "biomass_t", "clean_coal_t",
)  # fmt: skip
_SECURED = {
    "power_season_gwh": ("electricity_kwh_a", 1e-6), "gas_season_m3": ("gas_m3_a", 1.0),
    "heat_season_mwh": ("heat_mwh_a", 1.0), "biomass_t": ("biomass_t_a", 1.0),
    "clean_coal_t": ("clean_coal_t_a", 1.0),
}  # fmt: skip
_COLDEST = ("gas_coldest_m3_h", "heat_coldest_mw")
NOT_STATED, NO_COLDEST, NO_EFFICIENCY, NO_COAL, NO_CAPACITY, SHARED = REASONS = (
    "not_stated", "no_coldest_day", "no_efficiency", "no_coal_use", "no_capacity", "shared",
)  # fmt: skip


def winter_supply(
    facts: Facts,
    decisions: Decisions,
    weather: pd.DataFrame | None,
    policy: Policy,
    *,
    shared: bool = False,
) -> pd.DataFrame:
    """What is needed, secured and missing; one row a quantity and horizon, in their order.

    quantity   one of QUANTITIES, its unit the suffix
    horizon    stock (homes that heat so today), year (with this year's list), all (with every home
               to be converted)
    homes      the homes that it is for
    needed, secured, missing    missing: below 0 is short
    reason     why needed or secured is blank, one of REASONS joined by "+"; "" for neither

    Clean coal is for the homes outside all coal-ban zones that still burn coal at the horizon.

    Args:
        facts: The facts, with households.
        decisions: The decisions on them.
        weather: The layer of seasons with coldest_day_c; None: there is none.
        policy: The policy; `prices.supply` states what is secured.
        shared: The households are a part of those for which it is secured: it is then blank.
    """
    homes = _homes(facts, decisions, policy)
    colder = _colder(weather, policy)
    rows = []
    for horizon in HORIZONS:
        for name, count, amount in _needs(homes, horizon, policy):
            needed = amount * colder if name in _COLDEST else amount
            secured = np.nan if shared else _secured(name, facts, policy)
            rows.append((name, horizon, count, needed, secured))
    table = pd.DataFrame(rows, columns=["quantity", "horizon", "homes", "needed", "secured"])
    order = {name: at for at, name in enumerate(QUANTITIES)}
    table = table.sort_values("quantity", key=lambda column: column.map(order), kind="stable")
    table = table.assign(missing=table["secured"] - table["needed"], reason="")
    return table.assign(
        reason=[_reason(row, shared=shared) for row in table.to_dict("records")]
    ).reset_index(drop=True)


def _homes(facts: Facts, decisions: Decisions, policy: Policy) -> pd.DataFrame:
    """One row an occupied home that counts: what it heats with and will, and what that takes."""
    ledger, own = facts.households, decisions.households
    area_m2 = heated_m2(ledger, policy)
    demand = household_demand(facts, policy, own["approach"])
    pending = ledger["pending"].astype(bool)
    device = ledger.reindex(columns=["device"])["device"].astype("str")
    cop = {name: Prices(policy).divisor(f"cop.{name}") for name in device.dropna().unique()}
    usual = Prices(policy).divisor(f"cop.{cost_basis('electric', policy)}")
    each = device.map(cop).astype(float).fillna(np.nan if usual is None else float(usual))
    table = pd.DataFrame(
        {
            "heating": ledger["heating"].where(~pending, "coal"),
            "route": own["approach"].where(pending, ledger["heating"]),
            "listed": own["in_batch"].fillna(value=False).astype(bool),
            "outside": ledger["zone_position"].eq("outside"),
            "watts": device_watts(ledger, policy.electric),
            "peak_w": area_m2 * building_w_per_m2(ledger, policy),
            "heat_mwh": demand["heat_need_mwh_a"],
            "area_m2": area_m2,
            "cop": each,
        }
    )
    return table[demand["heat_need_mwh_a"].notna()]


def _needs(homes: pd.DataFrame, horizon: str, policy: Policy) -> Iterator[tuple[str, int, float]]:
    """Each quantity of a horizon: its name, the homes that it is for, and how much."""
    waits = homes["heating"] == "coal"
    turned = waits & (homes["listed"] if horizon == YEAR else horizon == ALL)
    now = homes["heating"].where(~turned, homes["route"])
    power, gas, heat, straw = (
        homes[now == one] for one in ("electric", "gas", "central", "biomass")
    )
    watts = float(power["watts"].sum())
    yield "power_design_mw", len(power), watts * policy.electric.simultaneity / 1e6
    yield "power_coldest_mw", len(power), watts / 1e6
    kwh = power["heat_mwh"] * 1000 / power["cop"]
    yield "power_season_gwh", len(power), float(kwh.sum(skipna=False)) / 1e6
    of_gas_kwh = policy.demand.season_mwh * 1000 / policy.gas.season_m3  # useful heat of a m³
    hourly = float(gas["peak_w"].sum()) / 1000 / of_gas_kwh
    yield "gas_design_m3_h", len(gas), hourly
    yield "gas_coldest_m3_h", len(gas), hourly
    yield "gas_design_m3_day", len(gas), hourly * 24
    yield "gas_season_m3", len(gas), float(gas["heat_mwh"].sum()) * 1000 / of_gas_kwh
    yield "heat_design_mw", len(heat), float(heat["peak_w"].sum()) / 1e6
    yield "heat_coldest_mw", len(heat), float(heat["peak_w"].sum()) / 1e6
    yield "heat_season_mwh", len(heat), float(heat["heat_mwh"].sum())
    tonnes = policy.biomass.season_t / policy.demand.season_mwh
    yield "biomass_t", len(straw), float(straw["heat_mwh"].sum()) * tonnes
    burning = homes[(now == "coal") | ~now.isin(_CLEAN)]
    outside = burning[burning["outside"]]
    coal_t = policy.emissions.get("coal_t_per_household", np.nan)
    yield "clean_coal_t", len(outside), len(outside) * coal_t


_CLEAN = ("central", "electric", "gas", "biomass", "solar")


def _colder(weather: pd.DataFrame | None, policy: Policy) -> float:
    """By how much the coldest day of all seasons known exceeds the design day; NaN: not known."""
    inside, design = policy.demand.indoor_c, policy.demand.outdoor_design_c
    if weather is None or design is None or "coldest_day_c" not in weather:
        return np.nan
    coldest = float(weather["coldest_day_c"].astype(float).min())
    return max(1.0, (inside - coldest) / (inside - design))


def _secured(name: str, facts: Facts, policy: Policy) -> float:
    """What is secured: stated by the policy for a season, and by the sources' capacity."""
    if name in ("heat_design_mw", "heat_coldest_mw"):
        known = facts.capacity_known
        return float(facts.sources["capacity_kw"].sum()) / 1000 if known else np.nan
    key, times = _SECURED.get(name, ("", 1.0))
    given = policy.prices.get("supply", {})
    stated = given.get(key) if isinstance(given, dict) and key else None
    return np.nan if stated is None else float(stated) * times


def _reason(row: dict[str, object], *, shared: bool) -> str:
    found = []
    if pd.isna(row["needed"]):
        kinds = dict.fromkeys(_COLDEST, NO_COLDEST) | {
            "power_season_gwh": NO_EFFICIENCY,
            "clean_coal_t": NO_COAL,
        }
        found.append(kinds.get(str(row["quantity"]), NOT_STATED))
    if shared:
        found.append(SHARED)
    elif pd.isna(row["secured"]):
        heat = str(row["quantity"]) in ("heat_design_mw", "heat_coldest_mw")
        found.append(NO_CAPACITY if heat else NOT_STATED)
    return "+".join(dict.fromkeys(found))

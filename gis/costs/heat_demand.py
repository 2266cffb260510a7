"""The annual heat of homes, on the best evidence there is, and which evidence that was.

    metered   the home's own device, metered over a full season, in a normal winter
    median    the median of the metered homes of its village with the same device, by floor area
    area      its floor area × W/m² of its type of building × full-load hours
    default   the policy's standard home, because nobody knows its floor area

Peaks never rest on a metered season. Peak and annual heat use the same floor area
and the same W/m².

# ASSUME: full-load hours are those of the policy's standard home: season_mwh ÷ (floor_area_m2 ×
# heat_w_per_m2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import shapely
from scipy.special import bdtr

from gis.costs.household import cost_basis
from gis.costs.money import Prices
from gis.facts.floor_area import POLICY, area_basis, building_w_per_m2, heated_m2
from gis.facts.metered_season import FULL, METERS

if TYPE_CHECKING:
    from gis.facts import Facts
    from gis.facts.buildings import Buildings
    from gis.policy import Policy

METERED, MEDIAN, AREA, DEFAULT = "metered", "median", "area", "default"
TOO_HIGH, NO_COP = "too_high", "no_efficiency"  # added to the reasons of gis.facts.metered_season
_KEYS = ["village_code", "device"]
_DIGITS = 6
_WH = 3  # digits of a MWh
GRID_M = 100.0
# ASSUME: 417 MWh/ha·a (150 TJ/km²) is the usual least density of a heating network; the bounds
# below it only tell squares apart
DENSITY_BOUNDS = (100.0, 200.0, 417.0)
_BEYOND = 0.025  # on either side of an interval of 95 %


class Readings(NamedTuple):
    """What the meters show, one entry a household.

    device       the device that was metered
    kwh_per_m2   heat of a normal winter; NaN: no evidence
    use          `metered_use` of the facts, with TOO_HIGH and NO_COP
    """

    device: pd.Series
    kwh_per_m2: pd.Series
    use: pd.Series


def read_meters(facts: Facts, policy: Policy) -> Readings:
    """The heat that each home's device gave, by the meter.

    ASSUME: a cubic metre of gas gives what the policy's standard home gets of one: season_mwh ÷
    gas.season_m3, the boiler's efficiency included.
    """
    homes = facts.households
    names = ["device", "heating", "metered_use", "winter_factor", *METERS.values()]
    table = homes.reindex(columns=names).astype(
        dict.fromkeys(names[:3], "str") | dict.fromkeys(names[3:], float)
    )
    full = (table["metered_use"] == FULL).to_numpy(bool)
    gas = (table["heating"] == "gas").to_numpy(bool)
    device = table["device"].mask(gas & table["device"].isna(), cost_basis("gas", policy))
    cop = {name: _cop(name, policy) for name in device[full].dropna().unique()}
    of_gas = policy.demand.season_mwh * 1000 / policy.gas.season_m3
    quantity = table["heating_kwh"].mask(gas, table["heating_m3"])
    each = device.map(cop).astype(float).mask(gas, of_gas) * table["winter_factor"]
    per_m2 = (quantity * each / heated_m2(homes, policy)).where(full).round(_DIGITS)
    most = policy.subsidies.implausible_multiple * policy.demand.standard_kwh_per_m2
    use = table["metered_use"].mask(full & per_m2.isna(), NO_COP).mask(per_m2 > most, TOO_HIGH)
    return Readings(device, per_m2.where(use == FULL), use)


def _cop(device: str, policy: Policy) -> float:
    found = Prices(policy).divisor(f"cop.{device}")
    return np.nan if found is None else float(found)


def metered_medians(facts: Facts, policy: Policy, readings: Readings | None = None) -> pd.DataFrame:
    """The metered homes of each village and device, one row each, sorted.

    homes        that are metered
    kwh_per_m2   median heat in a normal winter
    low, high    interval of 95 % for the median of all such homes, free of any distribution; NaN:
                 too few homes for one
    stands       enough homes for evidence (`Policy.metered_min_homes`)
    """
    found = read_meters(facts, policy) if readings is None else readings
    table = pd.DataFrame(
        {"village_code": facts.households["village_code"], "device": found.device,
         "kwh_per_m2": found.kwh_per_m2}
    ).dropna()  # fmt: skip
    rows = [
        (*key, len(own), round(float(own.median()), _DIGITS), *median_interval(own.tolist()))
        for key, own in table.groupby(_KEYS, sort=True)["kwh_per_m2"]
    ]
    medians = pd.DataFrame(rows, columns=[*_KEYS, "homes", "kwh_per_m2", "low", "high"])
    return medians.assign(stands=medians["homes"] >= policy.metered_min_homes)


def median_interval(values: list[float]) -> tuple[float, float]:
    """The interval of 95 % for the median that some values are a sample of; NaN below six values.

    Its ends are the k-th smallest and the k-th largest value, with the largest k for which a fair
    coin falls fewer than k times on one side in at most 2.5 % of the cases.
    """
    fewer = np.arange(len(values) // 2 + 1)
    within = int(np.count_nonzero(bdtr(fewer, len(values), 0.5) <= _BEYOND))
    if not within:
        return np.nan, np.nan
    ordered = sorted(values)
    return ordered[within - 1], ordered[-within]


def standing_medians(facts: Facts, policy: Policy) -> dict[tuple[str, str], float]:
    """(village_code, device) → median heat [kWh/m²], where enough homes are metered."""
    medians = metered_medians(facts, policy)
    own = medians[medians["stands"].astype(bool)]
    return dict(
        zip(zip(own["village_code"], own["device"], strict=True), own["kwh_per_m2"], strict=True)
    )


def household_demand(facts: Facts, policy: Policy, approach: pd.Series) -> pd.DataFrame:
    """heat_need_mwh_a, heat_basis, area_basis and metered_use, one row a household.

    Blank for homes that are not occupied or do not count. A home that is still to convert is judged
    with the device of its approach: its own choice where the plan allows it, else the plan's first.

    Args:
        facts: The facts.
        policy: The policy.
        approach: The approach in force for each household.
    """
    homes, readings = facts.households, read_meters(facts, policy)
    medians = metered_medians(facts, policy, readings)
    own = medians[medians["stands"].astype(bool)].set_index(_KEYS)["kwh_per_m2"]
    device = heating_device(homes, approach, policy)
    keys = pd.MultiIndex.from_arrays([homes["village_code"], device])
    median = pd.Series(own.reindex(keys).to_numpy(float), homes.index)
    same = readings.kwh_per_m2.where(~homes["pending"].astype(bool) & (readings.device == device))
    by_area = building_w_per_m2(homes, policy) * policy.demand.full_load_h / 1000
    area_m2, area_from = heated_m2(homes, policy), area_basis(homes)
    basis = np.select(
        [same.notna(), median.notna(), area_from != POLICY], [METERED, MEDIAN, AREA], DEFAULT
    )
    heat_mwh = area_m2 * same.fillna(median).fillna(by_area) / 1000
    lived_in = (homes["status"] != "rejected") & homes["village_code"].notna()
    lived_in &= homes.reindex(columns=["occupancy"])["occupancy"].fillna("occupied") == "occupied"
    table = pd.DataFrame({"heat_basis": basis, "area_basis": area_from}, homes.index, dtype="str")
    table = table.where(lived_in, "")
    return table.assign(
        heat_need_mwh_a=heat_mwh.round(_WH).where(lived_in), metered_use=readings.use
    )


def heating_device(homes: pd.DataFrame, approach: pd.Series, policy: Policy) -> pd.Series:
    """The device that each home heats with, or will; "" for none."""
    pending = homes["pending"].astype(bool)
    route = homes["heating"].where(~pending, approach)
    table = homes.reindex(columns=["device", "device_chosen"]).astype("str")
    own = table["device"].where(~pending, table["device_chosen"])
    usual = {rule.route: cost_basis(rule.route, policy) for rule in policy.routes}
    allowed: dict[str, tuple[str, ...]] = {rule.route: rule.devices for rule in policy.routes}
    lawful = [name in allowed.get(str(one), ()) for name, one in zip(own, route, strict=True)]
    # a converted home of which nobody wrote the device down heats with an unknown one
    known = own.notna() & (~pending | np.array(lawful, dtype=bool))
    return own.where(known, route.map(usual).where(pending | (route != "electric"))).fillna("")


def heat_by_hectare(buildings: Buildings, policy: Policy) -> pd.DataFrame:
    """The annual heat of dwellings by squares of 100 m; one row a square with a dwelling.

    Floor area × W/m² of the type × full-load hours, whether a home of the ledger lives there or
    not: it is what a network could sell, not what stoves burn today.

    # ASSUME: a building counts in the square of its middle; one whose use is not stated is a
    # dwelling.

    Args:
        buildings: Footprints in the metric project CRS.
        policy: The policy.

    Returns:
        x, y (south-west corner [m], multiples of 100) · buildings · without_floors (of these, whose
        heat nobody knows) · floor_m2 · heat_mwh_ha_a (NaN: no building's floors are known) ·
        density_class.
    """
    middle = shapely.get_coordinates(shapely.centroid(buildings.shapes))
    corner = np.floor(middle / GRID_M) * GRID_M
    watts = pd.Series(buildings.kinds, dtype="str").map(dict(policy.demand.building_w_per_m2))
    each = watts.astype(float).fillna(policy.demand.heat_w_per_m2) * policy.demand.full_load_h
    known = np.isfinite(buildings.floor_m2)
    table = pd.DataFrame(
        {"x": corner[:, 0], "y": corner[:, 1], "buildings": 1, "without_floors": ~known,
         "floor_m2": buildings.floor_m2, "heat_mwh_ha_a": buildings.floor_m2 * each / 1e6}
    )  # fmt: skip
    groups = table.groupby(["x", "y"])
    counts = groups[["buildings", "without_floors"]].sum().astype(int)
    sums = groups[["floor_m2", "heat_mwh_ha_a"]].sum(min_count=1).round(1)
    found = counts.join(sums).reset_index()
    heat = found["heat_mwh_ha_a"]
    classes = np.select([heat < bound for bound in DENSITY_BOUNDS], ["d0", "d1", "d2"], "d3")
    return found.assign(density_class=np.where(heat.isna(), "unknown", classes))

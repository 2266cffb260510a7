"""demand.xlsx: measured against assumed heat, and emissions and bills before and after by route."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis import i18n
from gis.costs.heat_demand import median_interval, read_meters
from gis.costs.household import coal_emissions
from gis.costs.money import Prices
from gis.facts.floor_area import building_w_per_m2
from gis.report.workbook import WorkbookSheet, sheet

if TYPE_CHECKING:
    from gis.report.metadata import RunResults

MEASURED = (
    "township_code", "township", "village_code", "village", "device", "metered_homes",
    "measured_kwh_per_m2", "measured_low", "measured_high", "assumed_kwh_per_m2", "assumed_low",
    "assumed_high", "measured_ratio", "metered_stands",
)  # fmt: skip
_PLACES = ("township_code", "township", "village_code", "village", "part", "approach")
_AIR = ("co2", "pm25", "so2")
_AMOUNTS = (
    "coal_before_t_a",
    *(f"{name}_{side}_t_a" for name in _AIR for side in ("before", "after")),
    "bill_before_cny_a",
    "bill_after_cny_a",
)
EMISSIONS = (
    *_PLACES, "pending", "coal_homes", *_AMOUNTS,
    "bill_before_per_home_cny_a", "bill_after_per_home_cny_a", "not_counted_homes",
)  # fmt: skip
_KG_PER_T, _FEN = 1000.0, 100.0


def demand_book(run: RunResults) -> tuple[WorkbookSheet, ...]:
    """The sheets of demand.xlsx; nothing measured where the run has no households of its own."""
    notes = i18n.messages("report")["notes"]
    table = emission_table(run)
    told = {"emissions_townships": emission_sums(table), "emissions_villages": table}
    if "village_code" in run.facts.households:  # not in those of a whole province
        told = {"measured": measured_table(run), **told}
    return tuple(
        sheet(key, one, lines=(notes[key.split("_", maxsplit=1)[0]]["zh"],))
        for key, one in told.items()
    )


def measured_table(run: RunResults) -> pd.DataFrame:
    """Measured heat against what floor area would have said, by village and device [kWh/m²].

    Rows without a village are all metered homes of a device, and, without a device, all of them.
    assumed_low and assumed_high are the policy's range of W/m²; blank where it states none.
    """
    rows = _metered_homes(run)
    enough = run.policy.metered_min_homes
    found = [
        _measured_row(own, enough, code, device)
        for (code, device), own in rows.groupby(["village_code", "device"], sort=True)
    ]
    found += [_measured_row(own, enough, None, name) for name, own in rows.groupby("device")]
    if len(rows):
        found.append(_measured_row(rows, enough, None, None))
    table = pd.DataFrame(found).reindex(columns=[*MEASURED])
    names = run.facts.villages.set_index("village_code")
    for name in ("township_code", "township", "village"):
        table[name] = table["village_code"].map(names[name]).astype("str")
    table["village"] = table["village"].fillna(_total())
    return table.astype(
        {"metered_homes": "int64", "metered_stands": bool, "village_code": "str", "device": "str"}
    )


def _metered_homes(run: RunResults) -> pd.DataFrame:
    """village_code, device, measured, assumed, low and high [kWh/m²] of each metered home."""
    readings, policy, homes = read_meters(run.facts, run.policy), run.policy, run.facts.households
    kinds = homes.reindex(columns=["building_type"])["building_type"]
    ranges = {}
    for bound in ("low", "high"):
        usual = getattr(policy.provenance["demand.heat_w_per_m2"], bound)
        known = {
            kind: getattr(policy.provenance[f"demand.building_w_per_m2.{kind}"], bound)
            for kind in policy.demand.building_w_per_m2
        }
        own = kinds.map(known).astype(float)
        ranges[bound] = own.where(kinds.isin(list(known)), np.nan if usual is None else usual)
    watts = pd.DataFrame({"assumed": building_w_per_m2(homes, policy), **ranges})
    table = (watts * policy.demand.full_load_h / 1000).assign(
        village_code=homes["village_code"], device=readings.device, measured=readings.kwh_per_m2
    )
    return table[table["measured"].notna() & table["village_code"].notna()]


def _measured_row(
    own: pd.DataFrame, enough: int, code: str | None, device: str | None
) -> dict[str, Any]:
    measured, assumed = float(own["measured"].median()), float(own["assumed"].mean())
    low, high = median_interval(own["measured"].tolist())
    numbers = {
        "measured_kwh_per_m2": measured,
        "measured_low": low,
        "measured_high": high,
        "assumed_kwh_per_m2": assumed,
        "assumed_low": float(own["low"].mean(skipna=False)),
        "assumed_high": float(own["high"].mean(skipna=False)),
    }
    return {
        "village_code": code,
        "device": device,
        "metered_homes": len(own),
        **{name: round(value, 1) for name, value in numbers.items()},
        "measured_ratio": round(measured / assumed, 2),
        "metered_stands": len(own) >= enough,
    }


def measured_scenario(run: RunResults) -> str:
    """[scenario.measured] for policy.toml: the standard home as all metered homes have it.

    "" where fewer homes are metered than the policy asks for. Fuel by gas and biomass changes with
    the heat. Paste it behind policy.toml to compare.
    """
    rows, policy = _metered_homes(run), run.policy
    if len(rows) < policy.metered_min_homes:
        return ""
    of_home = policy.demand.floor_area_m2 / 1000
    median = float(rows["measured"].median())
    values = (median, *median_interval(rows["measured"].tolist()))
    season, low, high = (round(value * of_home, 2) for value in values)
    times = season / policy.demand.season_mwh
    source = f"{len(rows)} 户全季计量折算到常年的中位数"
    bounds = "" if np.isnan(low) else f"low = {low}, high = {high}, "
    said = f'source = "{source}" }}'
    gas_m3, fuel_t = policy.gas.season_m3 * times, policy.biomass.season_t * times
    lines = [
        f"# {source}；粘贴到 policy.toml 末尾，用 nuantu compare 比较",
        "# The median of all metered homes; paste it at the end of policy.toml and compare",
        "[scenario.measured.demand]",
        f'season_mwh = {{ value = {season}, {bounds}unit = "MWh", {said}',
        "[scenario.measured.gas]",
        f'season_m3 = {{ value = {gas_m3:.1f}, unit = "m3", {said}',
        "[scenario.measured.biomass]",
        f'season_t = {{ value = {fuel_t:.3f}, unit = "t", {said}',
    ]
    return "\n".join(lines) + "\n"


def emission_table(run: RunResults) -> pd.DataFrame:
    """Coal, emissions [t/a] and the homes' bills before (coal) and after, by village and part.

    Bills are of a season: before, the coal; after, energy less the running subsidy. Villages
    without homes to convert are left out. What is unknown is blank.

    # ASSUME: a home on coal burns the policy's tonnes; one that heats with nothing burns none.
    """
    decided, priced = run.decisions.villages, run.route_costs
    names = run.facts.villages[["village_code", "village"]]
    keys = ["village_code", "part"]
    rows = decided.loc[
        decided["pending"] > 0, ["township_code", "township", *keys, "approach", "pending"]
    ]
    coal = priced.drop_duplicates(keys)[[*keys, "coal_homes"]]
    rows = rows.merge(names, on="village_code").merge(coal, on=keys, how="left")
    wanted = [f"{name}_avoided_kg_a" for name in _AIR] + ["running_fen_a", "running_subsidy_fen_a"]
    costs = priced.rename(columns={"route": "approach"})[[*keys, "approach", *wanted]]
    table = rows.merge(costs, on=[*keys, "approach"], how="left")
    table = table.astype(dict.fromkeys([*wanted, "coal_homes"], float))
    each = coal_emissions(run.policy)
    table["coal_before_t_a"] = table["coal_homes"] * _number(each.coal_t)
    for name in _AIR:
        before_kg = table["coal_homes"] * _number(getattr(each, f"{name}_kg"))
        table[f"{name}_before_t_a"] = before_kg / _KG_PER_T
        table[f"{name}_after_t_a"] = (before_kg - table[f"{name}_avoided_kg_a"]) / _KG_PER_T
    price = _number(Prices(run.policy).price("energy.coal_cny_per_t"))
    table["bill_before_cny_a"] = table["coal_before_t_a"] * price
    table["bill_after_cny_a"] = (table["running_fen_a"] - table["running_subsidy_fen_a"]) / _FEN
    # homes for which no route is decided go on as before; nobody knows their after
    table["not_counted_homes"] = table["pending"].where(table["co2_after_t_a"].isna(), 0)
    ordered = table.sort_values(["township_code", *keys], ignore_index=True)
    return _finished(ordered)


def emission_sums(table: pd.DataFrame) -> pd.DataFrame:
    """Sums by township and approach, by approach, and over all with a known after; else blank.

    not_counted_homes of the last row: those that it leaves out, because their after is unknown.
    """
    numbers = ["pending", "coal_homes", *_AMOUNTS, "not_counted_homes"]
    towns = ["township_code", "township", "approach"]
    amounts = table[numbers].astype(float)
    by_town, by_route = (
        _whole_sums(amounts, [table[key] for key in keys]) for keys in (towns, towns[2:])
    )
    whole = amounts[amounts["not_counted_homes"] == 0].sum(skipna=False).to_frame().T
    whole["not_counted_homes"] = table["not_counted_homes"].sum()
    parts = [by_town, by_route.assign(township=_total()), whole.assign(township=_total())]
    return _finished(pd.concat(parts, ignore_index=True)).drop(
        columns=["village_code", "village", "part"]
    )


def _whole_sums(amounts: pd.DataFrame, keys: list[pd.Series]) -> pd.DataFrame:
    """Sums by `keys`; blank where one of the amounts is unknown."""
    groups = amounts.groupby(keys)
    return groups.sum().where(groups.count().eq(groups.size(), axis=0)).reset_index()


def _finished(table: pd.DataFrame) -> pd.DataFrame:
    """The columns of EMISSIONS, the bills of each home among them."""
    homes = table["pending"].astype(float)
    burning = table["coal_homes"].astype(float)
    each = {
        "bill_before_per_home_cny_a": table["bill_before_cny_a"] / burning.where(burning > 0),
        "bill_after_per_home_cny_a": table["bill_after_cny_a"] / homes.where(homes > 0),
    }
    told = table.assign(**each).reindex(columns=[*EMISSIONS])
    whole = dict.fromkeys(["pending", "coal_homes", "not_counted_homes"], "Int64")
    return told.round(dict.fromkeys([*_AMOUNTS, *each], 2)).astype(whole)


def _number(value: object) -> float:
    return np.nan if value is None else float(value)  # type: ignore[arg-type]


def _total() -> str:
    return str(i18n.messages("report")["titles"]["total"]["zh"])

"""The price of every route, village by village."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gis.costs.emissions import burnt, emitted
from gis.costs.home import Home, cost_basis, home
from gis.costs.money import exact, to_fen
from gis.costs.prices import Prices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis.facts import Facts
    from gis.policy import Policy

MONEY = (
    "equipment_fen", "connection_fen", "equipment_subsidy_fen", "running_fen_a",
    "running_subsidy_fen_a", "cost_fen_a", "own_fen_a",
)  # fmt: skip
ENERGY = ("heat_mwh", "electricity_kwh", "gas_m3", "biomass_t", "clean_coal_t")
AVOIDED = ("coal_t", "co2_kg", "pm25_kg", "so2_kg")
_KEYS = ["village_code", "part"]


class _Group(NamedTuple):
    """Homes of one part of a village that cost the same."""

    village_code: str
    part: str
    chosen: str
    self_converted: bool
    homes: int
    coal_homes: int
    floor_area_m2: float
    rural: bool


def price(facts: Facts, policy: Policy) -> pd.DataFrame:
    """Every route of the policy for every village with pending homes, and for its two parts.

    One row a (village_code, part, route); part "" is the whole village, "served" and "unserved"
    are there where the heating network reaches some of its homes and not others. Money is whole
    fen (Int64), `_a` a year; <NA> is unknown, and `missing` says for lack of what.

    device, households   the cost basis (several: joined by "+"), and the homes pending
    equipment_fen, connection_fen, station_fen            capital by item
    capital_household_fen, capital_county_fen, capital_company_fen   the same capital by payer
    equipment_subsidy_fen                                 the county's; <NA>: tender pending
    running_fen_a, running_subsidy_fen_a                  energy bill, and the county's part of it
    cost_fen_a     capital annualised + energy bill, whoever pays: what routes are compared by.
                   Without transformer upgrades, which depend on everybody's choice (`upgrades`)
    own_fen_a      what the homes themselves bear of it
    cost_per_household_fen_a, own_per_household_fen_a     the same over the homes
    heat_mwh_a, electricity_kwh_a, gas_m3_a, biomass_t_a, clean_coal_t_a    a season's energy
    coal_avoided_t_a, co2_avoided_kg_a, pm25_avoided_kg_a, so2_avoided_kg_a
    missing        dotted policy keys, comma-separated; "tender" where the subsidy is pending;
                   "network" for central where no pipe reaches the homes (see `extend`)

    ASSUME: a village's homes are priced at the mean floor area of those known, to the whole m²;
    the heat company pays for the station that new load needs, over prices.network_life_a.
    """
    groups = list(_groups(facts, policy))
    tables = [_route(route.route, groups, policy) for route in policy.routes]
    table = pd.concat(tables, ignore_index=True)
    table = _with_network(table, facts, policy)
    table = table.assign(
        cost_per_household_fen_a=_each(table["cost_fen_a"], table["households"]),
        own_per_household_fen_a=_each(table["own_fen_a"], table["households"]),
    )
    order = {route.route: i for i, route in enumerate(policy.routes)}
    table["order"] = table["route"].map(order)
    table = table.sort_values([*_KEYS, "order"], ignore_index=True)
    return table.drop(columns="order")


def _groups(facts: Facts, policy: Policy) -> Iterator[_Group]:
    """The pending homes of each village and part, grouped by what makes their price differ."""
    homes = facts.households.loc[facts.households["pending"].astype(bool)]
    villages = facts.villages.set_index("village_code")
    rows = pd.DataFrame(
        {
            "village_code": homes["village_code"].astype(str),
            "part": np.where(homes["served"] == "none", "unserved", "served"),
            "chosen": homes["device_chosen"].fillna("").astype(str),
            "self_converted": homes["self_converted"].fillna(value=False).astype(bool),
            "coal": homes["heating"] == "coal",
            "floor_area_m2": homes["floor_area_m2"],
        }
    )
    area_m2 = rows.groupby("village_code")["floor_area_m2"].mean().round()
    area_m2 = area_m2.where(area_m2 > 0).fillna(policy.demand.floor_area_m2)
    mixed = villages.index[(villages["served"] > 0) & (villages["served"] < villages["households"])]
    parts = rows[rows["village_code"].isin(mixed)]
    rows = pd.concat([rows.assign(part=""), parts])
    keys = [*_KEYS, "chosen", "self_converted"]
    counts = rows.groupby(keys)["coal"].agg(["size", "sum"]).reset_index()
    rural = villages["rural"].fillna(value=False).astype(bool)
    for code, part, chosen, own, size, coal in counts.itertuples(index=False):
        yield _Group(
            code, part, chosen, own, int(size), int(coal), float(area_m2[code]), bool(rural[code])
        )


def _route(route: str, groups: list[_Group], policy: Policy) -> pd.DataFrame:
    """One row a part with its homes on `route`."""
    known: dict[tuple[str, float, bool], dict[str, object]] = {}
    rows = []
    for group in groups:
        device = _device(route, group.chosen, policy)
        key = (device, group.floor_area_m2, group.rural and not group.self_converted)
        if key not in known:
            one = home(route, device, key[1], policy, subsidised=key[2])
            known[key] = _amounts(one, policy)
        rows.append((group, device, known[key]))
    return _summed(route, rows, policy)


def _device(route: str, chosen: str, policy: Policy) -> str:
    """The home's own choice where the plan allows it, else the cost basis."""
    rule = policy.route(route)
    return chosen if rule is not None and chosen in rule.devices else cost_basis(route, policy)


def _amounts(one: Home, policy: Policy) -> dict[str, object]:
    """Money, energy and emissions of one home, None where unknown."""
    amounts: dict[str, object] = {name: getattr(one, name) for name in MONEY}
    for name in ENERGY:
        quantity = None if one.energy is None else getattr(one.energy, name)
        amounts[f"{name}_a"] = None if quantity is None else float(quantity)
    after = None if one.energy is None else emitted(one.energy, policy)
    for name in AVOIDED:
        new = None if after is None else getattr(after, name)
        amounts[f"emitted_{name}"] = None if new is None else float(new)
    amounts["missing"] = one.missing
    return amounts


def _summed(
    route: str, rows: list[tuple[_Group, str, dict[str, object]]], policy: Policy
) -> pd.DataFrame:
    """The groups of `rows` added up to parts; one unknown makes a sum unknown."""
    homes = np.array([group.homes for group, _, _ in rows], dtype=np.int64)
    table = pd.DataFrame(
        {
            "village_code": [group.village_code for group, _, _ in rows],
            "part": [group.part for group, _, _ in rows],
            "households": homes,
            "coal_homes": [group.coal_homes for group, _, _ in rows],
        }
    )
    numbers = dict.fromkeys(MONEY, "Int64")
    numbers |= {f"{name}_a": "Float64" for name in ENERGY}
    numbers |= {f"emitted_{name}": "Float64" for name in AVOIDED}
    for name, kind in numbers.items():
        each = pd.array([amounts[name] for _, _, amounts in rows], dtype=kind)
        table[name] = each * homes
    sums = table.groupby(_KEYS, sort=False)
    added = sums.sum(min_count=1)
    counts = sums.count()
    for name in numbers:
        added[name] = added[name].mask(counts[name] < sums.size())
    table["device"] = [device for _, device, _ in rows]
    words = [",".join(amounts["missing"]) for _, _, amounts in rows]  # type: ignore[arg-type]
    texts = table.assign(missing=words).groupby(_KEYS, sort=False)[["device", "missing"]]
    added = added.join(texts.agg(_joined)).reset_index()
    added = added.astype(dict.fromkeys([*_KEYS, "device", "missing"], "str"))
    return _avoided(added.assign(route=route), policy)


def _joined(words: pd.Series) -> str:
    return "+".join(dict.fromkeys(word for word in words if word))


def _avoided(table: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Replaces what is emitted by what is avoided against today's coal.

    ASSUME: a home that heats with nothing today burns no coal, so it avoids none.
    """
    before = burnt(policy)
    for name in AVOIDED:
        today = getattr(before, name)
        coal = pd.array([pd.NA if today is None else float(today)] * len(table), dtype="Float64")
        unit = name.replace("_", "_avoided_")
        table[f"{unit}_a"] = coal * table["coal_homes"] - table.pop(f"emitted_{name}")
    return table.drop(columns="coal_homes")


def _with_network(table: pd.DataFrame, facts: Facts, policy: Policy) -> pd.DataFrame:
    """Adds the stations of central heating, and who pays for all capital."""
    prices = Prices(policy)
    per_kw = prices.price("station_cny_per_kw")
    central = (table["route"] == "central").to_numpy(bool)
    station = [
        _station_fen(int(n), per_kw, policy) if on else 0
        for n, on in zip(table["households"], central, strict=True)
    ]
    annual = [prices.annual_fen(fen, "network_life_a") for fen in station]
    table["station_fen"] = pd.array(station, dtype="Int64")
    table["cost_fen_a"] = table["cost_fen_a"] + pd.array(annual, dtype="Int64")
    unreached = central & ~_reached(table, facts, policy)
    for name in ("cost_fen_a", "station_fen"):
        table[name] = table[name].mask(unreached)
    table["missing"] = _with_reason(table["missing"], unreached, "network")
    pending = table["equipment_subsidy_fen"].isna().to_numpy(bool)
    table["missing"] = _with_reason(table["missing"], pending, "tender")
    table["capital_county_fen"] = table["equipment_subsidy_fen"]
    own = table["equipment_fen"] + table["connection_fen"] - table["equipment_subsidy_fen"]
    return table.assign(capital_household_fen=own, capital_company_fen=table["station_fen"])


def _station_fen(homes: int, per_kw: Decimal | None, policy: Policy) -> int | None:
    return None if per_kw is None else to_fen(exact(policy.demand.peak_kw(homes)) * per_kw)


def _reached(table: pd.DataFrame, facts: Facts, policy: Policy) -> np.ndarray:
    """Whether the heating network already reaches the homes of each row."""
    share = facts.villages.set_index("village_code")["served_share"]
    enough = table["village_code"].map(share) >= policy.heating_network.served_share
    part = table["part"]
    return np.asarray((part == "served") | (enough & (part == "")), dtype=bool)


def _with_reason(missing: pd.Series, where: np.ndarray, reason: str) -> pd.Series:
    said = missing.str.cat([reason] * len(missing), sep=",").str.lstrip(",")
    return missing.where(~where, said)


def _each(total_fen: pd.Series, homes: pd.Series) -> pd.Series:
    """Fen a home, half up, so that a reader may multiply it back to within half a fen each."""
    doubled = total_fen * 2 + homes
    return (doubled // (homes * 2)).astype("Int64")

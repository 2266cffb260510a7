"""Keys of the free tables of policy.toml that nothing reads: they are refused, never ignored."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gis.errors import Text
from gis.layers.toml_model import closest_key

if TYPE_CHECKING:
    from gis.policy.model import Policy

_PIPE = re.compile(r"DN\d+")
DEVICE_PRICES = ("equipment_cny", "equipment_life_a", "cop", "equipment_subsidy_cny")
_PRICES: Mapping[str, frozenset[str]] = {
    "": frozenset(
        "interest network_life_a grid_life_a station_cny_per_kw source_cny_per_kw".split()
    ),
    "energy": frozenset(
        "electricity_cny_per_kwh electricity_heating_cny_per_kwh gas_cny_per_m3 biomass_cny_per_t "
        "clean_coal_cny_per_t coal_cny_per_t central_cny_per_m2".split()
    ),
    "gas": frozenset("connection_cny connection_life_a pipe_cny_per_m".split()),
    "network": frozenset(
        "velocity_m_per_s gradient_pa_per_m delta_t_k loss_w_per_m season_h snap_m start_days "
        "build_m_per_day".split()
    ),
    "supply": frozenset(
        "power_mw electricity_kwh_a gas_m3_h gas_m3_day gas_m3_a gas_storage_m3 heat_mwh_a "
        "biomass_t_a biomass_store_t biomass_store_m3 biomass_radius_km clean_coal_t_a".split()
    ),
}
# Keys of earlier versions that nothing has ever read: projects that have one go on, and are told.
RETIRED = ("prices.gas.boiler_efficiency",)  # gas.season_m3 includes it
_EMISSIONS = frozenset(
    "coal_t_per_household coal_co2_kg_per_t coal_pm25_kg_per_t coal_so2_kg_per_t "
    "electricity_co2_kg_per_kwh gas_co2_kg_per_m3 biomass_pm25_kg_per_t central_co2_kg_per_mwh "
    "clean_coal_co2_kg_per_t clean_coal_pm25_kg_per_t clean_coal_so2_kg_per_t".split()
)


def without_retired(written: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What policy.toml says without retired keys, and which of them it has."""
    kept, found = copy.deepcopy(dict(written)), []
    for key in RETIRED:
        *tables, name = key.split(".")
        table: Any = kept
        for one in tables:
            table = table.get(one) if isinstance(table, dict) else None
        if isinstance(table, dict) and name in table:
            del table[name]
            found.append(key)
    return kept, tuple(found)


def keys_without_effect(
    own: Mapping[str, Any], policy: Policy, devices: frozenset[str]
) -> Iterator[tuple[str, Text]]:
    """The dotted keys that nothing reads, each with what to do.

    Args:
        own: What policy.toml itself says, as plain values.
        policy: The policy made of it and the defaults.
        devices: The devices of the shipped price list.
    """
    prices = own.get("prices", {})
    for name, entry in prices.items() if isinstance(prices, dict) else ():
        if isinstance(entry, dict):
            known = _known(name, policy, devices)
            if known is None:
                yield _nothing(
                    f"prices.{name}", {*_PRICES, *DEVICE_PRICES, "pipe_cny_per_m"} - {""}
                )
                continue
            for key in entry:
                if key not in known and not (name == "pipe_cny_per_m" and _PIPE.fullmatch(key)):
                    yield _nothing(f"prices.{name}.{key}", known)
        elif name not in _PRICES[""]:
            yield _nothing(f"prices.{name}", _PRICES[""])
    emissions = own.get("emissions", {})
    for name in emissions if isinstance(emissions, dict) else ():
        if name not in _EMISSIONS:
            yield _nothing(f"emissions.{name}", _EMISSIONS)
    known = frozenset({*policy.devices, *devices})
    for name in policy.electric.device_kw.keys() - known:
        yield _nothing(f"electric.device_kw.{name}", known)
    yield from _subsidies(own, policy, devices)


def _known(table: str, policy: Policy, devices: frozenset[str]) -> frozenset[str] | None:
    """The keys of a price table that something reads; None: there is no such table."""
    if table in DEVICE_PRICES:
        complements = {one for route in policy.routes for one in route.complements}
        return frozenset({*policy.devices, *devices, *complements})
    if table == "pipe_cny_per_m":
        return frozenset({"DN100"})
    return _PRICES.get(table)


def _subsidies(
    own: Mapping[str, Any], policy: Policy, devices: frozenset[str]
) -> Iterator[tuple[str, Text]]:
    """Subsidies of routes and devices that the plan does not have, and those written twice."""
    routes: set[str] = {route.route for route in policy.routes}
    rules, given = policy.subsidies, own.get("subsidies", {})
    for route in rules.running:
        if route not in routes:
            yield _nothing(f"subsidies.running.{route}", routes)
        short = [key for key in given if key.startswith(f"{route}_c")]
        if short:
            yield _twice(f"subsidies.running.{route}", f"subsidies.{short[0]}")
    if rules.connection and "gas" not in routes:
        yield _nothing("subsidies.connection.gas", routes)
    listed = policy.prices.get("equipment_subsidy_cny", {})
    for name, rule in rules.equipment.items():
        if rule.price_of is not None and rule.price_of not in {*policy.devices, *devices}:
            yield _nothing(f"subsidies.equipment.{name}.price_of", {*policy.devices, *devices})
        if name not in routes and name not in {*policy.devices, *devices}:
            yield _nothing(f"subsidies.equipment.{name}", {*routes, *policy.devices})
        if isinstance(listed, dict) and name in listed:
            yield _twice(f"subsidies.equipment.{name}", f"prices.equipment_subsidy_cny.{name}")


def _nothing(key: str, known: frozenset[str] | set[str]) -> tuple[str, Text]:
    name = key.rpartition(".")[2]
    near = closest_key(name, known, 0.0)
    return key, Text(
        f"{key} 写了不起作用；最接近的是 {near}，没有对应的请删去。",
        f"{key} would have no effect; the nearest key that has one is {near}, else take it out.",
    )


def _twice(key: str, other: str) -> tuple[str, Text]:
    return key, Text(
        f"{key} 与 {other} 说的是同一项；只写一处。", f"{key} and {other} say the same; write one."
    )

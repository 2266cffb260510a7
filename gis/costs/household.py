"""Cost and avoided emissions of one household on one route: equipment, energy, subsidy, who pays.

The reference is the policy's standard home, scaled by the season's heat. An amount whose price or
factor the policy lacks is None, and a missing price's key is listed in `missing`; it never counts
as 0. Complements, which the plan supports besides a route's own device, are priced here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from gis.costs.money import Prices, exact, to_fen, total
from gis.costs.subsidy import once_fen, season_fen
from gis.policy import Policy
from gis.policy.model import STANDARD_DEVICES
from gis.policy.subsidies import SubsidyRule


@dataclass(frozen=True)
class Energy:
    """Energy of one household per season: heat [MWh] from a network, or its device's input."""

    heat_mwh: Decimal = Decimal(0)
    electricity_kwh: Decimal = Decimal(0)
    gas_m3: Decimal = Decimal(0)
    biomass_t: Decimal = Decimal(0)
    clean_coal_t: Decimal = Decimal(0)


@dataclass(frozen=True)
class HouseholdCost:
    """Cost of one household on one route, in fen; `_a` per year. None: unknown, see `missing`.

    equipment_fen            device, or the household's share of a network's house side
    connection_fen           connection to the gas network
    equipment_subsidy_fen    paid once for equipment and connection; None while the tender is
                             pending
    running_fen_a            energy bill of the season before subsidy
    running_subsidy_fen_a    of the home's first season, up to its cap
    cost_fen_a               total for all payers: equipment and connection, each annualised over
                             its life, + energy bill
    own_fen_a                the part of cost_fen_a that the household pays
    missing                  dotted keys of policy.toml that were needed and are absent
    """

    device: str
    energy: Energy | None
    equipment_fen: int | None
    connection_fen: int | None
    equipment_subsidy_fen: int | None
    running_fen_a: int | None
    running_subsidy_fen_a: int | None
    cost_fen_a: int | None
    own_fen_a: int | None
    missing: tuple[str, ...]


def cost_basis(route: str, policy: Policy) -> str:
    """The device that prices a route until the household has chosen: the policy's first one.

    A route without listed devices is priced by its standard equipment; "" if it has none.
    """
    rule = policy.route(route)
    devices = rule.devices if rule is not None else ()
    return devices[0] if devices else STANDARD_DEVICES.get(route, "")


class HomeKind(NamedTuple):
    """What the cost of a home depends on, besides its route and device.

    floor_area_m2   heated floor area
    subsidised      a rural household that does not convert itself; others get no equipment subsidy
    kwh_per_m2      the season's heat by floor area; None: that of the policy's standard home
    """

    floor_area_m2: float
    subsidised: bool = True
    kwh_per_m2: float | None = None


def household_cost(route: str, device: str, home: HomeKind, policy: Policy) -> HouseholdCost:
    """Calculate the cost of one household on `route` with `device`.

    ASSUME: the season's heat, and so its fuel, grows with floor area.

    Args:
        route: The route's name in the policy.
        device: The device's key in the price list.
        home: The household.
        policy: The policy.
    """
    prices, area_m2 = Prices(policy), exact(home.floor_area_m2)
    scale = area_m2 / exact(policy.demand.floor_area_m2)
    if home.kwh_per_m2 is not None:
        standard = exact(policy.demand.season_mwh) * 1000 / exact(policy.demand.floor_area_m2)
        scale *= exact(home.kwh_per_m2) / standard
    energy = _energy(route, device, scale, prices)
    equipment_fen = _fen(prices.price(f"equipment_cny.{device}"))
    connection_fen = _fen(prices.price("gas.connection_cny")) if route == "gas" else 0
    subsidy_fen: int | None = 0
    connected_fen: int | None = 0
    if home.subsidised:
        subsidy_fen = _equipment_subsidy(route, device, equipment_fen, area_m2, policy)
        connected_fen = _connection_subsidy(route, connection_fen, area_m2, policy)
    bill_fen = _bill(route, energy, area_m2, prices)
    support_fen = _running_subsidy(route, energy, area_m2, policy)
    life, connection_life = f"equipment_life_a.{device}", "gas.connection_life_a"
    own_fen = total(equipment_fen, _less(subsidy_fen))
    own_connection_fen = total(connection_fen, _less(connected_fen))
    connecting_fen_a = prices.annual_fen(connection_fen, connection_life)
    return HouseholdCost(
        device=device,
        energy=energy,
        equipment_fen=equipment_fen,
        connection_fen=connection_fen,
        equipment_subsidy_fen=total(subsidy_fen, connected_fen),
        running_fen_a=bill_fen,
        running_subsidy_fen_a=support_fen,
        cost_fen_a=total(prices.annual_fen(equipment_fen, life), connecting_fen_a, bill_fen),
        own_fen_a=total(
            prices.annual_fen(own_fen, life),
            prices.annual_fen(own_connection_fen, connection_life),
            bill_fen,
            _less(support_fen),
        ),
        missing=tuple(dict.fromkeys(prices.missing)),
    )


def _fen(yuan: Decimal | None) -> int | None:
    return None if yuan is None else to_fen(yuan)


def _energy(route: str, device: str, scale: Decimal, prices: Prices) -> Energy | None:
    policy = prices.policy
    if route == "central":
        return Energy(heat_mwh=exact(policy.demand.season_mwh) * scale)
    if route == "electric":
        cop = prices.divisor(f"cop.{device}")
        heat_kwh = exact(policy.demand.season_mwh) * 1000 * scale
        return None if cop is None else Energy(electricity_kwh=heat_kwh / cop)
    if route == "gas":
        return Energy(gas_m3=exact(policy.gas.season_m3) * scale)
    if route == "biomass":
        return Energy(biomass_t=exact(policy.biomass.season_t) * scale)
    # ASSUME: clean coal replaces raw coal tonne for tonne.
    coal_t = prices.emission("coal_t_per_household")
    return None if coal_t is None else Energy(clean_coal_t=coal_t * scale)


def _bill(route: str, energy: Energy | None, floor_area_m2: Decimal, prices: Prices) -> int | None:
    """The energy bill of one household for the season, heating only [fen]."""
    if energy is None:
        return None
    quantity, keys = {
        "central": (floor_area_m2, ("central_cny_per_m2",)),
        "electric": (
            energy.electricity_kwh,
            ("electricity_heating_cny_per_kwh", "electricity_cny_per_kwh"),
        ),
        "gas": (energy.gas_m3, ("gas_cny_per_m3",)),
        "biomass": (energy.biomass_t, ("biomass_cny_per_t",)),
        "clean_coal": (energy.clean_coal_t, ("clean_coal_cny_per_t",)),
    }[route]
    price = prices.price(*(f"energy.{key}" for key in keys))
    return None if price is None else to_fen(quantity * price)


def _less(fen: int | None) -> int | None:
    return None if fen is None else -fen


def _running_subsidy(
    route: str, energy: Energy | None, area_m2: Decimal, policy: Policy
) -> int | None:
    """The running subsidy of one household for its first season, up to its cap [fen]."""
    rule = policy.subsidies.running_rule(route)
    if rule is None:
        return 0
    if energy is None and rule.fixed_cny is None:
        return None
    used = energy or Energy()
    quantity = {
        "cny_per_kwh": used.electricity_kwh,
        "cny_per_m3": used.gas_m3,
        "cny_per_m2": area_m2,
        "cny_per_t": used.biomass_t + used.clean_coal_t,
    }.get(rule.basis, Decimal(0))
    return season_fen(rule, quantity, policy.plan.plan_year)


def _equipment_subsidy(
    route: str, device: str, equipment_fen: int | None, area_m2: Decimal, policy: Policy
) -> int | None:
    """The equipment subsidy of one household [fen]; None while the tender that sets it is pending.

    [subsidies.equipment] gives it by device, else by route; [prices.equipment_subsidy_cny] in yuan
    by device once it is known; 0 means that none is granted. For a device in neither it is pending
    on the electric route and 0 on the others.
    """
    rules = policy.subsidies.equipment
    if rule := rules.get(device, rules.get(route)):
        price_fen = equipment_fen
        if rule.price_of is not None:
            price_fen = _fen(Prices(policy).price(f"equipment_cny.{rule.price_of}"))
        return once_fen(rule, price_fen, area_m2, equipment_fen)
    granted = policy.prices.get("equipment_subsidy_cny", {})
    if not isinstance(granted, dict) or device not in granted:
        return None if route == "electric" else 0
    return once_fen(SubsidyRule(fixed_cny=granted[device]), equipment_fen, area_m2)


def _connection_subsidy(
    route: str, connection_fen: int | None, area_m2: Decimal, policy: Policy
) -> int | None:
    """What is paid towards a connection [fen]."""
    rule = policy.subsidies.connection.get(route)
    return 0 if rule is None else once_fen(rule, connection_fen, area_m2)


class Complement(NamedTuple):
    """One complement for one household [fen]; None where the policy has no price for it.

    `equipment_fen_a` is its equipment cost annualised. Its energy savings are not counted, because
    they depend on the house.
    """

    complement: str
    equipment_fen: int | None
    equipment_fen_a: int | None


def complements(route: str, policy: Policy) -> list[Complement]:
    """The complements that the policy lists for `route`, priced, in its order."""
    rule, prices = policy.route(route), Prices(policy)
    found = []
    for name in rule.complements if rule is not None else ():
        yuan = prices.price(f"equipment_cny.{name}")
        fen = None if yuan is None else to_fen(yuan)
        found.append(Complement(name, fen, prices.annual_fen(fen, f"equipment_life_a.{name}")))
    return found


@dataclass(frozen=True)
class YearlyEmissions:
    """Coal [t] and emissions [kg] of one household per year; None where a factor is missing."""

    coal_t: Decimal | None
    co2_kg: Decimal | None
    pm25_kg: Decimal | None
    so2_kg: Decimal | None


def coal_emissions(policy: Policy) -> YearlyEmissions:
    """Coal burnt and emissions of one household that heats with coal, per year."""
    coal_t = _factor(policy, "coal_t_per_household")
    factors = (_factor(policy, f"coal_{kind}_kg_per_t") for kind in ("co2", "pm25", "so2"))
    return YearlyEmissions(coal_t, *(_multiply(coal_t, factor) for factor in factors))


def route_emissions(energy: Energy, policy: Policy) -> YearlyEmissions:
    """Emissions of one household on its new route, per year.

    ASSUME: electricity, gas and a heating network emit no PM2.5 and SO2 where people live; the CO2
    of biomass was in the air before; its SO2 is nil. Clean coal needs factors in the policy.
    """
    zero = Decimal(0)
    clean = energy.clean_coal_t
    co2_kg = _sum_if_known(
        _multiply(energy.electricity_kwh, _factor(policy, "electricity_co2_kg_per_kwh")),
        _multiply(energy.gas_m3, _factor(policy, "gas_co2_kg_per_m3")),
        _multiply(energy.heat_mwh, _factor(policy, "central_co2_kg_per_mwh")),
        _multiply(clean, _factor(policy, "clean_coal_co2_kg_per_t")),
    )
    pm25_kg = _sum_if_known(
        _multiply(energy.biomass_t, _factor(policy, "biomass_pm25_kg_per_t")),
        _multiply(clean, _factor(policy, "clean_coal_pm25_kg_per_t")),
    )
    return YearlyEmissions(
        zero, co2_kg, pm25_kg, _multiply(clean, _factor(policy, "clean_coal_so2_kg_per_t"))
    )


def _factor(policy: Policy, key: str) -> Decimal | None:
    return exact(policy.emissions[key]) if key in policy.emissions else None


def _multiply(quantity: Decimal | None, factor: Decimal | None) -> Decimal | None:
    """The product; a quantity of 0 emits nothing, even if the factor is unknown."""
    if quantity is not None and not quantity:
        return Decimal(0)
    return None if quantity is None or factor is None else quantity * factor


def _sum_if_known(*parts: Decimal | None) -> Decimal | None:
    known = [part for part in parts if part is not None]
    return sum(known, Decimal(0)) if len(known) == len(parts) else None

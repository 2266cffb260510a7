"""Emissions avoided by a household that stops burning coal."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from gis.costs.money import exact

if TYPE_CHECKING:
    from gis.costs.household import Energy
    from gis.policy import Policy


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
    return YearlyEmissions(
        coal_t,
        *(
            _multiply(coal_t, _factor(policy, f"coal_{kind}_kg_per_t"))
            for kind in ("co2", "pm25", "so2")
        ),
    )


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

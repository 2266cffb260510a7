"""What a home that leaves coal no longer emits."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from gis.costs.money import exact

if TYPE_CHECKING:
    from gis.costs.household import Energy
    from gis.policy import Policy


@dataclass(frozen=True)
class Avoided:
    """A year's coal [t] and emissions [kg] of one home, None where a factor is missing."""

    coal_t: Decimal | None
    co2_kg: Decimal | None
    pm25_kg: Decimal | None
    so2_kg: Decimal | None


def burnt(policy: Policy) -> Avoided:
    """What one home that heats with coal burns and emits in a year."""
    coal_t = _factor(policy, "coal_t_per_household")
    return Avoided(
        coal_t,
        *(
            _times(coal_t, _factor(policy, f"coal_{kind}_kg_per_t"))
            for kind in ("co2", "pm25", "so2")
        ),
    )


def emitted(energy: Energy, policy: Policy) -> Avoided:
    """What one home emits in a year on its new route.

    ASSUME: electricity, gas and a heating network emit no PM2.5 and SO2 where people live; the
    CO2 of biomass was in the air before; its SO2 is nil. Clean coal needs factors of its own.
    """
    zero = Decimal(0)
    clean = energy.clean_coal_t
    co2_kg = _sum(
        _times(energy.electricity_kwh, _factor(policy, "electricity_co2_kg_per_kwh")),
        _times(energy.gas_m3, _factor(policy, "gas_co2_kg_per_m3")),
        _times(energy.heat_mwh, _factor(policy, "central_co2_kg_per_mwh")),
        _times(clean, _factor(policy, "clean_coal_co2_kg_per_t")),
    )
    pm25_kg = _sum(
        _times(energy.biomass_t, _factor(policy, "biomass_pm25_kg_per_t")),
        _times(clean, _factor(policy, "clean_coal_pm25_kg_per_t")),
    )
    return Avoided(zero, co2_kg, pm25_kg, _times(clean, _factor(policy, "clean_coal_so2_kg_per_t")))


def _factor(policy: Policy, key: str) -> Decimal | None:
    return exact(policy.emissions[key]) if key in policy.emissions else None


def _times(quantity: Decimal | None, factor: Decimal | None) -> Decimal | None:
    """The product; nothing of a thing emits nothing, whatever its factor."""
    if quantity is not None and not quantity:
        return Decimal(0)
    return None if quantity is None or factor is None else quantity * factor


def _sum(*parts: Decimal | None) -> Decimal | None:
    known = [part for part in parts if part is not None]
    return sum(known, Decimal(0)) if len(known) == len(parts) else None

"""Pipe catalogue: capacity, price and loss by diameter, and a linear price for the solver."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt
from typing import TYPE_CHECKING

import numpy as np

from gis.errors import InputError, Text

if TYPE_CHECKING:
    from gis.policy import Policy

_WATER_KJ_PER_M3_K = 4100.0  # at about 80 C: 972 kg/m3 x 4.2 kJ/(kg K)
_KG_PER_M3 = 972.0
_ROUGH_M = 0.0002  # ASSUME: roughness of steel pipe some years old


@dataclass(frozen=True)
class PipeCatalogue:
    """The policy's pipes, smallest first, and the settings of [prices.network].

    dn_mm, capacity_kw, cny_per_m   one entry per diameter
    fixed_cny_per_m, slope_cny_per_kw_m   least-squares line through them, used by the solver
    """

    dn_mm: tuple[int, ...]
    capacity_kw: tuple[float, ...]
    cny_per_m: tuple[float, ...]
    fixed_cny_per_m: float
    slope_cny_per_kw_m: float
    figures: dict[str, float]

    def dn_for(self, kw: float) -> int | None:
        """The smallest diameter that carries `kw`; None if none does."""
        fits = (dn for dn, most in zip(self.dn_mm, self.capacity_kw, strict=True) if kw <= most)
        return next(fits, None)

    def price_for(self, kw: float) -> float | None:
        """The price of the smallest diameter that carries `kw` [CNY/m]; None if none does."""
        dn = self.dn_for(kw)
        return None if dn is None else self.cny_per_m[self.dn_mm.index(dn)]

    def carries(self, dn_mm: float) -> float:
        """Capacity of a pipe of any diameter [kW], limited by velocity or pressure loss per metre.

        Friction factor of rough pipe after Shifrinson: 0.11 (k / d)^0.25.
        """
        bore_m = dn_mm / 1000
        friction = 0.11 * (_ROUGH_M / bore_m) ** 0.25
        pressure_velocity = sqrt(
            2 * self.figures["gradient_pa_per_m"] * bore_m / (friction * _KG_PER_M3)
        )
        flow_m3_per_s = (
            pi * bore_m**2 / 4 * min(self.figures["velocity_m_per_s"], pressure_velocity)
        )
        return flow_m3_per_s * _WATER_KJ_PER_M3_K * self.figures["delta_t_k"]


def pipes_of(policy: Policy) -> PipeCatalogue:
    """The pipes that the policy prices under [prices.pipe_cny_per_m].

    Raises:
        InputError: The policy prices no diameter.
    """
    prices = policy.prices.get("pipe_cny_per_m", {})
    priced = sorted(_prices_by_dn(prices) if isinstance(prices, dict) else [])
    if not priced:
        raise InputError(
            Text(
                "policy.toml 的 [prices.pipe_cny_per_m] 没有管径：扩网须有各 DN 每米价格，请补充",
                "policy.toml: [prices.pipe_cny_per_m] names no diameter; growing the network needs"
                " a price per metre by DN, add it",
            )
        )
    given = policy.prices["network"]
    figures = dict(given) if isinstance(given, dict) else {}
    dn, cny = tuple(dn for dn, _ in priced), tuple(cny for _, cny in priced)
    unpriced = PipeCatalogue(dn, (), cny, cny[0], 0.0, figures)
    capacity = tuple(unpriced.carries(size) for size in dn)
    fixed, slope = _fit_line(capacity, cny)
    return PipeCatalogue(dn, capacity, cny, fixed, slope, figures)


def _prices_by_dn(prices: dict[str, float]) -> list[tuple[int, float]]:
    named = ((name.upper().removeprefix("DN"), cny) for name, cny in prices.items())
    return [(int(size), float(cny)) for size, cny in named if size.isdecimal()]


def _fit_line(kw: tuple[float, ...], cny: tuple[float, ...]) -> tuple[float, float]:
    """Fixed price and slope of the least-squares line through the price list, neither below 0."""
    if len(kw) == 1:
        return cny[0], 0.0
    slope, fixed = np.polyfit(kw, cny, 1)
    if slope < 0:
        return float(np.mean(cny)), 0.0
    return max(float(fixed), 0.0), float(slope)

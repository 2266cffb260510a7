"""The kinds of home there are on one route, each priced once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gis.costs.emissions import Avoided, burnt, emitted
from gis.costs.household import Home, cost_basis, home

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.policy import Policy

MONEY = (
    "equipment_fen", "connection_fen", "equipment_subsidy_fen", "running_fen_a",
    "running_subsidy_fen_a", "cost_fen_a", "own_fen_a",
)  # fmt: skip
ENERGY = ("heat_mwh", "electricity_kwh", "gas_m3", "biomass_t", "clean_coal_t")
AVOIDED = ("coal_t", "co2_kg", "pm25_kg", "so2_kg")


class Each:
    """Homes on one route by device, floor area and subsidy; numbered as they are met."""

    def __init__(self, route: str, policy: Policy) -> None:
        self._route, self._policy = route, policy
        rule = policy.route(route)
        self._allowed = rule.devices if rule is not None else ()
        self._basis = cost_basis(route, policy)
        self._known: dict[tuple[str, float, bool], int] = {}
        self.devices: list[str] = []
        self.missing: list[tuple[str, ...]] = []
        self._rows: list[list[float]] = []

    def kind(self, chosen: str, floor_area_m2: float, subsidised: bool) -> int:
        """The number of this kind of home; its own choice counts where the plan allows it."""
        device = chosen if chosen in self._allowed else self._basis
        key = (device, floor_area_m2, subsidised)
        if key not in self._known:
            one = home(self._route, device, floor_area_m2, self._policy, subsidised=subsidised)
            self._known[key] = len(self.devices)
            self.devices.append(device)
            self.missing.append(one.missing)
            self._rows.append(_numbers(one, self._policy))
        return self._known[key]

    def amounts(self) -> NDArray[np.float64]:
        """Kinds × (MONEY, ENERGY, AVOIDED: what it still emits); NaN is unknown.

        Fen are whole and far below 2^53, so that sums of them stay exact.
        """
        return np.array(self._rows).reshape(len(self._rows), len(MONEY + ENERGY + AVOIDED))

    def before(self) -> NDArray[np.float64]:
        """AVOIDED of one home that heats with coal today."""
        return _emissions(burnt(self._policy))


def _numbers(one: Home, policy: Policy) -> list[float]:
    energy = one.energy
    money = [_float(getattr(one, name)) for name in MONEY]
    needs = [np.nan if energy is None else float(getattr(energy, name)) for name in ENERGY]
    nothing = Avoided(None, None, None, None)
    after = nothing if energy is None else emitted(energy, policy)
    return [*money, *needs, *_emissions(after).tolist()]


def _emissions(amounts: Avoided) -> NDArray[np.float64]:
    return np.array([_float(getattr(amounts, name)) for name in AVOIDED])


def _float(value: object) -> float:
    return np.nan if value is None else float(value)  # type: ignore[arg-type]

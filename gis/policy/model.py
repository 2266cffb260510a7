"""The plan as data: what policy.toml may say, key by key.

Attributes carry the names of the file's keys; section [policy] is `plan`. Every number is in the
unit its name ends with. `Policy.provenance` says of each quantity, by its dotted key, where it
comes from and whether it was verified.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from gis.errors import Text
from gis.layers.toml_model import Day, validation_error

# ASSUME: no quantity of a plan is outside of these in its unit; beyond, it is a slip of the pen
_LEAST, _MOST = 1e-6, 1e9
Positive = Annotated[float, Field(ge=_LEAST, le=_MOST, allow_inf_nan=False, strict=True)]
NonNegative = Annotated[float, Field(ge=0, le=_MOST, allow_inf_nan=False, strict=True)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, strict=True)]
SomeShare = Annotated[float, Field(ge=_LEAST, le=1, allow_inf_nan=False, strict=True)]
Count = Annotated[int, Field(ge=0, le=int(_MOST), strict=True)]
AtLeastOne = Annotated[int, Field(ge=1, le=int(_MOST), strict=True)]
Words = Annotated[str, Field(strict=True, min_length=1)]
Named = Annotated[str, Field(strict=True, pattern=r"^[^\s.]+$")]  # a part of dotted keys

RouteName = Literal["central", "electric", "gas", "biomass", "clean_coal"]
PriorityClass = Literal["coal_ban_zone", "built_up_area", "named_area"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Plan(_Section):
    """[policy]: which plan this is and by when."""

    name: Words
    document: Words
    plan_year: Annotated[int, Field(ge=2000, le=2100, strict=True)]
    programme_start: Day
    deadline: Day


class Route(_Section):
    """[[routes]]: one route, in the plan's order of preference, with the clause it rests on.

    complements   what the plan supports beside the route's own device, such as solar-assisted
                  heating; they make nobody eligible and take no part in the price of the route
    """

    route: RouteName
    clause: Words
    devices: tuple[Named, ...] = ()
    not_in_tender: tuple[Named, ...] = ()
    complements: tuple[Named, ...] = ()


class NamedArea(_Section):
    """An area the plan names; without a village_code its place is unknown and not guessed."""

    name: Words
    village_code: Annotated[str, Field(pattern=r"^\d{12}$")] | None = None
    around_m: NonNegative = 0.0


class Priority(_Section):
    """[priority]: who comes first when capacity is short."""

    order: tuple[PriorityClass, ...]
    named_areas: tuple[NamedArea, ...]


class Placing(_Section):
    """[placing]: duty by the ledger or by location; 1-sigma accuracies in metres."""

    duty: Literal["ledger", "location"]
    sigma_household_m: NonNegative
    sigma_zone_m: NonNegative
    sigma_zone_worded_m: NonNegative


class HeatingNetwork(_Section):
    """[heating_network]: when a home, and a village, counts as served."""

    connect_m: NonNegative
    served_share: SomeShare  # with none at all every village would be served
    split_min_households: Count
    roles: tuple[Literal["primary", "secondary"], ...]
    min_mwh_per_m_a: NonNegative


class Demand(_Section):
    """[demand]: heat of a home; diversity(n) = diversity_a + diversity_b / n."""

    heat_w_per_m2: Positive
    floor_area_m2: Positive
    season_mwh: Positive
    diversity_a: NonNegative
    diversity_b: NonNegative

    def peak_kw(self, households: float, floor_area_m2: float | None = None) -> float:
        """Peak of `households` together [kW]; 0 for none of them."""
        if not households:
            return 0.0
        area_m2 = households * (self.floor_area_m2 if floor_area_m2 is None else floor_area_m2)
        diversity = self.diversity_a + self.diversity_b / households
        return area_m2 * self.heat_w_per_m2 / 1000 * diversity


class Electric(_Section):
    """[electric]: load of a home on its transformer, and what an upgrade may cost."""

    kw_per_household: Positive
    simultaneity: SomeShare
    power_factor: SomeShare
    transformer_reach_m: NonNegative
    upgrade_cny_per_kva: NonNegative
    unit_kva: Annotated[tuple[Positive, ...], Field(min_length=1)]  # sizes that can be bought
    max_upgrade_cny_per_household: NonNegative

    @property
    def kva_per_household(self) -> float:
        """What one home adds to its transformer's peak [kVA]."""
        return self.kw_per_household * self.simultaneity / self.power_factor


class Gas(_Section):
    """[gas]: reach of a gas pipe and a home's gas for a season."""

    connect_m: NonNegative
    season_m3: Positive


class Biomass(_Section):
    """[biomass]: a home's fuel for a season."""

    season_t: Positive


class ClearanceRules(_Section):
    """[clearance]: when evidence is fresh and a device in use."""

    stale_days: Count
    stable_seasons: Count
    unused_kwh: NonNegative


class EditionRules(_Section):
    """[edition]: what the public edition blurs."""

    min_households: AtLeastOne
    hysteresis: Count
    money_step_cny: AtLeastOne
    distance_step_m: AtLeastOne


class Subsidies(_Section):
    """[subsidies]: what the plan pays; a share is counted only with its document."""

    electric_cny_per_kwh: NonNegative
    electric_cap_cny: NonNegative
    gas_cny_per_m3: NonNegative
    gas_cap_cny: NonNegative
    hardship_once_cny: NonNegative
    grid_county_share: Share
    grid_county_share_document: str
    implausible_multiple: Positive  # a reading above so many times what its area needs


class Provenance(_Section):
    """Where a quantity comes from; `default` marks a key the policy left to the shipped value."""

    unit: str = ""
    source: str = ""
    verified: bool = False
    valid_from: date | None = None
    default: bool = False


class Policy(_Section):
    """policy.toml as a whole."""

    plan: Plan = Field(alias="policy")
    routes: Annotated[tuple[Route, ...], Field(min_length=1)]
    priority: Priority
    placing: Placing
    heating_network: HeatingNetwork
    demand: Demand
    electric: Electric
    gas: Gas
    biomass: Biomass
    clearance: ClearanceRules
    edition: EditionRules
    subsidies: Subsidies
    prices: dict[str, NonNegative | dict[str, NonNegative]]
    emissions: dict[str, NonNegative]
    responsible: dict[str, Words]
    scenario: dict[str, dict[str, Any]] = Field(default_factory=dict)
    _provenance: Mapping[str, Provenance] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _dates_in_order(self) -> Policy:
        if self.plan.programme_start > self.plan.deadline:
            start, end = self.plan.programme_start, self.plan.deadline
            raise validation_error(
                "dates_out_of_order",
                Text(
                    f"programme_start（{start}）不晚于 deadline（{end}）",
                    f"programme_start ({start}) no later than deadline ({end})",
                ),
            )
        return self

    @model_validator(mode="after")
    def _each_route_once(self) -> Policy:
        names = [route.route for route in self.routes]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            listed = ", ".join(twice)
            raise validation_error(
                "route_twice",
                Text(f"每种方式只列一次（{listed}）", f"each route once ({listed})"),
            )
        return self

    @property
    def devices(self) -> tuple[str, ...]:
        """Every device that a route names, whether it may be tendered or not."""
        return tuple(
            dict.fromkeys(
                device for route in self.routes for device in (*route.devices, *route.not_in_tender)
            )
        )

    def route(self, name: str) -> Route | None:
        """The plan's rule for a route, None where the plan does not know it."""
        return next((route for route in self.routes if route.route == name), None)

    @property
    def provenance(self) -> Mapping[str, Provenance]:
        """Unit and source of each quantity by its dotted key, e.g. "gas.connect_m"."""
        return self._provenance

    def quantity(self, key: str) -> Any:  # noqa: ANN401  a number mostly; the devices of a route
        """What `provenance` speaks of, by its dotted key.

        Raises:
            KeyError: the policy has no such quantity.
        """
        found: Any = self.model_dump(by_alias=True)
        for step in key.split("."):
            routes = isinstance(found, list | tuple)
            found = {each["route"]: each for each in found}[step] if routes else found[step]
        return found

    def sourced(self, provenance: Mapping[str, Provenance]) -> Policy:
        """The same policy with the sources of its quantities."""
        policy = self.model_copy()
        policy._provenance = dict(provenance)  # noqa: SLF001  # our own copy
        return policy

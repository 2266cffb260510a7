"""Schema of policy.toml: every key with its type and range.

Attributes have the names of the file's keys; section [policy] is `plan`. The unit of a number is
the suffix of its name. `Policy.provenance` gives the source of each quantity by its dotted key,
and whether it was verified.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from gis.errors import Text
from gis.layers.toml_model import Day, validation_error
from gis.policy.effects import RETIRED
from gis.policy.energy import (
    Biomass,
    Demand,
    Electric,
    Gas,
    HeatingNetwork,
    HeatSources,
    SeasonDays,
)
from gis.policy.progress_rules import OUTSIDE_BODIES, ProgressRules, SamplingRules
from gis.policy.quantities import Provenance
from gis.policy.scenario import Scenario
from gis.policy.section import AtLeastOne, Count, KeyPart, NonNegative, Section, Words
from gis.policy.subsidies import Subsidies

_DIVERSITY = ("demand.diversity_a", "demand.diversity_b")
_UNUSED = "（未核实的同时使用系数不采用，按 1 计）"

RouteName = Literal["central", "electric", "gas", "biomass", "clean_coal"]
# The price list's key for the equipment of a route whose [[routes]] entry names no device.
STANDARD_DEVICES: Mapping[str, str] = {
    "central": "central",
    "gas": "gas_boiler",
    "biomass": "biomass_stove",
    "clean_coal": "clean_coal_stove",
}
PriorityClass = Literal["coal_ban_zone", "built_up_area", "named_area"]


class PlanSection(Section):
    """[policy]: the plan's name, document, year and deadline."""

    name: Words
    document: Words
    plan_year: Annotated[int, Field(ge=2000, le=2100, strict=True)]
    programme_start: Day
    deadline: Day


class Route(Section):
    """[[routes]]: one route, in the plan's order of preference, with the clause it is based on.

    complements   measures that the plan supports besides the route's own device, such as
                  solar-assisted heating; they affect neither eligibility nor the route's price
    """

    route: RouteName
    clause: Words
    devices: tuple[KeyPart, ...] = ()
    not_in_tender: tuple[KeyPart, ...] = ()
    complements: tuple[KeyPart, ...] = ()


class NamedArea(Section):
    """An area named by the plan; without a village_code its location is unknown."""

    name: Words
    village_code: Annotated[str, Field(pattern=r"^\d{12}$")] | None = None
    around_m: NonNegative = 0.0


class Priority(Section):
    """[priority]: which villages come first when capacity is short."""

    order: tuple[PriorityClass, ...]
    named_areas: tuple[NamedArea, ...]


class Placing(Section):
    """[placing]: duty by ledger or by location; location accuracies as 1 sigma in metres."""

    duty: Literal["ledger", "location"]
    sigma_household_m: NonNegative
    sigma_zone_m: NonNegative
    sigma_zone_worded_m: NonNegative


class ClearanceRules(Section):
    """[clearance]: how long evidence is valid, and when a device counts as in use.

    fresh   "season": a clean visit or a signed sweep of this heating season (outside it, since the
            last one began), and within stale_days too for a home with a finding; "days": a clean
            visit within stale_days for every home
    """

    fresh: Literal["season", "days"]
    converted_clause: str  # of the plan, that binds a converted home in no zone; "": not stated
    stale_days: Count
    stable_seasons: Count
    unused_kwh: NonNegative
    rectify_days: AtLeastOne  # from the issue of a notice, where no later day was set


class EditionRules(Section):
    """[edition]: rounding and small-count limits of the public edition.

    hysteresis        change of a count at which it is published anew; counts are rounded to twice
                      it
    board_full_names  lists for the village's board have full names; those for the website never
    """

    min_households: AtLeastOne
    hysteresis: Count
    board_full_names: bool
    money_step_cny: AtLeastOne
    distance_step_m: AtLeastOne


class Policy(Section):
    """The content of policy.toml."""

    plan: PlanSection = Field(alias="policy")
    routes: Annotated[tuple[Route, ...], Field(min_length=1)]
    priority: Priority
    placing: Placing
    heating_network: HeatingNetwork
    season: SeasonDays
    heat_sources: HeatSources
    demand: Demand
    electric: Electric
    gas: Gas
    biomass: Biomass
    progress: ProgressRules
    sampling: SamplingRules
    clearance: ClearanceRules
    edition: EditionRules
    subsidies: Subsidies
    prices: dict[str, NonNegative | dict[str, NonNegative]]
    emissions: dict[str, NonNegative]
    responsible: dict[str, Words]
    scenario: dict[str, Scenario] = Field(default_factory=dict)
    _provenance: Mapping[str, Provenance] = PrivateAttr(default_factory=dict)
    _stated: frozenset[str] = PrivateAttr(default=frozenset())

    @model_validator(mode="after")
    def _check_date_order(self) -> Policy:
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
    def _check_unique_routes(self) -> Policy:
        names = [route.route for route in self.routes]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            listed = ", ".join(repeated)
            raise validation_error(
                "route_twice",
                Text(f"每种方式只列一次（{listed}）", f"each route once ({listed})"),
            )
        return self

    @property
    def devices(self) -> tuple[str, ...]:
        """All devices that the routes name, including those not in the tender."""
        return tuple(
            dict.fromkeys(
                device for route in self.routes for device in (*route.devices, *route.not_in_tender)
            )
        )

    @property
    def priced_devices(self) -> frozenset[str]:
        """The devices that a household's choice is priced with: those that the routes offer."""
        named = {device for route in self.routes for device in route.devices}
        unnamed = {
            STANDARD_DEVICES[route.route]
            for route in self.routes
            if not route.devices and route.route in STANDARD_DEVICES
        }
        return frozenset(named | unnamed)

    def route(self, name: str) -> Route | None:
        """The plan's rule for a route; None if the plan does not list it."""
        return next((route for route in self.routes if route.route == name), None)

    @property
    def metered_min_homes(self) -> int:
        """The fewest metered homes whose median prices others.

        Bills per home are published, so their median rests on no fewer homes than a public count.
        """
        return max(self.demand.metered_min_homes, self.edition.min_households)

    def season_days(self, year: int) -> tuple[date, date]:
        """First and last day of the heating season that begins in `year`."""
        start = self.season.start or f"{self.plan.deadline:%m-%d}"
        start = "02-28" if start == "02-29" else start  # most years have no 29 February
        first, last = (date.fromisoformat(f"{year}-{day}") for day in (start, self.season.end))
        return first, last if last > first else last.replace(year=year + 1)

    def season_begun(self, day: date) -> date:
        """The first day of the latest heating season that had begun by `day`."""
        first = self.season_days(day.year)[0]
        return first if first <= day else self.season_days(day.year - 1)[0]

    def last_season(self, day: date) -> int:
        """The year in which the latest season began that had ended by `day`."""
        return day.year - 1 if self.season_days(day.year - 1)[1] <= day else day.year - 2

    @property
    def provenance(self) -> Mapping[str, Provenance]:
        """Unit and source of each quantity by its dotted key, e.g. "gas.connect_m"."""
        return self._provenance

    def is_verified(self, key: str) -> bool:
        """Whether the quantity at a dotted key is verified: one that is not refuses nothing."""
        known = self._provenance.get(key)
        return known is not None and known.verified

    def quantity(self, key: str) -> Any:  # noqa: ANN401  mostly a number; for a route its devices
        """The value at a dotted key of `provenance`.

        Raises:
            KeyError: The policy has no such quantity.
        """
        found: Any = self.model_dump(by_alias=True)
        for step in key.split("."):
            routes = isinstance(found, list | tuple)
            found = {each["route"]: each for each in found}[step] if routes else found[step]
        return found

    @property
    def retired(self) -> tuple[str, ...]:
        """Keys of earlier versions in policy.toml, which have no effect."""
        return tuple(key for key in RETIRED if key in self._stated)

    @property
    def clearance_acceptance(self) -> ProgressRules:
        """Whose acceptance counts for the clearance of a zone.

        # ASSUME: what the policy states holds here too; where it states nothing for a mode, any
        acceptance but the village's own shows that there is a device.
        """
        bodies = {
            mode: own if f"progress.recognised.{mode}" in self._stated else OUTSIDE_BODIES
            for mode, own in self.progress.recognised.items()
        }
        return self.progress.model_copy(update={"recognised": bodies})

    def sourced(self, provenance: Mapping[str, Provenance], stated: Collection[str] = ()) -> Policy:
        """A copy of the policy with the sources of its quantities and the keys it states itself.

        Figures of diversity that nobody has verified are not used: it is then 1.
        """
        found = dict(provenance)
        sure = all(key in found and found[key].verified for key in _DIVERSITY)
        demand = self.demand
        if not sure:
            demand = demand.model_copy(update={"diversity_a": 1.0, "diversity_b": 0.0})
            for key in _DIVERSITY:
                own = found.get(key, Provenance())
                source = f"{own.source}{_UNUSED}" if not own.default else own.source
                unused = {"source": source, "low": None, "high": None}
                found[key] = own.model_copy(update=unused)
        policy = self.model_copy(update={"demand": demand})
        policy._provenance = found  # noqa: SLF001  # our own copy
        policy._stated = frozenset(stated)  # noqa: SLF001
        return policy

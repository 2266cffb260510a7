"""Sections of policy.toml on supply: heat network, sources, demand, electricity, gas, biomass."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from gis.errors import Text
from gis.layers.toml_model import validation_error
from gis.policy.section import (
    MIN,
    AtLeastOne,
    Count,
    KeyPart,
    NonNegative,
    Positive,
    Section,
    Share,
    SomeShare,
)

Temperature = Annotated[float, Field(ge=-60, le=40, allow_inf_nan=False, strict=True)]
BuildingType = Literal["house_uninsulated", "flat_uninsulated", "flat_insulated"]
WholeNumber = Annotated[str, Field(strict=True, pattern=r"^[1-9]\d{0,6}$")]  # "25": a key
MonthDay = Annotated[str, Field(strict=True, pattern=r"^\d{2}-\d{2}$")]  # of any year: "11-15"


class HeatingNetwork(Section):
    """[heating_network]: when a household, and a village, counts as served."""

    connect_m: NonNegative
    served_share: SomeShare  # with 0 every village would count as served
    split_min_households: Count
    roles: tuple[Literal["primary", "secondary"], ...]
    min_mwh_per_m_a: NonNegative


class SeasonDays(Section):
    """[season]: first and last day of the heating season; without `start`, that of the deadline."""

    start: MonthDay | None = None
    end: MonthDay

    @model_validator(mode="after")
    def _check_days(self) -> SeasonDays:
        for name, text in (("start", self.start), ("end", self.end)):
            try:
                if text is not None:
                    date.fromisoformat(f"2001-{text}")
            except ValueError as error:
                raise validation_error(
                    "no_day_of_every_year",
                    Text(
                        f"{name} 为每年都有的月日，如 “11-15”，不是“{text}”",
                        f'{name} as a day that every year has, such as "11-15", not "{text}"',
                    ),
                ) from error
        return self


class HeatSources(Section):
    """[heat_sources]: what of a source's nameplate is kept back where no statement is given.

    less_mw   what a source gives less than that, by source_id: for scenarios
    """

    reserve_share: Share
    less_mw: dict[KeyPart, NonNegative] = Field(default_factory=dict)

    @field_validator("less_mw")
    @classmethod
    def _as_ids_are_read(cls, less: dict[str, float]) -> dict[str, float]:
        """Full-width signs of an id are read as plain ones, in the layer and here."""
        return {unicodedata.normalize("NFKC", name): mw for name, mw in less.items()}


class Demand(Section):
    """[demand]: heat demand of a household; diversity(n) = diversity_a + diversity_b / n.

    building_w_per_m2     heat_w_per_m2 by type of building; a type that is not listed has
                          heat_w_per_m2
    insulated_from        buildings built before this year are not insulated, flats from then on
                          are; later houses are of no type
    metered_min_homes     a village's median of fewer metered homes is no evidence; never fewer
                          than edition.min_households, see `Policy.metered_min_homes`
    degree_days           of a normal winter; None: the mean of the seasons in the layer `weather`
    Space heating peaks everywhere at once: diversity counts only where its figures are verified.
    """

    heat_w_per_m2: Positive
    building_w_per_m2: dict[BuildingType, Positive]
    insulated_from: Annotated[int, Field(ge=1900, le=2100, strict=True)]
    metered_min_homes: AtLeastOne
    degree_days: Positive | None = None
    floor_area_m2: Positive
    season_mwh: Positive
    diversity_a: NonNegative
    diversity_b: NonNegative
    indoor_c: Temperature
    outdoor_design_c: Temperature | None = None  # without it the coldest day is not compared

    @property
    def standard_kwh_per_m2(self) -> float:
        """The season's heat of the policy's standard home, by its floor area [kWh/m²]."""
        return self.season_mwh * 1000 / self.floor_area_m2

    @property
    def full_load_h(self) -> float:
        """The season's full-load hours of the policy's standard home [h]."""
        return self.standard_kwh_per_m2 * 1000 / self.heat_w_per_m2

    @property
    def home_w(self) -> float:
        """The peak heat of the policy's standard home alone [W]."""
        return self.floor_area_m2 * self.heat_w_per_m2

    def peak_kw(self, households: float, home_w: float | None = None) -> float:
        """Peak of `households` together [kW]; 0 for no households.

        home_w: the mean peak of one of them alone [W]; None: of the policy's standard home.
        """
        if not households:
            return 0.0
        watts = households * (self.home_w if home_w is None else home_w)
        diversity = self.diversity_a + self.diversity_b / households
        return watts / 1000 * diversity


class Electric(Section):
    """[electric]: load of a household on its transformer, and cost limits of an upgrade.

    simultaneity        share of the devices on a transformer that draw at its peak
    simultaneity_up_to  the same for a transformer that feeds no more homes than the key says, in
                        place of `simultaneity` where it is higher
    """

    kw_per_household: Positive
    device_kw: dict[KeyPart, Positive] = Field(default_factory=dict)  # else kw_per_household
    simultaneity: SomeShare
    simultaneity_up_to: dict[WholeNumber, SomeShare] = Field(default_factory=dict)
    power_factor: SomeShare
    transformer_reach_m: NonNegative
    upgrade_cny_per_kva: NonNegative
    line_m_per_unit: NonNegative  # of 10 kV and 0.4 kV line that a bought transformer comes with
    line_cny_per_m: NonNegative
    unit_kva: Annotated[tuple[Positive, ...], Field(min_length=1)]  # sizes that can be bought
    max_upgrade_cny_per_household: NonNegative
    usable_share: SomeShare  # of nameplate: above it a transformer is heavily loaded
    overload_share: Annotated[float, Field(ge=MIN, le=2, allow_inf_nan=False, strict=True)]
    max_wait_winters: Count  # a village that waits longer gets a route for the near term
    interim: Literal["clean_coal", "none"]  # what bridges the wait, none inside a coal-ban zone

    def simultaneity_of(self, fed_homes: float) -> float:
        """The share of the devices that draw at the peak of a transformer that feeds some homes.

        # ASSUME: the number is that of all homes fed, whatever they heat with today, so that
        converting one changes no share; more homes never draw less than fewer do.
        """
        steps = sorted((int(most), share) for most, share in self.simultaneity_up_to.items())
        own = next((share for most, share in steps if fed_homes <= most), self.simultaneity)
        fewer = [most * share / fed_homes for most, share in steps if most < fed_homes]
        return max(own, self.simultaneity, *fewer)

    def kva_per_w(self, fed_homes: float) -> float:
        """The load that a watt of device power adds to such a transformer's peak [kVA/W]."""
        return self.simultaneity_of(fed_homes) / self.power_factor / 1000

    @property
    def kva_per_household(self) -> float:
        """The load of a household among many [kVA]."""
        return self.kw_per_household * self.simultaneity / self.power_factor

    @model_validator(mode="after")
    def _check_share_order(self) -> Electric:
        if self.usable_share > self.overload_share:
            raise validation_error(
                "shares_out_of_order",
                Text(
                    f"usable_share（{self.usable_share}）不大于 overload_share"
                    f"（{self.overload_share}）",
                    f"usable_share ({self.usable_share}) no greater than overload_share "
                    f"({self.overload_share})",
                ),
            )
        return self


class Gas(Section):
    """[gas]: distance served by a gas pipe, a household's gas per season, days to be stored."""

    connect_m: NonNegative
    season_m3: Positive
    storage_days: NonNegative


class Biomass(Section):
    """[biomass]: a household's fuel per season, its store, and what land yields of it.

    store_days          mean days of the season that are to be in store
    bulk_kg_per_m3      of the fuel in store
    collect_t_per_km2   fuel that a km² yields a year
    """

    season_t: Positive
    store_days: NonNegative
    bulk_kg_per_m3: Positive
    collect_t_per_km2: Positive

"""Rows of the comparison page: the plan and scenarios beside each other, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from gis.i18n import Words


class PartSide(TypedDict):
    """A part of a village under one scenario; `part` is "" for the whole village."""

    part: str
    approach: str
    pending: int


class ScenarioVillage(TypedDict):
    """A village under one scenario.

    approach    the route in force, of a split village that of its larger part; computed likewise
    held        a ruling holds the route in force, and what is computed differs from the plan's
    moved       homes to convert whose route in force is not that of the plan
    move        their routes, "electric>central"; of several the most homes, "" for none
    reason      why, with its clause: of the computed route where a ruling holds the other
    cost_cny_a  a year's cost per home to convert; None: not known
    """

    approach: str
    computed: str
    held: bool
    moved: int
    move: str
    parts: Sequence[PartSide]
    reason: Words
    clause: str
    cost_cny_a: float | None


class VillageChange(TypedDict):
    """A village that differs from the plan under a scenario; `sides` in the order of scenarios."""

    code: str
    sides: Sequence[ScenarioVillage]


class Move(TypedDict):
    """Homes to convert that go from one route to another, and the villages that they are in."""

    before: str
    after: str
    homes: int
    villages: int


class TotalView(TypedDict):
    """A sum in its unit; None: not known. left_out: homes whose amount is not known, in no sum."""

    amount: float | None
    left_out: int


class ScenarioView(TypedDict):
    """One scenario, the plan first.

    key           its name in policy.toml, "" for the plan
    name          its title in words
    pending       homes to convert by the route in force
    route_homes   all homes by the route in force, split villages by part
    totals        sums by name: capital_cny, household_cny, county_cny, company_cny, grid_cny,
                  cost_cny_a, own_cny_a, running_subsidy_cny_a, coal_avoided_t_a, co2_avoided_t_a,
                  added_kva, overloaded, waiting_villages, waiting_homes, grid_works,
                  grid_verify, grid_kva, heat_works, heat_kw, mains_m
    moves         against the plan, most homes first
    changed       villages with a home that moves; moved: those homes
    held          villages where only what is computed differs, because a ruling holds
    """

    key: str
    name: Words
    pending: Mapping[str, int]
    route_homes: Mapping[str, int]
    totals: Mapping[str, TotalView]
    moves: Sequence[Move]
    changed: int
    moved: int
    held: int


class ParameterView(TypedDict):
    """A number or setting that differs between scenarios, its values in words with units."""

    name: Words
    values: Sequence[Words]


@dataclass(frozen=True)
class Comparison:
    """The plan and scenarios beside it.

    scenarios    the plan first
    parameters   what differs between any of them
    changes      the villages that differ from the plan under any of them, by code
    """

    scenarios: Sequence[ScenarioView]
    parameters: Sequence[ParameterView]
    changes: Sequence[VillageChange]

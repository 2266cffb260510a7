"""The solver's input: edges, sources and consumers as plain numbers, without a project.

The solution is a forest: each node is fed along one edge and each tree from one source. Costs
are compared per year: capital x `annuity` + running cost.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from math import inf, isfinite, isnan
from typing import Literal

from gis.errors import InputError, Text

Connect = Literal["may", "must", "never"]
Objective = Literal["cost", "margin"]


@dataclass(frozen=True)
class Edge:
    """A street section or an existing pipe between two nodes, usable both ways unless one_way.

    A pipe with flow q [kW] at its sending end costs
    length_m x (fixed_cny_per_m + slope_cny_per_kw_m x q) and loses
    length_m x (loss_kw_per_m + loss_per_m x the flow it delivers) [kW].
    capacity_kw bounds q. Above it the pipe is upsized for
    length_m x (upsize_cny_per_m + upsize_cny_per_kw_m x the kW above); None: not possible.
    existing: the pipe is already in the ground; the prices and the capacity above still apply.
    """

    name: str
    start: Hashable
    end: Hashable
    length_m: float
    fixed_cny_per_m: float = 0.0
    slope_cny_per_kw_m: float = 0.0
    loss_kw_per_m: float = 0.0
    loss_per_m: float = 0.0
    capacity_kw: float = inf
    upsize_cny_per_m: float | None = None
    upsize_cny_per_kw_m: float = 0.0
    existing: bool = False
    one_way: bool = False


@dataclass(frozen=True)
class Source:
    """A heat source: its spare capacity and the capital cost per kW drawn."""

    name: str
    node: Hashable
    capacity_kw: float = inf
    cost_cny_per_kw: float = 0.0


@dataclass(frozen=True)
class Consumer:
    """A household or a village: one load, connected as a whole or not at all.

    peak_kw           sum of its households' peaks, before diversity
    heat_mwh_a        heat demand per year
    individual_cny_a  yearly cost of its best individual heating
    connecting_cny    capital cost of connecting it besides the edges: substation, house side
    running_cny_a     yearly cost on the network besides heat_cny_per_mwh
    own_pipe_m        pipe laid inside it when connected (counts only in heat density)
    """

    name: str
    node: Hashable
    peak_kw: float
    heat_mwh_a: float = 0.0
    individual_cny_a: float = 0.0
    connect: Connect = "may"
    connecting_cny: float = 0.0
    running_cny_a: float = 0.0
    own_pipe_m: float = 0.0


@dataclass(frozen=True)
class Diversity:
    """Simultaneity of peaks: n homes of unit_kw each peak together at n x unit_kw x (a + b / n) kW.

    A pipe therefore carries a x the sum of the peaks downstream, plus b x unit_kw once.
    """

    a: float = 1.0
    b: float = 0.0
    unit_kw: float = 0.0

    @property
    def once_kw(self) -> float:
        """The constant part of the flow in each pipe in use, for any number of homes [kW]."""
        return self.b * self.unit_kw


@dataclass(frozen=True)
class SteinerProblem:
    """Edges, sources and consumers, with the objective.

    annuity             converts capital to a yearly cost [1/a]
    heat_cny_per_mwh    cost of producing heat, including the heat that is lost
    loss_hours_a        hours per year of loss at peak: yearly loss = loss at peak x this
    min_mwh_per_m_a     least heat delivered per metre of new pipe in each branch; 0: no bound
    objective           "cost": least yearly cost of all consumers, connected or not;
                        "margin": largest operator's margin at heat_price_cny_per_mwh
    """

    edges: tuple[Edge, ...]
    sources: tuple[Source, ...]
    consumers: tuple[Consumer, ...]
    annuity: float = 1.0
    diversity: Diversity = Diversity()
    heat_cny_per_mwh: float = 0.0
    loss_hours_a: float = 0.0
    min_mwh_per_m_a: float = 0.0
    objective: Objective = "cost"
    heat_price_cny_per_mwh: float = 0.0

    def __post_init__(self) -> None:
        for kind in ("edges", "sources", "consumers"):
            _check_unique_names(kind, [thing.name for thing in getattr(self, kind)])
            for thing in getattr(self, kind):
                _check_numbers(kind, thing)
        _check_numbers("problem", self)
        _check_numbers("diversity", self.diversity)


@dataclass(frozen=True)
class Limits:
    """When to stop: the relative gap, the number of nodes, the rounds of cuts and the seconds.

    There is no time limit by default, because one makes results depend on the machine. With more
    than `exact_arcs` directed arcs after presolve, branching is skipped: the solution is then the
    heuristic's, with the lower bound of the cutting planes.
    """

    gap: float = 1e-6
    nodes: int = 20_000
    rounds: int = 200
    seconds: float = inf
    exact_arcs: int = 20_000


_SIGNED = {"running_cny_a", "individual_cny_a", "heat_price_cny_per_mwh"}
_UNBOUNDED = {"capacity_kw"}


def _check_numbers(kind: str, thing: object) -> None:
    """Raise InputError for NaN, infinite and negative amounts."""
    for column, value in vars(thing).items():
        if not isinstance(value, int | float) or isinstance(value, bool):
            continue
        sign_ok = value >= 0 or column in _SIGNED
        if isnan(value) or not sign_ok or not (isfinite(value) or column in _UNBOUNDED):
            name = getattr(thing, "name", "")
            raise InputError(
                Text(
                    f"{kind} {name} 的 {column} = {value}：应为有限的非负数，请改正",
                    f"{kind} {name}: {column} = {value}; expected a finite number, not negative;"
                    " correct it",
                )
            )


def _check_unique_names(kind: str, names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InputError(
                Text(
                    f"{kind} 中 {name} 出现两次：名称须唯一，请改名",
                    f"{kind}: {name} occurs twice; names must be unique, rename one",
                )
            )
        seen.add(name)

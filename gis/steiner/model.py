"""What is asked: streets, sources and consumers as plain numbers, without any project.

The answer is a forest: every node that is reached is fed from one side, and every tree hangs on
one source. All costs are compared by the year: capital x `annuity` + what runs each year.
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
    """A run of street or of existing pipe between two nodes, in either direction unless one_way.

    A pipe for a flow q [kW] at its sending end costs
    length_m x (fixed_cny_per_m + slope_cny_per_kw_m x q) and loses
    length_m x (loss_kw_per_m + loss_per_m x what it delivers) [kW].
    capacity_kw bounds q; beyond it the pipe is upsized for
    length_m x (upsize_cny_per_m + upsize_cny_per_kw_m x the kW beyond), None: it cannot be.
    existing: already in the ground; what it costs and what limits it is said by the prices above.
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
    """Where heat comes from: capacity_kw left, and the capital each kW drawn needs."""

    name: str
    node: Hashable
    capacity_kw: float = inf
    cost_cny_per_kw: float = 0.0


@dataclass(frozen=True)
class Consumer:
    """A home or a village: one load, connected as a whole or not at all.

    peak_kw           its homes' peaks added up, before diversity
    heat_mwh_a        what it takes in a year
    individual_cny_a  what its best individual route costs a year
    connecting_cny    capital that connecting it needs besides the edges: station, house side
    running_cny_a     what it costs a year on the network besides heat_cny_per_mwh
    own_pipe_m        pipe inside it that connecting lays (counted in heat density alone)
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
    """n homes of unit_kw each peak together at n x unit_kw x (a + b / n) [kW].

    So a pipe carries a x the peaks behind it, plus b x unit_kw once.
    """

    a: float = 1.0
    b: float = 0.0
    unit_kw: float = 0.0

    @property
    def once_kw(self) -> float:
        """What every pipe in use must carry once, however many homes are behind it [kW]."""
        return self.b * self.unit_kw


@dataclass(frozen=True)
class SteinerProblem:
    """Streets, sources and consumers, and what counts.

    annuity             capital to yearly cost [1/a]
    heat_cny_per_mwh    producing heat, also the heat that is lost
    loss_hours_a        hours a year over which a pipe loses what it loses at peak
    min_mwh_per_m_a     every branch of new pipe must deliver at least this per metre; 0: no bound
    objective           "cost": least yearly cost of everybody, connected or not;
                        "margin": the operator's largest margin at heat_price_cny_per_mwh
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
            _named_once(kind, [thing.name for thing in getattr(self, kind)])
            for thing in getattr(self, kind):
                _numbers(kind, thing)
        _numbers("problem", self)
        _numbers("diversity", self.diversity)


@dataclass(frozen=True)
class Limits:
    """When to stop: at this relative gap, after so many nodes, or (only on request) seconds.

    A clock breaks repeatability, so there is none unless asked for. Beyond `exact_arcs` directed
    streets, counted after reduction, nothing is branched on: the answer is the heuristic's, with
    the bound of the cutting planes.
    """

    gap: float = 1e-6
    nodes: int = 20_000
    rounds: int = 200
    seconds: float = inf
    exact_arcs: int = 20_000


_SIGNED = {"running_cny_a", "individual_cny_a", "heat_price_cny_per_mwh"}
_UNBOUNDED = {"capacity_kw"}


def _numbers(kind: str, thing: object) -> None:
    """Refuses NaN, infinity and negative amounts by name."""
    for column, value in vars(thing).items():
        if not isinstance(value, int | float) or isinstance(value, bool):
            continue
        fine = value >= 0 or column in _SIGNED
        if isnan(value) or not fine or not (isfinite(value) or column in _UNBOUNDED):
            name = getattr(thing, "name", "")
            raise InputError(
                Text(
                    f"{kind} {name} 的 {column} = {value}：应为有限的非负数，请改正",
                    f"{kind} {name}: {column} = {value}; expected a finite number, not negative;"
                    " correct it",
                )
            )


def _named_once(kind: str, names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InputError(
                Text(
                    f"{kind} 中 {name} 出现两次：名称须唯一，请改名",
                    f"{kind}: {name} is there twice; names must differ, rename one",
                )
            )
        seen.add(name)

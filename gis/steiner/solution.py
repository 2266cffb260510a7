"""The solution: connected consumers, edges in use and costs, recalculated from the problem.

Flows and costs are summed on the problem's own edges, independently of the solver's.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gis.steiner.graph import connected_cny_a, lost_cny_per_kw_a, unconnected_cny_a

if TYPE_CHECKING:
    from collections.abc import Hashable

    from gis.steiner.model import Edge, SteinerProblem


@dataclass(frozen=True)
class PipeRun:
    """An edge in use; start is the end it is fed from.

    sent_kw         flow at its sending end, once_kw included: the flow it is sized for
    loss_kw         its heat loss at peak
    heat_mwh_a      heat consumed downstream per year
    new_pipe_m      new pipe in it and downstream, inside consumers too
    capital_cny     capital cost of the pipe or of upsizing it
    """

    edge: int
    name: str
    start: Hashable
    end: Hashable
    length_m: float
    existing: bool
    sent_kw: float
    loss_kw: float
    heat_mwh_a: float
    new_pipe_m: float
    capital_cny: float
    upsized: bool

    @property
    def density_mwh_per_m_a(self) -> float:
        """Linear heat density: heat delivered downstream per metre of new pipe [MWh/(m a)]."""
        return self.heat_mwh_a / self.new_pipe_m if self.new_pipe_m else float("inf")


@dataclass(frozen=True)
class Costs:
    """Cost by part [CNY/a].

    `connected` contains substations, the house side and heat, less sales if the objective is the
    margin. `alone` is the individual heating of unconnected consumers.
    """

    pipes: float
    upsizing: float
    sources: float
    losses: float
    connected: float
    alone: float

    @property
    def total(self) -> float:
        """The sum of all parts."""
        return sum(vars(self).values())


@dataclass(frozen=True)
class Network:
    """The solution.

    connected   names of the consumers on the network, in the problem's order
    runs        edges in use, each after the one that feeds it
    drawn_kw    by source: the flow it sends out, once_kw included
    bound_cny_a lower bound on the yearly cost of any network
    status      "optimal" (within the requested gap), "limited" (node or time limit),
                "heuristic" (too large to branch on)
    """

    connected: tuple[str, ...]
    runs: tuple[PipeRun, ...]
    drawn_kw: dict[str, float]
    costs: Costs
    invest_cny: float
    bound_cny_a: float
    status: str

    @property
    def cost_cny_a(self) -> float:
        """Total yearly cost of all consumers, connected or not."""
        return self.costs.total

    @property
    def gap(self) -> float:
        """The distance from the bound to the cost, as a share of the cost."""
        short = self.cost_cny_a - self.bound_cny_a
        return short / abs(self.cost_cny_a) if short > 1e-12 * abs(self.cost_cny_a) else 0.0

    @property
    def built(self) -> tuple[PipeRun, ...]:
        """The edges in use that are new pipe."""
        return tuple(run for run in self.runs if not run.existing)

    @property
    def built_m(self) -> float:
        """Length of the new pipe [m]."""
        return sum(run.length_m for run in self.built)


@dataclass(frozen=True)
class Tree:
    """Numbers of the edges that may be used, the sources in use and the connected consumers."""

    edges: frozenset[int]
    sources: frozenset[int]
    consumers: frozenset[int]


def build_solution(
    problem: SteinerProblem, tree: Tree
) -> tuple[tuple[PipeRun, ...], dict[str, float], Costs, float]:
    """Calculate the network of a tree of edges.

    Returns:
        The edges in use, each after its feeder; what each source sends out [kW]; the yearly costs;
        the capital cost [CNY].
    """
    fed = _feeding_order(problem, tree)
    totals = _Totals(problem, tree)
    runs = []
    for number, start, end in reversed(fed):
        if end in totals.in_use:
            runs.append(totals.add_edge(number, start, end))
    drawn, source_cny = totals.sources()
    upsizing = sum(run.capital_cny for run in runs if run.upsized and run.existing)
    pipes = sum(run.capital_cny for run in runs) - upsizing
    joining = sum(problem.consumers[i].connecting_cny for i in tree.consumers)
    costs = Costs(
        pipes=problem.annuity * pipes,
        upsizing=problem.annuity * upsizing,
        sources=problem.annuity * source_cny,
        losses=lost_cny_per_kw_a(problem) * sum(run.loss_kw for run in runs),
        connected=sum(connected_cny_a(problem, problem.consumers[i]) for i in tree.consumers),
        alone=sum(
            unconnected_cny_a(problem, one)
            for i, one in enumerate(problem.consumers)
            if i not in tree.consumers
        ),
    )
    return tuple(reversed(runs)), drawn, costs, pipes + upsizing + source_cny + joining


def _feeding_order(problem: SteinerProblem, tree: Tree) -> list[tuple[int, Hashable, Hashable]]:
    """(edge, from, to) outward from the sources, each node once."""
    at: dict[Hashable, list[tuple[int, Hashable]]] = defaultdict(list)
    for number in sorted(tree.edges):
        edge = problem.edges[number]
        at[edge.start].append((number, edge.end))
        if not edge.one_way:
            at[edge.end].append((number, edge.start))
    queue = [problem.sources[i].node for i in sorted(tree.sources)]
    seen = set(queue)
    fed = []
    for node in queue:
        for number, other in at[node]:
            if other not in seen:
                seen.add(other)
                queue.append(other)
                fed.append((number, node, other))
    return fed


class _Totals:
    """Flow, heat and new pipe summed at each node so far."""

    def __init__(self, problem: SteinerProblem, tree: Tree) -> None:
        self.problem, self.tree = problem, tree
        self.kw: dict[Hashable, float] = defaultdict(float)
        self.heat: dict[Hashable, float] = defaultdict(float)
        self.pipe_m: dict[Hashable, float] = defaultdict(float)
        self.in_use: set[Hashable] = set()
        for i in sorted(tree.consumers):
            one = problem.consumers[i]
            self.kw[one.node] += problem.diversity.a * one.peak_kw
            self.heat[one.node] += one.heat_mwh_a
            self.pipe_m[one.node] += one.own_pipe_m
            self.in_use.add(one.node)

    def add_edge(self, number: int, start: Hashable, end: Hashable) -> PipeRun:
        """Add the totals at `end` to those at `start` along an edge."""
        edge = self.problem.edges[number]
        loss = edge.length_m * (edge.loss_kw_per_m + edge.loss_per_m * self.kw[end])
        sent = self.kw[end] + loss + self.problem.diversity.once_kw
        self.kw[start] += self.kw[end] + loss
        self.heat[start] += self.heat[end]
        pipe_m = self.pipe_m[end] + (0.0 if edge.existing else edge.length_m)
        self.pipe_m[start] += pipe_m
        self.in_use.add(start)
        capital, upsized = _capital(edge, sent)
        return PipeRun(
            number, edge.name, start, end, edge.length_m, edge.existing, sent, loss,
            self.heat[end], pipe_m, capital, upsized,
        )  # fmt: skip

    def sources(self) -> tuple[dict[str, float], float]:
        """What each source in use sends out [kW], and the capital cost of the sources [CNY]."""
        drawn, capital = {}, 0.0
        for i in sorted(self.tree.sources):
            source = self.problem.sources[i]
            if source.node in self.in_use:
                drawn[source.name] = self.kw[source.node] + self.problem.diversity.once_kw
                capital += drawn[source.name] * source.cost_cny_per_kw
        return drawn, capital


def _capital(edge: Edge, sent_kw: float) -> tuple[float, bool]:
    """The capital cost of the edge [CNY], and whether it is upsized."""
    capital = edge.length_m * (edge.fixed_cny_per_m + edge.slope_cny_per_kw_m * sent_kw)
    excess_kw = sent_kw - edge.capacity_kw
    if edge.upsize_cny_per_m is None or excess_kw <= 1e-9 * (1 + edge.capacity_kw):
        return capital, False
    more = edge.upsize_cny_per_m + edge.upsize_cny_per_kw_m * excess_kw
    return capital + edge.length_m * more, True

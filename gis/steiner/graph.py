"""The problem as a directed graph with yearly costs.

The flow r [kW] along an arc is measured at its receiving end. An arc in use is sent
loss_factor x r + fixed_loss [kW] and costs fixed + slope x r [CNY/a]. Two arcs in series are
again such an arc, so that presolve can merge them without an error. Node 0 (ROOT) feeds all
sources.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING

from gis.steiner.model import Consumer, Edge, SteinerProblem

if TYPE_CHECKING:
    pass

ROOT = 0


@dataclass(frozen=True, slots=True)
class ArcCost:
    """Cost and loss of one direction of a link.

    fixed        cost if used [CNY/a]
    slope        cost per kW delivered [CNY/(kW a)]
    loss_factor  kW sent per kW delivered [1]
    fixed_loss   loss if used [kW]
    """

    fixed: float = 0.0
    slope: float = 0.0
    loss_factor: float = 1.0
    fixed_loss: float = 0.0

    def compose(self, after: ArcCost) -> ArcCost:
        """This arc followed by `after`, in the direction of flow, as one arc."""
        return ArcCost(
            self.fixed + after.fixed + self.slope * after.fixed_loss,
            after.slope + self.slope * after.loss_factor,
            self.loss_factor * after.loss_factor,
            self.loss_factor * after.fixed_loss + self.fixed_loss,
        )

    @property
    def free(self) -> bool:
        """Whether the arc costs nothing and loses nothing."""
        return self == _FREE


_FREE = ArcCost()


@dataclass(frozen=True, slots=True)
class GraphLink:
    """An undirected link between two nodes; a direction that is closed is None.

    capacity_kw   bound on the flow sent, `once_kw` included
    upsize        (fixed [CNY/a], slope [CNY/(kW a)]) of the flow above it; None: not possible
    length_m      length of new pipe, for heat density
    edges         numbers of the problem's edges along it, from start to end
    """

    start: int
    end: int
    forward: ArcCost | None
    backward: ArcCost | None
    capacity_kw: float = inf
    upsize: tuple[float, float] | None = None
    length_m: float = 0.0
    edges: tuple[int, ...] = ()

    @property
    def limited(self) -> bool:
        """Whether it has a finite capacity."""
        return self.capacity_kw < inf

    def from_node(self, node: int) -> ArcCost | None:
        """The arc that leaves `node`."""
        return self.forward if node == self.start else self.backward

    def other(self, node: int) -> int:
        """The end that is not `node`."""
        return self.end if node == self.start else self.start

    def flipped(self) -> GraphLink:
        """The same link with start and end exchanged."""
        return replace(
            self,
            start=self.end,
            end=self.start,
            forward=self.backward,
            backward=self.forward,
            edges=self.edges[::-1],
        )


@dataclass(frozen=True, slots=True)
class GraphLoad:
    """A consumer at a node.

    kw            its peak x diversity's a
    cost_cny_a    yearly cost of connecting it less that of leaving it unconnected
    surplus_mwh   its heat less the heat that the minimum density requires for its own pipe
    edges         the problem's edges merged into it by presolve, from its node outward
    """

    consumer: int
    node: int
    kw: float
    cost_cny_a: float
    surplus_mwh: float
    must: bool
    edges: tuple[int, ...] = ()


@dataclass
class Graph:
    """Links by number, the links at each node, and the loads; node 0 feeds all sources.

    base_cny_a   yearly cost if no consumer is connected
    free         links without a cost, contracted by presolve
    impossible   consumers that must be connected but cannot be
    """

    links: dict[int, GraphLink]
    at: list[set[int]]
    loads: list[GraphLoad]
    names: list[Hashable]
    once_kw: float
    base_cny_a: float
    density_mwh_per_m: float
    free: list[GraphLink] = field(default_factory=list)
    impossible: list[int] = field(default_factory=list)

    def neighbours(self, node: int) -> Iterable[tuple[GraphLink, int]]:
        """Yield each link at `node` with the node at its other end."""
        for number in self.at[node]:
            link = self.links[number]
            yield link, link.other(node)

    def remove(self, number: int) -> GraphLink:
        """Remove a link and return it."""
        link = self.links.pop(number)
        self.at[link.start].discard(number)
        self.at[link.end].discard(number)
        return link

    def put(self, number: int, link: GraphLink) -> None:
        """Add a link under an unused number."""
        self.links[number] = link
        self.at[link.start].add(number)
        self.at[link.end].add(number)


def annualised_graph(problem: SteinerProblem) -> Graph:
    """Build the graph of the whole problem with yearly costs, before presolve."""
    names = list(dict.fromkeys(_nodes(problem)))
    number = {name: i + 1 for i, name in enumerate(names)}
    graph = Graph(
        links={},
        at=[set() for _ in range(len(names) + 1)],
        loads=[],
        names=[None, *names],
        once_kw=problem.diversity.once_kw,
        base_cny_a=sum(unconnected_cny_a(problem, one) for one in problem.consumers),
        density_mwh_per_m=problem.min_mwh_per_m_a,
    )
    for i, edge in enumerate(problem.edges):
        if edge.start != edge.end:
            graph.put(i, _link(problem, edge, number, i))
    for i, source in enumerate(problem.sources):
        way = ArcCost(slope=source.cost_cny_per_kw * problem.annuity)
        way = replace(way, fixed=way.slope * graph.once_kw)
        own = len(problem.edges) + i
        link = GraphLink(ROOT, number[source.node], way, None, source.capacity_kw, edges=(own,))
        graph.put(own, link)
    graph.loads = [
        _load(problem, consumer, number, i)
        for i, consumer in enumerate(problem.consumers)
        if consumer.connect != "never"
    ]
    return graph


def unconnected_cny_a(problem: SteinerProblem, consumer: Consumer) -> float:
    """Yearly cost of a consumer that is not connected, in the terms of the objective."""
    return consumer.individual_cny_a if problem.objective == "cost" else 0.0


def connected_cny_a(problem: SteinerProblem, consumer: Consumer) -> float:
    """Yearly cost of a connected consumer, without pipes, sources and losses."""
    cost = problem.annuity * consumer.connecting_cny + consumer.running_cny_a
    cost += problem.heat_cny_per_mwh * consumer.heat_mwh_a
    if problem.objective == "margin":
        cost -= problem.heat_price_cny_per_mwh * consumer.heat_mwh_a
    return cost


def lost_cny_per_kw_a(problem: SteinerProblem) -> float:
    """Yearly cost of one kW of loss at peak [CNY/(kW a)]."""
    return problem.loss_hours_a / 1000 * problem.heat_cny_per_mwh


def _nodes(problem: SteinerProblem) -> Iterable[Hashable]:
    for source in problem.sources:
        yield source.node
    for edge in problem.edges:
        yield edge.start
        yield edge.end
    for consumer in problem.consumers:
        yield consumer.node


def _link(problem: SteinerProblem, edge: Edge, number: dict[Hashable, int], i: int) -> GraphLink:
    way = _arc_cost(problem, edge)
    upsize = None
    if edge.upsize_cny_per_m is not None:
        yearly = problem.annuity * edge.length_m
        upsize = (yearly * edge.upsize_cny_per_m, yearly * edge.upsize_cny_per_kw_m)
    return GraphLink(
        number[edge.start],
        number[edge.end],
        way,
        None if edge.one_way else way,
        edge.capacity_kw,
        upsize,
        0.0 if edge.existing else edge.length_m,
        (i,),
    )


def _arc_cost(problem: SteinerProblem, edge: Edge) -> ArcCost:
    slope = problem.annuity * edge.length_m * edge.slope_cny_per_kw_m
    lost = lost_cny_per_kw_a(problem)
    loss_factor = 1 + edge.length_m * edge.loss_per_m
    fixed_loss = edge.length_m * edge.loss_kw_per_m
    fixed = problem.annuity * edge.length_m * edge.fixed_cny_per_m
    return ArcCost(
        fixed + slope * (fixed_loss + problem.diversity.once_kw) + lost * fixed_loss,
        slope * loss_factor + lost * (loss_factor - 1),
        loss_factor,
        fixed_loss,
    )


def _load(
    problem: SteinerProblem, consumer: Consumer, number: dict[Hashable, int], i: int
) -> GraphLoad:
    return GraphLoad(
        consumer=i,
        node=number[consumer.node],
        kw=problem.diversity.a * consumer.peak_kw,
        cost_cny_a=connected_cny_a(problem, consumer) - unconnected_cny_a(problem, consumer),
        surplus_mwh=consumer.heat_mwh_a - problem.min_mwh_per_m_a * consumer.own_pipe_m,
        must=consumer.connect == "must",
    )

"""The problem as a directed graph with yearly costs, and as arrays for the solver.

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

import numpy as np

from gis.steiner.bridges import DepthFirstSearch
from gis.steiner.model import Consumer, Edge, SteinerProblem

if TYPE_CHECKING:
    from numpy.typing import NDArray

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


@dataclass(frozen=True)
class Arcs:
    """The presolved graph as arrays.

    Nodes are 0..nodes-1; node 0 feeds all sources. Arc k runs forward along link k, arc k + links
    backward.

    Shape (2 links,): tail, head, open, fixed [CNY/a], slope [CNY/(kW a)], loss_factor,
    fixed_loss [kW], most_kw (upper bound of the flow an open arc delivers).
    Shape (links,): capacity_kw, upsize_fixed, upsize_slope (inf: cannot be upsized), length_m.
    Shape (loads,): load_node, kw, cost [CNY/a], surplus_mwh, must.
    """

    nodes: int
    tail: NDArray[np.intp]
    head: NDArray[np.intp]
    open: NDArray[np.bool_]
    fixed: NDArray[np.float64]
    slope: NDArray[np.float64]
    loss_factor: NDArray[np.float64]
    fixed_loss: NDArray[np.float64]
    most_kw: NDArray[np.float64]
    capacity_kw: NDArray[np.float64]
    upsize_fixed: NDArray[np.float64]
    upsize_slope: NDArray[np.float64]
    length_m: NDArray[np.float64]
    load_node: NDArray[np.intp]
    kw: NDArray[np.float64]
    cost: NDArray[np.float64]
    surplus_mwh: NDArray[np.float64]
    must: NDArray[np.bool_]
    once_kw: float
    base_cny_a: float
    density_mwh_per_m: float

    @property
    def links(self) -> int:
        """The number of links."""
        return len(self.capacity_kw)

    def reverse(self, arc: int) -> int:
        """The arc in the other direction of the same link."""
        return arc - self.links if arc >= self.links else arc + self.links


def to_arrays(graph: Graph) -> tuple[Arcs, list[GraphLink]]:
    """Convert a graph to arrays.

    Returns:
        The arrays, and the graph's links in the order of the arrays.
    """
    links = [graph.links[i] for i in sorted(graph.links)]
    number = {ROOT: 0}
    for node in sorted({end for link in links for end in (link.start, link.end)} - {ROOT}):
        number[node] = len(number)
    pairs = [(number[one.start], number[one.end]) for one in links]
    ends = np.array(pairs, dtype=np.intp).reshape(len(links), 2)
    ways = [link.forward for link in links] + [link.backward for link in links]
    kw = np.array([load.kw for load in graph.loads], dtype=float)
    load_node = np.array([number[load.node] for load in graph.loads], dtype=np.intp)
    fixed_loss = _column(ways, "fixed_loss", 0.0)
    loss_factor = _column(ways, "loss_factor", 1.0)
    drawn_kw = np.bincount(load_node, kw, minlength=len(number)).astype(np.float64)
    np.add.at(drawn_kw, ends[:, 0], np.maximum(*np.split(fixed_loss, 2)))
    away, bound_kw = arc_flow_bounds(ends, drawn_kw)
    head = np.concatenate([ends[:, 1], ends[:, 0]])
    return (
        Arcs(
            nodes=len(number),
            tail=np.concatenate([ends[:, 0], ends[:, 1]]),
            head=head,
            open=np.array([way is not None for way in ways], dtype=bool) & (head != 0) & away,
            fixed=_column(ways, "fixed", 0.0),
            slope=_column(ways, "slope", 0.0),
            loss_factor=loss_factor,
            fixed_loss=fixed_loss,
            most_kw=bound_kw * float(np.maximum(*np.split(loss_factor, 2)).prod()),
            **_bounds(links),
            load_node=load_node,
            kw=kw,
            cost=np.array([load.cost_cny_a for load in graph.loads], dtype=float),
            surplus_mwh=np.array([load.surplus_mwh for load in graph.loads], dtype=float),
            must=np.array([load.must for load in graph.loads], dtype=bool),
            once_kw=graph.once_kw,
            base_cny_a=graph.base_cny_a,
            density_mwh_per_m=graph.density_mwh_per_m,
        ),
        links,
    )


def _column(ways: list[ArcCost | None], name: str, closed: float) -> NDArray[np.float64]:
    return np.array([closed if way is None else getattr(way, name) for way in ways], dtype=float)


def _bounds(links: list[GraphLink]) -> dict[str, NDArray[np.float64]]:
    upsize = [(inf, inf) if link.upsize is None else link.upsize for link in links]
    return {
        "capacity_kw": np.array([link.capacity_kw for link in links], dtype=float),
        "upsize_fixed": np.array([fixed for fixed, _ in upsize], dtype=float),
        "upsize_slope": np.array([slope for _, slope in upsize], dtype=float),
        "length_m": np.array([link.length_m for link in links], dtype=float),
    }


def arc_flow_bounds(
    ends: NDArray[np.intp], drawn_kw: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Bound the flow of each arc by the loads that can lie downstream of it.

    A bridge can only be used away from node 0. Downstream of any other arc lies at most what lies
    downstream of the last bridge before it.

    Args:
        ends: The two nodes of each link, shape (links, 2).
        drawn_kw: The load at each node [kW], shape (nodes,).

    Returns:
        Whether each arc may lead away from node 0, and the bound [kW]; both of shape (2 links,).
    """
    links = len(ends)
    tree = DepthFirstSearch(len(drawn_kw), ends.tolist())
    total = drawn_kw.astype(float).copy()
    for node in reversed(tree.order[1:]):
        total[tree.parent[node]] += total[node]
    behind = np.full(len(drawn_kw), total[0])
    away = np.ones(2 * links, dtype=bool)
    for node in tree.order[1:]:
        arc = tree.arc[node]
        behind[node] = behind[tree.parent[node]]
        if tree.is_bridge(node):
            behind[node] = total[node]
            away[(arc + links) % (2 * links)] = False
    heads = np.concatenate([ends[:, 1], ends[:, 0]])
    tails = np.concatenate([ends[:, 0], ends[:, 1]])
    bound = np.minimum(behind[tails], behind[heads])
    bound[~away] = 0.0
    return away, bound

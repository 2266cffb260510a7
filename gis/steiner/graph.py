"""The problem by the year: directed ways with costs, one root behind all sources.

Along a way the flow is measured at its receiving end, r [kW]; a way that is used is sent
growth x r + standing [kW], and costs fixed + slope x r [CNY/a]. Such ways compose: two in a row
are one of the same kind, which is what lets the graph shrink without loss.

The reduced graph as arrays: what the solver and the heuristic calculate with.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from gis.steiner.bridges import Search
from gis.steiner.model import Consumer, Edge, SteinerProblem

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = 0


@dataclass(frozen=True, slots=True)
class ArcCost:
    """One direction of a link [CNY/a, CNY/(kW a), 1, kW]."""

    fixed: float = 0.0
    slope: float = 0.0
    growth: float = 1.0
    standing: float = 0.0

    def then(self, after: ArcCost) -> ArcCost:
        """This way and `after`, in the direction of flow, as one."""
        return ArcCost(
            self.fixed + after.fixed + self.slope * after.standing,
            after.slope + self.slope * after.growth,
            self.growth * after.growth,
            self.growth * after.standing + self.standing,
        )

    @property
    def free(self) -> bool:
        """Whether it neither costs nor loses anything."""
        return self == _FREE


_FREE = ArcCost()


@dataclass(frozen=True, slots=True)
class GraphLink:
    """An undirected link between two nodes; a closed direction is None.

    capacity_kw   bounds what is sent, `once` included
    upsize        (fixed [CNY/a], slope [CNY/(kW a)]) of what goes beyond, None: it cannot
    length_m      new pipe in it, for heat density
    edges         the problem's edges along it, from start to end
    """

    start: int
    end: int
    forth: ArcCost | None
    back: ArcCost | None
    capacity_kw: float = inf
    upsize: tuple[float, float] | None = None
    length_m: float = 0.0
    edges: tuple[int, ...] = ()

    @property
    def limited(self) -> bool:
        """Whether its capacity may matter."""
        return self.capacity_kw < inf

    def from_node(self, node: int) -> ArcCost | None:
        """The way that leaves `node`."""
        return self.forth if node == self.start else self.back

    def other(self, node: int) -> int:
        """The end that is not `node`."""
        return self.end if node == self.start else self.start

    def turned(self) -> GraphLink:
        """The same link, written from its end."""
        return replace(
            self,
            start=self.end,
            end=self.start,
            forth=self.back,
            back=self.forth,
            edges=self.edges[::-1],
        )


@dataclass(frozen=True, slots=True)
class GraphLoad:
    """A consumer at a node: kw with diversity's a, cost_cny_a more than staying unconnected.

    surplus_mwh   its heat less what heat density asks for its own pipe
    edges         the problem's edges it drew in, from its node outward
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
    """Links by number, the links at each node, the loads; node 0 is behind all sources.

    base_cny_a   what is paid if nobody is connected
    free         links that cost nothing and were drawn together
    impossible   consumers that must be connected and cannot be
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
        """The links at `node` and where they lead."""
        for number in self.at[node]:
            link = self.links[number]
            yield link, link.other(node)

    def remove(self, number: int) -> GraphLink:
        """Takes a link out."""
        link = self.links.pop(number)
        self.at[link.start].discard(number)
        self.at[link.end].discard(number)
        return link

    def put(self, number: int, link: GraphLink) -> None:
        """Puts a link in under a free number."""
        self.links[number] = link
        self.at[link.start].add(number)
        self.at[link.end].add(number)


def annualised_graph(problem: SteinerProblem) -> Graph:
    """The whole problem as a graph; nothing is reduced yet."""
    names = list(dict.fromkeys(_nodes(problem)))
    number = {name: i + 1 for i, name in enumerate(names)}
    graph = Graph(
        links={},
        at=[set() for _ in range(len(names) + 1)],
        loads=[],
        names=[None, *names],
        once_kw=problem.diversity.once_kw,
        base_cny_a=sum(alone_cny_a(problem, one) for one in problem.consumers),
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


def alone_cny_a(problem: SteinerProblem, consumer: Consumer) -> float:
    """What it counts for a year if it is not connected."""
    return consumer.individual_cny_a if problem.objective == "cost" else 0.0


def connected_cny_a(problem: SteinerProblem, consumer: Consumer) -> float:
    """What it counts for a year if it is, besides pipes, sources and losses."""
    cost = problem.annuity * consumer.connecting_cny + consumer.running_cny_a
    cost += problem.heat_cny_per_mwh * consumer.heat_mwh_a
    if problem.objective == "margin":
        cost -= problem.heat_price_cny_per_mwh * consumer.heat_mwh_a
    return cost


def lost_cny_per_kw_a(problem: SteinerProblem) -> float:
    """What a kW lost at peak costs a year."""
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
    way = _way(problem, edge)
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


def _way(problem: SteinerProblem, edge: Edge) -> ArcCost:
    slope = problem.annuity * edge.length_m * edge.slope_cny_per_kw_m
    lost = lost_cny_per_kw_a(problem)
    growth = 1 + edge.length_m * edge.loss_per_m
    standing = edge.length_m * edge.loss_kw_per_m
    fixed = problem.annuity * edge.length_m * edge.fixed_cny_per_m
    return ArcCost(
        fixed + slope * (standing + problem.diversity.once_kw) + lost * standing,
        slope * growth + lost * (growth - 1),
        growth,
        standing,
    )


def _load(
    problem: SteinerProblem, consumer: Consumer, number: dict[Hashable, int], i: int
) -> GraphLoad:
    return GraphLoad(
        consumer=i,
        node=number[consumer.node],
        kw=problem.diversity.a * consumer.peak_kw,
        cost_cny_a=connected_cny_a(problem, consumer) - alone_cny_a(problem, consumer),
        surplus_mwh=consumer.heat_mwh_a - problem.min_mwh_per_m_a * consumer.own_pipe_m,
        must=consumer.connect == "must",
    )


@dataclass(frozen=True)
class Arcs:
    """Nodes 0..nodes-1, 0 behind all sources; arc k runs forth along link k, k + links back.

    Shape (2 links,): tail, head, open, fixed [CNY/a], slope [CNY/(kW a)], growth, standing [kW],
    most_kw (no open arc ever delivers more).
    Shape (links,): capacity_kw, upsize_fixed, upsize_slope (inf: cannot be upsized), length_m.
    Shape (loads,): at (node), kw, cost [CNY/a], surplus_mwh, must.
    """

    nodes: int
    tail: NDArray[np.intp]
    head: NDArray[np.intp]
    open: NDArray[np.bool_]
    fixed: NDArray[np.float64]
    slope: NDArray[np.float64]
    growth: NDArray[np.float64]
    standing: NDArray[np.float64]
    most_kw: NDArray[np.float64]
    capacity_kw: NDArray[np.float64]
    upsize_fixed: NDArray[np.float64]
    upsize_slope: NDArray[np.float64]
    length_m: NDArray[np.float64]
    at: NDArray[np.intp]
    kw: NDArray[np.float64]
    cost: NDArray[np.float64]
    surplus_mwh: NDArray[np.float64]
    must: NDArray[np.bool_]
    once_kw: float
    base_cny_a: float
    density_mwh_per_m: float

    @property
    def links(self) -> int:
        """How many links there are."""
        return len(self.capacity_kw)

    def reverse(self, arc: int) -> int:
        """The arc the other way along the same link."""
        return arc - self.links if arc >= self.links else arc + self.links


def to_arrays(graph: Graph) -> tuple[Arcs, list[GraphLink]]:
    """The arrays of `graph` and its links in their order."""
    links = [graph.links[i] for i in sorted(graph.links)]
    number = {ROOT: 0}
    for node in sorted({end for link in links for end in (link.start, link.end)} - {ROOT}):
        number[node] = len(number)
    pairs = [(number[one.start], number[one.end]) for one in links]
    ends = np.array(pairs, dtype=np.intp).reshape(len(links), 2)
    ways = [link.forth for link in links] + [link.back for link in links]
    kw = np.array([load.kw for load in graph.loads], dtype=float)
    at = np.array([number[load.node] for load in graph.loads], dtype=np.intp)
    standing = _numbers(ways, "standing", 0.0)
    growth = _numbers(ways, "growth", 1.0)
    drawn_kw = np.bincount(at, kw, minlength=len(number)).astype(np.float64)
    np.add.at(drawn_kw, ends[:, 0], np.maximum(*np.split(standing, 2)))
    away, beyond_kw = beyond(ends, drawn_kw)
    head = np.concatenate([ends[:, 1], ends[:, 0]])
    return (
        Arcs(
            nodes=len(number),
            tail=np.concatenate([ends[:, 0], ends[:, 1]]),
            head=head,
            open=np.array([way is not None for way in ways], dtype=bool) & (head != 0) & away,
            fixed=_numbers(ways, "fixed", 0.0),
            slope=_numbers(ways, "slope", 0.0),
            growth=growth,
            standing=standing,
            most_kw=beyond_kw * float(np.maximum(*np.split(growth, 2)).prod()),
            **_bounds(links),
            at=at,
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


def _numbers(ways: list[ArcCost | None], name: str, closed: float) -> NDArray[np.float64]:
    return np.array([closed if way is None else getattr(way, name) for way in ways], dtype=float)


def _bounds(links: list[GraphLink]) -> dict[str, NDArray[np.float64]]:
    upsize = [(inf, inf) if link.upsize is None else link.upsize for link in links]
    return {
        "capacity_kw": np.array([link.capacity_kw for link in links], dtype=float),
        "upsize_fixed": np.array([fixed for fixed, _ in upsize], dtype=float),
        "upsize_slope": np.array([slope for _, slope in upsize], dtype=float),
        "length_m": np.array([link.length_m for link in links], dtype=float),
    }


def beyond(
    ends: NDArray[np.intp], drawn_kw: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which arcs may lead away from node 0, and all that is drawn behind them [kW].

    A bridge can only be used away from node 0. Behind any other arc lies what lies behind the
    last bridge before it.
    """
    links = len(ends)
    tree = Search(len(drawn_kw), ends.tolist())
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

"""The presolved graph as arrays, with bounds of the flow of each arc.

The bounds use bridges: links whose removal disconnects the graph (Tarjan's low-link algorithm).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from gis.steiner.graph import ROOT, ArcCost, Graph, GraphLink

if TYPE_CHECKING:
    from numpy.typing import NDArray


class DepthFirstSearch:
    """Depth-first search from node 0.

    By node: rank (-1: not reached), parent, arc into it, and low, the lowest rank reachable from
    its subtree. `order` lists the nodes in the order of the search.
    """

    def __init__(self, nodes: int, ends: list[tuple[int, int]]) -> None:
        at: list[list[tuple[int, int]]] = [[] for _ in range(nodes)]
        for k, (start, end) in enumerate(ends):
            at[start].append((k, end))
            at[end].append((k + len(ends), start))
        self.rank = [-1] * nodes
        self.parent = [-1] * nodes
        self.arc = [-1] * nodes
        self.order = [0]
        self.rank[0] = 0
        stack = [(0, iter(at[0]))]
        while stack:
            node, edges = stack[-1]
            step = next(((arc, other) for arc, other in edges if self.rank[other] < 0), None)
            if step is None:
                stack.pop()
                continue
            arc, other = step
            self.rank[other], self.parent[other], self.arc[other] = len(self.order), node, arc
            self.order.append(other)
            stack.append((other, iter(at[other])))
        self.low = self._lowest(at, len(ends))

    def _lowest(self, at: list[list[tuple[int, int]]], links: int) -> list[int]:
        low = list(self.rank)
        for node in reversed(self.order):
            for arc, other in at[node]:
                if arc % links == self.arc[node] % links and self.arc[node] >= 0:
                    continue
                child = self.parent[other] == node and self.arc[other] == arc
                low[node] = min(low[node], low[other] if child else self.rank[other])
        return low

    def is_bridge(self, node: int) -> bool:
        """Whether the arc into `node` is a bridge."""
        return self.low[node] == self.rank[node]


def bridges(nodes: int, ends: list[tuple[int, int]]) -> list[int]:
    """The numbers of the bridges among the links that are connected to node 0.

    Args:
        nodes: The number of nodes.
        ends: The two nodes of each link.
    """
    tree = DepthFirstSearch(nodes, ends)
    return [tree.arc[node] % len(ends) for node in tree.order[1:] if tree.is_bridge(node)]


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

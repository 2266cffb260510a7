"""The reduced graph as arrays: what the solver and the heuristic calculate with."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from gis.steiner.bridges import Search
from gis.steiner.graph import ROOT, Graph, Way

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.steiner.graph import Link


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


def lay_out(graph: Graph) -> tuple[Arcs, list[Link]]:
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


def _numbers(ways: list[Way | None], name: str, closed: float) -> NDArray[np.float64]:
    return np.array([closed if way is None else getattr(way, name) for way in ways], dtype=float)


def _bounds(links: list[Link]) -> dict[str, NDArray[np.float64]]:
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

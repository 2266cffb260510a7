"""Why a village is not connected: streets cut off, a source spent, too thin, or dearer than its own.

What a connection would cost is reckoned along the way with the least new pipe from what is there or
is to be built, so that it is the figure of a way that exists, not the least one possible.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from gis.i18n import format_message, messages
from gis.network.problems import disconnected_parts
from gis.steiner.graph import connected_cny_a, lost_cny_per_kw_a

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from gis.errors import Text
    from gis.network.branch_table import Answer
    from gis.network.demand import VillageLoad
    from gis.steiner.model import Edge

_NO_STREET_M = 500.0  # ASSUME: beyond it a village has no street along which pipe can be laid
_OLD_M = 1e-6  # weight of a metre that is there already: a shorter way through it is taken


class UnconnectedReason(NamedTuple):
    """A cause of [unconnected] in words/network.toml, and the sentence with its figures."""

    cause: str
    said: Text


def unconnected_reasons(answer: Answer) -> dict[str, UnconnectedReason]:
    """By village_code, why each candidate that is not connected is not."""
    missing = [one for one in answer.loads if one.code not in answer.network.connected]
    if not missing:
        return {}
    known = _Known(answer)
    return {one.code: known.why(one) for one in missing}


class _Known:
    """The answer's ground, and the ways with the least new pipe from what is in use."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.part = disconnected_parts(answer.ground)
        self.fed = {int(self.part[plant.node]) for plant in answer.ground.plants}
        ends = np.cumsum([0, *(len(one.spots) for one in answer.loads)])
        spots = answer.ground.mesh.spots
        self.nodes = {one.code: spots[ends[i] : ends[i + 1]] for i, one in enumerate(answer.loads)}
        self.consumers = {one.name: one for one in answer.problem.consumers}
        self.ways = _Ways(answer)

    @cached_property
    def _fed_tree(self) -> KDTree:
        """The places that a source reaches."""
        there = np.isin(self.part, list(self.fed))
        return KDTree(self.answer.ground.mesh.xy[there])

    def why(self, one: VillageLoad) -> UnconnectedReason:
        """The first cause that stands in the way, from the ground up."""
        if not self.fed:
            return _said("no_source")
        at = {int(part) for part in self.part[self.nodes[one.code]]}
        if not at & self.fed:
            return self._cut_off(at)
        beyond_m = self._beyond_m(one)
        if beyond_m > _NO_STREET_M:
            return _said("no_street", metres=beyond_m)
        consumer = self.consumers[one.code]
        problem = self.answer.problem
        way = self.ways.to(consumer.node)
        lost_kw = sum(edge.length_m * edge.loss_kw_per_m for edge in way)
        need_kw = problem.diversity.a * one.peak_kw + problem.diversity.once_kw + lost_kw
        left_kw = self._left_kw(at)
        if need_kw > left_kw:
            return _said("no_capacity", need_kw=need_kw, left_kw=left_kw)
        new_m = sum(edge.length_m for edge in way)
        thin = one.heat_mwh_a / max(new_m + one.own_pipe_m, 1e-9)
        if thin < problem.min_mwh_per_m_a:
            least = problem.min_mwh_per_m_a
            return _said("too_thin", new_m=new_m, density=thin, least=least)
        return self._dearer(one, way, need_kw, lost_kw)

    def _dearer(
        self, one: VillageLoad, way: list[Edge], kw: float, lost_kw: float
    ) -> UnconnectedReason:
        """A connection against its own route; kw: what every main on the way is sized for."""
        problem = self.answer.problem
        mains = sum(
            edge.length_m * (edge.fixed_cny_per_m + edge.slope_cny_per_kw_m * kw) for edge in way
        )
        cost = problem.annuity * mains + lost_cny_per_kw_a(problem) * lost_kw
        cost += connected_cny_a(problem, self.consumers[one.code])
        figures = {
            "new_m": sum(edge.length_m for edge in way),
            "each_cny": cost / one.homes,
            "own_cny": one.individual_cny_a / one.homes,
        }
        if cost <= one.individual_cny_a:  # what else lies in the way is not looked for
            return _said("not_proven", **figures, gap=self.answer.network.gap * 100)
        if not one.individual:
            return _said("too_dear", **figures)
        route = messages("terms")["approach"][one.individual]
        return _said("dearer", **figures, route_zh=route["zh"], route_en=route["en"])

    def _beyond_m(self, one: VillageLoad) -> float:
        """From the village's hamlets to the nearest street [m]."""
        at = shapely.points(self.answer.ground.mesh.xy[self.nodes[one.code]])
        return float(shapely.distance(one.spots, at).min())

    def _left_kw(self, at: set[int]) -> float:
        """What the sources that reach one of the parts have left once the answer is built."""
        drawn: dict[str, float] = self.answer.network.drawn_kw
        left: dict[int, float] = defaultdict(float)
        for plant, source in zip(
            self.answer.ground.plants, self.answer.problem.sources, strict=True
        ):
            spare_kw = source.capacity_kw - drawn.get(source.name, 0.0)
            part = int(self.part[plant.node])
            left[part] = max(left[part], spare_kw)
        return max(left[part] for part in at & self.fed)

    def _cut_off(self, at: set[int]) -> UnconnectedReason:
        """Where the streets of the village come nearest to those that a source reaches."""
        xy: NDArray[np.float64] = self.answer.ground.mesh.xy
        here = np.flatnonzero(np.isin(self.part, list(at)))
        metres, nearest = self._fed_tree.query(xy[here])
        first = int(np.argmin(metres))
        (x, y), (to_x, to_y) = xy[here[first]], self._fed_tree.data[nearest[first]]
        return _said("cut_off", x=x, y=y, to_x=to_x, to_y=to_y, metres=float(metres[first]))


class _Ways:
    """The ways with the least new pipe from the sources, what the answer builds being there."""

    def __init__(self, answer: Answer) -> None:
        self.edges = answer.problem.edges
        built = {run.edge for run in answer.network.runs}
        self.old = {i for i, edge in enumerate(self.edges) if edge.existing or i in built}
        self.number: dict[Hashable, int] = {}
        least: dict[tuple[int, int], tuple[float, int]] = {}
        for i, edge in enumerate(self.edges):
            ends = self._node(edge.start), self._node(edge.end)
            weight = edge.length_m * (_OLD_M if i in self.old else 1.0) + _OLD_M**2
            for pair in (ends,) if edge.one_way else (ends, ends[::-1]):
                least[pair] = min(least.get(pair, (np.inf, -1)), (weight, i))
        self.along = {pair: i for pair, (_, i) in least.items()}
        begins = sorted({self._node(source.node) for source in answer.problem.sources})
        size = len(self.number)
        pairs = np.array(list(least), dtype=np.intp).reshape(-1, 2)
        weights = [weight for weight, _ in least.values()]
        graph = csr_array((weights, (pairs[:, 0], pairs[:, 1])), shape=(size, size))
        _, self.before, _ = dijkstra(graph, indices=begins, return_predecessors=True, min_only=True)

    def _node(self, node: Hashable) -> int:
        return self.number.setdefault(node, len(self.number))

    def to(self, node: Hashable) -> list[Edge]:
        """The new edges on the way to a node that a source reaches."""
        found, at = [], self.number[node]
        while (before := int(self.before[at])) >= 0:
            edge = self.along[before, at]
            if edge not in self.old:
                found.append(self.edges[edge])
            at = before
        return found


def _said(cause: str, **figures: object) -> UnconnectedReason:
    return UnconnectedReason(
        cause, format_message(messages("network")["unconnected"], cause, **figures)
    )

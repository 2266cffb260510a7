"""What is not connected, and why: gaps in the streets, cut-off streets, villages left out.

A village is left out because it is cut off, has no capacity, is too thin, or is dearer than its
own route. The cost of a connection is calculated along the path with the least new pipe, from
existing or proposed mains. It is therefore the cost of an actual path, not a lower bound.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import KDTree

from gis.errors import Problem, Text
from gis.i18n import format_message, messages
from gis.steiner.graph import connected_cny_a, lost_cny_per_kw_a

if TYPE_CHECKING:
    from collections.abc import Hashable

    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.network.demand import VillageLoad
    from gis.network.pipe_catalogue import PipeCatalogue
    from gis.network.result_tables import SolvedNetwork
    from gis.network.street_graph import StreetGraph
    from gis.steiner.model import Edge

_NO_STREET_M = 500.0  # ASSUME: farther from a street than this, no pipe can be laid to a village
# Weight per metre of existing pipe, so that the shorter of two such paths is taken.
_EXISTING_WEIGHT = 1e-6


def street_names(roads: gpd.GeoDataFrame) -> list[str]:
    """The name of each row of `roads`, "" for none."""
    if "name" not in roads:
        return [""] * len(roads)
    return roads["name"].fillna("").astype(str).str.strip().tolist()


def street_problems(
    street_graph: StreetGraph, loads: list[VillageLoad], names: list[str], pipe: PipeCatalogue
) -> tuple[Problem, ...]:
    """Report gaps that were closed, and streets and villages that no source reaches."""
    return (
        *_closed_gaps(street_graph, pipe),
        *_streets_cut_off(street_graph, loads, names),
        *_villages_cut_off(street_graph, loads),
    )


def _closed_gaps(street_graph: StreetGraph, pipe: PipeCatalogue) -> list[Problem]:
    """One problem per closed gap; it is built as a street of that length."""
    found = []
    for k in street_graph.mesh.joints:
        x, y = street_graph.mesh.xy[street_graph.mesh.start[k]]
        metres = float(street_graph.mesh.length_m[k])
        values = {"x": x, "y": y, "metres": metres, "snap_m": pipe.figures["snap_m"]}
        found.append(_problem("street_snapped", f"{metres:.2f} m", values))
    return found


def _streets_cut_off(
    street_graph: StreetGraph, loads: list[VillageLoad], names: list[str]
) -> list[Problem]:
    """One problem per part of the streets that is not connected to a source."""
    part = disconnected_parts(street_graph)
    fed = {int(part[plant.node]) for plant in street_graph.plants}
    villages = _villages_by_part(part, street_graph, loads)
    found = []
    for one in sorted(set(part.tolist()) - fed):
        pieces = np.flatnonzero(part[street_graph.mesh.start] == one)
        if not len(pieces):
            continue
        longest = pieces[np.argmax(street_graph.mesh.length_m[pieces])]
        x, y = street_graph.mesh.xy[street_graph.mesh.start[longest]]
        street = street_graph.street[longest]
        name = names[street] if street >= 0 and names[street] else "—"
        values = {
            "street": name, "x": x, "y": y,
            "metres": float(street_graph.mesh.length_m[pieces].sum()),
            "villages": ", ".join(villages.get(one, [])) or "—",
        }  # fmt: skip
        found.append(_problem("streets_cut_off", name, values))
    return found


def _villages_cut_off(street_graph: StreetGraph, loads: list[VillageLoad]) -> list[Problem]:
    """One problem per village all of whose points lie on parts that no source reaches."""
    part = disconnected_parts(street_graph)
    fed = {int(part[plant.node]) for plant in street_graph.plants}
    at = 0
    found = []
    for one in loads:
        nodes = street_graph.mesh.spots[at : at + len(one.spots)]
        at += len(one.spots)
        if not fed & set(part[nodes].tolist()):
            found.append(_problem("village_cut_off", one.code, {"village_code": one.code}))
    return found


def _villages_by_part(
    part: NDArray[np.intp], street_graph: StreetGraph, loads: list[VillageLoad]
) -> dict[int, list[str]]:
    owner = np.repeat(np.arange(len(loads)), [len(one.spots) for one in loads])
    found: dict[int, list[str]] = defaultdict(list)
    for load_at, node in zip(owner.tolist(), street_graph.mesh.spots.tolist(), strict=True):
        code = loads[load_at].code
        if code not in found[int(part[node])]:
            found[int(part[node])].append(code)
    return found


def disconnected_parts(street_graph: StreetGraph) -> NDArray[np.intp]:
    """The connected component of each node, taps included."""
    size = len(street_graph.mesh.xy)
    start = np.concatenate([street_graph.mesh.start, [a for a, _, _ in street_graph.taps]]).astype(
        np.intp
    )
    end = np.concatenate([street_graph.mesh.end, [b for _, b, _ in street_graph.taps]]).astype(
        np.intp
    )
    graph = coo_array((np.ones(len(start)), (start, end)), shape=(size, size))
    return connected_components(graph, directed=False)[1]


def _problem(code: str, value: str, values: dict[str, object]) -> Problem:
    words = messages("network")
    return Problem(
        layer="roads",
        code=code,
        row=None,
        column="geometry",
        value=value,
        message=format_message(words["message"], code, **values),
        remedy=Text(words["remedy"][code]["zh"], words["remedy"][code]["en"]),
    )


class UnconnectedReason(NamedTuple):
    """A cause of [unconnected] in words/network.toml, and the sentence with its numbers."""

    cause: str
    sentence: Text


def unconnected_reasons(solved: SolvedNetwork) -> dict[str, UnconnectedReason]:
    """By village_code, why each unconnected candidate is not connected."""
    missing = [one for one in solved.loads if one.code not in solved.network.connected]
    if not missing:
        return {}
    diagnosis = _Diagnosis(solved)
    return {one.code: diagnosis.why(one) for one in missing}


class _Diagnosis:
    """The solution's graph, and the paths with the least new pipe from mains in use."""

    def __init__(self, solved: SolvedNetwork) -> None:
        self.solved = solved
        self.part = disconnected_parts(solved.street_graph)
        self.fed = {int(self.part[plant.node]) for plant in solved.street_graph.plants}
        ends = np.cumsum([0, *(len(one.spots) for one in solved.loads)])
        spots = solved.street_graph.mesh.spots
        self.nodes = {one.code: spots[ends[i] : ends[i + 1]] for i, one in enumerate(solved.loads)}
        self.consumers = {one.name: one for one in solved.problem.consumers}
        self.paths = _LeastNewPipePaths(solved)

    @cached_property
    def _fed_tree(self) -> KDTree:
        """The nodes that a source reaches."""
        there = np.isin(self.part, list(self.fed))
        return KDTree(self.solved.street_graph.mesh.xy[there])

    def why(self, one: VillageLoad) -> UnconnectedReason:
        """The first cause that applies, from streets and capacity to cost."""
        if not self.fed:
            return _reason("no_source")
        at = {int(part) for part in self.part[self.nodes[one.code]]}
        if not at & self.fed:
            return self._cut_off(at)
        beyond_m = self._street_distance_m(one)
        if beyond_m > _NO_STREET_M:
            return _reason("no_street", metres=beyond_m)
        consumer = self.consumers[one.code]
        problem = self.solved.problem
        path = self.paths.to(consumer.node)
        lost_kw = sum(edge.length_m * edge.loss_kw_per_m for edge in path)
        need_kw = problem.diversity.a * one.peak_kw + problem.diversity.once_kw + lost_kw
        left_kw = self._left_kw(at)
        if need_kw > left_kw:
            return _reason("no_capacity", need_kw=need_kw, left_kw=left_kw)
        new_m = sum(edge.length_m for edge in path)
        thin = one.heat_mwh_a / max(new_m + one.own_pipe_m, 1e-9)
        if thin < problem.min_mwh_per_m_a:
            least = problem.min_mwh_per_m_a
            return _reason("too_thin", new_m=new_m, density=thin, least=least)
        return self._dearer(one, path, need_kw, lost_kw)

    def _dearer(
        self, one: VillageLoad, path: list[Edge], kw: float, lost_kw: float
    ) -> UnconnectedReason:
        """Compare the cost of a connection with the village's individual route.

        Args:
            one: The village.
            path: The new edges on its path.
            kw: The flow that each new main is sized for.
            lost_kw: The heat loss of the new mains.
        """
        problem = self.solved.problem
        mains = sum(
            edge.length_m * (edge.fixed_cny_per_m + edge.slope_cny_per_kw_m * kw) for edge in path
        )
        cost = problem.annuity * mains + lost_cny_per_kw_a(problem) * lost_kw
        cost += connected_cny_a(problem, self.consumers[one.code])
        figures = {
            "new_m": sum(edge.length_m for edge in path),
            "each_cny": cost / one.homes,
            "own_cny": one.individual_cny_a / one.homes,
        }
        if cost <= one.individual_cny_a:  # other causes are not searched for
            return _reason("not_proven", **figures, gap=self.solved.network.gap * 100)
        if not one.individual:
            return _reason("too_dear", **figures)
        route = messages("terms")["approach"][one.individual]
        return _reason("dearer", **figures, route_zh=route["zh"], route_en=route["en"])

    def _street_distance_m(self, one: VillageLoad) -> float:
        """Distance from the village's hamlets to the nearest street [m]."""
        at = shapely.points(self.solved.street_graph.mesh.xy[self.nodes[one.code]])
        return float(shapely.distance(one.spots, at).min())

    def _left_kw(self, at: set[int]) -> float:
        """Largest spare capacity of a source of these parts, with the solution built [kW]."""
        drawn: dict[str, float] = self.solved.network.drawn_kw
        left: dict[int, float] = defaultdict(float)
        for plant, source in zip(
            self.solved.street_graph.plants, self.solved.problem.sources, strict=True
        ):
            spare_kw = source.capacity_kw - drawn.get(source.name, 0.0)
            part = int(self.part[plant.node])
            left[part] = max(left[part], spare_kw)
        return max(left[part] for part in at & self.fed)

    def _cut_off(self, at: set[int]) -> UnconnectedReason:
        """The shortest gap between the village's streets and those that a source reaches."""
        xy: NDArray[np.float64] = self.solved.street_graph.mesh.xy
        here = np.flatnonzero(np.isin(self.part, list(at)))
        metres, nearest = self._fed_tree.query(xy[here])
        first = int(np.argmin(metres))
        (x, y), (to_x, to_y) = xy[here[first]], self._fed_tree.data[nearest[first]]
        return _reason("cut_off", x=x, y=y, to_x=to_x, to_y=to_y, metres=float(metres[first]))


class _LeastNewPipePaths:
    """Paths with the least new pipe from the sources; pipes of the solution count as existing."""

    def __init__(self, solved: SolvedNetwork) -> None:
        self.edges = solved.problem.edges
        built = {run.edge for run in solved.network.runs}
        self.existing = {i for i, edge in enumerate(self.edges) if edge.existing or i in built}
        self.number: dict[Hashable, int] = {}
        least: dict[tuple[int, int], tuple[float, int]] = {}
        for i, edge in enumerate(self.edges):
            ends = self._node(edge.start), self._node(edge.end)
            weight = (
                edge.length_m * (_EXISTING_WEIGHT if i in self.existing else 1.0)
                + _EXISTING_WEIGHT**2
            )
            for pair in (ends,) if edge.one_way else (ends, ends[::-1]):
                least[pair] = min(least.get(pair, (np.inf, -1)), (weight, i))
        self.along = {pair: i for pair, (_, i) in least.items()}
        begins = sorted({self._node(source.node) for source in solved.problem.sources})
        size = len(self.number)
        pairs = np.array(list(least), dtype=np.intp).reshape(-1, 2)
        weights = [weight for weight, _ in least.values()]
        graph = csr_array((weights, (pairs[:, 0], pairs[:, 1])), shape=(size, size))
        _, self.before, _ = dijkstra(graph, indices=begins, return_predecessors=True, min_only=True)

    def _node(self, node: Hashable) -> int:
        return self.number.setdefault(node, len(self.number))

    def to(self, node: Hashable) -> list[Edge]:
        """The new edges on the path to a node that a source reaches."""
        found, at = [], self.number[node]
        while (before := int(self.before[at])) >= 0:
            edge = self.along[before, at]
            if edge not in self.existing:
                found.append(self.edges[edge])
            at = before
        return found


def _reason(cause: str, **figures: object) -> UnconnectedReason:
    return UnconnectedReason(
        cause, format_message(messages("network")["unconnected"], cause, **figures)
    )

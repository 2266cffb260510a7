"""Solves a problem: reduce, start, tighten, and branch where that is still needed."""

from __future__ import annotations

from math import inf
from time import monotonic
from typing import TYPE_CHECKING

import highspy
import numpy as np

from gis.errors import NuantuError, Text
from gis.network.arcs import Arcs, lay_out
from gis.network.forest import NONE, Forest, Ground
from gis.network.graph import Graph, by_the_year
from gis.network.improve import better
from gis.network.infeasible import explain
from gis.network.problem import Limits, Problem
from gis.network.reduce import reduce
from gis.network.relax import Relaxation
from gis.network.result import Network, Tree, work_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.network.graph import Link

_AGAIN = 4  # rounds between two tries to read a network off the relaxation
_LITTLE = 2e-5  # a round that lifts the bound by less than this share of it is a little one
_PATIENCE = 3  # little rounds in a row before branching


def solve(problem: Problem, limits: Limits | None = None) -> Network:
    """The network of least cost (or largest margin), with the bound that proves it.

    Raises InputError where no network can satisfy the problem; it says which source, street or
    consumer stands in the way.
    """
    graph = reduce(by_the_year(problem))
    if graph.impossible:
        raise explain(problem)
    arcs, links = lay_out(graph)
    hunt = Hunt(arcs, limits or Limits())
    hunt.run()
    if hunt.cost == inf:
        raise explain(problem)
    return _network(problem, graph, links, hunt)


class Hunt:
    """The search: the best forest so far, its cost, and the bound below it."""

    def __init__(self, arcs: Arcs, limits: Limits) -> None:
        self.arcs, self.limits = arcs, limits
        self.until = monotonic() + limits.seconds if limits.seconds < inf else inf
        self.ground = Ground(arcs)
        self.relaxation = Relaxation(arcs)
        self.best, self.cost = better(self.ground, [NONE] * arcs.nodes)
        self.bound = -inf
        self.status = "optimal"

    def run(self) -> None:
        """Until the gap is closed or a limit is met."""
        if not self._tighten() or self._closed():
            return
        if 2 * self.arcs.links > self.limits.exact_arcs:
            self.status = "heuristic"
            return
        self._branch()

    def _closed(self) -> bool:
        known = self.cost < inf
        return known and self.cost - self.bound <= self.limits.gap * abs(self.cost)

    def _tighten(self) -> bool:
        """Cutting planes and what they suggest; False: nothing satisfies the problem."""
        little, best_bound = 0, -inf
        for count in range(self.limits.rounds):
            if not self.relaxation.solve():
                # Nothing better than what is known is left: what is known is best.
                self.bound = self.cost
                return self.cost < inf
            self.bound = max(self.bound, self.relaxation.bound)
            if self.cost < inf:
                self.relaxation.fix(self.cost)
            added = self.relaxation.tighten()
            if not added or count % _AGAIN == 1:
                self._suggested()
            lifted = self.bound - best_bound > _LITTLE * abs(self.bound)
            little = 0 if lifted else little + 1
            best_bound = max(best_bound, self.bound)
            if not added or self._closed() or little >= _PATIENCE or monotonic() > self.until:
                break
        self._suggested()
        return True

    def _suggested(self) -> None:
        """A forest along what the relaxation uses."""
        used = np.clip(self.relaxation.point[self.relaxation.columns.z], 0.0, 0.999)
        typical_kw = float(self.arcs.kw.mean()) if len(self.arcs.kw) else 0.0
        weight = self.arcs.fixed * (1 - used) + self.arcs.slope * typical_kw
        nothing = [NONE] * self.arcs.nodes
        self._keep(*better(self.ground, self.ground.spread(nothing, weight.tolist())))

    def _keep(self, forest: Forest, cost: float) -> None:
        if cost < self.cost:
            self.best, self.cost = forest, cost

    def _branch(self) -> None:
        """Branch and bound from the tightened relaxation and the best forest."""
        solver, columns = self.relaxation.solver, self.relaxation.columns
        whole = columns.whole.astype(np.int32)
        kinds = np.full(len(whole), highspy.HighsVarType.kInteger, dtype=object)
        solver.changeColsIntegrality(len(whole), whole, kinds)
        solver.setOptionValue("mip_rel_gap", self.limits.gap)
        solver.setOptionValue("mip_abs_gap", 0.0)
        solver.setOptionValue("mip_max_nodes", self.limits.nodes)
        if self.until < inf:
            solver.setOptionValue("time_limit", max(0.1, self.until - monotonic()))
        if self.cost < inf:
            start = highspy.HighsSolution()
            start.col_value = self._point().tolist()
            solver.setSolution(start)
        solver.run()
        self._read(solver)

    def _read(self, solver: highspy.Highs) -> None:
        status = solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            # Nothing better than what is known is left: what is known is best.
            self.bound = self.cost
            return
        info = solver.getInfo()
        self.bound = min(max(self.bound, info.mip_dual_bound), self.cost)
        if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
            forest = self._forest(np.array(solver.getSolution().col_value))
            self._keep(forest, self.ground.flows(forest).cost)
            if self.cost > info.objective_function_value * (1 + 1e-6) + 1e-6:
                self._keep(*better(self.ground, forest.into))
        if status != highspy.HighsModelStatus.kOptimal:
            self.status = "limited"

    def _forest(self, point: NDArray[np.float64]) -> Forest:
        columns = self.relaxation.columns
        into = [NONE] * self.arcs.nodes
        for arc in np.flatnonzero(point[columns.z] > 0.5).tolist():
            into[self.ground.head[arc]] = arc
        return Forest(into, (point[columns.x] > 0.5).tolist())

    def _point(self) -> NDArray[np.float64]:
        """The best forest as values of the columns."""
        arcs, columns = self.arcs, self.relaxation.columns
        point = np.zeros(columns.count)
        flows = self.ground.flows(self.best)
        point[columns.x] = self.best.chosen
        point[columns.t[0]] = 1.0
        surplus = self.ground.surplus(self.best)
        for node in flows.order[1:]:
            arc = self.best.into[node]
            point[columns.z[arc]] = point[columns.t[node]] = 1.0
            point[columns.r[arc]] = flows.kw[node]
            if len(columns.g):
                point[columns.g[arc]] = max(0.0, surplus[node])
        for i, link in enumerate(columns.upsizable.tolist()):
            sent = max(
                arcs.growth[arc] * point[columns.r[arc]]
                + (arcs.standing[arc] + arcs.once_kw) * point[columns.z[arc]]
                for arc in (link, link + arcs.links)
            )
            point[columns.e[i]] = max(0.0, sent - arcs.capacity_kw[link])
            point[columns.q[i]] = float(point[columns.e[i]] > 0)
        return point


def _network(problem: Problem, graph: Graph, links: list[Link], hunt: Hunt) -> Network:
    """The best forest on the problem's own edges, its cost summed afresh."""
    tree = _tree(problem, graph, links, hunt)
    runs, drawn, costs, invest = work_out(problem, tree)
    if abs(costs.total - hunt.cost) > 1e-6 * (1 + abs(hunt.cost) + graph.base_cny_a):
        raise NuantuError(
            Text(
                f"求解所得费用 {hunt.cost:.2f} 与逐段复核 {costs.total:.2f} 不符，结果不予采用",
                f"the solver's cost {hunt.cost:.2f} is not the {costs.total:.2f} that the edges"
                " add up to; the result is not used",
            )
        )
    return Network(
        connected=tuple(
            one.name for i, one in enumerate(problem.consumers) if i in tree.consumers
        ),
        runs=runs,
        drawn_kw=drawn,
        costs=costs,
        invest_cny=invest,
        bound_cny_a=min(hunt.bound, costs.total),
        status=hunt.status,
    )


def _tree(problem: Problem, graph: Graph, links: list[Link], hunt: Hunt) -> Tree:
    """What the forest uses of the problem: its own edges, sources and consumers."""
    flows = hunt.ground.flows(hunt.best)
    used: set[int] = set()
    for node in flows.order[1:]:
        arc = hunt.best.into[node]
        used.update(links[arc % len(links)].edges)
    chosen = [
        load for load, on in zip(graph.loads, hunt.best.chosen, strict=True) if on
    ]
    for load in chosen:
        used.update(load.edges)
    for link in graph.free:
        used.update(link.edges)
    own = len(problem.edges)
    return Tree(
        edges=frozenset(edge for edge in used if edge < own),
        sources=frozenset(edge - own for edge in used if edge >= own),
        consumers=frozenset(load.consumer for load in chosen),
    )

"""The search for the best forest: start, tighten, look near, branch where still needed.

Branch and bound on the tightened relaxation, whole or near the best network known.

The linear relaxation, tightened by cutting planes: the proven lower bound.
"""

from __future__ import annotations

from math import inf
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

import highspy
import numpy as np

from gis.steiner.arborescence import NONE, Arborescence, ArborescenceArcs
from gis.steiner.cuts import inflow_cuts, reach_cuts
from gis.steiner.local_search import improve
from gis.steiner.mip import formulate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.steiner.cuts import Cut
    from gis.steiner.graph import Arcs
    from gis.steiner.mip import MipColumns
    from gis.steiner.model import Limits

_SLACK_AGE = 3  # rounds after which cuts that do not bind are taken out again
_FEW = 1e-5  # a round that lifts the bound by less than this share of the gap's base is little


class Relaxation:
    """The linear programme in the solver, with the cuts so far and the bound they prove."""

    def __init__(self, arcs: Arcs) -> None:
        self.arcs = arcs
        programme, self.columns = formulate(arcs)
        self.own_rows = programme.num_row_
        self.solver = solver()
        self.solver.passModel(programme)
        self.bound = -np.inf
        self.point = np.zeros(self.columns.count)
        self.rounds = 0
        self.feasible = True

    def solve(self) -> bool:
        """Solves it as it stands; False: no network can satisfy it."""
        self.solver.run()
        status = self.solver.getModelStatus()
        self.feasible = status == highspy.HighsModelStatus.kOptimal
        if self.feasible:
            self.bound = max(self.bound, self.solver.getInfo().objective_function_value)
            self.point = np.array(self.solver.getSolution().col_value)
        return self.feasible

    def tighten(self) -> int:
        """Adds the cuts that the point breaks; how many."""
        self.rounds += 1
        if self.rounds % _SLACK_AGE == 0:
            self._drop_slack()
        found = reach_cuts(self.arcs, self.columns, self.point)
        if self.arcs.slope.any() or len(self.columns.limited):
            found += inflow_cuts(self.arcs, self.columns, self.point)
        self._add(found)
        return len(found)

    def fix(self, best: float) -> int:
        """Closes what no answer better than `best` can use; how many columns."""
        reduced = np.array(self.solver.getSolution().col_dual)
        whole = self.columns.whole
        gap = best - self.solver.getInfo().objective_function_value
        out = whole[(self.point[whole] < 1e-7) & (reduced[whole] > gap + 1e-9 * abs(best))]
        sure = whole[(self.point[whole] > 1 - 1e-7) & (-reduced[whole] > gap + 1e-9 * abs(best))]
        for columns, value in ((out, 0.0), (sure, 1.0)):
            if len(columns):
                at = columns.astype(np.int32)
                held = np.full(len(at), value)
                self.solver.changeColsBounds(len(at), at, held, held)
        return len(out) + len(sure)

    def _add(self, cuts: list[Cut]) -> None:
        if not cuts:
            return
        starts = np.cumsum([0, *(len(cut.column) for cut in cuts)])
        self.solver.addRows(
            len(cuts),
            np.full(len(cuts), -np.inf),
            np.array([cut.upper for cut in cuts]),
            int(starts[-1]),
            starts[:-1].astype(np.int32),
            np.concatenate([cut.column for cut in cuts]),
            np.concatenate([cut.value for cut in cuts]),
        )

    def _drop_slack(self) -> None:
        status = self.solver.getBasis().row_status
        basic = highspy.HighsBasisStatus.kBasic
        slack = [i for i in range(self.own_rows, len(status)) if status[i] == basic]
        if slack:
            self.solver.deleteRows(len(slack), np.array(slack, dtype=np.int32))


def solver() -> highspy.Highs:
    """A silent solver that gives the same answer every time."""
    found = highspy.Highs()
    found.setOptionValue("output_flag", False)
    found.setOptionValue("threads", 1)
    found.setOptionValue("random_seed", 0)
    return found


_AGREED = 0.02  # a column this near to its whole value in the best network is left at it
_NEAR_NODES = 100
_NEAR_GAP = 2e-4


class SearchResult(NamedTuple):
    """The forest that was found (None: none), the bound, and whether the search came to an end."""

    forest: Arborescence | None
    bound: float
    ended: bool


class NodeBudget(NamedTuple):
    """Relative gap, nodes and seconds after which branching stops."""

    gap: float
    nodes: int
    seconds: float


def whole_search(
    relaxation: Relaxation, start: NDArray[np.float64] | None, to: NodeBudget
) -> SearchResult:
    """Everything, from the forest `start` (as a point) where one is known."""
    return _run(relaxation, relaxation.solver, start, to)


def near_search(relaxation: Relaxation, best: NDArray[np.float64], seconds: float) -> SearchResult:
    """Only where the relaxation and the best forest disagree; the bound says nothing."""
    near = solver()
    near.passModel(relaxation.solver.getLp())
    whole = relaxation.columns.whole
    loose = relaxation.point[whole]
    for value in (0.0, 1.0):
        agreed = (np.abs(loose - value) < _AGREED) & (np.abs(best[whole] - value) < 0.5)
        at = whole[agreed].astype(np.int32)
        if len(at):
            held = np.full(len(at), value)
            near.changeColsBounds(len(at), at, held, held)
    return _run(relaxation, near, best, NodeBudget(_NEAR_GAP, _NEAR_NODES, seconds))


def _run(
    relaxation: Relaxation, solver: highspy.Highs, start: NDArray[np.float64] | None, to: NodeBudget
) -> SearchResult:
    whole = relaxation.columns.whole.astype(np.int32)
    kinds = np.full(len(whole), highspy.HighsVarType.kInteger, dtype=object)
    solver.changeColsIntegrality(len(whole), whole, kinds)
    solver.setOptionValue("mip_rel_gap", to.gap)
    solver.setOptionValue("mip_abs_gap", 0.0)
    solver.setOptionValue("mip_max_nodes", to.nodes)
    if np.isfinite(to.seconds):
        solver.setOptionValue("time_limit", max(0.1, to.seconds))
    if start is not None:
        first = highspy.HighsSolution()
        first.col_value = start.tolist()
        solver.setSolution(first)
    solver.run()
    info, status = solver.getInfo(), solver.getModelStatus()
    forest = None
    if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        point = np.array(solver.getSolution().col_value)
        forest = read_solution(relaxation.arcs, relaxation.columns, point)
    if status == highspy.HighsModelStatus.kInfeasible:
        return SearchResult(None, np.inf, ended=True)
    return SearchResult(forest, info.mip_dual_bound, status == highspy.HighsModelStatus.kOptimal)


def read_solution(arcs: Arcs, columns: MipColumns, point: NDArray[np.float64]) -> Arborescence:
    """The forest that a whole point describes."""
    into = [NONE] * arcs.nodes
    for arc in np.flatnonzero(point[columns.z] > 0.5).tolist():
        into[int(arcs.head[arc])] = arc
    return Arborescence(into, (point[columns.x] > 0.5).tolist())


def write_start(
    ground: ArborescenceArcs, columns: MipColumns, forest: Arborescence
) -> NDArray[np.float64]:
    """The point that describes a forest."""
    arcs, flows = ground.arcs, ground.flows(forest)
    point = np.zeros(columns.count)
    point[columns.x] = forest.chosen
    point[columns.t[0]] = 1.0
    surplus = ground.surplus(forest)
    for node in flows.order[1:]:
        arc = forest.into[node]
        point[columns.z[arc]] = point[columns.t[node]] = 1.0
        point[columns.r[arc]] = flows.kw[node]
        if len(columns.g):
            point[columns.g[arc]] = max(0.0, surplus[node])
    links = columns.upsizable
    used, carried = point[columns.z], point[columns.r]
    sent = arcs.growth * carried + (arcs.standing + arcs.once_kw) * used
    beyond = np.maximum(*np.split(sent, 2))[links] - arcs.capacity_kw[links]
    point[columns.e] = np.maximum(beyond, 0.0)
    point[columns.q] = beyond > 0
    return point


_AGAIN = 4  # rounds between two tries to read a network off the relaxation
_NEAR = 4e-3  # from this gap on, branching near the best network pays
_LITTLE = 2e-5  # a round that lifts the bound by less than this share of it is a little one
_PATIENCE = 3  # little rounds in a row before branching


class BranchAndCut:
    """The best forest so far, its cost a year (inf: none), and the bound below it."""

    def __init__(self, arcs: Arcs, limits: Limits) -> None:
        self.arcs, self.limits = arcs, limits
        self.until = monotonic() + limits.seconds
        self.ground = ArborescenceArcs(arcs)
        self.relaxation = Relaxation(arcs)
        self.best, self.cost = improve(self.ground, [NONE] * arcs.nodes)
        self.bound = -inf
        self.status = "optimal"

    def run(self) -> None:
        """Until the gap is closed or a limit is met."""
        if not self._tighten() or self._closed():
            return
        if 2 * self.arcs.links > self.limits.exact_arcs:
            self.status = "heuristic"
            return
        left = NodeBudget(self.limits.gap, self.limits.nodes, self.until - monotonic())
        found = whole_search(self.relaxation, self._start(), left)
        self._keep_found(found)
        self.bound = min(max(self.bound, found.bound), self.cost)
        if not found.ended:
            self.status = "limited"

    def _closed(self) -> bool:
        return self._within(self.limits.gap)

    def _within(self, gap: float) -> bool:
        return self.cost < inf and self.cost - self.bound <= gap * abs(self.cost)

    def _tighten(self) -> bool:
        """Cutting planes and what they suggest; False: nothing satisfies the problem."""
        little, last = 0, -inf
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
            lifted = self.bound - last > _LITTLE * abs(self.bound)
            little, last = (0 if lifted else little + 1), max(last, self.bound)
            if not added or self._closed() or little >= _PATIENCE or monotonic() > self.until:
                break
        return True

    def _suggested(self) -> None:
        """A forest along what the relaxation uses, and the best one near the best known."""
        used = np.clip(self.relaxation.point[self.relaxation.columns.z], 0.0, 0.999)
        typical_kw = float(self.arcs.kw.mean()) if len(self.arcs.kw) else 0.0
        weight = self.arcs.fixed * (1 - used) + self.arcs.slope * typical_kw
        nothing = [NONE] * self.arcs.nodes
        self._keep(*improve(self.ground, self.ground.spread(nothing, weight.tolist())))
        start = self._start()
        if start is not None and self._within(_NEAR) and not self._closed():
            found = near_search(self.relaxation, start, self.until - monotonic())
            self._keep_found(found)

    def _start(self) -> NDArray[np.float64] | None:
        if self.cost == inf:
            return None
        return write_start(self.ground, self.relaxation.columns, self.best)

    def _keep_found(self, found: SearchResult) -> None:
        if found.forest is not None:
            self._keep(found.forest, self.ground.flows(found.forest).cost)

    def _keep(self, forest: Arborescence, cost: float) -> None:
        if cost < self.cost:
            self.best, self.cost = forest, cost

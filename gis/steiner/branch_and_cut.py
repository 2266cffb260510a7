"""Branch and cut: heuristic, cutting planes, local branching, full MIP.

The linear relaxation with cutting planes gives the proven lower bound.
"""

from __future__ import annotations

from math import inf
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

import highspy
import numpy as np

from gis.steiner.arborescence import NONE, Arborescence, ArborescenceArcs
from gis.steiner.local_search import improve
from gis.steiner.mip import formulate, inflow_cuts, reach_cuts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.steiner.arcs import Arcs
    from gis.steiner.mip import Cut, MipColumns
    from gis.steiner.model import Limits

_SLACK_ROUNDS = 3  # every so many rounds, cuts that do not bind are removed
_AGREED = 0.02  # a column this near to the best network's integer value is fixed at it
_NEAR_NODES = 100
_NEAR_GAP = 2e-4
_SUGGEST_ROUNDS = 4  # rounds between two heuristics on the relaxation
_NEAR = 4e-3  # relative gap below which local branching pays
_LITTLE = 2e-5  # a round that raises the bound by less than this share of it counts as stalled
_PATIENCE = 3  # stalled rounds in a row before branching


class Relaxation:
    """The linear relaxation in the solver, with the cuts added so far and the bound they prove."""

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
        """Solve the relaxation with its current cuts; False: it is infeasible."""
        self.solver.run()
        status = self.solver.getModelStatus()
        self.feasible = status == highspy.HighsModelStatus.kOptimal
        if self.feasible:
            self.bound = max(self.bound, self.solver.getInfo().objective_function_value)
            self.point = np.array(self.solver.getSolution().col_value)
        return self.feasible

    def tighten(self) -> int:
        """Add the cuts that the current point violates; returns how many."""
        self.rounds += 1
        if self.rounds % _SLACK_ROUNDS == 0:
            self._drop_slack()
        found = reach_cuts(self.arcs, self.columns, self.point)
        if self.arcs.slope.any() or len(self.columns.limited):
            found += inflow_cuts(self.arcs, self.columns, self.point)
        self._add(found)
        return len(found)

    def fix_by_reduced_cost(self, best: float) -> int:
        """Fix columns by reduced cost where no solution better than `best` can use them.

        Returns:
            The number of columns fixed.
        """
        reduced = np.array(self.solver.getSolution().col_dual)
        whole = self.columns.whole
        gap = best - self.solver.getInfo().objective_function_value
        never = whole[(self.point[whole] < 1e-7) & (reduced[whole] > gap + 1e-9 * abs(best))]
        always = whole[(self.point[whole] > 1 - 1e-7) & (-reduced[whole] > gap + 1e-9 * abs(best))]
        for columns, value in ((never, 0.0), (always, 1.0)):
            if len(columns):
                at = columns.astype(np.int32)
                fixed = np.full(len(at), value)
                self.solver.changeColsBounds(len(at), at, fixed, fixed)
        return len(never) + len(always)

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
    """A silent HiGHS solver with one thread and a fixed seed, for repeatable results."""
    found = highspy.Highs()
    found.setOptionValue("output_flag", False)
    found.setOptionValue("threads", 1)
    found.setOptionValue("random_seed", 0)
    return found


class SearchResult(NamedTuple):
    """The best forest found (None: none), the bound, and whether the search was completed."""

    forest: Arborescence | None
    bound: float
    completed: bool


class NodeBudget(NamedTuple):
    """Relative gap, nodes and seconds at which branching stops."""

    gap: float
    nodes: int
    seconds: float


def full_search(
    relaxation: Relaxation, start: NDArray[np.float64] | None, to: NodeBudget
) -> SearchResult:
    """Solve the full MIP, from the point `start` if there is one."""
    return _run_mip(relaxation, relaxation.solver, start, to)


def local_branching(
    relaxation: Relaxation, best: NDArray[np.float64], seconds: float
) -> SearchResult:
    """Local branching: search only where the relaxation and the best forest differ.

    Its bound is not valid for the whole problem.
    """
    near = solver()
    near.passModel(relaxation.solver.getLp())
    whole = relaxation.columns.whole
    relaxed = relaxation.point[whole]
    for value in (0.0, 1.0):
        agreed = (np.abs(relaxed - value) < _AGREED) & (np.abs(best[whole] - value) < 0.5)
        at = whole[agreed].astype(np.int32)
        if len(at):
            fixed = np.full(len(at), value)
            near.changeColsBounds(len(at), at, fixed, fixed)
    return _run_mip(relaxation, near, best, NodeBudget(_NEAR_GAP, _NEAR_NODES, seconds))


def _run_mip(
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
        return SearchResult(None, np.inf, completed=True)
    return SearchResult(forest, info.mip_dual_bound, status == highspy.HighsModelStatus.kOptimal)


def read_solution(arcs: Arcs, columns: MipColumns, point: NDArray[np.float64]) -> Arborescence:
    """The forest described by an integer point."""
    into = [NONE] * arcs.nodes
    for arc in np.flatnonzero(point[columns.z] > 0.5).tolist():
        into[int(arcs.head[arc])] = arc
    return Arborescence(into, (point[columns.x] > 0.5).tolist())


def write_start(
    net: ArborescenceArcs, columns: MipColumns, forest: Arborescence
) -> NDArray[np.float64]:
    """The integer point that describes a forest; the reverse of read_solution."""
    arcs, flows = net.arcs, net.flows(forest)
    point = np.zeros(columns.count)
    point[columns.x] = forest.chosen
    point[columns.t[0]] = 1.0
    surplus = net.surplus(forest)
    for node in flows.order[1:]:
        arc = forest.into[node]
        point[columns.z[arc]] = point[columns.t[node]] = 1.0
        point[columns.r[arc]] = flows.kw[node]
        if len(columns.g):
            point[columns.g[arc]] = max(0.0, surplus[node])
    links = columns.upsizable
    used, carried = point[columns.z], point[columns.r]
    sent = arcs.loss_factor * carried + (arcs.fixed_loss + arcs.once_kw) * used
    beyond = np.maximum(*np.split(sent, 2))[links] - arcs.capacity_kw[links]
    point[columns.e] = np.maximum(beyond, 0.0)
    point[columns.q] = beyond > 0
    return point


class BranchAndCut:
    """The best forest so far, its yearly cost (inf: none found), and the lower bound."""

    def __init__(self, arcs: Arcs, limits: Limits) -> None:
        self.arcs, self.limits = arcs, limits
        self.deadline = monotonic() + limits.seconds
        self.net = ArborescenceArcs(arcs)
        self.relaxation = Relaxation(arcs)
        self.best, self.cost = improve(self.net, [NONE] * arcs.nodes)
        self.bound = -inf
        self.status = "optimal"

    def solve(self) -> None:
        """Search until the gap is closed or a limit is reached."""
        if not self._add_cuts() or self._gap_closed():
            return
        if 2 * self.arcs.links > self.limits.exact_arcs:
            self.status = "heuristic"
            return
        left = NodeBudget(self.limits.gap, self.limits.nodes, self.deadline - monotonic())
        found = full_search(self.relaxation, self._start_point(), left)
        self._keep_found(found)
        self.bound = min(max(self.bound, found.bound), self.cost)
        if not found.completed:
            self.status = "limited"

    def _gap_closed(self) -> bool:
        return self._gap_within(self.limits.gap)

    def _gap_within(self, gap: float) -> bool:
        return self.cost < inf and self.cost - self.bound <= gap * abs(self.cost)

    def _add_cuts(self) -> bool:
        """Add cutting planes and run the heuristic on them; False: the problem is infeasible."""
        stalled, last = 0, -inf
        for count in range(self.limits.rounds):
            if not self.relaxation.solve():
                # No better solution exists: the best one found is optimal.
                self.bound = self.cost
                return self.cost < inf
            self.bound = max(self.bound, self.relaxation.bound)
            if self.cost < inf:
                self.relaxation.fix_by_reduced_cost(self.cost)
            added = self.relaxation.tighten()
            if not added or count % _SUGGEST_ROUNDS == 1:
                self._run_heuristics()
            raised = self.bound - last > _LITTLE * abs(self.bound)
            stalled, last = (0 if raised else stalled + 1), max(last, self.bound)
            if (
                not added
                or self._gap_closed()
                or stalled >= _PATIENCE
                or monotonic() > self.deadline
            ):
                break
        return True

    def _run_heuristics(self) -> None:
        """Run the heuristic along the arcs the relaxation uses, then local branching."""
        used = np.clip(self.relaxation.point[self.relaxation.columns.z], 0.0, 0.999)
        typical_kw = float(self.arcs.kw.mean()) if len(self.arcs.kw) else 0.0
        weight = self.arcs.fixed * (1 - used) + self.arcs.slope * typical_kw
        nothing = [NONE] * self.arcs.nodes
        self._keep(*improve(self.net, self.net.extend_paths(nothing, weight.tolist())))
        start = self._start_point()
        if start is not None and self._gap_within(_NEAR) and not self._gap_closed():
            found = local_branching(self.relaxation, start, self.deadline - monotonic())
            self._keep_found(found)

    def _start_point(self) -> NDArray[np.float64] | None:
        if self.cost == inf:
            return None
        return write_start(self.net, self.relaxation.columns, self.best)

    def _keep_found(self, found: SearchResult) -> None:
        if found.forest is not None:
            self._keep(found.forest, self.net.flows(found.forest).cost)

    def _keep(self, forest: Arborescence, cost: float) -> None:
        if cost < self.cost:
            self.best, self.cost = forest, cost

"""Branch and bound on the tightened relaxation, whole or near the best network known."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import highspy
import numpy as np

from gis.steiner.arborescence import NONE, Forest, Ground
from gis.steiner.relax import Relaxation, solver

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.steiner.arcs import Arcs
    from gis.steiner.mip import Columns

_AGREED = 0.02  # a column this near to its whole value in the best network is left at it
_NEAR_NODES = 100
_NEAR_GAP = 2e-4


class Found(NamedTuple):
    """The forest that was found (None: none), the bound, and whether the search came to an end."""

    forest: Forest | None
    bound: float
    ended: bool


class Budget(NamedTuple):
    """Relative gap, nodes and seconds after which branching stops."""

    gap: float
    nodes: int
    seconds: float


def whole_search(relaxation: Relaxation, start: NDArray[np.float64] | None, to: Budget) -> Found:
    """Everything, from the forest `start` (as a point) where one is known."""
    return _run(relaxation, relaxation.solver, start, to)


def near_search(relaxation: Relaxation, best: NDArray[np.float64], seconds: float) -> Found:
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
    return _run(relaxation, near, best, Budget(_NEAR_GAP, _NEAR_NODES, seconds))


def _run(
    relaxation: Relaxation, solver: highspy.Highs, start: NDArray[np.float64] | None, to: Budget
) -> Found:
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
        forest = read(relaxation.arcs, relaxation.columns, point)
    if status == highspy.HighsModelStatus.kInfeasible:
        return Found(None, np.inf, ended=True)
    return Found(forest, info.mip_dual_bound, status == highspy.HighsModelStatus.kOptimal)


def read(arcs: Arcs, columns: Columns, point: NDArray[np.float64]) -> Forest:
    """The forest that a whole point describes."""
    into = [NONE] * arcs.nodes
    for arc in np.flatnonzero(point[columns.z] > 0.5).tolist():
        into[int(arcs.head[arc])] = arc
    return Forest(into, (point[columns.x] > 0.5).tolist())


def write(ground: Ground, columns: Columns, forest: Forest) -> NDArray[np.float64]:
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

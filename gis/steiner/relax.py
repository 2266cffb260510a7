"""The linear relaxation, tightened by cutting planes: the proven lower bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import highspy
import numpy as np

from gis.steiner.cuts import inflow_cuts, reach_cuts
from gis.steiner.mip import formulate

if TYPE_CHECKING:
    from gis.steiner.arcs import Arcs
    from gis.steiner.cuts import Cut

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

"""Solve a contest for capacity as a MILP with lexicographic objectives."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd, prod
from typing import TYPE_CHECKING, NamedTuple

import highspy
import numpy as np
from scipy.sparse import csr_array

from gis.errors import NuantuError, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gis.decide.allocation import Contest
    from gis.decide.options import Choice

EXACT_UP_TO = 400  # villages; a larger contest may stop within GAP of its bound
GAP = 0.001
# Limits on nodes, not on time: the same input gives the same result on every machine.
NODES, NODES_OF_LARGE = 20_000, 200
_TOLERANCE = 1e-9
_BATCH = 2**24  # combinations per tie-break objective, so that weights are exact in a double


class Solution(NamedTuple):
    """The picks of a contest, and whether they are proven optimal.

    gap       largest share of an objective that the bound leaves open; 0: proven optimal
    settled   False where the search for equally good picks with a lower code was cut short
    """

    picks: tuple[int, ...]
    gap: float
    settled: bool


def solve_lexicographic(contest: Contest, exact_up_to: int = EXACT_UP_TO) -> Solution:
    """The best picks, objective by objective, with ties broken by village code.

    Args:
        contest: The villages and limits.
        exact_up_to: Above this number of villages, the search may stop within GAP of the bound.
    """
    model = _Model(contest, large=len(contest.villages) > exact_up_to)
    for tier in range(len(contest.choices[0][0].worth)):
        model.maximise(tier)
    gap = model.gap
    settled = not gap and model.break_ties()  # picks that may not be best have no ties
    return Solution(tuple(model.picks.tolist()), gap, settled)


@dataclass
class _Tier:
    """One objective in its largest common unit, its total, and its bound once solved."""

    objective: NDArray[np.float64]
    whole: float
    bound: float = 0.0


class _Model:
    """The MILP. Columns: a binary per choice of each village, then one per offered upgrade."""

    def __init__(self, contest: Contest, *, large: bool) -> None:
        self.contest = contest
        self.sizes = np.array([len(own) for own in contest.choices])
        self.first = np.concatenate([[0], np.cumsum(self.sizes)[:-1]])
        self.flat = [choice for own in contest.choices for choice in own]
        self.upgrades = [limit for limit in contest.limits if limit.added]
        self.columns = len(self.flat) + len(self.upgrades)
        self.worth = np.array([choice.worth for choice in self.flat], dtype=np.int64)
        self.use = _use(contest, self.flat)
        self.free = np.array([limit.free for limit in contest.limits])
        self.added = np.array([limit.added for limit in contest.limits])
        self.picks = self.sizes - 1  # the last choice always fits
        self.open = np.ones(len(self.flat), bool)
        self.allowed = GAP if large else 0.0
        self.tiers: list[_Tier] = []
        self.solver = _solver(NODES_OF_LARGE if large else NODES)
        self._add_columns()
        self._add_rows()

    def _add_columns(self) -> None:
        n = self.columns
        self.solver.addVars(n, np.zeros(n), np.ones(n))
        integral = np.ones(n, dtype=np.uint8)
        self.solver.changeColsIntegrality(n, np.arange(n, dtype=np.int32), integral)

    def _add_rows(self) -> None:
        for start, size in zip(self.first, self.sizes, strict=True):
            self._row(1.0, 1.0, range(start, start + size), [1] * size)
        extra = len(self.flat)
        for i, limit in enumerate(self.contest.limits):
            row = self.use[[i]]
            columns, values = row.indices.tolist(), row.data.tolist()
            if limit.added:
                columns.append(extra)
                values.append(-limit.added)
                extra += 1
            unit = _common_unit(values)
            scaled = [value // unit for value in values]
            self._row(-highspy.kHighsInf, limit.free // unit, columns, scaled)

    def _row(
        self, low: float, high: float, columns: Sequence[int], values: Sequence[float]
    ) -> None:
        self.solver.addRow(
            low, high, len(columns), np.array(columns, np.int32), np.array(values, float)
        )

    def maximise(self, tier: int) -> None:
        """Maximise objective number `tier`, and keep its value from then on."""
        worth, most = self.worth[:, tier], self._most(tier)
        costs = [0] * len(self.upgrades)
        if tier == self.worth.shape[1] - 1:
            costs = [-limit.fen_a for limit in self.upgrades]
        lost = np.where(self.open, worth - np.repeat(most, self.sizes), 0)
        objective = np.concatenate([lost, np.array(costs, dtype=np.int64)])
        if self._columns() @ objective != 0:
            unit = _common_unit(objective.tolist())
            whole = max(abs(int(most.sum())), abs(int(worth[self.first + self.picks].sum())))
            objective_tier = _Tier(objective / unit, whole / unit)
            self._solve(objective_tier)
            if self._value(objective_tier) != 0:
                self._keep(objective_tier)
                return
        self._close(np.flatnonzero(lost < 0))
        for i in np.flatnonzero(costs).tolist():
            self.solver.changeColBounds(len(self.flat) + i, 0.0, 0.0)

    def _most(self, tier: int) -> NDArray[np.int64]:
        """The largest value each village can add by a choice that is still open."""
        shut = np.iinfo(np.int64).min
        return np.maximum.reduceat(np.where(self.open, self.worth[:, tier], shut), self.first)

    def _close(self, columns: NDArray[np.intp]) -> None:
        for column in columns[self.open[columns]].tolist():
            self.solver.changeColBounds(column, 0.0, 0.0)
        self.open[columns] = False

    def _keep(self, tier: _Tier) -> None:
        """Bound this objective below by the value reached; large contests get some tolerance."""
        used = np.flatnonzero(tier.objective)
        floor = self._value(tier) - max(0.5, self.allowed / 2 * tier.whole)
        self._row(floor, highspy.kHighsInf, used.tolist(), tier.objective[used].tolist())

    def _value(self, tier: _Tier) -> float:
        return float(tier.objective @ self._columns())

    def _solve(self, tier: _Tier) -> bool:
        """Maximise an objective from the current picks, and keep the better picks.

        Returns:
            Whether the optimum is proven.
        """
        n = self.columns
        index = np.arange(n, dtype=np.int32)
        self.solver.changeColsCost(n, index, -tier.objective)
        self.solver.setSolution(n, index, self._columns())
        tolerance = max(0.5, self.allowed / 2 * tier.whole)
        self.solver.setOptionValue("mip_abs_gap", tolerance)
        self.solver.run()
        found = np.asarray(self.solver.getSolution().col_value)
        picks = np.array(
            [part.argmax() for part in np.split(found[: len(self.flat)], self.first[1:])]
        )
        self._check_fits(picks)
        self.picks = picks
        tier.bound = -self.solver.getInfo().mip_dual_bound
        self.tiers.append(tier)
        return not self._below_bound(tier)

    def _below_bound(self, tier: _Tier) -> float:
        """How far the picks are below the bound of an objective; less than one unit counts as 0."""
        left = tier.bound - self._value(tier)
        return left if left >= 1 - 1e-6 else 0.0

    @property
    def gap(self) -> float:
        """The largest share of an objective that its bound leaves open."""
        return max(
            (self._below_bound(tier) / max(tier.whole, 1.0) for tier in self.tiers), default=0.0
        )

    def _columns(self) -> NDArray[np.float64]:
        """The picks as column values, with only the upgrades they need."""
        columns = np.zeros(self.columns)
        columns[self.first + self.picks] = 1.0
        over = self._drawn(self.picks) > self.free
        columns[len(self.flat) :] = over[self.added > 0]
        return columns

    def _drawn(self, picks: NDArray[np.int64]) -> NDArray[np.int64]:
        chosen = np.zeros(len(self.flat), dtype=np.int64)
        chosen[self.first + picks] = 1
        return np.asarray(self.use @ chosen)

    def _check_fits(self, picks: NDArray[np.int64]) -> None:
        if (self._drawn(picks) > self.free + self.added).any():
            raise NuantuError(
                Text(
                    "求解器给出的分配超出容量，结果不可用；请保留输入并报告此问题。",
                    "The solver returned an allocation beyond capacity, so there is no "
                    "result; keep the input and report this.",
                )
            )

    def break_ties(self) -> bool:
        """Among equally good solutions, pick the one with earlier choices for lower codes.

        Returns:
            Whether this was completed within the node limit.
        """
        settled, movable = self._movable()
        for batch in self._batches(movable):
            objective = np.zeros(self.columns)
            weight = 1
            for village in reversed(batch):
                start, size = self.first[village], self.sizes[village]
                objective[start : start + size] = -weight * np.arange(size)
                weight *= int(size)
            settled &= not objective.any() or self._solve(_Tier(objective, 1.0))
            self._fix(batch)
        return settled

    def _movable(self) -> tuple[bool, list[int]]:
        """The villages that some equally good solution treats differently; fixes all others."""
        best, movable = self.picks, np.zeros(len(self.sizes), bool)
        while True:
            objective = np.repeat(~movable, self.sizes).astype(float)
            objective[self.first + best] = 0.0
            objective[~self.open] = 0.0
            objective = np.concatenate([objective, np.zeros(len(self.upgrades))])
            settled = not objective.any() or self._solve(_Tier(objective, 1.0))
            moved = (self.picks != best) & ~movable
            self.picks = best
            if not moved.any():
                break
            movable |= moved
        self._fix(np.flatnonzero(~movable).tolist())
        return settled, np.flatnonzero(movable).tolist()

    def _batches(self, villages: list[int]) -> list[list[int]]:
        """Villages in the order of their codes, in batches that one objective can hold exactly."""
        batches: list[list[int]] = []
        for village in villages:
            together = prod(int(self.sizes[v]) for v in batches[-1]) if batches else _BATCH
            if together * int(self.sizes[village]) > _BATCH:
                batches.append([])
            batches[-1].append(village)
        return batches

    def _fix(self, villages: list[int]) -> None:
        for village in villages:
            start, size = int(self.first[village]), int(self.sizes[village])
            own = np.arange(start, start + size)
            self._close(own[own != start + self.picks[village]])


def _use(contest: Contest, flat: Sequence[Choice]) -> csr_array:
    """Draw of each choice on each limit, shape (limits, choices)."""
    place = {limit.resource: i for i, limit in enumerate(contest.limits)}
    cells = [
        (place[resource], column, amount)
        for column, choice in enumerate(flat)
        for resource, amount in choice.use.items()
        if resource in place
    ]
    rows, columns, amounts = zip(*cells, strict=True)
    shape = (len(contest.limits), len(flat))
    return csr_array((np.array(amounts, dtype=np.int64), (rows, columns)), shape=shape)


def _solver(nodes: int) -> highspy.Highs:
    solver = highspy.Highs()
    for option, value in {
        "output_flag": False,
        "threads": 1,
        "random_seed": 0,
        "mip_rel_gap": 0.0,
        "mip_max_nodes": nodes,
        "mip_feasibility_tolerance": _TOLERANCE,
        "primal_feasibility_tolerance": _TOLERANCE,
    }.items():
        solver.setOptionValue(option, value)
    return solver


def _common_unit(amounts: Sequence[int]) -> int:
    """The greatest common divisor of `amounts`; 1 if all are 0."""
    return gcd(*amounts) or 1

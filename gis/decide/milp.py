"""A contest for capacity as a mixed-integer programme, solved one objective after the other."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import highspy
import numpy as np

from gis.decide.contention import Contest, coarsest
from gis.errors import NuantuError, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NODES = 20_000  # a limit of nodes, not of time: the same input gives the same answer everywhere
_EXACT = 1e-9
_BATCH = 2**24  # tie-breaks are settled so many combinations at a time, safely within a double


def lexicographic(contest: Contest, nodes: int = NODES) -> tuple[tuple[int, ...], float]:
    """The best picks, and the largest relative gap left open by the limit on nodes (0: proven)."""
    model = _Model(contest, nodes)
    for tier in range(len(contest.choices[0][0].worth)):
        model.maximise(tier)
    model.break_ties()
    return model.picks, model.gap


class _Model:
    """Columns: one binary for each choice of each village, then one for each offered upgrade."""

    def __init__(self, contest: Contest, nodes: int) -> None:
        self.contest = contest
        sizes = [len(own) for own in contest.choices]
        self.first = np.concatenate([[0], np.cumsum(sizes)])
        self.upgrades = [limit for limit in contest.limits if limit.added]
        self.columns = int(self.first[-1]) + len(self.upgrades)
        self.picks = tuple(size - 1 for size in sizes)  # the last choice always fits
        self.open = np.ones(int(self.first[-1]), bool)
        self.gap = 0.0
        self.solver = _solver(nodes)
        self._add_columns()
        self._add_rows()

    def _add_columns(self) -> None:
        n = self.columns
        index = np.arange(n, dtype=np.int32)
        self.solver.addVars(n, np.zeros(n), np.ones(n))
        self.solver.changeColsIntegrality(n, index, np.ones(n, dtype=np.uint8))

    def _add_rows(self) -> None:
        for start, end in zip(self.first, self.first[1:], strict=False):
            own = range(int(start), int(end))
            self._row(1.0, 1.0, own, [1] * len(own))
        flat = [choice for own in self.contest.choices for choice in own]
        extra = {limit.resource: int(self.first[-1]) + i for i, limit in enumerate(self.upgrades)}
        for limit in self.contest.limits:
            amounts = [choice.use.get(limit.resource, 0) for choice in flat]
            unit = coarsest([*amounts, limit.added])
            columns = [i for i, amount in enumerate(amounts) if amount]
            values = [amounts[i] // unit for i in columns]
            if limit.added:
                columns.append(extra[limit.resource])
                values.append(-limit.added // unit)
            self._row(-highspy.kHighsInf, limit.free // unit, columns, values)

    def _row(
        self, low: float, high: float, columns: Sequence[int], values: Sequence[float]
    ) -> None:
        self.solver.addRow(
            low, high, len(columns), np.array(columns, np.int32), np.array(values, float)
        )

    def maximise(self, tier: int) -> None:
        """Make entry `tier` of the worth as large as can be, and keep it so from now on."""
        worth = self._worth(tier)
        last = tier == len(self.contest.choices[0][0].worth) - 1
        costs = [limit.fen_a for limit in self.upgrades] if last else [0] * len(self.upgrades)
        most = self._most(worth)
        if self._value(worth) == sum(most) and not any(costs):
            self._close(worth, most)
            return
        objective = self._scaled(worth, most, costs)
        self._solve(objective)
        if self._value(worth) == sum(most) and not any(costs):
            self._close(worth, most)
            return
        reached = float(objective @ self._columns())
        used = np.flatnonzero(objective)
        self._row(reached - 0.5, highspy.kHighsInf, used.tolist(), objective[used].tolist())

    def _worth(self, tier: int) -> NDArray[np.int64]:
        return np.array(
            [choice.worth[tier] for own in self.contest.choices for choice in own], dtype=np.int64
        )

    def _most(self, worth: NDArray[np.int64]) -> list[int]:
        """The most each village could add by a choice that is still open."""
        shut = np.iinfo(np.int64).min
        values = np.where(self.open, worth, shut)
        return np.maximum.reduceat(values, self.first[:-1]).tolist()

    def _value(self, worth: NDArray[np.int64]) -> int:
        return int(worth[self.first[:-1] + np.array(self.picks)].sum())

    def _close(self, worth: NDArray[np.int64], most: list[int]) -> None:
        """Everybody has the most there is: choices that give less are out."""
        self._shut(np.flatnonzero(worth < np.repeat(most, np.diff(self.first))))

    def _shut(self, columns: NDArray[np.intp]) -> None:
        for column in columns[self.open[columns]]:
            self.solver.changeColBounds(int(column), 0.0, 0.0)
        self.open[columns] = False

    def _scaled(
        self, worth: NDArray[np.int64], most: list[int], costs: list[int]
    ) -> NDArray[np.float64]:
        """The objective in its coarsest unit, less what every village gets anyway."""
        lost = np.where(self.open, worth - np.repeat(most, np.diff(self.first)), 0)
        whole = np.concatenate([lost, -np.array(costs, dtype=np.int64)])
        return whole / coarsest(whole.tolist())

    def _solve(self, objective: NDArray[np.float64]) -> None:
        """Maximise `objective` from the picks at hand; keeps the better picks and the gap."""
        n = self.columns
        start = self._columns()
        self.solver.changeColsCost(n, np.arange(n, dtype=np.int32), -objective)
        self.solver.setSolution(n, np.arange(n, dtype=np.int32), start)
        self.solver.run()
        found = np.asarray(self.solver.getSolution().col_value)
        picks = self._read(found)
        self._must_fit(picks)
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            bound = -self.solver.getInfo().mip_dual_bound
            self.gap = max(self.gap, abs(bound - float(objective @ found)) / max(1.0, abs(bound)))
        self.picks = picks

    def _columns(self) -> NDArray[np.float64]:
        """The picks as columns, with just the upgrades they need."""
        columns = np.zeros(self.columns)
        columns[self.first[:-1] + np.array(self.picks)] = 1.0
        for i, limit in enumerate(self.upgrades):
            if self._drawn(limit.resource, self.picks) > limit.free:
                columns[int(self.first[-1]) + i] = 1.0
        return columns

    def _read(self, columns: NDArray[np.float64]) -> tuple[int, ...]:
        parts = np.split(columns[: self.first[-1]], self.first[1:-1])
        return tuple(int(part.argmax()) for part in parts)

    def _drawn(self, resource: int, picks: tuple[int, ...]) -> int:
        own = zip(self.contest.choices, picks, strict=True)
        return sum(choices[i].use.get(resource, 0) for choices, i in own)

    def _must_fit(self, picks: tuple[int, ...]) -> None:
        for limit in self.contest.limits:
            if self._drawn(limit.resource, picks) > limit.free + limit.added:
                raise NuantuError(
                    Text(
                        "求解器给出的分配超出容量，结果不可用；请保留输入并报告此问题。",
                        "The solver returned an allocation beyond capacity, so there is no "
                        "result; keep the input and report this.",
                    )
                )

    def break_ties(self) -> None:
        """Of all that are equally good, the one that gives the lowest code its earlier choice."""
        for batch in self._batches():
            if all(self.picks[v] == self._lowest(v) for v in batch):
                self._fix(batch)
                continue
            objective = np.zeros(self.columns)
            weight = 1
            for village in reversed(batch):
                start, end = self.first[village], self.first[village + 1]
                objective[start:end] = -weight * np.arange(end - start)
                weight *= int(end - start)
            self._solve(objective)
            self._fix(batch)

    def _batches(self) -> list[list[int]]:
        """Villages in the order of their codes, so many at a time as one objective can hold."""
        batches: list[list[int]] = [[]]
        for village, own in enumerate(self.contest.choices):
            sizes = [len(self.contest.choices[v]) for v in batches[-1]]
            if prod(sizes) * len(own) > _BATCH:
                batches.append([])
            batches[-1].append(village)
        return batches

    def _lowest(self, village: int) -> int:
        start, end = self.first[village], self.first[village + 1]
        return int(self.open[start:end].argmax())

    def _fix(self, batch: list[int]) -> None:
        for village in batch:
            start, end = int(self.first[village]), int(self.first[village + 1])
            others = [c for c in range(start, end) if c - start != self.picks[village]]
            self._shut(np.array(others, dtype=np.intp))


def _solver(nodes: int) -> highspy.Highs:
    solver = highspy.Highs()
    for option, value in {
        "output_flag": False,
        "threads": 1,
        "random_seed": 0,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 0.5,  # every objective is whole
        "mip_max_nodes": nodes,
        "mip_feasibility_tolerance": _EXACT,
        "primal_feasibility_tolerance": _EXACT,
    }.items():
        solver.setOptionValue(option, value)
    return solver

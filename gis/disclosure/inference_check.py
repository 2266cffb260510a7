"""How closely can anybody reckon a count from all that was published? By linear programme.

Whoever has every public edition knows how counts are rounded and held, and how they go with each
other (`gis.disclosure.ties`). The least and the greatest value that each count can have under all of
that together is what he can know of it. What an official verdict says by itself is left aside:
nobody is "not cleared" in a zone that is signed off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import highspy
import numpy as np

from gis.disclosure.rounding import ANY, Blur, Published
from gis.disclosure.ties import Cell, Rule, families, rules, settled

Limits = tuple[int, int]


class Narrow(NamedTuple):
    """A count of which too much can be known: it lies from `low` to `high`."""

    edition: int
    key: str
    low: float
    high: float


def narrow_in(editions: Sequence[Published], blur: Blur) -> list[Narrow]:
    """The counts of `editions`, oldest first, that can be bounded to less than `blur.move`."""
    found = [narrow_family(cells, editions, blur) for cells in families(editions)]
    return sorted(one for family in found for one in family)


def narrow_family(cells: Sequence[Cell], editions: Sequence[Published], blur: Blur) -> list[Narrow]:
    """Those of `cells`, which hang together, that can be bounded to less than `blur.move`."""
    limits = {cell: limits_of(cell, editions, blur) for cell in cells}
    binding = [one for one in rules(cells, editions, blur) if _binds(one, limits)]
    tied = sorted({cell for rule in binding for cell in (*rule.less, *rule.more)})
    programme = _Programme(tied, [limits[cell] for cell in tied], binding) if tied else None
    found = []
    for cell in cells:
        if settled(editions[cell[0]], cell[1]):
            continue
        bound = programme is not None and cell in programme
        low, high = programme.range_of(cell) if programme and bound else limits[cell]
        if not high - low >= blur.move:  # NaN: it contradicts itself
            found.append(Narrow(*cell, low, high))
    return found


def _binds(rule: Rule, limits: Mapping[Cell, Limits]) -> bool:
    """Whether the limits alone leave the rule open."""
    most, least = (
        sum(limits[cell][1] for cell in rule.less),
        sum(limits[cell][0] for cell in rule.more),
    )
    return most > least - rule.apart


def limits_of(cell: Cell, editions: Sequence[Published], blur: Blur) -> Limits:
    """What the published value says, and what else is said of it.

    A value tells more where it was just set than where it was held.
    """
    number, key = cell
    edition = editions[number]
    if settled(edition, key):
        return 0, 0
    value, (least, most) = edition.counts[key], edition.known.get(key, ANY)
    held = number > 0 and editions[number - 1].counts.get(key) == value
    spread = max(blur.move - 1, 0) if held else 0
    low = least if value <= blur.floor(least) else blur.low(value) - spread
    high = blur.high(value) + spread
    return max(low, least, 0), high if most is None else min(high, most)


class _Programme:
    """A family's cells as columns, its rules as rows, solved for one cell after the other."""

    def __init__(
        self, cells: Sequence[Cell], limits: Sequence[tuple[int, int]], known: Sequence[Rule]
    ) -> None:
        self._place = {cell: number for number, cell in enumerate(cells)}
        low, high = np.array(limits, dtype=float).T
        self._solver = highspy.Highs()
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        self._solver.addVars(len(cells), low, high)
        for rule in known:
            self._add(rule)

    def _add(self, rule: Rule) -> None:
        columns = [self._place[cell] for cell in (*rule.less, *rule.more)]
        signs = [1.0] * len(rule.less) + [-1.0] * len(rule.more)
        index = np.array(columns, np.int32)
        most = -float(rule.apart)
        self._solver.addRow(-highspy.kHighsInf, most, len(columns), index, np.array(signs))

    def __contains__(self, cell: Cell) -> bool:
        return cell in self._place

    def range_of(self, cell: Cell) -> tuple[float, float]:
        """The least and the greatest value of the cell; NaN where the rules leave none."""
        low, high = (self._least(self._place[cell], sign) for sign in (1.0, -1.0))
        return low, high

    def _least(self, column: int, sign: float) -> float:
        self._solver.changeColCost(column, sign)
        self._solver.run()
        solved = self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        worth = self._solver.getInfo().objective_function_value
        self._solver.changeColCost(column, 0.0)
        return sign * worth if solved else float("nan")

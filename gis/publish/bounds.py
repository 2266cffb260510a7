"""How closely can anybody reckon a count from all that was published? By linear programme.

Whoever has every public edition knows how counts are rounded and held, and how they go with each
other (`gis.publish.ties`). The least and the greatest value that each count can have under all of
that together is what he can know of it. What an official verdict says by itself is left aside:
nobody is "not cleared" in a zone that is signed off.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import highspy
import numpy as np

from gis.publish import kept
from gis.publish.counts import MEMORY, Blur, Link
from gis.publish.places import EDITIONS, MANIFEST
from gis.publish.swap import standing
from gis.publish.ties import Cell, Published, Rule, families, rules, settled


class Narrow(NamedTuple):
    """A count of which too much can be known: it lies from `low` to `high`."""

    edition: int
    key: str
    low: float
    high: float


def narrow(folder: Path, blur: Blur) -> list[Narrow]:
    """The counts of the publication in `folder`, and of the editions it keeps, known too closely.

    blur: the rules they were published by.

    Raises:
        PublicationError: it is halfway and cannot be recovered there.
    """
    return narrow_in(history(folder), blur)


def narrow_in(editions: Sequence[Published], blur: Blur) -> list[Narrow]:
    """The counts of `editions`, oldest first, that can be bounded to less than `blur.move`."""
    found = []
    for cells in families(editions):
        limits = [_limits(cell, editions, blur) for cell in cells]
        programme = _Programme(cells, limits, rules(cells, editions, blur))
        for cell in cells:
            low, high = programme.range_of(cell)
            official = settled(editions[cell[0]], cell[1])
            if not (official or high - low >= blur.move):  # NaN: it contradicts itself
                found.append(Narrow(*cell, low, high))
    return sorted(found)


def history(folder: Path) -> list[Published]:
    """Published values alone, in order of as-of day: what is not public is left aside."""
    dated = []
    with standing(folder) as whole:
        for place in (*(whole / EDITIONS / name for name in kept.names(whole)), whole):
            if (place / MEMORY).is_file():
                day = json.loads((place / MANIFEST).read_text("utf-8"))["project"]["as_of"]
                dated.append((day, _published(json.loads((place / MEMORY).read_text("utf-8")))))
    return [published for _, published in sorted(dated, key=lambda one: one[0])]


def _published(told: Mapping[str, Mapping]) -> Published:
    zones = {
        zone: Link(
            tuple(link["whole"]),
            None if link["touched"] is None else tuple(link["touched"]),
            link["verdict"],
        )
        for zone, link in told.get("zones", {}).items()
    }
    return Published({key: int(pair[0]) for key, pair in told["counts"].items()}, zones)


def _limits(cell: Cell, editions: Sequence[Published], blur: Blur) -> tuple[int, int]:
    """What the published value alone says: more where it was just set than where it was held."""
    number, key = cell
    if settled(editions[number], key):
        return 0, 0
    value = editions[number].counts[key]
    held = number > 0 and editions[number - 1].counts.get(key) == value
    spread = max(blur.move - 1, 0) if held else 0
    return max(blur.low(value) - spread, 0), blur.high(value) + spread


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

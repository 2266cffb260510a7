"""How closely can anybody reckon a count from all that was published? By linear programme.

Whoever has every public edition knows how counts are rounded and held, which are parts of which,
and that a cumulative series does not fall. The least and the greatest value that each count can
have under all of that together is what he can know of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from gis.publish import kept
from gis.publish.counts import MEMORY, Blur
from gis.publish.places import EDITIONS, MANIFEST
from gis.publish.swap import standing

Cell = tuple[int, str]  # number of the edition, key of the count
Published = Mapping[str, int]


class Narrow(NamedTuple):
    """A count of which too much can be known: it lies from `low` to `high`."""

    edition: int
    key: str
    low: float
    high: float


class Rule(NamedTuple):
    """The sum of `less` is at most the sum of `more`, minus `apart`."""

    less: tuple[Cell, ...]
    more: tuple[Cell, ...]
    apart: int = 0


def narrow(folder: Path, blur: Blur) -> list[Narrow]:
    """The counts of the publication in `folder`, and of the editions it keeps, known too closely.

    blur: the rules they were published by.

    Raises:
        PublicationError: it is halfway and cannot be recovered there.
    """
    return narrow_in(_history(folder), blur)


def narrow_in(editions: Sequence[Published], blur: Blur) -> list[Narrow]:
    """The counts of `editions`, oldest first, that can be bounded to less than `blur.move`."""
    found = []
    for cells in _together(editions):
        found += _narrow(cells, _limits(cells, editions, blur), _rules(cells, editions), blur)
    return sorted(found)


def _history(folder: Path) -> list[Published]:
    """Published values alone, in order of as-of day: what is not public is left aside."""
    dated = []
    with standing(folder) as whole:
        for place in (*(whole / EDITIONS / name for name in kept.names(whole)), whole):
            if (place / MEMORY).is_file():
                day = json.loads((place / MANIFEST).read_text("utf-8"))["project"]["as_of"]
                counts = json.loads((place / MEMORY).read_text("utf-8"))["counts"]
                dated.append((day, {key: int(pair[0]) for key, pair in counts.items()}))
    return [published for _, published in sorted(dated, key=lambda one: one[0])]


def _together(editions: Sequence[Published]) -> Iterator[list[Cell]]:
    """Cells that hang together: those of one group of villages, or of one zone or unit."""
    families: dict[str, list[Cell]] = {}
    for number, published in enumerate(editions):
        groups = {key.split(":")[0] for key in published if key.endswith(":households")}
        heads = {code: group for group in groups for code in group.split("+")}
        for key in published:
            families.setdefault(_family(key, heads), []).append((number, key))
    yield from (families[name] for name in sorted(families))


def _family(key: str, heads: Mapping[str, str]) -> str:
    kind, name, *_ = key.split(":")
    if kind == "gap":
        return heads[name]
    return f"{kind}:{name}" if kind in ("zone", "unit") else kind


def _limits(
    cells: Sequence[Cell], editions: Sequence[Published], blur: Blur
) -> dict[Cell, tuple[int, int]]:
    """What the published value alone says: more where it was just set than where it was held."""
    limits = {}
    for number, key in cells:
        value = editions[number][key]
        held = number > 0 and editions[number - 1].get(key) == value
        spread = max(blur.move - 1, 0) if held else 0
        limits[number, key] = (max(blur.low(value) - spread, 0), blur.high(value) + spread)
    return limits


def _rules(cells: Sequence[Cell], editions: Sequence[Published]) -> list[Rule]:
    rules = list(_of_whole(cells)) + list(_of_series(cells))
    for number, key in cells:
        before = editions[number - 1].get(key) if number else None
        if before is not None and before != editions[number][key]:
            now, then = (number, key), (number - 1, key)
            up = editions[number][key] > before
            rules.append(Rule((then,), (now,), 1) if up else Rule((now,), (then,), 1))
    return rules


def _of_whole(cells: Sequence[Cell]) -> Iterator[Rule]:
    """Pending and converted households are distinct parts of all; gaps are parts of pending."""
    known = set(cells)
    for number in sorted({number for number, _ in cells}):
        keys = [key for edition, key in cells if edition == number]
        heads = {key.removesuffix(":households") for key in keys if key.endswith(":households")}
        for head in heads:
            whole, pending = (number, f"{head}:households"), (number, f"{head}:pending")
            modes = [key for key in keys if key.endswith((":late", ":stock"))]
            done = [max(mine) for mine in _series(keys).values()]
            parts = [pending, *((number, key) for key in [*modes, *done])]
            yield Rule(tuple(part for part in parts if part in known), (whole,))
            gaps = tuple((number, key) for key in keys if key.startswith("gap:"))
            if gaps and pending in known:
                yield Rule(gaps, (pending,))
            yield from (Rule(((number, key),), (whole,)) for key in keys if key.endswith(":batch"))


def _of_series(cells: Sequence[Cell]) -> Iterator[Rule]:
    """Completed by the end of a month is no less than by the end of the month before."""
    for number in sorted({number for number, _ in cells}):
        keys = [key for edition, key in cells if edition == number]
        for steps in _series(keys).values():
            ordered = sorted(steps)
            for one, other in pairwise(ordered):
                yield Rule(((number, one),), ((number, other),))


def _series(keys: Sequence[str]) -> dict[str, list[str]]:
    series: dict[str, list[str]] = {}
    for key in keys:
        head, _, _ = key.rpartition(":")
        if head.endswith(":completed"):
            series.setdefault(head, []).append(key)
    return series


def _narrow(
    cells: Sequence[Cell],
    limits: Mapping[Cell, tuple[int, int]],
    rules: Sequence[Rule],
    blur: Blur,
) -> list[Narrow]:
    place = {cell: number for number, cell in enumerate(cells)}
    matrix, right = _matrix(rules, place)
    bounds = [limits[cell] for cell in cells]
    found = []
    for cell in cells:
        ends = []
        for sign in (1.0, -1.0):
            goal = np.zeros(len(cells))
            goal[place[cell]] = sign
            solved = linprog(goal, A_ub=matrix, b_ub=right, bounds=bounds, method="highs")
            ends.append(sign * solved.fun if solved.success else float("nan"))
        low, high = ends
        if not high - low >= blur.move:  # NaN: what is published contradicts itself
            found.append(Narrow(*cell, low, high))
    return found


def _matrix(rules: Sequence[Rule], place: Mapping[Cell, int]) -> tuple[coo_array, np.ndarray]:
    entries = [
        (row, place[cell], sign)
        for row, rule in enumerate(rules)
        for sign, side in ((1.0, rule.less), (-1.0, rule.more))
        for cell in side
    ]
    rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
    shape = (len(rules), len(place))
    return coo_array((values, (rows, columns)), shape=shape), np.array(
        [-float(rule.apart) for rule in rules]
    )

"""What no part can know alone, settled from the parts' files without holding them all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.errors import InputError, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_AT_ONCE = 4_000_000  # values held at a time
_SHOWN = 5


def refuse(twice: Sequence[str]) -> None:
    """Refuse a ledger in which some ids stand twice.

    Raises:
        InputError: there are some.
    """
    if twice:
        shown = "、".join(twice[:_SHOWN])
        raise InputError(
            Text(
                f"台账里有 {len(twice)} 个户编号不止一行，如 {shown}；"
                "请核对台账，使每个编号只有一行算数。",
                f"{len(twice)} household ids are in the ledger more than once, such as "
                f"{shown}; correct the ledger so that one row of each counts.",
            )
        )


def marks_of(ids: NDArray) -> NDArray[np.uint64]:
    """A mark of each id, of 64 bits: two ids hardly ever have one."""
    return pd.util.hash_array(ids, categorize=False).astype(np.uint64)


def among(marks: NDArray[np.uint64], some: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of some marks are among `marks`, ascending."""
    if not len(marks):
        return np.zeros(len(some), bool)
    at = np.searchsorted(marks, some).clip(max=len(marks) - 1)
    return np.asarray(marks[at] == some)


def doubled(paths: Sequence[Path]) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """The marks, ascending, that the `.ids` of all parts hold more than once, and how often.

    The marks of each part are ascending.
    """
    rows = sum(path.with_suffix(".ids").stat().st_size for path in paths) // 8
    rounds = max(1, -(-rows // _AT_ONCE))
    edges = np.linspace(0, 2.0**64, rounds + 1)[1:-1].astype(np.uint64)
    cuts, found = [], [(np.zeros(0, np.uint64), np.zeros(0, np.intp))]
    for path in paths:
        own = _values(path, ".ids", np.uint64)
        cuts.append(np.concatenate([[0], np.searchsorted(own, edges), [len(own)]]))
    for number in range(rounds):
        some = _slices(paths, ".ids", np.uint64, cuts, number)
        marks, times = np.unique(some, return_counts=True)
        found.append((marks[times > 1], times[times > 1]))
    marks, times = map(np.concatenate, zip(*found, strict=True))
    return marks, times


def _values(path: Path, suffix: str, kind: type[np.generic]) -> NDArray:
    """All the values of one part, in ascending order where it is asked for a slice of them."""
    return np.fromfile(path.with_suffix(suffix), kind)


def _slices(
    paths: Sequence[Path],
    suffix: str,
    kind: type[np.generic],
    cuts: Sequence[NDArray],
    number: int,
) -> NDArray:
    """The values of every part between a cut of its own and the next, one after the other."""
    size, found = np.dtype(kind).itemsize, [np.zeros(0, kind)]
    for path, cut in zip(paths, cuts, strict=True):
        first, last = cut[number : number + 2].tolist()
        file = path.with_suffix(suffix)
        found.append(np.fromfile(file, kind, last - first, offset=first * size))
    return np.concatenate(found)

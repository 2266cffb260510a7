"""What no part can know alone, settled from the parts' files without holding them all."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gis.errors import InputError, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_AT_ONCE = 4_000_000  # values held at a time
_SHOWN = 5


def medians_m(paths: Sequence[Path], codes: NDArray) -> pd.Series:
    """The median distance to a pipe [m] of each village's households out of reach, by code.

    Exact: villages are taken in groups small enough that all their distances fit in memory.
    """
    village = [_mapped(path, ".village", np.int32) for path in paths]
    metres = [_mapped(path, ".metres", np.float64) for path in paths]
    counts = np.zeros(len(codes), np.int64)
    for own in village:
        counts += np.bincount(own, minlength=len(codes))
    group = np.cumsum(counts) // _AT_ONCE
    edges = np.searchsorted(group, np.arange(int(group[-1]) + 2)) if len(group) else [0]
    found = []
    for first, last in pairwise(edges):
        cuts = [np.searchsorted(own, [first, last]) for own in village]
        whose = np.concatenate([own[a:b] for own, (a, b) in zip(village, cuts, strict=True)])
        far_m = np.concatenate([own[a:b] for own, (a, b) in zip(metres, cuts, strict=True)])
        found.append(pd.Series(far_m).groupby(whose).median())
    whole = pd.concat(found) if found else pd.Series(dtype=float)
    return whole.set_axis(codes[whole.index.to_numpy(np.intp)])


def refuse_doubles(paths: Sequence[Path]) -> None:
    """Refuse a ledger in which a household that counts is found twice.

    Raises:
        InputError: naming some of them.
    """
    marks = [_mapped(path, ".ids", np.uint64) for path in paths]
    rounds = max(1, -(-sum(map(len, marks)) // _AT_ONCE))
    edges = np.linspace(0, 2.0**64, rounds + 1)[1:-1].astype(np.uint64)
    cuts = [np.concatenate([[0], np.searchsorted(own, edges), [len(own)]]) for own in marks]
    for number in range(rounds):
        slices = [own[cut[number] : cut[number + 1]] for own, cut in zip(marks, cuts, strict=True)]
        some = np.sort(np.concatenate(slices)) if slices else np.zeros(0, np.uint64)
        twice = np.unique(some[1:][some[1:] == some[:-1]])
        if len(twice) and (names := _named_twice(paths, marks, twice)):
            shown = "、".join(names[:_SHOWN])
            raise InputError(
                Text(
                    f"台账里有 {len(names)} 个户编号不止一行，如 {shown}；"
                    "请核对台账，使每个编号只有一行算数。",
                    f"{len(names)} household ids are in the ledger more than once, such as "
                    f"{shown}; correct the ledger so that one row of each counts.",
                )
            )


def _named_twice(
    paths: Sequence[Path], marks: Sequence[NDArray[np.uint64]], twice: NDArray[np.uint64]
) -> list[str]:
    """The ids themselves: two ids may have one mark, and are then no double."""
    ids: list[str] = []
    for path, own in zip(paths, marks, strict=True):
        if np.isin(twice, own).any():
            table = pq.read_table(path, columns=["household_id", "status"])
            counted = table.filter(pc.not_equal(table["status"], "rejected"))["household_id"]
            names = counted.drop_null().to_numpy(zero_copy_only=False)
            hit = np.isin(pd.util.hash_array(names.astype(object), categorize=False), twice)
            ids += names[hit].tolist()
    counts = pd.Series(ids, dtype=object).value_counts()
    return sorted(counts.index[counts > 1])


def _mapped(path: Path, suffix: str, kind: type) -> NDArray:
    file = path.with_suffix(suffix)
    if not file.stat().st_size:
        return np.zeros(0, kind)
    return np.memmap(file, kind, mode="r")

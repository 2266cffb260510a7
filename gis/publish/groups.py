"""Villages counted together, so that no published count speaks of a few homes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

Group = tuple[str, ...]


def count_groups(
    villages: pd.DataFrame, least: int, before: Iterable[Sequence[str]]
) -> list[Group]:
    """Every village in exactly one group of one township; a group of one counts for itself.

    A village of fewer than `least` homes joins the nearest group of its township until the group
    has as many. Villages that were counted together `before` stay so. A group that has too few
    all the same is the whole township: its counts are to be withheld.

    villages: village_code, township_code, households, x, y [m].
    """
    groups: list[Group] = []
    for _, mine in villages.groupby("township_code", sort=True):
        groups += _of_township(mine.set_index("village_code").sort_index(), least, before)
    return sorted(groups)


def head_of(group: Group, households: pd.Series) -> str:
    """The member under whose name the group's counts stand: the largest, of equals the first."""
    return min(group, key=lambda code: (-int(households[code]), code))


def _of_township(mine: pd.DataFrame, least: int, before: Iterable[Sequence[str]]) -> list[Group]:
    groups = _kept(mine.index.tolist(), before)
    while True:
        small = [
            group for group in groups if int(mine.loc[list(group), "households"].sum()) < least
        ]
        if not small or len(groups) == 1:
            return groups
        first = small[0]
        others = [group for group in groups if group != first]
        near = min(others, key=lambda group: (_apart(mine, first, group), group))
        groups = sorted([*(g for g in others if g != near), tuple(sorted(first + near))])


def _kept(codes: list[str], before: Iterable[Sequence[str]]) -> list[Group]:
    groups = [tuple(sorted(set(group) & set(codes))) for group in before]
    kept = [group for group in groups if group]
    grouped = {code for group in kept for code in group}
    return sorted(kept + [(code,) for code in codes if code not in grouped])


def _apart(mine: pd.DataFrame, one: Group, other: Group) -> float:
    a, b = (mine.loc[list(group), ["x", "y"]].to_numpy(float) for group in (one, other))
    return float(np.hypot(*(a[:, None, :] - b[None, :, :]).transpose(2, 0, 1)).min())

"""Villages counted together, so that no published count speaks of a few homes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import dist

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
    together = [frozenset(group) for group in before]
    groups: list[Group] = []
    for _, mine in villages.groupby("township_code", sort=True):
        groups += _of_township(_Places.of(mine), least, together)
    return sorted(groups)


@dataclass(frozen=True)
class _Places:
    """The villages of a township: homes and place by code."""

    homes: dict[str, int]
    at: dict[str, tuple[float, float]]

    @classmethod
    def of(cls, villages: pd.DataFrame) -> _Places:
        """From rows of village_code, households, x, y."""
        codes = villages["village_code"].tolist()
        places = zip(villages["x"].tolist(), villages["y"].tolist(), strict=True)
        homes = villages["households"].astype(int).tolist()
        return cls(dict(zip(codes, homes, strict=True)), dict(zip(codes, places, strict=True)))

    def size(self, group: Group) -> int:
        """Homes of the group."""
        return sum(self.homes[code] for code in group)

    def apart(self, one: Group, other: Group) -> float:
        """The least distance between villages of the two groups [m]."""
        return min(dist(self.at[a], self.at[b]) for a in one for b in other)


def head_of(group: Sequence[str], households: Mapping[str, int]) -> str:
    """The member under whose name the group's counts stand: the largest, of equals the first."""
    return min(group, key=lambda code: (-households[code], code))


def _of_township(places: _Places, least: int, before: list[frozenset[str]]) -> list[Group]:
    groups = _kept(sorted(places.homes), before)
    while True:
        small = [group for group in groups if places.size(group) < least]
        if not small or len(groups) == 1:
            return groups
        first = small[0]
        others = [group for group in groups if group != first]
        near = min(others, key=lambda group: (places.apart(first, group), group))
        groups = sorted([*(g for g in others if g != near), tuple(sorted(first + near))])


def _kept(codes: list[str], before: list[frozenset[str]]) -> list[Group]:
    kept = [group for group in (tuple(sorted(one & set(codes))) for one in before) if group]
    grouped = {code for group in kept for code in group}
    return sorted(kept + [(code,) for code in codes if code not in grouped])

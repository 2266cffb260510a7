"""Where capacity is really short: settle every village that nobody contends with.

What is left falls apart into groups of villages that share a capacity which may run out. Each
group is a problem of its own, and most are small.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.decide.capacity import SharedCapacity
    from gis.decide.options import Choice


@dataclass(frozen=True)
class Limit:
    """One capacity that a group contends for: `free`, and `added` more for `fen_a` a year."""

    resource: int
    free: int
    added: int
    fen_a: int


@dataclass(frozen=True)
class Contest:
    """Villages, by their index and in the order of their codes, and what they contend for."""

    villages: tuple[int, ...]
    choices: tuple[tuple[Choice, ...], ...]
    limits: tuple[Limit, ...]


def settle_uncontested(
    choices: Sequence[Sequence[Choice]], shared: SharedCapacity
) -> tuple[dict[int, int], list[Contest]]:
    """The pick of every village that nobody contends with, and the contests for the others.

    A village takes its best choice when all that the choice draws on could carry the largest
    draw of everybody. That is exact: any solution gets no worse by giving the village this
    choice, since it is the best for the village and takes nothing from anybody.
    """
    scene = _Scene(choices, shared)
    waiting = list(range(len(choices)))
    while waiting:
        waiting = sorted(scene.settle(waiting))
    return scene.picks, scene.contests()


class _Scene:
    """The picks made so far, and the largest draw that may still come on each resource."""

    def __init__(self, choices: Sequence[Sequence[Choice]], shared: SharedCapacity) -> None:
        self.choices, self.shared = choices, shared
        self.picks: dict[int, int] = {}
        self.demand: defaultdict[int, int] = defaultdict(int)
        self.users: defaultdict[int, set[int]] = defaultdict(set)
        self.largest = [_largest(own) for own in choices]
        for village, most in enumerate(self.largest):
            for resource, amount in most.items():
                self.demand[resource] += amount
                self.users[resource].add(village)

    def ample(self, resource: int) -> bool:
        """Whether it carries everybody's largest draw."""
        return self.demand[resource] <= self.shared.free[resource]

    def settle(self, waiting: list[int]) -> set[int]:
        """Pick for those of `waiting` who can be settled; return whom that may have helped."""
        helped: set[int] = set()
        for village in waiting:
            own = self.choices[village]
            best = max(range(len(own)), key=lambda i: (own[i].worth, -i))
            if all(self.ample(resource) for resource in own[best].use):
                helped |= self._pick(village, best)
        return {village for village in helped if village not in self.picks}

    def _pick(self, village: int, choice: int) -> set[int]:
        self.picks[village] = choice
        use, helped = self.choices[village][choice].use, set()
        for resource, amount in self.largest[village].items():
            before = self.ample(resource)
            self.demand[resource] -= amount - use.get(resource, 0)
            if self.ample(resource) and not before:
                helped |= self.users[resource]
        return helped

    def contests(self) -> list[Contest]:
        """The villages without a pick, grouped by the scarce resources they share."""
        groups = _Groups()
        for village in range(len(self.choices)):
            if village not in self.picks:
                for resource in self.largest[village]:
                    if not self.ample(resource):
                        groups.join(village, resource)
        return [self._contest(members, scarce) for members, scarce in groups.all()]

    def _contest(self, members: list[int], scarce: list[int]) -> Contest:
        """Nobody who was settled draws on what is scarce, so all of it is there."""
        limits = tuple(
            Limit(i, self.shared.free[i], self.shared.added[i], self.shared.added_fen_a[i])
            for i in scarce
        )
        return Contest(tuple(members), tuple(tuple(self.choices[v]) for v in members), limits)


class _Groups:
    """Villages joined by what they share; union-find over both."""

    def __init__(self) -> None:
        self.parent: dict[tuple[str, int], tuple[str, int]] = {}

    def join(self, village: int, resource: int) -> None:
        """Put a village and a resource into one group."""
        roots = self._root(("v", village)), self._root(("r", resource))
        self.parent[max(roots)] = min(roots)

    def all(self) -> list[tuple[list[int], list[int]]]:
        """(villages, resources) of each group, sorted, the group of the lowest village first."""
        groups: defaultdict[tuple[str, int], tuple[list[int], list[int]]]
        groups = defaultdict(lambda: ([], []))
        for kind, number in sorted(self.parent):
            groups[self._root((kind, number))][0 if kind == "v" else 1].append(number)
        return sorted(groups.values())

    def _root(self, node: tuple[str, int]) -> tuple[str, int]:
        self.parent.setdefault(node, node)
        while self.parent[node] != node:
            self.parent[node] = self.parent[self.parent[node]]
            node = self.parent[node]
        return node


def _largest(own: Sequence[Choice]) -> dict[int, int]:
    """The largest draw on each resource over a village's choices."""
    most: dict[int, int] = {}
    for choice in own:
        for resource, amount in choice.use.items():
            most[resource] = max(most.get(resource, 0), amount)
    return most


def greatest_common_unit(amounts: Sequence[int]) -> int:
    """The largest unit that all `amounts` are whole multiples of; 1 for nothing but zeros."""
    return gcd(*amounts) or 1

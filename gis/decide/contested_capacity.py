"""Find contested capacity: assign every village without competition, group the others.

The other villages form groups that share a capacity which may run out. Each group is a separate
optimisation problem, and most groups are small.
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
    """A capacity that a group competes for: `free`, plus `added` at a yearly cost of `fen_a`."""

    resource: int
    free: int
    added: int
    fen_a: int


@dataclass(frozen=True)
class Contest:
    """Villages that compete, by index in the order of their codes, and the limits between them."""

    villages: tuple[int, ...]
    choices: tuple[tuple[Choice, ...], ...]
    limits: tuple[Limit, ...]


def settle_uncontested(
    choices: Sequence[Sequence[Choice]], shared: SharedCapacity
) -> tuple[dict[int, int], list[Contest]]:
    """Pick the choice of every village without competition, and group the others into contests.

    A village takes its best choice if every resource of the choice could carry the largest draw of
    all villages. This is exact: giving the village its best choice never worsens a solution, since
    it takes nothing from the others.

    Args:
        choices: The choices of each village.
        shared: The shared capacities.

    Returns:
        The pick of each uncontested village by index, and the contests.
    """
    state = _Uncontested(choices, shared)
    pending = list(range(len(choices)))
    while pending:
        pending = sorted(state.settle(pending))
    return state.picks, state.contests()


class _Uncontested:
    """The picks made so far, and an upper bound of the draw on each resource."""

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
        """Whether a resource carries the largest draw of all villages."""
        return self.demand[resource] <= self.shared.free[resource]

    def settle(self, pending: list[int]) -> set[int]:
        """Pick for the villages of `waiting` that can be settled; returns those to check again."""
        to_check: set[int] = set()
        for village in pending:
            own = self.choices[village]
            best = max(range(len(own)), key=lambda i: (own[i].worth, -i))
            if all(self.ample(resource) for resource in own[best].use):
                to_check |= self._pick(village, best)
        return {village for village in to_check if village not in self.picks}

    def _pick(self, village: int, choice: int) -> set[int]:
        self.picks[village] = choice
        use, to_check = self.choices[village][choice].use, set()
        for resource, amount in self.largest[village].items():
            before = self.ample(resource)
            self.demand[resource] -= amount - use.get(resource, 0)
            if self.ample(resource) and not before:
                to_check |= self.users[resource]
        return to_check

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
        """A contest over all of its scarce capacity, because no settled village draws on it."""
        limits = tuple(
            Limit(i, self.shared.free[i], self.shared.added[i], self.shared.added_fen_a[i])
            for i in scarce
        )
        return Contest(tuple(members), tuple(tuple(self.choices[v]) for v in members), limits)


class _Groups:
    """Villages grouped by shared resources (union-find over both)."""

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
    """The greatest common divisor of `amounts`; 1 if all are 0."""
    return gcd(*amounts) or 1

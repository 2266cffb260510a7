"""Allocate scarce shared capacity among all villages by a lexicographic objective.

The objective, first entry first: homes with any route by priority class, homes on their first
eligible route by class, then on their second and so on, as few homes as possible on a route
without a known cost, least annual cost with the upgrades needed, and finally the earlier choice
for the lowest village code. The result is exact and independent of the order of rows. The search
is limited by a number of nodes, not by time.

Villages without competition get their best choice at once. The others form groups that share a
capacity which may run out (contests); each is a separate optimisation problem, most of them small.
"""

from __future__ import annotations

import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.decide.lexicographic_milp import Solution, solve_lexicographic
from gis.decide.options import Choice, Options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.decide.capacity import SharedCapacity
    from gis.decide.rules import Verdict
    from gis.decide.village import Part

COUNTED = 200  # contests with at most this many combinations are enumerated instead of solved


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
        """Pick for the villages of `pending` that can be settled; returns those to check again."""
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
        waiting = (village for village in range(len(self.choices)) if village not in self.picks)
        pairs = [(v, r) for v in waiting for r in self.largest[v] if not self.ample(r)]
        at, scarce = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
        both = at, len(self.choices) + scarce
        size = len(self.choices) + len(self.shared.free)
        links = coo_array((np.ones(len(pairs)), both), shape=(size, size))
        label = connected_components(links, directed=False)[1]
        groups: defaultdict[int, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
        for village, resource in pairs:
            members, drawn_on = groups[label[village]]
            members.add(village)
            drawn_on.add(resource)
        found = sorted((sorted(members), sorted(drawn_on)) for members, drawn_on in groups.values())
        return [self._contest(members, drawn_on) for members, drawn_on in found]

    def _contest(self, members: list[int], scarce: list[int]) -> Contest:
        """A contest over all of its scarce capacity, because no settled village draws on it."""
        limits = tuple(
            Limit(i, self.shared.free[i], self.shared.added[i], self.shared.added_fen_a[i])
            for i in scarce
        )
        return Contest(tuple(members), tuple(tuple(self.choices[v]) for v in members), limits)


def _largest(own: Sequence[Choice]) -> dict[int, int]:
    """The largest draw on each resource over a village's choices."""
    most: dict[int, int] = {}
    for choice in own:
        for resource, amount in choice.use.items():
            most[resource] = max(most.get(resource, 0), amount)
    return most


@dataclass(frozen=True)
class Allocation:
    """The choice of every village, and whether it is proven optimal.

    picks      index of each village's choice
    contested  number of villages that compete for scarce capacity
    gap        0 where the optimum is proven; else the largest share of an objective that its
               bound leaves open
    settled    False where the search for an equally good choice with a lower code was cut short
    """

    picks: tuple[int, ...]
    contested: int
    gap: float
    settled: bool

    @property
    def proven(self) -> bool:
        """Whether the allocation is proven optimal."""
        return self.gap == 0


def allocate(
    choices: Sequence[Sequence[Choice]], shared: SharedCapacity, counted: int = COUNTED
) -> Allocation:
    """Pick one of each village's `choices`; villages are in the order of their codes.

    Args:
        choices: The choices of each village, best for the village first.
        shared: The shared capacities.
        counted: Contests with at most this many combinations are enumerated.
    """
    picks, contests = settle_uncontested(choices, shared)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:  # the solver releases the GIL
        results = list(pool.map(partial(_solve, counted=counted), contests))
    for contest, found in zip(contests, results, strict=True):
        picks.update(zip(contest.villages, found.picks, strict=True))
    return Allocation(
        picks=tuple(picks[i] for i in range(len(choices))),
        contested=sum(len(contest.villages) for contest in contests),
        gap=max((found.gap for found in results), default=0.0),
        settled=all(found.settled for found in results),
    )


def allocate_few(choices: Sequence[Sequence[Choice]], shared: SharedCapacity) -> tuple[int, ...]:
    """The index of each village's choice, as in `allocate`, without threads; for a few villages."""
    picks, contests = settle_uncontested(choices, shared)
    for contest in contests:
        picks.update(zip(contest.villages, _solve(contest, COUNTED).picks, strict=True))
    return tuple(picks[i] for i in range(len(choices)))


def _solve(contest: Contest, counted: int) -> Solution:
    if prod(len(own) for own in contest.choices) <= counted:
        return Solution(enumerate_best(contest), 0.0, settled=True)
    return solve_lexicographic(contest)


def enumerate_best(contest: Contest) -> tuple[int, ...]:
    """The best picks of a small contest, by enumerating every combination."""
    best: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    for picks in product(*(range(len(own)) for own in contest.choices)):
        worth = _worth(contest, picks)
        if worth is not None and (best is None or worth > best[0]):
            best = worth, picks
    assert best is not None, "leaving all villages undecided is always feasible"  # noqa: S101
    return best[1]


def _worth(contest: Contest, picks: tuple[int, ...]) -> tuple[int, ...] | None:
    """The objective values of `picks`, None where they exceed capacity."""
    chosen = [own[i] for own, i in zip(contest.choices, picks, strict=True)]
    upgrades_fen_a = 0
    for limit in contest.limits:
        drawn = sum(choice.use.get(limit.resource, 0) for choice in chosen)
        if drawn > limit.free + limit.added:
            return None
        if drawn > limit.free:
            upgrades_fen_a += limit.fen_a
    *homes, cost = (sum(column) for column in zip(*(c.worth for c in chosen), strict=True))
    return (*homes, cost - upgrades_fen_a)


@dataclass(frozen=True)
class AllocationOutcome:
    """The choices made and the capacities after them.

    used       capacity drawn by all choices together, by resource
    upgraded   transformers (resource numbers) whose upgrade is needed
    """

    options: Sequence[Options]
    picks: Sequence[int]
    shared: SharedCapacity
    used: list[int]
    upgraded: frozenset[int]

    def choice(self, village: int) -> Choice:
        """The choice made for village number `village`."""
        return self.options[village].choices[self.picks[village]]

    def left(self, resource: int) -> int:
        """Capacity left of a resource, including an upgrade on offer."""
        return self.shared.free[resource] + self.shared.added[resource] - self.used[resource]

    def fits(self, village: int, verdict: Verdict) -> bool:
        """Whether the village could take this route instead, with all other villages as decided."""
        own = self.choice(village).use
        return verdict.possible and all(
            amount <= self.left(i) + own.get(i, 0) for i, amount in verdict.use
        )


def village_outcome(
    options: Sequence[Options], found: Allocation, shared: SharedCapacity
) -> AllocationOutcome:
    """Sum the capacity that the allocation draws on each resource."""
    used = [0] * len(shared.free)
    for own, pick in zip(options, found.picks, strict=True):
        for resource, amount in own.choices[pick].use.items():
            used[resource] += amount
    upgraded = frozenset(i for i, amount in enumerate(used) if amount > shared.free[i])
    return AllocationOutcome(options, found.picks, shared, used, upgraded)


def next_best(result: AllocationOutcome, village: int, part: Part, route: str) -> str:
    """The next eligible route for a part in the policy's order, "" for none.

    It must fit the capacity that the other villages leave.
    """
    verdicts = result.options[village].verdicts[part.name]
    for verdict in verdicts:
        if verdict.route != route and verdict.eligible and result.fits(village, verdict):
            return verdict.route
    return ""

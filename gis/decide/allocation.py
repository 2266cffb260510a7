"""Allocate scarce shared capacity among all villages by a lexicographic objective.

The objective, first entry first: homes with any route by priority class, homes on their first
eligible route by class, then on their second and so on, as few homes as possible on a route
without a known cost, least annual cost with the upgrades needed, and finally the earlier choice
for the lowest village code. The result is exact and independent of the order of rows. The search
is limited by a number of nodes, not by time.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from gis.decide.contested_capacity import Contest, settle_uncontested
from gis.decide.lexicographic_milp import Solution, solve_lexicographic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.decide.capacity import SharedCapacity
    from gis.decide.options import Choice

COUNTED = 200  # contests with at most this many combinations are enumerated instead of solved


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

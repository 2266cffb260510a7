"""Outcome of the allocation: capacity drawn, capacity left, and the next-best route of a part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gis.decide.options import Choice, Options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.decide.allocation import Allocation
    from gis.decide.capacity import SharedCapacity
    from gis.decide.rules import Verdict
    from gis.decide.village import Part


@dataclass(frozen=True)
class Outcome:
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
) -> Outcome:
    """Sum the capacity that the allocation draws on each resource."""
    used = [0] * len(shared.free)
    for own, pick in zip(options, found.picks, strict=True):
        for resource, amount in own.choices[pick].use.items():
            used[resource] += amount
    upgraded = frozenset(i for i, amount in enumerate(used) if amount > shared.free[i])
    return Outcome(options, found.picks, shared, used, upgraded)


def next_best(result: Outcome, village: int, part: Part, route: str) -> str:
    """The next eligible route for a part in the policy's order, "" for none.

    It must fit the capacity that the other villages leave.
    """
    verdicts = result.options[village].verdicts[part.name]
    for verdict in verdicts:
        if verdict.route != route and verdict.eligible and result.fits(village, verdict):
            return verdict.route
    return ""

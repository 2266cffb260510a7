"""What the allocation means for each part: what it took, what is left, what would come next."""

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
    """The choices that were made and the capacities after them.

    used       what all choices together draw on each resource
    upgraded   the transformers (resource numbers) whose upgrade they need
    """

    options: Sequence[Options]
    picks: Sequence[int]
    shared: SharedCapacity
    used: list[int]
    upgraded: frozenset[int]

    def choice(self, village: int) -> Choice:
        """What village number `village` becomes."""
        return self.options[village].choices[self.picks[village]]

    def left(self, resource: int) -> int:
        """What nobody has taken, with the upgrade where one is on offer."""
        return self.shared.free[resource] + self.shared.added[resource] - self.used[resource]

    def fits(self, village: int, verdict: Verdict) -> bool:
        """Whether the village could have this route instead, everybody else as decided."""
        own = self.choice(village).use
        return verdict.possible and all(
            amount <= self.left(i) + own.get(i, 0) for i, amount in verdict.use
        )


def village_outcome(
    options: Sequence[Options], found: Allocation, shared: SharedCapacity
) -> Outcome:
    """Adds up what `found` draws on every resource."""
    used = [0] * len(shared.free)
    for own, pick in zip(options, found.picks, strict=True):
        for resource, amount in own.choices[pick].use.items():
            used[resource] += amount
    upgraded = frozenset(i for i, amount in enumerate(used) if amount > shared.free[i])
    return Outcome(options, found.picks, shared, used, upgraded)


def next_best(result: Outcome, village: int, part: Part, route: str) -> str:
    """The eligible route that would come next for a part, "" for none.

    Next in the policy's order after the one it has, with capacity as the others leave it.
    """
    verdicts = result.options[village].verdicts[part.name]
    for verdict in verdicts:
        if verdict.route != route and verdict.eligible and result.fits(village, verdict):
            return verdict.route
    return ""

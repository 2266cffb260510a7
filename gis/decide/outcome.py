"""What the allocation means for each part: what it took, what is left, what would come next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gis.costs.money import shared_fen
from gis.decide.choices import DONE, Choice, Options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.decide.allocation import Allocation
    from gis.decide.resources import Resources
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
    shared: Resources
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

    def short(self, village: int, verdict: Verdict) -> list[tuple[int, int]]:
        """The resources a possible route lacks now that others have drawn: (resource, lacking)."""
        own = self.choice(village).use
        lacking = ((i, amount - self.left(i) - own.get(i, 0)) for i, amount in verdict.use)
        return [(i, amount) for i, amount in lacking if amount > 0]


def outcome(options: Sequence[Options], found: Allocation, shared: Resources) -> Outcome:
    """Adds up what `found` draws on every resource."""
    used = [0] * len(shared.free)
    for own, pick in zip(options, found.picks, strict=True):
        for resource, amount in own.choices[pick].use.items():
            used[resource] += amount
    upgraded = frozenset(i for i, amount in enumerate(used) if amount > shared.free[i])
    return Outcome(options, found.picks, shared, used, upgraded)


def upgrade_shares(result: Outcome) -> dict[tuple[str, str], dict[int, tuple[int, int]]]:
    """Who bears which upgrade: (village_code, part) → transformer → (fen at once, fen a year).

    An upgrade is shared by the homes that go electric on it, to the fen.
    """
    users: dict[int, list[tuple[tuple[str, str], int]]] = {i: [] for i in sorted(result.upgraded)}
    for number, own in enumerate(result.options):
        chosen = result.choice(number)
        if not users.keys() & chosen.use.keys():
            continue
        for part, homes in _electric(result, chosen):
            for transformer in homes.keys() & users.keys():
                users[transformer].append(((own.village.code, part.name), homes[transformer]))
    shares: dict[tuple[str, str], dict[int, tuple[int, int]]] = {}
    for transformer, rows in users.items():
        weights = [homes for _, homes in rows]
        whole_fen = result.shared.stations[transformer].upgrade_fen
        capital = shared_fen(whole_fen, weights)
        annual = shared_fen(result.shared.added_fen_a[transformer], weights)
        for (key, _), once, yearly in zip(rows, capital, annual, strict=True):
            shares.setdefault(key, {})[transformer] = once, yearly
    return shares


def _electric(result: Outcome, chosen: Choice) -> list[tuple[Part, dict[int, int]]]:
    ids = result.shared.transformers
    return [
        (part, {ids[name]: homes for name, homes in part.feeders if name in ids})
        for part, route in zip(chosen.parts, chosen.routes, strict=True)
        if route == "electric"
    ]


def next_best(result: Outcome, village: int, part: Part, route: str) -> str:
    """The eligible route that would come next for a part, "" for none.

    Next in the policy's order after the one it has, with capacity as the others leave it.
    """
    if route == DONE:
        return ""
    verdicts = result.options[village].verdicts[part.name]
    for verdict in verdicts:
        if verdict.route != route and verdict.eligible and result.fits(village, verdict):
            return verdict.route
    return ""


def upgrade_estimate(result: Outcome, village: int, verdict: Verdict) -> int:
    """What a village would bear of the upgrades it needed if it went electric too [fen a year]."""
    own, shared, fen_a = result.choice(village).use, result.shared, 0
    for i, homes in verdict.use:
        together = result.used[i] - own.get(i, 0) + homes
        if together > shared.free[i]:
            fen_a += shared.added_fen_a[i] * homes // together
    return fen_a

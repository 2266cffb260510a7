"""What the decision rests on of the households, by village: parts of a ledger add up to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gis.decide.reach_tipping_points import Reach, reach
from gis.decide.rulings import signed
from gis.decide.village import villages

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from gis.decide.rulings import Ruling, Rulings
    from gis.decide.village import Village
    from gis.facts import Facts
    from gis.policy import Policy


class Subjects(NamedTuple):
    """Some villages, each with all of its households; villages in the order of their codes."""

    villages: list[Village]
    signed: Rulings
    reach: Reach


def subjects(facts: Facts, policy: Policy, as_of: date) -> Subjects:
    """The villages of `facts`."""
    return Subjects(villages(facts, policy), signed(facts, policy, as_of), reach(facts, policy))


def together(parts: Iterable[Subjects]) -> Subjects:
    """Several as one; no village may be in two of them."""
    found: list[Village] = []
    ruled: dict[tuple[str, str], Ruling] = {}
    tips = Reach({}, {})
    for part in parts:
        found += part.villages
        ruled |= part.signed
        tips.nearer.update(part.reach.nearer)
        tips.shorter.update(part.reach.shorter)
    return Subjects(sorted(found, key=lambda village: village.code), ruled, tips)

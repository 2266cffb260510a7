"""What the decision rests on of the households, by village: parts of a ledger add up to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gis.decide.margins import Distances, distances
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
    reach: Distances


def subjects(facts: Facts, policy: Policy, as_of: date) -> Subjects:
    """The villages of `facts`."""
    network = policy.heating_network
    reach = distances(facts, network.served_share, network.connect_m)
    return Subjects(villages(facts, policy), signed(facts, policy, as_of), reach)


def together(parts: Iterable[Subjects]) -> Subjects:
    """Several as one; no village may be in two of them."""
    found: list[Village] = []
    ruled: dict[tuple[str, str], Ruling] = {}
    reach = Distances({}, {})
    for part in parts:
        found += part.villages
        ruled |= part.signed
        reach.to_gain.update(part.reach.to_gain)
        reach.to_lose.update(part.reach.to_lose)
    return Subjects(sorted(found, key=lambda village: village.code), ruled, reach)

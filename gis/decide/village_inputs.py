"""Inputs of the decision by village; the inputs of ledger partitions can be merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gis.decide.reach_tipping_points import VillageReach, village_reach
from gis.decide.rulings import signed
from gis.decide.village import village_states

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from gis.decide.rulings import Ruling, Rulings
    from gis.decide.village import Village
    from gis.facts import Facts
    from gis.policy import Policy


class VillageInputs(NamedTuple):
    """Some villages, each with all of its households, in the order of their codes."""

    villages: list[Village]
    signed: Rulings
    reach: VillageReach


def collect_village_inputs(facts: Facts, policy: Policy, as_of: date) -> VillageInputs:
    """Collect the inputs of the villages of `facts`."""
    return VillageInputs(
        village_states(facts, policy), signed(facts, policy, as_of), village_reach(facts, policy)
    )


def merge_inputs(parts: Iterable[VillageInputs]) -> VillageInputs:
    """Merge the inputs of disjoint sets of villages."""
    found: list[Village] = []
    ruled: dict[tuple[str, str], Ruling] = {}
    tips = VillageReach({}, {})
    for part in parts:
        found += part.villages
        ruled |= part.signed
        tips.nearer.update(part.reach.nearer)
        tips.shorter.update(part.reach.shorter)
    return VillageInputs(sorted(found, key=lambda village: village.code), ruled, tips)

"""What a village would become if one thing were another: decided again with its neighbours."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import replace
from typing import TYPE_CHECKING

from gis.decide.allocation import allocate_few
from gis.decide.capacity import draw_w
from gis.decide.options import DONE, village_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gis.decide.allocation_outcome import Outcome
    from gis.decide.capacity import SharedCapacity
    from gis.decide.options import Choice
    from gis.decide.rules import Costs, RuleContext
    from gis.decide.village import Village

# ASSUME: beyond so many villages that contend with each other, what nobody else has taken is what
# a village can count on: the others are taken to stay as decided.
TOGETHER = 40


def main_route(choice: Choice) -> str:
    """The computed route of a village; of its first part that has pending homes, if it is split."""
    return next((route for route in choice.routes if route != DONE), DONE)


class WhatIf:
    """Decides villages again under changed facts or another policy.

    Only those are decided again that contend, directly or through others, for something that may
    run out: whoever draws on what is ample for all takes nothing from anybody.
    """

    def __init__(self, world: RuleContext, result: Outcome, costs: Costs) -> None:
        self.world, self.result, self.costs = world, result, costs
        self._users: defaultdict[int, list[int]] = defaultdict(list)
        self._asked: defaultdict[int, int] = defaultdict(int)
        self._decided: dict[tuple[int, int, int], dict[int, Choice]] = {}
        for number, own in enumerate(result.options):
            for resource, amount in self._wants(own.village):
                self._users[resource].append(number)
                self._asked[resource] += amount

    def turned(
        self, number: int, world: RuleContext, about: int | None, other: Village | None = None
    ) -> tuple[bool, dict[int, Choice]]:
        """Whether the route of village `number` is another under `world`, and everybody's choice.

        about   the resource that is changed, None for none; other: what the village is changed to
        """
        members = self._contending(number, about, other)
        if len(members) > TOGETHER:
            return True, {}
        villages = {n: self.result.options[n].village for n in members}
        if other is not None:
            villages[number] = other
        every = [village_options(world, village, self.costs) for village in villages.values()]
        picks = allocate_few([own.choices for own in every], world.resources)
        chosen = {n: own.choices[pick] for n, own, pick in zip(members, every, picks, strict=True)}
        return self._another(number, chosen), chosen

    def with_capacity(
        self, number: int, shared: SharedCapacity, about: int
    ) -> tuple[bool, dict[int, Choice]]:
        """The same where only resource `about` is another, as it is in `shared`.

        What it changes is the same for all who contend for it, and decided once.
        """
        key = about, shared.free[about], shared.added[about]
        chosen = self._decided.get(key, {})
        if number in chosen:
            return self._another(number, chosen), chosen
        found = self.turned(number, replace(self.world, resources=shared), about)
        self._decided[key] = found[1]
        return found

    def _another(self, number: int, chosen: dict[int, Choice]) -> bool:
        return main_route(chosen[number]) != main_route(self.result.choice(number))

    def _wants(self, village: Village) -> Iterator[tuple[int, int]]:
        """What a village could draw at most on each resource."""
        shared = self.world.resources
        for name, homes in village.whole.feeders:
            if name in shared.transformers:
                yield shared.transformers[name], homes
        if village.piece in shared.pieces:
            yield shared.pieces[village.piece], draw_w(village.whole.heated_m2, self.world.policy)

    def _contending(self, number: int, about: int | None, other: Village | None) -> list[int]:
        """The villages to be decided again, in the order of their codes."""
        found, waiting = {number}, deque([number])
        seen: set[int] = set()
        first = [] if about is None else [about]
        if other is not None:
            first += [i for i, _ in self._wants(other) if not self._ample(i)]
        while waiting or first:
            own = first or [
                i
                for i, _ in self._wants(self.result.options[waiting.popleft()].village)
                if not self._ample(i)
            ]
            first = []
            for resource in own:
                if resource not in seen:
                    seen.add(resource)
                    new = [n for n in self._users[resource] if n not in found]
                    found.update(new)
                    waiting.extend(new)
            if len(found) > TOGETHER:
                break
        return sorted(found)

    def _ample(self, resource: int) -> bool:
        return self._asked[resource] <= self.world.resources.free[resource]


def capacity_drawn(choices: Mapping[int, Choice], resource: int) -> int:
    """What all of `choices` draw on a resource."""
    return sum(choice.use.get(resource, 0) for choice in choices.values())

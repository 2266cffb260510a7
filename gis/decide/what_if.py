"""What-if decisions: decide a village again, with its competitors, under a changed input.

`Case` is one village whose switching margins are sought; `least_change` searches for the smallest
change.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf, nan
from typing import TYPE_CHECKING, NamedTuple

from gis.decide.allocation import allocate_few
from gis.decide.capacity import draw_w
from gis.decide.options import DONE, village_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gis.decide.allocation import AllocationOutcome
    from gis.decide.capacity import SharedCapacity
    from gis.decide.options import Choice
    from gis.decide.rules import Costs, RuleContext, Verdict
    from gis.decide.village import Part, Village
    from gis.policy import Policy

# ASSUME: with more than this many competing villages, a village can count on the capacity that
# the others have left: they are assumed to stay as decided.
MAX_COMPETING = 40
_EXACT = 1e-9


def main_route(choice: Choice) -> str:
    """The computed route of a village; if split, of its first part with pending homes."""
    return next((route for route in choice.routes if route != DONE), DONE)


class WhatIf:
    """Decides villages again under changed facts or another policy.

    Only villages that compete, directly or through others, for a resource that may run out are
    decided again. A village that draws only on ample resources takes nothing from the others.
    """

    def __init__(self, context: RuleContext, result: AllocationOutcome, costs: Costs) -> None:
        self.context, self.result, self.costs = context, result, costs
        self._users: defaultdict[int, list[int]] = defaultdict(list)
        self._asked: defaultdict[int, int] = defaultdict(int)
        self._decided: dict[tuple[int, int, int], dict[int, Choice]] = {}
        for number, own in enumerate(result.options):
            for resource, amount in self._largest_draw(own.village):
                self._users[resource].append(number)
                self._asked[resource] += amount

    def route_changes(
        self, number: int, context: RuleContext, about: int | None, other: Village | None = None
    ) -> tuple[bool, dict[int, Choice]]:
        """Whether the route of village `number` changes under `context`, and the new choices.

        about   the changed resource, None for none; other: what the village is changed to
        """
        members = self._competing(number, about, other)
        if len(members) > MAX_COMPETING:
            return True, {}
        villages = {n: self.result.options[n].village for n in members}
        if other is not None:
            villages[number] = other
        every = [village_options(context, village, self.costs) for village in villages.values()]
        picks = allocate_few([own.choices for own in every], context.resources)
        chosen = {n: own.choices[pick] for n, own, pick in zip(members, every, picks, strict=True)}
        return self._route_changed(number, chosen), chosen

    def with_capacity(
        self, number: int, shared: SharedCapacity, about: int
    ) -> tuple[bool, dict[int, Choice]]:
        """The same where only the capacity of resource `about` changes, to that in `shared`.

        The result is the same for all villages that compete for it, and cached.
        """
        key = about, shared.free[about], shared.added[about]
        chosen = self._decided.get(key, {})
        if number in chosen:
            return self._route_changed(number, chosen), chosen
        found = self.route_changes(number, replace(self.context, resources=shared), about)
        self._decided[key] = found[1]
        return found

    def _route_changed(self, number: int, chosen: dict[int, Choice]) -> bool:
        return main_route(chosen[number]) != main_route(self.result.choice(number))

    def _largest_draw(self, village: Village) -> Iterator[tuple[int, int]]:
        """The largest draw of a village on each resource."""
        shared = self.context.resources
        for feeder in village.whole.feeders:
            if feeder.transformer in shared.transformers:
                yield shared.transformers[feeder.transformer], feeder.device_w
        if village.piece in shared.pieces:
            yield shared.pieces[village.piece], draw_w(village.whole.peak_w, self.context.policy)

    def _competing(self, number: int, about: int | None, other: Village | None) -> list[int]:
        """The villages to be decided again, in the order of their codes."""
        found, pending = {number}, deque([number])
        seen: set[int] = set()
        first = [] if about is None else [about]
        if other is not None:
            first += [i for i, _ in self._largest_draw(other) if not self._ample(i)]
        while pending or first:
            own = first or [
                i
                for i, _ in self._largest_draw(self.result.options[pending.popleft()].village)
                if not self._ample(i)
            ]
            first = []
            for resource in own:
                if resource not in seen:
                    seen.add(resource)
                    new = [n for n in self._users[resource] if n not in found]
                    found.update(new)
                    pending.extend(new)
            if len(found) > MAX_COMPETING:
                break
        return sorted(found)

    def _ample(self, resource: int) -> bool:
        return self._asked[resource] <= self.context.resources.free[resource]


def capacity_drawn(choices: Mapping[int, Choice], resource: int) -> int:
    """The total draw of `choices` on a resource."""
    return sum(choice.use.get(resource, 0) for choice in choices.values())


class TurningPoint(NamedTuple):
    """The value of one of the policy's numbers at which a route turns.

    key      its dotted key; value: what it is
    beyond   the route turns past the value, not yet at it
    low, high   the range within which the number is believed; NaN: none stated, or verified
    """

    key: str
    value: float
    beyond: bool
    low: float
    high: float

    @property
    def ranged(self) -> bool:
        """Whether the number has a range."""
        return self.low <= self.high

    @property
    def inside(self) -> bool:
        """Whether the number may well be where the route turns."""
        if self.beyond:
            return self.low + _EXACT < self.value < self.high - _EXACT
        return self.low - _EXACT <= self.value <= self.high + _EXACT


def turning_point(policy: Policy, key: str, value: float, *, beyond: bool) -> TurningPoint:
    """`value` of the number at `key`, with the range of the number if it is unverified."""
    source, now = policy.provenance.get(key), float(policy.quantity(key))
    if source is None or source.verified or (source.low is None and source.high is None):
        return TurningPoint(key, value, beyond, nan, nan)
    low = now if source.low is None else source.low
    high = now if source.high is None else source.high
    return TurningPoint(key, value, beyond, low, high)


class Margin(NamedTuple):
    """One change that would change the village's route.

    amount     in the unit of its kind
    relative   amount relative to the range of the input that it changes, or to the input itself
    key        key of its message, with the numbers in it
    point      the number of the policy that it is a change of; None: of a layer alone
    """

    amount: float
    relative: float
    key: str
    numbers: dict[str, object]
    point: TurningPoint | None = None

    def against(self, policy: Policy, point: TurningPoint) -> Margin:
        """The same, relative to the range of the number of the policy that it is a change of."""
        now = float(policy.quantity(point.key))
        room = (point.high if point.value >= now else point.low) - now
        if not point.ranged:
            return self._replace(point=point)
        relative = abs((point.value - now) / room) if room else inf
        return self._replace(relative=relative, point=point)


@dataclass(frozen=True)
class Case:
    """Village `number` as decided, with what-if decisions for it."""

    what_if: WhatIf
    number: int

    @property
    def context(self) -> RuleContext:
        """The rules' context of the decision."""
        return self.what_if.context

    @property
    def result(self) -> AllocationOutcome:
        """The outcome of the allocation."""
        return self.what_if.result

    @property
    def village(self) -> Village:
        """The village."""
        return self.result.options[self.number].village

    @cached_property
    def choice(self) -> Choice:
        """The choice made for it."""
        return self.result.choice(self.number)

    @cached_property
    def route(self) -> str:
        """Its computed route."""
        return main_route(self.choice)

    @cached_property
    def part(self) -> Part:
        """The part that has this route."""
        both = zip(self.choice.parts, self.choice.routes, strict=True)
        return next(part for part, route in both if route != DONE)

    def verdict(self, route: str) -> Verdict | None:
        """The verdict on `route` for that part."""
        found = self.result.options[self.number].verdicts[self.part.name]
        return next((verdict for verdict in found if verdict.route == route), None)

    def with_resources(self, shared: SharedCapacity, about: int) -> tuple[bool, dict[int, Choice]]:
        """Whether its route changes with resource `about` of `shared`; and the new choices."""
        return self.what_if.with_capacity(self.number, shared, about)

    def before(self, route: str) -> bool:
        """Whether the plan ranks `route` above the village's own route."""
        order = [rule.route for rule in self.context.policy.routes]
        return route in order and (
            self.route not in order or order.index(route) < order.index(self.route)
        )


def least_change(turns: Callable[[int], bool], first: int, most: int) -> int | None:
    """The smallest whole amount from 1 to `most` for which `turns` is true, by bisection.

    ASSUME: an amount that changes the route does so at every larger value too.

    Args:
        turns: Whether an amount changes the route.
        first: The amount where it is expected to change, tried first.
        most: The largest amount to try.

    Returns:
        The amount; None if none up to `most` changes the route.
    """
    if 0 < first <= most and turns(first):
        if first == 1 or not turns(first - 1):
            return first
        low, high = 0, first - 1
    elif first >= most or not turns(most):
        return None
    else:
        low, high = max(first, 0), most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if turns(middle) else (middle, high)
    return high

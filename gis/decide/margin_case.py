"""One village whose switching margins are sought, and a search for the smallest change."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from gis.decide.options import DONE
from gis.decide.what_if import main_route

if TYPE_CHECKING:
    from collections.abc import Callable

    from gis.decide.allocation_outcome import Outcome
    from gis.decide.capacity import SharedCapacity
    from gis.decide.options import Choice
    from gis.decide.rules import RuleContext, Verdict
    from gis.decide.village import Part, Village
    from gis.decide.what_if import WhatIf


class Margin(NamedTuple):
    """One change that would change the village's route.

    amount     in the unit of its kind
    relative   amount relative to the input that it changes
    key        key of its message, with the numbers in it
    """

    amount: float
    relative: float
    key: str
    numbers: dict[str, object]


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
    def result(self) -> Outcome:
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

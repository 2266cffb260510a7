"""The choices of a village: the combinations of routes that the plan allows, best first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from gis.decide.rules import RuleContext, Verdict, judge_route
from gis.decide.village import Part, Village
from gis.policy.model import RouteName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gis.decide.rules import Costs

DONE, UNDECIDED, NO_DATA = "done", "undecided", "no_data"
# ranks counted in Choice.worth; having any route at all is counted separately
RANKS = len(get_args(RouteName)) - 1


@dataclass(frozen=True, slots=True)
class Choice:
    """One route for the whole village, or one for each of its two parts.

    use     draw on shared resources, resource → amount
    worth   objective values, first entry first: homes with any route by priority class, homes on
            their first eligible route by class, then on one of their first two, and so on, minus
            the homes whose route has no known cost, minus the fen per year. The cost of
            transformer upgrades is subtracted in the allocation.
    """

    parts: tuple[Part, ...]
    routes: tuple[str, ...]
    use: Mapping[int, int]
    worth: tuple[int, ...]


@dataclass(frozen=True)
class Options:
    """A village with every verdict by part name, and its choices, best first.

    ranking     by part name: the eligible routes in the order of the policy, ignoring capacity
    """

    village: Village
    verdicts: dict[str, list[Verdict]]
    ranking: dict[str, tuple[str, ...]]
    choices: list[Choice]


def village_options(context: RuleContext, village: Village, costs: Costs) -> Options:
    """All choices that the plan allows for `village`.

    Below the served share a village is split only if the whole village gets no route; the split
    ranks below all choices for the whole village.

    ASSUME: choices that follow a route without shared capacity are left out: such a route always
    has capacity, and the plan asks for the first eligible route with capacity.
    """
    if not village.ledger.known:
        return Options(village, {}, {}, [Choice((village.whole,), (NO_DATA,), {}, ())])
    if not village.whole.pending:
        done = Choice((village.whole,), (DONE,), {}, ())
        return Options(village, {}, {}, [done])
    parts = _split(context, village)
    verdicts = {part.name: judge_route(context, village, part) for part in (village.whole, *parts)}
    ranking = {
        name: tuple(verdict.route for verdict in found if verdict.eligible)
        for name, found in verdicts.items()
    }
    if not parts and _splits_without_route(context, village, verdicts[village.whole.name]):
        parts = village.sides
        verdicts |= {part.name: judge_route(context, village, part) for part in parts}
        ranking |= {part.name: ranking[village.whole.name] for part in parts}
    builder = _ChoiceBuilder(village, ranking, costs)
    found = list(_until_unlimited(_alternatives(builder, village, parts, verdicts)))
    if not found or found[-1].use or UNDECIDED in found[-1].routes:
        found.append(builder.choice((village.whole,), (None,)))
    return Options(village, verdicts, ranking, found)


def _split(context: RuleContext, village: Village) -> tuple[Part, ...]:
    """The two parts of a central village whose unserved part must find its own route.

    ASSUME: both parts are measured by all their households, and the split is only made where homes
    are pending in the unserved part.
    """
    rules = context.policy.heating_network
    if not village.sides or village.code in context.extension.villages:
        return ()
    served, unserved = village.sides
    central = any(
        verdict.route == "central" and verdict.eligible
        for verdict in judge_route(context, village, village.whole)
    )
    large = min(served.households, unserved.households) >= max(rules.split_min_households, 1)
    return village.sides if central and large and unserved.pending else ()


def _splits_without_route(context: RuleContext, village: Village, whole: list[Verdict]) -> bool:
    """Whether the served part may be connected alone where the whole village gets no route.

    The homes within reach are too few for the whole village, but enough for a part.
    """
    if not village.sides or not any(verdict.code == "central_share" for verdict in whole):
        return False
    served, _ = village.sides
    large = served.households >= context.policy.heating_network.split_min_households
    return large and served.pending > 0 and all(v.use or not v.possible for v in whole)


@dataclass(frozen=True)
class _ChoiceBuilder:
    """Builds choices of one village."""

    village: Village
    ranking: dict[str, tuple[str, ...]]
    costs: Costs

    def choice(self, parts: tuple[Part, ...], verdicts: tuple[Verdict | None, ...]) -> Choice:
        """The choice of one verdict per part; None leaves that part undecided, or done."""
        use: dict[int, int] = {}
        for verdict in verdicts:
            for resource, amount in verdict.use if verdict else ():
                use[resource] = use.get(resource, 0) + amount
        routes = tuple(
            verdict.route if verdict else UNDECIDED if part.pending else DONE
            for part, verdict in zip(parts, verdicts, strict=True)
        )
        return Choice(parts, routes, use, self._worth(parts, routes))

    def _worth(self, parts: tuple[Part, ...], routes: tuple[str, ...]) -> tuple[int, ...]:
        size = len(self.village.whole.classes)
        routed, ranked, unknown, fen_a = [0] * size, [0] * size * RANKS, 0, 0
        for part, route in zip(parts, routes, strict=True):
            if route in (DONE, UNDECIDED):
                continue
            _add(routed, part.classes)
            for side in self._sides(part):
                eligible = self.ranking[side.name]
                first = eligible.index(route) if route in eligible else RANKS
                _add(ranked, (0,) * (first * size) + side.classes * (RANKS - first))
            cost = self.costs.get((self.village.code, part.name, route))
            unknown += part.pending if cost is None else 0
            fen_a += cost or 0
        return (*routed, *ranked, -unknown, -fen_a)

    def _sides(self, part: Part) -> tuple[Part, ...]:
        """The parts of `part` with separate rankings of routes."""
        sides = tuple(side for side in self.village.sides if side.name in self.ranking)
        return sides if sides and not part.name else (part,)


def _add(homes: list[int], more: tuple[int, ...]) -> None:
    for i, number in enumerate(more):
        homes[i] += number


def _alternatives(
    builder: _ChoiceBuilder,
    village: Village,
    parts: tuple[Part, ...],
    verdicts: dict[str, list[Verdict]],
) -> Iterator[Choice]:
    """The choices in plan order: by the route of the village, then of its unserved part."""
    whole = (village.whole,)
    possible = [verdict for verdict in verdicts[village.whole.name] if verdict.possible]
    if not parts:
        yield from (builder.choice(whole, (verdict,)) for verdict in possible)
        return
    served, unserved = parts
    central = next(v for v in verdicts[served.name] if v.route == "central")
    if not any(v.route == "central" and v.eligible for v in verdicts[village.whole.name]):
        yield from (builder.choice(whole, (verdict,)) for verdict in possible)
        if central.possible:
            yield from _central_with_rest(builder, parts, central, verdicts[unserved.name])
        return
    for verdict in verdicts[village.whole.name]:
        if verdict.route == "central":
            if central.possible or not served.pending:
                first = central if served.pending else None
                yield from _central_with_rest(builder, parts, first, verdicts[unserved.name])
        elif verdict.possible and served.pending:
            yield builder.choice(whole, (verdict,))


def _central_with_rest(
    builder: _ChoiceBuilder, parts: tuple[Part, ...], central: Verdict | None, rest: list[Verdict]
) -> Iterator[Choice]:
    """Central heating for the served part, with each possible route of the rest, or none."""
    if not parts[1].pending:
        yield builder.choice(parts, (central, None))
        return
    for verdict in rest:
        if verdict.possible:
            yield builder.choice(parts, (central, verdict))
            if not verdict.use:
                return
    yield builder.choice(parts, (central, None))


def _until_unlimited(choices: Iterator[Choice]) -> Iterator[Choice]:
    """`choices` up to the first that needs no shared capacity and leaves no part undecided."""
    for choice in choices:
        yield choice
        if not choice.use and UNDECIDED not in choice.routes:
            return

"""The plan's rules, route by route: eligible, or the reason why not.

Each rule judges one part of one village alone, against the whole of a shared capacity. The
allocation later decides how the capacity is divided.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

from gis.costs.upgrades import can_be_built
from gis.decide.capacity import draw_w
from gis.decide.village import NOWHERE, SERVED, UNSERVED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gis.decide.capacity import Extension, SharedCapacity
    from gis.decide.village import Part, Village
    from gis.policy import Policy, Route

    Costs = Mapping[tuple[str, str, str], int | None]  # (village_code, part, route) → fen a year


@dataclass(frozen=True, slots=True)
class RuleContext:
    """Inputs of the rules besides the village."""

    policy: Policy
    available: frozenset[str]
    resources: SharedCapacity
    extension: Extension


@dataclass(frozen=True, slots=True)
class Verdict:
    """The plan's verdict on one route for one part.

    eligible   by the plan, ignoring capacity
    possible   and the capacity would suffice if no other village drew on it
    code       one stable code per cause; the key of its sentence in maps/words/reasons.toml
    use        draw on shared resources: (resource, amount)
    """

    route: str
    eligible: bool
    possible: bool
    code: str
    use: tuple[tuple[int, int], ...] = ()


def judge_route(context: RuleContext, village: Village, part: Part) -> list[Verdict]:
    """The verdict on every route of the policy, in its order."""
    return [_RULES[route.route](context, village, part, route) for route in context.policy.routes]


def _ineligible(route: Route, code: str) -> Verdict:
    return Verdict(route.route, eligible=False, possible=False, code=code)


def _possible(route: Route, code: str, use: tuple[tuple[int, int], ...] = ()) -> Verdict:
    return Verdict(route.route, eligible=True, possible=True, code=code, use=use)


def _without_capacity(route: Route, code: str) -> Verdict:
    return Verdict(route.route, eligible=True, possible=False, code=code)


def _central(context: RuleContext, village: Village, part: Part, route: Route) -> Verdict:
    if village.code in context.extension.villages:
        return _possible(route, "central_extended")
    if not context.available & {"heat_pipes", "heat_coverage"}:
        return _ineligible(route, "central_no_layer")
    short = isnan(village.share) or village.share < context.policy.heating_network.served_share
    if part.name == UNSERVED or (short and part.name != SERVED):
        return _ineligible(route, _why_unreached(village, part))
    if "heat_sources" not in context.available or village.piece is None:
        return _possible(route, "central_unverified")
    piece = context.resources.pieces.get(village.piece)
    need_w = draw_w(part.peak_w, context.policy)
    if piece is None or need_w > context.resources.free[piece]:
        return _without_capacity(route, "central_short")
    served = "central_station" if village.stations else "central_served"
    return _possible(route, "central_part" if short else served, ((piece, need_w),))


def _why_unreached(village: Village, part: Part) -> str:
    if part.name == UNSERVED:
        return "central_edge"
    if isnan(village.share):
        return "central_unplaced"
    if village.served:
        return "central_share"
    return "central_far" if village.pipe_m < float("inf") else "central_no_pipe"


def _electric(context: RuleContext, _: Village, part: Part, route: Route) -> Verdict:
    """Transformers with headroom or works; new ones where an unverified reach ends.

    ASSUME: a new transformer for homes that none reaches costs the same beside any choice of the
    other villages, so that its price decides nothing between allocations.
    """
    if not route.devices:
        return _ineligible(route, "electric_no_device")
    if "transformers" not in context.available:
        return _possible(route, "electric_unverified")
    shared = context.resources
    nowhere = any(one.transformer == NOWHERE for one in part.feeders)
    if part.placed == 0 and nowhere:
        return _possible(route, "electric_unplaced")
    if nowhere and not can_be_built(context.policy):
        return _without_capacity(route, "electric_out_of_reach")
    use = tuple(
        (shared.transformers[one.transformer], one.device_w)
        for one in part.feeders
        if one.transformer != NOWHERE
    )
    if any(watts > shared.free[i] + shared.added[i] for i, watts in use):
        return _without_capacity(route, "electric_dear")
    code = "electric_new_transformer" if nowhere else "electric_headroom"
    return _possible(route, code, use)  # the allocation adds works if needed


def _gas(context: RuleContext, _: Village, part: Part, route: Route) -> Verdict:
    """New rural gas without a pipe in service and secured supply is forbidden at any cost.

    ASSUME: a village counts as reached, and as secured, by the share of its placed pending homes
    that also counts for heating: heating_network.served_share.
    """
    if "gas_coverage" not in context.available:
        return _ineligible(route, "gas_no_layer")
    if not part.placed:
        return _ineligible(route, "gas_unplaced")
    needed = part.placed * context.policy.heating_network.served_share - 1e-9
    if part.gas_secured >= needed:
        return _possible(route, "gas_secured")
    if not part.gas_reached:
        return _ineligible(route, "gas_none")
    return _ineligible(route, "gas_no_pipe" if part.gas_reached < needed else "gas_unsecured")


def _biomass(_: RuleContext, village: Village, _part: Part, route: Route) -> Verdict:
    if village.remote_mountain:
        return _possible(route, "biomass_mountain")
    return _ineligible(route, "biomass_lowland")


def _clean_coal(_: RuleContext, village: Village, _part: Part, route: Route) -> Verdict:
    """ASSUME: one home inside a zone, or too close to its line to tell, bars the whole village."""
    if village.zone_homes:
        return _ineligible(route, "clean_coal_zone")
    return _possible(route, "clean_coal_allowed")


_RULES: dict[str, Callable[[RuleContext, Village, Part, Route], Verdict]] = {
    "central": _central,
    "electric": _electric,
    "gas": _gas,
    "biomass": _biomass,
    "clean_coal": _clean_coal,
}

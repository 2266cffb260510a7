"""The rules of the plan, route by route: eligible, or the reason why not.

Each rule looks at one part of one village by itself. What others take of a shared capacity comes
later, in the allocation; here a route is only asked whether it could ever be had.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gis.costs.upgrades import DEAR, LATE, OVERDUE
from gis.decide.capacity import draw_w
from gis.decide.village import NOWHERE, SERVED, UNSERVED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gis.decide.capacity import SharedCapacity
    from gis.decide.extension import Extension
    from gis.decide.village import Part, Village
    from gis.policy import Policy, Route

    Costs = Mapping[tuple[str, str, str], int | None]  # (village_code, part, route) → fen a year


@dataclass(frozen=True, slots=True)
class RuleContext:
    """What every rule may look at besides the village itself."""

    policy: Policy
    available: frozenset[str]
    resources: SharedCapacity
    extension: Extension


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the plan says of one route for one part.

    eligible   by the plan, leaving capacity aside
    possible   and the capacity would do if nobody else drew on it
    code       stable, one a cause; the key of its sentence in maps/words/reasons.toml
    use        what it draws on shared resources: (resource, amount)
    """

    route: str
    eligible: bool
    possible: bool
    code: str
    use: tuple[tuple[int, int], ...] = ()


def judge_route(world: RuleContext, village: Village, part: Part) -> list[Verdict]:
    """Every route of the policy, in its order."""
    return [_RULES[route.route](world, village, part, route) for route in world.policy.routes]


def _refused(route: Route, code: str) -> Verdict:
    return Verdict(route.route, eligible=False, possible=False, code=code)


def _granted(route: Route, code: str, use: tuple[tuple[int, int], ...] = ()) -> Verdict:
    return Verdict(route.route, eligible=True, possible=True, code=code, use=use)


def _short(route: Route, code: str) -> Verdict:
    return Verdict(route.route, eligible=True, possible=False, code=code)


def _central(world: RuleContext, village: Village, part: Part, route: Route) -> Verdict:
    if village.code in world.extension.villages:
        return _granted(route, "central_extended")
    if not world.available & {"heat_pipes", "heat_coverage"}:
        return _refused(route, "central_no_layer")
    short = village.share < world.policy.heating_network.served_share
    if part.name == UNSERVED or (short and part.name != SERVED):
        return _refused(route, _unreached(world, village, part))
    if "heat_sources" not in world.available or village.piece is None:
        return _granted(route, "central_unverified")
    piece = world.resources.pieces.get(village.piece)
    need_w = draw_w(part.heated_m2, world.policy)
    if piece is None or need_w > world.resources.free[piece]:
        return _short(route, "central_short")
    return _granted(route, "central_part" if short else "central_served", ((piece, need_w),))


def _unreached(world: RuleContext, village: Village, part: Part) -> str:
    if part.name == UNSERVED:
        return "central_edge"
    if village.code in world.extension.later:
        return "central_later"
    if village.served:
        return "central_share"
    return "central_far" if village.pipe_m < float("inf") else "central_no_pipe"


def _electric(world: RuleContext, _: Village, part: Part, route: Route) -> Verdict:
    if not route.devices:
        return _refused(route, "electric_no_device")
    if "transformers" not in world.available:
        return _granted(route, "electric_unverified")
    shared = world.resources
    if any(name == NOWHERE for name, _ in part.feeders):
        return _short(route, "electric_out_of_reach")
    use = tuple((shared.transformers[name], homes) for name, homes in part.feeders)
    beyond = [i for i, homes in use if homes > shared.free[i] + shared.added[i]]
    if beyond:
        return _short(route, _why_short(shared, beyond))
    return _granted(route, "electric_headroom", use)  # whether by an upgrade shows in the end


def _why_short(shared: SharedCapacity, beyond: list[int]) -> str:
    """The cause that would have to go first: lateness and price are the office's to mend."""
    offers = {shared.stations[i].offer for i in beyond}
    said = {LATE: "electric_upgrade_late", DEAR: "electric_upgrade_dear",
            OVERDUE: "electric_upgrade_overdue"}  # fmt: skip
    return said[offers.pop()] if len(offers) == 1 and offers <= set(said) else "electric_short"


def _gas(world: RuleContext, _: Village, part: Part, route: Route) -> Verdict:
    """New rural gas without pipe in service and secured supply is forbidden, whatever it costs.

    ASSUME: a village counts as reached, and as secured, by the share of its pending homes that
    also counts for heating: heating_network.served_share.
    """
    if "gas_coverage" not in world.available:
        return _refused(route, "gas_no_layer")
    enough = part.pending * world.policy.heating_network.served_share - 1e-9
    if part.gas_secured >= enough:
        return _granted(route, "gas_secured")
    if not part.gas_reached:
        return _refused(route, "gas_none")
    return _refused(route, "gas_no_pipe" if part.gas_reached < enough else "gas_unsecured")


def _biomass(_: RuleContext, village: Village, _part: Part, route: Route) -> Verdict:
    if village.remote_mountain:
        return _granted(route, "biomass_mountain")
    return _refused(route, "biomass_lowland")


def _clean_coal(_: RuleContext, village: Village, _part: Part, route: Route) -> Verdict:
    """ASSUME: one home inside a zone, or too near its line to say, bars the whole village."""
    if village.zone_homes:
        return _refused(route, "clean_coal_zone")
    return _granted(route, "clean_coal_allowed")


_RULES: dict[str, Callable[[RuleContext, Village, Part, Route], Verdict]] = {
    "central": _central,
    "electric": _electric,
    "gas": _gas,
    "biomass": _biomass,
    "clean_coal": _clean_coal,
}

"""Switching margins of network reach: metres to a main, and the served share required."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor, isnan
from typing import TYPE_CHECKING

from gis.decide.margin_case import Margin
from gis.decide.village import without_homes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis.decide.margin_case import Case
    from gis.decide.reach_tipping_points import TippingPoint, VillageReach
    from gis.decide.village import Village

_EXACT = 1e-6


def margin_metres(case: Case, reach: VillageReach) -> Margin | None:
    """A main that comes nearer, or a connection distance that becomes shorter."""
    connect_m = case.context.policy.heating_network.connect_m
    piece = case.village.piece or _piece_with_most_left(case)
    for tip in reach.nearer.get(case.village.code, ()):
        if case.route == "central" or (piece is None and "heat_sources" in case.context.available):
            break
        nearer = _village_at(case.village, tip, piece)
        if case.what_if.route_changes(case.number, case.context, None, nearer)[0]:
            numbers: dict[str, object] = {"metres": ceil(tip.metres - _EXACT)}
            relative = tip.metres / (tip.metres + connect_m)
            return Margin(tip.metres, relative, "pipe_nearer", numbers)
    for tip in reach.shorter.get(case.village.code, ()):
        shorter = _village_at(case.village, tip, piece)
        if case.what_if.route_changes(case.number, case.context, None, shorter)[0]:
            lost = floor(tip.metres + _EXACT) + 1
            relative = tip.metres / connect_m if connect_m else 0.0
            return Margin(lost, relative, "pipe_shorter", {"metres": lost})
    return None


def _village_at(village: Village, tip: TippingPoint, piece: str | None) -> Village:
    """The village with the reach of the tipping point."""
    served = without_homes(village.whole, tip.unserved)
    both = served.households > 0 and tip.unserved.households > 0
    return replace(
        village,
        share=tip.share,
        served=served.households,
        piece=piece,
        sides=(served, tip.unserved) if both else (),
    )


def _piece_with_most_left(case: Case) -> str | None:
    """ASSUME: the main that comes nearer is of the piece with the most capacity left, if any."""
    shared = case.result.shared
    return max(shared.pieces, key=lambda name: case.result.left(shared.pieces[name]), default=None)


def margin_share(case: Case) -> Margin | None:
    """A change of the required served share, which applies to heat and secured gas alike."""
    required = case.context.policy.heating_network.served_share
    for points in sorted(_points(case, required), key=lambda points: (abs(points), points)):
        if _changes_route(case, round(required + points / 100, 3)):
            key = "share_more" if points > 0 else "share_less"
            amount = abs(points)
            relative = amount / 100 / required if required else float("inf")
            return Margin(amount, relative, key, {"points": amount})
    return None


def _points(case: Case, required: float) -> Iterator[float]:
    """Changes of the required share that pass a share of the village, in percentage points.

    In steps of 0.1, as shares are shown. A resulting share of 0 or below is left out.
    """
    shares = {case.village.share}
    for part in (case.village.whole, *case.village.sides):
        if part.placed:
            shares |= {part.gas_secured / part.placed, part.gas_reached / part.placed}
    for had in (share for share in shares if not isnan(share)):
        if had < required:
            tenths = -ceil((required - had) * 1000 - _EXACT)
        else:
            tenths = floor((had - required) * 1000 + _EXACT) + 1
        if 0 < required * 1000 + tenths <= 1000 + _EXACT:
            yield tenths / 10


def _changes_route(case: Case, required: float) -> bool:
    rules = case.context.policy.heating_network.model_copy(update={"served_share": required})
    policy = case.context.policy.model_copy(update={"heating_network": rules})
    about = case.result.shared.pieces.get(case.village.piece or "")
    return case.what_if.route_changes(case.number, replace(case.context, policy=policy), about)[0]

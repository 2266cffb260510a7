"""Margins of the network's reach: metres to a main, and the share of homes that must be in reach."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor
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
    """A main that comes nearer, or a reach that becomes shorter."""
    connect_m = case.world.policy.heating_network.connect_m
    piece = case.village.piece or _roomiest(case)
    for tip in reach.nearer.get(case.village.code, ()):
        if case.route == "central" or (piece is None and "heat_sources" in case.world.available):
            break
        nearer = _as_of(case.village, tip, piece)
        if case.what_if.turned(case.number, case.world, None, nearer)[0]:
            numbers: dict[str, object] = {"metres": ceil(tip.metres - _EXACT)}
            relative = tip.metres / (tip.metres + connect_m)
            return Margin(tip.metres, relative, "pipe_nearer", numbers)
    for tip in reach.shorter.get(case.village.code, ()):
        shorter = _as_of(case.village, tip, piece)
        if case.what_if.turned(case.number, case.world, None, shorter)[0]:
            lost = floor(tip.metres + _EXACT) + 1
            relative = tip.metres / connect_m if connect_m else 0.0
            return Margin(lost, relative, "pipe_shorter", {"metres": lost})
    return None


def _as_of(village: Village, tip: TippingPoint, piece: str | None) -> Village:
    """The village once the network reaches as far as the tip says."""
    served = without_homes(village.whole, tip.unserved)
    both = served.households > 0 and tip.unserved.households > 0
    return replace(
        village,
        share=tip.share,
        served=served.households,
        piece=piece,
        sides=(served, tip.unserved) if both else (),
    )


def _roomiest(case: Case) -> str | None:
    """ASSUME: the main that comes nearer is of the piece with the most room, if there is one."""
    shared = case.result.shared
    return max(shared.pieces, key=lambda name: case.result.left(shared.pieces[name]), default=None)


def margin_share(case: Case) -> Margin | None:
    """Another share of homes that must be in reach, of the network and of secured gas alike."""
    asked = case.world.policy.heating_network.served_share
    for points in sorted(_points(case, asked), key=lambda points: (abs(points), points)):
        if _turns(case, round(asked + points / 100, 3)):
            key = "share_more" if points > 0 else "share_less"
            amount = abs(points)
            relative = amount / 100 / asked if asked else float("inf")
            return Margin(amount, relative, key, {"points": amount})
    return None


def _points(case: Case, asked: float) -> Iterator[float]:
    """Percentage points by which the share asked for passes a share that the village has.

    In tenths, as it is said; a share of nothing is none.
    """
    shares = {case.village.share}
    for part in (case.village.whole, *case.village.sides):
        if part.pending:
            shares |= {part.gas_secured / part.pending, part.gas_reached / part.pending}
    for had in shares:
        if had < asked:
            tenths = -ceil((asked - had) * 1000 - _EXACT)
        else:
            tenths = floor((had - asked) * 1000 + _EXACT) + 1
        if 0 < asked * 1000 + tenths <= 1000 + _EXACT:
            yield tenths / 10


def _turns(case: Case, asked: float) -> bool:
    rules = case.world.policy.heating_network.model_copy(update={"served_share": asked})
    policy = case.world.policy.model_copy(update={"heating_network": rules})
    about = case.result.shared.pieces.get(case.village.piece or "")
    return case.what_if.turned(case.number, replace(case.world, policy=policy), about)[0]

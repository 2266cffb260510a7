"""Switching margins of network reach: metres to a main, and the served share required.

Metres are tried at tipping points only: the distances at which a village's position changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor, isnan
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gis.decide.village import Part, flag_households, parts_beyond, without_homes
from gis.decide.what_if import Margin, turning_point

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis.decide.village import Village
    from gis.decide.what_if import Case
    from gis.facts import Facts
    from gis.policy import Policy

_EXACT_M = 1e-6
CONNECT, SHARE = "heating_network.connect_m", "heating_network.served_share"
_COUNTED = ["standing", "home", "pending"]


def margin_metres(case: Case, reach: VillageReach) -> Margin | None:
    """A main that comes nearer, or a connection distance that becomes shorter.

    A main that comes nearer by x turns a route where a connection distance longer by x does.
    """
    policy = case.context.policy
    connect_m = policy.heating_network.connect_m
    piece = case.village.piece or _piece_with_most_left(case)
    for tip in reach.nearer.get(case.village.code, ()):
        if case.route == "central" or (piece is None and "heat_sources" in case.context.available):
            break
        nearer = _village_at(case.village, tip, piece)
        if case.what_if.route_changes(case.number, case.context, None, nearer)[0]:
            numbers: dict[str, object] = {"metres": ceil(tip.metres - _EXACT_M)}
            usual = tip.metres / (tip.metres + connect_m)
            point = turning_point(policy, CONNECT, connect_m + tip.metres, beyond=False)
            return Margin(tip.metres, usual, "pipe_nearer", numbers).against(policy, point)
    for tip in reach.shorter.get(case.village.code, ()):
        shorter = _village_at(case.village, tip, piece)
        if case.what_if.route_changes(case.number, case.context, None, shorter)[0]:
            lost = floor(tip.metres + _EXACT_M) + 1
            usual = tip.metres / connect_m if connect_m else 0.0
            point = turning_point(policy, CONNECT, connect_m - tip.metres, beyond=True)
            found = Margin(lost, usual, "pipe_shorter", {"metres": lost})
            return found.against(policy, point)
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
    """ASSUME: the main that comes nearer is of the piece with the most capacity left, if any.

    Of several with as much it is the first by name, whatever the order of the sources.
    """
    shared, left = case.result.shared, case.result.left
    return min(shared.pieces, key=lambda name: (-left(shared.pieces[name]), name), default=None)


def margin_share(case: Case) -> Margin | None:
    """A change of the required served share, which applies to heat and secured gas alike."""
    policy = case.context.policy
    required = policy.heating_network.served_share
    for points in sorted(_points(case, required), key=lambda points: (abs(points), points)):
        if _changes_route(case, round(required + points / 100, 3)):
            key = "share_more" if points > 0 else "share_less"
            amount = abs(points)
            usual = amount / 100 / required if required else float("inf")
            point = turning_point(policy, SHARE, required + points / 100, beyond=False)
            return Margin(amount, usual, key, {"points": amount}).against(policy, point)
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
            tenths = -ceil((required - had) * 1000 - _EXACT_M)
        else:
            tenths = floor((had - required) * 1000 + _EXACT_M) + 1
        if 0 < required * 1000 + tenths <= 1000 + _EXACT_M:
            yield tenths / 10


def _changes_route(case: Case, required: float) -> bool:
    rules = case.context.policy.heating_network.model_copy(update={"served_share": required})
    policy = case.context.policy.model_copy(update={"heating_network": rules})
    about = case.result.shared.pieces.get(case.village.piece or "")
    return case.what_if.route_changes(case.number, replace(case.context, policy=policy), about)[0]


class TippingPoint(NamedTuple):
    """A household whose connection changes the position of its village.

    metres    how much nearer the network must come, or how much its reach must shrink [m]
    share     share of the village's homes within reach at that point
    unserved  the part outside the reach at that point
    """

    metres: float
    share: float
    unserved: Part


TippingPoints = dict[str, tuple[TippingPoint, ...]]


@dataclass(frozen=True)
class VillageReach:
    """Tipping points by village_code, nearest first.

    At each of them the served share or the size of a part passes a threshold.

    nearer    as the network comes nearer
    shorter   as its reach shrinks
    """

    nearer: TippingPoints
    shorter: TippingPoints


def village_reach(facts: Facts, policy: Policy) -> VillageReach:
    """Find the tipping points of every village with pending homes."""
    changes = _ReachChanges(_homes(facts, policy), flag_households(facts, policy), policy)
    return VillageReach(changes.nearer(), changes.shorter())


def _homes(facts: Facts, policy: Policy) -> pd.DataFrame:
    """The counted homes of villages with pending homes.

    ASSUME: a home that only a heating company's area covers stays within reach at any distance.
    """
    ledger = facts.households
    counted = ledger["village_code"].notna() & (ledger["status"] != "rejected")
    pending = ledger["pending"].astype(bool)
    waiting = ledger.loc[pending, "village_code"].unique()
    chosen = counted & ledger["village_code"].isin(waiting)
    homes = ledger[chosen]
    reached = homes["within_reach"]
    pulled_down = homes.reindex(columns=["occupancy"])["occupancy"] == "demolition"
    table = pd.DataFrame(
        {
            "code": homes["village_code"].astype(str).astype("category"),
            "pipe_m": homes["pipe_m"].astype(float),
            "reached": reached,
            "standing": ((homes["status"] == "placed") & ~pulled_down).astype(int),
            "home": 1,
            "pending": pending[chosen].astype(int),
        }
    )
    moves = np.where(
        reached, table["pipe_m"] <= policy.heating_network.connect_m, np.isfinite(table["pipe_m"])
    )
    return table.assign(moves=moves)


class _ReachChanges:
    """The homes, and the flags of the pending ones among them."""

    def __init__(self, homes: pd.DataFrame, waiting: pd.DataFrame, policy: Policy) -> None:
        self._homes, self._waiting, self._rules = homes, waiting, policy.heating_network
        self._whole = _sums(homes)
        self._within = _sums(homes[homes["reached"]])

    def nearer(self) -> TippingPoints:
        """Points where served homes form a part, the share is met, or the unserved part vanishes.

        An unserved part also vanishes if it has no pending homes or is too small.
        """
        moved = self._moving(reached=False)
        within = moved[_COUNTED] + self._of_village(self._within, moved)
        share = within["standing"] / self._of_village(self._whole, moved)["standing"]
        left = self._of_village(self._whole, moved) - within
        enough = share >= self._rules.served_share
        least = self._rules.split_min_households
        part = (within["home"] >= least) & (within["pending"] > 0)
        marks = part, enough, enough & (left["home"] < least), enough & (left["pending"] == 0)
        return self._tips(moved, marks, reached=False)

    def shorter(self) -> TippingPoints:
        """Points where the share is lost, or served homes no longer form a pending part."""
        moved = self._moving(reached=True)
        within = self._of_village(self._within, moved) - moved[_COUNTED]
        share = within["standing"] / self._of_village(self._whole, moved)["standing"]
        short = share < self._rules.served_share
        least = self._rules.split_min_households
        marks = short, short & (within["home"] < least), short & (within["pending"] == 0)
        return self._tips(moved, marks, reached=True)

    def _moving(self, *, reached: bool) -> pd.DataFrame:
        """The homes that move into or out of reach, in order, with running totals."""
        homes = self._homes[self._homes["moves"] & (self._homes["reached"] == reached)]
        order = homes.sort_values(
            ["code", "pipe_m"], ascending=[True, not reached], kind="stable", ignore_index=True
        )
        return order[["code", "pipe_m"]].join(order.groupby("code")[_COUNTED].cumsum())

    @staticmethod
    def _of_village(sums: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
        """`sums` of the village of each row."""
        return sums.reindex(moved["code"].astype(str)).fillna(0).reset_index(drop=True)

    def _tips(
        self, moved: pd.DataFrame, marks: tuple[pd.Series, ...], *, reached: bool
    ) -> TippingPoints:
        found: dict[str, dict[float, TippingPoint]] = {}
        connect_m = self._rules.connect_m
        for mark in marks:
            if not mark.any():
                continue
            first = moved[mark.to_numpy(bool)].drop_duplicates("code")
            at_m = first.set_index(first["code"].astype(str))["pipe_m"]
            for code, (share, part) in self._beyond(at_m, reached=reached).items():
                metres = connect_m - at_m[code] if reached else at_m[code] - connect_m
                found.setdefault(code, {}).setdefault(metres, TippingPoint(metres, share, part))
        return {code: tuple(own[m] for m in sorted(own)) for code, own in found.items()}

    def _beyond(self, at_m: pd.Series, *, reached: bool) -> dict[str, tuple[float, Part]]:
        """By code, the share within reach and the part outside, with the homes at `at_m` moved."""
        homes = self._homes[self._homes["code"].isin(at_m.index)]
        tip_m = homes["code"].map(at_m).astype(float)
        if reached:
            out = ~homes["reached"] | (homes["moves"] & (homes["pipe_m"] >= tip_m))
        else:
            out = ~homes["reached"] & ~(homes["moves"] & (homes["pipe_m"] <= tip_m))
        parts = parts_beyond(homes[out], self._waiting, at_m.index)
        standing = _sums(homes[~out])["standing"].reindex(at_m.index, fill_value=0)
        share = standing / self._whole["standing"].reindex(at_m.index)
        return {str(code): (float(share[code]), parts[str(code)]) for code in at_m.index}


def _sums(homes: pd.DataFrame) -> pd.DataFrame:
    """Sums of the counted columns of `homes`, by code."""
    sums = homes.groupby("code")[_COUNTED].sum()
    return sums.set_axis(sums.index.astype(str))

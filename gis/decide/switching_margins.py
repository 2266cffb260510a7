"""The switching margin of a village: the smallest change of an input that changes its route.

Here are the margins of shared capacity (transformer kVA, source kW, terms of an upgrade); those of
network reach are in `gis.decide.reach_margins`.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor, inf
from typing import TYPE_CHECKING

import pandas as pd

from gis import i18n
from gis.costs.upgrades import DEAR, LATE, OFFERED
from gis.decide.capacity import draw_w
from gis.decide.reach_margins import margin_metres, margin_share
from gis.decide.village import NOWHERE
from gis.decide.what_if import Case, Margin, capacity_drawn, least_change

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from gis.decide.capacity import Station
    from gis.decide.reach_margins import VillageReach
    from gis.decide.what_if import WhatIf
    from gis.errors import Text

_EXACT = 1e-9
_YEAR_D = 365
_STEPS = 64  # times that other villages may change before the search is given up


def margin_kva_loss(case: Case) -> Margin | None:
    """Loss of headroom at the transformer that decides the village's electric route."""
    if case.route != "electric":
        return None
    shared, kva = case.result.shared, case.result.shared.kva
    spare = {
        i: shared.stations[i].available_kva - case.result.used[i] * kva
        for i in case.choice.use
        if i < len(shared.stations)
    }
    found: Margin | None = None
    for i in sorted(spare, key=lambda i: (spare[i], shared.names[i])):
        if found is not None and floor(spare[i] + _EXACT) + 1 >= found.amount:
            break
        lost = _deciding_loss_kva(case, i)
        if lost is not None and (found is None or lost[0] < found.amount):
            station = shared.stations[i]
            numbers: dict[str, object] = {"kva": lost[0], "name": station.name}
            found = Margin(lost[0], _relative_to(lost[1], station), "grid_less", numbers)
    return found


def _relative_to(kva: float, station: Station) -> float:
    """`kva` relative to the transformer's available capacity."""
    return kva / station.available_kva if station.available_kva else inf


def _deciding_loss_kva(case: Case, i: int) -> tuple[int, float] | None:
    """The smallest loss at transformer `i` that changes the route [kVA]: whole, and exact."""
    shared = case.result.shared
    station, used, lost = shared.stations[i], case.result.used[i], 0
    added = station.upgrade_kva if station.offer == OFFERED else 0.0
    for _ in range(_STEPS):
        draw = used * shared.kva
        without = draw <= max(0.0, station.spare_kva - lost) + _EXACT
        room = station.spare_kva + (0.0 if without else added) - draw
        lost = max(lost, floor(room + _EXACT)) + 1
        other = shared.with_station(i, replace(station, spare_kva=station.spare_kva - lost))
        turned, chosen = case.with_resources(other, i)
        if turned:
            return lost, min(room, lost)
        used = capacity_drawn(chosen, i)
        if not used:
            return None
    return None


def margin_kva_gain(case: Case, as_of: date) -> Iterator[Margin]:
    """Gain of headroom, or a cheaper or earlier upgrade, where a single transformer is short."""
    verdict, shared = case.verdict("electric"), case.result.shared
    feeders = dict(case.part.feeders)
    if not case.before("electric") or verdict is None or not verdict.eligible or NOWHERE in feeders:
        return
    own = case.choice.use
    left = {
        i: case.result.left(i) + own.get(i, 0)
        for i in map(shared.transformers.get, feeders)
        if i is not None
    }
    short = [i for i in left if feeders[shared.names[i]] > left[i]]
    if len(short) != 1:
        return
    i, station = short[0], shared.stations[short[0]]
    draw = (feeders[station.name] + case.result.used[i] - own.get(i, 0)) * shared.kva

    def turns(kva: int) -> bool:
        more = replace(station, spare_kva=station.spare_kva + kva)
        return case.with_resources(shared.with_station(i, more), i)[0]

    lacking = draw - _available_kva(station)
    first = ceil(lacking - _EXACT)
    gained = least_change(turns, first, max(first, 1) + ceil(case.result.used[i] * shared.kva))
    if gained is not None:
        exactly = lacking if gained == first else gained
        numbers: dict[str, object] = {"kva": gained, "name": station.name}
        yield Margin(gained, _relative_to(exactly, station), "grid_more", numbers)
    yield from _better_offer(case, i, as_of)


def _available_kva(station: Station) -> float:
    """Headroom including an allowed upgrade [kVA], below 0 where the transformer is overdrawn."""
    return station.spare_kva + (station.upgrade_kva if station.offer == OFFERED else 0.0)


def _better_offer(case: Case, i: int, as_of: date) -> Iterator[Margin]:
    """The change that makes the planned upgrade allowed: an earlier date, or else a lower price."""
    policy, station = case.context.policy, case.result.shared.stations[i]
    ceiling_fen = policy.electric.max_upgrade_cny_per_household * 100
    offered = case.result.shared.with_station(i, replace(station, offer=OFFERED))
    if station.offer not in (DEAR, LATE) or not case.with_resources(offered, i)[0]:
        return
    if station.offer == DEAR:
        fall = 1 - ceiling_fen / station.fen_per_household
        percent = ceil(fall * 100 - _EXACT)
        yield Margin(percent, fall, "price_down", {"percent": percent, "name": station.name})
    elif station.fen_per_household <= ceiling_fen:
        days = (station.upgrade_due_on - pd.Timestamp(policy.plan.deadline)).days
        if pd.notna(days) and pd.Timestamp(policy.plan.deadline) >= pd.Timestamp(as_of):
            numbers = {"days": days, "name": station.name}
            yield Margin(days, days / _YEAR_D, "upgrade_sooner", numbers)


def margin_price_rise(case: Case) -> Margin | None:
    """Rise of an upgrade's price that changes the village's route."""
    shared = case.result.shared
    ceiling = case.context.policy.electric.max_upgrade_cny_per_household * 100
    found: list[Margin] = []
    for i in sorted(case.result.upgraded & case.choice.use.keys()):
        station = shared.stations[i]
        if case.route != "electric" or station.fen_per_household <= 0:
            continue
        if case.with_resources(shared.with_station(i, replace(station, offer=DEAR)), i)[0]:
            rise = ceiling / station.fen_per_household - 1
            percent = floor(rise * 100 + _EXACT) + 1
            numbers: dict[str, object] = {"percent": percent, "name": station.name}
            found.append(Margin(percent, rise, "price_up", numbers))
    return min(found, key=lambda m: (m.relative, str(m.numbers["name"])), default=None)


def margin_kw_loss(case: Case, below: float) -> Margin | None:
    """Loss of capacity at the village's heat source; None unless its share is less than `below`."""
    piece, shared = case.village.piece, case.result.shared
    index = shared.pieces.get(piece or "")
    if index is None or index not in case.choice.use or case.route != "central":
        return None
    whole_w, used_w, lost_kw = shared.spare_w[index], case.result.used[index], 0
    for _ in range(_STEPS):
        lost_kw = max(lost_kw, (whole_w - used_w) // 1000) + 1
        share = lost_kw * 1000 / max(1, whole_w)
        if share > below:
            return None
        turned, chosen = case.with_resources(shared.with_watts(index, -lost_kw * 1000), index)
        if turned:
            return Margin(lost_kw, share, "source_less", {"kw": lost_kw, "piece": piece})
        used_w = capacity_drawn(chosen, index)
        if not used_w:
            return None
    return None


def margin_kw_gain(case: Case) -> Margin | None:
    """Gain of capacity at the source of the piece that serves the village."""
    verdict, piece, shared = case.verdict("central"), case.village.piece, case.result.shared
    index = shared.pieces.get(piece or "")
    if not case.before("central") or verdict is None or not verdict.eligible or index is None:
        return None
    free_w, need_w = shared.spare_w[index], draw_w(case.part.heated_m2, case.context.policy)
    others_w = case.result.used[index] - case.choice.use.get(index, 0)

    def turns(kw: int) -> bool:
        return case.with_resources(shared.with_watts(index, kw * 1000), index)[0]

    lacking_w = need_w + others_w - free_w
    first = ceil(lacking_w / 1000)
    kw = least_change(turns, first, max(first, 1) + ceil(case.result.used[index] / 1000))
    if kw is None:
        return None
    exactly_w = lacking_w if kw == first else kw * 1000
    share = exactly_w / free_w if free_w > 0 else inf
    return Margin(kw, share, "source_more", {"kw": kw, "piece": piece})


def switching_margin(what_if: WhatIf, village: int, reach: VillageReach, as_of: date) -> Text:
    """Find the smallest single change that changes the computed route of a village, as text.

    The smallest change is found for each kind of input: metres to a main, kVA of a transformer, kW
    of a source, a share, a price, a day. Among them the smallest relative to its input is chosen.
    Villages that compete with this one are decided again with it.

    ASSUME: an input is uncertain by at most its own value, a day by at most a year.
    """
    table = i18n.messages("reasons")["margin"]
    case = Case(what_if, village)
    if not (case.village.ledger.known and case.village.whole.pending):
        return i18n.format_message(table, "none")
    found: list[Margin | None] = [
        margin_metres(case, reach),
        margin_share(case),
        margin_kva_loss(case),
        *margin_kva_gain(case, as_of),
        margin_price_rise(case),
        margin_kw_gain(case),
    ]
    known = [one for one in found if one is not None]
    best = min((one.relative for one in known), default=inf)
    source = margin_kw_loss(case, best)
    if source is not None:
        known.append(source)
    if not known:
        return i18n.format_message(table, "none")
    chosen = min(known, key=lambda one: (one.relative, one.key))
    return i18n.format_message(table, chosen.key, **chosen.numbers)

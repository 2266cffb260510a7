"""The switching margin of a village: the smallest change of an input that changes its route.

Here are the margins of shared capacity (transformer kVA, source kW, price of grid works); those of
network reach are in `gis.decide.reach_margins`.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor, inf
from typing import TYPE_CHECKING, NamedTuple

from gis import i18n
from gis.costs.upgrades import BOUGHT, ceiling_holds
from gis.decide.capacity import draw_w
from gis.decide.reach_margins import CONNECT, SHARE, margin_metres, margin_share
from gis.decide.readiness import draws_w
from gis.decide.robustness import in_sentence
from gis.decide.village import NOWHERE
from gis.decide.what_if import Case, Margin, capacity_drawn, least_change, turning_point
from gis.errors import Text
from gis.policy.differences import setting_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis.decide.capacity import Station
    from gis.decide.reach_margins import VillageReach
    from gis.decide.what_if import TurningPoint, WhatIf
    from gis.policy import Policy

_EXACT = 1e-9
_PRICE = "electric.upgrade_cny_per_kva"
_UNITS = {CONNECT: " m", _PRICE: " CNY/kVA"}
# The margin lies within the range of the input that it changes, beyond it, or that has none.
INSIDE, OUTSIDE, NO_RANGE = MARGIN_STATES = ("inside", "outside", "no_range")
_STEPS = 64  # times that other villages may change before the search is given up


def margin_kva_loss(case: Case) -> Margin | None:
    """Loss of headroom at the transformer that decides the village's electric route.

    Only where the plan may refuse its works: elsewhere a larger transformer would be bought.
    """
    if case.route != "electric" or not ceiling_holds(case.context.policy):
        return None
    shared = case.result.shared
    spare = {
        i: _available_kva(shared.stations[i], case.context.policy)
        - case.result.used[i] * shared.stations[i].kva_per_w
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
            found = Margin(
                lost[0], _relative_to(lost[1], station, case.context.policy), "grid_less", numbers
            )
    return found


def _relative_to(kva: float, station: Station, policy: Policy) -> float:
    """`kva` relative to the transformer's headroom, a planned upgrade included."""
    available = max(0.0, _available_kva(station, policy))
    return kva / available if available else inf


def _available_kva(station: Station, policy: Policy) -> float:
    """Headroom with a planned upgrade within the ceiling [kVA], below 0 where overdrawn.

    A ceiling that nobody has verified refuses nothing.
    """
    kva, fen = station.planned
    ceiling_fen = policy.electric.max_upgrade_cny_per_household * 100
    allowed = not ceiling_holds(policy) or fen <= ceiling_fen * station.homes
    return station.spare_kva + (kva if allowed else 0.0)


def _deciding_loss_kva(case: Case, i: int) -> tuple[int, float] | None:
    """The smallest loss at transformer `i` that changes the route [kVA]: whole, and exact."""
    shared, policy = case.result.shared, case.context.policy
    station, used_w, lost = shared.stations[i], case.result.used[i], 0
    asked = station.asked_kva  # works are sized for all pending homes
    for _ in range(_STEPS):
        draw = used_w * station.kva_per_w
        without = draw <= max(0.0, station.spare_kva - lost) + _EXACT
        room = station.spare_kva - draw if without else _available_kva(station, policy) - asked
        lost = max(lost, floor(room + _EXACT)) + 1
        other = shared.with_spare(i, -lost, policy)
        turned, chosen = case.with_resources(other, i)
        if turned:
            return lost, min(room, lost)
        used_w = capacity_drawn(chosen, i)
        if not used_w:
            return None
    return None


def margin_kva_gain(case: Case) -> Iterator[Margin]:
    """Gain of headroom, or cheaper works, where a single transformer is short."""
    verdict, shared, policy = case.verdict("electric"), case.result.shared, case.context.policy
    need_w = draws_w(shared, case.part)
    nowhere = any(one.transformer == NOWHERE for one in case.part.feeders)
    if not case.before("electric") or verdict is None or not verdict.eligible or nowhere:
        return
    own = case.choice.use
    left = {i: case.result.left(i) + own.get(i, 0) for i in need_w}
    short = [i for i in left if need_w[i] > left[i]]
    if len(short) != 1:
        return
    i, station = short[0], shared.stations[short[0]]
    draw = (need_w[i] + case.result.used[i] - own.get(i, 0)) * station.kva_per_w

    def turns(kva: int) -> bool:
        return case.with_resources(shared.with_spare(i, kva, policy), i)[0]

    lacking = draw - _available_kva(station, policy)
    first = ceil(lacking - _EXACT)
    most = max(first, 1) + ceil(case.result.used[i] * station.kva_per_w)
    gained = least_change(turns, first, most)
    if gained is not None:
        exactly = lacking if gained == first else gained
        numbers: dict[str, object] = {"kva": gained, "name": station.name}
        yield Margin(gained, _relative_to(exactly, station, policy), "grid_more", numbers)
    yield from _lower_price(case, i)


def _lower_price(case: Case, i: int) -> Iterator[Margin]:
    """The fall in price of the works at `i` that makes the plan allow them."""
    shared, station = case.result.shared, case.result.shared.stations[i]
    allowed = shared.with_station(i, replace(station, refused=False))
    factor = _bearable_factor(station, case.context.policy)
    if not 0 < factor < 1 or not case.with_resources(allowed, i)[0]:
        return
    percent = ceil((1 - factor) * 100 - _EXACT)
    numbers: dict[str, object] = {"percent": percent, "name": station.name}
    yield _of_price(case, station, factor, Margin(percent, 1 - factor, "price_down", numbers))


def _of_price(case: Case, station: Station, factor: float, margin: Margin) -> Margin:
    """`margin` against the range of the price per kVA, where that alone makes the works' price."""
    policy = case.context.policy
    if station.works != BOUGHT or policy.electric.line_m_per_unit:
        return margin
    value = policy.electric.upgrade_cny_per_kva * factor
    point = turning_point(policy, _PRICE, value, beyond=factor > 1)
    return margin.against(policy, point)


def _bearable_factor(station: Station, policy: Policy) -> float:
    """The price of a transformer's works at which they reach the ceiling, by what they cost now.

    They are allowed while the mean of any village that draws on it is within the ceiling.
    """
    ceiling_fen = policy.electric.max_upgrade_cny_per_household * 100
    each_fen = station.fen_per_household
    factors = (
        (ceiling_fen * (one.other_homes + one.own_homes) - one.other_fen)
        / (each_fen * one.own_homes)
        for one in station.beside
    )
    return max(factors, default=0.0) if each_fen > 0 else 0.0


def margin_price_rise(case: Case) -> Margin | None:
    """Rise in price of a transformer's works that changes the route, under a verified ceiling."""
    shared, policy = case.result.shared, case.context.policy
    if case.route != "electric" or not ceiling_holds(policy):
        return None
    found: list[Margin] = []
    for i in sorted(case.result.upgraded & case.choice.use.keys()):
        station = shared.stations[i]
        rise = _bearable_factor(station, policy) - 1
        if rise < -_EXACT:
            continue
        if case.with_resources(shared.with_station(i, replace(station, refused=True)), i)[0]:
            percent = floor(rise * 100 + _EXACT) + 1
            numbers: dict[str, object] = {"percent": percent, "name": station.name}
            margin = Margin(percent, rise, "price_up", numbers)
            found.append(_of_price(case, station, 1 + rise, margin))
    return min(found, key=lambda one: (one.relative, str(one.numbers["name"])), default=None)


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
            return Margin(
                lost_kw, share, "source_less", {"kw": lost_kw, **shared.piece_called(piece)}
            )
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
    free_w, need_w = shared.spare_w[index], draw_w(case.part.peak_w, case.context.policy)
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
    return Margin(kw, share, "source_more", {"kw": kw, **shared.piece_called(piece)})


class SwitchingMargin(NamedTuple):
    """What would change the computed route of a village.

    text     the smallest change in words
    state    whether the number that it changes may well be there: one of MARGIN_STATES, "" where
             nothing changes the route
    beside   the same in words
    """

    text: Text
    state: str
    beside: Text


def switching_margin(what_if: WhatIf, village: int, reach: VillageReach) -> SwitchingMargin:
    """Find the smallest single change that changes the computed route of a village.

    The smallest change is found for each kind of input: metres to a main, kVA of a transformer, kW
    of a source, a share, a price. Among them the smallest against the input's own range is chosen.
    Villages that compete with this one are decided again with it.

    ASSUME: an input without a range is uncertain by at most its own value.
    """
    case = Case(what_if, village)
    chosen = _smallest(case, reach)
    table = i18n.messages("reasons")["margin"]
    if chosen is None:
        return SwitchingMargin(i18n.format_message(table, "none"), "", Text("", ""))
    text = i18n.format_message(table, chosen.key, **chosen.numbers)
    return SwitchingMargin(text, *_against_range(chosen.point))


def _smallest(case: Case, reach: VillageReach) -> Margin | None:
    if not (case.village.ledger.known and case.village.whole.pending):
        return None
    found: list[Margin | None] = [
        margin_metres(case, reach),
        margin_share(case),
        margin_kva_loss(case),
        *margin_kva_gain(case),
        margin_price_rise(case),
        margin_kw_gain(case),
    ]
    known = [one for one in found if one is not None]
    best = min((one.relative for one in known), default=inf)
    source = margin_kw_loss(case, best)
    if source is not None:
        known.append(source)
    return min(known, key=lambda one: (one.relative, one.key), default=None)


def _against_range(point: TurningPoint | None) -> tuple[str, Text]:
    """Whether a turning point lies within the range of its number: the state, and in words."""
    words = i18n.messages("reasons")["margin_range"]
    if point is None or not point.ranged:
        return NO_RANGE, Text("", "")
    state, name = INSIDE if point.inside else OUTSIDE, setting_name(point.key)
    scale, unit = (100, "%") if point.key == SHARE else (1, _UNITS.get(point.key, ""))
    low, high, at = (f"{scale * one:,.4g}{unit}" for one in (point.low, point.high, point.value))
    told = {"name_zh": name.zh, "name_en": in_sentence(name.en), "at": at, "low": low, "high": high}
    return state, i18n.format_message(words, state, **told)

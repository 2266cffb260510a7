"""How little would have to change for a village to get another route."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, inf
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gis import words
from gis.costs.upgrades import DEAR, LATE
from gis.decide.choices import DONE
from gis.decide.resources import draw_w
from gis.errors import Text

if TYPE_CHECKING:
    from gis.decide.outcome import Outcome
    from gis.decide.resources import Station
    from gis.decide.rules import Verdict, World
    from gis.decide.village import Part, Village
    from gis.facts import Facts

_YEAR_D = 365


class Margin(NamedTuple):
    """One change that would do: its size against the input it changes, and its words."""

    relative: float
    key: str
    numbers: dict[str, object]


@dataclass(frozen=True)
class Distances:
    """Metres of pipe between a village and the served share, by village_code.

    to_gain   how much nearer the network must come for the share to be reached [m]
    to_lose   how much shorter its reach may get before the share is lost [m]
    """

    to_gain: dict[str, float]
    to_lose: dict[str, float]


def distances(facts: Facts, share: float, connect_m: float) -> Distances:
    """The distances that decide whether each village is served.

    By the home that tips the share: with k more homes served it is reached, so the k-th nearest
    of the others counts.
    """
    homes = facts.households
    counted = homes["village_code"].notna() & (homes["status"] != "rejected")
    table = homes.loc[counted, ["village_code", "pipe_m", "served"]].sort_values(
        ["village_code", "pipe_m"], kind="stable"
    )
    to_gain, to_lose = {}, {}
    size = table.groupby("village_code").size()
    need = np.ceil(size * share - 1e-9).astype(int)
    reached = table[table["served"] != "none"].groupby("village_code")["pipe_m"].agg(list)
    beyond = table[table["served"] == "none"].groupby("village_code")["pipe_m"].agg(list)
    for code, metres in beyond.items():
        k = need[code] - (len(reached[code]) if code in reached.index else 0)
        if k > 0:
            to_gain[str(code)] = metres[k - 1] - connect_m
    for code, metres in reached.items():
        k = len(metres) - need[code]
        if k >= 0:
            to_lose[str(code)] = connect_m - metres[::-1][k]
    return Distances(to_gain, to_lose)


def margin(world: World, result: Outcome, village: int, reach: Distances, as_of: date) -> Text:
    """The smallest single change that changes the computed route of a village, in words.

    ASSUME: the smallest is the one that is least against the input it changes (a shift of a date
    against a year); everybody else stays as decided.
    """
    chosen = result.choice(village)
    table = words.load("reasons")["margin"]
    if chosen.routes == (DONE,):
        return words.sentence(table, "none")
    part, route = next(
        (p, r) for p, r in zip(chosen.parts, chosen.routes, strict=True) if r != DONE
    )
    found = list(_margins(_Case(world, result, village, part, route), reach, as_of))
    if not found:
        return words.sentence(table, "none")
    least = min(found, key=lambda m: (m.relative, m.key))
    return words.sentence(table, least.key, **least.numbers)


class _Case(NamedTuple):
    world: World
    result: Outcome
    number: int
    part: Part
    route: str

    @property
    def village(self) -> Village:
        return self.result.options[self.number].village

    def verdict(self, route: str) -> Verdict | None:
        """What was said of `route` for this part."""
        found = self.result.options[self.number].verdicts[self.part.name]
        return next((verdict for verdict in found if verdict.route == route), None)

    def before(self, route: str) -> bool:
        """Whether the plan tries `route` before the one that the part has."""
        order = [rule.route for rule in self.world.policy.routes]
        return route in order and (
            self.route not in order or order.index(route) < order.index(self.route)
        )


def _margins(case: _Case, reach: Distances, as_of: date) -> Iterator[Margin]:
    if case.before("central"):
        yield from _network_nearer(case, reach)
        yield from _source_more(case)
    if case.before("electric"):
        yield from _grid_more(case, as_of)
    if case.route == "central":
        yield from _network_shorter(case, reach)
        yield from _source_less(case)
    if case.route == "electric":
        yield from _grid_less(case)


def _network_nearer(case: _Case, reach: Distances) -> Iterator[Margin]:
    """ASSUME: the pipe that comes nearer is of a piece that can carry the village, if any can."""
    verdict, metres = case.verdict("central"), reach.to_gain.get(case.village.code, inf)
    if verdict is None or verdict.eligible or not 0 < metres < inf or case.part.name:
        return
    shared = case.result.shared
    need_w = draw_w(case.part.heated_m2, case.world.policy)
    roomy = any(case.result.left(i) >= need_w for i in shared.pieces.values())
    if "heat_sources" not in case.world.available or roomy:
        connect_m = case.world.policy.heating_network.connect_m
        yield Margin(metres / (metres + connect_m), "pipe_nearer", {"metres": ceil(metres)})


def _network_shorter(case: _Case, reach: Distances) -> Iterator[Margin]:
    metres = reach.to_lose.get(case.village.code, -inf)
    if metres >= 0:
        connect_m = case.world.policy.heating_network.connect_m
        yield Margin(metres / connect_m, "pipe_shorter", {"metres": floor(metres) + 1})


def _source_more(case: _Case) -> Iterator[Margin]:
    verdict, piece = case.verdict("central"), case.village.piece
    shared = case.result.shared
    if verdict is None or not verdict.eligible or piece not in shared.pieces:
        return
    left_w = max(0, case.result.left(shared.pieces[piece]))
    lacking_w = draw_w(case.part.heated_m2, case.world.policy) - left_w
    if lacking_w > 0:
        relative = lacking_w / (lacking_w + left_w)
        yield Margin(relative, "source_more", {"kw": ceil(lacking_w / 1000), "piece": piece})


def _source_less(case: _Case) -> Iterator[Margin]:
    piece = case.village.piece
    index = case.result.shared.pieces.get(piece or "")
    if index is None or index not in case.result.choice(case.number).use:
        return
    left_w = case.result.left(index)
    relative = left_w / max(1, case.result.shared.free[index])
    yield Margin(relative, "source_less", {"kw": left_w // 1000 + 1, "piece": piece})


def _grid_less(case: _Case) -> Iterator[Margin]:
    """Less headroom, or a dearer upgrade, at each transformer the part depends on."""
    shared, kva = case.result.shared, case.world.policy.electric.kva_per_household
    ceiling = case.world.policy.electric.max_upgrade_cny_per_household * 100
    for i in case.result.choice(case.number).use:
        station = shared.stations[i]
        spare = station.to_be_had_kva - case.result.used[i] * kva
        relative = spare / max(station.to_be_had_kva, kva)
        yield Margin(relative, "grid_less", {"kva": floor(spare + 1e-9) + 1, "name": station.name})
        if i in case.result.upgraded and station.fen_per_household > 0:
            rise = ceiling / station.fen_per_household - 1
            percent = floor(rise * 100 + 1e-9) + 1
            yield Margin(rise, "price_up", {"percent": percent, "name": station.name})


def _grid_more(case: _Case, as_of: date) -> Iterator[Margin]:
    """More headroom, or a cheaper or sooner upgrade, where one transformer alone is in the way."""
    verdict, shared = case.verdict("electric"), case.result.shared
    feeders = dict(case.part.feeders)
    if verdict is None or not verdict.eligible or "" in feeders:
        return
    own = case.result.choice(case.number).use
    left = {
        i: case.result.left(i) + own.get(i, 0)
        for i in map(shared.transformers.get, feeders)
        if i is not None
    }
    short = [i for i in left if feeders[shared.names[i]] > left[i]]
    if len(short) != 1:
        return
    station, kva = shared.stations[short[0]], case.world.policy.electric.kva_per_household
    homes, others = feeders[station.name], case.result.used[short[0]] - own.get(short[0], 0)
    lacking = (homes + others) * kva - station.to_be_had_kva
    yield Margin(
        lacking / (homes * kva), "grid_more", {"kva": ceil(lacking - 1e-9), "name": station.name}
    )
    if station.headroom_kva + station.upgrade_kva >= (others + homes) * kva - 1e-9:
        yield from _offer_better(case, station, as_of)


def _offer_better(case: _Case, station: Station, as_of: date) -> Iterator[Margin]:
    """What the upgrade that is there lacks; price is looked at once the date is met."""
    policy = case.world.policy
    ceiling_fen = policy.electric.max_upgrade_cny_per_household * 100
    if station.offer == DEAR:
        fall = 1 - ceiling_fen / station.fen_per_household
        yield Margin(fall, "price_down", {"percent": ceil(fall * 100 - 1e-9), "name": station.name})
    if station.offer == LATE and station.fen_per_household <= ceiling_fen:
        days = (station.upgrade_due_on - pd.Timestamp(policy.plan.deadline)).days
        if pd.notna(days) and pd.Timestamp(policy.plan.deadline) >= pd.Timestamp(as_of):
            yield Margin(days / _YEAR_D, "upgrade_sooner", {"days": days, "name": station.name})

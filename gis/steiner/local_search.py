"""Betters a forest step by step: cuts off a part and joins it again where that is cheapest.

Makes a forest keep within capacities and heat density by leaving loads out.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from math import inf
from typing import NamedTuple

from gis.steiner.arborescence import NONE, Arborescence, ArborescenceArcs, Flows

_SHARES = (0.0, 0.25, 0.5, 1.0, 2.0)
_EXACT = 1e-9


def choose_loads(ground: ArborescenceArcs, into: list[int]) -> Arborescence:
    """The best way found to serve loads along `into` without breaking a bound.

    Where a heat density is asked for, heat beyond it is given several prices, measured by what
    pipe costs per MWh that is asked of it.
    """
    asked = sum(ground.asked_mwh)
    shares = _SHARES if asked else (0.0,)
    per_mwh = sum(ground.fixed) / asked if asked else 0.0
    tries = (repair_arborescence(ground, ground.choose(into, share * per_mwh)) for share in shares)
    return min(tries, key=lambda one: ground.flows(one).cost)


def repair_arborescence(ground: ArborescenceArcs, forest: Arborescence) -> Arborescence:
    """Leaves out too thin branches, then the loads that gain least where a link is too small."""
    if ground.flows(forest).cost < inf:
        return forest
    return _within_capacity(ground, _dense(ground, forest))


def _dense(ground: ArborescenceArcs, forest: Arborescence) -> Arborescence:
    """Without the branches, from the ends inward, that deliver too little heat per metre."""
    if not ground.arcs.density_mwh_per_m:
        return forest
    surplus = ground.surplus(forest)
    for node in reversed(ground.in_use(forest)):
        if node and surplus[node] < 0:
            forest = _without(forest, _behind(ground, forest.into, node), ground)
            surplus = ground.surplus(forest)
    return forest


def _without(forest: Arborescence, loads: list[int], ground: ArborescenceArcs) -> Arborescence:
    chosen = list(forest.chosen)
    for load in loads:
        chosen[load] = ground.must[load]
    return Arborescence(forest.into, chosen)


def _behind(ground: ArborescenceArcs, into: list[int], node: int) -> list[int]:
    """The loads fed through `node`."""
    found, queue = [], [node]
    for here in queue:
        found += ground.loads[here]
        fed = (ground.head[arc] for arc in ground.out[here] if into[ground.head[arc]] == arc)
        queue.extend(fed)
    return found


def _within_capacity(ground: ArborescenceArcs, forest: Arborescence) -> Arborescence:
    """From the ends inward, without the loads that gain least per kW behind a full link."""
    now = ground.flows(forest)
    for node in reversed(ground.in_use(forest)):
        arc = forest.into[node]
        while arc != NONE and ground.beyond(arc, now.kw[node]) == inf:
            worst = _least_worth(ground, forest, now, node)
            if worst is None:
                break
            forest = _without(forest, [worst], ground)
            now = ground.flows(forest)
    return forest


def _least_worth(
    ground: ArborescenceArcs, forest: Arborescence, flows: Flows, node: int
) -> int | None:
    worth = [
        (-(ground.cost[one] / max(ground.kw[one], _EXACT) + flows.price[ground.at[one]]), one)
        for one in _behind(ground, forest.into, node)
        if forest.chosen[one] and not ground.must[one]
    ]
    return min(worth)[1] if worth else None


_ROUNDS = 30
_GAIN = 1e-7  # share of the cost that a step must save to count


class _Step(NamedTuple):
    """Nodes and the arcs that should lead into them instead."""

    into: dict[int, int]


def improve(ground: ArborescenceArcs, into: list[int]) -> tuple[Arborescence, float]:
    """The best forest that steps from `into` lead to, and its cost a year (inf: none found)."""
    weight = [
        fixed + slope * _typical_kw(ground)
        for fixed, slope in zip(ground.fixed, ground.slope, strict=True)
    ]
    best = choose_loads(ground, ground.spread(into, weight))
    cost = ground.flows(best).cost
    for _ in range(_ROUNDS):
        joined, less = _rejoin_all(ground, best, cost)
        again = choose_loads(ground, ground.spread(joined.into, weight))
        least = ground.flows(again).cost
        if least < less:
            joined, less = again, least
        if not less < cost - _GAIN * abs(cost):
            return (joined, less) if less < cost else (best, cost)
        best, cost = joined, less
    return best, cost


def _typical_kw(ground: ArborescenceArcs) -> float:
    return sum(ground.kw) / max(len(ground.kw), 1)


def _rejoin_all(
    ground: ArborescenceArcs, forest: Arborescence, cost: float
) -> tuple[Arborescence, float]:
    """Every part of the forest tried once, from the ends inward."""
    if cost == inf:
        return forest, cost
    flows = ground.flows(forest)
    for node in reversed(list(flows.order)):
        if node == 0 or forest.into[node] == NONE or flows.kw[node] <= 0:
            continue
        step = _rejoin(ground, forest, flows, node)
        if step is None:
            continue
        into = list(forest.into)
        for changed, arc in step.into.items():
            into[changed] = arc
        tried = Arborescence(into, forest.chosen)
        now = ground.flows(tried)
        if now.cost < cost - _GAIN * abs(cost):
            forest, flows, cost = tried, now, now.cost
    return forest, cost


def _rejoin(
    ground: ArborescenceArcs, forest: Arborescence, flows: Flows, node: int
) -> _Step | None:
    """The cheapest other way to feed the part behind `node`; None: none is cheaper."""
    path, top = _key_path(ground, forest, flows, node)
    kw = flows.kw[node]
    saved = sum(ground.fixed[forest.into[v]] for v in path) + kw * flows.price[node]
    saved += sum(ground.standing[forest.into[v]] * flows.price[top] for v in path)
    part = _part(ground, forest, flows, node)
    loose = set(path) - {node}
    return _cheapest(ground, forest, flows, _Cut(node, kw, saved, part, loose))


class _Cut(NamedTuple):
    """A part cut off at `node`: its kW, what cutting saves, cost of entering it at each node."""

    node: int
    kw: float
    saved: float
    part: dict[int, float]
    loose: set[int]


def _key_path(
    ground: ArborescenceArcs, forest: Arborescence, flows: Flows, node: int
) -> tuple[list[int], int]:
    """The nodes from `node` up whose arcs serve nothing else, and the node they hang on."""
    path, top = [node], ground.tail[forest.into[node]]
    while top != 0 and _alone(ground, forest, flows, top, path[-1]):
        path.append(top)
        top = ground.tail[forest.into[top]]
    return path, top


def _alone(
    ground: ArborescenceArcs, forest: Arborescence, flows: Flows, node: int, child: int
) -> bool:
    """Whether `node` carries nothing but what `child` draws."""
    arc = forest.into[child]
    only = ground.growth[arc] * flows.kw[child] + ground.standing[arc]
    return flows.kw[node] <= only * (1 + 1e-12) + 1e-12


def _part(
    ground: ArborescenceArcs, forest: Arborescence, flows: Flows, node: int
) -> dict[int, float]:
    """The nodes behind `node` with what it costs more a year to feed the part from there.

    ASSUME: losses are left aside here; the step is judged by its exact cost afterwards.
    """
    total = flows.kw[node]
    cost = {node: 0.0}
    queue = [node]
    for here in queue:
        for arc in ground.out[here]:
            other = ground.head[arc]
            if forest.into[other] == arc and flows.kw[other] > 0 and other not in cost:
                turned = total - 2 * flows.kw[other]
                cost[other] = cost[here] + ground.slope[arc] * turned
                queue.append(other)
    return cost


def _cheapest(
    ground: ArborescenceArcs, forest: Arborescence, flows: Flows, cut: _Cut
) -> _Step | None:
    """Searches outward from the part, against the flow, to the rest of the forest."""
    far = dict(cut.part)
    next_arc: dict[int, int] = {}
    heap = [(cost, node) for node, cost in far.items()]
    heapify(heap)
    best, entry = cut.saved * (1 - 1e-9), NONE
    done: set[int] = set()
    least_price = -min(0.0, *cut.part.values())
    while heap:
        cost, node = heappop(heap)
        if cost - least_price > best and cost > best:
            break
        if node in done:
            continue
        done.add(node)
        fed = node == 0 or (forest.into[node] != NONE and flows.kw[node] > 0)
        if fed and node not in cut.part and node not in cut.loose:
            if cost + cut.kw * flows.price[node] < best:
                best, entry = cost + cut.kw * flows.price[node], node
            continue
        for arc in ground.toward[node]:
            before = ground.tail[arc]
            if before in cut.part or _same(forest, cut, node, arc):
                continue
            reach = cost + ground.fixed[arc] + ground.slope[arc] * cut.kw
            if reach < far.get(before, inf):
                far[before] = reach
                next_arc[before] = arc
                heappush(heap, (reach, before))
    return None if entry == NONE else _turned(ground, forest, cut, next_arc, entry)


def _same(forest: Arborescence, cut: _Cut, node: int, arc: int) -> bool:
    """Whether `arc` is the very one that was cut, with nothing beyond it to change."""
    return node == cut.node and arc == forest.into[node] and len(cut.loose) == 0


def _turned(
    ground: ArborescenceArcs, forest: Arborescence, cut: _Cut, next_arc: dict[int, int], entry: int
) -> _Step | None:
    """The new arcs from `entry` to the part, and the part's own arcs turned round."""
    into: dict[int, int] = dict.fromkeys(cut.loose, NONE)
    node = entry
    while node in next_arc and node not in cut.part:
        arc = next_arc[node]
        into[ground.head[arc]] = arc
        node = ground.head[arc]
    while node != cut.node:
        back = ground.arcs.reverse(forest.into[node])
        if not ground.arcs.open[back]:
            return None
        node = ground.head[back]
        into[node] = back
    return _Step(into)

"""Local search: detach a subtree and reattach it at the cheapest arc.

A repair step disconnects loads so that capacities and the minimum heat density hold.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from math import inf
from typing import NamedTuple

from gis.steiner.arborescence import NONE, Arborescence, ArborescenceArcs, Flows

_PRICE_FACTORS = (0.0, 0.25, 0.5, 1.0, 2.0)
_EXACT = 1e-9
_ROUNDS = 30
_GAIN = 1e-7  # least relative saving of a step


def choose_loads(net: ArborescenceArcs, into: list[int]) -> Arborescence:
    """The best selection of loads found along `into` that violates no bound.

    With a minimum heat density, several prices of surplus heat are tried. They are multiples of the
    pipe cost per MWh required.
    """
    asked = sum(net.required_mwh)
    shares = _PRICE_FACTORS if asked else (0.0,)
    per_mwh = sum(net.fixed) / asked if asked else 0.0
    tries = (repair_arborescence(net, net.select_loads(into, share * per_mwh)) for share in shares)
    return min(tries, key=lambda one: net.flows(one).cost)


def repair_arborescence(net: ArborescenceArcs, forest: Arborescence) -> Arborescence:
    """Disconnect branches below the minimum density, then least valuable loads of full links."""
    if net.flows(forest).cost < inf:
        return forest
    return _drop_over_capacity(net, _drop_thin_branches(net, forest))


def _drop_thin_branches(net: ArborescenceArcs, forest: Arborescence) -> Arborescence:
    """Disconnect, from the leaves inward, branches that deliver too little heat per metre."""
    if not net.arcs.density_mwh_per_m:
        return forest
    surplus = net.surplus(forest)
    for node in reversed(net.in_use(forest)):
        if node and surplus[node] < 0:
            forest = _disconnect(forest, _loads_behind(net, forest.into, node), net)
            surplus = net.surplus(forest)
    return forest


def _disconnect(forest: Arborescence, loads: list[int], net: ArborescenceArcs) -> Arborescence:
    chosen = list(forest.chosen)
    for load in loads:
        chosen[load] = net.must[load]
    return Arborescence(forest.into, chosen)


def _loads_behind(net: ArborescenceArcs, into: list[int], node: int) -> list[int]:
    """The loads fed through `node`."""
    found, queue = [], [node]
    for here in queue:
        found += net.loads[here]
        fed = (net.head[arc] for arc in net.out[here] if into[net.head[arc]] == arc)
        queue.extend(fed)
    return found


def _drop_over_capacity(net: ArborescenceArcs, forest: Arborescence) -> Arborescence:
    """Disconnect, from the leaves inward, the least valuable loads per kW behind a full link."""
    now = net.flows(forest)
    for node in reversed(net.in_use(forest)):
        arc = forest.into[node]
        while arc != NONE and net.upsizing_cny_a(arc, now.kw[node]) == inf:
            worst = _least_valuable_load(net, forest, now, node)
            if worst is None:
                break
            forest = _disconnect(forest, [worst], net)
            now = net.flows(forest)
    return forest


def _least_valuable_load(
    net: ArborescenceArcs, forest: Arborescence, flows: Flows, node: int
) -> int | None:
    worth = [
        (-(net.cost[one] / max(net.kw[one], _EXACT) + flows.price[net.load_node[one]]), one)
        for one in _loads_behind(net, forest.into, node)
        if forest.chosen[one] and not net.must[one]
    ]
    return min(worth)[1] if worth else None


class _Step(NamedTuple):
    """The new arc into each node that changes."""

    into: dict[int, int]


def improve(net: ArborescenceArcs, into: list[int]) -> tuple[Arborescence, float]:
    """Improve the forest by local search from `into`.

    Returns:
        The best forest found, and its yearly cost (inf: none found).
    """
    typical_kw = sum(net.kw) / max(len(net.kw), 1)
    pairs = zip(net.fixed, net.slope, strict=True)
    weight = [fixed + slope * typical_kw for fixed, slope in pairs]
    best = choose_loads(net, net.extend_paths(into, weight))
    cost = net.flows(best).cost
    for _ in range(_ROUNDS):
        joined, less = _reattach_all(net, best, cost)
        again = choose_loads(net, net.extend_paths(joined.into, weight))
        least = net.flows(again).cost
        if least < less:
            joined, less = again, least
        if not less < cost - _GAIN * abs(cost):
            return (joined, less) if less < cost else (best, cost)
        best, cost = joined, less
    return best, cost


def _reattach_all(
    net: ArborescenceArcs, forest: Arborescence, cost: float
) -> tuple[Arborescence, float]:
    """Try to reattach each subtree once, from the leaves inward."""
    if cost == inf:
        return forest, cost
    flows = net.flows(forest)
    for node in reversed(list(flows.order)):
        if node == 0 or forest.into[node] == NONE or flows.kw[node] <= 0:
            continue
        step = _best_reattachment(net, forest, flows, node)
        if step is None:
            continue
        into = list(forest.into)
        for changed, arc in step.into.items():
            into[changed] = arc
        tried = Arborescence(into, forest.chosen)
        now = net.flows(tried)
        if now.cost < cost - _GAIN * abs(cost):
            forest, flows, cost = tried, now, now.cost
    return forest, cost


def _best_reattachment(
    net: ArborescenceArcs, forest: Arborescence, flows: Flows, node: int
) -> _Step | None:
    """The cheapest other way to feed the subtree at `node`; None: none is cheaper."""
    path, top = _key_path(net, forest, flows, node)
    kw = flows.kw[node]
    saved = sum(net.fixed[forest.into[v]] for v in path) + kw * flows.price[node]
    saved += sum(net.fixed_loss[forest.into[v]] * flows.price[top] for v in path)
    part = _entry_costs(net, forest, flows, node)
    loose = set(path) - {node}
    return _cheapest_attachment(net, forest, flows, _Detached(node, kw, saved, part, loose))


class _Detached(NamedTuple):
    """A detached subtree.

    node   where it was cut
    kw     its flow
    saved  what detaching it saves [CNY/a]
    part   cost of feeding it from each of its nodes [CNY/a]
    loose  nodes on the removed path, `node` excepted
    """

    node: int
    kw: float
    saved: float
    part: dict[int, float]
    loose: set[int]


def _key_path(
    net: ArborescenceArcs, forest: Arborescence, flows: Flows, node: int
) -> tuple[list[int], int]:
    """The nodes upstream from `node` whose arcs serve nothing else, and the node above them."""
    path, top = [node], net.tail[forest.into[node]]
    while top != 0 and _carries_only(net, forest, flows, top, path[-1]):
        path.append(top)
        top = net.tail[forest.into[top]]
    return path, top


def _carries_only(
    net: ArborescenceArcs, forest: Arborescence, flows: Flows, node: int, child: int
) -> bool:
    """Whether `node` carries only what `child` draws."""
    arc = forest.into[child]
    only = net.loss_factor[arc] * flows.kw[child] + net.fixed_loss[arc]
    return flows.kw[node] <= only * (1 + 1e-12) + 1e-12


def _entry_costs(
    net: ArborescenceArcs, forest: Arborescence, flows: Flows, node: int
) -> dict[int, float]:
    """The nodes of the subtree at `node` with the extra yearly cost of feeding it from there.

    ASSUME: losses are ignored here; the step is then accepted or rejected by its exact cost.
    """
    total = flows.kw[node]
    cost = {node: 0.0}
    queue = [node]
    for here in queue:
        for arc in net.out[here]:
            other = net.head[arc]
            if forest.into[other] == arc and flows.kw[other] > 0 and other not in cost:
                turned = total - 2 * flows.kw[other]
                cost[other] = cost[here] + net.slope[arc] * turned
                queue.append(other)
    return cost


def _cheapest_attachment(
    net: ArborescenceArcs, forest: Arborescence, flows: Flows, cut: _Detached
) -> _Step | None:
    """Shortest-path search from the subtree, against the flow, to the rest of the forest."""
    distance = dict(cut.part)
    next_arc: dict[int, int] = {}
    heap = [(cost, node) for node, cost in distance.items()]
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
        for arc in net.toward[node]:
            before = net.tail[arc]
            if before in cut.part or _is_removed_arc(forest, cut, node, arc):
                continue
            reach = cost + net.fixed[arc] + net.slope[arc] * cut.kw
            if reach < distance.get(before, inf):
                distance[before] = reach
                next_arc[before] = arc
                heappush(heap, (reach, before))
    return None if entry == NONE else _reattachment(net, forest, cut, next_arc, entry)


def _is_removed_arc(forest: Arborescence, cut: _Detached, node: int, arc: int) -> bool:
    """Whether `arc` is the arc that was removed, on a path of that arc alone."""
    return node == cut.node and arc == forest.into[node] and len(cut.loose) == 0


def _reattachment(
    net: ArborescenceArcs,
    forest: Arborescence,
    cut: _Detached,
    next_arc: dict[int, int],
    entry: int,
) -> _Step | None:
    """The new arcs from `entry` to the subtree, and the subtree's own arcs reversed."""
    into: dict[int, int] = dict.fromkeys(cut.loose, NONE)
    node = entry
    while node in next_arc and node not in cut.part:
        arc = next_arc[node]
        into[net.head[arc]] = arc
        node = net.head[arc]
    while node != cut.node:
        back = net.arcs.reverse(forest.into[node])
        if not net.arcs.open[back]:
            return None
        node = net.head[back]
        into[node] = back
    return _Step(into)

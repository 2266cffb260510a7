"""Makes a forest keep within capacities and heat density by leaving loads out."""

from __future__ import annotations

from math import inf

from gis.steiner.arborescence import NONE, Flows, Forest, Ground

_SHARES = (0.0, 0.25, 0.5, 1.0, 2.0)
_EXACT = 1e-9


def served(ground: Ground, into: list[int]) -> Forest:
    """The best way found to serve loads along `into` without breaking a bound.

    Where a heat density is asked for, heat beyond it is given several prices, measured by what
    pipe costs per MWh that is asked of it.
    """
    asked = sum(ground.asked_mwh)
    shares = _SHARES if asked else (0.0,)
    per_mwh = sum(ground.fixed) / asked if asked else 0.0
    tries = (trimmed(ground, ground.choose(into, share * per_mwh)) for share in shares)
    return min(tries, key=lambda one: ground.flows(one).cost)


def trimmed(ground: Ground, forest: Forest) -> Forest:
    """Leaves out too thin branches, then the loads that gain least where a link is too small."""
    if ground.flows(forest).cost < inf:
        return forest
    return _within_capacity(ground, _dense(ground, forest))


def _dense(ground: Ground, forest: Forest) -> Forest:
    """Without the branches, from the ends inward, that deliver too little heat per metre."""
    if not ground.arcs.density_mwh_per_m:
        return forest
    surplus = ground.surplus(forest)
    for node in reversed(ground.in_use(forest)):
        if node and surplus[node] < 0:
            forest = _without(forest, _behind(ground, forest.into, node), ground)
            surplus = ground.surplus(forest)
    return forest


def _without(forest: Forest, loads: list[int], ground: Ground) -> Forest:
    chosen = list(forest.chosen)
    for load in loads:
        chosen[load] = ground.must[load]
    return Forest(forest.into, chosen)


def _behind(ground: Ground, into: list[int], node: int) -> list[int]:
    """The loads fed through `node`."""
    found, queue = [], [node]
    for here in queue:
        found += ground.loads[here]
        fed = (ground.head[arc] for arc in ground.out[here] if into[ground.head[arc]] == arc)
        queue.extend(fed)
    return found


def _within_capacity(ground: Ground, forest: Forest) -> Forest:
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


def _least_worth(ground: Ground, forest: Forest, flows: Flows, node: int) -> int | None:
    worth = [
        (-(ground.cost[one] / max(ground.kw[one], _EXACT) + flows.price[ground.at[one]]), one)
        for one in _behind(ground, forest.into, node)
        if forest.chosen[one] and not ground.must[one]
    ]
    return min(worth)[1] if worth else None

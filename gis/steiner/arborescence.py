"""A forest on the arcs: which loads it should serve, and exactly what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gis.steiner.graph import Arcs

NONE = -1
_EXACT = 1e-9  # share of a capacity that rounding may exceed


@dataclass(frozen=True)
class Arborescence:
    """The arc into each node (NONE: not reached), and whether each load is connected."""

    into: list[int]
    chosen: list[bool]


@dataclass(frozen=True)
class Flows:
    """By node: the kW that arrive, the yearly cost of one more kW there; the exact cost a year."""

    order: list[int]
    kw: list[float]
    price: list[float]
    cost: float


class ArborescenceArcs:
    """The arcs in plain lists, quick to walk: open arcs out of and into each node, its loads."""

    def __init__(self, arcs: Arcs) -> None:
        self.arcs = arcs
        names = ("tail", "head", "fixed", "slope", "growth", "standing", "kw", "cost", "must")
        for name in (*names, "capacity_kw", "upsize_fixed", "upsize_slope", "surplus_mwh"):
            setattr(self, name, getattr(arcs, name).tolist())
        self.tail: list[int]
        self.head: list[int]
        self.fixed: list[float]
        self.slope: list[float]
        self.growth: list[float]
        self.standing: list[float]
        self.kw: list[float]
        self.cost: list[float]
        self.must: list[bool]
        self.capacity_kw: list[float]
        self.upsize_fixed: list[float]
        self.upsize_slope: list[float]
        self.surplus_mwh: list[float]
        self.at: list[int] = arcs.at.tolist()
        self.asked_mwh = (arcs.density_mwh_per_m * np.tile(arcs.length_m, 2)).tolist()
        self.out: list[list[int]] = [[] for _ in range(arcs.nodes)]
        self.toward: list[list[int]] = [[] for _ in range(arcs.nodes)]
        self.loads: list[list[int]] = [[] for _ in range(arcs.nodes)]
        for arc in np.flatnonzero(arcs.open).tolist():
            self.out[self.tail[arc]].append(arc)
            self.toward[self.head[arc]].append(arc)
        for load, node in enumerate(arcs.at.tolist()):
            self.loads[node].append(load)

    def spread(self, into: list[int], weight: list[float]) -> list[int]:
        """`into` extended to every node that can be reached, along least `weight`."""
        grown = list(into)
        done = [False] * len(grown)
        far = [inf] * len(grown)
        heap = []
        for node in self._order(into):
            far[node] = 0.0
            heap.append((0.0, node))
        while heap:
            metres, node = heappop(heap)
            if done[node]:
                continue
            done[node] = True
            for arc in self.out[node]:
                other = self.head[arc]
                if metres + weight[arc] < far[other]:
                    far[other] = metres + weight[arc]
                    grown[other] = arc
                    heappush(heap, (far[other], other))
        return grown

    def choose(self, into: list[int], mwh_price: float = 0.0) -> Arborescence:
        """The loads that `into` serves at least cost, capacities and heat density aside.

        mwh_price: what a MWh that a branch has beyond the density asked of it is worth.
        """
        order = self._order(into)
        price = self._prices(into, order)
        value, held = [0.0] * len(into), [False] * len(into)
        chosen = [False] * len(self.kw)
        kept = list(into)
        for node in reversed(order):
            for load in self.loads[node]:
                gain = self.cost[load] + self.kw[load] * price[node]
                gain -= mwh_price * self.surplus_mwh[load]
                chosen[load] = self.must[load] or gain < 0
                value[node] += gain if chosen[load] else 0.0
                held[node] = held[node] or self.must[load]
            if node == 0:
                continue
            arc = into[node]
            before = self.tail[arc]
            worth = value[node] + self.fixed[arc] + self.standing[arc] * price[before]
            worth += mwh_price * self.asked_mwh[arc]
            if held[node] or worth < 0:
                value[before] += worth
                held[before] = held[before] or held[node]
            else:
                kept[node] = NONE
        return self._without_cut_off(kept, chosen)

    def _without_cut_off(self, into: list[int], chosen: list[bool]) -> Arborescence:
        """Only what still hangs together with node 0."""
        still = set(self._order(into))
        for node, loads in enumerate(self.loads):
            if node not in still:
                for load in loads:
                    chosen[load] = False
        return Arborescence([arc if v in still else NONE for v, arc in enumerate(into)], chosen)

    def in_use(self, forest: Arborescence) -> list[int]:
        """The nodes that feed a chosen load, each after the one it is fed from; 0 first."""
        used = [any(forest.chosen[load] for load in loads) for loads in self.loads]
        order = self._order(forest.into)
        for node in reversed(order[1:]):
            if used[node]:
                used[self.tail[forest.into[node]]] = True
        return [node for node in order if used[node] or node == 0]

    def flows(self, forest: Arborescence) -> Flows:
        """What the forest carries, and its exact cost a year; inf where it breaks a bound."""
        order = self.in_use(forest)
        kw = [0.0] * len(forest.into)
        cost = self.arcs.base_cny_a
        for node in reversed(order):
            for load in self.loads[node]:
                if forest.chosen[load]:
                    kw[node] += self.kw[load]
                    cost += self.cost[load]
            if node == 0:
                continue
            arc = forest.into[node]
            kw[self.tail[arc]] += self.growth[arc] * kw[node] + self.standing[arc]
            cost += self.fixed[arc] + self.slope[arc] * kw[node] + self.beyond(arc, kw[node])
        if not self._served(forest, set(order)):
            cost = inf
        if self.arcs.density_mwh_per_m and min(self.surplus(forest)[1:], default=0.0) < -1e-7:
            cost = inf
        return Flows(order, kw, self._prices(forest.into, self._order(forest.into)), cost)

    def _served(self, forest: Arborescence, here: set[int]) -> bool:
        """Whether every load that is chosen is reached, and every one that must be is chosen."""
        return all(
            node in here if forest.chosen[load] else not self.must[load]
            for node, loads in enumerate(self.loads)
            for load in loads
        )

    def surplus(self, forest: Arborescence) -> list[float]:
        """By node: heat behind its arc beyond what density asks of the pipe there [MWh/a]."""
        mwh = [0.0] * len(forest.into)
        for node in reversed(self.in_use(forest)):
            mwh[node] += sum(
                self.surplus_mwh[load] for load in self.loads[node] if forest.chosen[load]
            )
            if node:
                mwh[node] -= self.asked_mwh[forest.into[node]]
                mwh[self.tail[forest.into[node]]] += mwh[node]
        return mwh

    def beyond(self, arc: int, kw: float) -> float:
        """What it costs a year that a link is too small for `kw`."""
        link = arc % self.arcs.links
        capacity = self.capacity_kw[link]
        sent = self.growth[arc] * kw + self.standing[arc] + self.arcs.once_kw
        if sent <= capacity * (1 + _EXACT) + _EXACT:
            return 0.0
        fixed, slope = self.upsize_fixed[link], self.upsize_slope[link]
        return inf if fixed == inf else fixed + slope * (sent - capacity)

    def _order(self, into: list[int]) -> list[int]:
        """The nodes that hang together with node 0, each after the one it is fed from."""
        after: list[list[int]] = [[] for _ in into]
        for node, arc in enumerate(into):
            if arc != NONE:
                after[self.tail[arc]].append(node)
        order = [0]
        for node in order:
            order += after[node]
        return order

    def _prices(self, into: list[int], order: list[int]) -> list[float]:
        price = [0.0] * len(into)
        for node in order[1:]:
            arc = into[node]
            price[node] = self.slope[arc] + self.growth[arc] * price[self.tail[arc]]
        return price

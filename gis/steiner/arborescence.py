"""An arborescence (directed forest from node 0): the loads it serves, its flows and its cost."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gis.steiner.arcs import Arcs

NONE = -1
_EXACT = 1e-9  # tolerance on a capacity, relative and absolute [kW]


@dataclass(frozen=True)
class Arborescence:
    """The arc into each node (NONE: not reached), and whether each load is connected."""

    into: list[int]
    chosen: list[bool]


@dataclass(frozen=True)
class Flows:
    """Flows of an arborescence.

    order  nodes in use, each after its predecessor
    kw     flow arriving at each node
    price  marginal cost of one more kW at each node [CNY/(kW a)]
    cost   exact total cost [CNY/a]; inf where a bound is violated
    """

    order: list[int]
    kw: list[float]
    price: list[float]
    cost: float


class ArborescenceArcs:
    """The arcs as Python lists for fast traversal, with each node's open arcs and loads."""

    def __init__(self, arcs: Arcs) -> None:
        self.arcs = arcs
        for name in (
            "tail", "head", "fixed", "slope", "loss_factor", "fixed_loss", "kw", "cost", "must",
            "capacity_kw", "upsize_fixed", "upsize_slope", "surplus_mwh",
        ):  # fmt: skip
            setattr(self, name, getattr(arcs, name).tolist())
        self.tail: list[int]
        self.head: list[int]
        self.fixed: list[float]
        self.slope: list[float]
        self.loss_factor: list[float]
        self.fixed_loss: list[float]
        self.kw: list[float]
        self.cost: list[float]
        self.must: list[bool]
        self.capacity_kw: list[float]
        self.upsize_fixed: list[float]
        self.upsize_slope: list[float]
        self.surplus_mwh: list[float]
        self.load_node: list[int] = arcs.load_node.tolist()
        self.required_mwh = (arcs.density_mwh_per_m * np.tile(arcs.length_m, 2)).tolist()
        self.out: list[list[int]] = [[] for _ in range(arcs.nodes)]
        self.toward: list[list[int]] = [[] for _ in range(arcs.nodes)]
        self.loads: list[list[int]] = [[] for _ in range(arcs.nodes)]
        for arc in np.flatnonzero(arcs.open).tolist():
            self.out[self.tail[arc]].append(arc)
            self.toward[self.head[arc]].append(arc)
        for load, node in enumerate(arcs.load_node.tolist()):
            self.loads[node].append(load)

    def extend_paths(self, into: list[int], weight: list[float]) -> list[int]:
        """Extend `into` to all reachable nodes along shortest paths.

        Args:
            into: The arc into each node, NONE where there is none.
            weight: The length of each arc in the path search.
        """
        grown = list(into)
        done = [False] * len(grown)
        distance = [inf] * len(grown)
        heap = []
        for node in self._topological_order(into):
            distance[node] = 0.0
            heap.append((0.0, node))
        while heap:
            so_far, node = heappop(heap)
            if done[node]:
                continue
            done[node] = True
            for arc in self.out[node]:
                other = self.head[arc]
                if so_far + weight[arc] < distance[other]:
                    distance[other] = so_far + weight[arc]
                    grown[other] = arc
                    heappush(heap, (distance[other], other))
        return grown

    def select_loads(self, into: list[int], mwh_price: float = 0.0) -> Arborescence:
        """Select the loads that `into` serves at least cost, by dynamic programming.

        Capacities and heat density are ignored.

        Args:
            into: The arc into each node.
            mwh_price: Value of a branch's heat above the minimum density [CNY/MWh].
        """
        order = self._topological_order(into)
        price = self._marginal_costs(into, order)
        value, mandatory = [0.0] * len(into), [False] * len(into)
        chosen = [False] * len(self.kw)
        kept = list(into)
        for node in reversed(order):
            for load in self.loads[node]:
                gain = self.cost[load] + self.kw[load] * price[node]
                gain -= mwh_price * self.surplus_mwh[load]
                chosen[load] = self.must[load] or gain < 0
                value[node] += gain if chosen[load] else 0.0
                mandatory[node] = mandatory[node] or self.must[load]
            if node == 0:
                continue
            arc = into[node]
            before = self.tail[arc]
            worth = value[node] + self.fixed[arc] + self.fixed_loss[arc] * price[before]
            worth += mwh_price * self.required_mwh[arc]
            if mandatory[node] or worth < 0:
                value[before] += worth
                mandatory[before] = mandatory[before] or mandatory[node]
            else:
                kept[node] = NONE
        return self._connected_part(kept, chosen)

    def _connected_part(self, into: list[int], chosen: list[bool]) -> Arborescence:
        """Drop the nodes and loads that are no longer connected to node 0."""
        still = set(self._topological_order(into))
        for node, loads in enumerate(self.loads):
            if node not in still:
                for load in loads:
                    chosen[load] = False
        return Arborescence([arc if v in still else NONE for v, arc in enumerate(into)], chosen)

    def in_use(self, forest: Arborescence) -> list[int]:
        """The nodes upstream of a connected load, each after its predecessor; 0 first."""
        used = [any(forest.chosen[load] for load in loads) for loads in self.loads]
        order = self._topological_order(forest.into)
        for node in reversed(order[1:]):
            if used[node]:
                used[self.tail[forest.into[node]]] = True
        return [node for node in order if used[node] or node == 0]

    def flows(self, forest: Arborescence) -> Flows:
        """The flows and the exact yearly cost; inf where a bound is violated."""
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
            kw[self.tail[arc]] += self.loss_factor[arc] * kw[node] + self.fixed_loss[arc]
            cost += (
                self.fixed[arc] + self.slope[arc] * kw[node] + self.upsizing_cny_a(arc, kw[node])
            )
        if not self._loads_valid(forest, set(order)):
            cost = inf
        if self.arcs.density_mwh_per_m and min(self.surplus(forest)[1:], default=0.0) < -1e-7:
            cost = inf
        return Flows(
            order, kw, self._marginal_costs(forest.into, self._topological_order(forest.into)), cost
        )

    def _loads_valid(self, forest: Arborescence, here: set[int]) -> bool:
        """Whether each connected load is reached and each mandatory load is connected."""
        return all(
            node in here if forest.chosen[load] else not self.must[load]
            for node, loads in enumerate(self.loads)
            for load in loads
        )

    def surplus(self, forest: Arborescence) -> list[float]:
        """By node: heat downstream of its arc above the minimum density [MWh/a]."""
        mwh = [0.0] * len(forest.into)
        for node in reversed(self.in_use(forest)):
            mwh[node] += sum(
                self.surplus_mwh[load] for load in self.loads[node] if forest.chosen[load]
            )
            if node:
                mwh[node] -= self.required_mwh[forest.into[node]]
                mwh[self.tail[forest.into[node]]] += mwh[node]
        return mwh

    def upsizing_cny_a(self, arc: int, kw: float) -> float:
        """Yearly cost of upsizing the arc's link for `kw` delivered; inf: not possible."""
        link = arc % self.arcs.links
        capacity = self.capacity_kw[link]
        sent = self.loss_factor[arc] * kw + self.fixed_loss[arc] + self.arcs.once_kw
        if sent <= capacity * (1 + _EXACT) + _EXACT:
            return 0.0
        fixed, slope = self.upsize_fixed[link], self.upsize_slope[link]
        return inf if fixed == inf else fixed + slope * (sent - capacity)

    def _topological_order(self, into: list[int]) -> list[int]:
        """The nodes connected to node 0, each after its predecessor."""
        children: list[list[int]] = [[] for _ in into]
        for node, arc in enumerate(into):
            if arc != NONE:
                children[self.tail[arc]].append(node)
        order = [0]
        for node in order:
            order += children[node]
        return order

    def _marginal_costs(self, into: list[int], order: list[int]) -> list[float]:
        price = [0.0] * len(into)
        for node in order[1:]:
            arc = into[node]
            price[node] = self.slope[arc] + self.loss_factor[arc] * price[self.tail[arc]]
        return price

"""The search for the best forest: start, tighten, look near, branch where still needed."""

from __future__ import annotations

from math import inf
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from gis.steiner.arborescence import NONE, Forest, Ground
from gis.steiner.branch import Budget, Found, near_search, whole_search, write
from gis.steiner.local_search import better
from gis.steiner.relax import Relaxation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.steiner.arcs import Arcs
    from gis.steiner.model import Limits

_AGAIN = 4  # rounds between two tries to read a network off the relaxation
_NEAR = 4e-3  # from this gap on, branching near the best network pays
_LITTLE = 2e-5  # a round that lifts the bound by less than this share of it is a little one
_PATIENCE = 3  # little rounds in a row before branching


class Hunt:
    """The best forest so far, its cost a year (inf: none), and the bound below it."""

    def __init__(self, arcs: Arcs, limits: Limits) -> None:
        self.arcs, self.limits = arcs, limits
        self.until = monotonic() + limits.seconds
        self.ground = Ground(arcs)
        self.relaxation = Relaxation(arcs)
        self.best, self.cost = better(self.ground, [NONE] * arcs.nodes)
        self.bound = -inf
        self.status = "optimal"

    def run(self) -> None:
        """Until the gap is closed or a limit is met."""
        if not self._tighten() or self._closed():
            return
        if 2 * self.arcs.links > self.limits.exact_arcs:
            self.status = "heuristic"
            return
        left = Budget(self.limits.gap, self.limits.nodes, self.until - monotonic())
        found = whole_search(self.relaxation, self._start(), left)
        self._keep_found(found)
        self.bound = min(max(self.bound, found.bound), self.cost)
        if not found.ended:
            self.status = "limited"

    def _closed(self) -> bool:
        return self._within(self.limits.gap)

    def _within(self, gap: float) -> bool:
        return self.cost < inf and self.cost - self.bound <= gap * abs(self.cost)

    def _tighten(self) -> bool:
        """Cutting planes and what they suggest; False: nothing satisfies the problem."""
        little, last = 0, -inf
        for count in range(self.limits.rounds):
            if not self.relaxation.solve():
                # Nothing better than what is known is left: what is known is best.
                self.bound = self.cost
                return self.cost < inf
            self.bound = max(self.bound, self.relaxation.bound)
            if self.cost < inf:
                self.relaxation.fix(self.cost)
            added = self.relaxation.tighten()
            if not added or count % _AGAIN == 1:
                self._suggested()
            lifted = self.bound - last > _LITTLE * abs(self.bound)
            little, last = (0 if lifted else little + 1), max(last, self.bound)
            if not added or self._closed() or little >= _PATIENCE or monotonic() > self.until:
                break
        return True

    def _suggested(self) -> None:
        """A forest along what the relaxation uses, and the best one near the best known."""
        used = np.clip(self.relaxation.point[self.relaxation.columns.z], 0.0, 0.999)
        typical_kw = float(self.arcs.kw.mean()) if len(self.arcs.kw) else 0.0
        weight = self.arcs.fixed * (1 - used) + self.arcs.slope * typical_kw
        nothing = [NONE] * self.arcs.nodes
        self._keep(*better(self.ground, self.ground.spread(nothing, weight.tolist())))
        start = self._start()
        if start is not None and self._within(_NEAR) and not self._closed():
            found = near_search(self.relaxation, start, self.until - monotonic())
            self._keep_found(found)

    def _start(self) -> NDArray[np.float64] | None:
        if self.cost == inf:
            return None
        return write(self.ground, self.relaxation.columns, self.best)

    def _keep_found(self, found: Found) -> None:
        if found.forest is not None:
            self._keep(found.forest, self.ground.flows(found.forest).cost)

    def _keep(self, forest: Forest, cost: float) -> None:
        if cost < self.cost:
            self.best, self.cost = forest, cost

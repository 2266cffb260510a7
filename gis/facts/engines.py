"""Who works out the parts of a ledger: the threads of this machine, or the workers of Dask."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.facts.ground import Ground, Standing
    from gis.facts.placing import Homes


class Engine(Protocol):
    """Anything that works out the facts of several parts."""

    def map(self, ground: Ground, parts: Sequence[Homes]) -> list[Standing]:
        """`ground.stand` of each part, in their order."""


@dataclass(frozen=True)
class Threads:
    """The threads of this process: what is done to the arrays runs on all cores at once."""

    count: int | None = None

    def map(self, ground: Ground, parts: Sequence[Homes]) -> list[Standing]:
        """`ground.stand` of each part, in their order."""
        if len(parts) == 1:
            return [ground.stand(parts[0])]
        with ThreadPoolExecutor(self.count or os.cpu_count() or 1) as pool:
            return list(pool.map(ground.stand, parts))


ON_ALL_CORES = Threads()

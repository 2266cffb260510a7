"""Generated towns: up to 12 villages that share a few transformers and pieces of network."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from decide.hamlets import EVERYTHING, POLICY, Hamlet, facts
from hypothesis import settings
from hypothesis import strategies as st

from gis.facts import Facts
from gis.policy import Policy

# The suite looks at the same few towns; NUANTU_TOWNS=10000 at as many others as one likes.
TOWNS = int(os.environ.get("NUANTU_TOWNS", "0"))
GRID, PIECES = ("T1", "T2", "T3"), ("P1", "P2")


def towns_each(usual: int) -> Any:
    """Settings of a property test."""
    return settings(max_examples=TOWNS or usual, deadline=None, derandomize=not TOWNS)


@dataclass(frozen=True)
class Made:
    """A town as it was made, so that it can be made again with something changed."""

    hamlets: list[Hamlet]
    transformers: dict[str, dict[str, Any]]
    sources: dict[str, float]
    available: frozenset[str]

    def facts(self, policy: Policy = POLICY) -> Facts:
        return facts(
            self.hamlets, self.transformers, self.sources, available=self.available, policy=policy
        )


@st.composite
def hamlets(draw: st.DrawFn, number: int) -> Hamlet:
    """One village; few different numbers, so that thresholds and ties are met often."""
    pending = draw(st.sampled_from([0, 1, 5, 10, 20, 30]))
    clean = draw(st.sampled_from([0, 0, 5, 60]))
    size = pending + clean
    served = draw(st.sampled_from([0, 0, size, -(-size * 9 // 10), size * 8 // 10]))
    return Hamlet(
        code=f"1408820010{number:02d}",
        pending=pending,
        clean=clean,
        clean_first=draw(st.booleans()),
        served=served,
        zone=draw(st.sampled_from([0, 0, 0, 1, pending])),
        undecidable=draw(st.sampled_from([0, 0, 1])),
        built_up=draw(st.sampled_from([0, 0, pending])),
        named=draw(st.sampled_from([0, 0, pending])),
        gas=draw(st.sampled_from([0, 0, 0, pending, -(-pending * 9 // 10)])),
        secured=draw(st.sampled_from([None, 0])),
        mountain=draw(st.sampled_from([False, False, False, True])),
        piece=draw(st.sampled_from([*PIECES, None])) if served else None,
        feeders=_feeders(draw, pending),
        pipe_m=draw(st.sampled_from([60.0, 500.0])),
        listed=draw(st.sampled_from([0, 3])),
        extra={"floor_area_m2": draw(st.sampled_from([float("nan"), 80.0]))},
    )


def _feeders(draw: st.DrawFn, pending: int) -> dict[str, int]:
    one, other = draw(st.permutations(GRID))[:2]
    first = draw(st.sampled_from([pending, pending, pending // 2]))
    lost = draw(st.sampled_from([0, 0, 0, 0, 1]))
    return {one: first, other: max(0, pending - first - lost)}


@st.composite
def towns(draw: st.DrawFn, most: int = 12) -> Made:
    """A town whose capacities are often just short."""
    upgrade = st.fixed_dictionaries(
        {
            "headroom_kva": st.sampled_from([0.0, 10.0, 25.0, 40.0, 100.0]),
            "upgrade_kva": st.sampled_from([None, 10.0, 30.0]),
            "upgrade_due_on": st.sampled_from([None, "2024-11-15", "2024-11-16"]),
            "upgrade_cny": st.sampled_from([None, 0.0, 60000.0, 400000.0]),
        }
    )
    count = draw(st.integers(1, most))
    missing = draw(
        st.sampled_from([(), (), (), ("heat_sources",), ("transformers",), ("gas_coverage",)])
    )
    return Made(
        hamlets=[draw(hamlets(i)) for i in range(1, count + 1)],
        transformers={name: draw(upgrade) for name in GRID},
        sources={name: draw(st.sampled_from([0.0, 64.0, 95.0, 130.0, 1000.0])) for name in PIECES},
        available=EVERYTHING - set(missing),
    )

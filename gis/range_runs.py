"""Decide again with unverified numbers at the ends of their ranges, and drawn together.

The facts of place are gathered again only for numbers that they rest on, and the network is grown
again only where prices or facts have changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from gis.costs import price_routes
from gis.decide import ComputedRoutes, computed_routes, extension_of
from gis.decide.robustness import HIGH, LOW, End, RangeDraw, Robustness, robustness
from gis.facts import build_facts
from gis.facts.executors import ON_ALL_CORES
from gis.network import PROMPT, extend_network, missing_input
from gis.policy.quantities import uncertain, with_values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import pandas as pd

    from gis.facts import Facts
    from gis.facts.executors import Engine
    from gis.policy import Policy
    from gis.policy.quantities import Uncertain

SEED = 2024  # of the draws: the same plan has the same draws on any machine
# Numbers that neither routes nor costs rest on: they have no effect here, and none is computed.
_ELSEWHERE = (
    "emissions.", "clearance.", "sampling.", "demand.indoor_c", "demand.outdoor_design_c",
    "gas.storage_days", "biomass.store_days", "biomass.bulk_kg_per_m3", "biomass.collect_t_per_km2",
)  # fmt: skip
_METERED = "clearance.unused_kwh"  # a season of less is none, so that medians of heat rest on it
# Numbers that prices, the network and the decision rest on, but no fact.
NOT_FACTS = (
    "prices.", "subsidies.", "gas.season_m3", "biomass.", "demand.season_mwh",
    "heating_network.min_mwh_per_m_a",
    "heating_network.split_min_households", "electric.upgrade_cny_per_kva",
    "electric.max_upgrade_cny_per_household", "electric.max_wait_winters", "electric.line_",
)  # fmt: skip


def has_effect(one: Uncertain) -> bool:
    """Whether routes or their costs may rest on a number."""
    return one.key == _METERED or not one.key.startswith(_ELSEWHERE)


@dataclass(frozen=True)
class RangeRuns:
    """Decides a plan again and again with other values of its unverified numbers.

    tables, facts, policy, as_of   of the plan as it stands
    """

    tables: Mapping[str, Any]
    facts: Facts
    policy: Policy
    as_of: date
    engine: Engine = ON_ALL_CORES

    @cached_property
    def numbers(self) -> list[Uncertain]:
        """The unverified numbers that have a range and may have an effect, by key."""
        return [one for one in uncertain(self.policy) if has_effect(one)]

    @cached_property
    def base(self) -> ComputedRoutes:
        """The routes of the plan as it stands."""
        return self._decided(self.facts, self.policy, price_routes(self.facts, self.policy))

    def routes(self, values: Mapping[str, float]) -> ComputedRoutes:
        """The routes with other values, by dotted key.

        Raises:
            InputError: No network is feasible.
        """
        policy = with_values(self.policy, values)
        facts = self.facts
        if not all(key.startswith(NOT_FACTS) for key in values):
            facts = build_facts(self.tables, policy, self.as_of, self.engine)
        return self._decided(facts, policy, price_routes(facts, policy))

    def _decided(self, facts: Facts, policy: Policy, priced: pd.DataFrame) -> ComputedRoutes:
        if missing_input(self.tables, priced, policy):
            return computed_routes(facts, priced, policy)
        grown = extend_network(self.tables, facts, priced, policy, self.as_of, limits=PROMPT)
        mains = extension_of(grown.villages, grown.reserved_kw)
        return computed_routes(facts, grown.priced(priced), policy, mains)

    def ends(self) -> list[End]:
        """The routes at each end of each range, one number at a time."""
        found: list[End] = []
        for one in self.numbers:
            for end, share in ((LOW, 0.0), (HIGH, 1.0)):
                values = one.at(share)
                if values == {key: span.value for key, span in one.spans.items()}:
                    continue  # the value in use is the end of its range
                at = next(iter(values.values())) if len(values) == 1 else np.nan
                found.append(End(one.key, end, at, self.routes(values)))
        return found

    def draws(self, count: int) -> list[RangeDraw]:
        """The routes with all numbers drawn at once, by a seeded Latin hypercube."""
        from scipy.stats import qmc  # noqa: PLC0415  # 0.6 s

        if not count or not self.numbers:
            return []
        found: list[RangeDraw] = []
        for shares in qmc.LatinHypercube(len(self.numbers), rng=SEED).random(count):
            values: dict[str, float] = {}
            for one, share in zip(self.numbers, shares, strict=True):
                values |= one.at(float(share))
            found.append(RangeDraw(shares, self.routes(values)))
        return found

    def robustness(self, draws: int) -> Robustness:
        """What each number changes alone, and how often each route wins over the draws."""
        keys = [one.key for one in self.numbers]
        return robustness(self.base, self.ends(), self.draws(draws), keys)

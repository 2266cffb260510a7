"""The stages of a project under one scenario, each worked out when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from gis.pipeline import collect_results

if TYPE_CHECKING:
    import pandas as pd

    from gis.audit.clearance import Clearance
    from gis.audit.progress import Progress
    from gis.decide.robustness import Robustness
    from gis.editions.run_results import DecidedPlan, Results
    from gis.facts import Facts
    from gis.inputs import Inputs
    from gis.network import NetworkExtension
    from gis.pipeline import Pipeline


class Run:
    """What each stage of `gis.pipeline.Pipeline` makes of some inputs.

    Nothing is worked out twice; what was worked out may not be changed.

    owner: what the files of the project last as long as
    known: the facts where they were worked out before, None where they were not
    """

    def __init__(
        self, stages: Pipeline, inputs: Inputs, owner: object = None, known: Facts | None = None
    ) -> None:
        self.stages = stages
        self.inputs = inputs
        self._owner = owner
        self._known = known
        self._robustness: dict[int, Robustness] = {}

    @cached_property
    def facts(self) -> Facts:
        """Where every household stands and what reaches it."""
        return self.stages.place(self.inputs, self._known)

    @cached_property
    def plan(self) -> DecidedPlan:
        """Prices, the extension of the network and the decisions."""
        return self.stages.plan(self.inputs, self.facts)

    @cached_property
    def proven_extension(self) -> NetworkExtension:
        """Where the heating network should grow to, branched on until proven.

        Raises:
            InputError: A layer or a price is missing.
        """
        base = self.stages.base_prices(self.inputs, self.facts)
        return self.stages.extend(self.inputs, self.facts, base, proven=True)

    def robustness(self, draws: int) -> Robustness:
        """What unverified numbers change; worked out once for each number of draws."""
        if draws not in self._robustness:
            found = self.stages.robustness(self.inputs, self.facts, draws)
            self._robustness[draws] = found
        return self._robustness[draws]

    @cached_property
    def clearance(self) -> Clearance:
        """Whether each coal-ban zone is clear."""
        return self.stages.judge_zones(self.inputs, self.facts)

    @cached_property
    def progress(self) -> Progress:
        """Completed against the targets."""
        return self.stages.count_progress(self.inputs, self.facts, self.plan.decisions)

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """Households that no route reaches, and what would close each gap."""
        return self.stages.find_gaps(self.inputs, self.facts, self.plan.decisions)

    @cached_property
    def results(self) -> Results:
        """Every stage together, as a publication needs them."""
        return collect_results(self.inputs, self.plan, self.clearance, self.progress, self.gaps)

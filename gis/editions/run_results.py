"""What a run hands over to be published: the outcome of every stage, unchanged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from gis.audit.clearance import Clearance
    from gis.audit.progress import Progress
    from gis.decide import Decisions
    from gis.editions.geometry import Collection
    from gis.errors import Problem, Text
    from gis.facts import Facts
    from gis.layers import Layers, Project
    from gis.network import NetworkExtension
    from gis.pages.model import Comparison
    from gis.policy import Policy
    from gis.report.office_papers import Book


class EditionFlags(NamedTuple):
    """How to publish.

    unmask  True leaves identity numbers, phones and bank accounts of the planner edition whole
    older   True publishes over an edition of a later as-of day
    """

    unmask: bool = False
    older: bool = False


@dataclass(frozen=True)
class Results:
    """One run. Its as-of day is `project.as_of`.

    priced      annual cost of every route, as `gis.costs.price` gives it
    gaps        as `gis.audit.coverage_gaps.find_gaps` gives them
    extension   where the heating network should grow to; None: `not_extended` says why not
    comparison  two scenarios, where they were compared
    unmask      as in `Flags`, and so older
    ground      `gis.editions.geometry.collections`, where it was made before the decision
    papers      `gis.report.office_papers.build_office_papers`, the same
    """

    project: Project
    policy: Policy
    loaded: Layers
    facts: Facts
    decisions: Decisions
    priced: pd.DataFrame
    clearance: Clearance
    progress: Progress
    gaps: pd.DataFrame
    extension: NetworkExtension | None = None
    not_extended: Text | None = None
    comparison: Comparison | None = None
    unmask: bool = False
    older: bool = False
    ground: Mapping[str, Collection] | None = None
    papers: Mapping[str, Book] | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem that a stage found, in the order of the stages."""
        return (
            *self.loaded.problems,
            *self.facts.problems,
            *(self.extension.problems if self.extension else ()),
            *self.decisions.problems,
            *self.clearance.problems,
            *self.progress.problems,
        )

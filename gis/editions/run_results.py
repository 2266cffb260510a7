"""The results of a run: the output of every stage, to be published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # named tuples evaluate annotations at run time
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pandas as pd

    from gis.audit.clearance import Clearance
    from gis.audit.progress import Progress
    from gis.decide import Decisions
    from gis.decide.robustness import Robustness
    from gis.editions.geometry import Collection
    from gis.errors import Problem, Text
    from gis.facts import Facts
    from gis.layers import Layers, ProjectConfig
    from gis.network import NetworkExtension
    from gis.pages.scenario_rows import Comparison
    from gis.policy import Policy
    from gis.report.office_papers import Book


class EditionFlags(NamedTuple):
    """Options of publishing.

    unmask  do not mask identity numbers, phones and bank accounts in the planner edition
    older   allow to publish over an edition with a later as-of date
    """

    unmask: bool = False
    older: bool = False


class PublishOptions(NamedTuple):
    """What a publication is made with.

    previous   folder of the edition before; None: the one that stands in the output folder
    sign       makes the signature of a manifest; None: unsigned
    compare    the scenarios to show beside the plan; "base" is the plan itself
    draws      work out what unverified numbers change: each alone, and this many times together;
               None: not at all
    published_on  the day of publication; None: that of project.toml, if it states one
    """

    previous: Path | None = None
    sign: Callable[[bytes], bytes] | None = None
    compare: tuple[str, ...] = ()
    draws: int | None = None
    flags: EditionFlags = EditionFlags()
    published_on: date | None = None


@dataclass(frozen=True)
class Results:
    """The results of one run; its as-of date is `project.as_of`.

    route_costs   annual cost of every route, from `gis.costs.price_routes`
    gaps          from `gis.audit.coverage_gaps.find_gaps`
    extension     the proposed network extension; None: `not_extended` gives the reason
    comparison    the plan beside scenarios, if any were compared
    robustness    what unverified numbers change; None: not worked out
    part          a volume of a divided run: capacities are shared with others
    unmask        as in `EditionFlags`, and so is older
    ground        `gis.editions.geometry.collections`, if already computed
    papers        `gis.report.office_papers.build_office_papers`, if already computed
    """

    project: ProjectConfig
    policy: Policy
    layers: Layers
    facts: Facts
    decisions: Decisions
    route_costs: pd.DataFrame
    clearance: Clearance
    progress: Progress
    gaps: pd.DataFrame
    extension: NetworkExtension | None = None
    not_extended: Text | None = None
    comparison: Comparison | None = None
    robustness: Robustness | None = None
    part: bool = False
    unmask: bool = False
    older: bool = False
    ground: Mapping[str, Collection] | None = None
    papers: Mapping[str, Book] | None = None

    @cached_property
    def transformer_loads(self) -> pd.DataFrame:
        """`gis.decide.transformer_table`, of which several files take rows."""
        from gis.decide import transformer_table  # noqa: PLC0415  `--help` goes without pandas

        return transformer_table(self.facts, self.decisions, self.policy)

    @cached_property
    def winter_needs(self) -> pd.DataFrame:
        """`gis.decide.winter_needs` of the households."""
        from gis.decide import winter_needs  # noqa: PLC0415  see above

        return winter_needs(self.facts, self.decisions, self.policy)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems of all stages, in the order of the stages."""
        return (
            *self.layers.problems,
            *self.facts.problems,
            *(self.extension.problems if self.extension else ()),
            *self.decisions.problems,
            *self.clearance.problems,
            *self.progress.problems,
        )


class JudgedRun(NamedTuple):
    """What is known before anything is decided."""

    project: ProjectConfig
    policy: Policy
    layers: Layers
    facts: Facts
    clearance: Clearance
    part: bool = False


class DecidedPlan(NamedTuple):
    """What is known once the plan is decided.

    base_prices   what every route costs every village on the network of today
    extension     where the heating network should grow to; None: `not_extended` says why not
    prices        `base_prices` with the mains of the extension
    """

    facts: Facts
    base_prices: pd.DataFrame
    extension: NetworkExtension | None
    not_extended: Text | None
    prices: pd.DataFrame
    decisions: Decisions

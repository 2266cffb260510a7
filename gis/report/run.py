"""What the reports need of a run: the outcome of its stages, whoever bundles them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gis.errors import Text
from gis.report.metadata import About

if TYPE_CHECKING:
    import pandas as pd

    from gis.audit.clearance import Clearance
    from gis.audit.progress import Progress
    from gis.decide import Decisions
    from gis.facts import Facts
    from gis.layers import Layers, Project
    from gis.network import Extension
    from gis.policy import Policy


class Judged(Protocol):
    """What is known before anything is decided; its as-of day is `project.as_of`."""

    @property
    def project(self) -> Project: ...  # noqa: D102  each is what its type says
    @property
    def policy(self) -> Policy: ...  # noqa: D102
    @property
    def loaded(self) -> Layers: ...  # noqa: D102
    @property
    def facts(self) -> Facts: ...  # noqa: D102
    @property
    def clearance(self) -> Clearance: ...  # noqa: D102


class Run(Judged, Protocol):
    """The outcome of every stage."""

    @property
    def decisions(self) -> Decisions: ...  # noqa: D102
    @property
    def priced(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def progress(self) -> Progress: ...  # noqa: D102
    @property
    def gaps(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def extension(self) -> Extension | None: ...  # noqa: D102


def about(run: Judged) -> About:
    """What every file of the run says of itself."""
    project = run.project
    title = Text(project.title.zh, project.title.en)
    return About(project.name, title, project.as_of, project.demonstration)

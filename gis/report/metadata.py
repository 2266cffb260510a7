"""What every file says of itself: project, as-of date, and that it is a demonstration if it is.

What the reports need of a run: the outcome of its stages, whoever bundles them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from gis import i18n
from gis.errors import Text

if TYPE_CHECKING:
    from gis.audit.clearance import Clearance
    from gis.audit.progress import Progress
    from gis.decide import Decisions
    from gis.facts import Facts
    from gis.layers import Layers, Project
    from gis.network import NetworkExtension
    from gis.policy import Policy


@dataclass(frozen=True)
class About:
    """The project's name and title, the day its figures hold, and whether they are synthetic."""

    name: str
    title: Text
    as_of: date
    demonstration: bool

    @property
    def stamp(self) -> datetime:
        """The only time that a file carries: midnight of the as-of day, never the clock."""
        return datetime.combine(self.as_of, time())

    @property
    def nature(self) -> Text:
        """What to say of the data: empty words where they are real."""
        if not self.demonstration:
            return Text("", "")
        return i18n.format_message(i18n.messages("report")["nature"], "demonstration")

    def marked(self, table: pd.DataFrame) -> pd.DataFrame:
        """`table` with a last column `data_nature` where the data are synthetic."""
        return table.assign(data_nature=self.nature.en) if self.demonstration else table


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


class RunResults(Judged, Protocol):
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
    def extension(self) -> NetworkExtension | None: ...  # noqa: D102


def run_metadata(run: Judged) -> About:
    """What every file of the run says of itself."""
    project = run.project
    title = Text(project.title.zh, project.title.en)
    return About(project.name, title, project.as_of, project.demonstration)

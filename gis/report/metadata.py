"""What every file says of itself: project, as-of date, and that it is a demonstration if it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

import pandas as pd

from gis import i18n
from gis.errors import Text


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
        return i18n.sentence(i18n.load("report")["nature"], "demonstration")

    def marked(self, table: pd.DataFrame) -> pd.DataFrame:
        """`table` with a last column `data_nature` where the data are synthetic."""
        return table.assign(data_nature=self.nature.en) if self.demonstration else table

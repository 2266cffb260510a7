"""The metadata of every file (project, as-of date, demonstration or not), and summary.json.

The protocols here list what the reports need of a run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from gis import i18n
from gis.audit.responsible import Office
from gis.errors import Text
from gis.facts import coverage
from gis.facts.ledger_state import township_states

if TYPE_CHECKING:
    from gis.audit.clearance import Clearance
    from gis.audit.progress import Progress
    from gis.decide import Decisions
    from gis.decide.robustness import Robustness
    from gis.facts import Facts
    from gis.layers import Layers, ProjectConfig
    from gis.network import NetworkExtension
    from gis.policy import Policy

APPROACHES = ("central", "electric", "gas", "biomass", "done", "undecided", "no_data")
_TARGET = (
    "unit_code", "unit", "mode", "target", "decided", "batch", "batch_draft", "completed",
    "reported", "ground_zh", "ground_en",
)  # fmt: skip
_NO_DATA = ("township_code", "township", "villages", "unknown", "missing")
DUTIES = ("responsible_unit", "responsible_person", "due_on")  # who does it by when
_ZONE = ("zone_id", "verdict", "inside", "cleared", "not_cleared", "unknown", "undecidable")


@dataclass(frozen=True)
class About:
    """The project's name and title, its as-of date, and whether its data are synthetic."""

    name: str
    title: Text
    as_of: date
    demonstration: bool

    @property
    def stamp(self) -> datetime:
        """The only timestamp in files: midnight of the as-of date, never the current time."""
        return datetime.combine(self.as_of, time())

    @property
    def nature(self) -> Text:
        """The note on synthetic data; empty if the data are real."""
        if not self.demonstration:
            return Text("", "")
        return i18n.format_message(i18n.messages("report")["nature"], "demonstration")

    def marked(self, table: pd.DataFrame) -> pd.DataFrame:
        """`table` with a last column `data_nature` if the data are synthetic."""
        return table.assign(data_nature=self.nature.en) if self.demonstration else table


class Judged(Protocol):
    """The results of a run before the decisions; the as-of date is `project.as_of`."""

    @property
    def project(self) -> ProjectConfig: ...  # noqa: D102  each is what its type says
    @property
    def policy(self) -> Policy: ...  # noqa: D102
    @property
    def layers(self) -> Layers: ...  # noqa: D102
    @property
    def facts(self) -> Facts: ...  # noqa: D102
    @property
    def clearance(self) -> Clearance: ...  # noqa: D102
    @property
    def part(self) -> bool: ...  # noqa: D102


class RunResults(Judged, Protocol):
    """The results of every stage."""

    @property
    def decisions(self) -> Decisions: ...  # noqa: D102
    @property
    def route_costs(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def progress(self) -> Progress: ...  # noqa: D102
    @property
    def gaps(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def extension(self) -> NetworkExtension | None: ...  # noqa: D102
    @property
    def robustness(self) -> Robustness | None: ...  # noqa: D102
    @property
    def transformer_loads(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def winter_needs(self) -> pd.DataFrame: ...  # noqa: D102


def run_metadata(run: Judged) -> About:
    """The metadata of every file of the run."""
    return about_project(run.project)


def office_of(run: Judged) -> Office:
    """Who does what by when, by the policy, the day and the people of a run."""
    return Office(run.policy, run.project.as_of, run.project.people)


def nobody_named(table: pd.DataFrame) -> tuple[str, ...]:
    """A line on why responsible_person is blank, and how to name one; none where none is blank."""
    person = table["responsible_person"].astype("object").fillna("")
    notes = i18n.messages("report")["notes"]
    return (notes["nobody_named"]["zh"],) if (person == "").any() else ()


def about_project(project: ProjectConfig) -> About:
    """The metadata of every file of a project."""
    title = Text(project.title.zh, project.title.en)
    return About(project.name, title, project.as_of, project.demonstration)


def summary(run: RunResults) -> dict[str, Any]:
    """summary.json of the planner edition; all counts are exact.

    A split village counts once among the villages, under the approach of its larger part; its
    households count under the approach of their own part.
    """
    units = run.progress.units
    named = units[units["target"].notna()].sort_values(["unit_code", "unit", "mode"])
    told = {
        "households": placed_counts(run.facts.households["status"]),
        "without_location": int(without_location(run.facts.households).sum()),
        "villages": len(run.facts.villages),
        "approach": by_approach(run.decisions.villages),
        "targets": rows_of(named, _TARGET),
        "zones": rows_of(run.clearance.zones.sort_values("zone_id"), _ZONE),
        "gaps": len(run.gaps),
        "no_data": rows_of(township_states(run.facts.villages), _NO_DATA),
        "as_of": run.project.as_of.isoformat(),
    }
    nature = run_metadata(run).nature
    return told | ({"data_nature": nature.en} if nature.en else {})


def placed_counts(status: pd.Series) -> dict[str, int]:
    """Counts of households: read = placed + rejected + outside."""
    counts = {key: int((status == key).sum()) for key in ("placed", "rejected", "outside")}
    return {"read": len(status), **counts}


def without_location(homes: pd.DataFrame) -> pd.Series:
    """The households with status outside that stand nowhere: without usable coordinates.

    They count in the village that the ledger names.
    """
    return (homes["status"] == "outside") & (homes["served"] == coverage.UNKNOWN)


def by_approach(villages: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Villages and households by approach; approaches of single plans are included if used."""
    first = larger_part(villages)["approach"].value_counts()
    households = villages.groupby("approach")["households"].sum()
    return {
        key: {"villages": int(first.get(key, 0)), "households": int(households.get(key, 0))}
        for key in (*APPROACHES, *sorted(set(households.index) - set(APPROACHES)))
    }


def larger_part(villages: pd.DataFrame) -> pd.DataFrame:
    """One row per village: the whole, or its larger part (of equal parts the first by name)."""
    ranked = villages.sort_values(
        ["village_code", "households", "part"], ascending=[True, False, True], kind="stable"
    )
    return ranked.drop_duplicates("village_code")


def rows_of(table: pd.DataFrame, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows as plain values; missing is None, whole numbers are int."""
    return [
        {name: plain_values(value) for name, value in zip(columns, row, strict=True)}
        for row in table.loc[:, list(columns)].itertuples(index=False, name=None)
    ]


def plain_values(value: Any) -> Any:  # noqa: ANN401  whatever a column holds
    """A value as a JSON type; missing and non-finite values are None."""
    if isinstance(value, (list, dict, tuple, str)):
        return value
    if pd.isna(value) or value in {float("inf"), float("-inf")}:
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if hasattr(value, "item") else value


def json_bytes(value: object, indent: int | None = 2) -> bytes:
    """JSON in UTF-8 in the given order of keys; indent None: on one line."""
    between = None if indent else (",", ":")
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=between, allow_nan=False)
    return (text + "\n").encode()

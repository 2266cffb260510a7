"""What would change if ledgers took the place of those of a project, before they do.

A copy of the project is read with the new files in it; the project's own folder is only looked at.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd

from gis.api.exchanged_ledgers import Counts, put_file
from gis.api.project import Project, open_project
from gis.audit.conversion_stage import ACCEPTED, conversion_stages
from gis.audit.ground import completion_ground, grounds
from gis.audit.ledger_changes import all_changes
from gis.layers.columns import LAYERS
from gis.record import FILE, OfficeRecord

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from gis.api.problem_groups import Group
    from gis.errors import Text
    from gis.facts import Facts
    from gis.pipeline import Pipeline

_HOUSEHOLDS = LAYERS["households"]
# told in another way, or no value of the ledger
_NOT_COMPARED = frozenset(
    "household_id village_code village township conversion lon lat x y".split()
)
_DAYS = (
    "signed_on",
    "installed_on",
    "energised_on",
    "accepted_on",
    "stove_removed_on",
    "coal_removed_on",
)
_HIDDEN = shutil.ignore_patterns(".nuantu-*", "~$*", FILE, f"{FILE}-*")


@dataclass(frozen=True)
class Ledger:
    """A ledger in numbers: homes that count, those accepted this year, rows that do not count.

    accepted  None where a township's ledger lacks columns that a completion is judged by
    """

    homes: int
    accepted: int | None
    rejected: int


@dataclass(frozen=True)
class NextLedger:
    """What new ledgers change.

    before, after  None where a problem blocks, so that no home is placed
    changes        the columns of gis.audit.ledger_changes and village_before, village_after; None
                   where one of them is None
    groups         the problems with the new ledgers, by layer and cause
    problems       how many problems there are with the old ones, and with the new ones
    latest         the last day that the new ledgers give for a step that was done; None: none
    rows           ledger → rows of data in the old file and in the new one; None: it cannot be read
    """

    as_of: date
    before: Ledger | None
    after: Ledger | None
    changes: pd.DataFrame | None
    groups: tuple[Group, ...]
    problems: tuple[int, int]
    latest: date | None
    rows: Counts

    @property
    def blocking(self) -> list[tuple[str, Text]]:
        """What is in the way of counting with the new ledgers, each with its layer."""
        return [
            (group.problems[0].layer, said)
            for group in self.groups
            if group.blocking
            for said in group.messages()
        ]


def try_ledgers(
    project: Project,
    folder: Path,
    files: Mapping[str, Path],
    as_of: date | None = None,
    *,
    stages: Pipeline | None = None,
) -> NextLedger:
    """What changes if files took the place of a project's ledgers.

    Args:
        project: The project as it stands.
        folder: Its folder; nothing in it is changed.
        files: File of the project → the file that would take its place.
        as_of: The day to judge the new ledgers on; None: that of the project.
        stages: What reads the copy, and whom it tells; None: silently.

    Raises:
        InputError: The project or its office record cannot be read.
    """
    day = as_of or project.as_of
    with TemporaryDirectory(prefix="nuantu-") as place:
        copy = Path(place, "project")
        shutil.copytree(folder, copy, ignore=_HIDDEN)
        record = OfficeRecord(folder)
        if record.exists():
            record.backup(copy / FILE)
        for name, file in files.items():
            put_file(file, copy / name)
        new = open_project(copy, day, stages=stages)
        groups = new.problem_groups()
        rows = {name: (_rows(project, name), _rows(new, name)) for name in files}
        return _compared(project, new, groups, rows)


def _compared(
    project: Project, new_project: Project, groups: list[Group], rows: Counts
) -> NextLedger:
    old, new = project.facts, new_project.facts
    policy, days = project.inputs().policy, (project.as_of, new_project.as_of)
    changes = None
    if old is not None and new is not None:
        columns = [one for one in _HOUSEHOLDS.columns if one.name not in _NOT_COMPARED]
        changes = all_changes(
            old.households, new.households, policy, *days,
            columns=[one.name for one in columns],
            covered=[one.name for one in columns if one.personal],
        )  # fmt: skip
        for side, facts in (("before", old), ("after", new)):
            changes[f"village_{side}"] = _village_names(facts, changes[f"village_code_{side}"])
    return NextLedger(
        days[1],
        _ledger(old, project, days[0]),
        _ledger(new, project, days[1]),
        changes,
        tuple(groups),
        (len(project.problem_list()), len(new_project.problem_list())),
        None if new is None else _latest(new.households),
        rows,
    )  # fmt: skip


def _rows(project: Project, file: str) -> int | None:
    homes = project.inputs().tables.get("households")
    # a file without any row was not read: its rows are unknown
    return None if homes is None else int(homes["ledger_file"].eq(file).sum()) or None


def _village_names(facts: Facts, codes: pd.Series) -> pd.Series:
    rows = facts.villages
    names = (rows["township"].fillna("") + rows["village"].fillna("")).to_list()
    return codes.map(dict(zip(rows["village_code"], names, strict=True))).fillna("")


def _ledger(facts: Facts | None, project: Project, day: date) -> Ledger | None:
    if facts is None:
        return None
    homes = facts.households
    policy = project.inputs().policy
    accepted = conversion_stages(homes, policy, day)[ACCEPTED]
    ground = grounds(facts, completion_ground(policy))
    known = bool(ground.loc[ground["ledger"], "known"].all())
    rejected = int((homes["status"] == "rejected").sum())
    return Ledger(len(homes) - rejected, int(accepted.sum()) if known else None, rejected)


def _latest(homes: pd.DataFrame) -> date | None:
    """The last day of a step; rows that do not count say nothing."""
    counted = homes[homes["status"] != "rejected"]
    days = [pd.to_datetime(counted[name]).max() for name in _DAYS if name in counted]
    known = [one for one in days if pd.notna(one)]
    return max(known).date() if known else None

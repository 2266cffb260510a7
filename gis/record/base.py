"""What every record of an office can do, whether a file or a database; undoing a change."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from gis.errors import InputError, Text
from gis.record.journal import UNKNOWN, Change, JournalEntry
from gis.record.rows import Row, Writing, check_table
from gis.record.schema import TABLES

FILE = "office.gpkg"


@dataclass(frozen=True)
class Snapshot:
    """The record as it stood at one moment.

    tables       table → its rows
    unexplained  the changes of other programs that nobody has explained or undone
    place        office.gpkg, or "$VARIABLE/record" of a database
    """

    tables: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    unexplained: tuple[int, ...] = ()
    place: str = FILE


class Record(ABC):
    """The record of one project; place: as messages and the manifest name it."""

    place: str

    @abstractmethod
    def exists(self) -> bool:
        """Whether there is a record, or anything of its name."""

    @abstractmethod
    def snapshot(self) -> Snapshot:
        """All tables as they stood at one moment.

        Raises:
            InputError: The record is damaged, foreign, newer, or cannot be opened.
        """

    @abstractmethod
    def journal(self) -> list[Change]:
        """All changes, the earliest first.

        Raises:
            InputError: As for `snapshot`.
        """

    @abstractmethod
    def changing(
        self, who: str, why: str, undoes: int | None = None
    ) -> AbstractContextManager[Writing]:
        """A change: all of it is written and journalled when the block ends, or none of it.

        Args:
            who: Whose change it is.
            why: The reason, such as a document.
            undoes: The number of the change that it undoes.

        Raises:
            InputError: `who` or `why` is blank, the record is damaged, foreign, newer, locked by
                another program or cannot be written, or the disk is full.
        """

    @abstractmethod
    def explain(self, number: int, who: str, why: str) -> None:
        """Say who made a change in another program, and why; once.

        Raises:
            InputError: There is no such change, or it is explained; and as for `changing`.
        """

    @abstractmethod
    def backup(self, target: Path) -> None:
        """Copy the record as it stands at one moment into a new file.

        Raises:
            InputError: The target is there already, or the record is a database; and as for
                `snapshot`.
        """

    @abstractmethod
    def mend(self) -> int:
        """Switch the journal on again after another program removed or altered its triggers.

        A copy is kept. What was changed meanwhile is noted as a change by nobody known.

        Returns:
            The number of cells and rows noted; 0 where the journal lacks nothing.

        Raises:
            InputError: As for `changing`.
        """

    def rows(self, table: str) -> list[Row]:
        """The rows of a table by `fid`, with all its columns; a geometry is WKB.

        Raises:
            InputError: As for `snapshot`.
        """
        check_table(table)
        return list(self.snapshot().tables[table])

    def undo(
        self, number: int, who: str, why: str, then: Callable[[Writing], None] | None = None
    ) -> int:
        """Undo a change; that is a change too. Returns its number.

        Args:
            number: The change.
            who: Who undoes it.
            why: The reason.
            then: What else belongs to it, done before it is written.

        Raises:
            InputError: There is no such change, it is undone already, or something in it was
                changed again since; and as for `changing`.
        """
        if not self.exists():
            raise no_such_change(number)
        with self.changing(who, why, undoes=number) as writing:
            undo_change(writing, number)
            if then is not None:
                then(writing)
        return writing.number


def no_such_change(number: int) -> InputError:
    """The error for a change that is not there, or needs nothing."""
    zh = f"没有可处理的第 {number} 号修改；用 nuantu journal 查看编号。"
    en = f"there is no change {number} to be dealt with; nuantu journal lists their numbers."
    return InputError(Text(zh, en))


def check_said(who: str, why: str) -> None:
    """Refuse a change of which nobody says who makes it, and why."""
    for what, said in (("who", who), ("why", why)):
        if not said.strip():
            zh = f"没有写明{'修改人' if what == 'who' else '理由'}（{what}），没有保存。"
            en = f"{what} is blank: say {what} this is changed. Nothing was saved."
            raise InputError(Text(zh, en))
    if who.strip() == UNKNOWN:
        zh, en = "修改人应写姓名，不能是 unknown。", "who: give a name, not unknown."
        raise InputError(Text(zh, en))


_ACTIONS = ("insert", "update", "delete")


def undo_change(writing: Writing, number: int) -> None:
    """Put back what a change changed, within another one.

    Raises:
        InputError: There is no such change, it is undone already, or something in it was changed
            again since.
    """
    changes = {one.number: one for one in writing.changes()}
    if number not in changes:
        zh = f"没有第 {number} 号修改；用 nuantu journal 查看编号。"
        en = f"there is no change {number}; nuantu journal lists their numbers."
        raise InputError(Text(zh, en))
    change = changes[number]
    if change.undone_by:
        zh = f"第 {number} 号修改已由第 {change.undone_by} 号撤销。要恢复它，请撤销第 "
        zh += f"{change.undone_by} 号。"
        en = f"change {number} is undone already, by change {change.undone_by}; undo that to have "
        raise InputError(Text(zh, en + "it again."))
    for table, row, action, cells in _backwards(change):
        known = table in TABLES and {one.column for one in cells} <= set(TABLES[table].fields)
        if not known or action not in _ACTIONS:
            raise _no_note_of_ours(number, table)
        if not _put_back(writing, table, row, action, cells):
            raise _changed_since(number, table, row, changes.values())


def _backwards(change: Change) -> Iterator[tuple[str, int, str, list[JournalEntry]]]:
    """Each step of the change, the last first: a new or a removed row whole, else one cell."""
    steps = groupby(
        enumerate(reversed(change.entries)),
        key=lambda at: (at[1].table, at[1].row, at[1].action, at[1].action == "update" and at[0]),
    )
    for (table, row, action, _), found in steps:
        yield table, row, action, [one for _, one in found if one.column]


def _put_back(
    writing: Writing, table: str, row: int, action: str, cells: list[JournalEntry]
) -> bool:
    """Put a row back; whether it still is as the change left it."""
    after = {one.column: one.new for one in cells}
    if action == "insert":
        whole = {**dict.fromkeys(TABLES[table].fields), **after}
        return writing.has(table, row, whole) and writing.delete(table, row)
    new = action == "delete"
    if writing.has(table, row, {} if new else after) == new:
        return False
    writing.put_back(table, row, {one.column: one.old for one in cells}, new=new)
    return True


def _no_note_of_ours(number: int, table: str) -> InputError:
    zh = f"第 {number} 号不是记录自己写下的（表 {table!r}），没有撤销。"
    en = (
        f"change {number} was not noted by the record itself (table {table!r}); nothing was undone."
    )
    return InputError(Text(zh, en))


def _changed_since(number: int, table: str, row: int, changes: Iterable[Change]) -> InputError:
    later = [
        one.number
        for one in changes
        if one.number > number and any((e.table, e.row) == (table, row) for e in one.entries)
    ]
    by = "、".join(map(str, later))
    zh = f"第 {number} 号修改之后，{table} 第 {row} 行又被改过（第 {by} 号）；没有撤销。请先撤销后来的。"
    en = (
        f"row {row} of {table} was changed again after change {number} (by {by}); nothing was "
        "undone. Undo the later ones first."
    )
    return InputError(Text(zh, en))

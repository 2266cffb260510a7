"""Reading the journal of the record: what was changed, by whom, when and why."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

DISTINCT_CHANGES = "SELECT DISTINCT change, who, undoes FROM journal ORDER BY change"
UNKNOWN = "unknown"  # who changed a row in another program
JOURNAL_COLUMNS = (
    "change, at, who, why, table_name, row_id, action, column_name, old_value, new_value, undoes"
)


@dataclass(frozen=True)
class JournalEntry:
    """What became of one cell, or with `column` "" of one row as a whole.

    action  insert, update or delete
    old     its value before as text, None for a blank; of a geometry its hexadecimal digits
    new     its value after
    """

    table: str
    row: int
    action: str
    column: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Change:
    """All that was changed together.

    number     from 1 on
    at         time in UTC as ISO 8601
    who        UNKNOWN: another program wrote it, and nobody has said who and why
    undoes     the change that this one undoes, None for none
    undone_by  the change that undid this one and still holds, None for none
    """

    number: int
    at: str
    who: str
    why: str
    entries: tuple[JournalEntry, ...]
    undoes: int | None = None
    undone_by: int | None = None

    @property
    def cells(self) -> tuple[JournalEntry, ...]:
        """The entries of cells alone."""
        return tuple(one for one in self.entries if one.column)


def read_changes(db: sqlite3.Connection) -> list[Change]:
    """All changes, the earliest first."""
    return changes_of(db.execute(f"SELECT {JOURNAL_COLUMNS} FROM journal ORDER BY change, fid"))


def changes_of(rows: Iterable[tuple[object, ...]]) -> list[Change]:
    """The changes in rows of JOURNAL_COLUMNS, ordered by change and fid.

    Rows that no trigger wrote, without the number of a change or a row, are left out.
    """
    noted = [row for row in rows if isinstance(row[0], int) and isinstance(row[5], int)]
    found = [_change(list(group)) for _, group in groupby(noted, key=lambda row: row[0])]
    undone = undone_by(found)
    return [replace(one, undone_by=undone.get(one.number)) for one in found]


def _change(rows: list[tuple[object, ...]]) -> Change:
    number, at, who, why = rows[0][:4]
    entries = tuple(
        JournalEntry(
            str(row[4]), int(str(row[5])), str(row[6]), str(row[7]), _text(row[8]), _text(row[9])
        )
        for row in rows
    )
    undoes = rows[0][10] if isinstance(rows[0][10], int) else None
    return Change(int(str(number)), str(at), str(who), str(why), entries, undoes)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def undone_by(changes: Sequence[Change]) -> dict[int, int]:
    """Change → the change that undid it and still holds; changes: the earliest first."""
    found: dict[int, int] = {}
    for one in reversed(changes):  # whatever undoes a change comes after it
        if one.undoes is not None and one.number not in found:
            found[one.undoes] = one.number
    return found


def unexplained(db: sqlite3.Connection) -> tuple[int, ...]:
    """The numbers of the changes that nobody has explained or undone."""
    return unexplained_of(db.execute(DISTINCT_CHANGES))


def unexplained_of(rows: Iterable[tuple[object, str, int | None]]) -> tuple[int, ...]:
    """The same of rows of DISTINCT_CHANGES."""
    found = [
        Change(number, "", who, "", (), undoes)
        for number, who, undoes in rows
        if isinstance(number, int)
    ]
    undone = undone_by(found)
    return tuple(one.number for one in found if one.who == UNKNOWN and one.number not in undone)

"""Undoing a change: each of its rows is put back as it was, if nothing changed it since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from gis.errors import InputError, Text
from gis.record.journal import Change, Entry
from gis.record.rows import Writing
from gis.record.schema import TABLES

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


def _backwards(change: Change) -> Iterator[tuple[str, int, str, list[Entry]]]:
    """Each step of the change, the last first: a new or a removed row whole, else one cell."""
    steps = groupby(
        enumerate(reversed(change.entries)),
        key=lambda at: (at[1].table, at[1].row, at[1].action, at[1].action == "update" and at[0]),
    )
    for (table, row, action, _), found in steps:
        yield table, row, action, [one for _, one in found if one.column]


def _put_back(writing: Writing, table: str, row: int, action: str, cells: list[Entry]) -> bool:
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

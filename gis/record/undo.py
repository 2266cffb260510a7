"""Undoing a change: each of its rows is put back as it was, if nothing changed it since."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from gis.errors import InputError, Text
from gis.record.journal import Change, Entry, read_changes
from gis.record.schema import GEOMETRY, TABLES


def undo_change(db: sqlite3.Connection, number: int) -> None:
    """Put back what a change changed, within the transaction of another one.

    Raises:
        InputError: There is no such change, it is undone already, or something in it was changed
            again since.
    """
    changes = {one.number: one for one in read_changes(db)}
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
        done = _PUT_BACK[action](db, table, row, cells)
        if not done:
            raise _changed_since(number, table, row, changes.values())


def _backwards(change: Change) -> Iterator[tuple[str, int, str, list[Entry]]]:
    """Each step of the change, the last first: a new or a removed row whole, else one cell."""
    steps = groupby(
        enumerate(reversed(change.entries)),
        key=lambda at: (at[1].table, at[1].row, at[1].action, at[1].action == "update" and at[0]),
    )
    for (table, row, action, _), found in steps:
        yield table, row, action, [one for _, one in found if one.column]


def cell_of(name: str) -> str:
    """A cell as the journal has it, in SQL."""
    if name == GEOMETRY:
        return f'CASE WHEN "{name}" IS NOT NULL THEN hex("{name}") END'
    return f'CAST("{name}" AS TEXT)'


def _still(cells: Mapping[str, str | None]) -> tuple[str, list[str | None]]:
    """The condition that a row still has these values."""
    return "".join(f" AND {cell_of(name)} IS ?" for name in cells), list(cells.values())


def _stored(name: str, value: str | None) -> str | bytes | None:
    return bytes.fromhex(value) if name == GEOMETRY and value is not None else value


def _undo_insert(db: sqlite3.Connection, table: str, row: int, cells: list[Entry]) -> bool:
    values = dict.fromkeys(TABLES[table].fields) | {one.column: one.new for one in cells}
    where, still = _still(values)
    statement = f'DELETE FROM "{table}" WHERE fid = ?{where}'
    return bool(db.execute(statement, (row, *still)).rowcount)


def _undo_delete(db: sqlite3.Connection, table: str, row: int, cells: list[Entry]) -> bool:
    if db.execute(f'SELECT 1 FROM "{table}" WHERE fid = ?', (row,)).fetchone():
        return False
    names = "".join(f', "{one.column}"' for one in cells)
    values = [_stored(one.column, one.old) for one in cells]
    statement = f'INSERT INTO "{table}" (fid{names}) VALUES (?{", ?" * len(cells)})'
    return bool(db.execute(statement, (row, *values)).rowcount)


def _undo_update(db: sqlite3.Connection, table: str, row: int, cells: list[Entry]) -> bool:
    (one,) = cells
    where, still = _still({one.column: one.new})
    statement = f'UPDATE "{table}" SET "{one.column}" = ? WHERE fid = ?{where}'
    return bool(db.execute(statement, (_stored(one.column, one.old), row, *still)).rowcount)


_PUT_BACK = {"insert": _undo_insert, "update": _undo_update, "delete": _undo_delete}


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

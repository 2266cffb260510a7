"""Switching the journal on again after another program removed its triggers.

What was changed meanwhile is found by playing the journal back, and noted as nobody's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from gis.record.journal import UNKNOWN, Entry, read_changes
from gis.record.rows import cell_of
from gis.record.schema import TABLES, TRIGGERS, RecordTable

Cells = dict[str, str]


def mend_journal(db: sqlite3.Connection, triggers: set[str]) -> int:
    """Make the triggers anew and note what the journal lacks, within a transaction.

    Args:
        db: The record.
        triggers: The names of the triggers that stand.

    Returns:
        The number of cells and rows noted, all in one change.
    """
    for name in sorted(triggers & TRIGGERS.keys()):
        db.execute(f'DROP TRIGGER "{name}"')
    db.execute("DELETE FROM change_in_progress")
    before = _played_back(db)
    missing = [
        one for table in TABLES.values() for one in _differences(table, db, before[table.name])
    ]
    number = db.execute("SELECT coalesce(max(change), 0) + 1 FROM journal").fetchone()[0]
    db.executemany(
        "INSERT INTO journal (change, at, who, why, table_name, row_id, action, column_name,"
        " old_value, new_value) VALUES (?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), ?, '', ?, ?, ?,"
        " ?, ?, ?)",
        [
            (number, UNKNOWN, one.table, one.row, one.action, one.column, one.old, one.new)
            for one in missing
        ],
    )
    for statement in TRIGGERS.values():
        db.execute(statement)
    return len(missing)


def _played_back(db: sqlite3.Connection) -> dict[str, dict[int, Cells]]:
    """Table → row → its filled cells as texts, as the journal has them."""
    rows: dict[str, dict[int, Cells]] = {name: {} for name in TABLES}
    for change in read_changes(db):
        for one in change.entries:
            own = rows.get(one.table, {})
            if one.action == "delete":
                own.pop(one.row, None)
            elif one.new is None:
                own.setdefault(one.row, {}).pop(one.column, None)
            else:
                own.setdefault(one.row, {})[one.column] = one.new
    return rows


def _differences(
    table: RecordTable, db: sqlite3.Connection, before: dict[int, Cells]
) -> Iterator[Entry]:
    """What became of each row and cell since."""
    now = _standing(table, db)
    for fid in sorted(before.keys() | now.keys()):
        old, new = before.get(fid), now.get(fid)
        action = "insert" if old is None else "delete" if new is None else "update"
        if action != "update":
            yield Entry(table.name, fid, action, "", None, None)
        for name in table.fields:
            was, found = (old or {}).get(name), (new or {}).get(name)
            if was != found:
                yield Entry(table.name, fid, action, name, was, found)


def _standing(table: RecordTable, db: sqlite3.Connection) -> dict[int, Cells]:
    cells = ", ".join(cell_of(name) for name in table.fields)
    rows = db.execute(f'SELECT fid, {cells} FROM "{table.name}"').fetchall()
    return {
        int(fid): {
            name: one for name, one in zip(table.fields, own, strict=True) if one is not None
        }
        for fid, *own in rows
    }

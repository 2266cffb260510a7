"""Checks of a file before it is taken for the record."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from gis.record import errors
from gis.record.schema import TRIGGERS, VERSION, WHAT


def version_of(db: sqlite3.Connection) -> int:
    """The version of the record; 0 for a file that is none."""
    try:
        found = db.execute("SELECT version FROM schema_version WHERE what = ?", (WHAT,)).fetchone()
    except sqlite3.OperationalError as error:
        if "no such" in error.args[0]:
            return 0
        raise
    return int(found[0]) if found and isinstance(found[0], int) else 0


def check_whole(db: sqlite3.Connection, path: Path, *, triggers: bool = True) -> None:
    """Check that the file is a whole record of a known version whose journal is kept.

    Raises:
        InputError: It is not.
    """
    version = version_of(db)
    if not version:
        raise errors.foreign(path)
    if version > VERSION:
        raise errors.newer(path, version, VERSION)
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise errors.damaged(path, "quick_check")
    if triggers and version == VERSION and (wrong := wrong_triggers(db)):
        raise errors.without_journal(path, wrong)


def wrong_triggers(db: sqlite3.Connection) -> list[str]:
    """The triggers that are missing or altered."""
    stand = triggers_of(db)
    return [name for name, one in TRIGGERS.items() if stand.get(name) != one]


def triggers_of(db: sqlite3.Connection) -> dict[str, str]:
    """Name → statement of every trigger that stands."""
    return dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall())

"""The file office.gpkg: opened and checked, read, and changed in transactions that are journalled.

What `OfficeRecord.changing` has left without an error is on the disk, also when the power fails.
A journal that another program has switched off is played back, and what it lacks is noted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from gis.errors import InputError, Text
from gis.record import errors
from gis.record.base import FILE, Record, Snapshot, check_said, no_such_change
from gis.record.geometry import add_spatial_functions
from gis.record.journal import UNKNOWN, Change, JournalEntry, read_changes, unexplained
from gis.record.rows import COLUMN_NAMES, FileWriting, Writing, cell_of, plain, rows_of
from gis.record.schema import (
    APPLICATION_ID,
    TABLES,
    TRIGGERS,
    USER_VERSION,
    VERSION,
    WHAT,
    RecordTable,
    upgrade_of,
    whole_schema,
)

Cells = dict[str, str]


WAIT_S = 10.0  # for another program that is writing


class OfficeRecord(Record):
    """The record of one project folder; made when it is first written."""

    def __init__(self, folder: Path, wait_s: float = WAIT_S) -> None:
        """The record of `folder`; wait_s: how long to wait for another program that is writing."""
        self.path = Path(folder) / FILE
        self.place = FILE
        self._wait_s = wait_s

    def exists(self) -> bool:
        """Whether there is a record, or anything of its name."""
        return self.path.is_symlink() or (self.path.exists() and self.path.stat().st_size != 0)

    def snapshot(self) -> Snapshot:
        """All tables as they stood at one moment.

        Raises:
            InputError: As for `rows`.
        """
        if not self.exists():
            return Snapshot(dict.fromkeys(TABLES, ()))
        with self._reading() as db:
            tables = {name: tuple(rows_of(db, name)) for name in TABLES}
            return Snapshot(tables, unexplained(db))

    def journal(self) -> list[Change]:
        """All changes, the earliest first.

        Raises:
            InputError: As for `rows`.
        """
        if not self.exists():
            return []
        with self._reading() as db:
            return read_changes(db)

    @contextmanager
    def changing(self, who: str, why: str, undoes: int | None = None) -> Iterator[Writing]:
        """A change: all of it is written and journalled when the block ends, or none of it.

        Args:
            who: Whose change it is.
            why: The reason, such as a document.
            undoes: The number of the change that it undoes.

        Raises:
            InputError: `who` or `why` is blank, the file is damaged, foreign, newer, locked by
                another program or cannot be written, or the disk is full.
        """
        check_said(who, why)
        with self._writing() as db:
            number = db.execute("SELECT coalesce(max(change), 0) + 1 FROM journal").fetchone()[0]
            db.execute(
                "INSERT INTO change_in_progress VALUES (?, ?, ?, ?)",
                (number, plain(who), plain(why), undoes),
            )
            writing = FileWriting(db, int(number))
            yield writing
            db.execute("DELETE FROM change_in_progress")

    def explain(self, number: int, who: str, why: str) -> None:
        """Say who made a change in another program, and why; once.

        Raises:
            InputError: There is no such change, or it is explained; and as for `changing`.
        """
        check_said(who, why)
        if not self.exists():
            raise no_such_change(number)
        with self._writing() as db:
            done = db.execute(
                "UPDATE journal SET who = ?, why = ? WHERE change = ? AND who = ?",
                (plain(who), plain(why), number, UNKNOWN),
            )
            if not done.rowcount:
                raise no_such_change(number)

    def mend(self) -> int:
        """Switch the journal on again after another program removed or altered its triggers.

        A copy is kept. What was changed meanwhile is noted as a change by nobody known.

        Returns:
            The number of cells and rows noted; 0 where the journal lacks nothing.

        Raises:
            InputError: As for `changing`.
        """
        if not self.exists():
            return 0
        with self._open("rw") as db:
            check_whole(db, self.path, triggers=False)
            if version_of(db) < VERSION or not wrong_triggers(db):
                return 0  # the next change brings it up to date
            _copy(db, self._name_of_copy(version_of(db)))
            with _transaction(db):
                return mend_journal(db, set(triggers_of(db)))

    def backup(self, target: Path) -> None:
        """Copy the record as it stands at one moment into a new file, what lies in a WAL too.

        Raises:
            InputError: The target is there already; and as for `rows`.
        """
        with self._reading() as db:
            _copy(db, target)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """The file, checked, in one snapshot."""
        with self._open("rw") as db:
            db.execute("BEGIN")
            check_whole(db, self.path)
            yield db

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """The file in one transaction; made or brought up to date first."""
        with self._open("rwc") as db:
            db.execute("PRAGMA synchronous = EXTRA")  # FULL, and the folder's entry as well
            if self.exists() and 0 < version_of(db) < VERSION:
                _copy(db, self._name_of_copy(version_of(db)))
            with _transaction(db):
                self._make_current(db)
                check_whole(db, self.path)
                yield db

    def _make_current(self, db: sqlite3.Connection) -> None:
        empty = not db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        if empty:
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {USER_VERSION}")
            for statement, values in whole_schema():
                db.execute(statement, values)
        elif 0 < version_of(db) < VERSION:
            tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
            names = [row[0] for row in db.execute(tables).fetchall()]
            columns = {
                name: {row[0] for row in db.execute(COLUMN_NAMES, (name,))} for name in names
            }
            for statement, values in upgrade_of(columns, set(triggers_of(db))):
                db.execute(statement, values)

    def _name_of_copy(self, version: int) -> Path:
        """A free name for the copy of an older version."""
        name = self.path.with_name(f"office.v{version}.gpkg")
        number = 2
        while name.exists():
            name = self.path.with_name(f"office.v{version}-{number}.gpkg")
            number += 1
        return name

    @contextmanager
    def _open(self, mode: str) -> Iterator[sqlite3.Connection]:
        """The file without any check; errors of SQLite are told in our words."""
        try:
            if self.path.is_symlink() or (self.path.exists() and not self.path.is_file()):
                raise errors.unplain(self.path)
            address = f"{self.path.resolve().as_uri()}?mode={mode}"
            with closing(
                sqlite3.connect(address, self._wait_s, isolation_level=None, uri=True)
            ) as db:
                db.text_factory = lambda data: data.decode("utf-8", "replace")
                add_spatial_functions(db)
                yield db
        except sqlite3.DatabaseError as error:
            raise self._told(error) from error
        except OSError as error:
            raise errors.file_error(self.path, error) from error

    def _told(self, error: sqlite3.Error) -> InputError:
        if "NOTADB" in str(getattr(error, "sqlite_errorname", "")):
            return errors.foreign(self.path)
        return errors.file_error(self.path, error)


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of the block is written, or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _copy(db: sqlite3.Connection, target: Path) -> None:
    if target.exists():
        zh = f"{target} 已存在，没有覆盖。请换一个文件名。"
        raise InputError(Text(zh, f"{target} is there already and was kept. Name another file."))
    with closing(sqlite3.connect(target)) as copy:
        db.backup(copy)


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
) -> Iterator[JournalEntry]:
    """What became of each row and cell since."""
    now = _standing(table, db)
    for fid in sorted(before.keys() | now.keys()):
        old, new = before.get(fid), now.get(fid)
        action = "insert" if old is None else "delete" if new is None else "update"
        if action != "update":
            yield JournalEntry(table.name, fid, action, "", None, None)
        for name in table.fields:
            was, found = (old or {}).get(name), (new or {}).get(name)
            if was != found:
                yield JournalEntry(table.name, fid, action, name, was, found)


def _standing(table: RecordTable, db: sqlite3.Connection) -> dict[int, Cells]:
    cells = ", ".join(cell_of(name) for name in table.fields)
    rows = db.execute(f'SELECT fid, {cells} FROM "{table.name}"').fetchall()
    return {
        int(fid): {
            name: one for name, one in zip(table.fields, own, strict=True) if one is not None
        }
        for fid, *own in rows
    }


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

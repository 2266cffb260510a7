"""The record in a PostgreSQL database with PostGIS, for offices that share one.

It stands in a schema of its own, made when it is first written. Backups are those of the database.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import shapely

from gis.errors import InputError, Text
from gis.record.base import Record, Snapshot, check_said, no_such_change
from gis.record.journal import (
    DISTINCT_CHANGES,
    JOURNAL_COLUMNS,
    UNKNOWN,
    Change,
    changes_of,
    unexplained_of,
)
from gis.record.postgres_schema import LOCK, SCHEMA, cast_of, upgrade_of, whole_schema
from gis.record.rows import Row, Texts, Value, Writing, check_table, plain, stored_cells
from gis.record.schema import GEOMETRY, SRS, TABLES, VERSION
from gis.record.store import OfficeRecord

if TYPE_CHECKING:
    from pathlib import Path

    from adbc_driver_postgresql.dbapi import Cursor

_WAIT = "SET LOCAL lock_timeout = '10s'"
_BUSY = frozenset(["55P03", "40001", "40P01"])
_CLOSED = frozenset(["42501", "25006", "53100"])  # no right, read only, disk full


class DatabaseRecord(Record):
    """The record in the database whose address an environment variable holds."""

    def __init__(self, dsn_env: str) -> None:
        """The record of the address in `dsn_env`; nothing is opened yet."""
        self.dsn_env = dsn_env
        self.place = f"${dsn_env}/{SCHEMA}"

    def exists(self) -> bool:
        """Whether the database has one."""
        with self._transaction() as cursor:
            return _version(cursor) is not None

    def snapshot(self) -> Snapshot:
        """As `Record.snapshot`."""
        with self._transaction() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            if self._checked(cursor) is None:
                return Snapshot(dict.fromkeys(TABLES, ()), place=self.place)
            tables = {name: tuple(_rows(cursor, name)) for name in TABLES}
            return Snapshot(
                tables, unexplained_of(_asked(cursor, _own(DISTINCT_CHANGES))), self.place
            )

    def journal(self) -> list[Change]:
        """As `Record.journal`."""
        with self._transaction() as cursor:
            return [] if self._checked(cursor) is None else _changes(cursor)

    @contextmanager
    def changing(self, who: str, why: str, undoes: int | None = None) -> Iterator[Writing]:
        """As `Record.changing`."""
        check_said(who, why)
        with self._writing() as cursor:
            number = int(
                _asked(cursor, f"SELECT coalesce(max(change), 0) + 1 FROM {SCHEMA}.journal")[0][0]
            )
            told = {"who": who, "why": why, "change": str(number), "undoes": str(undoes or "")}
            for name, value in told.items():
                _asked(cursor, f"SELECT set_config('nuantu.{name}', $1, true)", [plain(value)])
            yield DatabaseWriting(cursor, number)

    def explain(self, number: int, who: str, why: str) -> None:
        """As `Record.explain`."""
        check_said(who, why)
        with self._writing() as cursor:
            done = _asked(
                cursor,
                f"UPDATE {SCHEMA}.journal SET who = $1, why = $2 WHERE change = $3::text::bigint "
                "AND who = $4 RETURNING 1",
                [plain(who), plain(why), str(number), UNKNOWN],
            )
            if not done:
                raise no_such_change(number)

    def backup(self, target: Path) -> None:
        """Refused: a database has backups of its own."""
        zh = f"办公记录在数据库 {self.place}，请用数据库的备份（pg_dump），没有写 {target}。"
        en = (
            f"the record is in the database {self.place}: back that up (pg_dump). {target} was not "
        )
        raise InputError(Text(zh, en + "written."))

    def mend(self) -> int:
        """Nothing is to be mended: whoever may drop a trigger owns the database."""
        return 0

    @contextmanager
    def _writing(self) -> Iterator[Cursor]:
        with self._transaction() as cursor:
            cursor.execute(_WAIT)
            _asked(cursor, f"SELECT 1 FROM pg_advisory_xact_lock({LOCK})")
            version = self._checked(cursor)
            statements: Iterator[str] = iter(())
            if version is None:
                statements = whole_schema()
            elif version < VERSION:
                statements = upgrade_of(_columns(cursor))
            for statement in statements:
                cursor.execute(statement)
            yield cursor

    def _checked(self, cursor: Cursor) -> int | None:
        """The version of the record, None where there is none.

        Raises:
            InputError: It was written by a newer Nuantu.
        """
        version = _version(cursor)
        if version is not None and version > VERSION:
            zh = f"{self.place} 由更新的暖图写成（版本 {version}，本机只认到 {VERSION}），没有改动它。"
            en = f"{self.place} was written by a newer Nuantu (version {version}, this one knows "
            raise InputError(Text(zh + "请升级暖图。", f"{en}{VERSION}). Upgrade Nuantu."))
        return version

    @contextmanager
    def _transaction(self) -> Iterator[Cursor]:
        """A cursor in one transaction; errors of the database are told in our words."""
        from adbc_driver_postgresql import dbapi  # noqa: PLC0415  # 0.08 s, for a database alone

        address = os.environ.get(self.dsn_env, "")
        if not address:
            zh = f"办公记录的环境变量 {self.dsn_env} 没有设置；请设为数据库地址（postgresql://…）。"
            en = f"the variable {self.dsn_env} of the record is not set; set it to postgresql://…"
            raise InputError(Text(zh, en))
        try:
            connection = dbapi.connect(address)
        except dbapi.Error as error:
            raise self._told(error) from None
        try:
            with connection.cursor() as cursor:
                yield cursor
            connection.commit()
        except dbapi.Error as error:
            raise self._told(error) from None
        finally:
            connection.close()  # rolls back what is not committed

    def _told(self, error: Exception) -> InputError:
        """The error without the driver's text, which may contain the address."""
        code = str(getattr(error, "sqlstate", None) or type(error).__name__)
        if code in _BUSY:
            zh = f"{self.place} 正被别人写入，本次修改没有保存；请稍后再做一次。"
            en = f"{self.place} is being written by somebody else; not saved, do it again later."
        elif code in _CLOSED:
            zh = f"{self.place} 写不进（{code}：没有权限、只读或磁盘已满），本次修改没有保存。"
            en = f"{self.place} cannot be written ({code}: no right, read-only or full); not saved."
        else:
            zh = f"办公记录的数据库 {self.place} 连不上或不能用（{code}），没有保存任何修改。"
            en = f"the database of the record {self.place} does not answer or cannot be used "
            en += f"({code}); nothing was saved."
        return InputError(Text(zh, en))


@dataclass(frozen=True)
class DatabaseWriting(Writing):
    """A change in the database."""

    cursor: Cursor
    number: int

    def insert(self, table: str, values: Mapping[str, Value]) -> int:
        """As `Writing.insert`."""
        return self._insert(table, _as_texts(stored_cells(table, values)))

    def update(self, table: str, fid: int, values: Mapping[str, Value]) -> bool:
        """As `Writing.update`."""
        return self._update(table, fid, _as_texts(stored_cells(table, values)))

    def delete(self, table: str, fid: int) -> bool:
        """As `Writing.delete`."""
        check_table(table)
        query = f'DELETE FROM {SCHEMA}."{table}" WHERE fid = $1::text::bigint RETURNING 1'
        return bool(_asked(self.cursor, query, [str(fid)]))

    def rows(self, table: str) -> list[Row]:
        """As `Writing.rows`."""
        return list(_rows(self.cursor, table))

    def changes(self) -> list[Change]:
        """As `Writing.changes`."""
        return _changes(self.cursor)

    def has(self, table: str, fid: int, cells: Texts) -> bool:
        """As `Writing.has`."""
        query, values = f'SELECT 1 FROM {SCHEMA}."{table}" WHERE fid = $1::text::bigint', [str(fid)]
        for name, value in cells.items():
            if value is None:
                query += f' AND "{name}" IS NULL'
            else:
                values.append(value)
                query += f' AND "{name}"::text = ${len(values)}'
        return bool(_asked(self.cursor, query, values))

    def put_back(self, table: str, fid: int, cells: Texts, *, new: bool) -> None:
        """As `Writing.put_back`."""
        if new:
            self._insert(table, cells, fid)
        else:
            self._update(table, fid, cells)

    def _insert(self, table: str, cells: Texts, fid: int | None = None) -> int:
        filled = {name: value for name, value in cells.items() if value is not None}
        names = [f'"{name}"' for name in filled] + ([] if fid is None else ["fid"])
        marks = [f"${at}::text{cast_of(table, name)}" for at, name in enumerate(filled, start=1)]
        values = list(filled.values())
        if fid is not None:
            values.append(str(fid))
            marks.append(f"${len(values)}::text::bigint")
        what = f"({', '.join(names)}) VALUES ({', '.join(marks)})" if names else "DEFAULT VALUES"
        query = f'INSERT INTO {SCHEMA}."{table}" {what} RETURNING fid'
        return int(_asked(self.cursor, query, values)[0][0])

    def _update(self, table: str, fid: int, cells: Texts) -> bool:
        values, pairs = [str(fid)], []
        for name, value in cells.items():
            if value is None:
                pairs.append(f'"{name}" = NULL')
            else:
                values.append(value)
                pairs.append(f'"{name}" = ${len(values)}::text{cast_of(table, name)}')
        query = f'UPDATE {SCHEMA}."{table}" SET {", ".join(pairs)} WHERE fid = $1::text::bigint '
        return bool(_asked(self.cursor, f"{query} RETURNING 1", values))


def _asked(cursor: Cursor, query: str, values: Sequence[str] = ()) -> list[tuple]:
    """The rows of a query whose values are texts."""
    cursor.execute(query, list(values) or None)
    return list(cursor.fetchall())


def _own(query: str) -> str:
    return query.replace("FROM journal", f"FROM {SCHEMA}.journal")


def _version(cursor: Cursor) -> int | None:
    there = f"SELECT to_regclass('{SCHEMA}.schema_version')::text"
    if _asked(cursor, there)[0][0] is None:
        return None
    return int(_asked(cursor, f"SELECT version FROM {SCHEMA}.schema_version")[0][0])


def _changes(cursor: Cursor) -> list[Change]:
    utc = "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
    columns = JOURNAL_COLUMNS.replace(" at,", f" {utc} AS at,")
    query = f"SELECT {columns} FROM {SCHEMA}.journal ORDER BY change, fid"
    return changes_of(_asked(cursor, query))


def _columns(cursor: Cursor) -> dict[str, set[str]]:
    """Table → its columns, as they stand in the database."""
    found = _asked(
        cursor,
        "SELECT table_name::text, column_name::text FROM information_schema.columns "
        f"WHERE table_schema = '{SCHEMA}'",
    )
    columns: dict[str, set[str]] = {}
    for table, column in found:
        columns.setdefault(str(table), set()).add(str(column))
    return columns


def _rows(cursor: Cursor, table: str) -> Iterator[Row]:
    """The rows of a table; a column that an older record lacks is blank."""
    known = _columns(cursor).get(table, set())
    fields = [name for name in TABLES[table].fields if name in known]
    if not known:
        return
    wanted = [
        f'ST_AsBinary("{name}")' if name == GEOMETRY
        else f'"{name}"' if TABLES[table].columns[name] == "DOUBLE"
        else f'"{name}"::text'
        for name in fields
    ]  # fmt: skip
    query = f'SELECT {", ".join(["fid", *wanted])} FROM {SCHEMA}."{table}" ORDER BY fid'
    blank = dict.fromkeys(TABLES[table].fields)
    for fid, *cells in _asked(cursor, query):
        yield {"fid": int(fid), **blank, **dict(zip(fields, cells, strict=True))}


def _as_texts(cells: Mapping[str, Value]) -> dict[str, str | None]:
    """The cells as texts that the database casts; a geometry as hexadecimal WKB with its CRS."""
    told: dict[str, str | None] = {}
    for name, value in cells.items():
        if value is None:
            told[name] = None
        elif isinstance(value, bytes):
            shape = shapely.set_srid(shapely.from_wkb(value), SRS)
            told[name] = shapely.to_wkb(shape, hex=True, include_srid=True)
        else:
            told[name] = repr(value) if isinstance(value, float) else str(value)
    return told


def record_of(folder: Path, dsn_env: str = "") -> Record:
    """The record of a project folder, or the one in the database of `dsn_env`."""
    return DatabaseRecord(dsn_env) if dsn_env else OfficeRecord(folder)

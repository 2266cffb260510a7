"""Rows of the record as values, and changing them within a transaction."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from gis.record.geometry import with_header, without_header
from gis.record.journal import Change, read_changes
from gis.record.schema import GEOMETRY, TABLES

Value = str | float | int | date | bytes | None
Row = dict[str, Value]
Texts = Mapping[str, str | None]  # cells as the journal writes them


class Writing(ABC):
    """A change in the making; number: its number in the journal."""

    number: int

    @abstractmethod
    def insert(self, table: str, values: Mapping[str, Value]) -> int:
        """Add a row. Returns its `fid`.

        Args:
            table: One of TABLES.
            values: Column → value; days as date or YYYY-MM-DD, a geometry as WKB of a multipolygon
                in longitude and latitude (CGCS2000). None and "" are blanks.

        Raises:
            ValueError: There is no such column.
        """

    @abstractmethod
    def update(self, table: str, fid: int, values: Mapping[str, Value]) -> bool:
        """Change cells of a row, as for `insert`. Returns whether there is such a row."""

    @abstractmethod
    def delete(self, table: str, fid: int) -> bool:
        """Remove a row; the journal keeps it. Returns whether there is such a row."""

    @abstractmethod
    def rows(self, table: str) -> list[Row]:
        """The rows of a table as they stand in this change."""

    @abstractmethod
    def changes(self) -> list[Change]:
        """The changes before this one, the earliest first."""

    @abstractmethod
    def has(self, table: str, fid: int, cells: Texts) -> bool:
        """Whether there is a row, and its cells have these values as the journal writes them."""

    @abstractmethod
    def put_back(self, table: str, fid: int, cells: Texts, *, new: bool) -> None:
        """Give cells of a row values of the journal; new: make the row."""


@dataclass(frozen=True)
class FileWriting(Writing):
    """A change of office.gpkg."""

    db: sqlite3.Connection
    number: int

    def insert(self, table: str, values: Mapping[str, Value]) -> int:
        """As `Writing.insert`."""
        cells = _with_headers(stored_cells(table, values))
        names = "".join(f', "{name}"' for name in cells)
        marks = ", ?" * len(cells)
        done = self.db.execute(
            f'INSERT INTO "{table}" (fid{names}) VALUES (NULL{marks})',
            tuple(cells.values()),
        )
        self._touch(table)
        return int(done.lastrowid or 0)

    def update(self, table: str, fid: int, values: Mapping[str, Value]) -> bool:
        """As `Writing.update`."""
        cells = _with_headers(stored_cells(table, values))
        pairs = ", ".join(f'"{name}" = ?' for name in cells)
        done = self.db.execute(
            f'UPDATE "{table}" SET {pairs} WHERE fid = ?',
            (*cells.values(), fid),
        )
        self._touch(table)
        return bool(done.rowcount)

    def delete(self, table: str, fid: int) -> bool:
        """As `Writing.delete`."""
        check_table(table)
        done = self.db.execute(f'DELETE FROM "{table}" WHERE fid = ?', (fid,))
        self._touch(table)
        return bool(done.rowcount)

    def rows(self, table: str) -> list[Row]:
        """As `Writing.rows`."""
        return list(rows_of(self.db, table))

    def changes(self) -> list[Change]:
        """As `Writing.changes`."""
        return read_changes(self.db)

    def has(self, table: str, fid: int, cells: Texts) -> bool:
        """As `Writing.has`."""
        where = "".join(f" AND {cell_of(name)} IS ?" for name in cells)
        query = f'SELECT 1 FROM "{table}" WHERE fid = ?{where}'
        return self.db.execute(query, (fid, *cells.values())).fetchone() is not None

    def put_back(self, table: str, fid: int, cells: Texts, *, new: bool) -> None:
        """As `Writing.put_back`."""
        values = [
            bytes.fromhex(value) if name == GEOMETRY and value is not None else value
            for name, value in cells.items()
        ]
        if new:
            names = "".join(f', "{name}"' for name in cells)
            statement = f'INSERT INTO "{table}" (fid{names}) VALUES (?{", ?" * len(cells)})'
            self.db.execute(statement, (fid, *values))
        else:
            pairs = ", ".join(f'"{name}" = ?' for name in cells)
            self.db.execute(f'UPDATE "{table}" SET {pairs} WHERE fid = ?', (*values, fid))

    def _touch(self, table: str) -> None:
        now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
        statement = f"UPDATE gpkg_contents SET last_change = {now} WHERE table_name = ?"
        self.db.execute(statement, (table,))


def check_table(table: str) -> None:
    """Refuse a table that the record does not have."""
    if table not in TABLES:
        raise ValueError(f"the record has no table {table!r}")


def cell_of(name: str) -> str:
    """A cell of office.gpkg as its journal has it, in SQL."""
    if name == GEOMETRY:
        return f'CASE WHEN "{name}" IS NOT NULL THEN hex("{name}") END'
    return f'CAST("{name}" AS TEXT)'


def stored_cells(table: str, values: Mapping[str, Value]) -> dict[str, Value]:
    """Column → value as it is stored, a geometry still as WKB.

    Raises:
        ValueError: There is no such table or column.
    """
    check_table(table)
    for name in values:
        if name not in TABLES[table].fields:
            raise ValueError(f"{table} has no column {name!r}")
    return {name: _stored(value) for name, value in values.items()}


def _stored(value: Value) -> Value:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return plain(value) or None
    return value


def _with_headers(cells: dict[str, Value]) -> dict[str, Value]:
    """The cells with geometries as a GeoPackage holds them."""
    return {
        name: with_header(value) if name == GEOMETRY and isinstance(value, bytes) else value
        for name, value in cells.items()
    }


def plain(text: str) -> str:
    """A text that any program can read back: without NUL and half characters."""
    return text.replace("\0", "�").encode("utf-8", "replace").decode("utf-8").strip()


COLUMN_NAMES = "SELECT name FROM pragma_table_info(?)"


def rows_of(db: sqlite3.Connection, table: str) -> Iterator[Row]:
    """The rows of a table; a column that an older record lacks is blank."""
    known = {row[0] for row in db.execute(COLUMN_NAMES, (table,))}
    if not known:
        return
    names = [name for name in ("fid", *TABLES[table].fields) if name in known]
    wanted = ", ".join(f'"{name}"' for name in names)
    blank = dict.fromkeys(TABLES[table].fields)
    for row in db.execute(f'SELECT {wanted} FROM "{table}" ORDER BY fid'):
        cells = dict(zip(names, row, strict=True))
        shape = cells.get(GEOMETRY)
        if isinstance(shape, bytes):
            cells[GEOMETRY] = without_header(shape)
        yield {"fid": cells["fid"], **blank, **cells}

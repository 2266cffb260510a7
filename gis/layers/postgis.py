"""Reading a table of a PostgreSQL/PostGIS database, in one read-only snapshot."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gis.layers.curves import straighten
from gis.layers.problems import Refusal
from gis.layers.raw_table import RawTable

if TYPE_CHECKING:
    from adbc_driver_postgresql.dbapi import Connection

_SETTINGS = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "SET statement_timeout = '120s'",
    "SET client_encoding = 'UTF8'",
)
_COLUMNS = """SELECT attname::text, typname::text
              FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
              WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
              ORDER BY attnum"""
_DIGITS = 15  # of a number that every program keeps exactly
_SHAPES = ("geometry", "geography")


def read_postgis(dsn_env: str, table: str) -> RawTable:
    """All rows of a table, ordered and, if it holds numbers, numbered by its first column.

    The connection string is never shown in a message.

    Args:
        dsn_env: The environment variable that holds the connection string.
        table: The table, "name" or "schema.name".

    Raises:
        Refusal: The variable is not set, the server does not answer, there is no such table, or it
            has several geometry columns.
    """
    from adbc_driver_postgresql import dbapi  # noqa: PLC0415  # 0.08 s, for a database alone

    address = os.environ.get(dsn_env, "")
    if not address:
        raise Refusal("database_unnamed", variable=dsn_env)
    try:
        connection = dbapi.connect(address)
    except dbapi.Error as error:
        raise Refusal("database_unreachable", variable=dsn_env, reason=_error_code(error)) from None
    try:
        return _read_table(connection, table)
    except dbapi.Error as error:
        raise Refusal("database_refused", table=table, reason=_error_code(error)) from None
    finally:
        connection.close()


def _error_code(error: Exception) -> str:
    """The error without its text, which may contain the connection string."""
    return str(getattr(error, "sqlstate", None) or type(error).__name__)


def _read_table(connection: Connection, table: str) -> RawTable:
    name = ".".join(_quoted(part) for part in table.split(".", 1))
    with connection.cursor() as cursor:
        for setting in _SETTINGS:
            cursor.execute(setting)
        cursor.execute(_COLUMNS, (name,))
        columns = cursor.fetchall()
        shapes = [column for column, kind in columns if kind in _SHAPES]
        if len(shapes) > 1:
            raise Refusal("which_geometry", columns="、".join(shapes))
        plain = [column for column, _ in columns if column not in shapes]
        cursor.execute(_query(name, plain, shapes))
        found = cursor.fetch_arrow_table()
    text_columns = {column: found.column(index) for index, column in enumerate(plain)}
    rows = _row_numbers(found.column(0).to_pylist() if plain else [], found.num_rows)
    if not shapes:
        return RawTable(text_columns, rows)
    raw = RawTable(
        text_columns, rows, found.column("wkb").to_pylist(), _crs(found.column("srid").to_pylist())
    )
    straighten(raw)
    return raw


def _row_numbers(first: Sequence[str | None], count: int) -> Sequence[int]:
    """The numbers in the first column if they tell the rows apart, else their places from 1."""
    if all(one and one.isascii() and one.isdigit() and len(one) <= _DIGITS for one in first):
        numbers = [int(str(one)) for one in first]
        if len(set(numbers)) == count:
            return numbers
    return range(1, count + 1)


def _query(name: str, plain: list[str], shapes: list[str]) -> str:
    wanted = [f"{_quoted(column)}::text AS c{index}" for index, column in enumerate(plain)]
    for column in shapes:
        shape = f"{_quoted(column)}::geometry"
        wanted += [f"ST_AsBinary({shape}) AS wkb", f"ST_SRID({shape}) AS srid"]
    order = f" ORDER BY {_quoted(plain[0])}" if plain else ""
    return f"SELECT {', '.join(wanted)} FROM {name}{order}"  # noqa: S608  the names are quoted


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _crs(numbers: list[int | None]) -> str | None:
    """The CRS of the rows.

    Raises:
        Refusal: The rows have several.
    """
    known = {number for number in numbers if number}
    if len(known) > 1:
        raise Refusal("several_crs", found="、".join(f"EPSG:{one}" for one in sorted(known)))
    return f"EPSG:{known.pop()}" if known else None

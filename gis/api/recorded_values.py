"""Values that are entered in the office's own record, checked and as it stores them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pandas as pd
import shapely

from gis.errors import InputError, Text
from gis.layers.columns import LAYERS
from gis.layers.schema import normalise_word
from gis.layers.values import parse_date
from gis.record import TABLES, Row, Value, Writing
from gis.report.translate import personal_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping


_AREA = ("Polygon", "MultiPolygon")
NEED_DOCUMENT = ("approved", "published")  # a ruling in force names what it was decided by


def area_wkb(shape: shapely.Geometry) -> bytes:
    """The WKB of an area as one multipolygon.

    Raises:
        InputError: It is no area.
    """
    if shape is None or shape.geom_type not in _AREA or shape.is_empty:
        zh, en = (
            "画的不是面，没有保存。请画出一圈。",
            "what is drawn is no area; nothing was saved.",
        )
        raise InputError(Text(zh, en))
    whole = shapely.multipolygons(list(shapely.get_parts(shapely.force_2d(shape))))
    return bytes(shapely.to_wkb(whole))


def checked_row(table: str, row: Mapping[str, Value]) -> dict[str, Value]:
    """A row as it is stored: our codes, days as YYYY-MM-DD, numbers as numbers.

    Raises:
        InputError: There is no such column, or a value cannot be read.
    """
    known = LAYERS[table].by_name if table in LAYERS else {}
    checked: dict[str, Value] = {}
    for name, value in row.items():
        if name not in TABLES[table].fields:
            zh, en = f"{table} 没有列 {name}。", f"{table} has no column {name}."
            raise InputError(Text(zh, en))
        column = known.get(name)
        if value == "" or (pd.api.types.is_scalar(value) and pd.isna(value)):
            checked[name] = None
        elif column is not None and column.kind == "choice":
            checked[name] = _code(column.words, name, str(value))
        else:
            checked[name] = _typed(TABLES[table].columns.get(name, ""), name, value)
    if table == "rulings":
        _check_document(checked)
    return checked


def _check_document(ruling: Mapping[str, Value]) -> None:
    number = ruling.get("document_no")
    if ruling.get("status") in NEED_DOCUMENT and not (number and str(number).strip()):
        zh = "状态为已审定（approved）或已公布（published）的，要写文号（document_no）。没有保存。"
        en = (
            "a ruling that is approved or published needs the number of its document "
            "(document_no); nothing was saved."
        )
        raise InputError(Text(zh, en))


def _code(words: Mapping[str, str], name: str, value: str) -> str:
    code = words.get(normalise_word(value))
    if code is None:
        listed = "、".join(dict.fromkeys(words.values()))
        zh = f"{name} 的值“{value}”认不出；可填：{listed}。没有保存。"
        en = f"{name}: {value} is none of {listed}; nothing was saved."
        raise InputError(Text(zh, en))
    return code


def _typed(kind: str, name: str, value: Value) -> Value:
    if kind == "DATE":
        if isinstance(value, datetime):
            return value.date()
        day = value if isinstance(value, date) else parse_date(str(value))
        if day is None:
            zh = f"{name} 应为日期，如 2024-10-31，这里是“{value!s}”。没有保存。"
            en = f"{name}: expected a day such as 2024-10-31, found {value!s}; nothing was saved."
            raise InputError(Text(zh, en))
        return day
    if kind == "DOUBLE":
        number = pd.to_numeric(str(value), errors="coerce")
        if not -1e15 < number < 1e15:  # not a number either
            zh = f"{name} 应为数字，这里是“{value!s}”。没有保存。"
            en = f"{name}: expected a number, found {value!s}; nothing was saved."
            raise InputError(Text(zh, en))
        return float(number)
    return value if isinstance(value, bytes) else str(value)


def refuse_personal(*texts: str) -> None:
    """Refuse a text that residents are to read and that holds somebody's number."""
    kinds = [kind for text in texts for kind in personal_numbers(text, set())]
    if kinds:
        zh = "公开的说明里有身份证号、手机号或银行卡号，没有保存。请删去号码再填。"
        en = f"the note is public and holds a number ({kinds[0]}); nothing was saved. Leave it out."
        raise InputError(Text(zh, en))


def put_row(
    change: Writing, table: str, values: dict[str, Value], standing: dict[tuple[str, ...], Row]
) -> None:
    """Enter a row, or change the one that has its key; `standing` is kept up to date."""
    key = TABLES[table].key
    own_id = key[0] if len(key) == 1 else ""
    if own_id and not values.get(own_id):
        values[own_id] = _new_id(change.rows(table), own_id)
    before = standing.get(key_of_row(table, values))
    if before is None:
        standing[key_of_row(table, values)] = {**values, "fid": change.insert(table, values)}
    else:
        fid = before["fid"]
        change.update(table, int(str(fid)), values)
        standing[key_of_row(table, values)] = before | values


def _new_id(rows: list[Row], column: str) -> str:
    """An id that no row has: R and the next number."""
    taken = {str(row[column]) for row in rows}
    number = max((int(str(row["fid"])) for row in rows), default=0) + 1
    while f"R{number}" in taken:
        number += 1
    return f"R{number}"


def key_of_row(table: str, row: Mapping[str, Value]) -> tuple[str, ...]:
    """The values of the columns that name a row of a table."""
    return tuple(str(row.get(name) or "") for name in TABLES[table].key)

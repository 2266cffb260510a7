"""The columns of an export: plain values of five kinds, in the office's words where wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.errors import InputError, Text
from gis.report.qml import field_heading, words_of
from gis.report.translate import yes_and_no

Kind = Literal["text", "whole", "number", "flag", "day"]
_WRITTEN: dict[Kind, tuple[str, Any]] = {
    "text": ("object", None), "whole": ("int64", 0), "number": ("float64", np.nan),
    "flag": ("bool", False), "day": ("datetime64[D]", np.datetime64("NaT")),
}  # fmt: skip
_DBF_NAME, _DBF_TEXT = 10, 254  # bytes
_WIDEST = 4  # bytes of a character in GB18030


class ExportColumn(NamedTuple):
    """One column: `source` is its name in the layer; None in `values` is missing."""

    source: str
    name: str
    kind: Kind
    values: list[Any]

    def array(self) -> tuple[NDArray, NDArray]:
        """The values as pyogrio writes them, and which are missing."""
        dtype, blank = _WRITTEN[self.kind]
        missing = np.array([value is None for value in self.values], dtype=bool)
        filled = [blank if value is None else value for value in self.values]
        return np.array(filled, dtype=dtype), missing


def plain_columns(frame: gpd.GeoDataFrame) -> list[ExportColumn]:
    """The columns of a layer but its geometry.

    Raises:
        InputError: A column holds what no format has a place for.
    """
    names = [name for name in frame.columns if name != frame.geometry.name]
    return [_plain(str(name), frame[name]) for name in names]


def _plain(name: str, column: pd.Series) -> ExportColumn:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    is_a, found = pd.api.types, column.notna().to_numpy()
    make: Callable[[Any], Any]
    kind: Kind
    if is_a.is_bool_dtype(column):
        kind, make = "flag", bool
    elif is_a.is_integer_dtype(column):
        kind, make = "whole", int
    elif is_a.is_float_dtype(column):
        kind, make = "number", float
    elif is_a.is_datetime64_any_dtype(column):
        return _moments(name, column)
    else:
        return _objects(name, column)
    values = column.astype(object).to_numpy()
    listed = [make(value) if there else None for value, there in zip(values, found, strict=True)]
    if kind == "number" and not np.isfinite([value for value in listed if value is not None]).all():
        raise _not_plain(name, Text("无穷大", "an infinite number"))
    return ExportColumn(name, name, kind, listed)


def _moments(name: str, column: pd.Series) -> ExportColumn:
    known = column.dropna()
    if known.dt.tz is None and (known == known.dt.normalize()).all():
        days = [None if pd.isna(value) else value.date() for value in column]
        return ExportColumn(name, name, "day", days)
    return ExportColumn(
        name, name, "text", [None if pd.isna(at) else at.isoformat() for at in column]
    )


def _objects(name: str, column: pd.Series) -> ExportColumn:
    values = [None if value is None or value is pd.NA
              or value != value else value  # noqa: PLR0124  NaN
              for value in column.astype(object)]  # fmt: skip
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {str}:
        return ExportColumn(name, name, "text", values)
    if kinds <= {date}:
        return ExportColumn(name, name, "day", values)
    found = "、".join(sorted(kind.__name__ for kind in kinds))
    raise _not_plain(name, Text(f"（{found}）", f"({found})"))


def _not_plain(name: str, found: Text) -> InputError:
    zh = f"列 {name} 的值{found.zh}不能写成表格。应为文字、数、是否或日期；请换算或去掉这一列。"
    en = (
        f"column {name} holds values {found.en} that no table has a place for; expected text, "
        "numbers, yes and no, or days. Convert or drop the column."
    )
    return InputError(Text(zh, en))


def in_words(layer: str, columns: list[ExportColumn]) -> list[ExportColumn]:
    """The columns under their Chinese headings, each its own; keys, yes and no in words."""
    headings = apart(field_heading(layer, one.source) for one in columns)
    return [
        ExportColumn(one.source, heading, *_spoken(layer, one))
        for heading, one in zip(headings, columns, strict=True)
    ]


def apart(headings: Iterable[str], reserved: Iterable[str] = ()) -> Iterator[str]:
    """The headings, a number behind one that was there before or is in `reserved`."""
    taken = set(reserved)
    for heading in headings:
        name, number = heading, 1
        while name.casefold() in taken:
            number += 1
            name = f"{heading}_{number}"
        taken.add(name.casefold())
        yield name


def _spoken(layer: str, column: ExportColumn) -> tuple[Kind, list[Any]]:
    if column.kind == "flag":
        words = yes_and_no()
        return "text", [None if value is None else words[value] for value in column.values]
    known = words_of(layer, column.source) if column.kind == "text" else {}
    if not known:
        return column.kind, column.values
    return "text", [None if value is None else _said(value, known) for value in column.values]


def _said(value: str, known: Mapping[str, str]) -> str:
    """A key in words; several are joined by "+"."""
    return (
        known[value]
        if value in known
        else "、".join(known.get(key, key) for key in value.split("+"))
    )


def cut_for_dbf(columns: list[ExportColumn]) -> tuple[list[ExportColumn], pd.DataFrame]:
    """The columns as a DBF holds them: names of 10 bytes and texts of 254, in GB18030.

    Nothing is cut within a character.

    Returns:
        The columns, and a table of field, column, heading and cut_texts (number of texts cut).
    """
    names = list(_short_names([one.name for one in columns]))
    cut, rows = [], []
    for name, one in zip(names, columns, strict=True):
        values = one.values
        if one.kind == "text":
            values = [None if value is None else _cut(value, _DBF_TEXT) for value in values]
        shorter = sum(a != b for a, b in zip(values, one.values, strict=True))
        cut.append(one._replace(name=name, values=values))
        rows.append((name, one.source, one.name, shorter))
    return cut, pd.DataFrame(rows, columns=["field", "column", "heading", "cut_texts"])


def _short_names(headings: list[str]) -> Iterator[str]:
    taken: set[str] = set()
    for heading in headings:
        short = heading if _bytes(heading) <= _DBF_NAME else heading.split("（", maxsplit=1)[0]
        name, number = _cut(short or heading, _DBF_NAME), 1
        while name.casefold() in taken:
            number += 1
            name = _cut(short, _DBF_NAME - len(f"_{number}")) + f"_{number}"
        taken.add(name.casefold())
        yield name


def _bytes(text: str) -> int:
    return len(text.encode("gb18030", "replace"))


def _cut(text: str, most: int) -> str:
    """The beginning of `text` that takes at most `most` bytes in GB18030."""
    if len(text) * _WIDEST <= most or _bytes(text) <= most:
        return text
    kept = text.encode("gb18030", "replace")[:most]
    return kept.decode("gb18030", "ignore")

"""From texts to typed columns; what cannot be understood becomes missing, and a finding."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gis.layers.choices import NO, YES
from gis.layers.dates import parse_date
from gis.layers.findings import Finding
from gis.layers.schema import Column, plain
from gis.layers.units import parse_number

BLANKS = frozenset({"", "-", "--", "—", "——", "/", "\\", "n/a", "N/A", "NULL", "null", "None", "nan", "NaN", "#N/A", "无数据", "<Null>"})  # fmt: skip
_HIDDEN = (
    "[\\x00-\\x1f\\x7f-\\x9f\\x{200b}-\\x{200f}\\x{202a}-\\x{202e}\\x{2060}-\\x{2069}\\x{feff}]"
)
_LONGEST = 200  # characters in one text cell
_LOST = re.compile(r"[+-]?\d(\.\d+)?[eE]\+\d+")  # as spreadsheets write it; "1E2" may be an id
_WHOLE = re.compile(r"(\d+)\.0+")
STR = pd.StringDtype("pyarrow", na_value=np.nan)
Rows = np.ndarray[tuple[int], np.dtype[np.int64]]


def typed(texts: pa.ChunkedArray, column: Column, rows: Rows, findings: list[Finding]) -> pd.Series:
    """One column in its kind; texts and ids as str, dates as datetime64[ns], bool as boolean."""
    values = _cleaned(texts, column, rows, findings)
    match column.kind:
        case "number":
            return _numbers(values, column, rows, findings)
        case "date":
            days, bad = _each(values, parse_date)
            series = pd.Series(pd.to_datetime(days.astype("object")).astype("datetime64[ns]"))
        case "bool":
            said, bad = _each(values, _yes_or_no)
            series = pd.Series(said, dtype="boolean")
        case "choice":
            words = column.words
            said, bad = _each(values, lambda word: words.get(plain(word)))
            series = pd.Series(said, dtype=STR)
        case "id" | "code":
            said, bad = _each(values, lambda word: _id(word, column.kind))
            series = pd.Series(said, dtype=STR)
        case _:
            return values
    findings += _unread(values, bad, rows, column)
    return series


def missing(column: Column, count: int) -> pd.Series:
    """A column that the file does not have."""
    dtypes = {"number": "float64", "date": "datetime64[ns]", "bool": "boolean"}
    return pd.Series([None] * count, dtype=dtypes.get(column.kind, STR))


def _cleaned(
    texts: pa.ChunkedArray, column: Column, rows: Rows, findings: list[Finding]
) -> pd.Series:
    """Trimmed texts without hidden characters, blanks missing."""
    trimmed = pc.utf8_trim_whitespace(texts)
    hidden = pc.match_substring_regex(trimmed, _HIDDEN)
    if pc.any(hidden).as_py():
        for index in np.flatnonzero(hidden.fill_null(False).to_numpy(zero_copy_only=False)):
            value = trimmed[index].as_py()
            findings.append(Finding("hidden_characters", int(rows[index]), column.name, value))
        trimmed = pc.utf8_trim_whitespace(pc.replace_substring_regex(trimmed, _HIDDEN, ""))
    long = pc.greater(pc.utf8_length(trimmed), _LONGEST)
    for index in np.flatnonzero(long.fill_null(False).to_numpy(zero_copy_only=False)):
        numbers = {"length": len(trimmed[index].as_py()), "limit": _LONGEST}
        findings.append(Finding("text_too_long", int(rows[index]), column.name, "", numbers))
    blank = pc.is_in(trimmed, pa.array(sorted(BLANKS), trimmed.type))
    kept = pc.if_else(blank, pa.scalar(None, trimmed.type), trimmed)
    return pd.Series(pd.array(kept, dtype=STR))


def _each(
    values: pd.Series, parse: Callable[[str], object]
) -> tuple[
    np.ndarray[tuple[int], np.dtype[np.object_]], np.ndarray[tuple[int], np.dtype[np.bool_]]
]:
    """`parse` of each different value; and where there was a value and it said nothing."""
    codes, different = pd.factorize(values)
    parsed = np.empty(len(different) + 1, dtype=object)
    for index, word in enumerate(different):
        parsed[index] = parse(word)
    parsed[-1] = None
    said = parsed[codes]
    bad = np.array([one is None for one in parsed], dtype=bool)[codes] & (codes >= 0)
    return said, bad


def _numbers(values: pd.Series, column: Column, rows: Rows, findings: list[Finding]) -> pd.Series:
    quick = pd.to_numeric(values, errors="coerce").astype("float64").to_numpy(copy=True)
    quick[~np.isfinite(quick)] = np.nan
    slow = np.isnan(quick) & values.notna().to_numpy()
    if slow.any():
        said, bad = _each(values[slow], lambda word: parse_number(word, column.unit))
        quick[slow] = np.where(bad, np.nan, said).astype(float)
        where = np.flatnonzero(slow)[bad]
        findings += _unread(values, np.isin(np.arange(len(values)), where), rows, column)
    return pd.Series(quick)


def _unread(
    values: pd.Series, bad: np.ndarray[tuple[int], np.dtype[np.bool_]], rows: Rows, column: Column
) -> Iterator[Finding]:
    for index in np.flatnonzero(bad):
        value = str(values.iloc[index])
        code = f"bad_{column.kind}"
        numbers: dict[str, str | int | float] = {"unit": column.unit}
        if column.kind in ("id", "code"):
            code = "digits_lost"
        if column.kind == "choice":
            numbers = {
                "words": "、".join(said.split()[0] for said in column.choices.values()),
                "keys": ", ".join(column.choices),
            }
        yield Finding(code, int(rows[index]), column.name, value, numbers)


def _yes_or_no(word: str) -> bool | None:
    bare = plain(word) or word
    return True if bare in YES else False if bare in NO else None


def _id(word: str, kind: str) -> str | None:
    """An id to the last digit; None for one that a spreadsheet has rounded."""
    text = word if word.isascii() else unicodedata.normalize("NFKC", word)
    if _LOST.fullmatch(text):
        return None
    whole = _WHOLE.fullmatch(text) if kind == "code" else None
    return whole[1] if whole else text

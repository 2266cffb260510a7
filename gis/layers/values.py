"""From texts to typed columns; what cannot be understood becomes missing, and a finding.

Dates in the forms people type.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gis.layers.code_lists import NO, YES
from gis.layers.formats.cell_annotations import IS_ERROR, NOT_COMPUTED
from gis.layers.problems import Finding, Number
from gis.layers.schema import Column, normalise_word
from gis.layers.units import parse_number

_EXCEL_EPOCH, _EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
_EXCEL_RANGE = (20_000, 80_000)  # 1954 to 2119
_YEARS = (1949, 2100)
_BEIJING = timezone(timedelta(hours=8))
_WRITTEN = re.compile(
    r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*[日号]?"
    r"(?:[t\s]*\d{1,2}[:时]\d{1,2}(?:[:分]\d{1,2}(?:\.\d+)?秒?)?)?"
)
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
# ASSUME: programs put local times before a Z because GeoPackage demands one; but a time that is
# midnight in Beijing was worked out by a program that knew the zone
_MIDNIGHT_UTC = time(16)
_ZONED = re.compile(r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:z|[+-]\d\d:?\d\d)")
# what databases and spreadsheets put for no date: day 0, and zeros
_NULL = re.compile(
    r"无|没有|暂无|空|0+|0{4}([-./年])0{1,2}([-./月])0{1,2}日?(?:[t ][0:.]+z?)?"
    r"|1899-12-3[01](?:[t ][0:.]+)?|1900-0?1-0?0(?:[t ][0:.]+)?"
)


def is_null_date(words: str) -> bool:
    """Whether `words` are a way to write that there is no date: 00000000, 0000-00-00, 无."""
    return bool(_NULL.fullmatch(unicodedata.normalize("NFKC", words).strip().lower()))


def parse_date(words: str, *, since_1904: bool = False) -> date | None:
    """The day that `words` name, or None: 2024.10.1, 20241001, 2024年10月1日, Excel's 45566.

    A time of day in another zone names the day in Beijing; one said to be UTC names the day that
    is written, unless it is midnight in Beijing. Two-digit years and days before months are
    ambiguous and name none. since_1904: days as bare numbers are counted as the Macintosh did.
    """
    text = unicodedata.normalize("NFKC", words).strip().lower()
    if _ZONED.fullmatch(text):
        return _zoned(datetime.fromisoformat(text.upper()))
    found = _WRITTEN.fullmatch(text) or _PACKED.fullmatch(text)
    if found:
        return _day(*(int(part) for part in found.groups()))
    serial = _SERIAL.fullmatch(text)
    if serial and _EXCEL_RANGE[0] <= int(serial[1]) <= _EXCEL_RANGE[1]:
        return (_EPOCH_1904 if since_1904 else _EXCEL_EPOCH) + timedelta(days=int(serial[1]))
    return None


def _zoned(moment: datetime) -> date | None:
    written = not moment.utcoffset() and moment.time() != _MIDNIGHT_UTC
    return _checked((moment if written else moment.astimezone(_BEIJING)).date())


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return _checked(date(year, month, day))
    except ValueError:
        return None


def _checked(day: date) -> date | None:
    return day if _YEARS[0] <= day.year <= _YEARS[1] else None


STR = pd.StringDtype("pyarrow", na_value=np.nan)
_NOTHING = ("n/a", "N/A", "NULL", "null", "None", "<Null>", "nan", "NaN")
BLANKS = pa.array(
    [*("", "-", "--", "—", "——", "/", "\\", "无数据"), *_NOTHING],
    pa.large_string(),
)
# controls, zero-width and direction marks: seen by no one, compared by every program
_HIDDEN = r"[\x00-\x1f\x7f-\x9f\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2069}\x{feff}]"
_MASK = "***"  # personal data does not travel in problems
_LONGEST = 200  # characters in one cell
_MOST = 1e9  # ASSUME: no area, power, energy, sum, length or place of one row is as much
_LOST = r"^[+-]?\d(\.\d+)?[eE]\+\d+$"  # as spreadsheets write rounded numbers; "1E2" may be an id
_DECIMAL = r"^[+-]?\d{1,15}(\.\d{1,15})?$"
_WHOLE = re.compile(r"(\d+)\.0+")


@dataclass(frozen=True)
class ReadingNotes:
    """How a file has written a column.

    times     how many of the column's unit one of the file's is
    date1904  days as bare numbers are counted from 1904
    known     it is a column of the contract: what is wrong in it matters
    """

    times: float = 1.0
    date1904: bool = False
    known: bool = True


@dataclass
class _Words:
    """A column's different words, which word each row says (-1: none), and what is found."""

    column: Column
    how: ReadingNotes
    different: pa.Array
    codes: NDArray[np.int64]
    rows: NDArray[np.int64]
    findings: list[Finding] = field(default_factory=list)

    def used(self) -> NDArray[np.bool_]:
        """Which of the words any row says."""
        counts = np.bincount(self.codes + 1, minlength=len(self.different) + 1)
        return np.asarray(counts[1:] > 0)

    def report(self, bad: NDArray[np.bool_], code: str, **numbers: Number) -> None:
        """One finding for each row that says one of the bad words."""
        if not bad.any():
            return
        for index in np.flatnonzero(np.append(bad, False)[self.codes]):
            word = self.different[int(self.codes[index])].as_py()
            value = _MASK if self.column.personal else word
            row = int(self.rows[index])
            self.findings.append(Finding(code, row, self.column.name, value, numbers))


def typed(
    texts: pa.ChunkedArray,
    column: Column,
    rows: NDArray[np.int64],
    how: ReadingNotes,
    findings: list[Finding],
) -> pd.Series:
    """One column in its kind; texts and ids as str, dates as datetime64[ns], bool as boolean."""
    words = _clean(texts, column, rows, how)
    series = _as_kind(words)
    findings += words.findings
    return series


def missing(column: Column, count: int) -> pd.Series:
    """A column that the file does not have."""
    dtypes = {"number": "float64", "date": "datetime64[ns]", "bool": "boolean"}
    if column.kind in dtypes:
        return pd.Series([None] * count, dtype=dtypes[column.kind])
    return pd.Series(pd.array(pa.nulls(count, pa.large_string()), dtype=STR))


def _as_kind(words: _Words) -> pd.Series:
    match words.column.kind:
        case "number":
            return _numbers(words)
        case "date":
            since_1904 = words.how.date1904
            return _parsed(
                words,
                lambda word: parse_date(word, since_1904=since_1904),
                pa.date32(),
                "datetime64[ns]",
            )
        case "bool":
            return _parsed(words, _yes_or_no, pa.bool_(), "boolean")
        case "choice":
            known = words.column.words
            return _parsed(
                words, lambda word: known.get(normalise_word(word)), pa.large_string(), STR
            )
        case "id" | "code":
            return _ids(words)
        case _:
            return _taken(words.different, words.codes, STR)


def _clean(
    texts: pa.ChunkedArray, column: Column, rows: NDArray[np.int64], how: ReadingNotes
) -> _Words:
    """Trimmed words without hidden characters; blanks are none, and errors are reported."""
    encoded = texts.combine_chunks().dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    written = encoded.dictionary
    words = _Words(column, how, written, codes, rows)
    trimmed = pc.utf8_trim_whitespace(written)
    hidden = _mask(pc.match_substring_regex(trimmed, _HIDDEN))
    if hidden.any():
        words.report(hidden, "hidden_characters")
        trimmed = pc.utf8_trim_whitespace(pc.replace_substring_regex(trimmed, _HIDDEN, ""))
    words.report(
        _mask(pc.greater(pc.utf8_length(trimmed), _LONGEST)), "text_too_long", limit=_LONGEST
    )
    blank = _mask(pc.is_in(trimmed, BLANKS.cast(trimmed.type)))
    if column.kind == "date":
        blank |= _where(trimmed, is_null_date)
    words.codes = np.where(np.append(blank, True)[codes], -1, codes)
    words.different = trimmed
    _leave_out_errors(words)
    return words


def _leave_out_errors(words: _Words) -> None:
    """A cell that holds an error, or a formula never worked out, says nothing: it is no blank."""
    begins = _mask(pc.match_substring_regex(words.different, r"^(#|＃|(?i:err:))"))
    if not begins.any() or not words.how.known:
        return
    bad = _where(words.different, lambda word: bool(IS_ERROR.fullmatch(word))) & begins
    undone = bad & _where(words.different, lambda word: word == NOT_COMPUTED)
    words.report(undone, "formula_without_value")
    words.report(bad & ~undone, "cell_error")
    words.codes = np.where(np.append(bad, True)[words.codes], -1, words.codes)


def _where(values: pa.Array, holds: Callable[[str], bool]) -> NDArray[np.bool_]:
    """Of which of the words something holds; none of nothing."""
    said = [word is not None and holds(word) for word in values.to_pylist()]
    return np.array(said, dtype=bool)


def _mask(flags: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(flags.to_numpy(zero_copy_only=False), dtype=bool)


def _taken(values: pa.Array, codes: NDArray[np.int64], dtype: object) -> pd.Series:
    """The value each row says."""
    indices = pa.array(codes, mask=codes < 0)
    found = values.take(indices)
    if pa.types.is_large_string(values.type):
        return pd.Series(pd.array(found, dtype=STR))
    return pd.Series(found.to_pandas()).astype(dtype)


def _parsed(
    words: _Words, parse: Callable[[str], object], kind: pa.DataType, dtype: object
) -> pd.Series:
    """What `parse` makes of each word; a word it makes nothing of is reported."""
    used = words.used()
    said = [
        parse(word) if wanted else None
        for word, wanted in zip(words.different.to_pylist(), used, strict=True)
    ]
    bad = np.array([one is None for one in said], dtype=bool) & used
    words.report(bad, f"bad_{words.column.kind}", **_expected(words.column))
    return _taken(pa.array(said, kind), words.codes, dtype)


def _expected(column: Column) -> dict[str, Number]:
    return {
        "unit": column.unit,
        "words": "、".join(said.split()[0] for said in column.choices.values()),
        "keys": ", ".join(column.choices),
    }


def _numbers(words: _Words) -> pd.Series:
    """Plain decimals at once; whatever else is written one word at a time."""
    plainly = _mask(pc.match_substring_regex(words.different, _DECIMAL))
    nothing = pa.scalar(None, words.different.type)
    quick = pc.if_else(pa.array(plainly), words.different, nothing).cast(pa.float64())
    values = quick.to_numpy(zero_copy_only=False).copy()
    used = words.used()
    times = words.how.times
    values *= times
    for index in np.flatnonzero(used & ~plainly):
        said = parse_number(words.different[int(index)].as_py(), words.column.unit, times)
        values[index] = np.nan if said is None or not np.isfinite(said) else said
    words.report(used & np.isnan(values), "bad_number", unit=words.column.unit)
    absurd = np.abs(values) > _MOST
    words.report(used & absurd, "number_absurd", unit=words.column.unit, most=_MOST)
    values[absurd] = np.nan
    if not words.column.signed:
        words.report(used & (values < 0), "negative")
        values[values < 0] = np.nan
    return pd.Series(np.append(values, np.nan)[words.codes])


def _ids(words: _Words) -> pd.Series:
    """Ids to the last digit; one that a spreadsheet has rounded is refused."""
    lost = _mask(pc.match_substring_regex(words.different, _LOST))
    words.report(lost, "digits_lost")
    odd = ~_mask(pc.string_is_ascii(words.different)) | (words.column.kind == "code")
    values = words.different
    if odd.any():
        exact = [
            _exact(word, words.column.kind) if unusual else word
            for word, unusual in zip(values.to_pylist(), odd, strict=True)
        ]
        values = pa.array(exact, values.type)
    codes = np.where(np.append(lost, True)[words.codes], -1, words.codes)
    return _taken(values, codes, STR)


def _exact(word: str, kind: str) -> str:
    """Full-width digits made plain; a code that became a decimal made whole again."""
    text = unicodedata.normalize("NFKC", word)
    whole = _WHOLE.fullmatch(text) if kind == "code" else None
    return whole[1] if whole else text


def _yes_or_no(word: str) -> bool | None:
    bare = normalise_word(word) or word
    return True if bare in YES else False if bare in NO else None

"""Parsing cell texts into typed columns; unreadable cells become missing and are reported."""

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
_DATE = re.compile(
    r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*[日号]?"
    r"(?:[t\s]*\d{1,2}[:时]\d{1,2}(?:[:分]\d{1,2}(?:\.\d+)?秒?)?)?"
)
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
# ASSUME: a time with Z is local time, since GeoPackage demands the Z; but a time that is midnight
# in Beijing was converted by a program that knew the time zone
_MIDNIGHT_UTC = time(16)
_ZONED = re.compile(r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:z|[+-]\d\d:?\d\d)")
# how databases and spreadsheets write a missing date: day 0, and zeros
_NULL_DATE = re.compile(
    r"无|没有|暂无|空|0+|0{4}([-./年])0{1,2}([-./月])0{1,2}日?(?:[t ][0:.]+z?)?"
    r"|1899-12-3[01](?:[t ][0:.]+)?|1900-0?1-0?0(?:[t ][0:.]+)?"
)


def is_null_date(words: str) -> bool:
    """Whether the text means that there is no date: 00000000, 0000-00-00, 无."""
    return bool(_NULL_DATE.fullmatch(unicodedata.normalize("NFKC", words).strip().lower()))


def parse_date(words: str, *, since_1904: bool = False) -> date | None:
    """Parse a date: 2024.10.1, 20241001, 2024年10月1日, or Excel's 45566.

    A time with a zone gives the day in Beijing. A time in UTC gives the day as written, unless it
    is midnight in Beijing. Two-digit years and day-month order are ambiguous and give None.

    Args:
        words: The text of a cell.
        since_1904: Serial numbers count from 1904 instead of 1900.
    """
    text = unicodedata.normalize("NFKC", words).strip().lower()
    if _ZONED.fullmatch(text):
        return _local_day(text)
    found = _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    if found:
        return _day(*(int(part) for part in found.groups()))
    serial = _SERIAL.fullmatch(text)
    if serial and _EXCEL_RANGE[0] <= int(serial[1]) <= _EXCEL_RANGE[1]:
        return (_EPOCH_1904 if since_1904 else _EXCEL_EPOCH) + timedelta(days=int(serial[1]))
    return None


_MONTH = re.compile(r"(\d{4})\s*(?:[-./年]\s*(\d{1,2})\s*月?(?:份|底|末)?|年?)")
_LOST_ZERO = re.compile(r"\d{4}\.1")  # October, typed as the number 2024.10, or January


def parse_period(words: str) -> date | None:
    """The last day of a month or year: 2024年10月, 2024.10, 2024年, 2024; None for other texts."""
    text = unicodedata.normalize("NFKC", words).strip()
    found = _MONTH.fullmatch(text)
    if not found or _LOST_ZERO.fullmatch(text):
        return None
    year, month = int(found[1]), int(found[2] or 12)
    after = _day(year + month // 12, month % 12 + 1, 1)
    return _in_range(after - timedelta(days=1)) if after and 1 <= month <= 12 else None


def begin_year(seasons: pd.Series) -> NDArray[np.float64]:
    """The year in which each season begins: 2023 for "2023-2024" and "2023年采暖季"; else NaN."""
    years = seasons.astype("str").str.strip().str.extract(r"^(\d{4})(?!\d)", expand=False)
    return pd.to_numeric(years).to_numpy(float, na_value=np.nan)


def _local_day(zoned: str) -> date | None:
    """The day of a time with a zone; None where the calendar or the clock has no such time."""
    try:
        moment = datetime.fromisoformat(zoned.upper())
        written = not moment.utcoffset() and moment.time() != _MIDNIGHT_UTC
        return _in_range((moment if written else moment.astimezone(_BEIJING)).date())
    except (ValueError, OverflowError):  # OverflowError: before year 1 or after 9999 in Beijing
        return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return _in_range(date(year, month, day))
    except ValueError:
        return None


def _in_range(day: date) -> date | None:
    return day if _YEARS[0] <= day.year <= _YEARS[1] else None


STR = pd.StringDtype("pyarrow", na_value=np.nan)
_NULLS = ("n/a", "N/A", "NULL", "null", "None", "<Null>", "nan", "NaN")
BLANKS = pa.array(
    [*("", "-", "--", "—", "——", "/", "\\", "无数据"), *_NULLS],
    pa.large_string(),
)
# control, zero-width and direction characters: invisible, but significant in comparisons
_HIDDEN = r"[\x00-\x1f\x7f-\x9f\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2069}\x{feff}]"
_MASK = "***"  # replaces personal data in problems
_MAX_LENGTH = 200  # characters in one cell
_MAX_NUMBER = 1e9  # ASSUME: every area, power, energy, sum, length and coordinate is smaller
_ROUNDING = 1e-6  # of a whole number, by factors such as 10,000
_ROUNDED_ID = r"^[+-]?\d(\.\d+)?[eE]\+\d+$"  # a rounded number; "1E2" may be an id
_DECIMAL = r"^[+-]?\d{1,15}(\.\d{1,15})?$"
_WHOLE = re.compile(r"(\d+)\.0+")


@dataclass(frozen=True)
class ReadingNotes:
    """How a file writes a column.

    times     factor from the file's unit to the column's unit
    date1904  date serial numbers count from 1904
    known     the column belongs to the contract, so that error cells are reported
    """

    times: float = 1.0
    date1904: bool = False
    known: bool = True


@dataclass
class _Words:
    """The distinct words of a column, the word of each row (-1: none), and the findings."""

    column: Column
    how: ReadingNotes
    different: pa.Array
    codes: NDArray[np.int64]
    rows: NDArray[np.int64]
    findings: list[Finding] = field(default_factory=list)

    def used(self) -> NDArray[np.bool_]:
        """Which of the words occur in any row."""
        counts = np.bincount(self.codes + 1, minlength=len(self.different) + 1)
        return np.asarray(counts[1:] > 0)

    def report(self, bad: NDArray[np.bool_], code: str, **numbers: Number) -> None:
        """Add one finding for each row with one of the bad words."""
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
    """Convert one column to its kind.

    Args:
        texts: One text (or null) for each row.
        column: The column's schema.
        rows: Row numbers in the file.
        how: How the file writes the column.
        findings: Findings are added to it.

    Returns:
        str for texts and ids, float64 for numbers (Int64 for whole ones), datetime64[ns] for dates,
        boolean for yes or no.
    """
    words = _clean(texts, column, rows, how)
    series = _convert(words)
    findings += words.findings
    return series


def missing(column: Column, count: int) -> pd.Series:
    """A column of missing values, in the kind of a column that the file does not have."""
    dtypes = {"number": "float64", "date": "datetime64[ns]", "bool": "boolean"}
    if column.kind in dtypes:
        dtype = "Int64" if column.whole else dtypes[column.kind]
        return pd.Series([None] * count, dtype=dtype)
    return pd.Series(pd.array(pa.nulls(count, pa.large_string()), dtype=STR))


def _convert(words: _Words) -> pd.Series:
    match words.column.kind:
        case "number":
            return _parse_numbers(words)
        case "date":
            return _parse_dates(words)
        case "bool":
            return _parse_words(words, _parse_yes_no, pa.bool_(), "boolean")
        case "choice":
            known = words.column.words
            return _parse_words(
                words, lambda word: known.get(normalise_word(word)), pa.large_string(), STR
            )
        case "id" | "code":
            return _parse_ids(words)
        case _:
            return _take_values(words.different, words.codes, STR)


def _clean(
    texts: pa.ChunkedArray, column: Column, rows: NDArray[np.int64], how: ReadingNotes
) -> _Words:
    """Trim words and remove hidden characters; blanks become missing, error cells are reported."""
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
        _mask(pc.greater(pc.utf8_length(trimmed), _MAX_LENGTH)), "text_too_long", limit=_MAX_LENGTH
    )
    blank = _mask(pc.is_in(trimmed, BLANKS.cast(trimmed.type)))
    if column.kind == "date":
        blank |= _matching(trimmed, is_null_date)
    words.codes = np.where(np.append(blank, True)[codes], -1, codes)
    words.different = trimmed
    _drop_error_cells(words)
    return words


def _drop_error_cells(words: _Words) -> None:
    """Report cells with an error or an uncomputed formula, and make them missing."""
    begins = _mask(pc.match_substring_regex(words.different, r"^(#|＃|(?i:err:))"))
    if not begins.any() or not words.how.known:
        return
    bad = _matching(words.different, lambda word: bool(IS_ERROR.fullmatch(word))) & begins
    undone = bad & _matching(words.different, lambda word: word == NOT_COMPUTED)
    words.report(undone, "formula_without_value")
    words.report(bad & ~undone, "cell_error")
    words.codes = np.where(np.append(bad, True)[words.codes], -1, words.codes)


def _matching(values: pa.Array, holds: Callable[[str], bool]) -> NDArray[np.bool_]:
    """Which words satisfy `holds`; False for null."""
    matches = [word is not None and holds(word) for word in values.to_pylist()]
    return np.array(matches, dtype=bool)


def _mask(flags: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(flags.to_numpy(zero_copy_only=False), dtype=bool)


def _take_values(values: pa.Array, codes: NDArray[np.int64], dtype: object) -> pd.Series:
    """The value of each row."""
    indices = pa.array(codes, mask=codes < 0)
    found = values.take(indices)
    if pa.types.is_large_string(values.type):
        return pd.Series(pd.array(found, dtype=STR))
    return pd.Series(found.to_pandas()).astype(dtype)


def _parse_words(
    words: _Words, parse: Callable[[str], object], kind: pa.DataType, dtype: object
) -> pd.Series:
    """Parse each distinct word; those that give None are reported."""
    used = words.used()
    parsed = [
        parse(word) if wanted else None
        for word, wanted in zip(words.different.to_pylist(), used, strict=True)
    ]
    bad = np.array([one is None for one in parsed], dtype=bool) & used
    words.report(bad, f"bad_{words.column.kind}", **_expected(words.column))
    return _take_values(pa.array(parsed, kind), words.codes, dtype)


def _parse_dates(words: _Words) -> pd.Series:
    """Parse dates; those written to the month or year are reported where they count."""
    since_1904, by_month = words.how.date1904, words.column.by_month
    coarse = np.zeros(len(words.different), dtype=bool)
    if by_month:
        coarse = words.used() & _matching(
            words.different,
            lambda word: not parse_date(word, since_1904=since_1904) and bool(parse_period(word)),
        )
        words.report(coarse, "date_coarse")

    def parse(word: str) -> date | None:
        day = parse_date(word, since_1904=since_1904)
        return day or (parse_period(word) if by_month else None)

    return _parse_words(words, parse, pa.date32(), "datetime64[ns]")


def _expected(column: Column) -> dict[str, Number]:
    return {
        "unit": column.unit,
        "words": "、".join(synonyms.split()[0] for synonyms in column.choices.values()),
        "keys": ", ".join(column.choices),
    }


def _parse_numbers(words: _Words) -> pd.Series:
    """Parse plain decimals in bulk, and all other words one by one."""
    plain = _mask(pc.match_substring_regex(words.different, _DECIMAL))
    nothing = pa.scalar(None, words.different.type)
    decimals = pc.if_else(pa.array(plain), words.different, nothing).cast(pa.float64())
    values = decimals.to_numpy(zero_copy_only=False).copy()
    used = words.used()
    times = words.how.times
    values *= times
    for index in np.flatnonzero(used & ~plain):
        number = parse_number(words.different[int(index)].as_py(), words.column.unit, times)
        values[index] = np.nan if number is None or not np.isfinite(number) else number
    words.report(used & np.isnan(values), "bad_number", unit=words.column.unit)
    most = _most_possible(words.column)
    absurd = np.abs(values) > most
    words.report(used & absurd, "number_absurd", unit=words.column.unit, most=most)
    values[absurd] = np.nan
    if not words.column.signed:
        words.report(used & (values < 0), "negative")
        values[values < 0] = np.nan
    if words.column.between:
        _check_usual(words, values, words.column.between)
    if words.column.whole:
        return _whole_numbers(words, values)
    return pd.Series(np.append(values, np.nan)[words.codes])


def _whole_numbers(words: _Words, values: NDArray[np.float64]) -> pd.Series:
    """Counts as Int64; a fraction is reported and missing. 0.35 万 is 3500 but for rounding."""
    nearest = np.round(values)
    broken = words.used() & (np.abs(values - nearest) > _ROUNDING)
    words.report(broken, "not_whole")
    nearest[broken] = np.nan
    return pd.Series(np.append(nearest, np.nan)[words.codes]).astype("Int64")


def _most_possible(column: Column) -> float:
    """# ASSUME: no number is more than ten times what is usual at most."""
    return min(_MAX_NUMBER, 10 * column.between[1]) if column.between else _MAX_NUMBER


def _check_usual(words: _Words, values: NDArray[np.float64], between: tuple[float, float]) -> None:
    """Report numbers that a column hardly has; a 0 where it has none is a blank."""
    least, most = between
    if least > 0:
        values[values == 0] = np.nan
    unusual = words.used() & ((values < least) | (values > most))
    words.report(unusual, "number_unlikely", unit=words.column.unit, least=least, most=most)


def _parse_ids(words: _Words) -> pd.Series:
    """Ids with all digits; an id that a spreadsheet has rounded is refused."""
    rounded = _mask(pc.match_substring_regex(words.different, _ROUNDED_ID))
    words.report(rounded, "digits_lost")
    unusual = ~_mask(pc.string_is_ascii(words.different)) | (words.column.kind == "code")
    values = words.different
    if unusual.any():
        normalised = [
            _normalise_id(word, words.column.kind) if odd else word
            for word, odd in zip(values.to_pylist(), unusual, strict=True)
        ]
        values = pa.array(normalised, values.type)
    codes = np.where(np.append(rounded, True)[words.codes], -1, words.codes)
    return _take_values(values, codes, STR)


def _normalise_id(word: str, kind: str) -> str:
    """An id with full-width characters normalised; a code written as a decimal is made whole."""
    text = unicodedata.normalize("NFKC", word)
    whole = _WHOLE.fullmatch(text) if kind == "code" else None
    return whole[1] if whole else text


def _parse_yes_no(word: str) -> bool | None:
    bare = normalise_word(word) or word
    return True if bare in YES else False if bare in NO else None

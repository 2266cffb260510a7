"""Dates in the forms people type."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta, timezone

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

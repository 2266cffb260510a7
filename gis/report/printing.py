"""How a sheet lies on paper: widths, heights of wrapped text, and pages of A4."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis import i18n
from gis.report.csv_table import as_text
from gis.report.translate import heading

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from xlsxwriter.worksheet import Worksheet

    from gis.report.workbook import Sheet

_ROWS_SIZED = 20
# Columns of wrapped text share a width, in characters; so wide is a landscape
# A4 in plain size: 138 in Calibri, 112 in the wider font of a machine that has none.
_WIDE, _WIDEST, _NARROWEST = 96.0, 48.0, 30.0
_PAGE = 112.0
PAGES = 1000  # Excel reads 1,023 breaks of a sheet, and passes the others over
_MARGIN_INCH = 0.4
_MOST_LINES = 20  # Excel has no row above 409 points


def width(one: Sheet, name: str, column: pd.Series) -> float:
    """The width [characters] of a column, of a text by its first values.

    A number is as wide as the largest of the column is written: the sums stand at the end, and one
    that is too wide is shown as ####.
    """
    if name in one.wide:
        return max(min(_WIDEST, _WIDE / len(one.wrapped)), _NARROWEST)
    if name in one.shares:
        texts = [heading(name), "100.0%"]
    elif pd.api.types.is_numeric_dtype(column):
        sizes = np.abs(finite(column))
        texts = [heading(name), f"-{sizes.max():,.2f}" if len(sizes) else ""]
    else:
        texts = [heading(name), *map(as_text, column.iloc[:_ROWS_SIZED].tolist())]
    return float(min(max(max(map(_signs, texts)) + 2, 8), 40))


def finite(column: pd.Series) -> NDArray[np.float64]:
    """The numbers of a column, but for what is missing or endless."""
    numbers = column.to_numpy(dtype="float64", na_value=np.nan)
    return numbers[np.isfinite(numbers)]


def lines_of(one: Sheet) -> NDArray[np.int64] | None:
    """How many lines the wrapped text of each row takes; None where it wraps nowhere.

    Not every program that opens a workbook makes room for wrapped text by itself.
    """
    most = np.ones(len(one.table), dtype=np.int64)
    for name in one.wrapped:
        at, values = pd.factorize(one.table[name].astype("object"))
        wide = width(one, name, one.table[name]) - 1
        lines = [math.ceil(_signs(as_text(value)) / wide) for value in values]
        most = np.maximum(most, np.array([*lines, 1], dtype=np.int64)[at])
    return np.minimum(most, _MOST_LINES) if (most > 1).any() else None


def _signs(text: str) -> int:
    return len(text.encode("gb18030", "replace"))  # Chinese is two wide


def for_print(page: Worksheet, top: int, one: Sheet) -> None:
    """Set a sheet up for A4, its headings in row `top` (from 0) on every page."""
    table = one.table
    page.freeze_panes(top + 1, 0)
    page.repeat_rows(top)
    if not one.signed:
        page.set_landscape()
    page.set_paper(9)  # A4
    page.set_margins(left=_MARGIN_INCH, right=_MARGIN_INCH)
    if one.page_by and len(table):
        _new_pages(page, top, one)
    else:
        page.fit_to_pages(1, 0)
    said = i18n.load("report")["notes"]["posted" if one.posted else "internal"]["zh"]
    page.set_header(f"&C{said}")
    page.set_footer("&C&P / &N")
    if len(table.columns) and len(table):
        page.autofilter(top, 0, top + len(table), len(table.columns) - 1)


def _new_pages(page: Worksheet, top: int, one: Sheet) -> None:
    """Each value on a page of its own, all columns beside each other.

    Where a sheet is fitted to the width by the program that opens it, breaks are left out; so it
    is fitted here.
    """
    table = one.table
    shown = [str(name) for name in table.columns if name not in one.hidden]
    wide = sum(width(one, name, table[name]) + 0.7 for name in shown)
    page.set_print_scale(max(min(int(100 * _PAGE / wide), 100), 10))
    begins = np.flatnonzero(np.diff(page_numbers(one))) + 1
    page.set_h_pagebreaks([top + 1 + int(row) for row in begins])


def page_numbers(one: Sheet) -> NDArray[np.int64]:
    """On which page, from 0, each row stands: each value of `page_by` begins a new one."""
    value = one.table[one.page_by].astype("object").fillna("")
    new = (value != value.shift()).to_numpy(dtype=bool)
    return np.cumsum(new, dtype=np.int64) - 1

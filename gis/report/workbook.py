"""Workbooks: Chinese headings, codes as text, no formulas, page layout for A4.

Equal tables give equal bytes: the only timestamp in the file is the as-of date.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from gis import i18n
from gis.report.csv_parquet import as_text
from gis.report.metadata import About
from gis.report.translate import heading, masked_table, translated
from gis.report.xlsx_rows import LINE_POINTS, XlsxRows, insert_rows, shorten_cell

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROWS_SIZED = 20
# Columns of wrapped text share this width, in characters: that of a landscape
# A4 in plain size: 138 in Calibri, 112 in the wider font of a machine that has none.
_WIDE, _WIDEST, _NARROWEST = 96.0, 48.0, 30.0
_PAGE, _UPRIGHT = 112.0, 77.0
_LARGEST = 130  # percent: a paper to be handed out fills its page
PAGES = 1000  # Excel reads at most 1,023 page breaks of a sheet
_MARGIN_INCH = 0.4
_MOST_LINES = 20  # Excel's maximum row height is 409 points


def width(one: WorkbookSheet, name: str, column: pd.Series) -> float:
    """The width [characters] of a column, of a text by its first values.

    On paper nobody can widen a column: there it is by all values.

    Numbers get the width of the largest one, because sums are at the end and Excel shows numbers
    that are too wide as ####.
    """
    if name in one.wide:
        return max(min(_WIDEST, _WIDE / len(one.wrapped)), _NARROWEST)
    if name in one.shares:
        texts = [heading(name), "100.0%"]
    elif pd.api.types.is_numeric_dtype(column):
        sizes = np.abs(finite(column))
        texts = [heading(name), f"-{sizes.max():,.2f}" if len(sizes) else ""]
    else:
        known = column.dropna()
        first = known.drop_duplicates() if one.posted else known.iloc[:_ROWS_SIZED]
        texts = [heading(name), *map(as_text, first.tolist())]
    return float(min(max(max(map(_signs, texts)) + 2, 8), 40))


def finite(column: pd.Series) -> NDArray[np.float64]:
    """The finite numbers of a column."""
    numbers = column.to_numpy(dtype="float64", na_value=np.nan)
    return numbers[np.isfinite(numbers)]


def lines_of(one: WorkbookSheet) -> NDArray[np.int64] | None:
    """The number of lines of wrapped text in each row; None if nothing wraps.

    Not every spreadsheet program sets the height of wrapped rows itself.
    """
    most = np.ones(len(one.table), dtype=np.int64)
    for name in one.wrapped:
        at, values = pd.factorize(one.table[name].astype("object"))
        wide = width(one, name, one.table[name]) - 1
        lines = [_wrapped_lines(as_text(value), wide) for value in values]
        most = np.maximum(most, np.array([*lines, 1], dtype=np.int64)[at])
    return np.minimum(most, _MOST_LINES) if (most > 1).any() else None


def _wrapped_lines(text: str, wide: float) -> int:
    return sum(max(math.ceil(_signs(line) / wide), 1) for line in text.split("\n"))


def _signs(text: str) -> int:
    return len(text.encode("gb18030", "replace"))  # a Chinese character is two wide


def for_print(page: Worksheet, top: int, one: WorkbookSheet, title: str) -> None:
    """Set a sheet up for A4, repeating the headings in row `top` (from 0) on every page.

    The title and the lines above the table are kept within the page where no fit does it.
    """
    table = one.table
    page.freeze_panes(top + 1, 0)
    page.repeat_rows(0 if one.posted else top, top)
    if not (one.signed or one.portrait):
        page.set_landscape()
    page.set_paper(9)  # A4
    page.set_margins(left=_MARGIN_INCH, right=_MARGIN_INCH)
    if one.page_by and len(table):
        _new_pages(page, top, one, title)
    else:
        page.fit_to_pages(1, 0)
    notes = i18n.messages("report")["notes"]
    if not one.posted:
        page.set_header(f"&C{notes['internal']['zh']}")
    # of a letter, or a list for one village, the number of all pages says nothing
    page.set_footer(f"&C{notes['page_posted' if one.posted else 'page']['zh']}")
    if len(table.columns) and len(table):
        page.autofilter(top, 0, top + len(table), len(table.columns) - 1)


def _new_pages(page: Worksheet, top: int, one: WorkbookSheet, title: str) -> None:
    """Start a new page for each value, with all columns and lines on one page width.

    Programs ignore page breaks on a sheet that is fitted to its width, so a scale is set here
    instead.
    """
    table = one.table
    shown = [str(name) for name in table.columns if name not in one.hidden]
    wide = sum(width(one, name, table[name]) + 0.7 for name in shown)
    wide = max(wide, _signs(title) * _TITLE_SIZE / _SIZE, *map(_signs, one.lines))
    room, most = (_UPRIGHT, _LARGEST) if one.portrait else (_PAGE, 100)
    page.set_print_scale(max(min(int(100 * room / wide), most), 10))
    begins = np.flatnonzero(np.diff(page_numbers(one))) + 1
    page.set_h_pagebreaks([top + 1 + int(row) for row in begins])


def page_numbers(one: WorkbookSheet) -> NDArray[np.int64]:
    """The page (from 0) of each row; each value of `page_by` starts a new one."""
    value = one.table[one.page_by].astype("object").fillna("")
    new = (value != value.shift()).to_numpy(dtype=bool)
    return np.cumsum(new, dtype=np.int64) - 1


# Text in a cell is never interpreted as a formula, a URL or a number.
_AS_WRITTEN = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_LONG = 1000
_TITLE_POINTS = 22
_SIZE, _TITLE_SIZE = 10, 14  # points of the font


@dataclass(frozen=True)
class Chart:
    """A column chart of the first `rows` rows: one series per named column, against `by`."""

    by: str
    series: tuple[str, ...]
    title: str
    rows: int


class SumsOf(NamedTuple):
    """Columns that are sums over another sheet of the book, written as formulas to be traced.

    sheet    its name
    columns  its columns, in their order
    by       the column that both sheets have: each row here sums the rows there with its value
    summed   the columns that are sums; the row without a value of `by` is their total here
    """

    sheet: str
    columns: tuple[str, ...]
    by: str
    summed: tuple[str, ...]


@dataclass(frozen=True)
class WorkbookSheet:
    """One sheet: its name, the text above the table, and the table with its column names.

    wide     columns with wrapped text
    shares   columns shown as a percentage
    rows     prepared cells of a long table
    signed   room for signatures below the table; portrait, one page of A4
    hidden   columns that are neither shown nor printed
    page_by  column of which each value starts a new page; "" for none
    posted   printed to be posted or served: title and notes on every page, no internal header
    portrait printed upright
    choices  column → the words that its cells offer; others can be written too
    sums     columns that are formulas; None for none
    """

    name: str
    table: pd.DataFrame
    title: str = ""
    lines: tuple[str, ...] = ()
    wide: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    rows: XlsxRows | None = None
    signed: bool = False
    hidden: tuple[str, ...] = ()
    page_by: str = ""
    posted: bool = False
    portrait: bool = False
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sums: SumsOf | None = None

    @property
    def wrapped(self) -> tuple[str, ...]:
        """The columns of `wide` that the table has."""
        return tuple(name for name in self.wide if name in self.table)

    def where(self, mask: pd.Series) -> WorkbookSheet:
        """The sheet with only the rows where `mask` (aligned on its table)."""
        kept = self.rows.where(mask.to_numpy(dtype=bool)) if self.rows else None
        return replace(self, table=self.table[mask].reset_index(drop=True), rows=kept)


def sheet(
    key: str,
    table: pd.DataFrame,
    *,
    unmask: bool = False,
    **more: Any,  # noqa: ANN401  Sheet has them
) -> WorkbookSheet:
    """A sheet named by the message `sheets.<key>`, with code-list values in Chinese.

    Personal numbers in its texts are masked unless `unmask`.
    """
    return worded_sheet(key, translated(table), unmask=unmask, **more)


def worded_sheet(
    key: str,
    table: pd.DataFrame,
    *,
    unmask: bool = False,
    **more: Any,  # noqa: ANN401  the same
) -> WorkbookSheet:
    """A sheet of a table that is already in Chinese."""
    shown = masked_table(table, unmask=unmask)
    rows = XlsxRows.of(shown) if len(shown) > _LONG else None
    return WorkbookSheet(i18n.messages("report")["sheets"][key]["zh"], shown, rows=rows, **more)


def workbook_bytes(sheets: Sequence[WorkbookSheet], title: str, about: About) -> bytes:
    """An XLSX file of `sheets`; each shows the title, the as-of date and the nature of the data."""
    file = BytesIO()
    book = xlsxwriter.Workbook(file, _AS_WRITTEN)
    book.set_properties(
        {
            "title": f"{about.title.zh} {title}",
            "comments": about.nature.zh,
            "author": "nuantu",
            "created": about.stamp,
        }
    )
    looks = _looks(book)
    sheets = [part for one in sheets for part in by_pages(_titled(one, title))]
    rows = [_write(book, one, about, looks) for one in sheets]
    book.close()
    long = {
        number: (row, replace(one.rows, lines=lines_of(one)))
        for number, (row, one) in enumerate(zip(rows, sheets, strict=True), start=1)
        if one.rows is not None and len(one.table)
    }
    return insert_rows(file.getvalue(), long) if long else file.getvalue()


def _titled(one: WorkbookSheet, title: str) -> WorkbookSheet:
    named = title if one.name in title else f"{title} {one.name}"
    return replace(one, title=one.title or named)


def by_pages(one: WorkbookSheet) -> list[WorkbookSheet]:
    """The sheet, split into several if it has more pages than Excel supports page breaks for."""
    if not one.page_by:
        return [one]
    pages = pd.Series(page_numbers(one) // PAGES)
    parts = [one.where(pages == part) for part in pages.unique()]
    named = [replace(part, name=f"{one.name} {n}") for n, part in enumerate(parts, start=1)]
    return named if len(parts) > 1 else [one]


def _looks(book: xlsxwriter.Workbook) -> dict[str, Format]:
    font = {"font_name": "Microsoft YaHei", "font_size": _SIZE, "valign": "top"}
    cell = font | {"border": 1, "border_color": "#c9ced4"}
    return {
        "title": book.add_format(font | {"bold": True, "font_size": _TITLE_SIZE}),
        "line": book.add_format(font | {"font_color": "#4d5661"}),
        "nature": book.add_format(font | {"bold": True, "font_color": "#b8331a"}),
        "head": book.add_format(
            cell | {"bold": True, "bg_color": "#e8eef0", "text_wrap": True, "valign": "vcenter"}
        ),
        "text": book.add_format(cell | {"num_format": "@"}),
        "wide": book.add_format(cell | {"num_format": "@", "text_wrap": True}),
        "whole": book.add_format(cell | {"num_format": "#,##0"}),
        "number": book.add_format(cell | {"num_format": "#,##0.00"}),
        "share": book.add_format(cell | {"num_format": "0.0%"}),
    }


def _write(
    book: xlsxwriter.Workbook, one: WorkbookSheet, about: About, looks: dict[str, Format]
) -> int:
    """Write a sheet, of a long table only the first row; return the number of that row (from 1)."""
    page = book.add_worksheet(one.name)
    top = _write_head(page, one, about, looks)
    table = one.table
    written = len(table) if one.rows is None else 1
    for number, (name, column) in enumerate(table.items()):
        page.write_string(top, number, heading(str(name)), looks["head"])
        look = looks[_look(one, str(name), column)]
        if one.sums and name in one.sums.summed:
            _write_sums(page, (top + 1, number), one, look)
        else:
            _write_column(page, (top + 1, number), column.iloc[:written], look)
        hidden = {"hidden": True} if name in one.hidden else {}
        page.set_column(number, number, width(one, str(name), column), None, hidden)
        if len(table) and (offered := one.choices.get(str(name))):
            rule = {"validate": "list", "source": list(offered), "error_type": "warning"}
            page.data_validation(top + 1, number, top + len(table), number, rule)
    lines = lines_of(one)
    for row, high in enumerate([] if lines is None else lines[:written].tolist(), top + 1):
        page.set_row(row, LINE_POINTS * high)
    for_print(page, top, one, f"{about.title.zh} {one.title}")
    if one.signed:
        said = i18n.messages("report")["titles"]["signatures"]["zh"]
        page.write_string(top + len(table) + 3, 0, said, looks["line"])
    for number, chart in enumerate(one.charts):
        _draw(book, page, one, (top, number), chart)
    return top + 2


def _write_head(page: Worksheet, one: WorkbookSheet, about: About, looks: dict[str, Format]) -> int:
    shown = next((n for n, name in enumerate(one.table.columns) if name not in one.hidden), 0)
    said = i18n.format_message(
        i18n.messages("report")["titles"], "as_of", day=about.as_of.isoformat()
    )
    page.write_string(0, shown, f"{about.title.zh} {one.title}", looks["title"])
    page.set_row(0, _TITLE_POINTS)
    lines = [
        (said.zh, "line"),
        (about.nature.zh, "nature"),
        *((line, "line") for line in one.lines),
    ]
    written = [(line, look) for line, look in lines if line]
    for row, (line, look) in enumerate(written, start=1):
        page.write_string(row, shown, line, looks[look])
    return len(written) + 1


def _look(one: WorkbookSheet, name: str, column: pd.Series) -> str:
    if name in one.wide:
        return "wide"
    if name in one.shares:
        return "share"
    if pd.api.types.is_float_dtype(column) and (finite(column) % 1 != 0).any():
        return "number"
    return "whole" if pd.api.types.is_numeric_dtype(column) else "text"


def _write_column(page: Worksheet, at: tuple[int, int], column: pd.Series, look: Format) -> None:
    row, number = at
    numeric = pd.api.types.is_numeric_dtype(column)
    for offset, value in enumerate(column.tolist()):
        text = as_text(value)
        if not text or text in {"inf", "-inf"}:
            page.write_blank(row + offset, number, None, look)
        elif numeric:
            page.write_number(row + offset, number, value, look)
        else:
            page.write_string(row + offset, number, shorten_cell(text), look)


def _write_sums(page: Worksheet, at: tuple[int, int], one: WorkbookSheet, look: Format) -> None:
    """Write a column of sums: each with its value, and the formula that gives it.

    A sum that is unknown is blank. Of the data only the value of `by` is referred to, by its cell.
    """
    sums, (top, number) = one.sums, at
    if sums is None:
        return
    name, keys = str(one.table.columns[number]), one.table[sums.by]
    own, there = list(one.table.columns).index(sums.by), sums.columns.index(name)
    by = xl_col_to_name(sums.columns.index(sums.by))
    column, letter = xl_col_to_name(there), xl_col_to_name(number)
    last = top + int(keys.notna().sum())
    for offset, (value, key) in enumerate(zip(one.table[name].tolist(), keys, strict=True)):
        if not as_text(value):
            page.write_blank(top + offset, number, None, look)
            continue
        formula = f"=SUM({letter}{top + 1}:{letter}{last})"
        if not pd.isna(key):
            cell = f"{xl_col_to_name(own)}{top + offset + 1}"
            source = f"'{sums.sheet}'!"
            formula = f"=SUMIF({source}${by}:${by},{cell},{source}{column}:{column})"
        page.write_formula(top + offset, number, formula, look, value)


def _draw(
    book: xlsxwriter.Workbook,
    page: Worksheet,
    one: WorkbookSheet,
    at: tuple[int, int],
    chart: Chart,
) -> None:
    top, number = at
    columns, last = list(one.table.columns), top + chart.rows
    by = columns.index(chart.by)
    drawn = book.add_chart({"type": "column"})
    for name in chart.series:
        place = columns.index(name)
        drawn.add_series(
            {
                "name": heading(name),
                "categories": [one.name, top + 1, by, last, by],
                "values": [one.name, top + 1, place, last, place],
            }
        )
    drawn.set_title({"name": chart.title})
    drawn.set_y_axis({"min": 0})  # a column that begins above 0 makes small differences large
    drawn.set_size({"width": 760, "height": 320})
    page.insert_chart(top + len(one.table) + 3 + number * 18, 0, drawn)

"""Workbooks as an office opens them: Chinese headings, codes as text, nothing calculated.

The same tables give the same bytes: the only time in the file is the as-of day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from gis import i18n
from gis.report.csv_table import as_text
from gis.report.masking import masked_table
from gis.report.metadata import About
from gis.report.printing import PAGES, finite, for_print, lines_of, page_numbers, width
from gis.report.translate import heading, worded
from gis.report.xlsx_rows import LINE_POINTS, Rows, shortened, with_rows

# Text in a cell is never read as a formula, an address or a number.
_AS_WRITTEN = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_LONG = 1000
_TITLE_POINTS = 22


@dataclass(frozen=True)
class Chart:
    """A column chart over the first `rows` rows: one series a column named, against `by`."""

    by: str
    series: tuple[str, ...]
    title: str
    rows: int


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, what stands above the table, and the table with machine headings.

    wide     columns whose text wraps in a broad cell
    shares   columns shown as a percentage
    rows     of a long table, its cells ready to be written
    signed   room to sign below the table; upright, for one sheet of A4
    hidden   columns that are there and not shown, nor printed
    page_by  the column of which each value begins a new page; "" for none
    posted   it is printed to be posted or served: whoever does takes the header off
    """

    name: str
    table: pd.DataFrame
    title: str = ""
    lines: tuple[str, ...] = ()
    wide: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    rows: Rows | None = None
    signed: bool = False
    hidden: tuple[str, ...] = ()
    page_by: str = ""
    posted: bool = False

    @property
    def wrapped(self) -> tuple[str, ...]:
        """Those of `wide` that the table has."""
        return tuple(name for name in self.wide if name in self.table)

    def where(self, mask: pd.Series) -> Sheet:
        """The same sheet with only the rows where `mask`, which is aligned on its table."""
        kept = self.rows.where(mask.to_numpy(dtype=bool)) if self.rows else None
        return replace(self, table=self.table[mask].reset_index(drop=True), rows=kept)


def sheet(
    key: str,
    table: pd.DataFrame,
    *,
    unmask: bool = False,
    **more: Any,  # noqa: ANN401  Sheet has them
) -> Sheet:
    """A sheet named by the words `sheets.<key>`, its code-list values in Chinese.

    Personal numbers in its texts are starred unless `unmask`.
    """
    return worded_sheet(key, worded(table), unmask=unmask, **more)


def worded_sheet(
    key: str,
    table: pd.DataFrame,
    *,
    unmask: bool = False,
    **more: Any,  # noqa: ANN401  the same
) -> Sheet:
    """A sheet of a table that is in Chinese already."""
    shown = masked_table(table, unmask=unmask)
    rows = Rows.of(shown) if len(shown) > _LONG else None
    return Sheet(i18n.load("report")["sheets"][key]["zh"], shown, rows=rows, **more)


def workbook_bytes(sheets: Sequence[Sheet], title: str, about: About) -> bytes:
    """An XLSX file of `sheets`; each has the title, the as-of day and the nature of the data."""
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
    return with_rows(file.getvalue(), long) if long else file.getvalue()


def _titled(one: Sheet, title: str) -> Sheet:
    named = title if one.name in title else f"{title} {one.name}"
    return replace(one, title=one.title or named)


def by_pages(one: Sheet) -> list[Sheet]:
    """The sheet, or several of as many pages as Excel breaks a sheet into."""
    if not one.page_by:
        return [one]
    pages = pd.Series(page_numbers(one) // PAGES)
    parts = [one.where(pages == part) for part in pages.unique()]
    named = [replace(part, name=f"{one.name} {n}") for n, part in enumerate(parts, start=1)]
    return named if len(parts) > 1 else [one]


def _looks(book: xlsxwriter.Workbook) -> dict[str, Format]:
    font = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top"}
    cell = font | {"border": 1, "border_color": "#c9ced4"}
    return {
        "title": book.add_format(font | {"bold": True, "font_size": 14}),
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


def _write(book: xlsxwriter.Workbook, one: Sheet, about: About, looks: dict[str, Format]) -> int:
    """Write a sheet, of a long one only the first row; the number of that row, from 1."""
    page = book.add_worksheet(one.name)
    top = _write_head(page, one, about, looks)
    table = one.table
    written = len(table) if one.rows is None else 1
    for number, (name, column) in enumerate(table.items()):
        page.write_string(top, number, heading(str(name)), looks["head"])
        look = looks[_look(one, str(name), column)]
        _write_column(page, (top + 1, number), column.iloc[:written], look)
        hidden = {"hidden": True} if name in one.hidden else {}
        page.set_column(number, number, width(one, str(name), column), None, hidden)
    lines = lines_of(one)
    for row, high in enumerate([] if lines is None else lines[:written].tolist(), top + 1):
        page.set_row(row, LINE_POINTS * high)
    for_print(page, top, one)
    if one.signed:
        said = i18n.load("report")["titles"]["signatures"]["zh"]
        page.write_string(top + len(table) + 3, 0, said, looks["line"])
    for number, chart in enumerate(one.charts):
        _draw(book, page, one, (top, number), chart)
    return top + 2


def _write_head(page: Worksheet, one: Sheet, about: About, looks: dict[str, Format]) -> int:
    shown = next((n for n, name in enumerate(one.table.columns) if name not in one.hidden), 0)
    said = i18n.sentence(i18n.load("report")["titles"], "as_of", day=about.as_of.isoformat())
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


def _look(one: Sheet, name: str, column: pd.Series) -> str:
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
            page.write_string(row + offset, number, shortened(text), look)


def _draw(
    book: xlsxwriter.Workbook, page: Worksheet, one: Sheet, at: tuple[int, int], chart: Chart
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

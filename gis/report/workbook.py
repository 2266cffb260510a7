"""Workbooks: Chinese headings, codes as text, no formulas, page layout for A4.

Equal tables give equal bytes: the only timestamp in the file is the as-of date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from gis import i18n
from gis.report.csv_parquet import as_text
from gis.report.metadata import About
from gis.report.print_layout import (
    PAGES,
    SIZE,
    TITLE_POINTS,
    TITLE_SIZE,
    as_of_line,
    for_print,
    head_lines,
    in_fen,
    lines_of,
    note_span,
    page_numbers,
    repeated,
    widths,
)
from gis.report.translate import heading, masked_table, translated
from gis.report.xlsx_rows import LINE_POINTS, XlsxRows, insert_rows, shorten_cell

if TYPE_CHECKING:
    pass

# Text in a cell is never interpreted as a formula, a URL or a number.
_AS_WRITTEN = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_LONG = 1000
CODES = ("township_code", "village_code")  # not seen in papers that have the names beside them


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
    only     a column here that sums some rows → the column there, "" to count them, and the column
             there that the rows go by with what it is to be, "" for all rows; no data among them
    """

    sheet: str
    columns: tuple[str, ...]
    by: str
    summed: tuple[str, ...]
    only: Mapping[str, tuple[str, str, str]] = MappingProxyType({})

    def formula(self, name: str, key: str) -> str:
        """The sum of the rows there whose value of `by` is that of the cell `key` here."""
        own = f"{self._there(self.by, '$')},{key}"
        if name not in self.only:
            return f"=SUMIF({own},{self._there(name)})"
        of, tested, value = self.only[name]
        if tested:
            own += f',{self._there(tested)},"{value}"'
        return f"=SUMIFS({self._there(of)},{own})" if of else f"=COUNTIFS({own})"

    def _there(self, name: str, fixed: str = "") -> str:
        letter = fixed + xl_col_to_name(self.columns.index(name))
        return f"'{self.sheet}'!{letter}:{letter}"


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
    signatures  who signs, in place of the one unit of `signed`
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
    signatures: str = ""

    @property
    def wrapped(self) -> tuple[str, ...]:
        """The columns of `wide` that the table shows."""
        shown = (name for name in self.wide if name not in self.hidden)
        return tuple(name for name in shown if name in self.table)

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


def blank_columns(table: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Those of the columns of which nothing is known: on paper they only take room."""
    return [name for name in names if name in table and table[name].isna().all()]


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
    font = {"font_name": "Microsoft YaHei", "font_size": SIZE, "valign": "top"}
    cell = font | {"border": 1, "border_color": "#c9ced4"}
    return {
        "title": book.add_format(font | {"bold": True, "font_size": TITLE_SIZE}),
        "line": book.add_format(font | {"font_color": "#4d5661"}),
        "note": book.add_format(font | {"font_color": "#4d5661", "text_wrap": True}),
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
    page, table, wide = book.add_worksheet(one.name), one.table, widths(one)
    top = _write_head(page, one, wide, about, looks)
    written = len(table) if one.rows is None else 1
    for number, (name, column) in enumerate(table.items()):
        page.write_string(top, number, heading(str(name)), looks["head"])
        look = looks[_look(one, str(name), column)]
        if one.sums and name in one.sums.summed:
            _write_sums(page, (top + 1, number), one, look)
        else:
            _write_column(page, (top + 1, number), column.iloc[:written], look)
        hidden = {"hidden": True} if name in one.hidden else {}
        page.set_column(number, number, wide[number], None, hidden)
        if len(table) and (offered := one.choices.get(str(name))):
            rule = {"validate": "list", "source": list(offered), "error_type": "warning"}
            page.data_validation(top + 1, number, top + len(table), number, rule)
    lines = lines_of(one, wide)
    for row, high in enumerate([] if lines is None else lines[:written].tolist(), top + 1):
        page.set_row(row, LINE_POINTS * high)
    for_print(page, top, one, wide, about)
    if one.signed:
        said = one.signatures or i18n.messages("report")["titles"]["signatures"]["zh"]
        page.write_string(top + len(table) + 3, 0, said, looks["line"])
    for number, chart in enumerate(one.charts):
        _draw(book, page, one, (top, number), chart)
    return top + 2


def _write_head(
    page: Worksheet, one: WorkbookSheet, wide: list[float], about: About, looks: dict[str, Format]
) -> int:
    """Write what is above the rows; return the row of the headings, whose height is set."""
    shown = next((n for n, name in enumerate(one.table.columns) if name not in one.hidden), 0)
    page.write_string(0, shown, f"{about.title.zh} {one.title}", looks["title"])
    page.set_row(0, TITLE_POINTS)
    lines = [
        (as_of_line(about), "line"),
        (about.nature.zh, "nature"),
        *((line, "line") for line in one.lines),
    ]
    written = [(line, look) for line, look in lines if line]
    for row, (line, look) in enumerate(written, start=1):
        last, high = note_span(one, wide, line)
        if last > shown:
            page.merge_range(row, shown, row, last, "", looks["note"])
            page.write_string(row, shown, line, looks["note"])
            page.set_row(row, LINE_POINTS * high)
        else:
            page.write_string(row, shown, line, looks[look])
    page.set_row(len(written) + 1, LINE_POINTS * head_lines(one, wide))
    return len(written) + 1


def _look(one: WorkbookSheet, name: str, column: pd.Series) -> str:
    if name in one.wide:
        return "wide"
    if name in one.shares:
        return "share"
    if in_fen(one, name, column):
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
    own = xl_col_to_name(list(one.table.columns).index(sums.by))
    letter, last = xl_col_to_name(number), top + int(keys.notna().sum())
    for offset, (value, key) in enumerate(zip(one.table[name].tolist(), keys, strict=True)):
        if not as_text(value):
            page.write_blank(top + offset, number, None, look)
            continue
        formula = f"=SUM({letter}{top + 1}:{letter}{last})"
        if not pd.isna(key):
            formula = sums.formula(name, f"{own}{top + offset + 1}")
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
    # beside the columns that every page repeats
    page.insert_chart(top + len(one.table) + 3 + number * 18, repeated(one), drawn)

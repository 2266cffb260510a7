"""How a sheet comes out on paper: widths of columns, heights of rows, paper, scale, pages.

A sheet fits A4, else A3, at a scale that can be read; a wider one goes on beside itself, with the
columns that say what a row is repeated.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gis import i18n
from gis.report.csv_parquet import as_text
from gis.report.translate import day_in_words, heading
from gis.report.xlsx_rows import LINE_POINTS, XlsxRows

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from xlsxwriter.worksheet import Worksheet

    from gis.report.metadata import About
    from gis.report.workbook import WorkbookSheet

_LONG, _ROWS_SIZED = 5_000, 2_000
_LONG_HEAD = 12  # signs of a heading that takes more than two lines
# Columns of wrapped text share this width, in characters: that of a landscape
# A4 in plain size: 138 in Calibri, 112 in the wider font of a machine that has none.
_WIDE, _WIDEST, _NARROWEST = 96.0, 48.0, 16.0
_LEAST_WIDTH, _MOST_WIDTH, _GAP = 6, 40.0, 0.7
_SHORT = 8  # signs of which a wider font takes no more than one more
_NEARLY = 0.9  # of a page
_BY_HAND = 12  # what a day written by hand takes
_PAGE, _UPRIGHT = 112.0, 77.0
_A3_SHARE = 1.41  # of the length of A4
_A4, _A3 = 9, 8  # as Excel numbers them
_LARGEST = 130  # percent: a paper to be handed out fills its page
_SMALLEST = 60  # percent: letters of 10 points are 6 points high
_SIGNED = 70  # percent: a paper to be signed is turned before it is smaller
_TURNED = 80  # percent: so is a list to be posted, which is read standing
# The height of A4 within its margins, less what taller fonts take
_HIGH_POINTS, _LOW_POINTS = 640.0, 400.0
_FITTED_ROWS = 1000  # LibreOffice lays a sheet that is fitted to its width out several times
PAGES = 1000  # Excel reads at most 1,023 page breaks of a sheet
_MARGIN_INCH = 0.4
_MOST_LINES = 20  # Excel's maximum row height is 409 points
TITLE_POINTS = 22
SIZE, TITLE_SIZE = 10, 14  # points of the font
_DEFAULT_WIDTH = 8.43 + _GAP  # of a column beside the table
# Columns that say what a row is, repeated where a table goes on beside itself.
_KEYS = ("_code", "_id", "township", "village", "unit", "zone", "part")
PAGE_OF = "page_of"  # the column of page numbers of a posted list


class Paper(NamedTuple):
    """Paper, upright or not, the scale [percent], and the columns that begin a new page."""

    size: int
    upright: bool
    scale: int
    across: tuple[int, ...] = ()


def signs(text: str) -> int:
    """The width of a text; a Chinese character is two wide."""
    return len(text.encode("gb18030", "replace"))


def finite(column: pd.Series) -> NDArray[np.float64]:
    """The finite numbers of a column."""
    numbers = column.to_numpy(dtype="float64", na_value=np.nan)
    return numbers[np.isfinite(numbers)]


def has_fractions(column: pd.Series) -> bool:
    """Whether a column of numbers is shown with two decimals."""
    return bool(pd.api.types.is_float_dtype(column) and (finite(column) % 1 != 0).any())


def in_fen(one: WorkbookSheet, name: str, column: pd.Series) -> bool:
    """Whether a column is shown with two decimals: its own numbers, or other money, have some."""
    if has_fractions(column) or not name.endswith("_cny"):
        return has_fractions(column)
    money = [column for other, column in one.table.items() if str(other).endswith("_cny")]
    return bool(pd.api.types.is_numeric_dtype(column) and any(map(has_fractions, money)))


def width(one: WorkbookSheet, name: str, column: pd.Series, *, tight: bool = False) -> float:
    """The width [characters] of a column; a heading may take three lines, wrapped text several.

    Texts count by all their values, of a very long table by its first ones. Numbers get the width
    of the longest, because Excel shows numbers that are too wide as ####. tight: a heading takes
    three lines in any case, and short cells have less room.
    """
    head = signs(heading(name))
    wrapped = min(head, math.ceil(head / (3 if head > _LONG_HEAD else 2)) + 3)
    if tight:
        wrapped = min(head, max(math.ceil(head / 3) + 1, _LEAST_WIDTH))
    longest = max([wrapped, *map(signs, _shown(one, name, column))])
    longest += 1 if tight and longest <= _SHORT else 2
    if to_fill_in(column):
        longest = max(longest, _BY_HAND)
    if name in one.wide:
        share = max(min(_WIDEST, _WIDE / max(len(one.wrapped), 1)), _NARROWEST)
        share = _WIDEST if tight else share
        return float(min(share, max(longest, _LEAST_WIDTH)))
    return float(min(max(longest, _LEAST_WIDTH), _MOST_WIDTH))


def to_fill_in(column: pd.Series) -> bool:
    """Whether a column is blank on paper, to be written in by hand."""
    first = column.iloc[0] if len(column) else None
    return isinstance(first, str) and first == " " and bool((column.astype("object") == " ").all())


def _shown(one: WorkbookSheet, name: str, column: pd.Series) -> list[str]:
    """The texts that the cells of a column show, as far as its width goes by them."""
    if name in one.shares:
        return ["100.0%"]
    if pd.api.types.is_numeric_dtype(column):
        found, form = finite(column), ",.2f" if in_fen(one, name, column) else ",.0f"
        return [f"{end:{form}}" for end in (found.min(), found.max())] if len(found) else []
    # on paper nobody can widen a column
    sized = column if one.posted or len(column) <= _LONG else column.iloc[:_ROWS_SIZED]
    texts = map(as_text, set(sized.tolist()))
    return [line for text in texts for line in text.split("\n")]


def widths(one: WorkbookSheet) -> list[float]:
    """The width [characters] of each column of the sheet.

    Of a sheet that nearly fills the largest paper, or goes beyond it, columns are narrower and
    wrapped text takes what is left, where all of it then fits one page.
    """
    usual = [width(one, str(name), one.table[name]) for name in one.table]
    room = _PAGE * _A3_SHARE * 100 / _SMALLEST
    if one.page_by or one.portrait or sum(_printed(one, usual)) <= _NEARLY * room:
        return usual
    made = _tight(one, room)
    return made if sum(_printed(one, made)) <= room else usual


def _tight(one: WorkbookSheet, room: float) -> list[float]:
    """Widths with headings on three lines, and wrapped text as wide as what is left of a page."""
    made = {
        str(name): width(one, str(name), column, tight=True) for name, column in one.table.items()
    }
    most = {name: made[name] for name in one.wrapped}
    left = room - sum(_printed(one, [*made.values()])) + sum(most.values())
    for number, name in enumerate(sorted(most, key=lambda name: most[name])):
        share = max(left / (len(most) - number), _NARROWEST)
        made[name] = min(most[name], float(math.floor(share)))
        left -= made[name]
    return [*made.values()]


def _printed(one: WorkbookSheet, wide: list[float]) -> list[float]:
    """What each column takes on paper, 0 for a hidden one."""
    named = zip(one.table, wide, strict=True)
    return [0.0 if name in one.hidden else own + _GAP for name, own in named]


def head_lines(one: WorkbookSheet, wide: list[float]) -> int:
    """The number of lines of the row of headings."""
    named = zip(one.table, wide, strict=True)
    shown = ((str(name), own) for name, own in named if name not in one.hidden)
    return max((_lines(heading(name), own - 1) for name, own in shown), default=1)


def lines_of(one: WorkbookSheet, wide: list[float] | None = None) -> NDArray[np.int64] | None:
    """The number of lines of each row; None if nothing wraps. To write by hand takes two.

    Not every spreadsheet program sets the height of wrapped rows itself.
    """
    most = np.ones(len(one.table), dtype=np.int64)
    if any(to_fill_in(one.table[name]) for name in one.table):
        most[:] = 2
    made = dict(zip(one.table, wide or widths(one), strict=True)) if one.wrapped else {}
    for name in one.wrapped:
        at, values = pd.factorize(one.table[name].astype("object"))
        lines = [_lines(as_text(value), made[name] - 1) for value in values]
        most = np.maximum(most, np.array([*lines, 1], dtype=np.int64)[at])
    return np.minimum(most, _MOST_LINES) if (most > 1).any() else None


def _lines(text: str, wide: float) -> int:
    return sum(max(math.ceil(signs(line) / wide), 1) for line in text.split("\n"))


def note_span(one: WorkbookSheet, wide: list[float], line: str) -> tuple[int, int]:
    """The last column of those that a line above the table is merged over, and its lines there.

    (-1, 1): it is short, or the sheet is scaled so that the line fits.
    """
    own = _printed(one, wide)
    paper = _paper(own, one)
    page = own[: paper.across[0]] if paper.across else own
    if one.page_by or signs(line) <= max(sum(page), _PAGE):
        return -1, 1
    last, room = len(page) - 1, sum(page)
    while room < _PAGE:
        last, room = last + 1, room + _DEFAULT_WIDTH
    return last, _lines(line, room - 2)


def _paper(own: list[float], one: WorkbookSheet) -> Paper:
    """The paper of a sheet; own: what each column takes on it."""
    wide = max(sum(own), 1.0)
    upright = one.portrait or (one.signed and 100 * _UPRIGHT / wide >= _SIGNED)
    room = _UPRIGHT if upright else _PAGE
    for size, of in ((_A4, room), (_A3, room * _A3_SHARE)):
        if (scale := int(100 * of / wide)) >= _SMALLEST:
            return Paper(size, upright, min(scale, 100))
    if one.page_by:
        return Paper(_A3, upright, max(int(100 * room * _A3_SHARE / wide), 10))
    return Paper(_A3, upright, _SMALLEST, _beside(own, one, 100 * room * _A3_SHARE / _SMALLEST))


def _beside(own: list[float], one: WorkbookSheet, room: float) -> tuple[int, ...]:
    """The columns that begin a page, so that none is wider than `room` with the repeated ones."""
    kept = repeated(one)
    begins: list[int] = []
    used = sum(own[:kept])
    for at in range(kept, len(own)):
        if used + own[at] > room and used > sum(own[:kept]):
            begins.append(at)
            used = sum(own[:kept])
        used += own[at]
    return tuple(begins)


def repeated(one: WorkbookSheet) -> int:
    """The number of first columns that say what a row is."""
    names = [str(name) for name in one.table.columns]
    others = (at for at, name in enumerate(names) if not name.endswith(_KEYS))
    return min(next(others, 0), 4)


def for_print(
    page: Worksheet, top: int, one: WorkbookSheet, wide: list[float], about: About
) -> None:
    """Set a sheet up for paper, repeating the headings in row `top` (from 0) on every page.

    Args:
        page: The sheet in the workbook.
        top: The row of the headings.
        one: The sheet.
        wide: The width of each column.
        about: The title, the day and the nature of the data.
    """
    table, title = one.table, f"{about.title.zh} {one.title}"
    page.freeze_panes(top + 1, 0)
    page.repeat_rows(0 if one.posted else top, top)
    page.set_margins(left=_MARGIN_INCH, right=_MARGIN_INCH)
    apart = bool(one.page_by and len(table))
    paper = _own_pages(one, wide, title) if apart else _paper(_printed(one, wide), one)
    if apart:
        begins = np.flatnonzero(np.diff(page_numbers(one))) + 1
        page.set_h_pagebreaks([top + 1 + int(row) for row in begins])
    if not paper.upright:
        page.set_landscape()
    page.set_paper(paper.size)
    # programs ignore page breaks on a sheet that is fitted to its width
    if apart or paper.across:
        page.set_print_scale(paper.scale)
        page.set_v_pagebreaks(list(paper.across))
        if paper.across and (kept := repeated(one)):
            page.repeat_columns(0, kept - 1)
    elif len(table) > _FITTED_ROWS:
        page.set_print_scale(paper.scale)
    else:
        page.fit_to_pages(1, 0)
    _header_and_footer(page, one, about, title)
    if len(table.columns) and len(table):
        page.autofilter(top, 0, top + len(table), len(table.columns) - 1)


def _header_and_footer(page: Worksheet, one: WorkbookSheet, about: About, title: str) -> None:
    """The mark of internal papers and of synthetic data, the day and the page, on every page."""
    notes = i18n.messages("report")["notes"]
    if one.posted:
        # a letter is one page; the pages of a list are numbered in it, village by village
        page.set_footer("" if PAGE_OF in one.table else f"&C{notes['page_single']['zh']}")
        return
    left, right = about.nature.zh, as_of_line(about)
    page.set_header(f"&L{left}&C{notes['internal']['zh']}&R{right}")
    page.set_footer(f"&L{title.replace('&', '&&')[:80]}&R{notes['page']['zh']}")


def as_of_line(about: About) -> str:
    """数据截至: the day of the data, as an official paper writes it."""
    titles = i18n.messages("report")["titles"]
    return i18n.format_message(titles, "as_of", day=day_in_words(about.as_of)).zh


def _own_pages(one: WorkbookSheet, wide_columns: list[float], title: str) -> Paper:
    """The paper of a sheet with pages for each value, all columns and lines on one page width.

    Each value of a sheet to be handed out without page numbers is on one page.
    """
    own = _printed(one, wide_columns)
    lines = max(signs(title) * TITLE_SIZE / SIZE, *map(signs, one.lines), 1.0)
    if not one.portrait:
        return _paper([*own, max(lines - sum(own), 0.0)], one)
    wide = max(sum(own), lines)
    scale, upright = min(int(100 * _UPRIGHT / wide), _LARGEST), True
    if PAGE_OF not in one.table and one.posted:
        pages = np.bincount(page_numbers(one), weights=_points(one))
        high = _head_points(one, wide_columns) + pages.max()
        scale = min(scale, int(100 * _HIGH_POINTS / high))
    elif scale < _TURNED:
        scale, upright = min(int(100 * _PAGE / wide), 100), False
    return Paper(_A4, upright, max(scale, 10))


def _points(one: WorkbookSheet) -> NDArray[np.float64]:
    lines = lines_of(one)
    rows = np.ones(len(one.table)) if lines is None else lines.astype("float64")
    return rows * LINE_POINTS


def _head_points(one: WorkbookSheet, wide: list[float]) -> float:
    """The height of what is above the rows: title, day, nature, lines and headings."""
    return float(TITLE_POINTS + LINE_POINTS * (2 + len(one.lines) + head_lines(one, wide)))


def page_numbers(one: WorkbookSheet) -> NDArray[np.int64]:
    """The page (from 0) of each row; each value of `page_by`, each page number starts a new one."""
    value = one.table[one.page_by].astype("object").fillna("")
    new = (value != value.shift()).to_numpy(dtype=bool)
    if PAGE_OF in one.table:
        new = new | one.table[PAGE_OF].notna().to_numpy(dtype=bool)
    return np.cumsum(new, dtype=np.int64) - 1


def with_page_numbers(one: WorkbookSheet, title: str) -> WorkbookSheet:
    """An upright list with the column page_of: "2/3" in the first row of a second page of three.

    Pages are those of each value of `page_by`. A program numbers the pages of a whole sheet, which
    says nothing to who reads the list of one village.

    Args:
        one: A posted sheet with `page_by`, upright.
        title: The title above it.
    """
    table = one.table
    numbered = replace(one, table=table.assign(**{PAGE_OF: "1/1"}))
    wide = widths(numbered)
    paper = _own_pages(numbered, wide, title)
    high = 100 * (_HIGH_POINTS if paper.upright else _LOW_POINTS) / paper.scale
    room = max(high - _head_points(numbered, wide), float(LINE_POINTS * 8))
    value = table[one.page_by].astype("object").fillna("")
    whose = (value != value.shift()).cumsum()
    ends = pd.Series(_points(one), table.index).groupby(whose).cumsum()
    page = ((ends - 1) // room).astype(int)
    first = page != page.groupby(whose).shift()
    number = first.groupby(whose).cumsum()
    told = number.astype("str") + "/" + number.groupby(whose).transform("max").astype("str")
    shown = table.assign(**{PAGE_OF: told.where(first)})
    return replace(one, table=shown, rows=XlsxRows.of(shown) if one.rows else None)

"""Excel workbooks (.xlsx, .xls, .ods) with title rows and merged cells.

From a grid of cells to a table: find the headings below title rows.
"""

from __future__ import annotations

import functools
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetVisibleEnum,
)

from gis.layers.columns import LAYERS, TARGETS
from gis.layers.formats import biff, ooxml, opendocument
from gis.layers.formats.cell_annotations import CellAnnotations, Place
from gis.layers.formats.kml import check_unpacked
from gis.layers.formats.rows_above_headings import data_above
from gis.layers.heading_units import in_row, of_groups, of_table, unit_candidates
from gis.layers.problems import Finding, Refusal
from gis.layers.raw_table import RawTable, Request, number_text, texts

Row = Sequence[str]
TOP = 15  # headings stand within the first rows
SEEN = 50  # rows of data are enough to see what they look like
_LAYERS = [*LAYERS.values(), TARGETS]
_KNOWN = frozenset(heading for layer in _LAYERS for heading in layer.headings)
_NUMBERS = frozenset(
    heading
    for layer in _LAYERS
    for heading, name in layer.headings.items()
    if layer.by_name[name].kind == "number"
)


@dataclass(frozen=True)
class Heading:
    """The row of headings: its index, its names ("" where blank), and what stood around it.

    below  the index of the first row of data
    units  as `Raw.units` has them: from a row of units below, and the one that titles state
    """

    index: int
    names: list[str]
    findings: list[Finding]
    below: int
    units: dict[str, str]


def known_headings(row: Row, renamed: Sequence[str]) -> int:
    """How many cells of a row are headings, `renamed` being those of project.toml."""
    return sum(
        _name(cell) in renamed or not _KNOWN.isdisjoint(unit_candidates(cell))
        for cell in row
        if cell
    )


def find_heading(top: Sequence[Row], renamed: Sequence[str] = ()) -> Heading:
    """The headings among the first rows: the row with most headings we know, else the first.

    top      some more rows than `TOP`, to see what rows of data look like
    renamed  the headings that project.toml explains

    Raises:
        Refusal: all rows are blank, a heading stands twice, or rows of data stand above.
    """
    known = [known_headings(row, renamed) for row in top[:TOP]]
    index = known.index(max(known)) if any(known) else _first_filled(top)
    names = [_name(cell) for cell in top[index]]
    while names and not names[-1]:
        names.pop()
    for name in names:
        if name and names.count(name) > 1:
            raise Refusal("heading_twice", heading=name, row=index + 1)
    data = data_above(top[:index], top[index + 1 :])
    if data:
        raise Refusal("data_above_heading", rows=len(data), first=data[0] + 1, row=index + 1)
    titles = sum(is_filled(row) for row in top[:index])
    numbers = {"rows": titles, "heading_row": index + 1}
    findings = [Finding("title_rows", numbers=numbers)] if titles else []
    units = _units_above(top[:index], names)
    row = _unit_row(names, top[index + 1 : index + 2])
    units |= {name: unit for name, unit in zip(names, row or [], strict=False) if name and unit}
    return Heading(index, names, findings, index + (1 if row is None else 2), units)


def _units_above(titles: Sequence[Row], names: list[str]) -> dict[str, str]:
    """The units that titles and groups above the headings state, as `Raw.units` has them."""
    groups = [row for row in titles if sum(map(bool, row)) > 1 and not of_table(_stating(row))]
    alone = [cell for row in titles if row not in groups for cell in row if cell]
    stated = of_table(alone)
    above = of_groups(list(groups[-1]), names) if groups and groups[-1] is titles[-1] else {}
    return above | ({"": stated} if stated else {})


def _stating(row: Row) -> list[str]:
    """The cells of a row that say outright what they give is a unit."""
    return [cell for cell in row if "单位" in cell]


def _unit_row(names: Sequence[str], below: Sequence[Row]) -> list[str] | None:
    """The units in the row below the headings, None for a row of anything else.

    A "T1" or an "A" below the heading of an id is no unit.
    """
    units = in_row(list(below[0])) if below else None
    if units is None:
        return None
    named = [set(unit_candidates(name)) for name, unit in zip(names, units, strict=False) if unit]
    numbers = sum(not _NUMBERS.isdisjoint(one) for one in named)
    others = sum(_NUMBERS.isdisjoint(one) and not _KNOWN.isdisjoint(one) for one in named)
    return units if numbers and not others else None


def _name(cell: str) -> str:
    return " ".join(cell.split())


def table_of(grid: Sequence[Row], renamed: Sequence[str] = ()) -> RawTable:
    """The table in `grid`, its first row being row 1; blank rows are left out, none else.

    Raises:
        Refusal: nothing in it looks like headings, or two headings are the same.
    """
    heading = find_heading(grid[: TOP + SEEN], renamed)
    width = len(heading.names)
    rest = grid[heading.below :]
    body = [(number, row) for number, row in enumerate(rest, heading.below + 1) if is_filled(row)]
    cells = list(zip_longest(*(row for _, row in body), fillvalue=""))[:width]
    cells += [("",) * len(body)] * (width - len(cells))
    named = zip(heading.names, cells, strict=True)
    columns = {name: texts(column) for name, column in named if name or any(column)}
    findings = heading.findings + _too_long(body, width)
    if "" in columns:
        findings.append(
            Finding("column_without_heading", numbers={"heading_row": heading.index + 1})
        )
        del columns[""]
    rows = [number for number, _ in body]
    return RawTable(columns, rows, findings=findings, units=heading.units)


def table_from(table: pa.Table, heading: Heading) -> RawTable:
    """`table_of` for columns of text that Arrow has read, all rows as wide as each other."""
    columns = table.slice(heading.below).columns
    filled = [pc.not_equal(pc.utf8_trim_whitespace(column), "") for column in columns]
    kept = functools.reduce(pc.or_, filled)
    rows = (np.flatnonzero(kept.to_numpy()) + heading.below + 1).tolist()
    whole = pc.all(kept).as_py()
    raw = RawTable({}, rows, findings=list(heading.findings), units=heading.units)
    for index, column in enumerate(columns):
        name = heading.names[index] if index < len(heading.names) else ""
        if name:
            raw.columns[name] = column if whole else column.filter(kept)
        elif pc.any(filled[index]).as_py():
            raw.findings += _unnamed(np.flatnonzero(filled[index].to_numpy()), index, heading)
    return raw


def _unnamed(filled: NDArray[np.int64], index: int, heading: Heading) -> list[Finding]:
    """Cells below no heading: between headings a column, beyond the last one rows too long."""
    if index < len(heading.names):
        return [Finding("column_without_heading", numbers={"heading_row": heading.index + 1})]
    numbers = {"cells": index + 1, "headings": len(heading.names)}
    return [
        Finding("row_too_long", int(row) + heading.below + 1, numbers=numbers) for row in filled
    ]


def is_filled(row: Row) -> bool:
    """Whether any cell says something."""
    return any(cell and not cell.isspace() for cell in row)


def _first_filled(top: Sequence[Row]) -> int:
    for index, row in enumerate(top):
        if is_filled(row):
            return index
    raise Refusal("empty_table")


def _too_long(body: Sequence[tuple[int, Row]], width: int) -> list[Finding]:
    """Rows with cells beyond the last heading: what stands there would be lost."""
    return [
        Finding("row_too_long", number, numbers={"cells": len(row), "headings": width})
        for number, row in body
        if len(row) > width and is_filled(row[width:])
    ]


_EXACT = 1e15  # Excel keeps 15 digits: from the 16th on a number is not what was typed
Cell = int | float | str | bool | time | date | datetime | timedelta


def read(path: Path, request: Request) -> RawTable:
    """The rows of one sheet; row numbers are those that Excel shows.

    Raises:
        Refusal: damaged, or several sheets and none is named.
    """
    zipped = path.read_bytes()[:2] == b"PK"
    if zipped:
        check_unpacked(path)
    try:
        book = CalamineWorkbook.from_path(path)
        sheet = _sheet(book, request.layer)
        cells = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        raise Refusal("workbook_damaged", reason=str(error)) from error
    grid = [[cell if type(cell) is str else _text(cell) for cell in row] for row in cells]
    beside = _beside(path, book, sheet, zipped=zipped)
    for place, said in beside.texts.items():
        _write(grid, place, said)
    filled = _fill_merged(grid, (sheet.merged_cell_ranges or []) + beside.merged)
    raw = table_of(grid, request.headings)
    raw.date1904 = beside.date1904
    if filled:
        raw.findings.append(Finding("merged_cells", numbers={"cells": filled}))
    return raw


def _sheet(book: CalamineWorkbook, named: str | None) -> CalamineSheet:
    """The sheet that is named, or the only visible one that is not empty."""
    if named is not None:
        if named not in book.sheet_names:
            raise Refusal("no_such_sheet", sheet=named, sheets="、".join(book.sheet_names))
        return book.get_sheet_by_name(named)
    seen = [one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
    used = {name: sheet for name in seen if (sheet := book.get_sheet_by_name(name)).height}
    if len(used) > 1:
        raise Refusal("which_sheet", sheets="、".join(used))
    if not used:
        raise Refusal("empty_table")
    return next(iter(used.values()))


def _beside(
    path: Path, book: CalamineWorkbook, sheet: CalamineSheet, *, zipped: bool
) -> CellAnnotations:
    """What the values alone don't show: calamine gives an error as a blank cell."""
    if not zipped:
        return biff.biff_annotations(path, book.sheet_names.index(sheet.name))
    with zipfile.ZipFile(path) as archive:
        is_ods = "content.xml" in archive.namelist()
    return (
        opendocument.opendocument_annotations(path, sheet.name)
        if is_ods
        else ooxml.ooxml_annotations(path, sheet.name)
    )


def _write(grid: list[list[str]], place: Place, text: str) -> None:
    """Write into a cell, beyond the last one that holds a value too."""
    row, column = place
    grid.extend([] for _ in range(row + 1 - len(grid)))
    grid[row].extend("" for _ in range(column + 1 - len(grid[row])))
    grid[row][column] = text


def _text(cell: Cell) -> str:
    """A cell as text: dates as ISO, whole numbers without a point, an id never rounded."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return f"{cell:.17e}" if abs(cell) >= _EXACT else number_text(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    return cell if isinstance(cell, str) else str(cell)


def _fill_merged(grid: list[list[str]], ranges: list[tuple[Place, Place]]) -> int:
    """Write a merged cell's value into each cell it covers downward; say how many."""
    filled = 0
    for (top, left), (bottom, _right) in ranges:
        if top >= len(grid) or left >= len(grid[top]):
            continue
        for row in range(top + 1, min(bottom + 1, len(grid))):
            if left < len(grid[row]) and grid[row][left] == "":
                grid[row][left] = grid[top][left]
                filled += 1
    return filled

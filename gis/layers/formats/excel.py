"""Excel workbooks (.xlsx, .xls, .ods), and finding the heading row in a grid of cells.

A sheet may have title rows above its headings, a row of units below them, and merged cells.
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
from gis.layers.formats.row_kinds import data_above
from gis.layers.heading_units import group_units, row_units, table_units, unit_candidates
from gis.layers.problems import Finding, Refusal
from gis.layers.raw_table import RawTable, Request, number_text, texts

Row = Sequence[str]
TOP = 15  # headings are among the first rows
SEEN = 50  # data rows that are compared with the rows above the headings
_LAYERS = [*LAYERS.values(), TARGETS]
_KNOWN = frozenset(heading for layer in _LAYERS for heading in layer.headings)
_NUMBERS = frozenset(
    heading
    for layer in _LAYERS
    for heading, name in layer.headings.items()
    if layer.by_name[name].kind == "number"
)


@dataclass(frozen=True)
class HeadingRow:
    """The heading row and what surrounds it.

    index     the row's index, from 0
    names     the headings, "" where blank
    findings  what was found about the headings
    below     the index of the first data row
    units     units from title rows and from a row of units, as in `RawTable.units`
    titles    the rows above
    """

    index: int
    names: list[str]
    findings: list[Finding]
    below: int
    units: dict[str, str]
    titles: list[list[str]]


def known_headings(row: Row, renamed: Sequence[str]) -> int:
    """The number of cells in a row that are known headings.

    renamed: headings that project.toml maps with `rename`; they count as known.
    """
    return sum(
        _name(cell) in renamed or not _KNOWN.isdisjoint(unit_candidates(cell))
        for cell in row
        if cell
    )


def find_heading(top: Sequence[Row], renamed: Sequence[str] = ()) -> HeadingRow:
    """Find the heading row: the row with the most known headings, else the first filled one.

    Args:
        top: The first rows, more than `TOP`, to see what data rows look like.
        renamed: The headings that project.toml maps with `rename`.

    Raises:
        Refusal: All rows are blank, a heading occurs twice, or data rows lie above the headings.
    """
    known = [known_headings(row, renamed) for row in top[:TOP]]
    index = known.index(max(known)) if any(known) else _first_filled(top)
    names = _names(top, index)
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
    above = [list(row) for row in top[:index]]
    return HeadingRow(index, names, findings, index + (1 if row is None else 2), units, above)


def _names(top: Sequence[Row], index: int) -> list[str]:
    """The headings; a blank one below a heading that spans two rows is that heading."""
    names = [_name(cell) for cell in top[index]]
    above = top[index - 1] if index and sum(map(bool, top[index - 1])) > 1 else ()
    for at, cell in enumerate(above[: len(names)]):
        if not names[at] and _name(cell) not in names:
            names[at] = _name(cell)
    return names


def _units_above(titles: Sequence[Row], names: list[str]) -> dict[str, str]:
    """The units in titles and group headings above the headings, as in `RawTable.units`."""
    groups = [
        row for row in titles if sum(map(bool, row)) > 1 and not table_units(_unit_cells(row))
    ]
    alone = [cell for row in titles if row not in groups for cell in row if cell]
    stated = table_units(alone)
    above = group_units(list(groups[-1]), names) if groups and groups[-1] is titles[-1] else {}
    return above | ({"": stated} if stated else {})


def _unit_cells(row: Row) -> list[str]:
    """The cells of a row that name a unit explicitly ("单位")."""
    return [cell for cell in row if "单位" in cell]


def _unit_row(names: Sequence[str], below: Sequence[Row]) -> list[str] | None:
    """The units in the row below the headings; None if that row holds anything else.

    "T1" or "A" below the heading of an id is not a unit.
    """
    units = row_units(list(below[0])) if below else None
    if units is None:
        return None
    named = [set(unit_candidates(name)) for name, unit in zip(names, units, strict=False) if unit]
    numbers = sum(not _NUMBERS.isdisjoint(one) for one in named)
    others = sum(_NUMBERS.isdisjoint(one) and not _KNOWN.isdisjoint(one) for one in named)
    return units if numbers and not others else None


def _name(cell: str) -> str:
    return " ".join(cell.split())


def table_of(grid: Sequence[Row], renamed: Sequence[str] = ()) -> RawTable:
    """The table in a grid of cells, without blank rows; row numbers count from 1.

    Raises:
        Refusal: No row looks like headings, or a heading occurs twice.
    """
    heading = find_heading(grid[: TOP + SEEN], renamed)
    width = len(heading.names)
    rest = grid[heading.below :]
    body = [(number, row) for number, row in enumerate(rest, heading.below + 1) if is_filled(row)]
    cells = list(zip_longest(*(row for _, row in body), fillvalue=""))[:width]
    cells += [("",) * len(body)] * (width - len(cells))
    named = zip(heading.names, cells, strict=True)
    columns = {name: texts(column) for name, column in named if name or any(column)}
    findings = heading.findings + _long_rows(body, width)
    if "" in columns:
        findings.append(
            Finding("column_without_heading", numbers={"heading_row": heading.index + 1})
        )
        del columns[""]
    rows = [number for number, _ in body]
    return RawTable(columns, rows, findings=findings, units=heading.units, titles=heading.titles)


def table_from(table: pa.Table, heading: HeadingRow) -> RawTable:
    """The same as `table_of`, for text columns that Arrow has read, with rows of equal width."""
    columns = table.slice(heading.below).columns
    filled = [pc.not_equal(pc.utf8_trim_whitespace(column), "") for column in columns]
    kept = functools.reduce(pc.or_, filled)
    rows = (np.flatnonzero(kept.to_numpy()) + heading.below + 1).tolist()
    whole = pc.all(kept).as_py()
    raw = RawTable({}, rows, findings=list(heading.findings), units=heading.units)
    raw.titles = heading.titles
    for index, column in enumerate(columns):
        name = heading.names[index] if index < len(heading.names) else ""
        if name:
            raw.columns[name] = column if whole else column.filter(kept)
        elif pc.any(filled[index]).as_py():
            raw.findings += _cells_without_heading(
                np.flatnonzero(filled[index].to_numpy()), index, heading
            )
    return raw


def _cells_without_heading(
    filled: NDArray[np.int64], index: int, heading: HeadingRow
) -> list[Finding]:
    """Report cells without a heading: a column between headings, or rows that are too long."""
    if index < len(heading.names):
        return [Finding("column_without_heading", numbers={"heading_row": heading.index + 1})]
    numbers = {"cells": index + 1, "headings": len(heading.names)}
    return [
        Finding("row_too_long", int(row) + heading.below + 1, numbers=numbers) for row in filled
    ]


def is_filled(row: Row) -> bool:
    """Whether any cell is not blank."""
    return any(cell and not cell.isspace() for cell in row)


def _first_filled(top: Sequence[Row]) -> int:
    for index, row in enumerate(top):
        if is_filled(row):
            return index
    raise Refusal("empty_table")


def _long_rows(body: Sequence[tuple[int, Row]], width: int) -> list[Finding]:
    """Report rows with cells beyond the last heading, which would be lost."""
    return [
        Finding("row_too_long", number, numbers={"cells": len(row), "headings": width})
        for number, row in body
        if len(row) > width and is_filled(row[width:])
    ]


_EXACT = 1e15  # Excel keeps 15 digits: a longer number is not the one that was typed
Cell = int | float | str | bool | time | date | datetime | timedelta


def read(path: Path, request: Request) -> RawTable:
    """The rows of one sheet, or the names of the sheets; row numbers are those that Excel shows.

    Raises:
        Refusal: The workbook is damaged, or it has several sheets and none is named.
    """
    zipped = path.read_bytes()[:2] == b"PK"
    if zipped:
        check_unpacked(path)
    try:
        book = CalamineWorkbook.from_path(path)
        if request.names:
            names = list(_used_sheets(book))
            return RawTable({"sheet": texts(names)}, range(len(names)))
        sheet = _sheet(book, request.layer)
        cells = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        raise Refusal("workbook_damaged", reason=str(error)) from error
    grid = [[cell if type(cell) is str else _cell_text(cell) for cell in row] for row in cells]
    annotations = _annotations(path, book, sheet, zipped=zipped)
    for place, text in annotations.texts.items():
        _write_cell(grid, place, text)
    filled = _fill_merged(grid, (sheet.merged_cell_ranges or []) + annotations.merged)
    raw = table_of(grid, request.headings)
    raw.date1904 = annotations.date1904
    if filled:
        raw.findings.append(Finding("merged_cells", numbers={"cells": filled}))
    others = [] if request.one_of_several else _sheets_alike(book, sheet.name, list(raw.columns))
    if others:
        raw.findings.append(Finding("sheets_unread", value="、".join(others)))
    return raw


def _sheet(book: CalamineWorkbook, named: str | None) -> CalamineSheet:
    """The named sheet, or the only visible one that is not empty."""
    if named is not None:
        if named not in book.sheet_names:
            raise Refusal("no_such_sheet", sheet=named, sheets="、".join(book.sheet_names))
        return book.get_sheet_by_name(named)
    used = _used_sheets(book)
    if len(used) > 1:
        raise Refusal("which_sheet", sheets="、".join(used))
    if not used:
        raise Refusal("empty_table")
    return next(iter(used.values()))


def _used_sheets(book: CalamineWorkbook) -> dict[str, CalamineSheet]:
    """The visible sheets that are not empty, by name."""
    seen = [one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
    return {name: sheet for name in seen if (sheet := book.get_sheet_by_name(name)).height}


def _sheets_alike(book: CalamineWorkbook, read: str, headings: list[str]) -> list[str]:
    """The other sheets that have the same headings as the one that is read."""
    alike = []
    for name, sheet in _used_sheets(book).items():
        top = sheet.to_python(skip_empty_area=False, nrows=TOP) if name != read else []
        rows = [[_name(cell) if isinstance(cell, str) else "" for cell in row] for row in top]
        if any(set(headings) == set(row) - {""} for row in rows):
            alike.append(name)
    return alike


def _annotations(
    path: Path, book: CalamineWorkbook, sheet: CalamineSheet, *, zipped: bool
) -> CellAnnotations:
    """What the values do not show: calamine reads an error as a blank cell."""
    if not zipped:
        return biff.biff_annotations(path, book.sheet_names.index(sheet.name))
    with zipfile.ZipFile(path) as archive:
        is_ods = "content.xml" in archive.namelist()
    return (
        opendocument.opendocument_annotations(path, sheet.name)
        if is_ods
        else ooxml.ooxml_annotations(path, sheet.name)
    )


def _write_cell(grid: list[list[str]], place: Place, text: str) -> None:
    """Write into a cell, extending the grid if necessary."""
    row, column = place
    grid.extend([] for _ in range(row + 1 - len(grid)))
    grid[row].extend("" for _ in range(column + 1 - len(grid[row])))
    grid[row][column] = text


def _cell_text(cell: Cell) -> str:
    """A cell as text: dates in ISO format, integers without a point, ids never rounded."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return f"{cell:.17e}" if abs(cell) >= _EXACT else number_text(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    return cell if isinstance(cell, str) else str(cell)


def _fill_merged(grid: list[list[str]], ranges: list[tuple[Place, Place]]) -> int:
    """Copy a merged cell's value into the cells below it in the range; return their number."""
    filled = 0
    for (top, left), (bottom, _right) in ranges:
        if top >= len(grid) or left >= len(grid[top]):
            continue
        for row in range(top + 1, min(bottom + 1, len(grid))):
            if left < len(grid[row]) and grid[row][left] == "":
                grid[row][left] = grid[top][left]
                filled += 1
    return filled

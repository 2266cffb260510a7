"""Excel workbooks (.xlsx, .xls, .ods) with title rows and merged cells."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetVisibleEnum,
)

from gis.layers.formats import biff, ooxml, opendocument
from gis.layers.formats.archive import check_unpacked
from gis.layers.formats.cell_annotations import Beside, Place
from gis.layers.formats.grid import table_of
from gis.layers.problems import Finding, Refusal
from gis.layers.raw_table import Raw, Request, number_text

_EXACT = 1e15  # Excel keeps 15 digits: from the 16th on a number is not what was typed
Cell = int | float | str | bool | time | date | datetime | timedelta


def read(path: Path, request: Request) -> Raw:
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


def _beside(path: Path, book: CalamineWorkbook, sheet: CalamineSheet, *, zipped: bool) -> Beside:
    """What the values alone don't show: calamine gives an error as a blank cell."""
    if not zipped:
        return biff.beside(path, book.sheet_names.index(sheet.name))
    with zipfile.ZipFile(path) as archive:
        is_ods = "content.xml" in archive.namelist()
    return opendocument.beside(path, sheet.name) if is_ods else ooxml.beside(path, sheet.name)


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

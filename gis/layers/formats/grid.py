"""From a grid of cells to a table: find the headings below title rows, fill merged headings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from gis.layers.columns import LAYERS, TARGETS
from gis.layers.findings import Finding, Refusal
from gis.layers.raw import Raw, texts
from gis.layers.schema import fold

Row = Sequence[str]
_TITLE_ROWS = 15  # headings stand within the first rows
_HEADINGS = frozenset(
    heading for layer in [*LAYERS.values(), TARGETS] for heading in layer.headings
)


def table_of(grid: Sequence[Row]) -> Raw:
    """The table in `grid`, its first row being row 1; blank rows are left out, none else.

    Raises:
        Refusal: nothing in the grid looks like headings, or two headings are the same.
    """
    top = _heading_row(grid)
    headings, below = _headings(grid, top)
    body = [(number, row) for number, row in enumerate(grid[below:], below + 1) if _filled(row)]
    findings = _title_findings(grid, top) + _ragged(body, len(headings))
    cells = list(zip_longest(*(row for _, row in body), fillvalue=""))[: len(headings)]
    cells += [("",) * len(body)] * (len(headings) - len(cells))
    columns = {name: texts(column) for name, column in zip(headings, cells, strict=True) if name}
    return Raw(columns, [number for number, _ in body], findings=findings)


def _filled(row: Row) -> bool:
    return any(cell and not cell.isspace() for cell in row)


def _heading_row(grid: Sequence[Row]) -> int:
    """The index of the row that holds the most headings we know; else the first filled one."""
    best, most = None, 0
    for index, row in enumerate(grid[:_TITLE_ROWS]):
        known = sum(fold(cell) in _HEADINGS for cell in row if cell)
        if known > most:
            best, most = index, known
    if best is None:
        best = next((index for index, row in enumerate(grid) if _filled(row)), None)
    if best is None:
        raise Refusal("empty_table")
    return best


def _headings(grid: Sequence[Row], top: int) -> tuple[list[str], int]:
    """The headings, and the index of the first row below them."""
    headings = [cell.strip().replace("\n", "") for cell in grid[top]]
    while headings and not headings[-1]:
        headings.pop()
    named = [heading for heading in headings if heading]
    for heading in named:
        if named.count(heading) > 1:
            raise Refusal("heading_twice", heading=heading, row=top + 1)
    return headings, top + 1


def _title_findings(grid: Sequence[Row], top: int) -> list[Finding]:
    skipped = [index + 1 for index in range(top) if _filled(grid[index])]
    if not skipped:
        return []
    return [Finding("title_rows", numbers={"rows": len(skipped), "heading_row": top + 1})]


def _ragged(body: Sequence[tuple[int, Row]], width: int) -> list[Finding]:
    """Rows with cells beyond the last heading: what stands there would be lost."""
    return [
        Finding("row_too_long", number, numbers={"cells": len(row), "headings": width})
        for number, row in body
        if len(row) > width and _filled(row[width:])
    ]

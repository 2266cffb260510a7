"""Errors, uncomputed formulas, percentages and merged cells of an .ods sheet."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.parsers import expat

from gis.layers.formats.cell_annotations import IS_ERROR, NOT_COMPUTED, CellAnnotations, per_cent
from gis.layers.problems import Refusal

_MAX_REPEATS = 100_000  # cells; longer repetitions of one cell are not expanded


def opendocument_annotations(path: Path, sheet: str) -> CellAnnotations:
    """The errors, uncomputed formulas, percentages and merged cells of one sheet.

    Args:
        path: The workbook.
        sheet: The sheet's name.

    Raises:
        Refusal: The XML is broken.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _SheetParser(sheet).parse(archive.read("content.xml"))
    except (KeyError, ValueError, expat.ExpatError) as error:
        raise Refusal("damaged", reason=str(error)) from error


class _SheetParser:
    """Event parser that visits a sheet cell by cell."""

    def __init__(self, sheet: str) -> None:
        self._sheet = sheet
        self._here = False
        self._found = CellAnnotations()
        self._row, self._column, self._row_times = 0, 0, 1
        self._cell: dict[str, str] | None = None
        self._words = ""

    def parse(self, content: bytes) -> CellAnnotations:
        """Parse the document; return the sheet's annotations."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(content, True)
        return self._found

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag:
            case "table:table":
                self._here = attributes.get("table:name") == self._sheet
                self._row = 0
            case "table:null-date":
                self._found.date1904 |= attributes.get("table:date-value", "").startswith("1904")
            case "table:table-row":
                self._column = 0
                self._row_times = int(attributes.get("table:number-rows-repeated", 1))
            case "table:table-cell" | "table:covered-table-cell":
                self._cell, self._words = attributes, ""
            case "office:annotation":
                self._cell = self._cell and {**self._cell, "noted": "yes"}

    def _text(self, text: str) -> None:
        if self._cell is not None and "table:formula" in self._cell and "noted" not in self._cell:
            self._words += text

    def _end(self, tag: str) -> None:
        match tag:
            case "table:table":
                self._here = False
            case "table:table-row":
                self._row += self._row_times
            case "office:annotation":
                self._cell = {k: v for k, v in (self._cell or {}).items() if k != "noted"}
            case "table:table-cell" | "table:covered-table-cell":
                cell, self._cell = self._cell or {}, None
                times = int(cell.get("table:number-columns-repeated", 1))
                if self._here:
                    self._note(cell, times)
                self._column += times

    def _note(self, cell: dict[str, str], times: int) -> None:
        text = _error_text(cell, self._words.strip()) or _percentage(cell)
        if text and times * self._row_times <= _MAX_REPEATS:
            for row in range(self._row, self._row + self._row_times):
                for column in range(self._column, self._column + times):
                    self._found.texts[row, column] = text
        down = int(cell.get("table:number-rows-spanned", 1))
        across = int(cell.get("table:number-columns-spanned", 1))
        if down > 1 or across > 1:
            last = (self._row + down - 1, self._column + across - 1)
            self._found.merged.append(((self._row, self._column), last))


def _error_text(cell: dict[str, str], words: str) -> str:
    """The error of a cell, by its type or by the displayed result of a formula; "" for none."""
    if cell.get("calcext:value-type") == "error":
        return words or NOT_COMPUTED
    if "table:formula" not in cell:
        return ""
    if IS_ERROR.fullmatch(words):
        return words
    return "" if "office:value-type" in cell else NOT_COMPUTED


def _percentage(cell: dict[str, str]) -> str:
    """The text of a percentage cell, "" for any other."""
    if cell.get("office:value-type") != "percentage" or "office:value" not in cell:
        return ""
    return per_cent(cell["office:value"])

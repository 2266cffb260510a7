"""Error values, uncomputed formulas and the date system of an .xls sheet."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import olefile

from gis.layers.formats.cell_annotations import NOT_COMPUTED, CellAnnotations
from gis.layers.problems import Refusal

_BEGIN, _END, _SHEET, _DATES, _SAVED = 0x0809, 0x000A, 0x0085, 0x0022, 0x01C1
_FORMULA, _BOOL_OR_ERROR = 0x0006, 0x0205
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
    0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip
_NO_NUMBER, _RESULT_ERROR, _RESULT_BLANK = 0xFFFF, 2, 3
_ALWAYS = 1  # recalculate on opening: a 0 is a placeholder


def biff_annotations(path: Path, number: int) -> CellAnnotations:
    """The errors, uncomputed formulas and date system of one sheet.

    Args:
        path: The workbook.
        number: The sheet's index, from 0.

    Raises:
        Refusal: The records are damaged.
    """
    try:
        with olefile.OleFileIO(path) as container:
            name = next(one for one in ("Workbook", "Book") if container.exists(one))
            stream = container.openstream(name).read()
        return _read_annotations(stream, number)
    except (OSError, StopIteration, IndexError, ValueError, struct.error) as error:
        raise Refusal("damaged", reason=str(error)) from error


def _read_annotations(stream: bytes, number: int) -> CellAnnotations:
    sheets: list[int] = []
    found, saved = CellAnnotations(), False
    for kind, data in _records(stream, 0):
        if kind == _SHEET:
            sheets.append(struct.unpack_from("<I", data)[0])
        found.date1904 |= kind == _DATES and data[:1] == b"\x01"
        saved |= kind == _SAVED
    for kind, data in _records(stream, sheets[number]):
        error = ""
        if kind == _BOOL_OR_ERROR and data[7]:
            error = _ERRORS.get(data[6], "#UNKNOWN!")
        elif kind == _FORMULA:
            error = _formula_error(data, saved=saved)
        if error:
            row, column = struct.unpack_from("<HH", data)
            found.texts[row, column] = error
    return found


def _formula_error(data: bytes, *, saved: bool) -> str:
    """The error of a formula's result, "" for a value.

    saved: the workbook was saved by a program that computes formulas.
    """
    number, flags = struct.unpack_from("<dH", data, 6)
    kind, code, no_number = data[6], data[8], struct.unpack_from("<H", data, 12)[0]
    if no_number == _NO_NUMBER:
        if kind == _RESULT_ERROR:
            return _ERRORS.get(code, "#UNKNOWN!")
        return NOT_COMPUTED if kind == _RESULT_BLANK and not saved else ""
    return NOT_COMPUTED if number == 0 and flags & _ALWAYS and not saved else ""


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of one substream, without those of substreams nested in it."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        depth += (kind == _BEGIN) - (kind == _END)
        if depth == 1:
            yield kind, stream[at + 4 : at + 4 + size]
        if depth <= 0:
            return
        at += 4 + size

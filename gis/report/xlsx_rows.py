"""Rows of a long table, inserted into a finished workbook in bulk instead of cell by cell.

xlsxwriter writes the heading and the first row, which has the style of every column. The rows below
are written as XML, column by column, and inserted after the first.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

LONGEST_CELL = 32767
LINE_POINTS = 15  # height of a row of one line
_ROWS = 2_000  # rows per block: about 2 MB of XML
_FEW = 10_000  # values whose cells are all built at once: less than 1 MB
_BORDERED = 30_000  # rows of a table whose blank cells have borders: it may be printed
_LEVEL = 2  # deflate level: three times as fast as 6, files a quarter larger
_CELL = re.compile(r'<c r="([A-Z]+)\d+"(?: s="(\d+)")?')
_DIMENSION = re.compile(rb'<dimension ref="([A-Z]+\d+)(?::([A-Z]+)(\d+))?"/>')
_SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
_OPEN, _CLOSE = ' t="inlineStr"><is><t>', "</t></is></c>"
# Texts that need escaping: empty, with outer blanks, markup or control characters.
_ODD = r"^$|^\s|\s$|[&<>\x00-\x1f\x{fffe}\x{ffff}]|_x[0-9A-Fa-f]{4}_"
_LOOKS_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class XlsxColumn(NamedTuple):
    """The distinct values of a column, and the index of each row's value among them.

    Cells are built when they are written; those of 100,000 homes would take 50 MB.
    """

    values: pa.Array
    at: NDArray[np.signedinteger[Any]]

    @classmethod
    def of(cls, column: pd.Series) -> XlsxColumn:
        """A column of a table; -1 may stand for a missing value."""
        at, values = pd.factorize(column)
        if 2 * len(values) > len(column):  # values that hardly repeat are not factorised
            return cls(_array(column), np.arange(len(column), dtype=np.int32))
        small = np.min_scalar_type(-len(values) - 1)
        return cls(_array(pd.Series(values)), at.astype(small))

    def where(self, mask: NDArray[np.bool_]) -> XlsxColumn:
        """The rows where `mask`, with at most as many values as rows."""
        at = self.at[mask]
        if len(at) >= len(self.values):
            return XlsxColumn(self.values, at)
        return XlsxColumn(self.values.take(_positions(at)), np.arange(len(at), dtype=np.int32))

    def cells(self, style: str) -> Iterator[pa.Array]:
        """Yield the cells, without addresses, of all rows but the first, in blocks; null: none."""
        ready = _ends(self.values, style) if len(self.values) <= _FEW else None
        for start in range(1, len(self.at), _ROWS):
            here = _positions(self.at[start : start + _ROWS])
            yield _ends(self.values.take(here), style) if ready is None else ready.take(here)


@dataclass(frozen=True)
class XlsxRows:
    """The cells of a table, prepared for writing; lines: height of each row in lines, if not 1."""

    columns: tuple[XlsxColumn, ...]
    lines: NDArray[np.int64] | None = None

    @classmethod
    def of(cls, table: pd.DataFrame) -> XlsxRows:
        """The cells of `table`; missing and empty values have none."""
        return cls(tuple(XlsxColumn.of(table[name]) for name in table.columns))

    def where(self, mask: NDArray[np.bool_]) -> XlsxRows:
        """The rows where `mask`."""
        kept = tuple(column.where(mask) for column in self.columns)
        return XlsxRows(kept, None if self.lines is None else self.lines[mask])

    def xml(self, begin: int, letters: list[str], styles: list[str]) -> Iterator[bytes]:
        """All rows but the first, which is in row `begin` of the sheet."""
        columns = zip(self.columns, styles, strict=True)
        pieces = zip(*(self._bordered(column, style) for column, style in columns), strict=True)
        for start, cells in zip(range(1, len(self.columns[0].at), _ROWS), pieces, strict=True):
            yield _piece(cells, begin + start, letters, self._tall(slice(start, start + _ROWS)))

    def _bordered(self, column: XlsxColumn, style: str) -> Iterator[pa.Array]:
        """The cells of a column, blank ones too unless the table is so long that they weigh."""
        blank = len(self.columns[0].at) <= _BORDERED
        for cells in column.cells(style):
            yield pc.fill_null(cells, f'" s="{style}"/>') if blank else cells

    def _tall(self, rows: slice) -> pa.Array | str:
        """The height attribute in the opening tag of each row; "" if all have the default."""
        if self.lines is None:
            return ""
        points = pa.array(self.lines[rows] * LINE_POINTS).cast(pa.string())
        return pc.binary_join_element_wise(' ht="', points, '" customHeight="1"', "")


def insert_rows(book: bytes, sheets: Mapping[int, tuple[int, XlsxRows]]) -> bytes:
    """Insert rows into `book`; sheets: sheet number → (row number of the first row, all rows).

    Sheets and rows are numbered from 1, as in the file.
    """
    file = BytesIO()
    packed = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
    with zipfile.ZipFile(BytesIO(book)) as before, packed as after:
        for name in before.namelist():
            found = _SHEET.fullmatch(name)
            long = sheets.get(int(found.group(1))) if found else None
            pieces = _sheet(before.read(name), *long) if long else [before.read(name)]
            with after.open(name, "w", force_zip64=True) as part:  # dated 1980 instead of now
                for piece in pieces:
                    part.write(piece)
    return file.getvalue()


def _sheet(sheet: bytes, row: int, rows: XlsxRows) -> Iterator[bytes]:
    """The sheet with the rows after its row `row`; what is below them, as signatures, stays so."""
    last = row + len(rows.columns[0].at) - 1
    sized = _DIMENSION.sub(lambda m: _dimension(m, last), sheet)
    begin = sized.index(b'<row r="%d"' % row)
    end = sized.index(b"</row>", begin) + len(b"</row>")
    first = _CELL.findall(sized[begin:end].decode())
    yield sized[:end]
    yield from rows.xml(row, [letter for letter, _ in first], [style for _, style in first])
    yield sized[end:]


def _dimension(found: re.Match[bytes], last: int) -> bytes:
    first, letter = found.group(1), found.group(2) or found.group(1).rstrip(b"0123456789")
    return b'<dimension ref="%s:%s%d"/>' % (first, letter, max(last, int(found.group(3) or 0)))


def _piece(ends: Sequence[pa.Array], begin: int, letters: list[str], tall: pa.Array | str) -> bytes:
    numbers = pa.array(np.arange(begin, begin + len(ends[0]))).cast(pa.string())
    cells = [
        pc.fill_null(pc.binary_join_element_wise(f'<c r="{letter}', numbers, end, ""), "")
        for end, letter in zip(ends, letters, strict=True)
    ]
    rows = pc.binary_join_element_wise('<row r="', numbers, '"', tall, ">", *cells, "</row>", "")
    content: bytes = rows.buffers()[2].to_pybytes()
    return content


def _positions(at: NDArray[np.signedinteger[Any]]) -> pa.Array:
    return pa.array(at, mask=at < 0)


def _array(values: pd.Series) -> pa.Array:
    """An array of numbers, days or texts."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return pa.array(values, pa.timestamp("s"), safe=False).cast(pa.date32())
    array = pa.array(values, from_pandas=True)
    joined = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return joined if pd.api.types.is_numeric_dtype(values) else joined.cast(pa.string())


def _ends(values: pa.Array, style: str) -> pa.Array:
    """The cells of the values, without their addresses."""
    begin = f'" s="{style}"'
    if pa.types.is_date(values.type):
        days = values.cast(pa.string())
        return pc.binary_join_element_wise(begin + _OPEN, days, _CLOSE, "")
    if not pa.types.is_string(values.type):
        whole = not pa.types.is_floating(values.type)
        numbers = values if whole else pc.if_else(pc.is_finite(values), values, None)
        return pc.binary_join_element_wise(
            begin + "><v>", numbers.cast(pa.string()), "</v></c>", ""
        )
    plain = pc.binary_join_element_wise(begin + _OPEN, values, _CLOSE, "")
    long = pc.greater(pc.utf8_length(values), LONGEST_CELL)
    odd = pc.fill_null(pc.or_(pc.match_substring_regex(values, _ODD), long), False)
    spelt = [_text(text.as_py(), begin) for text in values.filter(odd)]
    return pc.replace_with_mask(plain, odd, pa.array(spelt, pa.string()))


def _text(text: str, begin: str) -> str | None:
    """A cell with a text that needs escaping; b"" for an empty one."""
    if not text:
        return None
    kept = ' xml:space="preserve"' if text != text.strip() else ""
    return f'{begin} t="inlineStr"><is><t{kept}>{cell_xml(text)}</t></is></c>'


def shorten_cell(text: str) -> str:
    """A text cut to the maximum length of a cell, with an ellipsis if it is cut."""
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def cell_xml(text: str) -> str:
    """Text escaped for a workbook's XML, with control characters as Excel writes them (_x0007_)."""
    plain = _LOOKS_ESCAPED.sub(lambda m: "_x005F" + m.group(), shorten_cell(text))
    plain = _CONTROL.sub(lambda m: f"_x{ord(m.group()):04X}_", plain)
    return escape(plain, quote=False)

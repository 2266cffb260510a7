"""Delimited text (CSV, TSV) as Excel, WPS and GIS programs save it."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as arrow_csv

from gis.layers.formats.encodings import UTF8, decode
from gis.layers.formats.excel import SEEN, TOP, find_heading, known_headings, table_from, table_of
from gis.layers.problems import Finding, Refusal
from gis.layers.raw_table import RawTable, Request

_DELIMITERS = (",", "\t", ";", "，", "|")
_SNIFFED = 50_000  # characters used to find the separator
_WIDEST_FIELD = 100_000  # characters; a longer field is an unclosed quote
_LINE_END = re.compile("\r\n?")


def read(path: Path, request: Request) -> RawTable:
    """The rows of a text table; row numbers are those that Excel shows.

    Raises:
        Refusal: The encoding or the quoting is wrong, or no row looks like headings.
    """
    text, encoding = decode(path.read_bytes(), request.encoding)
    if "\x00" in text:
        raise Refusal("not_text")
    text = _LINE_END.sub("\n", text) if "\r" in text else text
    delimiter = _delimiter(text, request)
    widths = _widths(text, delimiter)
    if len(set(widths)) == 1 and len(widths) > TOP and delimiter.isascii():
        raw = _read_regular(text, delimiter, widths, request)
    else:
        raw = table_of(list(_rows(text, delimiter)), request.headings)
    raw.encoding = encoding
    raw.findings += _check_text(text, widths, encoding, request)
    return raw


def _delimiter(text: str, request: Request) -> str:
    """The separator: as stated in project.toml, else found from the first rows.

    The most known headings decide, then the most rows of equal width, then the width. A character
    that is merely frequent inside cells gives no table.
    """
    if request.separator:
        return request.separator
    head = "\n".join(text[:_SNIFFED].split("\n")[: TOP + SEEN])
    return max(_DELIMITERS, key=lambda one: _separator_fit(head, one, request.headings))


def _separator_fit(head: str, delimiter: str, renamed: Sequence[str]) -> tuple[int, int, int]:
    """How well a separator fits: known headings in one row, rows of equal width, that width."""
    csv.field_size_limit(_WIDEST_FIELD)
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter))
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return 0, 0, 1
    width, even = max(widths.items(), key=lambda one: (one[1], one[0]))
    return max(known_headings(row, renamed) for row in rows[:TOP]), even, width


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    """The rows, parsed strictly: an unclosed quote, or one inside a field, is refused."""
    csv.field_size_limit(_WIDEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise Refusal("csv_quotes", line=reader.line_num, reason=str(error)) from error


def _widths(text: str, delimiter: str) -> Sequence[int]:
    """The number of cells in each row."""
    if '"' in text:
        return [len(row) for row in _rows(text, delimiter)]
    lines = text.removesuffix("\n").split("\n")
    return [line.count(delimiter) + 1 if line else 0 for line in lines]


def _read_regular(text: str, delimiter: str, widths: Sequence[int], request: Request) -> RawTable:
    """The same as `table_of`, much faster, for rows that all have the same number of cells."""
    top = list(islice(_rows(text, delimiter), TOP + SEEN))
    heading = find_heading(top, request.headings)
    names = [str(index) for index in range(widths[0])]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(text.encode()),
            arrow_csv.ReadOptions(column_names=names),
            arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False
            ),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise Refusal("damaged", reason=str(error)) from error
    if table.num_rows != len(widths):
        raise Refusal("count_differs", said=len(widths), found=table.num_rows)
    return table_from(table, heading)


def _check_text(text: str, widths: Sequence[int], encoding: str, request: Request) -> list[Finding]:
    """Report a detected encoding, rows with fewer cells, and a file that looks truncated."""
    findings = []
    if not request.encoding and encoding not in UTF8:
        findings.append(Finding("encoding_found", numbers={"encoding": encoding}))
    widest = max(widths, default=0)
    short = [row for row, width in enumerate(widths, 1) if 0 < width < widest]
    if short:
        findings.append(Finding("short_rows", numbers={"rows": len(short), "first": short[0]}))
    if text and not text.endswith("\n"):
        findings.append(Finding("no_final_newline", len(widths)))
    return findings

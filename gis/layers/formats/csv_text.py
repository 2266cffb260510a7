"""Comma-, semicolon- or tab-separated text, as Excel, WPS and the map programs save it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from gis.layers.encodings import decode
from gis.layers.findings import Finding, Refusal
from gis.layers.formats.grid import table_of
from gis.layers.raw import Raw, Request

_DELIMITERS = (",", "\t", ";", "，")
_WIDEST_FIELD = 1_000_000  # characters; a longer field is a quote that was never closed


def read(path: Path, request: Request) -> Raw:
    """The rows of a text table; row numbers are those that Excel shows.

    Raises:
        Refusal: the encoding or the quotes are wrong, or a row has more cells than headings.
    """
    text, encoding = decode(path.read_bytes(), request.encoding)
    if "\x00" in text:
        raise Refusal("not_text")
    csv.field_size_limit(_WIDEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        grid = list(reader)
    except csv.Error as error:
        raise Refusal("csv_quotes", line=reader.line_num, reason=str(error)) from error
    raw = table_of(grid)
    raw.encoding = encoding
    if not request.encoding:
        raw.findings.append(Finding("encoding_found", numbers={"encoding": encoding}))
    return raw


def _delimiter(text: str) -> str:
    """The separator most frequent in the first lines."""
    head = "\n".join(text[:20_000].splitlines()[:10])
    return max(_DELIMITERS, key=head.count)

"""Rows above the headings: titles, or data rows that a sort has moved there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_DIGITS, _LETTERS, _WORDS = re.compile(r"\d+"), re.compile(r"[a-z]+"), re.compile(r"[^\W\da-z_]+")
_MIN_ALIKE = 2  # cells that look like those below


def data_above(above: Sequence[Sequence[str]], below: Sequence[Sequence[str]]) -> list[int]:
    """The indices of rows in `above` that look like the data rows `below` the headings.

    A row is data if at least two of its cells, and more than half, have the format of their
    columns' cells. One of them must have a digit, as ids, codes, dates and numbers do.
    """
    width = max(map(len, below), default=0)
    looks = [
        {_cell_format(row[at]) for row in below if at < len(row)} - {""} for at in range(width)
    ]
    return [place for place, row in enumerate(above) if _is_data(row, looks)]


def _is_data(row: Sequence[str], looks: Sequence[set[str]]) -> bool:
    filled = [cell.strip() for cell in row if cell.strip()]
    if filled == [str(number) for number in range(1, len(filled) + 1)]:
        return False  # the columns are numbered
    own = [_cell_format(cell) for cell in row]
    alike = [look for look, seen in zip(own, looks, strict=False) if look in seen]
    return (
        len(alike) >= _MIN_ALIKE
        and len(alike) * 2 > len(filled)
        and any("9" in look for look in alike)
    )


def _cell_format(cell: str) -> str:
    """The format of a cell: "H003" and "A12" are alike, and so are "2024-10-01" and "2023-1-1"."""
    text = unicodedata.normalize("NFKC", cell).strip().lower()
    return _WORDS.sub("中", _LETTERS.sub("a", _DIGITS.sub("9", text)))

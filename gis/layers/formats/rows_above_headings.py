"""Rows above the headings: titles, or rows of data that somebody has sorted there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_DIGITS, _LETTERS, _WORDS = re.compile(r"\d+"), re.compile(r"[a-z]+"), re.compile(r"[^\W\da-z_]+")
_FEWEST = 2  # cells that look like those below


def data_above(above: Sequence[Sequence[str]], below: Sequence[Sequence[str]]) -> list[int]:
    """The places in `above` of rows whose cells look like those `below` the headings.

    A row of data is one of which at least two cells, and more than half, are written as cells of
    their columns are; one of them with a digit, as ids, codes, dates and numbers have.
    """
    width = max(map(len, below), default=0)
    looks = [{_look(row[at]) for row in below if at < len(row)} - {""} for at in range(width)]
    return [place for place, row in enumerate(above) if _is_data(row, looks)]


def _is_data(row: Sequence[str], looks: Sequence[set[str]]) -> bool:
    filled = [cell.strip() for cell in row if cell.strip()]
    if filled == [str(number) for number in range(1, len(filled) + 1)]:
        return False  # the columns are numbered
    own = [_look(cell) for cell in row]
    alike = [look for look, seen in zip(own, looks, strict=False) if look in seen]
    return (
        len(alike) >= _FEWEST
        and len(alike) * 2 > len(filled)
        and any("9" in look for look in alike)
    )


def _look(cell: str) -> str:
    """How a cell is written: "H003" and "A12" alike, "2024-10-01" and "2023-1-1" alike."""
    text = unicodedata.normalize("NFKC", cell).strip().lower()
    return _WORDS.sub("中", _LETTERS.sub("a", _DIGITS.sub("9", text)))

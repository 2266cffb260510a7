"""Annotations of spreadsheet cells: errors, uncomputed formulas, units, merged cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

Place = tuple[int, int]  # row and column from 0
NOT_COMPUTED = "#FORMULA!"  # marks a formula that was never computed
IS_ERROR = re.compile(
    r"(?i)[#＃](REF[!！]|N/A[!！]?|DIV/0[!！]|VALUE[!！]|NAME[?？]|NUM[!！]|NULL[!！]|SPILL!|CALC!"
    r"|FIELD!|BLOCKED!|CONNECT!|UNKNOWN!|BUSY!|EXTERNAL!|PYTHON!|GETTING_DATA|FORMULA!|#+)"
    r"|Err:\d{3}"
)


@dataclass
class CellAnnotations:
    """What the values of a spreadsheet do not show.

    texts     cell → the text that replaces its value: an error, NOT_COMPUTED, or a number with the
              unit of its number format ("75%")
    merged    first and last cell of each merged range
    date1904  dates are counted from 1904 instead of 1900
    """

    texts: dict[Place, str] = field(default_factory=dict)
    merged: list[tuple[Place, Place]] = field(default_factory=list)
    date1904: bool = False


def per_cent(share: str) -> str:
    """A number as a percentage: "0.75" → "75%"."""
    return f"{float(share) * 100:.15g}%"

"""What stands in a sheet beside its values: errors, undone formulas, units, merged cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

Place = tuple[int, int]  # row and column from 0
NOT_COMPUTED = "#FORMULA!"  # stands for a formula that nobody has worked out
IS_ERROR = re.compile(
    r"(?i)[#＃](REF[!！]|N/A[!！]?|DIV/0[!！]|VALUE[!！]|NAME[?？]|NUM[!！]|NULL[!！]|SPILL!|CALC!"
    r"|FIELD!|BLOCKED!|CONNECT!|UNKNOWN!|BUSY!|EXTERNAL!|PYTHON!|GETTING_DATA|FORMULA!|#+)"
    r"|Err:\d{3}"
)


@dataclass
class CellAnnotations:
    """What a spreadsheet's values alone don't show.

    texts     cell → what it holds instead of its bare value: an error, NOT_COMPUTED, or a number
              with the unit in which its format shows it ("75%")
    merged    merged cells, first and last cell of each
    date1904  days are counted from 1904 rather than from 1900
    """

    texts: dict[Place, str] = field(default_factory=dict)
    merged: list[tuple[Place, Place]] = field(default_factory=list)
    date1904: bool = False


def per_cent(share: str) -> str:
    """A number as a format of per cent shows it: "0.75" as "75%"."""
    return f"{float(share) * 100:.15g}%"

"""The kinds of mess, and what they share. What nobody can know any more is marked at its home.

A kind takes (dice, ledger) and changes the ledger. It says nothing of what the product should do:
a cell that still says the truth has to be read, one that does not has to be named.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import NamedTuple

from mess.ledger import FORMS, Ledger, Line
from mess.truth import Home

Apply = Callable[[random.Random, Ledger], None]


class Kind(NamedTuple):
    """A kind of mess; of one group, and of a form's, a township has one at most."""

    name: str
    group: str
    forms: tuple[str, ...]
    apply: Apply


KINDS: list[Kind] = []


def kind(group: str, forms: Iterable[str] = FORMS) -> Callable[[Apply], Apply]:
    """Enter a function among the kinds."""

    def enter(apply: Apply) -> Apply:
        KINDS.append(Kind(apply.__name__, group, tuple(forms), apply))
        return apply

    return enter


def some(dice: random.Random, lines: list[Line], most: int = 3) -> list[Line]:
    """One to `most` of the lines."""
    return dice.sample(lines, min(len(lines), dice.randint(1, most)))


def homes_of(ledger: Ledger, holds: Callable[[Home], object] = lambda _: True) -> list[Line]:
    """The lines of homes for which something holds, of those that nothing was done to."""
    return [
        line for line in ledger.of_homes() if line.home and not line.home.lost and holds(line.home)
    ]


def lose(line: Line, column: str, cell: object) -> None:
    """Write what does not tell the truth."""
    line.cells[column] = cell
    line.home.lost.add(column)
    if isinstance(cell, int | float):
        line.home.wrong[column] = cell


def wide(cell: object) -> str:
    """Digits and Latin letters at full width."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in str(cell))

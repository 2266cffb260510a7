"""Before an edition is published: nothing in it, nor in those before it, may be known too closely.

Whatever is published of counts is put into one linear programme with all that the editions before
said (`gis.disclosure.inference_check`). A count by which another, or itself, could be reckoned to fewer than
`move` homes is told more roughly or not at all, always in the same order, until none is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from gis.disclosure.inference_check import Cell, find_narrow_in_family, linked_families
from gis.disclosure.rounding import PublishedCount

if TYPE_CHECKING:
    from gis.disclosure.rounding import Counts

_ROUGHER = 3  # steps by which a number of households is raised before it is withheld
# What is told more roughly or given up first; what was given up in vain is taken back.
_ORDER = ("households", "gap", "inside", "undecidable", "unknown", "not_cleared", "cleared", "stock",
          "late", "pending")  # fmt: skip


def withhold_until_safe(counts: Counts) -> list[str]:
    """Make `counts` such that nothing is known too closely; returns the keys of what was withheld.

    What the editions before say too much by themselves cannot be taken back, and is left aside.
    """
    withheld: list[str] = []
    editions = [*counts.past.told, counts.published()]
    for cells in linked_families(editions):
        own = [key for number, key in cells if number == len(editions) - 1]
        if own:
            withheld += _settle_family(cells, own, counts)
    return sorted(withheld)


def _settle_family(cells: Sequence[Cell], own: Sequence[str], counts: Counts) -> list[str]:
    """Give up counts of a family until nothing is known too closely, then try to take some back."""
    family = _Family([cell for cell in cells if cell[0] < len(counts.past.told)], own, counts)
    given: dict[str, PublishedCount] = {}
    waiting = sorted(own, key=lambda key: _rank(key, counts)) if family.tells() else []
    for key in waiting:
        if not family.tells():
            break
        shown = counts.memory[key]
        for step in range(1, _ROUGHER + 1 if key.endswith(":households") else 0):
            counts.memory[key] = PublishedCount(
                shown.published + step * counts.blur.step, shown.true
            )
            if not family.tells():
                break
        else:
            given[key] = shown
            counts.withhold(key)
    for key, shown in reversed(given.items()):
        counts.memory[key] = shown
        if family.tells():
            counts.withhold(key)
    return [key for key in given if key not in counts.memory]


class _Family:
    """Counts that hang together: those of the editions before, and this one's own."""

    def __init__(self, before: Sequence[Cell], own: Sequence[str], counts: Counts) -> None:
        self._before, self._own, self._counts = before, own, counts

    @cached_property
    def _known(self) -> set[Cell]:
        """What the editions before say too much of by themselves."""
        past = self._counts.past.told
        return {one[:2] for one in find_narrow_in_family(self._before, past, self._counts.blur)}

    def tells(self) -> bool:
        """Whether some count is known too closely as things are."""
        past, now = self._counts.past.told, self._counts.memory
        cells = [*self._before, *((len(past), key) for key in self._own if key in now)]
        found = find_narrow_in_family(cells, [*past, self._counts.published()], self._counts.blur)
        return bool(found) and not {one[:2] for one in found} <= self._known


def _rank(key: str, counts: Counts) -> tuple[int, int, str]:
    """In what order a count is given up; of two alike the lesser first."""
    names = (key.partition(":")[0], key.rpartition(":")[2])
    rank = min(_ORDER.index(name) for name in names if name in _ORDER)
    return rank, counts.memory[key].published, key

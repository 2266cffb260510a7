"""What the pages of an edition say whatever the numbers and names of the ledger are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any

from gis.disclosure.personal_data import words_in
from gis.pages.render import own_text

if TYPE_CHECKING:
    from gis.pages.model import Edition, VillageView


def said_anyway(edition: Edition) -> set[str]:
    """Every word, folded, that the pages of a public edition say whatever the ledger's ids are.

    What they are written in, the names of what they hold and of what is drawn, the pinyin to
    search by; and their figures, since a count that is also somebody's number says nothing of her.
    """
    rows = (*edition.villages, *edition.townships, *edition.targets, *edition.zones, *edition.gaps)
    said = {word for row in edition.villages for word in _spoken(row)} | _of_code()
    said |= {_figure(value) for value in leaves((rows, edition.growth)) if _counts(value)}
    for collection in edition.geometry.values():
        for feature in collection["features"]:
            for name, value in feature["properties"].items():
                said |= {name, *words_in(str(value))}
    return said | {key.casefold() for row in rows for key in row}


def _spoken(row: VillageView) -> set[str]:
    return words_in(row["pinyin"]) | words_in(row["initials"])


def leaves(value: object) -> Iterator[object]:
    """The plain values of rows, lists and records, one inside the other."""
    if is_dataclass(value):
        value = vars(value)
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from leaves(one)
    else:
        yield value


def _counts(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _figure(value: Any) -> str:  # noqa: ANN401  a number
    return str(int(abs(value)))


@cache
def _of_code() -> set[str]:
    return words_in(own_text())

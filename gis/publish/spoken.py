"""The names of an edition as they are spoken, to search by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from pypinyin import lazy_pinyin

if TYPE_CHECKING:
    from gis.pages.edition import Edition


class Spoken(NamedTuple):
    """A name to search by: "fc" and "Fancun" of 樊村."""

    initials: str
    pinyin: str


def spoken(name: str) -> Spoken:
    """The pinyin of a name and its initials; what is not Chinese is left out."""
    syllables = [one for one in lazy_pinyin(name) if one.isascii() and one.isalnum()]
    initials = "".join(one[0].lower() for one in syllables)
    return Spoken(initials, "".join(syllables).capitalize())


def with_spoken(edition: Edition) -> Edition:
    """The edition with the pinyin of its villages and townships."""
    return replace(edition, villages=_with(edition.villages), townships=_with(edition.townships))


def _with(rows: Iterable[Any]) -> list[Any]:
    return [{**row, **spoken(row["name"])._asdict()} for row in rows]

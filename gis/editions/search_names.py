"""Pinyin names of villages and townships, for the search."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from pypinyin import lazy_pinyin

if TYPE_CHECKING:
    from gis.pages.model import Edition

_KINDS = (
    *("村民委员会", "居民委员会", "村委会", "居委会", "行政村", "社区"),
    *("街道办事处", "街道", "镇", "乡"),
)


class SearchNames(NamedTuple):
    """A name in the forms used for search: "fc" and "Fancun" for 樊村."""

    initials: str
    pinyin: str


def make_search_names(name: str) -> SearchNames:
    """The initials of a name, and its pinyin with the kind of place separate ("Fancun Zhen").

    Characters that are not Chinese are left out.
    """
    spelt = [_syllables(word) for word in _words_of(name)]
    initials = "".join(one[0].lower() for word in spelt for one in word)
    return SearchNames(initials, " ".join("".join(word).capitalize() for word in spelt if word))


def _words_of(name: str) -> list[str]:
    """The name of a place and its kind, which pinyin writes as separate words."""
    kind = next((end for end in _KINDS if name.endswith(end) and name != end), "")
    return [*_words_of(name.removesuffix(kind)), kind] if kind else [name]


def _syllables(word: str) -> list[str]:
    spelt = lazy_pinyin(word, v_to_u=True)
    return [one for one in spelt if one.replace("ü", "v").isascii() and one.isalnum()]


def with_search_names(edition: Edition) -> Edition:
    """The edition with the pinyin of its villages and townships."""
    villages: list[Any] = [{**row, **_old(row)} for row in _with(edition.villages)]
    return replace(edition, villages=villages, townships=_with(edition.townships))


_BETWEEN = re.compile(r"[、，,；;/\s]+")  # names, as maps/looks/search.js takes them apart


def _old(row: Mapping[str, Any]) -> dict[str, Any]:
    """The initials and pinyin of each former name, in the order in which they are written."""
    names = [name for name in _BETWEEN.split(row.get("old_names", "")) if name]
    return {"old_spelt": [list(make_search_names(name)) for name in names]} if names else {}


def _with(rows: Iterable[Any]) -> list[Any]:
    return [{**row, **make_search_names(row["name"])._asdict()} for row in rows]

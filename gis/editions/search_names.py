"""The names of an edition as they are spoken, to search by."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

os.environ["PYPINYIN_NO_PHRASES"] = "1"  # all of them take 45 MB; see _learn
from pypinyin import lazy_pinyin, load_phrases_dict

if TYPE_CHECKING:
    from gis.pages.model import Edition

_KINDS = (
    *("村民委员会", "居民委员会", "村委会", "居委会", "行政村", "社区"),
    *("街道办事处", "街道", "镇", "乡"),
)
_learnt: set[str] = set()  # signs of which the phrases are known


class SearchNames(NamedTuple):
    """A name to search by: "fc" and "Fancun" of 樊村."""

    initials: str
    pinyin: str


def make_search_names(name: str) -> SearchNames:
    """The pinyin of a name, what kind of place it is apart ("Fancun Zhen"), and its initials.

    What is not Chinese is left out.
    """
    _learn(name)
    spelt = [_syllables(word) for word in _words_of(name)]
    initials = "".join(one[0].lower() for word in spelt for one in word)
    return SearchNames(initials, " ".join("".join(word).capitalize() for word in spelt if word))


def _learn(signs: str) -> None:
    """Read the phrases that can begin in a text of `signs`, by which they are pronounced."""
    if _learnt.issuperset(signs):
        return
    known = _learnt.union(signs)
    phrases = json.loads((files("pypinyin") / "phrases_dict.json").read_bytes())
    load_phrases_dict({one: said for one, said in phrases.items() if known.issuperset(one[:2])})
    _learnt.update(known)  # only now: another thread may be asking


def _words_of(name: str) -> list[str]:
    """What a place is called, then what kind of place it is, as pinyin writes them apart."""
    kind = next((end for end in _KINDS if name.endswith(end) and name != end), "")
    return [*_words_of(name.removesuffix(kind)), kind] if kind else [name]


def _syllables(word: str) -> list[str]:
    spelt = lazy_pinyin(word, v_to_u=True)
    return [one for one in spelt if one.replace("ü", "v").isascii() and one.isalnum()]


def with_search_names(edition: Edition) -> Edition:
    """The edition with the pinyin of its villages and townships."""
    _learn("".join(row["name"] for row in (*edition.villages, *edition.townships)))
    return replace(edition, villages=_with(edition.villages), townships=_with(edition.townships))


def _with(rows: Iterable[Any]) -> list[Any]:
    return [{**row, **make_search_names(row["name"])._asdict()} for row in rows]

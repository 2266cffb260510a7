"""Finding villages and townships by the names that people write for them."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cached_property
from typing import NamedTuple

import pandas as pd

from gis.layers.problems import Finding

_VILLAGE_KINDS = (
    *("社区居民委员会", "村民委员会", "居民委员会", "社区居委会", "社区村委会"),
    *("村委会", "居委会", "行政村", "社区", "村委", "居委", "村"),
)
_TOWNSHIP_KINDS = (
    *("人民政府", "街道办事处", "地区办事处", "办事处", "政府", "街道办", "街道", "镇", "乡"),
)
_NOISE = re.compile(r"[\s\u200b-\u200f\ufeff·•.,、，。/\\\-_—]+")
_BRACKETS = re.compile(r"\(.*?\)")
_SEVERAL = re.compile(r"[,，、;；/|]")
_CANDIDATES = 4
_CLOSE = 0.5
_MANY = 2000  # names among which similar ones are not looked for
TOWNSHIP_DIGITS, VILLAGE_DIGITS = 9, 12


class Match(NamedTuple):
    """What a name means.

    code        the code of the village or township, "" if the name is unknown or doubtful
    candidates  the names and codes that it may mean instead
    """

    code: str
    candidates: tuple[str, ...] = ()


def fold_name(name: str) -> str:
    """A name without width, case, blanks and punctuation."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", name).lower())


def name_variants(name: str, kinds: Iterable[str] = _VILLAGE_KINDS) -> frozenset[str]:
    """A folded name, and without its kinds of place: 三兴行政村 and 三兴村 share 三兴."""
    found = [name, _BRACKETS.sub("", name)]
    while kind := next((one for one in kinds if found[-1].endswith(one) and found[-1] != one), ""):
        found.append(found[-1].removesuffix(kind))
    return frozenset(found) - {""}


class _Village(NamedTuple):
    code: str
    name: str
    township_code: str
    variants: frozenset[str]
    old: frozenset[str]


class VillageNames:
    """The names of a project's villages and townships.

    Args:
        villages: village_code, village, township_code and township, and old_names if there are any.
        settled: "township/name" or "name" → code, from project.toml.
    """

    def __init__(self, villages: pd.DataFrame, settled: Mapping[str, str]) -> None:
        self._settled = {_settled_key(key): code for key, code in settled.items()}
        self._townships = dict(
            zip(villages["township_code"], villages["township"].fillna(""), strict=True)
        )
        old = villages["old_names"] if "old_names" in villages else pd.Series("", villages.index)
        self._villages = [
            _Village(
                str(code), str(name), str(township), name_variants(fold_name(str(name))),
                frozenset(fold_name(one) for one in _SEVERAL.split(former) if one.strip()),
            )
            for code, name, township, former in zip(
                villages["village_code"], villages["village"].fillna(""),
                villages["township_code"], old.fillna(""), strict=True,
            )
        ]  # fmt: skip
        self._matches: dict[tuple[str, str], Match] = {}
        self._township_matches: dict[str, Match] = {}

    @cached_property
    def codes(self) -> frozenset[str]:
        """The codes of all villages."""
        return frozenset(one.code for one in self._villages)

    def unknown_settled(self) -> list[Finding]:
        """The entries of [names] whose code is none of the villages or townships."""
        known = self.codes | self._townships.keys()
        return [
            Finding("names_unknown_code", None, "names", key, {"code": code})
            for key, code in self._settled.items()
            if code not in known
        ]

    @property
    def township_codes(self) -> Set[str]:
        """The codes of all townships."""
        return self._townships.keys()

    def townships_in(self, text: str) -> frozenset[str]:
        """The codes of the townships that a text names, such as the title of a ledger."""
        folded = fold_name(text)
        found = {own: code for code, own in self._folded_townships.items() if own and own in folded}
        whole = [own for own in found if not any(own in other and own != other for other in found)]
        named = [found[own] for own in whole] or [self.township(text).code]
        return frozenset(named) - {""}

    def township_of(self, village_code: str) -> str:
        """The township code of a village, "" if there is no such village."""
        return self._township_codes.get(village_code, "")

    @cached_property
    def _township_codes(self) -> dict[str, str]:
        return {one.code: one.township_code for one in self._villages}

    def shown(self, code: str) -> str:
        """A village or township with its code, for messages."""
        if code in self._townships:
            return f"{self._townships[code]} {code}"
        village = next((one for one in self._villages if one.code == code), None)
        return self._shown(village) if village else code

    def township(self, name: str) -> Match:
        """The township with a name or code."""
        if name not in self._township_matches:
            self._township_matches[name] = self._find_township(fold_name(name))
        return self._township_matches[name]

    def _find_township(self, folded: str) -> Match:
        code = self._settled.get(folded, folded)
        if code in self._townships:
            return Match(code)
        exact = [key for key, own in self._folded_townships.items() if own == folded]
        variants = name_variants(folded, _TOWNSHIP_KINDS)
        like = [
            key
            for key, own in self._folded_townships.items()
            if variants & name_variants(own, _TOWNSHIP_KINDS)
        ]
        found = exact or like
        if len(found) == 1:
            return Match(found[0])
        near = found or self._close(folded, self._townships)
        return Match("", tuple(f"{self._townships[key]} {key}" for key in near[:_CANDIDATES]))

    def village(self, name: str, township: str = "") -> Match:
        """The village with a name or code.

        Args:
            name: The name, with or without its township before it.
            township: The name or code of its township, "" if unknown.
        """
        key = (name, township)
        if key not in self._matches:
            self._matches[key] = self._find(fold_name(name), township)
        return self._matches[key]

    def _find(self, name: str, township: str) -> Match:
        if name in self.codes:
            return Match(name)
        within = self.township(township) if township else Match("")
        names = [fold_name(township), fold_name(self._townships.get(within.code, ""))]
        for key in (*(f"{one}/{name}" for one in names if one), name):
            if key in self._settled:
                return Match(self._settled[key] if self._settled[key] in self.codes else "")
        if township and not within.code:
            return within
        found = self._named(name, within.code)
        for code, rest in () if found else self._without_township(name, within.code):
            match = self._find(rest, code)
            if match.code or not within.code:
                return match
        if len(found) == 1:
            return Match(found[0].code)
        near = found or self._near(name, within.code)
        return Match("", tuple(self._shown(one) for one in near[:_CANDIDATES]))

    def _without_township(self, name: str, within: str) -> Iterator[tuple[str, str]]:
        """The townships that a name begins with or names, each with the rest of the name."""
        for code, folded in self._folded_townships.items():
            _, named, rest = name.partition(folded) if folded in name else ("", "", "")
            if named and rest and within in ("", code):
                yield code, rest

    @cached_property
    def _folded_townships(self) -> dict[str, str]:
        return {code: fold_name(own) for code, own in self._townships.items()}

    @cached_property
    def _by_variant(self) -> dict[str, list[_Village]]:
        found: dict[str, list[_Village]] = {}
        for village in self._villages:
            for variant in village.variants | village.old:
                found.setdefault(variant, []).append(village)
        return found

    def _named(self, name: str, township_code: str) -> list[_Village]:
        """The villages with this name; where their township is unknown, also those like it."""
        like = {
            one.code: one
            for variant in name_variants(name)
            for one in self._by_variant.get(variant, ())
            if township_code in ("", one.township_code)
        }
        exact = [one for one in like.values() if fold_name(one.name) == name]
        ordered = [like[code] for code in sorted(like)]
        return exact if township_code and exact else ordered

    def _near(self, name: str, township_code: str) -> list[_Village]:
        """Villages that an unknown name may mean: of its name elsewhere, or of a similar one."""
        elsewhere = self._named(name, "") if township_code else []
        pool = {one.code: one for one in self._villages if township_code in ("", one.township_code)}
        close = self._close(name, {code: one.name for code, one in pool.items()})
        return [*elsewhere, *(pool[code] for code in close)]

    def _shown(self, village: _Village) -> str:
        return f"{self._townships.get(village.township_code, '')}{village.name} {village.code}"

    def _close(self, name: str, known: Mapping[str, str]) -> list[str]:
        """The keys of the names that are most like `name`."""
        if len(known) > _MANY:
            return []
        folded = {fold_name(own): key for key, own in known.items()}
        close = difflib.get_close_matches(name, folded, n=_CANDIDATES, cutoff=_CLOSE)
        return [folded[one] for one in close]


def _settled_key(key: str) -> str:
    return "/".join(fold_name(part) for part in key.split("/"))

"""Personal data: personal ledger columns and household positions, and how to find them."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.layers import personal_columns, to_lonlat

NEAR_M = 1.0
_M_PER_DEGREE = 111_320.0
_NUMBER = re.compile(r"(?<![\w.])(?:-?\d{2,}\.\d+|\d{5,11}(?![\w.]))")
_SCALES = (1.0, 1e-5, 1e-6, 1e-7)  # degrees, and integer steps of them
_STEPS = 1e5  # coordinate steps of the pages per degree
_HALFWAY = 0.02
_FARTHEST = 1e10  # larger than any coordinate
Numbers = NDArray[np.float64]
Vertices = NDArray[np.int64]
Indices = NDArray[np.intp]
# ASSUME: a shorter number cannot be distinguished from a count or a year; one character is no name.
_SHORTEST = {"owner": 2, "address": 4}
_SHORTEST_CODE = 6
# Values from a short list or dates, which identify nobody.
_LISTED = ("hardship_class", "supplement_paid_on")
_WORD = re.compile(r"[^\W_]+")
_TOKEN = re.compile(r"[^\W_]+(?:[-_./#][^\W_]+)*")  # a word, or a code of several
_BARE = dict.fromkeys(map(ord, " .·-\t"))  # separators of digit groups
# Long runs of plain numbers, such as coordinates: read as numbers, not as words.
_ROWS = re.compile(r"[\[\]\d.,\s-]{80,}")
# The lookbehind follows the first digit, so that the search starts at digits only.
_LONG_NUMBER = re.compile(r"\d(?<![\d.].)\d{5,}(?![\d.])")
_SPACED = re.compile(r"\d(?<!\d.)\d{1,7}(?:[ .·-]\d{2,8}){1,5}(?![\d.])")
# A measure is one number, and its decimals are no word. A day, a month and a season are what they
# look like; an id of the same digits has no hyphens.
_DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?:e-?\d*)?(?![\w.])")
_DATE = re.compile(
    r"(?:19|20)\d\d(?:([.-])(?:0[1-9]|1[0-2])(?:\1(?:0[1-9]|[12]\d|3[01]))?|-(?:19|20)\d\d)"
)
_TOO_LONG = 11  # digits; no measure has as many


@dataclass(frozen=True)
class Positions:
    """Positions of households in degrees and in metres.

    trees   k-d trees of degrees (scaled to metres) and of metres; None: no household has a position
    scale   metres in a degree of longitude and of latitude, (2, 1)
    """

    trees: tuple[cKDTree, cKDTree] | None
    scale: Numbers

    @classmethod
    def of(cls, homes: pd.DataFrame, crs: str) -> Positions:
        """Positions of the households with x and y [m] in `crs`."""
        metres = homes[["x", "y"]].dropna().to_numpy(float)
        if not len(metres):
            return cls(None, np.ones((2, 1)))
        degrees = np.stack(to_lonlat(metres[:, 0], metres[:, 1], crs))
        scale = _M_PER_DEGREE * np.array([[np.cos(np.radians(degrees[1].mean()))], [1.0]])
        return cls((cKDTree((degrees * scale).T), cKDTree(metres)), scale)

    def given_away(self, text: str, drawn: Vertices) -> bool:
        """Whether neighbouring numbers in `text` are the position of a household."""
        return self._among(np.array(_NUMBER.findall(text), dtype=float), drawn)

    def packed(self, content: bytes, drawn: Vertices) -> bool:
        """Whether `content`, read as an array of numbers, contains the position of a household.

        Coordinates may be interleaved, or all of one axis come before all of the other.
        """
        for size, kind in ((8, "<f8"), (4, "<f4"), (4, "<i4")):
            with np.errstate(invalid="ignore"):
                read = np.frombuffer(content[: len(content) // size * size], kind).astype(float)
            numbers = np.where(np.abs(read) < _FARTHEST, read, 0.0)
            halves = numbers[: len(numbers) // 2 * 2].reshape(2, -1).T.ravel()
            if self._among(numbers, drawn) or self._among(halves, drawn):
                return True
        return False

    def _among(self, numbers: Numbers, drawn: Vertices) -> bool:
        """Whether two neighbouring numbers are a household's position, in any order and unit."""
        if len(numbers) < 2 or self.trees is None:
            return False
        degrees, metres = self.trees
        pairs = np.stack([numbers, np.append(numbers[1:], 0.0)])
        places = np.hstack([pairs, pairs[::-1]])
        if len(_near(metres, places)):
            return True
        places = np.hstack([places * step for step in _SCALES])
        hits = _near(degrees, places * self.scale)
        return len(hits) > 0 and not _told(places, hits, drawn)


def _near(tree: cKDTree, places: Numbers) -> Indices:
    """Indices of `places`, shape (2, n), that lie within `NEAR_M` of a point in `tree`."""
    least, most = tree.mins[:, None] - NEAR_M, tree.maxes[:, None] + NEAR_M
    inside = np.flatnonzero(((places >= least) & (places <= most)).all(axis=0))
    distance, _ = tree.query(places[:, inside].T, distance_upper_bound=NEAR_M)
    return inside[np.isfinite(distance)]


def _told(places: Numbers, at: Indices, drawn: Vertices) -> bool:
    """Whether the places `at` are all drawn vertices, or next to one.

    In a list of vertices, the second number of one and the first of the next look like a
    position but are none.
    """
    x, y = places[:, at[:, None] + (-1, 0, 1)] * _STEPS
    either = np.stack([_key(x, y), _key(y, x)], axis=-1)
    return bool(np.isin(either, drawn).any(axis=(1, 2)).all())


def vertices(lon: Numbers, lat: Numbers) -> Vertices:
    """Keys of vertices that may be drawn, for comparison in `Positions`.

    Pages round vertices; one halfway between two steps may be rounded either way.
    """
    x, y = lon * _STEPS, lat * _STEPS
    shifts = (-_HALFWAY, _HALFWAY)
    return np.unique(np.concatenate([_key(x + a, y + b) for a in shifts for b in shifts]))


def _key(x: Numbers, y: Numbers) -> Vertices:
    return np.rint(x).astype(np.int64) * 10**9 + np.rint(y).astype(np.int64)


@dataclass(frozen=True)
class Secrets:
    """The personal values of a ledger.

    words      values of one word, and codes → their column
    phrases    first word of a longer value → (value with its words separated, column)
    positions  positions of households
    """

    words: dict[str, str]
    phrases: dict[str, list[tuple[str, str]]]
    positions: Positions

    def columns_in(self, text: str, known: set[str]) -> Iterator[str]:
        """Yield the columns of personal values that occur in `text` as whole words.

        known: words that are public anyway.
        """
        folded = normalise(text)
        worded = _ROWS.sub(" ", folded)
        tokens = _TOKEN.findall(worded)
        spoken = [word for token in tokens for word in _words_of(token)]
        alone = {*_LONG_NUMBER.findall(folded), *tokens, *spoken}
        alone |= {found.translate(_BARE) for found in _SPACED.findall(worded) if _is_code(found)}
        for word in (alone & self.words.keys()) - known:
            yield self.words[word]
        said = f" {' '.join(spoken)} "
        for phrase, column in chain(
            *(self.phrases[one] for one in {*spoken} & self.phrases.keys())
        ):
            # an address of public words alone names a township and a village, not a home
            public = column == "address" and known.issuperset(phrase.split())
            if f" {phrase} " in said and not public:
                yield column


def _words_of(token: str) -> list[str]:
    return [token] if token.isalnum() else _WORD.findall(_DECIMAL.sub(" ", token))


def _is_code(spaced: str) -> bool:
    """Whether grouped digits may be a personal number; dates and measures are not."""
    if _DATE.fullmatch(spaced):
        return False
    return not _DECIMAL.fullmatch(spaced) or len(spaced.translate(_BARE)) >= _TOO_LONG


def normalise(text: str) -> str:
    """A text normalised for comparison: NFKC, case-folded."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).casefold()


def personal_values(homes: pd.DataFrame) -> pd.DataFrame:
    """Only the personal columns of a ledger, with x and y."""
    columns = sorted((personal_columns("households") | {"household_id"}) - set(_LISTED))
    return homes[[*(name for name in columns if name in homes), "x", "y"]]


def collect_secrets(homes: pd.DataFrame, crs: str) -> Secrets:
    """Collect the personal values of `personal_values`; x and y [m] in `crs`."""
    words, phrases = {}, defaultdict(list)
    for column in homes.columns.drop(["x", "y"]):
        values = pd.unique(homes[column].dropna()).tolist()
        lines = normalise("\n".join(str(value).replace("\n", " ") for value in values)).split("\n")
        least = _SHORTEST.get(column, _SHORTEST_CODE)
        long = [line for line in map(str.strip, lines) if len(line) >= least]
        words.update(dict.fromkeys(long, column))
        if column not in _SHORTEST:
            bare = "\n".join(long).translate(_BARE).split("\n")
            words.update(dict.fromkeys(bare, column))
            continue
        for value in (_WORD.findall(value) for value in long if not value.isalnum()):
            if len(value) > 1 and not all(map(str.isdecimal, value)):
                phrases[value[0]].append((" ".join(value), column))
    return Secrets(words, dict(phrases), Positions.of(homes, crs))


def words_in(text: str) -> set[str]:
    """Every normalised word of a text, and the text as a whole."""
    folded = normalise(text)
    return {*_WORD.findall(folded), *_TOKEN.findall(folded), folded.strip()}

"""What must not become public: the ledger's personal values, and where its households stand.

Where the households stand, and whether numbers in a text give such a place away.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.layers import personal_columns, to_lonlat

NEAR_M = 1.0
_M_PER_DEGREE = 111_320.0
_NUMBER = re.compile(r"(?<![\w.])-?\d{2,}\.\d+|(?<![\w.])\d{5,11}(?![\w.])")
_SCALES = (1.0, 1e-5, 1e-6, 1e-7)  # degrees, and whole steps of them
_STEPS = 1e5  # the grid of the pages, in steps of a degree
_HALFWAY = 0.02
_FARTHEST = 1e10  # beyond every reading of a coordinate
Numbers = NDArray[np.float64]
Vertices = NDArray[np.int64]


@dataclass(frozen=True)
class Positions:
    """Households by degrees and by metres; no tree where there is none.

    degrees, metres   search trees, both in metres
    scale             metres in a degree of longitude and of latitude
    box               lon and lat between which they lie, a little widened
    """

    degrees: cKDTree | None
    metres: cKDTree | None
    scale: tuple[float, float]
    box: tuple[float, float, float, float]

    @classmethod
    def of(cls, homes: pd.DataFrame, crs: str) -> Positions:
        """Of the households that have x and y [m] in `crs`."""
        here = homes[homes["x"].notna() & homes["y"].notna()]
        if here.empty:
            return cls(None, None, (1.0, 1.0), (0.0, 0.0, 0.0, 0.0))
        lon, lat = to_lonlat(here["x"].to_numpy(float), here["y"].to_numpy(float), crs)
        scale = (_M_PER_DEGREE * float(np.cos(np.radians(lat.mean()))), _M_PER_DEGREE)
        box = (lon.min() - 1e-3, lon.max() + 1e-3, lat.min() - 1e-3, lat.max() + 1e-3)
        metres = here[["x", "y"]].to_numpy(float)
        return cls(cKDTree(np.column_stack([lon * scale[0], lat * scale[1]])), cKDTree(metres),
                   scale, box)  # fmt: skip

    def given_away(self, text: str, drawn: Vertices) -> bool:
        """Whether neighbouring numbers of `text` are the place of a household."""
        return self._among(np.array(_NUMBER.findall(text), dtype=float), drawn)

    def packed(self, content: bytes, drawn: Vertices) -> bool:
        """Whether `content`, read as an array of numbers, holds the place of a household.

        One place after the other, or all of one coordinate before all of the other.
        """
        for kind in ("<f8", "<f4", "<i4"):
            size = np.dtype(kind).itemsize
            with np.errstate(invalid="ignore"):
                read = np.frombuffer(content[: len(content) // size * size], kind).astype(float)
            numbers = np.where(np.abs(read) < _FARTHEST, read, 0.0)
            half = len(numbers) // 2
            halves = np.column_stack([numbers[:half], numbers[half : 2 * half]]).ravel()
            if self._among(numbers, drawn) or self._among(halves, drawn):
                return True
        return False

    def _among(self, numbers: Numbers, drawn: Vertices) -> bool:
        """Whether two neighbours are the place of a household, in whatever order and unit."""
        if len(numbers) < 2 or self.degrees is None or self.metres is None:
            return False
        pairs = np.column_stack([numbers[:-1], numbers[1:]])
        for places in (pairs, pairs[:, ::-1]):
            if _hit(self.metres, places):
                return True
            if any(self._in_degrees(places * scale, drawn) for scale in _SCALES):
                return True
        return False

    def _in_degrees(self, places: Numbers, drawn: Vertices) -> bool:
        west, east, south, north = self.box
        lon, lat = places[:, 0], places[:, 1]
        inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        if not inside.any():
            return False
        known = _contains(drawn, _key(lon * _STEPS, lat * _STEPS))
        turned = _contains(drawn, _key(lat * _STEPS, lon * _STEPS))
        # In a row of drawn vertices the second number of one and the first of the next are no
        # place, though they look like one.
        told = known | turned
        told[1:] |= (known | turned)[:-1]
        told[:-1] |= (known | turned)[1:]
        return _hit(self.degrees, places[inside & ~told] * self.scale)


def vertices(lon: Numbers, lat: Numbers) -> Vertices:
    """The places of layers that may be drawn, as `Positions` compares them.

    A page rounds them; a vertex in the middle between two steps may have gone either way.
    """
    x, y = lon * _STEPS, lat * _STEPS
    shifts = (-_HALFWAY, _HALFWAY)
    return np.unique(np.concatenate([_key(x + a, y + b) for a in shifts for b in shifts]))


def _key(x: Numbers, y: Numbers) -> Vertices:
    return np.rint(x).astype(np.int64) * 10**9 + np.rint(y).astype(np.int64)


def _contains(drawn: Vertices, keys: Vertices) -> NDArray[np.bool_]:
    if not len(drawn):
        return np.zeros(len(keys), dtype=bool)
    found: NDArray[np.bool_] = drawn[np.searchsorted(drawn, keys).clip(max=len(drawn) - 1)] == keys
    return found


def _hit(tree: cKDTree | None, at: Numbers) -> bool:
    if tree is None:
        return False
    near = at[((at >= tree.mins - NEAR_M) & (at <= tree.maxes + NEAR_M)).all(axis=1)]
    if not len(near):
        return False
    distance, _ = tree.query(near, distance_upper_bound=NEAR_M)
    return bool(np.isfinite(distance).any())


# ASSUME: a shorter number cannot be told from a count or a year, a single sign is no name.
_SHORTEST = {"owner": 2, "address": 4}
_SHORTEST_CODE = 6
# A word or a day out of a short list: it has no value of its own to look for.
_LISTED = ("hardship_class", "supplement_paid_on")
_WORD = re.compile(r"[^\W_]+")
_CODE = re.compile(r"[^\W_]+(?:[-_./#][^\W_]+)+")
_BARE = dict.fromkeys(map(ord, " .·-\t"))  # what groups the digits of a number
# Long rows of plain numbers, as coordinates are: read as numbers, not as words.
_ROWS = re.compile(r"[\[\]\d.,\s-]{80,}")
_LONG_NUMBER = re.compile(r"(?<![\d.])\d{6,}(?![\d.])")
_SPACED = re.compile(r"(?<!\d)\d{2,8}(?:[ .·-]\d{2,8}){1,5}(?![\d.])")
# A measure is one number, and what stands behind its point no word; a day, a month and a season
# are what they look like: an id of the same digits is written without their strokes.
_DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?:e[+-]?\d+)?(?![\w.])")
_DATE = re.compile(
    r"(?:19|20)\d\d(?:([.-])(?:0[1-9]|1[0-2])(?:\1(?:0[1-9]|[12]\d|3[01]))?|-(?:19|20)\d\d)"
)
_TOO_LONG = 11  # digits of a number that no measure has


@dataclass(frozen=True)
class Secrets:
    """The secrets of a ledger.

    words      a value that is one word, or a code → the column it is from
    phrases    the first word of a value of several → those values, word by word, and the column
    positions  where the households stand
    """

    words: dict[str, str]
    phrases: dict[str, list[tuple[tuple[str, ...], str]]]
    positions: Positions

    def columns_in(self, text: str, known: set[str]) -> Iterator[str]:
        """The columns of the values that stand in `text` as words of their own.

        known: words that are public whoever bears them.
        """
        folded = normalise(text)
        alone = set(_LONG_NUMBER.findall(folded))
        worded = _ROWS.sub(" ", folded)
        spoken = _WORD.findall(_DECIMAL.sub(" ", worded))
        alone |= {*spoken, *_CODE.findall(worded)}
        alone |= {found.translate(_BARE) for found in _SPACED.findall(worded) if _is_code(found)}
        for word in (alone & self.words.keys()) - known:
            yield self.words[word]
        for first in set(spoken) & self.phrases.keys():
            yield from self._phrases_from(first, spoken, known)

    def _phrases_from(self, first: str, spoken: list[str], known: set[str]) -> Iterator[str]:
        """An address of public words alone names a township and a village, and nobody's door."""
        starts = [at for at, word in enumerate(spoken) if word == first]
        for phrase, column in self.phrases[first]:
            if column == "address" and known.issuperset(phrase):
                continue
            if any(tuple(spoken[at : at + len(phrase)]) == phrase for at in starts):
                yield column


def _is_code(spaced: str) -> bool:
    """Whether digits in groups may be a number of somebody's: no day, no measure."""
    if _DATE.fullmatch(spaced):
        return False
    return not _DECIMAL.fullmatch(spaced) or len(spaced.translate(_BARE)) >= _TOO_LONG


def normalise(text: str) -> str:
    """A text as it is compared: one width, one case."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).casefold()


def personal_values(homes: pd.DataFrame) -> pd.DataFrame:
    """What of a ledger is secret, and nothing else of it: personal columns, x and y."""
    columns = sorted((personal_columns("households") | {"household_id"}) - set(_LISTED))
    return homes[[*(name for name in columns if name in homes), "x", "y"]]


def collect_secrets(homes: pd.DataFrame, crs: str) -> Secrets:
    """The secrets of a ledger, as `personal` takes them out of it; x and y [m] in `crs`."""
    found = Secrets({}, {}, Positions.of(homes, crs))
    for column in homes.columns.drop(["x", "y"]):
        values = pd.unique(homes[column].dropna()).tolist()
        lines = normalise("\n".join(str(value).replace("\n", " ") for value in values)).split("\n")
        _learn(found, column, [line.strip() for line in lines])
    return found


def _learn(found: Secrets, column: str, values: list[str]) -> None:
    least = _SHORTEST.get(column, _SHORTEST_CODE)
    long = [value for value in values if len(value) >= least]
    found.words.update(dict.fromkeys(long, column))
    if column not in _SHORTEST:
        bare = "\n".join(long).translate(_BARE).split("\n")
        found.words.update(dict.fromkeys(bare, column))
        return
    for value in (value for value in long if not value.isalnum()):
        spoken = tuple(_WORD.findall(value))
        if len(spoken) > 1 and any(not word.isdecimal() for word in spoken):
            found.phrases.setdefault(spoken[0], []).append((spoken, column))


def words_in(text: str) -> set[str]:
    """Every word of a text, folded, and every line of it as a whole."""
    folded = normalise(text)
    return {*_WORD.findall(folded), *_CODE.findall(folded), folded.strip()}

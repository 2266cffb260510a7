"""What must not become public: the ledger's personal values, and where its households stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from gis.disclosure.positions import Positions
from gis.layers import personal_columns

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
        folded = fold(text)
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


def fold(text: str) -> str:
    """A text as it is compared: one width, one case."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).casefold()


def personal(homes: pd.DataFrame) -> pd.DataFrame:
    """What of a ledger is secret, and nothing else of it: personal columns, x and y."""
    columns = sorted((personal_columns("households") | {"household_id"}) - set(_LISTED))
    return homes[[*(name for name in columns if name in homes), "x", "y"]]


def secrets(homes: pd.DataFrame, crs: str) -> Secrets:
    """The secrets of a ledger, as `personal` takes them out of it; x and y [m] in `crs`."""
    found = Secrets({}, {}, Positions.of(homes, crs))
    for column in homes.columns.drop(["x", "y"]):
        values = pd.unique(homes[column].dropna()).tolist()
        lines = fold("\n".join(str(value).replace("\n", " ") for value in values)).split("\n")
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
    folded = fold(text)
    return {*_WORD.findall(folded), *_CODE.findall(folded), folded.strip()}

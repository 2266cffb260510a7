"""Schemas of layers: the names of columns, their kinds, and which of them are personal.

Each column is declared once, in `gis.layers.columns`, with the Chinese headings it matches.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, TypedDict, Unpack

from gis import i18n
from gis.errors import Text
from gis.layers.code_lists import NO, YES
from gis.layers.units import known_column_units

Kind = Literal["id", "code", "text", "number", "date", "bool", "choice"]
Shape = Literal["point", "line", "polygon", "none"]

_BRACKETS = re.compile(r"[(\[{<].*?[)\]}>]")
_NOISE = re.compile(r"[\s\u200b-\u200f\ufeff*:：.,、。;_\-/]+")


@dataclass(frozen=True)
class Column:
    """One column of a layer.

    kind             id and code are text with all digits (a code has `digits` digits, if given);
                     number is float64 in `unit`, or Int64 if `whole`; choice is a key of `choices`
    aliases          the usual Chinese headings, separated by spaces
    required         a blank cell is a problem
    expected_filled  most cells are filled: a blank among them is reported
    personal         never published, and not shown in problems
    choices          our code → the words people write for it, separated by spaces
    yes_no           heading of a yes/no question → the codes for yes and for no
    whole            the number is counted: a fraction is a problem
    signed           the number may be negative
    between          what a number usually is at least and at most; others are reported, but a 0
                     below it is what people write for a blank
    by_month         a date written to the month or the year counts as its last day
    helper           the column only serves to fill or check another; it is not in the layer's table
    """

    name: str
    kind: Kind
    aliases: str = ""
    required: bool = False
    expected_filled: bool = False
    personal: bool = False
    unit: str = ""
    digits: int = 0
    choices: Mapping[str, str] = field(default_factory=dict)
    yes_no: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    whole: bool = False
    signed: bool = False
    between: tuple[float, float] | None = None
    by_month: bool = False
    helper: bool = False

    def __post_init__(self) -> None:
        """Refuse a number in a unit that cannot be converted to."""
        if self.kind == "number" and self.unit not in known_column_units():
            raise ValueError(
                f"column {self.name}: unknown unit {self.unit!r}; take one of "
                f"{' '.join(known_column_units())} or add it to gis/layers/units.py"
            )

    def with_yes_no(self, heading: str) -> Column:
        """The column with 是 and 否 among its words if `heading` is one of its yes/no questions."""
        answers = {normalise_heading(one): synonyms for one, synonyms in self.yes_no.items()}.get(
            normalise_heading(heading)
        )
        if answers is None:
            return self
        more = {answers[0]: " ".join(YES), answers[1]: " ".join(NO)}
        words = {key: f"{synonyms} {more.get(key, '')}" for key, synonyms in self.choices.items()}
        return replace(self, choices=words)

    @cached_property
    def words(self) -> dict[str, str]:
        """Every written word (normalised) → our code, for a choice."""
        words = {normalise_word(key): key for key in self.choices}
        words |= {
            normalise_word(word): key
            for key, synonyms in self.choices.items()
            for word in synonyms.split()
        }
        return words


@dataclass(frozen=True)
class Layer:
    """One layer of the contract.

    shapes    the geometry types it may have, the usual one first; "none": a plain table
    key       the column that must be filled and unique, "" for none
    dated     the column that tells versions of one key apart, "" for none
    kept      rejected rows are kept, with their reject_reason, because they are evidence
    numbered  a layer of very many points, kept as columns x and y [m] without geometry objects
    required  every project must have the layer
    meaning   the column without which a row says nothing, "" for none
    in_village  a village is a place too, where a row has no location of its own
    of_village  its rows speak for their village: losing all of a village stops the run
    file_words  words in the name of a file or sheet that suggest the layer
    """

    name: str
    shapes: tuple[Shape, ...]
    columns: tuple[Column, ...]
    key: str = ""
    dated: str = ""
    kept: bool = False
    numbered: bool = False
    required: bool = False
    meaning: str = ""
    in_village: bool = False
    of_village: bool = False
    file_words: str = ""

    @cached_property
    def title(self) -> Text:
        """What readers call the layer: `[layer]` of maps/words/terms.toml."""
        return Text(**i18n.messages("terms")["layer"][self.name])

    @cached_property
    def headings(self) -> dict[str, str]:
        """Every normalised heading of the layer → the name of its column."""
        named = {normalise_heading(column.name): column.name for column in self.columns}
        aliases = {
            normalise_heading(word): column.name
            for column in self.columns
            for word in column.aliases.split()
        }
        return aliases | named

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by their name."""
        return {column.name: column for column in self.columns}


class _Flags(TypedDict, total=False):
    required: bool
    personal: bool
    yes_no: Mapping[str, tuple[str, str]]
    signed: bool
    between: tuple[float, float]
    by_month: bool
    helper: bool


def id_column(name: str, aliases: str, **flags: Unpack[_Flags]) -> Column:
    """An id: text with all digits."""
    return Column(name, "id", aliases, **flags)


def code_column(name: str, digits: int, aliases: str, **flags: Unpack[_Flags]) -> Column:
    """An official code of `digits` digits, as text."""
    return Column(name, "code", aliases, digits=digits, **flags)


def text_column(name: str, aliases: str, **flags: Unpack[_Flags]) -> Column:
    """A column of free text."""
    return Column(name, "text", aliases, **flags)


def number_column(name: str, unit: str, aliases: str, **flags: Unpack[_Flags]) -> Column:
    """A number in `unit`."""
    return Column(name, "number", aliases, unit=unit, **flags)


def count_column(name: str, unit: str, aliases: str, **flags: Unpack[_Flags]) -> Column:
    """A whole number of things: unit "户" for households, "个" for anything else."""
    return Column(name, "number", aliases, unit=unit, whole=True, **flags)


def date_column(name: str, aliases: str, **flags: Unpack[_Flags]) -> Column:
    """A date."""
    return Column(name, "date", aliases, **flags)


def yes_no_column(name: str, aliases: str, **flags: Unpack[_Flags]) -> Column:
    """Yes, no, or missing."""
    return Column(name, "bool", aliases, **flags)


def choice_column(
    name: str, choices: Mapping[str, str], aliases: str, **flags: Unpack[_Flags]
) -> Column:
    """A code of a code list."""
    return Column(name, "choice", aliases, choices=choices, **flags)


def required(column: Column) -> Column:
    """The same column, required."""
    return replace(column, required=True)


def expected(column: Column) -> Column:
    """The same column; a blank among filled cells is reported, because results may depend on it."""
    return replace(column, expected_filled=True)


def normalise_word(words: str) -> str:
    """A code-list word without width, case, spaces and punctuation."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", words).lower())


def normalise_heading(heading: str) -> str:
    """A heading normalised, without its bracketed unit."""
    bare = _BRACKETS.sub("", unicodedata.normalize("NFKC", heading))
    return normalise_word(bare) or normalise_word(heading)

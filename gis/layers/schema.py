"""What a layer's columns are called, what they hold, and which of them are personal.

Each column is declared once, in `gis.layers.columns`, with the Chinese headings it answers to.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, TypedDict, Unpack

from gis.layers.code_lists import NO, YES

Kind = Literal["id", "code", "text", "number", "date", "bool", "choice"]
Shape = Literal["point", "line", "polygon", "none"]

_BRACKETS = re.compile(r"[(\[{<].*?[)\]}>]")
_NOISE = re.compile(r"[\s\u200b-\u200f\ufeff*:：.,、_\-/]+")


@dataclass(frozen=True)
class Column:
    """One column of a layer.

    kind      id and code are text to the last digit (a code has `digits` digits, if given);
              number is float64 in `unit`; choice is a key of `choices`
    aliases   the usual Chinese headings, separated by spaces
    choices   our word → the words people write for it, separated by spaces
    asked     heading that asks a question → what yes and what no say
    signed    a number that may be below zero
    """

    name: str
    kind: Kind
    aliases: str = ""
    required: bool = False
    usual: bool = False
    personal: bool = False
    unit: str = ""
    digits: int = 0
    choices: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    signed: bool = False

    def asked_as(self, heading: str) -> Column:
        """The column with 是 and 否 among its words where `heading` asks for them."""
        answers = {normalise_heading(one): said for one, said in self.asked.items()}.get(
            normalise_heading(heading)
        )
        if answers is None:
            return self
        more = {answers[0]: " ".join(YES), answers[1]: " ".join(NO)}
        words = {key: f"{said} {more.get(key, '')}" for key, said in self.choices.items()}
        return replace(self, choices=words)

    @cached_property
    def words(self) -> dict[str, str]:
        """Every written word (plain) → our word, for a choice."""
        words = {normalise_word(key): key for key in self.choices}
        words |= {
            normalise_word(word): key for key, said in self.choices.items() for word in said.split()
        }
        return words


@dataclass(frozen=True)
class Layer:
    """One layer of the contract.

    shapes    the geometries it may have, the first being the usual one; "none": a plain table
    key       the column that must be there once in each row, "" for none
    dated     the column that tells the versions of one key apart, "" for none
    kept      rejected rows stay, with their reject_reason: what was found stays found
    numbered  of points, and of so many that a place is columns x and y [m], never a geometry
    required  the layer must be in every project
    """

    name: str
    shapes: tuple[Shape, ...]
    columns: tuple[Column, ...]
    key: str = ""
    dated: str = ""
    kept: bool = False
    numbered: bool = False
    required: bool = False
    zh: str = ""

    @cached_property
    def headings(self) -> dict[str, str]:
        """Every heading (folded) that a column answers to → the column's name."""
        named = {normalise_heading(column.name): column.name for column in self.columns}
        said = {
            normalise_heading(word): column.name
            for column in self.columns
            for word in column.aliases.split()
        }
        return said | named

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by their name."""
        return {column.name: column for column in self.columns}


class _Flags(TypedDict, total=False):
    required: bool
    personal: bool
    asked: Mapping[str, tuple[str, str]]
    signed: bool


def id_column(name: str, aliases: str, **flags: Unpack[_Flags]) -> Column:
    """An id: text to the last digit."""
    return Column(name, "id", aliases, **flags)


def code_column(name: str, digits: int, aliases: str, **flags: Unpack[_Flags]) -> Column:
    """An official code of `digits` digits, as text."""
    return Column(name, "code", aliases, digits=digits, **flags)


def text_column(name: str, aliases: str, **flags: Unpack[_Flags]) -> Column:
    """Words."""
    return Column(name, "text", aliases, **flags)


def number_column(name: str, unit: str, aliases: str, **flags: Unpack[_Flags]) -> Column:
    """A number in `unit`."""
    return Column(name, "number", aliases, unit=unit, **flags)


def date_column(name: str, aliases: str, **flags: Unpack[_Flags]) -> Column:
    """A day."""
    return Column(name, "date", aliases, **flags)


def yes_no_column(name: str, aliases: str, **flags: Unpack[_Flags]) -> Column:
    """Yes, no, or missing."""
    return Column(name, "bool", aliases, **flags)


def choice_column(
    name: str, choices: Mapping[str, str], aliases: str, **flags: Unpack[_Flags]
) -> Column:
    """A word of a code list."""
    return Column(name, "choice", aliases, choices=choices, **flags)


def required(column: Column) -> Column:
    """The same column, required."""
    return replace(column, required=True)


def expected(column: Column) -> Column:
    """The same column, of which a blank among filled cells is said: an answer may rest on it."""
    return replace(column, usual=True)


def normalise_word(words: str) -> str:
    """A code-list word without width, case, spaces and punctuation."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", words).lower())


def normalise_heading(heading: str) -> str:
    """A heading made plain and without its bracketed unit."""
    bare = _BRACKETS.sub("", unicodedata.normalize("NFKC", heading))
    return normalise_word(bare) or normalise_word(heading)


def personal_columns(layer: str) -> frozenset[str]:
    """The columns of `layer` that may never reach the public edition, in any form."""
    from gis.layers.columns import LAYERS  # noqa: PLC0415  the declarations use this module

    return frozenset(column.name for column in LAYERS[layer].columns if column.personal)

"""Tables in the office's terms, with personal numbers masked: identity, mobile and bank numbers.

A column that is known to hold such a number is masked whole. Every other text is searched for
numbers that are personal by their form, because a note may contain a second phone number, and an
office may bring columns of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis import i18n
from gis.output_columns import codes_of, heading_of, masked_columns

if TYPE_CHECKING:
    from datetime import date

_LONG = re.compile(r"\d(?<![0-9A-Za-z.].)\d{10,18}[Xx]?(?![0-9A-Za-z])")
_IDENTITY_NUMBER = re.compile(r"([1-9]\d{16}[\dXx])")
_MOBILE_NUMBER = re.compile(r"(?:86)?(1[3-9]\d{9})")
_CARD_NUMBER = re.compile(r"([3-6]\d{15,18})")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
# columns of neither villages nor households → (file of words, table in it)
_VALUES = {
    "individual_route": ("terms", "approach"),
    "approach_a": ("terms", "approach"),
    "approach_b": ("terms", "approach"),
    "mode": ("terms", "approach"),
    "verdict": ("terms", "verdict"),
    "kind": ("terms", "gap_kind"),
    "asset": ("terms", "asset"),
    "layer": ("terms", "layer"),
    "section": ("report", "section"),
    "change": ("report", "change"),
    "forecast_note": ("audit", "forecast"),
    "stage": ("audit", "count"),
    "carrier": ("report", "carrier"),
    "density_class": ("report", "density_class"),
    "state": ("report", "load_state"),
    "year_state": ("report", "load_state"),
    "total_state": ("report", "load_state"),
    "load_basis": ("report", "load_basis"),
    "horizon": ("report", "horizon"),
    "supply_quantity": ("report", "supply_quantity"),
    "load_stage": ("report", "load_stage"),
    "range_end": ("report", "range_end"),
    "grid_works": ("report", "grid_works"),
    "waiting_route": ("reasons", "route"),
    "computed_a": ("terms", "approach"),
    "computed_b": ("terms", "approach"),
    "grid_works_a": ("report", "grid_works"),
    "grid_works_b": ("report", "grid_works"),
    "near_term_a": ("terms", "approach"),
    "near_term_b": ("terms", "approach"),
    "interim_a": ("terms", "interim"),
    "interim_b": ("terms", "interim"),
    "works_kind": ("report", "works_kind"),
    "works_change": ("report", "works_change"),
    "ready_change": ("report", "ready_change"),
    "compared": ("report", "compared"),
    "purpose": ("report", "purpose"),
    "payment_stage": ("report", "payment_stage"),
    "sample_state": ("report", "sample_state"),
}
EXTRA = "extra:"  # prefix of the heading of an undeclared column
# Keys are not free text; an office's phone number is meant to be read.
_OTHERS = ("contact", "responsible_unit", "code", "geometry")
_KEYS = ("_id", "_code")
_LEAST = 10  # digits of the shortest number searched for: a landline with area code
_DIGITS = re.compile(rf"\d(?:[ ()-]{{0,2}}\d){{{_LEAST - 1}}}", re.ASCII)
_WIDTHS = str.maketrans("０１２３４５６７８９Ｘｘ\u3000‐‑–—－·", "0123456789Xx ------")
_DAY = r"(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_BEGIN, _END = r"(?<![0-9])(?<![0-9]\.)", r"(?![0-9])"
_IDENTITY = re.compile(rf"{_BEGIN}[1-9]\d{{5}}[ -]?\d{{8}}[ -]?\d{{3}}[0-9Xx]{_END}", re.ASCII)
_BORN = re.compile(rf"\d{{6}}{_DAY}", re.ASCII)
_MOBILE = re.compile(
    rf"{_BEGIN}(?:(?:\+|00)?86[ -]?)?(1[3-9]\d(?:[ -]?\d{{4}}){{2}}){_END}", re.ASCII
)
_CARD = re.compile(
    rf"{_BEGIN}(?:[3-6]\d{{15,18}}|[3-6]\d{{3}}(?:[ -]\d{{4}}){{3}}(?:[ -]\d{{1,3}})?){_END}",
    re.ASCII,
)
_LANDLINE = re.compile(rf"{_BEGIN}(0\d{{2,3}})[)-] ?\d{{7,8}}{_END}", re.ASCII)
_BARE = dict.fromkeys(map(ord, " -"))


def personal_numbers(text: str, known: set[str]) -> Iterator[str]:
    """Yield the kind of each personal number in `text` that is not in `known`."""
    for run in _LONG.findall(text):
        for kind, pattern, valid in (
            ("identity number", _IDENTITY_NUMBER, is_identity),
            ("mobile number", _MOBILE_NUMBER, bool),
            ("bank card", _CARD_NUMBER, is_card),
        ):
            number = pattern.fullmatch(run)
            if number and number[1] not in known and valid(number[1]):
                yield kind


def is_identity(number: str) -> bool:
    """GB 11643: 17 digits with a birth date, and the check digit of ISO 7064 mod 11-2."""
    month, day = int(number[10:12]), int(number[12:14])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECKS[total % 11] == number[17].upper()


def is_card(number: str) -> bool:
    """ISO/IEC 7812: the Luhn check."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def heading(column: str, lang: str = "zh") -> str:
    """The heading of a column in a workbook; an unknown column keeps its name."""
    name = column.removeprefix(EXTRA)
    if declared := heading_of(name):
        return declared.zh if lang == "zh" else declared.en
    pair = i18n.messages("report")["columns"].get(name)
    return str(pair[lang]) if pair else name


def day_in_words(day: date) -> str:
    """A day as an official letter writes it: 2024年11月7日."""
    said = i18n.messages("report")["titles"]["day"]["zh"]
    return said.format(year=day.year, month=day.month, day=day.day)


def in_words(column: str, value: str, lang: str = "zh") -> str:
    """A value of a column in words; values in no code list are unchanged."""
    return codes_in(column, lang).get(value, value)


def yes_and_no(lang: str = "zh") -> dict[bool, str]:
    """What true and false are called."""
    answer = i18n.messages("report")["answer"]
    return {True: answer["yes"][lang], False: answer["no"][lang]}


def translated(table: pd.DataFrame, lang: str = "zh") -> pd.DataFrame:
    """`table` with code-list keys and booleans in words; headings are unchanged."""
    said = {name: _said(table[name], lang) for name in table.columns}
    return pd.DataFrame(said, index=table.index)


def _said(column: pd.Series, lang: str) -> pd.Series:
    if isinstance(column.dtype, pd.BooleanDtype) or column.dtype == bool:
        words = yes_and_no(lang)
        said = np.where(column.fillna(value=False).astype(bool), words[True], words[False])
        return pd.Series(said, index=column.index, name=column.name).where(column.notna(), None)
    known = codes_in(str(column.name), lang)
    if not known:
        return column
    codes, values = pd.factorize(column)
    said = np.array([*(_named(value, known, lang) for value in values), None], dtype=object)
    return pd.Series(said[codes], index=column.index, name=column.name)


def _named(value: Any, known: dict[str, str], lang: str) -> Any:  # noqa: ANN401  # any cell
    """A key in words; for keys joined by "+", each of them."""
    if not isinstance(value, str) or "+" not in value:
        return known.get(value, value)
    comma = "、" if lang == "zh" else ", "
    return comma.join(known.get(key, key) for key in value.split("+"))


def codes_in(column: str, lang: str = "zh") -> dict[str, str]:
    """Key → words of a column's code list, in its order; {} if it has none."""
    codes = codes_of(column) or _VALUES.get(column)
    return _words(*codes, lang) if codes else {}


@cache
def _words(file: str, table: str, lang: str) -> dict[str, str]:
    return {key: pair[lang] for key, pair in i18n.messages(file)[table].items()}


def masked(name: str, column: pd.Series, *, unmask: bool) -> pd.Series:
    """`column` with personal numbers masked; every value if the column is declared personal."""
    if unmask:
        return column
    if hidden := masked_columns().get(name):
        front, back = hidden
        return column.map(lambda value: _starred(str(value), front, back), na_action="ignore")
    if not _is_free(name) or not _is_text(column):
        return column
    codes, values = pd.factorize(column)
    said = [without_numbers(value) if isinstance(value, str) else value for value in values]
    if all(one is other for one, other in zip(said, values, strict=True)):
        return column
    whole = np.array([*said, None], dtype=object)[codes]  # -1: missing
    return pd.Series(whole, index=column.index, name=column.name).astype(column.dtype)


def masked_table(table: pd.DataFrame, *, unmask: bool) -> pd.DataFrame:
    """`table` with every column `masked`; copied only if something is masked."""
    if unmask:
        return table
    starred = {}
    for name in table.columns:
        column = table[name]
        if (found := masked(str(name), column, unmask=False)) is not column:
            starred[name] = found
    return table.assign(**starred) if starred else table


def masked_values(value: Any) -> Any:  # noqa: ANN401  plain values of a page, whatever they are
    """Plain values (lists, mappings) with the personal numbers in their texts masked."""
    if isinstance(value, str):
        return without_numbers(value)
    if isinstance(value, Mapping):
        return {
            key: masked_values(one) if _is_free(str(key)) else one for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return type(value)(masked_values(one) for one in value)
    return value


def without_numbers(text: str) -> str:
    """`text` with the middle of every personal number masked.

    An identity number is recognised by its check digit or by its date of birth, because a mistyped
    one is personal too; a bank card by its check digit or the prefix 62.
    """
    plain = text.translate(_WIDTHS)
    if not _DIGITS.search(plain):
        return text
    shown = list(text)
    for start, end, (front, back) in _found(plain):
        signs = [at for at in range(start, end) if plain[at].isalnum()]
        for at in signs[front : len(signs) - back]:
            shown[at] = "*"
    return "".join(shown)


def _found(plain: str) -> Iterable[tuple[int, int, tuple[int, int]]]:
    for one in _IDENTITY.finditer(plain):
        number = one.group().translate(_BARE)
        if _BORN.match(number) or is_identity(number):
            yield one.start(), one.end(), masked_columns()["id_number"]
    for one in _CARD.finditer(plain):
        number = one.group().translate(_BARE)
        if number.startswith("62") or is_card(number):
            yield one.start(), one.end(), masked_columns()["bank_account"]
    for one in _MOBILE.finditer(plain):
        yield one.start(1), one.end(1), masked_columns()["phone"]
    for one in _LANDLINE.finditer(plain):
        yield one.start(), one.end(), (len(one.group(1)), 0)


def _is_free(name: str) -> bool:
    """Whether a column, or a key of a page's values, may contain free text."""
    if name.startswith(EXTRA):
        return True
    return not name.endswith(_KEYS) and name not in _OTHERS


def _is_text(column: pd.Series) -> bool:
    return pd.api.types.is_string_dtype(column) or pd.api.types.is_object_dtype(column)


def _starred(value: str, front: int, back: int) -> str:
    hidden = len(value) - front - back
    return value[:front] + "*" * hidden + value[-back:] if hidden >= 4 else "*" * len(value)

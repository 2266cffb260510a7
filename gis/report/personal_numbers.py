"""Numbers that are personal by their form: identity numbers, mobile phones, bank cards."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LONG = re.compile(r"\d(?<![0-9A-Za-z.].)\d{10,18}[Xx]?(?![0-9A-Za-z])")
_IDENTITY = re.compile(r"([1-9]\d{16}[\dXx])")
_MOBILE = re.compile(r"(?:86)?(1[3-9]\d{9})")
_CARD = re.compile(r"([3-6]\d{15,18})")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def personal_numbers(text: str, known: set[str]) -> Iterator[str]:
    """The kinds of personal numbers in `text` other than the `known` ones, once a number."""
    for run in _LONG.findall(text):
        for kind, pattern, valid in (
            ("identity number", _IDENTITY, is_identity),
            ("mobile number", _MOBILE, bool),
            ("bank card", _CARD, is_card),
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

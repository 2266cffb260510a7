"""Text behind escapes: entities, backslashes, percent signs, quoted-printable, UTF-7."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

_REACH = 48  # signs around an escape that belong to the same text
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]\w{1,30});?")
_BACKSLASH = re.compile(
    r"\\u\{([0-9A-Fa-f]{1,6})\}|\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})"
    r"|\\([0-7]{3})|\\([0-9A-Fa-f]{4,6}) ?|_x([0-9A-Fa-f]{4})_"
)
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_QUOTED = re.compile(r"=[0-9A-Fa-f]{2}")
_SHIFTED = re.compile(r"\+[A-Za-z0-9+/]{2,}-")


def undone(text: str) -> Iterator[str]:
    """The passages of `text` that hold escapes, without them."""
    for mark, pattern, plain in _WAYS:
        if mark in text:
            yield from _passages(text, pattern, plain)


def _passages(text: str, pattern: re.Pattern[str], plain: Callable[[str], str]) -> Iterator[str]:
    """Escapes that stand close together are one passage; each passage once."""
    start = end = -1
    for found in pattern.finditer(text):
        if start < 0:
            start = max(found.start() - _REACH, 0)
        elif found.start() - end > 2 * _REACH:
            yield plain(text[start : end + _REACH])
            start = found.start() - _REACH
        end = found.end()
    if start >= 0:
        yield plain(text[start : end + _REACH])


def _unslashed(text: str) -> str:
    return _BACKSLASH.sub(_sign, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _sign(found: re.Match[str]) -> str:
    octal = found.group(4)
    number = int(octal, 8) if octal else int(next(filter(None, found.groups())), 16)
    return chr(number) if number <= 0x10FFFF else found.group()


def _unquoted(text: str) -> str:
    return _from_bytes(unquote_to_bytes(text))


def _unprinted(text: str) -> str:
    joined = re.sub(r"=\r?\n", "", text)
    return _from_bytes(unquote_to_bytes(_QUOTED.sub(lambda m: "%" + m.group()[1:], joined)))


def _unshifted(text: str) -> str:
    """UTF-7, passage by passage, since what is around it may be none."""
    return _SHIFTED.sub(
        lambda m: m.group().encode("ascii", "replace").decode("utf-7", "replace"), text
    )


def _from_bytes(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("gb18030", "replace")


_WAYS: tuple[tuple[str, re.Pattern[str], Callable[[str], str]], ...] = (
    ("&", _ENTITY, html.unescape),
    ("\\", _BACKSLASH, _unslashed),
    ("_x", _BACKSLASH, _unslashed),
    ("%", _PERCENT, _unquoted),
    ("=", _QUOTED, _unprinted),
    ("+", _SHIFTED, _unshifted),
)

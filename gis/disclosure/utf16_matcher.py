"""Secrets written in UTF-16 among bytes of another kind, where no decoding shows them.

Decoded as UTF-16, the bytes of a page turn into Hanzi too, so that a name planted there is no word
of its own any more. So what is looked for is the bytes: the first two signs of every secret in one
pass over a table of what two bytes may say, what follows only where those two stand.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_ENCODINGS = ("utf-16-le", "utf-16-be")
_HEAD = 2  # signs
# ASSUME: three signs in a row, of 65,536 each, are no chance; of two there must be text around.
_CHANCE = 2
_AROUND = 6  # bytes
_CONTINUED = bytes(range(0x80, 0xC0))
_NO_TEXT = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PLAIN = re.compile(rb"[\x20-\x7e]+")
_PLAIN_WORD = re.compile(rb"[0-9A-Za-z_]")
_UTF8 = codecs.getincrementaldecoder("utf-8")
Table = NDArray[np.bool_]


@dataclass(frozen=True)
class Utf16Matcher:
    """What to look for.

    words          the secrets, folded; one of a single sign is none
    first, second  for every two bytes whether they may be a first, a second sign of a secret
    longest        signs of the longest secret
    own            what the pages themselves are made of, in small letters: plain text that stands
                   there too is no name
    """

    words: Set[str]
    first: Table
    second: Table
    longest: int
    own: str

    @classmethod
    def of(cls, words: Set[str], own: str) -> Utf16Matcher:
        """Of folded words."""
        folded = {word[:_HEAD] for word in words}
        heads = sorted(folded | {head.upper() for head in folded})
        units = b"".join(head.encode("utf-16-le")[:4] for head in heads if len(head) == _HEAD)
        signs = np.frombuffer(units, "<u2").reshape(-1, 2)
        first, second = np.zeros(1 << 16, dtype=bool), np.zeros(1 << 16, dtype=bool)
        first[signs[:, 0]] = second[signs[:, 1]] = True
        return cls(words, first, second, max(map(len, words), default=0), own)

    def found_in(self, content: bytes) -> Iterator[str]:
        """The secrets whose bytes stand in `content`, at whatever byte they begin."""
        if len(content) < 2 * _HEAD:
            return
        one = np.frombuffer(content, np.uint8).astype("<u2")
        little = one[:-1] | one[1:] << 8
        for encoding, units in zip(_ENCODINGS, (little, little.byteswap()), strict=True):
            starts = np.flatnonzero(self.first[units[:-2]])
            for start in starts[self.second[units[starts + 2]]].tolist():
                yield from self._from(content, start, encoding)

    def _from(self, content: bytes, start: int, encoding: str) -> Iterator[str]:
        text = content[start : start + 2 * self.longest].decode(encoding, "replace").lower()
        for length in range(_HEAD, len(text) + 1):
            if text[:length] in self.words:
                end = start + len(text[:length].encode(encoding))
                if self._meant(content, start, end):
                    yield text[:length]

    def _meant(self, content: bytes, start: int, end: int) -> bool:
        """Whether the bytes are the secret, and not by chance the same as its own."""
        piece = content[start:end]
        if _PLAIN.fullmatch(piece):
            beside = content[max(start - 1, 0) : start] + content[end : end + 1]
            own = piece.decode("ascii").lower() in self.own
            return not own and not _PLAIN_WORD.search(beside)
        around = content[max(start - _AROUND, 0) : start], content[end : end + _AROUND]
        return end - start > 2 * _CHANCE or all(map(_is_text, around))


def _is_text(piece: bytes) -> bool:
    """Whether a piece cut out of UTF-8 may be text."""
    try:
        text = _UTF8().decode(piece.lstrip(_CONTINUED))
    except UnicodeDecodeError:
        return False
    return not _NO_TEXT.search(text)

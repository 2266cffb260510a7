"""Every way in which finished bytes can be read as text: containers opened, encodings undone.

A file is looked at as a curious reader with the usual tools would: archives (XLSX is one), gzip
and zlib streams, PNG text, data written in base64 or hex are opened, one inside the other; text is
read in UTF-8, UTF-16 and GB18030, its entities, escapes and percent signs undone. Nothing is read
twice: what several pages have in common is looked at once.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from gis.disclosure.containers import opened
from gis.disclosure.escapes import undone

_DEPTH = 6
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{11,}={0,2}")
_LINES = re.compile(r"(?:[A-Za-z0-9+/]{40,100}\r?\n)+[A-Za-z0-9+/]*={0,2}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){6,}|(?:[0-9A-Fa-f]{2}[ :]){5,}[0-9A-Fa-f]{2}")
# Where one part of a page ends and another begins, which other pages may have too.
_BLOCK = re.compile(
    rb'[<"](?:(?<=<)/?(?:script|style)'
    rb'|(?<=")(?:credits|geometry|looks|targets|terms|townships|villages|words|zones)":[\[{])'
)
_PLAIN = 16  # shorter bytes than this are text or nothing
View: TypeAlias = "str | bytes | Raw"


class Raw(NamedTuple):
    """A part of a file as the bytes that it is, whatever they may say."""

    content: bytes


class Reader:
    """Reads files one after the other; remembers what it has read."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()

    def views(self, name: str, content: bytes) -> Iterator[View]:
        """Every text that can be read in the file `name`, its name included, and every blob.

        A blob is what was packed or written in base64 or hex, as the bytes it is. Of every file
        and blob the bytes are given, part by part, besides.
        """
        yield name
        yield from self._of_bytes(content, 0)

    def _of_bytes(self, content: bytes, depth: int) -> Iterator[View]:
        if depth > _DEPTH or not content or not self._is_new(content):
            return
        if depth and len(content) >= _PLAIN:
            yield content
        for piece in opened(content):
            yield from self._of_bytes(piece, depth + 1)
        for block in blocks(content):
            if self._is_new(block, b"block"):
                yield Raw(block)
                for text in decoded(block):
                    yield from self._of_text(text, depth)

    def _of_text(self, text: str, depth: int) -> Iterator[View]:
        if len(text) > 1 and self._is_new(text.encode("utf-8", "surrogatepass"), b"text"):
            yield text
            if depth < _DEPTH:
                yield from self._within(text, depth)

    def _within(self, text: str, depth: int) -> Iterator[View]:
        for plain in undone(text):
            yield from self._of_text(plain, depth + 1)
        for content in hidden(text):
            yield from self._of_bytes(content, depth + 1)

    def _is_new(self, content: bytes, kind: bytes = b"") -> bool:
        digest = hashlib.blake2b(content, digest_size=16, person=kind).digest()
        if digest in self._seen:
            return False
        self._seen.add(digest)
        return True


def blocks(content: bytes) -> Iterator[bytes]:
    """The parts of a page, each of which another page may have too."""
    begins = [0, *(found.start() for found in _BLOCK.finditer(content)), len(content)]
    for begin, end in pairwise(begins):
        if begin < end:
            yield content[begin:end]


def decoded(content: bytes) -> Iterator[str]:
    """The texts that `content` may be; of a short piece only what reads as text throughout.

    Digits and letters in UTF-16 have a zero byte; what has none and is UTF-8 is a page.
    """
    try:
        yield content.decode("utf-8")
        if b"\0" not in content:
            return
    except UnicodeDecodeError:
        if len(content) >= _PLAIN:
            yield content.decode("utf-8", "replace")
        yield from _spoken(content, "gb18030")
    for encoding in ("utf-16-le", "utf-16-be"):
        yield from _spoken(content, encoding)
        yield from _spoken(content[1:], encoding)


_SPOKEN = re.compile(r"[\x20-\x7e\u3000-\u303f\u4e00-\u9fff\uff01-\uff5e\u00b7]{2,}")


def _spoken(content: bytes, encoding: str) -> Iterator[str]:
    """What could be meant as text in bytes that may be none."""
    text = content.decode(encoding, "replace")
    found = _SPOKEN.findall(text)
    if sum(map(len, found)) * 2 > len(text) or len(content) >= _PLAIN:
        yield "\n".join(found)


def hidden(text: str) -> Iterator[bytes]:
    """The bytes that are written in `text` in base64 or hex; what it repeats is given once."""
    for lines in dict.fromkeys(_LINES.findall(text)):
        yield _from_base64(re.sub(r"\s", "", lines))
    for run in dict.fromkeys(_BASE64.findall(text)):
        yield _from_base64(run)
    for run in dict.fromkeys(_HEX.findall(text)):
        yield bytes.fromhex(re.sub(r"[ :]", "", run))


def _from_base64(run: str) -> bytes:
    """What `run` stands for; a sign too many at its end is left out."""
    bare = run.rstrip("=").replace("-", "+").replace("_", "/")
    cut = bare[: len(bare) - 1] if len(bare) % 4 == 1 else bare
    return binascii.a2b_base64(cut + "=" * (-len(cut) % 4))

"""The last look before the public edition goes out, at the finished bytes themselves.

Every way in which finished bytes can be read as text: containers opened, encodings undone.

A file is looked at as a curious reader with the usual tools would: archives (XLSX is one), gzip
and zlib streams, PNG text, data written in base64 or hex are opened, one inside the other; text is
read in UTF-8, UTF-16 and GB18030, its entities, escapes and percent signs undone. Nothing is read
twice: what several pages have in common is looked at once.

What is packed inside bytes: archives, compressed streams, pictures with text.

Text behind escapes: entities, backslashes, percent signs, quoted-printable, UTF-7.
"""

from __future__ import annotations

import binascii
import hashlib
import html
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from typing import NamedTuple, TypeAlias
from urllib.parse import unquote_to_bytes

import numpy as np

from gis.disclosure.fixed_words import said_anyway
from gis.disclosure.personal_data import Secrets, Vertices, normalise, vertices
from gis.disclosure.utf16_matcher import Utf16Matcher
from gis.errors import PublicationError, Text
from gis.pages.model import Edition
from gis.pages.render import own_text
from gis.report.personal_numbers import personal_numbers

_REACH = 48  # signs around an escape that belong to the same text
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]\w{1,30});?")
_BACKSLASH = re.compile(
    r"\\u\{([0-9A-Fa-f]{1,6})\}|\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})"
    r"|\\([0-7]{3})|\\([0-9A-Fa-f]{4,6}) ?|_x([0-9A-Fa-f]{4})_"
)
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_QUOTED = re.compile(r"=[0-9A-Fa-f]{2}")
_SHIFTED = re.compile(r"\+[A-Za-z0-9+/]{2,}-")


def unescape_all(text: str) -> Iterator[str]:
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

_MOST = 1 << 28  # bytes of one opened stream: what is larger is no page of ours
_PNG = b"\x89PNG\r\n\x1a\n"
_RAW, _ZLIB, _GZIP = -zlib.MAX_WBITS, zlib.MAX_WBITS, zlib.MAX_WBITS | 16
_STREAM = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_STARTS = 64  # streams that are looked for inside one piece of bytes


def unpack_containers(content: bytes) -> Iterator[bytes]:
    """Everything packed in `content`, one layer deep."""
    if content.startswith(_PNG):
        yield from _png(content)
    elif b"PK\x05\x06" in content:
        yield from _zip(content)
    else:
        yield from _streams(content)


def _streams(content: bytes) -> Iterator[bytes]:
    for number, found in enumerate(_STREAM.finditer(content)):
        if number == _STARTS:
            return
        piece = _inflated(content[found.start() :], _GZIP if found.group()[0] == 0x1F else _ZLIB)
        if piece:
            yield piece


def _inflated(content: bytes, wbits: int) -> bytes:
    """What can be inflated, also of a stream that is cut short; nothing where it is none."""
    try:
        return zlib.decompressobj(wbits).decompress(content, _MOST)
    except zlib.error:
        return b""


def _zip(content: bytes) -> Iterator[bytes]:
    """Members, their names and comments, and what stands before the archive."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            yield archive.comment
            for member in archive.infolist():
                yield member.filename.encode("utf-8", "surrogateescape")
                yield member.comment
                yield member.extra
                yield archive.read(member)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error):
        return


def _png(content: bytes) -> Iterator[bytes]:
    """The text of a picture: its text chunks, inflated where they are packed, and what follows."""
    at = len(_PNG)
    while at + 8 <= len(content):
        (size,), kind = struct.unpack(">I", content[at : at + 4]), content[at + 4 : at + 8]
        data = content[at + 8 : at + 8 + size]
        if kind in (b"tEXt", b"eXIf"):
            yield data
        elif kind in (b"zTXt", b"iTXt"):
            yield data
            yield from _packed_text(data)
        at += size + 12
        if kind == b"IEND":
            break
    yield content[at:]


def _packed_text(data: bytes) -> Iterator[bytes]:
    """The packed part lies behind the keyword and a few flags."""
    for start in range(len(data)):
        if data[start] == 0x78:
            piece = _inflated(data[start:], _ZLIB)
            if piece:
                yield piece
                return


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
View: TypeAlias = "str | bytes | RawView"


class RawView(NamedTuple):
    """A part of a file as the bytes that it is, whatever they may say."""

    content: bytes


class BlockReader:
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
        for piece in unpack_containers(content):
            yield from self._of_bytes(piece, depth + 1)
        for block in blocks(content):
            if self._is_new(block, b"block"):
                yield RawView(block)
                for text in decoded(block):
                    yield from self._of_text(text, depth)

    def _of_text(self, text: str, depth: int) -> Iterator[View]:
        if len(text) > 1 and self._is_new(text.encode("utf-8", "surrogatepass"), b"text"):
            yield text
            if depth < _DEPTH:
                yield from self._within(text, depth)

    def _within(self, text: str, depth: int) -> Iterator[View]:
        for plain in unescape_all(text):
            yield from self._of_text(plain, depth + 1)
        for content in decode_embedded(text):
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


def decode_embedded(text: str) -> Iterator[bytes]:
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


_NUMBER = re.compile(r"\d\d")


class Leak(NamedTuple):
    """Something personal in a public file: which file, what kind. Never the value itself."""

    file: str
    kind: str


def refuse_leaks(files: Mapping[str, bytes], check: LeakScan) -> None:
    """Raise PublicationError if anything personal stands in `files`, which are to be public."""
    leaks = sorted(set(check.leaks_in(files)))
    if leaks:
        listed = ", ".join(f"{leak.file} ({leak.kind})" for leak in leaks[:5])
        zh = (
            f"公众版里发现个人信息，没有发布：{listed}。"
            "请检查项目的标题、图层的来源等文字是否写入了住户信息。"
        )
        en = (
            f"personal data was found in the public edition, nothing was published: {listed}. "
            "Check whether a text of the project (a title, a source) carries household data."
        )
        raise PublicationError(Text(zh, en))


@dataclass(frozen=True)
class LeakScan:
    """What is hidden, the words that are public whoever bears them, the places that are drawn."""

    hidden: Secrets
    known: set[str]
    drawn: Vertices
    wide: Utf16Matcher

    @classmethod
    def of(cls, edition: Edition, hidden: Secrets, known: set[str]) -> LeakScan:
        """The check of a public edition; known: as `public_words` gives them."""
        own = " ".join((normalise(own_text()), *sorted(known)))
        said = known | said_anyway(edition)
        return cls(hidden, said, _drawn(edition), Utf16Matcher.of(hidden.words.keys(), own))

    def leaks_in(self, files: Mapping[str, bytes]) -> Iterator[Leak]:
        """Every leak in `files`."""
        reader = BlockReader()
        for name, content in sorted(files.items()):
            for view in reader.views(name, content):
                yield from (Leak(name, kind) for kind in self._kinds(view))

    def _kinds(self, view: str | bytes | RawView) -> Iterator[str]:
        if isinstance(view, str):
            return self._text(view)
        return self._raw(view.content) if isinstance(view, RawView) else self._blob(view)

    def _text(self, text: str) -> Iterator[str]:
        yield from self.hidden.columns_in(text, self.known)
        if not _NUMBER.search(text):
            return
        yield from personal_numbers(text, self.known)
        if self.hidden.positions.given_away(text, self.drawn):
            yield "household position"

    def _raw(self, content: bytes) -> Iterator[str]:
        for word in self.wide.found_in(content):
            if word not in self.known:
                yield self.hidden.words[word]

    def _blob(self, content: bytes) -> Iterator[str]:
        if self.hidden.positions.packed(content, self.drawn):
            yield "household position"


def _drawn(edition: Edition) -> Vertices:
    """Every vertex of the layers that may be drawn, and the middles of villages."""
    at = [(gap["lon"], gap["lat"]) for gap in edition.gaps]
    for collection in edition.geometry.values():
        for feature in collection["features"]:
            at.extend(_vertices(feature["geometry"]["coordinates"]))
    places = np.array(at, dtype=float).reshape(-1, 2)
    return vertices(places[:, 0], places[:, 1])


def _vertices(coordinates: object) -> Iterator[tuple[float, float]]:
    if isinstance(coordinates, (list, tuple)) and coordinates:
        if isinstance(coordinates[0], float):
            yield float(coordinates[0]), float(coordinates[1])
        else:
            for one in coordinates:
                yield from _vertices(one)

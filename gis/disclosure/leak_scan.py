"""Leak scan: the last check before the public edition is published.

The values of the edition are checked first, before a page or a table encodes them. Then every
finished file is read once. Archives (XLSX is one), gzip and zlib streams and PNG text are unpacked,
also inside one another. In text, escapes are undone, and base64 and hex are decoded. A part that
several pages have in common is read once. Words that the pages contain whatever the ledger says
are no leak.

The files are our own, so their text is UTF-8. Anything else is refused, because it cannot be read.
"""

from __future__ import annotations

import binascii
import html
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, is_dataclass
from functools import cache
from io import BytesIO
from itertools import chain
from math import isfinite
from typing import NamedTuple, TypeGuard
from urllib.parse import unquote_to_bytes

import numpy as np

from gis.disclosure.personal_data import Secrets, Vertices, vertices, words_in
from gis.errors import PublicationError, Text
from gis.pages.drawn_layers import DRAWN
from gis.pages.model import Edition
from gis.pages.render import own_text
from gis.report.translate import personal_numbers

_PUBLIC_LAYERS = {"mains", *(one.name for one in DRAWN if one.public)}
LARGEST = 2**28  # maximum unpacked size of an archive or stream [bytes]
_DEPTH = 6  # maximum nesting of containers and encodings
_REACH = 48  # characters around an escape that belong to the same text
_ARRAY = 16  # bytes: two doubles; shorter arrays contain no position
_UNREADABLE = re.compile(r"[\0-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Boundaries between parts of a page; other pages may have the same parts.
_PART = re.compile(r"\},|</?(?=script|style)")
_PNG = b"\x89PNG\r\n\x1a\n"
_CONTAINERS = (_PNG, b"PK\x03\x04", b"\x1f\x8b\x08")
_STREAM = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_DAMAGED = (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{11,}(?:\r?\n[A-Za-z0-9+/_-]+)*={0,2}")
_HEX = re.compile(r"[0-9A-Fa-f](?:[0-9A-Fa-f]{11,}|[0-9A-Fa-f](?:[ :][0-9A-Fa-f]{2}){5,})")


def said_anyway(edition: Edition) -> set[str]:
    """Every normalised word that the public pages contain independently of household ids.

    These are words of templates, names of fields and drawn objects, pinyin for the search, and
    figures, because a count that equals somebody's number reveals nothing about that person.
    """
    rows = (*edition.villages, *edition.townships, *edition.targets, *edition.zones, *edition.gaps)
    spelt = (row[name] for row in edition.villages for name in ("pinyin", "initials"))
    said = _of_code().union(*map(words_in, spelt))
    said |= {str(int(abs(value))) for value in leaves((rows, edition.growth)) if _is_figure(value)}
    for collection in edition.geometry.values():
        for feature in collection["features"]:
            for name, value in feature["properties"].items():
                said |= {name, *words_in(str(value))}
    return said | {key.casefold() for row in rows for key in row}


def leaves(value: object) -> Iterator[object]:
    """Yield the plain values in nested rows, lists and records."""
    if is_dataclass(value):
        value = vars(value)
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from leaves(one)
    else:
        yield value


def _is_figure(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


@cache
def _of_code() -> set[str]:
    return words_in(own_text())


class BlockReader:
    """Reads files one after the other, and equal content once."""

    def __init__(self) -> None:
        self._seen: set[str | bytes] = set()

    def views(self, name: str, content: bytes) -> Iterator[str | bytes]:
        """Yield every text in the file `name`, including the name, and every array.

        An array is packed or encoded content as bytes. In a text, surrogates and control
        characters stand for content that is not text.
        """
        # strict: must be UTF-8 or a container; not a word that only looks encoded
        todo: list[tuple[str | bytes, int, bool]] = [(content, 0, True), (name, 0, False)]
        while todo:
            item, depth, strict = todo.pop()
            if item in self._seen or depth > _DEPTH:
                continue
            self._seen.add(item)
            if depth or isinstance(item, str):
                yield item
            if isinstance(item, str):
                within: list[str | bytes] = [*unescape_all(item), *decode_embedded(item)]
                todo += ((one, depth + 1, False) for one in within)
                continue
            opened = unpack_containers(item) if depth < _DEPTH else []
            contained = bool(opened) and item.startswith(_CONTAINERS)
            todo += ((piece, depth + 1, strict and contained) for piece in opened)
            raw = [item.decode("utf-8", "surrogateescape")]
            texts = raw if strict and not contained else possible_texts(item)
            todo += ((part, depth, False) for text in texts for part in _PART.split(text))


def possible_texts(content: bytes) -> list[str]:
    """The texts that bytes of unknown encoding may represent, the likeliest first."""
    texts = []
    for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"):
        with suppress(UnicodeDecodeError):
            text = content.decode(encoding)
            texts += [text] if encoding == "utf-8" or "".join(text.split()).isprintable() else []
    if len(content) >= _ARRAY:
        texts.append(content.decode("utf-8", "surrogateescape"))
    return [_UNREADABLE.sub("\n", text) for text in texts]


def unpack_containers(content: bytes) -> list[bytes]:
    """The contents of containers in `content`, one level deep; nothing of damaged archives."""
    if content.startswith(_PNG):
        return list(_png_texts(content))
    if b"PK\x05\x06" in content:
        with suppress(*_DAMAGED), zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            _check_size(sum(member.file_size for member in members))
            told = [(one.filename.encode(), one.comment, one.extra) for one in members]
            return [*map(archive.read, members), *chain(*told), archive.comment]
    streams = (memoryview(content)[found.start() :] for found in _STREAM.finditer(content))
    return list(filter(None, map(_inflated, streams)))


def _inflated(content: memoryview) -> bytes:
    """The inflated bytes of a stream, even a truncated one; b"" if it is not a stream."""
    stream = zlib.decompressobj(zlib.MAX_WBITS | 32)
    with suppress(zlib.error):
        inflated = stream.decompress(content, LARGEST + 1)
        _check_size(len(inflated))
        return inflated
    return b""


def _check_size(size: int) -> None:
    if size > LARGEST:
        raise PublicationError(
            Text(
                "公众版里有一段压缩内容展开后超过 256 MB，无法检查，没有发布。"
                "请检查项目的标题、图层的来源等文字里是否粘贴了文件内容。",
                "something compressed in the public edition unpacks to more than 256 MB and cannot "
                "be checked, so nothing was published. Check whether a text of the project (a "
                "title, a source) carries the content of a file.",
            )
        )


def _png_texts(content: bytes) -> Iterator[bytes]:
    """The keywords and texts of a PNG, and any bytes after its end."""
    at, kind = len(_PNG), b""
    while kind != b"IEND" and at + 8 <= len(content):
        size, kind = struct.unpack(">I4s", content[at : at + 8])
        if kind in {b"tEXt", b"zTXt", b"iTXt", b"eXIf"}:
            keyword, _, text = content[at + 8 : at + 8 + size].partition(b"\0")
            yield from (keyword, text if kind == b"tEXt" else text.lstrip(b"\0\1"))  # flags
        at += size + 12
    yield content[at:]


def _escaped_bytes(escapes: str) -> str:
    content = unquote_to_bytes(re.sub(r"=\r?\n", "", escapes).replace("=", "%"))
    return [*possible_texts(content), content.decode("gb18030", "replace")][0]


# Escapes (first sign, pattern of the rest) → decoder: HTML entities; JSON, JavaScript, CSS and
# workbooks; percent encoding and quoted-printable, with the plain letters in between; UTF-7.
_ESCAPES: dict[tuple[str, str], Callable[[str], str]] = {
    ("&", r"#?\w{1,31};?"): html.unescape,
    (r"\\", "[nrt]"): lambda _: "\n",
    (r"\\", "[0-7]{3}"): lambda escape: chr(int(escape[1:], 8)),
    (r"\\", r"u\{(?:10|0?H)?H{1,4}\}|uH{4}|xHH|(?:10|0?H)?H{4} ?"): (
        lambda escape: chr(int(escape.strip(r"\ux{} "), 16))
    ),
    ("_", "xH{4}_"): lambda escape: chr(int(escape[2:6], 16)),
    ("%", r"HH(?:[0-9@-[\]^`-~]{0,3}%HH)*[0-9@-[\]^`-~]?"): _escaped_bytes,
    ("=", r"HH(?:[0-9@-[\]^`-~]{0,3}(?:=\r?\n)?=HH)+[0-9@-[\]^`-~]?"): _escaped_bytes,
    ("=", r"\r?\n"): lambda _: "",
    (r"\+", "[A-Za-z0-9+/]{2,}-"): lambda escape: escape.encode().decode("utf-7", "replace"),
}
_MEANT = tuple(_ESCAPES.values())
_ANY = r"[&\\_%=+](?:" + "|".join(f"(?<={sign})({rest})" for sign, rest in _ESCAPES) + ")"
_ESCAPE = re.compile(_ANY.replace("H", "[0-9A-Fa-f]"))
_PASSAGE = re.compile(rf"{_ESCAPE.pattern}(?:.{{0,{2 * _REACH}}}?{_ESCAPE.pattern})*", re.DOTALL)


def unescape_all(text: str) -> Iterator[str]:
    """Yield the passages of `text` around escapes, unescaped; close escapes share a passage."""
    for found in _PASSAGE.finditer(text):
        passage = text[max(found.start() - _REACH, 0) : found.end() + _REACH]
        plain = _ESCAPE.sub(lambda escape: _MEANT[(escape.lastindex or 0) - 1](escape[0]), passage)
        paired = plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        yield _UNREADABLE.sub("\n", paired)


def decode_embedded(text: str) -> Iterator[bytes]:
    """Yield the bytes encoded in `text` in base64 or hex, repeated ones once."""
    for run in {one for runs in _BASE64.findall(text) for one in (runs, *runs.split())}:
        bare = re.sub(r"[\s=]", "", run).replace("-", "+").replace("_", "/")
        cut = bare[: len(bare) - (len(bare) % 4 == 1)]  # a single surplus sign is dropped
        yield binascii.a2b_base64(cut + "=" * (-len(cut) % 4))
    for run in set(_HEX.findall(text)):
        bare = re.sub(r"[ :]", "", run)
        yield bytes.fromhex(bare[: len(bare) // 2 * 2])


class Leak(NamedTuple):
    """Personal data found: file or field, and kind; never the value itself."""

    file: str
    kind: str


def refuse_leaks(edition: Edition, files: Mapping[str, bytes], check: LeakScan) -> None:
    """Raise PublicationError if an edition or its finished files contain personal data."""
    leaks = sorted({*check.leaks_in_values(edition), *check.leaks_in(files)})
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
    """What to search for: personal values; excluded: public words, and vertices that are drawn."""

    hidden: Secrets
    known: set[str]
    drawn: Vertices

    @classmethod
    def of(cls, edition: Edition, hidden: Secrets, known: set[str]) -> LeakScan:
        """The scan of a public edition; known: the result of `public_words`."""
        return cls(hidden, known | said_anyway(edition), _drawn(edition))

    def leaks_in_values(self, edition: Edition) -> Iterator[Leak]:
        """Every leak in the values of an edition, by field."""
        for name, value in vars(edition).items():
            if name != "geometry":  # whose layers are judged as such
                text = "\n".join(map(str, leaves(value)))
                yield from (Leak(f"edition.{name}", kind) for kind in self._kinds(text))
        for name in edition.geometry.keys() - _PUBLIC_LAYERS:
            yield Leak("edition.geometry", f"layer {name}")
        if edition.points is not None:
            yield Leak("edition.points", "household position")

    def leaks_in(self, files: Mapping[str, bytes]) -> Iterator[Leak]:
        """Every leak in `files`."""
        reader = BlockReader()
        for name, content in sorted(files.items()):
            for view in reader.views(name, content):
                yield from (Leak(name, kind) for kind in self._kinds(view))

    def _kinds(self, view: str | bytes) -> Iterator[str]:
        positions = self.hidden.positions
        if isinstance(view, bytes):
            placed = len(view) >= _ARRAY and positions.packed(view, self.drawn)
        else:
            yield from self.hidden.columns_in(view, self.known)
            yield from personal_numbers(view, self.known)
            placed = positions.given_away(view, self.drawn)
            if _UNREADABLE.search(view):
                yield "unreadable bytes"
        if placed:
            yield "household position"


def _drawn(edition: Edition) -> Vertices:
    """All vertices of the drawn layers, and the middles of villages."""
    flat: list[object] = [at for gap in edition.gaps for at in (gap["lon"], gap["lat"])]
    for layer in edition.geometry.values():
        flat += leaves([feature["geometry"]["coordinates"] for feature in layer["features"]])
    return vertices(*np.array(flat, dtype=float).reshape(-1, 2).T)

"""What is packed inside bytes: archives, compressed streams, pictures with text."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

_MOST = 1 << 28  # bytes of one opened stream: what is larger is no page of ours
_PNG = b"\x89PNG\r\n\x1a\n"
_RAW, _ZLIB, _GZIP = -zlib.MAX_WBITS, zlib.MAX_WBITS, zlib.MAX_WBITS | 16
_STREAM = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_STARTS = 64  # streams that are looked for inside one piece of bytes


def opened(content: bytes) -> Iterator[bytes]:
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

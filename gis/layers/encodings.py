"""Which encoding a text file is in, found from its bytes and said."""

from __future__ import annotations

import codecs

from gis.layers.findings import Refusal

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes, declared: str | None) -> tuple[str, str]:
    """The text of `data` and the name of its encoding.

    Declared: exactly that one. Otherwise a byte order mark, else strict UTF-8, else GB18030.

    Raises:
        Refusal: the bytes are not text of that encoding.
    """
    encoding = declared or sniff(data)
    try:
        codec = codecs.lookup(encoding).name
    except LookupError:
        raise Refusal("encoding_unknown", encoding=encoding) from None
    if codec == "utf-8" and data.startswith(codecs.BOM_UTF8):
        codec = "utf-8-sig"
    if codec in ("gbk", "gb2312"):
        codec = "gb18030"  # contains both
    try:
        return data.decode(codec), codec
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refusal("encoding_wrong", encoding=encoding, line=line) from None


def sniff(data: bytes) -> str:
    """The encoding that `data` shows: a byte order mark, strict UTF-8, else GB18030."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"

"""Which encoding a text file is in, found from its bytes and said."""

from __future__ import annotations

import codecs

from gis.layers.problems import Refusal

UTF8 = ("utf-8", "utf-8-sig")  # what is expected needs no word
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHINESE = frozenset(["gbk", "gb2312", "gb18030", "big5", "cp936", "hz"])
_USUAL = "²³°±·×÷µμ"  # beside Chinese and its punctuation, which begin at U+2000
_LOOKED_AT = 2_000_000  # bytes are enough to tell


def decode(data: bytes, declared: str | None) -> tuple[str, str]:
    """The text of `data` and the name of its encoding.

    Declared: exactly that one. Otherwise a byte order mark, else UTF-8 that makes sense, else
    GB18030.

    Raises:
        Refusal: the bytes are not text of that encoding, or plainly text of another one.
    """
    encoding = declared or sniff(data)
    try:
        codec = codecs.lookup(encoding).name
    except LookupError:
        raise Refusal("encoding_unknown", encoding=encoding) from None
    if codec == "utf-8" and data.startswith(codecs.BOM_UTF8):
        codec = "utf-8-sig"
    if codec in _CHINESE and not data.isascii() and sniff(data) not in (codec, "gb18030"):
        raise Refusal("encoding_contradicted", encoding=encoding, found=sniff(data))
    if codec in ("gbk", "gb2312"):
        codec = "gb18030"  # contains both
    try:
        return data.decode(codec), codec
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refusal("encoding_wrong", encoding=encoding, line=line) from None


def sniff(data: bytes) -> str:
    """The encoding that `data` shows: a byte order mark, sensible UTF-8, else GB18030.

    A few Chinese words in GB18030 are UTF-8 by chance, but then of Greek or Arabic letters.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    foreign = [char for char in text[:_LOOKED_AT] if char > "\x7f"] if not data.isascii() else []
    sensible = sum(char >= "\u2000" or char in _USUAL for char in foreign)
    return "utf-8" if 2 * sensible >= len(foreign) or not _is_gb18030(data) else "gb18030"


def _is_gb18030(data: bytes) -> bool:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True

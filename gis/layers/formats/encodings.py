"""The encoding of a text file, declared or found from its bytes."""

from __future__ import annotations

import codecs

from gis.layers.problems import Refusal

UTF8 = ("utf-8", "utf-8-sig")  # the default, not reported
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHINESE = frozenset(["gbk", "gb2312", "gb18030", "big5", "cp936", "hz"])
_USUAL = "²³°±·×÷µμ"  # besides Chinese and its punctuation, which start at U+2000
_SNIFFED = 2_000_000  # characters used to find the encoding


def decode(data: bytes, declared: str | None) -> tuple[str, str]:
    """Decode a text file.

    Args:
        data: The file's bytes.
        declared: The encoding to use; None: found from a byte order mark, plausible UTF-8, or else
            GB18030.

    Returns:
        The text, and the name of its encoding.

    Raises:
        Refusal: The bytes are not text in that encoding, or are clearly in another one.
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
    """The encoding of `data`: by byte order mark, plausible UTF-8, else GB18030.

    A few short Chinese texts in GB18030 are also valid UTF-8, but then read as Greek or Arabic
    letters.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    foreign = [char for char in text[:_SNIFFED] if char > "\x7f"] if not data.isascii() else []
    sensible = sum(char >= "\u2000" or char in _USUAL for char in foreign)
    return "utf-8" if 2 * sensible >= len(foreign) or not _is_gb18030(data) else "gb18030"


def _is_gb18030(data: bytes) -> bool:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True

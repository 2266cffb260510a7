"""Five hundred personal values, the ways to write them and the places to hide them in."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator


def identity(number: int) -> str:
    """An identity number with a valid check digit (ISO 7064 mod 11-2), for a made-up person."""
    head = f"1408821990{number % 12 + 1:02}{number % 28 + 1:02}{number % 1000:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return head + "10X98765432"[sum(int(d) * w for d, w in zip(head, weights, strict=True)) % 11]


def card(number: int) -> str:
    """A bank card number with a valid Luhn digit."""
    head = f"622848001{number:09}"
    digits = [int(d) for d in reversed(head)]
    total = sum(digits[1::2]) + sum(sum(divmod(2 * d, 10)) for d in digits[::2])
    return head + str(-total % 10)


KINDS: dict[str, Callable[[int], str]] = {
    "owner": lambda n: f"甄{chr(0x4E00 + n)}{chr(0x5000 + n)}",
    "phone": lambda n: f"139{n:08}",
    "id_number": identity,
    "bank_account": card,
    "household_id": lambda n: f"CN{n:06}Z",
    "meter_no": lambda n: f"M-{n:07}",
    "address": lambda n: f"{chr(0x5100 + n)}巷{n + 1000}号院",
}
VALUES = [(kind, make(number)) for number in range(72) for kind, make in KINDS.items()][:500]

ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "utf-8": lambda v: v.encode(),
    "gb18030": lambda v: v.encode("gb18030"),
    "utf-16-le": lambda v: v.encode("utf-16-le"),
    "utf-16-be": lambda v: v.encode("utf-16-be"),
    "base64": lambda v: base64.b64encode(v.encode()),
    "base64 for addresses": lambda v: base64.urlsafe_b64encode(v.encode()).rstrip(b"="),
    "hex": lambda v: binascii.hexlify(v.encode()),
    "percent": lambda v: "".join(f"%{byte:02X}" for byte in v.encode()).encode(),
    "entities": lambda v: "".join(f"&#{ord(sign)};" for sign in v).encode(),
    "hex entities": lambda v: "".join(f"&#x{ord(sign):x};" for sign in v).encode(),
    "backslash u": lambda v: "".join(f"\\u{ord(sign):04x}" for sign in v).encode(),
    "quoted-printable": lambda v: "".join(f"={byte:02X}" for byte in v.encode()).encode(),
    "full width": lambda v: v.translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)}).encode(),
    "gzip in base64": lambda v: base64.b64encode(gzip.compress(v.encode(), mtime=0)),
}  # fmt: skip


def _html(before: str, after: str) -> Callable[[bytes], bytes]:
    page = b"<!DOCTYPE html><html lang=zh><head><title>t</title></head><body>%s</body></html>"
    return lambda v: page % (before.encode() + v + after.encode())


def _zip(member: str, content: bytes, comment: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)
        archive.comment = comment
    return file.getvalue()


def _png(kind: bytes, data: bytes) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content))
            + name
            + content
            + struct.pack(">I", zlib.crc32(name + content))
        )

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(kind, data) + chunk(b"IEND", b"")


PLACES: dict[str, Callable[[bytes], bytes]] = {
    "text of a page": _html("<p>户主 ", " 已签约</p>"),
    "attribute": _html('<p title="', '">x</p>'),
    "comment": _html("<!-- ", " -->"),
    "script": _html("<script>const x = '", "';</script>"),
    "JSON in a page": _html('<script type="application/json">{"a":["', '"]}</script>'),
    "style": _html("<style>p::after{content:'", "'}</style>"),
    "meta": _html('<meta name=author content="', '">'),
    "data address": lambda v: _html('<img src="data:image/png;base64,', '">')(
        base64.b64encode(_png(b"tEXt", b"Author\0" + v))
    ),
    "CSV cell": lambda v: b"a,b\r\n1," + v + b"\r\n",
    "JSON key": lambda v: b'{"' + v + b'": 1}',
    "workbook cell": lambda v: _zip(
        "xl/worksheets/sheet1.xml", b"<c><is><t>" + v + b"</t></is></c>"
    ),
    "workbook comment": lambda v: _zip("a.xml", b"x", v),
    "picture, packed text": lambda v: _png(b"zTXt", b"Author\0\0" + zlib.compress(v)),
    "gzip": lambda v: gzip.compress(b'{"points": "' + v + b'"}', mtime=0),
    "drawing": lambda v: b"<svg><desc>" + v + b"</desc></svg>",
}


def planted() -> Iterator[tuple[str, str, str, bytes]]:
    """(kind, encoding, place, file): every value once, in turn by encoding and by place."""
    encodings, places = list(ENCODINGS.items()), list(PLACES.items())
    for number, (kind, value) in enumerate(VALUES):
        encoding, encode = encodings[number % len(encodings)]
        place, hide = places[number % len(places)]
        yield kind, encoding, place, hide(encode(value))

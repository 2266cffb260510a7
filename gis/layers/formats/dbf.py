"""The attribute table of a shapefile, byte by byte: numbers keep every digit."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gis.layers.problems import Refusal

_NUMBERS = (b"N", b"F")
_KINDS = (b"C", b"D", b"L", *_NUMBERS)

NAME_BYTES = 10  # of a field's name at most: a longer one was cut


@dataclass(frozen=True)
class Dbf:
    """The undecoded cells: one list a column; `deleted` marks records struck out.

    numeric  which columns are declared to hold numbers
    """

    names: Sequence[bytes]
    columns: Sequence[Sequence[bytes]]
    deleted: Sequence[bool]
    numeric: Sequence[bool]

    @property
    def count(self) -> int:
        """Records in the file, struck out or not."""
        return len(self.deleted)


def read_dbf(path: Path) -> Dbf:
    """The cells of a .dbf.

    Raises:
        Refusal: shorter or longer than its header says, or of a kind that is not plain text.
    """
    data = path.read_bytes()
    if len(data) < 33:
        raise Refusal("cut_short", part=path.name, said=33, found=len(data))
    count, start, width = struct.unpack("<IHH", data[4:12])
    end = start + count * width
    if not end <= len(data) <= end + 1:
        raise Refusal("cut_short", part=path.name, said=end, found=len(data))
    fields = _fields(data[32:start], width, path.name)
    records = [data[place : place + width] for place in range(start, end, width)]
    columns = []
    place = 1
    for _, kind, size in fields:
        cells = [record[place : place + size].rstrip(b" \x00").lstrip(b" ") for record in records]
        columns.append([_said(cell, kind) for cell in cells])
        place += size
    deleted = [record[:1] == b"*" for record in records]
    numeric = [kind in _NUMBERS for _, kind, _ in fields]
    return Dbf([name for name, _, _ in fields], columns, deleted, numeric)


def _fields(header: bytes, width: int, file: str) -> list[tuple[bytes, bytes, int]]:
    fields = []
    for place in range(0, len(header) - 31, 32):
        part = header[place : place + 32]
        if part[0] == 0x0D:
            break
        kind = part[11:12]
        if kind not in _KINDS:
            raise Refusal(
                "dbf_kind", column=part[:11].decode("latin-1"), kind=kind.decode("latin-1")
            )
        # a C field may be longer than 255: the decimals byte is then the length's high byte
        size = part[16] + (part[17] << 8 if kind == b"C" else 0)
        fields.append((part[:11].split(b"\x00")[0], kind, size))
    found = 1 + sum(size for _, _, size in fields)
    if found != width:
        raise Refusal("cut_short", part=file, said=width, found=found)
    return fields


def _said(cell: bytes, kind: bytes) -> bytes:
    """A cell, blank where it says that there is nothing.

    A number that did not fit is all asterisks, no date all zeros, and a question mark stands where
    neither yes nor no is known.
    """
    nothing = {b"N": b"*", b"F": b"*", b"D": b"0", b"L": b"?"}.get(kind)
    return cell if nothing is None or cell.strip(nothing) else b""

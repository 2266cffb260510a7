"""Shapefiles: geometries from GDAL, attributes from our own .dbf parser, all lengths compared.

The .dbf is parsed byte by byte, so that numbers keep every digit.
"""

from __future__ import annotations

import codecs
import re
import shutil
import struct
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from gis.layers.formats.encodings import UTF8, decode
from gis.layers.formats.ogr import read_ogr_layer
from gis.layers.problems import Finding, Refusal
from gis.layers.raw_table import RawTable, Request, texts

_NUMBERS = (b"N", b"F")
_KINDS = (b"C", b"D", b"L", *_NUMBERS)

NAME_BYTES = 10  # maximum length of a field name; longer ones are truncated


@dataclass(frozen=True)
class Dbf:
    """The undecoded cells of a .dbf, one list for each column.

    deleted  whether each record is marked as deleted
    numeric  whether each column is declared numeric
    """

    names: Sequence[bytes]
    columns: Sequence[Sequence[bytes]]
    deleted: Sequence[bool]
    numeric: Sequence[bool]

    @property
    def count(self) -> int:
        """The number of records, deleted ones included."""
        return len(self.deleted)


def read_dbf(path: Path) -> Dbf:
    """The cells of a .dbf.

    Raises:
        Refusal: The file is shorter or longer than its header says, or has a field type that is not
            plain text.
    """
    data = path.read_bytes()
    if len(data) < 33:
        raise Refusal("cut_short", part=path.name, said=33, found=len(data))
    count, start, width = struct.unpack("<IHH", data[4:12])
    end = start + count * width
    if not end <= len(data) <= end + 1:
        raise Refusal("cut_short", part=path.name, said=end, found=len(data))
    fields = _parse_fields(data[32:start], width, path.name)
    records = [data[place : place + width] for place in range(start, end, width)]
    columns = []
    place = 1
    for _, kind, size in fields:
        cells = [record[place : place + size].rstrip(b" \x00").lstrip(b" ") for record in records]
        columns.append([_blank_if_null(cell, kind) for cell in cells])
        place += size
    deleted = [record[:1] == b"*" for record in records]
    numeric = [kind in _NUMBERS for _, kind, _ in fields]
    return Dbf([name for name, _, _ in fields], columns, deleted, numeric)


def _parse_fields(header: bytes, width: int, file: str) -> list[tuple[bytes, bytes, int]]:
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


def _blank_if_null(cell: bytes, kind: bytes) -> bytes:
    """A cell, blank where it holds the null marker of its type.

    The markers: asterisks for a number that did not fit, zeros for a date, a question mark for a
    logical value.
    """
    nothing = {b"N": b"*", b"F": b"*", b"D": b"0", b"L": b"?"}.get(kind)
    return cell if nothing is None or cell.strip(nothing) else b""


_HEADER = 100
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def read(path: Path, request: Request) -> RawTable:
    """The records of a shapefile; row numbers count them from 1, deleted ones included.

    Raises:
        Refusal: The .shx or .dbf is missing, a file is truncated, or records do not match.
    """
    count = _check_lengths(path)
    dbf = read_dbf(_side_file(path, ".dbf"))
    if dbf.count != count:
        raise Refusal("shape_counts", shapes=count, records=dbf.count)
    raw = _read_geometries(path)
    raw.crs = _stated_crs(path)
    _decode_attributes(raw, path, dbf, request.encoding)
    raw.findings += _non_numeric_cells(raw, dbf)
    return _without_deleted(raw, dbf)


def _read_geometries(path: Path) -> RawTable:
    """The geometries alone, from a copy that has no side file but the index."""
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder, "shapes.shp")
        shutil.copyfile(path, bare)
        shutil.copyfile(_side_file(path, ".shx"), bare.with_suffix(".shx"))
        return read_ogr_layer(bare, "ESRI Shapefile", Request(str(bare), "shapefile"))


def _stated_crs(path: Path) -> str | None:
    """The CRS in the .prj file, if there is one."""
    try:
        return _side_file(path, ".prj").read_text("utf-8", "replace").strip() or None
    except Refusal:
        return None


def _side_file(path: Path, ending: str) -> Path:
    """The side file with this ending, in upper or lower case."""
    for candidate in path.parent.iterdir():
        if candidate.stem == path.stem and candidate.suffix.lower() == ending:
            return candidate
    raise Refusal("side_file_missing", side_file=path.stem + ending)


def _check_lengths(path: Path) -> int:
    """Compare headers with file sizes and the index with the records; return the record count."""
    shp, shx = path.read_bytes(), _side_file(path, ".shx").read_bytes()
    for name, data in ((path.name, shp), (f"{path.stem}.shx", shx)):
        stated = struct.unpack(">i", data[24:28])[0] * 2 if len(data) >= _HEADER else -1
        if stated != len(data):
            raise Refusal("cut_short", part=name, said=stated, found=len(data))
    count = (len(shx) - _HEADER) // 8
    place = _HEADER
    for number in range(count):
        offset, length = struct.unpack(">ii", shx[_HEADER + 8 * number :][:8])
        if offset * 2 != place or place + 8 > len(shp):
            raise Refusal("shape_index", record=number + 1)
        stored, stored_length = struct.unpack(">ii", shp[place : place + 8])
        if stored != number + 1 or stored_length != length:
            raise Refusal("shape_index", record=number + 1)
        place += 8 + stored_length * 2
    if place != len(shp):
        raise Refusal("shape_index", record=count + 1)
    return count


def _decode_attributes(raw: RawTable, path: Path, dbf: Dbf, declared: str | None) -> None:
    """Decode the attributes in the declared encoding, else the .cpg's, else the detected one."""
    stated = declared or _cpg(path)
    encoding = _encoding(dbf, stated)
    if stated and not declared and encoding is None:
        encoding = _encoding(dbf, None)
        numbers = {"said": stated, "encoding": encoding or "?"}
        raw.findings.append(Finding("cpg_wrong", numbers=numbers))
    if encoding is None and declared:
        decode(b"\n".join([*dbf.names, *chain.from_iterable(dbf.columns)]), declared)
    if encoding is None:
        raise Refusal("attributes_encoding")
    if not stated and encoding not in UTF8:
        raw.findings.append(Finding("encoding_found", numbers={"encoding": encoding}))
    raw.encoding = encoding
    raw.columns = {}
    for field, cells in zip(dbf.names, dbf.columns, strict=True):
        name, half = _decode_cell(field, encoding)
        if name in raw.columns:
            raise Refusal("heading_twice", heading=name, row=1)
        if len(field) >= NAME_BYTES:
            raw.cut[name] = half.hex()
        whole = [_decode_cell(cell, encoding) for cell in cells]
        raw.columns[name] = texts([text for text, _ in whole])
        cut = [row for row, (_, lost) in enumerate(whole, 1) if lost]
        raw.findings += [Finding("text_cut", row, name) for row in cut]


def _encoding(dbf: Dbf, stated: str | None) -> str | None:
    """The encoding in which all attributes are valid text, None for none.

    A half character at the end of a narrow field or of a name is ignored.

    Args:
        dbf: The attributes.
        stated: The encoding to try; None: UTF-8, then GB18030.
    """
    cells = [*dbf.names, *chain.from_iterable(dbf.columns)]
    for tried in (stated,) if stated else ("utf-8", "gb18030"):
        with suppress(Refusal, UnicodeDecodeError, LookupError):
            whole = "\n".join(_decode_cell(cell, tried)[0] for cell in cells)
            _, encoding = decode(whole.encode(tried), stated)
            if stated or encoding.startswith(tried):
                return encoding
    return None


def _non_numeric_cells(raw: RawTable, dbf: Dbf) -> list[Finding]:
    """Report cells of a numeric column that hold no number; they are kept as text."""
    return [
        Finding("dbf_not_number", row, name, cell.decode("ascii", "replace"))
        for name, cells, numeric in zip(raw.columns, dbf.columns, dbf.numeric, strict=True)
        for row, cell in enumerate(cells, 1)
        if numeric and cell and not _NUMBER.fullmatch(cell)
    ]


def _decode_cell(cell: bytes, encoding: str) -> tuple[str, bytes]:
    """A cell as text, and the bytes of a half character cut off at its end."""
    decoder = codecs.getincrementaldecoder(encoding)()
    text = decoder.decode(cell)
    return text.strip(), decoder.getstate()[0]


def _cpg(path: Path) -> str | None:
    try:
        stated = _side_file(path, ".cpg").read_text("ascii", "replace").strip()
    except Refusal:
        return None
    return {"936": "gb18030", "65001": "utf-8"}.get(stated, stated) or None


def _without_deleted(raw: RawTable, dbf: Dbf) -> RawTable:
    """The table without deleted records, geometries matched to attributes."""
    kept = [at for at, deleted in enumerate(dbf.deleted) if not deleted]
    shapes = dict(zip(raw.rows, raw.wkb or [None] * len(raw.rows), strict=True))
    if any(at + 1 not in shapes for at in kept):
        raise Refusal("count_differs", said=dbf.count, found=len(raw.rows))
    if len(kept) < dbf.count:
        numbers = {"records": dbf.count - len(kept)}
        raw.findings.append(Finding("deleted_records", numbers=numbers))
        raw.columns = {name: column.take(kept) for name, column in raw.columns.items()}
    raw.wkb = [shapes[at + 1] for at in kept]
    raw.rows = [at + 1 for at in kept]
    return raw

"""Makes files of every format in code, sound ones, for tests to read or to damage."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import ezdxf
import geopandas as gpd
from shapely import box

ezdxf.options.write_fixed_meta_data_for_testing = True  # the same bytes on every run

KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>d</name>{marks}</Document></kml>"""
MARK = """<Placemark><name>{name}</name><ExtendedData>{data}</ExtendedData>{shape}</Placemark>"""
DATUM = '<Data name="{key}"><value>{value}</value></Data>'


def squares(count: int, side_m: float = 100.0) -> gpd.GeoDataFrame:
    """Squares in a row with a Chinese name and a number each, in EPSG:4546."""
    shapes = [
        box(470000 + 200 * at, 3934000, 470000 + 200 * at + side_m, 3934000 + side_m)
        for at in range(count)
    ]
    names = [f"小梁乡第{at}村" for at in range(count)]
    return gpd.GeoDataFrame(
        {"village": names, "number": range(count)}, geometry=shapes, crs="EPSG:4546"
    )


def shapefile(path: Path, frame: gpd.GeoDataFrame, encoding: str = "GB18030") -> Path:
    frame.to_file(path, driver="ESRI Shapefile", encoding=encoding)
    return path


def without_encoding(path: Path, language: int = 0) -> None:
    """A shapefile whose .dbf says nothing (true) of its encoding."""
    path.with_suffix(".cpg").unlink(missing_ok=True)
    dbf = bytearray(path.with_suffix(".dbf").read_bytes())
    dbf[29] = language
    path.with_suffix(".dbf").write_bytes(dbf)


def exchange_index(path: Path, one: int, other: int) -> None:
    """Exchange two entries of the .shx: each row then gets the other's shape."""
    shx = path.with_suffix(".shx")
    data = bytearray(shx.read_bytes())
    first, second = (slice(100 + 8 * at, 108 + 8 * at) for at in (one, other))
    data[first], data[second] = data[second], data[first]
    shx.write_bytes(data)


def cut(path: Path, by: int) -> None:
    path.write_bytes(path.read_bytes()[:-by])


def fewer_records(path: Path) -> None:
    """Take the last record out of a .dbf, header and all."""
    dbf = path.with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    count, start, width = struct.unpack("<IHH", data[4:12])
    data[4:8] = struct.pack("<I", count - 1)
    dbf.write_bytes(bytes(data[: start + (count - 1) * width]) + b"\x1a")


def drawing(path: Path, layers: dict[str, list[list[tuple[float, float]]]], version: str) -> Path:
    """A DXF with polylines by layer, its text in GBK where the version asks for a code page."""
    document = ezdxf.new(version)
    document.header["$DWGCODEPAGE"] = "ANSI_936"
    document.encoding = "gbk" if version < "R2007" else "utf-8"
    space = document.modelspace()
    for name, lines in layers.items():
        if name != "0":
            document.layers.add(name)
        for line in lines:
            space.add_lwpolyline(line, dxfattribs={"layer": name})
    document.saveas(path)
    return path


def kml(marks: list[tuple[str, dict[str, str], str]]) -> str:
    """A KML with placemarks of (name, data, shape as XML)."""
    said = [
        MARK.format(
            name=name,
            data="".join(DATUM.format(key=key, value=value) for key, value in data.items()),
            shape=shape,
        )
        for name, data, shape in marks
    ]
    return KML.format(marks="".join(said))


def point(coordinates: str) -> str:
    return f"<Point><coordinates>{coordinates}</coordinates></Point>"


ODS = """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">
 <office:body><office:spreadsheet>{settings}<table:table table:name="别的"><table:table-row>
 <table:table-cell table:formula="of:=1"/></table:table-row></table:table>
 <table:table table:name="台账">{rows}</table:table></office:spreadsheet></office:body>
 </office:document-content>""".replace(">\n <", "><")


def ods_text(words: object, **attributes: object) -> str:
    """A cell of an .ods that holds a text."""
    said = "".join(f' table:{name.replace("_", "-")}="{one}"' for name, one in attributes.items())
    return (
        f'<table:table-cell office:value-type="string"{said}><text:p>{words}</text:p>'
        "</table:table-cell>"
    )


def opendocument(path: Path, rows: list[list[str]], settings: str = "") -> Path:
    """An .ods whose second sheet, 台账, holds the rows of cells; the first holds one formula."""
    text = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr(
            "META-INF/manifest.xml",
            "<manifest:manifest "
            'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
            "</manifest:manifest>",
        )
        archive.writestr("content.xml", ODS.format(rows=text, settings=settings))
    return path


ERROR_CODES = {
    "#NULL!": 0x00, "#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#NAME?": 0x1D,
    "#NUM!": 0x24, "#N/A": 0x2A,
}  # fmt: skip


class Formula:
    """A formula of an .xls and what it came to: a number, an error, or None for nothing yet."""

    def __init__(self, value: float | str | None, *, always: bool = False) -> None:
        self.value, self.always = value, always

    def record(self, place: bytes) -> bytes:
        if isinstance(self.value, str):
            result = struct.pack("<BBBBHH", 2, 0, ERROR_CODES[self.value], 0, 0, 0xFFFF)
        elif self.value is None:
            result = struct.pack("<BBBBHH", 3, 0, 0, 0, 0, 0xFFFF)
        else:
            result = struct.pack("<d", self.value)
        one = b"\x1e\x01\x00"  # the formula itself: 1
        return _record(0x0006, place + result + struct.pack("<HIH", self.always, 0, len(one)) + one)


def old_workbook(
    path: Path,
    rows: list[tuple[object, ...]],
    *,
    saved: bool = False,
    since_1904: bool = False,
) -> Path:
    """An .xls (BIFF8 in a compound file) with one sheet of texts, numbers, errors and formulas.

    saved: as by a program that works formulas out
    """
    book = _record(0x0809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    book += _record(0x0022, struct.pack("<H", since_1904))
    book += _record(0x01C1, struct.pack("<HHI", 0x01C1, 0, 0)) if saved else b""
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    for line, row in enumerate(rows):
        for column, value in enumerate(row):
            place = struct.pack("<HHH", line, column, 0)
            if isinstance(value, Formula):
                sheet += value.record(place)
            elif value in ERROR_CODES:
                sheet += _record(0x0205, place + bytes([ERROR_CODES[value], 1]))
            elif isinstance(value, str):
                text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                sheet += _record(0x0204, place + text)
            else:
                sheet += _record(0x0203, place + struct.pack("<d", value))
    sheet += _record(0x000A, b"")
    name = "台账".encode("utf-16-le")
    start = len(book) + 4 + 8 + len(name) + 4
    book += _record(0x0085, struct.pack("<IHBB", start, 0, 2, 1) + name) + _record(0x000A, b"")
    path.write_bytes(_compound(book + sheet))
    return path


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _compound(stream: bytes) -> bytes:
    """A compound file (MS-CFB, 512-byte sectors) with one stream, Workbook."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    sectors = len(stream) // 512
    # sector 0: allocation table; 1: directory; from 2 on: the stream
    chain = [*range(3, sectors + 2), 0xFFFFFFFE]
    table = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE)
    table += struct.pack(f"<{sectors}I", *chain)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<I", 0) + b"\xff" * (108 * 4)
    directory = _entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)
    directory += _entry("Workbook", 2, 2, len(stream))
    return head + table.ljust(512, b"\xff") + directory.ljust(512, b"\0") + stream


def _entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    entry = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)
    entry += struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child) + bytes(36)
    return entry + struct.pack("<IQ", start, size)

"""KML and OVKML, plain and zipped, and a size check for zipped formats."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET  # entities are refused below
from xml.parsers import expat

from gis.layers.formats.encodings import decode
from gis.layers.formats.geojson import columns_of
from gis.layers.formats.kml_folders import FOLDER, check_alike, placemarks
from gis.layers.formats.kml_shapes import wkb_of
from gis.layers.formats.xml import child, child_text, tag_of
from gis.layers.problems import Finding, Refusal
from gis.layers.raw_table import RawTable, Request

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    ValueError,
    NotImplementedError,
    EOFError,
    RuntimeError,
)
LARGEST = 400_000_000  # bytes; a ledger of 1,000,000 rows has 300 MB of XML


def check_unpacked(path: Path) -> None:
    """Refuse an archive that is too large when unpacked, or damaged.

    Raises:
        Refusal: The archive is too large (found before unpacking), or its checksums are wrong.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(one.file_size for one in archive.infolist())
            broken = archive.testzip() if size <= LARGEST else None
    except _DAMAGE as error:
        raise Refusal("damaged") from error
    if size > LARGEST:
        raise Refusal("too_large", megabytes=size // 1_000_000)
    if broken:
        raise Refusal("damaged")


_DECLARATION = re.compile(rb"\s*<\?xml[^>]*encoding=['\"]([A-Za-z0-9_.-]+)['\"]")


def read(path: Path, request: Request) -> RawTable:
    """The placemarks of a KML file; row numbers count them from 1.

    Folders of the same kind are read together; the column `Folder` then names each row's folder.

    Raises:
        Refusal: The file is not XML, declares entities, or is too large; or its folders differ in
            kind and none is named.
    """
    data = _unzip(path) if path.read_bytes()[:2] == b"PK" else path.read_bytes()
    text, encoding = decode(data, request.encoding or _declared(data))
    root = _parse(text)
    if tag_of(root) != "kml":
        raise Refusal("other_format", found=tag_of(root)[:40], expected="KML")
    marks = placemarks(root, request.layer)
    findings: list[Finding] = []
    records = [_values(mark.element, row, findings) for row, mark in enumerate(marks, 1)]
    folders = check_alike(marks, records)
    if len(folders) > 1:
        findings.append(_folders_finding(folders))
        records = [{FOLDER: mark.folder} | one for mark, one in zip(marks, records, strict=True)]
    columns = columns_of(records, findings)
    wkb = [wkb_of(mark.element, row, findings) for row, mark in enumerate(marks, 1)]
    rows = range(1, len(marks) + 1)
    if path.suffix.lower().startswith(".ov"):
        findings.append(Finding("ovital_datum"))
        return RawTable(columns, rows, wkb, "GCJ-02", encoding, findings)
    return RawTable(columns, rows, wkb, "OGC:CRS84", encoding, findings)


def _folders_finding(folders: list[str]) -> Finding:
    names = "、".join(folders[:10]) + ("…" if len(folders) > 10 else "")
    return Finding("folders_together", numbers={"count": len(folders), "names": names})


def _unzip(path: Path) -> bytes:
    check_unpacked(path)
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [one for one in archive.infolist() if _is_kml(one.filename)]
            if len(inside) != 1:
                raise Refusal("kmz_contents", files=len(inside))
            with archive.open(inside[0]) as stream:
                data = stream.read(LARGEST + 1)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Refusal("damaged") from error
    if len(data) > LARGEST:
        raise Refusal("too_large", megabytes=LARGEST // 1_000_000)
    return data


def _is_kml(name: str) -> bool:
    return name.lower().endswith((".kml", ".ovkml"))


def _declared(data: bytes) -> str | None:
    """The encoding in the XML declaration; None for UTF-8 and GB, which the bytes show."""
    found = _DECLARATION.match(data)
    name = found[1].decode("ascii") if found else ""
    return None if not name or name.lower().startswith(("utf", "gb")) else name


def _parse(text: str) -> ET.Element:
    builder = ET.TreeBuilder()
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.buffer_text = True
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise Refusal("not_xml", line=error.lineno) from error
    return builder.close()


def _no_doctype(*_: object) -> None:
    raise Refusal("xml_entities")


def _values(mark: ET.Element, row: int, findings: list[Finding]) -> dict[str, str]:
    values = {"name": child_text(mark, "name"), "description": child_text(mark, "description")}
    values = {name: value for name, value in values.items() if value}
    for name, value in _extended(mark):
        if name in values and values[name] != value:
            findings.append(Finding("key_twice_row", row, name, value))
        values.setdefault(name, value)
    return values


def _extended(mark: ET.Element) -> Iterator[tuple[str, str]]:
    extended = child(mark, "ExtendedData")
    for element in extended.iter() if extended is not None else ():
        if tag_of(element) == "Data":
            yield element.get("name", ""), child_text(element, "value")
        elif tag_of(element) == "SimpleData":
            yield element.get("name", ""), (element.text or "").strip()

"""KML and OVKML, plain and zipped, and a size check for zipped formats.

The folders of a KML file: separate layers, or parts of one layer.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET  # entities are refused below
from xml.parsers import expat

from gis.layers.formats.encodings import decode
from gis.layers.formats.geojson import columns_of
from gis.layers.formats.kml_shapes import child, child_text, kinds_of, tag_of, wkb_of
from gis.layers.problems import Finding, Refusal
from gis.layers.raw_table import RawTable, Request

FOLDER = "Folder"
_ALIKE = 0.5  # share of keys that two folders of one layer have in common
_TREE = ("kml", "Document", "Folder")


class Mark(NamedTuple):
    """A placemark with the path of its folder, from the outermost folder inwards."""

    element: ET.Element
    folder: str


def placemarks(root: ET.Element, named: str | None) -> list[Mark]:
    """The placemarks of the named folder, else of the whole file.

    Raises:
        Refusal: No folder has that name, or several do.
    """
    if named is None:
        return _placemarks_within(root, "")
    found = [one for one in root.iter() if tag_of(one) in ("Folder", "Document")]
    folders = [one for one in found if child_text(one, "name") == named]
    if len(folders) != 1:
        names = "、".join(child_text(one, "name") for one in found)
        raise Refusal("no_such_layer", layer=named, layers=names)
    return _placemarks_within(folders[0], "")


def _placemarks_within(element: ET.Element, folder: str) -> list[Mark]:
    marks = []
    for one in element:
        if tag_of(one) == "Placemark":
            marks.append(Mark(one, folder))
        elif tag_of(one) in _TREE:
            own = child_text(one, "name") if tag_of(one) == "Folder" else ""
            marks += _placemarks_within(one, "/".join(name for name in (folder, own) if name))
    return marks


def check_alike(marks: Sequence[Mark], values: Sequence[Mapping[str, str]]) -> list[str]:
    """The folders of the placemarks, checked to be parts of one layer.

    Args:
        marks: The placemarks.
        values: The attributes of each placemark.

    Raises:
        Refusal: The folders differ in geometry type or attributes, and none was named.
    """
    folders = list(dict.fromkeys(mark.folder for mark in marks))
    kinds: dict[str, set[str]] = {folder: set() for folder in folders}
    keys: dict[str, set[str]] = {folder: set() for folder in folders}
    for mark, attributes in zip(marks, values, strict=True):
        kinds[mark.folder] |= kinds_of(mark.element)
        keys[mark.folder] |= attributes.keys()
    first = folders[0] if folders else ""
    for folder in folders[1:]:
        same = len(keys[first] & keys[folder]) >= _ALIKE * len(keys[first] | keys[folder])
        if not same or _main_kind(kinds[first]) != _main_kind(kinds[folder]):
            names = [one.rpartition("/")[2] or "—" for one in folders]
            raise Refusal("which_layer", layers="、".join(names))
    return folders


def _main_kind(kinds: set[str]) -> str:
    """The main geometry type of a folder: points beside lines or polygons are labels."""
    return next((kind for kind in ("polygon", "line", "point") if kind in kinds), "")


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

"""KML and OVKML, and their zipped forms, parsed as the XML they are."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET  # entities are refused below
from xml.parsers import expat

import shapely

from gis.layers.encodings import decode
from gis.layers.findings import Finding, Refusal
from gis.layers.formats.archive import LARGEST, check_unpacked
from gis.layers.formats.properties import columns_of
from gis.layers.raw import Raw, Request

_DECLARATION = re.compile(rb"\s*<\?xml[^>]*encoding=['\"]([A-Za-z0-9_.-]+)['\"]")
_PARTS = {
    "Point": shapely.Point,
    "LineString": shapely.LineString,
    "LinearRing": shapely.LineString,
}


def read(path: Path, request: Request) -> Raw:
    """The placemarks of a KML file; row numbers count them from 1.

    Raises:
        Refusal: not XML, with entities, or a bomb; or several folders and none is named.
    """
    data = _unzip(path) if path.read_bytes()[:2] == b"PK" else path.read_bytes()
    text, encoding = decode(data, request.encoding or _declared(data))
    root = _parse(text)
    if _tag(root) != "kml":
        raise Refusal("other_format", found=_tag(root)[:40], expected="KML")
    marks = [one for one in _folder(root, request.layer).iter() if _tag(one) == "Placemark"]
    findings: list[Finding] = []
    records = [_values(mark, row, findings) for row, mark in enumerate(marks, 1)]
    columns = columns_of(records, findings)
    wkb = [_wkb(mark, row, findings) for row, mark in enumerate(marks, 1)]
    rows = range(1, len(marks) + 1)
    if path.suffix.lower().startswith(".ov"):
        findings.append(Finding("ovital_datum"))
        return Raw(columns, rows, wkb, "GCJ-02", encoding, findings)
    return Raw(columns, rows, wkb, "OGC:CRS84", encoding, findings)


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
    """The encoding of the XML declaration; UTF-8 and GB are told from the bytes, which are true."""
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
        raise Refusal("not_xml", line=error.lineno, reason=str(error)) from error
    return builder.close()


def _no_doctype(*_: object) -> None:
    raise Refusal("xml_entities")


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition(":")[2]


def _child(element: ET.Element, tag: str) -> ET.Element | None:
    return next((one for one in element if _tag(one) == tag), None)


def _said(element: ET.Element, tag: str) -> str:
    child = _child(element, tag)
    return (child.text or "").strip() if child is not None else ""


def _folder(root: ET.Element, named: str | None) -> ET.Element:
    """The folder to read: the one named, or the only one that holds placemarks."""
    folders = [one for one in root.iter() if _tag(one) in ("Folder", "Document")]
    if named is None:
        full = [one for one in folders if _child(one, "Placemark") is not None]
        if len(full) > 1:
            raise Refusal("which_layer", layers="、".join(_said(one, "name") for one in full))
        return root
    found = [one for one in folders if _said(one, "name") == named]
    if len(found) != 1:
        names = "、".join(_said(one, "name") for one in folders)
        raise Refusal("no_such_layer", layer=named, layers=names)
    return found[0]


def _values(mark: ET.Element, row: int, findings: list[Finding]) -> dict[str, str]:
    values = {"name": _said(mark, "name"), "description": _said(mark, "description")}
    values = {name: value for name, value in values.items() if value}
    for name, value in _extended(mark):
        if name in values and values[name] != value:
            findings.append(Finding("key_twice_row", row, name, value))
        values.setdefault(name, value)
    return values


def _extended(mark: ET.Element) -> Iterator[tuple[str, str]]:
    extended = _child(mark, "ExtendedData")
    for element in extended.iter() if extended is not None else ():
        if _tag(element) == "Data":
            yield element.get("name", ""), _said(element, "value")
        elif _tag(element) == "SimpleData":
            yield element.get("name", ""), (element.text or "").strip()


def _wkb(mark: ET.Element, row: int, findings: list[Finding]) -> bytes | None:
    try:
        shapes = [shape for one in mark for shape in _shapes(one)]
    except ValueError:
        findings.append(Finding("geometry_unreadable", row))
        return None
    if not shapes:
        return None
    return bytes(shapely.to_wkb(shapes[0] if len(shapes) == 1 else _together(shapes)))


def _together(shapes: list[shapely.Geometry]) -> shapely.Geometry:
    kinds = {shape.geom_type for shape in shapes}
    multi = {
        "Point": shapely.MultiPoint,
        "LineString": shapely.MultiLineString,
        "Polygon": shapely.MultiPolygon,
    }
    make = multi.get(next(iter(kinds))) if len(kinds) == 1 else None
    return make(shapes) if make else shapely.GeometryCollection(shapes)


def _shapes(element: ET.Element) -> Iterator[shapely.Geometry]:
    tag = _tag(element)
    if tag == "MultiGeometry":
        for one in element:
            yield from _shapes(one)
    elif tag == "Polygon":
        outer = _rings(element, "outerBoundaryIs")
        if len(outer) != 1:
            message = f"{len(outer)} outer rings"
            raise ValueError(message)
        yield shapely.Polygon(outer[0], _rings(element, "innerBoundaryIs"))
    elif tag in _PARTS:
        yield _PARTS[tag](_coordinates(element))


def _rings(polygon: ET.Element, tag: str) -> list[list[tuple[float, float]]]:
    sides = [one for one in polygon if _tag(one) == tag]
    return [_coordinates(ring) for side in sides for ring in side if _tag(ring) == "LinearRing"]


def _coordinates(element: ET.Element) -> list[tuple[float, float]]:
    pairs = [triple.split(",") for triple in _said(element, "coordinates").split()]
    if not pairs or any(len(pair) < 2 for pair in pairs):
        message = _said(element, "coordinates")[:40] or "no coordinates"
        raise ValueError(message)
    return [(float(pair[0]), float(pair[1])) for pair in pairs]

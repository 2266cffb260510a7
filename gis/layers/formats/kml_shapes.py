"""Geometries of KML placemarks, parsed vertex by vertex.

Access to XML elements regardless of namespace prefix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import cos, hypot, radians
from xml.etree import ElementTree as ET

import shapely

from gis.layers.problems import Finding, Number


def tag_of(element: ET.Element) -> str:
    """An element's tag without the prefix."""
    return element.tag.rpartition(":")[2]


def child(element: ET.Element, tag: str) -> ET.Element | None:
    """The first child with that tag, None for none."""
    return next((one for one in element if tag_of(one) == tag), None)


def child_text(element: ET.Element, tag: str) -> str:
    """The trimmed text of the first child with that tag, "" for none."""
    one = child(element, tag)
    return (one.text or "").strip() if one is not None else ""


_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_VERTEX = re.compile(rf"({_NUMBER}),({_NUMBER})(?:,{_NUMBER}?)?")
_DEGREE_M = 111_320.0  # of latitude
_MAX_DEGREES = 180.0
Vertex = tuple[float, float]


class UnreadableError(ValueError):
    """A geometry that cannot be built: the finding's code, and the text found."""

    def __init__(self, code: str, found: str = "") -> None:
        super().__init__(code)
        self.code, self.found = code, found


def wkb_of(mark: ET.Element, row: int, findings: list[Finding]) -> bytes | None:
    """The geometry of a placemark as WKB, None for none; unreadable ones are reported."""
    try:
        shapes = [shape for one in mark for shape in _shapes(one, row, findings)]
    except UnreadableError as error:
        numbers: dict[str, Number] = {"mark": row, "found": error.found[:60]}
        findings.append(Finding(error.code, row, numbers=numbers))
        return None
    if not shapes:
        return None
    return bytes(shapely.to_wkb(shapes[0] if len(shapes) == 1 else _collect(shapes)))


def kinds_of(mark: ET.Element) -> frozenset[str]:
    """The geometry types of a placemark."""
    kinds = {"Point": "point", "LineString": "line", "LinearRing": "line", "Polygon": "polygon"}
    return frozenset(kinds[tag_of(one)] for one in mark.iter() if tag_of(one) in kinds) - (
        {"line"} if any(tag_of(one) == "Polygon" for one in mark.iter()) else set()
    )


def _collect(shapes: list[shapely.Geometry]) -> shapely.Geometry:
    kinds = {shape.geom_type for shape in shapes}
    multi = {
        "Point": shapely.MultiPoint,
        "LineString": shapely.MultiLineString,
        "Polygon": shapely.MultiPolygon,
    }
    make = multi.get(next(iter(kinds))) if len(kinds) == 1 else None
    return make(shapes) if make else shapely.GeometryCollection(shapes)


def _shapes(element: ET.Element, row: int, findings: list[Finding]) -> Iterator[shapely.Geometry]:
    tag = tag_of(element)
    if tag == "MultiGeometry":
        for one in element:
            yield from _shapes(one, row, findings)
    elif tag == "Polygon":
        outer = _rings(element, "outerBoundaryIs", row, findings)
        if len(outer) != 1:
            raise UnreadableError("outer_rings", str(len(outer)))
        yield shapely.Polygon(outer[0], _rings(element, "innerBoundaryIs", row, findings))
    elif tag == "Point":
        yield shapely.Point(_vertices(element)[0])
    elif tag in ("LineString", "LinearRing"):
        vertices = _vertices(element)
        if len(vertices) < 2:
            raise UnreadableError("few_vertices", _coordinates_text(element))
        yield shapely.LineString(vertices)


def _rings(polygon: ET.Element, side: str, row: int, findings: list[Finding]) -> list[list[Vertex]]:
    """The rings of one side of a polygon; an open ring is closed and reported."""
    rings = []
    for one in (ring for part in polygon if tag_of(part) == side for ring in part):
        if tag_of(one) != "LinearRing":
            continue
        ring = _vertices(one)
        if len(set(ring)) < 3:
            raise UnreadableError("few_vertices", _coordinates_text(one))
        if ring[0] != ring[-1]:
            findings.append(Finding("ring_closed", row, numbers={"gap_m": _gap_m(ring)}))
        rings.append(ring)
    return rings


def _gap_m(ring: list[Vertex]) -> float:
    (east, north), (other_east, other_north) = ring[0], ring[-1]
    across = (east - other_east) * cos(radians(north))
    return round(hypot(across, north - other_north) * _DEGREE_M, 1)


def _vertices(element: ET.Element) -> list[Vertex]:
    """Longitudes and latitudes; spaces around a comma are allowed, unreadable vertices are not."""
    written = re.sub(r"\s*,\s*", ",", _coordinates_text(element)).split()
    if not written:
        raise UnreadableError("no_vertices")
    found = [(one, _VERTEX.fullmatch(one)) for one in written]
    for one, vertex in found:
        if vertex is None:
            raise UnreadableError("vertex_unreadable", one)
    vertices = [(float(vertex[1]), float(vertex[2])) for _, vertex in found if vertex]
    out_of_range = [max(map(abs, vertex)) > _MAX_DEGREES for vertex in vertices]
    if any(out_of_range) and not all(out_of_range):  # two numbers without a separator
        raise UnreadableError("vertex_unreadable", written[out_of_range.index(True)])
    return vertices


def _coordinates_text(element: ET.Element) -> str:
    return child_text(element, "coordinates")

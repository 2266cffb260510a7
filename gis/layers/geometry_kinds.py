"""Geometries reduced to the types of their layer: points, lines or polygons."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.layers.problems import Finding, Number
from gis.layers.raw_table import RawTable
from gis.layers.schema import Layer

Geometries = NDArray[np.object_]
_TYPES = {"point": (0,), "line": (1, 2, 5), "polygon": (3, 6), "none": ()}
_SINGLE = {"point": (0,), "line": (1, 2), "polygon": (3,), "none": ()}
_COLLECTION = 7
# ASSUME: the ends of a hand-drawn ring are the same point if they are at most this far apart
_GAP_M = 1.0


def keep_kind(raw: RawTable, layer: Layer, shapes: Geometries) -> Geometries:
    """The geometries that have the layer's type, None for the others.

    Closed lines become polygons in a polygon layer, and so do lines whose ends almost meet. From a
    collection only the parts of the layer's type are kept. Whatever is closed or dropped is
    reported. A line whose vertices all coincide is kept, as the place where someone drew, and
    reported.

    Args:
        raw: The table; findings are added to it.
        layer: The layer's schema.
        shapes: One geometry for each row [m], changed in place.
    """
    mixed = shapely.get_type_id(shapes) == _COLLECTION
    for at in np.flatnonzero(mixed).tolist():
        shapes[at] = _matching_parts(raw, layer, shapes[at], int(raw.rows[at]))
    if "polygon" in layer.shapes:
        _close_rings(raw, shapes)
    kinds = [kind for shape in layer.shapes for kind in _TYPES[shape]]
    types = shapely.get_type_id(shapes)
    wrong = (types >= 0) & ~np.isin(types, kinds)
    for at in np.flatnonzero(wrong).tolist():
        numbers = {"found": shapes[at].geom_type, "expected": "、".join(layer.shapes)}
        raw.findings.append(Finding("geometry_kind", int(raw.rows[at]), numbers=numbers))
    shapes[wrong] = None
    with np.errstate(over="ignore"):  # an absurd coordinate
        points = np.isin(types, _TYPES["line"]) & ~wrong & (shapely.length(shapes) == 0)
    raw.findings += [
        Finding("line_without_length", int(raw.rows[at])) for at in np.flatnonzero(points).tolist()
    ]
    return shapes


def _matching_parts(
    raw: RawTable, layer: Layer, mixed: shapely.Geometry, row: int
) -> shapely.Geometry:
    """The parts of a collection that have the layer's type; the collection itself if none has."""
    parts = _single_parts(mixed)
    types = shapely.get_type_id(parts)
    for shape in layer.shapes:
        usable = parts[np.isin(types, _SINGLE[shape])]
        if not len(usable) and shape == "polygon":
            usable = parts[(types == 1) & _is_closed(parts)]
        if len(usable) == 1 or (len(usable) and shape != "point"):
            _report_dropped(raw, row, parts, usable)
            return usable[0] if len(usable) == 1 else _merge_parts(usable)
    return mixed


def _report_dropped(raw: RawTable, row: int, parts: Geometries, usable: Geometries) -> None:
    dropped = [one.geom_type for one in parts if not any(one is used for used in usable)]
    if dropped:
        numbers: dict[str, Number] = {
            "count": len(dropped),
            "found": "、".join(dict.fromkeys(dropped)),
        }
        found = str(numbers["found"])
        raw.findings.append(Finding("parts_left_out", row, value=found, numbers=numbers))


def _merge_parts(usable: Geometries) -> shapely.Geometry:
    """One multi-part geometry; closed lines become polygons."""
    if usable[0].geom_type == "Polygon":
        return shapely.multipolygons(usable)
    if _is_closed(usable).all():
        return shapely.multipolygons([shapely.Polygon(line) for line in usable])
    return shapely.multilinestrings(usable)


def _single_parts(mixed: shapely.Geometry) -> Geometries:
    """The single geometries of a collection, at any depth."""
    parts = np.array([mixed], dtype=object)
    while (shapely.get_type_id(parts) >= 4).any():
        parts = shapely.get_parts(parts)
    return np.asarray(parts[~shapely.is_empty(parts)], dtype=object)


def without_empty_parts(shapes: Geometries) -> Geometries:
    """The geometries without the empty ones among their parts, on which GEOS can crash."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    for at in np.unique(owner[shapely.is_empty(parts)]).tolist():
        filled = parts[(owner == at) & ~shapely.is_empty(parts)]
        shapes[at] = type(shapes[at])(filled.tolist())
    return shapes


def _is_closed(lines: Geometries) -> NDArray[np.bool_]:
    return np.asarray(shapely.is_closed(lines) & (shapely.get_num_coordinates(lines) >= 4))


def _close_rings(raw: RawTable, shapes: Geometries) -> None:
    """Replace closed lines, and lines whose ends almost meet, by polygons."""
    single = (shapely.get_type_id(shapes) == 5) & (shapely.get_num_geometries(shapes) == 1)
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    lines = (shapely.get_type_id(shapes) == 1) & (shapely.get_num_coordinates(shapes) >= 3)
    gaps = shapely.distance(shapely.get_point(shapes, 0), shapely.get_point(shapes, -1))
    for at in np.flatnonzero(lines & (gaps > 0) & (gaps <= _GAP_M)).tolist():
        numbers = {"gap_m": float(gaps[at])}
        raw.findings.append(Finding("ring_closed", int(raw.rows[at]), numbers=numbers))
        shapes[at] = shapely.Polygon(shapes[at].coords)
    rings = np.isin(shapely.get_type_id(shapes), (1, 2)) & _is_closed(shapes)
    shapes[rings] = [shapely.Polygon(line) for line in shapes[rings]]

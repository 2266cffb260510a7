"""Geometries of the kind their layer is of: points, lines or polygons."""

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
# ASSUME: the ends of a ring that is drawn by hand are the same point when they are as near as this
_GAP_M = 1.0


def keep_kind(raw: RawTable, layer: Layer, shapes: Geometries) -> Geometries:
    """The geometries [m] that are of the layer's kind, None for the others, which are reported.

    A closed line is its polygon, also where its ends all but meet; of a collection counts what is
    of the kind. What was closed or left out is reported.
    """
    mixed = shapely.get_type_id(shapes) == _COLLECTION
    for at in np.flatnonzero(mixed).tolist():
        shapes[at] = _part(raw, layer, shapes[at], int(raw.rows[at]))
    if "polygon" in layer.shapes:
        _close(raw, shapes)
    kinds = [kind for shape in layer.shapes for kind in _TYPES[shape]]
    types = shapely.get_type_id(shapes)
    wrong = (types >= 0) & ~np.isin(types, kinds)
    for at in np.flatnonzero(wrong).tolist():
        numbers = {"found": shapes[at].geom_type, "expected": "、".join(layer.shapes)}
        raw.findings.append(Finding("geometry_kind", int(raw.rows[at]), numbers=numbers))
    shapes[wrong] = None
    return shapes


def _part(raw: RawTable, layer: Layer, mixed: shapely.Geometry, row: int) -> shapely.Geometry:
    """What a collection has of the first of the layer's kinds; the collection, if nothing."""
    parts = _flat(mixed)
    types = shapely.get_type_id(parts)
    for shape in layer.shapes:
        usable = parts[np.isin(types, _SINGLE[shape])]
        if not len(usable) and shape == "polygon":
            usable = parts[(types == 1) & _closed(parts)]
        if len(usable) == 1 or (len(usable) and shape != "point"):
            _report(raw, row, parts, usable)
            return usable[0] if len(usable) == 1 else _several(usable)
    return mixed


def _report(raw: RawTable, row: int, parts: Geometries, usable: Geometries) -> None:
    left = [one.geom_type for one in parts if not any(one is used for used in usable)]
    if left:
        numbers: dict[str, Number] = {"count": len(left), "found": "、".join(dict.fromkeys(left))}
        said = str(numbers["found"])
        raw.findings.append(Finding("parts_left_out", row, value=said, numbers=numbers))


def _several(usable: Geometries) -> shapely.Geometry:
    """One geometry of many parts; of closed lines, their polygons."""
    if usable[0].geom_type == "Polygon":
        return shapely.multipolygons(usable)
    if _closed(usable).all():
        return shapely.multipolygons([shapely.Polygon(line) for line in usable])
    return shapely.multilinestrings(usable)


def _flat(mixed: shapely.Geometry) -> Geometries:
    """The single geometries of a collection, however deep they lie."""
    parts = np.array([mixed], dtype=object)
    while (shapely.get_type_id(parts) >= 4).any():
        parts = shapely.get_parts(parts)
    return np.asarray(parts, dtype=object)


def _closed(lines: Geometries) -> NDArray[np.bool_]:
    return np.asarray(shapely.is_closed(lines) & (shapely.get_num_coordinates(lines) >= 4))


def _close(raw: RawTable, shapes: Geometries) -> None:
    """Put the polygon of a closed line in its place, and of one that is all but closed."""
    single = (shapely.get_type_id(shapes) == 5) & (shapely.get_num_geometries(shapes) == 1)
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    lines = (shapely.get_type_id(shapes) == 1) & (shapely.get_num_coordinates(shapes) >= 3)
    gaps = shapely.distance(shapely.get_point(shapes, 0), shapely.get_point(shapes, -1))
    for at in np.flatnonzero(lines & (gaps > 0) & (gaps <= _GAP_M)).tolist():
        numbers = {"gap_m": float(gaps[at])}
        raw.findings.append(Finding("ring_closed", int(raw.rows[at]), numbers=numbers))
        shapes[at] = shapely.Polygon(shapes[at].coords)
    rings = np.isin(shapely.get_type_id(shapes), (1, 2)) & _closed(shapes)
    shapes[rings] = [shapely.Polygon(line) for line in shapes[rings]]

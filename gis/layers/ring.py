"""The area that a ring of streets encloses, as a notice names them one after the other."""

from __future__ import annotations

import re

import geopandas as gpd
import shapely
from shapely import Geometry, Point, Polygon
from shapely.ops import polygonize, unary_union

from gis.layers.problems import Refusal

_WORDS = re.compile(r"(.+?)\s*([+-]\s*\d+(?:\.\d+)?)?\s*(?:米|m)?")
# ASSUME: two streets that follow each other in a notice meet within this distance on the map
_GAP_M = 60.0
_TOUCH_M = 0.01


def enclosed(streets: tuple[str, ...], roads: gpd.GeoDataFrame) -> Polygon:
    """The area within the streets, each moved outward (+n) or inward (-n) by n metres.

    Raises:
        Refusal: a street is not among the roads, or the streets do not close to a ring.
    """
    named = [_street(words, roads) for words in streets]
    middle = unary_union([line for line, _ in named]).convex_hull.centroid
    sides = [_moved(line, metres, middle) for line, metres in named]
    gap_m = _GAP_M + max(abs(metres) for _, metres in named)
    lines = [*sides, *_joints(sides, gap_m, streets)]
    # noded on a fine grid, so that what touches but for rounding does meet
    faces = polygonize(shapely.union_all(lines, grid_size=_TOUCH_M))
    bounded = [face for face in faces if _touches_all(face, sides)]
    if not bounded:
        raise Refusal("ring_open", streets="、".join(streets))
    return max(bounded, key=lambda face: face.area)


def _street(words: str, roads: gpd.GeoDataFrame) -> tuple[Geometry, float]:
    """The line of a street by its name, and the metres to move it."""
    found = _WORDS.fullmatch(words.strip())
    whole = roads["name"] == words.strip()
    name, offset = (words.strip(), None) if whole.any() or not found else found.groups()
    lines = roads.loc[roads["name"] == name, "geometry"].dropna()
    if lines.empty:
        raise Refusal("street_unknown", street=str(name))
    metres = float(offset.replace(" ", "")) if offset else 0.0
    return shapely.line_merge(unary_union(list(lines))), metres


def _moved(line: Geometry, metres: float, middle: Point) -> Geometry:
    """The line moved away from `middle` by `metres`, or towards it when negative."""
    if not metres:
        return line
    parts = []
    for part in shapely.get_parts(line):
        sides = [part.offset_curve(metres), part.offset_curve(-metres)]
        sides.sort(key=middle.distance)
        parts.append(sides[1] if metres > 0 else sides[0])
    return unary_union(parts)


def _joints(sides: list[Geometry], gap_m: float, streets: tuple[str, ...]) -> list[Geometry]:
    """Short straight pieces that close the gaps between each street and the next."""
    joints = []
    for place, side in enumerate(sides):
        after = (place + 1) % len(sides)
        metres = side.distance(sides[after])
        if metres > gap_m:
            raise Refusal("ring_gap", one=streets[place], other=streets[after], gap_m=metres)
        if metres > 0:
            joints.append(shapely.shortest_line(side, sides[after]))
    return joints


def _touches_all(face: Polygon, sides: list[Geometry]) -> bool:
    edge = face.exterior.buffer(_TOUCH_M)
    return all(edge.intersection(side).length > _TOUCH_M * 10 for side in sides)

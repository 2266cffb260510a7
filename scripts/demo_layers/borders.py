"""Natural borders: each shared edge of a tiling is bent once, so that neighbours still match."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

_STEP_M = 60.0
_WAVES = ((1700.0, 70.0), (760.0, 38.0), (310.0, 14.0))  # length and amplitude of the bends [m]


def natural(cells: list[BaseGeometry], outline: Polygon, rng: np.random.Generator) -> list[Polygon]:
    """Bend the inner borders of cells; the outline is unchanged.

    Each border is drawn once and used by both cells, so that there are no gaps or overlaps.

    Returns:
        The bent cells, in the same order.
    """
    arcs = _arcs(cells)
    inner = ~np.array(
        [outline.boundary.distance(arc.interpolate(0.5, normalized=True)) < 1 for arc in arcs]
    )
    phases = rng.uniform(0, 2 * np.pi, (len(arcs), len(_WAVES)))
    for strength in (1.0, 0.7, 0.45, 0.25, 0.0):
        bent = [
            _bend(arc, phase, strength) if inside else arc
            for arc, phase, inside in zip(arcs, phases, inner, strict=True)
        ]
        faces = list(shapely.polygonize([shapely.unary_union(bent)]).geoms)
        if len(faces) == len(cells) and (found := _matched(cells, faces)):
            return found
    raise RuntimeError(f"{len(cells)} cells became {len(faces)} faces")


def _arcs(cells: list[BaseGeometry]) -> list[LineString]:
    """The edges of the tiling between junctions, each once."""
    whole = [max(shapely.get_parts(cell), key=lambda part: part.area) for cell in cells]
    crumbs = [p for cell in cells for p in shapely.get_parts(cell) if p not in whole and p.area > 1]
    for crumb in crumbs:
        touch = [cell.boundary.intersection(crumb.buffer(0.05)).length for cell in whole]
        best = int(np.argmax(touch))
        whole[best] = shapely.union(whole[best], crumb, grid_size=0.01)
    corners = shapely.MultiPoint(np.unique(shapely.get_coordinates(whole), axis=0))
    whole = [shapely.snap(cell, corners, 0.05) for cell in whole]
    lines = shapely.unary_union([cell.boundary for cell in whole])
    merged = shapely.line_merge(lines)
    return sorted(shapely.get_parts(merged), key=lambda arc: arc.coords[0] + arc.coords[-1])


def _bend(arc: LineString, phase: np.ndarray, strength: float) -> LineString:
    """The arc smoothed and bent sideways, with unchanged ends."""
    steps = max(4, int(arc.length / _STEP_M))
    along = np.linspace(0, arc.length, steps + 1)
    xy = shapely.get_coordinates(shapely.line_interpolate_point(arc, along))
    for _ in range(3):
        xy[1:-1] = (xy[:-2] + 2 * xy[1:-1] + xy[2:]) / 4
    way = np.gradient(xy, axis=0)
    side = np.column_stack([-way[:, 1], way[:, 0]]) / np.hypot(*way.T)[:, None]
    taper = np.minimum(1, np.minimum(along, arc.length - along) / 350) * min(1, arc.length / 1500)
    height = sum(
        h * np.sin(2 * np.pi * along / w + p) for (w, h), p in zip(_WAVES, phase, strict=True)
    )
    xy += side * (strength * taper * height)[:, None]
    return LineString(xy.round(2))


def _matched(cells: list[BaseGeometry], faces: list[Polygon]) -> list[Polygon]:
    """The face of each cell, by largest overlap; empty if the match is not one to one."""
    best = [
        max(range(len(faces)), key=lambda i: faces[i].intersection(cell).area) for cell in cells
    ]
    return [faces[i] for i in best] if len(set(best)) == len(cells) else []

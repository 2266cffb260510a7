"""Polygons that are none: repaired, and never in silence."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from gis.layers.problems import Finding
from gis.layers.raw_table import Raw


def repair(raw: Raw, shapes: gpd.GeoSeries, *, by_winding: bool = False) -> gpd.GeoSeries:
    """Valid polygons; each repaired one is reported with its area before and after.

    Parts that overlap or nest are one area together: what lies in any part, and not in that part's
    holes, stays inside, and so does what a ring goes round twice.
    by_winding: the format tells holes from parts by the winding of their rings alone, so that a
    part that lies within another is a hole wound the wrong way.
    """
    values = shapes.to_numpy().copy()
    polygons = np.isin(shapely.get_type_id(values), (3, 6))
    for index in np.flatnonzero(polygons & ~shapely.is_valid(values)):
        parts = [_mended(part) for part in shapely.get_parts(values[index])]
        mended = _with_holes(parts) if by_winding else _polygonal(shapely.union_all(parts))
        numbers = {
            "reason": shapely.is_valid_reason(values[index]),
            "before_m2": float(values[index].area),
            "after_m2": float(mended.area),
        }
        raw.findings.append(Finding("repaired", int(raw.rows[int(index)]), numbers=numbers))
        values[index] = None if mended.is_empty else mended
    return gpd.GeoSeries(values, crs=shapes.crs)


def _mended(part: shapely.Polygon) -> shapely.Geometry:
    """One part made valid; where its holes leave nothing of it, they are no holes."""
    mended = _polygonal(shapely.make_valid(part, method="structure", keep_collapsed=False))
    return _polygonal(shapely.make_valid(part)) if mended.is_empty else mended


def _with_holes(parts: list[shapely.Geometry]) -> shapely.Geometry:
    """The parts together, where one within another is a hole, and one within a hole a part."""
    parts = sorted(parts, key=lambda part: float(part.area), reverse=True)
    whole = parts[0]
    for part in parts[1:]:
        hole = shapely.contains_properly(whole, part)
        whole = whole.difference(part) if hole else whole.union(part)
    return _polygonal(whole)


def _polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [one for one in shapely.get_parts(shape) if one.geom_type.endswith("Polygon")]
    return shapely.union_all(parts) if len(parts) != 1 else parts[0]

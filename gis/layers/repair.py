"""Polygons that are none: repaired, and never in silence."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from gis.layers.findings import Finding
from gis.layers.raw import Raw


def repair(raw: Raw, shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Valid polygons; each repaired one is reported with its area before and after."""
    values = shapes.to_numpy().copy()
    polygons = np.isin(shapely.get_type_id(values), (3, 6))
    for index in np.flatnonzero(polygons & ~shapely.is_valid(values)):
        mended = _polygonal(shapely.make_valid(values[index]))
        numbers = {
            "reason": shapely.is_valid_reason(values[index]),
            "before_m2": float(values[index].area),
            "after_m2": float(mended.area),
        }
        raw.findings.append(Finding("repaired", int(raw.rows[int(index)]), numbers=numbers))
        values[index] = None if mended.is_empty else mended
    return gpd.GeoSeries(values, crs=shapes.crs)


def _polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [one for one in shapely.get_parts(shape) if one.geom_type.endswith("Polygon")]
    return shapely.union_all(parts) if len(parts) != 1 else parts[0]

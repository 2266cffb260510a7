"""Where each row is: its geometry or its coordinates, in metres in the project CRS."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from gis.layers.datum import into_project, is_degrees, shifted_datum
from gis.layers.findings import Finding, Refusal
from gis.layers.raw import Raw
from gis.layers.schema import Layer

_KINDS = {
    "point": (0, 4),
    "line": (1, 2, 5),
    "polygon": (3, 6),
}
_OURS = ["lon", "lat", "x", "y"]


def locate(
    raw: Raw, table: pd.DataFrame, layer: Layer, declared: str | None, target: CRS
) -> gpd.GeoSeries | None:
    """The rows' geometries in the project CRS, missing where a row has none; None: a plain table.

    Raises:
        Refusal: the coordinates are in no stated CRS, or in one without a true way to the target.
    """
    source = declared or raw.crs
    if raw.wkb is not None and any(raw.wkb):
        if source is None:
            raise Refusal("crs_missing")
        if declared and raw.crs:
            _compare(declared, raw)
        return _from_wkb(raw, layer, source, target)
    pair = _pair(table, source)
    if pair is None:
        return None
    if source is None:
        raise Refusal("crs_missing")
    x, y = (table[name].to_numpy(float) for name in pair)
    return _from_numbers(raw, x, y, source, target)


def _compare(declared: str, raw: Raw) -> None:
    """Say when the file and project.toml name different systems; project.toml stands."""
    stated = raw.crs or ""
    if stated == "OGC:CRS84" or shifted_datum(declared):
        return
    if not CRS.from_user_input(declared).equals(
        CRS.from_user_input(stated), ignore_axis_order=True
    ):
        numbers = {"declared": declared, "stated": CRS.from_user_input(stated).name}
        raw.findings.append(Finding("crs_differs", numbers=numbers))


def _pair(table: pd.DataFrame, source: str | None) -> tuple[str, str] | None:
    """The two columns that hold the coordinates."""
    there = [name for name in _OURS if name in table and table[name].notna().any()]
    degrees = source is None or is_degrees(source)
    pairs = (("lon", "lat"), ("x", "y")) if degrees else (("x", "y"), ("lon", "lat"))
    return next((pair for pair in pairs if set(pair) <= set(there)), None)


def _from_numbers(
    raw: Raw, x: np.ndarray, y: np.ndarray, source: str, target: CRS
) -> gpd.GeoSeries:
    there_x, there_y = into_project(x, y, source, target)
    known = np.isfinite(there_x) & np.isfinite(there_y)
    for index in np.flatnonzero(~known):
        code = "no_location" if np.isnan(x[index]) or np.isnan(y[index]) else "location_unusable"
        raw.findings.append(Finding(code, int(raw.rows[index]), "lon", f"{x[index]}, {y[index]}"))
    points = np.full(len(x), None, dtype=object)
    points[known] = shapely.points(there_x[known], there_y[known])
    return gpd.GeoSeries(points, crs=target)


def _from_wkb(raw: Raw, layer: Layer, source: str, target: CRS) -> gpd.GeoSeries:
    shapes = shapely.force_2d(
        shapely.from_wkb(np.asarray(raw.wkb, dtype=object), on_invalid="ignore")
    )
    coordinates = shapely.get_coordinates(shapes)
    x, y = into_project(coordinates[:, 0].copy(), coordinates[:, 1].copy(), source, target)
    shapes = shapely.set_coordinates(shapes, np.column_stack([x, y]))
    return gpd.GeoSeries(_usable(raw, layer, shapes), crs=target)


def _usable(raw: Raw, layer: Layer, shapes: np.ndarray) -> np.ndarray:
    """Shapes of the layer's kind, with closed lines of a polygon layer made polygons."""
    if layer.shapes[0] == "polygon":
        closed = (shapely.get_type_id(shapes) == 1) & shapely.is_closed(shapes)
        closed &= shapely.get_num_coordinates(shapes) >= 4
        shapes[closed] = (
            shapely.polygons(shapely.linearrings(shapely.get_coordinates(shapes[closed])))
            if False
            else [shapely.Polygon(one) for one in shapes[closed]]
        )
    kinds = {kind for shape in layer.shapes for kind in _KINDS.get(shape, ())}
    types = shapely.get_type_id(shapes)
    for index, kind in enumerate(types):
        row = int(raw.rows[index])
        if kind == -1 or shapely.is_empty(shapes[index]):
            raw.findings.append(Finding("no_geometry", row))
            shapes[index] = None
        elif kind not in kinds:
            numbers = {"found": shapes[index].geom_type, "expected": "、".join(layer.shapes)}
            raw.findings.append(Finding("geometry_kind", row, numbers=numbers))
            shapes[index] = None
        elif not np.isfinite(shapely.get_coordinates(shapes[index])).all():
            raw.findings.append(Finding("location_unusable", row))
            shapes[index] = None
    return shapes

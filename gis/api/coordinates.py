"""GCJ-02 and BD-09, the shifted coordinates of Chinese web maps, to and from WGS 84."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gis.errors import InputError, Text
from gis.layers.crs import bd_to_wgs, gcj_to_wgs, to_crs, wgs_to_gcj
from gis.layers.problems import Refusal, problem

Shapes = TypeVar("Shapes", gpd.GeoDataFrame, gpd.GeoSeries)
Degrees = NDArray[np.float64]
_Shift = Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]
_WGS84 = "EPSG:4326"


def to_gcj02(frame: Shapes) -> Shapes:
    """Geometries to GCJ-02, as Amap and Tencent draw them.

    Args:
        frame: Geometries in any CRS; it is not changed.

    Returns:
        The same rows in GCJ-02 degrees, longitude first. Their CRS is None, since GCJ-02 has no
        code; `from_gcj02` leads back to within 1e-6 m.

    Raises:
        InputError: The frame has no CRS, or one without a public transformation.
    """
    _check_shapes(frame)
    if frame.crs is None:
        zh = '没有坐标系，不知从何转换；请先写明，如 frame.set_crs("EPSG:4490")。'
        en = 'the frame has no CRS to convert from; say which, as by frame.set_crs("EPSG:4490").'
        raise InputError(Text(zh, en))
    return _shifted(frame, _degrees(frame), wgs_to_gcj, None)


def _degrees(frame: Shapes) -> gpd.GeoSeries:
    """The geometries in WGS 84.

    Raises:
        InputError: No transformation of their CRS is known that is better than none.
    """
    try:
        return to_crs(gpd.GeoDataFrame(geometry=frame.geometry), _WGS84).geometry
    except Refusal as refusal:
        told = problem("frame", refusal.finding, frame=True)
        zh, en = f"{told.message.zh}。{told.remedy.zh}", f"{told.message.en}; {told.remedy.en}"
        raise InputError(Text(zh, en), (told,)) from refusal


def from_gcj02(frame: Shapes) -> Shapes:
    """Geometries in GCJ-02 degrees to WGS 84.

    Args:
        frame: Longitude and latitude of a Chinese web map or phone; without a CRS, or with a
            geographic one that was written there for lack of another. It is not changed.

    Returns:
        The same rows in EPSG:4326.

    Raises:
        InputError: The coordinates are no degrees.
    """
    return _from(frame, gcj_to_wgs, "GCJ-02")


def from_bd09(frame: Shapes) -> Shapes:
    """Geometries in BD-09 degrees, as Baidu draws them, to WGS 84.

    Args:
        frame: As for `from_gcj02`.

    Returns:
        The same rows in EPSG:4326.

    Raises:
        InputError: The coordinates are no degrees.
    """
    return _from(frame, bd_to_wgs, "BD-09")


def _from(frame: Shapes, shift: _Shift, system: str) -> Shapes:
    _check_shapes(frame)
    bounds = np.abs(frame.total_bounds)
    degrees = not np.isfinite(bounds).all() or bool((bounds <= (180, 90, 180, 90)).all())
    if not degrees or (frame.crs is not None and not frame.crs.is_geographic):
        said = "—" if frame.crs is None else frame.crs.name
        found = ", ".join(f"{one:g}" for one in frame.total_bounds)
        zh = f"{system} 应为经纬度（经度在前），这里的坐标系是 {said}，范围是 {found}。"
        en = (
            f"{system} is in degrees, longitude first; found the CRS {said} and the bounds {found}."
        )
        raise InputError(Text(zh, en))
    return _shifted(frame, frame.geometry, shift, _WGS84)


def _shifted(frame: Shapes, degrees: gpd.GeoSeries, shift: _Shift, crs: str | None) -> Shapes:
    """The frame with its geometries shifted, vertex by vertex, and put into a CRS."""

    def moved(at: Degrees) -> Degrees:
        return np.column_stack(shift(at[:, 0], at[:, 1]))

    shapes = shapely.transform(degrees.to_numpy(), moved)
    series = gpd.GeoSeries(shapes, index=frame.index, crs=crs, name=frame.geometry.name)
    if isinstance(frame, gpd.GeoSeries):
        return series
    plain = frame.drop(columns=frame.geometry.name)
    whole = gpd.GeoDataFrame(plain.assign(**{frame.geometry.name: series}))
    return whole[list(frame.columns)].set_geometry(frame.geometry.name, crs=crs)


def _check_shapes(frame: object) -> None:
    """Refuse what has no geometries.

    Raises:
        InputError: It is neither a GeoDataFrame with an active geometry nor a GeoSeries.
    """
    active = isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None
    if not (active or isinstance(frame, gpd.GeoSeries)):
        kind = type(frame).__name__
        zh = f"应为带图形的 GeoDataFrame 或 GeoSeries，这里是 {kind}；经纬度两列请先用 gpd.points_from_xy 成图形。"
        en = (
            f"expected a GeoDataFrame with geometry or a GeoSeries, found {kind}; "
            "make points of two columns with gpd.points_from_xy."
        )
        raise InputError(Text(zh, en))

"""Coordinate reference systems: what a layer's coordinates are in, and the way to the project's.

Two edges alone: into the project CRS on reading, and to WGS84 on publishing (`to_wgs84`).

GCJ-02 and BD-09, the shifted coordinates of Chinese web maps, and the way back to WGS84.

The shift is the public-domain formula in general use; the inverse is a fixed point of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.crs import ProjectedCRS
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import TransformerGroup

from gis.layers.problems import Refusal

Degrees = NDArray[np.float64]
_Shift = Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]

_A = 6378245.0  # Krasovsky 1940, semi-major axis, m
_EE = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0
_STEPS = 7  # each step brings the error down by more than a hundred times
_CHINA_EXTENT = (72.004, 137.8347, 0.8293, 55.8271)  # the shift applies inside this box alone


def gcj_to_wgs(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """GCJ-02 degrees to WGS84 degrees, to better than 1e-6 m of the forward shift."""
    return _inverse(wgs_to_gcj, lon, lat)


def bd_to_wgs(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """BD-09 degrees to WGS84 degrees."""
    return gcj_to_wgs(*_inverse(gcj_to_bd, lon, lat))


def wgs_to_gcj(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """WGS84 degrees to GCJ-02 degrees; points outside China are unshifted."""
    west, east, south, north = _CHINA_EXTENT
    china = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    east_m, north_m = _shift(lon - 105.0, lat - 35.0)
    radians = np.radians(lat)
    magic = 1.0 - _EE * np.sin(radians) ** 2
    d_lon = np.degrees(east_m / (_A / np.sqrt(magic) * np.cos(radians)))
    d_lat = np.degrees(north_m / (_A * (1.0 - _EE) / magic**1.5))
    return np.where(china, lon + d_lon, lon), np.where(china, lat + d_lat, lat)


def gcj_to_bd(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """GCJ-02 degrees to BD-09 degrees."""
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _BD_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def wgs_to_bd(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """WGS84 degrees to BD-09 degrees."""
    return gcj_to_bd(*wgs_to_gcj(lon, lat))


def _inverse(forward: _Shift, lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    x, y = lon, lat
    for _ in range(_STEPS):
        there_lon, there_lat = forward(x, y)
        x, y = x + (lon - there_lon), y + (lat - there_lat)
    return x, y


def _shift(x: Degrees, y: Degrees) -> tuple[Degrees, Degrees]:
    """Metres east and north by which a point is shifted; x, y are degrees from 105°E, 35°N."""
    root, product = np.sqrt(np.abs(x)), x * y
    sines = 20.0 * (np.sin(6.0 * np.pi * x) + np.sin(2.0 * np.pi * x))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * product + 0.1 * root
    east += (sines + _waves(x, (20, 1), (40, 3), (150, 12), (300, 30))) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * product + 0.2 * root
    north += (sines + _waves(y, (20, 1), (40, 3), (160, 12), (320, 30))) * 2.0 / 3.0
    return east, north


def _waves(angle: Degrees, *terms: tuple[int, int]) -> Degrees:
    total = np.zeros_like(angle)
    for height, divisor in terms:
        total += height * np.sin(np.pi * angle / divisor)
    return total


SHIFTED = {"GCJ02": gcj_to_wgs, "BD09": bd_to_wgs}
# Datums whose published parameters are secret or regional: PROJ leaves coordinates as they are
_SECRET = re.compile(
    r"xian[ _]?1980|xian[ _]?80|beijing[ _]?1954|beijing[ _]?54|new beijing|pulkovo", re.IGNORECASE
)
# ASSUME: WGS 84 and CGCS2000 are one; both follow the ITRS, and differ by less than a household's
# own accuracy. (PROJ knows no published transformation between them and would guess the same.)
_ITRS = re.compile(
    r"wgs[ _]?(19)?84|world geodetic system 1984|china[ _]2000|cgcs[ _]?2000"
    r"|china geodetic coordinate system 2000",
    re.IGNORECASE,
)
# ASSUME: whatever stands on the ellipsoid of CGCS2000 or WGS 84 is one of the two
_AXIS_M, _FLATTENING = 6_378_137.0, (298.2572, 298.2573)  # 1/f
_LIKELY = 40  # per cent of certainty with which a description is an EPSG code's
# ASSUME: the box of China, where a description names no area of use; degrees
_CHINA = (73.0, 17.0, 136.0, 54.0)
# ASSUME: nothing of a city lies so far beyond the area of use of the CRS it is surveyed in
_BEYOND_M = 500_000.0
_MERCATOR = re.compile(r"(?<!transverse )mercator", re.IGNORECASE)
_WGS84 = CRS.from_epsg(4326)


def to_wgs84(
    frame: gpd.GeoDataFrame | gpd.GeoSeries, crs: str | None = None
) -> gpd.GeoDataFrame | gpd.GeoSeries:
    """The outer edge: geometries to WGS84 longitude and latitude.

    Raises:
        ValueError: the frame says of itself no CRS, or another than `crs`.
    """
    if frame.crs is None or (crs is not None and frame.crs != CRS.from_user_input(crs)):
        message = f"expected coordinates in {crs or 'a known CRS'}, found {frame.crs}"
        raise ValueError(message)
    there = frame.to_crs(_WGS84)
    if not np.isfinite(there.total_bounds).all() and len(there) and not there.is_empty.all():
        message = "a geometry has no place in WGS84"
        raise ValueError(message)
    return there


def to_lonlat(x: Degrees, y: Degrees, crs: str) -> tuple[Degrees, Degrees]:
    """The outer edge for bare coordinates in `crs`: WGS84 longitudes and latitudes, degrees."""
    lon, lat = _transformer(CRS.from_user_input(crs).to_wkt(), _WGS84.to_wkt()).transform(x, y)
    return np.asarray(lon, float), np.asarray(lat, float)


@cache
def project_crs(text: str) -> CRS:
    """The project's CRS.

    Raises:
        Refusal: unknown, geographic, not in metres, or with distances that are not true.
    """
    crs = known_crs(text)
    if not crs.is_projected:
        raise Refusal("project_crs_geographic", crs=text)
    if any(axis.unit_conversion_factor != 1.0 for axis in crs.axis_info):
        raise Refusal("project_crs_units", crs=text, unit=crs.axis_info[0].unit_name)
    operation = crs.coordinate_operation
    if operation is not None and _MERCATOR.search(operation.method_name):
        raise Refusal("project_crs_mercator", crs=text)
    _check_datum(crs, text)
    return crs


def shifted_datum(text: str) -> str:
    """Return "GCJ02" or "BD09" when `text` names one of them, else ""."""
    bare = re.sub(r"[\s_-]", "", text).upper()
    return bare if bare in SHIFTED else ""


def is_degrees(text: str) -> bool:
    """Whether coordinates in the CRS `text` are longitude and latitude."""
    return bool(shifted_datum(text)) or not known_crs(text).is_projected


def short_name(text: str | None) -> str:
    """EPSG:n where the CRS is a known one, else its name; "" for none."""
    if not text or len(text) < 20:
        return text or ""
    try:
        crs = known_crs(text)
    except Refusal:
        return text[:20]
    code = crs.to_epsg(_LIKELY)
    return f"EPSG:{code}" if code else crs.name


def same_system(one: str, other: str) -> bool:
    """Whether two CRS texts mean the same coordinates; a shifted datum hides behind any degrees."""
    if shifted_datum(one) or shifted_datum(other):
        return is_degrees(one) == is_degrees(other)
    try:
        first, second = known_crs(one), known_crs(other)
    except Refusal:
        return False
    if not first.is_projected and not second.is_projected and _on_itrs(first) and _on_itrs(second):
        return True
    code = first.to_epsg(_LIKELY)
    same = code is not None and code == second.to_epsg(_LIKELY)
    return same or bool(first.equals(second, ignore_axis_order=True))


def into_project(x: Degrees, y: Degrees, source: str, target: CRS) -> tuple[Degrees, Degrees]:
    """Coordinates in `source` (x east, y north) to metres in the project CRS; NaN where none fit.

    Raises:
        Refusal: the source is unknown or has no true way to the target.
    """
    shift = shifted_datum(source)
    if shift:
        lon, lat = SHIFTED[shift](x, y)
        return into_project(lon, lat, "EPSG:4326", target)
    crs = known_crs(source)
    _check_datum(crs, source)
    if crs == target:
        return x, y
    if _on_itrs(target) and not _on_itrs(crs):
        lon, lat = _transformer(crs.to_wkt(), _WGS84.to_wkt()).transform(x, y)
        return into_project(np.asarray(lon), np.asarray(lat), "EPSG:4326", target)
    transformer = _transformer(crs.to_wkt(), target.to_wkt())
    there_x, there_y = transformer.transform(x, y)
    lost = ~(np.isfinite(there_x) & np.isfinite(there_y))
    return np.where(lost, np.nan, there_x), np.where(lost, np.nan, there_y)


def possible(x: Degrees, y: Degrees, crs: CRS) -> NDArray[np.bool_]:
    """Which coordinates in the projected `crs` are at all near where it is meant for."""
    west, south, east, north = area_of_use(crs)
    inside = (x >= west - _BEYOND_M) & (x <= east + _BEYOND_M)
    return np.asarray(inside & (y >= south - _BEYOND_M) & (y <= north + _BEYOND_M))


@cache
def area_of_use(crs: CRS) -> tuple[float, float, float, float]:
    """The bounds [m] of the area of use of a projected CRS: west, south, east, north."""
    code = None if crs.area_of_use else crs.to_epsg(_LIKELY)
    area = CRS.from_epsg(code).area_of_use if code else crs.area_of_use
    west, south, east, north = area.bounds if area else _CHINA
    there = Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
    edge = there.transform_bounds(west, south, east, north)
    return edge[0], edge[1], edge[2], edge[3]


@cache
def known_crs(text: str) -> CRS:
    """The CRS that a text means.

    One that is bound to WGS 84 by zeros is taken without them: on the ellipsoid of WGS 84 or
    CGCS2000 they say nothing, on another they are no parameters.

    Raises:
        Refusal: none, or one of a datum whose parameters are only zeros.
    """
    try:
        crs = CRS.from_user_input(text)
    except (CRSError, ProjError) as error:
        raise Refusal("crs_unknown", crs=text[:60]) from error
    bound = crs.coordinate_operation if crs.is_bound else None
    parameters = bound.towgs84 if bound else []
    if not parameters or any(parameters) or crs.source_crs is None:
        return crs
    if not _on_itrs(crs):
        raise Refusal("datum_zero_parameters", crs=text[:60], ellipsoid=str(crs.ellipsoid))
    return crs.source_crs


def _check_datum(crs: CRS, text: str) -> None:
    """Refuse a datum that PROJ would take for WGS84 without a word."""
    datum = crs.geodetic_crs.name if crs.geodetic_crs else ""
    if not crs.is_bound and _SECRET.search(datum):
        raise Refusal("datum_without_parameters", crs=text[:60], datum=datum)


@cache
def _transformer(source: str, target: str) -> Transformer:
    """The best transformation that is not a guess.

    Raises:
        Refusal: PROJ knows none but leaving the coordinates as they are.
    """
    there = CRS(target)
    group = TransformerGroup(_same_frame(CRS(source), there), there, always_xy=True)
    for transformer in group.transformers:
        if "ballpark" not in transformer.description.lower():
            return transformer
    raise Refusal("datum_without_parameters", crs=CRS(source).name, datum=CRS(source).name)


def _same_frame(source: CRS, target: CRS) -> CRS:
    """The source on the target's datum when both are realisations of the ITRS, else the source."""
    if not (_on_itrs(source) and _on_itrs(target)) or target.geodetic_crs is None:
        return source
    frame = target.geodetic_crs
    operation = source.coordinate_operation
    return ProjectedCRS(operation, geodetic_crs=frame) if operation is not None else frame


def _on_itrs(crs: CRS) -> bool:
    frame = crs.geodetic_crs
    if frame is None or frame.ellipsoid is None:
        return False
    low, high = _FLATTENING
    same = frame.ellipsoid.semi_major_metre == _AXIS_M
    return bool(_ITRS.search(frame.name)) or (
        same and low < frame.ellipsoid.inverse_flattening < high
    )

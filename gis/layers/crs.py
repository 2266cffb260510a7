"""Coordinate reference systems, and transformations into the project CRS and to WGS84.

Coordinates are transformed twice only: into the project CRS on reading, and to WGS84 on
publishing (`to_wgs84`, `to_lonlat`) or to the CRS of an export (`to_crs`).

GCJ-02 and BD-09, the shifted coordinates of Chinese web maps, are converted with the
public-domain formula in general use; its inverse is found by fixed-point iteration.

A drawing may be in millimetres. The unit in its header is often a template's, so it counts only
where the coordinates cannot be metres.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.crs import ProjectedCRS
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import TransformerGroup

from gis.layers.problems import Finding, Refusal
from gis.layers.raw_table import RawTable

Degrees = NDArray[np.float64]
_Shift = Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]

_SEMI_MAJOR_M = 6378245.0  # Krasovsky 1940, semi-major axis, m
_ECCENTRICITY_2 = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0
_STEPS = 7  # each step reduces the error more than a hundredfold
_CHINA_EXTENT = (72.004, 137.8347, 0.8293, 55.8271)  # the shift applies only inside this box


def gcj_to_wgs(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """GCJ-02 degrees to WGS84 degrees; accurate to 1e-6 m of the forward shift."""
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
    magic = 1.0 - _ECCENTRICITY_2 * np.sin(radians) ** 2
    d_lon = np.degrees(east_m / (_SEMI_MAJOR_M / np.sqrt(magic) * np.cos(radians)))
    d_lat = np.degrees(north_m / (_SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_2) / magic**1.5))
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
        shifted_lon, shifted_lat = forward(x, y)
        x, y = x + (lon - shifted_lon), y + (lat - shifted_lat)
    return x, y


def _shift(x: Degrees, y: Degrees) -> tuple[Degrees, Degrees]:
    """Offsets of a point in metres, east and north; x, y are degrees from 105°E, 35°N."""
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
# Datums without public parameters: PROJ would leave their coordinates unchanged
_SECRET = re.compile(
    r"xian[ _]?1980|xian[ _]?80|beijing[ _]?1954|beijing[ _]?54|new beijing|pulkovo", re.IGNORECASE
)
# ASSUME: WGS 84 and CGCS2000 are the same: both realise the ITRS, and differ by less than the
# accuracy of a household's location. (PROJ has no published transformation between them.)
_ITRS = re.compile(
    r"wgs[ _]?(19)?84|world geodetic system 1984|china[ _]2000|cgcs[ _]?2000"
    r"|china geodetic coordinate system 2000",
    re.IGNORECASE,
)
# ASSUME: a datum on the ellipsoid of CGCS2000 or WGS 84 is one of the two
_AXIS_M, _FLATTENING = 6_378_137.0, (298.2572, 298.2573)  # 1/f
_LIKELY = 40  # minimum confidence [%] for matching a description to an EPSG code
# ASSUME: a CRS without an area of use applies to the bounding box of China; degrees
_CHINA = (73.0, 17.0, 136.0, 54.0)
# ASSUME: no feature of a city lies farther than this outside its CRS's area of use
_BEYOND_M = 500_000.0
_MERCATOR = re.compile(r"(?<!transverse )mercator", re.IGNORECASE)
_WGS84 = CRS.from_epsg(4326)


def to_wgs84(frame: gpd.GeoDataFrame | gpd.GeoSeries) -> gpd.GeoDataFrame | gpd.GeoSeries:
    """Geometries with their CRS to WGS84 longitude and latitude, for publishing.

    Raises:
        ValueError: The frame has no CRS, or a geometry has no finite coordinates in WGS84.
    """
    if frame.crs is None:
        raise ValueError("expected coordinates in a known CRS, found none")
    lonlat = frame.to_crs(_WGS84)
    drawn = not (lonlat.is_empty | lonlat.geometry.isna()).all()
    if drawn and not np.isfinite(lonlat.total_bounds).all():
        message = "a geometry has no finite coordinates in WGS84"
        raise ValueError(message)
    return lonlat


def to_lonlat(x: Degrees, y: Degrees, crs: str) -> tuple[Degrees, Degrees]:
    """Coordinates in `crs` to WGS84 longitudes and latitudes [degrees], for publishing."""
    lon, lat = _transformer(CRS.from_user_input(crs).to_wkt(), _WGS84.to_wkt()).transform(x, y)
    return np.asarray(lon, float), np.asarray(lat, float)


@cache
def project_crs(text: str) -> CRS:
    """The project's CRS.

    Args:
        text: The CRS as project.toml gives it.

    Raises:
        Refusal: The CRS is unknown, geographic, not in metres, or a Mercator projection, whose
            distances are not true.
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
    """Return "GCJ02" or "BD09" if `text` names one of them, else ""."""
    bare = re.sub(r"[\s_-]", "", text).upper()
    return bare if bare in SHIFTED else ""


def is_degrees(text: str) -> bool:
    """Whether coordinates in the CRS `text` are longitude and latitude."""
    return bool(shifted_datum(text)) or not known_crs(text).is_projected


def short_name(text: str | None) -> str:
    """The CRS as "EPSG:n" where it has a code, else its name; "" for None."""
    if not text or len(text) < 20:
        return text or ""
    try:
        crs = known_crs(text)
    except Refusal:
        return text[:20]
    code = crs.to_epsg(_LIKELY)
    return f"EPSG:{code}" if code else crs.name


def same_system(one: str, other: str) -> bool:
    """Whether two CRS texts mean the same coordinates.

    A shifted datum matches any CRS in degrees, because files declare it as an ordinary one.
    """
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
    """Transform coordinates into the project CRS.

    Args:
        x: Eastings or longitudes.
        y: Northings or latitudes.
        source: The CRS of the coordinates.
        target: The project CRS.

    Returns:
        Eastings and northings [m]; NaN where the transformation fails.

    Raises:
        Refusal: The source is unknown, or no exact transformation to the target exists.
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
    east, north = transformer.transform(x, y)
    lost = ~(np.isfinite(east) & np.isfinite(north))
    return np.where(lost, np.nan, east), np.where(lost, np.nan, north)


def to_crs(frame: gpd.GeoDataFrame, text: str) -> gpd.GeoDataFrame:
    """Geometries in another CRS, to be handed out; between CGCS2000 and WGS84 as in `to_wgs84`.

    Args:
        frame: Geometries with their CRS.
        text: The CRS wanted; no shifted datum.

    Raises:
        Refusal: The CRS is unknown, or no exact transformation to it exists.
    """
    source, target = frame.crs.to_wkt(), known_crs(text)
    _check_datum(target, text)
    if _on_itrs(frame.crs) and _on_itrs(target):
        return frame.to_crs(target)

    def move(places: Degrees) -> Degrees:
        return np.column_stack(into_project(places[:, 0], places[:, 1], source, target))

    moved = shapely.transform(frame.geometry.to_numpy(), move)
    return frame.set_geometry(gpd.GeoSeries(moved, index=frame.index, crs=target))


def possible(x: Degrees, y: Degrees, crs: CRS) -> NDArray[np.bool_]:
    """Which coordinates lie in or near the area of use of the projected `crs`."""
    west, south, east, north = area_of_use(crs)
    inside = (x >= west - _BEYOND_M) & (x <= east + _BEYOND_M)
    return np.asarray(inside & (y >= south - _BEYOND_M) & (y <= north + _BEYOND_M))


@cache
def area_of_use(crs: CRS) -> tuple[float, float, float, float]:
    """The bounds [m] of a projected CRS's area of use: west, south, east, north."""
    code = None if crs.area_of_use else crs.to_epsg(_LIKELY)
    area = CRS.from_epsg(code).area_of_use if code else crs.area_of_use
    west, south, east, north = area.bounds if area else _CHINA
    transformer = Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
    edge = transformer.transform_bounds(west, south, east, north)
    return edge[0], edge[1], edge[2], edge[3]


@cache
def epsg(crs: str | int) -> str:
    """A CRS as a text: a number is one of EPSG's."""
    return f"EPSG:{crs}" if isinstance(crs, int) else str(crs)


def known_crs(text: str) -> CRS:
    """Parse a CRS text.

    A CRS bound to WGS 84 by all-zero parameters is taken without them. On the ellipsoid of WGS 84
    or CGCS2000 the zeros are redundant; on another ellipsoid they are a placeholder.

    Raises:
        Refusal: The text is no CRS, or its datum has only zero parameters.
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
    """Refuse a datum that PROJ would silently treat as WGS84."""
    datum = crs.geodetic_crs.name if crs.geodetic_crs else ""
    if not crs.is_bound and _SECRET.search(datum):
        raise Refusal("datum_without_parameters", crs=short_name(text), datum=datum)


@cache
def _transformer(source: str, target: str) -> Transformer:
    """The best transformation that is not a ballpark one.

    Raises:
        Refusal: PROJ only knows to leave the coordinates unchanged.
    """
    target_crs = CRS(target)
    group = TransformerGroup(_same_frame(CRS(source), target_crs), target_crs, always_xy=True)
    for transformer in group.transformers:
        if "ballpark" not in transformer.description.lower():
            return transformer
    raise Refusal("datum_without_parameters", crs=CRS(source).name, datum=CRS(source).name)


def _same_frame(source: CRS, target: CRS) -> CRS:
    """The source CRS on the target's datum if both realise the ITRS, else the source CRS."""
    if not (_on_itrs(source) and _on_itrs(target)) or target.geodetic_crs is None:
        return source
    frame, operation = target.geodetic_crs, source.coordinate_operation
    if operation is None:
        return frame
    axes = source.coordinate_system  # in feet or kilometres too
    return ProjectedCRS(operation, cartesian_cs=axes, geodetic_crs=frame)


def _on_itrs(crs: CRS) -> bool:
    frame = crs.geodetic_crs
    if frame is None or frame.ellipsoid is None:
        return False
    low, high = _FLATTENING
    same = frame.ellipsoid.semi_major_metre == _AXIS_M
    return bool(_ITRS.search(frame.name)) or (
        same and low < frame.ellipsoid.inverse_flattening < high
    )


_UNITS_M = {"mm": 0.001, "cm": 0.01, "dm": 0.1, "in": 0.0254, "ft": 0.3048, "km": 1000.0}
_NAMES = {factor: name for name, factor in _UNITS_M.items()}


def factor_to_metres(raw: RawTable, x: Degrees, y: Degrees, source: str) -> float:
    """The factor that converts a file's coordinates to metres; any but 1 is reported.

    Args:
        raw: The table; findings are added to it.
        x: Eastings in `source`.
        y: Northings in `source`.
        source: The declared CRS.

    Raises:
        Refusal: The coordinates only fit in another unit, and the file does not state that unit.
    """
    finite = np.isfinite(x) & np.isfinite(y)
    if shifted_datum(source) or not finite.any():
        return 1.0
    crs = known_crs(source)
    east, north = float(np.median(x[finite])), float(np.median(y[finite]))
    if not crs.is_projected or _possible(east, north, crs):
        return 1.0
    fitting = [unit for unit in _NAMES if _possible(unit * east, unit * north, crs)]
    if raw.unit_m in fitting:
        numbers = {"unit": _NAMES[raw.unit_m]}
        raw.findings.append(Finding("units_converted", numbers=numbers))
        return raw.unit_m
    if fitting:
        raise Refusal("units_differ", unit=_NAMES[fitting[0]], crs=short_name(source))
    return 1.0


def _possible(x: float, y: float, crs: CRS) -> bool:
    return bool(possible(np.array([x]), np.array([y]), crs)[0])

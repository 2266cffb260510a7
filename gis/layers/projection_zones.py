"""Transverse Mercator zones over China: 3° Gauss-Krüger and 6° UTM."""

from __future__ import annotations

from gis.layers.crs import known_crs, shifted_datum, short_name
from gis.layers.problems import Refusal

UTM = range(32643, 32654)  # WGS 84, zones 43N to 53N
_UTM_FIRST = 32600
_UTM_SCALE = 0.9996
_MERIDIAN, _SCALE = "Longitude of natural origin", "Scale factor at natural origin"
_PARAMETERS = (_MERIDIAN, _SCALE)
_GAUSS_FIRST, _GAUSS_WEST, _GAUSS_EAST = 4534, 75, 135  # CGCS2000 3° zones, no zone prefix


def other_zone(crs: str) -> str:
    """The UTM zone with the central meridian of a Gauss-Krüger zone, or the reverse; "" for none.

    The two differ only in scale: 0.04 % of the northing, 1.6 km in Shanxi.
    """
    try:
        operation = None if shifted_datum(crs) else known_crs(crs).coordinate_operation
    except Refusal:
        return ""
    params = operation.params if operation else []
    values = {one.name: float(one.value) for one in params if one.name in _PARAMETERS}
    meridian, scale = values.get(_MERIDIAN, 0.0), values.get(_SCALE)
    if not _GAUSS_WEST <= meridian <= _GAUSS_EAST or meridian % 3:
        return ""
    if scale == 1.0 and meridian % 6 == 3:  # central meridian of a 6° zone
        return f"EPSG:{_UTM_FIRST + int(meridian + 183) // 6}"
    if scale == _UTM_SCALE:
        return f"EPSG:{_GAUSS_FIRST + int(meridian - _GAUSS_WEST) // 3}"
    return ""


def zone_name(crs: str) -> str:
    """The usual name of a CRS; UTM zones by their number."""
    code = short_name(crs).removeprefix("EPSG:")
    if code.isdigit() and int(code) in UTM:
        return f"UTM zone {int(code) - _UTM_FIRST}N (EPSG:{code})"
    return crs

"""Curved geometries (CircularString, CurvePolygon) as straight segments, which GEOS can use."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Sequence
from math import cos, radians

import numpy as np
import pyogrio
import shapely

from gis.layers.problems import Finding
from gis.layers.raw_table import RawTable

# ASSUME: segments of at most this angle replace an arc: an error of 1.5 cm at a 10 km radius
_STEP_DEGREES = 0.2
_ERROR = 1 - cos(radians(_STEP_DEGREES / 2))  # of the radius
_RADIUS_KM = 10
_COLLECTION, _CURVED = 7, range(8, 15)  # WKB types: CircularString to Surface
_ARC_WORDS = re.compile("CURVE|CIRCULAR|SURFACE")
_UNREADABLE = b""  # parsed as an unreadable geometry


def is_straight(wkb: bytes | None) -> bool:
    """Whether a geometry surely has no arc; a collection may contain one."""
    kind = _wkb_type(wkb)
    return kind != _COLLECTION and kind not in _CURVED


def straighten(raw: RawTable) -> None:
    """Replace arcs in the table by straight segments, and report it.

    A collection that contains an arc becomes an unreadable geometry, which is reported when the
    rows are georeferenced.
    """
    if raw.wkb is None or all(is_straight(head) for head in {(one or b"")[:5] for one in raw.wkb}):
        return
    wkb: list[bytes | None] = list(raw.wkb)
    types = [_wkb_type(one) for one in wkb]
    for at, one in enumerate(wkb):
        if types[at] == _COLLECTION and _contains_arc(one):
            wkb[at] = _UNREADABLE
    curved = [at for at, type_code in enumerate(types) if type_code in _CURVED]
    for at, segments in zip(curved, _segmented([wkb[at] for at in curved]), strict=True):
        wkb[at] = segments
    raw.wkb = wkb
    numbers = {
        "features": len(curved),
        "millionths": _ERROR * 1e6,
        "off_m": _ERROR * _RADIUS_KM * 1000,
        "radius_km": _RADIUS_KM,
    }
    if curved:
        raw.findings.append(Finding("curves_straightened", numbers=numbers))


def _wkb_type(wkb: bytes | None) -> int:
    """The geometry type in the WKB header, without Z and M flags; 0 for none."""
    if wkb is None or len(wkb) < 5:
        return 0
    code: int = struct.unpack("<I" if wkb[0] else ">I", wkb[1:5])[0]
    return (code & 0xFFFF) % 1000


def _contains_arc(wkb: bytes | None) -> bool:
    return bool(_ARC_WORDS.search(shapely.to_wkt(shapely.from_wkb(wkb, on_invalid="ignore")) or ""))


def _segmented(wkb: Sequence[bytes | None]) -> list[bytes | None]:
    """The same geometries without arcs; an unreadable one for each that is broken."""
    if not wkb:
        return []
    try:
        return _segmentize_with_gdal(wkb)
    except (RuntimeError, OSError, ValueError, SystemError):
        if len(wkb) == 1:
            return [_UNREADABLE]
        return [piece for one in wkb for piece in _segmented([one])]


def _segmentize_with_gdal(wkb: Sequence[bytes | None]) -> list[bytes | None]:
    """Segmentize arcs with GDAL, which does it on reading, through a file in memory."""
    buffer = io.BytesIO()
    pyogrio.set_gdal_config_options({"OGR_ARC_STEPSIZE": str(_STEP_DEGREES)})
    try:
        pyogrio.raw.write(
            buffer,
            np.asarray(wkb, dtype=object),
            [np.arange(len(wkb))],
            ["number"],
            layer="curves",
            driver="FlatGeobuf",
            geometry_type="Unknown",
            crs="OGC:CRS84",  # arbitrary: not used
            SPATIAL_INDEX="NO",
        )
        _, _, segments, _ = pyogrio.raw.read(buffer.getvalue())
    finally:
        pyogrio.set_gdal_config_options({"OGR_ARC_STEPSIZE": None})
    if len(segments) != len(wkb):
        message = "GDAL lost features"
        raise ValueError(message)
    return list(segments)

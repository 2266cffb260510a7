"""Arcs as straight pieces: what a map draws as a curve, GEOS does not know."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Sequence
from math import cos, radians

import numpy as np
import shapely

from gis.layers.problems import Finding
from gis.layers.raw_table import RawTable

# ASSUME: pieces of at most this angle stand for an arc: off by 1.5 cm at a radius of 10 km
_STEP_DEGREES = 0.2
_OFF = 1 - cos(radians(_STEP_DEGREES / 2))  # of the radius
_RADIUS_KM = 10
_COLLECTION, _NOT_STRAIGHT = 7, range(8, 15)  # kinds of WKB: from CircularString to Surface
_ARC_WORDS = re.compile("CURVE|CIRCULAR|SURFACE")
_UNREADABLE = b""  # no geometry can be made of it


def is_straight(wkb: bytes | None) -> bool:
    """Whether a geometry certainly has no arc: a collection may hide one."""
    kind = _kind(wkb)
    return kind != _COLLECTION and kind not in _NOT_STRAIGHT


def straighten(raw: RawTable) -> None:
    """Replace arcs in the table by straight pieces, and say so.

    What cannot be read, as an arc inside a collection of other kinds, becomes a geometry that
    cannot, which is reported where it is placed.
    """
    if raw.wkb is None or all(is_straight(head) for head in {(one or b"")[:5] for one in raw.wkb}):
        return
    wkb: list[bytes | None] = list(raw.wkb)
    kinds = [_kind(one) for one in wkb]
    for at, one in enumerate(wkb):
        if kinds[at] == _COLLECTION and _hides_arc(one):
            wkb[at] = _UNREADABLE
    curved = [at for at, kind in enumerate(kinds) if kind in _NOT_STRAIGHT]
    for at, pieces in zip(curved, _pieces([wkb[at] for at in curved]), strict=True):
        wkb[at] = pieces
    raw.wkb = wkb
    numbers = {
        "features": len(curved),
        "millionths": _OFF * 1e6,
        "off_m": _OFF * _RADIUS_KM * 1000,
        "radius_km": _RADIUS_KM,
    }
    if curved:
        raw.findings.append(Finding("curves_straightened", numbers=numbers))


def _kind(wkb: bytes | None) -> int:
    """The kind that the bytes state, without its heights; 0 for none."""
    if wkb is None or len(wkb) < 5:
        return 0
    code: int = struct.unpack("<I" if wkb[0] else ">I", wkb[1:5])[0]
    return (code & 0xFFFF) % 1000


def _hides_arc(wkb: bytes | None) -> bool:
    return bool(_ARC_WORDS.search(shapely.to_wkt(shapely.from_wkb(wkb, on_invalid="ignore")) or ""))


def _pieces(wkb: Sequence[bytes | None]) -> list[bytes | None]:
    """The same geometries without arcs; of a broken one, none that can be read."""
    if not wkb:
        return []
    try:
        return _through_gdal(wkb)
    except (RuntimeError, OSError, ValueError, SystemError):
        if len(wkb) == 1:
            return [_UNREADABLE]
        return [piece for one in wkb for piece in _pieces([one])]


def _through_gdal(wkb: Sequence[bytes | None]) -> list[bytes | None]:
    """GDAL strokes arcs when a file is read; this one lies in memory alone."""
    import pyogrio  # noqa: PLC0415  only a table with arcs pays for it in this process

    written = io.BytesIO()
    pyogrio.set_gdal_config_options({"OGR_ARC_STEPSIZE": str(_STEP_DEGREES)})
    try:
        pyogrio.raw.write(
            written,
            np.asarray(wkb, dtype=object),
            [np.arange(len(wkb))],
            ["number"],
            layer="curves",
            driver="FlatGeobuf",
            geometry_type="Unknown",
            crs="OGC:CRS84",  # nothing is looked up by it
            SPATIAL_INDEX="NO",
        )
        _, _, pieces, _ = pyogrio.raw.read(written.getvalue())
    finally:
        pyogrio.set_gdal_config_options({"OGR_ARC_STEPSIZE": None})
    if len(pieces) != len(wkb):
        message = "features were lost"
        raise ValueError(message)
    return list(pieces)

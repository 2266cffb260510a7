"""Geometries as a GeoPackage holds them, and the functions that QGIS's triggers call.

Once QGIS has made a spatial index in the record, every change calls the functions of the extension
rtree, which plain SQLite does not have.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable
from typing import Final

import shapely

from gis.record.schema import SRS

_HEADER: Final = struct.Struct("<2sBBi")  # "GP", version, flags: little endian, no envelope; srs_id
_ENVELOPES = (0, 32, 48, 48, 64)  # bytes, by the kind in the flags


def with_header(wkb: bytes) -> bytes:
    """A geometry in longitude and latitude (CGCS2000) as a GeoPackage holds it."""
    return _HEADER.pack(b"GP", 0, 1, SRS) + wkb


def without_header(blob: bytes) -> bytes | None:
    """The WKB in a geometry of a GeoPackage; None where it is none."""
    if len(blob) < _HEADER.size or blob[:2] != b"GP":
        return None
    kind = blob[3] >> 1 & 7
    return blob[_HEADER.size + _ENVELOPES[kind] :] if kind < len(_ENVELOPES) else None


def add_spatial_functions(db: sqlite3.Connection) -> None:
    """Let a connection call ST_IsEmpty, ST_MinX and the others of the extension rtree."""
    db.create_function("ST_IsEmpty", 1, _is_empty, deterministic=True)
    for at, name in enumerate(("ST_MinX", "ST_MinY", "ST_MaxX", "ST_MaxY")):  # as shapely's bounds
        db.create_function(name, 1, _bound(at), deterministic=True)


def _shape(blob: object) -> shapely.Geometry | None:
    wkb = without_header(blob) if isinstance(blob, bytes) else None
    return None if wkb is None else shapely.from_wkb(wkb, on_invalid="ignore")


def _is_empty(blob: object) -> bool | None:
    shape = _shape(blob)
    return None if shape is None else bool(shape.is_empty)


def _bound(at: int) -> Callable[[object], float | None]:
    def bound(blob: object) -> float | None:
        shape = _shape(blob)
        if shape is None or shape.is_empty:
            return None
        return float(shape.bounds[at])

    return bound

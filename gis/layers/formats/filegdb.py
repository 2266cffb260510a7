"""Esri file geodatabases (.gdb folders), read with GDAL."""

from __future__ import annotations

from pathlib import Path

from gis.layers.formats.ogr import read_ogr_layer
from gis.layers.raw_table import RawTable, Request


def read(path: Path, request: Request) -> RawTable:
    """One feature class; row numbers are its object ids."""
    raw = read_ogr_layer(path, "OpenFileGDB", request)
    raw.rows = [row - 1 for row in raw.rows]
    return raw

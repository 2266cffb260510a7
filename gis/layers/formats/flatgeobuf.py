"""FlatGeobuf, read with GDAL."""

from __future__ import annotations

from pathlib import Path

from gis.layers.formats.ogr import read_ogr_layer
from gis.layers.raw_table import RawTable, Request


def read(path: Path, request: Request) -> RawTable:
    """The features; row numbers count them from 1."""
    return read_ogr_layer(path, "FlatGeobuf", request)

"""FlatGeobuf, through GDAL."""

from __future__ import annotations

from pathlib import Path

from gis.layers.formats.ogr import read_ogr
from gis.layers.raw_table import Raw, Request


def read(path: Path, request: Request) -> Raw:
    """The features, counted from 1."""
    return read_ogr(path, "FlatGeobuf", request)

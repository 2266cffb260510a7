"""File formats: the reader for each file ending, and the refusal for formats that are not read."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from gis.layers.curves import straighten
from gis.layers.problems import Refusal
from gis.layers.raw_table import RawTable, Request

_READERS = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "csv",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".xls": "excel",
    ".et": "excel",
    ".ods": "excel",
    ".gpkg": "geopackage",
    ".shp": "shapefile",
    ".geojson": "geojson",
    ".json": "geojson",
    ".kml": "kml",
    ".kmz": "kml",
    ".ovkml": "kml",
    ".ovkmz": "kml",
    ".dxf": "dxf",
    ".gdb": "ogr",
    ".fgb": "ogr",
    ".parquet": "parquet",
    ".geoparquet": "parquet",
}
_NOT_READ = {
    ".dwg": "dwg",
    ".udb": "supermap",
    ".udbx": "supermap",
    ".smwu": "supermap",
    ".wp": "mapgis",
    ".wl": "mapgis",
    ".wt": "mapgis",
    ".mdb": "mdb",
    ".accdb": "mdb",
    ".zip": "archive",
    ".rar": "archive",
    ".7z": "archive",
    ".tar": "archive",
    ".gz": "archive",
    ".tgz": "archive",
    ".doc": "document",
    ".docx": "document",
    ".wps": "document",
    ".rtf": "document",
    ".pdf": "document",
    ".ofd": "document",
    ".jpg": "document",
    ".jpeg": "document",
    ".png": "document",
    ".tif": "document",
}


def format_of(path: Path) -> str:
    """The name of the reader for a file, by its ending.

    Raises:
        Refusal: The format is not read; the finding names an export format to ask for.
    """
    ending = path.suffix.lower()
    if ending in _READERS:
        return _READERS[ending]
    kind = _NOT_READ.get(ending)
    if kind:
        raise Refusal(f"not_readable_{kind}", ending=ending)
    raise Refusal("format_unknown", ending=ending or "?")


def read_file(request: Request) -> RawTable:
    """Read one file with the reader of its format, and replace arcs by straight segments."""
    reader = import_module(f"gis.layers.formats.{request.format}")
    raw: RawTable = reader.read(Path(request.path), request)
    straighten(raw)
    return raw

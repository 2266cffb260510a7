"""Reading a project's layers: files and database tables become checked, typed tables.

`read_project(folder)` reads project.toml. `load(project)` reads every layer named in it into
tables with the columns of the contract, in the project's metric CRS, and collects all problems.
Submodules are imported lazily, so that reading a policy loads no geometry library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gis.layers.chunks import (
        Chunk,
        check_location,
        duplicate_problem,
        in_chunks,
        origins_of,
        read_chunk,
    )
    from gis.layers.columns import personal_columns
    from gis.layers.crs import same_system, short_name, to_lonlat, to_wgs84
    from gis.layers.load_layers import Layers, load
    from gis.layers.project import ProjectConfig, read_project
    from gis.layers.read_source import Origin

__all__ = [
    "Chunk",
    "Layers",
    "Origin",
    "ProjectConfig",
    "check_location",
    "duplicate_problem",
    "in_chunks",
    "load",
    "origins_of",
    "personal_columns",
    "read_chunk",
    "read_project",
    "same_system",
    "short_name",
    "to_lonlat",
    "to_wgs84",
]

_DEFINED_IN = {
    "Layers": "gis.layers.load_layers",
    "Origin": "gis.layers.read_source",
    "ProjectConfig": "gis.layers.project",
    "Chunk": "gis.layers.chunks",
    "load": "gis.layers.load_layers",
    "personal_columns": "gis.layers.columns",
    "duplicate_problem": "gis.layers.chunks",
    "in_chunks": "gis.layers.chunks",
    "check_location": "gis.layers.chunks",
    "origins_of": "gis.layers.chunks",
    "read_chunk": "gis.layers.chunks",
    "read_project": "gis.layers.project",
    "same_system": "gis.layers.crs",
    "short_name": "gis.layers.crs",
    "to_lonlat": "gis.layers.crs",
    "to_wgs84": "gis.layers.crs",
}


def __getattr__(name: str) -> object:
    if name not in _DEFINED_IN:
        raise AttributeError(name)
    return getattr(import_module(_DEFINED_IN[name]), name)

"""How much memory a project's files take, estimated before they are read.

The factors were measured with ledgers of 300,000 and 994,460 rows and 33 columns, see
docs/benchmarks.md.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from gis.layers import formats
from gis.layers.problems import Refusal
from gis.memory import available_mb

if TYPE_CHECKING:
    from pathlib import Path

    from gis.layers.project import ProjectConfig

# ASSUME: memory grows with the size of a file as measured, whatever its rows hold
_PER_BYTE = 10.0  # bytes of memory per byte of a text file or a geodatabase
_PER_XML_BYTE = 2.5  # per byte of a spreadsheet or a KMZ, unpacked
_PER_CELL = 60.0  # bytes of memory per cell of a Parquet file
_RUN = 1.7  # a whole run, per byte of memory that reading its layers takes
_BASE_MB = 500.0  # the program and its libraries
_MB = 2.0**20
SECONDS_PER_MB = 0.2  # of memory, for reading; some 0.02 on a quiet machine


def reading_mb(path: Path) -> float:
    """The memory that reading a file takes at most [MB]; 0 if it cannot be opened."""
    try:
        kind = formats.format_of(path)
        if kind == "parquet":
            with pq.ParquetFile(path) as file:
                return file.metadata.num_rows * file.metadata.num_columns * _PER_CELL / _MB
        if path.is_dir():
            size = sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                unpacked = sum(one.file_size for one in archive.infolist())
            return unpacked * _PER_XML_BYTE / _MB
        else:
            size = path.stat().st_size
    except (Refusal, OSError, pa.ArrowException, zipfile.BadZipFile):
        return 0.0  # reading it says why
    return size * _PER_BYTE / _MB


def run_mb(project: ProjectConfig) -> float:
    """The memory that a whole run takes at most [MB].

    ASSUME: tables of a database are small; nothing is known of them before they are read.
    """
    layers = project.layers.values()
    places = [project.folder / place for spec in layers for place in spec.paths_of_files]
    return _BASE_MB + _RUN * sum(map(reading_mb, places))


def refuse_too_large(path: Path) -> float:
    """Refuse a file that would fill the memory.

    Returns:
        The memory that reading it takes at most [MB].

    Raises:
        Refusal: Reading it takes more memory than is available.
    """
    needed_mb, free_mb = reading_mb(path), available_mb()
    if needed_mb <= free_mb:
        return needed_mb
    code = "parquet_too_large" if path.suffix.lower().endswith("parquet") else "file_too_large"
    raise Refusal(code, needed=gb(needed_mb), free=gb(free_mb))


def gb(mb: float) -> str:
    """An amount of memory as messages give it [GB]."""
    return f"{mb / 1024:.1f}"

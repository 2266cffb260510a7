"""Reading an export back, with fiona where it is installed: its GDAL is another one.

fiona has no package for Python 3.14, ARM64 Linux and ARM64 Windows; there the GDAL that wrote a
file reads it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape

from gis.errors import Text
from gis.layers.crs import known_crs, same_system

try:
    import fiona
except ImportError:  # also where its libraries cannot be loaded
    fiona = None

TOLERANCE_M = 1e-6
_M_PER_DEGREE = 111_320
# ASSUME: a number that a text format writes with 15 digits is the same number.
_DIGITS = 1e-13
# kind of a column → how fiona declares it; formats without days or yes and no write text, numbers
_DECLARED = {
    "text": ("str",), "whole": ("int",), "number": ("float", "int"), "flag": ("bool", "int"),
    "day": ("date", "str"),
}  # fmt: skip
NO_SECOND_READER = Text(
    "未安装 fiona，由写入的同一套 GDAL 读回核对。",
    "fiona is not installed; the GDAL that wrote the file read it back.",
)


@dataclass(frozen=True)
class Found:
    """A layer as rows.

    columns   name → values, None for a missing one
    kinds     name → kind, as `gis.report.export.table.Kind`; as declared by fiona if read back
    geometry  shapely geometries
    crs       as text
    """

    columns: Mapping[str, Sequence[Any]]
    kinds: Mapping[str, str]
    geometry: NDArray[np.object_]
    crs: str


def has_second_reader() -> bool:
    """Whether another GDAL reads exports back."""
    return fiona is not None


def read_back(path: Path) -> Found:
    """The first layer of a file."""
    return _with_pyogrio(path) if fiona is None else _with_fiona(path)


def _with_fiona(path: Path) -> Found:
    with fiona.open(path, allow_unsupported_drivers=True) as source:
        kinds = {name: kind.split(":")[0] for name, kind in source.schema["properties"].items()}
        crs = source.crs_wkt
        # values() once: each value by its name would copy the whole row
        read = [(one.geometry, tuple(one.properties.values())) for one in source]
    columns = zip(*(row for _, row in read), strict=True) if read else ([] for _ in kinds)
    shapes = _shapes([geometry for geometry, _ in read])
    return Found(dict(zip(kinds, map(list, columns), strict=True)), kinds, shapes, crs)


def _shapes(read: Sequence[Any]) -> NDArray[np.object_]:
    if all(one is not None and one.type == "Point" for one in read):
        return shapely.points(np.array([one.coordinates[:2] for one in read]).reshape(-1, 2))
    return np.array([None if one is None else shape(one) for one in read], dtype=object)


def _with_pyogrio(path: Path) -> Found:
    frame = pyogrio.read_dataframe(path, layer=0)
    if path.suffix == ".kml":  # LIBKML's names for them
        frame = frame.rename(columns={"description": "Description"})
    return _of_frame(frame)


def of_parquet(content: bytes) -> Found:
    """A GeoParquet file, which neither GDAL reads; pyarrow does."""
    return _of_frame(gpd.read_parquet(BytesIO(content)))


def _of_frame(frame: gpd.GeoDataFrame) -> Found:
    plain = frame.drop(columns=frame.geometry.name)
    known = plain.notna()
    columns = {
        str(name): [
            value if there else None
            for value, there in zip(plain[name].astype(object), known[name], strict=True)
        ]
        for name in plain.columns
    }
    return Found(columns, {}, frame.geometry.to_numpy(), frame.crs.to_wkt() if frame.crs else "")


def difference(written: Found, found: Found) -> str:
    """What of a layer was read back otherwise, by field; "" if nothing was.

    An empty text and a missing one are the same: several formats know no difference.
    """
    if len(found.geometry) != len(written.geometry):
        return f"rows: {len(written.geometry)} written, {len(found.geometry)} read"
    for name, values in written.columns.items():
        if name not in found.columns:
            return f"field {name} missing"
        declared = found.kinds.get(name, "")
        if declared and any(value is not None for value in values):
            kind = written.kinds[name]
            if not declared.startswith(_DECLARED[kind]):
                return f"field {name}: {kind} written, {declared} declared"
        if values == found.columns[name]:
            continue
        pairs = zip(values, found.columns[name], strict=True)
        at = next((n for n, (one, other) in enumerate(pairs) if not _same(one, other)), None)
        if at is not None:
            return f"field {name}, row {at + 1}"
    if written.crs and not same_system(written.crs, found.crs):
        return f"CRS: {found.crs[:60]}"
    return _moved(written.geometry, found.geometry, written.crs)


def _same(written: Any, found: Any) -> bool:  # noqa: ANN401  any value of a table
    if written is None or written == "":
        return found is None or found == ""
    if isinstance(written, bool):
        return found is not None and bool(found) == written
    if isinstance(written, float):
        return found is not None and abs(float(found) - written) <= _DIGITS * abs(written)
    if isinstance(written, date):
        read = found.date() if isinstance(found, datetime) else found
        return str(read)[:10] == written.isoformat()
    return bool(written == found)


def _moved(written: NDArray, found: NDArray, crs: str) -> str:
    """The first row whose geometry is not the same within the tolerance; "" for none.

    The order of parts and rings and where a ring begins do not matter.
    """
    within = TOLERANCE_M if not crs or known_crs(crs).is_projected else TOLERANCE_M / _M_PER_DEGREE
    one, other = (_ordered(shapes) for shapes in (written, found))
    sizes = shapely.get_num_coordinates(one) == shapely.get_num_coordinates(other)
    kinds = shapely.get_dimensions(one) == shapely.get_dimensions(other)
    if not (sizes & kinds).all():
        return f"geometry, row {int(np.flatnonzero(~(sizes & kinds))[0]) + 1}"
    first, row = shapely.get_coordinates(one, return_index=True)
    off = np.abs(first - shapely.get_coordinates(other)).max(axis=1, initial=0) > within
    return f"geometry, row {int(row[off][0]) + 1}" if off.any() else ""


def _ordered(shapes: NDArray) -> NDArray:
    return shapely.normalize(shapely.force_2d(shapes))

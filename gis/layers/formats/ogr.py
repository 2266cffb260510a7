"""Vector files read with GDAL, with the one driver that the format needs: FlatGeobuf, .gdb."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
import shapely

from gis.layers.curves import is_straight
from gis.layers.problems import Refusal
from gis.layers.raw_table import RawTable, Request, number_text, texts

_DAMAGE = (RuntimeError, OSError, ValueError, SystemError, pa.ArrowException)
_GEODATABASE = ".gdb"
_TEXT = (pa.types.is_string, pa.types.is_large_string)


def read(path: Path, request: Request) -> RawTable:
    """The features of a FlatGeobuf file, counted from 1, or a feature class of a file geodatabase.

    The row numbers of a feature class are its object ids.
    """
    if path.suffix.lower() != _GEODATABASE:
        return read_ogr_layer(path, "FlatGeobuf", request)
    raw = read_ogr_layer(path, "OpenFileGDB", request)
    raw.rows = [row - 1 for row in raw.rows]
    return raw


def read_ogr_layer(path: Path, driver: str, request: Request) -> RawTable:
    """Read one layer of a vector file; geometries are read by two interfaces and compared.

    Args:
        path: The file.
        driver: The GDAL driver that must recognise it.
        request: The request, with the name of the layer if it has several.

    Raises:
        Refusal: GDAL recognises another format, the file has several layers and none is named, the
            file is damaged, or the two readings differ.
    """
    try:
        layer = request.layer_among([str(name) for name in pyogrio.list_layers(path)[:, 0]])
        info = pyogrio.read_info(path, layer=layer)
        if info["driver"] != driver:
            raise Refusal("other_format", found=str(info["driver"]), expected=driver)
        meta, table = pyogrio.read_arrow(path, layer=layer, return_fids=True)
        _, _, again, _ = pyogrio.raw.read(path, layer=layer)
    except _DAMAGE as error:
        raise Refusal("damaged") from error
    raw = _raw(meta, table, int(info["features"]))
    if raw.wkb is not None:
        straight = [index for index, one in enumerate(raw.wkb) if is_straight(one)]
        if _flat([raw.wkb[index] for index in straight]) != _flat(
            [again[index] for index in straight]
        ):
            raise Refusal("damaged")
    return raw


def _flat(wkb: Sequence[bytes | None]) -> list[bytes | None]:
    """The geometries without Z, which the two interfaces encode differently."""
    shapes = shapely.from_wkb(np.asarray(wkb, dtype=object), on_invalid="ignore")
    return list(shapely.to_wkb(shapely.force_2d(shapes)))


def _raw(meta: dict[str, object], table: pa.Table, expected: int) -> RawTable:
    if expected >= 0 and expected != table.num_rows:
        raise Refusal("count_differs", said=expected, found=table.num_rows)
    geometry = str(meta["geometry_name"]) or "wkb_geometry"
    wkb = table.column(geometry).to_pylist() if geometry in table.column_names else None
    fid = str(meta["fid_column"]) or "OGC_FID"
    rows = table.column(fid).to_pylist()
    names = [name for name in table.column_names if name not in (geometry, fid)]
    columns = {name: as_texts(table.column(name)) for name in names}
    return RawTable(columns, [row + 1 for row in rows], wkb, meta["crs"])  # type: ignore[arg-type]


def as_texts(column: pa.ChunkedArray) -> pa.Array:
    """A column of any type as text, with all digits."""
    if any(test(column.type) for test in _TEXT):
        try:
            column.validate(full=True)
        except pa.ArrowInvalid as error:
            raise Refusal("damaged") from error
        return column.cast(pa.large_string()).combine_chunks()
    if pa.types.is_floating(column.type):
        return texts([None if one is None else number_text(one) for one in column.to_pylist()])
    if pa.types.is_boolean(column.type):
        return texts([None if one is None else str(one).lower() for one in column.to_pylist()])
    return texts([None if one is None else str(one) for one in column.to_pylist()])

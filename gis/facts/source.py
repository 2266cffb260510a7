"""A ledger in GeoParquet, read row group by row group; no geometry object is ever made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gis.errors import InputError, Text
from gis.layers import same_system, short_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TEXTS = ("household_id", "village_code", "reject_reason", "occupancy", "heating")
_WANTED = (*TEXTS, "accuracy_m", "in_programme")
_POINT = 21  # bytes of a point in well-known binary: order, kind, x, y


_UNREADABLE = Text("另一种文件，或已损坏", "another kind of file, or a damaged one")


class RowGroup(NamedTuple):
    """A part of a ledger on disk: which row group of which file, and its first row."""

    path: Path
    number: int
    first_row: int


def row_groups(paths: Sequence[Path], crs: str) -> list[RowGroup]:
    """Every row group of some files, in order.

    crs: the project's. A file that states one must state this; one that states none is in it.

    Raises:
        InputError: a file is no Parquet, has no household_id or no place, or another CRS.
    """
    found, row = [], 1
    for path in paths:
        try:
            file = pq.ParquetFile(path)
        except (OSError, pa.ArrowInvalid) as error:
            raise _refused(path, "GeoParquet", _UNREADABLE) from error
        with file:
            names = set(file.schema_arrow.names)
            if "household_id" not in names or not ({"x", "y"} <= names or _geometry(file)):
                raise _refused(path, "household_id, x, y", ", ".join(sorted(names)))
            _check_crs(file, path, crs)
            for number in range(file.num_row_groups):
                found.append(RowGroup(path, number, row))
                row += file.metadata.row_group(number).num_rows
    return found


def ledger(part: RowGroup) -> pd.DataFrame:
    """The columns of a part that facts rest on; the ones the file lacks are all missing."""
    with pq.ParquetFile(part.path) as file:
        kept = [name for name in _WANTED if name in file.schema_arrow.names]
        table = file.read_row_group(part.number, columns=kept)
    columns = {name: _text(table, name) for name in TEXTS}
    columns["occupancy"] = columns["occupancy"].fillna("occupied")
    columns["reject_reason"] = columns["reject_reason"].fillna("")
    columns["x"], columns["y"] = places(part)
    columns["accuracy_m"] = _numbers(table, "accuracy_m")
    rows = np.arange(part.first_row, part.first_row + table.num_rows)
    listed = table.column("in_programme").to_pandas() if "in_programme" in kept else None
    known = pd.Series(listed, index=range(table.num_rows), dtype="boolean")
    return pd.DataFrame({**columns, "in_programme": known, "ledger_row": rows})


def places(part: RowGroup) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """X and y [m] of the households of a part, NaN where there is no place."""
    with pq.ParquetFile(part.path) as file:
        if {"x", "y"} <= set(file.schema_arrow.names):
            table = file.read_row_group(part.number, columns=["x", "y"])
            return _numbers(table, "x"), _numbers(table, "y")
        geometry = str(_geometry(file))
        column = file.read_row_group(part.number, columns=[geometry]).column(geometry)
    return _places(column, part.path)


def _geometry(file: pq.ParquetFile) -> str | None:
    """The column of places, as the file's note on geometry says."""
    return _note(file).get("primary_column")


def _note(file: pq.ParquetFile) -> dict[str, Any]:
    noted = (file.schema_arrow.metadata or {}).get(b"geo")
    return json.loads(noted) if noted else {}


def _check_crs(file: pq.ParquetFile, path: Path, crs: str) -> None:
    """Refuse places in another CRS. GeoParquet 1.1: one that is left out is OGC:CRS84."""
    note = _note(file)
    column = note.get("columns", {}).get(note.get("primary_column"))
    if column is None:
        return
    stated = column.get("crs", "OGC:CRS84")
    text = json.dumps(stated) if isinstance(stated, dict) else stated
    if text is not None and not same_system(text, crs):
        raise _refused(path, short_name(crs), short_name(text))


def _text(table: pa.Table, name: str) -> pd.Series:
    if name not in table.column_names:
        return pd.Series(np.full(table.num_rows, np.nan, dtype=object), dtype="str")
    column = table.column(name).cast(pa.large_string())
    return pd.Series(pd.array(column, dtype="str"))


def _numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    return table.column(name).cast(pa.float64()).to_numpy()


def _places(column: pa.ChunkedArray, path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The coordinates in well-known binary, read where they lie; NaN where there are none."""
    binary = column.combine_chunks().cast(pa.large_binary())
    empty = binary.is_null().to_numpy(zero_copy_only=False)
    filled = binary.fill_null(b"\x01\x01\x00\x00\x00" + b"\0" * 16)
    offsets = np.frombuffer(filled.buffers()[1], np.int64)[filled.offset :][: len(filled) + 1]
    content = np.frombuffer(filled.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]]
    if len(content) != _POINT * len(filled) or (np.diff(offsets) != _POINT).any():
        raise _refused(path, "Point (WKB, 2D)", "other geometries")
    records = content.reshape(-1, _POINT)
    if (records[:, :5] != np.array([1, 1, 0, 0, 0], np.uint8)).any():
        raise _refused(path, "Point (WKB, 2D, little-endian)", "other geometries")
    places = np.ascontiguousarray(records[:, 5:]).view("<f8")
    x, y = (np.where(empty, np.nan, places[:, axis]) for axis in (0, 1))
    return x, y


def _refused(path: Path, expected: str, found: str | Text) -> InputError:
    zh, en = found if isinstance(found, Text) else (found, found)
    return InputError(
        Text(
            f"{path.name}：需要 {expected}，这里是 {zh}；请从原台账重新导出 GeoParquet。",
            f"{path.name}: expected {expected}, found {en}; export the ledger anew as GeoParquet.",
        )
    )

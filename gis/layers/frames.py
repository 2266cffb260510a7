"""(Geo)DataFrames in place of files: as the tables that readers give, and as files.

A frame becomes the same `RawTable` as the GeoPackage that `write_table` makes of it, so that
everything after it is the same for frames and for files.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from pyproj import CRS

from gis.layers.crs import known_crs
from gis.layers.problems import Finding, Refusal
from gis.layers.raw_table import RawTable, number_text, texts

if TYPE_CHECKING:
    from pathlib import Path

_LON_LAT = ("OGC", "CRS84")  # EPSG:4326 with its axes in the order that frames have them in
_DIGITS = 18  # of a whole number that every GeoPackage reader takes
_WHOLE = re.compile(rf"-?\d{{1,{_DIGITS}}}")
_WKT = re.compile(
    r"\s*(SRID=\d+;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)"
    r"\s*(Z|M|ZM)?\s*(\(|EMPTY)",
    re.IGNORECASE,
)
_RESERVED = {"fid": "FID", "geom": "GEOMETRY_NAME"}  # names that a GeoPackage gives its own columns


@dataclass(frozen=True)
class FrameTable:
    """A frame as a reader would give it.

    raw     its texts and geometries; row numbers count from `first_row`
    kinds   column → "number", "date" or "text", to write it as
    labels  the frame's index, in the order of the rows
    """

    raw: RawTable
    kinds: Mapping[str, str]
    labels: pd.Index

    def fresh(self) -> RawTable:
        """The table for one reading, which adds findings to it."""
        return replace(self.raw, columns=dict(self.raw.columns), findings=list(self.raw.findings))

    def label(self, row: int) -> object:
        """The index label of a row number."""
        return self.labels[row - self.raw.rows[0]]


def frame_table(frame: pd.DataFrame, first_row: int = 1) -> FrameTable:
    """A frame as a reader would give it; the frame is not changed.

    Args:
        frame: A GeoDataFrame in any CRS, or a DataFrame. Geometry columns other than the active one
            are left out.
        first_row: Number of its first row: 1 as in a GeoPackage, 2 as in a CSV file.

    Raises:
        Refusal: A column occurs twice, or the frame has geometry columns and none is active, or
            geometry in the form of text or bytes.
    """
    names = [str(name) for name in frame.columns]
    for name in names:
        if names.count(name) > 1:
            raise Refusal("heading_twice", heading=name, row=first_row - 1)
    shaped = isinstance(frame, gpd.GeoDataFrame)
    shapes = [
        name for name in frame.columns if isinstance(frame[name].dtype, gpd.array.GeometryDtype)
    ]
    active = frame.active_geometry_name if shaped else None
    if shapes and active is None:
        raise Refusal("geometry_not_active", columns="、".join(map(str, shapes)))
    for name in frame.columns if active is None else ():
        if _is_written_out(frame[name]):
            raise Refusal("geometry_written_out", name=name)
    columns, kinds = {}, {}
    for name in frame.columns:
        if name not in shapes:
            columns[str(name)], kinds[str(name)] = _column(frame[name])
    rows = range(first_row, first_row + len(frame))
    wkb, crs = None, None
    if active is not None:
        wkb = pa.array(shapely.to_wkb(frame.geometry.to_numpy()), pa.large_binary())
        crs = crs_text(frame.crs)
    return FrameTable(RawTable(columns, rows, wkb, crs), kinds, frame.index)


def shapeless(frame: pd.DataFrame, expected: Sequence[str]) -> Finding:
    """What a frame has in place of the kinds of geometry that are expected."""
    shaped = isinstance(frame, gpd.GeoDataFrame)
    kinds = sorted(set(frame.geom_type.dropna())) if shaped else []
    said = {"kinds": "、".join(kinds) or "—", "expected": "、".join(expected)}
    return Finding("no_shape_counts", numbers={"rows": len(frame), **said})


def _is_written_out(values: pd.Series) -> bool:
    """Whether a column of a frame without geometry begins with one as WKT or WKB."""
    first = next(iter(values.dropna().head(1)), None)
    if isinstance(first, bytes):
        return first[:1] in (b"\0", b"\1")  # the order of its bytes
    return isinstance(first, str) and bool(_WKT.match(first))


Frames = Mapping[str, FrameTable | Refusal]


def read_frame(frames: Frames, place: str) -> tuple[list[RawTable], str]:
    """The table that takes the place of a file, and the sha256 of its rows.

    Raises:
        Refusal: The frame was refused when it was given.
    """
    table = frames[place]
    if isinstance(table, Refusal):
        raise table
    raw = table.fresh()
    return [raw], hashlib.sha256(raw.to_bytes()).hexdigest()


def crs_text(crs: CRS | None) -> str | None:
    """A CRS as a file would state it: EPSG:n, else WKT; None for none."""
    if crs is None:
        return None
    authority = crs.to_authority(min_confidence=100)
    if authority == _LON_LAT:
        return "EPSG:4326"
    return f"EPSG:{authority[1]}" if authority and authority[0] == "EPSG" else str(crs.to_wkt())


def _column(values: pd.Series) -> tuple[pa.Array, str]:
    """A column as texts, and the kind to write it as."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind in ("string", "empty"):
        return pa.array(values, pa.large_string(), from_pandas=True), "text"
    if values.dtype == object:  # of any kind: True and 1 would be one value
        cells, different = texts([_text(value) for value in values.array]), values.dropna().array
    else:
        codes, different = pd.factorize(values)
        known = texts([_text(value) for value in different])
        cells = known.take(pa.array(codes, mask=codes < 0))
    if kind in ("integer", "floating", "mixed-integer-float"):
        return cells, "number"
    days = [type(value) is date or _is_midnight(value) for value in different]
    return cells, "date" if days and all(days) else "text"


def _text(value: Any) -> str | None:  # noqa: ANN401  # any cell of any frame
    """A cell as a file of its kind has it."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, float | np.floating):
        return number_text(float(value))
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, date):  # or a datetime
        return str(value.isoformat()).removesuffix("T00:00:00" if _is_midnight(value) else "")
    return str(value)


def _is_midnight(value: object) -> bool:
    """Whether a cell is a day without a time and a zone."""
    return (
        isinstance(value, datetime)
        and value.tzinfo is None
        and value.time() == datetime.min.time()
        and not getattr(value, "nanosecond", 0)
    )


def check_names(names: Iterable[str]) -> None:
    """Check that a GeoPackage can tell the columns apart.

    Raises:
        Refusal: Two of them differ in case alone.
    """
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.lower(), name)
        if other != name:
            raise Refusal("names_alike", one=other, other=name)


def write_table(table: FrameTable, path: Path, name: str) -> None:
    """Write a table to a new GeoPackage, with row numbers from 1.

    Args:
        table: The table.
        path: The file.
        name: Name of the layer in it.

    Raises:
        Refusal: Two columns differ in case alone.
        OSError: The file cannot be written.
    """
    raw = table.raw
    check_names(raw.columns)
    columns = {column: _written(raw.columns[column], kind) for column, kind in table.kinds.items()}
    frame = pd.DataFrame(columns, index=range(len(raw.rows)))
    own = {name.lower() for name in columns}
    options = {key: f"{word}_" for word, key in _RESERVED.items() if word in own}
    how = {"layer": name, "driver": "GPKG", "VERSION": "1.3", "use_arrow": True, **options}
    if raw.wkb is None:
        pyogrio.write_dataframe(frame, path, **how)
        return
    crs = None if raw.crs is None else known_crs(raw.crs)
    drawn = gpd.GeoDataFrame(frame, geometry=shapes_of(raw), crs=crs)
    pyogrio.write_dataframe(drawn, path, **how)


def _written(cells: pa.Array, kind: str) -> pd.Series:
    """A column typed for a GeoPackage, so that reading it gives the same texts."""
    if kind == "date":
        return pd.Series(
            [None if one is None else date.fromisoformat(one) for one in cells.to_pylist()],
            dtype=object,
        )
    if kind == "number":
        values = cells.to_pylist()
        if all(one is None or _WHOLE.fullmatch(one) for one in values):
            return pd.Series([None if one is None else int(one) for one in values], dtype="Int64")
        if not any(one and one.lstrip("-").isdigit() and len(one) > _DIGITS for one in values):
            return pd.Series([np.nan if one is None else float(one) for one in values])
    return pd.Series(pd.array(cells, dtype="str"))


def shapes_of(raw: RawTable) -> Any:  # noqa: ANN401  # an array of geometries
    """The geometries of a table that has them, None where one cannot be read."""
    wkb = pa.array(raw.wkb, pa.large_binary()).to_pylist()
    return shapely.from_wkb(np.array(wkb, dtype=object), on_invalid="ignore")


def frame_of(raw: RawTable, crs: str | None = None) -> pd.DataFrame:
    """A file's table as a frame: texts with all digits, and its geometries.

    Args:
        raw: The table as its file holds it.
        crs: The CRS that it is declared to be in; None: the one that the file states.

    Returns:
        A GeoDataFrame, or a DataFrame where the file has no geometry; the index `row` has the row
        numbers of the file.
    """
    columns = {
        name: pd.Series(
            pd.array(
                pa.chunked_array([cells]) if isinstance(cells, pa.Array) else cells, dtype="str"
            )
        )
        for name, cells in raw.columns.items()
    }
    frame = pd.DataFrame(columns, index=range(len(raw.rows))).set_axis(
        pd.Index(raw.rows, name="row"), axis=0
    )
    if raw.wkb is None:
        return frame
    shapes = shapes_of(raw)
    stated = crs or raw.crs
    known = None if stated is None else known_crs(stated)
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(shapes, index=frame.index, crs=known))

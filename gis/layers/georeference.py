"""Georeferencing: each row's geometry or coordinates, in metres in the project CRS.

Layers with very many rows (`Layer.numbered`) keep their points as two float columns from reading
onward; geometry objects would take ten times the memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from gis.layers.crs import (
    Degrees,
    factor_to_metres,
    into_project,
    is_degrees,
    possible,
    same_system,
)
from gis.layers.geometry_kinds import Geometries, keep_kind, without_empty_parts
from gis.layers.problems import Finding, Refusal
from gis.layers.raw_table import RawTable
from gis.layers.schema import Layer

Metres = NDArray[np.float64]
Points = tuple[Metres, Metres]  # x and y of each row, both NaN where it has no location
Mask = NDArray[np.bool_]
EAST, NORTH = "place:x", "place:y"  # temporary columns of a point layer
_WKB = np.dtype([("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])
_LITTLE_ENDIAN, _POINT = 1, 1


def points_from_columns(raw: RawTable, table: pd.DataFrame, east: str, north: str) -> Points:
    """Points from two coordinate columns; rows without usable coordinates are reported."""
    x, y = table[east].to_numpy(float), table[north].to_numpy(float)
    complete = np.isfinite(x) & np.isfinite(y)
    zero = complete & (x == 0) & (y == 0)
    incomplete = np.isfinite(x) != np.isfinite(y)
    report(raw, "no_location", ~complete & ~incomplete, east)
    report_incomplete(raw, table[incomplete], (east, north))
    report(raw, "location_zero", zero, east)
    usable = complete & ~zero
    return np.where(usable, x, np.nan), np.where(usable, y, np.nan)


def report_incomplete(
    raw: RawTable, table: pd.DataFrame, axes: Sequence[str] = ("lon", "lat", "x", "y")
) -> None:
    """Report the rows of `table` that have only one coordinate of a pair, with its value."""
    coordinates = table[[axis for axis in axes if axis in table]]
    for index, row in zip(coordinates.index, coordinates.to_dict("records"), strict=True):
        values = [(axis, value) for axis, value in row.items() if np.isfinite(value)]
        if values:
            axis, value = values[0]
            raw.findings.append(
                Finding("no_location", int(raw.rows[index]), str(axis), f"{value:g}")
            )


def points_from_wkb(raw: RawTable, wkb: pa.Array) -> tuple[Points, Mask]:
    """Read plain WKB points directly from the buffer.

    Other geometries are NaN: points with Z, multi-points, other types, missing ones. Empty points
    and points at 0, 0 are reported.

    Args:
        raw: The table; findings are added to it.
        wkb: One geometry for each row.

    Returns:
        The points, and a mask of the rows that are not plain points.
    """
    x, y = np.full(len(wkb), np.nan), np.full(len(wkb), np.nan)
    sized = pc.equal(pc.binary_length(wkb), _WKB.itemsize).fill_null(False)
    index = np.flatnonzero(sized.to_numpy(zero_copy_only=False))
    read = np.zeros(len(index), _WKB)
    if len(index):
        held = wkb.filter(sized)  # equal sizes: contiguous in the buffer
        _, starts, content = held.buffers()
        first = np.frombuffer(starts, np.int64)[held.offset]
        read = np.frombuffer(content, _WKB, len(index), first)
    plain = (read["order"] == _LITTLE_ENDIAN) & (read["kind"] == _POINT)
    index, read = index[plain], read[plain]
    x[index], y[index] = read["x"], read["y"]
    others = np.ones(len(wkb), bool)
    others[index] = False
    zero = (x == 0) & (y == 0)
    report(raw, "no_geometry", ~others & np.isnan(x) & np.isnan(y))
    report(raw, "location_zero", zero)
    x[zero] = y[zero] = np.nan
    return (x, y), others


def to_project_crs(raw: RawTable, points: Points, source: str, target: CRS) -> Points:
    """Transform points into the project CRS; points that cannot be transformed are reported."""
    finite = ~(np.isnan(points[0]) & np.isnan(points[1]))
    transformed = into_project(points[0][finite], points[1][finite], source, target)
    lost = np.flatnonzero(finite)[~possible(*transformed, target)]
    for at in lost.tolist():
        value = f"{points[0][at]:g}, {points[1][at]:g}"
        raw.findings.append(Finding("location_unusable", int(raw.rows[at]), "", value))
    x, y = np.full(len(finite), np.nan), np.full(len(finite), np.nan)
    x[finite], y[finite] = transformed
    x[lost] = y[lost] = np.nan
    return x, y


def report(raw: RawTable, code: str, chosen: Mask, column: str = "") -> None:
    """Report one finding for each chosen row."""
    raw.findings += [
        Finding(code, int(raw.rows[at]), column) for at in np.flatnonzero(chosen).tolist()
    ]


_LINE_POINTS = 500  # sample points along a layer's lines
_SAMPLE = 4000  # coordinates kept to check the layer's location


@dataclass(frozen=True)
class Sample:
    """A sample of a layer's coordinates, as the file has them, with their CRS.

    x        eastings or longitudes
    y        northings or latitudes
    source   the CRS of the coordinates
    codes    the village code of each row, "" for none
    way      where the coordinates come from: "geometry", or the two columns ("lon/lat")
    """

    x: Degrees
    y: Degrees
    source: str
    codes: NDArray[np.object_]
    way: str = "geometry"


@dataclass(frozen=True)
class Georeferenced:
    """The locations of a layer's rows in the project CRS, missing where a row has none.

    shapes  one geometry for each row; x and y [m] for a `numbered` layer
    sample  a sample of the coordinates before transformation
    """

    shapes: gpd.GeoSeries | Points
    sample: Sample


def georeference(  # noqa: PLR0913
    raw: RawTable,
    table: pd.DataFrame,
    layer: Layer,
    declared: str | None,
    target: CRS,
    *,
    mend_swapped: bool = False,
) -> Georeferenced | None:
    """Locate the rows of a table by its geometries or its coordinate columns.

    Args:
        raw: The table as the file holds it; findings are added to it.
        table: The same rows with typed columns.
        layer: The layer's schema.
        declared: The CRS that project.toml declares; None: the one that the file states.
        target: The project CRS.
        mend_swapped: Exchange the two coordinates of rows that only fit so.

    Returns:
        The locations, or None for a plain table.

    Raises:
        Refusal: The coordinates have no known CRS, or one that cannot be transformed to the target.
    """
    source = declared or raw.crs
    wkb = None if raw.wkb is None else pa.array(raw.wkb, pa.large_binary())
    shaped = wkb is not None and bool(pc.any(pc.greater(pc.binary_length(wkb), 0)).as_py())
    pair = None if shaped else coordinate_columns(table, source)
    if not shaped and pair is None:
        return None
    if source is None:
        raise Refusal("crs_missing")
    if shaped and declared and raw.crs and not same_system(declared, raw.crs):
        numbers = {"declared": declared, "stated": raw.crs[:60]}
        raw.findings.append(Finding("crs_differs", numbers=numbers))
    if pair is None and not layer.numbered:
        shapes = _in_metres(raw, _geometries_from_wkb(raw, wkb), source)
        sample = sample_geometries(shapes, table, source)
        shapes = keep_kind(raw, layer, _transform_geometries(raw, shapes, source, target))
        return Georeferenced(gpd.GeoSeries(shapes, crs=target), sample)
    at = (
        _points_from_geometry(raw, layer, wkb)
        if pair is None
        else points_from_columns(raw, table, *pair)
    )
    factor = factor_to_metres(raw, *at, source)
    at = at[0] * factor, at[1] * factor
    swapped = _swapped(at, source, target) if pair else np.zeros(len(at[0]), bool)
    if mend_swapped:
        at = np.where(swapped, at[1], at[0]), np.where(swapped, at[0], at[1])
    sample = _sample_points(at, table, source, "geometry" if pair is None else "/".join(pair))
    at = _without_swapped(raw, at, swapped, mended=mend_swapped)
    at = to_project_crs(raw, at, source, target)
    if layer.numbered:
        return Georeferenced(at, sample)
    return Georeferenced(
        gpd.GeoSeries(keep_kind(raw, layer, _point_geometries(at)), crs=target), sample
    )


def _swapped(at: Points, source: str, target: CRS) -> Mask:
    """The rows whose coordinates only lie near the project area when they are exchanged."""
    strange = np.isfinite(at[0]) & np.isfinite(at[1])
    strange[strange] = ~possible(
        *_transformed(at[0][strange], at[1][strange], source, target), target
    )
    found = strange.copy()
    found[strange] = possible(*_transformed(at[1][strange], at[0][strange], source, target), target)
    return found


def _transformed(x: Metres, y: Metres, source: str, target: CRS) -> Points:
    with np.errstate(all="ignore"):  # absurd coordinates
        return into_project(x.copy(), y.copy(), source, target)


def _without_swapped(raw: RawTable, at: Points, swapped: Mask, *, mended: bool) -> Points:
    """The points, without those that are swapped and not mended; they are reported either way."""
    rows = np.flatnonzero(swapped).tolist()
    code = "location_mended" if mended else "location_swapped"
    raw.findings += [
        Finding(code, int(raw.rows[row]), "", f"{at[0][row]:g}, {at[1][row]:g}") for row in rows
    ]
    if mended:
        return at
    return np.where(swapped, np.nan, at[0]), np.where(swapped, np.nan, at[1])


def coordinate_columns(table: pd.DataFrame, source: str | None) -> tuple[str, str] | None:
    """The coordinate columns to use: degrees or metres, as the CRS requires."""
    filled = {
        name for name in ("lon", "lat", "x", "y") if name in table and table[name].notna().any()
    }
    pairs = [("lon", "lat"), ("x", "y")]
    if source is not None and not is_degrees(source):
        pairs.reverse()
    return next((pair for pair in pairs if filled.issuperset(pair)), None)


def _points_from_geometry(raw: RawTable, layer: Layer, wkb: pa.Array) -> Points:
    """The points of the file's geometries; rows with another geometry are reported."""
    (x, y), others = points_from_wkb(raw, wkb)
    other = np.flatnonzero(others)
    if len(other):
        part = RawTable({}, [raw.rows[at] for at in other.tolist()], findings=raw.findings)
        shapes = keep_kind(part, layer, _geometries_from_wkb(part, wkb.take(pa.array(other))))
        usable = ~shapely.is_missing(shapes)
        x[other[usable]], y[other[usable]] = shapely.get_coordinates(shapes[usable]).T
    return x, y


def _point_geometries(at: Points) -> Geometries:
    """Point geometries, None for NaN."""
    finite = np.isfinite(at[0])
    shapes = np.full(len(finite), None, dtype=object)
    shapes[finite] = shapely.points(at[0][finite], at[1][finite])
    return shapes


def _geometries_from_wkb(raw: RawTable, wkb: pa.Array) -> Geometries:
    """The file's geometries in 2D, single-part where possible; rows without one are reported."""
    held = np.array(wkb.to_pylist(), dtype=object)
    shapes = np.asarray(shapely.force_2d(shapely.from_wkb(held, on_invalid="ignore")))
    missing, written = shapely.is_missing(shapes), wkb.is_valid().to_numpy(zero_copy_only=False)
    unread = missing & written
    for at in np.flatnonzero(unread).tolist():
        row = int(raw.rows[at])
        raw.findings.append(Finding("geometry_unreadable", row))
    report(raw, "no_geometry", (missing & ~unread) | shapely.is_empty(shapes))
    shapes[shapely.is_empty(shapes)] = None
    shapes = without_empty_parts(shapes)
    single = (shapely.get_type_id(shapes) == 4) & (shapely.get_num_geometries(shapes) == 1)
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    at_zero = (shapely.get_x(shapes) == 0) & (shapely.get_y(shapes) == 0)  # NaN but for points
    report(raw, "location_zero", at_zero)
    shapes[at_zero] = None
    return shapes


def _in_metres(raw: RawTable, shapes: Geometries, source: str) -> Geometries:
    """The geometries converted to metres, if the file uses another unit."""
    coordinates = shapely.get_coordinates(shapes)
    factor = factor_to_metres(raw, coordinates[:, 0], coordinates[:, 1], source)
    if factor == 1.0:
        return shapes
    return np.asarray(shapely.set_coordinates(shapes, coordinates * factor), dtype=object)


def sample_geometries(shapes: Geometries, table: pd.DataFrame, source: str) -> Sample:
    """Sample the coordinates of geometries.

    Args:
        shapes: The geometries, in `source`.
        table: Their rows, with village_code if the layer has it.
        source: The CRS of the geometries.
    """
    step = max(1, len(shapes) // _SAMPLE)
    some = _densify(shapes[::step])
    coordinates, index = shapely.get_coordinates(some, return_index=True)
    codes = _codes(table)
    thin = slice(None, None, max(1, len(coordinates) // _SAMPLE))
    return Sample(coordinates[thin, 0], coordinates[thin, 1], source, codes[::step][index[thin]])


def _densify(shapes: Geometries) -> Geometries:
    """Lines with added vertices, so that they are sampled by length."""
    lines = np.isin(shapely.get_type_id(shapes), (1, 2, 5))
    parts, of = shapely.get_parts(shapes, return_index=True)
    with np.errstate(all="ignore"):  # an absurd coordinate
        lines[of[shapely.length(parts) == 0]] = False  # GEOS cannot add to a part without length
        step = float(shapely.length(shapes[lines]).sum()) / _LINE_POINTS
    dense = shapes.copy()
    if np.isfinite(step) and step > 0:
        dense[lines] = shapely.segmentize(shapes[lines], step)
    return dense


def merge_samples(samples: Sequence[Sample]) -> Sample:
    """Merge the samples of several parts of a file."""
    x, y, codes = (
        np.concatenate([getattr(one, name) for one in samples]) for name in ("x", "y", "codes")
    )
    thin = slice(None, None, max(1, len(x) // _SAMPLE))
    return Sample(x[thin], y[thin], samples[0].source, codes[thin], samples[0].way)


def _sample_points(at: Points, table: pd.DataFrame, source: str, way: str) -> Sample:
    """Sample points that are held as coordinate arrays."""
    some = slice(None, None, max(1, len(table) // _SAMPLE))
    x, y = at[0][some], at[1][some]
    there = ~(np.isnan(x) & np.isnan(y))
    return Sample(x[there], y[there], source, _codes(table)[some][there], way)


def _codes(table: pd.DataFrame) -> NDArray[np.object_]:
    """The village code of each row, "" for none."""
    if "village_code" not in table:
        return np.full(len(table), "", dtype=object)
    return table["village_code"].fillna("").to_numpy(dtype=object)


def _transform_geometries(
    raw: RawTable, shapes: Geometries, source: str, target: CRS
) -> Geometries:
    """Transform geometries into the project CRS; those that cannot be transformed are reported."""
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    x, y = into_project(coordinates[:, 0].copy(), coordinates[:, 1].copy(), source, target)
    lost = np.zeros(len(shapes), dtype=bool)
    lost[owner[~possible(x, y, target)]] = True
    for at in np.flatnonzero(lost):
        first = shapely.get_coordinates(shapes[at])[0]
        value = f"{first[0]:g}, {first[1]:g}"
        raw.findings.append(Finding("location_unusable", int(raw.rows[int(at)]), "", value))
    shapes[lost] = None
    kept = ~lost[owner]
    return np.asarray(
        shapely.set_coordinates(shapes, np.column_stack([x[kept], y[kept]])), dtype=object
    )

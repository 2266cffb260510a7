"""Where each row is: its geometry or its coordinates, in metres in the project CRS.

Of layers with very many rows (`Layer.numbered`) a place is two numbers and never a geometry.

Places as two numbers a row: a geometry a row would take ten times the memory.
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

from gis.layers.coordinate_units import factor_to_metres
from gis.layers.crs import Degrees, into_project, is_degrees, possible, same_system
from gis.layers.geometry_kinds import Geometries, keep_kind
from gis.layers.problems import Finding, Refusal
from gis.layers.raw_table import RawTable
from gis.layers.schema import Layer

Metres = NDArray[np.float64]
Points = tuple[Metres, Metres]  # x and y of each row, both NaN where it has no place
Mask = NDArray[np.bool_]
EAST, NORTH = "place:x", "place:y"  # columns of a layer of points, until it is finished
_WKB = np.dtype([("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])
_LITTLE_ENDIAN, _POINT = 1, 1


def from_numbers(raw: RawTable, table: pd.DataFrame, east: str, north: str) -> Points:
    """Points where both columns have a number; the rest is reported."""
    x, y = table[east].to_numpy(float), table[north].to_numpy(float)
    there = np.isfinite(x) & np.isfinite(y)
    nowhere = there & (x == 0) & (y == 0)
    half = np.isfinite(x) != np.isfinite(y)
    report(raw, "no_location", ~there & ~half, east)
    halves(raw, table[half], (east, north))
    report(raw, "location_zero", nowhere, east)
    usable = there & ~nowhere
    return np.where(usable, x, np.nan), np.where(usable, y, np.nan)


def halves(
    raw: RawTable, table: pd.DataFrame, axes: Sequence[str] = ("lon", "lat", "x", "y")
) -> None:
    """Report the rows of `table` that have one coordinate, and so no place, with what it is."""
    written = table[[axis for axis in axes if axis in table]]
    for at, row in zip(written.index, written.to_dict("records"), strict=True):
        found = [(axis, value) for axis, value in row.items() if np.isfinite(value)]
        if found:
            axis, value = found[0]
            raw.findings.append(Finding("no_location", int(raw.rows[at]), str(axis), f"{value:g}"))


def from_wkb(raw: RawTable, wkb: pa.Array) -> tuple[Points, Mask]:
    """The points read where their bytes lie, and which rows are none that can be read so.

    These (a point with a height, of many points, of another kind, nothing) are NaN. An empty
    point is reported, and one at 0, 0.
    """
    x, y = np.full(len(wkb), np.nan), np.full(len(wkb), np.nan)
    sized = pc.equal(pc.binary_length(wkb), _WKB.itemsize).fill_null(False)
    at = np.flatnonzero(sized.to_numpy(zero_copy_only=False))
    read = np.zeros(len(at), _WKB)
    if len(at):
        held = wkb.filter(sized)  # all of one size: one behind the other
        _, starts, content = held.buffers()
        first = np.frombuffer(starts, np.int64)[held.offset]
        read = np.frombuffer(content, _WKB, len(at), first)
    plain = (read["order"] == _LITTLE_ENDIAN) & (read["kind"] == _POINT)
    at, read = at[plain], read[plain]
    x[at], y[at] = read["x"], read["y"]
    others = np.ones(len(wkb), bool)
    others[at] = False
    zero = (x == 0) & (y == 0)
    report(raw, "no_geometry", ~others & np.isnan(x) & np.isnan(y))
    report(raw, "location_zero", zero)
    x[zero] = y[zero] = np.nan
    return (x, y), others


def shift_datum(raw: RawTable, points: Points, source: str, target: CRS) -> Points:
    """The points in the project CRS; one that has no place there is reported."""
    there = ~(np.isnan(points[0]) & np.isnan(points[1]))
    into = into_project(points[0][there], points[1][there], source, target)
    lost = np.flatnonzero(there)[~possible(*into, target)]
    for at in lost.tolist():
        value = f"{points[0][at]:g}, {points[1][at]:g}"
        raw.findings.append(Finding("location_unusable", int(raw.rows[at]), "", value))
    x, y = np.full(len(there), np.nan), np.full(len(there), np.nan)
    x[there], y[there] = into
    x[lost] = y[lost] = np.nan
    return x, y


def report(raw: RawTable, code: str, chosen: Mask, column: str = "") -> None:
    """One finding for each chosen row."""
    raw.findings += [
        Finding(code, int(raw.rows[at]), column) for at in np.flatnonzero(chosen).tolist()
    ]


_ALONG = 500  # points along a layer's lines
_SAMPLE = 4000  # coordinates kept to judge whether a layer lies where it should


@dataclass(frozen=True)
class Sample:
    """Some of a layer's coordinates as its file has them (x east or longitude), and their CRS.

    codes  the village code that each row states, "" for none
    way    whence they are: "geometry", or the columns
    """

    x: Degrees
    y: Degrees
    source: str
    codes: NDArray[np.object_]
    way: str = "geometry"


@dataclass(frozen=True)
class Georeferenced:
    """The places of a layer's rows in the project CRS, missing where a row has none.

    shapes  a geometry a row; of a layer that is `numbered`, x and y [m]
    """

    shapes: gpd.GeoSeries | Points
    sample: Sample


def georeference(
    raw: RawTable, table: pd.DataFrame, layer: Layer, declared: str | None, target: CRS
) -> Georeferenced | None:
    """The rows' places, from their geometry or their columns; None for a plain table.

    Raises:
        Refusal: the coordinates are in no stated CRS, or in one without a true way to the target.
    """
    source = declared or raw.crs
    wkb = None if raw.wkb is None else pa.array(raw.wkb, pa.large_binary())
    shaped = wkb is not None and bool(pc.any(pc.greater(pc.binary_length(wkb), 0)).as_py())
    pair = None if shaped else _pair(table, source)
    if not shaped and pair is None:
        return None
    if source is None:
        raise Refusal("crs_missing")
    if shaped and declared and raw.crs and not same_system(declared, raw.crs):
        numbers = {"declared": declared, "stated": raw.crs[:60]}
        raw.findings.append(Finding("crs_differs", numbers=numbers))
    if pair is None and not layer.numbered:
        shapes = _in_metres(raw, _from_wkb(raw, wkb), source)
        sample = sampled(shapes, table, source)
        shapes = keep_kind(raw, layer, _moved(raw, shapes, source, target))
        return Georeferenced(gpd.GeoSeries(shapes, crs=target), sample)
    at = _points_of(raw, layer, wkb) if pair is None else from_numbers(raw, table, *pair)
    factor = factor_to_metres(raw, *at, source)
    at = at[0] * factor, at[1] * factor
    sample = _sampled_points(at, table, source, "geometry" if pair is None else "/".join(pair))
    at = shift_datum(raw, at, source, target)
    if layer.numbered:
        return Georeferenced(at, sample)
    return Georeferenced(gpd.GeoSeries(keep_kind(raw, layer, _as_shapes(at)), crs=target), sample)


def _pair(table: pd.DataFrame, source: str | None) -> tuple[str, str] | None:
    """The two columns that hold the coordinates: degrees or metres, as the CRS says."""
    filled = {
        name for name in ("lon", "lat", "x", "y") if name in table and table[name].notna().any()
    }
    pairs = [("lon", "lat"), ("x", "y")]
    if source is not None and not is_degrees(source):
        pairs.reverse()
    return next((pair for pair in pairs if filled.issuperset(pair)), None)


def _points_of(raw: RawTable, layer: Layer, wkb: pa.Array) -> Points:
    """The points of the file; a row that is none is reported."""
    (x, y), others = from_wkb(raw, wkb)
    odd = np.flatnonzero(others)
    if len(odd):
        part = RawTable({}, [raw.rows[at] for at in odd.tolist()], findings=raw.findings)
        shapes = keep_kind(part, layer, _from_wkb(part, wkb.take(pa.array(odd))))
        there = ~shapely.is_missing(shapes)
        x[odd[there]], y[odd[there]] = shapely.get_coordinates(shapes[there]).T
    return x, y


def _as_shapes(at: Points) -> Geometries:
    """A point where there is one."""
    there = np.isfinite(at[0])
    shapes = np.full(len(there), None, dtype=object)
    shapes[there] = shapely.points(at[0][there], at[1][there])
    return shapes


def _from_wkb(raw: RawTable, wkb: pa.Array) -> Geometries:
    """The shapes of the file, flat, a multi-point of one its point; a row without is reported."""
    held = np.array(wkb.to_pylist(), dtype=object)
    shapes = np.asarray(shapely.force_2d(shapely.from_wkb(held, on_invalid="ignore")))
    missing, written = shapely.is_missing(shapes), wkb.is_valid().to_numpy(zero_copy_only=False)
    unread = missing & written
    for at in np.flatnonzero(unread).tolist():
        row = int(raw.rows[at])
        raw.findings.append(Finding("geometry_unreadable", row))
    report(raw, "no_geometry", (missing & ~unread) | shapely.is_empty(shapes))
    shapes[shapely.is_empty(shapes)] = None
    single = (shapely.get_type_id(shapes) == 4) & (shapely.get_num_geometries(shapes) == 1)
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    at_zero = (shapely.get_x(shapes) == 0) & (shapely.get_y(shapes) == 0)  # NaN but for points
    report(raw, "location_zero", at_zero)
    shapes[at_zero] = None
    return shapes


def _in_metres(raw: RawTable, shapes: Geometries, source: str) -> Geometries:
    """The shapes, where the file is in other units than metres brought into them."""
    coordinates = shapely.get_coordinates(shapes)
    factor = factor_to_metres(raw, coordinates[:, 0], coordinates[:, 1], source)
    if factor == 1.0:
        return shapes
    return np.asarray(shapely.set_coordinates(shapes, coordinates * factor), dtype=object)


def sampled(shapes: Geometries, table: pd.DataFrame, source: str) -> Sample:
    """Some of the coordinates of `shapes`, in `source`, with the codes their rows state."""
    step = max(1, len(shapes) // _SAMPLE)
    some = _dense(shapes[::step])
    coordinates, index = shapely.get_coordinates(some, return_index=True)
    codes = _codes(table)
    thin = slice(None, None, max(1, len(coordinates) // _SAMPLE))
    return Sample(coordinates[thin, 0], coordinates[thin, 1], source, codes[::step][index[thin]])


def _dense(shapes: Geometries) -> Geometries:
    """Lines with more vertices: they count by their length, and a long one may have but two."""
    lines = np.isin(shapely.get_type_id(shapes), (1, 2, 5))
    with np.errstate(all="ignore"):  # an absurd coordinate
        step = float(shapely.length(shapes[lines]).sum()) / _ALONG
    dense = shapes.copy()
    if np.isfinite(step) and step > 0:
        dense[lines] = shapely.segmentize(shapes[lines], step)
    return dense


def merge_reports(samples: Sequence[Sample]) -> Sample:
    """One sample of those of several parts of a file."""
    x, y, codes = (
        np.concatenate([getattr(one, name) for one in samples]) for name in ("x", "y", "codes")
    )
    thin = slice(None, None, max(1, len(x) // _SAMPLE))
    return Sample(x[thin], y[thin], samples[0].source, codes[thin], samples[0].way)


def _sampled_points(at: Points, table: pd.DataFrame, source: str, way: str) -> Sample:
    """The same of points that are numbers."""
    some = slice(None, None, max(1, len(table) // _SAMPLE))
    x, y = at[0][some], at[1][some]
    there = ~(np.isnan(x) & np.isnan(y))
    return Sample(x[there], y[there], source, _codes(table)[some][there], way)


def _codes(table: pd.DataFrame) -> NDArray[np.object_]:
    """The village code that each row states, "" for none."""
    if "village_code" not in table:
        return np.full(len(table), "", dtype=object)
    return table["village_code"].fillna("").to_numpy(dtype=object)


def _moved(raw: RawTable, shapes: Geometries, source: str, target: CRS) -> Geometries:
    """The shapes in the project CRS; one with a coordinate that has no place there is reported."""
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

"""Places as two numbers a row: a geometry a row would take ten times the memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyproj import CRS

from gis.layers.crs import into_project, possible
from gis.layers.problems import Finding
from gis.layers.raw_table import Raw

Metres = NDArray[np.float64]
Points = tuple[Metres, Metres]  # x and y of each row, both NaN where it has no place
Mask = NDArray[np.bool_]
EAST, NORTH = "place:x", "place:y"  # columns of a layer of points, until it is finished
_WKB = np.dtype([("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])
_LITTLE_ENDIAN, _POINT = 1, 1


def from_numbers(raw: Raw, table: pd.DataFrame, east: str, north: str) -> Points:
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


def halves(raw: Raw, table: pd.DataFrame, axes: Sequence[str] = ("lon", "lat", "x", "y")) -> None:
    """Report the rows of `table` that have one coordinate, and so no place, with what it is."""
    written = table[[axis for axis in axes if axis in table]]
    for at, row in zip(written.index, written.to_dict("records"), strict=True):
        found = [(axis, value) for axis, value in row.items() if np.isfinite(value)]
        if found:
            axis, value = found[0]
            raw.findings.append(Finding("no_location", int(raw.rows[at]), str(axis), f"{value:g}"))


def from_wkb(raw: Raw, wkb: pa.Array) -> tuple[Points, Mask]:
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


def moved(raw: Raw, points: Points, source: str, target: CRS) -> Points:
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


def report(raw: Raw, code: str, chosen: Mask, column: str = "") -> None:
    """One finding for each chosen row."""
    raw.findings += [
        Finding(code, int(raw.rows[at]), column) for at in np.flatnonzero(chosen).tolist()
    ]

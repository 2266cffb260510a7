"""Where each row is: its geometry or its coordinates, in metres in the project CRS."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from gis.layers.datum import into_project, is_degrees, same_system
from gis.layers.findings import Finding, Refusal
from gis.layers.gcj import Degrees
from gis.layers.raw import Raw
from gis.layers.schema import Layer

Shapes = NDArray[np.object_]
_TYPES = {"point": (0,), "line": (1, 2, 5), "polygon": (3, 6), "none": ()}
_SAMPLE = 4000  # coordinates kept to judge whether a layer lies where it should


@dataclass(frozen=True)
class Sample:
    """Some of a layer's coordinates as its file has them (x east or longitude), and their CRS.

    codes  the village code that each row states, "" for none
    """

    x: Degrees
    y: Degrees
    source: str
    codes: NDArray[np.object_]


@dataclass(frozen=True)
class Placed:
    """A layer's shapes in the project CRS, missing where a row has none."""

    shapes: gpd.GeoSeries
    sample: Sample


def locate(
    raw: Raw, table: pd.DataFrame, layer: Layer, declared: str | None, target: CRS
) -> Placed | None:
    """The rows' places, from their geometry or their columns; None for a plain table.

    Raises:
        Refusal: the coordinates are in no stated CRS, or in one without a true way to the target.
    """
    source = declared or raw.crs
    shaped = raw.wkb is not None and any(raw.wkb)
    pair = None if shaped else _pair(table, source)
    if not shaped and pair is None:
        return None
    if source is None:
        raise Refusal("crs_missing")
    if shaped and declared and raw.crs and not same_system(declared, raw.crs):
        numbers = {"declared": declared, "stated": raw.crs[:60]}
        raw.findings.append(Finding("crs_differs", numbers=numbers))
    shapes = _from_wkb(raw) if pair is None else _from_numbers(raw, table, *pair)
    sample = sampled(shapes, table, source)
    moved = _moved(raw, shapes, source, target)
    return Placed(gpd.GeoSeries(_of_kind(raw, layer, moved), crs=target), sample)


def _pair(table: pd.DataFrame, source: str | None) -> tuple[str, str] | None:
    """The two columns that hold the coordinates: degrees or metres, as the CRS says."""
    filled = {
        name for name in ("lon", "lat", "x", "y") if name in table and table[name].notna().any()
    }
    pairs = [("lon", "lat"), ("x", "y")]
    if source is not None and not is_degrees(source):
        pairs.reverse()
    return next((pair for pair in pairs if filled.issuperset(pair)), None)


def _from_numbers(raw: Raw, table: pd.DataFrame, east: str, north: str) -> Shapes:
    """Points where both columns have a number; the rest is reported."""
    x, y = table[east].to_numpy(float), table[north].to_numpy(float)
    there = np.isfinite(x) & np.isfinite(y)
    nowhere = there & (x == 0) & (y == 0)
    for code, chosen in (("no_location", ~there), ("location_zero", nowhere)):
        raw.findings += [
            Finding(code, int(raw.rows[int(at)]), east) for at in np.flatnonzero(chosen)
        ]
    points = np.full(len(x), None, dtype=object)
    usable = there & ~nowhere
    points[usable] = shapely.points(x[usable], y[usable])
    return points


def _from_wkb(raw: Raw) -> Shapes:
    """The shapes of the file, flat; a row without one is reported."""
    wkb = np.asarray(raw.wkb, dtype=object)
    shapes = shapely.force_2d(shapely.from_wkb(wkb, on_invalid="ignore"))
    for at in range(len(shapes)):
        row = int(raw.rows[at])
        if wkb[at] is not None and shapes[at] is None:
            raw.findings.append(Finding("geometry_unreadable", row, numbers={"reason": "WKB"}))
        elif shapes[at] is None or shapes[at].is_empty:
            raw.findings.append(Finding("no_geometry", row))
            shapes[at] = None
        elif shapes[at].geom_type == "Point" and (shapes[at].x, shapes[at].y) == (0, 0):
            raw.findings.append(Finding("location_zero", row))
            shapes[at] = None
    return np.asarray(shapes, dtype=object)


def sampled(shapes: Shapes, table: pd.DataFrame, source: str) -> Sample:
    """Some of the coordinates of `shapes`, in `source`, with the codes their rows state."""
    step = max(1, len(shapes) // _SAMPLE)
    some = shapes[::step]
    coordinates, index = shapely.get_coordinates(some, return_index=True)
    codes = np.full(len(shapes), "", dtype=object)
    if "village_code" in table:
        codes = table["village_code"].fillna("").to_numpy(dtype=object)
    thin = slice(None, None, max(1, len(coordinates) // _SAMPLE))
    return Sample(coordinates[thin, 0], coordinates[thin, 1], source, codes[::step][index[thin]])


def _moved(raw: Raw, shapes: Shapes, source: str, target: CRS) -> Shapes:
    """The shapes in the project CRS; one with a coordinate that has no place there is reported."""
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    x, y = into_project(coordinates[:, 0].copy(), coordinates[:, 1].copy(), source, target)
    lost = np.zeros(len(shapes), dtype=bool)
    lost[owner[~(np.isfinite(x) & np.isfinite(y))]] = True
    for at in np.flatnonzero(lost):
        first = shapely.get_coordinates(shapes[at])[0]
        value = f"{first[0]:g}, {first[1]:g}"
        raw.findings.append(Finding("location_unusable", int(raw.rows[int(at)]), "", value))
    shapes[lost] = None
    kept = ~lost[owner]
    return np.asarray(
        shapely.set_coordinates(shapes, np.column_stack([x[kept], y[kept]])), dtype=object
    )


def _of_kind(raw: Raw, layer: Layer, shapes: Shapes) -> Shapes:
    """Shapes of the layer's kind: a closed line is its polygon, a multi-point of one its point."""
    single = (shapely.get_type_id(shapes) == 4) & (shapely.get_num_geometries(shapes) == 1)
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    if "polygon" in layer.shapes:
        closed = shapely.is_closed(shapes) & (shapely.get_type_id(shapes) == 1)
        closed &= shapely.get_num_coordinates(shapes) >= 4
        shapes[closed] = [shapely.Polygon(line) for line in shapes[closed]]
    types = shapely.get_type_id(shapes)
    kinds = [kind for shape in layer.shapes for kind in _TYPES[shape]]
    wrong = (types >= 0) & ~np.isin(types, kinds)
    for at in np.flatnonzero(wrong):
        numbers = {"found": shapes[at].geom_type, "expected": "、".join(layer.shapes)}
        raw.findings.append(Finding("geometry_kind", int(raw.rows[int(at)]), numbers=numbers))
    shapes[wrong] = None
    return shapes

"""The villages of a project as shapes of one small SVG, with what lies among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

_WIDE = 1000.0  # units of the drawing
_DOTS = 4000  # homes drawn; more are a grey surface
_LEAST = 0.6  # units: smaller corners are left out
_LINES = ("heat_pipes", "roads")


@dataclass(frozen=True)
class Shape:
    """One village, zone or street; derived: a village without a border, drawn by its homes."""

    code: str
    name: str
    township: str
    path: str
    derived: bool = False


@dataclass(frozen=True)
class MapDrawing:
    """What a map of the desk draws, in units of its view box.

    lines    layer → one path of all its lines; dots: one path of homes
    streets  one path of each name
    unknown  names of villages that have neither a border nor a home with a place
    west, north, scale  of its upper left corner [m], and units a metre
    """

    height: float
    villages: tuple[Shape, ...]
    zones: tuple[Shape, ...]
    lines: Mapping[str, str]
    dots: str
    streets: tuple[Shape, ...] = ()
    unknown: tuple[str, ...] = ()
    west: float = 0.0
    north: float = 0.0
    scale: float = 1.0


def draw(tables: Mapping[str, Any], homes: pd.DataFrame | None = None) -> MapDrawing | None:
    """The villages, zones, mains and homes of a project; None without villages.

    Args:
        tables: The layers by name, in the project's CRS.
        homes: Rows with x and y [m], NaN for no place.
    """
    villages = tables.get("villages")
    if villages is None or not len(villages) or villages.geometry.isna().all():
        return None
    west, south, east, north = villages.total_bounds
    scale = _WIDE / max(east - west, north - south, 1.0)
    frame = _Frame(west, north, scale)
    zones = tables.get("coal_ban_zones")
    drawn = tuple(_villages(villages, frame))
    return MapDrawing(
        round((north - south) * scale, 1),
        drawn,
        () if zones is None else tuple(
            Shape(str(code), str(name), "", frame.area(shape))
            for code, name, shape in zip(
                zones["zone_id"], zones["zone"].fillna(""), zones.geometry, strict=True
            )
        ),
        {name: frame.lines(tables[name].geometry) for name in _LINES if name in tables},
        "" if homes is None else frame.dots(homes["x"], homes["y"]),
        tuple(_streets(tables.get("roads"), frame)),
        tuple(f"{one.township}{one.name}" for one in drawn if not one.path),
        float(west), float(north), float(scale),
    )  # fmt: skip


def _villages(villages: Any, frame: _Frame) -> Iterator[Shape]:  # noqa: ANN401  a table
    derived = villages.get("area_derived", pd.Series(data=False, index=villages.index))
    for code, name, town, shape, by_homes in zip(
        villages["village_code"], villages["village"].fillna(""), villages["township"].fillna(""),
        villages.geometry, derived, strict=True,
    ):  # fmt: skip
        yield Shape(str(code), str(name), str(town), frame.area(shape), bool(by_homes))


def _streets(roads: Any, frame: _Frame) -> Iterator[Shape]:  # noqa: ANN401  a table or None
    """The streets that have a name, by which a zone in words may be bounded."""
    if roads is None or "name" not in roads:
        return
    named = roads[roads["name"].notna() & roads.geometry.notna()]
    for name, own in named.groupby("name", sort=True):
        yield Shape(str(name), str(name), "", frame.lines(own.geometry))


@dataclass(frozen=True)
class _Frame:
    """From metres to units of the drawing, north up."""

    west: float
    north: float
    scale: float

    def area(self, shape: Any) -> str:  # noqa: ANN401  a geometry or None
        if shape is None or shapely.is_empty(shape):
            return ""
        small = shapely.simplify(shape, _LEAST / self.scale)
        rings = [
            ring
            for part in shapely.get_parts(small)
            if part.geom_type == "Polygon"
            for ring in (part.exterior, *part.interiors)
        ]
        return "".join(f"{self._line(ring)}Z" for ring in rings)

    def lines(self, shapes: Iterable[Any]) -> str:
        parts = shapely.get_parts(shapely.simplify(np.asarray(shapes), _LEAST / self.scale))
        return "".join(self._line(part) for part in parts if part.geom_type == "LineString")

    def dots(self, x: Any, y: Any) -> str:  # noqa: ANN401  columns
        placed = np.flatnonzero(np.isfinite(x.to_numpy(float)) & np.isfinite(y.to_numpy(float)))
        step = max(1, -(-len(placed) // _DOTS))
        chosen = placed[::step]
        at = self._units(np.column_stack([x.to_numpy(float)[chosen], y.to_numpy(float)[chosen]]))
        near = (np.abs(at) < 3 * _WIDE).all(axis=1)
        return "".join(f"M{e:.1f} {s:.1f}h0" for e, s in at[near])

    def _units(self, points: Any) -> Any:  # noqa: ANN401  an array of (x, y)
        return (points - [self.west, self.north]) * [self.scale, -self.scale]

    def _line(self, line: Any) -> str:  # noqa: ANN401  a line or ring
        units = self._units(shapely.get_coordinates(line))
        return "M" + "L".join(f"{e:.1f} {s:.1f}" for e, s in units)

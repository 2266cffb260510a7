"""Where names of streets and heights of contours stand, so that a near reader knows the place."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from gis.pages.model import StreetLabel

_CELL = 0.008  # degrees: one name stands once within some 800 m
_MOST = 600
_DECIMALS = 5


def line_labels(geometry: Mapping[str, Any]) -> list[StreetLabel]:
    """The labels of the layers `roads` and `contours` of an edition."""
    return [
        *_labels(geometry.get("roads", {}), "roads", lambda told: str(told.get("name") or "")),
        *_labels(geometry.get("contours", {}), "contours", _height),
    ]


def _height(told: Mapping[str, Any]) -> str:
    height = told.get("m")
    return "" if height in ("", None) else f"{height:g}"


def _labels(
    layer: Mapping[str, Any], kind: str, name_of: Callable[[Mapping[str, Any]], str]
) -> list[StreetLabel]:
    """One in the middle of each longer line; the longest first."""
    found = []
    for feature in layer.get("features", ()):
        name = name_of(feature["properties"]).strip()
        shape = feature["geometry"]
        several = shape["type"].startswith("Multi")
        lines = shape["coordinates"] if several else [shape["coordinates"]]
        found += [(name, *_middle(line)) for line in lines if name and len(line) > 1]
    found.sort(key=lambda one: (-one[3], one[0], one[1], one[2]))
    placed: dict[tuple[str, int, int], StreetLabel] = {}
    for name, lon, lat, _ in found:
        near = (name, round(lon / _CELL), round(lat / _CELL))
        label = StreetLabel(
            layer=kind, name=name, lon=round(lon, _DECIMALS), lat=round(lat, _DECIMALS)
        )
        placed.setdefault(near, label)
    return list(placed.values())[:_MOST]


def _middle(line: Sequence[Sequence[float]]) -> tuple[float, float, float]:
    """Longitude and latitude of the middle of a line, and its length [degrees]."""
    steps = [math.dist(a[:2], b[:2]) for a, b in pairwise(line)]
    left = sum(steps) / 2
    for (a, b), step in zip(pairwise(line), steps, strict=True):
        if step and left <= step:
            part = left / step
            return a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1]), sum(steps)
        left -= step
    return line[0][0], line[0][1], sum(steps)

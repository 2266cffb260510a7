"""Where the names of streets stand on the maps, so that a reader who has come near knows the place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from gis.pages.model import StreetLabel

_CELL = 0.008  # degrees: one name stands once within some 800 m
_MOST = 600
_DECIMALS = 5


def street_labels(roads: Mapping[str, Any]) -> list[StreetLabel]:
    """The names of the longer lines of `roads`, each in the middle of its line; longest first."""
    found = []
    for feature in roads.get("features", ()):
        name = str(feature["properties"].get("name") or "").strip()
        shape = feature["geometry"]
        several = shape["type"].startswith("Multi")
        lines = shape["coordinates"] if several else [shape["coordinates"]]
        found += [(name, *_middle(line)) for line in lines if name and len(line) > 1]
    found.sort(key=lambda one: (-one[3], one[0], one[1], one[2]))
    placed: dict[tuple[str, int, int], StreetLabel] = {}
    for name, lon, lat, _ in found:
        near = (name, round(lon / _CELL), round(lat / _CELL))
        label = StreetLabel(name=name, lon=round(lon, _DECIMALS), lat=round(lat, _DECIMALS))
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

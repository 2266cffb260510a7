"""The made-up city's ground: a schematic outline, villages inside townships, a few pipes."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPoint, Point, mapping, shape
from shapely.ops import polygonize, unary_union

HEJIN = Path(__file__).parents[2] / "layers" / "hejin-2024"
HEART = (110.712, 35.592)
CENTRES = {
    "140882001": (110.71, 35.59),
    "140882002": (110.62, 35.65),
    "140882003": (110.74, 35.63),
    "140882004": (110.61, 35.56),
    "140882100": (110.68, 35.68),
    "140882101": (110.76, 35.68),
    "140882102": (110.77, 35.54),
    "140882200": (110.70, 35.52),
    "140882203": (110.66, 35.75),
}
PLANT = {"140882002": "140882400"}


def collection(rows: list[tuple[dict[str, Any], Any]]) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": properties, "geometry": mapping(geometry)}
            for properties, geometry in rows
        ],
    }


def read_csv(name: str) -> list[dict[str, str]]:
    with (HEJIN / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ground() -> tuple[Any, list[tuple[dict[str, str], Any]]]:
    """The schematic outline, and a polygon for each village inside its township."""
    features = json.loads((HEJIN / "schematic.geojson").read_text("utf-8"))["features"]
    drawn = [shape(feature["geometry"]) for feature in features]
    outline = next(geometry for geometry in drawn if geometry.geom_type == "Polygon")
    borders = [longer(geometry) for geometry in drawn if geometry.geom_type == "LineString"]
    cells = list(polygonize(unary_union([outline.exterior, *borders])))
    rng = np.random.default_rng(7)
    out = []
    for code, centre in CENTRES.items():
        cell = min(cells, key=lambda c: c.distance(Point(centre)))
        mine = [
            row
            for row in read_csv("villages.csv")
            if row["township_code"] in (code, PLANT.get(code))
        ]
        spots = scatter(cell, len(mine), rng)
        pieces = list(shapely.voronoi_polygons(MultiPoint(spots), extend_to=cell).geoms)
        for row, spot in zip(mine, spots, strict=True):
            piece = next(p for p in pieces if p.contains(spot))
            out.append((row, piece.intersection(cell)))
    return outline, sorted(out, key=lambda pair: pair[0]["village_code"])


def longer(line: Any) -> Any:
    """The line with both ends drawn out by some 200 m, so that it meets its neighbours."""
    points = np.array(line.coords)
    first = points[0] + (points[0] - points[1]) / np.hypot(*(points[0] - points[1])) * 0.002
    last = points[-1] + (points[-1] - points[-2]) / np.hypot(*(points[-1] - points[-2])) * 0.002
    return shapely.LineString([first, *points[1:-1], last])


def scatter(cell: Any, n: int, rng: np.random.Generator) -> list[Point]:
    """n points in `cell`, spread by throwing away the one nearest to another of ten."""
    west, south, east, north = cell.bounds
    spots: list[Point] = []
    while len(spots) < n:
        throws = [Point(rng.uniform(west, east), rng.uniform(south, north)) for _ in range(60)]
        inside = [p for p in throws if cell.contains(p)]
        spots.append(max(inside, key=lambda p: min((p.distance(s) for s in spots), default=1.0)))
    return spots


def pipes(outline: Any) -> list[tuple[dict[str, Any], Any]]:
    x, y = HEART
    ends = [(0.004, 0.055), (0.05, 0.004), (-0.045, 0.012), (0.028, -0.035), (-0.012, -0.04)]
    arms = [
        shapely.LineString([HEART, (x + dx * 0.5 + 0.004, y + dy * 0.5), (x + dx, y + dy)])
        for dx, dy in ends
    ]
    return [
        ({"status": "planned" if n == 0 else "in_service"}, arm.intersection(outline))
        for n, arm in enumerate(arms)
    ]

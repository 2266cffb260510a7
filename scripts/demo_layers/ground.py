"""Administrative areas: outline, townships of the published areas, a cell for every village."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from shapely.geometry import LineString, MultiPoint, Point, Polygon, shape
from shapely.geometry.base import BaseGeometry

from demo_layers import story
from demo_layers.borders import natural
from demo_layers.dice import stream

CRS = "EPSG:4546"
CITY = (474_000.0, 3_940_200.0)  # the town centre of the demonstration [m]
_QINGJIAN_TOWN = (467_300.0, 3_946_800.0)
_PLANT_SITE = (464_900.0, 3_948_300.0)
_GRID_M = 0.01  # coordinates of the tiling are whole centimetres
_RING = "204 200 211 214 201 212 202 205"  # round the town, anticlockwise from the south
_CORE = "003 207 208 210 206 209 001 002 010 004 005 006 007 008 009"


class Ground(NamedTuple):
    """The outline [m, EPSG:4546], and the villages with their role and cell."""

    outline: Polygon
    villages: gpd.GeoDataFrame


def lay(folder: Path, seed: int) -> Ground:
    """The areas of the project in `folder`, from its committed facts."""
    villages = story.cast(pd.read_csv(folder / "villages.csv", dtype=str))
    outline, townships = _townships(folder / "schematic.geojson")
    cells: list[Polygon] = []
    codes: list[str] = []
    for township_code, ground in townships.items():
        group = (
            (township_code, "140882400") if township_code == story.QINGJIAN else (township_code,)
        )
        members = villages.loc[villages["township_code"].isin(group), "village_code"].tolist()
        sites = _sites(township_code, ground, members, stream(seed, "sites", township_code))
        cells += _cells(ground, list(sites.values()))
        codes += list(sites)
    shapes = natural(cells, outline, stream(seed, "borders"))
    geometry = pd.Series(shapes, index=codes).reindex(villages["village_code"]).to_numpy()
    return Ground(outline, gpd.GeoDataFrame(villages, geometry=geometry, crs=CRS))


def _townships(path: Path) -> tuple[Polygon, dict[str, Polygon]]:
    """The outline and the township polygons, from the border lines of the schematic file."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    to_metres = Transformer.from_crs("EPSG:4490", CRS, always_xy=True).transform
    shapes = [_moved(shape(feature["geometry"]), to_metres) for feature in features]
    outline, lines = shapes[0], shapes[1:]
    noded = shapely.unary_union([outline.boundary, *(_through(line, outline) for line in lines)])
    whole = shapely.polygonize([noded]).geoms
    faces = [shapely.intersection(face, outline, grid_size=_GRID_M) for face in whole]
    sides: dict[str, list[LineString]] = {}
    for feature, line in zip(features[1:], lines, strict=True):
        for side in ("left", "right"):
            sides.setdefault(feature["properties"][side], []).append(line)
    found = {code: _face_along(faces, parts) for code, parts in sorted(sides.items())}
    return outline, found


def _moved(geometry: BaseGeometry, transform) -> BaseGeometry:  # noqa: ANN001
    return shapely.transform(
        geometry, lambda xy: np.column_stack(transform(xy[:, 0], xy[:, 1])).round(2)
    )


def _through(line: LineString, outline: Polygon) -> LineString:
    """The line, extended 20 m across the outline at ends that meet it."""
    points = shapely.get_coordinates(line)
    for end, inner in ((0, 1), (-1, -2)):
        if outline.boundary.distance(Point(points[end])) < 20:
            way = points[end] - points[inner]
            points[end] += way / np.hypot(*way) * 20
    return LineString(points)


def _face_along(faces: list[Polygon], borders: list[LineString]) -> Polygon:
    """The face whose boundary contains all `borders`."""
    union = shapely.unary_union(borders)
    return max(faces, key=lambda face: face.boundary.intersection(union.buffer(1)).length)


def _sites(
    township_code: str, ground: Polygon, codes: list[str], rng: np.random.Generator
) -> dict[str, tuple[float, float]]:
    """A site for each village of a township: fixed ones first, the others spread out."""
    fixed = _fixed(township_code)
    free = [code for code in codes if code not in fixed]
    spread = _spread(ground, list(fixed.values()), len(free), rng)
    return fixed | _dealt(township_code, free, spread, rng)


def _fixed(township_code: str) -> dict[str, tuple[float, float]]:
    if township_code == "140882001":
        core = [township_code + last for last in _CORE.split()]
        ring = [township_code + last for last in _RING.split()]
        turn = np.radians(np.arange(len(ring)) * 45 - 90)
        round_town = np.column_stack([CITY[0] + 2900 * np.cos(turn), CITY[1] + 2350 * np.sin(turn)])
        return _sunflower(core, CITY, 1750) | dict(zip(ring, map(tuple, round_town), strict=True))
    if township_code == story.QINGJIAN:
        town = [
            f"{township_code}{n}" for n in ("001", "002", "003", "004", "018", "020", "016", "017")
        ]
        return _sunflower(town, _QINGJIAN_TOWN, 1100) | {story.PLANT: _PLANT_SITE}
    return {}


def _sunflower(
    codes: list[str], centre: tuple[float, float], radius_m: float
) -> dict[str, tuple[float, float]]:
    """Sites spread evenly in a disc, the first in the centre."""
    rank = np.arange(len(codes))
    r, turn = radius_m * np.sqrt((rank + 0.5) / len(codes)), rank * 2.39996 - 1.57
    xy = np.column_stack([centre[0] + r * np.cos(turn), centre[1] + r * np.sin(turn)])
    return dict(zip(codes, map(tuple, xy), strict=True))


def _spread(
    ground: Polygon, fixed: list[tuple[float, float]], count: int, rng: np.random.Generator
) -> np.ndarray:
    """`count` sites in the area away from the fixed ones, neither regular nor clustered."""
    x0, y0, x1, y1 = ground.bounds
    dots = rng.uniform((x0, y0), (x1, y1), (6000, 2))
    dots = dots[shapely.contains_xy(ground.buffer(-250), dots)]
    held = np.array(fixed).reshape(-1, 2)
    if len(held):
        gap = np.hypot(*(dots[:, None] - held[None]).transpose(2, 0, 1)).min(axis=1)
        dots = dots[gap > 900]
    sites = dots[rng.choice(len(dots), count, replace=False)]
    for _ in range(5):
        every = np.vstack([sites, held])
        owner = ((dots[:, None] - every[None]) ** 2).sum(axis=2).argmin(axis=1)
        middle = [
            dots[owner == i].mean(axis=0) if (owner == i).any() else s for i, s in enumerate(sites)
        ]
        sites = 0.35 * sites + 0.65 * np.array(middle)
    return sites


def _dealt(
    township_code: str, codes: list[str], sites: np.ndarray, rng: np.random.Generator
) -> dict[str, tuple[float, float]]:
    """Assign sites to villages: near the city, far west, or anywhere."""
    left = list(range(len(sites)))
    taken: dict[str, int] = {}
    near = np.hypot(*(sites - CITY).T)
    for wanted, rank in (("NEAR", near), ("WEST", sites[:, 0])):
        for code in story.listed(getattr(story, wanted), township_code):
            best = min(left, key=lambda i: rank[i])
            left.remove(best)
            taken[code] = best
    others = [code for code in codes if code not in taken]
    taken |= dict(zip(others, rng.permutation(left).tolist(), strict=True))
    return {code: tuple(sites[i]) for code, i in taken.items()}


def _cells(ground: Polygon, sites: list[tuple[float, float]]) -> list[Polygon]:
    """The Voronoi cell of each site within `ground`, in the order of the sites."""
    raw = shapely.voronoi_polygons(MultiPoint(sites), extend_to=ground.envelope.buffer(5000))
    parts = [shapely.intersection(cell, ground, grid_size=_GRID_M) for cell in raw.geoms]
    points = [Point(site) for site in sites]
    return [
        next(p for p, c in zip(parts, raw.geoms, strict=True) if c.contains(at)) for at in points
    ]

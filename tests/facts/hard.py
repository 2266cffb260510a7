"""Made-up areas and points that are hard to tell apart, for tests: seeded, in metres."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.spatial import Voronoi
from shapely.affinity import rotate, translate

FAR = np.array([4.5e5, 3.9e6])  # where projected coordinates are coarse


def mosaic(rng, count, side_m):
    """`count` areas that share every edge, over a square of `side_m` [m]."""
    seeds = rng.random((count, 2)) * side_m
    low, high = seeds * [[[-1, 1]], [[1, -1]]], [2 * side_m, 0] + seeds * [-1, 1]
    frame = Voronoi(np.vstack([seeds, *low, high, [0, 2 * side_m] + seeds * [1, -1]]))
    regions = [frame.regions[frame.point_region[number]] for number in range(count)]
    whole = shapely.box(-side_m, -side_m, 2 * side_m, 2 * side_m)
    return [shapely.Polygon(frame.vertices[region]).intersection(whole) for region in regions]


def areas(seed, count=60, side_m=5_000.0):
    """A mosaic with, over it: overlaps, holes, slivers, parts, a comb, a grid of squares."""
    rng = np.random.default_rng(seed)
    found = mosaic(rng, count, side_m)
    for _ in range(12):
        x, y = rng.random(2) * side_m
        disc = shapely.Point(x, y).buffer(rng.uniform(50, 700))
        hole = shapely.Point(x, y).buffer(30)
        sliver = shapely.box(x, y, x + rng.uniform(100, 3_000), y + rng.uniform(1e-7, 0.01))
        far = translate(hole, *rng.uniform(-2_000, 2_000, 2))
        found += [disc, disc.difference(hole), rotate(sliver, rng.uniform(0, 180))]
        found += [shapely.union_all([hole, far])]
    teeth = [shapely.box(40.0 * i, 0, 40.0 * i + 20, 1_500) for i in range(30)]
    found.append(shapely.union_all([*teeth, shapely.box(0, 0, 1_180, 10)]))
    found += [shapely.box(100 * i, 3_000, 100 * (i + 1), 3_100) for i in range(8)]
    order = rng.permutation(len(found))
    return np.array([translate(found[number], *FAR) for number in order])


def points(seed, shapes, count):
    """`count` points: anywhere, on vertices, on edges, and within 1e-9 to 1 m of them."""
    rng = np.random.default_rng(seed)
    west, south, east, north = shapely.total_bounds(shapes)
    anywhere = rng.uniform([west - 500, south - 500], [east + 500, north + 500], (count, 2))
    parts = shapely.get_parts(shapes)
    lines = shapely.boundary(parts) if (shapely.get_dimensions(parts) == 2).all() else parts
    corners, line = shapely.get_coordinates(lines, return_index=True)
    joined = np.flatnonzero(line[1:] == line[:-1])
    edge = rng.choice(joined, count)
    share = rng.choice([0.0, 0.5, 1 / 3, 0.25, np.nan], count)[:, None]
    share = np.where(np.isnan(share), rng.random((count, 1)), share)
    on_edge = corners[edge] + (corners[edge + 1] - corners[edge]) * share
    off_m = rng.choice([0.0, 1e-9, 1e-7, 1e-3, 1.0], (count, 1)) * rng.normal(size=(count, 2))
    level = np.column_stack([anywhere[:, 0], rng.choice(corners[:, 1], count)])
    kind = rng.integers(0, 4, count)[:, None]
    chosen = np.select(
        [kind == 0, kind == 1, kind == 2], [anywhere, on_edge, on_edge + off_m], level
    )
    return np.ascontiguousarray(chosen[:, 0]), np.ascontiguousarray(chosen[:, 1])


def pipes(seed, count=80, side_m=5_000.0):
    """Lines that meet, cross, repeat and stand still in places."""
    rng = np.random.default_rng(seed)
    starts = rng.random((count, 2)) * side_m
    walks = [start + np.cumsum(rng.normal(0, 60, (9, 2)), axis=0) for start in starts]
    joined = [np.vstack([walk, walks[0][:1]]) for walk in walks[:10]]
    still = [np.repeat(walk[:2], 2, axis=0) for walk in walks[10:15]]
    grid = [np.array([[0, 250.0 * i], [side_m, 250.0 * i]]) for i in range(4)]
    lines = [shapely.LineString(one + FAR) for one in [*walks, *joined, *still, *grid, *grid]]
    return np.array([*lines, shapely.MultiLineString(lines[:3])])

"""Streets: a named ring around the town, roads between hamlets, and main streets."""

from __future__ import annotations

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely
from scipy.spatial import Delaunay, cKDTree
from shapely.geometry import LineString, Point, Polygon

from demo_layers.dice import stream
from demo_layers.ground import CITY, CRS
from demo_layers.settlements import Hamlet

# The street names are real names from the south of the town; their courses are invented.
RING = ("延平街", "学府路", "新耿南街", "永兴路")
RING_OFFSET_M = 50  # of the southern street, as the demonstration zone states it
_RING_AT = (CITY[0], CITY[1] - 300)
_HALF = (2350.0, 2300.0)  # from the centre to the ring, east and north [m]
_PAST = 350.0  # how far a street continues past the corner [m]


def ring_streets(seed: int) -> dict[str, LineString]:
    """The four streets of the ring by name, clockwise from the north, crossing at the corners."""
    rng = stream(seed, "ring")
    signs = np.array([(-1, 1), (1, 1), (1, -1), (-1, -1)])
    corners = np.array(_RING_AT) + signs * _HALF + rng.normal(0, 190, (4, 2))
    return {name: _street(corners[i], corners[(i + 1) % 4], rng) for i, name in enumerate(RING)}


def _street(start: np.ndarray, end: np.ndarray, rng: np.random.Generator) -> LineString:
    """A slightly bent street between two corners, continuing past both."""
    way = (end - start) / np.hypot(*(end - start))
    side = np.array([-way[1], way[0]])
    along = np.linspace(0, 1, 25)
    heights = (110, 60, 25) * rng.normal(0, 1, 3)
    bends = [np.sin(np.pi * (k + 1) * along) * height for k, height in enumerate(heights)]
    xy = start + along[:, None] * (end - start) + np.sum(bends, axis=0)[:, None] * side
    return LineString(np.vstack([xy[0] - way * _PAST, xy, xy[-1] + way * _PAST]).round(2))


def inside_ring(streets: dict[str, LineString], offsets: dict[str, float]) -> Polygon:
    """The area inside the ring, with each street moved outward by its offset [m]."""
    moved = []
    for name, line in streets.items():
        out = offsets.get(name, 0.0)
        left = line.offset_curve(out) if out else line  # the ring runs clockwise: outward is left
        moved.append(left)
    faces = shapely.polygonize([shapely.unary_union(moved)]).geoms
    return next(face for face in faces if face.contains(Point(CITY)))


def roads_between(hamlets: list[Hamlet], outline: Polygon, seed: int) -> nx.Graph:
    """Hamlets joined by roads: nodes are indices, edges have `length` [m] and `line`.

    Two hamlets have a road if no third one lies in the circle over them (a Gabriel graph).
    """
    rng = stream(seed, "roads")
    at = np.array([hamlet.centre for hamlet in hamlets])
    graph = nx.Graph()
    graph.add_nodes_from(range(len(hamlets)))
    corners = Delaunay(at).simplices
    pairs = np.unique(
        np.sort(np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])), axis=0
    )
    tree, within = cKDTree(at), outline.buffer(60)
    shapely.prepare(within)
    for i, j in pairs.tolist():
        length = float(np.hypot(*(at[i] - at[j])))
        gap, _ = tree.query((at[i] + at[j]) / 2)
        bend = rng.normal(0, 0.05, 2)
        line = _road(at[i], at[j], bend)
        if gap > length / 2 - 1 and within.contains(line):
            graph.add_edge(i, j, length=length, line=line)
    return graph


def _road(start: np.ndarray, end: np.ndarray, bend: np.ndarray) -> LineString:
    """A slightly winding road between two points."""
    way = end - start
    along = np.linspace(0, 1, max(4, int(np.hypot(*way) / 150)))
    sag = bend[0] * np.sin(np.pi * along) + bend[1] * np.sin(2 * np.pi * along) / 2
    side = np.array([-way[1], way[0]])
    return LineString((start + along[:, None] * way + sag[:, None] * side).round(2))


def road_table(
    ring: dict[str, LineString], graph: nx.Graph, hamlets: list[Hamlet]
) -> gpd.GeoDataFrame:
    """Every street with `名称` and `等级` (GB terms, as in an office's shapefile)."""
    rows = [(name, "主干路", line) for name, line in ring.items()]
    rows += [
        ("", "乡村路", line) for _, _, line in sorted(graph.edges(data="line"), key=lambda e: e[:2])
    ]
    rows += [("", "村内主街", hamlet.street) for hamlet in hamlets if hamlet.street.length > 15]
    names, classes, lines = zip(*rows, strict=True)
    pieces, owner = _broken(list(lines))
    return gpd.GeoDataFrame(
        {
            "名称": [names[i] for i in owner],
            "等级": [classes[i] for i in owner],
            "数据性质": "合成演示",
        },
        geometry=pieces,
        crs=CRS,
    )


def _broken(lines: list[LineString]) -> tuple[list[LineString], list[int]]:
    """Split the lines where they meet; also return the line of each piece."""
    noded = shapely.get_parts(shapely.unary_union(lines, grid_size=0.01))
    middles = shapely.line_interpolate_point(noded, 0.5, normalized=True)
    pairs = shapely.STRtree(lines).query_nearest(middles, all_matches=False)
    order = sorted(range(len(noded)), key=lambda i: (int(pairs[1][i]), noded[i].coords[0]))
    return [noded[i] for i in order], [int(pairs[1][i]) for i in order]

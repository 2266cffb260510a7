"""Streets: a named ring round the town, roads from hamlet to hamlet, and main streets."""

from __future__ import annotations

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely
from scipy.spatial import Delaunay
from shapely.geometry import LineString, Point, Polygon

from demo_layers.dice import stream
from demo_layers.ground import CITY, CRS
from demo_layers.settlements import Hamlet

# Names of streets in the town's south are real; where they run here is not.
RING = ("延平街", "学府路", "新耿南街", "永兴路")
RING_OFFSET_M = 50  # of the southern street, as the demonstration zone words it
_HALF = (2350.0, 2050.0)  # from the middle of the town to the ring, east and north [m]
_PAST = 350.0  # a street runs on past the corner


def ring_streets(seed: int) -> dict[str, LineString]:
    """The four streets of the ring by name, crossing at its corners."""
    rng = stream(seed, "ring")
    (cx, cy), (w, h) = CITY, _HALF
    corners = {
        "延平街": (-w, h, w, h),
        "学府路": (w, h, w, -h),
        "新耿南街": (w, -h, -w, -h),
        "永兴路": (-w, -h, -w, h),
    }
    found = {}
    for name in RING:
        x0, y0, x1, y1 = corners[name]
        start, end = np.array([cx + x0, cy + y0]), np.array([cx + x1, cy + y1])
        way = (end - start) / np.hypot(*(end - start))
        side = np.array([-way[1], way[0]])
        along = np.linspace(0, 1, 13)
        sag = rng.normal(0, 45) * np.sin(np.pi * along) + rng.normal(0, 20) * np.sin(
            2 * np.pi * along
        )
        xy = start + along[:, None] * (end - start) + sag[:, None] * side
        found[name] = LineString(
            np.vstack([xy[0] - way * _PAST, xy, xy[-1] + way * _PAST]).round(2)
        )
    return found


def inside_ring(streets: dict[str, LineString], offsets: dict[str, float]) -> Polygon:
    """The ground inside the ring, each street moved outward by its offset [m]."""
    moved = []
    for name, line in streets.items():
        out = offsets.get(name, 0.0)
        left = line.offset_curve(out) if out else line  # the ring runs clockwise: outward is left
        moved.append(left)
    faces = shapely.polygonize([shapely.unary_union(moved)]).geoms
    return next(face for face in faces if face.contains(Point(CITY)))


def roads_between(hamlets: list[Hamlet], seed: int) -> nx.Graph:
    """Hamlets joined by roads: nodes are their numbers, edges carry `length` [m] and `line`."""
    rng = stream(seed, "roads")
    at = np.array([hamlet.centre for hamlet in hamlets])
    near = nx.Graph()
    for triangle in Delaunay(at).simplices:
        for a, b in ((0, 1), (1, 2), (0, 2)):
            i, j = sorted((int(triangle[a]), int(triangle[b])))
            near.add_edge(i, j, length=float(np.hypot(*(at[i] - at[j]))))
    tree = nx.minimum_spanning_tree(near, weight="length")
    graph = nx.Graph()
    graph.add_nodes_from(range(len(hamlets)))
    for i, j, length in sorted(near.edges(data="length")):
        bend = rng.normal(0, 0.05, 2)
        if tree.has_edge(i, j) or length < 900:
            graph.add_edge(i, j, length=length, line=_road(at[i], at[j], bend))
    return graph


def _road(start: np.ndarray, end: np.ndarray, bend: np.ndarray) -> LineString:
    """A slightly winding road from one point to another."""
    way = end - start
    along = np.linspace(0, 1, max(4, int(np.hypot(*way) / 150)))
    sag = bend[0] * np.sin(np.pi * along) + bend[1] * np.sin(2 * np.pi * along) / 2
    side = np.array([-way[1], way[0]])
    return LineString((start + along[:, None] * way + sag[:, None] * side).round(2))


def road_table(
    ring: dict[str, LineString], graph: nx.Graph, hamlets: list[Hamlet]
) -> gpd.GeoDataFrame:
    """Every street with `名称` and `等级` (GB words, as an office's shapefile has them)."""
    rows = [(name, "主干路", line) for name, line in ring.items()]
    rows += [
        ("", "乡村路", line) for _, _, line in sorted(graph.edges(data="line"), key=lambda e: e[:2])
    ]
    rows += [("", "村内主街", hamlet.street) for hamlet in hamlets if hamlet.street.length > 15]
    names, classes, lines = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {"名称": names, "等级": classes, "数据性质": "合成演示"}, geometry=list(lines), crs=CRS
    )

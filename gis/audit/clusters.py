"""Clusters of points by density (DBSCAN), exact, without listing all close pairs.

Points in one square of side eps / √2 are within eps of each other, so that squares are joined, not
points: those whose bounds leave no doubt at once, and only the few in doubt by their points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.audit.truth import Mask

NOISE = -1
# half of the 24 neighbours within two squares; the other half is found from the other side
_OFFSETS = ((0, 1), (0, 2), *((1, y) for y in range(-2, 3)), *((2, y) for y in range(-2, 3)))


def dbscan(points: NDArray[np.float64], eps_m: float, min_samples: int) -> NDArray[np.intp]:
    """The cluster of each point, numbered in the order of the points, NOISE for none.

    points: shape (n, 2) [m]. A point with at least `min_samples` points (itself included) within
    `eps_m` is a core; cores within `eps_m` of each other are one cluster; any other point within
    `eps_m` of cores joins the lowest-numbered of their clusters.
    """
    label = np.full(len(points), NOISE, dtype=np.intp)
    core = np.flatnonzero(_cores(points, eps_m, min_samples))
    if not len(core):
        return label
    groups = np.zeros(len(core), dtype=np.intp)
    label[core] = chains(points[core], groups, eps_m)
    tree = cKDTree(points[core])
    for border in np.flatnonzero(label == NOISE):
        near = tree.query_ball_point(points[border], eps_m)
        if near:
            label[border] = label[core[near]].min()
    return label


def chains(points: NDArray[np.float64], groups: NDArray[np.intp], eps_m: float) -> NDArray[np.intp]:
    """Points of one group that hang together by steps of at most `eps_m`, numbered as they come.

    points: shape (n, 2) [m]; groups: shape (n,), points of different groups never join.
    """
    square, members, starts = _squares(points, groups, eps_m)
    pairs = _neighbours(square[members[starts]])
    boxes = _boxes(points[members], starts)
    near, far = _distances(boxes, pairs)
    sure, doubt = pairs[far <= eps_m], pairs[(near <= eps_m) & (far > eps_m)]
    label = _components(sure, len(starts))
    doubt = doubt[label[doubt[:, 0]] != label[doubt[:, 1]]]
    held = np.split(members, starts[1:])
    close = [_touch(points[held[a]], points[held[b]], eps_m) for a, b in doubt]
    joined = np.concatenate([sure, doubt[np.array(close, dtype=bool)]])
    label = _components(joined, len(starts))
    of_point = np.empty(len(points), dtype=np.intp)
    of_point[members] = np.repeat(label, np.diff(np.append(starts, len(points))))
    return _renumbered(of_point)


def _cores(points: NDArray[np.float64], eps_m: float, min_samples: int) -> Mask:
    if min_samples <= 1:
        return np.ones(len(points), dtype=bool)
    if len(points) < min_samples:
        return np.zeros(len(points), dtype=bool)
    distance_m, _ = cKDTree(points).query(points, k=[min_samples])
    return distance_m[:, 0] <= eps_m


def _squares(
    points: NDArray[np.float64], groups: NDArray[np.intp], eps_m: float
) -> tuple[NDArray[np.int64], NDArray[np.intp], NDArray[np.intp]]:
    """The square (group, column, row) of each point; the points square by square; its starts."""
    side_m = eps_m / np.sqrt(2) * (1 - 1e-9)
    cell = np.floor((points - points.min(axis=0)) / side_m).astype(np.int64)
    square = np.column_stack([groups.astype(np.int64), cell])
    members = np.lexsort((square[:, 2], square[:, 1], square[:, 0]))
    ordered = square[members]
    new = np.append(True, (ordered[1:] != ordered[:-1]).any(axis=1))
    return square, members, np.flatnonzero(new)


def _neighbours(squares: NDArray[np.int64]) -> NDArray[np.intp]:
    """Pairs of positions in `squares` (sorted, each once) at most two squares apart."""
    wide = int(squares[:, 2].max()) + 5
    high = int(squares[:, 1].max()) + 5
    key = (squares[:, 0] * high + squares[:, 1]) * wide + squares[:, 2]
    pairs = []
    for column, row in _OFFSETS:
        inside = squares[:, 2] + row >= 0
        wanted = key + column * wide + row
        at = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
        found = np.flatnonzero(inside & (key[at] == wanted))
        pairs.append(np.column_stack([found, at[found]]))
    return np.concatenate(pairs)


def _boxes(points: NDArray[np.float64], starts: NDArray[np.intp]) -> NDArray[np.float64]:
    """West, south, east, north of the points of each square."""
    lowest, highest = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)
    return np.hstack([lowest, highest])


def _distances(
    boxes: NDArray[np.float64], pairs: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The least and the greatest distance [m] two points of two boxes can have."""
    a, b = boxes[pairs[:, 0]], boxes[pairs[:, 1]]
    between = np.maximum(np.maximum(a[:, :2] - b[:, 2:], b[:, :2] - a[:, 2:]), 0)
    across = np.maximum(a[:, 2:] - b[:, :2], b[:, 2:] - a[:, :2])
    return np.hypot(*between.T), np.hypot(*across.T)


def _touch(some: NDArray[np.float64], others: NDArray[np.float64], eps_m: float) -> bool:
    distance_m, _ = cKDTree(some).query(others, k=1)
    return bool(distance_m.min() <= eps_m)


def _components(pairs: NDArray[np.intp], size: int) -> NDArray[np.intp]:
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), pairs.T), shape=(size, size))
    return connected_components(graph, directed=False)[1].astype(np.intp)


def _renumbered(label: NDArray[np.intp]) -> NDArray[np.intp]:
    """The same clusters, numbered in the order in which their first points come."""
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.intp)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]

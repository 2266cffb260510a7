"""Clusters of homes by steps of at most a given length (single linkage), exact.

Points in one square of side eps / √2 are within eps of each other, so squares are joined instead of
points: by their outermost points first, and only doubtful pairs by all their points. No list of all
close pairs is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray


# half of the 24 neighbours within two squares; the other half follows by symmetry
_OFFSETS = ((0, 1), (0, 2), *((1, y) for y in range(-2, 3)), *((2, y) for y in range(-2, 3)))


def gap_chains(
    points: NDArray[np.float64], groups: NDArray[np.intp], eps_m: float
) -> NDArray[np.intp]:
    """Cluster points of one group by steps of at most `eps_m`.

    Args:
        points: Shape (n, 2) [m].
        groups: Shape (n,); points of different groups are never joined.
        eps_m: The largest step.

    Returns:
        The cluster of each point, numbered by first occurrence.
    """
    square, members, starts = _squares(points, groups, eps_m)
    pairs = _neighbours(square[members[starts]])
    held = points[members]
    outer = _outermost(held, starts)
    close = _between_m(outer, pairs) <= eps_m
    label = _components(pairs[close], len(starts))
    apart = label[pairs[:, 0]] != label[pairs[:, 1]]
    doubt = pairs[apart & (_least_m(outer, pairs) <= eps_m)]
    cells = np.split(held, starts[1:])
    touch = np.array([_touch(cells[a], cells[b], eps_m) for a, b in doubt], dtype=bool)
    label = _components(np.concatenate([pairs[close], doubt[touch]]), len(starts))
    of_point = np.empty(len(points), dtype=np.intp)
    of_point[members] = np.repeat(label, np.diff(np.append(starts, len(points))))
    return _renumbered(of_point)


def _squares(
    points: NDArray[np.float64], groups: NDArray[np.intp], eps_m: float
) -> tuple[NDArray[np.int64], NDArray[np.intp], NDArray[np.intp]]:
    """The square (group, column, row) of each point; the points by square; the squares' starts."""
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


def _outermost(points: NDArray[np.float64], starts: NDArray[np.intp]) -> NDArray[np.float64]:
    """The western-, eastern-, southern- and northernmost point of each square: (squares, 4, 2)."""
    ends = np.append(starts[1:], len(points)) - 1
    square = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(points))))
    by_x, by_y = (points[np.lexsort((points[:, axis], square))] for axis in (0, 1))
    return np.stack([by_x[starts], by_x[ends], by_y[starts], by_y[ends]], axis=1)


def _between_m(outer: NDArray[np.float64], pairs: NDArray[np.intp]) -> NDArray[np.float64]:
    """The least distance [m] between the outermost points of two squares."""
    apart = outer[pairs[:, 0], :, None] - outer[pairs[:, 1], None]
    return np.sqrt((apart**2).sum(axis=-1).min(axis=(1, 2)))


def _least_m(outer: NDArray[np.float64], pairs: NDArray[np.intp]) -> NDArray[np.float64]:
    """A lower bound of the distance between points of two squares, by their extents [m]."""
    low, high = outer.min(axis=1), outer.max(axis=1)
    a, b = pairs.T
    between = np.maximum(np.maximum(low[a] - high[b], low[b] - high[a]), 0)
    return np.hypot(*between.T)


def _touch(some: NDArray[np.float64], others: NDArray[np.float64], eps_m: float) -> bool:
    distance_m, _ = cKDTree(some).query(others, k=1)
    return bool(distance_m.min() <= eps_m)


def _components(pairs: NDArray[np.intp], size: int) -> NDArray[np.intp]:
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), pairs.T), shape=(size, size))
    return connected_components(graph, directed=False)[1].astype(np.intp)


def _renumbered(label: NDArray[np.intp]) -> NDArray[np.intp]:
    """The same clusters, numbered in the order of their first points."""
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.intp)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]

"""The nearest of many straight pieces (of pipes, of borders, or single places) to many points.

A quadtree whose every leaf keeps the few pieces that can be nearest to a point in it. Distances
are worked out as GEOS does, operation by operation, so that they are the same doubles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.facts.quadtree import build_quadtree
from gis.facts.segments import segment_distance, segments_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOTHING = -1
_FINEST_M, _DEEPEST = 20.0, 12  # a leaf is not split beyond these [m]
# Fine cells a piece: few where building costs more than asking (a zone's line), many for a network.
_CELLS_A_PIECE, _NETWORK = (4, 64), 10_000
_CHUNK = 32_768  # points at a time: what they need stays in the cache


@dataclass(frozen=True)
class NearestLine:
    """Straight pieces and the tree over them.

    ends     x and y of both ends of each piece, shape (m, 4) [m]
    owner    the line each belongs to, ascending
    leaf     for each finest cell of the square the leaf it lies in
    start, pieces  the pieces of the k-th leaf: pieces[start[k]:start[k + 1]]
    reach_m  distances above this are not looked for [m]
    """

    ends: NDArray[np.float64]
    owner: NDArray[np.intp]
    west: float
    south: float
    side_m: float
    leaf: NDArray[np.int32]
    start: NDArray[np.int64]
    pieces: NDArray[np.int32]
    reach_m: float

    def find(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The nearest line to each point and its distance [m]; NOTHING and inf beyond reach_m.

        Of several at the same distance the first one. x, y: shape (n,) [m], finite.
        """
        piece, distance_m = np.full(len(x), NOTHING, np.intp), np.full(len(x), np.inf)
        inside = np.zeros(len(x), bool)
        for first in range(0, len(x) if len(self.owner) else 0, _CHUNK):
            part = slice(first, first + _CHUNK)
            inside[part] = self._among(x[part], y[part], (piece[part], distance_m[part]))
        if np.isinf(self.reach_m) and len(self.owner) and not inside.all():
            far = np.flatnonzero(~inside)
            piece[far], distance_m[far] = self.far(x[far], y[far])
        near = distance_m <= self.reach_m if np.isfinite(self.reach_m) else piece != NOTHING
        index = np.where(near, self.owner[piece], NOTHING) if len(self.owner) else piece
        return index, np.where(near, distance_m, np.inf)

    def _among(
        self,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        into: tuple[NDArray[np.intp], NDArray[np.float64]],
    ) -> NDArray[np.bool_]:
        """Write the nearest piece and its distance; which points the square holds."""
        size = len(self.leaf)
        with np.errstate(over="ignore", invalid="ignore"):
            column, row = (x - self.west) / self.side_m, (y - self.south) / self.side_m
        inside = (column >= 0) & (column < size) & (row >= 0) & (row < size)
        best, best_m = into
        asked = np.flatnonzero(inside)
        leaf = self.leaf[row[asked].astype(np.intp), column[asked].astype(np.intp)]
        at, last = self.start[leaf], self.start[leaf + 1]
        open_ = at < last
        while open_.any():
            asked, at, last = asked[open_], at[open_], last[open_]
            piece = self.pieces.take(at)
            metres = segment_distance(x.take(asked), y.take(asked), self.ends.take(piece, axis=0))
            nearer = metres < best_m.take(asked)
            best[asked[nearer]], best_m[asked[nearer]] = piece[nearer], metres[nearer]
            at = at + 1
            open_ = at < last
        return inside

    def far(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The nearest piece and its distance however far, by a search tree: for few points."""
        tree = shapely.STRtree(shapely.linestrings(self.ends.reshape(-1, 2, 2)))
        (point, piece), metres = tree.query_nearest(shapely.points(x, y), return_distance=True)
        first = np.full(len(x), len(self.owner), np.intp)
        np.minimum.at(first, point, piece)
        best_m = np.full(len(x), np.inf)
        best_m[point] = metres
        return first, best_m


def build_nearest(
    lines: NDArray, *, bounds: NDArray[np.float64] | None = None, reach_m: float = np.inf
) -> NearestLine:
    """The tree over the straight pieces of `lines` (any geometries; areas by their edges).

    bounds: where most points will be (west, south, east, north) [m]; farther ones cost more.
    reach_m: the distance up to which anything is looked for [m].
    """
    ends, owner = segments_of(lines)
    extent = np.array([0.0, 0.0, 1.0, 1.0])
    if len(ends):
        around_m = reach_m + 1.0 if np.isfinite(reach_m) else 0.0
        extent = shapely.total_bounds(lines) + np.array([-1, -1, 1, 1]) * around_m
        if bounds is not None and np.isfinite(bounds).all():
            extent[:2] = np.minimum(extent[:2], bounds[:2])
            extent[2:] = np.maximum(extent[2:], bounds[2:])
    whole_m = float(max(extent[2] - extent[0], extent[3] - extent[1])) + 1.0
    fine = np.log2(_CELLS_A_PIECE[len(ends) >= _NETWORK] * max(len(ends), 1)) / 2
    depth = int(np.clip(np.ceil(min(fine, np.log2(whole_m / _FINEST_M))), 0, _DEEPEST))
    square = (float(extent[0]), float(extent[1]), whole_m)
    leaf, counts, pieces = build_quadtree(ends, square, depth, reach_m)
    start = np.concatenate([[0], np.cumsum(counts)])
    return NearestLine(ends, owner, *square[:2], whole_m / 2**depth, leaf, start, pieces, reach_m)

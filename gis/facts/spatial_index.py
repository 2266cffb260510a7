"""Spatial index: the polygon a point lies in, the nearest polygon, the nearest line.

Built on shapely and scipy. Coordinates are in the metric project CRS [m]. Several threads may
query one index at once. An index pickles as WKB and is rebuilt where it is read.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
import shapely
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

NOWHERE = -1
Index = TypeVar("Index", "AreaIndex", "LineIndex")
_AREA = 2  # dimensions
_PAIRS = 250_000  # of points and polygons or segments at a time, so that they stay in the CPU cache
_MOST_STRIPS = 1e9
_PIECE_M, _MOST_PIECES = 50.0, 1_000_000
_NEIGHBOURS = 6  # pieces of line looked at first
_ROUNDING = 1e-12  # relative; far above the rounding of coordinates and distances


class _Strips(NamedTuple):
    """Vertical strips. The key of a place is the number of its strip, and a share below 1.

    Neither part decreases with its coordinate, rounding included. All values are in metres.
    """

    west: float
    south: float
    width: float
    height: float

    def number(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The strip of each x, from the west."""
        return np.floor((x - self.west) / self.width)

    def share(self, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """0 in the south to 1/2 in the north."""
        return (y - self.south) / self.height / 2


class AreaIndex:
    """Polygons sorted into vertical strips, each prepared when a point comes near it.

    Args:
        geometries: shape (m,); where polygons overlap, the first one counts. Geometries that are
            missing, empty, or no polygons contain no point.
    """

    def __init__(self, geometries: NDArray) -> None:
        self.geometries = geometries
        self.bounds = shapely.bounds(geometries)
        self._drawn = np.flatnonzero(np.isfinite(self.bounds).all(axis=1))
        self._prepared = np.full(len(geometries), None, dtype=object)
        self._ready = np.zeros(len(geometries), dtype=bool)
        self._lock = Lock()
        self._sort(self._drawn[shapely.get_dimensions(geometries[self._drawn]) == _AREA])

    def _sort(self, areas: NDArray[np.intp]) -> None:
        """Put some polygons into strips: one row for each strip that a polygon meets.

        Strips have the mean width of the polygons, so a polygon has three rows or fewer on average.
        """
        west, south, east, north = self.bounds[areas].T
        first, last = west.min(initial=np.inf), east.max(initial=-np.inf)
        low, high = south.min(initial=np.inf), north.max(initial=-np.inf)
        self._extent = first, low, last, high
        mean_m = float((east - west).mean()) if len(areas) else 0.0
        width_m = max(mean_m, (last - first) / _MOST_STRIPS) or 1.0
        self._strips = strips = _Strips(first, low, width_m, (high - low) or 1.0)
        numbers = strips.number(west)
        count = (strips.number(east) - numbers).astype(np.intp) + 1
        row = np.repeat(np.arange(len(areas)), count)
        number = numbers[row] + _ranges(count)
        self._area = areas[row]
        self._south, self._north = (number + strips.share(y[row]) for y in (south, north))

    def __reduce__(self) -> tuple[Callable[..., AreaIndex], tuple[type, NDArray, NDArray]]:
        return _rebuild, (AreaIndex, *_pack(self.geometries))

    @cached_property
    def boundary(self) -> LineIndex:
        """The edges of the polygons; of lines and points, these themselves."""
        return LineIndex(self.geometries)

    def locate(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.intp]:
        """The first polygon that each point is inside or on the edge of.

        Args:
            x: coordinates [m], shape (n,); NaN for no place.
            y: the same.

        Returns:
            Positions among the geometries, NOWHERE for none.
        """
        found = np.full(len(x), NOWHERE, np.intp)
        west, south, east, north = self._extent
        here = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
        if not len(here):
            return found
        key = self._strips.number(x[here]) + self._strips.share(y[here])
        order = np.argsort(key)
        key, here = key[order], here[order]
        first = np.searchsorted(key, self._south)
        count = np.searchsorted(key, self._north, side="right") - first
        for rows in _chunks(count):
            area = np.repeat(self._area[rows], count[rows])
            point = here[np.repeat(first[rows], count[rows]) + _ranges(count[rows])]
            left, right = self.bounds[area, 0], self.bounds[area, 2]
            maybe = (found[point] == NOWHERE) & (x[point] >= left) & (x[point] <= right)
            area, point = area[maybe], point[maybe]
            inside = self._intersects(area, x[point], y[point])
            found[point[inside][::-1]] = area[inside][::-1]  # the first polygon is written last
        return found

    def nearest(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The first of the nearest polygons to each point.

        Args:
            x: coordinates [m], shape (n,), finite.
            y: the same.

        Returns:
            Positions among the geometries (NOWHERE where there is no geometry) and distances [m]
            (NaN there).
        """
        found, metres = np.full(len(x), NOWHERE, np.intp), np.full(len(x), np.nan)
        if not len(x) or not len(self._boxes):
            return found, metres
        points = shapely.points(x, y)
        some = self.geometries[self._drawn[self._boxes.nearest(points)]]
        most_m = shapely.distance(some, points) * (1 + _ROUNDING)
        point, box = self._boxes.query(points, predicate="dwithin", distance=most_m)
        area = self._drawn[box]
        area_m = shapely.distance(self.geometries[area], points[point])
        order = np.lexsort((area, area_m, point))[::-1]  # what is nearest is written last
        found[point[order]], metres[point[order]] = area[order], area_m[order]
        return found, metres

    def within_bounds(
        self, x: NDArray[np.float64], y: NDArray[np.float64], distance_m: float
    ) -> NDArray[np.bool_]:
        """Whether each point is within a distance of the bounding box of any geometry.

        Args:
            x: coordinates [m], shape (n,), finite.
            y: the same.
            distance_m: the distance [m], itself included.
        """
        near = np.zeros(len(x), dtype=bool)
        points = shapely.points(x, y)
        near[self._boxes.query(points, predicate="dwithin", distance=distance_m)[0]] = True
        return near

    @cached_property
    def _boxes(self) -> shapely.STRtree:
        """The bounding boxes of the geometries that have one."""
        return shapely.STRtree(shapely.box(*self.bounds[self._drawn].T))

    def _intersects(
        self, area: NDArray[np.intp], x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        waiting = area[~self._ready[area]]
        if len(waiting):
            self._prepare(np.unique(waiting))
        return shapely.intersects_xy(self._prepared[area], x, y)

    def _prepare(self, areas: NDArray[np.intp]) -> None:
        """Prepare copies of some polygons, for this index alone.

        GEOS builds the index of a prepared geometry at the second query inside its bounding box.
        That is not thread-safe, so both queries are made here. Later ones only read.
        """
        with self._lock:
            new = areas[~self._ready[areas]]
            copies = shapely.force_2d(self.geometries[new])
            shapely.prepare(copies)
            west, south = self.bounds[new, :2].T
            for _ in range(2):
                shapely.intersects_xy(copies, west, south)
            self._prepared[new] = copies
            self._ready[new] = True


class _Segments(NamedTuple):
    """The straight segments of some geometries, cut into pieces.

    ends     x and y of both ends of each segment, shape (s, 4) [m]; owner: its geometry, ascending
    segment  of each piece; tree: the middles of the pieces
    half_m   half the longest piece [m], rounding included
    """

    ends: NDArray[np.float64]
    owner: NDArray[np.intp]
    segment: NDArray[np.intp]
    tree: cKDTree
    half_m: float


class LineIndex:
    """The nearest of many lines, polygon edges or points, by a k-d tree over pieces of them.

    Args:
        geometries: shape (m,).
    """

    def __init__(self, geometries: NDArray) -> None:
        self.geometries = geometries

    def __reduce__(self) -> tuple[Callable[..., LineIndex], tuple[type, NDArray, NDArray]]:
        return _rebuild, (LineIndex, *_pack(self.geometries))

    def nearest(
        self, x: NDArray[np.float64], y: NDArray[np.float64], reach_m: float = np.inf
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The first of the nearest geometries to each point; a polygon is its edges.

        Args:
            x: coordinates [m], shape (n,); NaN for no place.
            y: the same.
            reach_m: the largest distance looked for [m], itself included.

        Returns:
            Positions among the geometries (NOWHERE beyond reach_m) and distances [m] (inf there),
            the same doubles as GEOS gives.
        """
        index, metres = np.full(len(x), NOWHERE, np.intp), np.full(len(x), np.inf)
        here = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        order = here[np.argsort(x[here])]  # neighbours use the same branches of the tree
        left = [(part, _NEIGHBOURS) for part in _parts(order, _NEIGHBOURS)]
        while left and len(self._segments.owner):
            part, count = left.pop()
            rows, nearest, nearest_m, sure = self._among(x[part], y[part], reach_m, count)
            near = part[rows]
            within = (nearest_m <= reach_m) & np.isfinite(nearest_m)
            index[near] = np.where(within, nearest, NOWHERE)
            metres[near] = np.where(within, nearest_m, np.inf)
            left += [(more, 4 * count) for more in _parts(near[~sure], 4 * count)]
        return index, metres

    def _among(
        self, x: NDArray[np.float64], y: NDArray[np.float64], reach_m: float, count: int
    ) -> tuple[NDArray, NDArray, NDArray, NDArray]:
        """The best of the `count` nearest pieces.

        A segment as near as the best one has a middle not farther than that and half a piece.

        Returns:
            The points that have a piece in reach, the geometry and the distance [m] of each, and
            whether no other geometry can be nearer or as near.
        """
        ends, owner, segment, tree, half_m = self._segments
        neighbours = np.arange(1, min(count, tree.n) + 1)
        most_m = (reach_m + half_m) * (1 + _ROUNDING)
        away_m, piece = tree.query(np.column_stack([x, y]), neighbours, distance_upper_bound=most_m)
        rows = np.flatnonzero(piece[:, 0] < tree.n)
        last_m, piece = away_m[rows, -1], piece[rows]
        candidate = segment[np.minimum(piece, tree.n - 1)]
        metres = segment_distance(x[rows, None], y[rows, None], ends[candidate])
        metres[piece == tree.n] = np.inf
        best_m = metres.min(axis=1)
        first = np.where(metres == best_m[:, None], candidate, len(owner) - 1).min(axis=1)
        sure = np.isinf(last_m) | (last_m > (best_m + half_m) * (1 + _ROUNDING))
        return rows, owner[first], best_m, sure | (len(neighbours) == tree.n)

    @cached_property
    def _segments(self) -> _Segments:
        ends, owner = segments_of(self.geometries)
        ahead = ends[:, 2:] - ends[:, :2]
        length_m = np.hypot(*ahead.T)
        piece_m = max(_PIECE_M, float(length_m.sum()) / _MOST_PIECES)
        parts = np.ceil(length_m / piece_m).clip(1).astype(np.intp)
        segment = np.repeat(np.arange(len(ends)), parts)
        share = (_ranges(parts) + 0.5) / parts[segment]
        middles = ends[segment, :2] + share[:, None] * ahead[segment]
        tree = cKDTree(middles, balanced_tree=False, compact_nodes=False)
        rounding_m = _ROUNDING * float(np.abs(ends).max(initial=1.0))
        half_m = float((length_m / parts).max(initial=0.0)) / 2 + rounding_m
        return _Segments(ends, owner, segment, tree, half_m)


def segments_of(geometries: NDArray) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The straight segments of lines and polygon edges; a point is a segment of no length.

    Args:
        geometries: shape (m,); missing ones have none.

    Returns:
        x and y of both ends of each, shape (s, 4) [m], and the position of its geometry, ascending.
    """
    parts, whole = shapely.get_parts(geometries, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    plain = np.isin(shapely.get_type_id(parts), (0, 1, 2))
    curves, owner = np.append(parts[plain], rings), np.append(whole[plain], whole[part])
    at, curve = shapely.get_coordinates(curves, return_index=True)
    joined = np.flatnonzero(curve[1:] == curve[:-1])
    single = np.flatnonzero(shapely.get_type_id(curves)[curve] == 0)
    start, end = np.append(joined, single), np.append(joined + 1, single)
    owner = owner[curve[start]]
    order = np.argsort(owner, kind="stable")
    return np.hstack([at[start], at[end]])[order], owner[order]


def segment_distance(
    x: NDArray[np.float64], y: NDArray[np.float64], ends: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The distance from points to segments, by the operations of GEOS in their order.

    Args:
        x: coordinates [m].
        y: the same.
        ends: x and y of both ends of each segment, shape (..., 4) [m].

    Returns:
        Distances [m] of the shape that x, y and the segments have together.
    """
    ax, ay, bx, by = (np.ascontiguousarray(ends[..., axis]) for axis in range(4))
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy
    px, py = x - ax, y - ay
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = (px * dx + py * dy) / length2
        aside = np.abs((-py * dx + px * dy) / length2) * np.sqrt(length2)
        beyond = share >= 1.0
        ex, ey = np.where(beyond, x - bx, px), np.where(beyond, y - by, py)
        at_end = np.sqrt(ex * ex + ey * ey)
    return np.where((share > 0.0) & ~beyond, aside, at_end)


def _ranges(counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """0..n-1 for each n of `counts`, one after the other."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


def _chunks(counts: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """The rows that count, in their order, in groups of about _PAIRS together."""
    rows = np.flatnonzero(counts)
    group = np.cumsum(counts[rows]) // _PAIRS
    yield from np.split(rows, np.flatnonzero(np.diff(group)) + 1)


def _parts(points: NDArray[np.intp], count: int) -> list[NDArray[np.intp]]:
    """The points in groups, of which each has `count` neighbours."""
    size = max(_PAIRS // count, 1)
    return [points[first : first + size] for first in range(0, len(points), size)]


def _pack(geometries: NDArray) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The WKB of geometries, one after the other (no bytes: None), and where each ends."""
    packed = [one or b"" for one in shapely.to_wkb(geometries).tolist()]
    ends = np.cumsum([*map(len, packed)], dtype=np.int64)
    return np.frombuffer(b"".join(packed), np.uint8), ends


def _rebuild(kind: type[Index], content: NDArray[np.uint8], ends: NDArray[np.int64]) -> Index:
    whole = content.tobytes()
    packed = [whole[first:last] or None for first, last in pairwise([0, *ends.tolist()])]
    return kind(shapely.from_wkb(np.array(packed, dtype=object)))

"""Noding: turn lines into a graph, joined where they cross, touch, or nearly end on another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TOUCH_M = 0.05  # ASSUME: points nearer than this are the same point (drawing accuracy)


@dataclass(frozen=True)
class NodedLines:
    """Nodes x, y [m], shape (n, 2), and the pieces of lines between them, shape (m,).

    start, end   nodes
    line         the line each piece belongs to, -1 for a joint across a gap
    length_m     length along the line
    geometry     the piece as a LineString
    joints       numbers of the pieces added to close a gap
    spots        the node at each requested point, shape (spots,)
    """

    xy: NDArray[np.float64]
    start: NDArray[np.intp]
    end: NDArray[np.intp]
    line: NDArray[np.intp]
    length_m: NDArray[np.float64]
    geometry: NDArray
    joints: NDArray[np.intp]
    spots: NDArray[np.intp]

    def parts(self) -> NDArray[np.intp]:
        """The connected component of each node."""
        size = len(self.xy)
        graph = coo_array((np.ones(len(self.start)), (self.start, self.end)), shape=(size, size))
        return connected_components(graph, directed=False)[1]


def node_lines(lines: NDArray, snap_m: float, spots: NDArray) -> NodedLines:
    """The graph of `lines`, with a node at the point nearest to each of `spots`.

    An end that touches no other line is joined to the nearest one within `snap_m`.

    Args:
        lines: LineStrings, shape (lines,).
        snap_m: The largest gap that is closed.
        spots: Points that need a node, shape (spots,).
    """
    cuts = _Cuts(lines)
    cuts.add_intersections()
    joints = cuts.joints(snap_m)
    at = cuts.nearest(spots)
    line, start_m, end_m = cuts.pieces()
    geometry = _substrings(lines[line], start_m, end_m)
    first, last = shapely.get_point(geometry, 0), shapely.get_point(geometry, -1)
    ends = np.vstack([shapely.get_coordinates(first), shapely.get_coordinates(last)])
    extra = shapely.get_coordinates(shapely.get_point(joints, 0))
    extra = np.vstack([extra, shapely.get_coordinates(shapely.get_point(joints, -1))])
    label, xy = _merge_points(np.vstack([ends, extra, at]))
    m, j = len(line), len(joints)
    start = np.concatenate([label[:m], label[2 * m : 2 * m + j]])
    end = np.concatenate([label[m : 2 * m], label[2 * m + j : 2 * m + 2 * j]])
    return NodedLines(
        xy=xy,
        start=start,
        end=end,
        line=np.concatenate([line, np.full(j, -1)]),
        length_m=np.concatenate([end_m - start_m, shapely.length(joints)]),
        geometry=np.concatenate([geometry, joints]),
        joints=np.arange(m, m + j),
        spots=label[2 * m + 2 * j :],
    )


class _Cuts:
    """The cuts of each line: (line, metres along it)."""

    def __init__(self, lines: NDArray) -> None:
        self.lines = lines
        self.length_m = shapely.length(lines)
        self.tree = shapely.STRtree(lines)
        every = np.arange(len(lines))
        self.line = [every, every]
        self.metres = [np.zeros(len(lines)), self.length_m]

    def add(self, line: NDArray[np.intp], points: NDArray) -> None:
        """Add cuts at the positions on lines nearest to points."""
        self.line.append(line)
        self.metres.append(shapely.line_locate_point(self.lines[line], points))

    def add_intersections(self) -> None:
        """Add cuts at crossings, touches, and the ends of shared stretches."""
        a, b = self.tree.query(self.lines, predicate="intersects")
        a, b = a[a < b], b[a < b]
        meeting = shapely.intersection(self.lines[a], self.lines[b])
        points, owner = shapely.get_coordinates(meeting, return_index=True)
        spots = shapely.points(points)
        self.add(a[owner], spots)
        self.add(b[owner], spots)

    def joints(self, snap_m: float) -> NDArray:
        """Add cuts where a loose end meets a line; returns the short lines that close the gaps."""
        every = np.arange(len(self.lines))
        ends = np.concatenate([shapely.get_point(self.lines, i) for i in (0, -1)])
        own = np.concatenate([every, every])
        end, line = self.tree.query(ends, predicate="dwithin", distance=max(snap_m, _TOUCH_M))
        end, line = end[line != own[end]], line[line != own[end]]
        metres = shapely.distance(ends[end], self.lines[line])
        touching = metres <= _TOUCH_M
        self.add(line[touching], ends[end[touching]])
        loose = ~np.isin(end, end[touching])
        order = np.lexsort((line[loose], metres[loose], end[loose]))
        chosen = np.flatnonzero(loose)[order]
        chosen = chosen[np.unique(end[chosen], return_index=True)[1]]
        self.add(line[chosen], ends[end[chosen]])
        to = shapely.line_interpolate_point(
            self.lines[line[chosen]],
            shapely.line_locate_point(self.lines[line[chosen]], ends[end[chosen]]),
        )
        pairs = np.stack([shapely.get_coordinates(ends[end[chosen]]), shapely.get_coordinates(to)])
        return shapely.linestrings(pairs.transpose(1, 0, 2))

    def nearest(self, spots: NDArray) -> NDArray[np.float64]:
        """Add cuts nearest to each spot; returns their coordinates, shape (spots, 2)."""
        line = self.tree.nearest(spots) if len(spots) else np.array([], dtype=np.intp)
        metres = shapely.line_locate_point(self.lines[line], spots)
        at = shapely.line_interpolate_point(self.lines[line], metres)
        spot, beside = self.tree.query(at, predicate="dwithin", distance=_TOUCH_M)
        self.add(beside, at[spot])
        return shapely.get_coordinates(at)

    def pieces(self) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
        """The pieces between cuts: line, from and to [m]; none shorter than _TOUCH_M."""
        line, metres = np.concatenate(self.line), np.concatenate(self.metres)
        order = np.lexsort((metres, line))
        line, metres = line[order], metres[order]
        last = metres >= self.length_m[line] - _TOUCH_M
        metres = np.where(last, self.length_m[line], metres)
        kept = np.ones(len(line), dtype=bool)
        before = 0
        for i in range(1, len(line)):
            if line[i] == line[before] and metres[i] - metres[before] < _TOUCH_M:
                kept[i] = False
            else:
                before = i
        line, metres = line[kept], metres[kept]
        same = line[1:] == line[:-1]
        return line[1:][same], metres[:-1][same], metres[1:][same]


def _substrings(lines: NDArray, start_m: NDArray, end_m: NDArray) -> NDArray:
    """The stretch of each line between two positions, with the vertices between."""
    points, owner = shapely.get_coordinates(lines, return_index=True)
    step = np.hypot(*np.diff(points, axis=0).T) * (owner[1:] == owner[:-1])
    along = np.concatenate([[0.0], np.cumsum(step)])
    first = np.searchsorted(owner, np.arange(len(lines)))
    along = along - along[first][owner]
    inside = (along > start_m[owner] + _TOUCH_M) & (along < end_m[owner] - _TOUCH_M)
    every = np.arange(len(lines))
    first_at, last_at = (shapely.line_interpolate_point(lines, m) for m in (start_m, end_m))
    ends = shapely.get_coordinates(first_at), shapely.get_coordinates(last_at)
    owners = np.concatenate([every, owner[inside], every])
    places = np.concatenate([start_m, along[inside], end_m])
    xy = np.vstack([ends[0], points[inside], ends[1]])
    order = np.lexsort((places, owners))
    return shapely.linestrings(xy[order], indices=owners[order])


def _merge_points(points: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The number of each point among the distinct ones, and the coordinates of those."""
    pairs = KDTree(points).query_pairs(2 * _TOUCH_M, output_type="ndarray")
    size = len(points)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    label = connected_components(graph, directed=False)[1]
    first = np.unique(label, return_index=True)[1]
    return label.astype(np.intp), points[first]

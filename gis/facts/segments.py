"""Straight pieces, of pipes, borders or single places, and how far a point is from one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.facts.spatial_index import edges, pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray


def segments_of(lines: NDArray) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Both ends of every straight piece, shape (m, 4) [m], and the line each belongs to.

    Areas give the pieces of their rings, single places pieces without length.
    """
    parts, owner = shapely.get_parts(lines, return_index=True)
    kind = shapely.get_type_id(parts)
    at = shapely.get_coordinates(parts[kind == 0])
    line = (kind == 1) | (kind == 2)
    found = [
        (np.hstack([at, at]), owner[kind == 0]),
        pairs(parts[line], owner[line]),
        edges(lines),
    ]
    ends, whose = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.argsort(whose, kind="stable")
    return ends[order], whose[order]


def segment_distance(
    x: NDArray[np.float64], y: NDArray[np.float64], ends: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The distance of each point to its own piece [m], the operations in the order of GEOS."""
    ax, ay, bx, by = (np.ascontiguousarray(ends[:, axis]) for axis in range(4))
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy
    px, py = x - ax, y - ay
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (px * dx + py * dy) / length2
        aside = np.abs((-py * dx + px * dy) / length2) * np.sqrt(length2)
    beyond = share >= 1.0
    ex, ey = np.where(beyond, x - bx, px), np.where(beyond, y - by, py)
    at_end = np.sqrt(ex * ex + ey * ey)
    return np.where((share > 0.0) & ~beyond, aside, at_end)


def foot(
    x: NDArray[np.float64], y: NDArray[np.float64], ends: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The point of each piece that is nearest to its own x, y.

    What is farther than it at all four corners of a cell is farther all over the cell: the places
    nearer to a point than to a piece make a convex region.
    """
    ax, ay, dx, dy = ends[:, 0], ends[:, 1], ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]
    length2 = dx * dx + dy * dy
    along = np.divide(
        (x - ax) * dx + (y - ay) * dy, length2, out=np.zeros(len(x)), where=length2 > 0
    ).clip(0.0, 1.0)
    return ax + along * dx, ay + along * dy

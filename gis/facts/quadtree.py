"""Squares in squares, each with the few straight pieces that can be nearest to a point in it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gis.facts.cells import ranges
from gis.facts.segments import foot, segment_distance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_FEW = 4  # a leaf with no more pieces is not split
_SLACK_M = 1e-3  # far above any rounding
_CHUNK = 32_768  # pairs at a time: what they need stays in the cache


class _Node(NamedTuple):
    """The cells of one level of the tree: where they lie, and which pieces each may need."""

    column: NDArray[np.int64]
    row: NDArray[np.int64]
    counts: NDArray[np.int64]
    pieces: NDArray[np.int32]


def build_quadtree(
    ends: NDArray[np.float64], square: tuple[float, float, float], depth: int, reach_m: float
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """leaf, counts and pieces of `Nearest`: from the whole square down, level by level."""
    size = 2**depth
    leaf = np.zeros((size, size), np.int32)
    zero = np.zeros(1, np.int64)
    node = _Node(zero, zero, np.array([len(ends)]), np.arange(len(ends), dtype=np.int32))
    done: list[_Node] = []
    leaves = 0
    for level in range(depth + 1):
        cells = (*square[:2], square[2] / 2**level)
        few = [_thinned(part, ends, cells, reach_m) for part in _parts(node)]
        node = _Node(*(np.concatenate(part) for part in zip(*few, strict=True)))
        final = (node.counts <= _FEW) | (level == depth)
        ripe = _chosen(node, final)
        _paint(leaf, ripe, 2 ** (depth - level), leaves)
        leaves += len(ripe.counts)
        done.append(ripe)
        node = _quartered(_chosen(node, ~final))
    counts, pieces = (np.concatenate(part) for part in list(zip(*done, strict=True))[2:])
    return leaf, counts, pieces


def _parts(node: _Node) -> Iterator[_Node]:
    """The cells in groups with so few pairs that what they need stays in the cache."""
    ends = np.cumsum(node.counts)
    total = int(ends[-1]) if len(ends) else 0
    cuts = np.unique(np.searchsorted(ends, np.arange(0, total, _CHUNK), side="right"))
    edges = np.unique(np.concatenate([[0], cuts, [len(ends)]])).tolist()
    for first, last in pairwise(edges):
        begin, end = (int(ends[at - 1]) if at else 0 for at in (first, last))
        cells = slice(first, last)
        yield _Node(node.column[cells], node.row[cells], node.counts[cells], node.pieces[begin:end])
    if not len(ends):
        yield node


def _thinned(
    node: _Node, ends: NDArray[np.float64], cells: tuple[float, float, float], reach_m: float
) -> _Node:
    """Each cell with the pieces alone that may be nearest to, and in reach of, a point in it."""
    if not len(node.pieces):
        return node
    west, south, side_m = cells
    x = (west + (node.column + 0.5) * side_m).astype(np.float64)
    y = (south + (node.row + 0.5) * side_m).astype(np.float64)
    cell = np.repeat(np.arange(len(node.counts)), node.counts)
    metres = segment_distance(x[cell], y[cell], ends[node.pieces])
    closest = np.zeros(len(node.counts), np.int64)
    least_m = np.full(len(node.counts), np.inf)
    some = node.counts > 0
    start = np.cumsum(node.counts) - node.counts
    least_m[some] = np.minimum.reduceat(metres, start[some]) if some.any() else np.inf
    least = np.flatnonzero(metres == least_m[cell])
    closest[cell[least]] = node.pieces[least]
    half_m = side_m / np.sqrt(2) + _SLACK_M  # from the middle of a cell to its corner
    kept = np.flatnonzero(metres <= np.minimum(least_m + 2 * half_m, reach_m + half_m)[cell])
    cell, pieces = cell[kept], node.pieces[kept]
    pivot_x, pivot_y = foot(x, y, ends[closest])
    beats = np.zeros(len(kept), bool)
    for right, up in ((-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5)):
        corner_x, corner_y = x + right * side_m, y + up * side_m
        pivot_m = np.hypot(corner_x - pivot_x, corner_y - pivot_y) + _SLACK_M
        beats |= segment_distance(corner_x[cell], corner_y[cell], ends[pieces]) <= pivot_m[cell]
    counts = np.bincount(cell[beats], minlength=len(node.counts))
    return node._replace(counts=counts, pieces=pieces[beats])


def _chosen(node: _Node, which: NDArray[np.bool_]) -> _Node:
    pieces = node.pieces[np.repeat(which, node.counts)]
    return _Node(node.column[which], node.row[which], node.counts[which], pieces)


def _quartered(node: _Node) -> _Node:
    """The four quarters of each cell, each with all the pieces of the whole."""
    quarter = np.tile(np.arange(4), len(node.counts))
    whole = np.repeat(np.arange(len(node.counts)), 4)
    start = np.cumsum(node.counts) - node.counts
    counts = node.counts[whole]
    at = np.repeat(start[whole], counts) + ranges(counts)
    column, row = 2 * node.column[whole] + quarter % 2, 2 * node.row[whole] + quarter // 2
    return _Node(column, row, counts, node.pieces[at])


def _paint(leaf: NDArray[np.int32], node: _Node, side: int, first: int) -> None:
    """Number the leaves from `first` in the finest cells they cover, side x side each."""
    blocks = leaf.reshape(len(leaf) // side, side, len(leaf) // side, side)
    number = first + np.arange(len(node.counts), dtype=np.int32)
    blocks[node.row, :, node.column, :] = number[:, None, None]

"""Areas over a grid of cells: which of them a point stands in, as the geometry itself says.

A cell that no edge crosses lies wholly inside an area or wholly outside it: its points need no
test. A point in a crossed cell is put to the exact predicate, area by area in their order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.facts.cells import IndexGrid, ranges
from gis.facts.shapes import Shapes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

NOWHERE = -1
_CELLS_AN_AREA, _CELLS_A_VERTEX, _LEAST, _MOST = 400, 12, 4_096, 16_000_000
_CHUNK = 200_000
_STEP = 0.9  # an edge is followed in steps shorter than a cell
_SLACK = 1e-6  # cells an edge is taken to be wider by, against rounding
_GROWN_BY = 2  # questions: GEOS walks the border at the first, grows its tree at the second


@dataclass(frozen=True)
class AreaIndex:
    """The cells of some areas.

    content  for each cell: the area its points are in, NOWHERE for none, or -2 - k where the k-th
             crossed cell must be looked at
    start, candidates  the areas whose edges cross the k-th: candidates[start[k]:start[k + 1]]
    sure     the area that is wholly around the k-th (NOWHERE for none), behind its candidates
    """

    grid: IndexGrid
    content: NDArray[np.int32]
    start: NDArray[np.int64]
    candidates: NDArray[np.int32]
    sure: NDArray[np.int32]
    exact: ExactTest = field(repr=False)

    def locate(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.intp]:
        """The position of the first area each point is in or on the edge of, NOWHERE for none.

        x, y: shape (n,) [m], finite.
        """
        cell = self.grid.cell(x, y)
        found = self.content[cell].astype(np.intp)
        found[cell < 0] = NOWHERE
        asked = np.flatnonzero(found < NOWHERE)
        crossed = -2 - found[asked]
        found[asked] = self.sure[crossed]
        at, last = self.start[crossed], self.start[crossed + 1]
        while len(asked):
            area = self.candidates[at].astype(np.intp)
            inside = self.exact.inside(area, x[asked], y[asked])
            found[asked[inside]] = area[inside]
            more = ~inside & (at + 1 < last)
            asked, at, last = asked[more], at[more] + 1, last[more]
        return found


class ExactTest:
    """The exact predicate, asked for many points of many areas at once, from any thread."""

    def __init__(self, areas: Shapes) -> None:
        self.areas = areas
        self._ready = np.zeros(len(areas), bool)
        self._lock = Lock()

    def __reduce__(self) -> tuple[Callable[[Shapes], ExactTest], tuple[Shapes]]:
        return ExactTest, (self.areas,)

    def inside(
        self, area: NDArray[np.intp], x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Whether each point is in, or on the edge of, the area at its position."""
        waiting = area[~self._ready[area]]
        if len(waiting):
            self._prepare(np.unique(waiting))
        order = np.argsort(area)  # what one area needs stays in the cache
        inside = np.empty(len(area), bool)
        inside[order] = shapely.intersects_xy(self.areas.of(area[order]), x[order], y[order])
        return inside

    def _prepare(self, numbers: NDArray[np.intp]) -> None:
        """Grow the areas' search trees: growing one is not safe in two threads, using it is."""
        with self._lock:
            areas = self.areas.of(numbers[~self._ready[numbers]])
            shapely.prepare(areas)
            west, south, east, north = shapely.bounds(areas).T
            for _ in range(_GROWN_BY):
                shapely.intersects_xy(areas, (west + east) / 2, (south + north) / 2)
            self._ready[numbers] = True


def build_area_index(areas: NDArray) -> AreaIndex:
    """The cells of `areas` (polygons, shape (m,), the one that counts where they overlap first)."""
    vertices = int(shapely.get_num_coordinates(areas).sum())
    wanted = max(_CELLS_AN_AREA * len(areas), _CELLS_A_VERTEX * vertices)
    bounds = shapely.total_bounds(areas) if vertices else np.zeros(4)
    grid = IndexGrid.over(bounds, min(max(wanted, _LEAST), _MOST))
    owner, cell, odd = _crossed(grid, areas)
    content = np.full(grid.columns * grid.rows, NOWHERE, np.int32)
    _fill(content, grid, (owner, cell, odd))
    keys = np.sort(cell * len(areas) + owner)
    cell, owner = np.divmod(keys, max(len(areas), 1))
    whole = content[cell]
    open_ = (whole == NOWHERE) | (owner < whole)
    cell, owner = cell[open_], owner[open_].astype(np.int32)
    first = np.flatnonzero(np.diff(cell, prepend=-1))
    crossed = cell[first]
    sure = content[crossed].copy()
    content[crossed] = -2 - np.arange(len(crossed), dtype=np.int32)
    return AreaIndex(
        grid, content, np.append(first, len(cell)), owner, sure, ExactTest(Shapes(areas))
    )


def edges(areas: NDArray) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The edges of the areas' rings as (n, 4) [m], x and y of both ends, and whose they are."""
    parts, owner = shapely.get_parts(areas, return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    return pairs(rings, owner[part_of])


def pairs(lines: NDArray, owner: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The straight pieces of `lines` (or rings) as (n, 4) [m] and the owner of each."""
    coordinates, index = shapely.get_coordinates(lines, return_index=True)
    joined = index[1:] == index[:-1]
    ends = np.hstack([coordinates[:-1][joined], coordinates[1:][joined]])
    return ends, owner[index[:-1][joined]]


def _crossed(
    grid: IndexGrid, areas: NDArray
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """The cells each area's edges cross: area, cell, ascending, each pair once.

    And for each pair whether the edges cross the middle line of the cell's row an odd number of
    times in it.
    """
    ends, owner = edges(areas)
    size = grid.columns * grid.rows
    cuts = np.unique(np.searchsorted(owner, owner[::_CHUNK])).tolist() or [0]
    found = [
        _steps(grid, ends[first:last], owner[first:last].astype(np.int64) * size)
        for first, last in zip(cuts, [*cuts[1:], len(owner)], strict=True)
    ]
    keys, odd = (np.concatenate(part) for part in zip(*found, strict=True))
    return *np.divmod(keys, size), odd


def _steps(
    grid: IndexGrid, ends: NDArray[np.float64], base: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The cells some edges cross, as base + cell, ascending, and the parity of `_crossed`."""
    start, way = ends[:, :2], ends[:, 2:] - ends[:, :2]
    steps = np.ceil(np.abs(way).max(axis=1) / (_STEP * grid.side_m)).astype(np.int64).clip(min=1)
    edge, along = np.repeat(np.arange(len(ends)), steps), ranges(steps)
    here = start[edge] + way[edge] * (along / steps[edge])[:, None]
    there = np.empty_like(here)
    there[:-1] = here[1:]
    lasts = np.cumsum(steps) - 1
    there[lasts] = ends[:, 2:]  # to the bit: the next edge begins there
    slack_m = _SLACK * grid.side_m
    low, high = np.minimum(here, there), np.maximum(here, there)
    west, east = grid.column(low[:, 0] - slack_m), grid.column(high[:, 0] + slack_m)
    south, north = grid.row(low[:, 1] - slack_m), grid.row(high[:, 1] + slack_m)
    base = base[edge]
    first = base + south * grid.columns + west
    wide, tall = west < east, (south < north) * grid.columns
    beside, above = np.flatnonzero(wide), np.flatnonzero(tall)
    across = above[wide[above]]
    corners = first, first[beside] + 1, (first + tall)[above], (first + tall)[across] + 1
    keys = np.sort(np.concatenate(corners))
    keys = keys[np.diff(keys, prepend=-1) > 0]
    half_m = grid.side_m / 2
    middle = grid.row(high[:, 1] - half_m)
    over = middle > grid.row(low[:, 1] - half_m)
    at = np.searchsorted(keys, (base + middle * grid.columns + west)[over])
    return keys, np.bincount(at, minlength=len(keys)) % 2 == 1


def _fill(
    content: NDArray[np.int32],
    grid: IndexGrid,
    crossed: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]],
) -> None:
    """Write the first area that is wholly around each cell: runs between crossed cells of a row.

    A run is inside where the row's middle line has met the edges an odd number of times.
    """
    owner, cell, odd = crossed
    row = cell // grid.columns
    beside = (owner[1:] == owner[:-1]) & (row[1:] == row[:-1])
    inside = np.cumsum(odd)[:-1] % 2 == 1
    gap = np.flatnonzero(beside & inside & (np.diff(cell) > 1))
    counts = cell[gap + 1] - cell[gap] - 1
    cells = np.repeat(cell[gap] + 1, counts) + ranges(counts)
    content[cells[::-1]] = np.repeat(owner[gap], counts)[::-1]  # the first area is written last

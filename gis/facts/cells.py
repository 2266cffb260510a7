"""A uniform grid of square cells over an extent: which cell a point stands in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


_FINEST_M = 0.01  # far above the rounding of coordinates in the millions


@dataclass(frozen=True)
class IndexGrid:
    """`columns` x `rows` cells of `side_m` [m], the first one's corner at west, south [m]."""

    west: float
    south: float
    side_m: float
    columns: int
    rows: int

    @classmethod
    def over(cls, bounds: NDArray[np.float64], cells: int) -> IndexGrid:
        """About `cells` cells over bounds (west, south, east, north) [m]."""
        west, south, east, north = (float(edge) for edge in bounds)
        width_m, height_m = max(east - west, 1.0), max(north - south, 1.0)
        even_m = float(np.sqrt(width_m * height_m / cells))
        side_m = max(even_m, max(width_m, height_m) / cells, _FINEST_M)
        columns, rows = int(width_m / side_m) + 3, int(height_m / side_m) + 3
        return cls(west - side_m, south - side_m, side_m, columns, rows)

    def column(self, x: NDArray[np.float64]) -> NDArray[np.int64]:
        """The column each x falls in; it never decreases with x, rounding included."""
        return np.floor((x - self.west) / self.side_m).astype(np.int64)

    def row(self, y: NDArray[np.float64]) -> NDArray[np.int64]:
        """The row each y falls in; it never decreases with y, rounding included."""
        return np.floor((y - self.south) / self.side_m).astype(np.int64)

    def cell(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        """The cell each point stands in, -1 off the grid; x and y are finite."""
        with np.errstate(over="ignore", invalid="ignore"):
            column, row = (x - self.west) / self.side_m, (y - self.south) / self.side_m
            inside = (column >= 0) & (column < self.columns) & (row >= 0) & (row < self.rows)
            number = np.floor(row) * self.columns + np.floor(column)
            return np.where(inside, number, -1.0).astype(np.int64)


def ranges(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """0..n-1 for each n of `counts`, one after the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - counts, counts)

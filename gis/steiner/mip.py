"""The problem as a mixed-integer linear programme.

Columns: z (arc used), r (kW it delivers), x (load connected), t (node reached), and where needed
q (link upsized), e (kW beyond its capacity), g (heat surplus an arc hands on, MWh/a).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import highspy
import numpy as np
from scipy.sparse import coo_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.steiner.graph import Arcs

    Ints = NDArray[np.intp]
    Floats = NDArray[np.float64]


class MipColumns:
    """Where each kind of variable stands."""

    def __init__(self, arcs: Arcs) -> None:
        both = 2 * arcs.links
        self.limited = np.flatnonzero(np.isfinite(arcs.capacity_kw))
        self.upsizable = np.flatnonzero(np.isfinite(arcs.upsize_fixed))
        sizes = [both, both, len(arcs.at), arcs.nodes, len(self.upsizable), len(self.upsizable)]
        sizes.append(both if arcs.density_mwh_per_m else 0)
        ends = np.cumsum([0, *sizes])
        spans = [np.arange(a, b) for a, b in pairwise(ends.tolist())]
        self.z, self.r, self.x, self.t, self.q, self.e, self.g = spans
        self.count = int(ends[-1])

    @property
    def whole(self) -> Ints:
        """The columns that must be whole numbers."""
        return np.concatenate([self.z, self.x, self.q])


@dataclass
class MipRows:
    """Rows under construction: lower <= sum(value x column) <= upper."""

    row: list[Ints] = field(default_factory=list)
    column: list[Ints] = field(default_factory=list)
    value: list[Floats] = field(default_factory=list)
    lower: list[Floats] = field(default_factory=list)
    upper: list[Floats] = field(default_factory=list)
    count: int = 0

    def open(self, number: int, lower: float, upper: float) -> int:
        """Room for `number` rows; the first one's place."""
        first = self.count
        self.lower.append(np.full(number, lower))
        self.upper.append(np.full(number, upper))
        self.count += number
        return first

    def add(self, row: Ints, column: Ints, value: Floats | float) -> None:
        """Entries of rows."""
        self.row.append(row)
        self.column.append(column)
        self.value.append(np.broadcast_to(np.asarray(value, dtype=float), row.shape))


def formulate(arcs: Arcs) -> tuple[highspy.HighsLp, MipColumns]:
    """The linear programme; the caller makes `columns.whole` whole."""
    columns, rows = MipColumns(arcs), MipRows()
    _balance(arcs, columns, rows)
    _reach(arcs, columns, rows)
    _limits(arcs, columns, rows)
    if arcs.density_mwh_per_m:
        _density(arcs, columns, rows)
    return _programme(arcs, columns, rows), columns


def _balance(arcs: Arcs, c: MipColumns, rows: MipRows) -> None:
    """What arrives at a node is what its loads take and what is sent on; nothing along unused."""
    first = rows.open(arcs.nodes, 0.0, 0.0)
    rows.lower[-1][0], rows.upper[-1][0] = -np.inf, np.inf
    rows.add(first + arcs.head, c.r, 1.0)
    rows.add(first + arcs.tail, c.r, -arcs.growth)
    rows.add(first + arcs.tail, c.z, -arcs.standing)
    rows.add(first + arcs.at, c.x, -arcs.kw)
    every = np.arange(len(c.z))
    first = rows.open(len(every), -np.inf, 0.0)
    rows.add(first + every, c.r, 1.0)
    rows.add(first + every, c.z, -arcs.most_kw)


def _reach(arcs: Arcs, c: MipColumns, rows: MipRows) -> None:
    """A node is reached along one arc; a load and any link in use need their nodes reached."""
    first = rows.open(arcs.nodes, 0.0, 0.0)
    rows.lower[-1][0] = -1.0
    rows.add(first + arcs.head, c.z, 1.0)
    rows.add(first + np.arange(arcs.nodes), c.t, -1.0)
    every = np.arange(len(c.x))
    first = rows.open(len(every), -np.inf, 0.0)
    rows.add(first + every, c.x, 1.0)
    rows.add(first + every, c.t[arcs.at], -1.0)
    link = np.arange(arcs.links)
    for end in (arcs.head[: arcs.links], arcs.tail[: arcs.links]):
        first = rows.open(arcs.links, -np.inf, 0.0)
        rows.add(first + link, c.z[: arcs.links], 1.0)
        rows.add(first + link, c.z[arcs.links :], 1.0)
        rows.add(first + link, c.t[end], -1.0)


def _limits(arcs: Arcs, c: MipColumns, rows: MipRows) -> None:
    """What is sent keeps within capacity, or the link is upsized."""
    links = c.limited
    first = rows.open(len(links), -np.inf, 0.0)
    here = first + np.arange(len(links))
    for arc in (links, links + arcs.links):
        rows.add(here, c.r[arc], arcs.growth[arc])
        used = arcs.standing[arc] + arcs.once_kw - arcs.capacity_kw[links]
        rows.add(here, c.z[arc], used)
    upsized = c.upsizable
    rows.add(first + np.searchsorted(links, upsized), c.e, -1.0)
    every = np.arange(len(upsized))
    first = rows.open(len(upsized), -np.inf, 0.0)
    rows.add(first + every, c.e, 1.0)
    rows.add(first + every, c.q, -_most_beyond(arcs, upsized))
    first = rows.open(len(upsized), -np.inf, 0.0)
    rows.add(first + every, c.q, 1.0)
    rows.add(first + every, c.z[upsized], -1.0)
    rows.add(first + every, c.z[upsized + arcs.links], -1.0)


def _most_beyond(arcs: Arcs, links: Ints) -> Floats:
    """More than can ever be sent along links beyond their capacity [kW]."""
    sent = arcs.most_kw * arcs.growth + arcs.standing + arcs.once_kw
    most = np.maximum(sent[links], sent[links + arcs.links])
    return np.maximum(most - arcs.capacity_kw[links], 0.0)


def _density(arcs: Arcs, c: MipColumns, rows: MipRows) -> None:
    """Behind every arc in use is at least as much heat as its own and later pipe asks for."""
    first = rows.open(arcs.nodes, 0.0, 0.0)
    rows.lower[-1][0], rows.upper[-1][0] = -np.inf, np.inf
    asked = arcs.density_mwh_per_m * np.tile(arcs.length_m, 2)
    rows.add(first + arcs.head, c.g, 1.0)
    rows.add(first + arcs.head, c.z, asked)
    rows.add(first + arcs.tail, c.g, -1.0)
    rows.add(first + arcs.at, c.x, -arcs.surplus_mwh)
    every = np.arange(len(c.z))
    first = rows.open(len(every), -np.inf, 0.0)
    rows.add(first + every, c.g, 1.0)
    rows.add(first + every, c.z, -_most_surplus(arcs))


def _most_surplus(arcs: Arcs) -> float:
    return float(np.maximum(arcs.surplus_mwh, 0.0).sum())


def _programme(arcs: Arcs, c: MipColumns, rows: MipRows) -> highspy.HighsLp:
    cost, lower, upper = np.zeros(c.count), np.zeros(c.count), np.ones(c.count)
    cost[c.z], cost[c.r], cost[c.x] = arcs.fixed, arcs.slope, arcs.cost
    cost[c.q], cost[c.e] = arcs.upsize_fixed[c.upsizable], arcs.upsize_slope[c.upsizable]
    lower[c.x] = arcs.must
    lower[c.t[0]] = 1.0
    upper[c.z], upper[c.r] = arcs.open, arcs.most_kw * arcs.open
    upper[c.e] = _most_beyond(arcs, c.upsizable)
    upper[c.g] = _most_surplus(arcs)
    cells = (np.concatenate(rows.row), np.concatenate(rows.column))
    table = coo_array((np.concatenate(rows.value), cells), shape=(rows.count, c.count)).tocsr()
    table.eliminate_zeros()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = c.count, rows.count
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, lower, upper
    lp.row_lower_, lp.row_upper_ = np.concatenate(rows.lower), np.concatenate(rows.upper)
    lp.offset_ = arcs.base_cny_a
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = table.indptr, table.indices
    lp.a_matrix_.value_ = table.data
    return lp

"""The problem as a mixed-integer linear programme.

Columns: z (arc used), r (kW it delivers), x (load connected), t (node reached), and where needed
q (link upsized), e (kW above its capacity), g (heat surplus handed upstream by an arc, MWh/a).
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
    """The column numbers of each kind of variable."""

    def __init__(self, arcs: Arcs) -> None:
        both = 2 * arcs.links
        self.limited = np.flatnonzero(np.isfinite(arcs.capacity_kw))
        self.upsizable = np.flatnonzero(np.isfinite(arcs.upsize_fixed))
        sizes = [
            both,
            both,
            len(arcs.load_node),
            arcs.nodes,
            len(self.upsizable),
            len(self.upsizable),
        ]
        sizes.append(both if arcs.density_mwh_per_m else 0)
        ends = np.cumsum([0, *sizes])
        spans = [np.arange(a, b) for a, b in pairwise(ends.tolist())]
        self.z, self.r, self.x, self.t, self.q, self.e, self.g = spans
        self.count = int(ends[-1])

    @property
    def whole(self) -> Ints:
        """The columns of integer variables."""
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

    def append(self, number: int, lower: float, upper: float) -> int:
        """Append `number` empty rows; returns the number of the first."""
        first = self.count
        self.lower.append(np.full(number, lower))
        self.upper.append(np.full(number, upper))
        self.count += number
        return first

    def add(self, row: Ints, column: Ints, value: Floats | float) -> None:
        """Add coefficients: one value, or one per entry."""
        self.row.append(row)
        self.column.append(column)
        self.value.append(np.broadcast_to(np.asarray(value, dtype=float), row.shape))


def formulate(arcs: Arcs) -> tuple[highspy.HighsLp, MipColumns]:
    """Build the linear relaxation; the caller makes `columns.whole` integer."""
    columns, rows = MipColumns(arcs), MipRows()
    _balance_rows(arcs, columns, rows)
    _reach_rows(arcs, columns, rows)
    _capacity_rows(arcs, columns, rows)
    if arcs.density_mwh_per_m:
        _density_rows(arcs, columns, rows)
    return _programme(arcs, columns, rows), columns


def _balance_rows(arcs: Arcs, c: MipColumns, rows: MipRows) -> None:
    """Flow balance at each node, and no flow along unused arcs."""
    first = rows.append(arcs.nodes, 0.0, 0.0)
    rows.lower[-1][0], rows.upper[-1][0] = -np.inf, np.inf
    rows.add(first + arcs.head, c.r, 1.0)
    rows.add(first + arcs.tail, c.r, -arcs.loss_factor)
    rows.add(first + arcs.tail, c.z, -arcs.fixed_loss)
    rows.add(first + arcs.load_node, c.x, -arcs.kw)
    every = np.arange(len(c.z))
    first = rows.append(len(every), -np.inf, 0.0)
    rows.add(first + every, c.r, 1.0)
    rows.add(first + every, c.z, -arcs.most_kw)


def _reach_rows(arcs: Arcs, c: MipColumns, rows: MipRows) -> None:
    """One arc into each reached node; a load or a link in use needs its nodes reached."""
    first = rows.append(arcs.nodes, 0.0, 0.0)
    rows.lower[-1][0] = -1.0
    rows.add(first + arcs.head, c.z, 1.0)
    rows.add(first + np.arange(arcs.nodes), c.t, -1.0)
    every = np.arange(len(c.x))
    first = rows.append(len(every), -np.inf, 0.0)
    rows.add(first + every, c.x, 1.0)
    rows.add(first + every, c.t[arcs.load_node], -1.0)
    link = np.arange(arcs.links)
    for end in (arcs.head[: arcs.links], arcs.tail[: arcs.links]):
        first = rows.append(arcs.links, -np.inf, 0.0)
        rows.add(first + link, c.z[: arcs.links], 1.0)
        rows.add(first + link, c.z[arcs.links :], 1.0)
        rows.add(first + link, c.t[end], -1.0)


def _capacity_rows(arcs: Arcs, c: MipColumns, rows: MipRows) -> None:
    """The flow sent is within capacity, or the link is upsized."""
    links = c.limited
    first = rows.append(len(links), -np.inf, 0.0)
    here = first + np.arange(len(links))
    for arc in (links, links + arcs.links):
        rows.add(here, c.r[arc], arcs.loss_factor[arc])
        used = arcs.fixed_loss[arc] + arcs.once_kw - arcs.capacity_kw[links]
        rows.add(here, c.z[arc], used)
    upsized = c.upsizable
    rows.add(first + np.searchsorted(links, upsized), c.e, -1.0)
    every = np.arange(len(upsized))
    first = rows.append(len(upsized), -np.inf, 0.0)
    rows.add(first + every, c.e, 1.0)
    rows.add(first + every, c.q, -_max_excess_kw(arcs, upsized))
    first = rows.append(len(upsized), -np.inf, 0.0)
    rows.add(first + every, c.q, 1.0)
    rows.add(first + every, c.z[upsized], -1.0)
    rows.add(first + every, c.z[upsized + arcs.links], -1.0)


def _max_excess_kw(arcs: Arcs, links: Ints) -> Floats:
    """Upper bound on the flow above each link's capacity [kW]."""
    sent = arcs.most_kw * arcs.loss_factor + arcs.fixed_loss + arcs.once_kw
    most = np.maximum(sent[links], sent[links + arcs.links])
    return np.maximum(most - arcs.capacity_kw[links], 0.0)


def _density_rows(arcs: Arcs, c: MipColumns, rows: MipRows) -> None:
    """Downstream of each arc in use, heat is at least the minimum density x the pipe."""
    first = rows.append(arcs.nodes, 0.0, 0.0)
    rows.lower[-1][0], rows.upper[-1][0] = -np.inf, np.inf
    required_mwh = arcs.density_mwh_per_m * np.tile(arcs.length_m, 2)
    rows.add(first + arcs.head, c.g, 1.0)
    rows.add(first + arcs.head, c.z, required_mwh)
    rows.add(first + arcs.tail, c.g, -1.0)
    rows.add(first + arcs.load_node, c.x, -arcs.surplus_mwh)
    every = np.arange(len(c.z))
    first = rows.append(len(every), -np.inf, 0.0)
    rows.add(first + every, c.g, 1.0)
    rows.add(first + every, c.z, -_max_surplus_mwh(arcs))


def _max_surplus_mwh(arcs: Arcs) -> float:
    return float(np.maximum(arcs.surplus_mwh, 0.0).sum())


def _programme(arcs: Arcs, c: MipColumns, rows: MipRows) -> highspy.HighsLp:
    cost, lower, upper = np.zeros(c.count), np.zeros(c.count), np.ones(c.count)
    cost[c.z], cost[c.r], cost[c.x] = arcs.fixed, arcs.slope, arcs.cost
    cost[c.q], cost[c.e] = arcs.upsize_fixed[c.upsizable], arcs.upsize_slope[c.upsizable]
    lower[c.x] = arcs.must
    lower[c.t[0]] = 1.0
    upper[c.z], upper[c.r] = arcs.open, arcs.most_kw * arcs.open
    upper[c.e] = _max_excess_kw(arcs, c.upsizable)
    upper[c.g] = _max_surplus_mwh(arcs)
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

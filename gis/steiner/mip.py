"""The problem as a mixed-integer linear programme, and its cutting planes.

Columns: z (arc used), r (kW it delivers), x (load connected), t (node reached), and where needed
q (link upsized), e (kW above its capacity), g (heat surplus handed upstream by an arc, MWh/a).

A cut is an inequality that every network satisfies and a fractional point violates:

reach   if a node inside a set is reached, an arc enters the set
inflow  the flow that an arc brings into a set is at most the demand there, times its use, plus
        the flow that leaves the set
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import highspy
import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.steiner.arcs import Arcs

    Ints = NDArray[np.intp]
    Floats = NDArray[np.float64]

_UNIT = 1_000_000  # integer units per 1, because maximum_flow takes integer capacities
_LARGE = 2**30
_TOLERANCE = 1e-3
_MOST_FLOWS = 500  # arcs that `inflow_cuts` tries, largest flow first


class MipColumns:
    """The column numbers of each kind of variable."""

    def __init__(self, arcs: Arcs) -> None:
        both = 2 * arcs.links
        self.limited = np.flatnonzero(np.isfinite(arcs.capacity_kw))
        self.upsizable = np.flatnonzero(np.isfinite(arcs.upsize_fixed))
        wider, surplus = len(self.upsizable), both if arcs.density_mwh_per_m else 0
        sizes = [both, both, len(arcs.load_node), arcs.nodes, wider, wider, surplus]
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


class Cut(NamedTuple):
    """sum(value x column) <= upper."""

    column: NDArray[np.int32]
    value: NDArray[np.float64]
    upper: float


def reach_cuts(arcs: Arcs, c: MipColumns, x: NDArray[np.float64]) -> list[Cut]:
    """Cuts for nodes reached more than arcs lead to them, by maximum flow, most reached first.

    Args:
        arcs: The graph.
        c: The columns of the linear programme.
        x: The point to separate, shape (columns,).
    """
    used, reached = x[c.z], x[c.t]
    # One extra unit per arc: of cuts of equal capacity, the one with the fewest arcs is smallest.
    whole = np.round(np.maximum(used, 0) * _UNIT).astype(np.int32) + 1
    open_ = np.flatnonzero(arcs.open)
    network = _flow_network(arcs.nodes, arcs.tail[open_], arcs.head[open_], whole[open_])
    found, covered = [], np.zeros(arcs.nodes, dtype=bool)
    for node in np.argsort(-reached, kind="stable"):
        if reached[node] < _TOLERANCE or node == 0 or covered[node]:
            continue
        flow = maximum_flow(network, 0, int(node))
        if flow.flow_value / _UNIT > reached[node] - _TOLERANCE:
            continue
        inside = _upstream_of(network - flow.flow, int(node), arcs.nodes)
        into = open_[inside[arcs.head[open_]] & ~inside[arcs.tail[open_]]]
        if used[into].sum() < reached[node] - _TOLERANCE / 2:
            column = np.append(c.z[into], c.t[node]).astype(np.int32)
            found.append(Cut(column, np.append(-np.ones(len(into)), 1.0), 0.0))
            covered |= inside
    return found


def inflow_cuts(arcs: Arcs, c: MipColumns, x: NDArray[np.float64]) -> list[Cut]:
    """Cuts for arcs and upsized pipes that deliver more than their fractional use allows.

    Args:
        arcs: The graph.
        c: The columns of the linear programme.
        x: The point to separate, shape (columns,).
    """
    r = x[c.r]
    unit_kw = max(float(r.max(initial=0.0)), 1e-9) / _LARGE * 8
    demand_sets = _LeastDemandSets(arcs, r, unit_kw)
    found = []
    for one in _fractional_flows(arcs, c, x)[:_MOST_FLOWS]:
        inside = demand_sets.find(one.arc, one.used, one.kw)
        if inside is None:
            continue
        cut = _inflow_cut(arcs, c, one, inside)
        if (cut.value * x[cut.column]).sum() > _TOLERANCE * one.kw:
            found.append(cut)
    return found


class _FractionalFlow(NamedTuple):
    """The flow along an arc or along an upsized pipe, and the fraction of it in use.

    columns   of the flow and of the use
    beyond    the flow is only the part above the existing pipe's capacity
    """

    arc: int
    kw: float
    used: float
    columns: tuple[int, int]
    beyond: bool = False


def _fractional_flows(arcs: Arcs, c: MipColumns, x: NDArray[np.float64]) -> list[_FractionalFlow]:
    """All arcs and upsized pipes in fractional use, largest flow first."""
    z, r, q, e = x[c.z], x[c.r], x[c.q], x[c.e]
    found = [
        _FractionalFlow(arc, float(r[arc]), float(z[arc]), (int(c.r[arc]), int(c.z[arc])))
        for arc in np.flatnonzero((z < 1 - 1e-4) & (r > _TOLERANCE)).tolist()
    ]
    for k in np.flatnonzero((q < 1 - 1e-4) & (e > _TOLERANCE)).tolist():
        link = int(c.upsizable[k])
        arc = link if r[link] >= r[link + arcs.links] else link + arcs.links
        columns = int(c.e[k]), int(c.q[k])
        found.append(_FractionalFlow(arc, float(e[k]), float(q[k]), columns, beyond=True))
    return sorted(found, key=lambda one: -one.kw)


class _LeastDemandSets:
    """Finds, for an arc u → v, the set around v (without u) with the least demand if it is used."""

    def __init__(self, arcs: Arcs, r: NDArray[np.float64], unit_kw: float) -> None:
        self.arcs, self.unit_kw = arcs, unit_kw
        flowing = np.flatnonzero(r > 1e-7)
        sink = arcs.nodes
        tail = np.concatenate([arcs.tail[flowing], np.arange(sink)])
        head = np.concatenate([arcs.head[flowing], np.full(sink, sink)])
        whole = np.concatenate([np.round(r[flowing] / unit_kw), np.ones(sink)]).astype(np.int32)
        self.network = _flow_network(sink + 1, tail, head, whole)
        # Each node's last entry is its arc to the sink, which has the highest column number.
        self.to_sink = self.network.indptr[1:-1] - 1
        self.node_kw = np.bincount(arcs.load_node, arcs.kw, minlength=sink)
        lost = arcs.fixed_loss[flowing] + (arcs.loss_factor[flowing] - 1) * r[flowing]
        np.add.at(self.node_kw, arcs.tail[flowing], lost)

    def find(self, arc: int, used: float, kw: float) -> NDArray[np.bool_] | None:
        """The set of least demand for an arc used by `used`; None: its demand is not below `kw`."""
        tail, head, sink = self.arcs.tail[arc], self.arcs.head[arc], self.arcs.nodes
        demand_kw = np.ceil(self.node_kw * used / self.unit_kw)
        data = self.network.data.copy()
        data[self.to_sink] = np.minimum(demand_kw, _LARGE)
        data[self.to_sink[tail]] = _LARGE
        network = csr_array((data, self.network.indices, self.network.indptr))
        flow = maximum_flow(network, int(head), sink)
        if flow.flow_value * self.unit_kw > kw * (1 - _TOLERANCE):
            return None
        residual_network = csr_array(network - flow.flow)
        residual_network.data = np.maximum(residual_network.data, 0)
        residual_network.eliminate_zeros()
        inside = np.zeros(sink + 1, dtype=bool)
        inside[breadth_first_order(residual_network, int(head), return_predecessors=False)] = True
        return inside[:sink]


def _inflow_cut(arcs: Arcs, c: MipColumns, one: _FractionalFlow, inside: NDArray[np.bool_]) -> Cut:
    """Flow in <= use x the largest demand of the set + flow that leaves the set.

    An upsized pipe brings the flow sent along the link less the existing pipe's capacity.
    """
    leaves = np.flatnonzero(arcs.open & inside[arcs.tail] & ~inside[arcs.head])
    within = arcs.open & inside[arcs.tail] & inside[arcs.head]
    lost = np.where(within, arcs.fixed_loss + (arcs.loss_factor - 1) * arcs.most_kw, 0.0)
    demand_kw = arcs.kw[inside[arcs.load_node]].sum() + np.maximum(*np.split(lost, 2)).sum()
    sent = 1.0
    if one.beyond:
        sent = arcs.loss_factor[one.arc]
        carried = arcs.capacity_kw[one.arc % arcs.links] - arcs.fixed_loss[one.arc] - arcs.once_kw
        demand_kw = max(0.0, sent * demand_kw - carried)
    column = np.concatenate([one.columns, c.r[leaves], c.z[leaves]])
    value = np.concatenate(
        [[1.0, -demand_kw], -sent * arcs.loss_factor[leaves], -sent * arcs.fixed_loss[leaves]]
    )
    return Cut(column.astype(np.int32), value, 0.0)


def _flow_network(
    nodes: int, tail: NDArray[np.intp], head: NDArray[np.intp], whole: NDArray[np.int32]
) -> csr_array:
    network = csr_array((whole, (tail, head)), shape=(nodes, nodes))
    network.sum_duplicates()
    return network


def _upstream_of(residual_network: csr_array, node: int, nodes: int) -> NDArray[np.bool_]:
    """Nodes from which `node` can be reached in the residual network."""
    transposed = csr_array(residual_network.T)
    transposed.data = np.maximum(transposed.data, 0)
    transposed.eliminate_zeros()
    inside = np.zeros(nodes, dtype=bool)
    inside[breadth_first_order(transposed, node, return_predecessors=False)] = True
    return inside

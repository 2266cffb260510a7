"""Cutting planes: inequalities that every network satisfies and a fractional point violates.

reach   if a node inside a set is reached, an arc enters the set
inflow  the flow that an arc brings into a set is at most the demand there, times its use, plus
        the flow that leaves the set
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.steiner.graph import Arcs
    from gis.steiner.mip import MipColumns

_UNIT = 1_000_000  # integer units per 1, because maximum_flow takes integer capacities
_LARGE = 2**30
_TOLERANCE = 1e-3


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


def inflow_cuts(arcs: Arcs, c: MipColumns, x: NDArray[np.float64], most: int = 500) -> list[Cut]:
    """Cuts for arcs and upsized pipes that deliver more than their fractional use allows.

    Args:
        arcs: The graph.
        c: The columns of the linear programme.
        x: The point to separate, shape (columns,).
        most: How many arcs to try, largest flow first.
    """
    r = x[c.r]
    unit_kw = max(float(r.max(initial=0.0)), 1e-9) / _LARGE * 8
    demand_sets = _LeastDemandSets(arcs, r, unit_kw)
    found = []
    for one in _fractional_flows(arcs, c, x)[:most]:
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

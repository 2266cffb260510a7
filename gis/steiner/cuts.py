"""Cutting planes: what every real network obeys and a fractional one breaks.

reach   whatever is reached inside a set of nodes, some arc leads into the set
inflow  what an arc brings into a set is needed there or leaves it, and comes only if it is used
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

_UNIT = 1_000_000  # whole units that 1 is cut into, since the flow algorithm counts in integers
_LARGE = 2**30
_TOLERANCE = 1e-3


class Cut(NamedTuple):
    """sum(value x column) <= upper."""

    column: NDArray[np.int32]
    value: NDArray[np.float64]
    upper: float


def reach_cuts(arcs: Arcs, c: MipColumns, x: NDArray[np.float64]) -> list[Cut]:
    """Cuts for nodes that are reached more than arcs lead to them, most reached first."""
    used, reached = x[c.z], x[c.t]
    # One unit more on every arc makes the cut with the fewest arcs the smallest.
    whole = np.round(np.maximum(used, 0) * _UNIT).astype(np.int32) + 1
    open_ = np.flatnonzero(arcs.open)
    network = _summed(arcs.nodes, arcs.tail[open_], arcs.head[open_], whole[open_])
    found, behind = [], np.zeros(arcs.nodes, dtype=bool)
    for node in np.argsort(-reached, kind="stable"):
        if reached[node] < _TOLERANCE or node == 0 or behind[node]:
            continue
        flow = maximum_flow(network, 0, int(node))
        if flow.flow_value / _UNIT > reached[node] - _TOLERANCE:
            continue
        inside = _before(network - flow.flow, int(node), arcs.nodes)
        into = open_[inside[arcs.head[open_]] & ~inside[arcs.tail[open_]]]
        if used[into].sum() < reached[node] - _TOLERANCE / 2:
            column = np.append(c.z[into], c.t[node]).astype(np.int32)
            found.append(Cut(column, np.append(-np.ones(len(into)), 1.0), 0.0))
            behind |= inside
    return found


def inflow_cuts(arcs: Arcs, c: MipColumns, x: NDArray[np.float64], most: int = 500) -> list[Cut]:
    """Cuts for the `most` arcs, and pipes beside mains, that bring most for how little is used."""
    r = x[c.r]
    unit_kw = max(float(r.max(initial=0.0)), 1e-9) / _LARGE * 8
    asks = _Asks(arcs, r, unit_kw)
    found = []
    for one in _brought(arcs, c, x)[:most]:
        inside = asks.least(one.arc, one.used, one.kw)
        if inside is None:
            continue
        cut = _inflow(arcs, c, one, inside)
        if (cut.value * x[cut.column]).sum() > _TOLERANCE * one.kw:
            found.append(cut)
    return found


class _Brought(NamedTuple):
    """What comes in along an arc, or along the pipe beside its main, and how far that is used.

    columns   of the kW and of the use
    beyond    only what the main itself does not carry comes along the pipe beside it
    """

    arc: int
    kw: float
    used: float
    columns: tuple[int, int]
    beyond: bool = False


def _brought(arcs: Arcs, c: MipColumns, x: NDArray[np.float64]) -> list[_Brought]:
    """All that is used in part, most kW first."""
    z, r, q, e = x[c.z], x[c.r], x[c.q], x[c.e]
    found = [
        _Brought(arc, float(r[arc]), float(z[arc]), (int(c.r[arc]), int(c.z[arc])))
        for arc in np.flatnonzero((z < 1 - 1e-4) & (r > _TOLERANCE)).tolist()
    ]
    for k in np.flatnonzero((q < 1 - 1e-4) & (e > _TOLERANCE)).tolist():
        link = int(c.upsizable[k])
        arc = link if r[link] >= r[link + arcs.links] else link + arcs.links
        columns = int(c.e[k]), int(c.q[k])
        found.append(_Brought(arc, float(e[k]), float(q[k]), columns, beyond=True))
    return sorted(found, key=lambda one: -one.kw)


class _Asks:
    """For an arc u → v, the set round v (without u) that asks for least if the arc is used."""

    def __init__(self, arcs: Arcs, r: NDArray[np.float64], unit_kw: float) -> None:
        self.arcs, self.unit_kw = arcs, unit_kw
        flowing = np.flatnonzero(r > 1e-7)
        sink = arcs.nodes
        tail = np.concatenate([arcs.tail[flowing], np.arange(sink)])
        head = np.concatenate([arcs.head[flowing], np.full(sink, sink)])
        whole = np.concatenate([np.round(r[flowing] / unit_kw), np.ones(sink)]).astype(np.int32)
        self.network = _summed(sink + 1, tail, head, whole)
        # Each node's last entry is its way to the sink, the highest column there is.
        self.to_sink = self.network.indptr[1:-1] - 1
        self.node_kw = np.bincount(arcs.at, arcs.kw, minlength=sink)
        lost = arcs.standing[flowing] + (arcs.growth[flowing] - 1) * r[flowing]
        np.add.at(self.node_kw, arcs.tail[flowing], lost)

    def least(self, arc: int, used: float, kw: float) -> NDArray[np.bool_] | None:
        """The set if `arc` is `used`, None where it asks for no less than the `kw` it brings."""
        tail, head, sink = self.arcs.tail[arc], self.arcs.head[arc], self.arcs.nodes
        asked = np.ceil(self.node_kw * used / self.unit_kw)
        data = self.network.data.copy()
        data[self.to_sink] = np.minimum(asked, _LARGE)
        data[self.to_sink[tail]] = _LARGE
        network = csr_array((data, self.network.indices, self.network.indptr))
        flow = maximum_flow(network, int(head), sink)
        if flow.flow_value * self.unit_kw > kw * (1 - _TOLERANCE):
            return None
        left = csr_array(network - flow.flow)
        left.data = np.maximum(left.data, 0)
        left.eliminate_zeros()
        inside = np.zeros(sink + 1, dtype=bool)
        inside[breadth_first_order(left, int(head), return_predecessors=False)] = True
        return inside[:sink]


def _inflow(arcs: Arcs, c: MipColumns, one: _Brought, inside: NDArray[np.bool_]) -> Cut:
    """What is brought <= its use x all that the set may ask for + what leaves the set.

    A pipe beside a main brings what is sent along both less what the main carries.
    """
    leaves = np.flatnonzero(arcs.open & inside[arcs.tail] & ~inside[arcs.head])
    within = arcs.open & inside[arcs.tail] & inside[arcs.head]
    lost = np.where(within, arcs.standing + (arcs.growth - 1) * arcs.most_kw, 0.0)
    asked = arcs.kw[inside[arcs.at]].sum() + np.maximum(*np.split(lost, 2)).sum()
    sent = 1.0
    if one.beyond:
        sent = arcs.growth[one.arc]
        carried = arcs.capacity_kw[one.arc % arcs.links] - arcs.standing[one.arc] - arcs.once_kw
        asked = max(0.0, sent * asked - carried)
    column = np.concatenate([one.columns, c.r[leaves], c.z[leaves]])
    value = np.concatenate(
        [[1.0, -asked], -sent * arcs.growth[leaves], -sent * arcs.standing[leaves]]
    )
    return Cut(column.astype(np.int32), value, 0.0)


def _summed(
    nodes: int, tail: NDArray[np.intp], head: NDArray[np.intp], whole: NDArray[np.int32]
) -> csr_array:
    network = csr_array((whole, (tail, head)), shape=(nodes, nodes))
    network.sum_duplicates()
    return network


def _before(left: csr_array, node: int, nodes: int) -> NDArray[np.bool_]:
    """Nodes from which `node` can still be reached in what a flow left over."""
    turned = csr_array(left.T)
    turned.data = np.maximum(turned.data, 0)
    turned.eliminate_zeros()
    inside = np.zeros(nodes, dtype=bool)
    inside[breadth_first_order(turned, node, return_predecessors=False)] = True
    return inside

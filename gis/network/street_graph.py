"""The street graph of a project: streets, existing mains and heat sources."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from gis.facts import coverage
from gis.facts.floor_area import peak_w
from gis.facts.heat_network import available_mw, loads_mw, pieces
from gis.network.noding import NodedLines, node_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.facts import Facts
    from gis.network.pipe_catalogue import PipeCatalogue
    from gis.policy import Policy

_TOUCH_M = 0.2


@dataclass(frozen=True)
class HeatSource:
    """A heat source on the graph: its node, its network piece, its spare capacity [kW]."""

    name: str
    node: int
    piece: str
    spare_kw: float


@dataclass(frozen=True)
class StreetGraph:
    """The graph along which the network can be extended.

    mesh       nodes, and pieces of streets and mains
    is_main    which pieces are existing mains, shape (m,)
    spare_kw   spare capacity of each piece, inf for streets and for mains of unknown DN
    street     row of `roads` of each piece, -1 for none
    taps       links from a street to a main beside it, (node, node, metres)
    plants     the heat sources
    """

    mesh: NodedLines
    is_main: NDArray[np.bool_]
    spare_kw: NDArray[np.float64]
    street: NDArray[np.intp]
    taps: list[tuple[int, int, float]]
    plants: list[HeatSource]


def build_street_graph(
    tables: Mapping[str, gpd.GeoDataFrame],
    facts: Facts,
    spots: NDArray,
    settings: tuple[Policy, PipeCatalogue, date],
) -> StreetGraph:
    """Build the graph of roads and mains.

    Args:
        tables: The layers by name; `roads`, `heat_pipes` and perhaps `heat_sources`.
        facts: The facts.
        spots: Points that get the nearest position on the graph as a node.
        settings: The policy, the pipe catalogue and the as-of day.
    """
    policy, pipe, as_of = settings
    roads, street = _single_lines(tables["roads"].geometry.to_numpy())
    running = _in_service(tables["heat_pipes"], as_of)
    mains = _mains(running)
    pipes, main = _single_lines(mains.geometry.to_numpy())
    lines = np.concatenate([roads, pipes])
    feed_points = _feed_points(tables.get("heat_sources"), running, mains, policy)
    snap_m = pipe.figures["snap_m"]
    near_mains = _streets_near_mains(
        node_lines(lines, snap_m, spots), pipes, len(roads), policy.heating_network.connect_m
    )
    plant_at = shapely.points(feed_points[["x", "y"]].to_numpy(float).reshape(-1, 2))
    final = node_lines(lines, snap_m, np.concatenate([spots, plant_at, *near_mains]))
    k, p, b = len(spots), len(plant_at), len(near_mains[0])
    is_main = final.line >= len(roads)
    nodes = final.spots[k : k + p]
    taps = final.spots[k + p : k + p + b], final.spots[k + p + b :]
    size_mm = np.full(len(final.line), np.nan)
    size_mm[is_main] = mains["dn_mm"].to_numpy(float)[main[final.line[is_main] - len(roads)]]
    spare_kw = np.full(len(size_mm), np.inf)
    sized = np.isfinite(size_mm)
    spare_kw[sized] = [pipe.carries(dn) for dn in size_mm[sized]]
    if facts.capacity_known:
        spare_kw -= _carried_kw(final, is_main, nodes, facts, policy)
    on_street = (final.line >= 0) & ~is_main
    which = np.full(len(final.line), -1, dtype=np.intp)
    which[on_street] = street[final.line[on_street]]
    return StreetGraph(
        mesh=replace(final, spots=final.spots[:k]),
        is_main=is_main,
        spare_kw=np.maximum(spare_kw, 0.0),
        street=which,
        taps=_tap_links(final, *taps),
        plants=_heat_sources(feed_points, nodes, facts, policy),
    )


def _single_lines(geometry: NDArray) -> tuple[NDArray, NDArray[np.intp]]:
    """The single lines of non-zero length, and the row of each."""
    lines, row = shapely.get_parts(geometry, return_index=True)
    real = shapely.length(lines) > _TOUCH_M
    return shapely.force_2d(lines[real]), row[real]


def _in_service(table: gpd.GeoDataFrame, as_of: date) -> gpd.GeoDataFrame:
    """Pipes in service, and those that will be by document, money and date."""
    runs = coverage.in_service(table, as_of) | coverage.is_promised(table, as_of)
    return table[runs].reset_index(drop=True)


def _mains(running: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The pipes that new mains can start from.

    ASSUME: where primary pipes are known, a new main starts from one of them, since a village gets
    its own substation; otherwise from any pipe.
    """
    primary = (running["role"] == "primary").fillna(value=False).to_numpy(bool)
    return (running[primary] if primary.any() else running).reset_index(drop=True)


def _feed_points(
    sources: gpd.GeoDataFrame | None,
    running: gpd.GeoDataFrame,
    mains: gpd.GeoDataFrame,
    policy: Policy,
) -> pd.DataFrame:
    """Where each source feeds the mains: name, piece, x, y, spare_kw.

    Sources without a pipe within reach are left out. Without a sources layer, each piece is fed
    from an end of its thickest main, without a limit.
    """
    connect_m = policy.heating_network.connect_m
    if sources is not None:
        sources = sources.assign(available_mw=available_mw(sources, policy))
    names, _ = pieces(running, sources, connect_m)
    piece = pd.Series(names, index=running["pipe_id"].astype(str))
    piece = piece[~piece.index.duplicated()]
    lines = mains.geometry.to_numpy()
    if not len(lines):
        return pd.DataFrame(columns=["name", "piece", "x", "y", "spare_kw"])
    if sources is None:
        order = mains.assign(piece=mains["pipe_id"].astype(str).map(piece))
        order = order.sort_values("dn_mm", ascending=False).drop_duplicates("piece")
        at = shapely.get_coordinates(
            shapely.get_point(shapely.get_geometry(order.geometry.to_numpy(), 0), 0)
        )
        table = {"name": order["piece"], "piece": order["piece"], "x": at[:, 0], "y": at[:, 1]}
        return pd.DataFrame(table).assign(spare_kw=np.inf).reset_index(drop=True)
    points = sources.geometry.to_numpy()
    tree = shapely.STRtree(lines)
    (source, line), _ = tree.query_nearest(
        points, max_distance=connect_m + 1e-9, return_distance=True, all_matches=False
    )
    along = shapely.line_locate_point(lines[line], points[source])
    at = shapely.get_coordinates(shapely.line_interpolate_point(lines[line], along))
    left_mw = (sources["available_mw"].fillna(0.0) - loads_mw(sources)).clip(lower=0.0)
    return pd.DataFrame(
        {
            "name": sources["source_id"].astype(str).to_numpy()[source],
            "piece": mains["pipe_id"].astype(str).map(piece).to_numpy(dtype=object)[line],
            "x": at[:, 0],
            "y": at[:, 1],
            "spare_kw": left_mw.to_numpy(float)[source] * 1000,
        }
    )


def _streets_near_mains(
    found: NodedLines, pipes: NDArray, roads: int, connect_m: float
) -> tuple[NDArray, NDArray]:
    """Street nodes with a main within reach, and the nearest points on those mains."""
    nothing = np.array([], dtype=object)
    if not len(pipes):
        return nothing, nothing
    streets = np.flatnonzero((found.line >= 0) & (found.line < roads))
    nodes = np.unique(np.concatenate([found.start[streets], found.end[streets]]))
    points = shapely.points(found.xy[nodes])
    tree = shapely.STRtree(pipes)
    (point, line), metres = tree.query_nearest(
        points, max_distance=connect_m + 1e-9, return_distance=True, all_matches=False
    )
    apart = metres > _TOUCH_M
    point, line = point[apart], line[apart]
    along = shapely.line_locate_point(pipes[line], points[point])
    return points[point], shapely.line_interpolate_point(pipes[line], along)


def _tap_links(
    found: NodedLines, street: NDArray[np.intp], main: NDArray[np.intp]
) -> list[tuple[int, int, float]]:
    metres = np.hypot(*(found.xy[street] - found.xy[main]).T)
    rows = zip(street.tolist(), main.tolist(), metres.tolist(), strict=True)
    return sorted({row for row in rows if row[0] != row[1]})


def _carried_kw(
    found: NodedLines,
    is_main: NDArray[np.bool_],
    plants: NDArray[np.intp],
    facts: Facts,
    policy: Policy,
) -> NDArray[np.float64]:
    """The peak load of each main [kW], with diversity.

    ASSUME: every served home draws on the nearest node of the mains, along the shortest path from
    the nearest source; the true division of flow in loops is unknown.
    """
    carried = np.zeros(len(found.line))
    nodes = np.unique(np.concatenate([found.start[is_main], found.end[is_main]]))
    homes = facts.households
    served = homes[(homes["served"] != coverage.NONE) & homes["x"].notna()]
    if not len(nodes) or not len(plants) or not len(served):
        return carried
    _, nearest = KDTree(found.xy[nodes]).query(served[["x", "y"]].to_numpy(float))
    size = len(found.xy)
    count = np.bincount(nodes[nearest], minlength=size).astype(float)
    watts = peak_w(homes, policy)[served.index].to_numpy(float)
    watts = np.bincount(nodes[nearest], watts, minlength=size)
    start, end, metres = found.start[is_main], found.end[is_main], found.length_m[is_main]
    graph = coo_array((metres, (start, end)), shape=(size, size)).tocsr()
    distance, before, _ = dijkstra(
        graph, directed=False, indices=plants, return_predecessors=True, min_only=True
    )
    order = np.argsort(-np.where(np.isfinite(distance), distance, -1.0), kind="stable")
    for node in order[np.isfinite(distance[order])]:
        if before[node] >= 0:
            count[before[node]] += count[node]
            watts[before[node]] += watts[node]
    demand = policy.demand
    for k in np.flatnonzero(is_main):
        ends = int(found.start[k]), int(found.end[k])
        below = [v for v, u in (ends, ends[::-1]) if before[v] == u]
        carried[k] = max(
            (demand.peak_kw(count[v], watts[v] / max(count[v], 1.0)) for v in below), default=0.0
        )
    return carried


def _heat_sources(
    feed_points: pd.DataFrame, nodes: NDArray[np.intp], facts: Facts, policy: Policy
) -> list[HeatSource]:
    """The heat sources with their capacity left after the pending homes already within reach.

    ASSUME: homes that a pipe already reaches come before a new main.
    """
    each_kw = policy.demand.diversity_a / 1000  # per watt of peak
    table = facts.villages
    waiting = facts.households["pending"].astype(bool)
    watts = peak_w(facts.households, policy)[waiting]
    watts = watts.groupby(facts.households["village_code"][waiting].astype(str)).sum()
    own_w = table["village_code"].map(watts).astype(float).fillna(0.0)
    share = table["served_share"] >= policy.heating_network.served_share
    first = own_w[share].groupby(table["source_piece"][share]).sum()
    spare = facts.sources.set_index("source_piece")["spare_kw"] if len(facts.sources) else {}
    sums = feed_points.groupby("piece")["spare_kw"].sum()
    found = []
    for row, node in zip(feed_points.itertuples(index=False), nodes.tolist(), strict=True):
        left = row.spare_kw
        if np.isfinite(left):
            whole = max(0.0, float(spare.get(row.piece, 0.0)) - each_kw * first.get(row.piece, 0))
            left = whole * row.spare_kw / sums[row.piece] if sums[row.piece] > 0 else 0.0
        found.append(HeatSource(row.name, int(node), str(row.piece), float(left)))
    return found

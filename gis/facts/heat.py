"""The heating network: whom it reaches, in which pieces it lies, what its sources have left."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.facts import reach

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.facts.reach import Points
    from gis.policy import Policy

JOINED_M = 1.0  # ASSUME: pipe ends within 1 m of each other are one piece (drawing accuracy)
WHOLE = "network"  # the one piece of a network known by its coverage alone


class Heat(NamedTuple):
    """pipe_m [m] to the nearest pipe in service (inf: none), served, and the piece it draws on."""

    pipe_m: NDArray[np.float64]
    served: NDArray
    piece: NDArray
    sources: pd.DataFrame


def heat(points: Points, layers: dict[str, gpd.GeoDataFrame], policy: Policy, as_of: date) -> Heat:
    """The heating facts of each point, and one row a piece of network with its capacity.

    `layers` may hold heat_pipes, heat_coverage and heat_sources. A piece without a source has
    capacity 0 where the sources are known; `sources` is empty where they are not.
    """
    pipes = layers.get("heat_pipes")
    cover = layers.get("heat_coverage")
    deadline = policy.plan.deadline
    connect_m = policy.heating_network.connect_m
    now = np.zeros(len(points.x), bool)
    in_time, pipe_m = now.copy(), np.full(len(points.x), np.inf)
    piece = np.full(len(points.x), None, dtype=object)
    sources = _no_pieces()
    if pipes is not None:
        usable = reach.of_role(pipes, policy.heating_network.roles)
        lines = usable.geometry.to_numpy()
        _, pipe_m = reach.nearest_line(points, lines[reach.running(usable, as_of)])
        now = pipe_m <= connect_m
        later = lines[reach.running_by(usable, as_of, deadline)]
        in_time = now | reach.within(points, later, connect_m)
        live = pipes[reach.running(pipes, as_of) | reach.running_by(pipes, as_of, deadline)]
        names, sources = pieces(live, layers.get("heat_sources"), connect_m)
    if cover is not None:
        areas = cover.geometry.to_numpy()
        now = now | reach.within(points, areas[reach.running(cover, as_of)])
        in_time = in_time | reach.within(points, areas[reach.running_by(cover, as_of, deadline)])
    if pipes is not None:
        drawing = np.flatnonzero(now | in_time)
        index, _ = reach.nearest_line(points.at(drawing), live.geometry.to_numpy())
        piece[drawing] = reach.pick(names, index)
    elif cover is not None:
        piece[:] = WHOLE
        sources = _as_one(layers.get("heat_sources"))
    return Heat(pipe_m, reach.served(now, in_time), piece, sources)


def pieces(
    pipes: gpd.GeoDataFrame, sources: gpd.GeoDataFrame | None, connect_m: float
) -> tuple[NDArray, pd.DataFrame]:
    """The name of each pipe's connected piece, and what the sources of each piece have.

    A piece is named by the lowest pipe_id in it. A source that stands within `connect_m` of
    several pieces makes them one. Sources that reach no pipe are left out.
    """
    lines = pipes.geometry.to_numpy()
    plants = sources.geometry.to_numpy() if sources is not None else np.array([], dtype=object)
    tree = shapely.STRtree(lines)
    touching = tree.query(lines, predicate="dwithin", distance=JOINED_M)
    joining = tree.query(plants, predicate="dwithin", distance=connect_m)
    start = np.concatenate([touching[0], joining[0] + len(lines)])
    end = np.concatenate([touching[1], joining[1]])
    size = len(lines) + len(plants)
    graph = coo_array((np.ones(len(start)), (start, end)), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    names = _lowest(pipes["pipe_id"].to_numpy(dtype=object), label[: len(lines)])
    if sources is None:
        return names, _no_pieces()
    piece_of = dict(zip(label[: len(lines)], names, strict=True))
    owner = pd.Series([piece_of.get(mark) for mark in label[len(lines) :]], dtype=object)
    return names, _capacity(sources, owner, sorted(set(names)))


def _lowest(ids: NDArray, label: NDArray) -> NDArray:
    return pd.Series(ids).groupby(label).transform("min").to_numpy(dtype=object)


def _capacity(sources: pd.DataFrame, owner: pd.Series, names: list[str]) -> pd.DataFrame:
    megawatts = sources[["capacity_mw", "load_mw"]].reset_index(drop=True).fillna({"load_mw": 0.0})
    kilowatts = (megawatts * 1000).groupby(owner).sum().reindex(names, fill_value=0.0)
    kilowatts.columns = pd.Index(["capacity_kw", "load_kw"])
    kilowatts["spare_kw"] = (kilowatts["capacity_kw"] - kilowatts["load_kw"]).clip(lower=0.0)
    return kilowatts.rename_axis("source_piece").reset_index()


def _as_one(sources: gpd.GeoDataFrame | None) -> pd.DataFrame:
    if sources is None:
        return _no_pieces()
    return _capacity(sources, pd.Series([WHOLE] * len(sources), dtype=object), [WHOLE])


def _no_pieces() -> pd.DataFrame:
    columns = {"source_piece": "str", "capacity_kw": float, "load_kw": float, "spare_kw": float}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})

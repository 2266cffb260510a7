"""The heating network: whom it reaches, in which pieces it lies, what its sources have left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.errors import InputError, Text
from gis.facts import coverage
from gis.facts.coverage import CoverageArea, is_covered, within_distance
from gis.facts.floor_area import peak_w
from gis.facts.spatial_index import LineIndex
from gis.facts.transformer_loads import draws_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.policy import Policy

JOINED_M = 1.0  # ASSUME: pipe ends within 1 m of each other are one piece (drawing accuracy)
WHOLE = "network"  # the one piece of a network known by its coverage alone


class HeatCoverage(NamedTuple):
    """pipe_m [m] to the nearest pipe in service (inf: none), served (position in coverage.SERVED).

    served_on: when the planned main or area that reaches each point begins to run, NaT for none.
    station: beside a primary main alone, so that an exchange station must be built.
    piece: the position in HeatNetwork.names of the piece each point draws on, -1 for none.
    """

    pipe_m: NDArray[np.float64]
    served: NDArray[np.int8]
    served_on: NDArray[np.datetime64]
    station: NDArray[np.bool_]
    piece: NDArray[np.intp]


class DatedCoverage(NamedTuple):
    """What begins to serve on one day: mains with the area around them, and areas."""

    day: np.datetime64
    mains: CoverageArea | None
    areas: CoverageArea | None

    def holds(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each point [m] is reached from that day on."""
        return is_covered(self.mains, x, y) | is_covered(self.areas, x, y)


@dataclass(frozen=True)
class HeatNetwork:
    """The heating network, ready to be asked about places.

    pipes    the pipes in service a home may be connected to
    primary  around the primary mains that homes may be connected to by an exchange station alone
    planned  what counts for the route and does not run yet, by day
    live     the pipes in service or counted, of any role, and `piece_of` each of them
    names    the pieces by name; sources: their capacity, empty where it is not known
    """

    connect_m: float
    pipes: LineIndex | None
    primary: CoverageArea | None
    planned: tuple[DatedCoverage, ...]
    cover: CoverageArea | None
    live: LineIndex | None
    piece_of: NDArray[np.intp]
    names: NDArray
    sources: pd.DataFrame

    def at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> HeatCoverage:
        """The heating facts of each point [m]."""
        pipe_m, now = np.full(len(x), np.inf), np.zeros(len(x), bool)
        if self.pipes is not None:
            found = self.pipes.nearest(x, y)
            pipe_m, now = found[1], within_distance(self.pipes, (x, y), found, self.connect_m)
        now = now | is_covered(self.cover, x, y)
        served_on = np.full(len(x), np.datetime64("NaT", "s"))
        for plan in self.planned:
            rest = np.flatnonzero(~now & np.isnat(served_on))
            served_on[rest[plan.holds(x[rest], y[rest])]] = plan.day
        reached = now | ~np.isnat(served_on)
        station = np.zeros(len(x), bool)
        rest = np.flatnonzero(~reached)
        station[rest] = is_covered(self.primary, x[rest], y[rest])
        piece = np.full(len(x), -1, np.intp)
        if self.live is not None:
            drawing = np.flatnonzero(reached | station)
            index, _ = self.live.nearest(x[drawing], y[drawing])
            piece[drawing] = self.piece_of[index]
        elif len(self.names):
            piece[:] = 0
        served = coverage.service_status(now, reached)
        return HeatCoverage(pipe_m, served, served_on, station, piece)


def build_heat_network(layers: Mapping[str, Any], policy: Policy, as_of: date) -> HeatNetwork:
    """The network of the layers heat_pipes, heat_coverage and heat_sources; each may be absent.

    A piece without a source has capacity 0 where the sources are known.
    """
    pipes, cover, plants = (
        layers.get(name) for name in ("heat_pipes", "heat_coverage", "heat_sources")
    )
    connect_m = policy.heating_network.connect_m
    found: dict[str, Any] = dict.fromkeys(("pipes", "primary", "cover", "live"))
    found["piece_of"] = np.array([], dtype=np.intp)
    names, sources = np.array([], dtype=object), _no_pieces()
    usable = None
    _check_named(plants, policy)
    if plants is not None:
        plants = plants.assign(available_mw=available_mw(plants, policy))
    if pipes is not None:
        usable = coverage.of_role(pipes, policy.heating_network.roles)
        running = usable.geometry.to_numpy()[coverage.in_service(usable, as_of)]
        runs, counts = coverage.in_service(pipes, as_of), coverage.is_promised(pipes, as_of)
        beside = (pipes["role"] == "primary").to_numpy(bool) & ~pipes.index.isin(usable.index)
        found["primary"] = CoverageArea.of(
            pipes.geometry.to_numpy()[beside & (runs | counts)], connect_m
        )
        live = pipes[runs | counts]
        by_pipe, sources = pieces(live, plants, connect_m)
        names, found["piece_of"] = np.unique(by_pipe.astype(str), return_inverse=True)
        found["pipes"] = LineIndex(running) if len(running) else None
        same = len(live) == len(running)
        found["live"] = found["pipes"] if same else LineIndex(live.geometry.to_numpy())
    if cover is not None:
        found["cover"] = CoverageArea.of(
            cover.geometry.to_numpy()[coverage.in_service(cover, as_of)]
        )
    if pipes is None and cover is not None:
        names, sources = np.array([WHOLE], dtype=object), _as_one(plants)
    found["planned"] = _planned(usable, cover, connect_m, as_of)
    return HeatNetwork(connect_m, names=names.astype(object), sources=sources, **found)


def _planned(
    pipes: gpd.GeoDataFrame | None, cover: gpd.GeoDataFrame | None, connect_m: float, as_of: date
) -> tuple[DatedCoverage, ...]:
    """The planned pipes and areas that count for the route, by the day they begin to run."""
    layers = [
        (None if table is None else table[coverage.is_promised(table, as_of)], metres)
        for table, metres in ((pipes, connect_m), (cover, 0.0))
    ]
    days = {day for table, _ in layers if table is not None for day in table["in_service_on"]}

    def on(day: pd.Timestamp, which: int) -> CoverageArea | None:
        table, metres = layers[which]
        if table is None:
            return None
        there = (table["in_service_on"] == day).to_numpy(bool)
        return CoverageArea.of(table.geometry.to_numpy()[there], metres)

    return tuple(
        DatedCoverage(np.datetime64(day, "s"), on(day, 0), on(day, 1)) for day in sorted(days)
    )


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
    columns = {"capacity_mw": sources["available_mw"], "load_mw": loads_mw(sources)}
    megawatts = pd.DataFrame(columns).reset_index(drop=True)
    kilowatts = (megawatts * 1000).groupby(owner).sum().reindex(names, fill_value=0.0)
    kilowatts.columns = pd.Index(["capacity_kw", "stated_kw"])
    written = pd.DataFrame(
        {"load_stated": _load_stated(sources), "load_on": _load_days(sources)}
    ).groupby(owner)
    kilowatts["load_stated"] = written["load_stated"].all().reindex(names).eq(other=True)
    kilowatts["load_on"] = written["load_on"].min().reindex(names)
    ids = sources["source_id"].astype(str).reset_index(drop=True).groupby(owner)
    kilowatts["source_ids"] = ids.agg(lambda own: "、".join(sorted(own))).reindex(names).fillna("")
    return with_connected(kilowatts.rename_axis("source_piece").reset_index(), None)


def _load_stated(sources: pd.DataFrame) -> NDArray[np.bool_]:
    unread = sources.reindex(columns=["unread"])["unread"].astype(str).str.contains("load_mw")
    return (sources["load_mw"].notna() | unread).to_numpy(bool)


def _load_days(sources: pd.DataFrame) -> NDArray[np.datetime64]:
    """The day of each load; the first that is possible where it is not written."""
    days = pd.to_datetime(sources.reindex(columns=["load_on"])["load_on"])
    return days.to_numpy("datetime64[s]")


_CONNECTED = ("central_homes", "central_w", "since_homes", "since_w", "undated_homes")


def sum_by_piece(
    households: pd.DataFrame, pieces: NDArray, sources: pd.DataFrame, policy: Policy
) -> pd.DataFrame:
    """The homes of the ledger that heat centrally, by piece; sums of parts add up to that of all.

    # ASSUME: a home without a day was connected before the day of the stated load: a heating
    company bills all of its customers. Where that day is not written, it was before this year's
    programme.

    Args:
        households: The households with their facts of place.
        pieces: The piece each would draw on, shape (n,), None for none.
        sources: `HeatNetwork.sources`.
        policy: The policy.

    Returns:
        By source_piece: central_homes, central_w (all that heat centrally), since_homes, since_w
        (of these, those since the day of the stated load), undated_homes (without a day); the sums
        of the peaks of each alone [W].
    """
    counted = households["village_code"].notna() & (households["status"] != "rejected")
    heated = counted & households["heating"].eq("central") & households["occupancy"].ne("vacant")
    piece = pd.Series(pieces, households.index, dtype=object)
    days = np.append(sources["load_on"].to_numpy("datetime64[s]"), np.datetime64("NaT"))
    at = pd.Index(sources["source_piece"], dtype=object).get_indexer(piece)
    since = pd.Series(days[at], households.index)
    since = since.fillna(pd.Timestamp(policy.plan.programme_start))
    day, watts = draws_from(households, policy), peak_w(households, policy)
    came = heated & day.notna() & (day >= since)
    table = pd.DataFrame(
        {
            "central_homes": heated.astype(int), "central_w": watts.where(heated, 0.0),
            "since_homes": came.astype(int), "since_w": watts.where(came, 0.0),
            "undated_homes": (heated & day.isna()).astype(int),
        }
    )  # fmt: skip
    return table.groupby(piece.mask(~heated)).sum().round(1)


def with_connected(
    sources: pd.DataFrame, connected: pd.DataFrame | None, policy: Policy | None = None
) -> pd.DataFrame:
    """The sources of each piece with the homes connected since their load was stated.

    source_piece, source_ids (the sources of the piece, by "、"), capacity_kw, stated_kw (what the
    heating company states as connected), load_on,
    load_stated (whether all sources of the piece have it), since_homes, since_kw, undated_homes,
    load_kw (stated_kw with since_kw; where a source has no load, no less than what all homes of the
    ledger draw), spare_kw.

    Args:
        sources: The same table, or what the layer says.
        connected: `sum_by_piece` of all households; None: nobody is known.
        policy: The policy; needed with `connected`.
    """
    if connected is None or policy is None:
        sums = pd.DataFrame(0, sources.index, list(_CONNECTED))
        each_kw = 0.0
    else:
        sums = connected.reindex(sources["source_piece"], fill_value=0).reset_index(drop=True)
        sums.index = sources.index
        each_kw = policy.demand.diversity_a / 1000
    since_kw = (sums["since_w"] * each_kw).astype(float)
    least_kw = (sums["central_w"] * each_kw).where(~sources["load_stated"], 0.0)
    load_kw = (sources["stated_kw"] + since_kw).clip(lower=least_kw)
    return sources.assign(
        since_homes=sums["since_homes"].astype("int64"),
        since_kw=since_kw,
        undated_homes=sums["undated_homes"].astype("int64"),
        load_kw=load_kw,
        spare_kw=(sources["capacity_kw"] - load_kw).clip(lower=0.0),
    )


def available_mw(sources: pd.DataFrame, policy: Policy) -> pd.Series:
    """What each source can give [MW]: as the heating company states, else nameplate less reserve.

    A statement without its document is none; one that nobody can read is nothing.
    """
    table = sources.reindex(columns=["capacity_mw", "available_mw", "available_document", "unread"])
    document = table["available_document"]
    written = document.notna() & (document.astype(str).str.strip() != "")
    nameplate = table["capacity_mw"].astype(float) * (1 - policy.heat_sources.reserve_share)
    stated = table["available_mw"].astype(float).where(written)
    unread = ("," + table["unread"].astype(str) + ",").str.contains(",available_mw,", regex=False)
    found = stated.fillna(nameplate).mask(unread, 0.0)
    less = sources["source_id"].astype(str).map(dict(policy.heat_sources.less_mw)).astype(float)
    return (found - less.fillna(0.0)).clip(lower=0.0)


def _check_named(sources: pd.DataFrame | None, policy: Policy) -> None:
    """Check that every source of heat_sources.less_mw is one.

    Raises:
        InputError: The layer has no such source.
    """
    known = set() if sources is None else set(sources["source_id"].astype(str))
    strange = sorted(policy.heat_sources.less_mw.keys() - known)
    if strange:
        names = "、".join(sorted(known)[:5]) or "—"
        raise InputError(
            Text(
                f"heat_sources.less_mw 写的热源“{strange[0]}”不在热源图层中；热源编号如：{names}。",
                f"heat_sources.less_mw names {strange[0]!r}, which is no source of heat_sources; "
                f"sources are, for example: {names}.",
            )
        )


def loads_mw(sources: pd.DataFrame) -> pd.Series:
    """What is connected to each source [MW]: nothing where none is written.

    A load that is written but cannot be read may be all that the source has: its nameplate, or what
    the heating company states where that is more.
    """
    loads = sources["load_mw"].fillna(0.0)
    if "unread" not in sources:
        return loads
    unread = ("," + sources["unread"] + ",").str.contains(",load_mw,", regex=False)
    most = sources.reindex(columns=["capacity_mw", "available_mw"]).astype(float).max(axis=1)
    return loads.mask(unread, most.fillna(0.0))


def _as_one(sources: gpd.GeoDataFrame | None) -> pd.DataFrame:
    if sources is None:
        return _no_pieces()
    return _capacity(sources, pd.Series([WHOLE] * len(sources), dtype=object), [WHOLE])


def _no_pieces() -> pd.DataFrame:
    columns: dict[str, Any] = {
        "source_piece": "str", "capacity_kw": float, "stated_kw": float, "load_stated": bool,
        "load_on": "datetime64[s]", "source_ids": "str",
    }  # fmt: skip
    none = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
    return with_connected(none, None)

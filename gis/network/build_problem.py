"""Build the solver's problem from a project's street graph, heat sources and villages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.network.demand import annuity
from gis.steiner.model import Consumer, Diversity, Edge, Source, SteinerProblem

if TYPE_CHECKING:
    from gis.network.demand import VillageLoad
    from gis.network.pipe_catalogue import PipeCatalogue
    from gis.network.street_graph import StreetGraph
    from gis.policy import Policy


DENSITY = "heating_network.min_mwh_per_m_a"


def problem_of(
    street_graph: StreetGraph, loads: list[VillageLoad], policy: Policy, pipe: PipeCatalogue
) -> SteinerProblem:
    """The solver's problem: streets may take new pipe, mains are free up to their spare capacity.

    The edges are in this order: the pieces of the graph, the taps, then the branches into villages,
    one per load and node. Each village has its own node, so that no flow passes through it and its
    load counts once, whichever branch feeds it.

    A least linear heat density that nobody has verified refuses no main; branches below it are
    marked as thin (`gis.network.result_tables`).

    ASSUME: the constant part of a pipe's peak is that of a home in the village with the largest
    homes. A main is upsized by a second pipe beside it for the excess flow; the heat bill stands
    for the cost of producing heat, lost heat included.
    """
    demand = policy.demand
    heat_mwh = sum(load.heat_mwh_a for load in loads)
    price = sum(load.bill_cny_a for load in loads) / heat_mwh if heat_mwh else 0.0
    return SteinerProblem(
        edges=tuple(_edges(street_graph, loads, pipe)),
        sources=tuple(
            Source(f"{i} {plant.name}", plant.node, plant.spare_kw)
            for i, plant in enumerate(street_graph.plants)
        ),
        consumers=tuple(_consumer(load, price, pipe) for load in loads),
        annuity=annuity(policy),
        diversity=Diversity(
            demand.diversity_a,
            demand.diversity_b,
            max((load.peak_kw / load.homes for load in loads), default=0.0),
        ),
        heat_cny_per_mwh=price,
        loss_hours_a=pipe.figures["season_h"],
        min_mwh_per_m_a=policy.heating_network.min_mwh_per_m_a
        if policy.is_verified(DENSITY)
        else 0.0,
    )


def village_branches(
    street_graph: StreetGraph, loads: list[VillageLoad]
) -> list[tuple[int, int, float]]:
    """(load, node, metres) of every node at which a main may meet a village."""
    owner = np.repeat(np.arange(len(loads)), [len(load.spots) for load in loads])
    nodes = street_graph.mesh.spots
    spots = np.concatenate([load.spots for load in loads]) if loads else np.array([])
    metres = shapely.distance(spots, shapely.points(street_graph.mesh.xy[nodes]))
    best: dict[tuple[int, int], float] = {}
    for load, node, m in zip(owner.tolist(), nodes.tolist(), metres.tolist(), strict=True):
        best[load, node] = min(m, best.get((load, node), np.inf))
    return [(load, node, m) for (load, node), m in best.items()]


def _edges(street_graph: StreetGraph, loads: list[VillageLoad], pipe: PipeCatalogue) -> list[Edge]:
    found = street_graph.mesh
    edges = []
    for k in range(len(found.line)):
        start, end, metres = int(found.start[k]), int(found.end[k]), float(found.length_m[k])
        if street_graph.is_main[k]:
            edges.append(_main(k, (start, end, metres), street_graph, pipe))
        else:
            edges.append(_new(f"street {k}", start, end, metres, pipe))
    for i, (start, end, metres) in enumerate(street_graph.taps):
        edges.append(_new(f"tap {i}", start, end, metres, pipe))
    for i, (load, node, metres) in enumerate(village_branches(street_graph, loads)):
        way = _new(f"way {i}", node, ("village", loads[load].code), metres, pipe)
        edges.append(Edge(**{**vars(way), "one_way": True}))
    return edges


def _main(
    k: int, run: tuple[int, int, float], street_graph: StreetGraph, pipe: PipeCatalogue
) -> Edge:
    return Edge(
        f"main {k}", *run, capacity_kw=float(street_graph.spare_kw[k]),
        upsize_cny_per_m=pipe.fixed_cny_per_m, upsize_cny_per_kw_m=pipe.slope_cny_per_kw_m,
        existing=True,
    )  # fmt: skip


def _new(name: str, start: object, end: object, metres: float, pipe: PipeCatalogue) -> Edge:
    return Edge(
        name, start, end, metres,
        fixed_cny_per_m=pipe.fixed_cny_per_m, slope_cny_per_kw_m=pipe.slope_cny_per_kw_m,
        loss_kw_per_m=pipe.figures["loss_w_per_m"] / 1000,
    )  # fmt: skip


def _consumer(load: VillageLoad, price: float, pipe: PipeCatalogue) -> Consumer:
    """ASSUME: pipe among the homes is of the smallest diameter."""
    return Consumer(
        load.code,
        ("village", load.code),
        load.peak_kw,
        heat_mwh_a=load.heat_mwh_a,
        individual_cny_a=load.individual_cny_a,
        connecting_cny=load.station_cny + load.own_pipe_m * pipe.cny_per_m[0],
        running_cny_a=load.equipment_cny_a + load.bill_cny_a - price * load.heat_mwh_a,
        own_pipe_m=load.own_pipe_m,
    )

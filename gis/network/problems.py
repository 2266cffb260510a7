"""Problems of streets and mains, each with its location: closed gaps and disconnected parts."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.errors import Problem, Text
from gis.i18n import format_message, messages

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.network.demand import VillageLoad
    from gis.network.pipe_catalogue import PipeCatalogue
    from gis.network.street_graph import StreetGraph


def street_names(roads: gpd.GeoDataFrame) -> list[str]:
    """The name of each row of `roads`, "" for none."""
    if "name" not in roads:
        return [""] * len(roads)
    return roads["name"].fillna("").astype(str).str.strip().tolist()


def street_problems(
    street_graph: StreetGraph, loads: list[VillageLoad], names: list[str], pipe: PipeCatalogue
) -> tuple[Problem, ...]:
    """Report gaps that were closed, and streets and villages that no source reaches."""
    return (
        *_closed_gaps(street_graph, pipe),
        *_streets_cut_off(street_graph, loads, names),
        *_villages_cut_off(street_graph, loads),
    )


def _closed_gaps(street_graph: StreetGraph, pipe: PipeCatalogue) -> list[Problem]:
    """One problem per closed gap; it is built as a street of that length."""
    found = []
    for k in street_graph.mesh.joints:
        x, y = street_graph.mesh.xy[street_graph.mesh.start[k]]
        metres = float(street_graph.mesh.length_m[k])
        values = {"x": x, "y": y, "metres": metres, "snap_m": pipe.figures["snap_m"]}
        found.append(_problem("street_snapped", f"{metres:.2f} m", values))
    return found


def _streets_cut_off(
    street_graph: StreetGraph, loads: list[VillageLoad], names: list[str]
) -> list[Problem]:
    """One problem per part of the streets that is not connected to a source."""
    part = disconnected_parts(street_graph)
    fed = {int(part[plant.node]) for plant in street_graph.plants}
    villages = _villages_by_part(part, street_graph, loads)
    found = []
    for one in sorted(set(part.tolist()) - fed):
        pieces = np.flatnonzero(part[street_graph.mesh.start] == one)
        if not len(pieces):
            continue
        longest = pieces[np.argmax(street_graph.mesh.length_m[pieces])]
        x, y = street_graph.mesh.xy[street_graph.mesh.start[longest]]
        street = street_graph.street[longest]
        name = names[street] if street >= 0 and names[street] else "—"
        values = {
            "street": name, "x": x, "y": y,
            "metres": float(street_graph.mesh.length_m[pieces].sum()),
            "villages": ", ".join(villages.get(one, [])) or "—",
        }  # fmt: skip
        found.append(_problem("streets_cut_off", name, values))
    return found


def _villages_cut_off(street_graph: StreetGraph, loads: list[VillageLoad]) -> list[Problem]:
    """One problem per village all of whose points lie on parts that no source reaches."""
    part = disconnected_parts(street_graph)
    fed = {int(part[plant.node]) for plant in street_graph.plants}
    at = 0
    found = []
    for one in loads:
        nodes = street_graph.mesh.spots[at : at + len(one.spots)]
        at += len(one.spots)
        if not fed & set(part[nodes].tolist()):
            found.append(_problem("village_cut_off", one.code, {"village_code": one.code}))
    return found


def _villages_by_part(
    part: NDArray[np.intp], street_graph: StreetGraph, loads: list[VillageLoad]
) -> dict[int, list[str]]:
    owner = np.repeat(np.arange(len(loads)), [len(one.spots) for one in loads])
    found: dict[int, list[str]] = defaultdict(list)
    for load_at, node in zip(owner.tolist(), street_graph.mesh.spots.tolist(), strict=True):
        code = loads[load_at].code
        if code not in found[int(part[node])]:
            found[int(part[node])].append(code)
    return found


def disconnected_parts(street_graph: StreetGraph) -> NDArray[np.intp]:
    """The connected component of each node, taps included."""
    size = len(street_graph.mesh.xy)
    start = np.concatenate([street_graph.mesh.start, [a for a, _, _ in street_graph.taps]]).astype(
        np.intp
    )
    end = np.concatenate([street_graph.mesh.end, [b for _, b, _ in street_graph.taps]]).astype(
        np.intp
    )
    graph = coo_array((np.ones(len(start)), (start, end)), shape=(size, size))
    return connected_components(graph, directed=False)[1]


def _problem(code: str, value: str, values: dict[str, object]) -> Problem:
    words = messages("network")
    return Problem(
        layer="roads",
        code=code,
        row=None,
        column="geometry",
        value=value,
        message=format_message(words["message"], code, **values),
        remedy=Text(words["remedy"][code]["zh"], words["remedy"][code]["en"]),
    )

"""What the streets and mains say against each other, each with its place."""

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
    ground: StreetGraph, loads: list[VillageLoad], names: list[str], pipe: PipeCatalogue
) -> tuple[Problem, ...]:
    """Gaps that were closed, and parts of the streets that no source reaches."""
    return (*_joints(ground, pipe), *_cut_off(ground, loads, names), *_far(ground, loads))


def _joints(ground: StreetGraph, pipe: PipeCatalogue) -> list[Problem]:
    """One finding a closed gap: it is built as a street of that length."""
    found = []
    for k in ground.mesh.joints:
        x, y = ground.mesh.xy[ground.mesh.start[k]]
        metres = float(ground.mesh.length_m[k])
        said = {"x": x, "y": y, "metres": metres, "snap_m": pipe.figures["snap_m"]}
        found.append(_finding("street_snapped", f"{metres:.2f} m", said))
    return found


def _cut_off(ground: StreetGraph, loads: list[VillageLoad], names: list[str]) -> list[Problem]:
    """One finding a part of the streets that hangs together with no source."""
    part = disconnected_parts(ground)
    fed = {int(part[plant.node]) for plant in ground.plants}
    villages = _villages_by_part(part, ground, loads)
    found = []
    for one in sorted(set(part.tolist()) - fed):
        pieces = np.flatnonzero(part[ground.mesh.start] == one)
        if not len(pieces):
            continue
        longest = pieces[np.argmax(ground.mesh.length_m[pieces])]
        x, y = ground.mesh.xy[ground.mesh.start[longest]]
        street = ground.street[longest]
        name = names[street] if street >= 0 and names[street] else "—"
        said = {
            "street": name, "x": x, "y": y,
            "metres": float(ground.mesh.length_m[pieces].sum()),
            "villages": ", ".join(villages.get(one, [])) or "—",
        }  # fmt: skip
        found.append(_finding("streets_cut_off", name, said))
    return found


def _far(ground: StreetGraph, loads: list[VillageLoad]) -> list[Problem]:
    """One finding a village all of whose places lie on parts that no source reaches."""
    part = disconnected_parts(ground)
    fed = {int(part[plant.node]) for plant in ground.plants}
    at = 0
    found = []
    for one in loads:
        nodes = ground.mesh.spots[at : at + len(one.spots)]
        at += len(one.spots)
        if not fed & set(part[nodes].tolist()):
            found.append(_finding("village_cut_off", one.code, {"village_code": one.code}))
    return found


def _villages_by_part(
    part: NDArray[np.intp], ground: StreetGraph, loads: list[VillageLoad]
) -> dict[int, list[str]]:
    owner = np.repeat(np.arange(len(loads)), [len(one.spots) for one in loads])
    found: dict[int, list[str]] = defaultdict(list)
    for load_at, node in zip(owner.tolist(), ground.mesh.spots.tolist(), strict=True):
        code = loads[load_at].code
        if code not in found[int(part[node])]:
            found[int(part[node])].append(code)
    return found


def disconnected_parts(ground: StreetGraph) -> NDArray[np.intp]:
    """The connected part each node is in, taps included."""
    size = len(ground.mesh.xy)
    start = np.concatenate([ground.mesh.start, [a for a, _, _ in ground.taps]]).astype(np.intp)
    end = np.concatenate([ground.mesh.end, [b for _, b, _ in ground.taps]]).astype(np.intp)
    graph = coo_array((np.ones(len(start)), (start, end)), shape=(size, size))
    return connected_components(graph, directed=False)[1]


def _finding(code: str, value: str, said: dict[str, object]) -> Problem:
    words = messages("network")
    return Problem(
        layer="roads",
        code=code,
        row=None,
        column="geometry",
        value=value,
        message=format_message(words["message"], code, **said),
        remedy=Text(words["remedy"][code]["zh"], words["remedy"][code]["en"]),
    )

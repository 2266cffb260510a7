"""The heating network: three separate networks with invented sources."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
from shapely.geometry import LineString

from demo_layers import story
from demo_layers.ground import CITY
from demo_layers.settlements import Hamlet

_TOWN_SOURCE = (475_150.0, 3_941_550.0)
_FULL_VILLAGE = "F"
_KW_PER_HOME = (
    3.2  # ASSUME: about 100 m2 at 50 W/m2 with diversity; used only to size invented plants
)


class Pipe(NamedTuple):
    """One pipe: role and status in the words of the drawing, DN [mm], line [m]."""

    role: str
    status: str
    dn_mm: int
    line: LineString


def served(villages: gpd.GeoDataFrame, hamlets: list[Hamlet]) -> list[int]:
    """The indices of the hamlets with pipes."""
    role = dict(zip(villages["village_code"], villages["role"], strict=True))

    def runs(hamlet: Hamlet) -> bool:
        letter = role[hamlet.village_code]
        whole = letter in "CF" or hamlet.village_code in story.DONE_CENTRAL
        return whole or (letter in "PH" and hamlet.rank == 0)

    return [i for i, hamlet in enumerate(hamlets) if runs(hamlet)]


def lay_pipes(villages: gpd.GeoDataFrame, hamlets: list[Hamlet], roads: nx.Graph) -> list[Pipe]:
    """Mains along the roads to every served hamlet, and pipes in its lanes."""
    role = dict(zip(villages["village_code"], villages["role"], strict=True))
    numbers = served(villages, hamlets)
    apart = {
        i
        for i in numbers
        if hamlets[i].village_code == story.PLANT or role[hamlets[i].village_code] == "F"
    }
    pipes = _trunk(
        hamlets, _preferred(villages, hamlets, roads), [i for i in numbers if i not in apart]
    )
    pipes += [
        pipe
        for village in sorted({hamlets[i].village_code for i in apart})
        for pipe in _joined(hamlets, village)
    ]
    for i in numbers:
        pipes += _in_lanes(hamlets[i])
    return pipes + _planned(villages, hamlets, roads)


def _preferred(villages: gpd.GeoDataFrame, hamlets: list[Hamlet], roads: nx.Graph) -> nx.Graph:
    """The roads with weights for mains: around hamlets without pipes rather than through them."""
    role = dict(zip(villages["village_code"], villages["role"], strict=True))
    fed = set(served(villages, hamlets))
    shunned = {i for i, h in enumerate(hamlets) if role[h.village_code] in "PH" and h.rank > 0}
    ways = roads.copy()
    for a, b, length in roads.edges(data="length"):
        through = {a, b} - fed
        factor = 100 if through & shunned else 4 if through else 1
        ways.edges[a, b]["length"] = length * factor
    return ways


def _trunk(hamlets: list[Hamlet], roads: nx.Graph, numbers: list[int]) -> list[Pipe]:
    """Shortest paths from the hamlet nearest to the source, with larger diameters near it."""
    start = min(numbers, key=lambda i: np.hypot(*(np.array(hamlets[i].centre) - _TOWN_SOURCE)))
    ways = nx.single_source_dijkstra_path(roads, start, weight="length")
    carried: dict[tuple[int, int], int] = {}
    for number in numbers:
        for a, b in pairwise(ways[number]):
            edge = (min(a, b), max(a, b))
            carried[edge] = carried.get(edge, 0) + 1
    first = Pipe("一次网", "在运", 500, LineString([_TOWN_SOURCE, hamlets[start].centre]))
    return [first] + [
        Pipe("一次网", "在运", _dn(count), roads.edges[edge]["line"])
        for edge, count in sorted(carried.items())
    ]


def _dn(hamlets_fed: int) -> int:
    """A plausible diameter [mm] for a main that feeds so many hamlets."""
    return next(
        dn for least, dn in ((12, 400), (6, 300), (3, 250), (0, 200)) if hamlets_fed > least
    )


def _joined(hamlets: list[Hamlet], village_code: str) -> list[Pipe]:
    """A small separate network: a main from a village's first hamlet to its others."""
    first, *others = [hamlet for hamlet in hamlets if hamlet.village_code == village_code]
    return [Pipe("一次网", "在运", 200, LineString([first.centre, one.centre])) for one in others]


def _in_lanes(hamlet: Hamlet) -> list[Pipe]:
    lanes = [Pipe("二次网", "在运", 100, lane) for lane in hamlet.lanes]
    return [Pipe("二次网", "在运", 150, hamlet.street), *lanes]


def _planned(villages: gpd.GeoDataFrame, hamlets: list[Hamlet], roads: nx.Graph) -> list[Pipe]:
    """Planned mains to hamlets without pipes, in villages that have pipes."""
    role = dict(zip(villages["village_code"], villages["role"], strict=True))
    found = []
    for i, hamlet in enumerate(hamlets):
        if role[hamlet.village_code] == "H" and hamlet.rank > 0:
            first = next(
                k for k, one in enumerate(hamlets) if one.village_code == hamlet.village_code
            )
            way = nx.shortest_path(roads, first, i, weight="length")
            found += [
                Pipe("一次网", "规划", 200, roads.edges[a, b]["line"]) for a, b in pairwise(way)
            ]
    return found


def sources(villages: gpd.GeoDataFrame, hamlets: list[Hamlet]) -> pd.DataFrame:
    """The invented sources: `source_id, x, y, capacity_mw, load_mw`; one is at capacity."""
    full = villages[villages["role"] == _FULL_VILLAGE].iloc[0]
    plant = villages[villages["village_code"] == story.PLANT].iloc[0]
    centre = {h.village_code: h.centre for h in hamlets if h.rank == 0}
    full_mw = round(full["households"] * _KW_PER_HOME / 1000 * 0.6, 1)
    plant_mw = round(plant["households"] * _KW_PER_HOME / 1000, 1)
    south = (CITY[0], CITY[1])
    rows = [
        ("示意热源一（合成）", *_TOWN_SOURCE, 210.0, 96.0),
        ("示意换热站二（合成）", *_nearest(centre, south), 30.0, 12.0),
        ("示意热源三（合成）", *centre[full["village_code"]], full_mw, full_mw - 0.02),
        ("示意热源四（合成）", *centre[story.PLANT], round(plant_mw * 1.3), plant_mw),
    ]
    return pd.DataFrame(rows, columns=["source_id", "x", "y", "capacity_mw", "load_mw"])


def _nearest(
    centres: dict[str, tuple[float, float]], at: tuple[float, float]
) -> tuple[float, float]:
    return min(centres.values(), key=lambda c: float(np.hypot(c[0] - at[0], c[1] - at[1])))


def sheet(table: pd.DataFrame) -> pd.DataFrame:
    """The sources with an office's headings."""
    headings = {
        "source_id": "热源编号",
        "capacity_mw": "供热能力(MW)",
        "load_mw": "已接负荷(MW)",
        "x": "X坐标",
        "y": "Y坐标",
    }
    return table.rename(columns=headings).assign(数据性质="合成演示")

"""The new mains as branches: runs of one diameter between junctions, with geometry."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import shapely

if TYPE_CHECKING:
    from collections.abc import Hashable

    from gis.network.demand import VillageLoad
    from gis.network.pipe_catalogue import PipeCatalogue
    from gis.network.street_graph import StreetGraph
    from gis.policy import Policy
    from gis.steiner.model import SteinerProblem
    from gis.steiner.solution import Network, PipeRun


class SolvedNetwork(NamedTuple):
    """A problem, its solution, and the street graph and loads of both."""

    problem: SteinerProblem
    network: Network
    street_graph: StreetGraph
    loads: list[VillageLoad]


COLUMNS = (
    "branch_id", "dn_mm", "length_m", "kw", "loss_kw", "heat_mwh_a", "mwh_per_m_a", "thin",
    "capital_cny", "upsized", "villages", "streets",
)  # fmt: skip


def build_branch_table(
    solved: SolvedNetwork, names: list[str], policy: Policy, pipe: PipeCatalogue
) -> gpd.GeoDataFrame:
    """One row per branch in the order of flow, including existing mains that are upsized.

    kw is the flow its first run is sized for. mwh_per_m_a is the heat delivered downstream of its
    start per metre of new pipe there.
    """
    places = EdgeGeometry(solved)
    behind = villages_behind(solved.network)
    least = policy.heating_network.min_mwh_per_m_a
    rows, shapes = [], []
    for i, runs in enumerate(_chains(solved.network, pipe)):
        first = runs[0]
        rows.append(
            {
                "branch_id": i + 1,
                "dn_mm": pipe.dn_for(first.sent_kw),
                "length_m": sum(run.length_m for run in runs),
                "kw": first.sent_kw,
                "loss_kw": sum(run.loss_kw for run in runs),
                "heat_mwh_a": first.heat_mwh_a,
                "mwh_per_m_a": first.density_mwh_per_m_a if first.new_pipe_m else None,
                "thin": bool(first.new_pipe_m) and first.density_mwh_per_m_a < least - 1e-9,
                "capital_cny": sum(run.capital_cny for run in runs),
                "upsized": first.upsized,
                "villages": ",".join(sorted(behind[first.end])),
                "streets": "、".join(streets_along(runs, places, names)),
            }
        )
        shapes.append(shapely.line_merge(shapely.multilinestrings([places.line(r) for r in runs])))
    return gpd.GeoDataFrame(rows, columns=list(COLUMNS), geometry=shapes)


class EdgeGeometry:
    """The geometry of each edge of the problem."""

    def __init__(self, solved: SolvedNetwork) -> None:
        self.problem, self.street_graph = solved.problem, solved.street_graph
        self.mesh = solved.street_graph.mesh
        self.pieces = len(self.mesh.line)
        self.spots = {("village", one.code): one.spots for one in solved.loads}

    def line(self, run: PipeRun) -> shapely.LineString:
        """The line of a run; a branch into a village is a straight line."""
        if run.edge < self.pieces:
            return self.mesh.geometry[run.edge]
        start = self.mesh.xy[int(str(run.start))]
        if run.end in self.spots:
            spots = self.spots[run.end]
            metres = shapely.distance(spots, shapely.Point(start))
            end = shapely.get_coordinates(spots[int(metres.argmin())])[0]
        else:
            end = self.mesh.xy[int(str(run.end))]
        return shapely.LineString([start, end])

    def street(self, run: PipeRun) -> int:
        """The row of `roads` that a run follows, -1 for none."""
        return int(self.street_graph.street[run.edge]) if run.edge < self.pieces else -1


def streets_along(runs: list[PipeRun], places: EdgeGeometry, names: list[str]) -> list[str]:
    """The names of the streets along runs, each once, in order."""
    rows = [places.street(run) for run in runs]
    return list(dict.fromkeys(names[row] for row in rows if row >= 0 and names[row]))


def villages_behind(network: Network) -> dict[Hashable, set[str]]:
    """The villages fed through each node."""
    found: dict[Hashable, set[str]] = defaultdict(set)
    for run in reversed(network.runs):
        if isinstance(run.end, tuple):
            found[run.end].add(str(run.end[1]))
        found[run.start] |= found[run.end]
    return found


def _chains(network: Network, pipe: PipeCatalogue) -> list[list[PipeRun]]:
    """Consecutive new or upsized runs of one diameter without a junction between them."""
    runs = [run for run in network.runs if not run.existing or run.upsized]
    leaving = Counter(run.start for run in network.runs)
    chains: list[list[PipeRun]] = []
    ending: dict[Hashable, list[PipeRun]] = {}
    for run in runs:
        before = ending.get(run.start)
        fits = before is not None and leaving[run.start] == 1 and _same_pipe(before[-1], run, pipe)
        if before is not None and fits:
            before.append(run)
            ending[run.end] = before
        else:
            chains.append([run])
            ending[run.end] = chains[-1]
    return chains


def _same_pipe(one: PipeRun, other: PipeRun, pipe: PipeCatalogue) -> bool:
    same = one.existing == other.existing
    return same and pipe.dn_for(one.sent_kw) == pipe.dn_for(other.sent_kw)

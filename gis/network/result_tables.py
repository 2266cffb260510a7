"""The extension as tables: branches of new mains with geometry, and one row per village.

A branch is a run of one diameter between junctions. A village has its cost, source, path along the
streets, and date of operation.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely

from gis.costs.money import exact, to_fen
from gis.i18n import format_message, messages
from gis.network.unconnected import unconnected_reasons
from gis.steiner.graph import lost_cny_per_kw_a

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import date

    from gis.errors import Text
    from gis.network.demand import VillageLoad
    from gis.network.pipe_catalogue import PipeCatalogue
    from gis.network.street_graph import StreetGraph
    from gis.network.unconnected import UnconnectedReason
    from gis.policy import Policy
    from gis.steiner.model import SteinerProblem
    from gis.steiner.solution import Network, PipeRun

BRANCH_COLUMNS = (
    "branch_id", "dn_mm", "length_m", "kw", "loss_kw", "heat_mwh_a", "mwh_per_m_a", "thin",
    "capital_cny", "list_cny", "upsized", "villages", "streets",
)  # fmt: skip
VILLAGE_COLUMNS = (
    "village_code", "connected", "homes", "peak_kw", "drawn_kw", "heat_mwh_a", "source_piece",
    "new_m", "own_pipe_m", "network_fen", "cost_fen_a", "network_fen_a",
    "individual_route", "individual_fen_a", "runs_on", "in_time", "path_zh", "path_en",
    "cause", "why_zh", "why_en",
)  # fmt: skip


class SolvedNetwork(NamedTuple):
    """A problem, its solution, and the street graph and loads of both."""

    problem: SteinerProblem
    network: Network
    street_graph: StreetGraph
    loads: list[VillageLoad]


def build_branch_table(
    solved: SolvedNetwork, names: list[str], policy: Policy, pipe: PipeCatalogue
) -> gpd.GeoDataFrame:
    """One row per branch in the order of flow, including existing mains that are upsized.

    kw is the flow its first run is sized for, dn_mm the smallest diameter that carries it (missing:
    larger than any that is priced). capital_cny is by the line through the prices that the solver
    works with, list_cny by the price of the diameter itself. mwh_per_m_a is the heat delivered
    downstream of its start per metre of new pipe there.
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
                "list_cny": _list_cny(runs, pipe),
                "upsized": first.upsized,
                "villages": ",".join(sorted(behind[first.end])),
                "streets": "、".join(streets_along(runs, places, names)),
            }
        )
        shapes.append(shapely.line_merge(shapely.multilinestrings([places.line(r) for r in runs])))
    table = gpd.GeoDataFrame(rows, columns=list(BRANCH_COLUMNS), geometry=shapes)
    return table.astype({"dn_mm": "Int64", "list_cny": float})


def _list_cny(runs: list[PipeRun], pipe: PipeCatalogue) -> float | None:
    """Price of the runs by their diameter; an upsized main is priced as one in its place."""
    prices = [pipe.price_for(run.sent_kw) for run in runs]
    if None in prices:
        return None
    return sum(run.length_m * price for run, price in zip(runs, prices, strict=True) if price)


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


def village_results(
    solved: SolvedNetwork, names: list[str], policy: Policy, pipe: PipeCatalogue, as_of: date
) -> pd.DataFrame:
    """One row per candidate by village_code; see `NetworkExtension.villages`.

    The cost of a main is shared by the villages downstream in proportion to their peaks.
    """
    paths = _SourcePaths(solved, names)
    shares, left_out = _shares(solved, paths), unconnected_reasons(solved)
    rows = []
    for one in solved.loads:
        path = paths.to(one.code)
        rows.append(
            _load(one, solved, shares[one.code].loss_kw)
            | _money(one, shares[one.code], solved.problem.annuity, pipe)
            | (paths.columns(path, one) if path else {})
            | (_why(left_out[one.code]) if one.code in left_out else {})
            | (_date(max(paths.new_m(path), one.own_pipe_m), policy, pipe, as_of) if path else {})
        )
    table = pd.DataFrame(rows, columns=list(VILLAGE_COLUMNS))
    for name in ("connected", "in_time"):
        table[name] = table[name].eq(other=True)
    table["runs_on"] = pd.to_datetime(table["runs_on"])
    kinds = {"individual_fen_a": "Int64", "connected": bool, "in_time": bool}
    return table.astype(kinds).set_index("village_code")


def _why(found: UnconnectedReason) -> dict[str, object]:
    """Columns that say why a village is not connected."""
    return {"cause": found.cause, "why_zh": found.sentence.zh, "why_en": found.sentence.en}


def _load(one: VillageLoad, solved: SolvedNetwork, loss_kw: float) -> dict[str, object]:
    diversity = solved.problem.diversity
    return {
        "village_code": one.code,
        "homes": one.homes,
        "peak_kw": diversity.a * one.peak_kw + diversity.once_kw,
        "drawn_kw": diversity.a * one.peak_kw + loss_kw,
        "heat_mwh_a": one.heat_mwh_a,
        "own_pipe_m": one.own_pipe_m,
        "individual_route": one.individual,
    }


def _money(
    one: VillageLoad, share: _Share, annuity: float, pipe: PipeCatalogue
) -> dict[str, object]:
    """Its share of the mains, with its substation and the pipe among its homes."""
    inside_cny = one.station_cny + one.own_pipe_m * pipe.cny_per_m[0]
    network_cny_a = share.cny_a + annuity * inside_cny
    return {
        "network_fen": _fen(share.capital_cny + inside_cny),
        "individual_fen_a": _fen(one.individual_cny_a) if one.individual else None,
        "network_fen_a": _fen(network_cny_a),
        "cost_fen_a": _fen(network_cny_a + one.equipment_cny_a + one.bill_cny_a),
    }


def _date(trench_m: float, policy: Policy, pipe: PipeCatalogue, as_of: date) -> dict[str, object]:
    """The earliest date of operation.

    ASSUME: work starts on as-of; each village's path has its own crew, and so has the pipe among
    its homes, so that the longer of the two counts.
    """
    days = pipe.figures["start_days"] + trench_m / pipe.figures["build_m_per_day"]
    runs_on = as_of + timedelta(days=ceil(days))
    return {"runs_on": runs_on, "in_time": runs_on <= policy.plan.deadline}


def _fen(cny: float) -> int:
    return to_fen(exact(cny))


class _SourcePaths:
    """The path of each connected village from its source."""

    def __init__(self, solved: SolvedNetwork, names: list[str]) -> None:
        self.names = names
        self.places = EdgeGeometry(solved)
        self.into: dict[Hashable, PipeRun] = {run.end: run for run in solved.network.runs}
        self.piece = {plant.node: plant.piece for plant in solved.street_graph.plants}

    def to(self, code: str) -> list[PipeRun]:
        """The runs from the source to the village, empty if it is not connected."""
        found = []
        node: Hashable = ("village", code)
        while node in self.into:
            found.append(self.into[node])
            node = self.into[node].start
        return found[::-1]

    def new_m(self, path: list[PipeRun]) -> float:
        """Metres of new main along the path."""
        return sum(run.length_m for run in path if not run.existing)

    def columns(self, path: list[PipeRun], one: VillageLoad) -> dict[str, object]:
        """Source, new main and the streets as text."""
        new = [run for run in path if not run.existing]
        path_text = self.sentence(new, one)
        piece = self.piece[int(str(path[0].start))]
        return {
            "connected": True,
            "source_piece": piece,
            "new_m": self.new_m(path),
            "path_zh": path_text.zh,
            "path_en": path_text.en,
        }

    def sentence(self, new: list[PipeRun], one: VillageLoad) -> Text:
        """The streets of a path in a sentence."""
        streets = streets_along(new, self.places, self.names)
        key = "along" if streets else "along_unnamed"
        return format_message(
            messages("network")["path"],
            key,
            streets_zh="、".join(streets),
            streets_en=", ".join(streets),
            new_m=self.new_m(new),
            own_m=one.own_pipe_m,
        )


class _Share(NamedTuple):
    """A village's share of the mains on its path: capital, CNY/a, and their loss [kW]."""

    capital_cny: float = 0.0
    cny_a: float = 0.0
    loss_kw: float = 0.0


def _shares(solved: SolvedNetwork, paths: _SourcePaths) -> dict[str, _Share]:
    """By village, its share of mains, upsizing and losses."""
    kw = {one.code: one.peak_kw for one in solved.loads}
    behind: dict[int, list[str]] = defaultdict(list)
    for code in solved.network.connected:
        for run in paths.to(code):
            behind[run.edge].append(code)
    lost = lost_cny_per_kw_a(solved.problem)
    found: dict[str, _Share] = defaultdict(_Share)
    for run in solved.network.runs:
        cost = solved.problem.annuity * run.capital_cny + lost * run.loss_kw
        total = sum(kw[code] for code in behind[run.edge])
        for code in behind[run.edge]:
            part, before = kw[code] / total, found[code]
            found[code] = _Share(
                before.capital_cny + part * run.capital_cny,
                before.cny_a + part * cost,
                before.loss_kw + part * run.loss_kw,
            )
    return found

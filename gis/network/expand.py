"""Extend a project's heating network: build the problem, solve it, and tabulate the result.

The result can be solved again with other prices of heat and pipe (`sensitivity`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.errors import InputError
from gis.i18n import format_message, messages
from gis.network import unconnected
from gis.network.build_problem import problem_of
from gis.network.demand import individual_routes, village_loads
from gis.network.pipe_catalogue import pipes_of
from gis.network.result_tables import (
    SolvedNetwork,
    build_branch_table,
    village_results,
    villages_behind,
)
from gis.network.street_graph import build_street_graph
from gis.policy.differences import setting_name
from gis.steiner.model import Limits, SteinerProblem
from gis.steiner.solve import solve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    import geopandas as gpd

    from gis.errors import Problem as Finding
    from gis.errors import Text
    from gis.facts import Facts
    from gis.policy import Policy
    from gis.steiner.solution import Network


_WHY = ("cause", "why_zh", "why_en")
PROVEN = Limits(gap=2e-4, nodes=200)
# For interactive use: cutting planes and heuristic only; the remaining gap is reported.
PROMPT = Limits(gap=2e-4, rounds=12, exact_arcs=0)
NETWORK_LAYERS = ("roads", "heat_pipes", "heat_sources")
_HOMES = (
    "village_code", "located_village_code", "status", "x", "y", "pending", "served",
    "floor_area_m2",
)  # fmt: skip
# (price of heat, cost of pipe), each as a share of the policy's.
# ASSUME: such prices are uncertain by a fifth up and down.
SHARES = ((1.0, 1.0), (0.8, 1.0), (1.2, 1.0), (1.0, 0.8), (1.0, 1.2))
QUICK = Limits(gap=2e-4, nodes=20)  # each row reports its remaining gap


@dataclass(frozen=True)
class NetworkExtension:
    """The proposed extension of the heating network.

    villages   one row per candidate village, by village_code: connected, homes, peak_kw (with
               diversity), drawn_kw (added load at its source, including its share of losses),
               heat_mwh_a, source_piece, new_m (new main on its path), own_pipe_m, network_fen (its
               share of the mains, its substation and the pipe among its homes), network_fen_a (the
               same per year, losses included), cost_fen_a (all costs of its homes per year,
               network_fen_a included), individual_route ("" none), individual_fen_a, runs_on,
               in_time, path_zh, path_en (the streets of the path); if not connected: cause (a key
               of [unconnected] in words/network.toml), why_zh, why_en
    branches   one row per run of new main between junctions: branch_id, dn_mm (missing: larger
               than any priced), length_m, kw, loss_kw, heat_mwh_a, mwh_per_m_a, thin (below the
               policy's bound), capital_cny (by the line through the prices, as the solver counts),
               list_cny (by the price of dn_mm), upsized, villages, streets, geometry (project CRS)
    reserved_kw  by source_piece, the load of the villages connected [kW]
    network, problem   the solver's solution and input
    own_pipe_cny_per_m   price of the pipe inside villages
    problems   what was snapped, disconnected or left out
    """

    villages: pd.DataFrame
    branches: gpd.GeoDataFrame
    reserved_kw: dict[str, float]
    network: Network
    problem: SteinerProblem
    own_pipe_cny_per_m: float
    problems: tuple[Finding, ...]

    @property
    def connected(self) -> list[str]:
        """Codes of the villages it connects."""
        return self.villages.index[self.villages["connected"]].tolist()

    def of(self, codes: Iterable[str]) -> NetworkExtension:
        """The extension as far as it concerns some villages.

        Branches and runs are those that feed any of them; the investment is their shares of it.
        Problems concern all villages and are left out.
        """
        own = set(codes)
        fed = [not own.isdisjoint(fed.split(",")) for fed in self.branches["villages"]]
        villages = self.villages[self.villages.index.isin(own)]
        behind = villages_behind(self.network)
        network = replace(
            self.network,
            connected=tuple(one for one in self.network.connected if one in own),
            runs=tuple(run for run in self.network.runs if not own.isdisjoint(behind[run.end])),
            invest_cny=float(villages.loc[villages["connected"], "network_fen"].sum()) / 100,
        )
        return replace(
            self,
            villages=villages,
            branches=self.branches.loc[np.array(fed, dtype=bool)],  # there may be none
            network=network,
            problems=(),
        )

    def priced(self, priced: pd.DataFrame) -> pd.DataFrame:
        """`priced` with costs of the central route for the villages that the extension connects.

        Their share of the mains is added to the substation; the heat company pays for both.
        """
        connected = self.villages[self.villages["connected"]]
        table = priced.copy()
        central = (table["route"] == "central") & (table["part"] == "")
        reached = central & table["village_code"].isin(connected.index)
        if not reached.any():
            return priced
        code = table.loc[reached, "village_code"]
        homes = table.loc[reached, "households"]
        for column in ("station_fen", "capital_company_fen"):
            table.loc[reached, column] = code.map(connected["network_fen"])
        cost_fen_a = code.map(connected["cost_fen_a"])
        table.loc[reached, "cost_fen_a"] = cost_fen_a
        each_fen_a = (cost_fen_a / homes + 0.5).floordiv(1).astype("int64")
        table.loc[reached, "cost_per_household_fen_a"] = each_fen_a
        keys_missing = table.loc[reached, "missing"].str.split(",")
        table.loc[reached, "missing"] = [
            ",".join(key for key in keys if key != "network") for keys in keys_missing
        ]
        return table

    def as_json(self) -> dict[str, Any]:
        """The result as printed by `nuantu extend --json`."""
        found = self.network
        left_out = self.villages[~self.villages["connected"]]
        fields = ["length_m", "dn_mm", "mwh_per_m_a"]
        branches = self.branches[fields].round(3).astype(object)
        return {
            "connected": self.connected,
            "built_m": round(float(self.branches["length_m"].sum()), 3),
            "cost_cny_a": round(found.cost_cny_a, 2),
            "bound_cny_a": round(found.bound_cny_a, 2),
            "gap": found.gap,
            "invest_cny": round(found.invest_cny, 2),
            "branches": branches.where(branches.notna(), None).to_dict("records"),
            "unconnected": [
                {"village_code": code, **row}
                for code, row in left_out[list(_WHY)].to_dict("index").items()
            ],
        }


def extend_network(  # noqa: PLR0913  inputs of the stage, and its limits
    tables: Mapping[str, Any],
    facts: Facts,
    priced: pd.DataFrame,
    policy: Policy,
    as_of: date,
    *,
    limits: Limits = PROVEN,
) -> NetworkExtension:
    """Find which villages to connect, along which streets, with which pipes.

    Minimises the yearly cost of all candidates: mains, substations and house side of the connected
    ones, the cheapest lawful individual route of the others.

    Args:
        tables: The layers by name in the project CRS [m]; `roads` and `heat_pipes` are required.
        facts: The facts.
        priced: `gis.costs.price_routes(facts, policy)`.
        policy: The policy.
        as_of: The day on which work starts.
        limits: PROVEN closes the gap by branching; PROMPT stops after the cutting planes. The
            remaining gap is in the result.

    Raises:
        InputError: A layer or a price is missing (see `missing_input`), or no network is feasible.
    """
    missing_reason = missing_input(tables, priced, policy)
    if missing_reason:
        raise InputError(missing_reason)
    pipe = pipes_of(policy)
    routes = individual_routes(facts, priced, policy)
    wanted = village_loads(facts, priced, routes, policy, pipe)
    spots = np.concatenate([np.array([], dtype=object), *(one.spots for one in wanted)])
    ground = build_street_graph(tables, facts, spots, (policy, pipe, as_of))
    problem = problem_of(ground, wanted, policy, pipe)
    network = solve(problem, limits)
    solved = SolvedNetwork(problem, network, ground, wanted)
    named = unconnected.street_names(tables["roads"])
    villages = village_results(solved, named, policy, pipe, as_of)
    connected = villages[villages["connected"]]
    return NetworkExtension(
        villages=villages,
        branches=build_branch_table(solved, named, policy, pipe),
        reserved_kw=connected.groupby("source_piece")["drawn_kw"].sum().to_dict(),
        network=network,
        problem=problem,
        own_pipe_cny_per_m=pipe.cny_per_m[0],
        problems=unconnected.street_problems(ground, wanted, named, pipe),
    )


def inputs_of(tables: Mapping[str, Any], facts: Facts) -> tuple[dict[str, Any], Facts]:
    """The layers and facts that `extend_network` reads, without the rest."""
    homes = facts.households[list(_HOMES)]
    return {name: tables[name] for name in NETWORK_LAYERS if name in tables}, replace(
        facts, households=homes, village_index=None
    )


def missing_input(tables: Mapping[str, Any], priced: pd.DataFrame, policy: Policy) -> Text | None:
    """The layer or price that an extension needs and the project lacks; None: nothing is missing.

    A missing price never counts as 0.
    """
    refused = messages("network")["refused"]
    for layer in ("roads", "heat_pipes"):
        if layer not in tables or not len(tables[layer]):
            return format_message(refused, f"no_{layer}")
    try:
        pipes_of(policy)
    except InputError as error:
        return error.message
    central = priced.loc[(priced["route"] == "central") & (priced["part"] == ""), "missing"]
    keys = sorted(
        {key for missing in central for key in missing.split(",") if key.startswith("prices.")}
    )
    if not keys:
        return None
    names = [(setting_name(key), key) for key in keys]
    return format_message(
        refused,
        "unpriced",
        names_zh="、".join(f"{name.zh}（{key}）" for name, key in names),
        names_en=", ".join(f"{name.en} ({key})" for name, key in names),
    )


def sensitivity(
    extension: NetworkExtension,
    shares: tuple[tuple[float, float], ...] = SHARES,
    limits: Limits | None = None,
) -> pd.DataFrame:
    """Solve again with changed prices of heat and pipe, as shares of the policy's.

    Args:
        extension: The proposed extension.
        shares: Pairs of heat share and pipe share; (1, 1) is the proposal itself.
        limits: Limits of each solution; None: QUICK.

    Returns:
        One row per pair: heat_share, pipe_share, connected (villages), homes, built_m, cost_cny_a,
        invest_cny, gap_left, joins, leaves (village codes added to and dropped from the proposal,
        comma-separated)
    """
    homes = extension.villages["homes"]
    proposed = set(extension.connected)
    rows = []
    for heat_share, pipe_share in shares:
        if heat_share == pipe_share == 1:
            found = extension.network
        else:
            found = solve(_with_prices(extension, heat_share, pipe_share), limits or QUICK)
        codes = list(found.connected)
        rows.append(
            {
                "heat_share": heat_share,
                "pipe_share": pipe_share,
                "connected": len(codes),
                "homes": int(homes.loc[codes].sum()),
                "built_m": found.built_m,
                "cost_cny_a": found.cost_cny_a,
                "invest_cny": found.invest_cny,
                "gap_left": found.gap,
                "joins": ",".join(sorted(set(codes) - proposed)),
                "leaves": ",".join(sorted(proposed - set(codes))),
            }
        )
    return pd.DataFrame(rows)


def _with_prices(
    extension: NetworkExtension, heat_share: float, pipe_share: float
) -> SteinerProblem:
    """The same problem with other prices; pipe inside villages changes like other pipe."""
    proposed = extension.problem
    more = (pipe_share - 1) * extension.own_pipe_cny_per_m
    return replace(
        proposed,
        heat_cny_per_mwh=proposed.heat_cny_per_mwh * heat_share,
        edges=tuple(
            replace(
                edge,
                fixed_cny_per_m=edge.fixed_cny_per_m * pipe_share,
                slope_cny_per_kw_m=edge.slope_cny_per_kw_m * pipe_share,
                upsize_cny_per_m=_scaled(edge.upsize_cny_per_m, pipe_share),
                upsize_cny_per_kw_m=edge.upsize_cny_per_kw_m * pipe_share,
            )
            for edge in proposed.edges
        ),
        consumers=tuple(
            replace(one, connecting_cny=one.connecting_cny + more * one.own_pipe_m)
            for one in proposed.consumers
        ),
    )


def _scaled(price: float | None, share: float) -> float | None:
    return None if price is None else price * share

"""Heat demand of candidate villages, and their cheapest individual route.

A candidate is a village with pending homes that the network does not serve. It is one load, with
points at which a main could meet it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial.distance import cdist

from gis.costs import grid_works
from gis.costs.household import cost_basis
from gis.costs.money import Prices
from gis.costs.upgrades import can_be_built, new_transformer
from gis.facts.ledger_state import UNKNOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.facts import Facts
    from gis.network.pipe_catalogue import PipeCatalogue
    from gis.policy import Policy

_HAMLET_CELLS = 3  # ASSUME: homes farther apart than three connection distances are two hamlets
_PRICED = ("households", "peak_w", "heat_mwh_a", "equipment_fen", "running_fen_a")
_CANDIDATES = 4  # points per village at which a main may meet it
_LEAST_DENSITY = 0.1  # ASSUME: the least density where the policy sets no bound [MWh/(m a)]


@dataclass(frozen=True)
class VillageLoad:
    """A village as a load of the network.

    peak_kw      sum of its pending homes' peaks, before diversity
    equipment_cny_a, bill_cny_a   house side annualised, and heat bill
    station_cny, own_pipe_m       substation, and pipe among the homes
    individual   its cheapest lawful individual route, "" for none
    individual_cny_a  yearly cost of that route; for none, the most that a connection may cost at
                 the policy's least linear heat density
    spots        points in it where a main may arrive, shape (k,)
    """

    code: str
    homes: int
    peak_kw: float
    heat_mwh_a: float
    equipment_cny_a: float
    bill_cny_a: float
    station_cny: float
    own_pipe_m: float
    individual: str
    individual_cny_a: float
    spots: NDArray


def candidate_loads(facts: Facts, policy: Policy) -> list[str]:
    """Codes of villages with pending homes that the existing network does not serve."""
    table = facts.villages
    share = policy.heating_network.served_share
    known = ~table["ledger_state"].isin(UNKNOWN)
    open_ = known & (table["pending"] > 0) & (table["pending_unserved"] > 0)
    return table.loc[open_ & (table["served_share"] < share), "village_code"].tolist()


def village_loads(
    facts: Facts, priced: pd.DataFrame, routes: pd.DataFrame, policy: Policy, pipe: PipeCatalogue
) -> list[VillageLoad]:
    """The loads of all candidates, sorted by village_code.

    ASSUME: pending homes with an unknown location, or one in another village (an error of the
    ledger), count in the load and are taken to live among the others.
    """
    central = priced[(priced["part"] == "") & (priced["route"] == "central")]
    central = central.set_index("village_code")[list(_PRICED)].to_dict("index")
    homes = facts.households
    at_home = (homes["located_village_code"] == homes["village_code"]).fillna(value=False)
    waiting = homes[homes["pending"].astype(bool) & (homes["served"] == "none") & at_home]
    places = waiting.groupby("village_code")[["x", "y"]]
    villages = facts.villages.set_index("village_code")
    prices = _Prices(policy, pipe)
    found = []
    for code in candidate_loads(facts, policy):
        if code not in central or pd.isna(central[code]["equipment_fen"]):
            continue
        known = code in places.groups
        here = places.get_group(code) if known else villages.loc[[code], ["x", "y"]]
        found.append(_load(code, central[code], here.to_numpy(float), routes, prices))
    return found


class _Prices:
    """The policy's prices for a home on the network."""

    def __init__(self, policy: Policy, pipe: PipeCatalogue) -> None:
        self.policy = policy
        lookup = Prices(policy)
        self.annuity = annuity(policy)
        self.pipe = pipe
        self.station_cny_per_kw = float(lookup.price("station_cny_per_kw") or 0)
        self.life = f"equipment_life_a.{cost_basis('central', policy)}"
        least = policy.heating_network.min_mwh_per_m_a
        self.least_mwh_per_m = max(least, _LEAST_DENSITY) if least == 0 else least

    def equipment_cny_a(self, capital_fen: int) -> float:
        """The house side annualised [CNY/a]."""
        return (Prices(self.policy).annual_fen(capital_fen, self.life) or 0) / 100

    def main_cny_a(self, heat_mwh: float, peak_kw: float, bill_cny_a: float) -> float:
        """Yearly cost of the longest main that the least linear heat density allows."""
        metres = heat_mwh / self.least_mwh_per_m
        loss_kw = metres * self.pipe.figures["loss_w_per_m"] / 1000
        per_m = self.pipe.fixed_cny_per_m + self.pipe.slope_cny_per_kw_m * (peak_kw + loss_kw)
        lost_mwh = loss_kw * self.pipe.figures["season_h"] / 1000
        return self.annuity * metres * per_m + lost_mwh * bill_cny_a / heat_mwh


def annuity(policy: Policy) -> float:
    """The yearly cost of mains and substations per unit of capital [1/a]."""
    prices = Prices(policy)
    return (prices.annual_fen(10**9, "network_life_a") or 0) / 10**9


def _load(
    code: str,
    row: dict[str, Any],
    homes: NDArray[np.float64],
    routes: pd.DataFrame,
    prices: _Prices,
) -> VillageLoad:
    policy = prices.policy
    count = int(row["households"])
    peak_kw = float(row["peak_w"]) / 1000
    diversified_kw = policy.demand.peak_kw(count, float(row["peak_w"]) / count)
    heat_mwh = float(row["heat_mwh_a"])
    own_pipe_m, spots = loads_among(homes, max(policy.heating_network.connect_m, 1.0))
    equipment = prices.equipment_cny_a(int(row["equipment_fen"]))
    bill = float(row["running_fen_a"]) / 100 if pd.notna(row["running_fen_a"]) else 0.0
    station = diversified_kw * prices.station_cny_per_kw
    has_individual = code in routes.index
    connected_max = equipment + bill + prices.annuity * station
    connected_max += prices.main_cny_a(heat_mwh, diversified_kw, bill)
    return VillageLoad(
        code=code,
        homes=count,
        peak_kw=peak_kw,
        heat_mwh_a=heat_mwh,
        equipment_cny_a=equipment,
        bill_cny_a=bill,
        station_cny=station,
        own_pipe_m=own_pipe_m,
        individual=str(routes.at[code, "route"]) if has_individual else "",
        individual_cny_a=float(routes.at[code, "cost_fen_a"]) / 100
        if has_individual
        else connected_max,
        spots=spots,
    )


def loads_among(homes: NDArray[np.float64], connect_m: float) -> tuple[float, NDArray]:
    """The length of pipe among homes [m], and the centres of its largest hamlets as points.

    ASSUME: pipe that passes every square of connect_m with a home in it serves the homes there, and
    its length is that of the minimum spanning tree of those squares.

    Args:
        homes: Coordinates, shape (n, 2) [m].
        connect_m: The connection distance, used as cell size.
    """
    _, square = np.unique(np.floor(homes / connect_m), axis=0, return_inverse=True)
    count = np.bincount(square.ravel())
    cells = np.stack([np.bincount(square.ravel(), homes[:, i]) / count for i in (0, 1)], axis=1)
    tree = minimum_spanning_tree(cdist(cells, cells))
    near = tree.copy()
    near.data[near.data > _HAMLET_CELLS * connect_m] = 0
    near.eliminate_zeros()
    _, hamlet = connected_components(near, directed=False)
    size = np.bincount(hamlet, count)
    spots = []
    for one in np.argsort(-size, kind="stable")[:_CANDIDATES]:
        own_cells = cells[hamlet == one]
        spots.append(own_cells[np.argmin(np.hypot(*(own_cells - own_cells.mean(axis=0)).T))])
    return float(tree.sum()), shapely.points(np.array(spots))


def individual_routes(facts: Facts, priced: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """The cheapest lawful individual route: one row per village that has one, by village_code.

    Gas needs a pipe and secured supply at every pending home, biomass a remote mountain village,
    electric a transformer at every home, which may have to be built, with the works that it needs.
    They count at their price,
    whenever they are done: mains last thirty years, and an upgrade that is late this winter does
    not.

    ASSUME: a village bears its share of a transformer's works by device power, as if all pending
    homes of the transformer went electric.

    Returns:
        route, and cost_fen_a with upgrades.
    """
    table = priced[(priced["part"] == "") & priced["cost_fen_a"].notna()]
    lawful = _lawful(facts, policy)
    grid_fen = _grid_fen(facts, policy)
    rows = []
    for code, route, fen in table[["village_code", "route", "cost_fen_a"]].itertuples(index=False):
        more_fen = grid_fen.get(code) if route == "electric" else 0
        if route == "central" or more_fen is None or not lawful.at[code, route]:
            continue
        rows.append((code, route, int(fen) + more_fen))
    found = pd.DataFrame(rows, columns=["village_code", "route", "cost_fen_a"])
    found = found.sort_values(["village_code", "cost_fen_a"], kind="stable")
    return found.drop_duplicates("village_code").set_index("village_code")


def _lawful(facts: Facts, policy: Policy) -> pd.DataFrame:
    villages = facts.villages.set_index("village_code")
    electric = policy.route("electric")
    table = pd.DataFrame(index=villages.index)
    table["electric"] = electric is not None and bool(electric.devices)
    table["gas"] = villages["gas_secured"] == villages["pending"]
    table["biomass"] = villages["remote_mountain"].fillna(value=False).astype(bool)
    in_zone = villages["in_zone"] + villages["undecidable"]
    table["clean_coal"] = in_zone == 0
    return table


def _grid_fen(facts: Facts, policy: Policy) -> dict[str, int | None]:
    """By village, the yearly cost of its transformers' works [fen]; None: not possible."""
    keys = ["village_code", "transformer_id"]
    links = facts.links.groupby(keys, dropna=False)[["pending", "device_w"]].sum()
    codes = facts.villages["village_code"].tolist()
    found: dict[str, int | None] = dict.fromkeys(codes, 0)
    if not facts.transformers_known:
        return found
    grid = grid_works(facts, policy).set_index("transformer_id")
    whole_w = facts.links.groupby("transformer_id")["device_w"].sum()
    for code, transformer, homes, watts in links.reset_index().itertuples(index=False):
        if pd.isna(transformer):
            fen = new_transformer(homes, watts, policy)[3] if can_be_built(policy) else None
        else:
            fen = _transformer_fen(grid, transformer, watts / whole_w.get(transformer, watts))
        known = found.get(code, 0)
        found[code] = None if fen is None or known is None else known + fen
    return found


def _transformer_fen(grid: pd.DataFrame, transformer: object, share: float) -> int | None:
    """`share` of the yearly cost of a transformer's works [fen]; None: not to be had."""
    if transformer not in grid.index:
        return None
    row = grid.loc[transformer]
    if row["refused"] or pd.isna(row["works_fen_a"]):
        return None
    return round(int(row["works_fen_a"]) * share)

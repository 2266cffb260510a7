"""Measures that would close a gap: metres of pipe, kVA at transformers, kW at the source.

# ASSUME: a gap is closed by one kind of asset alone. Pipe is laid to the nearest one in service
# and along the shortest tree between the homes; streets are left to the network stage.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import cKDTree

from gis.costs.household import cost_basis
from gis.costs.money import Prices, exact, to_fen
from gis.costs.upgrades import OVERDUE, VERIFY, ceiling_holds, grid_works, upgrade_purchase
from gis.decide.capacity import draw_w
from gis.errors import InputError
from gis.network.pipe_catalogue import pipes_of

if TYPE_CHECKING:
    from decimal import Decimal

    from numpy.typing import NDArray

    from gis.facts import Facts
    from gis.policy import Policy

HEAT_PIPE, TRANSFORMER, GAS_PIPE, SOURCE = "heat_pipe", "transformer", "gas_pipe", "source"
# A device in each home of a small gap, by its route; no works are needed.
DEVICE_MEASURES = {route: f"device_{route}" for route in ("electric", "gas", "biomass")}
UNITS = {HEAT_PIPE: "m", TRANSFORMER: "kVA", GAS_PIPE: "m", SOURCE: "kW"}
DEAR, HIGH = "dear", "high"  # works above the ceiling per household
CELL_M, STEPS = 50.0, 4
# ASSUME: homes up to 200 m apart are one cluster: one asset, or one crew, would serve them
STEP_M = CELL_M * STEPS
_EXACT = 1e-9


def measures_offered(
    homes: pd.DataFrame, facts: Facts, electric: pd.Series, policy: Policy
) -> pd.DataFrame:
    """Every measure that could close each gap, at any cost.

    Args:
        homes: One row per household of a gap: gap (0..n-1), village_code, part, x, y, pipe_m, gas_m
            if known, transformer_id, peak_w [W], gas_secured, may_electric, may_gas, may_biomass.
        facts: The facts.
        electric: Pending households whose route is already electric, by transformer_id.
        policy: The policy.

    Returns:
        gap, asset, amount (in UNITS), cost_fen (Int64, <NA> without a price), ceiling (DEAR: above
        a verified ceiling per household; HIGH: above an unverified one, which refuses nothing).
        Amounts of 0 or inf, and assets whose layer is missing, are left out.
    """
    gap = homes["gap"].to_numpy(dtype=np.intp)
    size = np.bincount(gap)
    peak_w = np.bincount(gap, homes["peak_w"].to_numpy(dtype=float)).astype(float)
    tree_m = _tree_m(homes, gap, len(size))
    grid = _kva(homes, gap, facts, electric, policy)
    tables = [
        _heat_pipe(homes, gap, tree_m, policy),
        _gas_pipe(homes, gap, tree_m, policy),
        grid,
        _source(peak_w, facts, policy),
        *_devices(homes, gap, grid["amount"].to_numpy(dtype=float), policy),
    ]
    table = pd.concat(tables, ignore_index=True)
    useful = np.isfinite(table["amount"]) & (table["amount"] > 0)
    table = table[useful.to_numpy(dtype=bool)].reset_index(drop=True)
    ceiling_fen = policy.electric.max_upgrade_cny_per_household * 100 * size[table["gap"]]
    dear = (table["asset"] == TRANSFORMER) & (table["cost_fen"] > ceiling_fen).fillna(value=False)
    above = DEAR if ceiling_holds(policy) else HIGH
    return table.assign(ceiling=np.where(dear, above, ""))


def _heat_pipe(
    homes: pd.DataFrame, gap: NDArray[np.intp], tree_m: NDArray[np.float64], policy: Policy
) -> pd.DataFrame:
    metres = _to_pipe_m(homes, gap, "pipe_m", policy.heating_network.connect_m) + tree_m
    peak_w = np.bincount(gap, homes["peak_w"].to_numpy(dtype=float)).astype(float)
    return _priced(HEAT_PIPE, metres, _pipe_prices(np.bincount(gap), peak_w, policy))


def _gas_pipe(
    homes: pd.DataFrame, gap: NDArray[np.intp], tree_m: NDArray[np.float64], policy: Policy
) -> pd.DataFrame:
    """Gas with secured supply; inf without its distance or without the route in the plan."""
    if "gas_m" not in homes.columns or policy.route("gas") is None:
        return _priced(GAS_PIPE, np.full(len(tree_m), np.inf), [None] * len(tree_m))
    metres = _to_pipe_m(homes, gap, "gas_m", policy.gas.connect_m) + tree_m
    return _priced(GAS_PIPE, metres, [Prices(policy).price("gas.pipe_cny_per_m")] * len(metres))


def _kva(
    homes: pd.DataFrame,
    gap: NDArray[np.intp],
    facts: Facts,
    electric: pd.Series,
    policy: Policy,
) -> pd.DataFrame:
    """Transformer capacity to buy for the homes of each gap, beside the homes already on it.

    Capacity is bought in units, as in the decisions. Homes out of reach of any transformer lack
    their whole load; those of one part of a village would share a new one. The shortage of a
    village is split equally among its homes, since they get the route together.
    """
    gaps = int(gap.max()) + 1
    if not facts.transformers_known or policy.route("electric") is None:
        return _priced(TRANSFORMER, np.full(gaps, np.inf), [None] * gaps)
    left, open_ = _left_kva(facts, electric, policy)
    place = homes["village_code"].astype(str) + "/" + homes["part"].astype(str)
    on = homes["transformer_id"].astype(object).where(homes["transformer_id"].notna(), place)
    size = on.value_counts()
    lacking = (
        size * _home_kva(size, facts, policy) - left.reindex(size.index, fill_value=0.0)
    ).clip(lower=0)
    over = open_["over_kva"].reindex(lacking.index).fillna(0.0)
    lacking = (lacking + over)[lacking > _EXACT]
    units = upgrade_purchase(lacking, open_[open_["open"]], policy)
    each = units.reindex(size.index, fill_value=0).div(size, axis=0).reindex(on.to_numpy())
    alike = each.groupby(place.to_numpy()).transform("mean")
    amount, fen = (
        np.bincount(gap, alike[name].to_numpy(dtype=float)).astype(float) for name in ("kva", "fen")
    )
    table = _priced(TRANSFORMER, np.round(amount, 6), [None] * gaps)
    return table.assign(cost_fen=pd.array(np.floor(fen + 0.5), dtype="Int64"))


def _devices(
    homes: pd.DataFrame, gap: NDArray[np.intp], lacking_kva: NDArray[np.float64], policy: Policy
) -> list[pd.DataFrame]:
    """Devices for gaps too small for works of their own, where a route is open to every home.

    Electricity needs transformers with room, gas a secured supply.

    ASSUME: works are worth their while for as many homes as a part of a split village needs.
    """
    size = np.bincount(gap)
    small = size < policy.heating_network.split_min_households
    room = {"electric": lacking_kva == 0, "gas": _everyone(homes["gas_secured"], gap)}
    tables = []
    for route, asset in DEVICE_MEASURES.items():
        open_ = small & _everyone(homes[f"may_{route}"], gap) & room.get(route, True)
        price = Prices(policy).price(f"equipment_cny.{cost_basis(route, policy)}")
        tables.append(_priced(asset, np.where(open_, size, np.inf), [price] * len(size)))
    return tables


def _everyone(flag: pd.Series, gap: NDArray[np.intp]) -> NDArray[np.bool_]:
    yes = flag.eq(other=True).to_numpy(dtype=bool)
    return np.bincount(gap, ~yes) == 0


def _left_kva(facts: Facts, electric: pd.Series, policy: Policy) -> tuple[pd.Series, pd.DataFrame]:
    """By transformer, headroom left by electric households; its upgrade, and `open`: can be bought.

    Works that those households need are theirs, and the upgrade can no longer be bought.
    """
    grid = grid_works(facts, policy).set_index("transformer_id")
    headroom = facts.transformers.set_index("transformer_id")["headroom_kva"].fillna(0.0)
    count = electric.reindex(headroom.index, fill_value=0)
    drawn = count * _home_kva(count, facts, policy)
    taken = (drawn.reindex(grid.index) > headroom.reindex(grid.index) + _EXACT) & ~grid["refused"]
    net = (grid["works_kva"] - grid["over_kva"]).clip(lower=0.0)
    added = net.where(taken, 0.0).reindex(headroom.index, fill_value=0.0)
    known = ~grid["works"].isin([OVERDUE, VERIFY])
    return (headroom + added - drawn).clip(lower=0), grid.assign(
        open=known & ~taken, over_kva=grid["over_kva"].where(~taken, 0.0)
    )


def _home_kva(homes: pd.Series, facts: Facts, policy: Policy) -> pd.Series:
    """The load of a home on each transformer, or on a new one for those of a place [kVA]."""
    known = facts.transformers.set_index("transformer_id")["kva_per_w"]
    new = homes.map(policy.electric.kva_per_w)
    return known.reindex(homes.index).fillna(new) * policy.electric.kw_per_household * 1000


def _source(peak_w: NDArray[np.float64], facts: Facts, policy: Policy) -> pd.DataFrame:
    known = facts.capacity_known and policy.route("central") is not None
    kilowatts = [draw_w(float(watts), policy) / 1000 if known else np.inf for watts in peak_w]
    return _priced(
        SOURCE, np.array(kilowatts), [Prices(policy).price("source_cny_per_kw")] * len(peak_w)
    )


def _priced(asset: str, amount: NDArray[np.float64], prices: list[Decimal | None]) -> pd.DataFrame:
    fen = [
        None if price is None or not math.isfinite(units) else to_fen(exact(float(units)) * price)
        for units, price in zip(amount, prices, strict=True)
    ]
    cost = pd.array(fen, dtype="Int64")
    return pd.DataFrame(
        {"gap": np.arange(len(amount)), "asset": asset, "amount": amount, "cost_fen": cost}
    )


def _pipe_prices(
    size: NDArray[np.intp], peak_w: NDArray[np.float64], policy: Policy
) -> list[Decimal | None]:
    """Price [yuan/m] of the smallest pipe that carries the peak of each gap's homes."""
    try:
        listed = pipes_of(policy)
    except InputError:  # the policy prices no pipe: metres without a cost
        return [None] * len(size)
    both = zip(size.tolist(), peak_w.tolist(), strict=True)
    peaks_kw = [policy.demand.peak_kw(homes, watts / homes) for homes, watts in both]
    prices = [listed.price_for(kw) for kw in peaks_kw]
    return [None if price is None else exact(price) for price in prices]


def _to_pipe_m(
    homes: pd.DataFrame, gap: NDArray[np.intp], distance: str, reach_m: float
) -> NDArray[np.float64]:
    """Metres from the pipe to within reach of the nearest home of each gap; inf without a pipe."""
    nearest_m = np.full(int(gap.max()) + 1, np.inf)
    np.minimum.at(nearest_m, gap, homes[distance].to_numpy(dtype=float))
    return np.maximum(nearest_m - reach_m, 0)


def _tree_m(homes: pd.DataFrame, gap: NDArray[np.intp], gaps: int) -> NDArray[np.float64]:
    """Length [m] of the minimum spanning tree of one home of each 50 m cell of each gap."""
    length_m = np.zeros(gaps)
    at = homes[["x", "y"]].to_numpy(dtype=float)
    here = np.flatnonzero(np.isfinite(at).all(axis=1))
    if not len(here):
        return length_m
    cell = np.column_stack([gap[here], np.floor(at[here] / CELL_M)])
    _, first = np.unique(cell, axis=0, return_index=True)
    chosen = here[first]
    tree = cKDTree(np.column_stack([at[chosen], gap[chosen] * 1e7]))  # gaps far apart
    reach_m = STEP_M + 2 * math.sqrt(2) * CELL_M
    near = tree.sparse_distance_matrix(tree, reach_m, output_type="coo_matrix")
    shortest = minimum_spanning_tree(near).tocoo()
    np.add.at(length_m, gap[chosen][shortest.row], shortest.data)
    return length_m

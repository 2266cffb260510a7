"""Cost of transformer upgrades, and whether the plan allows each one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.costs.money import Prices, exact, to_fen

if TYPE_CHECKING:
    from gis.facts import Facts
    from gis.policy import Policy

_EXACT = 1e-9
NONE, OVERDUE, LATE, DEAR, OFFERED = "none", "overdue", "late", "dear", "offered"


def grid_upgrades(facts: Facts, policy: Policy) -> pd.DataFrame:
    """The planned upgrade of each transformer that homes depend on; one row each, sorted by id.

    transformer_id · headroom_kva · upgrade_kva (added) · upgrade_due_on · homes (pending on it)
    over_kva            by how much its peak load exceeds its capacity; the added capacity covers
                        this first
    upgrade_fen         upgrade_cny, or the policy's price per kVA
    upgrade_fen_a       the same annualised over prices.grid_life_a (<NA> without that price)
    county_fen          the county's share of it, 0 unless a finance document grants one
    fen_per_household   upgrade_fen / pending homes
    offer               "offered", "overdue" (due date passed), "late" (due after the deadline, or
                        no date), "dear" (over the policy's ceiling per household) or "none" (no
                        upgrade planned)

    # ASSUME: an upgrade past its due date adds nothing until its state is confirmed. If it is
    # already included in capacity_kva, adding it would count it twice; if not, it was not built.

    ASSUME: an upgrade is judged by its price over all pending homes of the transformer, whichever
    routes their villages take; so one village's route never makes another's unlawful.
    """
    homes = facts.links.groupby("transformer_id")["pending"].sum().rename("homes")
    table = facts.transformers.merge(homes, on="transformer_id", how="inner")
    table = table.sort_values("transformer_id", ignore_index=True)
    added = pd.to_numeric(table["upgrade_kva"]).fillna(0.0).to_numpy(float)
    planned = added > 0
    price_cny = pd.to_numeric(table["upgrade_cny"])
    price_cny = price_cny.fillna(pd.Series(added * policy.electric.upgrade_cny_per_kva))
    fen = pd.Series([to_fen(exact(cny)) for cny in price_cny.astype(float)], dtype="int64")
    due_on = pd.to_datetime(table["upgrade_due_on"])
    in_time = (due_on <= pd.Timestamp(policy.plan.deadline)).to_numpy(bool)
    ceiling_fen = to_fen(exact(policy.electric.max_upgrade_cny_per_household))
    dear = (fen > ceiling_fen * table["homes"]).to_numpy(bool)
    overdue = table["upgrade_overdue"].to_numpy(bool)
    kinds = {NONE: ~planned, OVERDUE: overdue, LATE: ~in_time, DEAR: dear}
    offer = np.select([*kinds.values()], [*kinds], OFFERED)
    over = (table["peak_load_kva"] - table["capacity_kva"]).clip(lower=0.0).fillna(0.0)
    return table.assign(
        upgrade_kva=added,
        over_kva=over.astype(float),
        upgrade_due_on=due_on,
        upgrade_fen=fen.where(planned, 0),
        upgrade_fen_a=_annual(fen.where(planned, 0), policy),
        county_fen=_county_share(fen.where(planned, 0), policy),
        fen_per_household=fen.where(planned, 0) / table["homes"].where(table["homes"] > 0),
        offer=offer,
    )


def upgrade_purchase(lacking_kva: pd.Series, grid: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """The capacity bought where transformers fall short, and its price.

    The planned upgrade is bought if it is large enough, otherwise standard units.

    Args:
        lacking_kva: The shortfall by transformer_id [kVA], greater than 0.
        grid: `grid_upgrades` by transformer_id, rows whose upgrade may still be bought.
        policy: The policy.

    Returns:
        By transformer_id: `kva`, and its price `fen`.
    """
    rows = {}
    for name, lacking in lacking_kva.items():
        kva, fen = unit(lacking, policy)
        if name in grid.index and grid.at[name, "upgrade_kva"] >= lacking - _EXACT:
            kva, fen = float(grid.at[name, "upgrade_kva"]), int(grid.at[name, "upgrade_fen"])
        rows[name] = (kva, fen)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["kva", "fen"])


def unit(lacking_kva: float, policy: Policy) -> tuple[float, int]:
    """The smallest purchase that covers `lacking_kva`: its kVA, and its price [fen].

    # ASSUME: above the largest size several are bought: as many of the largest as fit, and the
    # smallest that covers the rest; all at the policy's price per kVA.
    """
    sizes = sorted(policy.electric.unit_kva)
    whole = int(max(0.0, lacking_kva - _EXACT) // sizes[-1])
    rest = lacking_kva - whole * sizes[-1]
    kva = whole * sizes[-1] + next(size for size in sizes if size >= rest - _EXACT)
    return kva, to_fen(exact(kva) * exact(policy.electric.upgrade_cny_per_kva))


def _annual(capital_fen: pd.Series, policy: Policy) -> pd.Series:
    prices = Prices(policy)
    each = [prices.annual_fen(fen, "grid_life_a") for fen in capital_fen.tolist()]
    return pd.Series(each, index=capital_fen.index, dtype="Int64")


def _county_share(capital_fen: pd.Series, policy: Policy) -> pd.Series:
    """The county's share of grid works; counted only if a finance document grants it."""
    rules = policy.subsidies
    if not rules.grid_county_share_document.strip():
        return pd.Series(0, index=capital_fen.index, dtype="int64")
    share = exact(rules.grid_county_share)
    return pd.Series([to_fen(fen * share / 100) for fen in capital_fen.tolist()], dtype="int64")

"""A decided plan in sums: who pays, and what it asks of grid and fuel.

Its works and days are in `gis.compare(…, of="totals")`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gis import decide

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from gis.api.run import Run

PAYERS = ("household", "county", "company")
NEEDS = ("power_design_mw", "gas_design_m3_h", "heat_design_mw", "biomass_t")


@dataclass(frozen=True)
class Amount:
    """A sum over villages or their parts, and how many of them have no known amount.

    known  None where nobody's amount is known
    """

    known: float | None
    unknown: int = 0


@dataclass(frozen=True)
class Side:
    """One plan in sums.

    routes   approach → villages or parts of it, and homes to convert
    payers   household, county, company → capital [CNY]
    cost     yearly cost of all villages [CNY/a]
    coming_kva  what pending homes that go electric draw [kVA], None without transformers
    needs    quantity of gis.decide.winter_needs → what it is with all homes converted
    """

    routes: Mapping[str, tuple[int, int]]
    payers: Mapping[str, Amount]
    cost: Amount
    coming_kva: float | None
    needs: Mapping[str, Amount]


def side(run: Run) -> Side:
    """A plan in sums; it is decided if it was not."""
    plan, policy = run.plan, run.inputs.policy
    facts, decisions = plan.facts, plan.decisions
    ceilings = decide.subsidy_ceilings(facts, decisions, policy)
    money = decide.budget(plan.prices, decisions, ceilings)
    loads = decide.transformer_table(facts, decisions, policy)
    return Side(
        {
            str(route): (len(rows), int(rows["pending"].sum()))
            for route, rows in decisions.villages.groupby("approach", sort=False)
        },
        {
            one: _amount(money.parts[f"{one}_fen"] / 100, money.unknown[f"{one}_fen"])
            for one in PAYERS
        },
        _amount(decisions.villages["cost_fen_a"] / 100),
        float(loads[["year_kva", "later_kva"]].sum().sum()) if facts.transformers_known else None,
        _needs(run),
    )


def _needs(run: Run) -> dict[str, Amount]:
    """With all homes converted."""
    plan, inputs = run.plan, run.inputs
    needs = decide.winter_needs(plan.facts, plan.decisions, inputs.policy)
    sources = plan.facts.sources if plan.facts.capacity_known else None
    table = decide.winter_supply(needs, sources, inputs.tables.get("weather"), inputs.policy)
    rows = table[table["horizon"] == "all"].set_index("quantity")
    return {
        name: Amount(_known(rows.loc[name, "needed"]), int(rows.loc[name, "not_counted"]))
        for name in NEEDS
        if name in rows.index
    }


def _amount(values: pd.Series, unknown: pd.Series | None = None) -> Amount:
    """Their sum; unknown: which of them are not fully known, None: those that are missing."""
    missing = values.isna() if unknown is None else unknown.astype(bool)
    total = values.sum() if values.notna().any() or values.empty else None
    return Amount(None if total is None else float(total), int(missing.sum()))


def _known(value: float) -> float | None:
    return None if value != value else float(value)  # noqa: PLR0124  NaN

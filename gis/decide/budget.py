"""Cost of the decisions by payer, for each part and township, in whole fen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from gis.costs.subsidy import most_fen
from gis.decide.options import DONE, NO_DATA, UNDECIDED

if TYPE_CHECKING:
    from gis.decide.decisions import Decisions
    from gis.facts import Facts
    from gis.policy import Policy

_KEYS = ["village_code", "part"]
_PRICED = [
    "equipment_fen", "connection_fen", "station_fen", "equipment_subsidy_fen",
    "capital_household_fen", "running_fen_a", "running_subsidy_fen_a", "own_fen_a",
    "coal_avoided_t_a", "co2_avoided_kg_a", "pm25_avoided_kg_a", "so2_avoided_kg_a",
]  # fmt: skip
_GRID = ["grid_fen", "grid_county_fen"]


@dataclass(frozen=True)
class Budget:
    """Money of the approaches in force; whole fen, <NA> where no summand is known.

    parts       one row per (village_code, part) with a route and pending homes
    townships   sums of the known amounts by township and approach
    unknown     township_code, approach, village_code, part, and by amount whether it is not fully
                known
    ceilings    township_code, township, approach (with a subsidy cap), batch (homes of this year,
                converted or not), subsidy_ceiling_fen_a: the cap x those homes

    Columns of the first two: households (pending), capital by item (equipment_fen, connection_fen,
    station_fen, grid_fen) and by payer (household_fen, county_fen, company_fen), cost_fen_a,
    running_fen_a, running_subsidy_fen_a, own_fen_a and avoided emissions. county_fen = equipment
    subsidy + the county's share of grid works; while the tender is pending, the latter alone.
    """

    parts: pd.DataFrame
    townships: pd.DataFrame
    unknown: pd.DataFrame
    ceilings: pd.DataFrame


def budget(priced: pd.DataFrame, decisions: Decisions, ceilings: pd.DataFrame) -> Budget:
    """Sum capital, running cost and subsidy of the decisions by payer.

    ceilings: the table of `subsidy_ceilings`, of all households.
    """
    parts, unknown = _by_part(priced, decisions)
    keys = ["township_code", "township", "approach"]
    numbers = [name for name in parts.columns if name not in (*keys, *_KEYS)]
    townships = parts.groupby(keys)[numbers].sum(min_count=1).reset_index()
    return Budget(parts, townships, unknown, ceilings)


def _by_part(priced: pd.DataFrame, decisions: Decisions) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Budget.parts and Budget.unknown."""
    rows = decisions.villages
    rows = rows[(rows["pending"] > 0) & ~rows["approach"].isin([DONE, UNDECIDED, NO_DATA])]
    columns = ["township_code", "township", *_KEYS, "approach", "pending", "cost_fen_a"]
    money = priced.rename(columns={"route": "approach"})[[*_KEYS, "approach", *_PRICED]]
    grid = decisions.upgrades.groupby(_KEYS)[_GRID].sum().astype("Int64").reset_index()
    table = rows[columns].merge(money, on=[*_KEYS, "approach"], how="left")
    table = table.merge(grid, on=_KEYS, how="left").fillna(dict.fromkeys(_GRID, 0))
    subsidy, county_grid = table.pop("equipment_subsidy_fen"), table.pop("grid_county_fen")
    company_grid = table["grid_fen"] - county_grid
    table["household_fen"] = table.pop("capital_household_fen")
    table["county_fen"] = _add_grid(subsidy, county_grid)
    table["company_fen"] = _add_grid(table["station_fen"], company_grid)
    table = table.rename(columns={"pending": "households"})
    is_unknown = table[[name for name in table.columns if "_fen" in name]].isna()
    is_unknown["county_fen"], is_unknown["company_fen"] = (
        subsidy.isna(),
        table["station_fen"].isna(),
    )
    return table, table[["township_code", "approach", *_KEYS]].join(is_unknown)


def _add_grid(one: pd.Series, grid: pd.Series) -> pd.Series:
    """`one` + `grid`; where `one` is unknown, `grid`, or <NA> if that is 0."""
    return (one + grid).fillna(grid.where(grid > 0)).astype("Int64")


def subsidy_ceilings(facts: Facts, decisions: Decisions, policy: Policy) -> pd.DataFrame:
    """Budget.ceilings: pending homes count by their approach, converted ones by their heating.

    A subsidy without a cap has no ceiling: it is missing.
    """
    rules = {rule.route: policy.subsidies.running_rule(rule.route) for rule in policy.routes}
    each_fen = {
        route: most_fen(rule, policy.plan.plan_year)
        for route, rule in rules.items()
        if rule is not None
    }
    homes, own = facts.households, decisions.households
    route = own["approach"].where(homes["pending"].astype(bool), homes["heating"])
    listed = own["in_batch"] & route.isin(list(each_fen))
    counts = homes[listed].groupby(["township_code", route[listed].rename("approach")]).size()
    names = decisions.villages[["township_code", "township"]].drop_duplicates("township_code")
    table = names.merge(counts.rename("batch").reset_index(), on="township_code")
    ceiling = table["approach"].map(each_fen).astype("Int64") * table["batch"]
    return table.assign(subsidy_ceiling_fen_a=ceiling)

"""What the decisions cost, by who pays: every part, every township, to the fen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from gis.costs.money import exact, to_fen
from gis.decide.choices import DONE, UNDECIDED

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
    """Money of the approaches in force; whole fen, <NA> where a part of a sum is not known.

    parts       one row a (village_code, part) with a route and pending homes
    townships   the same by township and approach
    ceilings    township_code, township, approach (of those with a subsidy), batch (homes of this
                year, converted or not), subsidy_ceiling_fen_a: what the caps allow them at most

    Columns of the first two: households (pending), capital by item (equipment_fen, connection_fen,
    station_fen, grid_fen) and by payer (household_fen, county_fen, company_fen), cost_fen_a,
    running_fen_a, running_subsidy_fen_a, own_fen_a and what is avoided. county_fen = equipment subsidy + the county's
    share of grid works; <NA> while the tender is pending.
    """

    parts: pd.DataFrame
    townships: pd.DataFrame
    ceilings: pd.DataFrame


def budget(facts: Facts, priced: pd.DataFrame, decisions: Decisions, policy: Policy) -> Budget:
    """Capital, running cost and subsidy of what was decided, by payer."""
    parts = _parts(priced, decisions)
    keys = ["township_code", "township", "approach"]
    numbers = [name for name in parts.columns if name not in (*keys, *_KEYS)]
    sums = parts.groupby(keys)[numbers]
    unknown = sums.count().lt(sums.size(), axis=0)
    townships = sums.sum(min_count=1).mask(unknown).reset_index()
    return Budget(parts, townships, _ceilings(facts, decisions, policy))


def _parts(priced: pd.DataFrame, decisions: Decisions) -> pd.DataFrame:
    rows = decisions.villages
    rows = rows[(rows["pending"] > 0) & ~rows["approach"].isin([DONE, UNDECIDED])]
    columns = ["township_code", "township", *_KEYS, "approach", "pending", "cost_fen_a"]
    money = priced.rename(columns={"route": "approach"})[[*_KEYS, "approach", *_PRICED]]
    grid = decisions.upgrades.groupby(_KEYS)[_GRID].sum().astype("Int64").reset_index()
    table = rows[columns].merge(money, on=[*_KEYS, "approach"], how="left")
    table = table.merge(grid, on=_KEYS, how="left").fillna(dict.fromkeys(_GRID, 0))
    table["household_fen"] = table.pop("capital_household_fen")
    table["county_fen"] = table.pop("equipment_subsidy_fen") + table["grid_county_fen"]
    table["company_fen"] = table["station_fen"] + table["grid_fen"] - table.pop("grid_county_fen")
    return table.rename(columns={"pending": "households"})


def _ceilings(facts: Facts, decisions: Decisions, policy: Policy) -> pd.DataFrame:
    """A home still to convert counts by its approach, one that has by what it heats with."""
    caps = policy.subsidies
    each_fen = {
        route: to_fen(exact(cny))
        for route, cny in (("electric", caps.electric_cap_cny), ("gas", caps.gas_cap_cny))
    }
    homes, own = facts.households, decisions.households
    route = own["approach"].where(homes["pending"].astype(bool), homes["heating"])
    listed = own["in_batch"] & route.isin(list(each_fen))
    counts = homes[listed].groupby(["township_code", route[listed].rename("approach")]).size()
    names = decisions.villages[["township_code", "township"]].drop_duplicates("township_code")
    table = names.merge(counts.rename("batch").reset_index(), on="township_code")
    ceiling = table["approach"].map(each_fen).astype("Int64") * table["batch"]
    return table.assign(subsidy_ceiling_fen_a=ceiling)

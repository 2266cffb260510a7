"""What a decided plan comes to, and the homes that move between two plans.

What counts is the route in force: a ruling stands whatever is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from gis.conservation import check_aligned
from gis.decide.budget import budget, subsidy_ceilings
from gis.decide.comparison import ComparedPlan, works_totals
from gis.decide.load_tables import OVER, transformer_table
from gis.errors import Text

if TYPE_CHECKING:
    from gis.decide.decisions import Decisions
    from gis.facts import Facts
    from gis.policy import Policy

_COMPARING = Text("比较方案", "comparing plans")
_KG_PER_T = 1000.0
_PAYERS = ("household_fen", "county_fen", "company_fen")
# A total → the column of `gis.decide.budget` that it adds up
_MONEY = {
    "household_fen": "household_fen", "county_fen": "county_fen", "company_fen": "company_fen",
    "grid_fen": "grid_fen", "cost_fen_a": "cost_fen_a", "own_fen_a": "own_fen_a",
    "running_subsidy_fen_a": "running_subsidy_fen_a", "coal_avoided_t_a": "coal_avoided_t_a",
    "co2_avoided_t_a": "co2_avoided_kg_a",
}  # fmt: skip

_WORKS = (
    "waiting_villages", "waiting_homes", "grid_works", "grid_verify", "grid_kva", "heat_works",
    "heat_kw", "mains_m",
)  # fmt: skip


class Total(NamedTuple):
    """A sum over the homes to convert.

    amount     of the known amounts; None: none is known
    left_out   homes whose amount is not known, and in no sum
    """

    amount: float | None
    left_out: int = 0


class PlanTotals(NamedTuple):
    """What a plan comes to.

    homes    homes to convert by the route in force; those without one are undecided or no_data
    sums     capital_fen and of it household_fen, county_fen, company_fen; grid_fen (a part of
             them); a year's cost_fen_a, own_fen_a, running_subsidy_fen_a; coal_avoided_t_a,
             co2_avoided_t_a; added_kva (load of the homes that go electric) and overloaded
             (transformers, with all homes): None without transformers; and of `works_totals`
             waiting_villages, waiting_homes, grid_works, grid_verify, grid_kva, heat_works,
             heat_kw, mains_m
    """

    homes: Mapping[str, int]
    sums: Mapping[str, Total]


def plan_totals(side: ComparedPlan) -> PlanTotals:
    """Homes, money by payer, works, kVA and coal of the routes in force."""
    facts, decisions, policy = side.facts, side.decisions, side.policy
    rows = decisions.villages
    homes = rows.groupby("approach")["pending"].sum()
    money = budget(side.priced, decisions, subsidy_ceilings(facts, decisions, policy))
    pending = money.parts["households"]
    unrouted = int(rows["pending"].sum() - pending.sum())
    sums = {}
    for name, column in _MONEY.items():
        unknown = money.unknown[column] if column in money.unknown else money.parts[column].isna()
        each = money.parts[column].astype("Float64")
        amount = each.sum(min_count=1) if len(each) else 0.0
        left = int(pending[unknown.to_numpy(dtype=bool)].sum()) + unrouted
        known = None if pd.isna(amount) else float(amount)
        sums[name] = Total(known if name == column or known is None else known / _KG_PER_T, left)
    paid = [one for name in _PAYERS if (one := sums[name].amount) is not None]
    capital = sum(paid) if paid else None
    sums["capital_fen"] = Total(capital, max(sums[name].left_out for name in _PAYERS))
    return PlanTotals(
        {str(route): int(n) for route, n in homes.items() if n},
        sums | _grid(facts, decisions, policy) | _works(side),
    )


def _grid(facts: Facts, decisions: Decisions, policy: Policy) -> dict[str, Total]:
    if not facts.transformers_known:
        return dict.fromkeys(("added_kva", "overloaded"), Total(None))
    table = transformer_table(facts, decisions, policy)
    counted = decisions.households["approach"].eq("electric") & facts.households["pending"]
    unlinked = int((counted & facts.households["transformer_id"].isna()).sum())
    return {
        "added_kva": Total(float((table["year_kva"] + table["later_kva"]).sum()), unlinked),
        "overloaded": Total(int((table["total_state"] == OVER).sum())),
    }


def _works(side: ComparedPlan) -> dict[str, Total]:
    found = works_totals(side)
    return {name: Total(None if pd.isna(found[name]) else float(found[name])) for name in _WORKS}


def moved_homes(
    facts: Facts, decisions: Decisions, other_facts: Facts, other: Decisions
) -> pd.DataFrame:
    """The homes to convert whose route in force differs; by village and routes.

    Returns:
        village_code, before, after, homes; sorted. The village is that of `facts`.

    Raises:
        ConservationError: The facts are not of the same households.
    """
    check_aligned(_COMPARING, facts.households["household_id"], other.households)
    table = pd.DataFrame(
        {
            "village_code": facts.households["village_code"],
            "before": decisions.households["approach"],
            "after": other.households["approach"],
        }
    )
    pending = facts.households["pending"] | other_facts.households["pending"]
    routed = (table["before"] != "") & (table["after"] != "") & table["village_code"].notna()
    moved = table[pending & routed & (table["before"] != table["after"])]
    keys = ["village_code", "before", "after"]
    return moved.astype(object).groupby(keys, sort=True).size().rename("homes").reset_index()

"""Decide the heating route of every village and household.

The inputs of the decision are collected by village; those of ledger partitions can be merged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gis.conservation import check_aligned, check_same_ids
from gis.decide.allocation import Allocation, AllocationOutcome, allocate, village_outcome
from gis.decide.annual_quota import quota_of_year
from gis.decide.capacity import Extension, shared_capacity
from gis.decide.decision_rows import TRIED, DecisionRows, assign_parts
from gis.decide.options import DONE, NO_DATA, village_options
from gis.decide.part_cost import YearlyCosts, upgrade_shares, upgrade_table
from gis.decide.reach_margins import VillageReach, village_reach
from gis.decide.readiness import ReadinessRules
from gis.decide.robustness import with_certainty
from gis.decide.rules import RuleContext
from gis.decide.rulings import conflicts, read_rulings, signed
from gis.decide.village import SERVED, UNSERVED, WHOLE, village_states
from gis.decide.what_if import WhatIf
from gis.errors import Text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from gis.decide.robustness import Robustness
    from gis.decide.rules import Costs
    from gis.decide.rulings import Ruling, Rulings
    from gis.decide.village import Village
    from gis.errors import Problem
    from gis.facts import Facts
    from gis.policy import Policy

_DECIDING = Text("逐村定采暖方式", "deciding village by village")
_ADDING_UP = Text("各村各部分的户数", "the households of villages and parts")


class VillageInputs(NamedTuple):
    """Some villages, each with all of its households, in the order of their codes."""

    villages: list[Village]
    signed: Rulings
    reach: VillageReach


def collect_village_inputs(
    facts: Facts, policy: Policy, as_of: date, *, margins: bool = True
) -> VillageInputs:
    """Collect the inputs of the villages of `facts`; what only margins need is left out without."""
    reach = village_reach(facts, policy) if margins else VillageReach({}, {})
    return VillageInputs(village_states(facts, policy), signed(facts, policy, as_of), reach)


def merge_inputs(parts: Iterable[VillageInputs]) -> VillageInputs:
    """Merge the inputs of disjoint sets of villages."""
    found: list[Village] = []
    ruled: dict[tuple[str, str], Ruling] = {}
    tips = VillageReach({}, {})
    for part in parts:
        found += part.villages
        ruled |= part.signed
        tips.nearer.update(part.reach.nearer)
        tips.shorter.update(part.reach.shorter)
    return VillageInputs(sorted(found, key=lambda village: village.code), ruled, tips)


@dataclass(frozen=True)
class Decisions:
    """The decisions with their reasons and problems.

    villages    one row per (village_code, part), sorted
    tried       one row per (village_code, part, route) in the policy's order
    households  part, approach, in_batch; aligned on facts.households
    upgrades    one row per (village_code, part, transformer_id) whose upgrade is needed, with the
                part's share of its price [fen]: grid_fen, of which grid_county_fen, grid_fen_a
    problems    rulings that could not be applied, over-committed capacity, drafts
    allocation  the allocation of shared capacity
    """

    villages: pd.DataFrame
    tried: pd.DataFrame
    households: pd.DataFrame
    upgrades: pd.DataFrame
    problems: tuple[Problem, ...]
    allocation: Allocation

    def with_certainty(self, found: Robustness) -> Decisions:
        """The same with how sure each village's computed route is."""
        return replace(self, villages=with_certainty(self.villages, found))


@dataclass(frozen=True)
class VillageDecisions:
    """The decisions on villages, before they are applied to households.

    table   Decisions.villages without `batch`, with `first_class`; the rest as in Decisions
    """

    table: pd.DataFrame
    tried: pd.DataFrame
    upgrades: pd.DataFrame
    problems: tuple[Problem, ...]
    allocation: Allocation

    def of(self, codes: pd.Series) -> VillageDecisions:
        """The decisions on some villages, without the problems, which concern all villages."""
        table, tried, upgrades = (
            rows[rows["village_code"].isin(codes)].reset_index(drop=True)
            for rows in (self.table, self.tried, self.upgrades)
        )
        return VillageDecisions(table, tried, upgrades, (), self.allocation)


def decide(  # noqa: PLR0913, PLR0917  # the stage's whole input, named
    facts: Facts,
    priced: pd.DataFrame,
    rulings: pd.DataFrame | None,
    targets: pd.DataFrame | None,
    policy: Policy,
    as_of: date,
    *,
    extension: Extension | None = None,
    margins: bool = True,
) -> Decisions:
    """Decide the route of every village from facts, policy and rulings.

    Args:
        facts: The facts.
        priced: The table of `gis.costs.price_routes`; includes the costs of `extension`.
        rulings: The table of rulings; None: there are none yet.
        targets: unit_code, electric, gas, central, total; None: no target table.
        policy: The policy.
        as_of: The day of the decision.
        extension: The planned extension of the heating network; None: none.
        margins: Whether to find what would change each village's route: over half of the work;
            else flip_margin is blank.
    """
    inputs = collect_village_inputs(facts, policy, as_of, margins=margins)
    settled = decide_villages(
        inputs, facts, priced, rulings, policy, as_of, extension=extension, margins=margins
    )
    return apply_to_households(settled, facts, targets)


def decide_villages(  # noqa: PLR0913, PLR0917  # the stage's whole input, named
    inputs: VillageInputs,
    facts: Facts,
    priced: pd.DataFrame,
    rulings: pd.DataFrame | None,
    policy: Policy,
    as_of: date,
    *,
    extension: Extension | None = None,
    margins: bool = True,
) -> VillageDecisions:
    """Decide the routes of all villages together; the households of `facts` are not read."""
    costs = _costs(priced)
    context, result, found = _compute(inputs, facts, costs, policy, extension or Extension())
    ruled, refused = read_rulings(rulings, inputs.villages, policy)
    ruled = inputs.signed | ruled
    places = assign_parts(result, ruled)
    shares = upgrade_shares(
        context.resources, ((p.code, p.part) for p in places if p.approach == "electric"), policy
    )
    yearly_costs = YearlyCosts(result, costs, shares, policy)
    what_if = WhatIf(context, result, costs)
    devices = dict(zip(costs, priced["device"], strict=True))
    electric = (place.part for place in places if place.approach == "electric")
    ready = ReadinessRules.of(context, result, electric, as_of)
    reach = inputs.reach if margins else None
    rows = DecisionRows(context, result, yearly_costs, what_if, reach, devices, ready)
    table = _with_names(pd.DataFrame(rows.decided(places)), facts)
    tried = _in_fen(pd.DataFrame(rows.tried(), columns=TRIED))
    problems = (*refused, *conflicts(context, result, table))
    return VillageDecisions(table, tried, upgrade_table(shares), problems, found)


class ComputedRoutes(NamedTuple):
    """The computed routes of all villages with homes to convert, rulings left aside.

    parts      one row per (village_code, part): village_code, part, computed, pending, cost_fen_a
    grid_fen   price of the grid works that they need together [fen]
    """

    parts: pd.DataFrame
    grid_fen: int


def computed_routes(
    facts: Facts, priced: pd.DataFrame, policy: Policy, extension: Extension | None = None
) -> ComputedRoutes:
    """The routes that `decide` computes, without reasons, margins, rulings and households."""
    inputs = VillageInputs(village_states(facts, policy), {}, VillageReach({}, {}))
    costs = _costs(priced)
    context, result, _ = _compute(inputs, facts, costs, policy, extension or Extension())
    places = [one for one in assign_parts(result, {}) if one.computed not in (DONE, NO_DATA)]
    electric = ((one.code, one.part) for one in places if one.computed == "electric")
    shares = upgrade_shares(context.resources, electric, policy)
    yearly = YearlyCosts(result, costs, shares, policy)
    rows = [
        (one.code, one.part.name, one.computed, one.part.pending,
         yearly.cost_fen_a(one.number, one.part, one.computed))
        for one in places
    ]  # fmt: skip
    columns = ["village_code", "part", "computed", "pending", "cost_fen_a"]
    table = _in_fen(pd.DataFrame(rows, columns=columns))
    return ComputedRoutes(table, sum(share.fen for share in shares))


def apply_to_households(
    settled: VillageDecisions, facts: Facts, targets: pd.DataFrame | None
) -> Decisions:
    """Apply village decisions to the households of `facts`, and draw this year's batch.

    Args:
        settled: The decisions on the villages of these households.
        facts: The facts, with all households of those villages.
        targets: The target table; None: there is none.
    """
    table = settled.table.copy()
    homes = household_parts(facts.households, table)
    in_batch, drafted = quota_of_year(table, homes, facts, targets)
    table["batch"] = _batch_sizes(table, homes, in_batch)
    _check_conservation(facts, homes, table)
    return Decisions(
        villages=table.drop(columns="first_class"),
        tried=settled.tried,
        households=homes[["part", "approach"]].assign(in_batch=in_batch),
        upgrades=settled.upgrades,
        problems=(*settled.problems, *drafted),
        allocation=settled.allocation,
    )


def _costs(priced: pd.DataFrame) -> Costs:
    keys = zip(priced["village_code"], priced["part"], priced["route"], strict=True)
    fen_a = (None if pd.isna(fen) else int(fen) for fen in priced["cost_fen_a"])
    return dict(zip(keys, fen_a, strict=True))


def _compute(
    inputs: VillageInputs, facts: Facts, costs: Costs, policy: Policy, extension: Extension
) -> tuple[RuleContext, AllocationOutcome, Allocation]:
    shared = shared_capacity(facts, inputs.villages, policy, extension)
    context = RuleContext(policy, facts.available, shared, extension)
    options = [village_options(context, village, costs) for village in inputs.villages]
    found = allocate([own.choices for own in options], shared)
    return context, village_outcome(options, found, shared), found


def _with_names(rows: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    names = facts.villages[["village_code", "village", "township_code", "township"]]
    named = _in_fen(rows).merge(names, on="village_code", how="left", validate="many_to_one")
    first = [*names.columns, "part"]
    return named[[*first, *(name for name in named.columns if name not in first)]]


def _in_fen(rows: pd.DataFrame) -> pd.DataFrame:
    """Money as whole fen, <NA> where unknown."""
    money = [name for name in rows.columns if name.endswith("_fen_a")]
    return rows.astype(dict.fromkeys(money, "Int64"))


def household_parts(ledger: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """village_code, part, approach and counted of each household; "" for those in no village.

    Args:
        ledger: Households with status, village_code and served.
        table: Decisions.villages, with all villages of these households.
    """
    counted = (ledger["status"] != "rejected") & ledger["village_code"].notna()
    code = ledger["village_code"].where(counted, "").astype("str")
    split = code.isin(set(table.loc[table["part"] != WHOLE, "village_code"]))
    side = np.where(ledger["within_reach"], SERVED, UNSERVED)
    part = pd.Series(np.where(split, side, WHOLE), index=ledger.index, dtype="str")
    rows = pd.MultiIndex.from_frame(table[["village_code", "part"]])
    at = rows.get_indexer(pd.MultiIndex.from_arrays([code, part]))
    approach = np.append(table["approach"].to_numpy(dtype=object), "")[at]
    return pd.DataFrame(
        {"village_code": code, "part": part, "approach": approach, "counted": counted},
        index=ledger.index,
    )


def _check_conservation(facts: Facts, homes: pd.DataFrame, table: pd.DataFrame) -> None:
    """Check that every household has its row, and every counted one exactly one route."""
    ids = facts.households["household_id"]
    check_aligned(_DECIDING, ids, homes)
    routed = homes[homes["approach"] != ""]
    check_same_ids(_DECIDING, ids[homes["counted"]], ids[routed.index])
    rows = (table["village_code"] + table["part"]).repeat(table["households"])
    check_same_ids(_ADDING_UP, routed["village_code"] + routed["part"], rows)


def _batch_sizes(table: pd.DataFrame, homes: pd.DataFrame, chosen: pd.Series) -> pd.Series:
    sizes = homes[chosen].groupby(["village_code", "part"]).size()
    rows = pd.MultiIndex.from_frame(table[["village_code", "part"]])
    return pd.Series(sizes.reindex(rows, fill_value=0).to_numpy(), index=table.index, dtype="Int64")

"""Coverage gaps: clusters of households that no route reaches, or whose route has no capacity."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis import i18n
from gis.audit import gap_measures
from gis.audit.clusters import chains
from gis.audit.gap_members import BUILT_UP, NOT_CONNECTED, members
from gis.errors import Text

if TYPE_CHECKING:
    from gis.decide import Decisions
    from gis.facts import Facts
    from gis.policy import Policy

COLUMNS = (
    "gap_id", "rank", "kind", "village_code", "township_code", "part", "households", "x", "y",
    "in_zone", "asset", "asset_amount", "asset_unit", "cost_fen", "cost_per_household_fen",
    "reason_zh", "reason_en", "clause",
)  # fmt: skip
_PRIORITY = {"coal_ban_zone": "in_zone", "built_up_area": "in_built_up", "named_area": "named"}
_OF_ONE_GAP = ["village_code", "part", "kind", "on_network", "source_short"]


def find(facts: Facts, decisions: Decisions, policy: Policy) -> pd.DataFrame:
    """One row a gap, in order of rank.

    gap_id       the village code and a number, "140882001204-1"
    rank         1 comes first: by priority class of the policy, then by households
    kind         zone_without_plan, headroom, no_route: of a part that is undecided, as the decision
                 names it (headroom also: electric, and the transformers are short); built_up:
                 in the built-up area and off the network, whatever the route; not_connected:
                 off the network in a village that it reaches, or on it and its source is full
    village_code, township_code, part, households, in_zone (one of them is inside a zone)
    x, y         middle of the households [m]; of those without a place, of their village
    asset        the cheapest that closes it by itself: heat_pipe, transformer, gas_pipe or source;
                 "" where none is known to, or none is needed, since another route is to be had
    asset_amount, asset_unit (m, kVA, m, kW), cost_fen, cost_per_household_fen (Int64; <NA> without
                 a price)
    reason_zh, reason_en, clause

    A household is in one gap at most; those of a gap are chained by steps of at most 200 m.
    """
    homes = members(facts, decisions, policy)
    if homes.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    homes["gap"] = _clustered(homes)
    electric = _electric(facts, decisions, homes)
    table = _summed(homes, facts)
    offers = gap_measures.offers(homes, facts, electric, policy)
    table = table.join(_cheapest(offers[_closes(offers, table)]))
    return _ranked(_worded(table, policy), policy)


def _clustered(homes: pd.DataFrame) -> np.ndarray:
    """A number for each household's gap; households without a place are one gap a village."""
    group = homes.groupby(_OF_ONE_GAP, dropna=False).ngroup().to_numpy(dtype=np.intp)
    at = homes[["x", "y"]].to_numpy(dtype=float)
    here = np.isfinite(at).all(axis=1)
    label = group.copy()
    if here.any():
        chained = chains(at[here], group[here], gap_measures.STEP_M)
        label[~here] += int(chained.max()) + 1
        label[here] = chained
    return np.unique(label, return_inverse=True)[1]


def _electric(facts: Facts, decisions: Decisions, homes: pd.DataFrame) -> pd.Series:
    """Pending households by transformer that go electric and are in no gap."""
    others = facts.households["pending"].to_numpy(dtype=bool, copy=True)
    others &= (decisions.households["approach"] == "electric").to_numpy(dtype=bool)
    others[homes["household"].to_numpy(dtype=int)] = False
    return facts.households.loc[others, "transformer_id"].value_counts()


def _summed(homes: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """One row a gap, indexed by its number."""
    same = [*_OF_ONE_GAP, "township_code", "clause", "runner_up"]
    marks = list(_PRIORITY.values())
    rows = homes.groupby("gap")
    table = rows[same].first().join(rows[["x", "y"]].mean()).join(rows[marks].any())
    middle = facts.villages.set_index("village_code")[["x", "y"]]
    for axis in ("x", "y"):
        table[axis] = table[axis].fillna(table["village_code"].map(middle[axis]))
    table["households"] = rows.size()
    order = table.sort_values(["village_code", "x", "y", "kind"])
    number = order.groupby("village_code").cumcount() + 1
    table["gap_id"] = order["village_code"].astype(str) + "-" + number.astype(str)
    return table


def _closes(offers: pd.DataFrame, table: pd.DataFrame) -> np.ndarray:
    """Whether an asset closes the gap it is offered for.

    A miss of the network is closed by the network alone: by pipe for those off it, unless its
    source is full, and by the source for those on it. Where another route is to be had as it is,
    none is needed.
    """
    gap = table.loc[offers["gap"]].reset_index(drop=True)
    miss = gap["kind"].isin([BUILT_UP, NOT_CONNECTED])
    on, full = gap["on_network"].astype(bool), gap["source_short"].eq(other=True)
    asset = offers["asset"].reset_index(drop=True)
    pipe = (asset == gap_measures.HEAT_PIPE) & ~on & ~full
    source = (asset == gap_measures.SOURCE) & on & full
    other = asset.isin([gap_measures.TRANSFORMER, gap_measures.GAS_PIPE]) & ~miss
    needed = miss | (gap["runner_up"] == "")
    return ((pipe | source | other) & needed).to_numpy(dtype=bool)


def _cheapest(offers: pd.DataFrame) -> pd.DataFrame:
    """The best offer of each gap: within the policy's ceiling, then by price; indexed by gap."""
    ranked = offers.assign(dear=~offers["lawful"], cost=offers["cost_fen"].astype("Float64"))
    ranked = ranked.sort_values(["dear", "cost", "asset"], na_position="last", kind="stable")
    best = ranked.drop_duplicates("gap").set_index("gap")
    return best[["asset", "amount", "cost_fen", "dear"]]


def _worded(table: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    said = i18n.load("audit")
    asset = table["asset"].astype(object)
    table = table.assign(asset=asset.where(asset.notna(), ""))
    table["asset_unit"] = table["asset"].map(gap_measures.UNITS).fillna("")
    cost = table["cost_fen"].astype("Int64")
    table["cost_per_household_fen"] = (cost * 2 + table["households"]) // (table["households"] * 2)
    reasons = [_reason(row, said) for row in table.to_dict("records")]
    central = policy.route("central")
    miss = table["kind"].isin([BUILT_UP, NOT_CONNECTED])
    clause = table["clause"].mask(miss, central.clause) if central else table["clause"]
    return table.rename(columns={"amount": "asset_amount"}).assign(
        cost_fen=cost,
        clause=clause,
        reason_zh=[reason.zh for reason in reasons],
        reason_en=[reason.en for reason in reasons],
    )


def _reason(row: dict[str, Any], said: dict[str, Any]) -> Text:
    miss = i18n.sentence(said["gap"], str(row["kind"]), homes=row["households"])
    way = row["asset"] or ("reroute" if row["runner_up"] else "none")
    closing = f"{way}_dear" if row["dear"] is True else way
    amount = 0 if pd.isna(row["amount"]) else math.ceil(row["amount"])
    route = i18n.load("terms")["approach"].get(row["runner_up"], {"zh": "", "en": ""})
    names = {"route_zh": route["zh"], "route_en": route["en"]}
    how = i18n.sentence(said["closing"], closing, amount=amount, **names)
    return Text(f"{miss.zh}；{how.zh}。", f"{miss.en}; {how.en}.")


def _ranked(table: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    last = len(policy.priority.order)
    first_class = pd.Series(last, index=table.index)
    for place in reversed(range(last)):
        first_class[table[_PRIORITY[policy.priority.order[place]]].to_numpy(dtype=bool)] = place
    keys = ["first_class", "less", "cost_per_household_fen", "gap_id"]
    ordered = table.assign(first_class=first_class, less=-table["households"]).sort_values(keys)
    return ordered.assign(rank=np.arange(1, len(table) + 1))[list(COLUMNS)].reset_index(drop=True)

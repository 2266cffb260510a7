"""Coverage gaps: clusters of pending households without a route, or whose route lacks capacity."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from gis import i18n
from gis.audit import gap_measures
from gis.audit.gap_clusters import gap_chains
from gis.costs.upgrades import NO_TRANSFORMER, WORKS
from gis.errors import Text
from gis.facts.floor_area import peak_w

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gis.decide import Decisions
    from gis.facts import Facts
    from gis.policy import Policy


BUILT_UP, NOT_CONNECTED = "built_up", "not_connected"
HEADROOM, NO_ROUTE = "headroom", "no_route"
# ASSUME: a village half reached by the network is to be connected: its gap is the other half
MOSTLY_SERVED = 0.5
_KEYS = ["village_code", "part"]


def gap_members(facts: Facts, decisions: Decisions, policy: Policy) -> pd.DataFrame:
    """One row per household of a gap.

    household      position in facts.households; with its village_code, township_code, part, x, y
                   [m], pipe_m [m], gas_m [m] if the facts have it, transformer_id, peak_w
    kind           kind of the gap, see `find_gaps`
    on_network     the heating network reaches it, and only its source is short
    source_short   the decision found the source short
    may_electric, may_gas, may_biomass   the route is open to its village or part
    gas_secured                    gas with secured supply reaches it
    in_zone, in_built_up, named    priority classes
    clause, runner_up              of the decision
    """
    ledger = facts.households
    homes = _pending(ledger, decisions).merge(_parts(facts, decisions), on=_KEYS, how="left")
    kind = _kinds(homes, policy.heating_network.served_share)
    found = homes.assign(kind=kind)[kind != ""].reset_index(drop=True)
    rows = ledger.iloc[found["household"].to_numpy(dtype=int)].reset_index(drop=True)
    places = [name for name in ("x", "y", "pipe_m", "gas_m", "transformer_id") if name in rows]
    # A home located in no village has no location that an asset could be laid to.
    astray = rows["located_village_code"].isna().to_numpy(dtype=bool)
    rows.loc[astray, ["x", "y", "pipe_m"]] = (np.nan, np.nan, np.inf)
    watts = peak_w(ledger, policy).iloc[found["household"]].to_numpy(dtype=float)
    return found.join(rows[["township_code", *places]]).assign(
        peak_w=watts,
        on_network=(found["on_network"] & (found["kind"] == NOT_CONNECTED)).to_numpy(dtype=bool),
        in_zone=(rows["zone_position"] == "inside").to_numpy(dtype=bool),
        named=(rows["named_area"].fillna("") != "").to_numpy(dtype=bool),
    )


def _pending(ledger: pd.DataFrame, decisions: Decisions) -> pd.DataFrame:
    waiting = np.flatnonzero(ledger["pending"].to_numpy(dtype=bool))
    homes, plans = ledger.iloc[waiting], decisions.households.iloc[waiting]
    return pd.DataFrame(
        {
            "household": waiting,
            "village_code": homes["village_code"].to_numpy(dtype=object),
            "part": plans["part"].fillna("").to_numpy(dtype=object),
            "on_network": homes["within_reach"].to_numpy(dtype=bool),
            "gas_secured": homes["gas_secured"].to_numpy(dtype=bool),
            "in_built_up": homes["in_built_up"].to_numpy(dtype=bool),
        }
    )


def _parts(facts: Facts, decisions: Decisions) -> pd.DataFrame:
    """One row per decided part: the decision, what its route lacks, its village's served share."""
    columns = [*_KEYS, "approach", "gap", "clause", "runner_up", "works", "ready_on"]
    rows = decisions.villages[columns]
    tried = decisions.tried.reindex(columns=[*_KEYS, "route", "code", "eligible", "has_capacity"])
    short = tried[(tried["eligible"].eq(other=True) & tried["has_capacity"].eq(other=False))]
    marks = {
        "source_short": short[short["route"] == "central"],
        "extended": tried[tried["code"] == "central_extended"],
    }
    index = pd.MultiIndex.from_frame(rows[_KEYS])
    flags = {name: index.isin(pd.MultiIndex.from_frame(had[_KEYS])) for name, had in marks.items()}
    for route in gap_measures.DEVICE_MEASURES:
        able = tried[(tried["route"] == route) & tried["eligible"].eq(other=True)]
        flags[f"may_{route}"] = index.isin(pd.MultiIndex.from_frame(able[_KEYS]))
    flags["grid_short"] = _waits_for_grid(rows)
    share = facts.villages.set_index("village_code")["served_share"]
    return rows.assign(**flags, share=rows["village_code"].map(share).astype(float))


def _waits_for_grid(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Electric parts that wait for grid works of which nobody knows the day."""
    asked = [
        not set(works.split("+")).isdisjoint({*WORKS, NO_TRANSFORMER}) for works in rows["works"]
    ]
    electric = (rows["approach"] == "electric") & rows["ready_on"].isna()
    return electric.to_numpy(dtype=bool) & np.array(asked, dtype=bool)


def _kinds(homes: pd.DataFrame, threshold: float) -> np.ndarray:
    """The kind of gap of each pending household, "" for none."""
    off = ~homes["on_network"]
    rest = (homes["share"] >= MOSTLY_SERVED) & (homes["share"] < threshold)
    undecided, central = homes["approach"] == "undecided", homes["approach"] == "central"
    unconnected = off & ~homes["extended"].fillna(value=False).astype(bool)
    source, grid = (homes[name].eq(other=True) for name in ("source_short", "grid_short"))
    reached = homes["on_network"] & rest  # its village is connected once the rest is
    whole = homes["part"] == ""
    gap = homes["gap"].where(homes["gap"] != "", NO_ROUTE).to_numpy(dtype=object)
    cases = (
        (undecided & ~reached, gap),
        (homes["in_built_up"] & unconnected, BUILT_UP),
        (central & (unconnected | source), NOT_CONNECTED),
        (~central & ~undecided & whole & rest & off, NOT_CONNECTED),
        ((homes["approach"] == "electric") & grid, HEADROOM),
        ((homes["approach"] == "gas") & ~homes["gas_secured"], NO_ROUTE),
    )
    kind = np.full(len(homes), "", dtype=object)
    known = (homes["approach"] != "no_data").to_numpy(dtype=bool)
    for case, name in reversed(cases):
        kind = np.where(case.to_numpy(dtype=bool) & known, name, kind)
    return kind


COLUMNS = (
    "gap_id", "rank", "kind", "village_code", "township_code", "part", "households", "x", "y",
    "in_zone", "asset", "asset_amount", "asset_unit", "cost_fen", "cost_per_household_fen",
    "other_asset", "other_cost_fen", "reason_zh", "reason_en", "clause",
)  # fmt: skip
_PRIORITY = {"coal_ban_zone": "in_zone", "built_up_area": "in_built_up", "named_area": "named"}
_OF_ONE_GAP = ["village_code", "part", "kind", "on_network", "source_short"]


def find_gaps(facts: Facts, decisions: Decisions, policy: Policy) -> pd.DataFrame:
    """One row per gap, in order of rank.

    gap_id       the village code and a number, "140882001204-1"
    rank         1 comes first: by priority class of the policy, then by households
    kind         zone_without_plan, headroom, no_route: of an undecided part, as in the decision
                 (headroom also: electric, and the transformers are short); built_up: in the
                 built-up area and off the network, on any route; not_connected: off the network in
                 a village that it reaches, or on it with a full source
    village_code, township_code, part, households, in_zone (one of them is inside a zone)
    x, y         centre of the households [m]; without a location, of their village
    asset        the cheapest that closes the gap alone: heat_pipe, transformer, gas_pipe, source,
                 or for a few homes a device in each (device_electric, device_gas, device_biomass);
                 "" where none is known, or none is needed because another route is available
    asset_amount, asset_unit (m, kVA, m, kW), cost_fen, cost_per_household_fen (Int64; <NA> without
                 a price)
    other_asset, other_cost_fen    the next best that closes it alone, "" for none
    reason_zh, reason_en, clause

    A household is in at most one gap. Households of a gap are linked by steps of at most 200 m.
    """
    return gaps_among(gap_homes(facts, decisions, policy), facts, policy)


class GapHomes(NamedTuple):
    """The households of gaps, and what else draws on the transformers they would share.

    members   `gap_members`
    electric  pending households with electric heating that are in no gap, by transformer
    """

    members: pd.DataFrame
    electric: pd.Series


def gap_homes(facts: Facts, decisions: Decisions, policy: Policy) -> GapHomes:
    """The households of gaps; those of disjoint sets of villages can be joined."""
    members = gap_members(facts, decisions, policy)
    return GapHomes(members, _electric(facts, decisions, members))


def join_gap_homes(parts: Sequence[GapHomes]) -> GapHomes:
    """Join the households of gaps of disjoint sets of villages."""
    members = pd.concat([part.members for part in parts], ignore_index=True)
    electric = pd.concat([part.electric for part in parts])
    return GapHomes(members, electric.groupby(level=0).sum())


def gaps_among(found: GapHomes, facts: Facts, policy: Policy) -> pd.DataFrame:
    """The gaps of `find_gaps` from their households; those of `facts` are not read."""
    if found.members.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    homes = found.members.assign(gap=_gap_numbers(found.members))
    table = _gap_table(homes, facts)
    offers = gap_measures.measures_offered(homes, facts, found.electric, policy)
    table = table.join(_cheapest(offers[_closes(offers, table)]))
    return _ranked(_with_reasons(table, policy), policy)


def _gap_numbers(homes: pd.DataFrame) -> np.ndarray:
    """The number of each household's gap; those without a location form one gap per village."""
    group = homes.groupby(_OF_ONE_GAP, dropna=False).ngroup().to_numpy(dtype=np.intp)
    at = homes[["x", "y"]].to_numpy(dtype=float)
    here = np.isfinite(at).all(axis=1)
    label = group.copy()
    if here.any():
        chained = gap_chains(at[here], group[here], gap_measures.STEP_M)
        label[~here] += int(chained.max()) + 1
        label[here] = chained
    return np.unique(label, return_inverse=True)[1]


def _electric(facts: Facts, decisions: Decisions, homes: pd.DataFrame) -> pd.Series:
    """Pending households with electric heating that are in no gap, by transformer."""
    others = facts.households["pending"].to_numpy(dtype=bool, copy=True)
    others &= (decisions.households["approach"] == "electric").to_numpy(dtype=bool)
    others[homes["household"].to_numpy(dtype=int)] = False
    return facts.households.loc[others, "transformer_id"].value_counts()


def _gap_table(homes: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """One row per gap, indexed by its number."""
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

    A gap of the network is closed by the network, by pipe for households off it, unless its source
    is full, and by the source for those on it; or, for a few homes, by devices. Where another
    route is available, no asset is needed.
    """
    gap = table.loc[offers["gap"]].reset_index(drop=True)
    miss = gap["kind"].isin([BUILT_UP, NOT_CONNECTED])
    on, full = gap["on_network"].astype(bool), gap["source_short"].eq(other=True)
    asset = offers["asset"].reset_index(drop=True)
    pipe = (asset == gap_measures.HEAT_PIPE) & ~on & ~full
    source = (asset == gap_measures.SOURCE) & on & full
    other = asset.isin([gap_measures.TRANSFORMER, gap_measures.GAS_PIPE]) & ~miss
    device = asset.isin(gap_measures.DEVICE_MEASURES.values()) & (miss | (gap["kind"] == HEADROOM))
    needed = miss | (gap["runner_up"] == "") | device
    return ((pipe | source | other | device) & needed).to_numpy(dtype=bool)


def _cheapest(offers: pd.DataFrame) -> pd.DataFrame:
    """The best offer of each gap: within a verified ceiling, then by price; indexed by gap."""
    dear = offers["ceiling"] == gap_measures.DEAR
    ranked = offers.assign(dear=dear, cost=offers["cost_fen"].astype("Float64"))
    ranked = ranked.sort_values(["dear", "cost", "asset"], na_position="last", kind="stable")
    best = ranked.drop_duplicates("gap").set_index("gap")
    rest = ranked[ranked.duplicated("gap")].drop_duplicates("gap").set_index("gap")
    other = rest.rename(columns={"asset": "other_asset", "cost_fen": "other_cost_fen"})
    return best[["asset", "amount", "cost_fen", "ceiling"]].join(
        other[["other_asset", "other_cost_fen"]]
    )


def _with_reasons(table: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    texts = i18n.messages("audit")
    asset = table["asset"].astype(object)
    other = table["other_asset"].astype(object)
    table = table.assign(
        asset=asset.where(asset.notna(), ""), other_asset=other.where(other.notna(), "")
    )
    table["asset_unit"] = table["asset"].map(gap_measures.UNITS).fillna("")
    cost = table["cost_fen"].astype("Int64")
    table["cost_per_household_fen"] = (cost * 2 + table["households"]) // (table["households"] * 2)
    reasons = [_reason(row, texts) for row in table.to_dict("records")]
    central = policy.route("central")
    miss = table["kind"].isin([BUILT_UP, NOT_CONNECTED])
    clause = table["clause"].mask(miss, central.clause) if central else table["clause"]
    for route, device in gap_measures.DEVICE_MEASURES.items():
        rule = policy.route(route)
        if rule is not None:
            clause = clause.mask(table["asset"] == device, rule.clause)
    return table.rename(columns={"amount": "asset_amount"}).assign(
        cost_fen=cost,
        other_cost_fen=table["other_cost_fen"].astype("Int64"),
        clause=clause,
        reason_zh=[reason.zh for reason in reasons],
        reason_en=[reason.en for reason in reasons],
    )


def _reason(row: dict[str, Any], texts: dict[str, Any]) -> Text:
    way = row["asset"] or ("reroute" if row["runner_up"] else "none")
    kind = str(row["kind"])
    spoken = f"{kind}_{way}"  # where another route is open, homes have one
    miss = i18n.format_message(
        texts["gap"], spoken if spoken in texts["gap"] else kind, homes=row["households"]
    )
    closing = f"{way}_{row['ceiling']}" if row["ceiling"] and row["asset"] else way
    amount = 0 if pd.isna(row["amount"]) else math.ceil(row["amount"])
    route = i18n.messages("terms")["approach"].get(row["runner_up"], {"zh": "", "en": ""})
    names = {"route_zh": route["zh"], "route_en": route["en"]}
    how = i18n.format_message(texts["closing"], closing, amount=amount, **names)
    return Text(f"{miss.zh}；{how.zh}。", f"{miss.en}; {how.en}.")


def _ranked(table: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    last = len(policy.priority.order)
    first_class = pd.Series(last, index=table.index)
    for place in reversed(range(last)):
        first_class[table[_PRIORITY[policy.priority.order[place]]].to_numpy(dtype=bool)] = place
    keys = ["first_class", "less", "cost_per_household_fen", "gap_id"]
    ordered = table.assign(first_class=first_class, less=-table["households"]).sort_values(keys)
    return ordered.assign(rank=np.arange(1, len(table) + 1))[list(COLUMNS)].reset_index(drop=True)

"""Which pending households make up the coverage gaps, and of which kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.facts.floor_area import heated_m2

if TYPE_CHECKING:
    from gis.decide import Decisions
    from gis.facts import Facts
    from gis.policy import Policy

BUILT_UP, NOT_CONNECTED = "built_up", "not_connected"
HEADROOM, NO_ROUTE = "headroom", "no_route"
# ASSUME: a village of which the network reaches half is one to be connected: its gap is its rest
MOSTLY_SERVED = 0.5
_KEYS = ["village_code", "part"]


def members(facts: Facts, decisions: Decisions, policy: Policy) -> pd.DataFrame:
    """One row a household of a gap.

    household      position in facts.households; with its village_code, township_code, part, x, y
                   [m], pipe_m [m], gas_m [m] where the facts have it, transformer_id, heated_m2
    kind           of the gap, see gis.audit.coverage_gaps
    on_network     the heating network reaches it, and only its source is short
    source_short   so it is, by the decision
    in_zone, in_built_up, named    what gives it priority
    clause, runner_up              of the decision
    """
    ledger = facts.households
    homes = _pending(ledger, decisions).merge(_parts(facts, decisions), on=_KEYS, how="left")
    kind = _kinds(homes, policy.heating_network.served_share)
    found = homes.assign(kind=kind)[kind != ""].reset_index(drop=True)
    rows = ledger.iloc[found["household"].to_numpy(dtype=int)].reset_index(drop=True)
    places = [name for name in ("x", "y", "pipe_m", "gas_m", "transformer_id") if name in rows]
    # A home whose coordinates stand in no village has no place that an asset could be laid to.
    astray = rows["located_village_code"].isna().to_numpy(dtype=bool)
    rows.loc[astray, ["x", "y", "pipe_m"]] = (np.nan, np.nan, np.inf)
    area_m2 = heated_m2(ledger, policy).iloc[found["household"]].to_numpy(dtype=float)
    return found.join(rows[["township_code", *places]]).assign(
        heated_m2=area_m2,
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
            "on_network": (homes["served"] != "none").to_numpy(dtype=bool),
            "gas_secured": homes["gas_secured"].to_numpy(dtype=bool),
            "in_built_up": homes["in_built_up"].to_numpy(dtype=bool),
        }
    )


def _parts(facts: Facts, decisions: Decisions) -> pd.DataFrame:
    """One row a decided part: the decision, what its route is short of, its village's share."""
    rows = decisions.villages[[*_KEYS, "approach", "gap", "clause", "runner_up"]]
    tried = decisions.tried.reindex(columns=[*_KEYS, "route", "code", "eligible", "has_capacity"])
    short = tried[(tried["eligible"].eq(other=True) & tried["has_capacity"].eq(other=False))]
    marks = {
        "source_short": short[short["route"] == "central"],
        "grid_short": short[short["route"] == "electric"],
        "extended": tried[tried["code"] == "central_extended"],
    }
    index = pd.MultiIndex.from_frame(rows[_KEYS])
    flags = {name: index.isin(pd.MultiIndex.from_frame(had[_KEYS])) for name, had in marks.items()}
    share = facts.villages.set_index("village_code")["served_share"]
    return rows.assign(**flags, share=rows["village_code"].map(share).astype(float))


def _kinds(homes: pd.DataFrame, threshold: float) -> np.ndarray:
    """The kind of gap each pending household is in, "" for none."""
    off = ~homes["on_network"]
    rest = (homes["share"] >= MOSTLY_SERVED) & (homes["share"] < threshold)
    undecided, central = homes["approach"] == "undecided", homes["approach"] == "central"
    unconnected = off & ~homes["extended"].fillna(value=False).astype(bool)
    source, grid = (homes[name].eq(other=True) for name in ("source_short", "grid_short"))
    reached = homes["on_network"] & rest  # its village would be connected once the rest is
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
    for case, name in reversed(cases):
        kind = np.where(case.to_numpy(dtype=bool), name, kind)
    return kind

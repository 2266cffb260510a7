"""Which open item counts in which coal-ban zone, and which villages a zone has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.audit import located
from gis.audit.evidence import NOBODY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.facts import Facts
    from gis.policy import Policy


def links(facts: Facts, items: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Which open item counts in which zone.

    Columns: item (position in `items`), zone_id, how: "in" surely in the zone; "near" perhaps;
    "seen" perhaps, since the visit to a home or to premises says that it was made there; "anywhere"
    nothing says where it is, or nobody can read it, so that it may be in any. A finding at a
    household or at premises goes with these, and perhaps lies where the visit says it was made; a
    complaint that is not placed in its village goes with the households of the village too. A
    place that nobody can have meant is none.
    """
    home, by_ledger = items["household"].to_numpy(), items["by_ledger"].to_numpy(dtype=bool)
    (x, y), seen = (
        located.usable(facts, *(items[axis].to_numpy(dtype=float) for axis in pair))
        for pair in (("x", "y"), ("seen_x", "seen_y"))
    )
    own_place, at_home = np.where(by_ledger, np.nan, x), home != NOBODY
    placeless = ~at_home & np.isnan(x) & np.isnan(seen[0])
    village = items["village_code"].isin(facts.villages["village_code"]).to_numpy(dtype=bool)
    apart = ~at_home & village & ~_agree(facts, items["village_code"], x, y)
    lost = items["lost"].to_numpy(dtype=bool)
    parts = [
        _by_home(facts, home),
        _by_place(facts, own_place, y, policy).pipe(_perhaps, at_home),
        _by_place(facts, *seen, policy).pipe(_perhaps, ~at_home & ~np.isnan(x)),
        _by_village(facts, items, np.flatnonzero(apart)),
        _anywhere(facts, np.flatnonzero(lost | (placeless & ~village))),
    ]
    return pd.concat(parts, ignore_index=True).drop_duplicates(["item", "zone_id"])


def _agree(
    facts: Facts, codes: pd.Series, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.bool_]:
    if facts.ground is None:
        return np.zeros(len(codes), dtype=bool)
    return facts.ground.agree(codes, x, y)


def listed(linked: pd.DataFrame, items: int) -> list[str]:
    """The zones of each item, joined by "、"; an item that may be anywhere lists none."""
    known = linked[(linked["how"] != "anywhere").to_numpy(dtype=bool)].sort_values("zone_id")
    joined = known.groupby("item")["zone_id"].agg("、".join)
    return joined.reindex(range(items)).fillna("").tolist()


def villages(facts: Facts) -> pd.DataFrame:
    """Columns zone_id, village_code: villages a zone names, or with a home in or near it."""
    homes = facts.zone_positions[["household", "zone_id"]]
    codes = facts.households["village_code"].to_numpy(dtype=object)
    held = homes.assign(village_code=codes[homes["household"].to_numpy(dtype=int)])
    both = pd.concat([held[["zone_id", "village_code"]].astype(object), named(facts)])
    return both.dropna().drop_duplicates()


def named(facts: Facts) -> pd.DataFrame:
    """Columns zone_id, village_code: the villages a zone names."""
    pairs = facts.zones[["zone_id", "unit_villages"]].explode("unit_villages")
    return pairs.rename(columns={"unit_villages": "village_code"}).astype(object).dropna()


def _by_home(facts: Facts, home: NDArray[np.intp]) -> pd.DataFrame:
    """A household finding counts in the zones its household is in."""
    at = pd.DataFrame({"item": np.arange(len(home)), "household": home})
    found = at[at["household"] != NOBODY].merge(facts.zone_positions, on="household")
    how = np.where(found["position"] == "inside", "in", "near")
    return found[["item", "zone_id"]].assign(how=how)


def _by_place(
    facts: Facts, x: NDArray[np.float64], y: NDArray[np.float64], policy: Policy
) -> pd.DataFrame:
    found = located.near_zones(x, y, facts.zones, policy.placing)
    how = np.where(found["lies"], "in", "near")
    return found.rename(columns={"point": "item"})[["item", "zone_id"]].assign(how=how)


def _perhaps(linked: pd.DataFrame, listed: NDArray[np.bool_]) -> pd.DataFrame:
    """Of items at what has a place: where the visit says it was is a doubt, no more, and no less."""
    doubtful = listed[linked["item"].to_numpy(dtype=int)]
    inside = (linked["how"] == "in").to_numpy(dtype=bool)
    return linked.assign(how=linked["how"].mask(doubtful, "seen"))[inside | ~doubtful]


def _by_village(facts: Facts, items: pd.DataFrame, chosen: NDArray[np.intp]) -> pd.DataFrame:
    """ASSUME: an item known by its village is in every zone a home of it is, or may be."""
    at = pd.DataFrame({"item": chosen, "village_code": items["village_code"].to_numpy()[chosen]})
    return at.merge(villages(facts), on="village_code")[["item", "zone_id"]].assign(how="in")


def _anywhere(facts: Facts, chosen: NDArray[np.intp]) -> pd.DataFrame:
    at = pd.DataFrame({"item": chosen})
    return at.merge(facts.zones[["zone_id"]], how="cross").assign(how="anywhere")

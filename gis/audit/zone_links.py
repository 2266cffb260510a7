"""Zones of an open item, villages of a zone, and zones at or near a point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from gis.audit.evidence import NOBODY
from gis.facts.zone_membership import SIGMAS

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.audit.evidence import Mask
    from gis.facts import Facts
    from gis.policy import Policy
    from gis.policy.model import Placing


def zones_within_margin(
    x: NDArray[np.float64], y: NDArray[np.float64], zones: gpd.GeoDataFrame, placing: Placing
) -> pd.DataFrame:
    """The zones that each point lies in or, within 3 sigma of the boundary, may lie in.

    Args:
        x: Shape (n,) [m], NaN for no location.
        y: Shape (n,) [m].
        zones: The zones in force.
        placing: Location accuracies.

    Returns:
        point (0..n-1), zone_id, lies (on or inside the boundary; False: outside, but too close to
        tell).
    """
    here = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    points, areas = shapely.points(x[here], y[here]), zones.geometry.to_numpy()
    worded = zones["worded"].to_numpy(dtype=bool)
    drawn_m = np.where(worded, placing.sigma_zone_worded_m, placing.sigma_zone_m)
    reach_m = SIGMAS * np.hypot(placing.sigma_household_m, drawn_m)
    farthest_m = float(reach_m.max(initial=0.0))
    tree = shapely.STRtree(areas)
    point, zone = tree.query(points, predicate="dwithin", distance=farthest_m)
    away_m = shapely.distance(points[point], areas[zone])
    near = away_m <= reach_m[zone]
    ids = zones["zone_id"].to_numpy(dtype=object)[zone[near]]
    found = {"point": here[point[near]], "zone_id": ids, "lies": away_m[near] == 0}
    return pd.DataFrame(found)


def usable(
    facts: Facts, x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The locations [m], NaN where implausibly far from every village."""
    absurd = (
        np.zeros(len(x), dtype=bool)
        if facts.village_index is None
        else facts.village_index.absurd(x, y)
    )
    return np.where(absurd, np.nan, x), np.where(absurd, np.nan, y)


def seen_again_clean(found: pd.DataFrame, clean: pd.DataFrame, within_m: float) -> Mask:
    """Findings at a bare location that a later clean visit within `within_m` confirms as settled.

    Both tables have x, y [m] and seen. A visit on the finding's day, or before its rectification,
    is no confirmation.
    """
    confirmed = np.zeros(len(found), dtype=bool)
    there = clean.dropna(subset=["x", "y"])
    places = np.flatnonzero(found["x"].notna() & found["y"].notna())
    if not len(there) or not len(places):
        return confirmed
    tree = cKDTree(there[["x", "y"]].to_numpy(dtype=float))
    at = found[["x", "y"]].to_numpy(dtype=float)[places]
    seen = there["seen"].to_numpy(dtype=float)
    near = tree.query_ball_point(at, within_m)
    latest = np.array([seen[visits].max(initial=-np.inf) for visits in near])
    after = found["seen"].to_numpy(dtype=float)[places]
    rectified = found["rectified"].to_numpy(dtype=float)[places]
    confirmed[places] = (latest > after) & ~(latest < rectified)
    return confirmed


def find_zone_links(facts: Facts, items: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Which open item counts in which zone.

    Returns:
        item (position in `items`), zone_id, and how: "in" certainly in the zone; "near" perhaps;
        "seen" perhaps, by the location that a visit to a home or premises gives; "anywhere" without
        a location, or an unreadable one, so that it may be in any zone.

        A finding at a household or premises counts in the zones of that household or premises, and
        perhaps at the location given by the visit. A complaint without a location in its village
        also counts in the zones of the village's households. An implausible location is ignored.
    """
    home, by_ledger = items["household"].to_numpy(), items["by_ledger"].to_numpy(dtype=bool)
    (x, y), seen = (
        usable(facts, *(items[axis].to_numpy(dtype=float) for axis in pair))
        for pair in (("x", "y"), ("seen_x", "seen_y"))
    )
    own_place, at_home = np.where(by_ledger, np.nan, x), home != NOBODY
    placeless = ~at_home & np.isnan(x) & np.isnan(seen[0])
    village = items["village_code"].isin(facts.villages["village_code"]).to_numpy(dtype=bool)
    apart = ~at_home & village & ~_agree(facts, items["village_code"], x, y)
    lost = items["lost"].to_numpy(dtype=bool)
    parts = [
        _by_home(facts, home),
        _by_place(facts, own_place, y, policy).pipe(_mark_as_seen, at_home),
        _by_place(facts, *seen, policy).pipe(_mark_as_seen, ~at_home & ~np.isnan(x)),
        _by_village(facts, items, np.flatnonzero(apart)),
        _anywhere(facts, np.flatnonzero(lost | (placeless & ~village))),
    ]
    return pd.concat(parts, ignore_index=True).drop_duplicates(["item", "zone_id"])


def _agree(
    facts: Facts, codes: pd.Series, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.bool_]:
    if facts.village_index is None:
        return np.zeros(len(codes), dtype=bool)
    return facts.village_index.agree(codes, x, y)


def zones_text(linked: pd.DataFrame, items: int) -> list[str]:
    """The zones of each item, joined by "、"; "" for an item that may be anywhere."""
    known = linked[(linked["how"] != "anywhere").to_numpy(dtype=bool)].sort_values("zone_id")
    joined = known.groupby("item")["zone_id"].agg("、".join)
    return joined.reindex(range(items)).fillna("").tolist()


def zone_villages(facts: Facts) -> pd.DataFrame:
    """Columns zone_id, village_code: villages that a zone names, or with a home in or near it."""
    homes = facts.zone_positions[["household", "zone_id"]]
    codes = facts.households["village_code"].to_numpy(dtype=object)
    held = homes.assign(village_code=codes[homes["household"].to_numpy(dtype=int)])
    both = pd.concat([held[["zone_id", "village_code"]].astype(object), zones_named(facts)])
    return both.dropna().drop_duplicates()


def zones_named(facts: Facts) -> pd.DataFrame:
    """Columns zone_id, village_code: the villages that a zone names."""
    each = zip(facts.zones["zone_id"], facts.zones["unit_villages"], strict=True)
    pairs = [(zone, code) for zone, codes in each for code in codes]
    return pd.DataFrame(pairs, columns=["zone_id", "village_code"], dtype=object)


def _by_home(facts: Facts, home: NDArray[np.intp]) -> pd.DataFrame:
    """A household finding counts in the zones of its household."""
    at = pd.DataFrame({"item": np.arange(len(home)), "household": home})
    found = at[at["household"] != NOBODY].merge(facts.zone_positions, on="household")
    how = np.where(found["position"] == "inside", "in", "near")
    return found[["item", "zone_id"]].assign(how=how)


def _by_place(
    facts: Facts, x: NDArray[np.float64], y: NDArray[np.float64], policy: Policy
) -> pd.DataFrame:
    found = zones_within_margin(x, y, facts.zones, policy.placing)
    how = np.where(found["lies"], "in", "near")
    return found.rename(columns={"point": "item"})[["item", "zone_id"]].assign(how=how)


def _mark_as_seen(linked: pd.DataFrame, listed: NDArray[np.bool_]) -> pd.DataFrame:
    """For items with a household or premises, the visit's own location counts only as a doubt."""
    doubtful = listed[linked["item"].to_numpy(dtype=int)]
    inside = (linked["how"] == "in").to_numpy(dtype=bool)
    return linked.assign(how=linked["how"].mask(doubtful, "seen"))[inside | ~doubtful]


def _by_village(facts: Facts, items: pd.DataFrame, chosen: NDArray[np.intp]) -> pd.DataFrame:
    """ASSUME: an item known by its village is in every zone a home of it is, or may be."""
    at = pd.DataFrame({"item": chosen, "village_code": items["village_code"].to_numpy()[chosen]})
    return at.merge(zone_villages(facts), on="village_code")[["item", "zone_id"]].assign(how="in")


def _anywhere(facts: Facts, chosen: NDArray[np.intp]) -> pd.DataFrame:
    at = pd.DataFrame({"item": chosen})
    return at.merge(facts.zones[["zone_id"]], how="cross").assign(how="anywhere")

"""What a coal-ban zone may hold that no verdict on a household counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gis import i18n
from gis.audit import located, zone_links
from gis.errors import Problem
from gis.facts import ruled

if TYPE_CHECKING:
    from datetime import date

    from gis.facts import Facts
    from gis.policy import Policy

_REPEATED = "duplicate_row"  # an identical repeat of a row that is counted


def counts(
    facts: Facts, zone_rulings: pd.DataFrame | None, policy: Policy, as_of: date
) -> pd.DataFrame:
    """`rejected`, `silent` and `unlisted`, side by side."""
    parts = [rejected(facts, policy), silent(facts), unlisted(facts, zone_rulings, as_of)]
    return pd.concat(parts, axis=1)


def unlisted(facts: Facts, zone_rulings: pd.DataFrame | None, as_of: date) -> pd.DataFrame:
    """Homes ruled inside each zone that the ledger does not count, in a column `unlisted`."""
    if zone_rulings is None:
        return pd.DataFrame({"unlisted": []})
    undated = facts.zones.assign(effective_on=pd.NaT)  # the home is there, whatever line it was
    last, _ = ruled.decisive(zone_rulings, undated, undated, as_of)
    counted = facts.households.loc[facts.households["status"] != "rejected", "household_id"]
    known = counted[counted.isin(last["household_id"])]  # the few are sought among the many
    there = (last["ruling"] != "outside") & ~last["household_id"].isin(known)
    return last[there].groupby("zone_id").size().rename("unlisted").to_frame()


def rejected(facts: Facts, policy: Policy) -> pd.DataFrame:
    """Rejected rows of each zone, in a column `rejected` indexed by zone_id.

    A row may lie where its place, if anybody can have meant it, puts it, and in the zones that name the village it writes;
    without a place where any home of that village may; with neither, in every zone of the
    township its code begins with, or else in every zone.
    """
    ledger = facts.households
    out = (ledger["status"] == "rejected") & (ledger["reject_reason"] != _REPEATED)
    rows = ledger[out.to_numpy(dtype=bool)]
    x, y = located.usable(facts, *(rows[axis].to_numpy(dtype=float) for axis in ("x", "y")))
    written = pd.DataFrame(
        {
            "point": np.arange(len(rows)),
            "village_code": rows["ledger_village_code"].to_numpy(dtype=object),
            "township": rows["ledger_village_code"].astype("str").str[:9].to_numpy(dtype=object),
        }
    )
    nowhere = np.isnan(x) & ~written["village_code"].isin(facts.villages["village_code"])
    somewhere = nowhere & written["township"].isin(facts.villages["township_code"])
    held = zone_links.villages(facts)
    towns = held.assign(township=held["village_code"].str[:9])[["zone_id", "township"]]
    parts = [
        located.near_zones(x, y, facts.zones, policy.placing),
        written.merge(zone_links.named(facts), on="village_code"),
        written[np.isnan(x)].merge(zone_links.villages(facts), on="village_code"),
        written[somewhere].merge(towns.drop_duplicates(), on="township"),
        written[nowhere & ~somewhere].merge(facts.zones[["zone_id"]], how="cross"),
    ]
    both = pd.concat([part[["point", "zone_id"]] for part in parts]).drop_duplicates()
    return both.groupby("zone_id").size().rename("rejected").to_frame()


def silent(facts: Facts) -> pd.DataFrame:
    """Villages of each zone that are silent, in a column `silent` indexed by zone_id."""
    return silent_villages(facts).groupby("zone_id").size().rename("silent").to_frame()


def silent_villages(facts: Facts) -> pd.DataFrame:
    """zone_id, village_code: villages of a zone without any household in the ledger.

    A zone has the villages that it names and those whose middle lies in it. Nobody lives there, or
    their ledger never came: silence clears nothing.
    """
    empty = facts.villages[(facts.villages["households"] == 0).to_numpy(dtype=bool)]
    codes = empty["village_code"].to_numpy(dtype=object)
    middles = shapely.points(empty[["x", "y"]].to_numpy(dtype=float))
    zone, village = shapely.STRtree(middles).query(
        facts.zones.geometry.to_numpy(), predicate="intersects"
    )
    ids = facts.zones["zone_id"].to_numpy(dtype=object)
    lying = pd.DataFrame({"zone_id": ids[zone], "village_code": codes[village]})
    named = zone_links.named(facts)
    both = pd.concat([lying, named[named["village_code"].isin(codes)]]).drop_duplicates()
    return both.sort_values(["zone_id", "village_code"], ignore_index=True)


def problems(facts: Facts) -> tuple[Problem, ...]:
    """One problem a silent village."""
    said = i18n.load("audit")
    names = facts.villages.set_index("village_code")["village"]
    found = []
    for zone_id, code in silent_villages(facts).itertuples(index=False):
        filled = {"zone": zone_id, "village": names.get(code, code)}
        message = i18n.sentence(said["message"], "village_silent", **filled)
        remedy = i18n.sentence(said["remedy"], "village_silent")
        found.append(
            Problem("households", "village_silent", None, "village_code", code, message, remedy)
        )
    return tuple(found)

"""The verdict on each coal-ban zone, from its households, open items and uncounted homes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gis import i18n
from gis.audit import finding_states, zone_links
from gis.audit.evidence import FALSE, STOVE, TRUE, UNKNOWN, Fact
from gis.errors import Problem
from gis.facts import zone_membership
from gis.facts.ledger_state import INCOMPLETE
from gis.facts.zone_membership import days_unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from gis.errors import Text
    from gis.facts import Facts
    from gis.policy import Policy

_DAYS = {"oldest_clean_on": "min", "latest_clean_on": "max", "last_ruled_on": "max"}
CLEARED, NOT_CLEARED, UNCONFIRMED = "cleared", "not_cleared", "unconfirmed"
HOMES = (
    "inside", "cleared", "not_cleared", "unknown", "undecidable", "undecidable_cleared",
    "undecidable_not_cleared",
)  # fmt: skip
OPEN = ("coal_findings", "coal_unsettled", "open_complaints", "unplaced")
_ANYWHERE = ("unplaced", "unlisted", "undated", "held")
# Counts that keep a zone from being cleared while any is above 0.
LEFT_OPEN = (
    "coal_unsettled", "open_complaints", "unplaced", "rejected", "silent", "unlisted", "undated",
    "held",
)  # fmt: skip


def zone_verdicts(
    facts: Facts, verdict: Fact, items: pd.DataFrame, linked: pd.DataFrame, apart: pd.DataFrame
) -> pd.DataFrame:
    """One row per zone in force, sorted by zone_id.

    Args:
        facts: The facts.
        verdict: One Fact per household: TRUE cleared, FALSE not cleared, UNKNOWN.
        items: The open items, see gis.audit.open_items.
        linked: Their zones, see gis.audit.zone_links.find_zone_links.
        apart: The counts of `zone_counts`, and of its villages.

    Returns:
        zone_id, zone, document_no, effective_on, expires_on
        verdict            cleared | not_cleared | unconfirmed
        inside             households inside = cleared + not_cleared + unknown
        undecidable        households at the boundary; of these undecidable_cleared, _not_cleared
        coal_findings      standing findings of coal in the zone, not exempt: neither rectified nor
                           found clean since
        coal_unsettled     other findings that are unsettled, or may lie in the zone
        open_complaints    unhandled coal complaints in the zone
        unplaced           open items that may lie in any zone
        rejected           rejected ledger rows that lie, or may lie, in the zone
        silent             its villages without a household in the ledger
        unlisted           homes ruled inside that the ledger does not count
        undated            1 where it is unknown whether the zone is in force
        villages_inside, villages_cleared, villages_held
                           its villages, those of them that are cleared (已销号), and those that
                           open_complaints hold, see gis.audit.clearance
        held, held_by, accepted
                           number of unaccepted problems of its geometry, the entries that accept
                           them, and the accepted ones (see gis.audit.clearance)
        share_certain, share_possible
                           bounds (0 to 1) of the cleared share of the households truly in the
                           zone, with all that is unknown or undecidable at its worst, or best; NaN
                           for a zone without households
    """
    columns = ["zone_id", "zone", "document_no", "effective_on", "expires_on"]
    table = pd.DataFrame(facts.zones[columns]).reset_index(drop=True)
    parts = [
        household_flags(facts, verdict).groupby("zone_id")[list(HOMES)].sum(),
        open_flags(items, linked).groupby("zone_id")[list(OPEN)].sum(),
        apart,
    ]
    counts = pd.concat(parts, axis=1).reindex(table["zone_id"]).fillna(0).astype(int)
    table = table.join(counts.reset_index(drop=True)).assign(held=0, held_by="", accepted="")
    table["undated"] = days_unknown(table).to_numpy(dtype=int)
    certain, possible = _bounds(table)
    judged = table.assign(share_certain=certain, share_possible=possible)
    judged.insert(2, "verdict", NOT_CLEARED)
    return judged_again(judged)


def merge_zones(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Merge the zones of several partitions of a ledger.

    parts: `zone_verdicts` with `sign_off_columns` of each partition, on the same zones. Each
    household, visit, complaint and village is in one partition only.
    """
    first = parts[0]
    every = pd.concat(parts).groupby("zone_id", sort=False)
    counts = [name for name in first if pd.api.types.is_integer_dtype(first[name])]
    table = first.reset_index(drop=True)
    for name in counts:
        table[name] = every[name].sum().reindex(table["zone_id"]).to_numpy()
    for name, how in _DAYS.items():
        table[name] = every[name].agg(how).reindex(table["zone_id"]).to_numpy()
    certain, possible = _bounds(table)
    return judged_again(table.assign(share_certain=certain, share_possible=possible))


def judged_again(table: pd.DataFrame) -> pd.DataFrame:
    """The zones with their verdict recalculated from the counts.

    No village of a zone is cleared while something that nobody can place holds the whole zone.
    """
    anywhere = (table[list(_ANYWHERE)] > 0).any(axis=1)
    cleared = table["villages_cleared"].mask(anywhere, 0)
    return table.assign(verdict=verdict_of(table), villages_cleared=cleared)


def household_flags(facts: Facts, verdict: Fact) -> pd.DataFrame:
    """Flags of the households of each zone by position and verdict, with zone_id and village."""
    homes = facts.zone_positions
    codes = verdict[homes["household"].to_numpy(dtype=int)]
    inside = (homes["position"] == "inside").to_numpy(dtype=bool)
    flags = {
        "inside": inside,
        "cleared": inside & (codes == TRUE),
        "not_cleared": inside & (codes == FALSE),
        "unknown": inside & (codes == UNKNOWN),
        "undecidable": ~inside,
        "undecidable_cleared": ~inside & (codes == TRUE),
        "undecidable_not_cleared": ~inside & (codes == FALSE),
    }
    codes = facts.households["village_code"].to_numpy(dtype=object)
    return pd.DataFrame(flags).assign(
        zone_id=homes["zone_id"].to_numpy(dtype=object),
        village_code=codes[homes["household"].to_numpy(dtype=int)],
    )


def open_flags(items: pd.DataFrame, linked: pd.DataFrame) -> pd.DataFrame:
    """What each link of an open item counts as in its zone: zone_id, item and a flag by kind.

    Exempt items, and ones that are not against the zone, count as nothing.
    """
    item = items.iloc[linked["item"].to_numpy(dtype=int)].reset_index(drop=True)
    how = linked["how"].to_numpy(dtype=object)
    elsewhere = np.isin(how, ["seen", "anywhere"])  # not at a home of the ledger
    at_home = (item["subject"] == "household").to_numpy(dtype=bool)
    stove = (item["kind"] == STOVE).to_numpy(dtype=bool) & elsewhere & at_home
    counts = (item["against"].to_numpy(dtype=bool) | stove) & ~item["exempt"].to_numpy(dtype=bool)
    complaint = (item["subject"] == "complaint").to_numpy(dtype=bool)
    standing = (item["coal"] & (item["state"] == finding_states.STANDING)).to_numpy(dtype=bool)
    stands = ~complaint & (how == "in") & standing
    lost = how == "anywhere"
    flags = {
        "coal_findings": counts & stands,
        "coal_unsettled": counts & ~stands & ~complaint & ~lost,
        "open_complaints": counts & complaint & ~lost,
        "unplaced": counts & lost,
    }
    return pd.DataFrame(flags).assign(
        zone_id=linked["zone_id"].to_numpy(dtype=object), item=linked["item"].to_numpy()
    )


def _bounds(table: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """The cleared share with all that is open at its worst, and at its best.

    Where one of them leaves no household in the zone, the other is used.
    """
    line = table["undecidable"]
    worst = table["inside"] + line - table["undecidable_cleared"]
    hopeful = line - table["undecidable_not_cleared"]
    best = table["inside"] + hopeful
    certain = table["cleared"] / worst.where(worst > 0)
    possible = (table["cleared"] + table["unknown"] + hopeful) / best.where(best > 0)
    return certain.fillna(possible), possible.fillna(certain)


def verdict_of(table: pd.DataFrame) -> NDArray[np.object_]:
    """not_cleared by known facts; cleared only where nothing is left open.

    ASSUME: a zone in which the ledger has no household is unconfirmed, not cleared.
    """
    false = (table["not_cleared"] > 0) | (table["coal_findings"] > 0)
    left_open = table[list(LEFT_OPEN)].sum(axis=1)
    on_the_line = table["undecidable"] > table["undecidable_cleared"]
    true = (table["inside"] > 0) & (table["cleared"] == table["inside"])
    true &= (left_open == 0) & ~on_the_line
    return np.select([false, true], [NOT_CLEARED, CLEARED], default=UNCONFIRMED).astype(object)


def zone_reasons(counts: Mapping[str, Any]) -> list[Text]:
    """Why a zone is not cleared, by its counts; zero and missing counts are skipped.

    Also the entries that accept its problems, and the accepted ones.
    """
    texts = i18n.messages("report")["zone_reason"]
    numbers = {name: counts.get(name) for name in texts}
    known = {name: int(n) for name, n in numbers.items() if n is not None and pd.notna(n)}
    reasons = [i18n.format_message(texts, name, n=n) for name, n in known.items() if n]
    entries = {name: counts.get(name) for name in ("held_by", "accepted")}
    accept = i18n.messages("report")["zone_accept"]
    return reasons + [
        i18n.format_message(accept, name, entries=e) for name, e in entries.items() if e
    ]


def with_reasons(zones: pd.DataFrame) -> pd.DataFrame:
    """`zones` with the reasons of each in one sentence, reason_zh and reason_en."""
    reasons = [zone_reasons(zone) for zone in zones.to_dict("records")]
    return zones.assign(
        reason_zh=["；".join(one.zh for one in lines) for lines in reasons],
        reason_en=["; ".join(one.en for one in lines) for lines in reasons],
    )


def sign_off_columns(
    facts: Facts, judged: pd.DataFrame, zone_rulings: pd.DataFrame | None, as_of: date
) -> pd.DataFrame:
    """Columns that a zone's sign-off sheet adds to its verdict, indexed by zone_id.

    judged: the households' verdicts. Columns: relapse, unused, suspected_unused,
    coal_left, vacant, demolition (households
    inside), ruled (at the boundary, decided by the office), oldest_clean_on and latest_clean_on (of
    the last clean visits inside), last_ruled_on.
    """
    homes = facts.zone_positions
    at = homes["household"].to_numpy(dtype=int)
    inside = (homes["position"] == "inside").to_numpy(dtype=bool)
    occupancy = facts.households["occupancy"].to_numpy(dtype=object)[at]
    clean_on = judged["last_clean_on"].iloc[at].reset_index(drop=True).where(inside)
    table = pd.DataFrame(
        {
            "relapse": inside & judged["relapse"].to_numpy()[at],
            "unused": inside & judged["unused"].to_numpy()[at],
            "suspected_unused": inside & judged["suspected_unused"].to_numpy()[at],
            "coal_left": inside & judged["coal_left"].to_numpy()[at],
            "vacant": inside & (occupancy == "vacant"),
            "demolition": inside & (occupancy == "demolition"),
            "ruled": homes["ruled"].to_numpy(dtype=bool),
        }
    )
    zone = homes["zone_id"].to_numpy(dtype=object)
    counts = table.groupby(zone).sum().reindex(facts.zones["zone_id"], fill_value=0)
    visited = clean_on.groupby(zone).agg(["min", "max"]).reindex(counts.index)
    return counts.assign(
        oldest_clean_on=visited["min"],
        latest_clean_on=visited["max"],
        last_ruled_on=_last_ruling(zone_rulings, as_of).reindex(counts.index),
    )


def _last_ruling(zone_rulings: pd.DataFrame | None, as_of: date) -> pd.Series:
    if zone_rulings is None:
        return pd.Series(dtype="datetime64[ns]")
    made = zone_rulings[(zone_rulings["ruled_on"] <= pd.Timestamp(as_of)).to_numpy(dtype=bool)]
    return made.groupby("zone_id")["ruled_on"].max()


_REPEATED = "duplicate_row"  # an identical repeat of a row that is counted


def zone_counts(
    facts: Facts, zone_rulings: pd.DataFrame | None, policy: Policy, as_of: date
) -> pd.DataFrame:
    """`rejected`, `silent` and `unlisted`, side by side."""
    parts = [rejected(facts, policy), silent(facts), unlisted(facts, zone_rulings, as_of)]
    return pd.concat(parts, axis=1)


def unlisted(facts: Facts, zone_rulings: pd.DataFrame | None, as_of: date) -> pd.DataFrame:
    """Homes ruled inside each zone that the ledger does not count, in a column `unlisted`."""
    if zone_rulings is None:
        return pd.DataFrame({"unlisted": []})
    undated = facts.zones.assign(
        effective_on=pd.NaT
    )  # the home is inside, regardless of the zone's date
    last, _ = zone_membership.effective_rulings(zone_rulings, undated, undated, as_of)
    counted = facts.households.loc[facts.households["status"] != "rejected", "household_id"]
    known = counted[counted.isin(last["household_id"])]  # the shorter list is the one searched for
    there = (last["ruling"] != "outside") & ~last["household_id"].isin(known)
    return last[there].groupby("zone_id").size().rename("unlisted").to_frame()


def rejected(facts: Facts, policy: Policy) -> pd.DataFrame:
    """Rejected rows of each zone, in a column `rejected` indexed by zone_id."""
    return rejected_rows(facts, policy).groupby("zone_id").size().rename("rejected").to_frame()


def rejected_rows(facts: Facts, policy: Policy) -> pd.DataFrame:
    """The zones of rejected rows, with the village of each: zone_id, village_code (NA: unknown).

    A row counts in zones at its location, if it is plausible, and in zones that name its village;
    without a location, in every zone with a home of that village; with neither, in every zone of
    the township of its code, or else in every zone.
    """
    ledger = facts.households
    out = (ledger["status"] == "rejected") & (ledger["reject_reason"] != _REPEATED)
    rows = ledger[out.to_numpy(dtype=bool)]
    if rows.empty:
        return facts.zones[["zone_id"]].iloc[:0].assign(village_code=pd.Series(dtype=object))
    x, y = zone_links.usable(facts, *(rows[axis].to_numpy(dtype=float) for axis in ("x", "y")))
    written = pd.DataFrame(
        {
            "point": np.arange(len(rows)),
            "village_code": rows["ledger_village_code"].to_numpy(dtype=object),
            "township": rows["ledger_village_code"].astype("str").str[:9].to_numpy(dtype=object),
        }
    )
    nowhere = np.isnan(x) & ~written["village_code"].isin(facts.villages["village_code"])
    somewhere = nowhere & written["township"].isin(facts.villages["township_code"])
    held = zone_links.zone_villages(facts)
    towns = held.assign(township=held["village_code"].str[:9])[["zone_id", "township"]]
    parts = [
        zone_links.zones_within_margin(x, y, facts.zones, policy.placing),
        written.merge(zone_links.zones_named(facts), on="village_code"),
        written[np.isnan(x)].merge(held, on="village_code"),
        written[somewhere].merge(towns.drop_duplicates(), on="township"),
        written[nowhere & ~somewhere].merge(facts.zones[["zone_id"]], how="cross"),
    ]
    both = pd.concat([part[["point", "zone_id"]] for part in parts]).drop_duplicates()
    codes = written["village_code"].astype(object)
    known = codes.where(codes.isin(facts.villages["village_code"]), None).to_numpy(dtype=object)
    return both[["zone_id"]].assign(village_code=known[both["point"].to_numpy(dtype=int)])


def silent(facts: Facts) -> pd.DataFrame:
    """Silent villages of each zone, in a column `silent` indexed by zone_id."""
    return silent_villages(facts).groupby("zone_id").size().rename("silent").to_frame()


def silent_villages(facts: Facts) -> pd.DataFrame:
    """Villages of a zone without a household in the ledger, or with too few: zone_id, village_code.

    A zone's villages are those it names and those whose centre lies in it. Either nobody else
    lives there or the ledger lacks them, so the zone is not cleared.
    """
    short = facts.villages["ledger_state"] == INCOMPLETE
    empty = facts.villages[((facts.villages["households"] == 0) | short).to_numpy(dtype=bool)]
    codes = empty["village_code"].to_numpy(dtype=object)
    middles = shapely.points(empty[["x", "y"]].to_numpy(dtype=float))
    zone, village = shapely.STRtree(middles).query(
        facts.zones.geometry.to_numpy(), predicate="intersects"
    )
    ids = facts.zones["zone_id"].to_numpy(dtype=object)
    lying = pd.DataFrame({"zone_id": ids[zone], "village_code": codes[village]})
    named = zone_links.zones_named(facts)
    both = pd.concat([lying, named[named["village_code"].isin(codes)]]).drop_duplicates()
    return both.sort_values(["zone_id", "village_code"], ignore_index=True)


def zone_problems(facts: Facts) -> tuple[Problem, ...]:
    """One problem per silent village."""
    texts = i18n.messages("audit")
    names = facts.villages.set_index("village_code")["village"]
    found = []
    for zone_id, code in silent_villages(facts).itertuples(index=False):
        filled = {"zone": zone_id, "village": names.get(code, code)}
        message = i18n.format_message(texts["message"], "village_silent", **filled)
        remedy = i18n.format_message(texts["remedy"], "village_silent")
        found.append(
            Problem("households", "village_silent", None, "village_code", code, message, remedy)
        )
    return tuple(found)

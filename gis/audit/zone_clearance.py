"""Is a coal-ban zone clear: its households, its premises and its complaints, added up.

What a coal-ban zone may hold that no verdict on a household counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gis import i18n
from gis.audit import clearance_criteria, zone_links
from gis.audit.evidence import STOVE
from gis.audit.three_valued import FALSE, TRUE, UNKNOWN, Fact
from gis.errors import Problem
from gis.facts import zone_membership
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


def zone_verdicts(
    facts: Facts, verdict: Fact, items: pd.DataFrame, linked: pd.DataFrame, apart: pd.DataFrame
) -> pd.DataFrame:
    """One row a zone in force, sorted by zone_id.

    verdict: TRUE cleared, FALSE not cleared, UNKNOWN, one a household; items, linked: the open
    items and their `links`; apart: what gis.audit.zone_clearance counts. Columns:

        zone_id, zone, document_no, effective_on, expires_on
        verdict            cleared | not_cleared | unconfirmed
        inside             households inside = cleared + not_cleared + unknown
        undecidable        households on the line; undecidable_cleared, _not_cleared of them
        coal_findings      findings of coal in the zone, at anyone not exempt, that stand: neither
                           rectified nor found clean since
        coal_unsettled     the others that are not settled, or that may lie in the zone
        open_complaints    coal complaints in the zone that are not handled
        unplaced           open items that may lie in any zone
        rejected           rejected ledger rows that lie, or may lie, in the zone
        silent             its villages of which the ledger has no household
        unlisted           homes ruled inside that the ledger does not count
        undated            1 where nobody can tell whether the zone is in force
        held, held_by, accepted
                           findings on its ground that nobody has accepted: how many, and what to
                           write to accept them; and those that are accepted (see gis.audit.zone_holds)
        share_certain, share_possible
                           bounds (0 to 1) of the cleared share of the households truly in the
                           zone: all that is unknown or undecidable turns out worst, or best; NaN
                           for a zone without households
    """
    columns = ["zone_id", "zone", "document_no", "effective_on", "expires_on"]
    table = pd.DataFrame(facts.zones[columns]).reset_index(drop=True)
    parts = [_households(facts, verdict), _open(items, linked), apart]
    counts = pd.concat(parts, axis=1).reindex(table["zone_id"]).fillna(0).astype(int)
    table = table.join(counts.reset_index(drop=True)).assign(held=0, held_by="", accepted="")
    table["undated"] = days_unknown(table).to_numpy(dtype=int)
    certain, possible = _bounds(table)
    judged = table.assign(share_certain=certain, share_possible=possible)
    judged.insert(2, "verdict", _verdict(table))
    return judged


def merge_zones(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The zones of several parts of a ledger, judged together.

    parts: `verdicts` with `particulars` of each part, on the same zones; a household, a visit, a
    complaint and a village is in one part alone.
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
    judged = table.assign(share_certain=certain, share_possible=possible)
    return judged.assign(verdict=_verdict(judged))


def judged_again(table: pd.DataFrame) -> pd.DataFrame:
    """The zones with the verdict that their counts have come to."""
    return table.assign(verdict=_verdict(table))


def _households(facts: Facts, verdict: Fact) -> pd.DataFrame:
    """Households of each zone by position and verdict, indexed by zone_id."""
    homes = facts.zone_positions
    codes = verdict[homes["household"].to_numpy(dtype=int)]
    inside = (homes["position"] == "inside").to_numpy(dtype=bool)
    marks = {
        "inside": inside,
        "cleared": inside & (codes == TRUE),
        "not_cleared": inside & (codes == FALSE),
        "unknown": inside & (codes == UNKNOWN),
        "undecidable": ~inside,
        "undecidable_cleared": ~inside & (codes == TRUE),
        "undecidable_not_cleared": ~inside & (codes == FALSE),
    }
    return pd.DataFrame(marks).groupby(homes["zone_id"].to_numpy(dtype=object)).sum()


def _open(items: pd.DataFrame, linked: pd.DataFrame) -> pd.DataFrame:
    """Open items of each zone, indexed by zone_id; what is exempt or not against it is left out."""
    item = items.iloc[linked["item"].to_numpy(dtype=int)].reset_index(drop=True)
    how = linked["how"].to_numpy(dtype=object)
    elsewhere = np.isin(how, ["seen", "anywhere"])  # than at a home that the ledger judges
    at_home = (item["subject"] == "household").to_numpy(dtype=bool)
    stove = (item["kind"] == STOVE).to_numpy(dtype=bool) & elsewhere & at_home
    counts = (item["against"].to_numpy(dtype=bool) | stove) & ~item["exempt"].to_numpy(dtype=bool)
    complaint = (item["subject"] == "complaint").to_numpy(dtype=bool)
    standing = (item["coal"] & (item["state"] == clearance_criteria.STANDING)).to_numpy(dtype=bool)
    stands = ~complaint & (how == "in") & standing
    lost = how == "anywhere"
    marks = {
        "coal_findings": counts & stands,
        "coal_unsettled": counts & ~stands & ~complaint & ~lost,
        "open_complaints": counts & complaint & ~lost,
        "unplaced": counts & lost,
    }
    return pd.DataFrame(marks).groupby(linked["zone_id"].to_numpy(dtype=object)).sum()


def _bounds(table: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """The cleared share when all that is open turns out worst, and when it turns out best.

    Where one of the two leaves no household in the zone, it is the other.
    """
    line = table["undecidable"]
    worst = table["inside"] + line - table["undecidable_cleared"]
    hopeful = line - table["undecidable_not_cleared"]
    best = table["inside"] + hopeful
    certain = table["cleared"] / worst.where(worst > 0)
    possible = (table["cleared"] + table["unknown"] + hopeful) / best.where(best > 0)
    return certain.fillna(possible), possible.fillna(certain)


def _verdict(table: pd.DataFrame) -> NDArray[np.object_]:
    """not_cleared by what is known; cleared only where nothing at all is left open.

    ASSUME: a zone in which the ledger knows no household is unconfirmed, not cleared.
    """
    false = (table["not_cleared"] > 0) | (table["coal_findings"] > 0)
    open_ = [
        "coal_unsettled",
        "open_complaints",
        "unplaced",
        "rejected",
        "silent",
        "unlisted",
        "undated",
        "held",
    ]
    left_open = table[open_].sum(axis=1)
    on_the_line = table["undecidable"] > table["undecidable_cleared"]
    true = (table["inside"] > 0) & (table["cleared"] == table["inside"])
    true &= (left_open == 0) & ~on_the_line
    return np.select([false, true], [NOT_CLEARED, CLEARED], default=UNCONFIRMED).astype(object)


def zone_reasons(counts: Mapping[str, Any]) -> list[Text]:
    """What keeps a zone from being cleared, by its counts; nothing for one that is 0 or missing.

    And what to write to accept what holds it, and what is accepted.
    """
    said = i18n.messages("report")["zone_reason"]
    numbers = {name: counts.get(name) for name in said}
    known = {name: int(n) for name, n in numbers.items() if n is not None and pd.notna(n)}
    told = [i18n.format_message(said, name, n=n) for name, n in known.items() if n]
    entries = {name: counts.get(name) for name in ("held_by", "accepted")}
    accept = i18n.messages("report")["zone_accept"]
    return told + [i18n.format_message(accept, name, entries=e) for name, e in entries.items() if e]


def with_reasons(zones: pd.DataFrame) -> pd.DataFrame:
    """`zones` with the reasons of each in one sentence, reason_zh and reason_en."""
    told = [zone_reasons(zone) for zone in zones.to_dict("records")]
    return zones.assign(
        reason_zh=["；".join(one.zh for one in lines) for lines in told],
        reason_en=["; ".join(one.en for one in lines) for lines in told],
    )


def sign_off_columns(
    facts: Facts, judged: pd.DataFrame, zone_rulings: pd.DataFrame | None, as_of: date
) -> pd.DataFrame:
    """What a zone's sign-off sheet adds to its verdict, indexed by zone_id.

    judged: the households' verdicts. Columns: relapse, unused, vacant, demolition (households
    inside), ruled (on the line, decided by the office), oldest_clean_on and latest_clean_on (of the
    last clean visits inside), last_ruled_on.
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
    undated = facts.zones.assign(effective_on=pd.NaT)  # the home is there, whatever line it was
    last, _ = zone_membership.effective_rulings(zone_rulings, undated, undated, as_of)
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
        written[np.isnan(x)].merge(zone_links.zone_villages(facts), on="village_code"),
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
    named = zone_links.zones_named(facts)
    both = pd.concat([lying, named[named["village_code"].isin(codes)]]).drop_duplicates()
    return both.sort_values(["zone_id", "village_code"], ignore_index=True)


def zone_problems(facts: Facts) -> tuple[Problem, ...]:
    """One problem a silent village."""
    said = i18n.messages("audit")
    names = facts.villages.set_index("village_code")["village"]
    found = []
    for zone_id, code in silent_villages(facts).itertuples(index=False):
        filled = {"zone": zone_id, "village": names.get(code, code)}
        message = i18n.format_message(said["message"], "village_silent", **filled)
        remedy = i18n.format_message(said["remedy"], "village_silent")
        found.append(
            Problem("households", "village_silent", None, "village_code", code, message, remedy)
        )
    return tuple(found)

"""What the office has ruled of households that the line of a coal-ban zone leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gis.facts import problems
from gis.facts.zone_membership import INSIDE, OUTSIDE, UNDECIDABLE

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd

    from gis.errors import Problem

_KEYS = ["household_id", "zone_id"]


def decisive(
    rulings: pd.DataFrame, versions: gpd.GeoDataFrame, in_force: gpd.GeoDataFrame, as_of: date
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """The last ruling up to `as_of` on each household and zone, and what is wrong with the others.

    versions: all coal-ban zones; in_force: those of them that hold. Columns household_id, zone_id,
    ruling (NA: nobody can read it, or its day, so that the position is open). One that is older
    than the line in force says nothing about it. One that puts a home outside takes it out of the
    count, so it needs a day and a document. Where another ruling speaks of the same home, one
    without a day or a document leaves the position open. Of several of one day the one that puts
    it inside holds, and before it the one that nobody can read.
    """
    day = pd.Timestamp(as_of)
    made = rulings[~(rulings["ruled_on"] > day).to_numpy(dtype=bool)]
    faults = _faults(made, versions, in_force)
    found = [
        problems.faulty_ruling(code, row)
        for code, faulty in faults.items()
        for row in made[faulty].to_dict("records")
    ]
    doubtful = faults["ruling_without_document"] | faults["ruling_without_day"]
    outside = (made["ruling"] == OUTSIDE).fillna(value=False)
    void = doubtful & outside & ~made.duplicated(_KEYS, keep=False)
    void |= faults["ruling_before_line"]
    ruled = made.assign(on=made["ruled_on"].fillna(day), ruling=made["ruling"].where(~doubtful))
    left = ruled[~void.to_numpy(dtype=bool)]
    ordered = left.sort_values(["on", "ruling"], ascending=[True, False], kind="stable")
    own = [name for name in (*_KEYS, "ruling", "ledger_row") if name in ordered]
    return ordered.drop_duplicates(_KEYS, keep="last")[own], tuple(found)


def _faults(
    made: pd.DataFrame, versions: gpd.GeoDataFrame, in_force: gpd.GeoDataFrame
) -> dict[str, pd.Series]:
    """The rulings with each fault, by the code of its problem."""
    outside = (made["ruling"] == OUTSIDE).fillna(value=False).astype(bool)
    document = made["document_no"].fillna("").astype("str").str.strip()
    since = in_force.set_index("zone_id")["effective_on"]
    before = made["ruled_on"] < pd.to_datetime(made["zone_id"].map(since.to_dict()))
    return {
        "ruling_without_day": made["ruled_on"].isna(),
        "ruling_without_document": outside & (document == ""),
        "ruling_before_line": before.astype(bool),
        "ruling_of_unknown_zone": ~made["zone_id"].isin(versions["zone_id"]),
        "ruling_of_zone_not_in_force": made["zone_id"].isin(versions["zone_id"])
        & ~made["zone_id"].isin(in_force["zone_id"]),
    }


def doubtful(
    found: pd.DataFrame, households: pd.DataFrame, rulings: pd.DataFrame, held: pd.DataFrame
) -> pd.DataFrame:
    """`found` with the homes that are ruled into a zone of which there is none.

    rulings: those of zones that nobody knows; held: columns zone_id and village_code, the zones
    that name or touch each village. Which zone was meant nobody can tell: the home is undecidable
    in each that its villages have to do with, or else in every one, until the ruling is corrected.
    """
    meant = rulings.loc[(rulings["ruling"] != OUTSIDE).to_numpy(bool), "household_id"]
    named = households["household_id"].isin(meant) & (households["status"] != "rejected")
    rows = households.index[named.to_numpy(bool)]
    own = pd.concat(
        pd.DataFrame({"household": rows, "village_code": households.loc[rows, name].to_numpy()})
        for name in ("village_code", "located_village_code")
    )
    near = own.dropna(subset="village_code").merge(held, on="village_code")
    lost = pd.DataFrame({"household": rows[~rows.isin(near["household"])]})
    anywhere = lost.merge(held[["zone_id"]].drop_duplicates(), how="cross")
    both = pd.concat([one[["household", "zone_id"]] for one in (near, anywhere)])
    more = both.drop_duplicates().merge(found[["household", "zone_id"]], "left", indicator=True)
    more = more[more.pop("_merge") == "left_only"]
    if more.empty:
        return found
    more = more.assign(position=UNDECIDABLE, zone_m=float("nan"), ruled=False)
    return pd.concat([found, more.astype({"household": int})], ignore_index=True)


def with_rulings(
    found: pd.DataFrame, households: pd.DataFrame, rulings: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """`found` after the `decisive` rulings.

    ASSUME: a ruling decides what the position leaves open, or adds a household to a zone; one
    that puts outside what clearly stands inside is reported and not applied.
    """
    ids = households["household_id"].where(households["status"] != "rejected").dropna()
    row_of = pd.Series(ids.index.to_numpy(), index=ids.to_numpy())
    last = rulings.assign(household=rulings["household_id"].map(row_of))
    unknown = last[last["household"].isna()]
    reported = [problems.unknown_household(row) for row in unknown.to_dict("records")]
    known = last.dropna(subset="household").astype({"household": int})
    joined = found.merge(known, on=["household", "zone_id"], how="outer")
    clearly = (joined["position"] == INSIDE) & (joined["ruling"] == OUTSIDE)
    reported += [problems.contradiction(row) for row in joined[clearly].to_dict("records")]
    return _decided(joined, joined["ruling"].notna() & ~clearly), tuple(reported)


def _decided(joined: pd.DataFrame, ruled: pd.Series) -> pd.DataFrame:
    position = joined["position"].where(~ruled, joined["ruling"])
    decided = joined.assign(position=position.fillna(UNDECIDABLE), ruled=ruled)
    kept = decided[decided["position"] != OUTSIDE]
    own = ["household_id", "ruling", "ledger_row"]
    return kept.drop(columns=own, errors="ignore").reset_index(drop=True)

"""Homes without a usable place: unknown, so that the answer of their village holds for them."""

from __future__ import annotations

import pandas as pd

from gis.facts import coverage
from gis.facts.transformer_loads import LISTED


def is_unplaced(households: pd.DataFrame) -> pd.Series:
    """Households that count and have no usable place; `served` is blank there."""
    counted = households["village_code"].notna() & (households["status"] != "rejected")
    return counted & (households["served"] == coverage.UNKNOWN)


def in_reach(households: pd.DataFrame) -> pd.Series:
    """Households whose place is known to be within reach of the heating network.

    Those beside a primary main alone are: they can be connected by an exchange station.
    """
    served = households["served"].isin([coverage.PLANNED, coverage.IN_SERVICE])
    return served | households["needs_station"].astype(bool)


def is_standing(households: pd.DataFrame) -> pd.Series:
    """Placed homes that are not being demolished: shares of a village are taken over them."""
    counted = households["village_code"].notna() & (households["status"] == "placed")
    return counted & (households["occupancy"] != "demolition")


def village_answers(households: pd.DataFrame, served_share: float) -> dict[str, pd.Series]:
    """The network and the transformer that each household counts under.

    A home with a place counts by it. One without counts within reach where the share of its
    village reaches `served_share`, and under the transformer that most homes of its village draw
    on.

    # ASSUME: unplaced homes are fed like most of their village. With no placed home in it they
    # keep the transformer that names the village.

    Args:
        households: The households with village_code, status, occupancy, served, transformer_id,
            transformer_basis (that of the grid company's list is no guess).
        served_share: The policy's threshold for a village.

    Returns:
        within_reach (bool) and transformer_id, aligned on `households`.
    """
    unplaced, near, owner = (
        is_unplaced(households),
        in_reach(households),
        households["village_code"],
    )
    standing = is_standing(households)
    share = near[standing].groupby(owner[standing]).mean()
    answer = owner.map(share).astype(float) >= served_share
    feeder = households["transformer_id"]
    fed = households.loc[
        owner.notna() & ~unplaced & (households["status"] != "rejected") & feeder.notna(),
        ["village_code", "transformer_id"],
    ]
    sizes = fed.groupby(["village_code", "transformer_id"]).size().rename("size").reset_index()
    ranked = sizes.sort_values(["size", "transformer_id"], ascending=[False, True], kind="stable")
    usual = ranked.drop_duplicates("village_code").set_index("village_code")["transformer_id"]
    guess = owner.map(usual).where(unplaced & (households["transformer_basis"] != LISTED))
    return {
        "within_reach": near.mask(unplaced, answer).astype(bool),
        "transformer_id": feeder.mask(guess.notna(), guess).astype("str"),
    }

"""The pending homes, grouped by what makes their price differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from gis.facts import Facts
    from gis.policy import Policy

KEYS = ["village_code", "part"]


def groups(facts: Facts, policy: Policy) -> pd.DataFrame:
    """One row a group of homes that cost the same, those of one part of a village together.

    village_code · part ("" the whole village; "served" and "unserved" where it has both) ·
    chosen (device, "" for none yet) · subsidised (rural, and not converting itself) · homes ·
    coal_homes (of these, heating with coal today) · floor_area_m2 (mean of the village's known
    pending homes, to the whole m²; the policy's where none is known)
    """
    homes = facts.households.loc[facts.households["pending"].astype(bool)]
    villages = facts.villages.set_index("village_code")
    rural = villages["rural"].fillna(value=False).astype(bool)
    converts_itself = homes["self_converted"].fillna(value=False).astype(bool)
    rows = pd.DataFrame(
        {
            "village_code": homes["village_code"].astype("str"),
            "part": np.where(homes["served"] == "none", "unserved", "served"),
            "chosen": homes["device_chosen"].fillna("").astype("str"),
            "subsidised": homes["village_code"].map(rural).astype(bool) & ~converts_itself,
            "coal": homes["heating"] == "coal",
        }
    )
    mixed = villages.index[(villages["served"] > 0) & (villages["served"] < villages["households"])]
    parts = rows[rows["village_code"].isin(mixed)]
    rows = pd.concat([rows.assign(part=""), parts])
    counts = rows.groupby([*KEYS, "chosen", "subsidised"])["coal"].agg(["size", "sum"])
    table = counts.set_axis(["homes", "coal_homes"], axis=1).reset_index()
    area_m2 = homes.groupby("village_code")["floor_area_m2"].mean().round()
    known = table["village_code"].map(area_m2.where(area_m2 > 0))
    return table.assign(floor_area_m2=known.astype(float).fillna(policy.demand.floor_area_m2))

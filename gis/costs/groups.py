"""The pending homes, grouped by what makes their price differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.facts.floor_area import heated_m2

if TYPE_CHECKING:
    from gis.facts import Facts
    from gis.policy import Policy

KEYS = ["village_code", "part"]


def groups(facts: Facts, policy: Policy) -> pd.DataFrame:
    """One row a group of homes that cost the same, those of one part of a village together.

    village_code · part ("" the whole village; "served" and "unserved" where it has both) ·
    chosen (device, "" for none yet) · subsidised (rural, and not converting itself) · homes ·
    coal_homes (of these, heating with coal today) · floor_area_m2 (of each home, `heated_m2`)
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
            "floor_area_m2": heated_m2(facts.households, policy)[homes.index],
        }
    )
    mixed = villages.index[(villages["served"] > 0) & (villages["served"] < villages["households"])]
    parts = rows[rows["village_code"].isin(mixed)]
    rows = pd.concat([rows.assign(part=""), parts])
    alike = [*KEYS, "chosen", "subsidised", "floor_area_m2"]
    counts = rows.groupby(alike)["coal"].agg(["size", "sum"])
    return counts.set_axis(["homes", "coal_homes"], axis=1).reset_index()

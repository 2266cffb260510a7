"""Default names for villages, townships and zones whose name is blank."""

from __future__ import annotations

import pandas as pd

_TOWNSHIP_DIGITS = 9  # of a village code: its township's code


def fill_blank_names(table: pd.DataFrame, layer: str) -> pd.DataFrame:
    """The rows of `layer`, blank names filled; blanks are reported elsewhere as missing values.

    A village or a zone without a name gets its code. A township gets the name that another of its
    villages gives it, else its code. A village code begins with the code of its township.

    Args:
        table: The rows of the layer.
        layer: The layer's name; only villages and coal_ban_zones are changed.

    Returns:
        The same rows, each with a name.
    """
    if layer == "coal_ban_zones":
        return table.assign(zone=table["zone"].fillna(table["zone_id"]))
    if layer != "villages":
        return table
    codes = table["township_code"].fillna(table["village_code"].str[:_TOWNSHIP_DIGITS])
    known = table["township"].groupby(codes).transform("first")
    return table.assign(
        village=table["village"].fillna(table["village_code"]),
        township_code=codes,
        township=table["township"].fillna(known).fillna(codes),
    )

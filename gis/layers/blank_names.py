"""Names that a row leaves blank: everything that is decided and drawn has something to be called."""

from __future__ import annotations

import pandas as pd

_TOWNSHIP_DIGITS = 9  # of a village code, those of its township


def fill_blank_names(table: pd.DataFrame, layer: str) -> pd.DataFrame:
    """The rows of `layer` with a name each; that it was blank is reported as a value missing.

    A village or a zone without a name is called by its code, a township by the name that another
    of its villages gives it, else by its code. A township's code begins its villages' codes.
    """
    if layer == "coal_ban_zones":
        return table.assign(zone=table["zone"].fillna(table["zone_id"]))
    if layer != "villages":
        return table
    own = table["township_code"].fillna(table["village_code"].str[:_TOWNSHIP_DIGITS])
    known = table["township"].groupby(own).transform("first")
    return table.assign(
        village=table["village"].fillna(table["village_code"]),
        township_code=own,
        township=table["township"].fillna(known).fillna(own),
    )

"""The ledger of households: every row of it, with its place and why it is rejected, if it is."""

from __future__ import annotations

import pandas as pd


def read_ledger_table(whole: pd.DataFrame, reasons: pd.Series) -> pd.DataFrame:
    """Every row of the ledger, with `reject_reason`.

    reject_reason  "" for a good row, else no_id, duplicate_row or duplicate_id
    """
    frame = pd.DataFrame(whole)
    frame["occupancy"] = frame["occupancy"].fillna("occupied")
    frame["reject_reason"] = reasons
    return frame.reset_index(drop=True)

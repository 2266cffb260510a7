"""The household ledger: all its rows, each with the reason if it is rejected."""

from __future__ import annotations

import pandas as pd


def read_ledger_table(whole: pd.DataFrame, reasons: pd.Series) -> pd.DataFrame:
    """The ledger's rows with `reject_reason`; a blank occupancy becomes "occupied".

    Args:
        whole: All rows of the ledger.
        reasons: "" for a good row, else no_id, duplicate_row or duplicate_id.
    """
    frame = pd.DataFrame(whole)
    frame["occupancy"] = frame["occupancy"].fillna("occupied")
    frame["reject_reason"] = reasons
    return frame.reset_index(drop=True)

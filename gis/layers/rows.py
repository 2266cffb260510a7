"""Rows that cannot be used: without an id, or with one that another row has."""

from __future__ import annotations

import pandas as pd

from gis.layers.findings import Finding
from gis.layers.schema import Layer

_OWN = ["ledger_file", "ledger_row"]


def reject(table: pd.DataFrame, layer: Layer) -> pd.Series:
    """Why each row is rejected, "" for a good one: no_id, duplicate_row, duplicate_id.

    Identical rows count once; of rows that differ under one id none is known to be true.
    """
    reasons = pd.Series("", index=table.index, dtype="str")
    ids = table[layer.key]
    repeated = ids.duplicated(keep=False) & ids.notna()
    if repeated.any():
        some = table[repeated].drop(columns=_OWN, errors="ignore").astype(str)
        same_as_first = some.duplicated(keep="first")
        variants = some[~same_as_first].groupby(layer.key).size()
        torn = ids[repeated].isin(variants[variants > 1].index)
        reasons[torn.index[torn]] = "duplicate_id"
        copies = same_as_first & ~torn
        reasons[copies.index[copies]] = "duplicate_row"
    reasons[ids.isna()] = "no_id"
    return reasons


def rejection_findings(table: pd.DataFrame, reasons: pd.Series, layer: Layer) -> list[Finding]:
    """One finding a rejected row."""
    bad = reasons[reasons != ""]
    values = table.loc[bad.index, layer.key].fillna("")
    rows = table.loc[bad.index, "ledger_row"]
    return [
        Finding(code, int(row), layer.key, str(value))
        for code, row, value in zip(bad, rows, values, strict=True)
    ]

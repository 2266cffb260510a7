"""The household ledger: all its rows, each with the reason if it is rejected."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from gis.layers.problems import Finding, Number

_CLEAN = ("central", "electric", "gas", "biomass", "solar")


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


def check_conversion(table: pd.DataFrame) -> list[Finding]:
    """Compare the stage of each home's conversion with its heating, and drop the stage.

    Where the conversion is still to come, a clean heating is the one that is planned: what heats
    the home now is unknown.

    Args:
        table: The rows of one file; heating is changed, conversion dropped.

    Returns:
        The rows that contradict themselves.
    """
    stage, heating = table.pop("conversion"), table["heating"]
    clean = heating.isin(_CLEAN)
    rows = table["ledger_row"]
    pending = (stage == "pending").fillna(value=False) & clean
    untouched = (stage == "none").fillna(value=False) & clean & (heating != "central")
    burning = (stage == "done").fillna(value=False) & (heating == "coal")
    findings = [
        *_rows(rows[pending], heating, "conversion_pending"),
        *_rows(rows[untouched], heating, "conversion_untouched"),
        *_rows(rows[burning.fillna(value=False)], heating, "conversion_burning"),
    ]
    table["heating"] = heating.mask(pending)
    return findings


def _rows(rows: pd.Series, heating: pd.Series, code: str) -> Iterator[Finding]:
    numbers: dict[str, Number] = {}
    for at, row in rows.items():
        yield Finding(code, int(row), "heating", str(heating[at]), numbers)

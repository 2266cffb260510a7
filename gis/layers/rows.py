"""Rows that cannot be used: without an id, or with one that another row has."""

from __future__ import annotations

import pandas as pd

from gis.layers.headings import EXTRA
from gis.layers.problems import Finding
from gis.layers.schema import Layer, fold

COUNT = ("", "village_twice", "zone_without_id")  # rows that stay in a layer
_COUNTERS = frozenset(["序号", "行号", "no", "fid", "ogcfid", "objectid", "id"])
# which stops the run: no village and no zone may be lost
_TORN = {"villages": "village_twice", "coal_ban_zones": "zone_twice"}
_NAMELESS = {"coal_ban_zones": "zone_without_id"}  # which is judged all the same, see `nameless`
_OWN = ("ledger_file", "ledger_row")


def reject(table: pd.DataFrame, layer: Layer, findings: list[Finding]) -> pd.Series:
    """Why each row is rejected, "" for a good one: no_id, duplicate_row, duplicate_id or such.

    Identical rows count once (a running number does not tell them apart); of rows that differ
    under one id none is known to be true. Versions of one id begin on different days.
    """
    reasons = pd.Series("", index=table.index, dtype="str")
    if not layer.key or layer.key not in table:
        return reasons
    ids = table[layer.key]
    if layer.dated:
        ids += " " + table[layer.dated].astype("str").fillna("")
    repeated = ids.duplicated(keep=False) & ids.notna()
    if repeated.any():
        copies, torn = apart(table[repeated], ids[repeated])
        reasons[copies.index[copies & ~torn]] = "duplicate_row"
        reasons[torn.index[torn]] = _TORN.get(layer.name, "duplicate_id")
    reasons[ids.isna()] = _NAMELESS.get(layer.name, "no_id")
    for index in reasons.index[reasons != ""]:
        value = "" if pd.isna(ids[index]) else str(table[layer.key][index])
        numbers = {"file": str(table["ledger_file"][index])}
        row = int(table["ledger_row"][index])
        findings.append(Finding(reasons[index], row, layer.key, value, numbers))
    return reasons


def nameless(table: pd.DataFrame, reasons: pd.Series) -> pd.Series:
    """The ids of coal-ban zones, by name or row where there is none."""
    ids = table["zone_id"].copy()
    lacking = (reasons == _NAMELESS["coal_ban_zones"]).to_numpy(dtype=bool)
    called = table["zone"].where(table["zone"].notna() & (table["zone"] != ""))
    taken = called.duplicated(keep=False) | called.isin(ids)
    rows = "#" + table["ledger_row"].astype("str")
    ids[lacking] = called.where(~taken).fillna(rows)[lacking]
    return ids


def apart(table: pd.DataFrame, ids: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Which rows say what an earlier one says, and which have an id of rows that differ."""
    some = table.drop(columns=_counters(table)).astype(str)
    copies = some.duplicated(keep="first")
    variants = some[~copies].groupby(ids[~copies]).size()
    return copies, ids.isin(variants[variants > 1].index)


def _counters(table: pd.DataFrame) -> list[str]:
    """The columns that number the rows and say nothing of what stands in them."""
    extra = [name for name in table if name.startswith(EXTRA)]
    numbering = [name for name in extra if fold(name.removeprefix(EXTRA)) in _COUNTERS]
    return [*(name for name in _OWN if name in table), *numbering]

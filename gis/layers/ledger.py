"""The household ledger: all its rows, each with the reason if it is rejected.

Ids of households whose ledgers number them: made unique by the township or the village.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from gis.layers.layer_spec import LayerFile
from gis.layers.problems import Finding, Number
from gis.layers.village_names import VillageNames

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


SCOPE = "id_scope"  # temporary column: what an id of the row is qualified by
_NUMBER = r"[0-9]{1,6}(?:\.0)?"
_NUMBERED = 0.95  # ASSUME: a ledger whose ids are to this share such numbers counts its homes


def add_scope(
    table: pd.DataFrame, source: LayerFile, sheet: str, names: VillageNames | None
) -> list[Finding]:
    """Note for the rows of one sheet or file what their numbers are unique within.

    That is the village of a sheet that holds one, else the township of the file: the one that
    project.toml states, or the only one that its rows name.

    Args:
        table: The rows, with their village codes; the column SCOPE is added.
        source: The file.
        sheet: The sheet, "" where the file is read whole.
        names: The project's villages, None if they could not be read.

    Returns:
        A finding if project.toml states a township that there is not.
    """
    table[SCOPE] = ""
    if names is None:
        return []
    findings = []
    codes = table["village_code"].dropna().unique()
    if source.township:
        match = names.township(source.township)
        table[SCOPE] = match.code
        if not match.code:
            numbers = {"candidates": "、".join(match.candidates) or "—"}
            findings.append(Finding("township_unknown", None, "township", source.township, numbers))
    else:
        towns = {names.township_of(code) for code in codes} - {""}
        table[SCOPE] = towns.pop() if len(towns) == 1 else ""
    if sheet and len(codes) == 1 and codes[0] in names.codes:
        table[SCOPE] = codes[0]
    return findings


def qualify_ids(ledger: pd.DataFrame, numbered: Mapping[str, bool]) -> list[Finding]:
    """Put its township or village before the id of each home that is only a number.

    This is done in files whose entry in project.toml says that they number their homes, and in
    files and sheets that do so and share numbers with another.

    Args:
        ledger: All rows of the ledger; household_id is changed, the column SCOPE dropped.
        numbered: File → whether project.toml says so.

    Returns:
        Which files were changed, and which could not be.
    """
    scope, ids, files = ledger.pop(SCOPE), ledger["household_id"].copy(), ledger["ledger_file"]
    parts = files + "\0" + ledger["ledger_sheet"]
    number = ids.str.fullmatch(_NUMBER).fillna(value=False).astype(bool)
    counting = parts.map(number.groupby(parts).mean() >= _NUMBERED).fillna(value=False).astype(bool)
    used_by = parts[number & counting].groupby(ids).nunique()
    shared = ids.isin(used_by.index[used_by > 1]) & counting
    chosen = files.map(numbered).fillna(value=False).astype(bool) | parts.isin(parts[shared])
    chosen &= ids.notna()
    known = chosen & (scope != "")
    ledger.loc[known, "household_id"] = scope[known] + "-" + ids[known].str.removesuffix(".0")
    return [
        *_findings(ledger, known, "ids_qualified"),
        *_findings(ledger, chosen & ~known, "ids_without_township"),
    ]


def _findings(ledger: pd.DataFrame, rows: pd.Series, code: str) -> Iterator[Finding]:
    """One finding for each file and sheet with such rows."""
    for (file, sheet), own in ledger[rows].groupby(["ledger_file", "ledger_sheet"]):
        numbers: dict[str, Number] = {"file": str(file), "rows": len(own)}
        numbers["example"] = str(own["household_id"].iloc[0])
        yield Finding(code, None, "household_id", "", numbers, str(sheet))


def refer_to_numbered(
    table: pd.DataFrame, source: LayerFile, names: VillageNames, ids: pd.Series
) -> None:
    """Put the township of a file before the numbers by which it names homes of a numbered ledger.

    Args:
        table: Rows that name homes, such as inspections; household_id is changed.
        source: The file; without a township nothing is changed.
        names: The project's villages.
        ids: The ids of the ledger.
    """
    code = names.township(source.township).code if source.township else ""
    own = table["household_id"]
    behind = code + "-" + own
    table["household_id"] = own.where(own.isin(ids) | ~behind.isin(ids), behind)

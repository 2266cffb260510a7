"""The household ledger: all its rows, each with the reason if it is rejected.

Ids of households whose ledgers number them: made unique by the township or the village.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pandas as pd

from gis.layers.problems import Finding, Number
from gis.layers.project_layers import LayerFile
from gis.layers.raw_table import RawTable
from gis.layers.village_codes import named_township
from gis.layers.village_names import TOWNSHIP_DIGITS, VILLAGE_DIGITS, VillageNames

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
_ONLY_VILLAGE = "id_village"  # temporary column: the one village that all rows of the file name
_NUMBER = r"[0-9]{1,6}(?:\.0)?"
_NUMBERED = 0.95  # ASSUME: a ledger whose ids are to this share such numbers counts its homes


def add_scope(
    table: pd.DataFrame, source: LayerFile, raw: RawTable, names: VillageNames | None
) -> list[Finding]:
    """Note for the rows of one sheet or file what their numbers are unique within.

    That is the village of a sheet that holds one, else the township of the file: the one that
    project.toml states, or the only one that its rows name, or if they name none, the one that
    the file is named after. A file that holds one village is noted too: see `qualify_ids`.

    Args:
        table: The rows, with their village codes; temporary columns are added.
        source: The file.
        raw: The same rows as the file holds them.
        names: The project's villages, None if they could not be read.

    Returns:
        A finding if project.toml states a township that there is not.
    """
    table[SCOPE] = table[_ONLY_VILLAGE] = ""
    if names is None:
        return []
    findings = []
    codes = table["village_code"].dropna().unique()
    if len(codes) == 1 and codes[0] in names.codes:
        table[_ONLY_VILLAGE] = codes[0]
    if source.township:
        match = names.township(source.township)
        table[SCOPE] = match.code
        if not match.code:
            numbers = {"candidates": "、".join(match.candidates) or "—"}
            findings.append(Finding("township_unknown", None, "township", source.township, numbers))
    else:
        towns = {names.township_of(code) for code in codes} - {""}
        near = "" if towns else named_township(source.path, raw, names)
        table[SCOPE] = towns.pop() if len(towns) == 1 else near
    if raw.sheet:
        table[SCOPE] = table[SCOPE].mask(table[_ONLY_VILLAGE] != "", table[_ONLY_VILLAGE])
    return findings


def qualify_ids(ledger: pd.DataFrame, numbered: Mapping[str, bool]) -> list[Finding]:
    """Put its township or village before the id of each home that is only a number.

    This is done in files whose entry in project.toml says that they number their homes, and in
    files and sheets that do so and share numbers with another. Files of one township that share
    numbers are told apart by their villages, if each holds one of its own.

    Args:
        ledger: All rows of the ledger; household_id is changed, temporary columns are dropped.
        numbered: File → whether project.toml says so.

    Returns:
        Which files were changed, and which could not be.
    """
    scope, village = ledger.pop(SCOPE), ledger.pop(_ONLY_VILLAGE)
    ids, files = ledger["household_id"].copy(), ledger["ledger_file"]
    parts = files + "\0" + ledger["ledger_sheet"]
    number = ids.str.fullmatch(_NUMBER).fillna(value=False).astype(bool)
    bare = ids.mask(number, _bare_number(ids))
    counting = parts.map(number.groupby(parts).mean() >= _NUMBERED).fillna(value=False).astype(bool)
    used_by = parts[number & counting].groupby(bare).nunique()
    shared = bare.isin(used_by.index[used_by > 1]) & counting
    stated = files.map(numbered).fillna(value=False).astype(bool)
    chosen = stated | parts.isin(parts[shared])
    chosen &= ids.notna()
    scope = scope.mask(_told_apart_by_village(bare[chosen], scope, village, parts), village)
    known = chosen & (scope != "")
    ledger.loc[known, "household_id"] = scope[known] + "-" + bare[known]
    return [
        *_findings(ledger, known & stated, "ids_from_numbers"),
        *_findings(ledger, known & ~stated, "ids_qualified"),
        *_findings(ledger, chosen & ~known, "ids_without_township"),
    ]


def _told_apart_by_village(
    bare: pd.Series, scope: pd.Series, village: pd.Series, parts: pd.Series
) -> pd.Series:
    """The rows of files that share numbers with others of their township, each of one village.

    A township where one such file holds several villages, or two hold the same one, has none:
    the shared numbers may be the same homes.
    """
    rows = pd.DataFrame({"number": bare, "scope": scope, "part": parts, "village": village})
    rows = rows.loc[bare.index]
    shared = rows[rows.groupby(["scope", "number"])["part"].transform("nunique") > 1]
    files = shared[["scope", "part", "village"]].drop_duplicates()
    doubtful = files["village"].eq("") | files.duplicated(["scope", "village"], keep=False)
    files = files[~files["scope"].isin(files.loc[doubtful, "scope"])]
    return parts.isin(files["part"]) & (village != "")


def _bare_number(ids: pd.Series) -> pd.Series:
    """Running numbers without what programs add to them or drop: 0012, 12 and 12.0 are 12."""
    return ids.str.removesuffix(".0").str.replace("^0+([0-9])", r"\1", regex=True)


def _findings(ledger: pd.DataFrame, rows: pd.Series, code: str) -> Iterator[Finding]:
    """One finding for each file and sheet with such rows."""
    for (file, sheet), own in ledger[rows].groupby(["ledger_file", "ledger_sheet"]):
        numbers: dict[str, Number] = {"file": str(file), "rows": len(own)}
        numbers["example"] = str(own["household_id"].iloc[0])
        yield Finding(code, None, "household_id", "", numbers, str(sheet))


class NamedPlaces(NamedTuple):
    """The place that each row names, missing for none.

    village   its village's code
    township  its township's name or code
    """

    village: pd.Series
    township: pd.Series


def refer_to_numbered(
    table: pd.DataFrame, where: NamedPlaces, names: VillageNames, ledger: pd.DataFrame
) -> Iterator[Finding]:
    """Find the homes that rows name by their bare numbers in a ledger of qualified ids.

    A number is taken for the home that has it in the village that the row names, else in the
    township, if that is one home.

    Args:
        table: Rows that name homes, such as inspections; household_id is changed.
        where: The place that each row names.
        names: The project's villages.
        ledger: The homes, with household_id and village_code.

    Yields:
        The rows whose number several homes have, or another home than that of the place named.
    """
    own = table["household_id"]
    number = own.str.fullmatch(_NUMBER).fillna(value=False).astype(bool)
    bare = _bare_number(own[number & ~own.isin(ledger["household_id"])])
    homes = _homes_by_number(ledger, bare, names)
    bare = bare[bare.isin(list(homes))]
    places = (places[bare.index].fillna("").astype(str) for places in where)
    for at, one, village, named in zip(bare.index, bare, *places, strict=True):
        town = names.township(named).code if named else ""
        ids = {
            home.household_id
            for home in homes[one]
            if (village or town) and village in ("", home.village) and town in ("", home.township)
        }
        if len(ids) == 1:
            table.loc[at, "household_id"] = ids.pop()
            continue
        count: dict[str, Number] = {"homes": len({home.household_id for home in homes[one]})}
        yield Finding("home_doubtful", int(table["ledger_row"][at]), "household_id", one, count)


class _NumberedHome(NamedTuple):
    household_id: str
    village: str
    township: str


def _homes_by_number(
    ledger: pd.DataFrame, numbers: pd.Series, names: VillageNames
) -> dict[str, list[_NumberedHome]]:
    """The homes whose id is a township or village and one of the numbers, by the number."""
    ids = ledger["household_id"].fillna("")
    parts = ids.str.extract(r"^([0-9]{9}|[0-9]{12})-([0-9]{1,6})$")
    rows = parts[1].isin(numbers)
    own = ledger["village_code"].where(parts[0].str.len() != VILLAGE_DIGITS, parts[0]).fillna("")
    found: dict[str, list[_NumberedHome]] = {}
    for key, number, scope, code in zip(
        ids[rows], parts.loc[rows, 1], parts.loc[rows, 0], own[rows], strict=True
    ):
        township = names.township_of(code) or scope[:TOWNSHIP_DIGITS]
        found.setdefault(number, []).append(_NumberedHome(key, code, township))
    return found


def find_payee_codes(payments: pd.DataFrame, where: NamedPlaces, names: VillageNames) -> None:
    """Fill in the units of payments by name, and by place where a row names no household.

    Args:
        payments: The payments; unit_code is changed. A name that is no village or township stays.
        where: The place that each row names.
        names: The project's villages.
    """
    place = where.village.fillna(where.township).where(payments["household_id"].isna())
    pairs = zip(payments["unit_code"].fillna(place), where.township.fillna(""), strict=True)
    codes = [
        unit if pd.isna(unit) else _unit_code(str(unit), str(town), names) for unit, town in pairs
    ]
    payments["unit_code"] = pd.Series(codes, index=payments.index, dtype="str")


def _unit_code(name: str, township: str, names: VillageNames) -> str:
    """The code of a township, else of a village; else the name as it is."""
    return names.township(name).code or names.village(name, township).code or name

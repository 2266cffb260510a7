"""Codes of villages and townships: found by name in other layers, made for villages without one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from gis.layers.layer_spec import LayerFile
from gis.layers.problems import Finding, Number
from gis.layers.schema import Layer
from gis.layers.targets import NUMBERS
from gis.layers.village_names import TOWNSHIP_DIGITS, VILLAGE_DIGITS, VillageNames, fold_name

NAME_COLUMNS = ("village", "township")  # in layers other than the villages
# ASSUME: no official code of a village ends in 600 to 999 (GB/T 10114 numbers communities from
# 001 and villages from 200), and no province is numbered 00
_FIRST_OWN, _NO_COUNTY = 601, "000000"
_OWN = str(_FIRST_OWN)


def find_village_codes(
    table: pd.DataFrame, layer: Layer, source: LayerFile, sheet: str, names: VillageNames | None
) -> tuple[pd.DataFrame, list[Finding]]:
    """Fill in the village codes of rows that name their village, and drop the names.

    Args:
        table: The rows of one sheet or file, with village_code and the NAME_COLUMNS.
        layer: The layer's schema.
        source: The file; its township holds for rows that name none.
        sheet: The sheet; it names the village where no column does.
        names: The project's villages, None if they could not be read.

    Returns:
        The rows, and what was found.
    """
    rest = table.drop(columns=list(NAME_COLUMNS))
    if names is None:
        return rest, []
    codes, village = table["village_code"].copy(), table["village"].copy()
    findings: list[Finding] = []
    if sheet and village.isna().all() and codes.isna().all() and len(table):
        village[:] = sheet
        findings.append(Finding("village_from_sheet", column="village_code", value=sheet))
    worded = codes.notna() & ~codes.str.fullmatch(r"[0-9]+").fillna(value=False).astype(bool)
    village = village.where(village.notna() | ~worded, codes)
    codes = codes.mask(worded)
    township = table["township"].fillna(source.township or "")
    asked = village.notna()
    for (town, name), rows in village[asked].groupby([township[asked], village[asked]]):
        match = names.village(str(name), str(town))
        own = codes[rows.index]
        known = own.isin(names.codes)
        blank = rows.index[~known]
        if match.code:
            numbers: dict[str, Number] = {"named": names.shown(match.code)}
            for at in own[~known].dropna().index:
                findings += _findings(table, [at], "code_unknown_named", own[at], numbers)
            codes[blank] = match.code
            different = own[known & (own != match.code)].index
            findings += _findings(table, different, "village_differs", f"{town}{name}", numbers)
        else:
            code = "village_doubtful" if match.candidates else "village_unknown"
            key = f"{town}/{name}" if town else str(name)
            numbers = {"key": key, "candidates": "、".join(match.candidates) or "—"}
            findings += _findings(table, blank, code, f"{town}{name}", numbers)
    if layer.by_name["village_code"].required:
        findings += _findings(table, codes.index[codes.isna() & ~asked], "value_missing", "", {})
    return rest.assign(village_code=codes), findings


def _findings(
    table: pd.DataFrame, rows: Sequence[int], code: str, value: str, numbers: Mapping[str, Number]
) -> Iterator[Finding]:
    for at in rows:
        yield Finding(code, int(table["ledger_row"][at]), "village_code", value, numbers)


def make_codes(villages: pd.DataFrame) -> list[Finding]:
    """Give villages and townships without a code one of their own, from their names.

    The number of a village is its place among the names of its township, so that it does not
    depend on the order of the file.

    Args:
        villages: All rows of the layer; township_code and village_code are filled in.

    Returns:
        What was made.
    """
    _fill_township_codes(villages)
    lacking = villages["village_code"].isna() & villages["village"].notna()
    lacking &= villages["township_code"].notna()
    made = 0
    for township, rows in villages[lacking].groupby("township_code"):
        taken = set(villages["village_code"].dropna())
        folded = rows["village"].map(fold_name)
        free = (f"{township}{n}" for n in range(_FIRST_OWN, 1000) if f"{township}{n}" not in taken)
        numbers = dict(zip(sorted(folded.unique()), free, strict=False))
        villages.loc[rows.index, "village_code"] = folded.map(numbers).astype("str")
        made += int(folded.isin(list(numbers)).sum())
    if not made:
        return []
    towns = villages.loc[lacking, "township"].fillna(villages["township_code"]).unique()
    numbers = {"villages": made, "townships": "、".join(map(str, towns))}
    return [Finding("codes_made", column="village_code", numbers=numbers)]


def _fill_township_codes(villages: pd.DataFrame) -> None:
    """Township codes from the villages' codes, from other villages of the township, or made."""
    own = villages["village_code"].where(villages["village_code"].str.len() == VILLAGE_DIGITS)
    codes = villages["township_code"].fillna(own.str[:TOWNSHIP_DIGITS])
    folded = villages["township"].map(fold_name, na_action="ignore")
    codes = codes.fillna(codes.groupby(folded).transform("first"))
    lacking = sorted(folded[codes.isna()].dropna().unique())
    counties = codes.dropna().str[:6].mode()
    county = str(counties.iloc[0]) if len(counties) else _NO_COUNTY
    taken = set(codes.dropna())
    free = (f"{county}{n}" for n in range(_FIRST_OWN, 1000) if f"{county}{n}" not in taken)
    made = folded.map(dict(zip(lacking, free, strict=False)))
    villages["township_code"] = codes.fillna(made).astype("str")


def unlike_codes(tables: Mapping[str, pd.DataFrame]) -> Iterator[tuple[str, Finding]]:
    """The layers whose village codes are none of the villages, where villages have made ones.

    Their codes are official ones that the villages layer lacks: the rows would find no village.
    """
    villages = tables.get("villages")
    if villages is None or not (villages["village_code"].str[TOWNSHIP_DIGITS:] >= _OWN).any():
        return
    for name, table in tables.items():
        if name != "villages" and "village_code" in table:
            codes = table["village_code"].dropna()
            codes = codes[
                (codes.str.len() == VILLAGE_DIGITS) & ~codes.isin(villages["village_code"])
            ]
            if len(codes):
                numbers: dict[str, Number] = {"rows": len(codes)}
                yield (
                    name,
                    Finding("codes_unlike", None, "village_code", str(codes.iloc[0]), numbers),
                )


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
    codes = table["township_code"].fillna(table["village_code"].str[:TOWNSHIP_DIGITS])
    known = table["township"].groupby(codes).transform("first")
    return table.assign(
        village=table["village"].fillna(table["village_code"]),
        township_code=codes,
        township=table["township"].fillna(known).fillna(codes),
    )


def find_unit_codes(targets: pd.DataFrame, names: VillageNames | None) -> list[Finding]:
    """Fill in the codes of the units of a target table by the names of the townships.

    Args:
        targets: The units; unit_code is filled in.
        names: The project's villages, None if they could not be read.

    Returns:
        The units that are no township, those that have a number to reach.
    """
    findings = []
    numbered = (targets[list(NUMBERS)].fillna(0) > 0).any(axis="columns")
    for at in targets.index[targets["unit_code"].isna()] if names else ():
        match = names.township(str(targets["unit"][at])) if names else None
        if match and match.code:
            targets.loc[at, "unit_code"] = match.code
        elif match and numbered[at]:
            numbers = {"candidates": "、".join(match.candidates) or "—"}
            row, unit = int(targets["ledger_row"][at]), str(targets["unit"][at])
            findings.append(Finding("unit_unknown_name", row, "unit", unit, numbers))
    return findings

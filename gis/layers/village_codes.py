"""Codes of villages and townships: found by name in other layers, made for villages without one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import NamedTuple

import pandas as pd

from gis.layers.problems import Finding, Number
from gis.layers.project_layers import LayerFile
from gis.layers.raw_table import RawTable
from gis.layers.schema import Layer
from gis.layers.targets import NUMBERS
from gis.layers.village_names import TOWNSHIP_DIGITS, VILLAGE_DIGITS, VillageNames, fold_name

NAME_COLUMNS = ("village", "township")  # in layers other than the villages
# ASSUME: no official code of a village ends in 600 to 999 (GB/T 10114 numbers communities from
# 001 and villages from 200), and no province is numbered 00
_FIRST_OWN, _NO_COUNTY = 601, "000000"
# ASSUME: so many rows of a file have another code than their village by a rule, not by slips
_MANY = 10
_SHOWN_ROWS = 5


def find_village_codes(
    table: pd.DataFrame, layer: Layer, source: LayerFile, raw: RawTable, names: VillageNames | None
) -> tuple[pd.DataFrame, list[Finding]]:
    """Fill in the village codes of rows that name their village, and drop the names.

    A row's township is the one that it names, else that of its file in project.toml, else the one
    that its code begins with where the code is no village. For a name that is doubtful without a
    township, the one that the sheet, the file's name or its title names counts.

    Args:
        table: The rows of one sheet or file, with village_code and the NAME_COLUMNS.
        layer: The layer's schema.
        source: The file.
        raw: The file's content; its sheet names the village where no column does.
        names: The project's villages, None if they could not be read.

    Returns:
        The rows, and what was found.
    """
    rest = table.drop(columns=list(NAME_COLUMNS))
    if names is None:
        return rest, []
    findings: list[Finding] = []
    given, village = table["village_code"], table["village"].copy()
    from_sheet = not layer.by_name["village_code"].helper or names.village(raw.sheet).code
    if raw.sheet and village.isna().all() and given.isna().all() and len(table) and from_sheet:
        village[:] = raw.sheet
        findings.append(Finding("village_from_sheet", column="village_code", value=raw.sheet))
    worded = given.notna() & ~given.str.fullmatch(r"[0-9]+").fillna(value=False).astype(bool)
    village = village.where(village.notna() | ~worded, given)
    codes = given.mask(worded)
    known = codes.isin(names.codes)
    rows = _NamedRows(table, village, _townships(table, source, codes.mask(known), names), known)
    named, doubtful = _find_named(rows, named_township(source.path, raw, names), names)
    findings += [*doubtful, *_compare(table, codes, named, names)]
    codes = codes.where(known | named.isna(), named)
    if layer.by_name["village_code"].required:
        blank = codes.index[codes.isna() & village.isna()]
        findings += _findings(table, blank, "value_missing", "", {})
    return rest.assign(village_code=codes), findings


class _NamedRows(NamedTuple):
    """Rows with the names of their village and township, and whether their code is a village."""

    table: pd.DataFrame
    village: pd.Series
    township: pd.Series
    known: pd.Series


def _townships(
    table: pd.DataFrame, source: LayerFile, unknown: pd.Series, names: VillageNames
) -> pd.Series:
    """The name or code of each row's township, "" for none; `unknown`: codes of no village."""
    own = table["township"].fillna(source.township or "")
    begins = unknown.str[:TOWNSHIP_DIGITS]
    return own.mask((own == "") & begins.isin(names.township_codes), begins)


def _find_named(
    rows: _NamedRows, near: str, names: VillageNames
) -> tuple[pd.Series, list[Finding]]:
    """The code of the village that each row names, missing for none, and the doubtful names.

    Args:
        rows: The rows.
        near: The township that the file is named after, "" for none.
        names: The project's villages.
    """
    named = pd.Series(None, rows.table.index, dtype="str")
    findings: list[Finding] = []
    by_file = 0
    asked = rows.village.notna()
    for (town, name), own in rows.village[asked].groupby(
        [rows.township[asked], rows.village[asked]]
    ):
        match = names.village(str(name), str(town))
        if near and not town and not match.code and (within := names.village(str(name), near)).code:
            match, by_file = within, by_file + len(own)
        if match.code:
            named[own.index] = match.code
            continue
        code = "village_doubtful" if match.candidates else "village_unknown"
        key = f"{town}/{name}" if town else str(name)
        numbers: dict[str, Number] = {"key": key, "candidates": "、".join(match.candidates) or "—"}
        blank = own.index[~rows.known[own.index]]
        findings += _findings(rows.table, blank, code, f"{town}{name}", numbers)
    if by_file:
        told: dict[str, Number] = {"rows": by_file}
        findings.append(Finding("township_from_file", None, "township", names.shown(near), told))
    return named, findings


def _compare(
    table: pd.DataFrame, codes: pd.Series, named: pd.Series, names: VillageNames
) -> Iterator[Finding]:
    """Rows whose code is no village or another than the one they name; many are told as one."""
    known = codes.isin(names.codes)
    both = codes.notna() & named.notna() & (codes != named)
    for rows, one, many in (
        (both & ~known, "code_unknown_named", "codes_unknown_named"),
        (both & known, "village_differs", "villages_differ"),
    ):
        pairs = [(at, codes[at], names.shown(named[at])) for at in table.index[rows]]
        if len(pairs) < _MANY:
            for at, code, shown in pairs:
                yield from _findings(table, [at], one, code, {"named": shown})
        else:
            examples = "、".join(dict.fromkeys(f"{code} → {shown}" for _, code, shown in pairs[:3]))
            place = "/".join(filter(None, map(str, table.iloc[0][["ledger_file", "ledger_sheet"]])))
            numbers: dict[str, Number] = {"rows": len(pairs), "of": len(table)}
            numbers |= {"examples": examples, "entry": place}
            yield Finding(many, None, "village_code", "", numbers)


def named_township(path: str, raw: RawTable, names: VillageNames) -> str:
    """The code of the one township that a sheet, its file's name or its title names, else ""."""
    titles = (cell for row in raw.titles for cell in row)
    texts = (raw.sheet, PurePath(path).stem, *titles)
    found = {code for text in texts if text for code in names.townships_in(text)}
    return found.pop() if len(found) == 1 else ""


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
    made: list[int] = []
    for township, rows in villages[lacking].groupby("township_code"):
        taken = set(villages["village_code"].dropna())
        folded = rows["village"].map(fold_name)
        free = (f"{township}{n}" for n in range(_FIRST_OWN, 1000) if f"{township}{n}" not in taken)
        numbers = dict(zip(sorted(folded.unique()), free, strict=False))
        villages.loc[rows.index, "village_code"] = folded.map(numbers).astype("str")
        made += villages["ledger_row"][rows.index[folded.isin(list(numbers))]].astype(int).tolist()
    if not made:
        return []
    shown = "、".join(map(str, sorted(made)[:_SHOWN_ROWS])) + "…" * (len(made) > _SHOWN_ROWS)
    towns = villages.loc[lacking, "township"].fillna(villages["township_code"]).unique()
    numbers = {"villages": len(made), "townships": "、".join(map(str, towns))}
    return [Finding("codes_made", column="village_code", value=shown, numbers=numbers)]


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
    villages["township_code"] = codes.fillna(made.astype("str")).astype("str")


def unlike_codes(tables: Mapping[str, pd.DataFrame], made: str) -> Iterator[tuple[str, Finding]]:
    """The layers whose village codes are none of the villages, where villages have made ones.

    Their codes are official ones that the villages layer lacks: the rows would find no village.

    Args:
        tables: The layers.
        made: The rows of the villages layer with a made code, as text; "" for none.
    """
    villages = tables.get("villages")
    if villages is None or not made:
        return
    for name, table in tables.items():
        if name != "villages" and "village_code" in table:
            codes = table["village_code"].dropna()
            codes = codes[
                (codes.str.len() == VILLAGE_DIGITS) & ~codes.isin(villages["village_code"])
            ]
            if len(codes):
                numbers: dict[str, Number] = {"rows": len(codes), "at": made}
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

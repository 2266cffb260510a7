"""The plan's target table: target numbers by unit and mode, missing where none is set."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from gis.layers.problems import Finding, Number
from gis.layers.schema import normalise_heading

MODES = ("electric", "gas", "central")
NUMBERS = (*MODES, "total")
# as `normalise_heading` leaves them, without bracketed text
_PARTIAL = re.compile(r".*小计|其中|subtotal")
_WHOLE = re.compile(
    r".*(?:合计|总计|共计|累计|总数|总和|平均)数?|[全本][市县区]|(?:grand)?total|sum|average"
)
_TOWNSHIP = 9  # digits of its code; those of a county or city have fewer
_QUOTES = '【】〔〕《》“”"'


def read_targets_table(whole: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    """The targets of each unit, checked against the table's totals.

    Rows such as 合计 and 小计 are checksums, not units. Sums that do not match are reported, not
    corrected.

    Args:
        whole: All rows of the target table.
        findings: Findings are added to it.

    Returns: unit_code, unit, electric, gas, central, total (Int64) and ledger_row; one row for each
        unit.
    """
    total, partial = (
        _is_sum_row(whole, _WHOLE) | _contains_all_units(whole),
        _is_sum_row(whole, _PARTIAL),
    )
    units = whole[~total & ~partial]
    findings += [*_check_row_sums(whole), *_non_integer_targets(whole)]
    for index in whole.index[total]:
        findings += _check_column_sums(whole, index, units)
    begin = 0
    for index in whole.index[partial].tolist():
        part_units = units.loc[(units.index >= begin) & (units.index < index)]
        findings += _check_column_sums(whole, index, part_units)
        begin = index
    kept = units[["unit_code", "unit"]].copy()
    kept["unit"] = kept["unit"].fillna(kept["unit_code"]).fillna("")
    for name in NUMBERS:
        kept[name] = units[name].where(units[name] % 1 == 0).astype("Int64")
    return kept.assign(ledger_row=units["ledger_row"]).reset_index(drop=True)


def _is_sum_row(whole: pd.DataFrame, sums: re.Pattern[str]) -> pd.Series:
    """Rows whose unit or unit code is a word for a sum."""
    found = pd.Series(data=False, index=whole.index)
    for column in ("unit", "unit_code"):
        words = whole[column].fillna("").map(lambda word: normalise_heading(word).strip(_QUOTES))
        found |= words.map(lambda word: bool(sums.fullmatch(word))).astype(bool)
    return found


def _contains_all_units(whole: pd.DataFrame) -> pd.Series:
    """Rows whose code is the prefix of all other codes, such as the city's."""
    codes = whole["unit_code"].fillna("").astype("str")
    units = set(codes[codes.str.fullmatch(r"\d+")])
    above = {
        code for code in units if len(units) > 1 and all(one.startswith(code) for one in units)
    }
    return codes.isin(above)


def _check_row_sums(whole: pd.DataFrame) -> Iterator[Finding]:
    """Report rows whose modes do not add up to their total."""
    parts = whole[list(MODES)].sum(axis=1)
    for index in whole.index[whole["total"].notna() & (parts != whole["total"])]:
        yield _finding(whole, index, "total_across", "total", found=float(parts[index]))


def _check_column_sums(whole: pd.DataFrame, index: int, units: pd.DataFrame) -> Iterator[Finding]:
    """Report columns whose units do not add up to the row of their sum."""
    for name in NUMBERS:
        found = float(units[name].sum())
        if pd.notna(whole[name][index]) and whole[name][index] != found:
            yield _finding(whole, index, "total_down", name, found=found)


def _non_integer_targets(whole: pd.DataFrame) -> Iterator[Finding]:
    """Report household numbers that are not integers; they count as missing."""
    for name in NUMBERS:
        for index in whole.index[whole[name].notna() & (whole[name] % 1 != 0)]:
            yield _finding(whole, index, "not_whole", name)


def _finding(frame: pd.DataFrame, index: int, code: str, column: str, **numbers: Number) -> Finding:
    number = float(frame[column][index])
    known: dict[str, Number] = {"unit": str(frame["unit"][index]), "said": number}
    known["file"] = str(frame["ledger_file"][index])
    row, sheet = int(frame["ledger_row"][index]), str(frame["ledger_sheet"][index])
    return Finding(code, row, column, f"{number:g}", known | numbers, sheet)

"""The target table of the plan: a number for each unit and mode, blank where none is set."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from gis.layers.problems import Finding, Number
from gis.layers.schema import normalise_heading

MODES = ("electric", "gas", "central")
_NUMBERS = (*MODES, "total")
# as `plain` leaves them; what stands in brackets behind is left out
_PARTIAL = re.compile(r".*小计|其中|subtotal")
_WHOLE = re.compile(
    r".*(?:合计|总计|共计|累计|总数|总和|平均)数?|[全本][市县区]|(?:grand)?total|sum|average"
)
_TOWNSHIP = 9  # digits of its code; those of a county or city have fewer
_QUOTES = '【】〔〕《》“”"'


def read_targets_table(whole: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    """unit_code, unit, electric, gas, central, total (Int64), ledger_row; one row a unit.

    The rows 合计 and 小计 are checksums and no units; what does not add up is reported, not mended.
    """
    total, partial = _says(whole, _WHOLE) | _holds_all(whole), _says(whole, _PARTIAL)
    units = whole[~total & ~partial]
    findings += [*_across(whole), *_broken(whole)]
    for index in whole.index[total]:
        findings += _down(whole, index, units)
    begin = 0
    for at in whole.index[partial].tolist():
        own = units.loc[(units.index >= begin) & (units.index < at)]
        findings += _down(whole, at, own)
        begin = at
    kept = units[["unit_code", "unit"]].copy()
    kept["unit"] = kept["unit"].fillna(kept["unit_code"]).fillna("")
    for name in _NUMBERS:
        kept[name] = units[name].where(units[name] % 1 == 0).astype("Int64")
    return kept.assign(ledger_row=units["ledger_row"]).reset_index(drop=True)


def _says(whole: pd.DataFrame, sums: re.Pattern[str]) -> pd.Series:
    """Rows that a sum's word names, in the column of the unit or of its code."""
    found = pd.Series(data=False, index=whole.index)
    for column in ("unit", "unit_code"):
        words = whole[column].fillna("").map(lambda word: normalise_heading(word).strip(_QUOTES))
        found |= words.map(lambda word: bool(sums.fullmatch(word))).astype(bool)
    return found


def _holds_all(whole: pd.DataFrame) -> pd.Series:
    """Rows whose code begins those of all other rows that have one: the city beside its towns."""
    codes = whole["unit_code"].fillna("").astype("str")
    units = set(codes[codes.str.fullmatch(r"\d+")])
    above = {
        code for code in units if len(units) > 1 and all(one.startswith(code) for one in units)
    }
    return codes.isin(above)


def _across(whole: pd.DataFrame) -> Iterator[Finding]:
    """Rows whose modes do not add up to their total."""
    parts = whole[list(MODES)].sum(axis=1)
    for index in whole.index[whole["total"].notna() & (parts != whole["total"])]:
        yield _finding(whole, index, "total_across", "total", found=float(parts[index]))


def _down(whole: pd.DataFrame, index: int, units: pd.DataFrame) -> Iterator[Finding]:
    """Columns whose units do not add up to the row of their sum."""
    for name in _NUMBERS:
        found = float(units[name].sum())
        if pd.notna(whole[name][index]) and whole[name][index] != found:
            yield _finding(whole, index, "total_down", name, found=found)


def _broken(whole: pd.DataFrame) -> Iterator[Finding]:
    """Numbers of households that are not whole; they count as none set."""
    for name in _NUMBERS:
        for index in whole.index[whole[name].notna() & (whole[name] % 1 != 0)]:
            yield _finding(whole, index, "not_whole", name)


def _finding(frame: pd.DataFrame, index: int, code: str, column: str, **numbers: Number) -> Finding:
    said = float(frame[column][index])
    known: dict[str, Number] = {"unit": str(frame["unit"][index]), "said": said}
    known["file"] = str(frame["ledger_file"][index])
    return Finding(code, int(frame["ledger_row"][index]), column, f"{said:g}", known | numbers)

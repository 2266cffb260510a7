"""The target table of the plan: a number for each unit and mode, blank where none is set."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from gis.layers.findings import Finding, Number

MODES = ("electric", "gas", "central")
_NUMBERS = (*MODES, "total")
_SUMS = frozenset(["合计", "总计", "小计", "全市合计", "全县合计", "total", "sum"])


def table(whole: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    """unit_code, unit, electric, gas, central, total (Int64); one row a unit.

    The row 合计 is a checksum and no unit; what does not add up is reported, not mended.
    """
    sums = _is_sum(whole)
    units = whole[~sums]
    findings += [*_across(whole), *_down(units, whole[sums]), *_broken(whole)]
    kept = units[["unit_code", "unit"]].copy()
    for name in _NUMBERS:
        kept[name] = units[name].where(units[name] % 1 == 0).astype("Int64")
    return kept.reset_index(drop=True)


def _is_sum(whole: pd.DataFrame) -> pd.Series:
    words = whole["unit"].fillna("").str.replace(r"\s", "", regex=True).str.lower()
    return words.isin(_SUMS)


def _across(whole: pd.DataFrame) -> Iterator[Finding]:
    """Rows whose modes do not add up to their total."""
    parts = whole[list(MODES)].sum(axis=1)
    for index in whole.index[whole["total"].notna() & (parts != whole["total"])]:
        yield _finding(whole, index, "total_across", "total", found=float(parts[index]))


def _down(units: pd.DataFrame, sums: pd.DataFrame) -> Iterator[Finding]:
    """Columns that do not add up to the row of totals."""
    for index in sums.index:
        for name in _NUMBERS:
            found = float(units[name].sum())
            if pd.notna(sums[name][index]) and sums[name][index] != found:
                yield _finding(sums, index, "total_down", name, found=found)


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

"""The target table of the plan: a number for each unit and mode, blank where none is set."""

from __future__ import annotations

import pandas as pd

from gis.errors import Problem
from gis.layers import intake
from gis.layers.columns import TARGETS
from gis.layers.findings import Finding, Refusal, problem, problems
from gis.layers.project import LayerSpec, Project
from gis.layers.reader import Reader
from gis.layers.tabulate import tabulate

MODES = ("electric", "gas", "central")
_SUMS = frozenset(["合计", "总计", "小计", "全市合计", "total", "sum"])


def read_targets(
    reader: Reader, project: Project, origins: list[intake.Origin], found: list[Problem]
) -> dict[str, pd.DataFrame]:
    """{"targets": unit_code, unit, electric, gas, central, total}; empty when there is none.

    The row 合计 is a checksum and no unit; what does not add up is reported, not mended.
    """
    if project.targets is None:
        return {}
    file = project.targets.relative_to(project.folder).as_posix()
    spec = LayerSpec(path=file)
    try:
        raw, digest = intake.read_one(reader, project.folder, file, spec)
    except Refusal as refusal:
        found.append(problem("targets", refusal.finding, file))
        return {}
    table = tabulate(raw, TARGETS, {})
    origins.append(intake.origin("targets", file, digest, raw, spec))
    findings = raw.findings + _sums(table, list(raw.rows))
    found.extend(problems("targets", findings))
    numbers = {name: _whole(table[name]) for name in (*MODES, "total")}
    table = table[["unit_code", "unit"]].assign(**numbers)
    return {"targets": table[~_is_sum(table)].reset_index(drop=True)}


def _whole(values: pd.Series) -> pd.Series:
    return values.where(values % 1 == 0).astype("Int64")


def _is_sum(table: pd.DataFrame) -> pd.Series:
    words = table["unit"].fillna("").str.replace(r"\s", "", regex=True).str.lower()
    return words.isin(_SUMS)


def _sums(table: pd.DataFrame, rows: list[int]) -> list[Finding]:
    """Totals that do not add up, across and down; numbers that are not whole."""
    findings = []
    parts = table[list(MODES)].sum(axis=1)
    for index in table.index[table["total"].notna() & (parts != table["total"])]:
        numbers = {
            "unit": table["unit"][index],
            "said": float(table["total"][index]),
            "found": float(parts[index]),
        }
        findings.append(Finding("total_across", rows[index], "total", numbers=numbers))
    sums = _is_sum(table)
    units = table[~sums]
    for index in table.index[sums]:
        for column in (*MODES, "total"):
            said, found = table[column][index], float(units[column].sum())
            if pd.notna(said) and said != found:
                numbers = {"said": float(said), "found": found}
                findings.append(Finding("total_down", rows[index], column, numbers=numbers))
    for column in (*MODES, "total"):
        for index in table.index[table[column].notna() & (table[column] % 1 != 0)]:
            findings.append(Finding("not_whole", rows[index], column, str(table[column][index])))
    return findings

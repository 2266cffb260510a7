"""What the office accepts all the same: `accept` of project.toml, by layer, row and problem code.

An entry is "layer:row:code", the row by its id or its number, or "layer:township" (its code or
name), which speaks of rows that do not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from gis.errors import Problem
from gis.layers.problems import Finding
from gis.layers.project import Project
from gis.layers.schema import Layer
from gis.layers.toml_model import closest_key

_APART = ("households", "inspections")  # which may be read in portions
_SPOKEN_OF = 3  # parts of an entry that names one finding


def accept_entry(problem: Problem) -> str:
    """The entry that accepts a problem: its row by its id where it has one."""
    return f"{problem.layer}:{problem.key or _number(problem.row)}:{problem.code}"


def is_accepted(problem: Problem, accept: Iterable[str]) -> bool:
    """Whether one of the entries names this problem."""
    by_number = f"{problem.layer}:{_number(problem.row)}:{problem.code}"
    return bool({accept_entry(problem), by_number} & set(accept))


def accept_keys(table: pd.DataFrame, layer: Layer, findings: Iterable[Finding]) -> dict[int, str]:
    """The id of each row that a finding speaks of; table: rows of one file, with ledger_row."""
    rows = {one.row for one in findings if one.row is not None}
    if not layer.key or layer.key not in table or not rows:
        return {}
    own = table.loc[table["ledger_row"].isin(rows), ["ledger_row", layer.key]].dropna()
    return dict(zip(own["ledger_row"].astype(int), own[layer.key].astype(str), strict=True))


def unknown_entries(
    project: Project, problems: Iterable[Problem], tables: Mapping[str, pd.DataFrame]
) -> Iterator[Finding]:
    """The entries that name nothing that was found, each with the nearest that does.

    Those of a layer that is not read with the others are left out.
    """
    found = {one: accept_entry(one) for one in problems if one.row is not None}
    known = {*found.values(), *(f"{p.layer}:{_number(p.row)}:{p.code}" for p in found)}
    for one in project.accept:
        layer, _, what = one.partition(":")
        if layer not in project.layers and layer in _APART:
            continue
        if one.count(":") + 1 >= _SPOKEN_OF:
            if one not in known:
                yield _unknown(one, found.values())
        elif what not in (townships := _townships(tables)):
            yield _unknown(one, [f"{layer}:{name}" for name in townships])


def _unknown(one: str, known: Iterable[str]) -> Finding:
    near = closest_key(one, known, 0.0) or "—"
    return Finding("accept_unknown", column="accept", value=one, numbers={"near": near})


def _townships(tables: Mapping[str, pd.DataFrame]) -> set[str]:
    villages = tables.get("villages")
    if villages is None:
        return set()
    return {*villages["township_code"].dropna(), *villages["township"].dropna()}


def _number(row: int | None) -> str:
    return "" if row is None else str(row)

"""Problems that the office accepts: the `accept` list of project.toml.

An entry is "layer:row:code", the row given by its id or its number. A loss of rows (see
gis.facts.losses) is accepted by "layer:township", the code or name of the township, or by
"layer:what:code", where `what` is the file, township or village of which no row counts, or "*".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import pandas as pd

from gis.errors import Problem
from gis.layers.problems import Finding
from gis.layers.project import ProjectConfig
from gis.layers.schema import Layer
from gis.layers.toml_model import closest_key

_CHUNKED = ("households", "inspections")  # layers that may be read in chunks
_FINDING_PARTS = 3  # parts of an entry that names one finding
LOSSES = frozenset(["rows_lost", "file_lost", "township_lost", "village_lost", "villages_differ"])


def accept_entry(problem: Problem) -> str:
    """The `accept` entry for a problem, with the row's id if it has one, else its number."""
    return f"{problem.layer}:{problem.key or _number(problem.row)}:{problem.code}"


def is_accepted(problem: Problem, accept: Iterable[str]) -> bool:
    """Whether one of the entries names this problem."""
    by_number = f"{problem.layer}:{_number(problem.row)}:{problem.code}"
    return bool({accept_entry(problem), by_number} & set(accept))


def settle(problem: Problem, accept: Iterable[str]) -> Problem:
    """The problem; a loss that project.toml accepts does not block."""
    if problem.code in LOSSES and problem.blocking and is_accepted(problem, accept):
        return replace(problem, blocking=False)
    return problem


def accept_keys(table: pd.DataFrame, layer: Layer, findings: Iterable[Finding]) -> dict[int, str]:
    """The ids of the rows that have findings.

    Args:
        table: The rows of one file, with the column ledger_row.
        layer: The layer of the file.
        findings: What was found in the file.

    Returns:
        Row number → id; empty for a layer without ids.
    """
    rows = {one.row for one in findings if one.row is not None}
    if not layer.key or layer.key not in table or not rows:
        return {}
    with_id = table.loc[table["ledger_row"].isin(rows), ["ledger_row", layer.key]].dropna()
    return dict(zip(with_id["ledger_row"].astype(int), with_id[layer.key].astype(str), strict=True))


def unknown_entries(
    project: ProjectConfig, problems: Iterable[Problem], tables: Mapping[str, pd.DataFrame]
) -> Iterator[Finding]:
    """The `accept` entries that match no problem, each with the closest entry that would.

    Entries of a layer that is read in chunks are skipped: its problems are not all known here.
    """
    entries = {entry: accept_entry(entry) for entry in problems if entry.row is not None}
    known = {*entries.values(), *(f"{p.layer}:{_number(p.row)}:{p.code}" for p in entries)}
    for entry in project.accept:
        layer, _, what = entry.partition(":")
        if layer not in project.layers and layer in _CHUNKED:
            continue
        if entry.count(":") + 1 >= _FINDING_PARTS:
            if entry.rpartition(":")[2] in LOSSES:  # not known before every row is placed
                continue
            if entry not in known:
                yield _unknown(entry, entries.values())
        elif what not in (townships := _townships(tables)):
            yield _unknown(entry, [f"{layer}:{name}" for name in townships])


def _unknown(entry: str, known: Iterable[str]) -> Finding:
    near = closest_key(entry, known, 0.0) or "—"
    return Finding("accept_unknown", column="accept", value=entry, numbers={"near": near})


def _townships(tables: Mapping[str, pd.DataFrame]) -> set[str]:
    villages = tables.get("villages")
    if villages is None:
        return set()
    return {*villages["township_code"].dropna(), *villages["township"].dropna()}


def _number(row: int | None) -> str:
    return "" if row is None else str(row)

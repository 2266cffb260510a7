"""Telling rows of a ledger from totals, notes, signatures, repeated headings and blank forms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gis.layers.formats.row_kinds import TableShape, kind_of_row
from gis.layers.headings import match_headings
from gis.layers.problems import Finding, Number
from gis.layers.project_layers import LayerFile
from gis.layers.raw_table import RawTable
from gis.layers.schema import Layer, normalise_word

_FORMATS = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xls", ".et", ".ods")
_KINDS = ("total", "note", "heading", "numbered", "skipped")
_SHEET_HEADINGS = 2  # headings by which a sheet is known to be of a layer
_NOTE_COLUMNS = 2  # a sheet that is no wider holds remarks
_HOMES = re.compile(r"共?(\d{1,7})\s*户")
_SHOWN = 8  # row numbers


def drop_other_rows(
    raw: RawTable, layer: Layer, source: LayerFile, taken: Mapping[str, str]
) -> None:
    """Remove the rows of a text table or a sheet that hold no data, and report them.

    A row with a word of a required code list, such as its heating, always is data.

    Args:
        raw: The table; its rows, columns and findings are changed.
        layer: The layer's schema.
        source: The file.
        taken: Our column name → the file's heading.
    """
    if not source.path.lower().endswith(_FORMATS) or not len(raw.rows):
        return
    needed = frozenset(
        taken[one.name] for one in layer.columns if one.required and one.name in taken
    )
    totals = layer.name != "targets"
    shape = TableShape(list(raw.columns), raw.titles, needed, source.skip, totals)
    kinds = dict(_kinds(raw, shape, np.flatnonzero(~_data_rows(raw, layer, source, taken))))
    numbered = {at for at, kind in kinds.items() if kind == "numbered"}
    end = len(raw.rows)
    while end and end - 1 in kinds:
        end -= 1
    kinds = {at: kind for at, kind in kinds.items() if at >= end or at not in numbered}
    blank = raw.rows[-1] - raw.rows[0] + 1 - len(raw.rows)
    if kinds or blank:
        raw.findings.append(_finding(raw, kinds, blank))
    if kinds:
        kept = [at for at in range(len(raw.rows)) if at not in kinds]
        if layer.name == "households":
            raw.findings += _stated_homes(raw, kinds, len(kept))
        raw.columns = {
            name: column.take(pa.array(kept, pa.int64())) for name, column in raw.columns.items()
        }
        raw.rows = [raw.rows[at] for at in kept]


def _data_rows(
    raw: RawTable, layer: Layer, source: LayerFile, taken: Mapping[str, str]
) -> NDArray[np.bool_]:
    """Which rows hold a word of a required code list."""
    known = np.zeros(len(raw.rows), dtype=bool)
    for column in layer.columns:
        if column.required and column.kind == "choice" and column.name in taken:
            words = {*column.words, *map(normalise_word, source.values.get(column.name, {}))}
            cells = raw.columns[taken[column.name]]
            whole = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
            coded = whole.dictionary_encode()
            told = [normalise_word(word or "") in words for word in coded.dictionary.to_pylist()]
            index = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            known |= np.array([*told, False], dtype=bool)[index]
    return known


def _kinds(
    raw: RawTable, shape: TableShape, candidates: NDArray[np.int64]
) -> Iterator[tuple[int, str]]:
    """The candidates that hold no data, with the kind of each."""
    columns = [pc.take(column, pa.array(candidates)).to_pylist() for column in raw.columns.values()]
    for at, cells in zip(candidates.tolist(), zip(*columns, strict=True), strict=True):
        kind = kind_of_row(cells, shape)
        if kind:
            yield at, kind


def _stated_homes(raw: RawTable, kinds: Mapping[int, str], homes: int) -> Iterator[Finding]:
    """A sum that states another number of homes than the table has; not where there are several."""
    totals = [at for at, kind in kinds.items() if kind == "total"]
    stated = {
        at: int(found[1])
        for at in totals
        for column in raw.columns.values()
        if (found := _HOMES.fullmatch((column[at].as_py() or "").strip()))
    }
    if len(totals) == 1 and stated and stated[totals[0]] != homes:
        numbers: dict[str, Number] = {"stated": stated[totals[0]], "found": homes}
        yield Finding("total_homes", int(raw.rows[totals[0]]), "", "", numbers)


def _finding(raw: RawTable, kinds: Mapping[int, str], blank: int) -> Finding:
    """One finding for all rows that are no data."""
    counts: dict[str, Number] = {kind: list(kinds.values()).count(kind) for kind in _KINDS}
    some = [str(raw.rows[at]) for at in sorted(kinds)]
    more = "…" if len(some) > _SHOWN else ""
    numbers = {**counts, "blank": blank, "rows": len(kinds) + blank}
    numbers["which"] = "、".join(some[:_SHOWN]) + more or "—"
    return Finding("rows_not_data", numbers=numbers)


def belongs_to(raw: RawTable, layer: Layer, source: LayerFile) -> bool:
    """Whether a sheet of a workbook has the headings of a layer, at least two of them."""
    taken, _ = match_headings(list(raw.columns), layer, source, raw.cut)
    return len(taken) >= _SHEET_HEADINGS


def left_out_finding(raw: RawTable) -> Finding:
    """A sheet that is not read, since it has not the layer's headings."""
    notes = len(raw.columns) <= _NOTE_COLUMNS
    numbers: dict[str, Number] = {"rows": len(raw.rows) + 1, "headings": "、".join(raw.columns)}
    code = "sheet_of_notes" if notes else "sheet_left_out"
    return Finding(code, None, "", raw.sheet, numbers, raw.sheet)

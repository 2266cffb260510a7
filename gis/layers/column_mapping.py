"""Mapping a file's columns to the columns of the contract, typed and in their units."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gis.layers.data_rows import drop_other_rows
from gis.layers.headings import (
    EXTRA,
    column_name,
    match_headings,
    rival_headings,
    unit_conversion,
    unused_table_units,
)
from gis.layers.problems import Finding, Number, shorten
from gis.layers.project_layers import LayerFile
from gis.layers.raw_table import RawTable, texts
from gis.layers.recorded_rows import Correction, correct
from gis.layers.schema import Column, Layer, normalise_word
from gis.layers.values import BLANKS, ReadingNotes, missing, typed

_UNREAD = frozenset(
    "bad_number number_absurd bad_date bad_choice bad_bool negative cell_error "
    "formula_without_value only_signs conversion_pending".split()
)
# steps whose order decides whether a home is clear: written to the month, they are uncertain
_STEPS = frozenset(
    "signed_on installed_on energised_on accepted_on stove_removed_on coal_removed_on "
    "rectified_on".split()
)
# meter readings: such a column counts as a meter even if all its cells are blank
_READINGS = frozenset(["heating_kwh", "heating_m3", "heating_t"])
# a location was written, but it cannot be used
_UNPLACED = frozenset(
    "geometry_kind geometry_unreadable location_unusable location_zero location_swapped".split()
)
_COORDINATES = frozenset(["lon", "lat", "x", "y"])
# of homes that are converted or listed alone
_OF_CONVERTED = frozenset(["plan_year", "in_programme"])
_THREADS = 2  # Arrow releases the interpreter lock
_DN = re.compile(r"(?:DN|φ|Φ|D)\s*(\d{2,4})", re.IGNORECASE)


class _Told(NamedTuple):
    """What project.toml says of the columns of a file, by our column names.

    words    column → the file's word, as `normalise_word` leaves it → our code
    factors  column → what its numbers are to be multiplied by to be in its unit
    """

    words: Mapping[str, Mapping[str, str]]
    factors: Mapping[str, float]

    @classmethod
    def of(cls, source: LayerFile, layer: Layer) -> _Told:
        """What is told of `source`, with the column's name for each heading that means one."""
        words = {
            column_name(name, layer) or name: {
                normalise_word(one): code for one, code in own.items()
            }
            for name, own in source.values.items()
        }
        factors = source.factors.items()
        return cls(words, {column_name(name, layer) or name: factor for name, factor in factors})


_NOTHING_TOLD = _Told({}, {})


def map_columns(
    raw: RawTable, layer: Layer, source: LayerFile, corrections: Sequence[Correction] = ()
) -> pd.DataFrame:
    """The layer's columns, typed, one row for each row of data in the file.

    Other columns of the file are kept as "extra:<heading>", and so are the headings that only name
    the village. Findings are added to `raw.findings`; rows that are no data are removed from `raw`.

    Args:
        raw: The table as the file holds it.
        layer: The layer's schema.
        source: The file, with what project.toml says of it.
        corrections: The office's corrections of the layer's cells.

    Returns:
        One column for each column of the layer, then the extra ones.
    """
    if "EntityHandle" in raw.columns:
        _name_entities(raw, layer, source)
    taken, findings = match_headings(list(raw.columns), layer, source, raw.cut)
    drop_other_rows(raw, layer, source, taken)
    if corrections and not source.recorded:
        correct(raw, layer, source, taken, corrections)
    findings = list(_advised_ids(findings, raw, layer))
    findings += unused_table_units(taken, layer, raw.units)
    rows = np.asarray(raw.rows, dtype=np.int64)
    listed = "、".join(list(raw.columns)[:40])
    columns = [_as_asked(column, raw, taken) for column in layer.columns]
    pairs = [(column, taken.get(column.name)) for column in columns]
    raw.absent = tuple(column.name for column, heading in pairs if heading is None)
    pairs += _extra_columns(raw, layer, taken)
    told = _Told.of(source, layer)

    def convert(pair: tuple[Column, str | None]) -> tuple[pd.Series, list[Finding]]:
        column, heading = pair
        if heading is None:
            found = _missing_column(column, listed) if len(rows) or listed else []
            return missing(column, len(rows)), found
        return _typed_column(raw, column, heading, rows, told)

    with ThreadPoolExecutor(_THREADS) as workers:
        converted = list(workers.map(convert, pairs))
    for (column, heading), (series, found) in zip(pairs, converted, strict=True):
        findings += found
        if heading is not None and column.name != layer.key:
            findings += _blank_cells(column, series, rows, found)
        if column.name in _READINGS and heading is not None and series.isna().all():
            findings += _only_signs(raw.columns[heading], column, rows)
    typed_by_name = {
        column.name: one for (column, _), (one, _) in zip(pairs, converted, strict=True)
    }
    for heading, name in rival_headings(list(raw.columns), layer, source, taken).items():
        findings += _contradicting(
            raw, layer.by_name[name], (taken[name], heading), typed_by_name[name]
        )
    unsaid = {one.column for one in raw.findings if one.code == "cad_status"}
    raw.findings += [
        one for one in findings if one.code != "value_missing" or one.column not in unsaid
    ]
    return pd.DataFrame(typed_by_name)


def _extra_columns(
    raw: RawTable, layer: Layer, taken: Mapping[str, str]
) -> Iterator[tuple[Column, str]]:
    """The headings that are no column of the layer, or only name the village.

    They may hold anything: they are marked personal, so that problems do not show values.
    """
    used = {heading for name, heading in taken.items() if not layer.by_name[name].helper}
    for heading in raw.columns:
        if heading not in used:
            yield Column(EXTRA + shorten(heading), "text", personal=True), heading


def _advised_ids(findings: Iterable[Finding], raw: RawTable, layer: Layer) -> Iterator[Finding]:
    """The findings; a heading is advised for the id only if its cells are filled and unique.

    In a ledger such a heading is the file's own numbering, which needs the township before it.
    """
    for one in findings:
        if one.code != "heading_near" or one.column != layer.key:
            yield one
            continue
        cells = [cell.strip() for cell in _chunked(raw.columns[one.value]).to_pylist() if cell]
        if len(set(cells) - {""}) == len(raw.rows) > 0:
            numbering = layer.name == "households"
            yield replace(one, code="heading_numbers") if numbering else one


# columns that need not be there where the file has one of the others
_INSTEAD = {"village_code": {"village"}, "township_code": {"village_code", "township"}}


def _as_asked(column: Column, raw: RawTable, taken: Mapping[str, str]) -> Column:
    """The column, not required where another column or the name of the sheet stands in for it."""
    others = _INSTEAD.get(column.name, set())
    if others & taken.keys() or (others and raw.sheet):
        return replace(column, required=False)
    return column


def _blank_cells(
    column: Column, series: pd.Series, rows: NDArray[np.int64], found: list[Finding]
) -> list[Finding]:
    """The blank cells of a column that the file has, where they are to be reported."""
    if column.required:
        return _blank_required(series, column, rows)
    return _blank_expected(series, column, rows, found) if column.expected_filled else []


def _missing_column(column: Column, listed: str) -> list[Finding]:
    """Report a required column that the file does not have; `listed` shows the file's headings."""
    if not column.required:
        return []
    numbers = {"headings": listed, "aliases": "、".join(column.aliases.split()[:4])}
    return [Finding("column_missing", column=column.name, numbers=numbers)]


def _blank_required(series: pd.Series, column: Column, rows: NDArray[np.int64]) -> list[Finding]:
    """The rows in which a required column is blank."""
    blank = np.flatnonzero(series.isna().to_numpy(dtype=bool))
    return [Finding("value_missing", int(rows[at]), column.name) for at in blank]


def _blank_expected(
    series: pd.Series, column: Column, rows: NDArray[np.int64], found: list[Finding]
) -> list[Finding]:
    """Blank cells in a column that is mostly filled, or a column with no value at all.

    Args:
        series: The typed column.
        column: Its schema.
        rows: Row numbers in the file.
        found: Findings of the same column: cells that could not be read are not blank.
    """
    unreadable = np.isin(rows, [one.row for one in found if one.row is not None])
    blank = np.flatnonzero(series.isna().to_numpy(dtype=bool) & ~unreadable)
    if len(rows) and len(blank) == len(rows):
        return [Finding("column_blank", column=column.name)]
    if not len(blank) or 2 * len(blank) > len(
        rows
    ):  # most cells are blank: that is normal for this column
        return []
    code = "cells_may_be_blank" if column.name in _OF_CONVERTED else "cells_blank"
    return [Finding(code, int(rows[blank[0]]), column.name, "", {"rows": len(blank)})]


def _contradicting(
    raw: RawTable, column: Column, headings: tuple[str, str], taken: pd.Series
) -> list[Finding]:
    """Report two headings for one column whose cells disagree; `taken`: the first one's values."""
    rows = np.asarray(raw.rows, dtype=np.int64)
    other, _ = _typed_column(raw, column, headings[1], rows)
    if (other.notna() & ~(other == taken).fillna(value=False)).any():
        return [Finding("two_headings", None, column.name, "", {"headings": "、".join(headings)})]
    return []


def _only_signs(
    cells: pa.Array | pa.ChunkedArray, column: Column, rows: NDArray[np.int64]
) -> list[Finding]:
    """Report a column without values whose cells hold a placeholder such as "—"."""
    trimmed = pc.utf8_trim_whitespace(_chunked(cells))
    signs = pc.and_(pc.is_in(trimmed, BLANKS), pc.not_equal(trimmed, "")).fill_null(False)
    at = pc.index(signs, True).as_py()
    if at < 0:
        return []
    return [Finding("only_signs", int(rows[at]), column.name, trimmed[at].as_py())]


def _typed_column(
    raw: RawTable,
    column: Column,
    heading: str,
    rows: NDArray[np.int64],
    told: _Told = _NOTHING_TOLD,
) -> tuple[pd.Series, list[Finding]]:
    """A column of the file in its kind and unit, with the findings."""
    words, stated = told.words.get(column.name, {}), told.factors.get(column.name)
    findings: list[Finding] = []
    factor, unit_findings = unit_conversion(column, heading, raw.units)
    if stated is not None:
        factor, unit_findings = stated, []
    column = column.with_yes_no(heading)
    how = ReadingNotes(factor, date1904=raw.date1904, known=not column.name.startswith(EXTRA))
    cells = _chunked(raw.columns[heading])
    if words:
        cells = _replace_words(cells, words)
    series = typed(cells, column, rows, how, findings)
    return series, findings + unit_findings


def _replace_words(cells: pa.ChunkedArray, words: Mapping[str, str]) -> pa.ChunkedArray:
    """The cells with the words that project.toml explains replaced; "" makes a blank of one."""
    coded = cells.combine_chunks().dictionary_encode()
    told = [
        words.get(normalise_word(word), word) if word else word
        for word in coded.dictionary.to_pylist()
    ]
    return pa.chunked_array([texts(told).take(coded.indices)])


def unread_headings(findings: Iterable[Finding], rows: Sequence[int]) -> pd.Series:
    """For each row, the columns whose cell is filled but cannot be read.

    A location that is given but cannot be used is named "place". Such cells are missing values in
    their column, but they are not blank. A step that is known only to the month or year is named
    too, though its column holds the last day of that time.

    Args:
        findings: Findings of one file.
        rows: The file's row numbers.

    Returns:
        One text for each row: column names joined by ",", or "".
    """
    columns: dict[int, str] = {}
    for finding in findings:
        if finding.row is not None and (name := _name_unread(finding)):
            before = columns.get(finding.row)
            columns[finding.row] = f"{before},{name}" if before else name
    return pd.Series(np.asarray(rows)).map(columns).astype("str").fillna("")


def _name_unread(finding: Finding) -> str:
    one_coordinate = finding.code == "no_location" and finding.value
    if (
        one_coordinate
        or finding.code in _UNPLACED
        or (finding.code in _UNREAD and finding.column in _COORDINATES)
    ):
        return "place"
    uncertain = finding.code == "date_coarse" and finding.column in _STEPS
    return finding.column if uncertain or finding.code in _UNREAD else ""


def _chunked(values: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    whole = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
    return whole.cast(pa.large_string())


def _name_entities(raw: RawTable, layer: Layer, source: LayerFile) -> None:
    """Derive columns from a CAD drawing: the handle gives the id, the layer name the attributes.

    "一次网-在运-DN400" → role, status and dn_mm; each word is looked up in the code lists. What
    project.toml says of a layer comes first; features on layers to be left out are removed.
    """
    names = [name or "" for name in raw.columns["Layer"].to_pylist()]
    stated, findings = _stated_cad_layers(set(names), source)
    raw.findings += findings
    kept = [at for at, name in enumerate(names) if stated.get(name) != "leave_out"]
    if len(kept) < len(names):
        left = sorted({name for name in names if stated.get(name) == "leave_out"})
        numbers: dict[str, Number] = {"count": len(names) - len(kept)}
        raw.findings.append(Finding("cad_left_out", None, "", "、".join(left), numbers))
        raw.columns = {
            name: column.take(pa.array(kept, pa.int64())) for name, column in raw.columns.items()
        }
        raw.rows = [raw.rows[at] for at in kept]
        raw.wkb = [raw.wkb[at] for at in kept] if raw.wkb is not None else None
        names = [names[at] for at in kept]
    parsed = {name: _parse_layer_name(name, layer) for name in set(names)}
    for name in parsed.keys() & stated.keys():
        parsed[name]["status"] = stated[name]
    for column in layer.columns:
        values = [parsed[name].get(column.name) for name in names]
        if any(value is not None for value in values) and column.name not in raw.columns:
            raw.columns[column.name] = texts(values)
    unsaid = [name for name in names if not parsed[name].get("status")]
    if "status" in layer.by_name and unsaid:
        listed = "、".join(f"{name}（{n}）" for name, n in Counter(unsaid).most_common(10))
        raw.findings.append(Finding("cad_status", None, "status", "", {"layers": listed}))
        raw.columns.setdefault("status", texts([None] * len(names)))
    if layer.key and layer.key not in raw.columns:
        raw.columns[layer.key] = raw.columns["EntityHandle"]


def _stated_cad_layers(names: set[str], source: LayerFile) -> tuple[dict[str, str], list[Finding]]:
    """CAD layer → the key of `cad` in project.toml that it stands under, and what is wrong."""
    if source.cad is None:
        return {}, []
    stated: dict[str, str] = {}
    findings = []
    words = source.cad.words()
    folded = {name: normalise_word(name) for name in names}
    for word, _ in words:
        if not any(normalise_word(word) in own for own in folded.values()):
            listed = "、".join(sorted(names))
            findings.append(Finding("cad_layer_unknown", None, "cad", word, {"layers": listed}))
    for name, own in folded.items():
        exact = {key for word, key in words if normalise_word(word) == own}
        keys = exact or {key for word, key in words if normalise_word(word) in own}
        if len(keys) > 1:
            numbers = {"under": ", ".join(sorted(keys))}
            findings.append(Finding("cad_layer_twice", None, "cad", name, numbers))
        elif keys:
            stated[name] = keys.pop()
    return stated, findings


def _parse_layer_name(name: str, layer: Layer) -> dict[str, str]:
    found = {}
    diameter = _DN.search(name)
    if diameter and "dn_mm" in layer.by_name:
        found["dn_mm"] = diameter[1]
    for word in re.split(r"[-_\s/|$]+", name):
        for column in layer.columns:
            key = column.words.get(normalise_word(word)) if column.kind == "choice" else None
            if key:
                found.setdefault(column.name, key)
    return found

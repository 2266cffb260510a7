"""From what a file holds to the columns of the contract."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gis.layers.headings import EXTRA, in_unit, match_headings, of_nothing, rival_headings
from gis.layers.problems import Finding, shorten
from gis.layers.raw_table import RawTable, texts
from gis.layers.schema import Column, Layer, normalise_word
from gis.layers.values import BLANKS, ReadingNotes, missing, typed

_UNREAD = frozenset(
    "bad_number number_absurd bad_date bad_choice bad_bool negative cell_error "
    "formula_without_value only_signs".split()
)
_READINGS = frozenset(
    ["heating_kwh", "heating_m3"]
)  # a column of them is a meter, whatever it says
# a place that is written, and none
_UNPLACED = frozenset("geometry_kind geometry_unreadable location_unusable location_zero".split())
_COORDINATES = frozenset(["lon", "lat", "x", "y"])
_AT_ONCE = 2  # columns: Arrow works without the interpreter
_DN = re.compile(r"(?:DN|φ|Φ|D)\s*(\d{2,4})", re.IGNORECASE)


def map_columns(raw: RawTable, layer: Layer, rename: Mapping[str, str]) -> pd.DataFrame:
    """The layer's columns, typed, one row a row of the file; others kept as "extra:<heading>".

    What is wrong is added to `raw.findings`.
    """
    if "EntityHandle" in raw.columns:
        _name_entities(raw, layer)
    taken, findings = match_headings(list(raw.columns), layer, rename, raw.cut)
    findings += of_nothing(taken, layer, raw.units)
    rows = np.asarray(raw.rows, dtype=np.int64)
    there = "、".join(list(raw.columns)[:40])
    own = [(column, taken.get(column.name)) for column in layer.columns]
    used = set(taken.values())
    # nobody knows what the others hold: their values do not travel in problems
    own += [
        (Column(EXTRA + shorten(heading), "text", personal=True), heading)
        for heading in raw.columns
        if heading not in used
    ]

    def made(asked: tuple[Column, str | None]) -> tuple[pd.Series, list[Finding]]:
        column, heading = asked
        if heading is None:
            said = _missed(column, there) if len(rows) or there else []
            return missing(column, len(rows)), said
        return _made(raw, column, heading, rows)

    with ThreadPoolExecutor(_AT_ONCE) as workers:
        columns = list(workers.map(made, own))
    for (column, heading), (series, said) in zip(own, columns, strict=True):
        findings += said
        if column.required and column.name != layer.key and heading is not None:
            findings += _blank(series, column, rows)
        elif column.usual and heading is not None:
            findings += _left_out(series, column, rows, said)
        if column.name in _READINGS and heading is not None and series.isna().all():
            findings += _only_signs(raw.columns[heading], column, rows)
    typed_by_name = {column.name: one for (column, _), (one, _) in zip(own, columns, strict=True)}
    for heading, name in rival_headings(list(raw.columns), layer, rename, taken).items():
        findings += _contrary(raw, layer.by_name[name], (taken[name], heading), typed_by_name[name])
    raw.findings += findings
    series = (one for one, _ in columns)
    return pd.DataFrame({column.name: one for (column, _), one in zip(own, series, strict=True)})


def _missed(column: Column, there: str) -> list[Finding]:
    """What is said of a column that the file does not have; there: its headings."""
    if not column.required:
        return []
    numbers = {"headings": there, "aliases": "、".join(column.aliases.split()[:4])}
    return [Finding("column_missing", column=column.name, numbers=numbers)]


def _blank(series: pd.Series, column: Column, rows: NDArray[np.int64]) -> list[Finding]:
    """The rows in which a required column says nothing."""
    blank = np.flatnonzero(series.isna().to_numpy(dtype=bool))
    return [Finding("value_missing", int(rows[at]), column.name) for at in blank]


def _left_out(
    series: pd.Series, column: Column, rows: NDArray[np.int64], said: list[Finding]
) -> list[Finding]:
    """Blank cells where most are filled, or a column with nothing but its heading.

    said: what is wrong with the others, which are no blanks.
    """
    wrong = np.isin(rows, [one.row for one in said if one.row is not None])
    blank = np.flatnonzero(series.isna().to_numpy(dtype=bool) & ~wrong)
    if len(rows) and len(blank) == len(rows):
        return [Finding("column_blank", column=column.name)]
    if not len(blank) or 2 * len(blank) > len(rows):  # else blank is what is usual
        return []
    return [Finding("cells_blank", int(rows[blank[0]]), column.name, "", {"rows": len(blank)})]


def _contrary(
    raw: RawTable, column: Column, headings: tuple[str, str], taken: pd.Series
) -> list[Finding]:
    """Two headings of one column whose cells say different things; taken: what the first says."""
    other, _ = _made(raw, column, headings[1], np.asarray(raw.rows, dtype=np.int64))
    if (other.notna() & ~(other == taken).fillna(value=False)).any():
        return [Finding("two_headings", None, column.name, "", {"headings": "、".join(headings)})]
    return []


def _only_signs(
    cells: pa.Array | pa.ChunkedArray, column: Column, rows: NDArray[np.int64]
) -> list[Finding]:
    """A column without a value in whose cells something stands for none, such as "—"."""
    said = pc.utf8_trim_whitespace(_chunked(cells))
    signs = pc.and_(pc.is_in(said, BLANKS), pc.not_equal(said, "")).fill_null(False)
    at = pc.index(signs, True).as_py()
    if at < 0:
        return []
    return [Finding("only_signs", int(rows[at]), column.name, said[at].as_py())]


def _made(
    raw: RawTable, column: Column, heading: str, rows: NDArray[np.int64]
) -> tuple[pd.Series, list[Finding]]:
    """A column of the file in its kind and unit, and what is wrong in it."""
    findings: list[Finding] = []
    factor, said = in_unit(column, heading, raw.units)
    column = column.asked_as(heading)
    how = ReadingNotes(factor, date1904=raw.date1904, known=not column.name.startswith(EXTRA))
    series = typed(_chunked(raw.columns[heading]), column, rows, how, findings)
    return series, findings + said


def unread_headings(findings: Iterable[Finding], rows: Sequence[int]) -> pd.Series:
    """By row of the file, the columns whose cell says something that nobody can read.

    Joined by ","; "" for none; "place" where the row says where it is, and nobody can tell. Such a
    cell is missing in its column, but it is no blank.
    """
    columns: dict[int, str] = {}
    for one in findings:
        if one.row is not None and (name := _name_unread(one)):
            before = columns.get(one.row)
            columns[one.row] = f"{before},{name}" if before else name
    return pd.Series(np.asarray(rows)).map(columns).astype("str").fillna("")


def _name_unread(one: Finding) -> str:
    half = one.code == "no_location" and one.value
    if half or one.code in _UNPLACED or (one.code in _UNREAD and one.column in _COORDINATES):
        return "place"
    return one.column if one.code in _UNREAD else ""


def _chunked(values: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    whole = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
    return whole.cast(pa.large_string())


def _name_entities(raw: RawTable, layer: Layer) -> None:
    """Columns of a drawing: the handle is the id, the layer's name says the rest.

    "一次网-在运-DN400" → role, status and dn_mm, each word by the code list that knows it.
    """
    names = [name or "" for name in raw.columns["Layer"].to_pylist()]
    said = {name: _said_by_name(name, layer) for name in set(names)}
    for column in layer.columns:
        values = [said[name].get(column.name) for name in names]
        if any(value is not None for value in values) and column.name not in raw.columns:
            raw.columns[column.name] = texts(values)
    if layer.key and layer.key not in raw.columns:
        raw.columns[layer.key] = raw.columns["EntityHandle"]


def _said_by_name(name: str, layer: Layer) -> dict[str, str]:
    said = {}
    diameter = _DN.search(name)
    if diameter and "dn_mm" in layer.by_name:
        said["dn_mm"] = diameter[1]
    for word in re.split(r"[-_\s/|$]+", name):
        for column in layer.columns:
            key = column.words.get(normalise_word(word)) if column.kind == "choice" else None
            if key:
                said.setdefault(column.name, key)
    return said

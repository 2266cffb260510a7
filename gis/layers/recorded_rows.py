"""The office's own record as layers: its rows after those of the files, and its corrections.

A row of the record takes the place of a row of a file with the same key. A correction changes one
cell as the file has it, before it is read like any other; the file stays as it is.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
import pyarrow as pa

from gis.layers.problems import Finding, Number, shorten
from gis.layers.raw_table import RawTable, number_text, texts
from gis.layers.read_source import Origin
from gis.layers.values import parse_date
from gis.record import TABLES, UNKNOWN, Snapshot
from gis.record.schema import GEOMETRY, SRS

if TYPE_CHECKING:
    from gis.layers.project_layers import LayerFile
    from gis.layers.schema import Layer
    from gis.record.rows import Row, Value

CORRECTIONS = "corrections"
NOTICE_CHANGES = "notice_changes"
NOTICE_ACTIONS = ("withdrawn", "corrected")
CRS = f"EPSG:{SRS}"
_PLACES = frozenset(["lon", "lat"])
_SHOWN = 8  # numbers of changes
_BARE = "number "  # before an id without leading zeros
_NUMBER = re.compile(r"[0-9]{1,6}(\.0)?")


class Correction(NamedTuple):
    """One cell of a layer that the office corrects, or with `column` "" a row that it leaves out.

    fid     its row in the record
    file    as project.toml names it; "": any
    sheet   "": any
    row     the id of the row as the file has it, or "#" and its number in the file of this sha256
    column  our name of it
    old     what the file has, "" for a blank
    new     what holds, "" for a blank
    sha256  of the file whose row number is given
    """

    fid: int
    layer: str
    file: str
    sheet: str
    row: str
    column: str
    old: str
    new: str
    sha256: str


class NoticeChange(NamedTuple):
    """What the office said about a village's published notice, in the plan's year.

    action  withdrawn or corrected
    on      its day, YYYY-MM-DD
    """

    village_code: str
    action: str
    on: str
    document_no: str
    reason: str


def notice_changes(record: Snapshot, plan_year: int) -> list[NoticeChange]:
    """The withdrawals and corrections of notices of a plan year, the earliest first."""
    rows = [row for row in record.tables.get(NOTICE_CHANGES, ()) if _of_year(row, plan_year)]
    return sorted((_notice_change(row) for row in rows), key=lambda one: one.on)


def unread_notice_changes(record: Snapshot, villages: Collection[str]) -> Iterator[Finding]:
    """Report rows of which it is not clear whose notice they change, how, when or why."""
    for row in record.tables.get(NOTICE_CHANGES, ()):
        one = _notice_change(row)
        wrong = {
            "village_code": one.village_code not in villages,
            "action": one.action not in NOTICE_ACTIONS,
            "changed_on": parse_date(one.on) is None,
            "reason": not one.reason.strip(),
        }
        for column in (name for name, bad in wrong.items() if bad):
            numbers: dict[str, Number] = {"fid": int(str(row["fid"]))}
            value = shorten(_text(row[column]) or "") or "—"
            yield Finding("notice_change_unread", None, column, value, numbers)


def _of_year(row: Row, plan_year: int) -> bool:
    """A row without a year is of every year, so that nothing withdrawn is posted again."""
    year = (_text(row["plan_year"]) or "").strip()
    return year in ("", str(plan_year))


def _notice_change(row: Row) -> NoticeChange:
    names = ("village_code", "action", "changed_on", "document_no", "reason")
    return NoticeChange(*((_text(row[name]) or "").strip() for name in names))


def corrections_of(record: Snapshot, layer: str) -> tuple[Correction, ...]:
    """The corrections of a layer."""
    rows = record.tables.get(CORRECTIONS, ())
    return tuple(_correction(row) for row in rows if row["layer"] == layer)


def of_no_layer(record: Snapshot, layers: Collection[str]) -> Iterator[tuple[str, Finding]]:
    """Report corrections of layers that the project does not have, each with its layer."""
    for row in record.tables.get(CORRECTIONS, ()):
        one = _correction(row)
        if one.layer not in layers:
            name = shorten(one.layer) or "—"
            numbers = _numbers(one) | {"name": name}
            yield one.layer, Finding("correction_without_layer", None, "", name, numbers)


def unexplained(record: Snapshot) -> Iterator[Finding]:
    """Report changes that another program made and nobody has explained."""
    which = record.unexplained
    if which:
        some = "、".join(map(str, which[:_SHOWN])) + ("…" if len(which) > _SHOWN else "")
        numbers: dict[str, Number] = {"changes": len(which), "which": some, "first": which[0]}
        yield Finding("record_unexplained", column="who", value=UNKNOWN, numbers=numbers)


def recorded_table(record: Snapshot, table: str) -> tuple[list[RawTable], str]:
    """The rows of a table as a file would give them, and the sha256 of them."""
    rows = record.tables[table]
    names = [
        name
        for name in TABLES[table].columns
        if name not in _PLACES or any(row[name] is not None for row in rows)
    ]
    columns = {name: texts([_text(row[name]) for row in rows]) for name in names}
    shapes = [row[GEOMETRY] for row in rows] if TABLES[table].shaped else None
    wkb = None if shapes is None else [one if isinstance(one, bytes) else None for one in shapes]
    numbers = [int(str(row["fid"])) for row in rows]
    raw = RawTable(columns, numbers, wkb, CRS if TABLES[table].shaped else None)
    return [raw], hashlib.sha256(raw.to_bytes()).hexdigest()


def recorded_origins(record: Snapshot, layers: Collection[str]) -> list[Origin]:
    """The origin of the corrections of each layer that has any; they are no rows of data."""
    found = []
    for layer in sorted(layers):
        corrections = corrections_of(record, layer)
        if corrections:
            told = sorted(one._replace(fid=0) for one in corrections)
            digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
            found.append(
                Origin(layer, f"{record.place}/{CORRECTIONS}", digest, 0, "", "", "", "", "", None)
            )
    return found


def notice_origin(record: Snapshot) -> list[Origin]:
    """The origin of the withdrawals and corrections of notices, if there are any."""
    told = sorted(map(_notice_change, record.tables.get(NOTICE_CHANGES, ())))
    if not told:
        return []
    digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    place = f"{record.place}/{NOTICE_CHANGES}"
    return [Origin(NOTICE_CHANGES, place, digest, len(told), "", "", "", "", "", None)]


def _text(value: Value) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.isoformat() if isinstance(value, date) else str(value)


def _correction(row: Row) -> Correction:
    names = ("layer", "file", "sheet", "row_key", "column_name", "old_value", "new_value")
    cells = [_text(row[name]) or "" for name in (*names, "file_sha256")]
    return Correction(int(str(row["fid"])), *cells)


def without_replaced(
    whole: pd.DataFrame, layer: Layer, place: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """The rows of a layer without those of files whose key the record has, and how many went.

    place: of the record, as `ledger_file` names it.
    """
    key = list(TABLES[layer.name].key)
    own = (whole["ledger_file"] == place).to_numpy(dtype=bool)
    keys = pd.MultiIndex.from_frame(whole[key].astype("str").fillna(""))
    known = whole[key[0]].notna().to_numpy(dtype=bool)
    replaced = ~own & known & keys.isin(keys[own & known])
    if not replaced.any():
        return whole, []
    numbers: dict[str, Number] = {"rows": int(replaced.sum()), "file": place}
    return whole[~replaced].reset_index(drop=True), [Finding("record_holds", numbers=numbers)]


def correct(
    raw: RawTable,
    layer: Layer,
    source: LayerFile,
    taken: Mapping[str, str],
    corrections: Iterable[Correction],
) -> None:
    """Put the corrections of a file's cells in their place; findings say what was done.

    Args:
        raw: The table as the file holds it; its columns, rows and findings are changed.
        layer: The layer's schema.
        source: The file.
        taken: Our column name → the file's heading.
        corrections: Those of the layer.
    """
    ids = _ids(raw, taken.get(layer.key, ""))
    cells: dict[str, dict[int, str | None]] = {}
    left_out: set[int] = set()
    for one in corrections:
        if one.file not in ("", source.path) or one.sheet not in ("", raw.sheet):
            continue
        at = _rows_of(one, raw, ids)
        finding = _refused(one, at, raw, layer, taken)
        if finding is not None:
            raw.findings.append(finding)
        elif at and not one.column:
            left_out.add(at[0])
            raw.findings.append(_done("row_left_out", one, raw.rows[at[0]]))
        elif at:
            cells.setdefault(taken[one.column], {})[at[0]] = one.new or None
            raw.findings.append(_done("cell_corrected", one, raw.rows[at[0]]))
    for heading, values in cells.items():
        whole = _cells(raw, heading)
        for position, value in values.items():
            whole[position] = value
        raw.columns[heading] = texts(whole)
    if left_out:
        _leave_out(raw, left_out)


def never_applied(
    corrections: Iterable[Correction], findings: Iterable[Finding]
) -> Iterator[Finding]:
    """Report the corrections whose row is in no file that was read."""
    told = {one.numbers.get("correction") for one in findings}
    for one in corrections:
        if one.fid not in told:
            yield Finding("correction_without_row", None, one.column, one.row, _numbers(one))


def _ids(raw: RawTable, heading: str) -> dict[str, list[int]]:
    """Each id of the file, as it stands, → the positions of its rows."""
    found: dict[str, list[int]] = {}
    for at, cell in enumerate(_cells(raw, heading) if heading in raw.columns else ()):
        if cell and cell.strip():
            for name in (cell.strip(), f"{_BARE}{_bare(cell.strip())}"):
                found.setdefault(name, []).append(at)
    return found


def _bare(number: str) -> str:
    """A running number without what programs add to it or drop; any other id as it is."""
    return number.removesuffix(".0").lstrip("0") if _NUMBER.fullmatch(number) else number


def _cells(raw: RawTable, heading: str) -> list[str | None]:
    column = raw.columns[heading]
    whole = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    return list(whole.cast(pa.large_string()).to_pylist())


def _rows_of(one: Correction, raw: RawTable, ids: Mapping[str, list[int]]) -> list[int]:
    """The positions of the rows that a correction names."""
    number = one.row.removeprefix("#")
    if number != one.row and number.isdecimal():
        return [at for at, row in enumerate(raw.rows) if row == int(number)]
    return ids.get(one.row) or ids.get(f"{_BARE}{_bare(one.row)}", [])


def _refused(
    one: Correction, at: list[int], raw: RawTable, layer: Layer, taken: Mapping[str, str]
) -> Finding | None:
    """Why a correction of a row of this file does not hold; None where it does, or has no row."""
    if not at:
        return None
    row = int(raw.rows[at[0]])
    if len(at) > 1:
        numbers = _numbers(one) | {"rows": len(at)}
        return Finding("correction_doubtful", row, one.column, one.row, numbers)
    if one.row.startswith("#") and one.sha256 != raw.sha256:
        return Finding("correction_of_older_file", row, one.column, one.row, _numbers(one))
    if one.column and one.column not in taken:
        return Finding("correction_without_column", row, one.column, one.new, _numbers(one))
    if one.column:
        found = str(raw.columns[taken[one.column]][at[0]].as_py() or "").strip()
        if one.old.strip() not in (found, shorten(found)):
            hidden = layer.by_name[one.column].personal
            old, now = ("***", "***") if hidden else (shorten(one.old) or "—", found or "—")
            return Finding(
                "correction_outdated", row, one.column, now, _numbers(one) | {"old": old}
            )
    return None


def _done(code: str, one: Correction, row: int) -> Finding:
    return Finding(code, int(row), one.column, "", _numbers(one))


def _numbers(one: Correction) -> dict[str, Number]:
    return {"correction": one.fid}


def _leave_out(raw: RawTable, rows: set[int]) -> None:
    kept = [at for at in range(len(raw.rows)) if at not in rows]
    wanted = pa.array(kept, pa.int64())
    raw.columns = {name: column.take(wanted) for name, column in raw.columns.items()}
    if raw.wkb is not None:
        raw.wkb = pa.array(raw.wkb, pa.large_binary()).take(wanted)
    raw.rows = [raw.rows[at] for at in kept]

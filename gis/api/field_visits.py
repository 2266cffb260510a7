"""A field sheet that came back: its visits, into the office's own record.

    taken = take_visits(project, Path("入户核查表.xlsx"), who="李强", why="城关镇第3轮")

The file is read as a layer of inspections, so that it may have any of their headings and words. The
row of a door where nobody was is left alone; one that says something which cannot be used is
refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from gis import i18n
from gis.errors import InputError, Text
from gis.layers import formats
from gis.layers.column_mapping import map_columns
from gis.layers.columns import LAYERS
from gis.layers.memory_need import SECONDS_PER_MB, refuse_too_large
from gis.layers.problems import Refusal, problem
from gis.layers.project_layers import LayerFile
from gis.layers.raw_table import RawTable, Request
from gis.layers.reader_process import ReaderProcess

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gis.api.project import Project
    from gis.record import Value

_LAYER = LAYERS["inspections"]
_SUBJECTS = ("household_id", "premises_id")
_SAID = ("inspected_on", "finding")
_CELLS = ("coal_kg", "rectify_by", "rectified_on")
_TEXTS = ("inspection_id", *_SUBJECTS, "inspector", "photo", "finding")
_DAYS = ("inspected_on", "rectify_by", "rectified_on")


class RefusedRow(NamedTuple):
    """A row of the sheet that was not taken, and why."""

    row: int
    said: Text


class TakenSheet(NamedTuple):
    """What became of a sheet.

    taken      visits, or results of checks, that are now in the record
    unvisited  rows without a day and a finding, or result
    refused    the others
    change     the number of the change in the journal; 0 for none
    sampled    it held results of third-party checks, see gis.api.sample_results
    """

    taken: int
    unvisited: int
    refused: tuple[RefusedRow, ...]
    change: int
    sampled: bool = False


def take_visits(project: Project, file: Path, *, who: str, why: str) -> TakenSheet:
    """Enter the visits of a field sheet into the record of the project, all in one change.

    A visit to the same subject on the same day with the same finding is in the project already, and
    refused: a sheet may be handed in twice.

    Args:
        project: The project, from a folder.
        file: The sheet; it is not changed.
        who: Who hands it in.
        why: The occasion.

    Raises:
        InputError: The file cannot be read or has no columns of visits, or the record cannot be
            written.
    """
    return visits_of(project, file, read_sheet(file), who=who, why=why)


def visits_of(project: Project, file: Path, raw: RawTable, *, who: str, why: str) -> TakenSheet:
    """As `take_visits`, of a sheet that is read already; raw: its table, which is changed."""
    table = map_columns(raw, _LAYER, LayerFile(path=file.name))
    missing = [name for name in _SAID if name in raw.absent]
    if missing or all(name in raw.absent for name in _SUBJECTS):
        raise _no_columns(file, missing or ["household_id"])
    table.index = pd.Index([int(row) for row in raw.rows])
    blank = table[list(_SAID)].isna().all(axis=1) & ~table.index.isin(
        list(unread_cells(raw, _SAID))
    )
    unvisited = blank & table["coal_kg"].isna()
    wrong = dict(_refused(project, table[~unvisited.to_numpy(bool)], raw))
    good = table[~unvisited.to_numpy(bool) & ~table.index.isin(list(wrong))]
    visits = [_visit(row) for row in good.to_dict("records")]
    change = project.record.visit(visits, who=who, why=why) if visits else 0
    refused = tuple(RefusedRow(row, said) for row, said in sorted(wrong.items()))
    return TakenSheet(len(visits), int(unvisited.sum()), refused, change)


def read_sheet(file: Path) -> RawTable:
    """The sheet of a workbook that was to be filled in, or the file's only table.

    Raises:
        InputError: It cannot be read.
    """
    place = file.absolute()
    try:
        seconds = refuse_too_large(place) * SECONDS_PER_MB
        request = Request(str(place), formats.format_of(place), seconds=seconds)
        with ReaderProcess() as reader:
            if request.format == "excel":
                sheets = reader.sheets(request)
                named = i18n.messages("report")["sheets"]
                own = [named[key]["zh"] for key in ("field", "sample_homes")]
                sheet = next((one for one in sheets if one in own), sheets[0] if sheets else None)
                request = Request(
                    str(place), request.format, sheet, seconds=seconds, one_of_several=True
                )
            return reader.read(request)
    except Refusal as refusal:
        told = problem(file.name, refusal.finding, frame=True)
        zh, en = f"{told.message.zh}。{told.remedy.zh}", f"{told.message.en}; {told.remedy.en}"
        raise InputError(Text(f"{file.name}：{zh}", f"{file.name}: {en}"), (told,)) from refusal


def _no_columns(file: Path, names: list[str]) -> InputError:
    usual = [f"“{_LAYER.by_name[name].aliases.split()[0]}”（{name}）" for name in names]
    return InputError(
        Text(
            f"{file.name} 没有{'、'.join(usual)}列，不能作为入户记录；没有写入任何内容。"
            "请用 planner/field.xlsx 的表，填“检查日期”“检查结果”。",
            f"{file.name} has no column {', '.join(names)}, so it holds no visits; nothing was "
            "written. Take the sheet of planner/field.xlsx and fill in the day and the finding.",
        )
    )


def unread_cells(raw: RawTable, columns: tuple[str, ...]) -> dict[int, str]:
    """The rows with a cell that cannot be read, and the column; a blank cell is none."""
    found: dict[int, str] = {}
    for one in raw.findings:
        if one.row is not None and one.value and one.column in columns:
            found.setdefault(int(one.row), one.column)
    return found


def _refused(project: Project, table: pd.DataFrame, raw: RawTable) -> Iterator[tuple[int, Text]]:
    """The rows that cannot be taken, each with the first reason."""
    tables = project.inputs().tables
    homes = tables["households"]
    known = {
        "household_id": set(homes.loc[homes["reject_reason"] == "", "household_id"].dropna()),
        "premises_id": set(
            tables["premises"]["premises_id"].dropna() if "premises" in tables else ()
        ),
    }
    standing = tables.get("inspections")
    before = set() if standing is None else {_key(row) for row in standing.to_dict("records")}
    unread = unread_cells(raw, (*_SAID, *_CELLS))
    words = i18n.messages("report")["visit_refused"]
    for number, row in zip(table.index, table.to_dict("records"), strict=True):
        code = _wrong(row, known, before)
        if number in unread:
            code, row["column"] = "unread", _LAYER.by_name[unread[number]].aliases.split()[0]
        if code:
            facts = {name: "" if pd.isna(row.get(name)) else row[name] for name in row}
            yield number, i18n.format_message(words, code, **facts)
        before.add(_key(row))


def _wrong(
    row: Mapping[Any, Any], known: dict[str, set[str]], before: set[tuple[object, ...]]
) -> str:
    """Why a row cannot be taken, "" where it can: a key of [visit_refused] in report.toml."""
    named = [name for name in _SUBJECTS if not pd.isna(row[name])]
    on, rectified = row["inspected_on"], row["rectified_on"]
    cases = {
        "no_subject": not named,
        "unknown_home": any(row[name] not in known[name] for name in named),
        "no_day": pd.isna(on),
        "no_finding": pd.isna(row["finding"]),
        "to_come": not pd.isna(on) and on > pd.Timestamp.now().normalize(),
        "rectified_before": not pd.isna(rectified) and not rectified >= on,
        "there_already": _key(row) in before,
    }
    return next((code for code, wrong in cases.items() if wrong), "")


def _key(row: Mapping[Any, Any]) -> tuple[object, ...]:
    """What makes a visit the same as another: whom, when, what."""
    return tuple(None if pd.isna(row.get(name)) else row.get(name) for name in (*_SUBJECTS, *_SAID))


def _visit(row: Mapping[Any, Any]) -> dict[str, Value]:
    """The cells of a visit as the record takes them."""
    texts = {name: str(row[name]) for name in _TEXTS if not pd.isna(row[name])}
    days = {name: row[name].date() for name in _DAYS if not pd.isna(row[name])}
    weight = {} if pd.isna(row["coal_kg"]) else {"coal_kg": float(row["coal_kg"])}
    return {**texts, **days, **weight}

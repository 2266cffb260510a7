"""A sheet of third-party checks that came back: its results, as corrections of the ledger.

    taken = take_sheet(project, Path("第三方抽查表.xlsx"), who="李强", why="第三方10月抽查")

Each result becomes the home's acceptance by a third party, with its day. The ledger's file stays as
it is. A row without a result is left alone; one that cannot be used is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from gis import i18n
from gis.api.field_visits import RefusedRow, TakenSheet, read_sheet, unread_cells, visits_of
from gis.audit.clearance_criteria import CLEAN_HEATING
from gis.audit.evidence import day, first_days
from gis.audit.sampling import THIRD_PARTY
from gis.errors import InputError, Text
from gis.layers import code_lists
from gis.layers.column_mapping import map_columns
from gis.layers.columns import LAYERS
from gis.layers.file_cells import FileRow, file_rows
from gis.layers.headings import match_headings
from gis.layers.project_layers import LayerFile
from gis.layers.reader_process import ReaderProcess
from gis.layers.schema import Layer, choice_column, date_column, id_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from gis.api.project import Project
    from gis.layers.file_cells import Place
    from gis.policy import Policy

_RESULT, _ON = "acceptance_result", "accepted_on"
_SHEET = Layer(
    "sample",
    ("none",),
    (
        id_column("household_id", LAYERS["households"].by_name["household_id"].aliases),
        choice_column(_RESULT, code_lists.PASS_FAIL, "抽查结果 抽查结论 第三方抽查结果 核查结论"),
        date_column(_ON, "抽查日期 抽查时间 第三方抽查日期 核查日期"),
    ),
    key="household_id",
)
_CELLS = ("acceptance_by", _RESULT, _ON)
_STEPS = ("installed_on", "energised_on")
_NUMBER = "#"


def take_sheet(project: Project, file: Path, *, who: str, why: str) -> TakenSheet:
    """Enter a sheet that came back: visits of a field sheet, or results of third-party checks.

    Args:
        project: The project, from a folder.
        file: The sheet; it is not changed.
        who: Who hands it in.
        why: The occasion.

    Raises:
        InputError: The file cannot be read or is no such sheet, the ledger has no column for the
            results, or the record cannot be written.
    """
    raw = read_sheet(file)
    taken, _ = match_headings(list(raw.columns), _SHEET, LayerFile(path=file.name), raw.cut)
    if _RESULT not in taken:
        return visits_of(project, file, raw, who=who, why=why)
    missing = [name for name in ("household_id", _ON) if name not in taken]
    if missing:
        raise _no_columns(file, missing)
    table = map_columns(raw, _SHEET, LayerFile(path=file.name))
    table.index = pd.Index([int(row) for row in raw.rows])
    unread = unread_cells(raw, (_RESULT, _ON))
    blank = table[[_RESULT, _ON]].isna().all(axis=1) & ~table.index.isin(list(unread))
    given = table[~blank.to_numpy(dtype=bool)]
    wrong = dict(_refused(given, unread, _homes(project, given), project.inputs().policy))
    good = given[~given.index.isin(list(wrong))]
    corrections = _corrections(project, good, wrong)
    change = project.record.put("corrections", corrections, who=who, why=why) if corrections else 0
    refused = tuple(RefusedRow(row, said) for row, said in sorted(wrong.items()))
    taken_homes = int((~good.index.isin(list(wrong))).sum())
    return TakenSheet(taken_homes, int(blank.sum()), refused, change, sampled=True)


def _no_columns(file: Path, names: Iterable[str]) -> InputError:
    usual = [f"“{_SHEET.by_name[name].aliases.split()[0]}”（{name}）" for name in names]
    return InputError(
        Text(
            f"{file.name} 没有{'、'.join(usual)}列，不能作为第三方抽查结果；没有写入任何内容。"
            "请用 planner/sample.xlsx 的“第三方抽查表”，填“抽查结果”“抽查日期”。",
            f"{file.name} has no column {', '.join(names)}, so it holds no results of checks; "
            "nothing was written. Take the sheet of planner/sample.xlsx and fill in the result and "
            "the day.",
        )
    )


def _homes(project: Project, given: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """The ledger's row of each home that the sheet names; not of rows that do not count."""
    own = _of_ledger(project, given["household_id"])
    steps = np.fmax.reduce([first_days(own, name) for name in _STEPS])
    rows = own.assign(work_done=steps).to_dict("records")
    return {str(row["household_id"]): row for row in rows}


def _of_ledger(project: Project, ids: pd.Series) -> pd.DataFrame:
    ledger = project.inputs().tables["households"]
    return ledger[(ledger["reject_reason"] == "") & ledger["household_id"].isin(ids.dropna())]


def _refused(
    given: pd.DataFrame,
    unread: Mapping[int, str],
    homes: Mapping[str, Mapping[str, Any]],
    policy: Policy,
) -> Iterator[tuple[int, Text]]:
    """The rows that cannot be taken, each with the first reason."""
    words = i18n.messages("report")["sample_refused"]
    said = given[["household_id", _RESULT, _ON]]
    alike = said.drop_duplicates()
    several = set(alike.loc[alike["household_id"].duplicated(keep=False), "household_id"].dropna())
    again = said.duplicated().to_numpy(dtype=bool)
    for at, (number, row) in enumerate(zip(given.index, given.to_dict("records"), strict=True)):
        name = "" if pd.isna(row["household_id"]) else str(row["household_id"])
        home = homes.get(name, {})
        code = _wrong(row, home, policy)
        if number in unread:
            code = f"unread_{unread[number]}"
        elif name in several:
            code = code or "contradicting"
        elif again[at]:
            code = code or "there_already"
        if code:
            facts = {"household_id": name, **_told(home)}
            yield number, i18n.format_message(words, code, **facts)


def _wrong(row: Mapping[Any, Any], home: Mapping[str, Any], policy: Policy) -> str:
    """Why a row cannot be taken, "" where it can: a key of [sample_refused] in report.toml."""
    on, result = row[_ON], row[_RESULT]
    heating, standing = home.get("heating"), home.get(_RESULT)
    bodies = policy.progress.bodies(str(heating))
    by = home.get("acceptance_by")
    theirs = by == THIRD_PARTY and not pd.isna(standing)
    same = theirs and standing == result and home[_ON] == on
    # of a body that the plan recognises beside the third party: its day would be lost
    passed = standing == "pass" and by != THIRD_PARTY and by in bodies
    cases = {
        "no_subject": pd.isna(row["household_id"]),
        "unknown_home": not home,
        "no_result": pd.isna(result),
        "no_day": pd.isna(on),
        "to_come": not pd.isna(on) and on > pd.Timestamp.now().normalize(),
        "not_clean": heating not in CLEAN_HEATING,
        "other_body": THIRD_PARTY not in bodies,
        "before_work": bool(home) and not pd.isna(on) and home["work_done"] > day(on.date()),
        "there_already": same,
        "decided": theirs,
        "accepted": passed and result == "pass",
    }
    return next((code for code, wrong in cases.items() if wrong), "")


def _told(home: Mapping[str, Any]) -> dict[str, str]:
    """What the ledger says of the home's acceptance, in both languages."""
    said = i18n.messages("report")
    found = {}
    for name, column in (("by", "acceptance_by"), ("result", _RESULT), ("heating", "heating")):
        value = home.get(column)
        words = said["acceptance"] if column != "heating" else i18n.messages("terms")["heating"]
        for lang in ("zh", "en"):
            found[f"{name}_{lang}"] = (
                "—" if pd.isna(value) or value not in words else words[value][lang]
            )
    on = home.get(_ON)
    return found | {"on": "—" if pd.isna(on) else f"{on:%Y-%m-%d}"}


class _Cells(NamedTuple):
    """A home's row in its file, and where it stands."""

    place: Place
    row: FileRow


def _corrections(
    project: Project, good: pd.DataFrame, wrong: dict[int, Text]
) -> list[dict[str, Any]]:
    """The corrections of the ledger; rows whose home stands in no file are added to `wrong`.

    Raises:
        InputError: A file of the ledger lacks a column for the results.
    """
    found = _file_rows(project, good)
    lacking = sorted(
        {
            (one.place[0], name)
            for one in found.values()
            for name in _CELLS
            if name not in one.row.cells
        }
    )
    if lacking:
        raise _no_place(lacking)
    words = i18n.messages("report")["sample_refused"]
    corrections = []
    for number, row in zip(good.index, good.to_dict("records"), strict=True):
        one = found.get(str(row["household_id"]))
        if one is None:
            said = i18n.format_message(words, "not_in_file", household_id=row["household_id"])
            wrong[number] = said
            continue
        values = (THIRD_PARTY, row[_RESULT], f"{row[_ON]:%Y-%m-%d}")
        for name, value in zip(_CELLS, values, strict=True):
            corrections.append(_correction(one, name, value))
    return corrections


def _file_rows(project: Project, good: pd.DataFrame) -> dict[str, _Cells]:
    """The row of each home as its file has it."""
    places: dict[str, Place] = {
        str(row["household_id"]): (
            str(row["ledger_file"]), str(row["ledger_sheet"]), int(row["ledger_row"])
        )
        for row in _of_ledger(project, good["household_id"]).to_dict("records")
    }  # fmt: skip
    with ReaderProcess() as reader:
        rows = file_rows(project.inputs().project, reader, "households", set(places.values()))
    return {name: _Cells(place, rows[place]) for name, place in places.items() if place in rows}


def _correction(one: _Cells, name: str, value: str) -> dict[str, Any]:
    file, sheet, _ = one.place
    return {
        "layer": "households", "file": file, "sheet": sheet, "row_key": one.row.key,
        "file_sha256": one.row.sha256 if one.row.key.startswith(_NUMBER) else "",
        "column_name": name, "old_value": one.row.cells[name], "new_value": value,
    }  # fmt: skip


def _no_place(lacking: list[tuple[str, str]]) -> InputError:
    columns = LAYERS["households"].by_name
    zh = "、".join(f"{file}“{columns[name].aliases.split()[0]}”" for file, name in lacking)
    en = ", ".join(f"{file}: {name}" for file, name in lacking)
    return InputError(
        Text(
            f"台账没有可记抽查结果的列：{zh}；没有写入任何内容。请在台账加上这些列（可以留空），再收回抽查表。",
            f"the ledger has no columns for the results ({en}); nothing was written. Add the "
            "columns to it, blank ones will do, and take the sheet in again.",
        )
    )

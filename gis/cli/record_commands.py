"""Commands of the office's own record: its journal, undoing a change, changes of notices."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from gis.cli.options import Json, Lang, Project, day_of, open_project, screen_for
from gis.errors import Text, UsageError
from gis.publish.atomic_swap import install_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from gis.record import Change

_WIDEST = 60  # characters of a value on the screen
_ACTIONS = {"insert": "新增", "update": "修改", "delete": "删除"}

Number = Annotated[int, typer.Argument(help="修改编号 / number of the change", metavar="N")]
Who = Annotated[str, typer.Option("--who", help="谁 / who", metavar="NAME")]
Why = Annotated[str, typer.Option("--why", help="为什么 / why", metavar="TEXT")]
Villages = Annotated[
    list[str], typer.Argument(help="村名或村代码 / names or codes of villages", metavar="VILLAGES")
]
On = Annotated[
    Optional[datetime],  # noqa: UP045  # typer reads the annotation
    typer.Option(
        formats=["%Y-%m-%d"], help="日期，不写为今天 / day of the note, today", metavar="D"
    ),
]
Document = Annotated[str, typer.Option(help="文号 / number of the document", metavar="NO")]
Explain = Annotated[
    Optional[int],  # noqa: UP045  # typer reads the annotation
    typer.Option(
        "--explain",
        help="补记第 N 号修改是谁、为什么 / say who made change N in another program, and why",
        metavar="N",
    ),
]


Mend = Annotated[
    bool,
    typer.Option(
        "--mend",
        help="别的程序停用了修改记录后恢复它，另存一份 / switch the journal on again, with a copy kept",
    ),
]


def journal(
    project: Project,
    mend: Mend = False,
    explain: Explain = None,
    who: Who = "",
    why: Why = "",
    csv: Annotated[
        Optional[Path],  # noqa: UP045  # as above
        typer.Option("--csv", help="写成 CSV 文件 / as a CSV file", metavar="FILE"),
    ] = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """办公记录的修改：谁、何时、为何、原值、新值 / the journal of the office's own record."""
    from gis.layers.project_record import project_record  # noqa: PLC0415  # pandas: 0.4 s

    screen = screen_for(lang, as_json=as_json)
    record = project_record(project)
    if mend:
        found = record.mend()
        zh = f"未记录的改动 {found} 处，已记为未知人所为"
        screen.say(Text(zh, f"{found} changes were not journalled and are now, as nobody's"))
    if explain is not None:
        record.explain(explain, _given("--who", who), _given("--why", why))
    changes = record.journal()
    if csv:
        from gis.api.office_record import journal_table  # noqa: PLC0415  # geopandas: 0.7 s
        from gis.report.csv_parquet import csv_bytes  # noqa: PLC0415  # as above

        install_file(csv, csv_bytes(journal_table(changes)))
        screen.say(Text(f"已写 {csv}", f"wrote {csv}"))
    if as_json:
        screen.json([_as_json(one) for one in changes])
        return
    for one in changes:
        for line in _lines(one):
            screen.say(line)
    zh, en = f"共 {len(changes)} 次修改", f"{len(changes)} changes"
    screen.say(Text(zh, en))


def answer(
    project: Project,
    files: Annotated[
        list[Path],
        typer.Argument(help="填好的问题清单 / workbooks of problems, filled in", metavar="FILES"),
    ],
    who: Who,
    why: Why,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """收回各乡镇填好的问题清单：接受、不计入、更正 / take in the answers to problems."""
    screen = screen_for(lang, as_json=as_json)
    with open_project(screen, project) as found:
        from gis.api.problem_answers import apply_answers, read_answers  # noqa: PLC0415  # pandas

        answers, refused = read_answers(found, files)
        outcomes = apply_answers(found, answers, who=who, why=why) + refused
    done = sum(one.done for one in outcomes)
    if as_json:
        listed = [{"outcome": one.code, "message": one.said.of(lang)} for one in outcomes]
        screen.json({"answers": len(outcomes), "done": done, "outcomes": listed})
    else:
        for one in outcomes:
            screen.say(one.said)
        zh = f"共 {len(outcomes)} 条意见，已处理 {done} 条，未处理 {len(outcomes) - done} 条"
        en = f"{len(outcomes)} answers: {done} done, {len(outcomes) - done} not"
        screen.say(Text(zh, en))
    if done < len(outcomes):
        raise typer.Exit(1)


def visits(
    project: Project,
    file: Annotated[
        Path,
        typer.Argument(
            help="填好的入户核查表或第三方抽查表 / the field sheet, or that of third-party checks",
            metavar="FILE",
        ),
    ],
    who: Who = "",
    why: Why = "",
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """收回入户核查表、第三方抽查表 / a sheet that came back, as inspections or acceptances."""
    screen = screen_for(lang, as_json=as_json)
    with open_project(screen, project) as found:
        from gis.api.sample_results import take_sheet  # noqa: PLC0415  # pandas: 0.4 s

        made = take_sheet(found, file, who=who or "nuantu visits", why=why or file.name)
    if as_json:
        listed = [{"row": one.row, "message": one.said.of(lang)} for one in made.refused]
        screen.json(made._asdict() | {"refused": listed})
    else:
        for one in made.refused:
            zh, en = f"第 {one.row} 行：{one.said.zh}", f"row {one.row}: {one.said.en}"
            screen.say(Text(zh, en))
        zh, rest, en, left = "次入户", "未入户", "visits", "not visited"
        if made.sampled:
            zh, rest, en, left = "户抽查结果", "未填", "results of checks", "not filled in"
        zh = (
            f"记入 {made.taken} {zh}，拒收 {len(made.refused)} 行，{rest} {made.unvisited} 行；"
            f"{file.name} 未改动"
        )
        en = (
            f"{made.taken} {en} recorded, {len(made.refused)} rows refused, {made.unvisited} "
            f"{left}; {file.name} is as it was"
        )
        screen.say(Text(zh, en))
    if made.refused:
        raise typer.Exit(1)


def _notice_command(action: str, told: str) -> Callable[..., None]:
    """The command that enters a change of notices; told: its help."""

    def command(
        project: Project,
        villages: Villages,
        who: Who,
        why: Why,
        on: On = None,
        document: Document = "",
        lang: Lang = "zh",
    ) -> None:
        screen = screen_for(lang, as_json=False)
        with open_project(screen, project) as found:
            number = found.record.change_notices(
                villages,
                action,
                who=who,
                why=why,
                changed_on=day_of(on, "--on"),
                document_no=document,
            )
        zh = f"已记入第 {number} 号修改；下次发布（nuantu run {project} --out …）起生效，以前各版不动"
        en = f"change {number} recorded; it holds from the next nuantu run {project} --out …, "
        screen.say(Text(zh, en + "earlier editions stay"))

    command.__doc__ = told
    return command


withdraw = _notice_command(
    "withdrawn",
    "撤回已公布的村级告示，原处注明日期和理由 / withdraw notices; a dated note takes their place.",
)
amend = _notice_command(
    "corrected",
    "更正已公布的村级告示，新告示上注明日期和理由 / correct notices, with a dated note on the new ones.",
)


def undo(
    project: Project,
    number: Number,
    who: Who,
    why: Why,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """撤销办公记录的一次修改，撤销也可再撤销 / undo a change; that can be undone as well."""
    from gis.api.exchanged_ledgers import undo as undo_change  # noqa: PLC0415  # pandas: 0.4 s

    screen = screen_for(lang, as_json=as_json)
    done = undo_change(project, number, who=who, why=why)
    if as_json:
        screen.json({"undone": number, "change": done})
        return
    zh = f"已撤销第 {number} 号修改；这次撤销是第 {done} 号，撤销它即恢复。"
    en = f"change {number} is undone; that is change {done}, undo it to have {number} again."
    screen.say(Text(zh, en))


def _given(option: str, value: str) -> str:
    if not value.strip():
        raise UsageError(Text(f"--explain 需要 {option}", f"--explain needs {option}"))
    return value


def _as_json(change: Change) -> dict[str, object]:
    return {
        "change": change.number,
        "at": change.at,
        "who": change.who,
        "why": change.why,
        "undoes": change.undoes,
        "undone_by": change.undone_by,
        "cells": [
            {
                "table": one.table,
                "row": one.row,
                "action": one.action,
                "column": one.column,
                "old": one.old,
                "new": one.new,
            }
            for one in change.cells
        ],
    }


def _lines(change: Change) -> list[Text]:
    """A change on the screen: a heading, then each row and cell."""
    zh, en = f"第 {change.number} 号", f"change {change.number}"
    if change.undoes:
        zh, en = f"{zh}（撤销第 {change.undoes} 号）", f"{en} (undoes {change.undoes})"
    if change.undone_by:
        zh, en = f"{zh}（已由第 {change.undone_by} 号撤销）", f"{en} (undone by {change.undone_by})"
    said = f"  {change.at[:16].replace('T', ' ')} UTC  {_short(change.who)}  {_short(change.why)}"
    lines = [Text(zh + said, en + said)]
    for one in change.entries:
        place = f"{_short(one.table)} #{one.row}"
        if one.column:
            cell = f"    {place} {_short(one.column)}: {_short(one.old)} → {_short(one.new)}"
            lines.append(Text(cell, cell))
        else:
            lines.append(
                Text(
                    f"    {_ACTIONS.get(one.action, one.action)} {place}",
                    f"    {one.action} {place}",
                )
            )
    return lines


def _short(value: str | None) -> str:
    """A value in one line without control characters."""
    if value is None:
        return "—"
    line = "".join(char if char.isprintable() else "�" for char in value)
    return line if len(line) <= _WIDEST else f"{line[: _WIDEST - 1]}…"

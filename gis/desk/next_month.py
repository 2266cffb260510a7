"""Next month's ledgers: what they change is shown before they take the place of others; undo.

Next year's project, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gis import i18n
from gis.api.exchanged_ledgers import exchange
from gis.api.next_ledger import NextLedger, try_ledgers
from gis.api.project_file import day
from gis.desk import held_files
from gis.desk.desk import Busy
from gis.desk.files_step import begin_taking
from gis.desk.journal_page import table_words
from gis.desk.pages import back_to, language, step_text
from gis.desk.reading import column_heading, layer_heading
from gis.desk.uploads import LONGEST_NAME, is_plain, shown
from gis.errors import InputError, Text
from gis.layers.project_record import project_record
from gis.new_project.roll import Rolled, roll_project, years_later
from gis.pipeline import Pipeline
from gis.report.translate import in_words

if TYPE_CHECKING:
    from datetime import date

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from gis.desk.desk import Desk
    from gis.desk.pages import Pages
    from gis.desk.work import Work

_COMPARING, _ROLLING = "comparing", "rolling"
_SHOWN = 60  # homes of one kind of change; the workbook restatements.xlsx of the edition has all
# kinds in the order in which somebody wants to know of them
_ORDER = (
    "withdrawn disappeared rejected went_back completed appeared moved restaged date_removed "
    "date_changed changed shifted date_added"
).split()


@dataclass(frozen=True)
class Kind:
    """One kind of change: how often, of which column, and its first homes."""

    change: str
    column: str
    count: int
    rows: list[dict[str, str]]


def show_next(request: Request, pages: Pages) -> Response:
    """The ledgers that wait, and what would change."""
    pages.need_project()
    desk = pages.desk
    opened = desk.opened()
    if opened.project is None:
        return pages.show(request, "refused", message=opened.error)
    waiting = held_files.held(desk.folder)
    asked = request.query_params.get("as_of", "")
    as_of = day(asked) if asked else opened.project.as_of
    found = _compared(desk, waiting, as_of) if waiting else None
    told = found if isinstance(found, NextLedger) else None
    return pages.show(
        request,
        "next",
        step="files",
        waiting=waiting,
        as_of=as_of,
        before=opened.project.as_of,
        told=told,
        error=found if isinstance(found, Text) else None,
        kinds=_kinds(told) if told else [],
        a_kind=_SHOWN,
        word=_change_word,
        layer_name=layer_heading,
        cell=lambda column, value: in_words(column, value, language(request)) or "—",
        heading=column_heading,
    )


def _change_word(change: str) -> Text:
    return i18n.format_message(i18n.messages("report")["change"], change)


def _compared(desk: Desk, waiting: list[held_files.Held], as_of: date) -> NextLedger | Text:
    """What the waiting ledgers change, worked out beside the server.

    Raises:
        Busy: It is being worked out.
    """
    opened = desk.opened()
    project, folder = opened.project, desk.folder
    files = {one.file: one.path for one in waiting}

    def compare(work: Work) -> NextLedger:
        if project is None:
            raise InputError(opened.error or Text("", ""))
        return try_ledgers(project, folder, files, as_of, stages=Pipeline(work.say))

    try:
        found: NextLedger = desk.worked_out(
            _COMPARING, (opened.files, _stamps(waiting), as_of), compare
        )
    except InputError as error:
        return error.message
    return found


def _stamps(waiting: list[held_files.Held]) -> tuple[tuple[str, str, int], ...]:
    return tuple((one.file, one.given, one.path.stat().st_mtime_ns) for one in waiting)


def _kinds(told: NextLedger) -> list[Kind]:
    if told.changes is None:
        return []
    found = []
    for (change, column), rows in told.changes.groupby(["change", "column"], sort=True):
        first = rows.head(_SHOWN).astype("str").to_dict("records")
        found.append(Kind(str(change), str(column), len(rows), first))
    return sorted(found, key=lambda one: (_ORDER.index(one.change), -one.count))


def take_place(_request: Request, pages: Pages, form: FormData) -> Response:
    """Put the waiting ledgers in place, once somebody has seen what they change."""
    desk, as_of = pages.desk, day(str(form["as_of"]))
    with desk.changing() as folder:
        waiting = held_files.held(folder)
        if not waiting:
            raise InputError(Text("没有等着换上的台账。", "No ledger waits to take a place."))
        key, seen = desk.found.get(_COMPARING, ((None, None, None), None))
        if not isinstance(key, tuple) or key[1] != _stamps(waiting):
            zh = "等着换上的台账刚变过，没有换；请再看一次有什么变化。"
            en = (
                "The ledgers that wait have just changed; nothing was done: see again what differs."
            )
            raise InputError(Text(zh, en))
        files = {one.file: one.path for one in waiting}
        rows = seen.rows if isinstance(seen, NextLedger) else None
        who, why = str(form["who"]), str(form["why"])
        number = exchange(folder, files, as_of, who=who, why=why, rows=rows)
        for one in waiting:
            held_files.leave(folder, one.file)
    pages.note(step_text("next", "taken", n=len(waiting), day=as_of, number=number))
    return back_to("/files")


def let_go(_request: Request, pages: Pages, form: FormData) -> Response:
    """Leave a waiting ledger, or take it as a file of its own."""
    asked = str(form["file"])
    own = bool(form.get("own"))
    with pages.desk.changing() as folder:
        one = next((one for one in held_files.held(folder) if one.file == asked), None)
        if one is None:
            raise InputError(Text("它不再等着；请刷新页面。", "It does not wait any more; reload."))
        if own:
            held_files.make_own(folder, one)
        else:
            held_files.leave(folder, one.file)
        more = bool(held_files.held(folder))
    if own:
        begin_taking(pages, [one.given], "households")
    else:
        pages.note(step_text("next", "left", file=one.given))
    return back_to("/next" if more and not own else "/files")


@dataclass(frozen=True)
class NextYear:
    """Next year's project that was made since the desk was started.

    files    how many files it took over
    record   table of the office's own record → how many of its rows came along
    """

    folder: Path
    rolled: Rolled
    files: int
    record: dict[str, int]


def show_roll(request: Request, pages: Pages) -> Response:
    """What next year's project would be, and the one that was made."""
    pages.need_project()
    desk = pages.desk
    work = desk.work
    if work is not None and work.kind == _ROLLING and not work.done:
        raise Busy(work)
    if work is not None and work.kind == _ROLLING and work.error:
        pages.note(work.error, "warn")
        desk.work = None
    opened = desk.opened()
    if opened.project is None:
        return pages.show(request, "refused", message=opened.error)
    inputs = opened.project.inputs()
    year = inputs.policy.plan.plan_year
    later = years_later(desk.folder.name, year)
    return pages.show(
        request,
        "roll",
        plan=inputs.policy.plan,
        as_of=inputs.as_of,
        beside=desk.folder.parent,
        proposed=later if later != desk.folder.name else f"{desk.folder.name}-{year + 1}",
        made=desk.found.get(_ROLLING, (None, None))[1],
        table_words=table_words,
    )


def begin_roll(_request: Request, pages: Pages, form: FormData) -> Response:
    """Make next year's project beside this one; nothing of this one is changed."""
    desk, name = pages.desk, str(form["name"]).strip()
    if not is_plain(name) or len(name.encode()) > LONGEST_NAME:
        zh = f"“{shown(name)}”不能作文件夹名（空白、太长、以点开头、含路径或特殊字符）；请换一个。"
        en = (
            f"{shown(name)!r} cannot be the name of a folder: it is blank, too long, begins with a "
            "dot, or has a path or special characters in it. Choose another."
        )
        raise InputError(Text(zh, en))

    def task(_work: Work) -> None:
        with desk.changing() as folder:
            new = folder.with_name(name)
            rolled = roll_project(folder, new)
        rows = project_record(new).snapshot().tables
        record = {table: len(own) for table, own in rows.items() if own}
        files = sum(one.is_file() for one in new.rglob("*"))
        desk.found[_ROLLING] = (name, NextYear(new, rolled, files, record))

    with desk.changing():
        desk.begin(_ROLLING, task)
    return back_to("/roll")

"""Beside the steps: the journal of the office's record, and the bundle for whoever helps."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.responses import Response

from gis.api.diagnostics import diagnostics
from gis.desk import held_files
from gis.desk.pages import back_to, language, step_text
from gis.desk.reading import column_heading
from gis.errors import Text
from gis.layers.project_record import project_record
from gis.record import UNKNOWN
from gis.record.schema import GEOMETRY, TABLES

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request

    from gis.desk.desk import Desk
    from gis.desk.pages import Pages

_A_PAGE = 50  # changes
_WIDEST = 200  # characters of a value


def show_journal(request: Request, pages: Pages) -> Response:
    """Every change of the office's own record, the latest first."""
    pages.need_project()
    changes = project_record(pages.desk.folder).journal()[::-1]
    asked = request.query_params.get("from", "0")
    at = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 0

    def value(column: str, text: str | None) -> str:
        if text is None:
            return "—"
        if column == GEOMETRY:
            return step_text("journal", "shape").of(language(request))
        known = pages.term(request, column, text)
        return known if len(known) <= _WIDEST else f"{known[:_WIDEST]}…"

    return pages.show(
        request,
        "journal",
        step="journal",
        changes=changes[at : at + _A_PAGE],
        count=len(changes),
        at=at,
        a_page=_A_PAGE,
        unknown=UNKNOWN,
        value=value,
        heading=column_heading,
        table_words=table_words,
        clock=_clock,
    )


def table_words(table: str) -> Text:
    """What a table of the record is called."""
    return Text(TABLES[table].zh if table in TABLES else table, table.replace("_", " "))


def _clock(at: str) -> str:
    """A time of the journal by the office's clock."""
    try:
        return f"{datetime.fromisoformat(at.replace('Z', '+00:00')).astimezone():%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError):  # the ends of the calendar
        return at[:16]


def explain(_request: Request, pages: Pages, form: FormData) -> Response:
    """Say who made a change in another program, and why."""
    number = str(form["number"])
    with pages.desk.changing() as folder:
        project_record(folder).explain(
            int(number) if number.isdecimal() else 0, str(form["who"]), str(form["why"])
        )
    pages.note(step_text("journal", "explained", number=number))
    return back_to("/journal")


def show_help(request: Request, pages: Pages) -> Response:
    """All that the bundle for whoever helps has in it, to be read before it is sent."""
    return pages.show(request, "help", step="help", files=_files(pages.desk))


def send_bundle(_request: Request, pages: Pages) -> Response:
    """The bundle as one file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _files(pages.desk).items():
            archive.writestr(zipfile.ZipInfo(name), text)
    kept = {"Content-Disposition": 'attachment; filename="nuantu-help.zip"'}
    return Response(stream.getvalue(), media_type="application/zip", headers=kept)


def _files(desk: Desk) -> dict[str, str]:
    opened = desk.opened() if desk.exists else None
    work = desk.work
    states = {
        "writable": desk.writable,
        "exists": desk.exists,
        "blocking": opened.blocking if opened else None,
        "waiting_ledgers": len(held_files.held(desk.folder)),
        "decided": 0 if opened is None else len(opened.runs),
        "undecidable": 0
        if opened is None
        else sum(isinstance(one, Text) for one in opened.runs.values()),
        "work": None
        if work is None
        else {
            "kind": work.kind,
            "done": work.done,
            "failed": work.error is not None,
            "stages": len(work.stages),
            "seconds": round(work.seconds),
        },
    }
    project = opened.project if opened else None
    return diagnostics(project, opened.groups if opened else (), states)

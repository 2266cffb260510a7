"""Step 5: the problems by file, sheet and row; accepted, corrected, or sent back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import Response

from gis.api.project_file import changing, set_keys
from gis.desk.drawing import draw
from gis.desk.files_step import known_file, read_tables
from gis.desk.pages import back_to, step_text
from gis.desk.reading import column_heading, layer_heading
from gis.desk.ways_out import cause
from gis.errors import InputError, Text
from gis.layers.accepted_problems import accept_entry, is_accepted
from gis.layers.columns import LAYERS
from gis.layers.headings import match_headings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.datastructures import FormData
    from starlette.requests import Request

    from gis.api.project import Project
    from gis.desk.desk import Desk
    from gis.desk.pages import Pages
    from gis.errors import Problem

_A_PAGE = 100  # rows
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show_problems(request: Request, pages: Pages) -> Response:
    """The causes, blocking ones first; of the one that is chosen its rows, and where they are."""
    pages.need_project()
    opened = pages.desk.opened()
    project = opened.project
    if project is None:
        return pages.show(request, "refused", message=opened.error)
    groups = sorted(opened.groups, key=lambda one: (not one.blocking, one.note))
    asked = request.query_params.get("cause", "")
    shown = next((one for one in groups if cause(one) == asked), groups[0] if groups else None)
    file = request.query_params.get("file", "")
    rows = [one for one in shown.problems if file in ("", one.file)] if shown else []
    at = _whole(request.query_params.get("from", "0"))
    tables = project.inputs().tables
    accept = project.inputs().project.accept
    number = request.query_params.get("correct", "")
    chosen = rows[_whole(number)] if number and _whole(number) < len(rows) else None
    part = rows[at : at + _A_PAGE]
    places = _places(rows, tables)
    return pages.show(
        request,
        "problems",
        groups=groups,
        shown=shown,
        rows=[(one, accept_entry(one), is_accepted(one, accept)) for one in part],
        count=len(rows),
        at=at,
        a_page=_A_PAGE,
        file=file,
        files=sorted({one.file for one in shown.problems if one.file}) if shown else [],
        accepted=accept,
        map=draw(tables),
        places=places,
        classes=dict.fromkeys(places.values(), "counted"),
        chosen=chosen if chosen is not None and _correctable(chosen) else None,
        correctable=_correctable,
        cause=cause,
        heading=column_heading,
        layer_name=layer_heading,
        books=list(project.problem_books()) if request.query_params.get("books") else None,
    )


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _places(
    rows: Sequence[Problem], tables: Mapping[str, Any]
) -> dict[tuple[str, str, int | None], str]:
    """File, sheet and row of a home → the code of its village, to be shown on the map."""
    homes = tables.get("households")
    asked = {(one.file, one.sheet, one.row) for one in rows if one.layer == "households"}
    if homes is None or not asked:
        return {}
    some = homes[homes["ledger_row"].isin([row for _, _, row in asked])]
    keys = zip(
        some["ledger_file"], some["ledger_sheet"].fillna(""), some["ledger_row"], strict=True
    )
    codes = some["village_code"].astype("str").fillna("")
    found = {(str(a), str(b), int(c)): str(d) for (a, b, c), d in zip(keys, codes, strict=True)}
    return {key: found[key] for key in asked if key in found}


def set_accepted(_request: Request, pages: Pages, form: FormData) -> Response:
    """Accept the ticked problems, or take back what was accepted."""
    ticked = [str(one) for one in form.getlist("accept")]
    back = {str(one) for one in form.getlist("take_back")}
    with pages.desk.changing() as folder, changing(folder) as document:
        table = document["project"]
        before = [str(one) for one in table.get("accept", ())]
        new = [one for one in ticked if one not in before]
        kept = [one for one in before if one not in back] + new
        if kept != before:
            set_keys(table, {"accept": kept})
    pages.note(
        step_text("problems", "accepted", n=len(new), back=len(before) + len(new) - len(kept))
    )
    return back_to("/problems", cause=str(form.get("cause", "")))


def _correctable(one: Problem) -> bool:
    """Whether a cell of a file's row can be corrected, or the row left out."""
    of_file = one.layer in LAYERS and bool(one.file) and not one.file.startswith("$")
    return of_file and one.row is not None and not one.note


def correct(_request: Request, pages: Pages, form: FormData) -> Response:
    """Correct one cell in the office's own record, or leave its row out; the file stays."""
    told = {key: str(value) for key, value in form.items()}
    with pages.desk.changing():
        project = pages.desk.known().project
        if project is None:
            raise InputError(Text("项目读不出来。", "The project cannot be read."))
        leave_out = "leave_out" in told
        column = "" if leave_out else told["column"]
        layer, file, sheet = told["layer"], told["file"], told["sheet"]
        row = _whole(told["row"])
        old = None if leave_out else _cell(pages.desk, project, (layer, file, sheet), row, column)
        project.record.correct(
            layer,
            f"#{row}",
            column,
            old,
            None if leave_out else told["new"].strip() or None,
            who=told["who"],
            why=told["why"],
            file=file,
            sheet=sheet,
        )
    pages.note(step_text("problems", "corrected"))
    return back_to("/problems", cause=told.get("cause", ""))


def _cell(
    desk: Desk, project: Project, place: tuple[str, str, str], row: int, column: str
) -> str | None:
    """A cell as its file has it, None for a blank.

    Raises:
        InputError: The file has no such row, or no heading for the column.
    """
    layer, file, sheet = place
    spec = project.inputs().project.layers.get(layer)
    for source in spec.sources if spec else ():
        if source.path != file:
            continue
        for name, raw in read_tables(desk, known_file(desk, file)):
            if sheet not in ("", name) or row not in list(raw.rows):
                continue
            taken, _ = match_headings(list(raw.columns), LAYERS[layer], source, raw.cut)
            if column in taken:
                found = raw.columns[taken[column]][list(raw.rows).index(row)].as_py()
                return str(found) if found else None
    zh = f"文件里没有这一格（第 {row} 行，{column}）；请改文件，或刷新页面。"
    raise InputError(Text(zh, f"the file has no such cell (row {row}, {column}); reload the page."))


def send_book(request: Request, pages: Pages) -> Response:
    """A township's workbook of its own problems, to be sent to it."""
    pages.need_project()
    project = pages.desk.opened().project
    books = {} if project is None else project.problem_books()
    name = request.query_params.get("name", "")
    if name not in books:
        raise InputError(Text("没有这一册；请刷新页面。", "There is no such workbook; reload."))
    kept = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(books[name], media_type=_XLSX, headers=kept)

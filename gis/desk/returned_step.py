"""What comes back from the townships: answered problem lists, and field sheets filled in."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from gis.api.problem_answers import apply_answers, read_answers
from gis.api.sample_results import take_sheet
from gis.desk import uploads
from gis.desk.pages import back_to, step_text
from gis.errors import InputError, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from gis.api.project import Project
    from gis.desk.pages import Pages

_SHOWN = 20  # lines that were not taken


@contextmanager
def _received(pages: Pages, form: FormData) -> Iterator[tuple[Project, list[Path]]]:
    """The project and the files that came back, which are no files of it; under the same limits.

    Raises:
        InputError: No file came, none can be used, or the project cannot be read.
    """
    given = [
        (one.filename, one.file)
        for one in form.getlist("files")
        if not isinstance(one, str) and one.filename
    ]
    with pages.desk.changing(), TemporaryDirectory(prefix="nuantu-") as place:
        project = pages.desk.known().project
        if project is None:
            raise InputError(Text("项目读不出来。", "The project cannot be read."))
        dropped = uploads.receive(Path(place), given)
        for name, why in dropped.refused:
            pages.note(Text(f"{name}：{why.zh}", f"{name}: {why.en}"), "warn")
        if not dropped.written:
            raise InputError(step_text("files", "none"))
        yield project, [Path(place, name) for name in dropped.written]


def _said(form: FormData) -> tuple[str, str]:
    return str(form.get("who", "")).strip(), str(form.get("why", "")).strip()


def take_back_problems(_request: Request, pages: Pages, form: FormData) -> Response:
    """Take in the answers of problem lists that the townships sent back."""
    who, why = _said(form)
    with _received(pages, form) as (project, files):
        answers, refused = read_answers(project, files)
        outcomes = apply_answers(project, answers, who=who, why=why) + refused
    done = sum(one.done for one in outcomes)
    pages.note(step_text("returned", "answers", n=len(outcomes), done=done))
    _tell(pages, [one.said for one in outcomes if not one.done])
    return back_to("/problems")


def take_back_visits(_request: Request, pages: Pages, form: FormData) -> Response:
    """Take in field sheets, and sheets of third-party checks, that were filled in."""
    who, why = _said(form)
    with _received(pages, form) as (project, files):
        for file in files:
            made = take_sheet(project, file, who=who, why=why)
            told = {"taken": made.taken, "refused": len(made.refused), "rest": made.unvisited}
            kind = "checks" if made.sampled else "visits"
            pages.note(step_text("returned", kind, file=file.name, **told))
            rows = [Text(f"第 {one.row} 行：{one.said.zh}", f"row {one.row}: {one.said.en}")
                    for one in made.refused]  # fmt: skip
            _tell(pages, rows)
    return back_to("/problems")


def _tell(pages: Pages, lines: list[Text]) -> None:
    for line in lines[:_SHOWN]:
        pages.note(line, "warn")
    if len(lines) > _SHOWN:
        pages.note(step_text("returned", "more", n=len(lines) - _SHOWN), "warn")

"""The desk's addresses: what is shown at each, and what is changed."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from gis import i18n
from gis.desk import (
    columns_step,
    decide_step,
    files_step,
    journal_page,
    next_month,
    places_step,
    problems_step,
    publish_step,
    reconcile_step,
    returned_step,
    zone_drawing,
)
from gis.desk.desk import Busy, Desk
from gis.desk.pages import Pages, back_to, change, language, view
from gis.desk.security import EDITION, Guard, Keys, Refused
from gis.errors import NuantuError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.datastructures import FormData
    from starlette.requests import Request

_STYLES = ("paper.css", "panel.css", "desk.css")


def make_app(desk: Desk, keys: Keys) -> Starlette:
    """The application of one project folder."""
    pages = Pages(desk, keys)

    async def failed(request: Request, error: Exception) -> Response:
        return pages.failed(request, error)

    app = Starlette(
        routes=[
            *(Route(path, view(show)) for path, show in _SHOWN.items()),
            *(Route(path, change(do), methods=["POST"]) for path, do in _DONE.items()),
        ],
        middleware=[Middleware(Guard, keys=keys)],
        exception_handlers={Refused: failed, Busy: failed, NuantuError: failed},
    )
    app.state.pages = pages
    return app


def show_first(_request: Request, _pages: Pages) -> Response:
    """The first step."""
    return RedirectResponse("/files", 303)


def send_styles(_request: Request, _pages: Pages) -> Response:
    """The pages' looks with the desk's own."""
    text = "\n".join([*map(i18n.template, _STYLES), *_approach_colours()])
    return Response(text, media_type="text/css")


def _approach_colours() -> Iterator[str]:
    """The colours of the published maps, for the shapes of the desk's."""
    for name, colour in tomllib.loads(i18n.template("colours.toml"))["approach"].items():
        own = f".approach-{name}"
        yield f".village-areas path{own}, .key rect{own} {{ fill: {colour['fill']}; }}"


def send_script(_request: Request, _pages: Pages) -> Response:
    """The desk's script; every page works without it but for what moves."""
    return Response(i18n.template("desk.js"), media_type="text/javascript")


def tell_work(request: Request, pages: Pages) -> Response:
    """What goes on beside the server, for a page that waits."""
    work = pages.desk.work
    if work is None:
        return JSONResponse({"done": True, "stages": []})
    lang = language(request)
    return JSONResponse(
        {
            "done": work.done,
            "error": work.error.of(lang) if work.error else "",
            "stages": [stage.of(lang) for stage in work.stages],
            "seconds": round(work.seconds),
        }
    )


def stop_work(_request: Request, pages: Pages, form: FormData) -> Response:
    """Stop what goes on; what stands stays."""
    if pages.desk.work is not None:
        pages.desk.work.stop()
    back = str(form.get("back", "/"))
    return (
        back_to(back)
        if back.startswith("/") and back[1:2] not in ("/", "\\")
        else PlainTextResponse("")
    )


# What is shown at each address, and what is done by a form sent to it
_SHOWN = {
    "/": show_first,
    "/looks/desk.css": send_styles,
    "/looks/desk.js": send_script,
    "/work": tell_work,
    "/files": files_step.show_files,
    "/files/rows": files_step.show_rows,
    "/next": next_month.show_next,
    "/roll": next_month.show_roll,
    "/columns": columns_step.show_columns,
    "/columns/count": columns_step.count_cells,
    "/places": places_step.show_places,
    "/reconcile": reconcile_step.show_reconcile,
    "/problems": problems_step.show_problems,
    "/problems/book": problems_step.send_book,
    "/decide": decide_step.show_decide,
    "/decide/try": decide_step.try_out,
    "/decide/compare": decide_step.show_compare,
    "/journal": journal_page.show_journal,
    "/help": journal_page.show_help,
    "/help/bundle": journal_page.send_bundle,
    "/publish": publish_step.show_publish,
    "/publish/zip": publish_step.send_zip,
    EDITION + "{key}/{path:path}": publish_step.send_edition,
}
_DONE = {
    "/task/stop": stop_work,
    "/files/drop": files_step.drop,
    "/files/about": files_step.set_about,
    "/files/layer": files_step.say_layer,
    "/next/take": next_month.take_place,
    "/next/leave": next_month.let_go,
    "/roll/begin": next_month.begin_roll,
    "/columns/save": columns_step.save_columns,
    "/places/names": places_step.set_names,
    "/places/crs": places_step.set_lying,
    "/places/cad": places_step.set_cad,
    "/places/zone": places_step.set_zone,
    "/places/draw": zone_drawing.draw_zone,
    "/problems/accept": problems_step.set_accepted,
    "/problems/correct": problems_step.correct,
    "/returned/problems": returned_step.take_back_problems,
    "/returned/visits": returned_step.take_back_visits,
    "/decide/scenario": decide_step.save_scenario,
    "/decide/rule": decide_step.rule,
    "/decide/rule_several": decide_step.rule_several,
    "/decide/undo": decide_step.undo,
    "/journal/explain": journal_page.explain,
    "/publish/begin": publish_step.begin,
    "/publish/notices": publish_step.change_notices,
}

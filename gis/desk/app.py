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
            Route("/", view(show_first)),
            Route("/looks/desk.css", view(send_styles)),
            Route("/looks/desk.js", view(send_script)),
            Route("/work", view(tell_work)),
            Route("/task/stop", change(stop_work), methods=["POST"]),
            Route("/files", view(files_step.show_files)),
            Route("/files/drop", change(files_step.drop), methods=["POST"]),
            Route("/files/about", change(files_step.set_about), methods=["POST"]),
            Route("/files/layer", change(files_step.say_layer), methods=["POST"]),
            Route("/files/rows", view(files_step.show_rows)),
            Route("/next", view(next_month.show_next)),
            Route("/next/take", change(next_month.take_place), methods=["POST"]),
            Route("/next/leave", change(next_month.let_go), methods=["POST"]),
            Route("/roll", view(next_month.show_roll)),
            Route("/roll/begin", change(next_month.begin_roll), methods=["POST"]),
            Route("/columns", view(columns_step.show_columns)),
            Route("/columns/count", view(columns_step.count_cells)),
            Route("/columns/save", change(columns_step.save_columns), methods=["POST"]),
            Route("/places", view(places_step.show_places)),
            Route("/places/names", change(places_step.set_names), methods=["POST"]),
            Route("/places/crs", change(places_step.set_lying), methods=["POST"]),
            Route("/places/cad", change(places_step.set_cad), methods=["POST"]),
            Route("/places/zone", change(places_step.set_zone), methods=["POST"]),
            Route("/places/draw", change(zone_drawing.draw_zone), methods=["POST"]),
            Route("/reconcile", view(reconcile_step.show_reconcile)),
            Route("/problems", view(problems_step.show_problems)),
            Route("/problems/accept", change(problems_step.set_accepted), methods=["POST"]),
            Route("/problems/correct", change(problems_step.correct), methods=["POST"]),
            Route("/problems/book", view(problems_step.send_book)),
            Route("/returned/problems", change(returned_step.take_back_problems), methods=["POST"]),
            Route("/returned/visits", change(returned_step.take_back_visits), methods=["POST"]),
            Route("/decide", view(decide_step.show_decide)),
            Route("/decide/try", view(decide_step.try_out)),
            Route("/decide/compare", view(decide_step.show_compare)),
            Route("/decide/scenario", change(decide_step.save_scenario), methods=["POST"]),
            Route("/decide/rule", change(decide_step.rule), methods=["POST"]),
            Route("/decide/rule_several", change(decide_step.rule_several), methods=["POST"]),
            Route("/decide/undo", change(decide_step.undo), methods=["POST"]),
            Route("/journal", view(journal_page.show_journal)),
            Route("/journal/explain", change(journal_page.explain), methods=["POST"]),
            Route("/help", view(journal_page.show_help)),
            Route("/help/bundle", view(journal_page.send_bundle)),
            Route("/publish", view(publish_step.show_publish)),
            Route("/publish/begin", change(publish_step.begin), methods=["POST"]),
            Route("/publish/notices", change(publish_step.change_notices), methods=["POST"]),
            Route("/publish/zip", view(publish_step.send_zip)),
            Route(EDITION + "{key}/{path:path}", view(publish_step.send_edition)),
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

"""The desk's pages: templates of maps/looks, words of maps/words, nothing from data as HTML."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from jinja2 import Environment, FunctionLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse

from gis import i18n, run_log
from gis.desk.desk import Busy, Desk
from gis.desk.security import Keys, Refused
from gis.desk.uploads import MOST_FILES
from gis.desk.ways_out import obstacles, remedy_of, said_of, way_out
from gis.desk.work import own_failure
from gis.errors import NuantuError, Text
from gis.publish.errors import from_os_error

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

STEPS = ("files", "columns", "places", "reconcile", "problems", "decide", "publish")
_BESIDE = ("next", "roll", "journal", "help")  # pages that are no step
_FORMS_OF = {"returned": "problems"}  # where the forms of other addresses stand
LANGUAGE = "nuantu_lang"
_MOST_FIELDS = 20_000  # ASSUME: a page of problems has some hundreds
_LARGEST_FIELD = 1 << 20  # bytes


@dataclass
class Pages:
    """What every page needs: the desk, its keys, and notes for the next page."""

    desk: Desk
    keys: Keys
    notes: list[tuple[str, Text]] = field(default_factory=list)

    def show(
        self,
        request: Request,
        name: str,
        status: int = 200,
        **values: Any,  # noqa: ANN401
    ) -> Response:
        """The page `name`, with the notes left for it."""
        lang = language(request)
        notes: list[tuple[str, Text]] = []
        if name != "busy":  # a page that waits is gone in a moment
            notes, self.notes = self.notes, notes
        desk = self.desk
        common = {
            "lang": lang,
            "t": lambda key, **numbers: _word(key, lang, numbers),
            "say": lambda text: text.of(lang),
            "term": lambda table, key: _term(table, key, lang),
            "number": lambda value: "—" if value is None else f"{value:,.0f}",
            "change": self.keys.change,
            "folder": desk.folder.name,
            "writable": desk.writable,
            "only_looks": desk.only_looks,
            "stamp": desk.stamp,
            "exists": desk.exists,
            "steps": STEPS,
            "step": name,
            "notes": notes,
            "path": _page_of(request),
            "failed_change": request.method != "GET",
            "other": "zh" if lang == "en" else "en",
            "way_out": way_out,
            "said": said_of,
            "remedy": remedy_of,
            "obstacles": obstacles,
            "query": urlencode({**request.query_params, "lang": "zh" if lang == "en" else "en"}),
        }
        html = _environment().get_template(f"desk_{name}.html").render(**{**common, **values})
        response = HTMLResponse(html, status)
        if "lang" in request.query_params:
            response.set_cookie(LANGUAGE, lang, samesite="strict", httponly=True)
        return response

    def term(self, request: Request, table: str, code: str) -> str:
        """The reader's word for a code, in the language of the page."""
        return _term(table, code, language(request))

    def note(self, text: Text, kind: str = "good") -> None:
        """Leave a note for the next page; kind: good or warn."""
        self.notes.append((kind, text))

    def need_project(self) -> None:
        """Refuse a page of a project that is not there yet.

        Raises:
            Refused: Nothing was dropped so far.
        """
        if not self.desk.exists:
            raise Refused(
                404,
                "还没有项目：请先在第 1 步放文件。",
                "There is no project yet: drop files in step 1 first.",
            )

    def failed(self, request: Request, error: Exception) -> Response:
        """The answer where a page cannot be shown."""
        if isinstance(error, Busy):
            if wants_json(request):
                return JSONResponse({"busy": True}, 202)
            back = _same_page(request)
            step = re.split("[/?]", back)[1]
            return self.show(request, "busy", 202, work=error.work, back=back, step=step)
        message = error.message if isinstance(error, NuantuError | Refused) else None
        status = error.status if isinstance(error, Refused) else 400
        if wants_json(request):
            said = message.of(language(request)) if message else ""
            return JSONResponse({"error": said}, status)
        return self.show(request, "refused", status, message=message)


def _same_page(request: Request) -> str:
    """The address that was asked for, to be asked again; of a change the step it belongs to."""
    path, query = request.url.path, request.url.query
    if request.method != "GET":
        return _page_of(request)
    return f"{path}?{query}" if query else path


def _page_of(request: Request) -> str:
    """The path of the page that is asked for; of a change that of the page with its form."""
    path = request.url.path
    if request.method == "GET":
        return path
    name = path.split("/")[1]
    name = _FORMS_OF.get(name, name)
    return f"/{name}" if name in (*STEPS, *_BESIDE) else "/files"


def wants_json(request: Request) -> bool:
    """Whether a script asks, not a person."""
    return "application/json" in request.headers.get("accept", "")


def language(request: Request) -> str:
    """The language that was switched to; Chinese at first."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE, "zh")
    return "en" if asked == "en" else "zh"


def step_text(table: str, key: str, **numbers: object) -> Text:
    """Words of the desk in both languages."""
    return i18n.format_message(i18n.messages("desk")[table], key, **numbers)


def back_to(path: str, *, fragment: str = "", **query: str) -> RedirectResponse:
    """The page to be shown after a change; fragment: the part of it that is looked at."""
    asked = f"?{urlencode(query)}" if query else ""
    return RedirectResponse(path + asked + (f"#{fragment}" if fragment else ""), 303)


View = Callable[["Request", Pages], "Response"]
Change = Callable[["Request", Pages, "FormData"], "Response"]


def view(show: View) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that only looks; it works beside the server's own thread."""

    async def endpoint(request: Request) -> Response:
        return await _answered(show, request, request.app.state.pages)

    endpoint.__name__ = show.__name__
    return endpoint


async def _answered(
    make: Callable[..., Response], request: Request, pages: Pages, *given: FormData
) -> Response:
    """What a page or a change gives; a failure of the program itself is said on a page as well."""
    try:
        return await run_in_threadpool(make, request, pages, *given)
    except (Busy, Refused, NuantuError):
        raise
    except OSError as error:
        raise from_os_error(error, pages.desk.folder) from error
    except Exception as error:
        run_log.log_failure(error)
        said = own_failure(error)
        raise Refused(500, said.zh, said.en) from error


def change(make: Change) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that changes something: refused without the key that stands in every form."""

    async def endpoint(request: Request) -> Response:
        pages: Pages = request.app.state.pages
        limits = {"max_files": MOST_FILES, "max_fields": _MOST_FIELDS}
        async with request.form(**limits, max_part_size=_LARGEST_FIELD) as form:
            given = str(form.get("change", ""))
            if not _same(given, pages.keys.change):
                raise Refused(
                    403,
                    "这一页太旧，没有改动任何东西；请刷新后再做一次。",
                    "This page is too old; nothing was changed. Reload it and do it again.",
                )
            if str(form.get("seen", pages.desk.stamp)) != pages.desk.stamp:
                raise Refused(409, *step_text("site", "changed"))
            return await _answered(make, request, pages, form)

    endpoint.__name__ = make.__name__
    return endpoint


def _same(given: str, key: str) -> bool:
    return secrets.compare_digest(given.encode(), key.encode())


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(i18n.template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _word(key: str, lang: str, numbers: Mapping[str, object]) -> str:
    table, _, name = key.partition(".")
    return step_text(table, name, **numbers).of(lang)


def _term(table: str, key: object, lang: str) -> str:
    """The reader's word for a code; a code that nobody has named is shown as it is."""
    pair = i18n.messages("terms").get(table, {}).get(str(key))
    return str(pair[lang]) if pair else str(key)

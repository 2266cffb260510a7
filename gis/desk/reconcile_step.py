"""Step 4: from the rows in the files to the homes that count, and what each answer lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis import i18n
from gis.desk.pages import language
from gis.facts.reconciliation import reconcile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from gis.desk.pages import Pages

_NOT_DATA = "rows_not_data"


def show_reconcile(request: Request, pages: Pages) -> Response:
    """One township: its files, what of them counts and why not, its villages and targets."""
    pages.need_project()
    opened = pages.desk.opened()
    project = opened.project
    if project is None:
        return pages.show(request, "refused", message=opened.error)
    facts, tables = project.facts, project.inputs().tables
    towns = (
        () if facts is None else reconcile(facts.households, facts.villages, tables.get("targets"))
    )
    chosen = request.query_params.get("township", "")
    shown = next((one for one in towns if one.code == chosen), towns[0] if towns else None)
    own = {part.file for part in shown.parts} if shown else set()
    notes = [
        one
        for group in opened.groups
        if group.problems[0].code == _NOT_DATA
        for one in group.problems
        if one.file in own
    ]
    lang, report, own_words = language(request), i18n.messages("report"), i18n.messages("desk")
    return pages.show(
        request,
        "reconcile",
        towns=towns,
        shown=shown,
        not_data=notes,
        answers=opened.answers,
        reasons=lambda code: words(report["reject_reason"], code, lang),
        modes=lambda name: words(own_words["mode"], name, lang),
        blocking=[group for group in opened.groups if group.blocking],
    )


def words(table: Mapping[str, Mapping[str, str]], key: str, lang: str) -> str:
    """The reader's words for a key; a key that nobody has named is shown as it is."""
    return table[key][lang] if key in table else key

"""Text is text: whatever a layer's words hold, none of it runs, and it is shown as written."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pages.conftest import PAGES, PUBLIC_PAGES, Reader, write

from gis.pages.model import Edition

MARK = "window.__ran=(window.__ran||0)+1"
SEEDS = [
    "<script>{0}</script>",
    "</script><script>{0}</script>",
    "<!--<script>{0}</script>-->",
    "<img src=x onerror={0}>",
    "<svg/onload={0}>",
    "<svg><script>{0}</script></svg>",
    "<iframe srcdoc='<script>parent.{0}</script>'>",
    "<a href=javascript:{0}>x</a>",
    "javascript:{0}",
    '" onmouseover="{0}" x="',
    "' onfocus='{0}' autofocus='",
    "`-({0})-`",
    "${{{0}}}",
    "{{{{constructor.constructor('{0}')()}}}}",
    "\\u003cscript\\u003e{0}\\u003c/script\\u003e",
    "&lt;script&gt;{0}&lt;/script&gt;",
    "&#60;script&#62;{0}&#60;/script&#62;",
    "</title><script>{0}</script>",
    "</style><script>{0}</script>",
    "</textarea><script>{0}</script>",
    "]]><script>{0}</script>",
    "\u2028{0}\u2029",
    "');{0};//",
    '");{0};//',
    "*/{0}/*",
    "<details open ontoggle={0}>",
    "<math><mtext><table><mglyph><style><img src=x onerror={0}>",
    "<base href='javascript:{0}//'>",
    "<meta http-equiv=refresh content='0;url=javascript:{0}'>",
    "<style>@import 'javascript:{0}';</style>",
    "<object data='javascript:{0}'>",
    "<form action=javascript:{0}><input type=submit autofocus>",
    "\u202e<script>{0}</script>",
    "\x00<script>{0}</script>",
    "＜script＞{0}＜/script＞",
    "%3Cscript%3E{0}%3C/script%3E",
]
DRESS = ["{}", "村{}", "{}村", " {} ", "\t{}\n", "\"{}\"", "'{}'", ">{}<", "-->{}<!--", "{0}{0}",
         "<b>{}</b>", "{}//", "/*{}*/", "{};", "\\{}"]  # fmt: skip
HOSTILE = [dress.format(seed.format(MARK)) for dress, seed in itertools.product(DRESS, SEEDS)]
# What is planted where a text stands but once: all of them, by turns, when NUANTU_HOSTILE is set.
ONCE = [" ".join(HOSTILE[n : n + 90]) for n in range(0, len(HOSTILE), 90)]
ONCE = ONCE if "NUANTU_HOSTILE" in os.environ else [HOSTILE[1]]


def plant(edition: Edition, once: str = HOSTILE[1]) -> Edition:
    """The edition with a hostile string wherever text from a layer can stand.

    Rows take them in turn; what there is but once has `once`.
    """
    supply = itertools.cycle(HOSTILE)
    keep = set(
        "code township_code village_code zone_id approach verdict mode unit_code gap_id months"
        " kind asset runner_up computed move before after branch_id individual runs_on".split()
    )

    def poison(value: Any, name: str = "") -> Any:
        if name in keep:
            return value
        if isinstance(value, str):
            return next(supply)
        if isinstance(value, dict):
            return {key: poison(child, key) for key, child in value.items()}
        return [poison(child) for child in value] if isinstance(value, list | tuple) else value

    rows = (
        "villages",
        "townships",
        "targets",
        "zones",
        "gaps",
        "credits",
        "unanswered",
        "unverified",
    )
    poisoned = {name: [poison(dict(row)) for row in getattr(edition, name)] for name in rows}
    geometry = {
        name: {
            **layer,
            "features": [{**f, "properties": poison(f["properties"])} for f in layer["features"]],
        }
        for name, layer in edition.geometry.items()
    }
    assert edition.comparison is not None
    assert edition.growth is not None
    grown: Any = dict(edition.growth) | {
        "mains": [
            poison(dict(row)) | {"villages": row["villages"]} for row in edition.growth["mains"]
        ],
        "villages": [poison(dict(row)) for row in edition.growth["villages"]],
    }
    points = edition.points and replace(
        edition.points, ids=tuple(next(supply) + str(n) for n in range(len(edition.points.lon)))
    )
    return replace(
        edition,
        **poisoned,
        geometry=geometry,
        points=points,
        growth=grown,
        document=once,
        title=dict.fromkeys(edition.title, once),
        count_note=dict.fromkeys(edition.count_note, once),
        why_no_maps=dict.fromkeys(edition.why_no_maps, once),
        review_no=once,
        address=once,
        comparison=replace(
            edition.comparison,
            scenarios=[
                {**dict(one), "key": once, "name": dict.fromkeys(one["name"], once)}
                for one in edition.comparison.scenarios
            ],
            parameters=poison(edition.comparison.parameters),
            changes=poison(edition.comparison.changes),
        ),
    )


def test_there_are_enough_of_them() -> None:
    assert len(set(HOSTILE)) >= 515


def test_the_strings_do_run_where_text_is_taken_for_html(
    site: Path, tmp_path: Path, visit: Callable[..., Reader]
) -> None:
    """The control: the same strings, the careless way, run without a policy to stop them."""
    (tmp_path / "careless.html").write_text(
        "<!DOCTYPE html><html data-ready=x><meta charset=utf-8><body><h1>x</h1></body></html>",
        "utf-8",
    )
    reader = visit(tmp_path / "careless.html")
    for text in HOSTILE[:40]:
        reader.page.evaluate("(text) => document.body.insertAdjacentHTML('beforeend', text)", text)
    reader.page.wait_for_function("() => window.__ran >= 3")


@pytest.mark.parametrize("once", ONCE)
@pytest.mark.parametrize(
    "pages",
    [
        ("planner", PAGES),
        ("public", ["notice"]),  # the other public pages are shown by the same program
        pytest.param(("public", PUBLIC_PAGES), marks=pytest.mark.long),
    ],
)
def test_none_of_them_runs_on_any_page(
    tmp_path: Path,
    editions: dict[str, Edition],
    visit: Callable[..., Reader],
    pages: tuple[str, list[str]],
    once: str,
) -> None:
    kind, names = pages
    poisoned = plant(editions[kind], once)
    folder = write(tmp_path, poisoned)
    code = poisoned.villages[0]["code"]
    reader = None
    for name in names:
        reader = visit(folder / f"{name}.html", f"#v={code}", after=reader)
        for click in ("#language", "#list tbody tr:nth-child(2)", ".gap-icon >> nth=0", "#print"):
            if reader.page.locator(click).count():
                reader.page.locator(click).first.dispatch_event("click")
        reader.page.wait_for_timeout(100)
        assert reader.page.evaluate("window.__ran") is None
        assert reader.errors == []
        assert reader.outside() == []
        assert reader.page.locator("iframe, object, base, form, img").count() == 0


def test_hostile_words_are_shown_as_written(
    tmp_path: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    villages = [dict(v) for v in editions["public"].villages]
    villages[0] |= {
        "name": "<b>${1+1}</b>",
        "reason": {"zh": "</script><img src=x onerror=alert(1)>", "en": ""},
    }
    folder = write(tmp_path, replace(editions["public"], villages=villages))
    reader = visit(folder / "approach.html", f"#v={villages[0]['code']}")
    assert reader.text("#card h2") == "<b>${1+1}</b>"
    assert "</script><img src=x onerror=alert(1)>" in reader.text("#card .why")

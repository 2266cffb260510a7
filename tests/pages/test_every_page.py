"""Every page of both editions opens offline, says whose it is, and is the same bytes twice."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pages.conftest import PAGES, PUBLIC_PAGES, Reader, write
from pages.made_city import city

from gis import i18n
from gis.pages import render_site
from gis.pages.model import Edition


@pytest.mark.parametrize(
    ("kind", "name"),
    [*(("public", name) for name in PUBLIC_PAGES), *(("planner", name) for name in PAGES)],
)
def test_opens_offline_without_a_request_or_an_error(
    site: Path, visit: Callable[..., Reader], kind: str, name: str
) -> None:
    reader = visit(site / kind / f"{name}.html")
    reader.page.wait_for_timeout(150)
    assert reader.outside() == []
    assert reader.errors == []
    assert reader.page.locator("h1").count() == 1
    assert reader.page.locator(".folium-map path").count() > 100
    assert "2024年10月31日" in reader.text("#sub")


def test_a_request_would_have_been_seen(site: Path, visit: Callable[..., Reader]) -> None:
    reader = visit(site / "public" / "index.html")
    with reader.page.expect_console_message(lambda told: "Content Security" in told.text):
        reader.page.evaluate("fetch('http://example.invalid/x').catch(() => 0)")
        reader.page.evaluate("new Image().src = 'http://example.invalid/y.png'")
    assert any("Content Security Policy" in error for error in reader.errors)


def test_marks_of_each_edition(site: Path, visit: Callable[..., Reader]) -> None:
    planner = visit(site / "planner" / "approach.html")
    assert "内部工作用图 不得公开" in planner.text("#bands")
    public = visit(site / "public" / "approach.html")
    assert "演示数据：村界、管网与住户为合成，仅村名、任务数与政策为真实。" in public.text("#bands")
    assert "内部" not in public.text("body")
    assert public.text("#stamp") == "示意图"


def test_review_number_stands_in_place_of_sketch(
    tmp_path: Path, visit: Callable[..., Reader]
) -> None:
    reviewed = city(demonstration=False, review_no="晋S(2024)001号")
    reader = visit(write(tmp_path, reviewed) / "approach.html")
    assert reader.text("#stamp") == "审图号：晋S(2024)001号"
    assert reader.page.locator(".band.demo").count() == 0


def test_without_a_review_number_tables_and_the_reason(
    tmp_path: Path, visit: Callable[..., Reader]
) -> None:
    why = {"zh": "尚无审图号，公众版不含地图。", "en": "No review number yet."}
    folder = write(tmp_path, city(maps=False, why_no_maps=why, demonstration=False))
    reader = None
    for name in ("index", "progress", "gaps", "clearance", "approach"):
        reader = visit(folder / f"{name}.html", after=reader)
        assert reader.errors == []
        assert why["zh"] in reader.text("#bands")
        assert reader.page.locator(".folium-map").count() == 0
    reader.page.fill("#query", "樊村")
    reader.page.keyboard.press("Enter")
    assert "二（二）" in reader.text("#card") or "一（二）3" in reader.text("#card")
    assert (
        '"coordinates"' not in (folder / "approach.html").read_text("utf-8").split("</script>")[0]
    )


def test_compare_is_there_only_where_something_is_compared(editions: dict[str, Edition]) -> None:
    files = {f"{name}.html" for name in PUBLIC_PAGES}
    assert set(render_site(editions["public"])) == {*files, "notice.html"}  # planner only
    assert set(render_site(editions["planner"])) == {*files, "brief.html", "compare.html"}
    alone = replace(editions["planner"], comparison=None)
    assert set(render_site(alone)) == {*files, "brief.html"}


def test_mains_are_there_only_where_they_are_proposed(editions: dict[str, Edition]) -> None:
    alone = replace(editions["public"], growth=None)
    assert set(render_site(editions["public"])) - set(render_site(alone)) == {"extension.html"}


@pytest.mark.parametrize(("kind", "told"), [("planner", True), ("public", False)])
def test_the_mains_are_told_with_their_way_date_and_cost(
    site: Path, visit: Callable[..., Reader], kind: str, told: bool
) -> None:
    reader = visit(site / kind / "extension.html", "#b=2")
    assert "DN80" in reader.text("#card")
    assert "2.9 千米" in reader.text("#growth")
    assert "期限前可运行（2024年11月12日）" in reader.text("#growth")
    assert "最早 2025年5月9日，列为建议" in reader.text("#growth")
    assert ("967.1 万元" in reader.text("#growth")) is told
    assert ("线热密度低于要求" in reader.text("#card")) is told
    assert ("0.48" in reader.text("#list")) is told
    reader.page.locator("#list .row-button").first.click()
    assert "DN150" in reader.text("#card")
    reader.page.locator("#growth button").first.click()
    assert reader.page.evaluate("location.hash").startswith("#v=")


def test_same_bytes_with_another_hash_seed() -> None:
    """In processes of their own: another test may have loaded phrases of pinyin in this one."""
    script = (
        "import hashlib\nfrom pages.made_city import city\nfrom gis.pages import render_site\n"
        "for kind in ('public', 'planner'):\n"
        "    for name, page in render_site(city(kind)).items():\n"
        "        print(kind, name, hashlib.sha256(page).hexdigest())\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-P", "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    first, second = (process.communicate()[0].splitlines() for process in started)
    assert first == second
    assert len(first) == 14


def test_a_value_that_is_not_a_number_is_refused(editions: dict[str, Edition]) -> None:
    villages = [dict(village) for village in editions["public"].villages]
    villages[0]["pipe_m"] = float("inf")
    with pytest.raises(ValueError, match="JSON compliant"):
        render_site(replace(editions["public"], villages=villages))


def test_a_browser_without_gzip_is_told(site: Path, browser: Any) -> None:
    context = browser.new_context(offline=True)
    context.add_init_script("delete window.DecompressionStream")
    page = context.new_page()
    page.goto((site / "planner" / "approach.html").as_uri())
    assert "浏览器版本过旧" in page.inner_text("#too-old")
    page.goto((site / "public" / "approach.html").as_uri())
    page.wait_for_selector("html[data-ready]")
    assert not page.is_visible("#too-old")
    context.close()


HATCHED = """() => {
  const left = [...document.querySelectorAll("[fill^='url(#fill-']")].length;
  const lines = [...document.querySelectorAll("g > path[clip-path]")]
    .map((path) => path.getAttribute("d"));
  return [left, lines];
}"""


@pytest.mark.parametrize("name", ["approach", "clearance", "notice"])
def test_hatching_goes_to_paper_as_lines_and_comes_back(
    site: Path, visit: Callable[..., Reader], name: str
) -> None:
    """A pattern would be a picture a shape: 20 MB a map."""
    reader = visit(site / "public" / f"{name}.html", "#v=140882100201")
    before, none = reader.page.evaluate(HATCHED)
    assert before > 0
    assert none == []
    reader.page.emulate_media(media="print")
    reader.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    hidden = reader.page.evaluate(
        "() => [...document.querySelectorAll(\"[fill^='url(#fill-']\")].filter((one) => "
        "one.checkVisibility()).length"
    )
    _, lines = reader.page.evaluate(HATCHED)
    assert hidden == 0
    assert lines
    reader.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    reader.page.emulate_media(media="screen")
    assert reader.page.evaluate(HATCHED) == [before, []]
    assert reader.errors == []


def test_lines_of_a_hatching_lie_where_its_pattern_has_them(
    site: Path, visit: Callable[..., Reader]
) -> None:
    page = visit(site / "public" / "approach.html").page
    drawn = """(hatch) => {
      const fill = nuantu.hatch({ fill: "#ffffff", ink: "#000000", hatch });
      const shape = nuantu.svg("rect", { x: 3, y: 5, width: 20, height: 12, fill });
      document.body.append(nuantu.svg("svg", { width: 40, height: 40, id: "box" }, shape));
      const undo = nuantu.hatchInLines();
      const lines = document.querySelector("#box g > path").getAttribute("d");
      undo();
      const back = shape.getAttribute("fill") === fill && !document.querySelector("#box g");
      document.querySelector("#box").remove();
      return [lines, back];
    }"""
    expected = {
        "horizontal": "M3,12h20",
        "sparse": "M4,12h.01M12,12h.01M20,12h.01",
        "dots": "M10,10h.01M18,10h.01M6,6h.01M14,6h.01M22,6h.01M6,14h.01M14,14h.01M22,14h.01",
        "diagonal": "M3,5L3,5M3,13L11,5M7,17L19,5M15,17L23,9M23,17L23,17",  # x + y = 8 … 40
        "back": "M3,11L9,17M5,5L17,17M13,5L23,15M21,5L23,7",  # y - x = 8, 0, -8, -16
    }
    for hatch, lines in expected.items():
        assert page.evaluate(drawn, hatch) == [lines, True], hatch


@pytest.mark.parametrize("kind", ["public", "planner"])
def test_no_page_lacks_a_word(site: Path, visit: Callable[..., Reader], kind: str) -> None:
    """A word that a page does not have is shown as its key."""
    tables = "|".join(i18n.messages("pages"))
    key = re.compile(rf"\b(?:{tables})\.[a-z_]+\b")
    reader = None
    for path in sorted((site / kind).glob("*.html")):
        reader = visit(path, "#v=140882100201", after=reader)
        told = reader.page.evaluate(
            """() => [document.body.innerText, ...[...document.querySelectorAll("[aria-label]")]
              .map((one) => one.getAttribute("aria-label"))].join(" ")"""
        )
        own = {name for name in key.findall(told) if not name.endswith((".html", ".xlsx"))}
        assert own == set(), path.name

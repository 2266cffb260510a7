"""The keyboard alone: every control is reached in order, is seen to be, and does its work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pages.conftest import PAGES, Reader

# What a keyboard is to reach: one row of a table stands for all, the arrows walk them.
WANTED = """() => {
  const all = "a[href], button, input, select, summary, [tabindex]";
  const stops = [...document.querySelectorAll(all)].filter((e) => e.tabIndex >= 0 && !e.disabled
    && e.getClientRects().length && e.checkVisibility({ visibilityProperty: true }));
  stops.forEach((e, n) => { e.dataset.stop = n; });
  return stops.length;
}"""
FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body || e === document.documentElement) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(e);
  const box = e.getBoundingClientRect();
  const [x, y] = [(Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2,
    (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2];
  const top = document.elementFromPoint(x, y);
  return { stop: Number(e.dataset.stop ?? -1), name: e.outerHTML.slice(0, 90),
    ringed: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
    seen: Boolean(top) && (e.contains(top) || top.contains(e)) };
}"""
# No map is panning any more; the second map of a comparison follows the first one.
STANDS = "() => nuantu.views.every(({ map }) => !map._panAnim?._inProgress)"
# Long: pages whose list, map and cards are those of others
ALIKE = ("gaps", "extension", "clearance")
SITES = [
    *(pytest.param("planner", name, marks=[pytest.mark.long] * (name in ALIKE)) for name in PAGES),
    ("public", "notice"),
]


def walk(reader: Reader) -> list[dict[str, object]]:
    """Every stop of the Tab key, once round."""
    stops: list[dict[str, object]] = []
    for _ in range(300):
        reader.page.keyboard.press("Tab")
        found = reader.page.evaluate(FOCUSED)
        if found is None or (stops and found["stop"] == stops[0]["stop"]):
            return stops
        stops.append(found)
    raise AssertionError(f"the keyboard does not come out again: {stops[-3:]}")


@pytest.mark.parametrize(("kind", "name"), SITES)
def test_every_control_is_reached_in_order_and_is_seen(
    site: Path, visit: Callable[..., Reader], kind: str, name: str
) -> None:
    reader = visit(site / kind / f"{name}.html", "#v=140882100201")
    wanted = reader.page.evaluate(WANTED)
    stops = walk(reader)
    assert [stop["stop"] for stop in stops] == list(range(wanted))
    assert wanted >= 10
    assert [stop["name"] for stop in stops if not stop["ringed"]] == []
    assert [stop["name"] for stop in stops if not stop["seen"]] == []


def focus(reader: Reader, selector: str) -> None:
    """Tab until `selector` has the focus."""
    for _ in range(300):
        reader.page.keyboard.press("Tab")
        if reader.page.evaluate("(s) => document.activeElement?.matches(s) ?? false", selector):
            return
    raise AssertionError(f"{selector} is not reached")


def press(reader: Reader, *keys: str) -> None:
    for key in keys:
        reader.page.keyboard.press(key)


def test_a_village_is_found_read_and_left(site: Path, visit: Callable[..., Reader]) -> None:
    reader = visit(site / "public" / "approach.html")
    focus(reader, "#query")
    reader.page.keyboard.type("wjg")
    press(reader, "ArrowDown", "Enter")
    assert "吴家关" in reader.text("#card h2")
    press(reader, "Escape")
    assert reader.page.locator("#card h2").count() == 0
    focus(reader, "#list .row-button")
    press(reader, "ArrowDown", "Enter")
    assert reader.page.locator("#card h2").count() == 1
    focus(reader, "#card .close")
    press(reader, "Enter")
    assert reader.page.locator("#card h2").count() == 0
    assert reader.page.evaluate("document.activeElement.id") == "query"


def test_layers_opacity_order_and_language(site: Path, visit: Callable[..., Reader]) -> None:
    reader = visit(site / "public" / "approach.html")
    focus(reader, "[data-key='routes.electric']")
    press(reader, "Space")
    assert "off=routes.electric" in reader.page.evaluate("location.hash")
    focused = "document.activeElement.dataset.key"
    assert reader.page.evaluate(focused) == "routes.electric"
    focus(reader, "[data-group='network'] .opacity")
    press(reader, "ArrowRight", "ArrowRight")
    assert reader.page.evaluate("nuantu.state.opacity.network") == 90
    focus(reader, "#list thead button")
    press(reader, "Enter")
    assert reader.page.locator("#list th[aria-sort=ascending]").count() == 1
    press(reader, "Enter")
    assert reader.page.locator("#list th[aria-sort=descending]").count() == 1
    focus(reader, "#language")
    press(reader, "Enter")
    assert reader.page.get_attribute("html", "lang") == "en"


def test_the_map_moves_zooms_and_gives_what_is_under_its_cross(
    site: Path, visit: Callable[..., Reader]
) -> None:
    reader = visit(site / "planner" / "approach.html")
    focus(reader, ".folium-map")
    assert reader.page.locator(".cross").is_visible()
    before = reader.page.evaluate("nuantu.views[0].map.getZoom()")
    press(reader, "Equal")
    reader.page.wait_for_function("(z) => nuantu.views[0].map.getZoom() > z", arg=before)
    press(reader, "Enter")
    centre = reader.page.evaluate(
        """() => {
          const { map } = nuantu.views[0];
          const at = map.getSize().divideBy(2);
          const i = nuantu.points.nearest(nuantu.views[0], at);
          return [i, i >= 0 ? nuantu.householdTitle(i) : ""];
        }"""
    )
    card = reader.text("#card")
    assert "依据" in card
    assert centre[1] in card


def test_the_months_both_scenarios_and_the_paper(site: Path, visit: Callable[..., Reader]) -> None:
    progress = visit(site / "public" / "progress.html")
    focus(progress, "#month")
    before = progress.text("#month-name")
    press(progress, "ArrowLeft")
    assert progress.text("#month-name") != before
    compare = visit(site / "planner" / "compare.html")
    focus(compare, ".folium-map")
    centres = "nuantu.views.map(({ map }) => map.getCenter().lng)"
    first, _ = compare.page.evaluate(centres)
    press(compare, "ArrowRight")
    compare.page.wait_for_function(STANDS)
    left, right = compare.page.evaluate(centres)
    assert left > first
    assert right == pytest.approx(left)
    focus(compare, "#print")
    press(compare, "Enter")
    assert compare.page.locator("dialog[open]").count() == 1
    press(compare, "Escape")
    assert compare.page.locator("dialog[open]").count() == 0
    assert compare.page.evaluate("document.activeElement.id") == "print"

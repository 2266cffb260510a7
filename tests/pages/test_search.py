"""Finding a village and keeping the place: search, language, links, however mangled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pages.conftest import Reader, write
from pages.made_city import city

from gis.pages.model import Edition

QUERIES = {
    "樊村": "樊村",
    "wjg": "吴家关",
    "吴家关行政村": "吴家关",
    "樊社区居委会": "樊村",
    "樊村镇樊村委会": "樊村",
    "１４０８８２１００２０１": "樊村",
    "140882100201": "樊村",
    "fancun": "樊村",
    "xiaoliang": "小梁乡",
    "cq": "城区街道",
}


def test_search_by_name_initials_pinyin_and_code(site: Path, visit: Callable[..., Reader]) -> None:
    reader = visit(site / "public" / "index.html")
    for query, hit in QUERIES.items():
        reader.page.fill("#query", "没有这个村")
        assert hit not in reader.text("#hits"), query
        reader.page.fill("#query", query)
        assert hit in reader.text("#hits"), query
        reader.page.keyboard.press("ArrowDown")
        assert reader.page.get_attribute("#query", "aria-activedescendant") == "hit-0", query


def test_villages_answer_to_the_pinyin_of_their_township(
    site: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    reader = visit(site / "public" / "index.html")
    reader.page.fill("#query", "xiahua")
    hits = reader.page.locator("#hits li").all_inner_texts()
    assert hits[0].startswith("下化乡")
    assert len(hits) == 8
    assert all("下化乡" in hit for hit in hits)


def test_a_village_answers_to_its_former_names(
    tmp_path: Path, visit: Callable[..., Reader]
) -> None:
    villages = [dict(row) for row in city().villages]
    villages[7] |= {"old_names": "老官庄、<i>柿子沟</i>", "old_spelt": [["lgz", "Laoguanzhuang"]]}
    folder = write(tmp_path, city(villages=villages))
    reader = visit(folder / "approach.html")
    for query in ("老官庄", "老官", "lgz", "laoguan", "柿子沟"):
        hits = reader.page.evaluate(f"nuantu.find({query!r}).map(({{ row }}) => row.code)")
        assert villages[7]["code"] in hits, query
    reader.page.fill("#query", "老官庄")
    assert "曾用名 老官庄、<i>柿子沟</i>" in reader.text("#hits")


def test_search_for_a_township_frames_and_filters_it(
    site: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    reader = visit(site / "public" / "approach.html")
    reader.page.fill("#query", "xhx")
    reader.page.keyboard.press("Enter")
    own = [v for v in editions["public"].villages if v["township"] == "下化乡"]
    assert reader.page.locator("#list tbody tr").count() == len(own) == 9
    assert "t=140882203" in reader.page.url
    reader.page.click("#filter button")
    assert reader.page.locator("#list tbody tr").count() == 144


def test_a_village_found_is_framed_as_by_a_link_and_its_link_is_copied(
    site: Path, visit: Callable[..., Reader]
) -> None:
    view = """() => { const { map } = nuantu.views[0];
      return [map.getZoom(), map.getCenter().lat, map.getCenter().lng]; }"""
    linked = visit(site / "public" / "approach.html", "#v=140882100201")
    there = linked.page.evaluate(view)
    reader = visit(site / "public" / "approach.html", after=linked)
    far = reader.page.evaluate(view)
    reader.page.fill("#query", "樊村")
    reader.page.keyboard.press("Enter")
    assert reader.page.evaluate(view) == pytest.approx(there, abs=1e-3)
    assert there[0] > far[0] + 1
    copied = "() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }"
    reader.page.evaluate(copied)
    reader.page.click("#card .copy-link")
    assert reader.text("#card .copy-link") == "已复制"
    assert reader.page.evaluate("window.copied") == reader.page.url
    assert "v=140882100201" in reader.page.url
    reader.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(0); }")
    reader.page.evaluate("nuantu.set({ lang: 'en' })")
    reader.page.click("#card .copy-link")
    assert reader.page.input_value("#card .link-field") == reader.page.url
    assert reader.errors == []


def test_search_says_when_nothing_is_found(site: Path, visit: Callable[..., Reader]) -> None:
    reader = visit(site / "public" / "approach.html")
    reader.page.fill("#query", "没有这个村")
    assert "没有找到“没有这个村”" in reader.text("#said")


def test_route_reason_and_cost_in_under_four_clicks_from_the_front_page(
    site: Path, visit: Callable[..., Reader]
) -> None:
    reader = visit(site / "public" / "index.html")
    reader.page.click("#query")
    reader.page.keyboard.type("樊村")
    reader.page.click("#hits li >> text=煤改电")
    card = reader.text("#card")
    assert "煤改电" in card
    assert "依据" in card
    assert "每户年成本" in card


def test_language_switch_changes_every_word_and_stays_in_links(
    site: Path, visit: Callable[..., Reader]
) -> None:
    reader = visit(site / "public" / "approach.html", "#v=140882100201")
    reader.page.click("#language")
    assert reader.page.get_attribute("html", "lang") == "en"
    assert reader.text("h1") == "What each village heats with"
    assert "Coal to electric" in reader.text("#card")
    assert "Clause: 二（二）" in reader.text("#card")
    reader.page.click("nav a >> text=Progress")
    reader.page.wait_for_selector("html[data-ready]")
    assert reader.text("h1") == "How far the work has come"
    assert "樊村 Fancun\n" in reader.text("#card") + "\n"
    assert "樊村镇 Fancunzhen" in reader.text("#card .under")


def test_a_link_says_it_again(site: Path, visit: Callable[..., Reader]) -> None:
    fragment = "#lang=en&v=140882100201&off=routes.gas,network.zones&map=13.50/35.60000/110.70000"
    reader = visit(site / "public" / "approach.html", fragment)
    assert reader.page.get_attribute("html", "lang") == "en"
    assert "樊村" in reader.text("#card h2")
    assert reader.page.get_attribute("[data-key='network.zones']", "aria-checked") == "false"
    view = reader.page.evaluate(
        "[nuantu.views[0].map.getZoom(), nuantu.views[0].map.getCenter().lat]"
    )
    assert view == pytest.approx([13.5, 35.6], abs=0.01)


MANGLED = [
    "#v=nobody&off=<img>&o=a:b&m=1999-01&map=x/y/z&s=__proto__&c=constructor",
    "#s=constructor&c=toString&o=__proto__:5&z=hasOwnProperty&g=G0&t=1",
    "#%",
    "#v",
    "#v=%E0%A4",
    "#map=999999/91/181",
]


@pytest.mark.parametrize("name", ["approach", "progress"])
def test_a_mangled_link_opens_the_page_as_it_is(
    site: Path, visit: Callable[..., Reader], name: str
) -> None:
    reader = visit(site / "planner" / f"{name}.html", MANGLED[0])
    for fragment in MANGLED[1:]:
        reader.page.evaluate("(fragment) => { location.hash = fragment; }", fragment)
        reader.page.wait_for_timeout(30)
    assert reader.errors == []
    assert reader.page.locator("#card h2").count() == 0
    assert reader.page.locator("#list tbody tr").count() == 144


def test_on_a_telephone_by_the_search_alone(site: Path, visit: Callable[..., Reader]) -> None:
    """One tap into the field, the name, one tap on it: route, reason and cost are in sight."""
    reader = visit(site / "public" / "index.html", size="phone")
    reader.page.click("#query")
    reader.page.keyboard.type("fancun")
    reader.page.locator("#hits li", has_text="煤改电").first.click()
    for selector in ("#card .chip", "#card .why", "#card .figures"):
        assert in_sight(reader, selector), selector


@pytest.mark.parametrize(
    "size", ["phone", "desktop", pytest.param("tablet", marks=pytest.mark.long)]
)
@pytest.mark.parametrize("page", ["approach", "progress"])
def test_what_is_chosen_on_the_map_is_told_in_sight(
    site: Path, visit: Callable[..., Reader], page: str, size: str
) -> None:
    """Without scrolling, however narrow the screen."""
    reader = visit(site / "planner" / f"{page}.html", size=size)
    reader.page.evaluate("nuantu.select('village', '140882100200')")
    reader.page.wait_for_selector("#card h2")
    assert in_sight(reader, "#card h2")
    assert in_sight(reader, "#card .chip")
    assert reader.page.evaluate("scrollY") == 0


def in_sight(reader: Reader, selector: str) -> bool:
    """Whether all of the first such element is on the screen, with nothing over it."""
    return bool(
        reader.page.evaluate(
            """(selector) => {
              const box = document.querySelector(selector).getBoundingClientRect();
              const top = document.elementFromPoint(box.left + 8, box.top + box.height / 2);
              return box.top >= 0 && box.bottom <= innerHeight && Boolean(top?.closest("#card"));
            }""",
            selector,
        )
    )


def test_what_is_chosen_is_scrolled_into_sight(site: Path, visit: Callable[..., Reader]) -> None:
    """The row of the list, however far down it stands; and the card from its beginning."""
    reader = visit(site / "planner" / "approach.html")
    seen = """(code) => {
      const list = document.querySelector(".list").getBoundingClientRect();
      const row = document.querySelector(`[data-id="${code}"]`).getBoundingClientRect();
      const inside = row.top >= list.top && row.bottom <= list.bottom;
      return inside && document.getElementById("card").scrollTop === 0;
    }"""
    for which in ("last", "first"):
        code = reader.page.get_attribute(f"#list tbody tr:{which}-child", "data-id")
        reader.page.evaluate("(code) => nuantu.select('village', code)", code)
        reader.page.wait_for_function(seen, arg=code)
        reader.page.evaluate("document.querySelector('#card details').open = true")
        reader.page.evaluate("document.getElementById('card').scrollTop = 1e6")
        assert reader.page.evaluate("document.getElementById('card').scrollTop") > 0


def test_on_the_overview_what_was_searched_for_comes_whole_into_sight(
    site: Path, visit: Callable[..., Reader]
) -> None:
    page = visit(site / "public" / "index.html").page
    page.set_viewport_size({"width": 1366, "height": 768})
    page.fill("#query", "樊村")
    page.keyboard.press("Enter")
    top, bottom = page.evaluate("""() => { const { top, bottom } =
        document.querySelector("#card").getBoundingClientRect(); return [top, bottom]; }""")
    assert top >= 0
    assert bottom <= 768 or top < 120  # no lower than below the field it was typed into

"""What a reader does: click, search, sort, switch, slide, follow a link, use the keyboard alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pages.conftest import Reader, write
from pages.made_city import city

from gis.pages.model import Edition

FANCUN = "#v=140882100201"


def first(edition: Edition, approach: str) -> dict[str, object]:
    return next(dict(v) for v in edition.villages if v["approach"] == approach)


def click_village(reader: Reader, code: str) -> None:
    """Click on the map where the village's name would stand."""
    at = reader.page.evaluate(
        """(code) => {
          const { map } = nuantu.views[0];
          const { features } = nuantu.data.geometry.villages;
          const feature = features.find((f) => f.properties.code === code);
          const bounds = L.geoJSON(feature).getBounds();
          map.fitBounds(bounds.pad(1), { animate: false });
          const [lon, lat] = nuantu.anchor(feature.geometry).at;
          const p = map.latLngToContainerPoint([lat, lon]);
          const box = map.getContainer().getBoundingClientRect();
          return [box.left + p.x, box.top + p.y];
        }""",
        code,
    )
    reader.page.mouse.click(*at)


def test_click_on_a_village_shows_route_reason_clause_and_cost(
    site: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    village = first(editions["public"], "electric")
    reader = visit(site / "public" / "approach.html")
    click_village(reader, str(village["code"]))
    card = reader.text("#card")
    assert str(village["name"]) in card
    assert "煤改电 · 空气源热风机" in card
    assert village["reason"]["zh"] in card  # type: ignore[index]
    assert "依据：二（二）" in card
    assert f"{village['cost_cny_a']:,.0f} 元" in card
    assert f"{village['runner_up_cost_cny_a']:,.0f} 元" in card
    chosen = reader.page.locator("tr.chosen")
    assert chosen.count() == 1
    assert str(village["name"]) in chosen.inner_text()
    assert f"v={village['code']}" in reader.page.url


def test_before_the_tender_card_and_notice_say_the_bill_alone(
    tmp_path: Path, visit: Callable[..., Reader]
) -> None:
    villages = [
        dict(village) | {"own_cny_a": None, "subsidy_cny_a": None} for village in city().villages
    ]
    folder = write(tmp_path, city(villages=villages))
    card = visit(folder / "approach.html", FANCUN).text("#card")
    # a bill of 1,480 less 410
    for words in ("1,070 元", "410 元", "待招标后公布"):
        assert words in card
    assert "每年自付" not in card
    sheet = visit(folder / "notice.html", FANCUN).text(".sheet")
    for words in ("1,070 元", "410 元", "待招标后公布"):
        assert words in sheet


def test_a_card_says_why_the_cost_of_central_heating_is_open(
    tmp_path: Path, visit: Callable[..., Reader]
) -> None:
    usual = city().villages
    warm, other = (
        next(v["code"] for v in usual if (v["approach"] == "central") is on) for on in (True, False)
    )
    villages = [dict(village) | {"cost_cny_a": None} for village in usual]
    page = write(tmp_path, city(villages=villages)) / "approach.html"
    assert "热力管尚未到达，管线投资另计，年成本待定。" in visit(page, f"#v={warm}").text("#card")
    assert "热力管尚未到达" not in visit(page, f"#v={other}").text("#card")


def test_card_closes_by_button_and_by_escape(site: Path, visit: Callable[..., Reader]) -> None:
    reader = visit(site / "public" / "approach.html", "#v=140882100201")
    reader.page.click("#card .close")
    assert reader.page.locator("#card h2").count() == 0
    assert "v=" not in reader.page.url
    reader.page.click("#list tbody tr:nth-child(3)")
    assert reader.page.locator("#card h2").count() == 1
    reader.page.keyboard.press("Escape")
    assert reader.page.locator("#card h2").count() == 0


def test_legend_switch_empties_the_map_and_the_table(
    site: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    electric = sum(v["approach"] == "electric" for v in editions["public"].villages)
    reader = visit(site / "public" / "approach.html")
    filled = "path[fill='url(#fill-approach-electric)']"
    on_map = f".leaflet-villages-pane {filled}"
    entry = reader.page.locator("[data-key='routes.electric']")
    assert f"{electric} 村" in entry.inner_text()
    assert reader.page.locator(on_map).count() == electric
    entry.click()
    assert (
        reader.page.locator("[data-key='routes.electric']").get_attribute("aria-checked") == "false"
    )
    assert reader.page.locator("#list tbody tr").count() == 144 - electric
    shown = reader.page.locator(on_map).evaluate_all(
        "paths => paths.filter((p) => Number(p.getAttribute('fill-opacity')) > 0.1).length"
    )
    assert shown == 0


def test_the_homes_of_a_route_are_told_with_the_edition(
    tmp_path: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    """They are not added up here: rounded counts do not add up, and parts go with their route."""
    homes = {"central": 11487, "electric": None, "gas": 0}
    write(tmp_path, replace(editions["planner"], route_homes=homes))
    reader = visit(tmp_path / "approach.html")
    assert "11,487 户" in reader.text("[data-key='routes.central']")
    assert "户" not in reader.text("[data-key='routes.electric']")


@pytest.mark.parametrize(("hidden", "said"), [(144, "144 村方案尚未公布"), (3, "3 村方案尚未公布"),
                                              (0, "户数少的缺口不单列")])  # fmt: skip
def test_a_public_page_never_says_none_of_what_is_not_public(
    tmp_path: Path,
    editions: dict[str, Edition],
    visit: Callable[..., Reader],
    hidden: int,
    said: str,
) -> None:
    villages = [
        v | ({"approach": "unpublished"} if n < hidden else {})
        for n, v in enumerate(editions["public"].villages)
    ]
    silent = replace(editions["public"], villages=villages, gaps=[], gap_homes=None)
    write(tmp_path, silent)
    page = visit(tmp_path / "index.html").page
    assert page.inner_text(".tile.gaps b") == "—"
    assert said in page.inner_text(".tile.gaps .tile-note")
    shown = sum(v["approach"] not in ("unpublished", "undecided") for v in villages)
    assert page.inner_text(".tile.routes b") == (str(shown) if shown or not hidden else "—")
    assert ("尚未公布" in page.inner_text(".tile.routes")) == (hidden > 0)
    page.goto((tmp_path / "gaps.html").as_uri())
    page.wait_for_selector("html[data-ready]")
    assert said in page.inner_text("#list")
    assert "没有发现" not in page.inner_text("body")
    assert "0 处" not in page.inner_text("body")


def test_a_count_that_is_rounded_to_nothing_is_not_said_to_be_none(
    tmp_path: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    rows = list(editions["public"].villages)
    rows[0] = {**rows[0], "approach": "electric", "pending": 0}
    rows[1] = {**rows[1], "approach": "done", "pending": 0}
    write(tmp_path, replace(editions["public"], villages=rows, count_step=10))
    page = visit(tmp_path / "approach.html", f"#v={rows[0]['code']}").page
    assert "少于10 户待改" in page.inner_text("#card")
    page.evaluate(f"nuantu.select('village', '{rows[1]['code']}')")
    assert "· 0 户待改" in page.inner_text("#card")


def test_the_legend_of_a_comparison_counts_the_homes_of_the_other_scenario(
    site: Path, visit: Callable[..., Reader]
) -> None:
    reader = visit(site / "planner" / "compare.html")
    assert "12,346 户" in reader.text("[data-key='routes.electric']")
    assert "41,000 户" in reader.text("[data-key='routes.central']")


def test_layers_leave_with_their_switch(site: Path, visit: Callable[..., Reader]) -> None:
    reader = visit(site / "public" / "approach.html")
    pipes = reader.page.locator(".leaflet-pipes-pane path")
    before = pipes.count()
    reader.page.click("[data-key='network.pipes_planned']")
    assert pipes.count() == before - 1
    assert "off=network.pipes_planned" in reader.page.url


@pytest.mark.parametrize(
    ("name", "group", "pane"),
    [
        ("approach", "network", "pipes"),
        ("approach", "routes", "villages"),
        ("progress", "share", "villages"),
        ("clearance", "verdicts", "zones"),
    ],
)
def test_groups_fade_with_their_slider(
    site: Path, visit: Callable[..., Reader], name: str, group: str, pane: str
) -> None:
    reader = visit(site / "public" / f"{name}.html")
    reader.page.focus(f"[data-group='{group}'] .opacity")
    for _ in range(4):
        reader.page.keyboard.press("ArrowRight")
    opacity = "pane => Number(pane.style.opacity)"
    assert reader.page.locator(f".leaflet-{pane}-pane").evaluate(opacity) == pytest.approx(0.8)
    assert f"o={group}:80" in reader.page.url


def test_table_sorts_both_ways_and_back(
    site: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    homes = sorted(v["households"] for v in editions["public"].villages)
    reader = visit(site / "public" / "approach.html")
    last_column = "#list tbody tr:first-child td:last-child"
    assert reader.text(last_column) == f"{homes[-1]:,}"
    reader.page.click("[data-sort='households']")
    reader.page.click("[data-sort='households']")
    assert reader.text(last_column) == f"{homes[0]:,}"
    assert reader.page.locator("th[aria-sort='ascending']").count() == 1


def test_month_slider_starts_at_as_of_and_answers_the_keyboard(
    site: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    reader = visit(site / "public" / "progress.html")
    assert reader.page.input_value("#month") == "6"
    assert "2024年10月31日" in reader.text("#month-name")
    reader.page.focus("#month")
    reader.page.keyboard.press("ArrowLeft")
    reader.page.keyboard.press("ArrowLeft")
    assert reader.text("#month-name") == "2024年8月底"
    assert "m=2024-08" in reader.page.url
    village = max(editions["public"].villages, key=lambda v: v["batch"] or 0)
    assert reader.text("#list tbody tr:first-child").split() == [
        village["name"], village["township"], f"{village['batch']:,}", f"{village['months'][4]:,}",
        f"{village['months'][4] / village['batch']:.0%}",
    ]  # fmt: skip


def test_keyboard_alone_reaches_a_village_through_the_table(
    site: Path, visit: Callable[..., Reader]
) -> None:
    reader = visit(site / "public" / "approach.html")
    reader.page.focus("[data-sort='households']")
    reader.page.keyboard.press("Tab")
    reader.page.keyboard.press("ArrowDown")
    reader.page.keyboard.press("ArrowDown")
    name = reader.page.evaluate("document.activeElement.textContent")
    reader.page.keyboard.press("Enter")
    assert reader.text("#card h2") == name
    assert reader.page.evaluate("document.activeElement.textContent") == name


def test_gap_and_zone_cards(site: Path, visit: Callable[..., Reader]) -> None:
    gaps = visit(site / "public" / "gaps.html")
    gaps.page.locator(".gap-icon").first.click()
    assert "热力管 480 米" in gaps.text("#card")
    assert "依据：二（一）" in gaps.text("#card")
    zones = visit(site / "public" / "clearance.html")
    zones.page.click("#list tbody tr:first-child")
    card = zones.text("#card")
    assert "未清零" in card
    assert "91.4% 至 98.9%" in card
    assert "缺少证据不算清零" in card


def test_both_maps_of_a_comparison_move_together(site: Path, visit: Callable[..., Reader]) -> None:
    reader = visit(site / "planner" / "compare.html")
    reader.page.evaluate("nuantu.views[0].map.setView([35.65, 110.7], 13, { animate: false })")
    centres = reader.page.evaluate(
        "nuantu.views.map(({ map }) => [map.getZoom(), map.getCenter().lat, map.getCenter().lng])"
    )
    assert centres[1] == pytest.approx(centres[0])
    assert centres[1][0] == 13
    reader.page.click("#list tbody tr:first-child")
    assert "供热半径由 50 米放宽到 800 米" in reader.text("#card")


def test_scenarios_are_chosen_and_everything_follows(
    site: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    told = editions["planner"].comparison
    assert told is not None
    wider, cheap = told.scenarios[1:]
    reader = visit(site / "planner" / "compare.html")
    page = reader.page
    assert f"{wider['changed']} 村 {wider['moved']:,} 户改变方式" in reader.text("#scenarios")
    rows = "#list tbody tr"
    assert page.locator(rows).count() == wider["changed"]
    page.locator(f"{rows}:first-child").click()
    card = reader.text("#card")
    assert "煤改电 → 集中供热" in card
    assert "供热半径由 50 米放宽到 800 米。 依据：二（一）" in card
    page.click("[data-scenario='2']")
    assert "n=2" in page.url
    assert "放宽到 800 米" not in reader.text("#card")
    assert (cheap["changed"], page.locator(rows).count()) == (0, cheap["held"])
    page.click("[data-list='moved']")
    assert page.locator(rows).count() == 0
    assert [one.inner_text() for one in page.locator(".map-caption").all()] == [
        "现行方案",
        "气价下降",
    ]
    page.click("[data-list='held']")
    assert page.locator(rows).count() == cheap["held"]
    assert "测算会变，按审定执行" in reader.text("#legend")
    page.locator(f"{rows}:first-child").click()
    assert "审定煤改电；测算改为煤改气" in reader.text("#card")
    # no sum is taken from another whose homes are not the same
    assert "不相减" not in reader.text("#totals")
    assert "−900 吨/年" in reader.text("#totals")


def test_a_comparison_filters_by_township_and_by_route(
    site: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    told = editions["planner"].comparison
    assert told is not None
    villages = {village["code"]: village for village in editions["planner"].villages}
    moved = [villages[one["code"]] for one in told.changes if one["sides"][1]["moved"]]
    published = [village for village in moved if village["status"] == "published"]
    assert 0 < len(published) < len(moved)
    reader = visit(site / "planner" / "compare.html")
    reader.page.click(".filters summary")
    reader.page.select_option("#filter-status", "published")
    assert reader.page.locator("#list tbody tr").count() == len(published)
    assert f"符合 {len(published)} 村" in reader.text(".filters summary")


def test_a_hidden_count_is_a_dash_never_a_zero(
    tmp_path: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    villages = [dict(v) for v in editions["public"].villages]
    villages[0] |= {"households": None, "pending": None, "batch": None, "completed": None,
                    "stock": None, "merged": True, "months": [None] * 7,
                    "counted_with": [villages[1]["code"]]}  # fmt: skip
    folder = write(tmp_path, replace(editions["public"], villages=villages))
    reader = visit(folder / "approach.html", f"#v={villages[0]['code']}")
    card = reader.text("#card")
    assert f"户数少，与{villages[1]['name']}合并统计" in card
    assert "— 户" in card
    assert "0 户" not in card


@pytest.mark.parametrize("kind", ["planner", "public"])
def test_unknown_completions_are_no_zero_and_no_bar(
    tmp_path: Path, editions: dict[str, Edition], visit: Callable[..., Reader], kind: str
) -> None:
    edition, why = editions[kind], {"zh": "台账没有“验收结果”列", "en": "no column"}
    blank = {"completed": None, "late": None, "stock": None, "batch_done": None,
             "months": [None] * 7, "batch_months": [None] * 7}  # fmt: skip
    villages = [v | blank for v in edition.villages]
    targets = [
        row | {"completed": None, "remaining": None, "months": [None] * 7, "note": why,
               "reported": 844 if kind == "planner" else None, "batch_draft": True}
        for row in edition.targets
    ]  # fmt: skip
    chosen = next(v for v in villages if v["batch"] and not v["merged"])
    chosen["batch_draft"] = True
    folder = write(tmp_path, replace(edition, villages=villages, targets=targets))
    reader = visit(folder / "progress.html", f"#v={chosen['code']}")
    units, card = reader.text("#units"), reader.text("#card")
    assert "台账没有“验收结果”列" in units
    assert reader.page.locator("#units .meter").count() == 0
    assert "各月验收户数未知：台账没有“验收结果”列" in card
    assert reader.page.locator("#card .months").count() == 0
    legend = reader.text("[data-group='share']")
    assert "没有验收资料" in legend
    assert "尚无验收" not in legend
    cells = reader.page.locator("#list tbody tr td:nth-child(4)").all_inner_texts()
    assert set(cells) == {"—"}
    if kind == "planner":
        assert "台账报本年已改 844 户（未见验收，不计入）" in units
        assert "是草案：没有确村确户名单" in units
        assert "已验收 —（草案，没有确村确户名单）" in card
    else:
        assert "没有确村确户名单，本年任务未落实到村" in units
    front = visit(folder / "index.html")
    assert "— 户已验收" in front.text("#tiles").replace("\n", " ")
    assert front.page.locator("#tiles .task .meter").count() == 0


def test_gap_marks_do_not_cover_one_another(
    tmp_path: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    gaps = [{**gap, "lon": 110.7, "lat": 35.6} for gap in editions["public"].gaps]
    folder = write(tmp_path, replace(editions["public"], gaps=gaps))
    reader = visit(folder / "gaps.html")
    boxes = reader.page.locator(".gap-icon").evaluate_all(
        """icons => icons.map((icon) => icon.getBoundingClientRect())
        .map(({ x, y, width }) => [x + width / 2, y + width / 2, width / 2 - 2])"""
    )
    assert len(boxes) == 7
    for n, (x, y, r) in enumerate(boxes):
        for other_x, other_y, other_r in boxes[:n]:
            assert ((x - other_x) ** 2 + (y - other_y) ** 2) ** 0.5 >= r + other_r - 1


def test_a_sum_that_lacks_a_count_is_a_least(
    tmp_path: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    gaps = [dict(gap) for gap in editions["public"].gaps]
    assert [gap["households"] for gap in gaps if gap["kind"] == "headroom"] == [160]
    gaps[0] |= {"kind": "headroom", "households": None}
    folder = write(tmp_path, replace(editions["public"], gaps=gaps))
    reader = visit(folder / "gaps.html")
    assert "≥160 户" in reader.text("[data-key='gaps.headroom']")
    assert "≥" not in reader.text("[data-key='gaps.built_up']")


def test_the_legend_counts_what_a_township_or_filter_leaves(
    site: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    reader = visit(site / "public" / "approach.html", "#t=140882203")
    villages = editions["public"].villages
    own = Counter(v["approach"] for v in villages if v["township_code"] == "140882203")
    routes = "[data-group='routes']"
    assert "计数：下化乡" in reader.text(routes)
    for route in ("biomass", "electric"):
        entry = reader.text(f"[data-key='routes.{route}']").split()
        assert entry[-2:] == [str(own[route]), "村"], entry  # none of homes: told of the city alone
    assert own["electric"] == 0
    reader.page.evaluate("nuantu.set({ township: '', filter: { cost: 'b' } })")
    dear = [v for v in villages if 2000 <= v["cost_cny_a"] < 3000 and v["approach"] == "electric"]
    assert "计数：符合筛选的村" in reader.text(routes)
    assert f"{len(dear)} 村" in reader.text("[data-key='routes.electric']")
    assert reader.page.locator("#list thead button").last.inner_text() == "每户年成本（元）"
    assert f"{dear[0]['cost_cny_a']:,.0f}" in reader.text(f"[data-id='{dear[0]['code']}']")
    reader.page.evaluate("nuantu.set({ filter: {} })")
    assert "计数" not in reader.text("#legend")
    assert "每户年成本" not in reader.text("#list thead")
    assert "户" in reader.text("[data-key='routes.electric']")


def test_a_township_is_printed_from_the_dialog_alone(
    site: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    """Its own map, title, counts and villages, with nothing chosen before."""
    reader = visit(site / "public" / "approach.html")
    page = reader.page
    page.evaluate(
        """() => { window.print = () => {
          window.dispatchEvent(new Event("beforeprint"));
          const { map } = nuantu.views[0];
          const town = nuantu.townshipBounds("140882203");
          window.told = [map.getBounds().contains(town), map.getBounds().contains(nuantu.bounds()),
            document.querySelector(".paper-title").textContent,
            document.querySelectorAll("#list tbody tr").length];
          window.dispatchEvent(new Event("afterprint"));
        }; }"""
    )
    page.set_viewport_size({"width": 360, "height": 740})
    page.click("#print")
    assert page.evaluate(
        """() => [...document.querySelectorAll("dialog, dialog fieldset")]
          .every((box) => box.scrollWidth <= box.clientWidth)"""
    )
    assert page.evaluate("document.getElementById('print-town').offsetHeight") >= 44
    page.click(".print-dialog .plain-button")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.click("#print")
    assert page.locator("#print-town option").count() == len(editions["public"].townships)
    page.select_option("#print-town", "140882203")
    assert page.is_checked(".print-dialog input[value='town']")
    page.click(".print-dialog .strong-button")
    inside, whole, title, rows = page.evaluate("window.told")
    assert (inside, whole, rows) == (True, False, 9)
    assert "下化乡" in title
    assert "计数：下化乡" in reader.text("#legend")
    page.click("#filter button")
    page.click("#print")
    page.check(".print-dialog input[value='whole']")
    page.click(".print-dialog .strong-button")
    inside, whole, title, rows = page.evaluate("window.told")
    assert (whole, rows) == (True, 144)
    assert "下化乡" not in title


def test_a_zone_has_its_id_its_place_and_all_who_are_not_cleared(
    site: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    reader = visit(site / "planner" / "clearance.html")
    assert "城区禁煤区 Z1" in reader.text("#list tbody")
    zoom = "nuantu.views[0].map.getZoom()"
    far = reader.page.evaluate(zoom)
    reader.page.click("#list .row-button >> nth=1")
    reader.page.wait_for_function(f"(far) => {zoom} > far + 1", arg=far)
    reader.page.click("#list .row-button >> nth=0")
    assert "城区禁煤区 Z1" in reader.text("#card h2")
    doors = editions["planner"].doors
    assert doors is not None
    states = Counter(doors["clearance"])
    for state, words in (("not_cleared", "全部未清零"), ("unknown", "全部证据不足")):
        option = reader.page.locator(f"#door-why option[value='{state}']")
        assert option.inner_text() == f"{words} · {states[state]} 户"
        reader.page.select_option("#door-why", state)
        assert f"{states[state]} 行" in reader.page.locator("#doors caption").last.inner_text()
    public = visit(site / "public" / "clearance.html")
    assert "Z1" not in public.text("#list tbody")


def test_the_table_of_gaps_says_what_each_costs_and_its_order(
    tmp_path: Path, visit: Callable[..., Reader]
) -> None:
    """1 is a single home, told above the list: the list begins at 2 and says why."""
    gaps = [dict(gap) for gap in city().gaps]
    gaps[0] |= {"households": 1}
    gaps[2] |= {"cost_cny": None, "cost_per_household_cny": None}
    reader = visit(write(tmp_path, city("planner", gaps=gaps, points=None)) / "gaps.html")
    heads = reader.page.locator("#list thead button").all_inner_texts()
    assert heads[-1] == "投资（元）"
    rows = reader.page.locator("#list tbody tr").all_inner_texts()
    # 68,000 x (9 - rank); a price that is not known is no 0
    assert [row.split("\t")[0] for row in rows] == ["2", "3", "4", "5", "6", "7"]
    assert [row.split("\t")[-1] for row in rows[:3]] == ["476,000", "—", "340,000"]
    order = reader.page.locator("#list .order")
    assert "再按住户由多到少" in order.inner_text()
    assert "单户缺口合并在上面，其序号不在表中" in order.inner_text()
    reader.page.click(".singles button")
    assert reader.page.locator("#list tbody tr").count() == 7
    assert "单户" not in order.inner_text()


def test_a_proposal_says_so_and_a_split_village_names_its_parts(
    tmp_path: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    villages = [dict(v) for v in editions["public"].villages]
    reason = {"zh": "这 32 户在供热范围以外。", "en": "Beyond the served area."}
    part = {"part": "unserved", "approach": "electric", "households": 32, "reason": reason}
    villages[0] |= {"approach": "central", "status": "proposed", "parts": [part]}
    code = villages[0]["code"]
    reader = visit(
        write(tmp_path, replace(editions["public"], villages=villages)) / "approach.html",
        f"#v={code}",
    )
    card = reader.text("#card")
    assert "建议方案" in card
    assert "管网不可达部分 煤改电 · 32 户" in card
    assert reason["zh"] in card
    assert "集中供热（建议）" in reader.text(f"tr[data-id='{code}']")
    assert reader.page.locator("text=（建议）").count() == 1


def test_filters_combine_and_their_counts_follow(site: Path, visit: Callable[..., Reader]) -> None:
    page = visit(site / "planner" / "approach.html").page
    rows = page.evaluate("() => nuantu.data.villages")
    page.click(".filters summary")

    def of(row: dict[str, Any], status: str, cost: str) -> bool:
        low, high = {"a": (0, 2000), "b": (2000, 3000), "c": (3000, 1e9), "": (-1, 1e9)}[cost]
        priced = row["approach"] not in ("done", "undecided", "no_data", "unpublished")
        return row["status"] in (status or row["status"], ) and (
            not cost or (priced and low <= row["cost_cny_a"] < high))  # fmt: skip

    def told(name: str) -> dict[str, int]:
        options = page.evaluate(
            f"() => [...document.querySelectorAll('#filter-{name} option')].slice(1).map((one) => "
            "[one.value, one.innerText])"
        )
        return {value: int(text.rsplit("· ", 1)[1]) for value, text in options}

    assert told("status") == dict(Counter(row["status"] for row in rows))
    page.select_option("#filter-status", "approved")
    assert told("cost") == {
        cost: n for cost in "abc" if (n := sum(of(row, "approved", cost) for row in rows))
    } | dict.fromkeys(set(told("cost")) - {"a", "b"}, 0)
    page.select_option("#filter-cost", "b")
    left = [row["code"] for row in rows if of(row, "approved", "b")]
    assert 0 < len(left) < len(rows)
    shown = page.eval_on_selector_all("#list tbody tr", "(all) => all.map((one) => one.dataset.id)")
    assert sorted(shown) == sorted(left)
    assert told("status")["published"] == sum(of(row, "published", "b") for row in rows)
    link = page.evaluate("location.hash")
    page.click("#list tbody tr >> nth=0")
    assert not page.evaluate("document.querySelector('.filters').open")  # the card has its room
    assert f"符合 {len(left)} 村" in page.inner_text(".filters summary")
    again = visit(site / "planner" / "approach.html", link).page
    assert again.locator("#list tbody tr").count() == len(left)
    again.click(".filters .plain-button")
    assert again.locator("#list tbody tr").count() == len(rows)


@pytest.mark.parametrize(
    ("name", "rows", "code"),
    [
        ("gaps", "nuantu.data.gaps", "village_code"),
        ("clearance", "nuantu.data.zone_villages", "code"),
    ],
)
def test_filters_of_what_a_page_lists_of_villages(
    site: Path, visit: Callable[..., Reader], name: str, rows: str, code: str
) -> None:
    """Gaps and villages of a zone follow the filters of their villages, and the counts follow."""
    page = visit(site / "planner" / f"{name}.html").page
    village = {row["code"]: row for row in page.evaluate("() => nuantu.data.villages")}
    mine = [village[row[code]] for row in page.evaluate(f"() => {rows}")]
    page.click(".filters summary")
    wanted, town = mine[0]["status"], mine[0]["township_code"]
    page.select_option("#filter-status", wanted)
    page.select_option("#filter-township", town)
    left = [row for row in mine if (row["status"], row["township_code"]) == (wanted, town)]
    assert 0 < len(left) < len(mine)
    table = "#list" if name == "gaps" else "#doors"
    assert page.locator(f"{table} tbody tr").count() == len(left)
    assert f"符合 {len({row['code'] for row in left})} 村" in page.inner_text(".filters summary")
    page.click(".filters .plain-button")
    assert page.locator(f"{table} tbody tr").count() == len(mine)


def test_mains_are_filtered_by_the_villages_behind_them(
    editions: dict[str, Edition], tmp_path: Path, visit: Callable[..., Reader]
) -> None:
    edition = editions["planner"]
    code = edition.growth["villages"][0]["code"]
    first = next(row for row in edition.villages if row["code"] == code)
    apart = next(  # a village of another township, so that the filter tells them apart
        row for row in edition.villages if row["township_code"] != first["township_code"]
    )
    mains = [
        edition.growth["mains"][0],
        edition.growth["mains"][1] | {"villages": [apart["code"], first["code"]]},
        edition.growth["mains"][1] | {"branch_id": "3", "villages": []},
    ]
    joined = [
        edition.growth["villages"][0],
        edition.growth["villages"][1] | {"code": apart["code"]},
    ]
    growth = {**edition.growth, "mains": mains, "villages": joined}
    page = visit(write(tmp_path, replace(edition, growth=growth)) / "extension.html").page
    rows = "() => [...document.querySelectorAll('#list tbody tr')].map((row) => row.dataset.id)"
    faint = """() => Object.values(nuantu.views[0].map._layers)
      .filter((one) => one.feature?.properties.branch_id)
      .map((one) => [one.feature.properties.branch_id, one.options.opacity]).sort()"""
    assert page.evaluate(rows) == ["1", "2", "3"]
    page.click(".filters summary")
    page.select_option("#filter-township", apart["township_code"])
    assert page.evaluate(rows) == ["2"]  # also of a village elsewhere; of no village: not told
    assert page.locator("#growth .unit button").all_inner_texts() == [apart["name"]]
    assert page.evaluate(faint) == [["1", 0.2], ["2", 1]]
    assert "符合 1 村" in page.inner_text(".filters summary")
    page.select_option("#filter-township", first["township_code"])
    assert page.evaluate(rows) == ["1", "2"]
    page.select_option("#filter-township", "")
    assert page.evaluate(rows) == ["1", "2", "3"]
    assert page.evaluate(faint) == [["1", 1], ["2", 1]]


def test_only_this_class_and_all_again(site: Path, visit: Callable[..., Reader]) -> None:
    page = visit(site / "public" / "approach.html").page
    rows = page.evaluate("() => nuantu.data.villages.map((row) => row.approach)")
    page.hover("[data-key='routes.gas']")
    page.click("[data-key='only.routes.gas']")
    assert page.locator("#list tbody tr").count() == rows.count("gas")
    page.click("[data-key='only.routes.gas']")
    assert page.locator("#list tbody tr").count() == len(rows)


@pytest.mark.parametrize("name", ["index", "progress"])
def test_the_township_furthest_behind_comes_first_and_is_shown_alone(
    site: Path, visit: Callable[..., Reader], name: str
) -> None:
    page = visit(site / "public" / f"{name}.html").page
    units = page.evaluate("() => nuantu.data.targets.filter(({ target }) => target !== null)")
    shares = sorted(unit["completed"] / unit["target"] for unit in units)
    shown = page.eval_on_selector_all(
        ".unit .unit-count", "(all) => all.map((one) => one.innerText)"
    )
    parts = [tuple(int(n.replace(",", "")) for n in re.findall(r"[\d,]+", one)) for one in shown]
    assert [done / target for done, target in parts] == shares
    page.click(".unit-button >> nth=0")
    slowest = min(units, key=lambda unit: unit["completed"] / unit["target"])
    assert page.evaluate("nuantu.state.township") == slowest["unit_code"]
    page.click(".unit-button >> nth=0")
    assert page.evaluate("nuantu.state.township") == ""


def test_a_click_on_a_home_chooses_the_home_and_its_village_at_once(
    site: Path, visit: Callable[..., Reader]
) -> None:
    """A village lies under the home: the page changes once, not first for the village."""
    page = visit(site / "planner" / "approach.html").page
    page.evaluate(
        "nuantu.on(['household', 'village'], () => { window.told = window.told + 1 || 0; })"
    )
    page.evaluate("nuantu.select('load', '')")
    x, y, home, number = page.evaluate(
        """() => {
          const [view] = nuantu.views;
          const { left, top, width, height } = view.map.getContainer().getBoundingClientRect();
          for (let n = 0; ; n++) {
            const [x, y] = [(n * 0.618034 % 1) * width, (n * 0.754878 % 1) * height];
            const i = nuantu.points.nearest(view, { x, y });
            const there = document.elementFromPoint(left + x, top + y)
              ?.closest(".leaflet-villages-pane");
            if (i >= 0 && there) return [left + x, top + y, nuantu.points.homes.idOf(i), i];
          }
        }"""
    )
    page.mouse.click(x, y)
    assert page.evaluate("nuantu.state.household") == number
    assert page.evaluate("window.told") == 1
    chosen = page.locator("tr.chosen")
    assert chosen.count() == 1
    assert page.locator(".row-button[aria-pressed='true']").count() == 1
    assert chosen.get_attribute("data-id") == page.evaluate("nuantu.state.village")
    assert home in page.inner_text("#card")


@pytest.mark.parametrize("name", ["approach", "compare"])
def test_a_map_in_a_frame_without_room_waits_for_it(
    site: Path, visit: Callable[..., Reader], tmp_path: Path, name: str
) -> None:
    """As the desk shows an edition beside another, or a page in a tab that is not in front."""
    outer = tmp_path / "outer.html"
    address = (site / "planner" / f"{name}.html").as_uri()
    outer.write_text(
        f'<html data-ready><iframe id="frame" style="width:0;height:0" src="{address}"></iframe>',
        encoding="utf-8",
    )
    reader = visit(outer)
    frame = next(one for one in reader.page.frames if one.url == address)
    frame.wait_for_selector("html[data-ready]", state="attached")
    assert reader.errors == []
    reader.page.eval_on_selector(
        "#frame", "it => { it.style.width = '1200px'; it.style.height = '800px' }"
    )
    # wait_for_function asks again by eval, which the page forbids itself
    asked = iter(range(600))
    while frame.evaluate("nuantu.views[0].waits") and next(asked, None) is not None:
        reader.page.wait_for_timeout(50)
    alone = visit(site / "planner" / f"{name}.html")
    told = (
        "({map}) => [map.getMaxZoom() - map.getMinZoom(), map.getCenter().lat, map.getCenter().lng]"
    )
    shown, usual = (page.evaluate(f"({told})(nuantu.views[0])") for page in (frame, alone.page))
    assert shown[1:] == pytest.approx(usual[1:], abs=0.02)
    assert 1 < shown[0] < 12
    assert reader.errors == []


def test_the_legend_of_clearance_counts_as_the_table_does(
    editions: dict[str, Edition], visit: Callable[..., Reader], tmp_path: Path
) -> None:
    points = editions["planner"].points
    assert points is not None
    n = len(points.lon)
    place, clear = np.arange(n) % 4, np.arange(n) % 3
    named = {
        "zone_position": (["inside", "undecidable", "outside", "inside_two"], place),
        "clearance": (["cleared", "not_cleared", "unknown"], clear),
    }
    own = replace(points, categories={**points.categories, **named})
    folder = write(tmp_path / "planner", replace(editions["planner"], points=own))
    reader = visit(folder / "clearance.html")
    told = reader.text("#legend")
    for code, words in enumerate(("已清零", "未清零", "证据不足")):
        inside = int(((clear == code) & np.isin(place, (0, 3))).sum())
        assert re.search(rf"{words}\s+{inside:,} 户", told), words
    assert f"待核定的 {int((place == 1).sum()):,} 户" in told
    assert re.search(rf"住户点\s+{int(np.isin(place, (0, 3)).sum()):,} 户", told)


WHEEL = """(ctrlKey) => {
  const [{ map }] = nuantu.views;
  const { left, top } = map.getContainer().getBoundingClientRect();
  const turned = new WheelEvent("wheel", { bubbles: true, cancelable: true, deltaY: -400, ctrlKey,
    clientX: left + 200, clientY: top + 200 });
  map.getPane("mapPane").dispatchEvent(turned);
  return turned.defaultPrevented; }"""


@pytest.mark.parametrize(
    ("name", "size", "kept"),
    [("index", "desktop", True), ("approach", "desktop", False), ("approach", "tablet", True)],
)
def test_the_wheel_scrolls_a_page_that_scrolls_and_zooms_any_other(
    site: Path, visit: Callable[..., Reader], name: str, size: str, kept: bool
) -> None:
    page = visit(site / "public" / f"{name}.html", size=size).page
    assert page.evaluate(WHEEL, False) is not kept
    assert (page.locator(".gesture.shown").count() == 1) is kept
    if kept:
        assert "Ctrl" in page.inner_text(".gesture")
    assert page.evaluate(WHEEL, True)  # with Ctrl it always zooms


def test_a_heading_has_no_unit_of_another_language(
    site: Path, visit: Callable[..., Reader]
) -> None:
    page = visit(site / "planner" / "progress.html", "#lang=en").page
    heads = page.inner_text("#list thead")
    assert "This year's task" in heads
    assert not re.search(r"[一-鿿]", heads)
    page.click("#language")
    assert "本年任务（户）" in re.sub(r"\s", "", page.inner_text("#list thead"))

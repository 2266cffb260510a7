"""The planner's pages of loads and of the winter's supply, in the browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pages.conftest import SIZES, Reader, write
from pages.test_access import CUT, small_targets, violations
from pages.test_tasks import Hand

from gis.pages import render_site
from gis.pages.model import Edition

EVIL = "<img src=x onerror=alert(1)>"
SHOWN = ("loads", "supply")


def station(name: str, state: str, total: float | None, **more: Any) -> dict[str, Any]:
    """A transformer of 100 kVA with 60 today and 80 with this year's homes."""
    known = total is not None
    return {
        "transformer_id": name, "village_code": "140882100201", "village": "樊村", "township": "樊村镇",
        "feeder_id": None, "basis": "peak" if known else "unverified", "open_document": None,
        "peak_on": "2024-01-20", "capacity_kva": 100.0, "base_kva": 60.0 if known else None,
        "year_total_kva": 80.0 if known else None, "total_kva": total, "vacant_kva": 4.4,
        "load_share": total / 100 if total is not None else None, "since_homes": 3,
        "year_homes": 20,
        "later_homes": 41, "vacant_homes": 2, "inferred_homes": 61, "fed_homes": 64,
        "simultaneity": 0.77,
        "state": "free" if known else state, "year_state": "free" if known else state,
        "total_state": state, "works": "transformer" if state == "overloaded" else "none",
        "usable_kva": 80.0, "limit_kva": 100.0, "works_kva": 30.0, "works_cny": 9000.0, "works_on": "", "lon": 110.7, "lat": 35.6, **more,
    }  # fmt: skip


LOADS = [
    station("T1", "free", 79.0), station("T2", "heavy", 95.5), station("T3", "overloaded", 121.0),
    station("T4", "unverified", None),
    station(EVIL, "free", 50.0, village=EVIL, lon=None, lat=None),
]  # fmt: skip


def need(
    quantity: str, horizon: str, needed: float | None, secured: float | None
) -> dict[str, Any]:
    left = None if needed is None or secured is None else secured - needed
    reason = "no_coldest_day" if needed is None else ""
    return {"quantity": quantity, "horizon": horizon, "homes": 12, "needed": needed,
            "not_counted": 0, "secured": secured, "missing": left, "reason": reason}  # fmt: skip


SUPPLY = [
    *(need("gas_season_m3", at, m3, 2500.0) for at,
        m3 in zip(("stock", "year", "all"), (2000.0, 2400.0, 2600.0), strict=True)),
    *(need("gas_coldest_m3_h", at, None, None) for at in ("stock", "year", "all")),
    *(need("gas_design_m3_day", at, 12_000.0, None) for at in ("stock", "year", "all")),
    *(need("gas_coldest_m3_day", at, 16_000.0, None) for at in ("stock", "year", "all")),
]  # fmt: skip
SOURCES = [
    {"source_piece": piece, "source_ids": names, "horizon": at, "homes": 40, "came": 0,
        "needed_mw": needed,
     "available_mw": given, "missing_mw": None if given is None else given - needed}
    for piece, names, given in (("P1", "热源一", 9.5), ("P2", "", 0.0), ("", "", None))
    for at, needed in (("stock", 8.0), ("year", 9.0), ("all", 11.25))
]  # fmt: skip
WAITING = [
    {"village_code": code, "village": name, "township": "樊村镇", "part": "", "route": route,
     "pending": homes, "works": {"zh": works, "en": works}, "works_cny": cny, "ready_on": day,
     "near_term": "", "interim": "clean_coal"}
    for code, name, route, homes, works, cny, day in (
        ("140882100201", "樊村", "electric_waiting", 61, "台区T3新增30 kVA，未列入计划", 9000.0, ""),
        ("140882100202", EVIL, "central", 40, "热力管延伸", None, "2025-09-30"),
    )
]  # fmt: skip
WHAT_IF = ("户均按 3 kVA", "热源少供 10 MW")
BILL = {
    "approach": "electric", "pending": 61, "coal_homes": 60, "not_counted_homes": 0,
    "coal_before_t_a": 150.0, "co2_before_t_a": 285.0, "co2_after_t_a": 146.3,
    "pm25_before_t_a": 1.05, "pm25_after_t_a": 0.0, "so2_before_t_a": 2.3, "so2_after_t_a": 0.0,
    "bill_before_per_home_cny_a": 2750.0, "bill_after_per_home_cny_a": 944.4,
}  # fmt: skip
BILLS = [BILL, BILL | {"approach": None, "bill_after_per_home_cny_a": None}]


@pytest.fixture(scope="module")
def folder(editions: dict[str, Edition], tmp_path_factory: pytest.TempPathFactory) -> Path:
    edition = editions["planner"]
    drawn = [
        {"type": "Feature",
         "properties": {"id": row["transformer_id"], "state": row["total_state"]},
         "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]}}
        for row in LOADS if row["lon"] is not None
    ]  # fmt: skip
    layer = {"type": "FeatureCollection", "features": drawn}
    made: Any = {"loads": LOADS, "supply": SUPPLY, "bills": BILLS, "heat_sources": SOURCES,
                 "waiting": WAITING}  # fmt: skip
    grounds = {"heat_by_median": 14, "heat_by_area": 20, "heat_by_default": 0}
    made["villages"] = [{**one, **grounds} for one in edition.villages]
    assert edition.comparison is not None
    plan, *others = edition.comparison.scenarios
    named: Any = [
        {**one, "name": {"zh": zh, "en": zh}} for one, zh in zip(others, WHAT_IF, strict=True)
    ]
    made["comparison"] = replace(edition.comparison, scenarios=[plan, *named])
    whole = replace(edition, geometry={**edition.geometry, "loads": layer}, **made)
    return write(tmp_path_factory.mktemp("loads"), whole)


def test_without_transformers_or_supply_there_are_no_such_pages(
    editions: dict[str, Edition], folder: Path
) -> None:
    alone = set(render_site(editions["planner"]))
    assert {path.name for path in folder.iterdir()} - alone == {"loads.html", "supply.html"}


def test_a_transformer_says_what_it_carries_step_by_step(
    folder: Path, visit: Callable[..., Reader]
) -> None:
    reader = visit(folder / "loads.html")
    rows = reader.page.locator("#list tbody tr")
    assert [rows.nth(n).get_attribute("data-id") for n in range(5)] == [
        "T3",
        "T2",
        "T1",
        EVIL,
        "T4",
    ]
    rows.nth(0).click()
    card = reader.text("#card")
    for said in (
        "100 kVA",
        "60 kVA",
        "80 kVA",
        "121 kVA",
        "过载",
        "20 户",
        "41 户",
        "64 户 · 0.77",
        "新购变压器",
        "增加 30 kVA，增容至 130 kVA",
        "不超过 80 kVA（额定的 80%）照常接入；至 100 kVA（100%）为重载",
        "2024年1月20日",
    ):
        assert said in card, said
    assert reader.page.evaluate("location.hash") == "#x=T3"
    widths = reader.page.eval_on_selector_all(
        ".load-step .meter :is(i, b)", "all => all.map((one) => one.style.width || one.style.left)"
    )  # 60, 80 and 121 kVA, each with a mark at 100
    assert widths == ["49.6%", "82.6%", "66.1%", "82.6%", "100%", "82.6%"]
    assert reader.page.locator(".load-step .over").count() == 1
    rows.nth(4).click()
    assert "待供电公司核实" in reader.text("#card")
    assert "60 kVA" not in reader.text("#card")
    assert reader.page.locator(".leaflet-loads-pane .mark-icon").count() == 4
    reader.page.locator("[data-key='loads.load_overloaded']").click()
    assert rows.count() == 4
    assert reader.page.locator(".leaflet-loads-pane .mark-icon").count() == 3
    assert reader.page.locator("img[src='x']").count() == 0
    assert reader.errors == []
    assert reader.outside() == []


def test_a_mark_on_the_map_opens_its_card(folder: Path, visit: Callable[..., Reader]) -> None:
    reader = visit(folder / "loads.html")
    reader.page.locator(".leaflet-loads-pane .mark-icon").last.click()
    assert "T3" in reader.text("#card")


def test_the_winter_is_told_by_quantity_and_what_is_short(
    folder: Path, visit: Callable[..., Reader]
) -> None:
    reader = visit(folder / "supply.html")
    said = reader.text("#supply")
    for words in (
        "2,000",
        "2,400",
        "2,600",
        "2,500",
        "全部缺 100",
        "没有极寒日气温（气象图层）或室外计算温度",
    ):
        assert words in said, words
    # a key stands beside what it means, for whoever fills it in
    assert "填写处：policy.toml 的 demand.outdoor_design_c" in said
    assert not re.search(r"[a-z]+_[a-z]+", reader.text("#supply .note:not(.faint)"))
    sources = reader.text("#sources")
    for words in ("热源一", "没有热源的管网（管段 P2）", "热源不明", "11.3", "9.5", "全部缺 1.75"):
        assert words in sources, words
    assert "P1" not in sources
    bills = reader.text("#bills")
    assert all(words in bills for words in ("煤改电", "2,750", "944", "1.05", "合计"))
    reader.page.click("#language")
    assert "100 short (All)" in reader.text("#supply")
    reader.page.evaluate("window.print = () => { window.printed = true; }")
    reader.page.click("#print")
    assert reader.page.evaluate("window.printed")
    assert reader.errors == []


def _what_if(hand: Hand, name: str) -> None:
    hand.go("方案比较")
    hand.click(f"#scenarios [data-scenario]:has-text('{name}')")
    assert name in hand.text("#scenarios [aria-pressed='true']")
    assert name in hand.text("#totals")
    assert "拟建配变容量" in hand.text("#totals")


def why_this_village(hand: Hand) -> None:
    hand.find("樊村")
    assert "依据" in hand.text("#card")


def what_stands_behind_this_demand(hand: Hand) -> None:
    hand.find("樊村")
    said = hand.text("#card")
    assert "年热量依据" in said
    assert "计量中位数 14 户" in said
    assert "面积指标 20 户" in said
    assert "政策缺省" not in said  # none


def how_much_gas_on_the_coldest_day(hand: Hand) -> None:
    hand.go("冬季保障")
    # 12,000 m³ on the design day, 4/3 of it on the coldest
    line = hand.text("#supply tr:has-text('燃气：极寒日用气（m³/日）')")
    assert "16,000" in line
    assert "12,000" in hand.text("#supply tr:has-text('燃气：设计日用气（m³/日）')")


def what_if_the_plant_gives_less(hand: Hand) -> None:
    _what_if(hand, WHAT_IF[1])


def which_mains_are_full(hand: Hand) -> None:
    hand.go("冬季保障")
    # it gives 9.5 MW: 1.5 to spare today, 1.75 short of the 11.25 of all
    line = hand.text("#sources tr:has-text('热源一')")
    assert "全部缺 1.75" in line


def what_if_another_load(hand: Hand) -> None:
    _what_if(hand, WHAT_IF[0])


def which_transformer_first(hand: Hand) -> None:
    hand.go("台区承载")
    first = hand.page.locator("#list tbody tr").first
    assert first.get_attribute("data-id") == "T3"  # 121 of 100 kVA, the others less
    assert "121%" in first.inner_text()


def which_village_waits_until_when(hand: Hand) -> None:
    hand.go("冬季保障")
    rows = hand.page.locator("#waiting tbody tr")
    first, second = (rows.nth(n).inner_text() for n in range(2))
    assert all(
        said in first for said in ("樊村", "煤改电（待配套电网改造）", "61", "9,000", "未定")
    )
    assert all(said in second for said in ("集中供热", "40", "2025年9月30日", "洁净煤过渡"))
    assert "9,000" not in second  # its cost is not known


def what_80_percent_means(hand: Hand) -> None:
    hand.go("台区承载")
    hand.click("#list tr[data-id='T2']")
    said = hand.text("#card")
    assert "95.5 kVA\n重载" in said
    assert (
        "不超过 80 kVA（额定的 80%）照常接入；至 100 kVA（100%）为重载，可接入，须列入改造" in said
    )


def what_of_the_vacant_homes(hand: Hand) -> None:
    hand.go("台区承载")
    # two on each of five transformers, 4.4 kVA each two
    assert "空置有设备的住户 10 户，春节返乡时另加 22 kVA" in hand.text("#card")


HEAT = (
    why_this_village, what_stands_behind_this_demand, how_much_gas_on_the_coldest_day,
    what_if_the_plant_gives_less, which_mains_are_full,
)  # fmt: skip
GRID = (
    what_if_another_load, which_transformer_first, which_village_waits_until_when,
    what_80_percent_means, what_of_the_vacant_homes,
)  # fmt: skip


@pytest.mark.parametrize("question", [*HEAT, *GRID])
def test_what_engineers_ask_is_two_clicks_from_the_first_page(
    folder: Path, visit: Callable[..., Reader], question: Callable[[Hand], None]
) -> None:
    reader = visit(folder / "index.html")
    hand = Hand(reader.page)
    question(hand)
    assert hand.clicks <= 2
    assert reader.errors == []


@pytest.mark.parametrize("name", SHOWN)
def test_the_pages_fit_and_axe_finds_nothing(
    folder: Path, visit: Callable[..., Reader], name: str
) -> None:
    reader = visit(folder / f"{name}.html", "#x=T3" if name == "loads" else "")
    for _ in ("zh", "en"):
        for width, height in SIZES.values():
            reader.page.set_viewport_size({"width": width, "height": height})
            assert reader.page.evaluate("document.documentElement.scrollWidth") <= width
            assert reader.page.evaluate(CUT) == []
        assert violations(reader) == []
        reader.page.click("#language")
    assert small_targets(reader) == []
    reader.page.emulate_media(media="print")
    shown = reader.page.locator("#list table, #supply table").first
    assert shown.is_visible()


@pytest.mark.parametrize("same", [True, False])
def test_a_year_that_is_as_today_says_why(
    editions: dict[str, Edition], visit: Callable[..., Reader], tmp_path: Path, same: bool
) -> None:
    year = 2000.0 if same else 2001.0
    supply: Any = [
        need("gas_season_m3", at, m3, 2500.0)
        for at, m3 in zip(("stock", "year", "all"), (2000.0, year, 2600.0), strict=True)
    ]
    edition = replace(editions["planner"], supply=supply)
    listed = sum(v["batch"] or 0 for v in edition.villages)
    said = visit(write(tmp_path / "planner", edition) / "supply.html").text("#supply")
    assert (f"本年名单 {listed:,} 户，台账均已改用清洁取暖" in said) is same

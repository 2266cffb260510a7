"""Twelve things that readers come for, each within a number of clicks; counted as a browser makes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pages.conftest import Reader

WAIT_MS = 2_000  # nobody waits longer for the answer to a click
VILLAGE = "樊村"


class Hand:
    """Clicks, counted; typing into a field and Enter are one each."""

    def __init__(self, page: Any) -> None:
        self.page, self.clicks = page, 0
        page.set_default_timeout(WAIT_MS)

    def click(self, selector: str) -> None:
        self.clicks += 1
        self.page.click(selector)

    def find(self, words: str) -> None:
        self.clicks += 2
        self.page.fill("#query", words)
        self.page.keyboard.press("Enter")

    def choose(self, selector: str, value: str) -> None:
        self.clicks += 1
        self.page.select_option(selector, value)

    def go(self, name: str) -> None:
        self.click(f"#nav a[data-page='{name}']")
        self.page.wait_for_selector("html[data-ready]")

    def file(self, selector: str) -> str:
        with self.page.expect_download() as waiting:
            self.click(selector)
        return Path(waiting.value.path()).read_text("utf-8-sig")

    def text(self, selector: str) -> str:
        return str(self.page.inner_text(selector))


def villager_finds_route_reason_cost_and_whom_to_ask(hand: Hand) -> None:
    hand.find(VILLAGE)
    card = hand.text("#card")
    for words in ("依据", "每户年成本", "异议反映"):
        assert words in card


def vice_mayor_sees_what_to_decide(hand: Hand) -> None:
    hand.go("brief")
    assert hand.page.locator(".tiles-brief .tile").count() == 5
    assert hand.page.locator("#decide li").count() >= 3


def inspector_sees_the_doors_that_keep_a_zone_open(hand: Hand) -> None:
    hand.go("clearance")
    hand.click("#list .row-button >> nth=0")
    assert "有人居住，仍以煤取暖" in hand.text("#doors")
    assert "办完以下各项即可清零" in hand.text("#card")


def planner_sees_the_worst_gap_and_its_cheapest_way(hand: Hand) -> None:
    hand.go("gaps")
    hand.click("#list .row-button >> nth=0")
    card = hand.text("#card")
    for words in ("第 1 位", "补齐所需", "每户投资", "责任单位"):
        assert words in card


def planner_compares_two_scenarios(hand: Hand) -> None:
    hand.go("compare")
    hand.click("#list .row-button >> nth=0")
    assert hand.text("#card").count("每户年成本") == 2


def planner_filters_by_two_things(hand: Hand) -> None:
    hand.go("approach")
    hand.click(".filters summary")
    hand.choose("#filter-status", "approved")
    hand.choose("#filter-cost", "b")
    assert "符合" in hand.text(".filters summary")


def planner_finds_a_home_by_its_number(hand: Hand) -> None:
    hand.go("approach")
    number = hand.page.evaluate("() => nuantu.points.homes.idOf(40)")
    hand.find(number)
    assert number in hand.text("#card")


def journalist_takes_the_numbers(hand: Hand) -> None:
    hand.go("progress")
    text = hand.file("#list .take-button >> nth=0")
    assert len(text.splitlines()) > 140


def journalist_takes_a_map(hand: Hand) -> None:
    hand.go("approach")
    with hand.page.expect_download() as waiting:
        hand.click("[data-key='take.picture']")
    assert waiting.value.suggested_filename.endswith(".png")


def clerk_prints_a_notice(hand: Hand) -> None:
    hand.find(VILLAGE)
    hand.click("#card a[href^='notice.html']")
    hand.page.wait_for_selector(".sheet")
    hand.page.evaluate("window.print = () => { window.printed = true; }")
    hand.click(".notice-buttons .strong-button >> nth=0")
    assert hand.page.evaluate("window.printed")


def clerk_prints_the_map_of_a_township(hand: Hand) -> None:
    hand.go("approach")
    hand.page.evaluate("window.print = () => { window.printed = true; }")
    hand.find("柴家镇")
    hand.click("#print")
    hand.click("input[value='view']")
    hand.click(".print-dialog .strong-button")
    assert hand.page.evaluate("window.printed")


def colleague_opens_a_link_on_its_village(hand: Hand) -> None:
    code = hand.page.evaluate("() => nuantu.data.villages[9].code")
    hand.page.goto(hand.page.url.split("#")[0].replace("index", "approach") + f"#v={code}")
    hand.page.wait_for_selector("html[data-ready]")
    assert code in hand.text("#card")


TASKS = [
    ("public", villager_finds_route_reason_cost_and_whom_to_ask, 2),
    ("planner", vice_mayor_sees_what_to_decide, 1),
    ("planner", inspector_sees_the_doors_that_keep_a_zone_open, 2),
    ("planner", planner_sees_the_worst_gap_and_its_cheapest_way, 2),
    ("public", journalist_takes_the_numbers, 2),
]
MORE = [
    ("planner", planner_compares_two_scenarios, 2),
    ("planner", planner_filters_by_two_things, 4),
    ("planner", planner_finds_a_home_by_its_number, 3),
    ("public", journalist_takes_a_map, 2),
    ("public", clerk_prints_a_notice, 4),
    ("public", clerk_prints_the_map_of_a_township, 6),
    ("public", colleague_opens_a_link_on_its_village, 0),
]


def _does(visit: Callable[..., Reader], site: Path, kind: str, task: Callable[[Hand], None]) -> int:
    reader = visit(site / kind / "index.html")
    hand = Hand(reader.page)
    task(hand)
    assert reader.errors == []
    return hand.clicks


@pytest.mark.parametrize(("kind", "task", "most"), TASKS)
def test_a_reader_does_it_in_so_many_clicks(
    site: Path, visit: Callable[..., Reader], kind: str, task: Callable[[Hand], None], most: int
) -> None:
    assert _does(visit, site, kind, task) <= most


@pytest.mark.long
@pytest.mark.parametrize(("kind", "task", "most"), MORE)
def test_a_reader_does_the_rest_too(
    site: Path, visit: Callable[..., Reader], kind: str, task: Callable[[Hand], None], most: int
) -> None:
    assert _does(visit, site, kind, task) <= most

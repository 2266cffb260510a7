"""Twelve things that readers come for, each within a number of clicks, counted in a browser."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pages.conftest import Reader

VILLAGE = "樊村"


class Hand:
    """Clicks, counted; typing and Enter are one each. What is clicked is found by its words."""

    def __init__(self, page: Any) -> None:
        self.page, self.clicks = page, 0

    def click(self, selector: str) -> None:
        self.clicks += 1
        self.page.click(selector)

    def find(self, words: str) -> None:
        self.clicks += 2
        self.page.fill("#query", words)
        self.page.keyboard.press("Enter")

    def choose(self, name: str, words: str) -> None:
        """Of the list that is called `name` the first choice that begins with `words`."""
        self.clicks += 1
        choice = self.page.locator(f"#filters label:has(span:text-is('{name}')) select")
        labels = [
            one for one in choice.locator("option").all_inner_texts() if one.startswith(words)
        ]
        choice.select_option(label=labels[0])

    def press(self, words: str, role: str = "button", within: str = "body") -> None:
        """The first control of its role with exactly these words."""
        self.clicks += 1
        self.page.locator(within).get_by_role(role, name=words, exact=True).first.click()

    def go(self, words: str) -> None:
        self.press(words, "link", "#nav")
        self.page.wait_for_selector("html[data-ready]")

    def seen(self, selector: str) -> list[str]:
        """The texts of what is visible of it."""
        every = self.page.locator(selector).all()
        return [str(one.inner_text()) for one in every if one.is_visible()]

    def file(self, selector: str) -> str:
        with self.page.expect_download() as waiting:
            self.click(selector)
        return Path(waiting.value.path()).read_text("utf-8-sig")

    def text(self, selector: str) -> str:
        return str(self.page.inner_text(selector))


def villager_finds_route_reason_cost_and_whom_to_ask(hand: Hand) -> None:
    hand.find(VILLAGE)
    card = hand.text("#card")
    village = hand.page.evaluate("() => nuantu.village.get(nuantu.state.village)")
    assert village["name"] == VILLAGE
    for words in ("煤改电", "依据：二（二）", f"{village['cost_cny_a']:,.0f} 元"):
        assert words in card
    assert f"异议反映\n{village['contact']['zh']}" in card


def vice_mayor_sees_what_to_decide(hand: Hand) -> None:
    hand.go("专报")
    numbers = hand.seen(".tiles-brief .tile")
    assert len(numbers) == 5
    assert all(any(sign.isdigit() for sign in text) for text in numbers)
    assert len([text for text in hand.seen("#decide li") if text.strip()]) >= 3


def inspector_sees_the_doors_that_keep_a_zone_open(hand: Hand) -> None:
    hand.go("禁煤区核查")
    hand.click("#list .row-button >> nth=0")
    assert "有人居住，仍以煤取暖" in hand.text("#doors")
    assert "办完以下各项即可清零" in hand.text("#card")
    first = hand.page.evaluate("() => nuantu.data.doors.id[0]")
    assert first in hand.text("#doors")


def planner_sees_the_worst_gap_and_its_cheapest_way(hand: Hand) -> None:
    hand.go("覆盖缺口")
    hand.click("#list .row-button >> nth=0")
    card = hand.text("#card")
    for words in ("第 1 位", "补齐所需\n热力管 480 米", "每户投资\n1,790 元", "责任单位\n市住建局"):
        assert words in card


def planner_compares_two_scenarios(hand: Hand) -> None:
    hand.go("方案比较")
    hand.click("#list .row-button >> nth=0")
    assert hand.text("#card").count("每户年成本") == 2
    assert "+10,416 户" in hand.text("#totals")
    assert len(hand.seen("#parameters tbody tr")) >= 1


def planner_filters_by_two_things(hand: Hand) -> None:
    hand.go("采暖方式")
    hand.click("summary:has-text('筛选')")
    hand.choose("状态", "已审定")
    hand.choose("每户年成本", "2,000–3,000 元")
    left = len(hand.seen("#list tbody tr"))
    assert f"符合 {left} 村" in hand.text("summary:has-text('筛选')")
    assert 0 < left < 144


def planner_finds_a_home_by_its_number(hand: Hand) -> None:
    hand.go("采暖方式")
    number = hand.page.evaluate("() => nuantu.points.homes.idOf(40)")
    hand.find(number)
    assert number in hand.text("#card")


def journalist_takes_the_numbers(hand: Hand) -> None:
    hand.go("改造进度")
    text = hand.file("#list .take-button:has-text('CSV')")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == len(hand.seen("#list tbody tr"))
    first = hand.seen("#list tbody tr:first-child > *")
    assert [rows[0]["村"], f"{int(rows[0]['本年任务（户）']):,}"] == [first[0], first[2]]


def journalist_takes_a_map(hand: Hand) -> None:
    hand.go("采暖方式")
    with hand.page.expect_download() as waiting:
        hand.press("存为图片")
    assert waiting.value.suggested_filename.endswith(".png")


def clerk_prints_a_notice(hand: Hand) -> None:
    hand.find(VILLAGE)
    hand.press("打印本村告示", "link", "#card")
    hand.page.wait_for_selector(".sheet")
    hand.page.evaluate("window.print = () => { window.printed = true; }")
    hand.click(".notice-buttons .strong-button >> nth=0")
    assert hand.page.evaluate("window.printed")


def clerk_prints_the_map_of_a_township(hand: Hand) -> None:
    hand.go("采暖方式")
    hand.page.evaluate("window.print = () => { window.printed = true; }")
    hand.find("柴家镇")
    hand.press("打印")
    hand.press("当前视图", "radio", ".print-dialog")
    hand.press("打印", within=".print-dialog")
    assert hand.page.evaluate("window.printed")
    assert "柴家镇" in hand.text("#filter")


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


@pytest.mark.parametrize(("kind", "task", "clicks"), TASKS)
def test_a_reader_does_it_in_so_many_clicks(
    site: Path, visit: Callable[..., Reader], kind: str, task: Callable[[Hand], None], clicks: int
) -> None:
    assert _does(visit, site, kind, task) == clicks


@pytest.mark.long
@pytest.mark.parametrize(("kind", "task", "clicks"), MORE)
def test_a_reader_does_the_rest_too(
    site: Path, visit: Callable[..., Reader], kind: str, task: Callable[[Hand], None], clicks: int
) -> None:
    assert _does(visit, site, kind, task) == clicks

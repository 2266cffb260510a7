"""Short names where they leave no doubt, official ones where they would."""

from __future__ import annotations

from typing import Any

import pytest

from gis.pages.model import Edition
from gis.pages.payload import office, shortened


def village(editions: dict[str, Edition], name: str, **changes: Any) -> Any:
    base = {"name": name, "initials": "x" * len(name), "pinyin": "", "township_code": "1"}
    return {**editions["public"].villages[0], **base, **changes}


@pytest.mark.parametrize(
    ("name", "title"),
    [("樊村村委会", "村委会"), ("府东社区居委会", "居委会"), ("樊村", ""), ("村委会", ""), ("", ""),
     ("甲村民委员会", "村民委员会"), ("村委会村", "")],
)  # fmt: skip
def test_the_committees_title(name: str, title: str) -> None:
    assert office(name) == title


def test_name_initials_and_pinyin_lose_the_title(editions: dict[str, Edition]) -> None:
    row = village(editions, "樊村村委会", initials="fccwh", pinyin="Fancun Cunweihui")
    (found,) = shortened([row])
    assert (found["name"], found["initials"], found["pinyin"]) == ("樊村", "fc", "Fancun")
    assert found["full"] == "樊村村委会"


def test_two_of_one_short_name_keep_their_official_ones(editions: dict[str, Edition]) -> None:
    rows = [village(editions, "城关村委会"), village(editions, "城关居委会")]
    assert [row["name"] for row in shortened(rows)] == ["城关村委会", "城关居委会"]
    elsewhere = [rows[0], village(editions, "城关居委会", township_code="2")]
    assert [row["name"] for row in shortened(elsewhere)] == ["城关", "城关"]

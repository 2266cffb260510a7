"""Numbers as the pages write them, and none that a click would have to wait for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pages.conftest import Reader, write
from pages.made_city import city

WRITTEN = {
    "number(1234567.5)": "1,234,568",
    "number(999)": "999",
    "number(null)": "—",
    "decimal(1.25)": "1.3",
    "decimal(1.24)": "1.2",
    "decimal(12)": "12",
    "decimal(1234.96)": "1,235",
    "decimal(1234567.89)": "1,234,567.9",
    "decimal(undefined)": "—",
    "metres(1150)": "1.2 千米",
    "wan(12345678)": "1,234.6 万元",
    "share(29, 200)": "15%",
    "share(1, 8)": "13%",
    "share(2469, 20)": "12,345%",
    "share(1, 1000)": "<1%",
    "share(999, 1000)": "99%",
    "share(7, 7)": "100%",
    "share(0, 7)": "0%",
}


def test_numbers_are_rounded_half_up_and_grouped(site: Path, visit: Callable[..., Reader]) -> None:
    page = visit(site / "planner" / "progress.html").page
    assert {written: page.evaluate(f"nuantu.{written}") for written in WRITTEN} == WRITTEN


def test_a_card_is_written_without_waking_intl(
    tmp_path: Path, visit: Callable[..., Reader]
) -> None:
    """The first number that Intl writes takes as long as all the rest of the first click."""
    edition = city("planner")
    villages = [dict(village, pipe_m=2_350.0) for village in edition.villages]
    folder = write(tmp_path, replace(edition, villages=villages))
    reader = visit(folder / "approach.html")
    reader.page.evaluate("() => { delete window.Intl; }")
    reader.page.click("#list tbody tr >> nth=3")
    assert "2.4 千米" in reader.text("#card .facts")
    assert reader.errors == []

"""The notice for a village's board: one page each, for one village or for all."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from pages.conftest import Reader, write
from pages.made_city import city
from pages.test_hostile import plant

from gis.pages.edition import Edition


def test_a_village_has_one_sheet_with_route_reason_money_dates_and_contact(
    site: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    village = next(v for v in editions["public"].villages if v["approach"] == "electric")
    reader = visit(site / "public" / "notice.html", f"#v={village['code']}")
    sheet = reader.text("#sheets")
    for words in (village["name"], "煤改电", village["reason"]["zh"], "依据：二（二）",
                  f"{village['own_cny_a']:,.0f} 元", f"{village['subsidy_cny_a']:,.0f} 元",
                  "2024年11月15日", village["contact"]["zh"], "演示数据", "示意图",
                  f"approach.html#v={village['code']}"):  # fmt: skip
        assert words in sheet
    assert reader.page.locator(".sheet-map path[stroke='#0f4f55']").count() == 1


@pytest.mark.parametrize(("paper", "size"), [("A4", "595.92 x 842.88"), ("A3", "841.92 x 1191.12")])
def test_a_notice_is_one_page_of_either_paper(
    site: Path, visit: Callable[..., Reader], tmp_path: Path, paper: str, size: str
) -> None:
    if shutil.which("pdfinfo") is None:
        pytest.skip("no pdfinfo on this machine")
    reader = visit(site / "public" / "notice.html", "#v=140882100201")
    reader.page.evaluate("window.print = () => {}")
    reader.page.click(f"#notice-buttons >> text={paper}")
    pdf = tmp_path / "notice.pdf"
    reader.page.pdf(path=str(pdf), prefer_css_page_size=True, print_background=True)
    info = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, check=True).stdout.decode()
    assert "Pages:           1\n" in info
    found = [float(n) for n in re.findall(r"Page size:\s+([\d.]+) x ([\d.]+)", info)[0]]
    assert found == pytest.approx([float(n) for n in size.split(" x ")], abs=2)


def test_all_villages_a_sheet_each(site: Path, visit: Callable[..., Reader]) -> None:
    reader = visit(site / "public" / "notice.html")
    assert reader.page.locator(".sheet").count() == 0
    reader.page.click("#notice-buttons button")
    assert reader.page.locator(".sheet").count() == 144
    assert reader.errors == []
    assert reader.outside() == []


def test_the_card_leads_to_the_notice(site: Path, visit: Callable[..., Reader]) -> None:
    reader = visit(site / "public" / "approach.html", "#v=140882100201&lang=en")
    reader.page.click("#card .onward a")
    reader.page.wait_for_selector("html[data-ready]")
    assert "樊村" in reader.text(".sheet h2")
    assert reader.page.get_attribute("html", "lang") == "en"
    assert Axe().run(reader.page).violations_count == 0


def test_unpublished_and_expiry_are_said_and_nothing_runs(
    tmp_path: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    villages = [dict(village) for village in city().villages]
    villages[0] |= {"approach": "unpublished", "reason": {"zh": "", "en": ""}, "clause": ""}
    folder = write(tmp_path / "a", replace(city(), villages=villages, expires_on="2024-11-30"))
    reader = visit(folder / "notice.html", f"#v={villages[0]['code']}")
    assert "本村方案尚未公布" in reader.text(".sheet")
    assert "本告示有效期至 2024年11月30日" in reader.text(".sheet")
    assert "元" not in reader.text(".sheet .sheet-columns")
    hostile = visit(write(tmp_path / "b", plant(editions["public"])) / "notice.html")
    hostile.page.click("#notice-buttons button")
    assert hostile.page.evaluate("window.__ran") is None
    assert hostile.errors == []

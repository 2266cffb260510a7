"""The notice for a village's board: one page each, for one village or for all."""

from __future__ import annotations

import json
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

from gis.errors import InputError, UsageError
from gis.pages.model import Edition
from gis.publish.village_notices import NOTICES, write_village_notices


def test_a_village_has_one_sheet_with_route_reason_money_dates_and_contact(
    site: Path, editions: dict[str, Edition], visit: Callable[..., Reader]
) -> None:
    village = next(v for v in editions["public"].villages if v["approach"] == "electric")
    reader = visit(site / "public" / "notice.html", f"#v={village['code']}")
    sheet = reader.text("#sheets")
    for words in (village["name"], "煤改电", village["reason"]["zh"], "依据：二（二）",
                  f"{village['own_cny_a']:,.0f} 元", f"{village['subsidy_cny_a']:,.0f} 元",
                  "2024年11月15日", village["contact"]["zh"], "演示数据", "示意图"):  # fmt: skip
        assert words in sheet
    assert "补贴和配套工程分摊" in sheet  # what a home does not pay is not subsidy alone
    assert "其中补贴" not in sheet
    assert "approach.html" not in sheet  # no address: nothing to type in
    assert reader.page.locator(".sheet-map path[stroke='#0f4f55']").count() == 1
    assert "本告示有效至下一版公布" in sheet
    assert "已过有效期" not in reader.text("#bands")


def scanned(reader: Reader, folder: Path) -> str:
    """What a telephone would read off the notice."""
    if shutil.which("zbarimg") is None:
        pytest.skip("no zbarimg on this machine")
    picture = folder / "code.png"
    reader.page.locator(".sheet-code svg").screenshot(path=str(picture))
    run = subprocess.run(["zbarimg", "--raw", "-q", picture], capture_output=True, check=True)
    return run.stdout.decode().strip()


def test_the_code_says_what_the_notice_is(
    site: Path, visit: Callable[..., Reader], tmp_path: Path
) -> None:
    reader = visit(site / "public" / "notice.html", "#v=140882100201")
    assert scanned(reader, tmp_path).split("\n") == [
        "河津市2024年冬季清洁取暖",
        "樊村 140882100201",
        "公众版 截至 2024-10-31",
        "河政办发〔2024〕8号",
    ]


def test_the_code_leads_to_the_village_where_the_edition_is_on_the_web(
    visit: Callable[..., Reader], tmp_path: Path
) -> None:
    online = replace(city(), address="https://heat.example.cn/nuantu/")
    reader = visit(write(tmp_path, online) / "notice.html", "#v=140882100201")
    link = "https://heat.example.cn/nuantu/approach.html#v=140882100201"
    assert scanned(reader, tmp_path) == link
    assert f"电子版：{link}" in reader.text(".sheet")


def test_only_the_public_edition_has_notices(site: Path, visit: Callable[..., Reader]) -> None:
    assert not (site / "planner" / "notice.html").exists()
    reader = visit(site / "planner" / "approach.html", "#v=140882100201")
    assert reader.page.locator("a[href*=notice]").count() == 0


def made(folder: Path, site: Path, *names: str) -> Path:
    """The page of some notices, out of a publication."""
    (folder / "public").mkdir()
    (folder / NOTICES).write_bytes((site / NOTICES).read_bytes())
    page = folder / "notice.html"
    page.write_bytes(write_village_notices(folder, names))
    return page


def test_notices_of_some_villages_out_of_a_publication(
    site: Path, visit: Callable[..., Reader], tmp_path: Path
) -> None:
    reader = visit(made(tmp_path, site, "樊村", "下化乡", "140882100201"))
    # nine villages of 下化乡, and 樊村 once though named twice
    heads = reader.page.locator(".sheet h2").all_inner_texts()
    assert len(heads) == len(set(heads)) == 10
    assert heads[0] == "樊村"
    assert reader.page.locator("#query").is_hidden()
    assert reader.errors == []
    data = json.loads(reader.page.inner_text("#edition"))
    assert set(data["codes"]) == set(data["only"])


def test_notices_of_all_villages_out_of_a_publication(
    site: Path, visit: Callable[..., Reader], tmp_path: Path
) -> None:
    assert visit(made(tmp_path, site)).page.locator(".sheet").count() == 144


def test_a_notice_for_nobody_and_of_nothing(site: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="0 个村"):
        made(tmp_path, site, "没有这个村")
    with pytest.raises(InputError, match=r"public/notice\.html"):
        write_village_notices(tmp_path / "public")


def test_a_notice_says_who_publishes_it_and_until_when_objections_are_heard(
    tmp_path: Path, visit: Callable[..., Reader]
) -> None:
    issuer = {
        "name": {"zh": "示例市清洁取暖办", "en": "Office"},
        "phone": "0359-0000000",
        "days": 7,
    }
    edition = city(issuer=issuer)
    code = edition.villages[3]["code"]
    told = visit(write(tmp_path, edition) / "notice.html", f"#v={code}").text(".sheet")
    for words in ("示例市清洁取暖办（公章）", "电话：0359-0000000", "自公布之日起 7 日内受理"):
        assert words in told
    card = visit(tmp_path / "approach.html", f"#v={code}").text("#card")
    assert "示例市清洁取暖办" in card
    assert "电话 0359-0000000" in card
    alone = visit(write(tmp_path / "none", city()) / "notice.html", f"#v={code}").text(".sheet")
    assert "公章" not in alone


def test_card_and_notice_say_the_last_day_to_object(
    tmp_path: Path, visit: Callable[..., Reader]
) -> None:
    """28 February 2024 and 3 days: the year has a 29th. A corrected notice counts from its own day."""
    villages = [dict(village) for village in city().villages]
    villages[1] |= {"approach": "unpublished", "reason": {"zh": "", "en": ""}, "clause": ""}
    villages[3] |= {"contact": {"zh": villages[3]["township"], "en": villages[3]["township"]}}
    plain, unpublished, corrected, withdrawn = (villages[n]["code"] for n in (3, 1, 2, 4))
    note = {"action": "corrected", "on": "2024-03-01", "document_no": "", "reason": "费用重算"}
    notes = {
        corrected: [note, note | {"on": "2024-03-05"}],
        withdrawn: [note, note | {"action": "withdrawn"}],
    }
    issuer = {"name": {"zh": "示例市清洁取暖办", "en": "Office"}, "phone": "", "days": 3}
    told = {"villages": villages, "issuer": issuer, "notice_notes": notes}
    folder = write(tmp_path, city(as_of="2024-01-31", published_on="2024-02-28", **told))
    day = "自公布之日（2024年2月28日）起 3 日内受理，至 2024年3月2日止。"
    for name, box in (("notice", ".sheet"), ("approach", "#card")):
        reader = visit(folder / f"{name}.html", f"#v={plain}")
        assert day in reader.text(box)
        assert "3月1日止" not in reader.text(box)
        assert "电话" not in reader.text(box)
        for code in (unpublished, withdrawn):
            reader.page.evaluate("(code) => nuantu.select('village', code)", code)
            assert "自公布之日起 3 日内受理。" in reader.text(box)
            assert "2024年3月2日" not in reader.text(box)
        reader.page.evaluate("(code) => nuantu.select('village', code)", corrected)
        assert "自公布之日（2024年3月5日）起 3 日内受理，至 2024年3月8日止。" in reader.text(box)
        reader.page.evaluate("(code) => nuantu.select('village', code)", plain)
        reader.page.click("#language")
        english = reader.text(box)
        assert "within 3 days of publication on 28 Feb 2024: until 2 Mar 2024." in english
        assert f"{villages[3]['township']} " in english.split("Objections")[1]
        assert "Document: 河清暖办〔2024〕12号" in english


def test_no_last_day_is_stated_without_the_day_of_publication(
    tmp_path: Path, visit: Callable[..., Reader]
) -> None:
    issuer = {"name": {"zh": "示例市清洁取暖办", "en": "Office"}, "phone": "", "days": 3}
    edition = city(issuer=issuer)
    code = edition.villages[3]["code"]
    folder = write(tmp_path, edition)
    for name, box in (("notice", ".sheet"), ("approach", "#card")):
        told = visit(folder / f"{name}.html", f"#v={code}").text(box)
        assert "自公布之日起 3 日内受理。" in told
        assert "受理，至" not in told


def test_a_note_stands_in_place_of_a_withdrawn_notice_and_above_a_corrected_one(
    tmp_path: Path, visit: Callable[..., Reader]
) -> None:
    codes = [village["code"] for village in city().villages if village["approach"] == "electric"]
    first = {
        "action": "withdrawn",
        "on": "2024-11-02",
        "document_no": "办3号",
        "reason": "<b>调整</b>",
    }
    then = {"action": "corrected", "on": "2024-11-09", "document_no": "", "reason": "费用重算"}
    folder = write(tmp_path, city(notice_notes={codes[0]: [first], codes[1]: [first, then]}))
    gone = visit(folder / "notice.html", f"#v={codes[0]}").text(".sheet")
    assert "本村告示已于2024年11月2日撤回 理由：<b>调整</b> 文号：办3号" in gone
    assert "煤改电" not in gone
    assert "元" not in gone
    reader = visit(folder / "notice.html", f"#v={codes[1]}")
    assert reader.page.locator(".notice-note").all_inner_texts() == [
        "本村告示已于2024年11月9日更正 理由：费用重算",
        "本村告示已于2024年11月2日撤回 理由：<b>调整</b> 文号：办3号",
    ]
    assert "煤改电" in reader.text(".sheet")
    assert "notice of this village was withdrawn on" in visit(
        folder / "approach.html", f"#v={codes[0]}&lang=en"
    ).text("#card")
    assert visit(folder / "notice.html", f"#v={codes[2]}").page.locator(".notice-note").count() == 0


@pytest.mark.parametrize(("paper", "size"), [("A4", "595.92 x 842.88"), ("A3", "841.92 x 1191.12")])
def test_a_notice_is_one_page_of_either_paper(
    site: Path, visit: Callable[..., Reader], tmp_path: Path, paper: str, size: str
) -> None:
    if shutil.which("pdfinfo") is None:
        pytest.skip("no pdfinfo on this machine")
    reader = None
    for lang in ("zh", "en"):
        fragment = f"#lang={lang}&v=140882100201"
        reader = visit(site / "public" / "notice.html", fragment, after=reader)
        reader.page.evaluate("window.print = () => {}")
        reader.page.click(f"#notice-buttons >> text={paper}")
        pdf = tmp_path / "notice.pdf"
        reader.page.pdf(path=str(pdf), prefer_css_page_size=True, print_background=True)
        info = subprocess.run(
            ["pdfinfo", str(pdf)], capture_output=True, check=True
        ).stdout.decode()
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
    assert "已过有效期" in reader.text("#bands")
    assert "元" not in reader.text(".sheet .sheet-columns")
    hostile = visit(write(tmp_path / "b", plant(editions["public"])) / "notice.html")
    hostile.page.click("#notice-buttons button")
    assert hostile.page.evaluate("window.__ran") is None
    assert hostile.errors == []


def test_words_of_any_length_leave_a_code_that_can_be_read(tmp_path: Path) -> None:
    long = {"zh": "河" * 3000, "en": "x" * 3000}
    villages = [dict(village) | {"name": "樊" * 3000} for village in city().villages[:2]]
    for address in ("", "https://example.invalid/" + "x" * 3000):
        made = city(title=long, document="津" * 3000, address=address, villages=villages)
        assert (write(tmp_path, made) / "notice.html").stat().st_size > 0

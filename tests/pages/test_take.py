"""What a reader takes along: the files say what the page says, and no cell of them is computed."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pages.conftest import PAGES, PUBLIC_PAGES, Reader, write
from pyproj import Geod
from python_calamine import CalamineWorkbook

from gis.pages.model import Edition

HOSTILE = {
    "=1+1": "'=1+1",
    "+cmd|' /C calc'!A0": "'+cmd|' /C calc'!A0",
    "\t=1": "'\t=1",
    "'=1": "''=1",
    "＝1+1": "'＝1+1",
    "@SUM(A1)": "'@SUM(A1)",
    "-": "-",
    "-12.5": "-12.5",
    "-a": "'-a",
    "+1,234%": "+1,234%",
    'a"b,c': 'a"b,c',
    "x\ny": "x\ny",
    "</script><b>": "</script><b>",
    "樊村\u0007": "樊村\u2407",
}

COLOURS = """async (base64) => {
  const image = new Image(); image.src = `data:image/png;base64,${base64}`;
  await image.decode(); const { width, height } = image;
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d"); context.drawImage(image, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  const times = new Map();
  for (const pixel of pixels) times.set(pixel, (times.get(pixel) ?? 0) + 1);
  const most = Math.max(...times.values()) / pixels.length;
  return { width, height, colours: times.size, most }; }"""


def bytes_of(page: Any, script: str) -> bytes:
    return bytes(page.evaluate(script))


def test_no_text_of_a_csv_is_a_formula(site: Path, visit: Callable[..., Reader]) -> None:
    page = visit(site / "public" / "gaps.html").page
    table = {"columns": ["=name", "n"], "rows": [[text, 3.5] for text in HOSTILE]}
    text = page.evaluate("(table) => nuantu.csv(table)", table)
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert rows == [["'=name", "n"], *([told, "3.5"] for told in HOSTILE.values())]


def test_every_text_of_a_workbook_is_text(site: Path, visit: Callable[..., Reader]) -> None:
    page = visit(site / "public" / "gaps.html").page
    table = {"columns": ["=name", "n"], "rows": [[text, -3] for text in HOSTILE]}
    made = bytes_of(page, f"""async () => [...new Uint8Array(
        await nuantu.xlsx({json.dumps(table)}).arrayBuffer())]""")  # fmt: skip
    rows = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_index(0).to_python()
    assert rows[0] == ["=name", "n"]
    assert [row[0] for row in rows[1:]] == [text.replace("\x07", "\u2407") for text in HOSTILE]
    assert {row[1] for row in rows[1:]} == {-3}
    assert b"<f>" not in made
    again = bytes_of(page, f"""async () => [...new Uint8Array(
        await nuantu.xlsx({json.dumps(table)}).arrayBuffer())]""")  # fmt: skip
    assert made == again


def numbers_in(told: object) -> set[float]:
    """Every number of what JSON holds, written as a number or within a text."""
    if isinstance(told, dict):
        told = [*told.values(), *told]
    if isinstance(told, list):
        return set().union(*map(numbers_in, told))
    if isinstance(told, bool) or told is None:
        return set()
    text = str(told).replace(",", "")
    return {round(float(one), 9) for one in re.findall(r"\d+(?:\.\d+)?", text)}


def taken_beyond(page: Any, files: dict[str, Path]) -> set[float]:
    """Numbers of the files that neither the page's data nor what it shows has."""
    known = numbers_in(page.evaluate("() => nuantu.data"))
    known |= numbers_in(page.locator("body").inner_text())
    taken = numbers_in(files[".csv"].read_text("utf-8-sig").replace(",", "\n"))
    if ".geojson" in files:
        taken |= numbers_in(json.loads(files[".geojson"].read_text("utf-8")))
    return taken - known


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("public", PUBLIC_PAGES),
        ("planner", ["approach", "compare"]),  # a page of both editions, and one of this alone
        pytest.param("planner", PAGES, marks=pytest.mark.long),
    ],
)
def test_every_table_is_taken_as_it_stands(
    site: Path, visit: Callable[..., Reader], tmp_path: Path, kind: str, names: list[str]
) -> None:
    reader = None
    for name in names:
        reader = visit(site / kind / f"{name}.html", after=reader)
        page = reader.page
        for section in page.locator(".take").all():
            files = {}
            for button in section.locator("button").all():
                with page.expect_download() as waiting:
                    button.click()
                path = tmp_path / f"{name}-{waiting.value.suggested_filename}"
                waiting.value.save_as(path)
                files[path.suffix] = path
            rows = list(csv.reader(io.StringIO(files[".csv"].read_text("utf-8-sig"), newline="")))
            sheet = CalamineWorkbook.from_path(str(files[".xlsx"])).get_sheet_by_index(0)
            written = [[str(cell) for cell in row] for row in sheet.to_python()]
            assert [len(row) for row in rows] == [len(row) for row in written], name
            assert [row[0] for row in rows[1:]] == [
                row[0].removesuffix(".0") for row in written[1:]
            ], name
            assert "演示数据" in rows[1][-1], name
            if ".geojson" in files:
                told = json.loads(files[".geojson"].read_text("utf-8"))
                assert len(told["features"]) == len(rows) - 1, name
                assert told["截至"] == "2024-10-31"
            if kind == "public":
                assert taken_beyond(page, files) == set(), name
        assert reader.errors == []
        assert reader.outside() == []


def test_a_map_is_taken_as_a_picture_with_all_that_belongs_to_it(
    site: Path, visit: Callable[..., Reader]
) -> None:
    reader = visit(site / "planner" / "approach.html")
    with reader.page.expect_download() as waiting:
        reader.page.click("[data-key='take.picture']")
    assert waiting.value.suggested_filename.endswith("2024-10-31.png")
    made = Path(waiting.value.path()).read_bytes()
    seen = reader.page.evaluate(COLOURS, base64.b64encode(made).decode())
    width, height = reader.page.evaluate(
        "() => { const { x, y } = nuantu.views[0].map.getSize(); return [x, y]; }"
    )
    assert seen["width"] == 2 * width
    assert seen["height"] > 2 * height + 200
    assert seen["colours"] > 500
    assert seen["most"] < 0.6
    text = reader.page.evaluate("() => nuantu.picture(nuantu.views[0]).text")
    for said in ("清洁取暖方式分布图", "内部工作用图 不得公开", "截至 2024年10月31日", "示意图"):
        assert said in text
    assert reader.errors == []


def test_a_distance_is_measured_and_the_place_told(
    site: Path, visit: Callable[..., Reader]
) -> None:
    page = visit(site / "public" / "gaps.html").page
    page.click("[data-key='map.measure']")
    box = page.locator(".measure").bounding_box()
    for x, y in ((200, 300), (320, 300), (320, 410)):
        page.mouse.click(box["x"] + x, box["y"] + y)
    places = page.evaluate(
        "() => [[200, 300], [320, 300], [320, 410]].map((at) => {"
        " const { lat, lng } = nuantu.views[0].map.containerPointToLatLng(at); return [lng, lat]; "
        "})"
    )
    metres = Geod(ellps="sphere").line_length(*zip(*places, strict=True))
    told = page.inner_text(".measured")
    found = re.fullmatch(r"([\d.]+)°E ([\d.]+)°N · 长 ([\d.]+) 千米", told)
    assert found, told
    lon, lat, length = map(float, found.groups())
    assert (lon, lat) == pytest.approx(tuple(places[2]), abs=0.001)  # a pixel
    assert length == pytest.approx(metres / 1000, rel=0.01)
    page.keyboard.press("Escape")
    assert not page.is_visible(".measured")


def test_a_link_opens_on_what_it_names_and_the_zoom_ends(
    site: Path, visit: Callable[..., Reader]
) -> None:
    far = visit(site / "public" / "approach.html").page
    code = far.evaluate("() => nuantu.data.villages[7].code")
    near = visit(site / "public" / "approach.html", f"#v={code}").page
    zoom = "() => nuantu.views[0].map.getZoom()"
    assert near.evaluate(zoom) > far.evaluate(zoom) + 1
    assert near.evaluate(
        "() => nuantu.views[0].map.getBounds()"
        ".contains(L.geoJSON(nuantu.chosenFeatures()).getBounds())"
    )
    near.evaluate("() => nuantu.views[0].map.setZoom(40, { animate: false })")
    ratio = near.evaluate("() => nuantu.metresPerPixel(nuantu.views[0].map) * 96 / 0.0254")
    assert ratio == pytest.approx(1000, rel=0.01)


def test_the_file_of_a_table_has_the_rows_that_are_shown(
    site: Path, visit: Callable[..., Reader]
) -> None:
    page = visit(site / "public" / "approach.html").page
    with page.expect_download() as waiting:
        page.click(".take button:has-text('CSV')")
    text = Path(waiting.value.path()).read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    shown = page.evaluate(
        "() => [...document.querySelectorAll('#list tbody tr')].map((row) =>"
        " [row.dataset.id, row.querySelector('.number').innerText])"
    )
    assert [(row["村代码"], f"{int(row['户数']):,}") for row in rows] == [
        tuple(one) for one in shown
    ]
    page.click("[data-key='routes.electric']")
    with page.expect_download() as waiting:
        page.click(".take button:has-text('CSV')")
    fewer = Path(waiting.value.path()).read_text("utf-8-sig").splitlines()
    assert len(fewer) - 1 == page.locator("#list tbody tr").count() < len(rows)


def test_public_files_say_why_a_cell_has_no_value(
    editions: dict[str, Edition], visit: Callable[..., Reader], tmp_path: Path
) -> None:
    public = editions["public"]
    done = next(v for v in public.villages if v["approach"] == "done")
    small: Any = {**public.villages[0], "batch": None, "cost_cny_a": None, "zone_id": "", "gap": ""}
    small |= {"approach": "electric", "runner_up": "", "runner_up_cost_cny_a": None}
    merged: Any = {**public.villages[1], "merged": True, "pending": None, "households": None}
    others = [v for v in public.villages[2:] if v is not done]
    edition = replace(public, villages=[small, merged, done, *others])
    folder = write(tmp_path / "public", edition)

    def rows(kind: str = "CSV") -> dict[str, dict[str, str]]:
        page = visit(folder / "approach.html").page
        with page.expect_download() as waiting:
            page.click(f"#list .take-button:has-text('{kind}')")
        text = Path(waiting.value.path()).read_text("utf-8-sig")
        if kind == "GeoJSON":
            found = [one["properties"] for one in json.loads(text)["features"]]
        else:
            found = list(csv.DictReader(io.StringIO(text, newline="")))
        return {str(row["村代码"]): row for row in found}

    told = rows()
    assert all(value != "" for row in told.values() for value in row.values())
    first = told[small["code"]]
    assert first["本年任务（户）"] == "未列入本年任务"
    assert first["每户年成本（元）"] == "户数少，不公布"
    assert first["备选方式"] == "没有其他可行方式"
    # a public page never says that there is none where it may only not be told
    assert first["禁煤区编号"] == first["覆盖缺口"] == "没有，或户数少不公布"
    assert told[merged["code"]]["待改（户）"] == "户数过少，不公布户数"
    assert told[done["code"]]["每户年成本（元）"] != first["每户年成本（元）"]
    drawn = rows("GeoJSON")[small["code"]]
    assert drawn["本年任务（户）"] is None  # a number or nothing, for programs


def test_a_picture_names_its_township_and_its_filter(
    site: Path, visit: Callable[..., Reader]
) -> None:
    page = visit(site / "planner" / "approach.html", "#t=140882100&f=status:approved").page
    name = page.evaluate("() => nuantu.name(nuantu.township.get('140882100'))")
    text = page.evaluate("() => nuantu.picture(nuantu.views[0]).text")
    assert f"{name}清洁取暖方式分布图" in text
    assert "状态：已审定" in text
    with page.expect_download() as waiting:
        page.click("[data-key='take.picture']")
    for said in (name, "状态_已审定"):
        assert said in waiting.value.suggested_filename

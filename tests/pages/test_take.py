"""What a reader takes along: the files say what the page says, and no cell of them is computed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pages.conftest import PAGES, Reader
from python_calamine import CalamineWorkbook

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


@pytest.mark.parametrize("kind", ["public", "planner"])
def test_every_table_is_taken_as_it_stands(
    site: Path, visit: Callable[..., Reader], tmp_path: Path, kind: str
) -> None:
    for name in PAGES:
        reader = visit(site / kind / f"{name}.html")
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
        assert reader.errors == []
        assert reader.outside() == []


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

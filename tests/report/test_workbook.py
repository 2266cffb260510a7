"""Workbooks: Chinese headings, codes as text, nothing calculated, the same bytes each time."""

import io
import re
import zipfile
from datetime import date

import numpy as np
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from gis.errors import Text
from gis.report.metadata import About
from gis.report.print_layout import in_fen, lines_of, width, widths, with_page_numbers
from gis.report.workbook import Chart, WorkbookSheet, sheet, workbook_bytes
from gis.report.xlsx_rows import LONGEST_CELL, XlsxRows, cell_xml, shorten_cell

ABOUT = About("town", Text("小城", "Town"), date(2024, 10, 31), demonstration=True)
ODD = [
    "<b>&amp;", "=1+1", "http://example.test/x", "0012", " s ", "_x0041_", "a\x07b", "l\nl",
    "\ufffe", "长" * (LONGEST_CELL + 5), "", None,
]  # fmt: skip


def table(rows):
    """Every kind of column, `rows` long, the odd texts first."""
    texts = pd.Series((ODD * (rows // len(ODD) + 1))[:rows], dtype="str")
    numbers = np.arange(rows, dtype=float)
    numbers[1:2] = np.nan
    return pd.DataFrame(
        {
            "household_id": [f"14088200100100{n:04}" for n in range(rows)],
            "value": texts,
            "approach": ["central", None] * (rows // 2) + ["gas"] * (rows % 2),
            "pending": pd.array([True, False, None] * (rows // 3) + [True] * (rows % 3), "boolean"),
            "households": pd.array([5, None] * (rows // 2) + [7] * (rows % 2), "Int64"),
            "cost_cny": numbers / 4,
            "signed_on": pd.to_datetime(["2024-10-31", None] * (rows // 2) + [None] * (rows % 2)),
            "share_done": [0.5] * rows,
        }
    )


def book(rows, **more):
    made = sheet("households", table(rows), shares=("share_done",), wide=("value",), **more)
    return workbook_bytes([made], "住户清单", ABOUT)


def read(content, number=0):
    return (
        CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(number).to_python()
    )


def test_head_and_headings():
    rows = read(book(3))
    assert rows[0][0] == "小城 住户清单"
    assert rows[1][0] == "数据截至2024年10月31日"
    assert rows[2][0] == "合成演示数据"
    assert rows[3] == [
        "户编号",
        "原值",
        "取暖方式",
        "待改（户）",
        "户数",
        "投资（元）",
        "签约日期",
        "完成率",
    ]


def test_codes_are_text_and_numbers_are_numbers():
    first = read(book(3))[4]
    assert first == [
        "140882001001000000"[:18],
        "<b>&amp;",
        "集中供热",
        "是",
        5.0,
        0.0,
        "2024-10-31",
        0.5,
    ]
    assert read(book(3))[5][2:] == ["", "否", "", "", "", 0.5]


@pytest.mark.parametrize("rows", [24, 2400, pytest.param(45_000, marks=pytest.mark.long)])
def test_long_tables_hold_the_same_as_short_ones(rows):
    """Above a thousand rows they are written in bulk; what is read back may not differ."""
    cells = read(book(rows))[4:]
    assert len(cells) == rows
    short = read(book(24))[4:]
    for number in (0, 1, 5, 9, 11, 12, 23):
        assert cells[number][1:5] == short[number][1:5], number
        assert cells[number][6:] == short[number][6:]
        assert cells[number][0] == f"14088200100100{number:04}"
    last = cells[-1]
    assert last[0] == f"14088200100100{rows - 1:04}"
    assert last[5] == (rows - 1) / 4


def test_a_long_table_that_is_signed_has_its_signatures_below_it():
    long = read(book(2400, signed=True, signatures="经办人："))
    assert [row[0] for row in long[4:2404]] == [f"14088200100100{n:04}" for n in range(2400)]
    assert long[-1][0] == "经办人："
    assert len(long) > 2405
    unsigned = read(book(2400))
    assert long[: len(unsigned)] == unsigned


def test_text_that_looks_like_a_formula_is_text():
    for rows in (24, 2400):
        content = book(rows)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            xml = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in xml
        assert "hyperlink" not in xml.lower().replace("hyperlinks", "")
        assert read(content)[5][1] == "=1+1"


def test_the_same_tables_give_the_same_bytes_and_no_time_but_the_as_of_day():
    for rows in (3, 2400):
        assert book(rows) == book(rows)
        with zipfile.ZipFile(io.BytesIO(book(rows))) as archive:
            times = {info.date_time for info in archive.infolist()}
            core = archive.read("docProps/core.xml").decode()
        assert times == {(1980, 1, 1, 0, 0, 0)}
        assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", core)) == {"2024-10-31T00:00:00Z"}
        assert "合成演示数据" in core


def test_real_data_say_nothing_of_a_demonstration():
    real = About("town", Text("小城", "Town"), date(2024, 10, 31), demonstration=False)
    rows = read(workbook_bytes([sheet("households", table(3))], "x", real))
    assert "合成演示数据" not in str(rows)
    assert rows[2][0] == "户编号"


def test_the_size_of_a_long_sheet_is_stated():
    with zipfile.ZipFile(io.BytesIO(book(2400))) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml")
    assert b'<dimension ref="A1:H2404"/>' in xml


def test_an_empty_table():
    assert read(workbook_bytes([sheet("households", table(0))], "x", ABOUT))[3][0] == "户编号"


def test_a_part_of_a_long_sheet():
    whole = sheet("households", table(2400))
    part = whole.where(whole.table["approach"] == "集中供热")
    rows = read(workbook_bytes([part], "x", ABOUT))[4:]
    assert len(rows) == 1200
    assert {row[2] for row in rows} == {"集中供热"}
    assert rows[1][0] == "140882001001000002"
    none = whole.where(whole.table["approach"] == "nothing")
    assert len(read(workbook_bytes([none], "x", ABOUT))) == 4
    one = whole.where(whole.table["household_id"] == "140882001001000007")
    assert read(workbook_bytes([one], "x", ABOUT))[4][0] == "140882001001000007"


@pytest.mark.parametrize("repeated", [1, 3])
def test_values_that_hardly_repeat_with_odd_and_missing_ones_among_them(repeated):
    """36,000 rows: the cells of 12,000 values are made a piece at a time; of a part, at once."""
    texts = [None if n % 5 == 2 else f"<{n}> " if n % 5 == 3 else f"号{n}" for n in range(12_000)]
    texts = texts * repeated + ["x"] * (12_000 * (3 - repeated))
    numbers = [np.nan if n % 7 == 1 else n / 4 for n in range(36_000)]
    days = pd.Series(pd.date_range("1900-01-01", periods=36_000)).mask(np.arange(36_000) % 4 == 1)
    data = pd.DataFrame({"value": pd.Series(texts, dtype="str"), "quantity": numbers, "day": days})
    told = [
        [text or "", "" if np.isnan(number) else number, "" if pd.isna(day) else f"{day:%Y-%m-%d}"]
        for text, number, day in zip(texts, numbers, days, strict=True)
    ]
    whole = sheet("households", data)
    assert read(workbook_bytes([whole], "x", ABOUT))[4:] == told
    part = pd.Series(np.arange(36_000) % 97 == 3)
    some = read(workbook_bytes([whole.where(part)], "x", ABOUT))[4:]
    assert some == [row for row, kept in zip(told, part, strict=True) if kept]


def test_a_chart_and_a_place_to_sign():
    data = pd.DataFrame({"township": ["a", "b"], "target": [3, 4], "completed": [1, 2]})
    chart = Chart("township", ("target", "completed"), "目标与完成", 2)
    made = WorkbookSheet("月报", data, charts=(chart,), signed=True, lines=("一行",))
    content = workbook_bytes([made], "x", ABOUT)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        drawn = archive.read("xl/charts/chart1.xml").decode()
        page = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "月报!$B$6:$B$7" in drawn
    assert 'orientation="landscape"' not in page
    rows = read(content)
    assert rows[3][0] == "一行"
    assert "负责人" in str(rows)


@pytest.mark.parametrize("rows", [3, 1200])
def test_rows_of_wrapped_text_are_high_enough(rows):
    text = pd.DataFrame({"check_zh": ["长" * 10, "长" * 40, ""] * (rows // 3)})  # 47 signs a line
    content = workbook_bytes([sheet("field", text, wide=("check_zh",))], "x", ABOUT)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        page = archive.read("xl/worksheets/sheet1.xml").decode()
    high = dict(re.findall(r'<row r="(\d+)"[^>]*? ht="(\d+)"', page))
    assert high["6"] == "30"
    assert {high.get(row, "15") for row in ("5", "7", "8", str(4 + rows))} == {"15"}


def test_hidden_columns_are_there_and_not_seen():
    made = WorkbookSheet(
        "x", pd.DataFrame({"a": ["1", "2"], "b": ["3", "4"]}), hidden=("a",), page_by="a"
    )
    content = workbook_bytes([made], "x", ABOUT)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        page = archive.read("xl/worksheets/sheet1.xml").decode()
    assert 'hidden="1"' in page
    assert re.findall(r'<brk id="(\d+)"', page) == ["5"]
    assert read(content)[0] == ["", "小城 x"]
    assert read(content)[4] == ["1", "3"]


@pytest.mark.parametrize(("pages", "sheets"), [(1000, [1000]), (1001, [1000, 1]), (0, [0])])
def test_a_sheet_of_more_pages_than_excel_breaks_goes_on_in_another(pages, sheets):
    """2,100 notices on one sheet: from the 1,024th on Excel would print them without a break."""
    lines = pd.DataFrame({"notice_no": np.repeat(np.arange(pages), 2).astype(str), "said": "…"})
    content = workbook_bytes([sheet("letters", lines, page_by="notice_no")], "通知书", ABOUT)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        printed = [archive.read(f"xl/worksheets/sheet{n}.xml").decode()
                   for n in range(1, len(sheets) + 1)]  # fmt: skip
    assert [one.count("<brk ") for one in printed] == [max(n - 1, 0) for n in sheets]
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    names = ["整改通知书"] if len(sheets) == 1 else ["整改通知书 1", "整改通知书 2"]
    assert book.sheet_names == names
    rows = [row for name in names for row in book.get_sheet_by_name(name).to_python()[4:]]
    assert [row[0] for row in rows if row[1] == "…"] == lines["notice_no"].tolist()


def test_a_sum_at_the_end_of_a_column_has_room():
    rows = [*[1.0] * 500, 73_877_624.5]
    content = workbook_bytes([WorkbookSheet("x", pd.DataFrame({"quantity": rows}))], "x", ABOUT)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        page = archive.read("xl/worksheets/sheet1.xml").decode()
    (wide,) = re.findall(r'<col min="1" max="1" width="([0-9.]+)"', page)
    assert float(wide) >= len("73,877,624.50")


def test_a_text_after_many_blanks_has_room():
    """The dates at the end of a sign-off sheet stand below the counts, which have none."""
    made = WorkbookSheet("x", pd.DataFrame({"day": [None] * 30 + ["2024-10-31"]}))
    assert width(made, "day", made.table["day"]) >= len("2024-10-31")


@pytest.mark.parametrize(("rows", "posted", "wide"),
                         [(30, False, 18), (4999, False, 18), (5000, False, 12),
                             (5000, True, 18)])  # fmt: skip
def test_a_list_has_room_for_the_name_of_every_village(rows, posted, wide):
    """Five and eight characters of two signs each, and two signs of room; not on a long screen."""
    table = pd.DataFrame({"village": ["修村村委会"] * rows + ["常好行政村村委会"]})
    made = WorkbookSheet("x", table, posted=posted)
    assert width(made, "village", table["village"]) == wide


@pytest.mark.parametrize(("columns", "last", "paper", "begins"), [
    (4, 21, "9", []), (4, 22, "8", []), (6, 16, "8", []), (6, 17, "8", ["6"]),
])  # fmt: skip
def test_a_sheet_is_on_the_paper_on_which_it_can_be_read(columns, last, paper, begins):
    """A4 holds 112 / 0.6 = 186.7 signs at 60 percent, A3 263.2; a column takes 2.7 beside its text.

    4 x 40.7 + 23.7 = 186.5; 6 x 40.7 + 18.7 = 262.9. A wider one goes on beside itself.
    """
    data = pd.DataFrame({f"a{n}": ["x" * 38] for n in range(columns)} | {"b": ["x" * last]})
    page = printed(WorkbookSheet("x", data))
    assert re.findall(r'paperSize="(\d+)"', page) == [paper]
    assert re.findall(r'<colBreaks.*?id="(\d+)"', page) == begins
    assert ("fitToPage" in page) is not bool(begins)
    assert ('scale="60"' in page) is bool(begins)


@pytest.mark.parametrize(("columns", "begins"), [(20, []), (23, []), (34, []), (35, ["22"])])
def test_a_sheet_that_nearly_fits_has_narrower_columns_rather_than_a_second_page(columns, begins):
    """Headings of 12 signs take 9 + 2 + 0.7, on three lines 6 + 1 + 0.7: 34 x 7.7 = 261.8."""
    data = pd.DataFrame({f"{'c' * 10}{n:02}": [1] for n in range(columns)})
    page = printed(WorkbookSheet("x", data))
    assert re.findall(r'<colBreaks.*?id="(\d+)"', page) == begins
    narrow = columns * 11.7 > 0.9 * 263.2 and not begins
    assert ('width="7.7' in page) is narrow


def test_wrapped_text_takes_what_is_left_of_the_page_and_hidden_columns_none():
    counts = {f"{'c' * 10}{n:02}": [1] for n in range(24)}
    data = pd.DataFrame({"gone": ["y" * 200], **counts, "text": ["x" * 200]})
    made = WorkbookSheet("x", data, wide=("gone", "text"), hidden=("gone",))
    wide = dict(zip(data, widths(made), strict=True))
    assert wide["text"] == 48  # no more than that
    more = WorkbookSheet("x", data.assign(other="z" * 200), wide=("gone", "text", "other"),
                         hidden=("gone",))  # fmt: skip
    wide = dict(zip(more.table, widths(more), strict=True))
    # 263.2 less 24 x 7.7 and twice 0.7 are 77.0
    assert (wide["text"], wide["other"]) == (38, 39)
    assert lines_of(more).tolist() == [6]  # 200 signs on 37 and 38


def test_a_table_that_goes_on_beside_itself_repeats_what_a_row_is():
    wide = {f"a{n}": ["x" * 38] for n in range(8)}
    data = pd.DataFrame({"township": ["乡"], "village_code": ["1"]} | wide)
    with zipfile.ZipFile(
        io.BytesIO(workbook_bytes([WorkbookSheet("x", data)], "x", ABOUT))
    ) as book:
        names = book.read("xl/workbook.xml").decode()
    assert "x!$A:$B,x!$4:$4" in names


def test_every_internal_page_is_marked_and_numbered():
    page = printed(WorkbookSheet("x", pd.DataFrame({"a": ["1"]}), title="A&B"))
    head = re.search("<oddHeader>(.*)</oddHeader>", page).group(1)
    assert head == "&amp;L合成演示数据&amp;C内部资料 不得公开&amp;R数据截至2024年10月31日"
    assert "<oddFooter>&amp;L小城 A&amp;&amp;B&amp;R第 &amp;P 页 共 &amp;N 页</oddFooter>" in page


@pytest.mark.parametrize(("line", "high"), [(112, None), (114, 1), (115, 2), (228, 2), (229, 3)])
def test_a_long_note_is_wrapped_within_the_page(line, high):
    """A column of 6.7 and twelve of 9.13 are 116.3 wide, 114.3 of them for the text."""
    page = printed(WorkbookSheet("x", pd.DataFrame({"a": ["1"]}), lines=("x" * line,)))
    assert ('<mergeCell ref="A4:M4"/>' in page) is bool(high)
    (row,) = re.findall('<row r="4"[^>]*>', page)
    assert float((re.findall(r' ht="(\d+)"', row) or [15])[0]) == 15 * (high or 1)


@pytest.mark.parametrize(("rows", "pages"), [(28, 1), (29, 2), (56, 2), (57, 3)])
def test_the_pages_of_a_list_are_numbered_village_by_village(rows, pages):
    """640 points at 130 percent are 492; less 22 + 3 x 15 above the rows, 28 rows of 15."""
    codes = ["1"] * rows + ["2"] * 2
    table = pd.DataFrame({"village_code": codes, "name": "x" * 38})
    list_ = WorkbookSheet("x", table, page_by="village_code", posted=True, portrait=True)
    made = with_page_numbers(list_, "小城 x")
    told = made.table["page_of"].dropna().tolist()
    assert told == [*(f"{n}/{pages}" for n in range(1, pages + 1)), "1/1"]
    page = printed(made)
    assert page.count("<brk ") == pages
    assert "oddFooter" not in page


@pytest.mark.parametrize(("rows", "scale"), [(27, 130), (28, 127), (60, 65)])
def test_a_letter_is_on_one_page_however_long_it_is(rows, scale):
    """640 points hold 82 above the rows and 15 a row: 487 at 131, 502 at 127, 982 at 65 percent."""
    lines = pd.DataFrame({"notice_no": ["1"] * rows, "said": "…"})
    page = printed(WorkbookSheet("x", lines, page_by="notice_no", posted=True, portrait=True))
    assert f'scale="{scale}"' in page
    assert "<oddFooter>&amp;C第 1 页 共 1 页</oddFooter>" in page


@pytest.mark.parametrize(("cells", "wide", "high"), [([" ", " "], 12, "30"), ([" ", "x"], 6, None)])
def test_columns_to_fill_in_have_room_to_write(cells, wide, high):
    """A day by hand takes twelve signs and two lines; a column with a value is none to fill in."""
    data = pd.DataFrame({"a": cells})
    page = printed(WorkbookSheet("x", data))
    assert width(WorkbookSheet("x", data), "a", data["a"]) == wide
    assert (re.findall('<row r="5"[^>]*? ht="([0-9]+)"', page) or [None])[0] == high


@pytest.mark.parametrize(("rows", "bordered"), [(30_000, True), (30_001, False)])
def test_blank_cells_of_a_list_that_may_be_printed_have_borders(rows, bordered):
    note = pd.Series(["x"] + [None] * (rows - 1), dtype="str")
    made = sheet("households", pd.DataFrame({"village": "北阳", "list_note": note}))
    page = printed(made)
    (style,) = re.findall(r'<c r="B5" s="(\d+)"', page)
    assert (f'<c r="B{rows + 4}" s="{style}"/>' in page) is bordered


def printed(one):
    with zipfile.ZipFile(io.BytesIO(workbook_bytes([one], "x", ABOUT))) as archive:
        return archive.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize(("signs", "scale"), [(55, 130), (110, 70)])
def test_the_lines_above_a_narrow_list_stay_on_its_page(signs, scale):
    """77 signs of plain size fill the page: 110 of them need 70 percent, 55 none."""
    made = WorkbookSheet("x", pd.DataFrame({"a": ["1"]}), lines=("x" * signs,), page_by="a",
                         posted=True, portrait=True)  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(workbook_bytes([made], "x", ABOUT))) as archive:
        page = archive.read("xl/worksheets/sheet1.xml").decode()
    assert f'scale="{scale}"' in page


def test_what_a_cell_cannot_hold_is_cut_with_an_ellipsis():
    assert len(shorten_cell("长" * 40_000)) == LONGEST_CELL
    assert shorten_cell("长" * 40_000).endswith("…")
    assert cell_xml("a\x07<_x0041_") == "a_x0007_&lt;_x005F_x0041_"


def test_numbers_that_are_none():
    column = XlsxRows.of(pd.DataFrame({"a": [0.5, np.inf, -np.inf, np.nan, 1.5]})).columns[0]
    (cells,) = column.cells("7")
    assert cells.to_pylist() == [None, None, None, '" s="7"><v>1.5</v></c>']


def test_money_beside_fen_is_written_in_fen():
    """One column of the money has cents: all of it has two decimals; counts and money alone not."""

    def look(**columns):
        table = pd.DataFrame({"households": [3]} | columns)
        return [in_fen(sheet("funds", table), str(name), table[name]) for name in table]

    assert look(paid_cny=[12.5], settled_cny=[7.0]) == [False, True, True]
    assert look(paid_cny=[12.0], settled_cny=[7.0]) == [False, False, False]
    assert look(paid_cny=[12.5], settled_cny=["—"]) == [False, True, False]


@pytest.mark.parametrize(("rows", "fitted"), [(1000, True), (1001, False)])
def test_a_long_list_has_a_scale_of_its_own(rows, fitted):
    """Fitted to its width, LibreOffice lays it out several times: minutes for 60,000 rows."""
    page = zipfile.ZipFile(io.BytesIO(book(rows))).read("xl/worksheets/sheet1.xml").decode()
    assert ("fitToPage" in page) == fitted
    assert re.search(r'<pageSetup paperSize="\d"( scale="\d+")? ', page)

"""Errors, formulas never worked out and merged cells, in the three kinds of workbook."""

import re
import zipfile

import pytest
import xlsxwriter
from layers.made import ods_text, opendocument

from gis.layers import formats
from gis.layers.formats.cell_annotations import NOT_COMPUTED
from gis.layers.problems import Refusal
from gis.layers.raw_table import Request
from layers import made

ERRORS = ["#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"]


def read(path, reader, **ask):
    return reader.read(Request(str(path), formats.format_of(path), **ask))


def column(raw, name):
    return ["" if one is None else one for one in raw.columns[name].to_pylist()]


def workbook(path, cells, *, book='<workbookPr/><calcPr fullCalcOnLoad="1"/>', prefix=""):
    """An .xlsx with 户编号 and 面积, whose second column holds `cells` as XML."""
    head = '<c r="A1" t="inlineStr"><is><t>户编号</t></is></c>'
    head += '<c r="B1" t="inlineStr"><is><t>面积</t></is></c>'
    rows = f'<row r="1">{head}</row>'
    for line, cell in enumerate(cells, 2):
        name = f'<c r="A{line}" t="inlineStr"><is><t>H{line}</t></is></c>'
        rows += f'<row r="{line}">{name}{cell.format(at=f"B{line}")}</row>'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}'
        "</sheetData></worksheet>",
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}">{book}<sheets>'
        '<sheet name="台账" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="rId1" '
        f'Type="{office}/worksheet" Target="{prefix}worksheets/sheet1.xml"/></Relationships>',
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"/>',
    }  # fmt: skip
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def test_errors_of_an_xlsx_are_read_as_what_they_are(tmp_path, reader):
    cells = [f'<c r="{{at}}" t="e"><f>x</f><v>{one}</v></c>' for one in ERRORS]
    cells += ['<c r="{at}" t="e"><v>#REF!</v></c>', '<c r="{at}"><v>0</v></c>']
    raw = read(workbook(tmp_path / "f.xlsx", cells), reader)
    assert column(raw, "面积") == [*ERRORS, "#REF!", "0"]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ('<c r="{at}"><f>B9</f><v/></c>', NOT_COMPUTED),
        ('<c r="{at}"><f>B9</f><v></v></c>', NOT_COMPUTED),
        ('<c r="{at}"><f>B9</f></c>', NOT_COMPUTED),
        ('<c r="{at}"><f>B9</f><v>0</v></c>', NOT_COMPUTED),
        ('<c r="{at}"><f t="shared" si="0"/><v>0</v></c>', NOT_COMPUTED),
        ('<c r="{at}"><f>B9</f><v>2.5</v></c>', "2.5"),
        ('<c r="{at}" t="str"><f>IF(1,"")</f><v></v></c>', ""),
        ('<c r="{at}"><v>0</v></c>', "0"),
        ('<c r="{at}"/>', ""),
    ],
)
def test_a_formula_without_its_value_is_no_blank_and_no_nought(cell, said, tmp_path, reader):
    assert column(read(workbook(tmp_path / "f.xlsx", [cell]), reader), "面积") == [said]


def test_a_nought_that_was_worked_out_stays_one(tmp_path, reader):
    cells = ['<c r="{at}"><f>B9</f><v>0</v></c>']
    path = workbook(tmp_path / "f.xlsx", cells, book='<calcPr calcId="191029"/>', prefix="/xl/")
    assert column(read(path, reader), "面积") == ["0"]


def test_what_another_program_writes_without_working_it_out(tmp_path, reader):
    book = xlsxwriter.Workbook(tmp_path / "f.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["户编号", "面积", "备注"])
    sheet.write_formula("B2", "=1+1")  # xlsxwriter puts 0 and asks for it to be worked out
    sheet.write_formula("B3", "=1+1", None, 2)
    book.close()
    assert column(read(tmp_path / "f.xlsx", reader), "面积") == [NOT_COMPUTED, "2"]


def test_errors_and_formulas_of_an_ods(tmp_path, reader):
    cells = {
        '<table:table-cell table:formula="of:=#REF!" office:value-type="string" '
        'office:string-value="" calcext:value-type="error"><text:p>#REF!</text:p>'
        "</table:table-cell>": "#REF!",
        '<table:table-cell table:formula="of:=1/0" office:value-type="float" office:value="0">'
        "<text:p>Err:502</text:p></table:table-cell>": "Err:502",
        '<table:table-cell table:formula="of:=1+1"/>': NOT_COMPUTED,
        '<table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2">'
        "<text:p>2</text:p></table:table-cell>": "2",
        '<table:table-cell office:value-type="float" office:value="0"><text:p>0</text:p>'
        "</table:table-cell>": "0",
    }
    rows = [[ods_text("户编号"), ods_text("面积")]]
    rows += [[ods_text(f"H{at}"), cell] for at, cell in enumerate(cells)]
    raw = read(opendocument(tmp_path / "f.ods", rows), reader, layer="台账")
    assert column(raw, "面积") == list(cells.values())


def test_merged_cells_of_an_ods_fill_down(tmp_path, reader):
    covered = "<table:covered-table-cell/>"
    rows = [
        [ods_text("村代码"), ods_text("户编号")],
        [ods_text("140882001201", number_rows_spanned=2), ods_text("H1")],
        [covered, ods_text("H2")],
        [ods_text("140882001202"), ods_text("H3")],
        ['<table:table-cell table:number-columns-repeated="1"/>', ods_text("H4")],
    ]
    raw = read(opendocument(tmp_path / "f.ods", rows), reader, layer="台账")
    assert column(raw, "村代码") == ["140882001201", "140882001201", "140882001202", ""]
    assert [one.numbers["cells"] for one in raw.findings if one.code == "merged_cells"] == [1]


def test_errors_and_formulas_of_an_xls(tmp_path, reader):
    rows = [("户编号", "面积"), *[(f"H{at}", one) for at, one in enumerate(ERRORS)]]
    rows += [("H8", made.Formula("#DIV/0!")), ("H9", made.Formula(None)), ("H10", made.Formula(3))]
    rows += [("H11", made.Formula(0)), ("H12", made.Formula(0, always=True)), ("H13", 0)]
    raw = read(made.old_workbook(tmp_path / "f.xls", rows), reader)
    assert column(raw, "面积") == [
        *ERRORS, "#DIV/0!", NOT_COMPUTED, "3", "0", NOT_COMPUTED, "0",
    ]  # fmt: skip


def test_what_a_spreadsheet_program_has_saved_as_xls_was_worked_out(tmp_path, reader):
    rows = [("户编号", "面积"), ("H9", made.Formula(None)), ("H12", made.Formula(0, always=True))]
    raw = read(made.old_workbook(tmp_path / "f.xls", rows, saved=True), reader)
    assert column(raw, "面积") == ["", "0"]


# 2024-10-01 is day 45566 from 1900 and day 44104 from 1904 (1462 days apart)
def test_days_counted_from_1904(tmp_path, reader, city):
    from layers.city import HEADINGS, HOMES  # noqa: PLC0415

    for since_1904, number in ((True, 44104), (False, 45566)):
        path = city.layer("households", f"h{number}.xlsx", crs="EPSG:4546")
        book = xlsxwriter.Workbook(path, {"date_1904": since_1904})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [*HEADINGS, "验收日期", "拆炉日期"])
        sheet.write_row(1, 0, [*HOMES[0], number])
        sheet.write(1, 6, number, book.add_format({"num_format": "yyyy-mm-dd"}))
        book.close()
        home = city.usual().load().tables["households"].iloc[0]
        assert str(home["accepted_on"])[:10] == str(home["stove_removed_on"])[:10] == "2024-10-01"


def test_days_counted_from_1904_in_xls_and_ods(tmp_path, reader):
    rows = [("户编号", "验收日期"), ("H1", 44104)]
    assert read(made.old_workbook(tmp_path / "f.xls", rows, since_1904=True), reader).date1904
    assert not read(made.old_workbook(tmp_path / "g.xls", rows), reader).date1904
    table = [[ods_text("户编号"), ods_text("验收日期")], [ods_text("H1"), ods_text("44104")]]
    said = '<table:calculation-settings><table:null-date table:date-value="1904-01-01"/>'
    path = opendocument(tmp_path / "f.ods", table, said + "</table:calculation-settings>")
    assert read(path, reader, layer="台账").date1904


@pytest.mark.parametrize(
    ("form", "number", "said"),
    [
        ("0%", 0.75, "75%"), ("0.00%", 0.07, "7%"), ('0"%"', 75, "75%"), ("0!%", 75, "75%"),
        ('0.0"万元"', 1.5, "1.5万元"), ('#,##0"MW"', 58, "58MW"), ('General"亩"', 2, "2亩"),
        # the number is the whole: a format that shows a fraction of it, or one without a unit
        ('0.0,"千元"', 1500, "1500"), ("0.00_);[Red](0.00)", 2, "2"), ('"约"0', 2, "2"),
        ("¥0.00", 2, "2"),
        ("[$-804]0", 2, "2"), ("0.00", 0.75, "0.75"),
    ],
)  # fmt: skip
def test_a_number_is_read_with_the_unit_in_which_its_format_shows_it(
    form, number, said, tmp_path, reader
):
    book = xlsxwriter.Workbook(tmp_path / "f.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["台区编号", "最大负荷"])
    sheet.write(1, 1, number, book.add_format({"num_format": form}))
    book.close()
    assert column(read(tmp_path / "f.xlsx", reader), "最大负荷") == [said]


def test_a_share_in_an_ods_is_read_as_one(tmp_path, reader):
    share = '<table:table-cell office:value-type="percentage" office:value="0.75"/>'
    rows = [[ods_text("台区编号"), ods_text("最大负荷")], [ods_text("T1"), share]]
    raw = read(opendocument(tmp_path / "f.ods", rows), reader, layer="台账")
    assert column(raw, "最大负荷") == ["75%"]


def test_an_error_beyond_the_last_value_is_read(tmp_path, reader):
    """A workbook whose last column and last row hold errors alone."""
    cells = ['<c r="{at}" t="e"><v>#REF!</v></c>'] * 2
    path = workbook(tmp_path / "f.xlsx", cells)
    assert column(read(path, reader), "面积") == ["#REF!", "#REF!"]


@pytest.mark.parametrize("damage", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_a_workbook_that_lost_a_part_is_refused(damage, tmp_path, reader):
    whole = workbook(tmp_path / "f.xlsx", [])
    with zipfile.ZipFile(whole) as sound, zipfile.ZipFile(tmp_path / "g.xlsx", "w") as broken:
        for name in sound.namelist():
            if name != damage:
                broken.writestr(name, sound.read(name))
    with pytest.raises(Refusal) as caught:
        read(tmp_path / "g.xlsx", reader)
    assert caught.value.finding.code in {"workbook_damaged", "damaged", "empty_table"}


def test_cells_that_do_not_say_where_they_are_follow_each_other(tmp_path, reader):
    path = workbook(tmp_path / "f.xlsx", ['<c t="e"><v>#REF!</v></c>', "<c><v>2</v></c>"])
    with zipfile.ZipFile(path) as sound, zipfile.ZipFile(tmp_path / "g.xlsx", "w") as bare:
        for name in sound.namelist():
            text = sound.read(name).decode()
            bare.writestr(name, re.sub(r' r="[A-Z]*\d+"', "", text))
    assert column(read(tmp_path / "g.xlsx", reader), "面积") == ["#REF!", "2"]

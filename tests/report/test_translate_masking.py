"""What a text holds is starred, whatever its column is called; what only looks like it is not."""

import pandas as pd
import pytest

from gis.report.translate import masked, masked_table, masked_values, without_numbers


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("13900990000", "139******00"),
        ("联系人王某 13700000000", "联系人王某 137******00"),
        ("tel:13800138000/13900990001", "tel:138******00/139******01"),
        ("138-0013-8000", "138-****-**00"),
        ("138 0013 8000", "138 **** **00"),
        ("+86 13800138000", "+86 138******00"),
        ("8613800138000", "86138******00"),
        ("１３９００９９００００", "１３９******００"),
        ("13900990000.0", "139******00.0"),  # a number of a workbook
        ("11010519491231002X", "110105**********2X"),  # right by its check digit
        ("110101199003070000", "110101**********00"),  # mistyped, but a day of birth is in it
        ("身份证110105 19491231 002x。", "身份证110105 ******** **2x。"),
        ("6222020000000000000", "***************0000"),  # 62, though no digit checks it
        ("4111111111111111", "************1111"),  # by its check digit
        ("卡 6228 4800 1000 0000 003", "卡 **** **** **** ***0 003"),
        ("0359-5022222", "0359-*******"),
        ("(0359)5022222", "(0359)*******"),
    ],
)
def test_a_number_is_starred_wherever_it_stands(text, shown):
    assert without_numbers(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "140882001001",  # a village
        "140882001001000001",  # a home's number built on it: nobody was born in the year 10
        "4111111111111112",  # no card: the last digit is wrong
        "12345678901",  # no mobile number begins with 12
        "139009900001",  # twelve digits
        "2024-10-31 2024-11-01",
        "5 2024-10-31 2024-11-02",
        "110.13900990000",  # a coordinate
        "河政办发〔2024〕8号",
        "0000000000000000",
        "",
    ],
)
def test_what_is_no_such_number_stays(text):
    assert without_numbers(text) == text


def test_a_table_keeps_its_keys_and_its_office_lines():
    table = pd.DataFrame(
        {
            "household_id": ["13900990000"],
            "contact": ["13900990000"],
            "phone": ["5022222"],
            "extra:备用_id": ["13900990000"],
            "note": [None],
            "floor_area_m2": [13900990000.0],
        }
    )
    shown = masked_table(table, unmask=False).iloc[0].to_dict()
    assert shown == {
        "household_id": "13900990000",
        "contact": "13900990000",
        "phone": "*******",
        "extra:备用_id": "139******00",
        "note": None,
        "floor_area_m2": 13900990000.0,
    }
    assert masked_table(table, unmask=True) is table
    clean = table[["household_id", "note"]]
    assert masked_table(clean, unmask=False) is clean


def test_a_column_keeps_what_is_missing_and_its_index():
    column = pd.Series(["甲 13900990000", None, "乙"], index=[7, 8, 9], name="note", dtype="str")
    shown = masked("note", column, unmask=False)
    assert shown.index.tolist() == [7, 8, 9]
    assert shown.isna().tolist() == [False, True, False]
    assert shown[7] == "甲 139******00"
    assert shown.dtype == column.dtype


def test_values_of_a_page_are_starred_at_any_depth():
    rows = [{"code": "13900990000", "reason": {"zh": "找王某13900990000", "en": ""}, "n": 3}]
    assert masked_values(rows) == [
        {"code": "13900990000", "reason": {"zh": "找王某139******00", "en": ""}, "n": 3}
    ]

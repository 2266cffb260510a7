"""CSV that Excel opens right, calculates nothing of, and that keeps honest data as it is."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.report.csv_parquet import as_text, csv_bytes, escape_formula

FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "=cmd|' /C calc'!A0", "'=1", "＝1+1",
    "＋A1", "－A1", "＠A1", "+38 m", "-a", "--1", "=", "+", "\u3000=1",
]  # fmt: skip
HONEST = ["", "-", "a=b", "1+1", "-4.5", "+38", "-1,234.5", "-12%", "1e5", "-1.5E-3", "12", "'",
          "'a", "a\nb", "樊村", "—", "− 4 kVA", "0138"]  # fmt: skip


def plain_text(cell):
    """The text of a cell: without the apostrophe, if it was given one."""
    return cell[1:] if cell.startswith("'") and escape_formula(cell[1:]) == cell else cell


@pytest.mark.parametrize("text", FORMULAS)
def test_what_would_be_calculated_is_text(text):
    assert escape_formula(text) == "'" + text
    assert plain_text(escape_formula(text)) == text


@pytest.mark.parametrize("text", HONEST)
def test_honest_data_stay_as_they_are(text):
    assert escape_formula(text) == text
    assert plain_text(text) == text


@given(st.text())
def test_nothing_is_lost_and_nothing_begins_as_a_formula(text):
    cell = escape_formula(text)
    assert plain_text(cell) == text
    lone = cell == "-" or cell.lstrip("+-").replace(",", "").rstrip("%")[:1].isdigit()
    assert lone or cell.strip()[:1] not in tuple("=+-@＝＋－＠") or not cell.strip()


def read(content):
    text = content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_bom_line_ends_and_quotes():
    table = pd.DataFrame({"a": ["x,y", 'q"q', "l\nl", " s ", "t;t"], "b": [1, 2, 3, 4, 5]})
    content = csv_bytes(table)
    assert content.startswith(b"\xef\xbb\xbfa,b\r\n")
    assert content.endswith(b"\r\n")
    assert content.count(b"\r\n") == 6
    assert read(content)[1:] == [
        ["x,y", "1"],
        ['q"q', "2"],
        ["l\nl", "3"],
        [" s ", "4"],
        ["t;t", "5"],
    ]
    assert b'"t;t"' in content  # one cell also where the list separator is a semicolon


def test_values_of_every_kind():
    table = pd.DataFrame(
        {
            "code": pd.Series(["0012", None], dtype="str"),
            "whole": pd.array([7, None], dtype="Int64"),
            "number": [1.0, np.nan],
            "part": [0.125, -2.5],
            "money_cny": [1.0, np.nan],
            "cost_cny_a": [32016.004, 0.5],
            "day": pd.to_datetime(["2024-10-31", None]),
            "yes": pd.array([True, None], dtype="boolean"),
            "flag": [True, False],
            "none": [None, None],
        }
    )
    rows = read(csv_bytes(table))
    assert rows[1] == [
        "0012",
        "7",
        "1",
        "0.125",
        "1.00",
        "32016.00",
        "2024-10-31",
        "true",
        "true",
        "",
    ]
    assert rows[2] == ["", "", "", "-2.5", "", "0.50", "", "", "false", ""]


def test_control_characters_show_as_pictures():
    assert read(csv_bytes(pd.DataFrame({"a": ["x\x00y\x1f"]})))[1] == ["x␀y␟"]


def test_a_heading_is_no_formula_either():
    assert read(csv_bytes(pd.DataFrame({"=1+1": ["a"]})))[0] == ["'=1+1"]


def test_no_rows_is_the_heading_alone():
    assert csv_bytes(pd.DataFrame({"a": [], "b": []})) == b"\xef\xbb\xbfa,b\r\n"


def test_a_day_in_python_is_a_day():
    assert as_text(pd.Timestamp("2024-10-31").date()) == "2024-10-31"
    assert as_text(7) == "7"
    assert as_text(None) == ""

"""The sums below the settlement, worked out by hand, and that they miss nobody."""

import pandas as pd

from gis.report.office_papers import with_sums

COLUMNS = ["township_code", "village_code", "mode", "homes", "quantity", "due_fen", "held_fen",
           "supplement_fen", "exceptions"]  # fmt: skip
ROWS = [
    ("T1", "V1", "electric", 3, 300.0, 30, 1, 5, 1),
    ("T1", "V2", "electric", 1, 100.0, 10, 0, 0, 0),
    ("T1", "V2", "gas", 2, 20.0, 20, 2, 0, 1),
    ("T2", "V3", "gas", 4, 40.0, 40, 0, 7, 0),
    (None, None, "electric", 1, 9.0, 0, 9, 0, 1),
]


def test_the_sums_by_township_by_mode_and_of_all():
    table = with_sums(pd.DataFrame(ROWS, columns=COLUMNS))
    names = ["township_code", "township", "village", "mode", "homes", "quantity", "due_fen",
             "held_fen", "supplement_fen", "exceptions"]  # fmt: skip
    found = table[names].astype(object)
    assert found.where(found.notna(), None).to_numpy().tolist() == [
        ["T1", "", "", "electric", 3, 300.0, 30, 1, 5, 1],
        ["T1", "", "", "electric", 1, 100.0, 10, 0, 0, 0],
        ["T1", "", "", "gas", 2, 20.0, 20, 2, 0, 1],
        ["T1", "", "合计", "electric", 4, 400.0, 40, 1, 5, 1],
        ["T1", "", "合计", "gas", 2, 20.0, 20, 2, 0, 1],
        ["T1", "", "合计", "合计", 6, None, 60, 3, 5, 2],
        ["T2", "", "", "gas", 4, 40.0, 40, 0, 7, 0],
        [None, "乡镇不明", "", "electric", 1, 9.0, 0, 9, 0, 1],
        [None, "合计", "", "electric", 5, 409.0, 40, 10, 5, 2],
        [None, "合计", "", "gas", 6, 60.0, 60, 2, 7, 1],
        [None, "合计", "", "合计", 11, None, 100, 12, 12, 3],
    ]


def test_one_mode_adds_up_its_quantity_and_one_row_needs_no_sum_of_its_own():
    table = with_sums(pd.DataFrame(ROWS[:2], columns=COLUMNS))
    assert table["quantity"].tolist() == [300.0, 100.0, 400.0, 400.0]
    assert table["mode"].tolist() == ["electric"] * 4
    alone = with_sums(pd.DataFrame(ROWS[3:4], columns=COLUMNS))
    assert alone["township"].tolist() == ["", "合计"]

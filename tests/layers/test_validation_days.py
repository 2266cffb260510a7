"""An upgrade whose day has passed, or of which half is missing, is asked about, row by row."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from gis.layers.columns import LAYERS
from gis.layers.validation import check_days, check_rows

DAY = date(2024, 10, 31)
ROWS = [  # kVA added, due, whether it is asked about
    (50.0, "2024-10-30", True),
    (50.0, "2024-10-31", False),  # the day itself has not passed
    (50.0, "2023-10-31", True),
    (50.0, "2024-11-01", False),
    (50.0, None, False),
    (0.0, "2023-10-31", False),
    (np.nan, "2023-10-31", False),
]


def _table() -> pd.DataFrame:
    kva, due, _ = zip(*ROWS, strict=True)
    return pd.DataFrame(
        {
            "upgrade_kva": kva,
            "upgrade_due_on": pd.to_datetime(pd.Series(due)),
            "peak_load_kva": 60.0,
            "peak_on": pd.NaT,
            "open_kva": 30.0,
            "open_on": pd.NaT,
            "ledger_row": range(2, 2 + len(ROWS)),
            "ledger_file": "grid.xlsx",
            "ledger_sheet": "",
        }
    )


def test_each_overdue_upgrade_is_a_problem_of_its_row() -> None:
    found = check_days(_table(), LAYERS["transformers"], DAY)
    said = [(one.code, one.row, one.column, one.value) for one in found]
    assert said == [
        ("upgrade_overdue", 2, "upgrade_due_on", "2024-10-30"),
        ("upgrade_overdue", 4, "upgrade_due_on", "2023-10-31"),
    ]


def test_a_load_of_which_nobody_knows_yet_is_a_problem_of_its_row() -> None:
    """On the as-of day itself it is known; a day without a load says nothing of one."""
    days = pd.Series(pd.to_datetime(["2024-10-31", "2024-11-01", "2024-11-01"]))
    table = _table()[4:].reset_index(drop=True).assign(peak_on=days, open_on=days)
    table.loc[2, ["peak_load_kva", "open_kva"]] = np.nan
    found = check_days(table.assign(upgrade_due_on=pd.NaT), LAYERS["transformers"], DAY)
    assert [(one.code, one.row, one.column, one.value) for one in found] == [
        ("load_after_as_of", 7, "peak_on", "2024-11-01"),
        ("load_after_as_of", 7, "open_on", "2024-11-01"),
    ]


@pytest.mark.parametrize(("added", "asked"), [(100.0, False), (100.1, True), (np.nan, False)])
def test_an_upgrade_by_more_than_there_is_may_be_one_to_that_size(added, asked) -> None:
    row = {
        "upgrade_kva": added, "upgrade_due_on": pd.Timestamp(2024, 11, 1), "upgrade_cny": 9000.0,
        "peak_on": pd.NaT, "peak_season": None, "open_kva": np.nan, "open_document": None,
        "capacity_kva": 100.0, "ledger_row": 2, "ledger_file": "grid.xlsx", "ledger_sheet": "",
    }  # fmt: skip
    table = pd.DataFrame([row]).astype({"peak_on": "datetime64[ns]"})
    codes = [one.code for one in check_rows(table, LAYERS["transformers"])]
    assert ("upgrade_by_or_to" in codes) is asked


@pytest.mark.parametrize("layer", ["households", "heat_pipes"])
def test_other_layers_have_no_upgrades(layer: str) -> None:
    assert check_days(_table(), LAYERS[layer], DAY) == []


HALVES = [  # kVA added, due, yuan, what is asked for
    (50.0, "2024-11-01", None, ""),
    (50.0, None, None, "upgrade_due_on"),
    (50.0, None, 9000.0, "upgrade_due_on"),
    (None, "2024-11-01", None, "upgrade_kva"),
    (None, None, 9000.0, "upgrade_kva"),
    (None, None, 0.0, ""),
    (0.0, None, None, ""),
    (0.0, "2024-11-01", None, ""),
    (None, None, None, ""),
]


def test_each_half_of_an_upgrade_is_a_problem_of_its_row() -> None:
    kva, due, cny, _ = zip(*HALVES, strict=True)
    table = pd.DataFrame(
        {
            "upgrade_kva": np.array(kva, dtype=float),
            "upgrade_due_on": pd.to_datetime(pd.Series(due)),
            "upgrade_cny": np.array(cny, dtype=float),
            "open_kva": np.nan,
            "capacity_kva": 100.0,
            "open_document": None,
            "peak_on": pd.NaT,
            "peak_season": None,
            "ledger_row": range(2, 2 + len(HALVES)),
            "ledger_file": "grid.xlsx",
            "ledger_sheet": "",
        }
    )
    found = {one.row: one.column for one in check_rows(table, LAYERS["transformers"])}
    assert found == {row: asked for row, (*_, asked) in enumerate(HALVES, 2) if asked}


@pytest.mark.parametrize(
    ("stated", "document", "codes"),
    [(100.0, "供电〔2024〕1号", []), (100.1, "供电〔2024〕1号", ["open_beyond_capacity"]),
     (100.0, " ", ["open_without_document"])],
)  # fmt: skip
def test_an_open_capacity_is_written_down_and_no_more_than_there_is(
    stated, document, codes
) -> None:
    row = {
        "upgrade_kva": np.nan, "upgrade_due_on": pd.NaT, "upgrade_cny": np.nan, "peak_on": pd.NaT,
        "peak_season": None, "open_kva": stated, "open_document": document, "capacity_kva": 100.0,
        "ledger_row": 2, "ledger_file": "grid.xlsx", "ledger_sheet": "",
    }  # fmt: skip
    table = pd.DataFrame([row]).astype({"upgrade_due_on": "datetime64[ns]"})
    assert [one.code for one in check_rows(table, LAYERS["transformers"])] == codes


def test_a_winter_that_says_too_little_is_named() -> None:
    seasons = ["2021-2022", "2022-2023", "2022/23", "上个冬天", "2020-2021", "2019-2020", "2019"]
    table = pd.DataFrame(
        {"season": seasons, "degree_days": [1.0, 1900.0, 2000.0, 1800.0, 0.0, 1700.0, 1700.0],
         "ledger_row": range(2, 9), "ledger_file": "w.csv", "ledger_sheet": ""}
    )  # fmt: skip
    said = [(one.code, one.row) for one in check_rows(table, LAYERS["weather"])]
    assert said == [
        ("season_doubtful", 3),
        ("season_doubtful", 4),
        ("season_doubtful", 5),
        ("degree_days_none", 6),
    ]


def test_a_meter_under_two_transformers_is_named_on_both_rows() -> None:
    table = pd.DataFrame(
        {"meter_no": ["a", "a", "b", "b"], "transformer_id": ["T1", "T2", "T1", "T1"],
         "ledger_row": range(2, 6), "ledger_file": "meters.xlsx", "ledger_sheet": ""}
    )  # fmt: skip
    found = [(one.code, one.row) for one in check_rows(table, LAYERS["meters"])]
    assert found == [("meter_of_two", 2), ("meter_of_two", 3)]

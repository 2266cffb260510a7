"""An upgrade whose day has passed is asked about, row by row."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from gis.layers.columns import LAYERS
from gis.layers.validation import check_days

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
            "ledger_row": range(2, 2 + len(ROWS)),
            "ledger_file": "grid.xlsx",
        }
    )


def test_each_overdue_upgrade_is_a_problem_of_its_row() -> None:
    found = check_days(_table(), LAYERS["transformers"], DAY)
    said = [(one.code, one.row, one.column, one.value) for one in found]
    assert said == [
        ("upgrade_overdue", 2, "upgrade_due_on", "2024-10-30"),
        ("upgrade_overdue", 4, "upgrade_due_on", "2023-10-31"),
    ]


@pytest.mark.parametrize("layer", ["households", "heat_pipes"])
def test_other_layers_have_no_upgrades(layer: str) -> None:
    assert check_days(_table(), LAYERS[layer], DAY) == []

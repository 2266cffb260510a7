"""What the growth of the network becomes as the rules see it, each figure worked out by hand."""

from __future__ import annotations

from datetime import date

import pandas as pd

from gis.decide import Connection, Extension, extension_of
from gis.errors import Text

A, B, C = "140882001001", "140882001002", "140882001003"


def _grown(**columns: list[object]) -> pd.DataFrame:
    """Villages as `gis.network` gives them: A this year, B next, C not connected."""
    table = {
        "connected": [True, True, False],
        "in_time": [True, False, False],
        "path_zh": ["沿东路", "沿西路", ""],
        "path_en": ["along 东路", "along 西路", ""],
        "cost_fen_a": [3_210_049, 1_000_050, 0],
        "homes": [10, 1, 5],
        "source_piece": ["p1", "p2", ""],
        "drawn_kw": [94.2, 95.0, 0.0],
        "runs_on": pd.to_datetime(["2024-11-03", "2025-10-01", None]),
    }
    return pd.DataFrame(table | columns, index=[A, B, C])


def test_what_is_connected_counts_whenever_it_runs() -> None:
    found = extension_of(_grown(), {"p1": 94.2})
    # 3,210,049 fen / 10 homes = 3,210.05 yuan each; 94.2 kW are 95 begun ones
    in_time = Connection(Text("沿东路", "along 东路"), 3_210, "p1", 95, date(2024, 11, 3))
    late = Connection(Text("沿西路", "along 西路"), 10_000, "p2", 95, date(2025, 10, 1))
    assert found == Extension({A: in_time, B: late}, {"p1": 94.2})


def test_nothing_grown_is_nothing_reserved() -> None:
    assert extension_of(_grown(connected=[False] * 3), {}) == Extension()

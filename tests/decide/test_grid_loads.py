"""The table that the grid company and the office sign, worked out by hand."""

from __future__ import annotations

import pytest
from decide.hamlets import Hamlet, decided, facts, plan

from gis.decide.grid_loads import grid_loads

A, B = "140882001001", "140882001002"
POLICY = plan("loads")  # one home takes 1 kVA


def _table(peak_kva: float, **columns: object):
    """Of A's 60 electric homes 20 are on the list; B's 30 heat with gas."""
    town = [
        Hamlet(A, 60, listed=20, feeders={"T1": 60}),
        Hamlet(B, 0, clean=30, feeders={"T1": 0}),
    ]
    grid = {"T1": {"capacity_kva": 200, "peak_load_kva": peak_kva, **columns}}
    found = facts(town, grid, policy=POLICY)
    return grid_loads(found, decided(found, POLICY), POLICY).iloc[0]


@pytest.mark.parametrize(
    ("peak_kva", "state"),
    [(100, "normal"), (100.1, "heavy"), (140, "heavy"), (140.1, "overloaded")],
)
def test_list_and_later_homes_on_both_sides_of_80_and_100_per_cent(peak_kva, state) -> None:
    row = _table(peak_kva)
    assert (row["list_homes"] + row["later_homes"], row["list_kva"] + row["later_kva"]) == (60, 60)
    if state != "overloaded":  # else nobody knows when, and the list waits
        assert (row["list_homes"], row["list_kva"]) == (20, 20.0)
        assert row["year_kva"] == pytest.approx(peak_kva + 20)
    assert row["final_kva"] == pytest.approx(peak_kva + 60)
    assert row["final_share"] == pytest.approx((peak_kva + 60) / 200)
    assert row["state"] == state


def test_an_unverified_load_has_no_sum() -> None:
    row = _table(100, peak_season="summer")
    assert row["state"] == "unverified"
    assert row[["base_kva", "year_kva", "final_kva", "final_share"]].isna().all()
    assert row["later_kva"] == 60

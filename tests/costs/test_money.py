"""Fen, annuities and shares."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.costs.money import annuity_fen, exact, shared_fen, to_fen, total


@pytest.mark.parametrize(
    ("yuan", "fen"), [("0.004", 0), ("0.005", 1), ("0.0149", 1), ("0.015", 2), ("1234.565", 123457)]
)
def test_half_a_fen_counts_as_one(yuan: str, fen: int) -> None:
    assert to_fen(Decimal(yuan)) == fen


def test_a_number_is_taken_as_it_was_written() -> None:
    assert exact(0.35) == Decimal("0.35")
    assert exact(1e-07) == Decimal("0.0000001")


@pytest.mark.parametrize(
    ("fen", "interest", "years", "expected"),
    [
        (1_000_000, "0.05", 20, 80243),  # 10,000 yuan × 0.08024259
        (800_000, "0.05", 12, 90260),  # 8,000 × 0.11282541
        (100, "0.05", 1, 105),
        (1200, "0", 12, 100),
        (1000, "0", 3, 333),
        (0, "0.05", 20, 0),
    ],
)
def test_annuity(fen: int, interest: str, years: int, expected: int) -> None:
    assert annuity_fen(fen, Decimal(interest), Decimal(years)) == expected


def test_shares_go_to_the_largest_remainders_the_earlier_first() -> None:
    assert shared_fen(100, [1, 1, 1]) == [34, 33, 33]
    assert shared_fen(101, [1, 1, 1]) == [34, 34, 33]
    assert shared_fen(100, [2, 1, 4]) == [29, 14, 57]  # 28.57, 14.29, 57.14
    assert shared_fen(7, [0, 0]) == [0, 0]


@given(st.integers(0, 10**12), st.lists(st.integers(0, 5000), min_size=1, max_size=30))
def test_shares_add_up_to_the_fen(whole: int, weights: list[int]) -> None:
    shares = shared_fen(whole, weights)
    assert sum(shares) == (whole if any(weights) else 0)
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - whole * weight / (sum(weights) or 1)) <= 1


def test_one_unknown_makes_a_sum_unknown() -> None:
    assert total(1, 2, 3) == 6
    assert total(1, None) is None
    assert total() == 0

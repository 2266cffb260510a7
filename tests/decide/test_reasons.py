"""Numbers as they are said."""

from __future__ import annotations

import pytest

from gis.decide.reasons import displayed_metres, percent


@pytest.mark.parametrize(
    ("metres", "said"),
    [
        (0.4, 0),
        (72.6, 73),
        (999.4, 999),
        (999.6, 1000),
        (1000, 1000),
        (1000.6, 1000),
        (1005.1, 1010),
        (1004, 1000),
        (2346, 2350),
        (float("inf"), 0),
    ],
)
def test_a_distance_to_the_metre_below_a_kilometre_and_to_ten_from_there(
    metres: float, said: int
) -> None:
    assert displayed_metres(metres) == said


@pytest.mark.parametrize(
    ("share", "said"), [(0.9, "90%"), (0.8999, "89.9%"), (0.925, "92.5%"), (0, "0%"), (1, "100%")]
)
def test_a_share_is_rounded_down(share: float, said: str) -> None:
    assert percent(share) == said

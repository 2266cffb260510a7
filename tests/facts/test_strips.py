"""Places by strip: whatever stretch is asked for, nobody in it is left out."""

import numpy as np
import pytest

from gis.facts.sorted_households import Strips

PLACES = {
    "spread": np.random.default_rng(7).uniform(480_000, 520_000, 5_000),
    "in steps": np.repeat(np.arange(480_000.0, 480_050.0), 20),
    "at one place": np.full(9, 500_000.0),
    "beyond all sense": np.array([-1.7e308, 0.0, 1.7e308]),
    "nowhere": np.full(3, np.nan),
    "none at all": np.zeros(0),
}


@pytest.mark.parametrize("name", PLACES)
def test_everybody_between_two_meridians_is_found(name):
    x = np.concatenate([PLACES[name], [np.nan]])
    strips = Strips.of(x)
    assert sorted(strips.order.tolist()) == list(range(len(x)))
    some = PLACES[name][::97].tolist()
    for first in (-np.inf, 499_999.5, *some):
        for last in (np.inf, 500_000.5, *some):
            inside = np.flatnonzero((x >= first) & (x <= last))
            assert set(inside.tolist()) <= set(strips.between(first, last).tolist())

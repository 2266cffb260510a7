"""Claims for one thing by several homes, in one ledger or in parts of it."""

import numpy as np
import pandas as pd
import pytest

from gis.audit.repeated_claims import claim_keys, marks_of, of_several, repeated

NONE = np.zeros(0, np.uint64)


def keys(*named, use="running.meter_no", seasons=None):
    if seasons is None:
        return claim_keys(use, pd.Series(named, dtype=object))
    within = pd.Series(seasons, dtype=float)
    return claim_keys(use, pd.Series(named, dtype=object), within)


def test_a_claim_that_stands_twice_in_one_ledger():
    found = repeated(keys("a", "b", "a", None, None), None)
    assert found.tolist() == [True, False, True, False, False]


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (keys("b"), [False, True, False]),
        (keys("c", "a", "b"), [True, True, False]),
        (keys("c"), [False, False, False]),
        (keys(None), [False, False, False]),
        (keys("b", use="running.id_number"), [False, False, False]),  # another thing of that name
    ],
)
def test_a_claim_that_stands_in_another_part(other, found):
    own = keys("a", "b", None)
    several = of_several([marks_of([own]), marks_of([other]), NONE])
    assert repeated(own, several).tolist() == found


def test_twice_in_one_part_is_no_claim_of_several_parts():
    several = of_several([marks_of([keys("a", "a")]), marks_of([keys("b")])])
    assert several.tolist() == []


def test_what_is_paid_for_another_season_is_another_claim():
    own = keys("a", "b", "c", seasons=[2023, 2023, None])
    other = keys("a", "b", "c", seasons=[2023, 2024, None])
    several = of_several([marks_of([own]), marks_of([other])])
    assert repeated(own, several).tolist() == [True, False, True]


def test_parts_give_what_the_whole_gives():
    dice = np.random.default_rng(3)
    names = dice.integers(0, 400, 600).astype(str)
    whole = repeated(keys(*names), None)
    parts = [keys(*own) for own in np.array_split(names, 7)]
    several = of_several([marks_of([own]) for own in parts])
    found = np.concatenate([repeated(own, several) for own in parts])
    assert 0 < whole.sum() < 600
    assert found.tolist() == whole.tolist()

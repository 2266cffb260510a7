"""City totals against what they tell of the villages that they are the sum of, by hand."""

import pytest

from gis.disclosure.rounding import Counts, RoundingRule
from gis.disclosure.totals import gap_homes, route_homes


def counted(*villages):
    """Counts of villages (code, households, pending, completed), every one of them told."""
    counts = Counts(RoundingRule(least=11, hysteresis=5), {})
    for code, households, pending, completed in villages:
        counts.official[f"{code}:completed"] = completed
        counts.publish(f"{code}:households", households)
        counts.publish(f"{code}:pending", pending)
    return counts


def rows(homes):
    exact = [{"code": code, "approach": "electric", "households": n} for code, n in homes.items()]
    return exact, exact


@pytest.mark.parametrize(("third", "total"), [(36, None), (37, 90)])
def test_a_total_is_not_told_that_fixes_its_villages(third, total):
    # 30 homes at least (26 pending, 4 done) and 19 (16, 3); the third is told as 40, 36 at least.
    # Told as 80 the three are 85 at most, so each of them is known; told as 90 they are 86 to 95.
    counts = counted(("A", 30, 30, 4), ("B", 19, 20, 3), ("C", third, 0, 0))
    assert route_homes(*rows({"A": 30, "B": 19, "C": third}), counts) == {"electric": total}


def test_a_total_of_one_village_tells_what_the_village_tells():
    counts = counted(("A", 30, 30, 0))
    assert route_homes(*rows({"A": 30}), counts) == {"electric": 30}


@pytest.mark.parametrize(("homes", "told"), [((26, 30), 60), ((26, 29), None)])
def test_the_gaps_of_the_city_do_not_fix_those_of_a_village(homes, told):
    # Two gaps of 26 to 35 homes, 52 to 70 together; told as 60 they are 56 to 65, which leaves
    # each its ten; told as 50 they would be 55 at most, and each 29.
    counts = counted(("A", 90, 30, 0), ("B", 90, 30, 0))
    gaps = [{"village_code": code, "kind": "grid"} for code in "AB"]
    sizes = dict(zip((("A", "grid"), ("B", "grid")), homes, strict=True))
    for (code, kind), n in sizes.items():
        counts.publish(f"gap:{code}:{kind}", n)
    assert gap_homes(gaps, sizes, counts) == told

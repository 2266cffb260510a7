"""Before an edition is published: what would be known too closely is told more roughly or not."""

import pytest
from disclosure.narrow_counts import find_narrow_counts

from gis.disclosure.inference_check import withhold_until_safe
from gis.disclosure.rounding import (
    CountHistory,
    Counts,
    Memory,
    PublishedCount,
    RoundingRule,
    ZoneLink,
)

RULE = RoundingRule(least=11, hysteresis=5)


def counts_of(values, told=(), known=(), official=(), zones=()):
    """Counts as they were published, with what stands beside them."""
    counts = Counts(RULE, {}, Memory(told=tuple(told)))
    counts.memory = {key: PublishedCount(value, value) for key, value in values.items()}
    counts.known, counts.official = dict(known), dict(official)
    counts.links = dict(zones)
    return counts


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        # 16 and 6 at least are 22 of 25 at most: the households are told as 30
        ({"a:households": 20, "a:pending": 20, "a:late": 10},
         {"a:households": 30, "a:pending": 20, "a:late": 10}),
        # 18 of 25 at most leave seven to each
        ({"a:households": 20, "a:pending": 10, "a:late": 10, "a:stock": 10},
         {"a:households": 20, "a:pending": 10, "a:late": 10, "a:stock": 10}),
        # room enough
        ({"a:households": 30, "a:pending": 10, "a:late": 10},
         {"a:households": 30, "a:pending": 10, "a:late": 10}),
        # 16 in gaps of 20 at most: the gap is left out, since it says the least
        ({"a:pending": 10, "gap:a:x": 20}, {"a:pending": 10}),
        # the other family is left alone
        ({"a:pending": 10, "gap:a:x": 20, "b:pending": 40, "gap:b:x": 20},
         {"a:pending": 10, "b:pending": 40, "gap:b:x": 20}),
    ],
)  # fmt: skip
def test_what_gives_a_count_away_is_told_more_roughly_or_not_at_all(values, kept):
    counts = counts_of(values)
    withhold_until_safe(counts)
    assert {key: counts.told(key) for key in counts.memory} == kept
    assert find_narrow_counts([counts.published()], RULE) == []


def test_official_figures_take_their_room():
    """21 completed exactly and 16 pending at least are 37: of 36 to 45, nine at most pend."""
    values = {"a:households": 40, "a:pending": 20}
    assert withhold_until_safe(counts_of(values)) == []
    for done, households in ((24, 40), (25, 50)):
        counts = counts_of(values, official={"a:completed": done})
        withhold_until_safe(counts)
        # 45 - 24 = 21 pending at most, from 16 on; 45 - 25 = 20 would leave four
        assert counts.told("a:households") == households


def test_what_a_route_says_takes_its_room():
    """Somebody is left: 1 to 5 homes would be told as 0."""
    told = counts_of({"a:pending": 0}, known={"a:pending": (1, None)})
    assert withhold_until_safe(told) == ["a:pending"]
    counts = Counts(RULE, {})
    counts.known["a:pending"] = (1, None)
    assert [counts.publish("a:pending", n) for n in (1, 5, 15, 16)] == [10, 10, 10, 20]
    assert withhold_until_safe(counts) == []
    counts.known["a:pending"] = (0, 0)
    assert counts.publish("a:pending", 0) == 0
    assert withhold_until_safe(counts) == []  # it is an official statement


def test_of_households_none_are_told_as_fewer_than_the_least_number():
    """11 to 15 would be five values: told as 20, they are 11 to 25."""
    counts = Counts(RULE, {})
    counts.known["a:households"] = (11, None)
    assert [counts.publish("a:households", n) for n in (11, 15, 25, 26)] == [20, 20, 20, 30]
    assert withhold_until_safe(counts) == []


def test_an_edition_may_tell_nothing_of_those_before():
    """From 10 to 20 and back it moved; from 20 at most of 25 in all to 20 pending and 10 late."""
    before = CountHistory({"a:households": 20, "a:pending": 20})
    assert find_narrow_counts([before], RULE) == []
    counts = counts_of({"a:households": 20, "a:pending": 10, "a:late": 10}, told=[before])
    withhold_until_safe(counts)
    assert find_narrow_counts([before, counts.published()], RULE) == []


def test_what_the_editions_before_said_too_much_is_not_held_against_this_one():
    before = CountHistory({"a:households": 10, "a:pending": 10, "a:late": 10})
    assert find_narrow_counts([before], RULE) != []
    counts = counts_of({"a:households": 40, "a:pending": 10, "a:late": 10}, told=[before])
    assert withhold_until_safe(counts) == []
    assert counts.told("a:pending") == 10


def test_a_zone_and_its_village_count_the_same_homes():
    link = ZoneLink(("a",), ("a",), "not_cleared")
    values = {"a:households": 20, "a:pending": 10, "zone:Z:cleared": 0, "zone:Z:not_cleared": 10,
              "zone:Z:unknown": 20, "zone:Z:undecidable": 0}  # fmt: skip
    counts = counts_of(values, zones={"Z": link})
    assert find_narrow_counts([counts.published()], RULE) != []
    # 10 and 20 in it are 22 at least, of 25 households at most: these are told as 30
    assert withhold_until_safe(counts) == []
    assert counts.told("a:households") == 30
    assert find_narrow_counts([counts.published()], RULE) == []

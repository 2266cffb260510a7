"""Published counts: rounded, still, and saying little of each other."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.disclosure.rounding import (
    Counts,
    Memory,
    PublishedCount,
    RoundingRule,
    ZoneLink,
    memory_bytes,
    read_memory,
)
from gis.errors import InputError

BLUR = RoundingRule(least=11, move=5)


@pytest.mark.parametrize(
    ("true", "published"),
    [(0, 0), (5, 0), (6, 10), (15, 10), (16, 20), (25, 20), (26, 30), (95, 90), (96, 100)],
)
def test_rounded_to_tens_with_halves_downward(true, published):
    assert BLUR.rounded(true) == published
    assert BLUR.low(published) <= true <= BLUR.high(published)


@given(st.integers(0, 5000), st.integers(1, 20))
def test_every_published_count_stands_for_more_than_move_counts(true, move):
    blur = RoundingRule(11, move)
    published = blur.rounded(true)
    assert blur.low(published) <= true <= blur.high(published)
    assert blur.high(published) - blur.low(published) >= move
    same = [
        n
        for n in range(max(true - 2 * move, 0), true + 2 * move + 1)
        if blur.rounded(n) == published
    ]
    assert (same[0], same[-1]) == (blur.low(published), blur.high(published))


def test_without_hysteresis_counts_are_exact():
    blur = RoundingRule(least=1, move=0)
    assert [blur.rounded(n) for n in (0, 1, 7)] == [0, 1, 7]
    assert (blur.low(7), blur.high(7), blur.step) == (7, 7, 1)


def editions(trues, key="v"):
    """The published values of one count over editions, each going on from the one before."""
    memory, published = {}, []
    for true in trues:
        counts = Counts(BLUR, memory)
        published.append(counts.publish(key, true))
        memory = counts.memory
    return published


def test_a_count_moves_only_when_it_moved_by_five():
    # 5 → 9 is a move of 4: still; 10 is 5 away from the 5 it was set at
    assert editions([5, 9, 10, 14, 15, 16, 20]) == [0, 0, 10, 10, 10, 10, 20]
    # from 16 set to 20: 12 is 4 below, 11 is 5 below
    assert editions([16, 12, 11]) == [20, 20, 10]


@given(st.lists(st.integers(0, 60), min_size=2, max_size=8))
def test_a_change_is_a_move_of_at_least_five_since_it_was_set(trues):
    published, set_at = editions(trues), trues[0]
    for before, now, true in zip(published, published[1:], trues[1:], strict=False):
        if abs(true - set_at) < 5:
            assert now == before
        else:
            set_at = true


def test_a_whole_is_raised_where_its_parts_would_tell_too_much():
    # 6 and 7 of 14: published 10 and 10 of 10, so that each would be 6 to 9
    counts = Counts(BLUR, {})
    parts = [counts.publish("a", 6), counts.publish("b", 7)]
    assert parts == [10, 10]
    assert counts.whole("w", 14, parts) == 20
    assert Counts(BLUR, {}).whole("w", 14, [10]) == 10
    # and it stays raised while it is still
    assert Counts(BLUR, counts.memory).whole("w", 16, [10]) == 20


def test_withheld_is_not_remembered():
    counts = Counts(BLUR, {})
    counts.publish("v", 7)
    counts.withhold("v")
    assert counts.memory == {}


def test_memory_is_kept_and_read_back(tmp_path):
    counts = Counts(BLUR, {})
    counts.memory = {"b": PublishedCount(10, 7), "a": PublishedCount(0, 3)}
    counts.links = {"Z": ZoneLink(("1",), None, "cleared")}
    (tmp_path / "planner").mkdir()
    path = tmp_path / "planner" / "published.json"
    path.write_bytes(memory_bytes(counts, [("2", "3"), ("1",)]))
    counts.amounts = {"m": PublishedCount(100, 149)}
    counts.said = {"heads": ["2"]}
    path.write_bytes(memory_bytes(counts, [("2", "3"), ("1",)]))
    found = read_memory(tmp_path)
    assert found == Memory(counts.memory, (("1",), ("2", "3")), counts.amounts, counts.said)
    kept = json.loads(path.read_text("utf-8"))
    assert list(kept["counts"]) == ["a", "b"]
    assert kept["zones"] == {"Z": {"whole": ["1"], "touched": None, "verdict": "cleared"}}


@pytest.mark.parametrize(
    "content", ["", "[]", '{"counts": {}}', '{"counts": {"a": 1}, "groups": []}']
)
def test_a_memory_that_cannot_be_read_is_refused(tmp_path, content):
    (tmp_path / "planner").mkdir()
    (tmp_path / "planner" / "published.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"no readable planner/published\.json"):
        read_memory(tmp_path)

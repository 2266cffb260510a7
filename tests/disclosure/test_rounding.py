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
    rule_of,
)
from gis.errors import InputError

RULE = RoundingRule(least=11, hysteresis=5)


@pytest.mark.parametrize(
    ("true", "published"),
    [(0, 0), (5, 0), (6, 10), (15, 10), (16, 20), (25, 20), (26, 30), (95, 90), (96, 100)],
)
def test_rounded_to_tens_with_halves_downward(true, published):
    assert RULE.rounded(true) == published
    assert RULE.low(published) <= true <= RULE.high(published)


@given(st.integers(0, 5000), st.integers(1, 20))
def test_every_published_count_stands_for_more_than_move_counts(true, move):
    rule = RoundingRule(11, move)
    published = rule.rounded(true)
    assert rule.low(published) <= true <= rule.high(published)
    assert rule.high(published) - rule.low(published) >= move
    same = [
        n
        for n in range(max(true - 2 * move, 0), true + 2 * move + 1)
        if rule.rounded(n) == published
    ]
    assert (same[0], same[-1]) == (rule.low(published), rule.high(published))


def test_without_hysteresis_counts_are_exact():
    rule = RoundingRule(least=1, hysteresis=0)
    assert [rule.rounded(n) for n in (0, 1, 7)] == [0, 1, 7]
    assert (rule.low(7), rule.high(7), rule.step) == (7, 7, 1)


def editions(trues, key="v"):
    """The published values of one count over editions, each going on from the one before."""
    memory, published = {}, []
    for true in trues:
        counts = Counts(RULE, memory)
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
    counts = Counts(RULE, {})
    parts = [counts.publish("a", 6), counts.publish("b", 7)]
    assert parts == [10, 10]
    assert counts.whole("w", 14, parts) == 20
    assert Counts(RULE, {}).whole("w", 14, [10]) == 10
    # and it stays raised while it is still
    assert Counts(RULE, counts.memory).whole("w", 16, [10]) == 20


def test_withheld_is_not_remembered():
    counts = Counts(RULE, {})
    counts.publish("v", 7)
    counts.withhold("v")
    assert counts.memory == {}


def test_memory_is_kept_and_read_back(tmp_path):
    counts = Counts(RULE, {})
    counts.memory = {"b": PublishedCount(10, 7), "a": PublishedCount(0, 3)}
    counts.links = {"Z": ZoneLink(("1",), None, "cleared")}
    (tmp_path / "planner").mkdir()
    path = tmp_path / "planner" / "published.json"
    path.write_bytes(memory_bytes(counts, [("2", "3"), ("1",)]))
    counts.amounts = {"m": PublishedCount(100, 149)}
    counts.said = {"heads": ["2"]}
    path.write_bytes(memory_bytes(counts, [("2", "3"), ("1",)]))
    found = read_memory(tmp_path)
    assert found == Memory(
        counts.memory, (("1",), ("2", "3")), counts.amounts, counts.said, rule=RULE
    )
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


def after(rule, shown, true, count):
    """What a wider or narrower rule makes of a count that was published as `shown` by `RULE`."""
    past = Memory({"v": PublishedCount(shown, true)}, rule=RULE)
    counts = Counts(rule, past.counts, past)
    return counts.publish("v", count), counts.memory["v"]


@pytest.mark.parametrize(
    ("shown", "true", "count", "published"),
    [
        # to twenties: 10 is nearer to neither, halves go down; 20 and 30 are 20, 40 and 50 are 40
        (10, 6, 6, 0), (10, 15, 15, 0), (20, 25, 25, 20), (30, 26, 26, 20), (30, 35, 35, 20),
        (50, 55, 55, 40),
        # held by the old rule at 6, 2 to 10 are 10 there, and 0 here
        (10, 6, 10, 0), (10, 6, 2, 0),
        # what counts from now on is the 10 that was published: 19 is 9 away, 20 is 10
        (10, 6, 19, 0), (10, 6, 20, 20), (30, 35, 40, 40), (30, 35, 39, 20), (30, 35, 21, 20),
        (30, 26, 10, 0),
    ],
)  # fmt: skip
def test_by_a_wider_rule_a_count_goes_on_from_what_was_published(shown, true, count, published):
    told, kept = after(RoundingRule(least=11, hysteresis=10), shown, true, count)
    assert told == kept.published == published
    assert kept.true in (shown, count)  # never the true count that the old rule kept


@given(st.integers(0, 300), st.integers(-4, 4), st.integers(1, 12), st.integers(2, 4))
def test_a_wider_rule_tells_nothing_new_of_a_count_that_stands(set_at, moved, move, times):
    old, new = RoundingRule(11, move), RoundingRule(11, times * move)
    count = max(set_at + max(min(moved, move - 1), 1 - move), 0)
    shown = old.rounded(set_at)
    past = Memory({"v": PublishedCount(shown, set_at)}, rule=old)
    told = Counts(new, past.counts, past).publish("v", count)
    assert told == new.rounded(shown)  # follows from the published value alone
    assert new.low(told) - (new.hysteresis - 1) <= count <= new.high(told) + new.hysteresis - 1


def test_by_a_narrower_rule_a_count_is_told_anew_where_it_lies_away_from_the_old_value():
    narrow = RoundingRule(11, 2)
    assert [after(narrow, 10, 6, count)[0] for count in (6, 7, 8, 9, 11, 12, 15)] == [
        4, 8, 8, 8, 8, 12, 16,
    ]  # fmt: skip


def test_without_a_change_of_the_rule_a_count_is_held_at_its_true_count():
    assert after(RoundingRule(least=20, hysteresis=5), 20, 16, 12) == (20, PublishedCount(20, 16))
    silent = Memory({"v": PublishedCount(20, 16)})  # does not say its rule
    assert Counts(RoundingRule(11, 5), silent.counts, silent).publish("v", 12) == 20


def test_whether_there_are_enough_is_judged_from_the_published_value_too():
    past = Memory(amounts={"v:enough": PublishedCount(30, 26)}, rule=RULE)
    wide = Counts(RoundingRule(least=11, hysteresis=10), {}, past)
    # 30 becomes 20, which may stand for 2 homes: not enough for sure
    assert not wide.enough("v", 26)
    assert wide.amounts["v:enough"] == PublishedCount(20, 30)


def test_money_in_other_steps_goes_on_from_what_was_published():
    past = Memory(amounts={"m": PublishedCount(300, 340)})
    assert Counts(RULE, {}, past).amount("m", 340, 100) == 300
    # in steps of 200: 300 lies between 200 and 400, and goes to the even multiple
    wide = Counts(RULE, {}, past)
    assert (wide.amount("m", 340, 200), wide.amount("n", 340, 200)) == (400, 400)
    assert Counts(RULE, {}, past).amount("m", 499, 200) == 400  # 199 from the 300 it showed
    assert Counts(RULE, {}, past).amount("m", 501, 200) == 600


def test_the_rule_is_kept_and_read_back(tmp_path):
    (tmp_path / "planner").mkdir()
    path = tmp_path / "planner" / "published.json"
    path.write_bytes(memory_bytes(Counts(RoundingRule(12, 7), {}), []))
    assert read_memory(tmp_path).rule == RoundingRule(least=12, hysteresis=7)
    stored = json.loads(path.read_text("utf-8"))
    assert rule_of({name: stored[name] for name in stored if name != "rule"}) is None

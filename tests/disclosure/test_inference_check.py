"""Nobody can reckon a count more closely than to five households, over many editions."""

import json
import shutil
from types import SimpleNamespace

import pandas as pd
import pytest
from disclosure.narrow_counts import find_narrow_counts
from hypothesis import given, settings
from hypothesis import strategies as st
from publish import sample
from publish.office_files import without_office_files
from publish.sample_variants import replaced

from gis.disclosure.inference_check import NarrowCount, reckon_ranges, withhold_until_safe
from gis.disclosure.rounding import NOTHING, CountHistory, Counts, Memory, RoundingRule
from gis.editions.public_counts import build_public_counts
from gis.publish import previous_edition, publish

RULE = RoundingRule(least=11, hysteresis=5)
MONTHS = ("2024-08", "2024-09", "2024-10")
SPARE, PENDING, LATE, STOCK = range(4)


def run(codes, tables):
    """What redaction needs of a run, from exact counts.

    tables: per village (spare, pending, late, stock, [completed in each month], batch)
    """
    rows, done, steps = [], [], []
    for code, (spare, pending, late, stock, months, batch) in zip(codes, tables, strict=True):
        completed = sum(months)
        homes = spare + pending + late + stock + completed
        rows.append({"village_code": code, "township_code": "a", "households": homes,
                     "pending": pending})  # fmt: skip
        done.append({"village_code": code, "mode": "electric", "completed": completed,
                     "late": late, "stock": stock, "batch": min(batch, homes)})  # fmt: skip
        steps += [{"village_code": code, "mode": "electric", "month": month, "completed": n,
                   "in_batch": n}
                  for month, n in zip(MONTHS, months, strict=True)]  # fmt: skip
    return SimpleNamespace(
        facts=SimpleNamespace(villages=pd.DataFrame(rows)),
        progress=SimpleNamespace(
            villages=pd.DataFrame(done),
            months=pd.DataFrame(steps),
            unknown=frozenset(),
            drafts=frozenset(),
        ),
    )


def history(codes, groups, editions, left=()):
    """What is said, edition by edition, each going on from those before.

    left: the groups of which a route says that somebody is left to convert, wherever one is.
    """
    past = NOTHING
    for tables in editions:
        counts = Counts(RULE, past.counts, past)
        for group in left:
            waiting = sum(one[PENDING] for code, one in zip(codes, tables, strict=True)
                          if code in group)  # fmt: skip
            counts.known[f"{'+'.join(group)}:pending"] = (1, None) if waiting else (0, 0)
        build_public_counts(run(codes, tables), counts, groups, MONTHS)
        withhold_until_safe(counts)
        past = Memory(counts.memory, told=(*past.told, counts.published()))
    return past.told


small = st.integers(0, 24)
village = st.tuples(small, small, small, small, st.tuples(small, small, small), small)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(village, village), min_size=1, max_size=4))
def test_no_count_of_any_history_is_bounded_to_less_than_five(editions):
    codes = ("a1", "a2")
    told = history(codes, [("a1",), ("a2",)], editions, left=[("a2",)])
    assert find_narrow_counts(told, RULE) == []


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(village, village), min_size=1, max_size=3))
def test_nor_of_villages_that_are_counted_together(editions):
    assert find_narrow_counts(history(("a1", "a2"), [("a1", "a2")], editions), RULE) == []


def test_exact_counts_are_caught():
    """The control: what is published without rounding is known to the home."""
    found = find_narrow_counts(
        [CountHistory({"a1:households": 14, "a1:pending": 6})], RoundingRule(least=1, hysteresis=0)
    )
    assert found == []  # nothing is promised without rounding
    exact = SimpleNamespace(hysteresis=5, low=lambda n: n, high=lambda n: n, floor=lambda n: n)
    assert find_narrow_counts([CountHistory({"a1:households": 14, "a1:pending": 6})], exact) == [
        NarrowCount(0, "a1:households", 14, 14),
        NarrowCount(0, "a1:pending", 6, 6),
    ]


@pytest.mark.parametrize(
    ("editions", "caught"),
    [
        # two tens within ten: each is 6 to 9, and all of them 12 to 15
        ([{"a1:households": 10, "a1:pending": 10, "a1:late": 10}],
         ["a1:households", "a1:late", "a1:pending"]),
        # gaps that take all of the pending: 6 + 6 of 15 leave 6 to 9 to each
        ([{"a1:households": 90, "a1:pending": 10, "gap:a1:x": 10, "gap:a1:y": 10}],
         ["a1:pending", "gap:a1:x", "gap:a1:y"]),
        # zones stand alone
        ([{"zone:Z:cleared": 0, "a1:stock": 10}], []),
    ],
)  # fmt: skip
def test_what_would_tell_too_much_is_caught(editions, caught):
    assert [
        found.key for found in find_narrow_counts([*map(CountHistory, editions)], RULE)
    ] == caught


def test_a_change_bounds_both_sides():
    """From 0 to 10: it was at most 5 and is at least 6; nothing closer."""
    editions = [CountHistory({"a1:pending": value}) for value in (0, 10, 0)]
    assert find_narrow_counts(editions, RULE) == []


def test_the_editions_of_a_publication(tmp_path, monkeypatch):
    """Three editions: pending falls as homes are converted."""
    without_office_files(monkeypatch)
    out = tmp_path / "out"
    for number, sizes in enumerate(({}, {sample.B: 36}, {sample.B: 36, sample.A: 52})):
        made = sample.results(tmp_path, sizes=sample.SIZES | sizes)
        publish(made, out)
        assert find_narrow_counts(previous_edition.history(out), RULE) == [], number
    # broken off in the swap: the memory of counts has gone to the editions before already
    (out / ".nuantu" / "old").mkdir(parents=True)
    (out / ".nuantu" / "new").mkdir()
    (out / ".nuantu" / "commit").touch()
    shutil.move(out / "planner", out / ".nuantu" / "new" / "planner")
    assert len(previous_edition.history(out)) == 3


@pytest.mark.parametrize(("batch", "seen"), [(0, None), (5, 5), (6, 6)])
def test_this_years_task_is_official(batch, seen):
    made = run(("a1",), [(20, 0, 0, 0, (0, 0, 0), batch)])
    shown = build_public_counts(made, Counts(RULE, {}), [("a1",)], MONTHS)
    assert shown["a1"].counts["batch"] == seen


FIVE, TEN, TWELVE = (RoundingRule(least=11, hysteresis=move) for move in (5, 10, 12))


def under(rule, **counts):
    return CountHistory({f"a:{name}": value for name, value in counts.items()}, rule=rule)


def ranges(*editions):
    cells = [(number, "a:pending") for number in range(len(editions))]
    found = reckon_ranges(cells, editions, RoundingRule(least=11, hysteresis=99))  # of none of them
    return list(found.values())


def test_every_edition_is_read_by_its_own_rule():
    # 30 in tens stands for 26 to 35; in twenties 20 goes on from it, up to 9 beyond 11 to 30
    assert ranges(under(FIVE, pending=30), under(TEN, pending=20)) == [(26, 35), (2, 39)]
    # 40 does not: it is 31 to 50, and at least 10 away from the 30 that stood there
    assert ranges(under(FIVE, pending=30), under(TEN, pending=40)) == [(26, 35), (40, 50)]
    assert ranges(under(FIVE, pending=30), under(TEN, pending=0)) == [(26, 35), (0, 10)]


def test_two_roundings_of_one_count_are_caught():
    # 12 is 20 in twenties (11 to 30), then 10 in tens (6 to 15): 11 to 15 if it is the same home
    told = [under(TEN, pending=20), under(FIVE, pending=10)]
    assert ranges(*told) == [(11, 15), (11, 15)]
    assert find_narrow_counts(told, FIVE) == [
        NarrowCount(0, "a:pending", 11, 15), NarrowCount(1, "a:pending", 11, 15),
    ]  # fmt: skip
    # withheld in between, it is still the same home
    between = [under(TEN, pending=20), under(FIVE), under(FIVE, pending=10)]
    assert find_narrow_counts(between, FIVE)[-1] == NarrowCount(2, "a:pending", 11, 15)
    # 16 to 24 go on as 20: 12 to 29, within what was known
    assert find_narrow_counts([under(TEN, pending=20), under(FIVE, pending=20)], FIVE) == []


def test_a_value_left_behind_bounds_the_next():
    # 20 in tens, 0 in twenty-fours: at most 12, and 12 away from 20: 0 to 8, which is below 12
    told = [under(FIVE, pending=20), under(TWELVE, pending=0)]
    assert find_narrow_counts(told, FIVE) == [NarrowCount(1, "a:pending", 0, 8)]


def going_on(rule, before, trues):
    """Counts by `rule` after an edition, as they are published."""
    counts = Counts(rule, before.memory, Memory(before.memory, told=(before.published(),),
                                                rule=before.rule))  # fmt: skip
    for key, true in trues.items():
        counts.publish(f"a:{key}", true)
    withhold_until_safe(counts)
    return counts


@pytest.mark.parametrize("true", range(2, 40))
def test_a_wider_rule_withholds_nothing_of_what_stands(true):
    first = Counts(FIVE, {})
    first.publish("a:pending", true)
    second = going_on(TEN, first, {"pending": true})
    # by hand: tens halves down, then twenties halves down
    tens = -((5 - true) // 10) * 10
    assert first.told("a:pending") == tens
    assert second.told("a:pending") == max(-((10 - tens) // 20), 0) * 20
    assert find_narrow_counts([first.published(), second.published()], TEN) == []


def test_a_narrower_rule_withholds_what_both_would_tell():
    first = Counts(TEN, {})
    first.publish("a:pending", 12)
    assert first.told("a:pending") == 20
    assert going_on(FIVE, first, {"pending": 12}).told("a:pending") is None
    assert going_on(FIVE, first, {"pending": 16}).told("a:pending") == 20


def test_an_edition_of_another_rule_is_published_by_the_new_one(tmp_path, monkeypatch):
    without_office_files(monkeypatch)
    out = tmp_path / "out"
    sizes = sample.SIZES | {sample.B: 36}
    made = sample.results(tmp_path, sizes=sizes)
    publish(made, out)
    rules = made.policy.edition.model_copy(update={"hysteresis": 10})
    wide = replaced(made, policy=made.policy.model_copy(update={"edition": rules}))
    publish(wide, out)
    before, now = previous_edition.history(out)
    assert (before.rule.hysteresis, now.rule.hysteresis) == (5, 10)
    # totals of the city say less than held counts of so few villages, and are left out
    assert {key for key in before.counts if not key.startswith("city:")} == now.counts.keys()
    assert any(value % 20 for value in before.counts.values())
    assert not any(value % 20 for value in now.counts.values())
    note = json.loads((out / "public" / "data" / "villages.geojson").read_text("utf-8"))
    assert "取整到 20 户" in note["count_note"]["zh"]
    assert find_narrow_counts([before, now], TEN) == []

"""Nobody can reckon a count more closely than to five households, over many editions."""

import shutil
from types import SimpleNamespace

import pandas as pd
import pytest
from disclosure.narrow_counts import find_narrow_counts
from hypothesis import given, settings
from hypothesis import strategies as st
from publish import sample
from publish.office_files import without_office_files

from gis.disclosure.inference_check import NarrowCount, withhold_until_safe
from gis.disclosure.rounding import NOTHING, CountHistory, Counts, Memory, RoundingRule
from gis.editions.public_counts import build_public_counts
from gis.publish import previous_edition, publish

BLUR = RoundingRule(least=11, move=5)
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
        rows.append({"village_code": code, "households": homes, "pending": pending})
        done.append({"village_code": code, "mode": "electric", "completed": completed,
                     "late": late, "stock": stock, "batch": min(batch, homes)})  # fmt: skip
        steps += [{"village_code": code, "mode": "electric", "month": month, "completed": n,
                   "in_batch": n}
                  for month, n in zip(MONTHS, months, strict=True)]  # fmt: skip
    return SimpleNamespace(
        facts=SimpleNamespace(villages=pd.DataFrame(rows)),
        progress=SimpleNamespace(
            villages=pd.DataFrame(done), months=pd.DataFrame(steps), unknown=frozenset()
        ),
    )


def history(codes, groups, editions, left=()):
    """What is said, edition by edition, each going on from those before.

    left: the groups of which a route says that somebody is left to convert, wherever one is.
    """
    past = NOTHING
    for tables in editions:
        counts = Counts(BLUR, past.counts, past)
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
    assert find_narrow_counts(told, BLUR) == []


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(village, village), min_size=1, max_size=3))
def test_nor_of_villages_that_are_counted_together(editions):
    assert find_narrow_counts(history(("a1", "a2"), [("a1", "a2")], editions), BLUR) == []


def test_exact_counts_are_caught():
    """The control: what is published without a blur is known to the home."""
    found = find_narrow_counts(
        [CountHistory({"a1:households": 14, "a1:pending": 6})], RoundingRule(least=1, move=0)
    )
    assert found == []  # nothing is promised without a blur
    exact = SimpleNamespace(move=5, low=lambda n: n, high=lambda n: n, floor=lambda n: n)
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
        found.key for found in find_narrow_counts([*map(CountHistory, editions)], BLUR)
    ] == caught


def test_a_change_bounds_both_sides():
    """From 0 to 10: it was at most 5 and is at least 6; nothing closer."""
    editions = [CountHistory({"a1:pending": value}) for value in (0, 10, 0)]
    assert find_narrow_counts(editions, BLUR) == []


def test_the_editions_of_a_publication(tmp_path, monkeypatch):
    """Three editions: pending falls as homes are converted."""
    without_office_files(monkeypatch)
    out = tmp_path / "out"
    for number, sizes in enumerate(({}, {sample.B: 36}, {sample.B: 36, sample.A: 52})):
        made = sample.results(tmp_path, sizes=sample.SIZES | sizes)
        publish(made, out)
        assert find_narrow_counts(previous_edition.history(out), BLUR) == [], number
    # broken off in the swap: the memory of counts has gone to the editions before already
    (out / ".nuantu" / "old").mkdir(parents=True)
    (out / ".nuantu" / "new").mkdir()
    (out / ".nuantu" / "commit").touch()
    shutil.move(out / "planner", out / ".nuantu" / "new" / "planner")
    assert len(previous_edition.history(out)) == 3


@pytest.mark.parametrize(("batch", "seen"), [(0, None), (5, 5), (6, 6)])
def test_this_years_task_is_official(batch, seen):
    made = run(("a1",), [(20, 0, 0, 0, (0, 0, 0), batch)])
    shown = build_public_counts(made, Counts(BLUR, {}), [("a1",)], MONTHS)
    assert shown["a1"].counts["batch"] == seen

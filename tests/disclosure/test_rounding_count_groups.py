"""Small villages are counted together with a neighbour of their own township."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.disclosure.rounding import count_groups, head_of


def villages(*rows):
    """Rows of (code, homes, x); the township is the code's first letter; all on one line."""
    table = pd.DataFrame(rows, columns=["village_code", "households", "x"])
    return table.assign(township_code=table["village_code"].str[0], y=0.0)


@pytest.mark.parametrize(
    ("rows", "groups"),
    [
        # 11 is enough, 10 is not
        ([("a1", 11, 0), ("a2", 11, 1)], [("a1",), ("a2",)]),
        ([("a1", 10, 0), ("a2", 11, 1), ("a3", 40, 5)], [("a1", "a2"), ("a3",)]),
        # the nearest, whatever its size; of equally near ones the first
        ([("a1", 40, 0), ("a2", 3, 4), ("a3", 3, 5), ("a4", 40, 6)], [("a1",), ("a2", "a3", "a4")]),
        ([("a1", 40, 0), ("a2", 3, 1), ("a3", 40, 2)], [("a1", "a2"), ("a3",)]),
        # never across townships: a township of few homes stays alone, to be withheld
        ([("a1", 3, 0), ("b1", 40, 1)], [("a1",), ("b1",)]),
        ([("a1", 3, 0), ("a2", 4, 9), ("b1", 40, 1)], [("a1", "a2"), ("b1",)]),
        ([("a1", 0, 0), ("a2", 40, 9)], [("a1", "a2")]),
    ],
)
def test_groups(rows, groups):
    assert count_groups(villages(*rows), 11, []) == groups


def test_who_was_counted_together_stays_so():
    rows = [("a1", 20, 0), ("a2", 30, 1), ("a3", 40, 2)]
    before = [("a1", "a2"), ("gone", "a3")]
    assert count_groups(villages(*rows), 11, before) == [("a1", "a2"), ("a3",)]


def test_the_head_is_the_largest_and_of_equals_the_first():
    assert head_of(("a1", "a2", "a3"), {"a1": 3, "a2": 9, "a3": 9}) == "a2"


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9), st.sampled_from("ab")), max_size=12)
)
def test_every_village_is_in_one_group_that_is_large_enough_or_its_whole_township(rows):
    table = villages(
        *[(f"{town}{n:02}", homes, float(x)) for n, (homes, x, town) in enumerate(rows)]
    )
    groups = count_groups(table, 11, [])
    assert sorted(code for group in groups for code in group) == sorted(table["village_code"])
    homes = dict(zip(table["village_code"], table["households"], strict=True))
    for group in groups:
        assert len({code[0] for code in group}) == 1
        whole = [code for code in homes if code[0] == group[0][0]]
        assert sum(homes[code] for code in group) >= 11 or sorted(group) == sorted(whole)

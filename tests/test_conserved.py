"""No household is lost or doubled between two stages; where it is, the run stops and says so."""

import subprocess
import sys

import pandas as pd
import pytest

from gis.conserved import aligned, conserved
from gis.errors import ConservationError, Text

STAGE = Text("某步", "some stage")


def ids(*names):
    return pd.Series(names, dtype="str")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ids("a", "b"), ids("b", "a")),
        (ids("a", None, None), ids(None, "a", None)),
        (ids("a", "a"), ids("a", "a")),
        (ids(), ids()),
        (ids("a"), pd.Series(["a"], index=[7], dtype=object)),
    ],
)
def test_the_same_households_in_any_order(before, after):
    conserved(STAGE, before, after)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (ids("a", "b"), ids("a"), "1 are lost and 0 too many"),
        (ids("a"), ids("a", "a"), "0 are lost and 1 too many"),
        (ids("a", "b"), ids("a", "c"), "1 are lost and 1 too many (such as b, c)"),
        (ids("a", None), ids("a"), "1 are lost and 0 too many (such as —)"),
        (ids("a", "a", "b"), ids("a", "b", "b"), "1 are lost and 1 too many"),
    ],
)
def test_a_household_lost_or_doubled_is_named(before, after, told):
    with pytest.raises(ConservationError) as error:
        conserved(STAGE, before, after)
    assert told in error.value.message.en
    assert error.value.message.zh.startswith("某步：")
    assert error.value.exit_code == 3


def test_a_table_on_the_same_index():
    names = ids("a", "b", "c")
    aligned(STAGE, names, pd.DataFrame(index=[0, 1, 2]))
    aligned(STAGE, names, pd.DataFrame(index=[2, 0, 1]))
    for index in ([0, 1], [0, 1, 1], [0, 1, 2, 2], [0, 1, 3]):
        with pytest.raises(ConservationError):
            aligned(STAGE, names, pd.DataFrame(index=index))


def test_it_is_held_where_asserts_are_left_out():
    code = (
        "import pandas as pd\nfrom gis.conserved import conserved\nfrom gis.errors import Text\n"
        "conserved(Text('', ''), pd.Series(['a']), pd.Series([], dtype=str))"
    )
    run = subprocess.run(
        [sys.executable, "-P", "-O", "-c", code], capture_output=True, encoding="utf-8", check=False
    )
    assert run.returncode == 1
    assert "ConservationError" in run.stderr

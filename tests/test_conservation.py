"""No household is lost or doubled between two stages; where it is, the run stops and says so."""

import importlib
from pathlib import Path

import pandas as pd
import pytest
from publish import sample
from small_town import write
from whole_town import made, outcome, plan

from gis import conservation
from gis.audit import household_clearance
from gis.conservation import check_aligned, check_same_ids
from gis.decide import decisions
from gis.editions.planner import planner_edition
from gis.errors import ConservationError, Text
from gis.facts import build
from gis.layers import load, read_project, validation
from gis.publish import files
from gis.publish.files import office_files
from gis.report.metadata import summary

gather_module = importlib.import_module("gis.facts.build")  # the package has a function so named
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
    check_same_ids(STAGE, before, after)


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
        check_same_ids(STAGE, before, after)
    assert told in error.value.message.en
    assert error.value.message.zh.startswith("某步：")
    assert error.value.exit_code == 3


def test_a_table_on_the_same_index():
    names = ids("a", "b", "c")
    check_aligned(STAGE, names, pd.DataFrame(index=[0, 1, 2]))
    check_aligned(STAGE, names, pd.DataFrame(index=[2, 0, 1]))
    for index in ([0, 1], [0, 1, 1], [0, 1, 2, 2], [0, 1, 3]):
        with pytest.raises(ConservationError):
            check_aligned(STAGE, names, pd.DataFrame(index=index))


def test_it_is_held_where_asserts_are_left_out():
    """As `python -O` compiles it."""
    source = Path(conservation.__file__)
    as_with_o = {"__name__": "gis.conservation"}
    exec(compile(source.read_bytes(), source, "exec", optimize=1), as_with_o)  # noqa: S102
    with pytest.raises(ConservationError):
        as_with_o["check_same_ids"](STAGE, ids("a"), ids())


def doubled(real):
    """What `real` gives, with its first household in place of its second."""

    def wrong(*arguments, **named):
        table = real(*arguments, **named)
        twice = table["household_id"].iloc[0]
        return table.assign(household_id=[twice, twice, *table["household_id"].iloc[2:]])

    return wrong


def shortened(real):
    """What `real` gives, without its last row."""
    return lambda *arguments, **named: real(*arguments, **named).iloc[:-1]


def unrouted(real):
    """One household that counts without its route."""

    def wrong(*arguments):
        homes = real(*arguments).copy()
        homes.loc[homes.index[homes["counted"]][0], "approach"] = ""
        return homes

    return wrong


def uncounted(real):
    """A village with one household too many."""

    def wrong(*arguments):
        villages = real(*arguments)
        return villages.assign(households=villages["households"] + [1, *[0] * (len(villages) - 1)])

    return wrong


def unjudged(real):
    """One household without a verdict."""

    def wrong(*arguments):
        found = real(*arguments)
        return found._replace(table=found.table.iloc[1:])

    return wrong


WRONG = {
    "逐户落位": (build, "placement_columns", doubled),
    "逐村汇总": (build, "build_village_table", uncounted),
    "逐村定采暖方式": (decisions, "household_parts", unrouted),
    "核查禁煤区": (household_clearance, "judge_households", unjudged),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The town as it is loses nobody."""
    outcome(made(1), plan(tmp_path_factory.mktemp("whole")))


@pytest.mark.parametrize("stage", WRONG)
def test_a_stage_that_loses_a_household_stops_the_run(stage, tmp_path, monkeypatch, whole):
    module, name, wrong = WRONG[stage]
    monkeypatch.setattr(module, name, wrong(getattr(module, name)))
    with pytest.raises(ConservationError, match=stage):
        outcome(made(1), plan(tmp_path))


def test_intake_that_loses_a_row_stops_the_run(tmp_path, monkeypatch):
    write(tmp_path / "town")
    monkeypatch.setattr(validation, "read_ledger_table", shortened(validation.read_ledger_table))
    with pytest.raises(ConservationError, match="读取台账"):
        load(read_project(tmp_path / "town"))


@pytest.mark.parametrize(
    ("module", "name", "wrong"),
    [
        (files.output_tables, "household_table", doubled),
        pytest.param(files.output_tables, "working_list", shortened, marks=pytest.mark.long),
        (files, "parquet_bytes", lambda real: lambda homes, told: real(homes.iloc[1:], told)),
        (files, "rows_of_township", lambda real: lambda sheet,
            code: real(sheet, code) & (sheet.table.index > 0)),
        pytest.param(
            files, "rows_of_township", lambda real: lambda sheet,
            code: real(sheet, code) | (sheet.table.index < 1),
            marks=pytest.mark.long,
        ),
    ],
)  # fmt: skip
def test_what_is_handed_out_is_complete_or_nothing_is(module, name, wrong, tmp_path, monkeypatch):
    run = sample.results(tmp_path)
    monkeypatch.setattr(module, name, wrong(getattr(module, name)))
    with pytest.raises(ConservationError):
        office_files(run, planner_edition(run, summary(run)), b"", None)

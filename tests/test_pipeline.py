"""A run without the command line: its stages, what they are given, and what they leave alone."""

import json
import subprocess
import sys
from datetime import date

import pytest
from small_town import write, write_with_streets
from typer.testing import CliRunner

from gis import open_project, parallel
from gis.cli.commands import app
from gis.editions.run_results import PublishOptions
from gis.errors import InputError, Problem, Text
from gis.inputs import read_settings, refuse_blocking
from gis.pipeline import Pipeline
from gis.publish import verify

NEXT_WINTER = "[scenario.next_winter.policy]\ndeadline = 2025-11-15\n"
STAGES = [
    "reading and checking the layers",
    "placing every household, adding up every village",
    "pricing every route",
    "growing the heating network",
    "judging the coal-ban zones",
    "deciding village by village",
    "counting the progress",
    "finding the coverage gaps",
    "publishing",
]


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pipeline") / "town"
    write_with_streets(folder, NEXT_WINTER)
    return folder


@pytest.fixture(scope="module")
def inputs(town):
    return Pipeline().read_and_check(town)


def test_nothing_is_published_before_the_day_of_its_figures(town, tmp_path):
    settings = read_settings(town, date(2024, 10, 31))
    assert settings.published_on(None).project.published_on is None
    for day in (date(2024, 10, 31), date(2024, 11, 1)):
        assert settings.published_on(day).project.published_on == day
    with pytest.raises(InputError, match="--published-on") as refused:
        settings.published_on(date(2024, 10, 30))
    assert "published_on 2024-10-30 早于数据截至日期 as_of 2024-10-31" in refused.value.message.zh
    options = PublishOptions(published_on=date(2024, 10, 30))
    with pytest.raises(InputError):
        open_project(town, date(2024, 10, 31)).publish(tmp_path / "out", options=options)
    assert not (tmp_path / "out").exists()


def test_a_later_as_of_day_leaves_the_day_of_publication_of_an_earlier_edition(town):
    file = town / "project.toml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("[project]", "[project]\npublished_on = 2024-11-04", 1), "utf-8")
    try:
        days = [date(2024, 11, 3), date(2024, 11, 4), date(2024, 11, 5), None]
        found = [read_settings(town, day).project.published_on for day in days]
    finally:
        file.write_text(text, "utf-8")
    assert found == [date(2024, 11, 4), date(2024, 11, 4), None, date(2024, 11, 4)]


def test_a_run_by_the_library_is_the_run_by_the_command(town, tmp_path, capfd, monkeypatch):
    """The one with a worker beside it, the other alone."""
    said = []
    stages = Pipeline(say=lambda text: said.append(text.en))
    settings = read_settings(town).published_on(date(2024, 11, 4))
    monkeypatch.setattr(parallel, "cores", lambda: 2)
    stages.publish(settings, tmp_path / "one", PublishOptions(compare=("next_winter",)))
    assert capfd.readouterr() == ("", "")  # it tells nobody but `say`
    compared = said.index("comparing with scenario next_winter")
    assert said[:compared] + said[compared + 5 :] == STAGES
    assert said[compared + 1 : compared + 5] == [*STAGES[1:4], STAGES[5]]  # nothing is read again

    monkeypatch.undo()
    command = ["run", town, "--out", tmp_path / "two", "--compare", "next_winter"]
    command += ["--published-on", "2024-11-04"]
    assert CliRunner().invoke(app, [*map(str, command)]).exit_code == 0
    assert verify(tmp_path / "one").whole
    told = json.loads((tmp_path / "two" / "public" / "manifest.json").read_bytes())
    assert told["project"]["published_on"] == "2024-11-04"
    one, two = tmp_path / "one", tmp_path / "two"
    names = [file.relative_to(one) for file in one.rglob("*") if file.is_file()]
    assert len(names) > 20
    assert sorted(names) == sorted(
        file.relative_to(two) for file in two.rglob("*") if file.is_file()
    )
    for name in names:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


def test_the_pipeline_needs_nothing_of_the_command_line():
    code = "import gis.pipeline, sys; print([m for m in ('typer', 'gis.cli') if m in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout == "[]\n"


def test_another_scenario_has_the_same_layers(inputs):
    other = inputs.with_scenario("next_winter")
    assert other.layers is inputs.layers
    assert other.project is inputs.project
    assert (inputs.scenario, other.scenario) == (None, "next_winter")
    assert other.with_scenario(None).policy == inputs.policy != other.policy
    with pytest.raises(InputError, match="next_summer"):
        inputs.with_scenario("next_summer")


def test_rows_are_released_of_a_copy_alone(inputs):
    rows = {name: len(table) for name, table in inputs.tables.items()}
    released = inputs.release_rows()
    assert {len(table) for table in released.tables.values()} == {0}
    assert list(released.tables) == list(rows)
    assert {name: len(table) for name, table in inputs.tables.items()} == rows


def test_a_layer_left_out_is_not_missing(town):
    stages = Pipeline()
    inputs = stages.read(read_settings(town), without=("households", "roads"))
    assert not {"households", "roads"} & {*inputs.tables, *inputs.project.layers}
    stages.check(inputs)  # the ledger is required, and would block the way


def test_a_blocking_problem_stops_before_anything_is_placed(tmp_path):
    write(tmp_path / "town")
    (tmp_path / "town" / "villages.gpkg").write_bytes(b"not a GeoPackage")
    said = []
    stages = Pipeline(say=lambda text: said.append(text.en))
    with pytest.raises(InputError, match=r"villages\.gpkg"):
        stages.publish(read_settings(tmp_path / "town"), tmp_path / "out")
    assert said == STAGES[:1]
    assert not (tmp_path / "out").exists()


def asked(folder, scenarios):
    """How often everything is placed while scenarios are decided after the problems were asked."""
    said = []
    project = open_project(folder, stages=Pipeline(say=lambda text: said.append(text.en)))
    project.problem_groups()
    plans = {name: project.run(name).plan for name in scenarios}
    assert said.count(STAGES[0]) == 1
    return said.count(STAGES[1]), plans


def test_a_project_is_placed_again_only_for_a_scenario_that_moves_a_fact(tmp_path):
    dearer = "[scenario.dearer.prices.energy]\nelectricity_heating_cny_per_kwh = 0.9\n"
    nearer = "[scenario.nearer.heating_network]\nconnect_m = 1\n"
    write_with_streets(tmp_path, dearer + nearer)
    times, plans = asked(tmp_path, (None, "dearer"))
    assert times == 1
    assert plans[None].facts is plans["dearer"].facts
    times, moved = asked(tmp_path, (None, "nearer"))
    assert times == 2
    alone = open_project(tmp_path).run("nearer").plan
    assert moved["nearer"].facts.villages.equals(alone.facts.villages)
    assert not moved["nearer"].facts.villages.equals(moved[None].facts.villages)


def test_what_blocks_deciding_blocks_it_after_the_problems_were_asked(tmp_path):
    write(tmp_path)
    ledger = tmp_path / "households.csv"
    rows = ledger.read_text("gb18030")
    nowhere = "".join(f"L{n},,煤,,,,否\n" for n in range(60))
    ledger.write_text(rows + nowhere, encoding="gb18030")
    project = open_project(tmp_path)
    assert [group.blocking for group in project.problem_groups() if group.blocking] != []
    for _ in range(2):
        with pytest.raises(InputError, match=r"不能计入"):
            project.decide()


def test_a_loss_that_stops_a_run_names_the_rows_behind_it():
    def found(code, row, **more):
        told = Text(f"{code} 说明", f"what {code} is")
        return Problem("households", code, row, "household_id", "", told, told, **more)

    loss = Problem(
        "households", "rows_lost", None, "", "",
        Text("4 行不能计入：no_id 4", "4 rows would not count: no_id 4"), Text("改", "mend"),
        blocking=True,
    )  # fmt: skip
    rows = [found("no_id", row, file="a.csv") for row in (5, 6, 8, 9)]
    others = [found("date_coarse", 3), found("no_id", None)]
    with pytest.raises(InputError) as caught:
        refuse_blocking([*others, *rows, loss])
    zh = caught.value.message.zh.splitlines()
    assert zh[1:] == [
        "  households：4 行不能计入：no_id 4。改",
        *(f"    a.csv 第{row}行 household_id：no_id 说明" for row in (5, 6, 8)),
    ]

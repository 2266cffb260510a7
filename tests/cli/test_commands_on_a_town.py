"""The commands that answer one question each, on the small town: what they print, in what form."""

import json
import sys
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from small_town import FAR, GAS, NO_WORKS, ON, SURE, write_with_streets
from typer.testing import CliRunner

from gis.cli.commands import app
from gis.cli.output import Screen
from gis.decide import village_code
from gis.errors import InputError, Text, UsageError
from gis.pipeline import Pipeline

# GAS is connected along the street, whenever that is ready
ROUTES = {ON: "central", FAR: "electric", GAS: "central", SURE: "gas"}


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("asked") / "town"
    scenarios = (
        "[scenario.next_winter.policy]\ndeadline = 2025-11-15\n"
        "[scenario.denser.heating_network]\nmin_mwh_per_m_a = 10\n"
    )
    write_with_streets(folder, NO_WORKS + scenarios)
    return folder


def asked(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


def told(*arguments):
    run = asked(*arguments, "--json")
    assert run.exit_code == 0, run.exception
    return json.loads(run.stdout)


def test_check_lists_the_rows_and_what_each_answer_needs_and_lacks(town):
    outcome = told("check", town)
    twice = next(one for one in outcome["problems"] if one["code"] == "duplicate_row")
    assert [(one["file"], one["row"]) for one in twice["where"]] == [("households.csv", 122)]
    lacks = {one["answer"]: one["lacks"] for one in outcome["answers"]}
    assert lacks["煤改电：台区可开放容量"] == []
    assert lacks["煤改气：管网和气源"] == []
    assert lacks["本年完成、逾期完成、往年存量"] == ["验收结果列", "验收日期列", "计划年度列"]
    assert lacks["覆盖缺口"] == ["建成区图层"]


def test_check_writes_a_workbook_for_each_township(town, tmp_path):
    run = asked("check", town, "--xlsx", tmp_path / "books")
    assert run.exit_code == 0, run.exception
    names = sorted(path.name for path in (tmp_path / "books").iterdir())
    own = f"t001_{ON[:9]}.xlsx"
    assert names == ["city.xlsx", own]
    book = CalamineWorkbook.from_path(tmp_path / "books" / own)
    cells = [[str(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python()]
    top = next(row for row in cells if "文件" in row)
    rows = [dict(zip(top, row, strict=False)) for row in cells if "households.csv" in row]
    assert {row["行"] for row in rows if row["问题代码"] == "duplicate_row"} == {"122.0"}
    assert all(row["处理办法"] for row in rows)


def test_what_is_wrong_with_the_layers(town, tmp_path):
    problems = {one["code"]: one["rows"] for one in told("check", town)["problems"]}
    # one row twice, one without a place, one too far from every village to be one
    assert {
        "duplicate_row": 1,
        "no_location": 1,
        "location_unusable": 1,
    }.items() <= problems.items()
    said = asked("check", town, "--lang", "en").stdout
    assert "villages  villages.gpkg  EPSG:4546  4 rows\n  nothing found wrong" in said
    (tmp_path / "policy.toml").write_bytes((town / "policy.toml").read_bytes())
    (tmp_path / "targets.csv").write_bytes((town / "targets.csv").read_bytes())
    (tmp_path / "project.toml").write_bytes((town / "project.toml").read_bytes())
    without = asked("check", tmp_path, "--lang", "en")
    assert without.exit_code == 1
    assert "households\n  1 x layer_file_missing [must be mended first]" in without.stdout
    refused = asked("audit", tmp_path)
    assert isinstance(refused.exception, InputError)
    assert "problems must be mended first; nothing was published" in str(refused.exception)


def test_the_decisions_alone(town, tmp_path):
    found = told("decide", town, "--out", tmp_path)
    assert {row["village_code"]: row["approach"] for row in found} == ROUTES
    # 60 days to start and 795 m within the village at 40 m a day: 80 days after 31 October
    ready = {row["village_code"]: row["ready_on"] for row in found}
    assert ready == {ON: "2024-10-31", FAR: "2024-10-31", GAS: "2025-01-19", SURE: "2024-10-31"}
    assert {row["village_code"]: row["batch"] for row in found} == {ON: 0, FAR: 12, GAS: 0, SURE: 0}


def test_whether_the_zones_are_clear(town):
    said = asked("audit", town, "--lang", "en").stdout.splitlines()
    # one village, not cleared and not held; none of its 30 homes
    assert said[1].split()[:9] == ["Z1", "禁煤区", "Not", "cleared", "1", "0", "0", "30", "0"]
    assert said[2] == "Z1: 30 homes not cleared; 1 ledger rows not used"


def test_how_far_the_work_is(town):
    # the ledger has none of the columns that completions rest on
    said = asked("progress", town, "--lang", "en").stdout.splitlines()
    assert said[1].split()[:15] == "t001 Coal to electric 12 30 12 No — — — — — — —".split()


def test_the_gaps_in_order_with_no_code_cut_short(town, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    # the street closes both gaps of GAS; where the plan asks more heat of a main, they are open
    assert GAS not in asked("gaps", town, "--lang", "en").stdout
    said = asked("gaps", town, "--scenario", "denser", "--lang", "en").stdout
    begins = [
        f"   {n}  Within reach, not connected  {code} " for n, code in enumerate((GAS, GAS), 1)
    ]
    assert [
        line.startswith(begin) for line, begin in zip(said.splitlines()[1:], begins, strict=True)
    ] == [True] * 2
    assert "…" not in said


def test_one_village_by_name_or_code(town):
    found = told("explain", town, FAR)
    assert (found["village_code"], found["parts"][0]["approach"]) == (FAR, "electric")
    stages = Pipeline()
    villages = stages.place(stages.read_and_check(town)).villages
    assert village_code(villages, FAR, {}) == FAR
    with pytest.raises(UsageError, match="not certain which village 'nowhere' is"):
        village_code(villages, "nowhere", {})


@pytest.fixture(scope="module")
def denser(town):
    """What the command says of the plan beside a network that must be denser."""
    return asked("compare", town, "base", "denser", "--lang", "en").stdout


def test_two_scenarios_beside_each_other(denser):
    assert "base → denser: 1 villages differ" in denser
    assert "District heating → Undecided (gap): 1 villages or parts, 30 households" in denser


@pytest.mark.long
def test_the_route_is_for_good(town):
    """A later deadline changes what is ready, not what is decided."""
    said = asked("compare", town, "next_winter", "base", "--lang", "en").stdout
    assert "next_winter → base: 0 villages differ" in said


def test_works_and_days_of_two_scenarios(town, denser):
    """Too thin a network connects GAS no more: its 30 homes wait for no main, and have no route."""
    said = denser.splitlines()
    rows = {line[:44].strip(): line[44:].split() for line in said[said.index("Works and days:") :]}
    assert rows["Households to convert in them"] == ["30", "0", "-30"]
    assert rows["Households without a route"] == ["0", "30", "30"]
    assert rows["New heat mains (m)"][1] == "0"
    assert (
        "  t002 v001   Becomes undecided: ready 2025-01-19, interim: clean coal until then → "
        "Undecided (gap)"
    ) in said
    assert said[-1].startswith(f"  t002 v001 {GAS}  Network extension, Dropped: 95 kW, ")
    assert said[-1].endswith(" yuan, 2025-01-19 → —")
    (works,) = told("compare", town, "base", "denser", "--of", "works")
    assert [works["works_change"], works["works_kw_a"], works["works_kw_b"]] == [
        "dropped", 94.9, None,
    ]  # fmt: skip
    (ready,) = told("compare", town, "base", "denser", "--of", "ready")
    assert [ready["ready_change"], ready["approach_b"]] == ["no_route", "undecided"]
    listed = asked("compare", town, "base", "denser", "--of", "ready").stdout
    assert listed.splitlines()[1].split() == [
        "t002", "v001", "30", "改为待定", "2025-01-19", "—", "洁净煤过渡",
    ]  # fmt: skip


class Terminal:
    """A stream that says it is one."""

    def __init__(self):
        self.written = []

    def write(self, text):
        self.written.append(text)

    def flush(self):
        pass

    def isatty(self):
        return True


def test_the_stages_are_told_on_a_terminal(monkeypatch):
    seen = Terminal()
    monkeypatch.setattr(sys, "stderr", seen)
    monkeypatch.setenv("TERM", "xterm")
    with Screen("en").stages() as say:
        say(Text("定", "deciding village by village"))
    assert "deciding village by village" in "".join(seen.written)


def test_export_writes_a_layer_and_says_what(town, tmp_path):
    made = told("export", town, "villages", "--out", tmp_path / "v.shp", "--crs", "EPSG:4490")
    assert made["rows"] == 4
    assert made["crs"] == "EPSG:4490"
    assert made["files"][-1] == str(tmp_path / "v.shp")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        Path(name).name for name in made["files"]
    )
    run = asked("export", town, "heat_pipes", "--format", "kml", "--out", tmp_path / "p.kml")
    assert f"已写 {tmp_path / 'p.kml'}" in run.stdout
    assert "EPSG:4326，读回与图层一致" in run.stdout


def test_export_refuses_before_it_reads_the_project(tmp_path):
    (tmp_path / "v.shp").write_bytes(b"theirs")
    run = asked("export", tmp_path / "nowhere", "villages", "--out", tmp_path / "v.shp")
    assert isinstance(run.exception, UsageError)
    assert "已存在，未改动" in str(run.exception)

"""The log of a run: enough to help by, and nobody in it."""

import sys
from pathlib import Path

import forked
import pytest
from small_town import write

from gis import run_log
from gis.decide import decisions
from gis.errors import InputError, Problem, Text, UsageError

SOMEBODY = "赵某某13800138000"


@pytest.fixture(autouse=True)
def closed():
    yield
    run_log.end_log()


@pytest.fixture(scope="module", autouse=True)
def _warm():
    forked.warm()


def test_a_run_says_what_it_read_and_where_it_stopped_and_names_nobody(tmp_path, monkeypatch):
    """The program breaks on a value; neither the value nor the user's folders are in the log."""
    folder = tmp_path / SOMEBODY
    write(folder)
    log = tmp_path / "run.log"

    def broken(*_):
        raise KeyError(SOMEBODY)

    monkeypatch.setattr(decisions, "_costs", broken)
    run = forked.nuantu("run", folder, "--out", tmp_path / "out", "--log", log, log=tmp_path)
    assert run.code == 3
    assert str(log) in run.err
    said = log.read_text("utf-8")
    for told in (
        "options: --log --out",
        "layer households: 122 rows.csv",
        "layer villages: 4 rows.gpkg",
        "problem duplicate_row in households: 1",
        "households: 1 outside, 119 placed, 2 rejected; villages: 4",
        "deciding village by village",
        "ERROR KeyError",
        "gis/decide/decisions.py:",
        "ended with exit code 3",
    ):
        assert told in said, told
    ledger = (folder / "households.csv").read_bytes().decode("gb18030")
    values = {cell for line in ledger.splitlines() for cell in line.split(",") if len(cell) > 4}
    assert not [value for value in {*values, SOMEBODY, str(tmp_path)} if value in said]
    assert not (tmp_path / "out").exists()


def test_a_log_in_the_publication_is_refused(tmp_path):
    log = tmp_path / "out" / "run.log"
    run = forked.nuantu("run", tmp_path, "--out", tmp_path / "out", "--log", log, log=tmp_path)
    assert run.code == 2
    assert "run.log lies in the publication" in run.err


def logged(path, *, error=None, code=0):
    run_log.begin_log(path)
    if error is not None:
        run_log.log_failure(error)
    run_log.log_ended(code)
    return path.read_text("utf-8")


def test_blocking_problems_are_named_by_code_and_layer(tmp_path):
    def problem(layer, code):
        return Problem(layer, code, 7, "owner", SOMEBODY, Text("", ""), Text("", ""), blocking=True)

    error = InputError(Text(SOMEBODY, SOMEBODY), (problem("households", "no_id"),
                                              problem(f"{SOMEBODY}.csv",
                                                  "unreadable")))  # fmt: skip
    said = logged(tmp_path / "run.log", error=error, code=1)
    assert "blocking problem no_id in households" in said
    assert "blocking problem unreadable in another file" in said
    assert SOMEBODY not in said


def test_options_by_name_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(
        sys, "argv", ["nuantu", SOMEBODY, "--out=" + SOMEBODY, f"--{SOMEBODY}", "--json"]
    )
    said = logged(tmp_path / "run.log")
    assert "options: --json --out" in said
    assert SOMEBODY not in said


@pytest.mark.parametrize(
    "case",
    [
        ("nt", "win32", "LOCALAPPDATA", "{base}/nuantu/runs"),
        ("posix", "linux", "XDG_STATE_HOME", "{base}/nuantu/runs"),
        ("nt", "win32", None, "{home}/AppData/Local/nuantu/runs"),
        ("posix", "linux", None, "{home}/.local/state/nuantu/runs"),
        ("posix", "darwin", None, "{home}/Library/Logs/nuantu/runs"),
    ],
)
def test_the_folder_of_each_system(case, tmp_path, monkeypatch):
    (name, system, variable, expected), home = case, Path.home()
    for one in ("LOCALAPPDATA", "XDG_STATE_HOME"):
        monkeypatch.delenv(one, raising=False)
    if variable:
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setattr(run_log, "_windows", lambda: name == "nt")
    monkeypatch.setattr(sys, "platform", system)
    assert run_log.log_folder().as_posix() == expected.format(base=tmp_path, home=home)


def test_the_latest_runs_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(run_log, "log_folder", lambda: tmp_path)
    monkeypatch.setattr(run_log, "KEPT", 3)
    for number in range(5):
        (tmp_path / f"20240101-00000{number}-1.log").write_text("", encoding="utf-8")
    run_log.begin_log(None)
    file = run_log.log_ended(0)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["20240101-000003-1.log", "20240101-000004-1.log", file.name]


def test_where_no_log_can_be_written_the_run_goes_on(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setattr(run_log, "log_folder", lambda: tmp_path / "file" / "runs")
    run_log.begin_log(None)
    run_log.log_stage(Text("一步", "a stage"))
    run_log.log_failure(ValueError("x"))
    assert run_log.log_ended(3) is None
    with pytest.raises(UsageError, match="cannot write the log"):
        run_log.begin_log(tmp_path / "file" / "run.log")

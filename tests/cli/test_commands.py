"""The doors: exit codes, help in time, templates, words for those who err."""

import io
import json
import subprocess
import sys

import forked
import pandas as pd
import pytest

import gis
from gis import cli
from gis.api.problem_groups import grouped
from gis.cli.output import Screen
from gis.errors import Problem, Text


@pytest.fixture
def nuantu(tmp_path_factory):
    """The command in a warm process."""
    forked.warm()
    log = tmp_path_factory.mktemp("log")
    return lambda *arguments: forked.nuantu(*arguments, log=log)


def test_the_exit_code_of_a_process_of_its_own():
    command = [sys.executable, "-P", "-m", "gis", "fly"]
    run = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert run.returncode == 2
    assert "命令写错了" in run.stderr


def test_help_lists_the_commands_and_loads_nothing_that_only_a_run_needs():
    code = "import sys; sys.argv = ['nuantu', '--help']\n"
    code += "from gis.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass\n"
    heavy = {"folium", "geopandas", "multiprocessing", "numpy", "pandas", "pyarrow", "pydantic"}
    heavy |= {"rich", "scipy", "shapely"}
    code += f"print(sorted({heavy!r} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines()[-1] == "[]"
    for command in (
        "run",
        "check",
        "decide",
        "audit",
        "progress",
        "gaps",
        "publish",
        "verify",
        "new",
    ):
        assert f" {command} " in run.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "here"],
        ["check", "x", "--as-off", "1"],
        ["run", "x", "--out", "y", "--engine", "spark"],
    ],
)
def test_wrong_usage_exits_with_2(nuantu, arguments):
    run = nuantu(*arguments)
    assert run.code == 2
    assert "spark" in run.err or "命令写错了" in run.err


def test_a_file_in_place_of_the_project_folder(nuantu, tmp_path):
    (tmp_path / "project.toml").write_text("", encoding="utf-8")
    run = nuantu("check", tmp_path / "project.toml")
    assert run.code == 1
    assert "project.toml is a file, not a folder" in run.err


def test_a_language_it_does_not_speak_is_wrong_usage(nuantu, tmp_path):
    run = nuantu("check", tmp_path, "--lang", "fr")
    assert run.code == 2
    assert "fr" in run.err


def test_a_folder_without_a_project_is_wrong_input_and_says_so_in_both_languages(nuantu, tmp_path):
    run = nuantu("run", tmp_path, "--out", tmp_path / "out")
    assert run.code == 1
    assert "project.toml" in run.err
    assert "没有" in run.err
    assert "there is no" in run.err
    assert not (tmp_path / "out").exists()


def test_new_writes_a_folder_that_check_finds_nothing_wrong_with(nuantu, tmp_path):
    folder = tmp_path / "my-city"
    assert nuantu("new", folder).code == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "policy.toml",
        "project.toml",
        "targets.csv",
        "villages.geojson",
        "台账模板.xlsx",
    ]
    assert nuantu("check", folder).code == 0
    demonstration = (folder / "project.toml").read_text("utf-8").replace("= true ", "= false")
    (folder / "project.toml").write_text(demonstration, encoding="utf-8")
    run = nuantu("check", folder)
    assert run.code == 1
    assert "某政办发〔2024〕1号" in run.out


@pytest.fixture
def piped(tmp_path_factory, monkeypatch):
    """What a command writes into a pipe under a Windows console of some code page, as bytes."""
    forked.warm()
    log = tmp_path_factory.mktemp("log")

    def asked(page, *arguments):
        monkeypatch.setattr(cli, "_console_code_page", lambda: page)
        assert forked.nuantu(*arguments, log=log).code == 0
        return (log / "stdout").read_bytes()

    return asked


def test_a_pipe_is_in_the_code_page_that_powershell_reads(piped, tmp_path):
    """Simulated: 936 is that of Windows in China; 0: there is no console."""
    folder = tmp_path / "𠮷城"  # a character that GBK lacks
    assert piped(0, "new", folder)
    plain = {page: piped(page, "check", folder) for page in (0, 936)}
    said = plain[0].decode("utf-8")
    assert "住户" in said
    assert plain[936].decode("cp936") == said.replace("𠮷", "\\U00020bb7")
    told = {page: piped(page, "check", folder, "--json") for page in (0, 936)}
    assert told[936].isascii()
    assert not told[0].isascii()
    assert json.loads(told[936]) == json.loads(told[0])


@pytest.mark.parametrize(
    ("page", "encoding"),
    [(0, "utf-8"), (936, "gbk"), (65001, "utf-8"), (437, "cp437"), (54936, "utf-8")],
)
def test_the_encoding_of_a_pipe(monkeypatch, page, encoding):
    """Python knows no code page 54936."""
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    monkeypatch.setattr(cli, "_console_code_page", lambda: page)
    pipe = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    assert cli._encoding(pipe) == encoding
    console = type("Console", (), {"encoding": "latin-1", "isatty": lambda _: True})()
    assert cli._encoding(console) == "utf-8"
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    assert cli._encoding(pipe) == "latin-1"


def test_new_leaves_a_folder_with_something_in_it_alone(nuantu, tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    run = nuantu("new", tmp_path)
    assert run.code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def problem(layer, code, row, *, blocking=False):
    said = Text(f"错 {row}", f"wrong {row}")
    return Problem(layer, code, row, "c", "v", said, Text("改", "mend"), blocking)


def test_problems_are_grouped_by_layer_and_cause_with_their_rows():
    found = [
        problem("b", "x", 9),
        problem("a", "y", 3),
        problem("b", "x", 2),
        problem("b", "z", None, blocking=True),
    ]
    groups = grouped(found)
    assert [(one.problems[0].layer, one.problems[0].code) for one in groups] == [
        ("a", "y"),
        ("b", "z"),
        ("b", "x"),
    ]
    assert groups[2].as_json("en") == {
        "layer": "b",
        "code": "x",
        "rows": 2,
        "blocking": False,
        "note": False,
        "message": "wrong 2",
        "remedy": "mend",
    }
    assert "第 2, 9 行" in groups[2].told().zh
    assert groups[1].blocking


def test_json_has_null_for_what_is_missing(capsys):
    table = pd.DataFrame(
        {
            "a": [1.5, float("nan")],
            "b": pd.array([1, None], dtype="Int64"),
            "c": pd.to_datetime(["2024-10-31", None]),
            "d": ["x", None],
        }
    )
    Screen(as_json=True).table(table)
    assert json.loads(capsys.readouterr().out) == [
        {"a": 1.5, "b": 1, "c": "2024-10-31", "d": "x"},
        {"a": None, "b": None, "c": None, "d": None},
    ]


def test_the_version_is_told(nuantu):
    run = nuantu("--version")
    assert (run.code, run.out) == (0, f"nuantu {gis.__version__}\n")


def test_a_folder_that_is_not_there_and_a_file_for_a_folder_are_named(nuantu, tmp_path):
    run = nuantu("check", tmp_path / "没有")
    assert run.code == 1
    assert f"没有文件夹 {tmp_path / '没有'}" in run.err
    assert "nuantu new" in run.err
    run = nuantu("check", tmp_path)
    assert f"没有文件 project.toml。应在 {tmp_path} 下" in run.err
    (tmp_path / "册.xlsx").write_bytes(b"")
    run = nuantu("check", tmp_path, "--xlsx", tmp_path / "册.xlsx")
    assert run.code == 2
    assert "--xlsx 后面写文件夹" in run.err

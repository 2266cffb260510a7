"""What a command needs for a moment is closed to others, and gone with it or with the next one."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from gis import run_log
from gis.cli import temp_folder

HOLDS = """
import sys, tempfile, time
from pathlib import Path
from gis.cli import temp_folder
folder = temp_folder.make_temp_folder()
with tempfile.TemporaryDirectory(prefix="nuantu-") as inner:
    Path(inner, "nuantu.gpkg").write_bytes(b"households")
    print(inner, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(run_log, "log_folder", lambda: tmp_path / "nuantu" / "runs")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(tmp_path))
    return tmp_path / "nuantu" / "tmp"


def started():
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", HOLDS],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return child, Path(child.stdout.readline().strip())


@pytest.mark.skipif(sys.platform != "linux", reason="the folder of such files is another there")
def test_what_a_killed_command_leaves_is_removed_by_the_next_and_what_runs_is_not(place):
    killed, left = started()
    running, in_use = started()
    assert left.parent.parent == place
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert (left / "nuantu.gpkg").exists()
    mine = temp_folder.make_temp_folder()
    assert not left.parent.exists()
    assert (in_use / "nuantu.gpkg").exists()
    for folder in (place, mine, in_use.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert tempfile.gettempdir() == str(mine)
    assert os.environ["TMPDIR"] == str(mine)
    running.communicate("")
    assert running.returncode == 0
    assert not in_use.parent.exists()


def test_where_nothing_can_be_kept_the_systems_own_place_is_taken(place, monkeypatch):
    place.parent.mkdir()
    place.write_bytes(b"a file in its place")
    assert temp_folder.make_temp_folder() is None
    assert tempfile.gettempdir() == os.environ["TMPDIR"]


def test_a_folder_swept_before_it_was_held_is_made_again(place, monkeypatch):
    place.mkdir(parents=True)
    calls = []
    real = tempfile.mkdtemp

    def swept(**kwargs):
        folder = real(**kwargs)
        calls.append(folder)
        if len(calls) == 1:
            Path(folder).rmdir()
        return folder

    monkeypatch.setattr(tempfile, "mkdtemp", swept)
    assert str(temp_folder.make_temp_folder()) == calls[1]

"""The same inputs give the same bytes: two folders, two dates, two hash seeds, two locales."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from small_town import write_with_streets

SCRIPT = Path(__file__).with_name("published_digests.py")
PLACES = (
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8", "days": "0"},
    # nothing says UTF-8 here, as on a Windows of another language
    {"PYTHONHASHSEED": "4711", "TZ": "America/New_York", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0",
     "days": "400"},
)  # fmt: skip
KINDS = {".html", ".csv", ".geojson", ".json", ".gpkg", ".parquet", ".xlsx"}


def begun(folder, place):
    surroundings = {**os.environ, "PYTHONUTF8": "0", **place}
    command = [sys.executable, "-P", str(SCRIPT), str(folder), surroundings.pop("days")]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=surroundings
    )


@pytest.mark.long
def test_the_same_bytes_everywhere(tmp_path):
    """A whole run, from the layers on; every file of the publication, the manifest too."""
    write_with_streets(tmp_path / "town")
    folders = (tmp_path / "a", tmp_path / "a much longer path than the other" / "b")
    for folder in folders:
        shutil.copytree(tmp_path / "town", folder / "town", copy_function=shutil.copyfile)
    runs = [begun(folder, place) for folder, place in zip(folders, PLACES, strict=True)]
    told = []
    for run in runs:
        out, error = run.communicate()
        assert run.returncode == 0, error.decode()
        told.append(json.loads(out))
    one, two = told
    assert {Path(name).suffix for name in one} >= KINDS, error.decode()
    assert {name for name in one | two if one.get(name) != two.get(name)} == set()

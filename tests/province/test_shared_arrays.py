"""What lies in a file that processes map."""

import errno
import os
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd

from gis.province.partitions import SharedArrays
from gis.publish import filesystem


def crossed(one):
    return pickle.loads(pickle.dumps(one))  # noqa: S301  # our own


def thing():
    text = pd.Series(["煤", None, "电"] * 5_000, dtype="str")
    return {
        "array": np.arange(70_001, dtype=np.int32),
        "backwards": np.arange(9)[::-1],
        "table": pd.DataFrame({"text": text, "number": np.linspace(0, 1, len(text))}),
        "empty": np.zeros(0),
        "word": "x",
    }


def same(one, two):
    for name in ("array", "backwards"):
        np.testing.assert_array_equal(one[name], two[name])
    pd.testing.assert_frame_equal(one["table"], two["table"])
    assert (one["word"], len(two["empty"])) == (two["word"], 0)


def test_a_thing_is_there_again_and_its_arrays_lie_in_the_file(tmp_path):
    path = tmp_path / "new" / "thing"
    laid = SharedArrays.of(thing(), path)
    assert path.stat().st_size > 4 * 70_001 + 8 * 15_000
    assert len(pickle.dumps(laid)) < 5_000
    same(thing(), laid.get())
    same(thing(), crossed(laid).get())
    assert laid.get() is not laid.get()


def test_what_is_written_to_it_is_seen_by_nobody_else(tmp_path):
    laid = SharedArrays.of(thing(), tmp_path / "thing")
    before = (tmp_path / "thing").read_bytes()
    made = laid.get()
    made["table"].loc[:, "number"] = 7.0
    made["array"][:] = 1
    same(thing(), laid.get())
    same(thing(), crossed(laid).get())
    assert (tmp_path / "thing").read_bytes() == before


def test_a_file_that_a_scanner_or_another_process_maps_is_replaced_when_it_is_free(
    tmp_path, monkeypatch
):
    """Windows refuses to replace a file that is open or mapped."""
    mapped, pauses, real = SharedArrays.of(thing(), tmp_path / "thing").get(), [], os.replace
    monkeypatch.setattr(filesystem.time, "sleep", pauses.append)

    def busy(source, target):
        if len(pauses) < 2:
            raise PermissionError(errno.EACCES, "in use", str(target))
        real(source, target)

    monkeypatch.setattr(os, "replace", busy)
    again = SharedArrays.of(thing() | {"array": np.arange(3)}, tmp_path / "thing")
    assert len(again.get()["array"]) == 3
    assert len(pauses) == 2
    same(thing(), mapped)


def test_a_thing_without_arrays(tmp_path):
    assert SharedArrays.of(("a", 1), tmp_path / "thing").get() == ("a", 1)
    assert len(SharedArrays.of(np.zeros(0), tmp_path / "none").get()) == 0


def test_another_process_reads_it(tmp_path):
    (tmp_path / "laid").write_bytes(pickle.dumps(SharedArrays.of(thing(), tmp_path / "thing")))
    code = (
        "import pickle, sys; made = pickle.load(open(sys.argv[1], 'rb')).get(); "
        "print(made['array'].sum())"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "laid")],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    assert int(said.stdout) == 70_000 * 70_001 // 2

"""The reading process: what it cannot do, and what a bad file costs."""

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import asdict

import pytest
from layers.city import HOMES, csv_text

from gis.layers.problems import Refusal
from gis.layers.raw_table import Request
from gis.layers.reader_process import ReaderProcess
from layers import made


def inside(code):
    """Run `code` in a process prepared as the reading process is; what it prints as JSON."""
    prepare = "from gis.layers import reader_worker\n"
    prepare += "reader_worker.limit_memory(); cut = reader_worker.cut_network(); "
    prepare += "reader_worker.disable_drivers()\n"
    done = subprocess.run(
        [sys.executable, "-c", prepare + code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)


def test_no_driver_is_left_but_ours():
    listed = inside("import pyogrio, json; print(json.dumps(sorted(pyogrio.list_drivers())))")
    assert listed == sorted(["ESRI Shapefile", "DXF", "OpenFileGDB", "FlatGeobuf"])


def test_no_network_is_left():
    if not inside("import json; print(json.dumps(cut))"):
        pytest.skip("this system does not let a process give up the network")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        socket.create_connection(("127.0.0.1", port), 5).close()  # it does answer
        said = inside(
            "import socket, json\n"
            f"try: socket.create_connection(('127.0.0.1', {port}), 5); print('true')\n"
            "except OSError: print('false')"
        )
    assert said is False


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit; time is limited")
def test_memory_is_limited():
    said = inside(
        "import json\n"
        "try: bytearray(reader_worker.MEMORY_BYTES); print('true')\n"
        "except MemoryError: print('false')"
    )
    assert said is False


def table(folder, name="h.csv", rows=HOMES):
    path = folder / name
    path.write_text(csv_text([("户编号", "村代码", "取暖方式", "x", "y"), *rows]), encoding="utf-8")
    return Request(str(path), "csv")


def test_a_crash_costs_one_file_and_the_process_is_started_again(tmp_path):
    with ReaderProcess() as reader:
        first = reader.pid
        os.kill(first, signal.SIGTERM)
        with pytest.raises(Refusal) as caught:
            reader.read(table(tmp_path))
        assert caught.value.finding.code == "reading_crashed"
        assert len(reader.read(table(tmp_path)).rows) == 3
        assert reader.pid != first
        again = reader.pid
        reader.read(table(tmp_path))
        assert reader.pid == again


def test_a_hang_costs_one_file_and_the_process_is_started_again(tmp_path):
    slow = table(tmp_path, "slow.csv", HOMES * 200_000)
    with ReaderProcess(seconds=0.2) as reader:
        first = reader.pid
        with pytest.raises(Refusal) as caught:
            reader.read(slow)
        assert caught.value.finding.code == "reading_hung"
        assert reader.pid != first


def test_what_a_reader_stumbles_over_is_a_refusal_and_not_a_crash(tmp_path, reader):
    pid = reader.pid
    with pytest.raises(Refusal) as caught:
        reader.read(Request(str(tmp_path / "h.csv"), "csv"))
    assert caught.value.finding.code == "reading_failed"
    assert "FileNotFoundError" in caught.value.finding.numbers["reason"]
    assert reader.pid == pid


def test_a_file_that_another_program_holds_is_not_called_damaged(tmp_path):
    held = """
import pathlib
from gis.layers import reader_worker
def held(path):
    raise PermissionError(13, "in use", str(path))
pathlib.Path.read_bytes = held
reader_worker.worker_main()
"""
    asked = json.dumps(asdict(table(tmp_path))).encode()
    run = subprocess.run(
        [sys.executable, "-P", "-c", held], input=asked, capture_output=True, check=True
    )
    assert json.loads(run.stdout[8:]) == {"code": "file_held", "numbers": {}}


def test_a_module_of_the_same_name_in_the_folder_it_starts_in_is_not_imported(
    tmp_path, monkeypatch
):
    for name in ("pyarrow", "shapely", "re", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    with ReaderProcess() as reader:
        assert len(reader.read(table(tmp_path)).rows) == 3


def test_text_to_the_last_digit_and_shape_to_the_last_bit_cross_over(tmp_path, reader):
    path = made.shapefile(tmp_path / "f.shp", made.squares(2))
    raw = reader.read(Request(str(path), "shapefile"))
    assert raw.columns["village"].to_pylist() == ["小梁乡第0村", "小梁乡第1村"]
    assert raw.wkb[1].as_py()[0] == 1  # little-endian WKB

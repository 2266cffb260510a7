"""Memory is estimated before a file is read: what fits is read, what does not is refused."""

import json
import zipfile
from types import SimpleNamespace

import pandas as pd
import pytest
import small_town

from gis import memory
from gis.errors import InputError
from gis.inputs import read_settings
from gis.layers import memory_need
from gis.pipeline import Pipeline

MB = 2**20


def test_a_text_file_takes_ten_times_its_size(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"x" * MB)
    assert memory_need.reading_mb(tmp_path / "a.csv") == pytest.approx(10)
    (tmp_path / "a.gdb").mkdir()
    for name in "ab":
        (tmp_path / "a.gdb" / name).write_bytes(b"x" * MB)
    assert memory_need.reading_mb(tmp_path / "a.gdb") == pytest.approx(20)


def test_a_parquet_file_counts_cells_and_a_workbook_unpacked(tmp_path):
    table = pd.DataFrame({name: range(MB) for name in "abc"})  # packs to far less
    table.to_parquet(tmp_path / "a.parquet")
    assert memory_need.reading_mb(tmp_path / "a.parquet") == pytest.approx(180)
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.xml", b"x" * 4 * MB)
    assert (tmp_path / "a.xlsx").stat().st_size < MB / 10
    assert memory_need.reading_mb(tmp_path / "a.xlsx") == pytest.approx(10)


@pytest.mark.parametrize("name", ["none.csv", "broken.parquet", "unknown.abc"])
def test_what_cannot_be_opened_is_left_to_its_reader(tmp_path, name):
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    assert memory_need.reading_mb(tmp_path / name) == 0


def available(monkeypatch, mb):
    for module in ("gis.inputs", "gis.layers.memory_need"):
        monkeypatch.setattr(f"{module}.available_mb", lambda: mb)


@pytest.fixture
def ledger_mb(tmp_path):
    small_town.write(tmp_path)
    return memory_need.reading_mb(tmp_path / "households.csv")


@pytest.mark.parametrize(("factor", "read"), [(1.001, True), (0.999, False)])
def test_a_ledger_that_fits_is_read_and_a_larger_one_refused(
    tmp_path, monkeypatch, ledger_mb, factor, read
):
    project = (tmp_path / "project.toml").read_text("utf-8")
    only = project[: project.index("[layers.villages]")]  # the other layers are larger
    (tmp_path / "project.toml").write_text(only, encoding="utf-8")
    available(monkeypatch, ledger_mb * factor)
    loaded = Pipeline().read(read_settings(tmp_path)).layers
    assert ("households" in loaded.tables) == read
    refused = [one for one in loaded.problems if one.code == "file_too_large"]
    assert len(refused) == (not read)
    for one in refused:
        assert one.blocking
        assert one.layer == "households"
        assert "GeoParquet" in one.remedy.zh


def test_a_run_is_divided_when_memory_asks_for_it(tmp_path, monkeypatch):
    small_town.write(tmp_path)
    settings = read_settings(tmp_path)
    needed_mb = memory_need.run_mb(settings.project)
    sizes = [
        memory_need.reading_mb(tmp_path / spec.path) for spec in settings.project.layers.values()
    ]
    assert needed_mb == pytest.approx(500 + 1.7 * sum(sizes))
    available(monkeypatch, needed_mb * 1.001)
    assert settings.why_divided(volumes_stand=False) is None
    assert settings.why_divided(volumes_stand=True) is None  # a CSV is not divided
    available(monkeypatch, needed_mb * 0.999)
    with pytest.raises(InputError, match="GeoParquet"):
        settings.why_divided(volumes_stand=False)
    in_parquet(tmp_path)
    settings = read_settings(tmp_path)
    needed_mb = memory_need.run_mb(settings.project)
    available(monkeypatch, needed_mb * 0.999)
    assert "it is divided" in settings.why_divided(volumes_stand=False).en
    available(monkeypatch, needed_mb * 1.001)
    assert settings.why_divided(volumes_stand=False) is None
    assert "continues" in settings.why_divided(volumes_stand=True).en


def in_parquet(folder):
    pd.DataFrame(small_town.homes()).to_parquet(folder / "households.parquet")
    project = (folder / "project.toml").read_text("utf-8")
    project = project.replace("households.csv", "households.parquet")
    (folder / "project.toml").write_text(project, encoding="utf-8")


VERSIONS = {
    "memory.max": "memory.current inactive_file",
    "memory/memory.limit_in_bytes": "memory/memory.usage_in_bytes total_inactive_file",
}


@pytest.mark.parametrize("limit", VERSIONS)
def test_a_container_may_leave_less_than_the_machine_has(tmp_path, monkeypatch, limit):
    used, cached = VERSIONS[limit].split()
    stat = "memory/memory.stat" if "/" in limit else "memory.stat"
    (tmp_path / "memory").mkdir()
    for name, text in ((limit, f"{700 * MB}\n"), (used, f"{300 * MB}\n"),
                       (stat, f"anon 5\n{cached} {100 * MB}\nx 3\n")):  # fmt: skip
        (tmp_path / name).write_text(text)
    (tmp_path / "meminfo").write_text(f"MemTotal: 9 kB\nMemAvailable:  {800 * 1024} kB\n")
    monkeypatch.setattr(memory, "_MEMORY_INFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "_CONTROL_GROUP", tmp_path)
    monkeypatch.setattr(memory, "sys", SimpleNamespace(platform="linux"))
    assert memory.available_mb() == 500
    (tmp_path / limit).write_text(f"{1300 * MB}" if "/" in limit else "max\n")
    assert memory.available_mb() == 800


def test_a_system_that_does_not_say_offers_half_of_its_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "_MEMORY_INFO", tmp_path / "none")
    monkeypatch.setattr(memory, "_CONTROL_GROUP", tmp_path / "none")
    pages = {"SC_PHYS_PAGES": 1000 * MB // 4096, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(memory.os, "sysconf", pages.__getitem__, raising=False)
    assert memory.available_mb() == 500


def test_check_says_that_a_file_is_too_large(tmp_path, monkeypatch):
    from typer.testing import CliRunner  # noqa: PLC0415

    from gis.cli.commands import app  # noqa: PLC0415

    small_town.write(tmp_path)
    monkeypatch.setattr("gis.layers.memory_need.available_mb", lambda: 0.0)
    answer = CliRunner().invoke(app, ["check", str(tmp_path), "--json"])
    found = json.loads(answer.stdout)["problems"]
    assert answer.exit_code == 1
    assert {one["code"] for one in found} >= {"file_too_large"}

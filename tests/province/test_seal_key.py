"""The key of the seals: one per user, readable by nobody else."""

import os
from pathlib import Path

from gis.province.districts import seal_key


def test_the_key_of_a_user_stays_and_nobody_else_reads_it(tmp_path, monkeypatch):
    monkeypatch.setattr("gis.province.districts.log_folder", lambda: tmp_path / "one" / "runs")
    first = seal_key()
    assert len(first) == 32
    assert seal_key() == first
    if os.name != "nt":
        assert (tmp_path / "one" / "run.key").stat().st_mode & 0o077 == 0
    monkeypatch.setattr("gis.province.districts.log_folder", lambda: tmp_path / "two" / "runs")
    assert seal_key() != first


def test_a_key_that_is_damaged_is_none(tmp_path, monkeypatch):
    (tmp_path / "run.key").write_bytes(b"short")
    monkeypatch.setattr("gis.province.districts.log_folder", lambda: tmp_path / "runs")
    assert len(seal_key()) == 32
    assert seal_key() != seal_key()


def test_where_no_file_can_be_kept_every_run_has_its_own_key(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")

    def homeless() -> Path:
        raise RuntimeError

    for place in (lambda: blocked / "under" / "runs", homeless):
        monkeypatch.setattr("gis.province.districts.log_folder", place)
        assert len(seal_key()) == 32
        assert seal_key() != seal_key()

"""Files that wait on the disk: what goes in comes out, and nothing stays behind."""

import errno
import os
import pickle
import tempfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from gis.errors import PublicationError
from gis.publish.edition_files import Spool


def test_what_several_threads_put_in_comes_out():
    files = {f"planner/{n:02}": bytes([n]) * (n * 10_007) for n in range(40)}
    made = Spool()

    def there_and_back(name):
        made.add({name: files[name]})
        return made[name]

    with ThreadPoolExecutor(8) as workers:
        back = list(workers.map(there_and_back, reversed(files)))
    assert back == list(reversed(files.values()))
    assert made == files
    assert list(made) == sorted(files)
    assert len(made) == 40
    assert "planner/39" in made
    assert "planner/40" not in made
    with pytest.raises(KeyError):
        made["planner/40"]


def test_nobody_else_finds_them_and_they_are_gone_with_it(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = Spool()
    made.add({"a": b"x" * 100_000})
    file = made._file
    assert os.name == "nt" or list(tmp_path.iterdir()) == []
    del made
    assert file.closed
    assert list(tmp_path.iterdir()) == []


def test_a_copy_holds_the_same_and_stands_alone():
    made = Spool()
    made.add({"b": b"2", "a": b"1"})
    copy = pickle.loads(pickle.dumps(made))  # noqa: S301  # our own bytes
    made.add({"c": b"3"})
    assert dict(copy) == {"a": b"1", "b": b"2"}


def test_what_the_disk_has_changed_is_not_published():
    made = Spool()
    made.add({"a": b"12345", "b": b"67890"})
    made._file.seek(1)
    made._file.write(b"x")
    made._file.flush()
    assert made["b"] == b"67890"
    with pytest.raises(PublicationError, match="a\\) reads back otherwise"):
        made["a"]


def test_a_full_disk_is_said_with_its_folder(tmp_path, monkeypatch):
    class Full:
        def seek(self, *_):
            raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = Spool()
    monkeypatch.setattr(made, "_file", Full())
    with pytest.raises(PublicationError, match="the disk is full") as refused:
        made.add({"a": b"1"})
    assert str(tmp_path) in refused.value.message.zh

"""Indexes kept from run to run: fetched when right, built again when anything is wrong."""

import os

import numpy as np
import pytest
import shapely
from facts import hard

from gis.facts import index_cache


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("NUANTU_CACHE", str(tmp_path))
    monkeypatch.setattr(index_cache, "WORTH", 1)
    return tmp_path


def answers(areas):
    x, y = hard.points(1, areas, 2_000)
    index, metres = index_cache.kept_nearest(areas).find(x, y)
    return index_cache.kept_cover(areas).locate(x, y), index, metres


def same(one, two):
    return all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_a_kept_index_answers_as_the_built_one(kept, monkeypatch):
    areas = hard.areas(1)
    built = answers(areas)
    assert len(list(kept.glob("*.index"))) == 2
    monkeypatch.setattr(index_cache, "build_area_index", None)  # a second run builds nothing
    monkeypatch.setattr(index_cache, "build_nearest", None)
    assert same(answers(areas), built)


@pytest.mark.parametrize(
    "spoil",
    [lambda c: b"", lambda c: c[:-9], lambda c: c[:99] + b"?" + c[100:], lambda c: b"PK" + c],
)
def test_a_spoilt_file_is_built_again(kept, spoil):
    areas = hard.areas(1)
    built = answers(areas)
    sound = {path: path.read_bytes() for path in kept.glob("*.index")}
    for path, content in sound.items():
        path.write_bytes(spoil(content))
    assert same(answers(areas), built)
    assert {path: path.read_bytes() for path in kept.glob("*.index")} == sound


def test_another_layer_is_another_index(kept):
    areas = hard.areas(1)
    answers(areas)
    fewer = areas[1:]
    assert same(
        answers(fewer),
        (
            index_cache.build_area_index(fewer).locate(*hard.points(1, fewer, 2_000)),
            *answers(fewer)[1:],
        ),
    )
    assert len(list(kept.glob("*.index"))) == 4


def test_without_a_usable_folder_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(index_cache, "WORTH", 1)
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setenv("NUANTU_CACHE", str(blocked / "under"))
    in_the_way = answers(hard.areas(1))
    monkeypatch.setenv("NUANTU_CACHE", "off")
    assert index_cache.folder() is None
    assert same(answers(hard.areas(1)), in_the_way)


def test_small_layers_are_not_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("NUANTU_CACHE", str(tmp_path))
    areas = hard.areas(1)
    answers(areas[shapely.get_num_coordinates(areas) < 100])
    assert list(tmp_path.iterdir()) == []


def test_the_oldest_make_room(kept, monkeypatch):
    answers(hard.areas(0, count=4))
    first = set(kept.iterdir())
    for path in first:
        os.utime(path, (1, 1))
    answers(hard.areas(1, count=4))
    second = set(kept.iterdir()) - first
    monkeypatch.setattr(index_cache, "KEPT", sum(path.stat().st_size for path in kept.iterdir()))
    answers(hard.areas(2, count=4))
    assert second < set(kept.iterdir())
    assert not first <= set(kept.iterdir())
    assert sum(path.stat().st_size for path in kept.iterdir()) <= index_cache.KEPT


def test_the_secret_of_a_user_stays_and_nobody_else_reads_it(tmp_path, monkeypatch):
    monkeypatch.setenv("NUANTU_CACHE", str(tmp_path / "one"))
    first = index_cache.secret()
    assert len(first) == 32
    assert index_cache.secret() == first
    if os.name != "nt":
        assert (tmp_path / "one" / "run.key").stat().st_mode & 0o077 == 0
    monkeypatch.setenv("NUANTU_CACHE", str(tmp_path / "two"))
    assert index_cache.secret() != first
    monkeypatch.setenv("NUANTU_CACHE", "off")
    assert index_cache.secret() != index_cache.secret()

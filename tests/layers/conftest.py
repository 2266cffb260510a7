"""A small city of two villages, and a reading process shared by all tests of the layers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from layers.city import City

from gis.layers.reader_process import ReaderProcess


@pytest.fixture(scope="session")
def reader() -> Iterator[ReaderProcess]:
    with ReaderProcess() as running:
        yield running


@pytest.fixture
def city(tmp_path: Path, reader: ReaderProcess) -> City:
    return City(tmp_path, reader)

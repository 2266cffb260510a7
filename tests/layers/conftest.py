"""A small city of two villages, and a reading process shared by all tests of the layers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from layers.city import City

from gis.layers.reader_process import Reader


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    with Reader() as running:
        yield running


@pytest.fixture
def city(tmp_path: Path, reader: Reader) -> City:
    return City(tmp_path, reader)

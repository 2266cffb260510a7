"""A small city of two villages."""

from __future__ import annotations

from pathlib import Path

import pytest
from layers.city import City

from gis.layers.reader_process import ReaderProcess


@pytest.fixture
def city(tmp_path: Path, reader: ReaderProcess) -> City:
    return City(tmp_path, reader)

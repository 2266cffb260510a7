"""The sample town and its first edition, made once for all files that only read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from publish import sample

from gis.publish import publish


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return sample.results(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def first(run: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run as it was published first; nobody changes it."""
    folder = tmp_path_factory.mktemp("first") / "out"
    publish(run, folder)
    return folder

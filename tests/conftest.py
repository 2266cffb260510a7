"""One Chromium for all tests that open a page, one reading process for all that read files."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import sync_playwright
from tabs import Tabs

# No test asserts seconds. The suite looks at 25 cases a property, ./scripts/test --all at 200.
EXAMPLES = int(os.environ.get("NUANTU_EXAMPLES", "25"))
settings.register_profile("nuantu", deadline=None, max_examples=EXAMPLES)
settings.load_profile("nuantu")

gc.set_threshold(20_000, 20, 20)


# Folders of many tests that take a moment each.
QUICK = {"costs", "facts", "formats", "layers", "policy", "record", "report"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that no process is idle while another ends."""
    items.sort(key=lambda one: (one.path.name != "test_browser.py", one.path.parent.name in QUICK))


def pytest_collection_finish() -> None:
    """Modules stay: they are not searched for garbage again, nor copied by every fork for it."""
    gc.freeze()


FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def tabs(browser: Any) -> Iterator[Tabs]:
    """Pages that reach nothing but files."""
    context = browser.new_context(offline=True)
    context.route("http*://**/*", lambda route: route.abort())
    yield Tabs(context)
    context.close()


@pytest.fixture(scope="session", autouse=True)
def _own_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The logs of runs that tests start do not end up in the home of whoever tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_process() -> Iterator[None]:
    """Runs in this process start no worker, whose imports cost as much as a small run."""
    from gis import parallel  # noqa: PLC0415  # for --cov

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parallel, "cores", lambda: 1)
        yield


@pytest.fixture(scope="module")
def workers(_one_process: None) -> Iterator[None]:
    """Runs in this process start a worker, as they do where there are two cores."""
    from gis import parallel  # noqa: PLC0415  # for --cov

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parallel, "cores", lambda: 2)
        yield


@pytest.fixture(scope="session")
def reader(_measured_readers: None) -> Iterator[Any]:
    """A reading process that no test ends."""
    from gis.layers.reader_process import ReaderProcess  # noqa: PLC0415  # for --cov

    with ReaderProcess() as running:
        yield running


@pytest.fixture(scope="session", autouse=True)
def _one_reader(reader: Any) -> Iterator[None]:
    """Runs in this process read with it; that they end their own is shown in tests/layers."""
    from gis import pipeline  # noqa: PLC0415  # for --cov
    from gis.api import frame_layers  # noqa: PLC0415
    from gis.desk import files_step  # noqa: PLC0415
    from gis.layers import load_layers, reader_process  # noqa: PLC0415
    from gis.province import read  # noqa: PLC0415

    class KeptReader(reader_process.ReaderProcess):
        def __init__(self) -> None:
            self.__dict__ = reader.__dict__

        def close(self) -> None:
            pass

    with pytest.MonkeyPatch.context() as patch:
        for module in (pipeline, frame_layers, load_layers, reader_process, read, files_step):
            patch.setattr(module, "ReaderProcess", KeptReader)
        yield


@pytest.fixture(scope="session", autouse=True)
def _measured_readers() -> Iterator[None]:
    """Under --cov a reading process ends by itself, so that what it ran is counted."""
    with pytest.MonkeyPatch.context() as patch:
        if "COVERAGE_PROCESS_CONFIG" in os.environ:
            from gis.layers.reader_process import ReaderProcess  # noqa: PLC0415  # only then

            patch.setattr(
                ReaderProcess, "close", lambda reader: reader._process.communicate() and None
            )
        yield

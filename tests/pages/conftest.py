"""The made-up city's pages, in the one Chromium of all tests, with the network cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pages.made_city import city, scenarios
from tabs import Tabs

from gis.pages import render_site
from gis.pages.model import Edition

PUBLIC_PAGES = ["index", "approach", "progress", "gaps", "extension", "clearance"]
PAGES = [*PUBLIC_PAGES, "compare"]  # of the planner edition
SIZES = {"desktop": (1440, 900), "tablet": (768, 1024), "phone": (360, 740)}


@pytest.fixture(scope="session")
def editions() -> dict[str, Edition]:
    both = {kind: city(kind) for kind in ("public", "planner")}
    return {
        kind: replace(edition, comparison=scenarios(edition.villages))
        for kind, edition in both.items()
    }


@pytest.fixture(scope="session")
def site(editions: dict[str, Edition], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both editions on disk: site/public/index.html and so on."""
    root = tmp_path_factory.mktemp("site")
    for kind, edition in editions.items():
        write(root / kind, edition)
    return root


def write(folder: Path, edition: Edition) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in render_site(edition).items():
        (folder / name).write_bytes(content)
    return folder


class Reader:
    """A page open in the browser, and what went wrong while it was."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[str] = []
        self.errors: list[str] = []
        self._heard = {
            "request": lambda request: self.requests.append(request.url),
            "pageerror": lambda error: self.errors.append(str(error)),
            "console": self._hear,
        }
        for event, hear in self._heard.items():
            page.on(event, hear)

    def stop(self) -> None:
        for event, hear in self._heard.items():
            self.page.remove_listener(event, hear)

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def outside(self) -> list[str]:
        """Requests for anything but a file of the site."""
        return [url for url in self.requests if not url.startswith(("file:", "data:"))]

    def text(self, selector: str) -> str:
        return str(self.page.inner_text(selector))


@pytest.fixture
def visit(tabs: Tabs) -> Iterator[Callable[..., Reader]]:
    """Open a file offline at a size; `after`: what was read before and is left now."""
    opened: list[Reader] = []

    def leave(reader: Reader) -> None:
        reader.stop()
        tabs.leave(reader.page)
        opened.remove(reader)

    def go(
        file: Path, fragment: str = "", size: str = "desktop", after: Reader | None = None
    ) -> Reader:
        if after is not None:
            leave(after)
        reader = Reader(tabs.take(SIZES[size]))
        opened.append(reader)
        reader.page.goto(file.as_uri() + fragment)
        reader.page.wait_for_selector("html[data-ready]")
        return reader

    yield go
    for reader in [*opened]:
        leave(reader)

"""The made-up city's pages, in the one Chromium of all tests, with the network cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pages.made_city import city, scenarios

from gis.pages import render_site
from gis.pages.model import Edition

PAGES = ["index", "approach", "progress", "gaps", "extension", "clearance", "compare"]
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
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def outside(self) -> list[str]:
        """Requests for anything but a file of the site."""
        return [url for url in self.requests if not url.startswith(("file:", "data:"))]

    def text(self, selector: str) -> str:
        return str(self.page.inner_text(selector))


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Reader]]:
    """Open a file offline at a size; every route but file: is cut."""
    contexts = []

    def go(file: Path, fragment: str = "", size: str = "desktop") -> Reader:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
        contexts.append(context)
        context.route("http*://**/*", lambda route: route.abort())
        reader = Reader(context.new_page())
        reader.page.goto(file.as_uri() + fragment)
        reader.page.wait_for_selector("html[data-ready]", timeout=10_000)
        return reader

    yield go
    for context in contexts:
        context.close()

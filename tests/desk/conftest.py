"""A desk on a folder, asked as its browser asks it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from gis.desk.app import make_app
from gis.desk.desk import Desk
from gis.desk.security import Keys

PORT = 8123


class Clerk:
    """The browser of somebody who opened the desk with its token."""

    def __init__(self, desk: Desk, client: TestClient, keys: Keys) -> None:
        self.desk, self.client, self.keys = desk, client, keys
        self.folder = desk.folder

    def page(self, path: str) -> str:
        """The text of a page, once it does not wait any more."""
        answer = self.client.get(path)
        while answer.status_code == 202:
            self.desk.work.thread.join(60)
            assert self.desk.work.done
            answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def send(self, path: str, fields: dict[str, Any], files: Any = None) -> str:
        """The page after a change, made with the form's key."""
        answer = self.client.post(path, data=fields | {"change": self.keys.change}, files=files)
        assert answer.status_code == 303, answer.text
        return self.page(answer.headers["location"])

    def drop(self, *paths: Path) -> str:
        files = [("files", (one.name, one.read_bytes())) for one in paths]
        return self.send("/files/drop", {}, files)

    def replace(self, *paths: Path) -> str:
        """Drop ledgers that the project has, and put them in place."""
        page = self.drop(*paths)
        as_of = re.search(r'name="as_of" value="([\d-]+)"', page)
        assert as_of is not None, page
        return self.send("/next/take", {"as_of": as_of[1]})


def text_of(page: str) -> str:
    return re.sub(r"<[^>]+>", " ", page)


@pytest.fixture
def open_desk() -> Iterator[Callable[[Path], Clerk]]:
    with ExitStack() as stack:

        def opened(folder: Path) -> Clerk:
            desk, keys = Desk(folder), Keys(PORT)
            stack.callback(desk.close)
            app = make_app(desk, keys)
            base = f"http://127.0.0.1:{PORT}"
            headers = {"origin": base}
            client = TestClient(app, base, headers=headers, follow_redirects=False)
            assert client.get("/open", params={"token": keys.token}).status_code == 303
            return Clerk(desk, client, keys)

        yield opened


@pytest.fixture
def clerk(open_desk: Callable[[Path], Clerk], tmp_path: Path) -> Clerk:
    return open_desk(tmp_path / "project")

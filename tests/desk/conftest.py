"""A desk on a folder, asked as its browser asks it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from desk.made_files import write_office
from starlette.testclient import TestClient

from gis.desk.app import make_app
from gis.desk.desk import Desk
from gis.desk.security import Keys

PORT = 8123
ABOUT = {"title_zh": "甲县2024年", "title_en": "Jia county", "as_of": "2024-10-31",
         "plan": "甲县清洁取暖方案", "document": "甲政办发〔2024〕3号", "map_review_no": ""}  # fmt: skip


class Clerk:
    """The browser of somebody who opened the desk with its token."""

    def __init__(self, desk: Desk, client: TestClient, keys: Keys) -> None:
        self.desk, self.client, self.keys = desk, client, keys
        self.folder = desk.folder

    def page(self, path: str) -> str:
        """The text of a page, once it does not wait any more."""
        answer = self.client.get(path)
        while answer.status_code == 202:
            self.desk.work.thread.join()
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
        return self.send("/next/take", {"as_of": as_of[1], "who": "王芳", "why": "月报"})


def text_of(page: str) -> str:
    return re.sub(r"<[^>]+>", " ", page)


def explain(clerk: Clerk) -> None:
    """What the desk has to be told of the office's files before anything is in the way."""
    for file in ("甲镇台账.csv", "乙镇台账.csv"):
        clerk.send("/places/crs", {"layer": "households", "file": file, "crs": "EPSG:4490"})
    clerk.send("/places/cad", {"layer": "heat_pipes", "file": "管网.dxf", "name.1": "一次网",
                               "kind.1": "in_service", "name.2": "图框",
                               "kind.2": "leave_out"})  # fmt: skip
    clerk.send("/files/about", ABOUT)


@contextmanager
def desk_on(folder: Path) -> Iterator[Clerk]:
    desk, keys = Desk(folder), Keys(PORT)
    app = make_app(desk, keys)
    base = f"http://127.0.0.1:{PORT}"
    client = TestClient(app, base, headers={"origin": base}, follow_redirects=False)
    assert client.get("/open", params={"token": keys.token}).status_code == 303
    try:
        yield Clerk(desk, client, keys)
    finally:
        desk.close()


@pytest.fixture
def open_desk() -> Iterator[Callable[[Path], Clerk]]:
    with ExitStack() as stack:
        yield lambda folder: stack.enter_context(desk_on(folder))


@pytest.fixture
def clerk(open_desk: Callable[[Path], Clerk], tmp_path: Path) -> Clerk:
    return open_desk(tmp_path / "project")


@pytest.fixture(scope="session")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of an office whose files were dropped on the desk; nobody changes it."""
    folder = tmp_path_factory.mktemp("taken")
    with desk_on(folder / "project") as clerk:
        clerk.drop(*write_office(folder / "own"))
    return folder / "project"


@pytest.fixture(scope="session")
def explained_folder(taken_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, with all explained; nobody changes it."""
    folder = shutil.copytree(taken_in, tmp_path_factory.mktemp("explained") / "project")
    with desk_on(folder) as clerk:
        explain(clerk)
    return folder


@pytest.fixture
def county(open_desk: Callable[[Path], Clerk], taken_in: Path, tmp_path: Path) -> Clerk:
    """A desk on the office's files, of which nothing is explained yet."""
    return open_desk(shutil.copytree(taken_in, tmp_path / "project"))


@pytest.fixture
def explained(open_desk: Callable[[Path], Clerk], explained_folder: Path, tmp_path: Path) -> Clerk:
    """A desk on the office's files, with nothing in the way of publishing them."""
    return open_desk(shutil.copytree(explained_folder, tmp_path / "project"))

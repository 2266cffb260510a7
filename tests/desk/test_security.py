"""Whoever is not the browser that was opened here gets nothing and changes nothing."""

import errno
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from desk.conftest import PORT
from starlette.routing import Route
from starlette.testclient import TestClient

from gis import run_log
from gis.desk import security
from gis.desk.app import make_app
from gis.desk.desk import LOCK, Desk
from gis.desk.security import Keys

BASE = f"http://127.0.0.1:{PORT}"
ROOT = Path(__file__).parents[2]


def routes(clerk):
    return [one for one in clerk.client.app.routes if isinstance(one, Route)]


@pytest.mark.parametrize(
    "host",
    ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:1", f"[::1]:{PORT}", ""],
)
def test_another_name_for_this_computer_is_refused(clerk, host):
    """A site whose name is turned to 127.0.0.1 has its own name in Host."""
    assert clerk.client.get("/files", headers={"host": host}).status_code == 421
    assert clerk.client.get("/open?token=x", headers={"host": host}).status_code == 421


def test_both_names_of_this_computer_are_known(clerk):
    for host in (f"127.0.0.1:{PORT}", f"localhost:{PORT}"):
        assert clerk.client.get("/looks/desk.css", headers={"host": host}).status_code == 200


def test_the_token_opens_once(open_desk, tmp_path):
    desk, keys = Desk(tmp_path), Keys(PORT)
    token = keys.token
    client = TestClient(make_app(desk, keys), BASE, follow_redirects=False)
    assert client.get("/files").status_code == 403
    assert client.get("/open?token=").status_code == 403
    assert client.get("/open?token=" + token[:-1]).status_code == 403
    answer = client.get("/open?token=" + token)
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert token not in answer.headers["location"]
    assert client.get("/files").status_code == 200
    second = TestClient(client.app, BASE, follow_redirects=False)
    assert second.get("/open?token=" + token).status_code == 403
    assert second.get("/open?token=").status_code == 403
    desk.close()


def test_every_address_needs_the_session(clerk):
    stranger = TestClient(clerk.client.app, BASE, headers={"origin": BASE})
    assert len(routes(clerk)) > 8
    for route in routes(clerk):
        method = "POST" if "POST" in route.methods else "GET"
        for cookie in ("", "x", "é"):
            headers = {"cookie": f"{clerk.keys.cookie}={cookie}"} if cookie.isascii() else {}
            answer = stranger.request(method, route.path, headers=headers)
            assert answer.status_code == 403, route.path


def contents(folder):
    """Every file of a folder with its bytes, the desk's lock too."""
    return {one.relative_to(folder): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_every_change_needs_the_key_of_the_form_and_the_own_origin(explained):
    clerk = explained
    clerk.page("/problems")
    changes = [one.path for one in routes(clerk) if "POST" in one.methods]
    assert len(changes) >= 4
    before = contents(clerk.folder)
    assert len(before) > 5
    file = [("files", ("a.csv", b"1"))]
    for path in changes:
        for key in ({}, {"change": ""}, {"change": "x"}, {"change": clerk.keys.session}):
            assert clerk.client.post(path, data=key, files=file).status_code == 403, path
        good = {"change": clerk.keys.change}
        for origin in ("https://evil.example", "null", "", f"http://127.0.0.1:{PORT + 1}"):
            headers = {"origin": origin}
            answer = clerk.client.post(path, data=good, files=file, headers=headers)
            assert answer.status_code == 403, (path, origin)
    assert contents(clerk.folder) == before


def test_nothing_is_changed_by_looking(clerk):
    for route in routes(clerk):
        if "POST" in route.methods:
            assert clerk.client.get(route.path).status_code == 405
        else:
            headers = {"sec-fetch-site": "cross-site"}
            assert clerk.client.get(route.path, headers=headers).status_code == 403


def test_every_answer_has_the_closed_policy(clerk):
    for path in ("/files", "/looks/desk.js", "/nowhere", "/.nuantu-desk.lock"):
        answer = clerk.client.get(path)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
    page = clerk.page("/files")
    assert not re.search(r"<script(?! src=\"/looks/)|<style| on\w+=| style=|javascript:", page)


def test_no_folder_is_listed_and_no_file_is_handed_out(clerk):
    (clerk.folder / "secret.csv").write_text("身份证号", encoding="utf-8")
    for path in ("/secret.csv", "/files/secret.csv", "/files/", "/..%2f..%2fetc/passwd",
                 "/edition/x/../../secret.csv", "/looks/../project.toml",
                 "/edition/村庄/index.html"):  # fmt: skip
        answer = clerk.client.get(path)
        assert answer.status_code in (403, 404, 307), path
        assert "身份证号" not in answer.text
    assert clerk.client.get("/files/rows?file=../secret.csv").status_code == 400
    assert clerk.client.get("/files/rows?file=/etc/passwd").status_code == 400


def test_a_request_that_is_too_large_is_refused(clerk, monkeypatch):
    monkeypatch.setattr(security, "LARGEST_REQUEST", 1000)
    fields = {"change": clerk.keys.change}

    def post(size):
        file = [("files", ("a.csv", b"1" * size))]
        return clerk.client.post("/files/drop", data=fields, files=file).status_code

    assert post(1001) == 413
    assert not (clerk.folder / "a.csv").exists()
    assert post(300) == 303
    assert (clerk.folder / "a.csv").exists()

    def parts():
        yield from [b"x" * 400] * 3

    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = clerk.client.post("/files/drop", content=parts(), headers=headers)
    assert answer.status_code == 413


def test_the_log_says_what_was_asked_of_whom_by_nobody(clerk, tmp_path):
    run_log.begin_log(tmp_path / "run.log")
    clerk.client.get("/files/rows?file=张三.csv")
    clerk.client.get("/张三?name=李四")
    clerk.send("/files/drop", {"name": "王五"}, [("files", ("赵六.csv", b"1"))])
    run_log.end_log()
    text = (tmp_path / "run.log").read_text("utf-8")
    assert "desk: GET show_rows 400" in text
    assert "desk: POST drop 303" in text
    for word in ("张三", "李四", "王五", "赵六", "name", clerk.keys.change, clerk.keys.session):
        assert word not in text


def test_a_folder_that_cannot_be_written_is_looked_at_and_says_why(
    open_desk, tmp_path, monkeypatch
):
    def denied(*_args):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("gis.desk.desk.hold_file", denied)
    clerk = open_desk(tmp_path)
    told = "写不进（Read-only file system）：只能看，不能改"
    assert told in clerk.page("/files")
    assert "正打开" not in clerk.page("/files")
    file = [("files", ("a.csv", b"1"))]
    answer = clerk.client.post("/files/drop", data={"change": clerk.keys.change}, files=file)
    assert (answer.status_code, told in answer.text) == (409, True)
    assert list(tmp_path.iterdir()) == []


def test_the_second_desk_only_looks_and_says_who_has_the_folder(open_desk, tmp_path):
    first, second = open_desk(tmp_path), open_desk(tmp_path)
    assert first.desk.writable
    assert not second.desk.writable
    assert f"{socket.gethostname()}" in second.page("/files")
    assert "只能看" in second.page("/files")
    file = [("files", ("a.csv", b"1"))]
    answer = second.client.post("/files/drop", data={"change": second.keys.change}, files=file)
    assert answer.status_code == 409
    assert socket.gethostname() in answer.text
    assert not (tmp_path / "a.csv").exists()
    first.desk.close()
    assert not (tmp_path / LOCK).exists()
    assert open_desk(tmp_path).desk.writable


@contextmanager
def serving(folder):
    """A process that serves a folder, and its address."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "gis", "desk", str(folder), "--no-browser"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, re.search(r"http://\S+", process.stdout.readline())[0]
        finally:
            process.kill()


@pytest.fixture
def server(tmp_path):
    with serving(tmp_path / "p") as both:
        yield both


def dropped_on(address):
    """The status of a file dropped on the desk that this address opens."""
    base = address.split("/open", 1)[0]
    with httpx2.Client(follow_redirects=True, timeout=60) as browser:
        page = browser.get(address).text
        keys = [*re.findall(r'name="change" value="([^"]+)"', page), ""]
        answer = browser.post(
            f"{base}/files/drop", data={"change": keys[0]}, headers={"Origin": base},
            files=[("files", ("a.csv", b"1"))], follow_redirects=False,
        )  # fmt: skip
        return answer.status_code


def test_a_second_process_only_looks_until_the_first_is_killed(server, tmp_path):
    first, _ = server
    with serving(tmp_path / "p") as (second, address):
        assert "Ctrl+C" in second.stdout.readline()
        assert "只能看" in second.stdout.readline()
        assert dropped_on(address) == 403  # its page has no key to change anything with
    assert [one.name for one in (tmp_path / "p").iterdir()] == [LOCK]
    first.kill()  # it leaves its lock behind
    first.wait()
    assert (tmp_path / "p" / LOCK).exists()
    with serving(tmp_path / "p") as (_, address):
        assert dropped_on(address) == 303
    assert (tmp_path / "p" / "a.csv").read_bytes() == b"1"


def test_the_server_itself_hears_this_computer_alone(server):
    process, address = server
    port = int(re.search(r":(\d+)/", address)[1])
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(
            urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": "evil.example"})
        )
    assert refused.value.code == 421
    with httpx2.Client(follow_redirects=True) as browser:
        assert browser.get(address).status_code == 200
        base = f"http://127.0.0.1:{port}"
        foreign = browser.post(base + "/files/drop", headers={"Origin": "https://evil.example"})
        assert foreign.status_code == 403
    others = {one[4][0] for one in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for other in others - {"127.0.0.1"}:
        if not other.startswith("127."):
            with pytest.raises(OSError, match=r"refused|timed out"):
                socket.create_connection((other, port), 2).close()
    assert process.poll() is None

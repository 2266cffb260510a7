"""From an office's files to both editions: what counts, what is in the way, what is handed out."""

import hashlib
import io
import re
import threading
import tomllib
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from desk.conftest import ABOUT, PORT, text_of
from desk.made_files import home, write_ledger
from starlette.testclient import TestClient
from typer.testing import CliRunner

import gis
from gis.cli.commands import app
from gis.desk import publish_step
from gis.desk.edition_tables import changes_since, exact_and_public
from gis.desk.publish_step import editions_folder, publish_beside
from gis.desk.work import Stopped, Work
from gis.publish.signing import signed_by


def digests(folder):
    return {
        one.relative_to(folder).as_posix(): hashlib.sha256(one.read_bytes()).hexdigest()
        for one in folder.rglob("*")
        if one.is_file() and not one.name.startswith(".")
    }


def cells(page, table):
    """The text of each row of the table with this label."""
    body = (
        page.split(f'aria-label="{table}（表）"', 1)[1]
        .split("</table>", 1)[0]
        .split("<tbody>", 1)[1]
    )
    return [text_of(row).split() for row in re.findall(r"<tr.*?</tr>", body, re.S)]


def test_before_anything_is_explained_each_step_says_what_is_in_the_way(county):
    for path in ("/reconcile", "/publish"):
        page = county.page(path)
        assert "须先解决" in page
        assert "没有说明是在运还是规划" in page
    assert '<button class="strong-button" type="submit" disabled>' in county.page("/publish")
    county.client.post("/publish/begin", data={"change": county.keys.change})
    county.desk.work.thread.join()
    assert "个问题必须先解决" in county.desk.work.error.zh
    page = county.page("/publish")
    assert "没有发布" in page
    assert not editions_folder(county.folder).exists()


def test_rows_counted_homes_and_targets_of_each_township(explained, tmp_path):
    page = explained.page("/reconcile")
    assert cells(page, "乡镇") == [["甲镇", "40", "40", "0", "40"], ["乙镇", "12", "12", "0", "12"]]
    # of 1 to 20 every third is electric: 6; of 21 to 40 none
    assert cells(page, "各村") == [["东村", "20", "6", "14", "0"], ["王家庄", "20", "0", "20", "0"]]
    assert "煤改电 12" in page
    page = explained.page("/reconcile?township=150101200")
    assert cells(page, "各村") == [["王家庄", "12", "6", "6", "0"]]
    assert "煤改电 3" in page


def test_a_row_that_does_not_count_is_shown_with_its_reason(explained, tmp_path):
    rows = [home(n, 2, "煤") for n in range(1, 60)]
    rows += [home(60, 2, "煤", "没有的村", place=False), rows[0]]
    explained.replace(write_ledger(tmp_path, "乙镇台账.csv", rows))
    page = explained.page("/reconcile?township=150101200")
    assert cells(page, "乡镇")[1] == ["乙镇", "61", "59", "2", "59"]
    (told,) = cells(page, "乙镇")
    assert told[:3] == ["乙镇台账.csv", "61", "59"]
    assert "".join(told[3:]) in (
        "与另一行完全相同1既无有效村代码，也无可用坐标1",
        "既无有效村代码，也无可用坐标1与另一行完全相同1",
    )


def test_a_problem_is_accepted_and_taken_back_in_project_toml(explained):
    rows = [home(n, 2, "煤", place=n > 3) for n in range(1, 20)]
    explained.replace(write_ledger(explained.folder.parent, "乙镇台账.csv", rows))
    page = explained.page("/problems?cause=households:no_location")
    entries = re.findall(r'name="accept" value="([^"]+)"', page)
    assert entries == [f"households:{n}:no_location" for n in (1, 2, 3)]
    assert page.count('data-village="150101200201"') == 3
    fields = {"cause": "households:no_location", "accept": entries[:2]}
    explained.send("/problems/accept", fields)
    project = tomllib.loads((explained.folder / "project.toml").read_text("utf-8"))["project"]
    assert project["accept"] == entries[:2]
    page = explained.page("/problems?cause=households:no_location")
    assert page.count("已接受</span>") == 2
    explained.send("/problems/accept", {"cause": "", "take_back": entries[:2]})
    project = tomllib.loads((explained.folder / "project.toml").read_text("utf-8"))["project"]
    assert "accept" not in project


def test_the_map_has_the_villages_of_all_rows_not_of_those_listed(explained):
    rows = [home(n, 0, "煤", place=False) for n in range(1, 106)] + [
        home(200, 1, "煤", place=False)
    ]
    rows += [home(n, 0, "煤") for n in range(300, 500)]
    explained.replace(write_ledger(explained.folder.parent, "甲镇台账.csv", rows))
    page = explained.page("/problems?cause=households:no_location")
    assert page.count('data-village="150101100201"') == 100
    assert 'data-village="150101100202"' not in page
    counted = re.findall(r'class="counted" data-code="(\d+)"', page)
    assert counted == ["150101100201", "150101100202"]


def test_each_township_gets_its_own_workbook(county):
    page = county.page("/problems?books=1")
    names = re.findall(r'/problems/book\?name=([^"]+)"', page)
    assert names
    answer = county.client.get(f"/problems/book?name={names[0]}")
    assert answer.status_code == 200
    assert zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert county.client.get("/problems/book?name=../project.toml").status_code == 400


def test_both_editions_are_those_of_the_command_line(explained, tmp_path):
    page = explained.send("/publish/begin", {})
    assert "正在发布" in page or "现有一版" in page
    explained.desk.work.thread.join()
    page = explained.page("/publish")
    assert "台账 52 户" in page
    out = editions_folder(explained.folder)
    again = tmp_path / "again"
    command = ["run", str(explained.folder), "--out", str(again)]
    assert CliRunner().invoke(app, command).exit_code == 0
    assert digests(out) == digests(again)
    assert "没有审图号" in page
    assert "有改动未发布" not in page
    explained.send("/files/about", ABOUT | {"map_review_no": "晋S(2024)001号"})
    page_after = explained.page("/publish")
    assert "没有审图号" not in page_after
    assert "有改动未发布" in page_after
    base = re.search(r'src="(/edition/[^/]+)/planner/index.html"', page)[1]
    stranger = TestClient(explained.client.app, f"http://127.0.0.1:{PORT}")
    shown = stranger.get(f"{base}/public/index.html")  # a frame has no cookie
    assert shown.status_code == 200
    assert "sandbox" in shown.headers["content-security-policy"]
    assert "allow-same-origin" not in shown.headers["content-security-policy"]
    for path in ("/edition/x/public/index.html", f"{base}/../project.toml", f"{base}/manifest.json",
                 f"{base}/planner",
                 f"{base}/planner/%2e%2e/%2e%2e/project/project.toml"):  # fmt: skip
        assert stranger.get(path).status_code in (403, 404), path
    answer = explained.client.get(f"{base}/planner/decisions.csv")
    assert "attachment" in answer.headers["content-disposition"]
    packed = explained.client.get("/publish/zip?of=public").content
    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert "public/index.html" in names
    assert not [one for one in names if "planner" in one]
    towns = re.findall(r'zip\?of=(\d+)">(\w+)', page)
    assert towns == [("150101100", "甲镇"), ("150101200", "乙镇")]
    assert explained.client.get("/publish/zip?of=150101100").status_code == 200
    assert explained.client.get("/publish/zip?of=..").status_code == 400


def test_a_signed_edition_and_a_notice_that_is_withdrawn(explained, tmp_path):
    explained.page("/decide")
    code = "150101100202"
    ruling = {"village": code, "part": "", "approach": "biomass", "status": "published",
        "who": "王芳",
              "document_no": "办9号", "why": "会议", "decided_on": "2024-10-20"}  # fmt: skip
    explained.send("/decide/rule", ruling)
    private = Ed25519PrivateKey.generate()
    plain = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key, other = tmp_path / "office.key", tmp_path / "office.pem"
    key.write_bytes(plain)
    other.write_bytes(public)
    (explained.folder / "own.key").write_bytes(plain)
    change = {"change": explained.keys.change}
    for bad in (explained.folder / "own.key", other, tmp_path / "none.key", Path("/etc/passwd")):
        answer = explained.client.post("/publish/begin", data=change | {"key": str(bad)})
        assert answer.status_code == 400, bad
        assert "root:" not in answer.text
    (explained.folder / "own.key").unlink()
    assert not editions_folder(explained.folder).exists()
    explained.send("/publish/begin", {"key": str(key)})
    explained.desk.work.thread.join()
    page = explained.page("/publish")
    assert "已签名" in page
    assert signed_by(editions_folder(explained.folder), other)
    ticks = re.findall(r'name="village" value="(\d+)"', page)
    assert ticks == [code]  # the others' routes are not public
    told = {"village": code, "action": "withdrawn", "who": "王芳", "why": "方案调整",
            "changed_on": "2024年11月2日", "document_no": "办12号"}  # fmt: skip
    before = digests(editions_folder(explained.folder))
    for gap in ({"village": []}, {"who": ""}, {"why": ""}, {"action": "x"}, {"village": "9"},
                {"changed_on": "昨天"}, {"why": "请联系 13912345678"}):  # fmt: skip
        answer = explained.client.post("/publish/notices", data=change | told | gap)
        assert answer.status_code == 400, gap
    page = explained.send("/publish/notices", told)
    assert "甲镇王家庄：撤回，2024-11-02，办12号，方案调整" in page
    (row,) = gis.open_project(explained.folder).record.rows("notice_changes").to_dict("records")
    said = [row[name] for name in ("village_code", "action", "changed_on", "reason")]
    assert said == [code, "withdrawn", "2024-11-02", "方案调整"]
    assert digests(editions_folder(explained.folder)) == before


def edition(folder, exact, public=()):
    (folder / "planner").mkdir(parents=True)
    (folder / "public" / "data").mkdir(parents=True)
    head = "village_code,village,township,part,approach,status,households,pending"
    lines = "\n".join([head, *exact])
    (folder / "planner" / "decisions.csv").write_text(lines, encoding="utf-8-sig")
    lines = "\n".join(["village_code,approach,households,pending", *public])
    (folder / "public" / "data" / "villages.csv").write_text(lines, encoding="utf-8-sig")
    return folder


def test_exact_beside_public_and_what_changed_since_the_edition_before(tmp_path):
    now = edition(
        tmp_path / "now",
        ["1,甲,镇,served,central,approved,10,4", "1,甲,镇,unserved,electric,proposed,7,7",
         "2,乙,镇,,gas,proposed,30,20", "4,丁,镇,,gas,proposed,5,5"],
        ["1,central,20,10", "2,unpublished,30,"],
    )  # fmt: skip
    then = edition(
        tmp_path / "then",
        [
            "1,甲,镇,,central,approved,17,11",
            "2,乙,镇,,gas,proposed,30,20",
            "3,丙,镇,,gas,proposed,9,9",
        ],
    )
    told = [(one.name, one.approach, one.households, one.pending, one.public_approach,
             one.public_households,
             one.public_pending) for one in exact_and_public(now)]  # fmt: skip
    assert told == [
        ("镇甲", "central+electric", 17, 11, "central", "20", "10"),
        ("镇乙", "gas", 30, 20, "unpublished", "30", ""),
        ("镇丁", "gas", 5, 5, "", "", ""),
    ]
    changed = [
        (one.name, one.before["approach"], one.after["approach"])
        for one in changes_since(now, then)
    ]
    assert changed == [
        ("镇甲", "central", "central+electric"),
        ("镇丙", "gas", ""),
        ("镇丁", "", "gas"),
    ]
    assert exact_and_public(tmp_path) == []


def test_publishing_can_be_stopped_and_what_stood_stands(explained, monkeypatch):
    out = editions_folder(explained.folder)
    work, begun = Work("publishing"), threading.Event()
    said = work.say

    def say(stage):
        said(stage)
        begun.set()

    monkeypatch.setattr(work, "say", say)
    work.run(lambda own: publish_beside(own, explained.folder))
    assert begun.wait(600)
    work.stop()
    work.thread.join()
    assert work.done
    assert "已停止" in work.error.zh
    assert not (out / "planner").exists()
    with pytest.raises(Stopped):
        said(work.stages[0])


def test_a_run_that_ends_without_a_word_is_not_complete(county, monkeypatch):
    monkeypatch.setattr(publish_step.subprocess, "Popen", lambda *_, **__: Dead())
    work = Work("publishing").run(lambda own: publish_beside(own, county.folder))
    work.thread.join()
    assert work.error.zh == "没有完成"


class Dead:
    """A process that ends without a word, as one that is killed."""

    stdout: tuple[str, ...] = ()
    returncode = -9

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def wait(self, _seconds):
        return -9


def test_proposals_that_are_public_are_not_said_to_be_lacking(explained):
    assert "没有审定或公布的村" in explained.page("/publish")
    text = (explained.folder / "project.toml").read_text("utf-8")
    told = text.replace("[project]\n", "[project]\npublish_proposals = true\n", 1)
    (explained.folder / "project.toml").write_text(told, encoding="utf-8")
    page = explained.page("/publish")
    assert "没有审定或公布" not in page
    assert "没有审图号" in page

"""The journal as a page, and the bundle for whoever helps: nobody is in it."""

import io
import re
import sqlite3
import zipfile

import pytest
import tomlkit
from desk.conftest import text_of
from desk.made_files import home, write_borders, write_ledger

import gis
from gis.api.diagnostics import scrubbed
from gis.run_log import begin_log, end_log, log_failure, log_folder

PERSON, PINYIN, PHONE, IDENTITY = "欧阳震天", "OuyangZhentian", "13987654321", "110101199003077758"
STREET, EAST, NORTH = "槐树巷十七号", "110.704813", "35.604927"
CANARIES = (
    PERSON,
    PINYIN,
    PHONE,
    IDENTITY,
    STREET,
    EAST,
    NORTH,
    "槐树",
    "欧阳",
    "87654321",
    "19900307",
)


@pytest.fixture
def county(clerk, tmp_path):
    clerk.drop(
        write_borders(tmp_path),
        write_ledger(tmp_path, "甲镇台账.csv", [home(n, 0, "煤") for n in range(1, 5)]),
    )
    clerk.page("/problems")
    return clerk


def rule(clerk, route, **said):
    told = {"who": "王芳", "why": "会议"} | said
    return gis.open_project(clerk.folder).record.rule("150101100202", route, **told)


def test_the_journal_has_who_when_what_old_and_new(county):
    assert "还没有修改" in county.page("/journal")
    rule(county, "gas")
    rule(county, "biomass", who="李强", why="<b>改</b>期")
    page = county.page("/journal")
    assert "<b>改" not in page
    told = re.sub(r"\s+", " ", text_of(page))
    assert told.index("2 ·") < told.index("1 ·")
    assert "李强：&lt;b&gt;改&lt;/b&gt;期" in page
    assert re.search(r"路线批复 1 路线 煤改气 生物质", told)
    county.send("/decide/undo", {"number": "2", "who": "王芳", "why": "改回", "back": "/journal"})
    page = county.page("/journal")
    assert "已由第 3 次撤销" in page
    assert page.count('action="/decide/undo"') == 2  # the first, and the undoing itself
    (row,) = gis.open_project(county.folder).record.rows("rulings").to_dict("records")
    assert row["approach"] == "gas"


def test_a_change_of_another_program_is_explained_once(county):
    rule(county, "gas")
    with sqlite3.connect(county.folder / "office.gpkg") as db:
        db.execute("UPDATE rulings SET status = 'approved'")
    page = county.page("/journal")
    assert "别的程序（如 QGIS）改的" in page
    change = {"change": county.keys.change}
    for bad in ({"number": "9"}, {"number": "x"}, {"number": "2", "why": ""}, {"number": "1"}):
        fields = change | {"who": "李强", "why": "补登"} | bad
        assert county.client.post("/journal/explain", data=fields).status_code == 400
    county.send("/journal/explain", {"number": "2", "who": "李强", "why": "补登"})
    page = county.page("/journal")
    assert "李强：补登" in page
    assert "别的程序（如 QGIS）改的" not in page


@pytest.mark.parametrize("asked", ["-1", "x", "99999999999", "1e3", "<script>"])
def test_a_page_of_the_journal_that_is_none(county, asked):
    rule(county, "gas")
    assert county.client.get("/journal", params={"from": asked}).status_code == 200


def bundle(clerk):
    answer = clerk.client.get("/help/bundle")
    while answer.status_code == 202:
        clerk.desk.work.thread.join(60)
        answer = clerk.client.get("/help/bundle")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_nobody_is_in_the_bundle(open_desk, tmp_path, monkeypatch):
    """Canaries in every place that a clerk can write in."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    clerk = open_desk(tmp_path / PERSON / f"{PINYIN}{PHONE}")
    rows = [(PHONE, "东村", "煤", EAST, NORTH, PERSON, IDENTITY, PHONE, STREET)]
    text = "户编号,村名,取暖方式,经度,纬度,户主,身份证号,联系电话,住址\n" + "\n".join(
        map(",".join, rows)
    )
    ledger = tmp_path / f"甲镇{PERSON}{PHONE}.{PINYIN}.csv"
    ledger.write_text(text, encoding="utf-8")
    clerk.drop(write_borders(tmp_path), ledger)
    path = clerk.folder / "project.toml"
    document = tomlkit.parse(path.read_text("utf-8"))
    document["project"]["title"] = {"zh": f"{PERSON}{STREET}", "en": PINYIN}
    document["project"]["accept"] = [f"households:{PHONE}:no_location"]
    document["names"] = {f"甲镇/{PERSON}": "150101100201", PINYIN: "150101100201"}
    document["people"] = {"甲镇": PERSON}
    source = document["layers"]["households"]["files"][0]
    source["rename"] = {PERSON: "户主", PINYIN: "住址"}
    source["values"] = {"heating": {STREET: "coal"}}
    source["skip"] = [PERSON, PHONE]
    path.write_text(tomlkit.dumps(document), "utf-8")
    policy = clerk.folder / "policy.toml"
    device = f'\n[devices."{PERSON}{PHONE}"]\nroute = "electric"\nequipment_cny = 36000\n'
    device += "equipment_life_a = 20\ncop = 4.0\n"
    scenario = f"[scenario.{PINYIN}.electric]\nmax_upgrade_cny_per_household = 9\n"
    policy.write_text(policy.read_text("utf-8") + device + scenario, "utf-8")
    said = {"who": PERSON, "why": f"{PHONE} {STREET}"}
    gis.open_project(clerk.folder).record.rule("150101100202", "gas", document_no=IDENTITY, **said)
    log_folder().mkdir(parents=True)
    lines = [
        f"2026-11-30T10:00:00+0000 INFO read {one} /home/{one}/x"
        for one in CANARIES
        if one != PINYIN
    ]
    lines += [f"Traceback of {one}" for one in CANARIES] + [f"{PERSON} INFO x"]
    (log_folder() / "20991231-1.log").write_text("\n".join(lines), encoding="utf-8")
    clerk.page("/problems")
    files = bundle(clerk)
    whole = "\n".join([*files, *files.values()])
    for canary in CANARIES:
        assert canary not in whole, canary
        assert canary.encode().hex() not in whole
    assert re.search(r'"households": 1\b', files["settings.json"])
    assert '"values": 1' in files["settings.json"]
    assert '"rulings": 1' in files["states.json"]
    assert gis.__version__ in files["versions.json"]
    page = text_of(clerk.page("/help"))
    assert not any(one in page.replace(clerk.folder.name, "") for one in CANARIES)


def test_a_bundle_of_a_project_that_cannot_be_read(county):
    (county.folder / "project.toml").write_text(f'[project]\nname = "{PINYIN}"\n', "utf-8")
    files = bundle(county)
    assert files["settings.json"] == "null"
    assert PINYIN not in "".join(files.values())


def test_a_bundle_without_a_project(clerk):
    assert bundle(clerk)["settings.json"] == "null"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("INFO layer households: 99232 rows.csv", "INFO layer households: 99232 rows.csv"),
        ("INFO problem no_location in households: 3", "INFO problem no_location in households: 3"),
        ("ERROR   gis/desk/work.py:17 in _do", "ERROR   gis/desk/work.py:17 in _do"),
        ("INFO desk: GET show_rows 400 in 3 ms", "INFO desk: GET show_rows 400 in 3 ms"),
        (f"INFO at {EAST} {PHONE} C:\\Users\\wang", "INFO at […] […] […]"),
        (f"INFO 139-8765-4321 {STREET} a@b.cn", "INFO […] […] […]"),
        ("DEBUG anything", None),
    ],
)
def test_a_log_keeps_what_the_program_says(line, kept):
    begins = "2026-11-30T10:00:00+0000 "
    assert scrubbed(begins + line) == ("" if kept is None else begins + kept)


def test_a_real_log_of_a_failure_is_whole(tmp_path):
    begin_log(tmp_path / "run.log")
    log_failure(ValueError(PERSON))
    end_log()
    text = (tmp_path / "run.log").read_text("utf-8")
    assert "ValueError" in scrubbed(text)
    assert len(scrubbed(text).splitlines()) == len(text.splitlines())

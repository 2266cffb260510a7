"""A published notice that is withdrawn or corrected: a dated note, kept from edition to edition."""

from __future__ import annotations

import json

import forked
import pytest
import small_town
from publish.office_files import without_office_files

import gis
from gis.errors import InputError, PublicationError
from gis.layers.recorded_rows import notice_changes
from gis.publish import edition_names, verify
from gis.publish.village_notices import NOTICES
from gis.record import FILE, OfficeRecord


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    small_town.write(made := tmp_path_factory.mktemp("notices"))
    return made


@pytest.fixture(autouse=True)
def without_record(folder, monkeypatch):
    """Each test begins without a record, and publishes what a note may stand in."""
    without_office_files(monkeypatch)
    yield
    (folder / FILE).unlink(missing_ok=True)


def notes(out):
    page = (out / NOTICES).read_text("utf-8")
    data = page.split('id="edition">', 1)[1].split("</script>", 1)[0]
    return json.loads(data)["notice_notes"]


def test_a_note_stands_in_every_edition_from_the_next_on(folder, tmp_path):
    out = tmp_path / "out"
    gis.open_project(folder).publish(out)
    assert notes(out) == {}
    before = (out / NOTICES).read_bytes()
    record = gis.open_project(folder).record
    told = {"who": "王芳", "document_no": "办3号"}
    record.change_notices(
        [small_town.FAR, small_town.GAS],
        "withdrawn",
        why="方案调整",
        changed_on="2024-11-02",
        **told,
    )
    record.change_notices(
        small_town.FAR, "corrected", why="费用重算", changed_on="2024.11.9", **told
    )
    gis.open_project(folder).publish(out)
    withdrawn, corrected = (
        {"action": action, "on": on, "document_no": "办3号", "reason": why}
        for action, on, why in (
            ("withdrawn", "2024-11-02", "方案调整"), ("corrected", "2024-11-09", "费用重算"),
        )
    )  # fmt: skip
    assert notes(out) == {small_town.FAR: [withdrawn, corrected], small_town.GAS: [withdrawn]}
    found = verify(out)
    assert (found.changed, found.missing, found.added) == ((), (), ())
    (kept,) = edition_names(out)
    assert (out / "editions" / kept / NOTICES).read_bytes() == before
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    (own,) = [one for one in manifest["inputs"] if one["layer"] == "notice_changes"]
    assert (own["path"], own["rows"]) == (f"{FILE}/notice_changes", 3)


def test_a_name_of_the_ledger_in_a_note_stops_the_publication(folder, tmp_path):
    record = gis.open_project(folder).record
    record.change_notices(small_town.FAR, "corrected", who="王芳", why="演示户001 家另行安排")
    with pytest.raises(PublicationError):
        gis.open_project(folder).publish(tmp_path / "out")
    assert not (tmp_path / "out" / "public").exists()


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ({"village_code": "140882009999"}, "140882009999"),
        ({"action": "撤"}, "撤"),
        ({"changed_on": "去年"}, "去年"),
        ({"reason": " "}, "reason"),
    ],
)
def test_a_row_that_is_not_clear_stops_the_publication(folder, tmp_path, row, word):
    good = {
        "village_code": small_town.FAR, "action": "withdrawn", "changed_on": "2024-11-02",
        "reason": "调整",
    }  # fmt: skip
    with OfficeRecord(folder).changing("王芳", "录入") as change:
        change.insert("notice_changes", {**good, **row})
    with pytest.raises(InputError, match=word):
        gis.open_project(folder).publish(tmp_path / "out")


def test_a_note_is_of_its_own_plan_year(folder):
    record = gis.open_project(folder).record
    record.change_notices(small_town.FAR, "withdrawn", who="王芳", why="调整")  # dated today
    with OfficeRecord(folder).changing("王芳", "另一年") as change:
        row = {"village_code": small_town.GAS, "action": "withdrawn", "changed_on": "2025-01-01"}
        change.insert("notice_changes", row | {"reason": "不分年度"})
    snapshot = OfficeRecord(folder).snapshot()
    codes = {
        year: [one.village_code for one in notice_changes(snapshot, year)] for year in (2024, 2025)
    }
    assert codes == {2024: [small_town.GAS, small_town.FAR], 2025: [small_town.GAS]}


@pytest.mark.parametrize(("command", "action"), [("withdraw", "withdrawn"), ("amend", "corrected")])
def test_the_commands_record_and_say_when_it_holds(folder, tmp_path, command, action):
    forked.warm()
    told = ("--who", "王芳", "--why", "方案调整", "--on", "2024-11-02", "--document", "办3号")
    run = forked.nuantu(command, folder, small_town.FAR, small_town.GAS, *told, log=tmp_path)
    assert run.code == 0, run.err
    assert "第 1 号修改" in run.out
    rows = OfficeRecord(folder).rows("notice_changes")
    assert [(row["village_code"], row["action"], row["changed_on"],
        row["document_no"]) for row in rows] == [
        (code, action, "2024-11-02", "办3号") for code in (small_town.FAR, small_town.GAS)
    ]  # fmt: skip


def test_a_day_out_of_range_is_told_by_its_own_option(folder, tmp_path):
    forked.warm()
    told = ("--who", "王芳", "--why", "方案调整", "--on", "1899-12-31")
    run = forked.nuantu("withdraw", folder, small_town.FAR, *told, log=tmp_path)
    assert run.code == 2
    assert "--on 1899-12-31" in run.err
    assert not (folder / FILE).exists()


@pytest.mark.parametrize(
    ("village", "action", "why", "word"),
    [
        (small_town.FAR, "deleted", "调整", "none of withdrawn, corrected"),
        ("没有的村", "withdrawn", "调整", "no village, or several"),
        (small_town.FAR, "withdrawn", "", "why is blank"),
        (small_town.FAR, "withdrawn", "请电 13912345678", "mobile number"),
        (small_town.FAR, "withdrawn", "11010519491231002X 有误", "identity number"),
    ],
)
def test_what_cannot_stand_in_public_is_not_recorded(folder, village, action, why, word):
    record = gis.open_project(folder).record
    with pytest.raises(InputError, match=word):
        record.change_notices(village, action, who="王芳", why=why)
    assert not (folder / FILE).exists()

"""office.gpkg: what is confirmed stays, everything is journalled, and everything can be undone."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import fiona
import pyogrio
import pytest
import shapely

from gis.errors import InputError
from gis.record import FILE, TABLES, UNKNOWN, VERSION, OfficeRecord, schema, store

VILLAGE = "140882102205"
HOSTILE = (
    "=HYPERLINK(\"http://x\")", "<script>alert(1)</script>", "'); DROP TABLE journal; --",
    "a\nb\r\tc", "\u202e反\u200b", "\ud800", "x\0y", "０１２", "../../etc/passwd", "{{7*7}}", "𠮷" * 500,
)  # fmt: skip
SQUARE = shapely.multipolygons([shapely.box(110.5, 35.5, 110.6, 35.6)])


@pytest.fixture
def record(tmp_path):
    return OfficeRecord(tmp_path, wait_s=0.2)


def add(record, table="rulings", **values):
    with record.changing("王芳", "会议") as change:
        fid = change.insert(table, values)
    return change.number, fid


def edit(record, *statements):
    """What QGIS does: plain SQL in a connection of its own, in a write-ahead log."""
    with closing(sqlite3.connect(record.path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        for statement in statements:
            db.execute(statement)
        db.commit()


def cells(change):
    return [(one.table, one.action, one.column, one.old, one.new) for one in change.cells]


def test_nothing_is_made_until_something_is_recorded(record):
    assert record.rows("rulings") == []
    assert record.journal() == []
    assert not record.path.exists()


def test_a_change_is_in_the_table_and_in_the_journal(record):
    number, fid = add(record, village_code=VILLAGE, approach="electric")
    with record.changing("李强", "复核") as change:
        change.update("rulings", fid, {"approach": "gas", "status": "approved"})
    (row,) = record.rows("rulings")
    assert (row["fid"], row["village_code"], row["approach"], row["status"]) == (
        fid, VILLAGE, "gas", "approved",
    )  # fmt: skip
    first, second = record.journal()
    assert (first.number, first.who, first.why) == (number, "王芳", "会议")
    assert cells(second) == [
        ("rulings", "update", "approach", "electric", "gas"),
        ("rulings", "update", "status", None, "approved"),
    ]


def test_a_change_that_fails_leaves_nothing(record):
    add(record, village_code=VILLAGE)
    with pytest.raises(ValueError, match="no table"):
        _insert_then_fail(record)
    assert len(record.rows("rulings")) == len(record.journal()) == 1
    edit(record, "UPDATE rulings SET part = 'served'")
    assert record.journal()[-1].who == UNKNOWN  # not the name of the change that failed


def _insert_then_fail(record):
    with record.changing("王芳", "会议") as change:
        change.insert("rulings", {"village_code": "1"})
        change.delete("nothing", 1)


@pytest.mark.parametrize(("who", "why"), [("", "x"), ("x", " "), (UNKNOWN, "x")])
def test_who_and_why_must_be_said(record, who, why):
    with pytest.raises(InputError), record.changing(who, why):
        pass
    assert not record.path.exists()


def test_edits_of_another_program_are_journalled_as_nobodys(record):
    add(record, village_code=VILLAGE, approach="electric")
    edit(
        record,
        "UPDATE rulings SET approach = 'gas'",
        "INSERT INTO payments (payment_id, amount_cny) VALUES ('P1', 0.1)",
        "DELETE FROM rulings",
    )
    _, gas, payment, gone = record.journal()
    assert [one.who for one in (gas, payment, gone)] == [UNKNOWN] * 3
    assert cells(gas) == [("rulings", "update", "approach", "electric", "gas")]
    assert cells(payment) == [
        ("payments", "insert", "payment_id", None, "P1"),
        ("payments", "insert", "amount_cny", None, "0.1"),
    ]
    assert cells(gone)[-1] == ("rulings", "delete", "approach", "gas", None)


def test_a_write_ahead_log_left_behind_is_read_and_copied(record, tmp_path):
    add(record, village_code=VILLAGE)
    edit(record, "SELECT 1")
    writer = sqlite3.connect(record.path)  # as a killed QGIS: never closed, the log not merged
    writer.execute("UPDATE rulings SET part = 'served'")
    writer.commit()
    for name in (FILE, f"{FILE}-wal", f"{FILE}-shm"):
        (tmp_path / "killed").mkdir(exist_ok=True)
        shutil.copy(tmp_path / name, tmp_path / "killed" / name)
    writer.close()
    killed = OfficeRecord(tmp_path / "killed")
    (tmp_path / "copy").mkdir()
    killed.backup(tmp_path / "copy" / FILE)
    for one in (killed, OfficeRecord(tmp_path / "copy")):
        assert one.rows("rulings")[0]["part"] == "served"
        assert one.journal()[-1].who == UNKNOWN
    assert [path.name for path in (tmp_path / "copy").iterdir()] == [FILE]


def test_a_change_of_another_program_is_explained_once(record):
    add(record, village_code=VILLAGE)
    edit(record, "UPDATE rulings SET part = 'served'")
    record.explain(2, "赵敏", "按热力公司来函")
    assert (record.journal()[1].who, record.journal()[1].why) == ("赵敏", "按热力公司来函")
    for number in (1, 2, 3):
        with pytest.raises(InputError):
            record.explain(number, "别人", "别的")
    assert [one.who for one in record.journal()] == ["王芳", "赵敏"]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM journal",
        "UPDATE journal SET who = 'x'",
        "UPDATE journal SET new_value = 'x' WHERE who = 'unknown'",
        "UPDATE rulings SET fid = 99",
        "INSERT OR REPLACE INTO rulings (fid, village_code) VALUES (1, 'x')",
    ],
)
def test_the_journal_cannot_be_changed_or_passed_by(record, statement):
    add(record, village_code=VILLAGE)
    edit(record, "UPDATE rulings SET part = 'served'")
    before = record.journal(), record.rows("rulings")
    with pytest.raises(sqlite3.IntegrityError):
        edit(record, statement)
    assert (record.journal(), record.rows("rulings")) == before


@pytest.mark.parametrize(
    "note",
    [
        "9, 'x', 'y', 'rulings\" --', 1, 'delete', 'village_code'",
        "9, 'x', 'y', 'journal', 1, 'insert', ''",
        "9, 'x', 'y', 'rulings', 1, 'update', 'fid\" = 7 --'",
        "9, 'x', 'y', 'rulings', 1, 'DROP TABLE', ''",
        "'nine', 'x', 'y', 'rulings', 1, 'insert', ''",
        "9, 'x', 'y', 'rulings', 'one', 'insert', ''",
    ],
)
def test_a_note_that_no_trigger_wrote_does_nothing(record, note):
    add(record, village_code=VILLAGE)
    names = "change, who, why, table_name, row_id, action, column_name, at"
    edit(record, f"INSERT INTO journal ({names}) VALUES ({note}, '2024-10-31')")
    before = record.snapshot().tables
    with pytest.raises(InputError):
        record.undo(9, "王芳", "误录")
    assert record.snapshot().tables == before
    assert record.journal()[0].cells[0].new == VILLAGE
    edit(record, "DROP TRIGGER journal_rulings_update")
    record.mend()
    assert record.snapshot().tables == before


def test_undo_of_undo_of_undo(record):
    number, fid = add(record, village_code=VILLAGE, approach="electric")
    with record.changing("李强", "复核") as change:
        change.update("rulings", fid, {"approach": "gas"})
        change.update("rulings", fid, {"approach": "central"})
        change.delete("rulings", fid)
        change.insert("coal_ban_zones", {"zone_id": "Z9", "geom": shapely.to_wkb(SQUARE)})
    after = record.snapshot().tables
    undone = record.undo(change.number, "王芳", "误录")
    assert record.rows("rulings")[0]["approach"] == "electric"
    assert record.rows("coal_ban_zones") == []
    assert {one.number: one.undone_by for one in record.journal()} == {
        number: None, change.number: undone, undone: None,
    }  # fmt: skip
    again = record.undo(undone, "王芳", "没有误录")
    assert record.snapshot().tables == after
    record.undo(again, "王芳", "还是误录")
    assert record.rows("rulings")[0]["approach"] == "electric"
    with pytest.raises(InputError, match=f"undone already, by change {undone}"):
        record.undo(change.number, "王芳", "再来")


def test_what_was_changed_since_is_not_undone(record):
    number, _ = add(record, village_code=VILLAGE, approach="electric")
    edit(record, "UPDATE rulings SET approach = 'gas'")
    before = record.snapshot().tables, record.journal()
    with pytest.raises(InputError, match=r"changed again after change 1 \(by 2\)"):
        record.undo(number, "王芳", "误录")
    with pytest.raises(InputError):
        record.undo(77, "王芳", "误录")
    assert (record.snapshot().tables, record.journal()) == before


def test_undoing_keeps_every_kind_of_value(record):
    values = {"inspection_id": "R1", "coal_kg": 0.1, "lon": 110.123456789012, "inspector": "0012"}
    _, fid = add(record, "inspections", **values)
    with record.changing("李强", "删") as change:
        assert change.delete("inspections", fid)
    record.undo(change.number, "李强", "还原")
    (row,) = record.rows("inspections")
    assert {name: row[name] for name in values} == values


def test_hostile_text_stays_text(record):
    for text in HOSTILE:
        add(record, "corrections", layer=text, new_value=text)
    rows = record.rows("corrections")
    assert len(rows) == len(record.journal()) == len(HOSTILE)
    kept = [text.replace("\0", "�").replace("\ud800", "?").strip() for text in HOSTILE]
    assert [row["new_value"] for row in rows] == kept
    with record.changing(HOSTILE[0], HOSTILE[2]) as change:
        change.delete("corrections", 1)
    assert (record.journal()[-1].who, record.journal()[-1].why) == (HOSTILE[0], HOSTILE[2])
    with pytest.raises(ValueError, match="no column"), record.changing("a", "b") as change:
        change.insert("rulings", {'x"; DROP TABLE journal; --': "1"})
    with pytest.raises(ValueError, match="no table"), record.changing("a", "b") as change:
        change.delete("journal", 1)


def test_a_geopackage_that_other_programs_open(record):
    add(record, "coal_ban_zones", zone_id="Z1", geom=shapely.to_wkb(SQUARE))
    add(record, "rulings", village_code=VILLAGE, decided_on="2024-10-31")
    assert set(TABLES) | {"journal"} <= set(pyogrio.list_layers(record.path)[:, 0])
    zones = pyogrio.read_dataframe(record.path, layer="coal_ban_zones")
    assert zones.crs.to_epsg() == 4490
    assert zones.geometry[0].equals(SQUARE)
    with fiona.open(record.path, layer="rulings") as layer:
        (row,) = layer
        assert row["properties"]["decided_on"] == "2024-10-31"
    with closing(sqlite3.connect(record.path)) as db:
        assert db.execute("PRAGMA application_id").fetchone()[0] == 0x47504B47
        assert db.execute("PRAGMA user_version").fetchone()[0] == 10300


def test_a_spatial_index_that_qgis_makes_does_not_lock_it(record):
    add(record, "coal_ban_zones", zone_id="Z1", geom=shapely.to_wkb(SQUARE))
    edit(
        record,
        "CREATE VIRTUAL TABLE rtree_coal_ban_zones_geom USING rtree(id, minx, maxx, miny, maxy)",
        "CREATE TRIGGER rtree_insert AFTER INSERT ON coal_ban_zones WHEN (new.geom NOTNULL AND NOT"
        " ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO rtree_coal_ban_zones_geom VALUES"
        " (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); "
        "END",
    )
    add(record, "coal_ban_zones", zone_id="Z2", geom=shapely.to_wkb(SQUARE))
    with closing(sqlite3.connect(record.path)) as db:
        (found,) = db.execute("SELECT * FROM rtree_coal_ban_zones_geom").fetchall()
    assert found == pytest.approx((2, 110.5, 110.6, 35.5, 35.6), abs=1e-4)


def refused(record, word):
    """Reading and writing are refused in both languages, and the file stays as it is."""
    before = record.path.read_bytes()
    for attempt in (lambda: record.rows("rulings"), lambda: add(record)):
        with pytest.raises(InputError, match=word) as told:
            attempt()
        assert FILE in told.value.message.zh
        assert FILE in told.value.message.en
    assert record.path.read_bytes() == before


def test_a_damaged_record_is_refused_and_kept(record):
    for n in range(200):
        add(record, village_code=str(n), reason="理由" * 200)
    whole = record.path.read_bytes()
    middle = len(whole) // 2 // 4096 * 4096
    record.path.write_bytes(whole[:middle] + b"\xff" * 4096 + whole[middle + 4096 :])
    refused(record, "damaged")
    record.path.write_bytes(whole[: len(whole) // 2])
    refused(record, "damaged")


def test_a_foreign_file_is_refused_and_kept(record):
    record.path.write_bytes(b"PK\3\4" * 1000)
    refused(record, "no office record")
    record.path.unlink()
    with closing(sqlite3.connect(record.path)) as db:
        db.execute("CREATE TABLE rulings (a)")
    refused(record, "no office record")


def test_a_newer_record_is_refused_and_kept(record):
    add(record)
    edit(
        record, f"UPDATE schema_version SET version = {VERSION + 1}", "PRAGMA journal_mode = DELETE"
    )
    refused(record, "newer Nuantu")


def test_a_record_whose_journal_was_switched_off_is_refused(record):
    add(record)
    edit(record, "DROP TRIGGER journal_rulings_update", "PRAGMA journal_mode = DELETE")
    refused(record, "journal_rulings_update")


def test_a_journal_is_switched_on_again_and_lacks_nothing(record, tmp_path):
    add(record, village_code="1", approach="gas")
    _, second = add(record, village_code="2")
    add(record, "payments", payment_id="P1", amount_cny=0.1)
    assert record.mend() == 0
    drop = [f"DROP TRIGGER journal_rulings_{one}" for one in ("insert", "update", "delete")]
    edit(
        record,
        *drop,
        "UPDATE rulings SET approach = NULL, part = 'served' WHERE fid = 1",
        f"DELETE FROM rulings WHERE fid = {second}",
        "INSERT INTO rulings (village_code) VALUES ('3')",
    )
    with pytest.raises(InputError, match="--mend"):
        record.rows("rulings")
    assert record.mend() == 6  # two cells; a row and its cell gone; a row and its cell new
    own = record.journal()[-1]
    assert own.who == UNKNOWN
    assert cells(own) == [
        ("rulings", "update", "part", None, "served"),
        ("rulings", "update", "approach", "gas", None),
        ("rulings", "delete", "village_code", "2", None),
        ("rulings", "insert", "village_code", None, "3"),
    ]
    record.undo(own.number, "王芳", "误改")
    assert [(row["village_code"], row["approach"]) for row in record.rows("rulings")] == [
        ("1", "gas"), ("2", None),
    ]  # fmt: skip
    edit(record, "UPDATE rulings SET part = 'unserved' WHERE fid = 1")
    assert record.journal()[-1].cells[0].new == "unserved"
    assert (tmp_path / f"office.v{VERSION}.gpkg").exists()


def test_links_and_folders_are_refused(record, tmp_path):
    add(record)
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / FILE).symlink_to(record.path)
    with pytest.raises(InputError, match="no regular file"):
        OfficeRecord(tmp_path / "inside").rows("rulings")
    (tmp_path / "folder" / FILE).mkdir(parents=True)
    with pytest.raises(InputError, match="no regular file"):
        add(OfficeRecord(tmp_path / "folder"))


def test_a_file_of_no_bytes_is_a_record_not_yet_made(record):
    record.path.touch()  # a writer was killed before its first change was written
    assert record.rows("rulings") == []
    add(record, village_code=VILLAGE)
    assert len(record.rows("rulings")) == 1


def test_another_writer_is_waited_for_and_named(record):
    add(record)
    with closing(sqlite3.connect(record.path)) as db:
        db.execute("BEGIN IMMEDIATE")
        assert len(record.rows("rulings")) == 1
        with pytest.raises(InputError, match="being written by another program") as told:
            add(record)
        assert "QGIS" in told.value.message.zh
        db.rollback()
    add(record)
    assert len(record.rows("rulings")) == 2


def test_a_full_disk_and_a_closed_folder_are_told(record, monkeypatch):
    add(record)
    opened = sqlite3.connect

    def small(*arguments, **options):
        db = opened(*arguments, **options)
        db.execute("PRAGMA max_page_count = 1")
        return db

    monkeypatch.setattr(store.sqlite3, "connect", small)
    with pytest.raises(InputError, match="disk is full"):
        add(record, reason="长" * 900_000)
    monkeypatch.undo()
    assert len(record.rows("rulings")) == len(record.journal()) == 1
    monkeypatch.setattr(store, "add_spatial_functions", _read_only)
    with pytest.raises(InputError, match="cannot be opened or written"):
        add(record)
    monkeypatch.undo()
    missing = OfficeRecord(record.path.parent / "nowhere")
    with pytest.raises(InputError, match="cannot be opened or written"):
        add(missing)


def _read_only(db):
    """What a read-only folder is to SQLite; the tests may run as root, to whom all are open."""
    db.execute("PRAGMA query_only = ON")


def test_an_older_record_is_brought_up_to_date_with_a_copy(record, tmp_path, monkeypatch):
    add(record, village_code=VILLAGE)
    more = {**schema.TABLES["rulings"].columns, "ready_on": "DATE"}
    table = schema.RecordTable("rulings", "路线批复", more, ("village_code", "part"))
    triggers = {
        **schema.TRIGGERS,
        **{f"journal_rulings_{one}": schema.journal_trigger(table, one) for one in ("insert",
            "update", "delete")},
    }  # fmt: skip
    monkeypatch.setitem(TABLES, "rulings", table)
    for module in (schema, store):
        monkeypatch.setattr(module, "TRIGGERS", triggers)
    for module in (schema, store, store):
        monkeypatch.setattr(module, "VERSION", VERSION + 1)
    assert record.rows("rulings")[0]["ready_on"] is None  # read as it is
    _, fid = add(record, village_code="2", ready_on="2025-01-01")
    edit(record, f"UPDATE rulings SET ready_on = '2026-01-01' WHERE fid = {fid}")
    assert cells(record.journal()[-1]) == [
        ("rulings", "update", "ready_on", "2025-01-01", "2026-01-01")
    ]
    monkeypatch.undo()
    (tmp_path / "old").mkdir()
    (tmp_path / f"office.v{VERSION}.gpkg").rename(tmp_path / "old" / FILE)
    assert len(OfficeRecord(tmp_path / "old").rows("rulings")) == 1


def test_two_writers_lose_nothing(tmp_path):
    def write(name):
        for n in range(25):
            with OfficeRecord(tmp_path, wait_s=30).changing(name, "同时") as change:
                change.insert("inspections", {"inspection_id": f"{name}{n}"})

    writers = [threading.Thread(target=write, args=(name,)) for name in "甲乙"]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    record = OfficeRecord(tmp_path)
    assert {row["inspection_id"] for row in record.rows("inspections")} == {
        f"{name}{n}" for name in "甲乙" for n in range(25)
    }
    assert [one.number for one in record.journal()] == list(range(1, 51))
    assert all(one.who == one.cells[0].new[0] for one in record.journal())


_WRITER = """
import sys
from pathlib import Path
from gis.record import OfficeRecord
record = OfficeRecord(Path(sys.argv[1]))
for n in range(100000):
    with record.changing("甲", "连续") as change:
        change.insert("rulings", {"village_code": f"{sys.argv[2]}-{n}", "reason": "长" * 300})
        change.insert("payments", {"payment_id": f"{sys.argv[2]}-{n}"})
    print(n, flush=True)  # confirmed
"""


def killed_writers(folder, times):
    """Kill a writer again and again at any moment; what it confirmed must stand, and no half."""
    chance, confirmed = random.Random(times), set()
    for run in range(times):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(folder), str(run)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(chance.randrange(1, 12)):
            confirmed.add(f"{run}-{writer.stdout.readline().strip()}")
        threading.Event().wait(chance.random() * 0.02)
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().split()
        writer.wait()
        confirmed |= {f"{run}-{one}" for one in rest}
        record = OfficeRecord(folder)
        ruled = [row["village_code"] for row in record.rows("rulings")]
        assert confirmed <= set(ruled)
        assert ruled == [row["payment_id"] for row in record.rows("payments")]
        assert len(ruled) == len(set(ruled)) == len(record.journal())
        assert all(one.who == "甲" for one in record.journal())


def test_a_killed_writer_loses_nothing_confirmed(tmp_path):
    killed_writers(tmp_path, 4)


@pytest.mark.long
def test_a_hundred_killed_writers_lose_nothing_confirmed(tmp_path):
    killed_writers(tmp_path, 100)

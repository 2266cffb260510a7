"""Layers in a real PostgreSQL with PostGIS, started by the test on the loopback address."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
import shapely
from layers.city import EAST_CODE, WEST, WEST_CODE, blocking, problem

from gis.errors import InputError
from gis.layers import postgis
from gis.layers.project_record import project_record
from gis.record import UNKNOWN
from gis.record.postgres import DatabaseRecord
from gis.record.postgres_schema import SCHEMA as SCHEMA_OF_RECORD

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
EXTENSIONS = sorted(Path("/usr/share/postgresql").glob("*/extension/postgis.control"))
USER = "postgres"

pytestmark = pytest.mark.skipif(
    not (BINARIES and EXTENSIONS),
    reason="no PostgreSQL with PostGIS here: apt-get install postgresql-15 postgresql-15-postgis-3",
)

SCHEMA = f"""
CREATE EXTENSION postgis;
CREATE SCHEMA heat;
CREATE TABLE heat."村界" (
  "村代码" bigint, "村名" text, "乡镇代码" varchar(9), "乡镇" text, remote_mountain boolean,
  updated timestamptz, geom geometry(Polygon, 4546));
INSERT INTO heat."村界" VALUES
  ({WEST_CODE}, '西村', '140882001', '城区', true, '2024-01-01 00:00+08',
   ST_MakeEnvelope(470000, 3934000, 472000, 3936000, 4546)),
  ({EAST_CODE}, '东''村', '140882001', '城区', NULL, NULL,
   ST_MakeEnvelope(472000, 3934000, 474000, 3936000, 4546));
CREATE TABLE homes (
  "户编号" text, "村代码" text, "取暖方式" text, "身份证号" numeric(18,0), "验收日期" date,
  lon double precision, lat double precision);
INSERT INTO homes VALUES
  ('A1', '{WEST_CODE}', '燃煤', 140882197001010012, '2024-10-01', 110.68, 35.54),
  ('A2', '{EAST_CODE}', '煤改电', NULL, NULL, 110.7, 35.54);
CREATE TABLE mess (gid int, "户编号" text, "村代码" text, "取暖方式" text, lon float8, lat float8);
INSERT INTO mess VALUES
  (907, 'C7', '{WEST_CODE}', '烧炕', 110.68, 35.54), (12, 'C1', '{WEST_CODE}', '燃煤', 110.68, NULL),
  (30, 'C2', '{EAST_CODE}', '燃煤', 110.7, 35.54), (31, 'C2', '{EAST_CODE}', '煤改电', 110.7, 35.54),
  (44, NULL, '{EAST_CODE}', '燃煤', 110.7, 35.54);
CREATE TABLE ruled (gid int, "村代码" text, "路线" text, "状态" text);
INSERT INTO ruled VALUES (905, '{WEST_CODE}', '说不清', '已批准'), (8, '{EAST_CODE}', '煤改电', '已批准');
CREATE TABLE two_shapes (id int, a geometry(Point, 4326), b geometry(Point, 4326));
CREATE TABLE mixed (id int, geom geometry);
INSERT INTO mixed VALUES (1, 'SRID=4326;POINT(110 35)'), (2, 'SRID=4490;POINT(110 35)');
CREATE ROLE clerk LOGIN PASSWORD 'see:cret';
GRANT USAGE ON SCHEMA heat TO clerk;
GRANT SELECT ON heat."村界" TO clerk;
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def as_server(*command):
    """PostgreSQL does not run as root."""
    user = USER if os.geteuid() == 0 else None
    return subprocess.run(
        [*map(str, command)], capture_output=True, text=True, check=True, timeout=120,
        user=user, group=user, extra_groups=None if user is None else [],
    )  # fmt: skip


@pytest.fixture(scope="module")
def server():
    """The port of a fresh cluster that ends with the module."""
    binaries, port = BINARIES[-1].parent, free_port()
    with tempfile.TemporaryDirectory(prefix="postgis-") as name:
        folder = Path(name)
        for file, text in (("password", "boss\n"), ("schema.sql", SCHEMA)):
            (folder / file).write_text(text, encoding="utf-8")
        if os.geteuid() == 0:
            for one in (folder, *folder.iterdir()):
                shutil.chown(one, USER)
        data = folder / "data"
        encoding = ("-E", "UTF8", "--locale=C.UTF-8")
        secret = ("-A", "scram-sha-256", "-U", USER, "--pwfile", folder / "password")
        as_server(binaries / "initdb", "-D", data, *encoding, *secret)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off "
        options += f"-c unix_socket_directories={folder}"
        control = (binaries / "pg_ctl", "-D", data, "-w")
        as_server(*control, "-o", options, "-l", folder / "log", "start")
        try:
            address = f"postgresql://{USER}:boss@127.0.0.1:{port}/postgres"
            psql = (binaries / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", address)
            as_server(*psql, "-f", folder / "schema.sql")
            yield port
        finally:
            as_server(*control, "-m", "immediate", "stop")


@pytest.fixture
def database(server, monkeypatch):
    monkeypatch.setenv("HEAT_DB", f"postgresql://{USER}:boss@127.0.0.1:{server}/postgres")
    return server


def from_table(city, layer, table, **spec):
    city.layers[layer] = {"dsn_env": "HEAT_DB", "table": table, **spec}
    return city.usual()


def test_villages_from_a_table_with_geometry(city, database):
    loaded = from_table(city, "villages", "heat.村界").load()
    assert not blocking(loaded)
    villages = loaded.tables["villages"]
    assert villages["village_code"].tolist() == [WEST_CODE, EAST_CODE]
    assert villages["village"].tolist() == ["西村", "东'村"]
    assert villages["remote_mountain"].tolist()[0] is True
    assert villages.geometry.iloc[0].equals(WEST)
    origin = next(one for one in loaded.origins if one.layer == "villages")
    assert (origin.path, origin.rows, origin.crs) == ("$HEAT_DB/heat.村界", 2, "EPSG:4546")
    again = next(one for one in city.load().origins if one.layer == "villages")
    assert again.sha256 == origin.sha256


def test_households_from_a_plain_table_keep_every_digit(city, database):
    loaded = from_table(city, "households", "homes", crs="EPSG:4490").load()
    homes = loaded.tables["households"]
    assert homes["id_number"].iloc[0] == "140882197001010012"
    assert str(homes["accepted_on"].iloc[0].date()) == "2024-10-01"
    assert homes["heating"].tolist() == ["coal", "electric"]
    assert homes["x"].between(470000, 474000).all()


@pytest.mark.parametrize(
    ("table", "code"),
    [("nothing", "database_refused"), ("two_shapes", "which_geometry"), ("mixed", "several_crs"),
     ("homes; DROP TABLE homes", "database_refused"), ('homes" --', "database_refused")],
)  # fmt: skip
def test_a_table_that_cannot_be_read_stops_the_run(city, database, table, code):
    loaded = from_table(city, "villages", table).load()
    assert ("villages", code) in blocking(loaded)


def test_reading_writes_nothing(city, database, monkeypatch):
    monkeypatch.setattr(postgis, "_query", lambda *_: "DELETE FROM homes RETURNING 1 AS c0")
    loaded = from_table(city, "households", "homes", crs="EPSG:4490").load()
    assert "25006" in problem(loaded, "database_refused").message.en  # read_only_sql_transaction


def test_rows_are_named_by_their_id_in_problems(city, database):
    """Without an id a row is named by the number in the first column, not by its place."""
    from_table(city, "rulings", "ruled")
    loaded = from_table(city, "households", "mess", crs="EPSG:4490").load()
    told = {}
    for one in loaded.problems:
        told.setdefault(one.code, []).append(one.row_label)
    assert sorted(told["bad_choice"]) == ["905", "C7"]
    assert told["no_location"] == ["C1"]
    assert told["duplicate_id"] == ["C2", "C2"]
    assert told["no_id"] == ["44"]
    assert {one.file for one in loaded.problems if one.code == "no_location"} == {"$HEAT_DB/mess"}
    city.project["accept"] = ["households:C7:bad_choice"]
    assert "accept_unknown" not in {one.code for one in city.load().problems}


def test_the_address_is_never_shown(city, database, monkeypatch):
    for address in (
        f"postgresql://clerk:wrong@127.0.0.1:{database}/postgres",
        "postgresql://clerk:wrong@127.0.0.1:1/postgres",
        "host=127.0.0.1 port=1 user=clerk password=wrong",
        "nonsense wrong",
    ):
        monkeypatch.setenv("HEAT_DB", address)
        loaded = from_table(city, "villages", "heat.村界").load()
        assert ("villages", "database_unreachable") in blocking(loaded)
        assert "wrong" not in str(loaded.problems)
        assert "127.0.0.1" not in str(loaded.problems)


def test_a_reader_without_the_right_to_read_is_told(city, database, monkeypatch):
    monkeypatch.setenv("HEAT_DB", f"postgresql://clerk:see%3Acret@127.0.0.1:{database}/postgres")
    assert not blocking(from_table(city, "villages", "heat.村界").load())
    loaded = from_table(city, "households", "homes", crs="EPSG:4490").load()
    assert "42501" in problem(loaded, "database_refused").message.en  # insufficient_privilege


def test_a_variable_that_is_not_set_is_named(city, monkeypatch):
    monkeypatch.delenv("HEAT_DB", raising=False)
    loaded = from_table(city, "villages", "heat.村界").load()
    assert "HEAT_DB" in problem(loaded, "database_unnamed").message.zh


SAID = ("王芳", "会议")
AREA = shapely.multipolygons([shapely.box(110.5, 35.5, 110.6, 35.6)])


@pytest.fixture
def record(database, server):
    """An empty record in the database."""
    run_sql(server, f"DROP SCHEMA IF EXISTS {SCHEMA_OF_RECORD} CASCADE")
    return DatabaseRecord("HEAT_DB")


def run_sql(port, *statements):
    """What another program does, psql for one."""
    address = f"postgresql://{USER}:boss@127.0.0.1:{port}/postgres"
    psql = (BINARIES[-1].parent / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", address)
    as_server(*psql, *(part for one in statements for part in ("-c", one)))


def cells(change):
    return [(one.table, one.action, one.column, one.old, one.new) for one in change.cells]


def test_a_record_in_the_database_is_journalled_and_undone(record, server):
    assert not record.exists()
    assert record.rows("rulings") == []
    assert record.journal() == []
    with record.changing(*SAID) as change:
        fid = change.insert("rulings", {"village_code": EAST_CODE, "decided_on": "2024-10-08"})
        change.insert("payments", {"payment_id": "'; DROP TABLE x; --", "amount_cny": 0.1})
        change.insert("coal_ban_zones", {"zone_id": "Z9", "geom": shapely.to_wkb(AREA)})
        change.update("rulings", fid, {"approach": "gas", "decided_on": None})
    (ruling,) = record.rows("rulings")
    assert (ruling["fid"], ruling["approach"], ruling["decided_on"]) == (fid, "gas", None)
    assert record.rows("payments")[0]["payment_id"] == "'; DROP TABLE x; --"
    assert shapely.from_wkb(record.rows("coal_ban_zones")[0]["geom"]).equals(AREA)
    run_sql(server, f"UPDATE {SCHEMA_OF_RECORD}.rulings SET approach = 'electric'")
    first, second = record.journal()
    assert (first.who, first.why, first.number) == (*SAID, change.number)
    assert (second.who, cells(second)) == (
        UNKNOWN, [("rulings", "update", "approach", "gas", "electric")],
    )  # fmt: skip
    assert record.snapshot().unexplained == (2,)
    with pytest.raises(InputError, match="changed again after change 1"):
        record.undo(1, *SAID)
    before = record.snapshot().tables
    undone = [record.undo(number, *SAID) for number in (2, 1)]
    assert not any(record.snapshot().tables.values())
    assert record.snapshot().unexplained == ()
    for number in reversed(undone):
        record.undo(number, *SAID)
    assert record.snapshot().tables == before


def test_the_journal_of_the_database_cannot_be_changed_or_passed_by(record, server):
    with record.changing(*SAID) as change:
        change.insert("rulings", {"village_code": EAST_CODE})
    place = SCHEMA_OF_RECORD
    run_sql(server, f"UPDATE {place}.rulings SET part = 'served'")
    for statement in (
        f"DELETE FROM {place}.journal", f"UPDATE {place}.journal SET why = 'x' WHERE change = 1",
        f"UPDATE {place}.journal SET new_value = 'x'", f"TRUNCATE {place}.journal",
        f"TRUNCATE {place}.rulings", f"UPDATE {place}.rulings SET fid = 99",
    ):  # fmt: skip
        with pytest.raises(subprocess.CalledProcessError):
            run_sql(server, statement)
    record.explain(2, "赵敏", "来函")
    assert [one.who for one in record.journal()] == ["王芳", "赵敏"]
    with pytest.raises(InputError):
        record.explain(2, "别人", "别的")


def test_a_change_in_the_database_that_fails_leaves_nothing(record):
    with record.changing(*SAID) as change:
        change.insert("rulings", {"village_code": EAST_CODE})
    with pytest.raises(ValueError, match="no table"), record.changing(*SAID) as change:
        change.delete("nothing", change.insert("rulings", {"village_code": "1"}))
    assert len(record.rows("rulings")) == len(record.journal()) == 1


def test_a_project_reads_its_record_from_the_database(city, record):
    with record.changing(*SAID) as change:
        change.insert("rulings", {"village": "东村", "approach": "gas", "status": "批准"})
        change.insert("corrections", {"layer": "households", "row_key": "A1",
                      "column_name": "heating", "old_value": "燃煤", "new_value": "煤改电"})  # fmt: skip
    city.project["record"] = {"dsn_env": "HEAT_DB"}
    loaded = city.usual().load()
    assert not blocking(loaded)
    assert loaded.tables["rulings"]["village_code"].tolist() == [EAST_CODE]
    assert loaded.tables["households"]["heating"].iloc[0] == "electric"
    places = {one.path for one in loaded.origins}
    assert {record.place, f"{record.place}/corrections"} <= places
    assert project_record(city.folder).place == record.place
    assert not (city.folder / "office.gpkg").exists()


def test_a_record_whose_database_does_not_answer_is_told_without_its_address(city, monkeypatch):
    city.project["record"] = {"dsn_env": "HEAT_DB"}
    monkeypatch.delenv("HEAT_DB", raising=False)
    with pytest.raises(InputError, match="is not set"):
        city.usual().load()
    monkeypatch.setenv("HEAT_DB", "postgresql://boss:see-cret@127.0.0.1:1/nothing")
    with pytest.raises(InputError, match="cannot be used") as told:
        city.load()
    assert "see-cret" not in str(told.value)


def test_an_older_record_in_the_database_is_brought_up_to_date(record, server):
    with record.changing(*SAID) as change:
        change.insert("rulings", {"village_code": EAST_CODE})
    place = SCHEMA_OF_RECORD
    run_sql(
        server, f"ALTER TABLE {place}.rulings DROP COLUMN reason",
        f"DROP TRIGGER note ON {place}.rulings", f"UPDATE {place}.schema_version SET version = 0",
    )  # fmt: skip
    run_sql(server, f"DROP TABLE {place}.ledger_exchanges")
    assert [(row["village_code"], row["reason"]) for row in record.rows("rulings")] == [
        (EAST_CODE, None)
    ]
    assert record.rows("ledger_exchanges") == []
    with record.changing(*SAID) as change:
        change.insert("rulings", {"reason": "新"})
    assert [row["reason"] for row in record.rows("rulings")] == [None, "新"]
    assert cells(record.journal()[-1]) == [("rulings", "insert", "reason", None, "新")]
    run_sql(server, f"UPDATE {place}.schema_version SET version = 99")
    with pytest.raises(InputError, match="newer Nuantu"):
        record.rows("rulings")

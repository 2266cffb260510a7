"""The office's own record read as layers: after the files, in place of rows of the same key."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
import shapely
from layers.city import (
    CRS,
    EAST_CODE,
    HEADINGS,
    HOMES,
    TO_LONLAT,
    WEST,
    WEST_CODE,
    blocking,
    codes,
    csv_text,
    problem,
)

from gis.record import FILE, OfficeRecord

SAID = ("王芳", "会议")
AS_FILED = dict(zip(("A1", "A2", "B1"), ("coal", "electric", "central"), strict=True))


@pytest.fixture
def record(city):
    return OfficeRecord(city.folder)


def add(record, table, **values):
    with record.changing(*SAID) as change:
        return change.insert(table, values)


def correct(record, row, column, old, new, *, layer="households", **place):
    """A correction; without a file, of any."""
    return add(
        record, "corrections", layer=layer, row_key=row, column_name=column, old_value=old,
        new_value=new, **place,
    )  # fmt: skip


def heating(loaded):
    homes = loaded.tables["households"]
    return dict(zip(homes["household_id"], homes["heating"].fillna("—"), strict=True))


def origin(loaded, layer, path=FILE):
    (one,) = [one for one in loaded.origins if (one.layer, one.path) == (layer, path)]
    return one


def test_a_record_alone_makes_its_layers(city, record):
    add(
        record,
        "rulings",
        village="东村",
        approach="electric",
        status="批准",
        decided_on="2024-10-8",
    )
    add(record, "zone_rulings", household_id="A1", zone_id="Z1", ruling="outside")
    add(record, "inspections", inspection_id="R1", household_id="A1", inspected_on="2024-10-20",
        finding="coal_stored", coal_kg=50.5)  # fmt: skip
    loaded = city.usual().load()
    assert not {one.layer for one in loaded.problems if one.blocking}
    (ruling,) = loaded.tables["rulings"].to_dict("records")
    assert (ruling["village_code"], ruling["approach"], ruling["status"]) == (
        EAST_CODE, "electric", "approved",
    )  # fmt: skip
    assert loaded.tables["zone_rulings"]["ruling"].tolist() == ["outside"]
    (visit,) = loaded.tables["inspections"].to_dict("records")
    assert (visit["household_id"], visit["coal_kg"], visit["finding"]) == (
        "A1",
        50.5,
        "coal_stored",
    )
    assert origin(loaded, "inspections").rows == 1


def test_what_stands_in_the_record_changes_what_the_run_rests_on(city, record):
    fid = add(record, "rulings", village_code=EAST_CODE, approach="electric", status="approved")
    before = origin(city.usual().load(), "rulings").sha256
    assert origin(city.load(), "rulings").sha256 == before
    with record.changing(*SAID) as change:
        change.update("rulings", fid, {"approach": "gas"})
    assert origin(city.load(), "rulings").sha256 != before
    record.undo(change.number, *SAID)
    assert origin(city.load(), "rulings").sha256 == before


def test_the_records_rows_hold_over_those_of_a_file(city, record):
    path = city.layer("inspections", "visits.csv")
    head = ("检查编号", "户编号", "检查日期", "检查结果")
    rows = [("I1", "A1", "2024-10-01", "存煤"), ("I2", "A2", "2024-10-01", "无煤")]
    path.write_text(csv_text([head, *rows]), encoding="utf-8")
    add(record, "inspections", inspection_id="I1", household_id="A1", inspected_on="2024-10-20",
        finding="clean")  # fmt: skip
    loaded = city.usual().load()
    visits = loaded.tables["inspections"].set_index("inspection_id")
    assert visits["finding"].to_dict() == {"I1": "clean", "I2": "clean"}
    assert visits["reject_reason"].tolist() == ["", ""]
    assert problem(loaded, "record_holds").note
    assert (origin(loaded, "inspections", "visits.csv").rows,
        origin(loaded, "inspections").rows) == (
        2, 1,
    )  # fmt: skip


def test_rows_without_a_key_replace_nothing(city, record):
    path = city.layer("inspections", "visits.csv")
    path.write_text("检查编号,户编号,检查日期,检查结果\n,A1,2024-10-01,存煤\n", encoding="utf-8")
    add(record, "inspections", household_id="A2", inspected_on="2024-10-20", finding="clean")
    loaded = city.usual().load()
    assert set(loaded.tables["inspections"]["finding"]) == {"coal_stored", "clean"}
    assert not codes(loaded)["record_holds"]


def test_a_drawn_zone_is_where_it_was_drawn(city, record):
    lonlat = shapely.transform(WEST, lambda at: [TO_LONLAT.transform(*one) for one in at])
    add(record, "coal_ban_zones", zone_id="Z9", zone="新区", effective_on="2024-10-01",
        geom=shapely.to_wkb(shapely.multipolygons([lonlat])))  # fmt: skip
    zones = city.usual().load().tables["coal_ban_zones"].set_index("zone_id")
    assert set(zones.index) == {"Z1", "Z9"}
    assert zones.crs == CRS
    assert zones.geometry["Z9"].symmetric_difference(WEST).area < 1.0


def test_a_zone_that_is_redrawn_takes_the_place_of_its_words(city, record):
    """Of the same id and day; with another day it is a version, and one without a shape is none."""
    lonlat = shapely.transform(WEST, lambda at: [TO_LONLAT.transform(*one) for one in at])
    drawn = {"zone": "新区", "geom": shapely.to_wkb(shapely.multipolygons([lonlat]))}
    add(record, "coal_ban_zones", zone_id="Z1", effective_on="2023-10-01", **drawn)
    add(record, "coal_ban_zones", zone_id="Z1", effective_on="2024-10-01", **drawn)
    city.zones = [{"zone_id": "Z1", "include_villages": [EAST_CODE]}]
    loaded = city.usual().load()
    assert not blocking(loaded)
    zones = loaded.tables["coal_ban_zones"]
    assert zones["zone"].tolist() == ["新区", "新区"]
    assert not zones["worded"].any()
    assert problem(loaded, "record_holds").layer == "zones.Z1"
    with record.changing(*SAID) as change:
        change.update("coal_ban_zones", 1, {"geom": None})
    assert ("coal_ban_zones", "zone_twice") not in blocking(city.load())
    assert city.load().tables["coal_ban_zones"]["worded"].any()


def test_a_cell_is_corrected_and_its_file_stays(city, record):
    path = city.households(HOMES)
    before = path.read_bytes()
    correct(record, "A1", "heating", "燃煤", "煤改电")
    loaded = city.usual().load()
    assert heating(loaded) == AS_FILED | {"A1": "electric"}
    told = problem(loaded, "cell_corrected")
    assert (told.row, told.key, told.note, told.blocking) == (2, "A1", True, False)
    assert origin(loaded, "households", f"{FILE}/corrections").rows == 0
    assert path.read_bytes() == before


def test_a_corrected_cell_is_read_as_strictly_as_any(city, record):
    correct(record, "A1", "heating", "燃煤", "=1+1")
    loaded = city.usual().load()
    assert heating(loaded) == AS_FILED | {"A1": "—"}
    assert problem(loaded, "bad_choice").value == "=1+1"


@pytest.mark.parametrize(
    ("code", "row", "column", "old", "place"),
    [
        ("correction_outdated", "A1", "heating", "煤改气", {}),
        ("correction_outdated", "A1", "heating", None, {}),
        ("correction_without_row", "A7", "heating", "燃煤", {}),
        ("correction_without_row", "A1", "heating", "燃煤", {"file": "other.csv"}),
        ("correction_without_row", "A1", "heating", "燃煤", {"sheet": "表二"}),
        ("correction_without_column", "A1", "acceptance_result", None, {}),
        ("correction_without_layer", "A1", "heating", "燃煤", {"layer": "heat_pipes"}),
        ("correction_without_layer", "A1", "heating", "燃煤", {"layer": "<b>"}),
        ("correction_of_older_file", "#2", "heating", "燃煤", {"file_sha256": "0" * 64}),
        ("correction_of_older_file", "#2", "heating", "燃煤", {}),
    ],
)
def test_a_correction_that_does_not_fit_changes_nothing_and_is_told(  # noqa: PLR0917
    city, record, code, row, column, old, place
):
    correct(record, row, column, old, "煤改电", **place)
    loaded = city.usual().load()
    assert heating(loaded) == AS_FILED
    told = problem(loaded, code)
    assert not told.note
    assert "corrections" in told.message.en
    assert "cell_corrected" not in codes(loaded)


def test_an_id_that_several_rows_have_is_not_corrected(city, record):
    city.households([*HOMES, ("A1", EAST_CODE, "燃煤", 473100, 3935000)])
    correct(record, "A1", "heating", "燃煤", "煤改电")
    loaded = city.usual().load()
    assert list(loaded.tables["households"]["heating"]).count("coal") == 2
    assert codes(loaded)["correction_doubtful"] == 1


def test_a_row_is_corrected_by_its_number_while_its_file_is_the_same(city, record):
    path = city.households(HOMES)
    sha256 = origin(city.usual().load(), "households", path.name).sha256
    correct(record, "#3", "heating", "煤改电", "燃煤", file=path.name, file_sha256=sha256)
    assert heating(city.load())["A2"] == "coal"
    path.write_text(csv_text([HEADINGS, HOMES[1], HOMES[0], HOMES[2]]), encoding="utf-8")
    loaded = city.load()
    assert heating(loaded) == AS_FILED
    assert codes(loaded)["correction_of_older_file"] == 1


def test_a_row_is_left_out(city, record):
    correct(record, "A2", "", None, None)
    loaded = city.usual().load()
    assert set(heating(loaded)) == {"A1", "B1"}
    assert problem(loaded, "row_left_out").row == 3


def test_running_numbers_are_corrected_in_their_file(city, record):
    heads = ("户编号", "村代码", "取暖方式", "X坐标", "Y坐标")
    files = []
    for name, code, x in (("a.csv", WEST_CODE, 470100), ("b.csv", EAST_CODE, 472100)):
        rows = [(n, code, "燃煤", x + 10 * n, 3935000) for n in range(1, 31)]
        (city.folder / name).write_text(csv_text([heads, *rows]), encoding="utf-8")
        files.append({"path": name, "id": "户编号", "crs": CRS})
    city.layers["households"] = {"files": files}
    correct(record, "017", "heating", "燃煤", "煤改电", file="b.csv")
    homes = city.usual("households").load().tables["households"].set_index("household_id")
    (changed,) = homes[homes["heating"] != "coal"].itertuples()
    assert (changed.ledger_file, changed.ledger_row) == ("b.csv", 18)


def test_personal_cells_are_corrected_without_being_shown(city, record):
    city.households([(*HOMES[0], "张三"), (*HOMES[1], "李四")], (*HEADINGS, "户主"))
    correct(record, "A1", "owner", "张三", "张珊")
    correct(record, "A2", "owner", "李武", "李五")
    loaded = city.usual().load()
    assert loaded.tables["households"]["owner"].tolist() == ["张珊", "李四"]
    said = "".join(f"{one.message}{one.remedy}{one.value}" for one in loaded.problems)
    assert not any(name in said for name in ("张三", "张珊", "李四", "李武", "李五"))


def test_an_edit_nobody_has_explained_is_a_problem_until_somebody_does(city, record):
    add(record, "rulings", village_code=EAST_CODE, approach="electric", status="approved")
    with closing(sqlite3.connect(record.path)) as db:
        db.execute("UPDATE rulings SET approach = 'gas'")
        db.commit()
    loaded = city.usual().load()
    assert loaded.tables["rulings"]["approach"].tolist() == ["gas"]
    told = problem(loaded, "record_unexplained")
    assert (told.layer, told.blocking) == (FILE, False)
    assert "--explain 2" in told.remedy.en
    record.explain(2, *SAID)
    assert "record_unexplained" not in codes(city.load())


def test_an_edit_that_somebody_undoes_needs_no_explanation(city, record):
    add(record, "rulings", village_code=EAST_CODE, approach="electric", status="approved")
    with closing(sqlite3.connect(record.path)) as db:
        db.execute("DELETE FROM rulings")
        db.commit()
    undone = record.undo(2, *SAID)
    assert "record_unexplained" not in codes(city.usual().load())
    record.undo(undone, *SAID)
    assert "record_unexplained" in codes(city.load())


def test_a_record_that_is_damaged_stops_the_project(city, record):
    record.path.write_bytes(b"no database" * 100)
    with pytest.raises(Exception, match="no office record"):
        city.usual().load()

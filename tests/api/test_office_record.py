"""`Project.record`: what the office records, by names and words as people write them."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import shapely
import small_town
from publish.office_files import without_office_files

import gis
from gis.layers.columns import LAYERS
from gis.record import FILE, TABLES


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    small_town.write(folder := tmp_path_factory.mktemp("record"))
    return gis.open_project(folder)


def file(town):
    return town.inputs().project.folder / town.record.place


@pytest.fixture
def record(town):
    yield town.record
    file(town).unlink(missing_ok=True)


def test_a_table_has_every_column_of_its_layer():
    for name in TABLES.keys() & LAYERS.keys():
        layer = LAYERS[name].by_name.keys() - {"x", "y"}
        if TABLES[name].shaped:
            layer -= {"lon", "lat"}
        assert layer <= TABLES[name].columns.keys(), name


def test_a_ruling_takes_the_place_of_an_earlier_one(record):
    said = {"who": "王芳", "why": "会议纪要"}
    assert record.rule(small_town.ON, "电", "建议", **said) == 1
    number = record.rule(
        small_town.ON, "gas", "已批准", document_no="办1号", decided_on="2024.10.8", **said
    )
    (row,) = record.rows("rulings").to_dict("records")
    assert (row["village_code"], row["approach"], row["status"], row["decided_on"],
        row["reason"]) == (
        small_town.ON, "gas", "approved", "2024-10-08", "会议纪要",
    )  # fmt: skip
    changed = record.journal().query("change == @number").set_index("column")
    assert changed.loc["approach", ["old", "new"]].tolist() == ["electric", "gas"]
    record.undo(number, who="王芳", why="误录")
    assert record.rows("rulings")["approach"].tolist() == ["electric"]


def test_a_village_by_name_and_one_that_there_is_not(town, record):
    village = town.inputs().tables["villages"].iloc[0]
    record.rule(village["village"], "electric", township=village["township"], who="a", why="b")
    assert record.rows("rulings")["village_code"].tolist() == [village["village_code"]]
    with pytest.raises(gis.InputError, match="no village, or several"):
        record.rule("没有的村", "electric", who="a", why="b")


@pytest.mark.parametrize(
    ("table", "row", "word"),
    [
        ("rulings", {"approach": "煤气化"}, "none of"),
        ("rulings", {"decided_on": "去年"}, "expected a day"),
        ("inspections", {"coal_kg": "很多"}, "expected a number"),
        ("inspections", {"coal_kg": float("inf")}, "expected a number"),
        ("inspections", {"nothing": 1}, "no column nothing"),
    ],
)
def test_what_cannot_be_read_is_not_saved(town, record, table, row, word):
    with pytest.raises(gis.InputError, match=word):
        record.put(table, [row], who="a", why="b")
    assert not file(town).exists()


def test_visits_get_ids_and_replace_their_own(record):
    visits = [
        {"household_id": "H1", "inspected_on": pd.Timestamp("2024-11-20"), "finding": "无煤"},
        {"household_id": "H2", "inspected_on": "2024年11月20日", "finding": "存煤", "coal_kg": 50},
    ]
    record.visit(visits, who="李强", why="入户核查表")
    rows = record.rows("inspections")
    assert rows["inspection_id"].tolist() == ["R1", "R2"]
    assert rows["inspected_on"].tolist() == ["2024-11-20"] * 2
    record.visit([{"inspection_id": "R2", "rectified_on": "2024-11-25"}], who="李强", why="复查")
    row = record.rows("inspections").loc[2]
    assert (row["finding"], row["rectified_on"]) == ("coal_stored", "2024-11-25")
    assert len(record.changes()) == 2


def test_a_zone_ruling_names_a_home_and_a_zone_that_are_there(town, record):
    home = town.inputs().tables["households"]["household_id"].iloc[0]
    record.rule_zone(home, "Z1", "区外", who="a", why="b")
    assert record.rows("zone_rulings")["ruling"].tolist() == ["outside"]
    for wrong in (("nobody", "Z1"), (home, "Z7")):
        with pytest.raises(gis.InputError, match="has no"):
            record.rule_zone(*wrong, "inside", who="a", why="b")


def test_a_drawn_zone_is_an_area(record):
    square = shapely.box(110.5, 35.5, 110.6, 35.6)
    said = {"effective_on": "2024-11-01", "who": "a", "why": "b"}
    record.draw_zone("Z9", "新区", square, **said)
    assert shapely.from_wkb(record.rows("coal_ban_zones")["geom"].iloc[0]).equals(square)
    with pytest.raises(gis.InputError, match="no area"):
        record.draw_zone("Z9", "新区", shapely.Point(110.5, 35.5), **said)
    record.remove("coal_ban_zones", 1, who="a", why="b")
    with pytest.raises(gis.InputError, match="has no row 1"):
        record.remove("coal_ban_zones", 1, who="a", why="b")


def test_a_project_of_frames_has_no_record(town):
    inputs = town.inputs()
    frames = gis.Project(
        inputs.tables["households"], policy=inputs.project.policy, as_of="2024-10-31"
    )
    with pytest.raises(gis.InputError, match="save it to a folder"):
        _ = frames.record


def test_the_commands(town, record, nuantu, tmp_path):
    record.rule(small_town.ON, "electric", who="王芳", why="=1+1")
    folder = str(file(town).parent)
    assert record.place == FILE
    done = nuantu("undo", folder, "1", "--who", "李强", "--why", "误录")
    assert done == {"undone": 1, "change": 2}
    first, second = nuantu("journal", folder)
    assert (first["who"], first["why"], first["undone_by"]) == ("王芳", "=1+1", 2)
    assert (second["who"], second["undoes"]) == ("李强", 1)
    nuantu("journal", folder, "--csv", str(tmp_path / "journal.csv"))
    lines = (tmp_path / "journal.csv").read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("change,at,who,why,table,row,action,column,old,new")
    assert ",'=1+1," in lines[2]
    assert [one["column"] for one in first["cells"]] == [
        "village_code", "approach", "status", "reason",
    ]  # fmt: skip


def test_a_home_is_corrected_where_it_stands(town, record):
    home = town.inputs().tables["households"].query("ledger_row == 5").iloc[0]
    record.correct(
        "households", home["household_id"], "heating", "煤", "煤改电", who="李强", why="入户"
    )
    (row,) = record.rows("corrections").to_dict("records")
    assert (row["file"], row["row_key"]) == ("households.csv", home["household_id"])
    again = gis.open_project(file(town).parent).inputs().tables["households"]
    changed = again[again["ledger_row"] == 5]["heating"].tolist()
    assert (home["heating"], changed) == ("coal", ["electric"])


def test_a_row_by_its_number_needs_its_file(town, record):
    said = {"who": "a", "why": "b"}
    with pytest.raises(gis.InputError, match="needs its file"):
        record.correct("transformers", "#2", "capacity_kva", "400", "500", **said)
    record.correct(
        "transformers", "#2", "capacity_kva", "400", "500", file="transformers.csv", **said
    )
    assert record.rows("corrections")["row_key"].tolist() == [f"t{small_town.ON[-4:]}"]  # its id
    again = gis.open_project(file(town).parent).inputs().tables["transformers"]
    assert again["capacity_kva"].tolist() == [500, 400, 400, 400]


def test_a_correction_of_nothing_is_refused(town, record):
    said = {"who": "a", "why": "b"}
    twice = town.inputs().tables["households"]["household_id"].value_counts().index[0]
    for wrong in (
        ("nothing", "1", "heating"), ("households", twice, "nothing"),
        ("households", twice, "heating"), ("households", "nobody", "heating"),
    ):  # fmt: skip
        with pytest.raises(gis.InputError):
            record.correct(*wrong, "煤", "煤改电", **said)
    assert not file(town).exists()


def test_what_is_recorded_decides_and_is_in_the_manifest(town, record, tmp_path, monkeypatch):
    without_office_files(monkeypatch)
    before = town.decide().villages.loc[small_town.GAS, "approach"]
    assert before != "biomass"
    record.rule(small_town.GAS, "biomass", "approved", document_no="办5号", who="王芳", why="会议")
    project = gis.open_project(file(town).parent)
    assert project.decide().villages.loc[small_town.GAS, "approach"] == "biomass"
    assert "办5号" in str(project.decide().explain(small_town.GAS))
    project.publish(tmp_path / "out")
    inputs = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))["inputs"]
    (own,) = [one for one in inputs if one["path"] == FILE]
    assert (own["layer"], own["rows"]) == ("rulings", 1)
    assert not list((tmp_path / "out" / "public").rglob(FILE))

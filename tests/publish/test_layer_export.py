"""Handing out a layer: what it may hold, and that no file is ever lost or half written."""

import csv
import errno
import io
import json
import os
import stat
from pathlib import Path

import geopandas as gpd
import pytest
from publish import sample

from gis.errors import PublicationError, UsageError
from gis.publish import ExportOptions, export_layer, layer_export
from gis.publish.filesystem import write_file

PUBLIC = ExportOptions(edition="public")
PERSONAL = ("赵某1", "13800130001", "11010519491231002X", "樊村1号院", "HH001001")


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def texts(folder):
    return "\n".join(
        path.read_bytes().decode(encoding, "replace")
        for path in folder.iterdir()
        for encoding in ("utf-8", "gb18030")
    )


def test_the_planners_layer_is_that_of_the_geopackage(run, tmp_path):
    made = export_layer(run, "villages", tmp_path / "new" / "v.geojson")
    assert made.rows == 4
    table = gpd.read_file(tmp_path / "new" / "v.geojson")
    assert table["approach"].tolist() == ["central", "electric", "electric", "electric"]
    assert table["households"].tolist() == [40, 7, 5, 30]  # exact
    assert stat.S_IMODE((tmp_path / "new" / "v.geojson").stat().st_mode) == 0o600
    assert names_in(tmp_path / "new") == ["v.geojson"]


@pytest.mark.parametrize("kind", ["shp", "gpkg", "geojson", "kml", "dxf", "parquet"])
def test_households_have_no_personal_column_in_any_format(run, tmp_path, kind):
    export_layer(run, "住户", tmp_path / f"h.{kind}")
    said = texts(tmp_path)
    assert not [value for value in PERSONAL[:-1] if value in said]


def test_a_shapefile_is_several_files(run, tmp_path):
    export_layer(run, "villages", tmp_path / "村.shp", ExportOptions(crs="EPSG:4490"))
    assert names_in(tmp_path) == [
        "村.cpg", "村.dbf", "村.fields.csv", "村.prj", "村.shp", "村.shx",
    ]  # fmt: skip
    assert gpd.read_file(tmp_path / "村.shp").crs == "EPSG:4490"


def test_public_figures_are_those_that_are_published(run, first, tmp_path):
    options = PUBLIC._replace(previous=first)
    made = export_layer(run, "villages", tmp_path / "v.geojson", options)
    assert made.notes == ()
    published = (first / "public" / "data" / "villages.csv").read_text("utf-8-sig")
    rows = {row["village_code"]: row for row in csv.DictReader(io.StringIO(published))}
    features = json.loads((tmp_path / "v.geojson").read_text("utf-8"))["features"]
    found = {one["properties"]["village_code"]: one["properties"] for one in features}
    assert found.keys() == rows.keys()
    for code, row in rows.items():
        told = {name: "" if value is None else str(value) for name, value in found[code].items()}
        assert told.keys() == row.keys()
        assert {name: value for name, value in told.items() if "cny" not in name} == {
            name: value for name, value in row.items() if "cny" not in name
        }
    assert found[sample.A]["households"] != 52  # A with the small C and D: rounded
    assert stat.S_IMODE((tmp_path / "v.geojson").stat().st_mode) & 0o004


def test_without_the_edition_before_it_is_said_that_figures_may_differ(run, tmp_path):
    made = export_layer(run, "coal_ban_zones", tmp_path / "z.shp", PUBLIC)
    assert "--previous" in made.notes[0].zh
    assert made.rows == 1
    table = gpd.read_file(tmp_path / "z.shp")
    assert table.crs == run.project.crs
    assert table["结论"].tolist() == ["未清零"]
    assert table["区内户数"].tolist() == [40]


@pytest.mark.parametrize("kind", ["shp", "gpkg", "kml", "dxf", "parquet"])
def test_every_format_of_a_public_layer_passes_the_scan(run, tmp_path, kind):
    export_layer(run, "villages", tmp_path / f"v.{kind}", PUBLIC)
    said = texts(tmp_path)
    assert not [value for value in PERSONAL if value in said]


def test_households_are_no_public_layer(run, tmp_path):
    with pytest.raises(UsageError, match="there are: villages, townships, outline") as caught:
        export_layer(run, "households", tmp_path / "h.geojson", PUBLIC)
    assert "households" not in caught.value.message.en.split("there are")[1]
    assert not names_in(tmp_path)


def with_column(layers, **columns):
    return layers | {"villages": layers["villages"].assign(**columns)}


@pytest.mark.parametrize("kind", ["shp", "gpkg", "kml", "parquet"])
@pytest.mark.parametrize("value", ["赵某1", "13800130001"])
def test_personal_data_in_a_public_layer_stop_it_in_every_format(
    run, tmp_path, monkeypatch, kind, value
):
    public = layer_export._public

    def leaking(*arguments):
        edition, layers, notes = public(*arguments)
        return edition, with_column(layers, note=value), notes

    monkeypatch.setattr(layer_export, "_public", leaking)
    with pytest.raises(PublicationError, match=rf"v\.{kind} \((owner|phone|mobile)"):
        export_layer(run, "villages", tmp_path / f"v.{kind}", PUBLIC)
    assert not names_in(tmp_path)


@pytest.mark.parametrize("kind", ["shp", "dxf", "parquet"])
def test_the_place_of_a_household_stops_a_public_layer(run, tmp_path, monkeypatch, kind):
    public = layer_export._public
    home = run.facts.households.iloc[[3]]

    def leaking(*arguments):
        edition, layers, notes = public(*arguments)
        places = sample.points(home).to_crs("EPSG:4326").assign(gap_id="g")
        return edition, layers | {"gaps": places}, notes

    monkeypatch.setattr(layer_export, "_public", leaking)
    with pytest.raises(PublicationError, match="household position"):
        export_layer(run, "gaps", tmp_path / f"g.{kind}", PUBLIC)
    assert not names_in(tmp_path)


def test_a_public_edition_without_maps_has_no_layers(tmp_path):
    real = sample.results(tmp_path, demonstration=False)
    with pytest.raises(UsageError, match="the public edition has no maps"):
        export_layer(real, "villages", tmp_path / "v.geojson", PUBLIC)


@pytest.mark.parametrize(
    ("layer", "target", "said"),
    [
        ("nosuch", ("v.shp", ExportOptions()), "no layer 'nosuch'.* there are: gaps, households"),
        ("villages", ("v.dwg", ExportOptions()), "no format 'dwg'; there are: shp"),
        ("villages", ("v", ExportOptions()), "no format ''"),
        ("villages", ("v.shp", ExportOptions(kind="kml")), "a kml file ends in .kml"),
        ("villages", ("v.shp", ExportOptions(edition="secret")), "expected planner or public"),
        ("villages", ("v.shp", ExportOptions(crs="BD-09")), "shifted coordinates"),
    ],
)
def test_what_cannot_be_had_is_said(run, tmp_path, layer, target, said):
    name, options = target
    with pytest.raises(UsageError, match=said):
        export_layer(run, layer, tmp_path / name, options)
    assert not names_in(tmp_path)


@pytest.mark.parametrize("standing", ["v.shp", "v.dbf", "v.fields.csv"])
def test_a_file_that_stands_is_never_lost(run, tmp_path, standing):
    (tmp_path / standing).write_bytes(b"theirs")
    with pytest.raises(UsageError, match=f"{standing} exists and was left alone"):
        export_layer(run, "villages", tmp_path / "v.shp")
    assert names_in(tmp_path) == [standing]
    assert (tmp_path / standing).read_bytes() == b"theirs"


@pytest.mark.parametrize("links", [True, False])
def test_nor_one_that_comes_while_we_write(tmp_path, monkeypatch, links):
    def no_links(*_):
        raise OSError(errno.EPERM, "no links here")

    def writing(path, content, *, openly):
        write_file(path, content, openly=openly)
        if "b" in path.name:
            (tmp_path / "b").write_bytes(b"theirs")

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(layer_export, "write_file", writing)
    with pytest.raises(UsageError, match="exists and was left alone"):
        layer_export._place(tmp_path, {"a": b"1", "b": b"2"}, openly=False)
    assert names_in(tmp_path) == ["b"]
    assert (tmp_path / "b").read_bytes() == b"theirs"


def test_where_there_are_no_links_files_are_renamed(tmp_path, monkeypatch):
    def no_links(*_):
        raise OSError(errno.ENOTSUP, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    layer_export._place(tmp_path, {"a": b"1", "b": b"2"}, openly=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"1", "b": b"2"}


@pytest.mark.parametrize(
    ("number", "error", "said"),
    [
        (errno.ENOSPC, PublicationError, "disk is full"),
        (errno.EACCES, UsageError, "no permission to write to the folder"),
    ],
)
def test_a_disk_that_refuses_leaves_nothing_behind(tmp_path, monkeypatch, number, error, said):
    def failing(path, content, *, openly):
        if path.name.startswith(".b"):
            raise OSError(number, os.strerror(number), str(path))
        write_file(path, content, openly=openly)

    monkeypatch.setattr(layer_export, "write_file", failing)
    with pytest.raises(error, match=said):
        layer_export._place(tmp_path, {"a": b"1", "b": b"2"}, openly=False)
    assert not names_in(tmp_path)


def test_what_is_written_is_read_back(tmp_path, monkeypatch):
    def damaged(path, content, *, openly):
        write_file(path, content[:-1], openly=openly)

    monkeypatch.setattr(layer_export, "write_file", damaged)
    with pytest.raises(PublicationError, match="reads back otherwise than written"):
        layer_export._place(tmp_path, {"a": b"1"}, openly=False)
    assert not names_in(tmp_path)


def test_a_folder_that_cannot_be_written_is_said_before_the_work(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(os, "access", lambda path, _: asked.append(Path(path)))
    with pytest.raises(UsageError, match="no permission to write to the folder"):
        layer_export.check_target(tmp_path / "not" / "there" / "v.shp", ExportOptions())
    assert asked == [tmp_path]  # the nearest that is there


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_bytes(b"theirs")
    with pytest.raises(UsageError, match="file is no folder"):
        layer_export.check_target(tmp_path / "file" / "v.shp", ExportOptions())

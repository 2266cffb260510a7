"""The second opinion on a file: what fiona says of it, and what becomes of a difference."""

import os
import signal

import geopandas as gpd
import pyarrow as pa
import pytest
from shapely.geometry import LineString, Point

from gis.layers import second_reader
from gis.layers.problems import Finding, problem
from gis.layers.raw_table import RawTable, Request
from gis.layers.reader_process import ReaderProcess
from gis.layers.second_reader import Opinion, SecondReader

ENDINGS = {"geopackage": "gpkg", "shapefile": "shp", "ogr": "fgb"}


@pytest.fixture(scope="module")
def second():
    reader = SecondReader()
    yield reader
    reader.close()


LINES = (LineString([(0, 0), (1, 1)]), LineString([(0, 0), (2, 1)]))


def written(folder, kind, geometry=LINES):
    path = folder / f"管线.{ENDINGS[kind]}"
    table = {"编号": ["p1", "p2"], "管径": [100, 200]}
    gpd.GeoDataFrame(table, geometry=list(geometry), crs="EPSG:4546").to_file(path)
    return Request(str(path), kind)


def lines(count=2, fields=2, code=2, findings=()):
    """A table as our reader gives it; code: kind of geometry in WKB."""
    columns = {f"c{n}": pa.array([""] * count) for n in range(fields)}
    wkb = [None] + [b"\x01" + code.to_bytes(4, "little")] * (count - 1)
    return RawTable(columns, list(range(count)), wkb, findings=list(findings))


@pytest.mark.parametrize("kind", ENDINGS)
def test_what_fiona_says_of_a_file(second, tmp_path, kind):
    assert second.opinion(written(tmp_path, kind)) == Opinion(2, 2, "line")


@pytest.mark.parametrize("kind", ENDINGS)
def test_what_is_read_rightly_is_no_difference(tmp_path, kind):
    with ReaderProcess() as reader:
        raw = reader.read(written(tmp_path, kind))
    assert len(raw.rows) == 2
    assert not [one for one in raw.findings if one.code.startswith("second")]


@pytest.mark.parametrize(
    ("raw", "codes"),
    [
        (lines(), []),
        (lines(count=3), ["second_count"]),
        (lines(count=3, findings=[Finding("deleted_records")]), []),  # our reader has said so
        (lines(fields=1), ["second_fields"]),
        (lines(code=5), []),  # several lines are lines
        (lines(code=1002), []),  # and so is one with heights
        (lines(code=3), ["second_shape"]),
    ],
)
def test_a_difference_is_a_problem_that_stops_nothing(second, tmp_path, raw, codes):
    found = second.differences(written(tmp_path, "geopackage"), raw)
    assert [one.code for one in found] == codes
    for one in found:
        worded = problem("heat_pipes", one, "pipes.gpkg")
        assert not worded.blocking
        assert "fiona" in worded.message.zh


def test_mixed_geometry_is_of_no_kind(second, tmp_path):
    request = written(tmp_path, "geopackage", (Point(0, 0), LineString([(0, 0), (1, 1)])))
    assert second.opinion(request) == Opinion(2, 2, "")
    assert second.differences(request, lines(code=3)) == []


def test_of_several_layers_the_named_one_is_asked_for(second, tmp_path):
    request = written(tmp_path, "geopackage")
    more = gpd.GeoDataFrame({"a": [1]}, geometry=[Point(0, 0)], crs="EPSG:4546")
    more.to_file(request.path, layer="点")
    assert second.opinion(request) is None
    assert second.opinion(Request(request.path, "geopackage", "点")) == Opinion(1, 1, "point")


def test_formats_without_metadata_and_damaged_files_have_no_opinion(second, tmp_path):
    damaged = written(tmp_path, "geopackage")
    with open(damaged.path, "r+b") as file:  # noqa: PTH123
        file.truncate(5000)
    assert second.opinion(damaged) is None
    assert second.opinion(Request(str(tmp_path / "x.csv"), "csv")) is None
    assert second.opinion(written(tmp_path, "shapefile")) == Opinion(2, 2, "line")  # and goes on


def test_after_a_crash_it_is_not_asked_again(tmp_path):
    reader, request = SecondReader(), written(tmp_path, "shapefile")
    assert reader.opinion(request) is not None
    os.kill(reader._process.pid, signal.SIGKILL)
    assert reader.opinion(request) is None
    assert reader.opinion(request) is None
    assert reader._process is None


def test_without_fiona_nothing_is_started(tmp_path, monkeypatch):
    monkeypatch.setattr(second_reader, "find_spec", lambda _: None)
    reader = SecondReader()
    assert reader.opinion(written(tmp_path, "shapefile")) is None
    assert reader._process is None

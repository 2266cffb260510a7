"""A frame gives the table that a reader gives of the GeoPackage made of it, cell by cell."""

from datetime import date, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import MultiPolygon, Point, Polygon

from gis.layers.formats import geopackage
from gis.layers.frames import frame_of, frame_table, write_table
from gis.layers.problems import Refusal
from gis.layers.raw_table import Request

SQUARE = Polygon([(111, 35), (111.1, 35), (111.1, 35.1)])
COLUMNS = {
    "whole": ([1, 2, -3], ["1", "2", "-3"], "number"),
    "part": ([1.5, np.nan, 0.1 + 0.2], ["1.5", None, "0.30000000000000004"], "number"),
    "as whole": ([1.0, 2.0, np.nan], ["1", "2", None], "number"),
    "large": ([1e20, 2.0**53 + 2, 0], ["1.00000000000000000e+20", "9.00719925474099400e+15", "0"],
              "number"),
    "digits": ([123456789012345678, 2, 3], ["123456789012345678", "2", "3"], "number"),
    "nullable": (pd.array([1, None, 3], dtype="Int64"), ["1", None, "3"], "number"),
    "endless": ([np.inf, -np.inf, 0.5], ["inf", "-inf", "0.5"], "number"),
    "unsigned": (np.array([2**63 + 5, 1, 2], dtype="uint64"), [str(2**63 + 5), "1", "2"], "number"),
    "text": (["0012", None, ""], ["0012", None, ""], "text"),
    "category": (pd.Categorical(["煤", "电", None]), ["煤", "电", None], "text"),
    "flag": ([True, False, True], ["true", "false", "true"], "text"),
    "answer": (pd.array([True, None, False], dtype="boolean"), ["true", None, "false"], "text"),
    "day": (pd.to_datetime(["2024-01-01", None, "2024-05-06"]), ["2024-01-01", None, "2024-05-06"],
            "date"),
    "date": ([date(2024, 1, 1), None, date(2025, 1, 1)], ["2024-01-01", None, "2025-01-01"],
        "date"),
    "time": ([datetime(2024, 1, 1, 12, 30), None, datetime(2024, 5, 6)],  # noqa: DTZ001
             ["2024-01-01T12:30:00", None, "2024-05-06"], "text"),
    "zoned": (pd.to_datetime(["2024-01-01 16:00", None, "2024-05-06 01:00"]).tz_localize("UTC"),
              ["2024-01-01T16:00:00+00:00", None, "2024-05-06T01:00:00+00:00"], "text"),
    "mixed": ([1, "z", True], ["1", "z", "true"], "text"),
    "none": ([None, None, None], [None, None, None], "text"),
    "list": ([[1, 2], {"a": 1}, None], ["[1, 2]", "{'a': 1}", None], "text"),
    "fid": ([9, 8, 7], ["9", "8", "7"], "number"),
    "GEOM": (["q", "w", "e"], ["q", "w", "e"], "text"),
}  # fmt: skip


def back(table, path):
    write_table(table, path, "layer")
    return geopackage.read(path, Request(str(path), "geopackage"))


def test_every_kind_of_cell_is_the_text_that_its_file_has(tmp_path):
    frame = gpd.GeoDataFrame(
        {name: values for name, (values, _, _) in COLUMNS.items()},
        geometry=[SQUARE, None, MultiPolygon([SQUARE])],
        crs="EPSG:4490",
    )
    before = frame.copy(deep=True)
    table = frame_table(frame)
    read = back(table, tmp_path / "x.gpkg")
    for name, (_, expected, kind) in COLUMNS.items():
        assert table.raw.columns[name].to_pylist() == expected, name
        assert read.columns[name].to_pylist() == expected, name
        assert table.kinds[name] == kind, name
    assert (read.crs, table.raw.crs) == ("EPSG:4490", "EPSG:4490")
    assert list(read.rows) == list(table.raw.rows) == [1, 2, 3]
    assert read.findings == []
    shapes = shapely.from_wkb(np.array(read.wkb, dtype=object))
    assert shapes[1] is None
    assert all(shapely.equals(one, SQUARE) for one in shapes[[0, 2]])
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("rows", [0, 2])
def test_a_table_without_geometry_and_one_without_rows(tmp_path, rows):
    frame = pd.DataFrame({"a": ["x", "y"][:rows], "b": [1, 2][:rows]})
    read = back(frame_table(frame), tmp_path / "x.gpkg")
    assert {name: cells.to_pylist() for name, cells in read.columns.items()} == {
        "a": ["x", "y"][:rows],
        "b": ["1", "2"][:rows],
    }
    assert read.wkb is None


def test_the_crs_is_that_of_the_active_geometry():
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[Point(111, 35)], crs="OGC:CRS84")
    frame["other"] = gpd.GeoSeries([Point(0, 0)], crs="EPSG:3857")
    table = frame_table(frame)
    assert table.raw.crs == "EPSG:4326"
    assert list(table.raw.columns) == ["a"]
    local = "+proj=tmerc +lat_0=0 +lon_0=110.5 +x_0=500000 +ellps=GRS80 +units=m"
    assert "110.5" in frame_table(frame.set_crs(local, allow_override=True)).raw.crs


def test_findings_of_one_reading_are_not_those_of_the_next():
    table = frame_table(pd.DataFrame({"a": [1]}, index=["first"]), first_row=2)
    table.fresh().findings.append("one")
    table.fresh().columns.clear()
    assert table.fresh().findings == []
    assert list(table.fresh().columns) == ["a"]
    assert table.label(2) == "first"


def test_columns_that_differ_in_case_alone(tmp_path):
    table = frame_table(pd.DataFrame({"Name": ["a"], "name": ["b"]}))
    with pytest.raises(Refusal, match="names_alike"):
        write_table(table, tmp_path / "x.gpkg", "layer")


def test_a_table_becomes_a_frame_with_the_rows_of_its_file():
    made = frame_table(gpd.GeoDataFrame({"a": ["0012"]}, geometry=[SQUARE], crs="EPSG:4490"))
    frame = frame_of(made.raw)
    assert (list(frame["a"]), list(frame.index), frame.crs) == (["0012"], [1], "EPSG:4490")
    assert frame_of(made.raw, "EPSG:4326").crs == "EPSG:4326"

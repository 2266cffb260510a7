"""What a file says beside its rows: words of coded values, times with a Z, reference systems."""

import json
import sqlite3

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pyproj
import pytest
from layers.city import CRS, HOMES, WEST_CODE, blocking, codes, villages
from shapely import Point

from gis.layers import formats
from gis.layers.raw_table import Request

DOMAIN = """
CREATE TABLE gpkg_data_columns (table_name TEXT, column_name TEXT, name TEXT, title TEXT,
  description TEXT, mime_type TEXT, constraint_name TEXT);
CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT, constraint_type TEXT, value TEXT,
  min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT);
"""


def homes(path, **columns):
    frame = gpd.GeoDataFrame(
        {
            "户编号": [home[0] for home in HOMES],
            "村代码": [home[1] for home in HOMES],
            "取暖方式": "燃煤",
        }
        | columns,
        geometry=[Point(home[3:]) for home in HOMES],
        crs=CRS,
    )
    frame.to_file(path, layer="t")


def domain(path, column, words):
    base = sqlite3.connect(path)
    base.executescript(DOMAIN)
    base.execute("INSERT INTO gpkg_data_columns VALUES ('t', ?, 0, 0, 0, 0, 'd')", (column,))
    for code, word in words.items():
        base.execute(
            "INSERT INTO gpkg_data_column_constraints VALUES ('d', 'enum', ?, 0, 0, 0, 0, ?)",
            (code, word),
        )
    base.commit()
    base.close()


YES_FIRST, NO_FIRST = {"0": "是", "1": "否"}, {"0": "否", "1": "是"}
TWO_AND_ONE = [True, False, True]
CODED = [
    ("in_programme", [0, 1, 0], YES_FIRST, TWO_AND_ONE),
    ("in_programme", [1, 0, 1], NO_FIRST, TWO_AND_ONE),
    ("in_programme", [1.0, 2.0, 1.0], {"1": "是", "2": "否"}, TWO_AND_ONE),
    ("occupancy", list("ABA"), {"A": "空置", "B": "有人"}, ["vacant", "occupied", "vacant"]),
    # an official code is no short one: its word is a name
    ("village_code", [WEST_CODE] * 3, {WEST_CODE: "西村"}, [WEST_CODE] * 3),
]


@pytest.mark.parametrize("coded", CODED)
def test_a_coded_value_is_read_as_its_word(coded, city):
    column, values, words, read = coded
    heading = "村代码" if column == "village_code" else "现状"
    rename = {} if column == "village_code" else {heading: column}
    path = city.layer("households", "h.gpkg", rename=rename)
    homes(path, **{heading: values})
    domain(path, heading, words)
    found = city.usual().load().tables["households"][column]
    assert found.tolist() == read


def test_a_local_evening_with_the_z_of_geopackage_is_that_day(city):
    path = city.layer("households", "h.gpkg")
    times = ["2024-10-31T20:15:00Z", "2024-10-31T08:00:00Z", "2024-10-30T16:00:00Z"]
    homes(path, 验收日期=pd.to_datetime(times))
    days = city.usual().load().tables["households"]["accepted_on"]
    # the last is midnight in Beijing
    assert days.dt.strftime("%m-%d").tolist() == ["10-31", "10-31", "10-31"]


def geoparquet(path, change):
    """A GeoParquet file of villages whose note on its CRS is changed."""
    villages().to_parquet(path)
    table = pq.read_table(path)
    note = json.loads(table.schema.metadata[b"geo"])
    change(note["columns"]["geometry"])
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(note)}), path)


@pytest.mark.parametrize(
    "crs",
    [
        pyproj.CRS(CRS).to_wkt(),
        pyproj.CRS(CRS).to_wkt("WKT1_GDAL"),
        CRS,
        pyproj.CRS(CRS).to_json_dict(),
    ],
)
def test_the_crs_of_geoparquet_in_every_writing(crs, city):
    geoparquet(city.layer("villages", "v.parquet"), lambda note: note.update(crs=crs))
    loaded = city.usual().load()
    assert not blocking(loaded)
    assert loaded.tables["villages"].total_bounds.tolist() == [470000, 3934000, 474000, 3936000]


@pytest.mark.parametrize("crs", [None, "", {}])
def test_an_unknown_crs_of_geoparquet_is_asked_for(crs, city):
    geoparquet(city.layer("villages", "v.parquet"), lambda note: note.update(crs=crs))
    assert ("villages", "crs_missing") in blocking(city.usual().load())
    city.layer("villages", "v.parquet", crs=CRS)
    assert not blocking(city.load())


def test_no_crs_of_geoparquet_is_longitude_and_latitude(tmp_path, reader):
    path = tmp_path / "v.parquet"
    geoparquet(path, lambda note: note.pop("crs"))
    assert reader.read(Request(str(path), formats.format_of(path))).crs == "OGC:CRS84"


def test_metres_without_a_crs_are_not_taken_for_degrees(city):
    geoparquet(city.layer("villages", "v.parquet"), lambda note: note.pop("crs"))
    loaded = city.usual().load()
    assert codes(loaded)["layer_elsewhere"] == 1

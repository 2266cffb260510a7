"""Attributes of shapefiles: names cut at ten bytes, half characters, and what says nothing."""

import struct
import warnings

import geopandas as gpd
import pytest
from layers.city import CRS, WEST_CODE, blocking, codes, problem, villages
from shapely import Point

from layers import made

HOMES = [("A1", WEST_CODE, "燃煤", 471000), ("A2", WEST_CODE, "煤改电", 471500)]


def homes(city, headings, encoding="UTF-8", **more):
    """Households as geopandas writes them: it cuts a name at ten bytes."""
    frame = gpd.GeoDataFrame(
        {name: [home[at] for home in HOMES] for at, name in enumerate(headings)} | more,
        geometry=[Point(home[3], 3_935_000) for home in HOMES],
        crs=CRS,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # which says that it cuts
        return made.shapefile(city.layer("households", "h.shp"), frame, encoding)


@pytest.mark.parametrize(
    ("headings", "encoding", "mended"),
    [
        # the names of 12 and 21 bytes are cut in the middle of the fourth character
        (("户编号", "村行政区划代码", "取暖方式"), "UTF-8", {"村行政", "取暖方"}),
        # 6 characters of 2 bytes: cut between two
        (("户编号", "村代码", "现状取暖方式"), "GB18030", {"现状取暖方"}),
        (("household_id", "village_code", "heating"), "UTF-8", {"household_", "village_co"}),
        (("户编号", "村代码", "采暖方式"), "GB18030", set()),
    ],
)
def test_a_name_cut_at_ten_bytes_is_known_by_its_beginning(headings, encoding, mended, city):
    homes(city, headings, encoding)
    loaded = city.usual().load()
    assert not blocking(loaded)
    assert loaded.tables["households"]["heating"].tolist() == ["coal", "electric"]
    assert loaded.tables["households"]["village_code"].tolist() == [WEST_CODE] * 2
    assert {one.value for one in loaded.problems if one.code == "heading_mended"} == mended
    assert not codes(loaded).keys() & {"cpg_wrong", "encoding_found", "attributes_encoding"}


def test_of_two_cut_names_the_nearer_is_taken_and_the_other_said(city):
    homes(city, ("户编号", "村代码", "取暖方式"), 现取暖方式=["无", "无"])
    loaded = city.usual().load()
    assert loaded.tables["households"]["heating"].tolist() == ["coal", "electric"]
    assert problem(loaded, "heading_cut").value == "现取暖"
    assert "取暖方式" in problem(loaded, "heading_cut").message.zh


def test_the_half_character_tells_what_a_name_is_not(city):
    # 取暖方法 begins as 取暖方式 does, but 法 is E6 and 式 is E5 in UTF-8
    homes(city, ("户编号", "村代码", "取暖方法"))
    loaded = city.usual().load()
    assert problem(loaded, "column_missing").column == "heating"
    assert problem(loaded, "heading_cut").value == "取暖方"
    assert "heading_mended" not in codes(loaded)


def test_a_cut_name_goes_by_rename_too(city):
    homes(city, ("户编号", "村代码", "取暖方法"))
    city.layer("households", "h.shp", rename={"取暖方": "heating"})
    loaded = city.usual().load()
    assert loaded.tables["households"]["heating"].tolist() == ["coal", "electric"]
    assert not blocking(loaded)


def field(dbf, name):
    """Where a field is described, and where its first cell lies: offset and size."""
    (start,) = struct.unpack("<H", dbf[8:10])
    at = start + 1
    for place in range(32, start - 1, 32):
        size = dbf[place + 16]
        if dbf[place : place + 11].startswith(name.encode()):
            return place, at, size
        at += size
    raise AssertionError(name)


def test_a_cell_of_half_a_character_is_still_utf_8(city):
    path = made.shapefile(
        city.layer("villages", "v.shp", rename={"code": "village_code", "town": "township_code"}),
        villages().rename(columns={"village_code": "code", "township_code": "town"}),
        "UTF-8",
    )
    dbf = bytearray(path.with_suffix(".dbf").read_bytes())
    _, at, size = field(dbf, "village")
    dbf[at : at + size] = (b"a" * ((size - 2) % 3) + "河".encode() * 40)[
        : size - 2
    ] + "河".encode()[:2]
    path.with_suffix(".dbf").write_bytes(dbf)
    path.with_suffix(".cpg").unlink()
    loaded = city.usual().load()
    assert set(loaded.tables["villages"]["village"].iloc[0]) <= {"a", "河"}
    assert loaded.tables["villages"]["village"].iloc[1] == "东村"
    assert problem(loaded, "text_cut").row == 1
    assert "encoding_found" not in codes(loaded)


def test_text_of_no_encoding_is_refused_without_advice_about_one_that_nobody_wrote(city):
    path = homes(city, ("户编号", "村代码", "采暖"))
    dbf = bytearray(path.with_suffix(".dbf").read_bytes())
    _, at, _ = field(dbf, "户编号")
    dbf[at : at + 4] = b"\xff\xff\xfe\xff"
    path.with_suffix(".dbf").write_bytes(dbf)
    said = problem(city.usual().load(), "attributes_encoding")
    assert said.blocking
    assert "encoding" not in said.remedy.zh


@pytest.mark.parametrize(
    ("kind", "cell", "read"),
    [(b"D", b"00000000", ""), (b"D", b"", ""), (b"D", b"20241001", "2024-10-01")],
)
def test_a_date_of_zeros_is_none(kind, cell, read, city):
    path = homes(city, ("户编号", "村代码", "采暖方式"), 验收日期=["20240901", "20240902"])
    dbf = bytearray(path.with_suffix(".dbf").read_bytes())
    place, at, size = field(dbf, "验收日")
    dbf[place + 11 : place + 12] = kind
    dbf[at : at + size] = cell.ljust(size)
    path.with_suffix(".dbf").write_bytes(dbf)
    loaded = city.usual().load()
    days = loaded.tables["households"]["accepted_on"].dt.strftime("%Y-%m-%d").fillna("")
    assert days.tolist() == [read, "2024-09-02"]
    assert "bad_date" not in codes(loaded)

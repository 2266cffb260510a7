"""Exports of a layer, read here with libraries of their own and compared with what was given."""

from dataclasses import replace
from datetime import date
from io import BytesIO
from xml.etree import ElementTree as ET

import ezdxf
import fiona
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box, shape

from gis.errors import ConservationError, InputError, Text, UsageError
from gis.report.export import FORMATS, Wanted, export_files, second_reader, writers
from gis.report.export.second_reader import Found, difference, read_back
from gis.report.metadata import About

ABOUT = About("town", Text("小城", "Town"), date(2024, 10, 31), demonstration=False)
CRS = "EPSG:4546"
KINDS = list(FORMATS)
HOLED = Polygon(
    [(470000.123456789, 3940000), (471000, 3940000), (471000, 3941000), (470000, 3941000)],
    [[(470200, 3940200), (470300, 3940200), (470300, 3940300)]],
)
APART = MultiPolygon([box(472000, 3940000, 472500, 3940500), box(473000, 3940000, 473100, 3940100)])


# The villages as people read them, under the names of the Shapefile, and as programs do.
WORDED_ROWS = [
    {"村代码": "140882001001", "村": "樊村𠮷㙍", "取暖方式": "集中供热", "户数": 40,
     "与测算不一": "是", "距最近热力": 0.1, "联系人及联": "张三", "核实": "2024-10-31"},
    {"村代码": "140882001002", "村": "吴家关<b>", "取暖方式": "煤改电", "户数": None,
     "与测算不一": "否", "距最近热力": None, "联系人及联": None, "核实": None},
    {"村代码": "140882001003", "村": None, "取暖方式": "煤改气", "户数": 0,
     "与测算不一": "否", "距最近热力": 1234567.125, "联系人及联": None, "核实": "1999-01-02"},
]  # fmt: skip
KEYED_ROWS = [
    {"village_code": "140882001001", "village": "樊村𠮷㙍", "approach": "central",
     "households": 40, "dissent": True, "pipe_m": 0.1, "extra:联系人及联系电话": "张三",
     "extra:核实": "2024-10-31"},
    {"village_code": "140882001002", "village": "吴家关<b>", "approach": "electric",
     "households": None, "dissent": False, "pipe_m": None, "extra:联系人及联系电话": None,
     "extra:核实": None},
    {"village_code": "140882001003", "village": None, "approach": "gas", "households": 0,
     "dissent": False, "pipe_m": 1234567.125, "extra:联系人及联系电话": None,
     "extra:核实": "1999-01-02"},
]  # fmt: skip


def villages(**more):
    """Three villages; 𠮷 and 㙍 are in GB18030 and not in GBK."""
    columns = {
        "village_code": ["140882001001", "140882001002", "140882001003"],
        "village": ["樊村𠮷㙍", "吴家关<b>", None],
        "approach": pd.Categorical(["central", "electric", "gas"]),
        "households": pd.array([40, None, 0], dtype="Int64"),
        "dissent": [True, False, False],
        "pipe_m": [0.1, np.nan, 1234567.125],
        "extra:联系人及联系电话": ["张三", "", None],
        "extra:核实": pd.to_datetime(["2024-10-31", None, "1999-01-02"]),
    }
    shapes = [HOLED, APART, box(474000, 3940000, 474010, 3940010)]
    return gpd.GeoDataFrame(columns | more, geometry=shapes, crs=CRS)


def exported(kind, frame=None, layer="villages", crs=""):
    return export_files(
        layer, villages() if frame is None else frame, Wanted(kind, "v", crs), ABOUT
    )


def opened(made, folder, kind):
    """The features as fiona reads them from the files."""
    for name, content in made.files.items():
        (folder / name).write_bytes(content)
    with fiona.open(folder / f"v.{kind}", allow_unsupported_drivers=True) as source:
        return list(source)


def same_places(found, expected, tolerance):
    """Whether two geometries are the same but for where rings begin and which way they run."""
    one, other = shapely.normalize(shapely.force_2d([found, expected]))
    at, there = shapely.get_coordinates(one), shapely.get_coordinates(other)
    return at.shape == there.shape and np.abs(at - there).max() <= tolerance


def test_a_shapefile_is_in_gb18030_with_short_chinese_names(tmp_path):
    made = exported("shp")
    assert list(made.files) == ["v.fields.csv", "v.cpg", "v.dbf", "v.prj", "v.shx", "v.shp"]
    assert made.files["v.cpg"] == b"GB18030"
    dbf = made.files["v.dbf"]
    assert dbf[1:4] == bytes([124, 10, 31])  # the as-of day, not today
    names = [dbf[at : at + 11].split(b"\0")[0] for at in range(32, 32 + 32 * 8, 32)]
    assert [name.decode("gb18030") for name in names] == [
        "村代码", "村", "取暖方式", "户数", "与测算不一", "距最近热力", "联系人及联", "核实",
    ]  # fmt: skip
    assert "樊村𠮷㙍".encode("gb18030") in dbf
    features = opened(made, tmp_path, "shp")
    assert [dict(one.properties) for one in features] == WORDED_ROWS
    for feature, expected in zip(features, villages().geometry, strict=True):
        assert same_places(shape(feature.geometry), expected, 0)
    table = pd.read_csv(BytesIO(made.files["v.fields.csv"]), encoding="utf-8-sig")
    cut = table[table["field"] != table["heading"]]
    assert cut["heading"].tolist() == ["与测算不一致", "距最近热力管（米）", "联系人及联系电话"]
    assert cut["column"].tolist() == ["dissent", "pipe_m", "extra:联系人及联系电话"]
    assert [note.zh for note in made.notes] == ["3 个字段名截短为 10 字节，对照表见 v.fields.csv。"]


def test_names_that_are_the_same_once_cut_get_numbers():
    made = exported("shp", villages(**{"extra:联系人及住址": ["a", "b", "c"]}))
    table = pd.read_csv(BytesIO(made.files["v.fields.csv"]), encoding="utf-8-sig")
    names = dict(zip(table["heading"], table["field"], strict=True))
    assert (names["联系人及联系电话"], names["联系人及住址"]) == ("联系人及联", "联系人及住")
    made = exported("shp", villages(**{"extra:联系人及联络方式": ["a", "b", "c"]}))
    table = pd.read_csv(BytesIO(made.files["v.fields.csv"]), encoding="utf-8-sig")
    assert table["field"].tolist()[-2:] == ["核实", "联系人及_2"]
    assert all(len(name.encode("gb18030")) <= 10 for name in table["field"])


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("字" * 127, "字" * 127),  # 254 bytes
        ("字" * 128, "字" * 127),
        ("a" + "字" * 127, "a" + "字" * 126),  # 255: a character is not split
    ],
)
def test_a_text_longer_than_a_dbf_holds_is_cut_and_said(tmp_path, text, kept):
    made = exported("shp", villages(reason=[text, None, None]))
    features = opened(made, tmp_path, "shp")
    assert features[0].properties["理由"] == kept
    said = [note.en for note in made.notes if "texts" in note.en]
    assert bool(said) == (text != kept)
    assert exported("gpkg", villages(reason=[text, None, None])).notes == ()


@pytest.mark.parametrize("kind", ["gpkg", "geojson"])
def test_formats_for_programs_keep_names_and_keys(tmp_path, kind):
    made = exported(kind, crs=CRS)
    features = opened(made, tmp_path, kind)
    for feature, expected in zip(features, KEYED_ROWS, strict=True):
        told = {name: None if value == "" else value for name, value in feature.properties.items()}
        assert told == expected
    for feature, expected in zip(features, villages().geometry, strict=True):
        assert same_places(shape(feature.geometry), expected, 1e-6)


def test_parquet_keeps_everything():
    made = exported("parquet")
    back = gpd.read_parquet(BytesIO(made.files["v.parquet"]))
    assert back.crs == CRS
    assert back["village"].tolist()[:2] == ["樊村𠮷㙍", "吴家关<b>"]
    assert back["households"].isna().tolist() == [False, True, False]
    assert back.geometry.geom_equals_exact(villages().geometry, 0).all()


def test_kml_is_wgs84_and_its_texts_are_no_html(tmp_path):
    frame = villages(**{"extra:name": ["x", "y", "z"]})  # LIBKML has a name of its own
    made = exported("kml", frame)
    features = opened(made, tmp_path, "kml")
    assert [one.properties["Name"] for one in features] == ["樊村𠮷㙍", "吴家关<b>", "各村取暖方式"]
    said = features[1].properties["Description"]
    assert "村：吴家关&lt;b&gt;<br>取暖方式：煤改电<br>与测算不一致：否" in said
    expected = villages().to_crs("EPSG:4326").geometry
    for feature, place in zip(features, expected, strict=True):
        assert same_places(shape(feature.geometry), place, 1e-6 / 111_320)
    root = ET.fromstring(made.files["v.kml"])  # noqa: S314  our own
    spoken = [one.text for one in root.iter("{http://www.opengis.net/kml/2.2}SimpleData")
              if one.get("name") == "name_2"]  # fmt: skip
    assert spoken == ["x", "y", "z"]


def test_a_drawing_has_rings_layers_and_labels_in_code_page_936(tmp_path):
    made = exported("dxf", villages(village=["樊村", "吴家关%%u", "㙍堡"]))
    content = made.files["v.dxf"]
    assert b"AC1015" in content
    assert b"$DWGCODEPAGE\n  3\nANSI_936" in content.replace(b"\r\n", b"\n")
    assert "各村取暖方式_集中供热".encode("gbk") in content
    (tmp_path / "v.dxf").write_bytes(content)
    drawn = list(ezdxf.readfile(tmp_path / "v.dxf").modelspace())
    rings = [one for one in drawn if one.dxftype() == "LWPOLYLINE"]
    assert [len(one) for one in rings] == [4, 3, 4, 4, 4]  # the hole is a ring
    assert all(one.closed for one in rings)
    assert next(tuple(point[:2]) for point in rings[0]) == (470000.123456789, 3940000)
    texts = [(one.dxf.text, one.dxf.layer) for one in drawn if one.dxftype() == "TEXT"]
    assert texts == [
        ("樊村", "各村取暖方式_集中供热"), ("吴家关％％u", "各村取暖方式_煤改电"),
        ("\\U+364D堡", "各村取暖方式_煤改气"),
    ]  # fmt: skip
    assert [note.zh for note in made.notes] == [
        "1 处注记有 GBK 以外的字，写成 \\U+ 编码，由 CAD 还原。"
    ]
    features = opened(made, tmp_path, "dxf")
    assert len(features) == 8


def test_a_sign_beyond_16_bits_is_two_codes_in_a_drawing():
    sources = gpd.GeoDataFrame({"source_id": ["𠮷"]}, geometry=[Point(1, 2)], crs=CRS)
    assert b"\\U+D842\\U+DFB7" in exported("dxf", sources, "heat_sources").files["v.dxf"]


def test_a_drawing_of_points_and_lines(tmp_path):
    sources = gpd.GeoDataFrame({"source_id": ["一号"]}, geometry=[Point(1, 2)], crs=CRS)
    features = opened(exported("dxf", sources, "heat_sources"), tmp_path, "dxf")
    assert [(one.properties["Layer"], one.properties["Text"]) for one in features] == [
        ("热源", None), ("热源", "一号"),
    ]  # fmt: skip
    line = LineString([(0, 0), (10, 0), (10, 10)])
    pipes = gpd.GeoDataFrame(
        {"pipe_id": ["p1", "p2"], "status": ["planned", "in_service"]},
        geometry=[line, None], crs=CRS,
    )  # fmt: skip
    made = exported("dxf", pipes, "heat_pipes")
    features = opened(made, tmp_path, "dxf")
    assert [one.properties["Layer"] for one in features] == ["热力管网_规划热力管"] * 2
    assert shape(features[0].geometry).equals(line)
    assert [note.en for note in made.notes] == ["1 rows have no geometry and are not in the dxf."]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_layer_gives_the_same_bytes_and_stays_as_it_is(kind):
    frame = villages()
    before = frame.copy()
    assert exported(kind, frame).files == exported(kind, frame).files
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("kind", KINDS)
def test_without_fiona_the_other_reader_reads_and_it_is_said(monkeypatch, kind):
    monkeypatch.setattr(second_reader, "fiona", None)
    made = exported(kind)
    assert made.notes[-1].zh == "未安装 fiona，由写入的同一套 GDAL 读回核对。"
    assert made.rows == 3


@pytest.mark.parametrize("kind", KINDS)
def test_what_reads_back_otherwise_is_not_handed_out(monkeypatch, kind):
    def one_row_less(read):
        def less(path):
            found = read(path)
            columns = {name: values[:-1] for name, values in found.columns.items()}
            return replace(found, columns=columns, geometry=found.geometry[:-1])

        return less

    for name in ("read_back", "of_parquet"):
        monkeypatch.setattr(writers, name, one_row_less(getattr(writers, name)))
    with pytest.raises(ConservationError, match=r"v\.\w+ reads back otherwise .*rows"):
        exported(kind)


def row(**other):
    plain = {"columns": {"村": ["樊"], "n": [1.5]}, "kinds": {},
             "geometry": np.array([Point(470000, 3940000)]), "crs": CRS}  # fmt: skip
    return Found(**(plain | other))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (row(), ""),
        (row(geometry=np.array([Point(470000 + 5e-7, 3940000)])), ""),
        (row(geometry=np.array([Point(470000 + 2e-6, 3940000)])), "geometry, row 1"),
        (row(geometry=np.array([LineString([(0, 0), (1, 1)])])), "geometry, row 1"),
        (row(geometry=np.array([None])), "geometry, row 1"),
        (row(columns={"村": ["烦"], "n": [1.5]}), "field 村, row 1"),
        (row(columns={"村": [None], "n": [1.5]}), "field 村, row 1"),
        (row(columns={"村": ["樊"], "n": [0.0]}), "field n, row 1"),
        (row(columns={"村": ["樊"], "n": [None]}), "field n, row 1"),
        (row(columns={"村": ["樊"]}), "field n missing"),
        (row(kinds={"村": "str", "n": "str"}), "field n: number written, str declared"),
        (row(kinds={"村": "str", "n": "float"}), ""),
        (row(crs="EPSG:4547"), "CRS: EPSG:4547"),
        (row(columns={"村": [], "n": []}, geometry=np.array([])), "rows: 1 written, 0 read"),
    ],
)
def test_every_difference_is_found(found, said):
    assert difference(row(kinds={"村": "text", "n": "number"}), found) == said


def test_degrees_are_compared_as_metres():
    degrees = {"columns": {}, "kinds": {}, "crs": "EPSG:4326"}
    here = row(**degrees, geometry=np.array([Point(110, 35)]))
    # a millionth of a metre is 9e-12 degrees
    near = row(**degrees, geometry=np.array([Point(110 + 5e-12, 35)]))
    off = row(**degrees, geometry=np.array([Point(110 + 2e-11, 35)]))
    assert (difference(here, near), difference(here, off)) == ("", "geometry, row 1")


@pytest.mark.parametrize(
    ("kind", "crs", "said"),
    [
        ("shp", "GCJ-02", "shifted coordinates"),
        ("shp", "EPSG:99", "unknown coordinate system EPSG:99"),
        ("shp", "EPSG:2333", "Xian 1980"),
        ("shp", "EPSG:4549", "not for this part of the world"),  # 120°E, 800 km away
        ("kml", "EPSG:4546", "WGS84 degrees only"),
        ("dxf", "EPSG:4490", "needs metres"),
    ],
)
def test_a_crs_that_cannot_be_had(kind, crs, said):
    with pytest.raises(UsageError, match=said) as caught:
        exported(kind, crs=crs)
    assert "EPSG:4490" in caught.value.message.zh  # the way out


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4326", "EPSG:4545", "EPSG:32649"])
def test_another_crs_is_that_of_geopandas(tmp_path, crs):
    features = opened(exported("shp", crs=crs), tmp_path, "shp")
    within = 1e-6 if crs in {"EPSG:4545", "EPSG:32649"} else 1e-6 / 111_320
    for feature, expected in zip(features, villages().to_crs(crs).geometry, strict=True):
        assert same_places(shape(feature.geometry), expected, within)


def test_what_no_format_can_write_is_refused_by_name():
    with pytest.raises(UsageError, match="no format 'dwg'; there are: shp, gpkg"):
        exported("dwg")
    with pytest.raises(InputError, match=r"column months holds values \(list\)"):
        exported("gpkg", villages(months=[[1], [2], [3]]))
    with pytest.raises(InputError, match="column n holds values an infinite number"):
        exported("gpkg", villages(n=[1.0, np.inf, 2.0]))
    with pytest.raises(InputError, match="no CRS"):
        exported("gpkg", gpd.GeoDataFrame(villages().drop(columns="geometry"),
                                          geometry=list(villages().geometry)))  # fmt: skip
    mixed = villages().set_geometry([HOLED, Point(470000, 3940000), HOLED], crs=CRS)
    with pytest.raises(InputError, match="found Point, Polygon"):
        exported("shp", mixed)
    assert exported("geojson", mixed).rows == 3


def test_rows_without_geometry(tmp_path):
    frame = villages().set_geometry([HOLED, None, Polygon()], crs=CRS)
    assert exported("kml", frame).notes[0].en == "2 rows have no geometry and are not in the kml."
    for kind in ("shp", "gpkg", "geojson"):
        made = exported(kind, frame.iloc[:2])
        assert [one.geometry is None for one in opened(made, tmp_path, kind)] == [False, True]


def test_a_moment_keeps_its_time(tmp_path):
    made = exported("gpkg", villages(at=pd.to_datetime(["2024-10-31 08:30"] * 3)))
    features = opened(made, tmp_path, "gpkg")
    assert features[0].properties["at"] == "2024-10-31T08:30:00"


def test_read_back_reads_the_first_layer(tmp_path):
    path = tmp_path / "v.gpkg"
    path.write_bytes(exported("gpkg").files["v.gpkg"])
    assert len(read_back(path).geometry) == 3

"""Every format of the contract gives the same rows, words and shapes."""

import zipfile

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xlsxwriter

from gis.layers import formats
from gis.layers.problems import Refusal
from gis.layers.raw_table import Request
from layers import made

NAMES = ["小梁乡第0村", "小梁乡第1村", "小梁乡第2村"]
IDS = ["140882197001010012", "007", ""]
SQUARES = made.squares(3)


def frame(fields=("village", "number", "ident")):
    return SQUARES.assign(ident=IDS)[[*fields, "geometry"]]


def geopackage(folder):
    frame().to_file(folder / "f.gpkg", layer="村")
    return "f.gpkg"


def shapefile_gbk(folder):
    made.shapefile(folder / "f.shp", frame())
    return "f.shp"


def shapefile_utf8(folder):
    made.shapefile(folder / "f.shp", frame(), "UTF-8")
    return "f.shp"


def shapefile_gbk_without_cpg(folder):
    made.without_encoding(made.shapefile(folder / "f.shp", frame()))
    return "f.shp"


def geodatabase(folder):
    frame().to_file(folder / "f.gdb", driver="OpenFileGDB", layer="村界")
    return "f.gdb"


def geojson(folder):
    frame().to_crs("EPSG:4490").to_file(folder / "f.geojson", driver="GeoJSON")
    return "f.geojson"


def flatgeobuf(folder):
    frame().to_file(folder / "f.fgb", driver="FlatGeobuf", SPATIAL_INDEX="NO")
    return "f.fgb"


def geoparquet(folder):
    frame().to_parquet(folder / "f.parquet")
    return "f.parquet"


def kml_text():
    marks = []
    for row in frame().to_crs("EPSG:4326").itertuples():
        ring = " ".join(f"{x!r},{y!r},0" for x, y in row.geometry.exterior.coords)
        ring = ring.replace("np.float64(", "").replace(")", "")
        shape = (
            "<Polygon><outerBoundaryIs><LinearRing><coordinates>"
            f"{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon>"
        )
        data = {"village": row.village, "number": str(row.number), "ident": row.ident}
        marks.append(("", data, shape))
    return made.kml(marks)


def kml(folder):
    (folder / "f.kml").write_text(kml_text(), encoding="utf-8")
    return "f.kml"


def kml_in_gb2312(folder):
    text = kml_text().replace('encoding="UTF-8"', 'encoding="GB2312"')
    (folder / "f.kml").write_bytes(text.encode("gb2312"))
    return "f.kml"


def kmz(folder):
    with zipfile.ZipFile(folder / "f.kmz", "w") as archive:
        archive.writestr("doc.kml", kml_text())
        archive.writestr("icon.png", b"no")
    return "f.kmz"


WITH_SHAPES = [
    geopackage, shapefile_gbk, shapefile_utf8, shapefile_gbk_without_cpg, geodatabase, geojson,
    flatgeobuf, geoparquet, kml, kml_in_gb2312, kmz,
]  # fmt: skip


def read(folder, name, reader, **ask):
    path = folder / name
    return reader.read(Request(str(path), formats.format_of(path), **ask))


def column(raw, name):
    return ["" if one is None else one for one in raw.columns[name].to_pylist()]


@pytest.mark.parametrize("write", WITH_SHAPES, ids=lambda one: one.__name__)
def test_rows_words_and_shapes_are_those_written(write, tmp_path, reader):
    raw = read(tmp_path, write(tmp_path), reader)
    assert column(raw, "village") == NAMES
    assert column(raw, "number") == ["0", "1", "2"]
    assert column(raw, "ident") == IDS
    assert list(raw.rows) == [1, 2, 3]
    shapes = gpd.GeoSeries(shapely.from_wkb(raw.wkb), crs=raw.crs).to_crs("EPSG:4546")
    far = [shapely.hausdorff_distance(a, b) for a, b in zip(shapes, SQUARES.geometry, strict=True)]
    assert max(far) < 1e-3


@pytest.mark.parametrize("version", ["R12", "R2000", "R2004", "R2010", "R2018"])
def test_drawings_of_every_age(version, tmp_path, reader):
    line = [(470000.0, 3934000.0), (470100.0, 3934000.0), (470100.0, 3934050.5)]
    layers = {"一次网-在运-DN400": [line, line[:2]], "0": [line]}
    if version == "R12":
        import ezdxf  # noqa: PLC0415

        document = ezdxf.new(version)
        document.encoding = "gbk"
        document.header["$DWGCODEPAGE"] = "ANSI_936"
        for name, lines in layers.items():
            for one in lines:
                document.modelspace().add_polyline2d(one, dxfattribs={"layer": name})
        document.saveas(tmp_path / "f.dxf")
    else:
        made.drawing(tmp_path / "f.dxf", layers, version)
    raw = read(tmp_path, "f.dxf", reader)
    assert column(raw, "Layer") == ["一次网-在运-DN400", "一次网-在运-DN400", "0"]
    assert raw.crs is None
    lines = shapely.from_wkb(raw.wkb)
    assert [shape.length for shape in lines] == pytest.approx([150.5, 100, 150.5])
    assert len(set(column(raw, "EntityHandle"))) == 3


def test_texts_of_a_drawing_are_left_out_and_counted(tmp_path, reader):
    import ezdxf  # noqa: PLC0415

    document = ezdxf.new("R2010")
    space = document.modelspace()
    space.add_line((470000, 3934000), (470100, 3934000))
    space.add_text("泵站").set_placement((470000, 3934000))
    space.add_mtext("说明")
    space.add_ray((0, 0), (1, 0))
    document.saveas(tmp_path / "f.dxf")
    raw = read(tmp_path, "f.dxf", reader)
    assert len(raw.rows) == 1
    found = {one.code: (one.value, one.numbers.get("count")) for one in raw.findings}
    assert found["annotations"] == ("", 2)
    assert found["entity_not_read"] == ("RAY", 1)


TABLE = [
    ("户编号", "面积", "备注"),
    ("A1", "90", '甲,"乙"'),
    ("A2", "", "两\n行"),
    ("007", "1.5", "=1+1"),
]


def csv(encoding, delimiter=",", newline="\r\n"):
    def write(folder):
        quote = '"{}"'.format
        lines = [
            delimiter.join(
                quote(cell.replace('"', '""')) if set(cell) & {'"', "\n", delimiter} else cell
                for cell in row
            )
            for row in TABLE
        ]
        text = newline.join(lines) + newline
        (folder / "f.csv").write_bytes(text.encode(encoding))
        return "f.csv"

    write.__name__ = f"csv-{encoding}-{delimiter!r}"
    return write


def xlsx(folder):
    book = xlsxwriter.Workbook(folder / "f.xlsx", {"strings_to_formulas": False})
    sheet = book.add_worksheet()
    for number, row in enumerate(TABLE):
        sheet.write_row(number, 0, row)
    book.close()
    return "f.xlsx"


def xls(folder):
    made.old_workbook(folder / "f.xls", TABLE)
    return "f.xls"


TABLES = [
    csv("utf-8"), csv("utf-8-sig"), csv("gb18030"), csv("utf-16"), csv("gb18030", "\t"),
    csv("utf-8", ";", "\n"), csv("utf-8", ",", "\r"), xlsx, xls,
]  # fmt: skip


@pytest.mark.parametrize("write", TABLES, ids=lambda one: one.__name__)
def test_tables_of_every_kind(write, tmp_path, reader):
    raw = read(tmp_path, write(tmp_path), reader)
    assert column(raw, "户编号") == ["A1", "A2", "007"]
    assert column(raw, "面积") == ["90", "", "1.5"]
    assert column(raw, "备注") == ['甲,"乙"', "两\n行", "=1+1"]
    assert list(raw.rows) == [2, 3, 4]


def test_an_even_table_is_read_as_one_by_one(tmp_path, reader):
    """The quick path for even tables and the plain one give the same."""
    rows = [f"{at},面积{at},x" for at in range(200)]
    (tmp_path / "a.csv").write_text("户编号,备注,c\n" + "\n".join(rows) + "\n", encoding="utf-8")
    rows[100] = "100,面积100"  # one short row: the plain path
    (tmp_path / "b.csv").write_text("户编号,备注,c\n" + "\n".join(rows) + "\n", encoding="utf-8")
    even, uneven = (read(tmp_path, name, reader) for name in ("a.csv", "b.csv"))
    assert column(even, "备注") == column(uneven, "备注") == [f"面积{at}" for at in range(200)]
    assert list(even.rows) == list(uneven.rows) == list(range(2, 202))
    short = next(one for one in uneven.findings if one.code == "short_rows")
    assert short.numbers == {"rows": 1, "first": 102}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('户编号,备注\nA1,"未完\nA2,x\n', "csv_quotes"),
        ('户编号,备注\nA1,"甲"乙\n', "csv_quotes"),
        ("户编号,户编号\nA1,A2\n", "heading_twice"),
        ("", "empty_table"),
        ("\n\n , \n", "empty_table"),
        ("户编号,备注\nA1,\x00\n", "not_text"),
    ],
)
def test_broken_tables_are_refused(text, code, tmp_path, reader):
    (tmp_path / "f.csv").write_text(text, encoding="utf-8", newline="")
    with pytest.raises(Refusal) as caught:
        read(tmp_path, "f.csv", reader)
    assert caught.value.finding.code == code


@pytest.mark.parametrize("rows", [3, 40])
def test_cells_beyond_the_headings_blank_rows_and_a_cut_end_are_reported(rows, tmp_path, reader):
    lines = [
        "户编号,,备注,",
        *(f"A{at},,甲," for at in range(rows)),
        ",,,",
        "A98,乙,丙,丁",
        "A99,,甲,",
    ]
    (tmp_path / "f.csv").write_text("\n".join(lines), encoding="utf-8")
    raw = read(tmp_path, "f.csv", reader)
    assert column(raw, "户编号")[-2:] == ["A98", "A99"]
    assert list(raw.rows)[-2:] == [rows + 3, rows + 4]
    found = {one.code: one.row for one in raw.findings}
    assert found["row_too_long"] == rows + 3
    assert "column_without_heading" in found
    assert found["no_final_newline"] == rows + 4


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        ("dwg", "DXF"), ("udb", "GeoPackage"), ("udbx", "GeoPackage"), ("smwu", "GeoPackage"),
        ("wp", "Shapefile"), ("wl", "Shapefile"), ("mdb", ".gdb"), ("accdb", ".gdb"),
        ("zip", "unpack"), ("rar", "unpack"), ("7z", "unpack"), ("tif", "Excel"), ("", "gpkg"),
    ],
)  # fmt: skip
def test_formats_that_are_not_read_say_which_export_to_ask_for(ending, said, city):
    city.layer("villages", f"v.{ending}".rstrip(".")).write_bytes(b"?")
    loaded = city.usual().load()
    (found,) = [one for one in loaded.problems if one.layer == "villages"]
    assert found.blocking
    assert said in found.remedy.en


def test_title_rows_merged_cells_and_dates_of_a_workbook(tmp_path, reader):
    book = xlsxwriter.Workbook(tmp_path / "f.xlsx")
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.merge_range("A1:D1", "某乡2024年清洁取暖台账")
    sheet.write("A2", "填报单位：某乡")
    for place, heading in (("A3:A4", "村代码"), ("B3:B4", "户编号")):
        sheet.merge_range(place, heading)
    sheet.merge_range("C3:D3", "坐标")
    sheet.write_row("C4", ["经度", "纬度"])
    sheet.write("E4", "验收日期")
    sheet.merge_range("A5:A6", 140882001201)
    for row, number in ((4, 1), (5, 2)):
        sheet.write_row(row, 1, [f"H{number}", 110.7, 35.5])
        sheet.write(row, 4, 45566, day)
    sheet.write_row(7, 0, [140882001202, "H3"])  # row 7 is blank
    book.close()
    raw = read(tmp_path, "f.xlsx", reader)
    assert list(raw.columns) == ["村代码", "户编号", "经度", "纬度", "验收日期"]
    assert column(raw, "村代码") == ["140882001201", "140882001201", "140882001202"]
    assert column(raw, "验收日期") == ["2024-10-01", "2024-10-01", ""]
    assert list(raw.rows) == [5, 6, 8]
    found = {one.code: dict(one.numbers) for one in raw.findings}
    assert found["title_rows"] == {"rows": 3, "heading_row": 4}
    assert found["merged_cells"]["cells"] >= 1


def test_deleted_records_of_a_shapefile_are_counted_and_rows_stay_with_their_shapes(
    tmp_path, reader
):
    path = made.shapefile(tmp_path / "f.shp", frame())
    dbf = bytearray(path.with_suffix(".dbf").read_bytes())
    start, width = int.from_bytes(dbf[8:10], "little"), int.from_bytes(dbf[10:12], "little")
    dbf[start + width] = ord("*")
    path.with_suffix(".dbf").write_bytes(dbf)
    raw = read(tmp_path, "f.shp", reader)
    assert column(raw, "village") == [NAMES[0], NAMES[2]]
    assert list(raw.rows) == [1, 3]
    shapes = shapely.from_wkb(raw.wkb)
    assert [shape.bounds[0] for shape in shapes] == [470000, 470400]
    assert [one.numbers["records"] for one in raw.findings if one.code == "deleted_records"] == [1]


def test_a_field_too_narrow_for_its_last_character_is_reported(tmp_path, reader):
    path = made.shapefile(tmp_path / "f.shp", frame())
    dbf = bytearray(path.with_suffix(".dbf").read_bytes())
    start = int.from_bytes(dbf[8:10], "little")
    size = dbf[32 + 16]
    text = ("西" * (size // 2 + 1)).encode("gb18030")[:size]
    text = text if size % 2 else b"a" + text[: size - 1]
    dbf[start + 1 : start + 1 + size] = text
    path.with_suffix(".dbf").write_bytes(dbf)
    raw = read(tmp_path, "f.shp", reader)
    assert [(one.row, one.column) for one in raw.findings if one.code == "text_cut"] == [
        (1, "village")
    ]
    assert set(column(raw, "village")[0]) <= {"a", "西"}


def test_numbers_of_a_dbf_keep_every_digit(tmp_path, reader):
    path = tmp_path / "f.shp"
    frame(("village",)).assign(code=np.array([140882001201, 0, -3])).to_file(path, encoding="UTF-8")
    assert column(read(tmp_path, "f.shp", reader), "code") == ["140882001201", "0", "-3"]

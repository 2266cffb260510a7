"""KML: no vertex is dropped without a word, labels beside areas, folders of one kind."""

import pytest
import shapely
from layers.city import EAST, EAST_CODE, TO_LONLAT, WEST, WEST_CODE, blocking, codes, problem

from gis.layers.problems import Refusal
from gis.layers.raw_table import Request
from layers import made

SQUARE = [(110.0, 35.0), (110.01, 35.0), (110.01, 35.01), (110.0, 35.01), (110.0, 35.0)]


def ring(points, between=" "):
    return between.join(f"{x},{y},0" for x, y in points)


def polygon(coordinates):
    boundary = f"<LinearRing><coordinates>{coordinates}</coordinates></LinearRing>"
    return f"<Polygon><outerBoundaryIs>{boundary}</outerBoundaryIs></Polygon>"


def read(text, folder, reader, **ask):
    (folder / "f.kml").write_text(text, encoding="utf-8")
    return reader.read(Request(str(folder / "f.kml"), "kml", **ask))


def read_shape(shape, folder, reader):
    raw = read(made.kml([("", {}, shape)]), folder, reader)
    return shapely.from_wkb(raw.wkb[0].as_py()), [one.code for one in raw.findings]


@pytest.mark.parametrize(
    "coordinates",
    [
        "110,35,0 110.01,35,0,110.01,35.01,0 110,35.01,0 110,35,0",  # a comma for a blank
        "110,35,0 110.01,35,0110.01,35.01,0 110,35.01,0 110,35,0",  # no blank at all
        "110,35 110.01,35110.01,35.01 110,35.01 110,35",
        "110,35;110.01,35;110.01,35.01;110,35",
        "110,35,0 110.01 35,0 110.01,35.01,0 110,35,0",  # a blank for a comma
        "110,35,0 110.01,nan,0 110.01,35.01,0 110,35,0",
        "110,35,0 1_10,35,0 110.01,35.01,0 110,35,0",
        "110,35,0 110°30',35,0 110.01,35.01,0 110,35,0",
    ],
)
def test_a_vertex_that_cannot_be_read_is_named_and_none_is_dropped(coordinates, tmp_path, reader):
    shape, found = read_shape(polygon(coordinates), tmp_path, reader)
    assert shape is None
    assert found == ["vertex_unreadable"]


@pytest.mark.parametrize(
    "coordinates",
    [
        ring(SQUARE),
        ring(SQUARE, "\n\t  "),
        " ".join(f"{x},{y}" for x, y in SQUARE),
        " ".join(f"{x}, {y}, 0" for x, y in SQUARE),  # blanks within a vertex alone
        ring(SQUARE).replace(",0", ",1e1"),
    ],
)
def test_every_sound_writing_of_a_ring_is_read(coordinates, tmp_path, reader):
    shape, found = read_shape(polygon(coordinates), tmp_path, reader)
    assert shape.equals(shapely.Polygon(SQUARE))
    assert found == []


def test_a_ring_that_is_open_is_closed_and_said(tmp_path, reader):
    shape, found = read_shape(polygon(ring(SQUARE[:-1])), tmp_path, reader)
    assert shape.equals(shapely.Polygon(SQUARE))
    assert found == ["ring_closed"]


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (polygon(ring([*SQUARE[:2], SQUARE[0]])), "few_vertices"),
        ("<LineString><coordinates>110,35</coordinates></LineString>", "few_vertices"),
        ("<Point><coordinates> </coordinates></Point>", "no_vertices"),
        ("<Polygon></Polygon>", "outer_rings"),
    ],
)
def test_what_makes_no_shape_is_said_in_our_words(shape, code, tmp_path, reader):
    assert read_shape(shape, tmp_path, reader) == (None, [code])


def village(code, name, shape, label=""):
    corners = [TO_LONLAT.transform(*corner) for corner in shape.exterior.coords]
    coordinates = " ".join(f"{x:.9f},{y:.9f},0" for x, y in corners)
    data = {"村代码": code, "村名": name, "乡镇代码": code[:9], "乡镇": "城区街道"}
    drawn = polygon(coordinates)
    if label:
        drawn = f"<MultiGeometry>{made.point(label)}{drawn}</MultiGeometry>"
    said = "".join(made.DATUM.format(key=key, value=value) for key, value in data.items())
    return made.MARK.format(name=name, data=said, shape=drawn)


def folder(name, *marks):
    return f"<Folder><name>{name}</name>{''.join(marks)}</Folder>"


def test_a_label_beside_an_area_leaves_the_area(city):
    marks = village(WEST_CODE, "西村", WEST, "110.68,35.54") + village(EAST_CODE, "东村", EAST)
    city.layer("villages", "v.kml").write_text(made.KML.format(marks=marks), encoding="utf-8")
    loaded = city.usual().load()
    assert loaded.tables["villages"].area.tolist() == pytest.approx([4e6, 4e6], rel=1e-6)
    assert problem(loaded, "parts_left_out").row == 1
    assert not blocking(loaded)


def test_a_folder_for_each_township_is_one_layer(city):
    marks = folder("城区街道", village(WEST_CODE, "西村", WEST)) + folder(
        "小梁乡", folder("二片", village(EAST_CODE, "东村", EAST, "110.7,35.54"))
    )
    city.layer("villages", "v.kml").write_text(made.KML.format(marks=marks), encoding="utf-8")
    loaded = city.usual().load()
    villages = loaded.tables["villages"]
    assert villages["village"].tolist() == ["西村", "东村"]
    assert villages["extra:Folder"].tolist() == ["城区街道", "小梁乡/二片"]
    assert "2 folders" in problem(loaded, "folders_together").message.en
    assert not blocking(loaded)


@pytest.mark.parametrize(
    "other",
    [
        made.MARK.format(name="点", data=made.DATUM.format(key="k", value="v"),
            shape=made.point("110,35")),
        made.MARK.format(name="区", data=made.DATUM.format(key="文号", value="v"),
            shape=polygon(ring(SQUARE))),
    ],
)  # fmt: skip
def test_folders_of_other_shapes_or_other_headings_are_asked_about(other, tmp_path, reader):
    area = made.MARK.format(
        name="村", data=made.DATUM.format(key="k", value="v"), shape=polygon(ring(SQUARE))
    )
    text = made.KML.format(marks=folder("甲", area, area) + folder("乙", other))
    with pytest.raises(Refusal) as caught:
        read(text, tmp_path, reader)
    assert caught.value.finding.code == "which_layer"
    assert caught.value.finding.numbers["layers"] == "甲、乙"
    assert len(read(text, tmp_path, reader, layer="甲").rows) == 2


def test_one_folder_has_no_column_of_its_own(tmp_path, reader):
    mark = made.MARK.format(name="x", data="", shape=made.point("110,35"))
    raw = read(made.KML.format(marks=folder("甲", mark)), tmp_path, reader)
    assert list(raw.columns) == ["name"]
    assert not codes_of(raw)


def codes_of(raw):
    return [one.code for one in raw.findings]


def test_the_villages_of_one_broken_vertex_are_still_two(city):
    broken = village(WEST_CODE, "西村", WEST).replace(",0 ", ",0,", 1)
    marks = broken + village(EAST_CODE, "东村", EAST)
    city.layer("villages", "v.kml").write_text(made.KML.format(marks=marks), encoding="utf-8")
    loaded = city.usual().load()
    said = problem(loaded, "vertex_unreadable")
    assert (said.row, said.blocking) == (1, False)
    assert codes(loaded)["area_derived"] == 1

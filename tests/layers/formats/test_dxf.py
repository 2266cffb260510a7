"""Drawings: what a block holds, what is not shown, multilines, and units other than metres."""

import ezdxf
import pytest
import shapely
from layers.city import CRS, blocking, codes, problem

from gis.layers.formats import dxf_tags
from gis.layers.raw_table import Request

LIVE, PLANNED = "一次网-在运-DN400", "二次网-规划-DN150"
X, Y = 471_000.0, 3_935_000.0
METRES, MILLIMETRES, CENTIMETRES = 6, 4, 5


@pytest.fixture
def drawing():
    document = ezdxf.new("R2010", units=METRES)
    for name in (LIVE, PLANNED, "off", "frozen"):
        document.layers.add(name)
    document.layers.get("off").off()
    document.layers.get("frozen").freeze()
    return document


def line(space, layer, length=100.0, **more):
    return space.add_line((X, Y), (X + length, Y), dxfattribs={"layer": layer} | more)


def read(drawing, folder, reader):
    """Layer, handle and length of each feature, and what was found by code."""
    drawing.saveas(folder / "p.dxf")
    raw = reader.read(Request(str(folder / "p.dxf"), "dxf"))
    lengths = [round(shape.length, 6) for shape in shapely.from_wkb(raw.wkb)]
    names, handles = (raw.columns[one].to_pylist() for one in ("Layer", "EntityHandle"))
    found = {one.code: one.numbers.get("count") for one in raw.findings}
    return list(zip(names, lengths, strict=True)), handles, found


def block(drawing, name, *content):
    """A block of lines (layer, length)."""
    made = drawing.blocks.new(name)
    for layer, length in content:
        made.add_line((0, 0), (length, 0), dxfattribs={"layer": layer})
    return made


def test_what_a_block_holds_keeps_its_layer_and_layer_0_takes_the_insertions(
    drawing, tmp_path, reader
):
    block(drawing, "B", (PLANNED, 10), ("0", 20))
    insert = drawing.modelspace().add_blockref("B", (X, Y), dxfattribs={"layer": LIVE})
    features, handles, _ = read(drawing, tmp_path, reader)
    assert features == [(PLANNED, 10), (LIVE, 20)]
    assert handles == [f"{insert.dxf.handle}-1", f"{insert.dxf.handle}-2"]


def test_a_block_in_a_block_is_placed_scaled_and_named(drawing, tmp_path, reader):
    block(drawing, "inner", ("0", 10))
    block(drawing, "outer").add_blockref("inner", (5, 0), dxfattribs={"layer": "0", "xscale": 3})
    place = {"layer": PLANNED, "rotation": 90}
    drawing.modelspace().add_blockref("outer", (X, Y), dxfattribs=place)
    features, handles, _ = read(drawing, tmp_path, reader)
    assert features == [(PLANNED, 30)]
    assert "-" not in handles[0]


def test_paper_space_and_what_is_off_frozen_or_invisible_is_left_out_and_counted(
    drawing, tmp_path, reader
):
    space = drawing.modelspace()
    line(space, LIVE)
    line(space, "off")
    line(space, "frozen")
    line(space, LIVE, invisible=1)
    line(drawing.layout("Layout1"), LIVE)
    features, _, found = read(drawing, tmp_path, reader)
    assert features == [(LIVE, 100)]
    assert found == {"layers_off": 2, "entities_invisible": 1, "paper_space": 1}


def test_of_a_block_on_a_layer_that_is_off_what_has_its_own_layer_shows(drawing, tmp_path, reader):
    block(drawing, "B", (LIVE, 10), ("0", 20), ("frozen", 30))
    space = drawing.modelspace()
    space.add_blockref("B", (X, Y), dxfattribs={"layer": "off"})
    features, _, found = read(drawing, tmp_path, reader)
    assert features == [(LIVE, 10)]
    assert found == {"layers_off": 2}


def test_of_a_block_on_a_frozen_layer_nothing_shows(drawing, tmp_path, reader):
    block(drawing, "B", (LIVE, 10), ("0", 20))
    block(drawing, "outer", (LIVE, 5)).add_blockref("B", (0, 0), dxfattribs={"layer": "frozen"})
    space = drawing.modelspace()
    space.add_blockref("B", (X, Y), dxfattribs={"layer": "frozen"})
    space.add_blockref("outer", (X, Y), dxfattribs={"layer": LIVE})
    features, _, found = read(drawing, tmp_path, reader)
    assert features == [(LIVE, 5)]
    assert found["layers_off"] == 2


# top, zero, bottom: the vertices lie on the upper line, midway, on the lower line of the two
@pytest.mark.parametrize(("justification", "middle"), [(0, -1.0), (1, 0.0), (2, 1.0)])
def test_a_multiline_counts_once_along_its_axis(drawing, justification, middle, tmp_path, reader):
    points = [(X, Y), (X + 100, Y), (X + 100, Y + 50)]
    drawing.modelspace().add_mline(
        points, dxfattribs={"layer": LIVE, "justification": justification, "scale_factor": 2.0}
    )
    (feature,), _, found = read(drawing, tmp_path, reader)
    # at the corner the axis runs inside or outside by as much as it lies beside the vertices
    assert feature == (LIVE, pytest.approx(150 - 2 * middle, abs=1e-6))
    assert found == {"multilines": 1}


def test_a_multiline_in_a_block_counts_once_too(drawing, tmp_path, reader):
    block(drawing, "B").add_mline([(0, 0), (40, 0)], dxfattribs={"layer": PLANNED})
    drawing.modelspace().add_blockref("B", (X, Y), dxfattribs={"layer": LIVE, "rotation": 30})
    (feature,), _, _ = read(drawing, tmp_path, reader)
    assert feature == (PLANNED, 40)


def test_texts_in_a_block_are_no_pipes(drawing, tmp_path, reader):
    block(drawing, "B", (LIVE, 10)).add_text("DN400")
    drawing.modelspace().add_blockref("B", (X, Y), dxfattribs={"layer": LIVE})
    features, _, found = read(drawing, tmp_path, reader)
    assert features == [(LIVE, 10)]
    assert found == {"annotations": 1}


def test_a_block_that_holds_itself_is_no_crash(drawing, tmp_path, reader):
    block(drawing, "B", (LIVE, 10)).add_blockref("B", (1, 1))
    space = drawing.modelspace()
    line(space, LIVE)
    space.add_blockref("B", (X, Y))
    features, _, _ = read(drawing, tmp_path, reader)
    assert (LIVE, 100) in features


def pipes(city, units, factor):
    """A pipe of 640 m whose coordinates are metres times `factor`."""
    document = ezdxf.new("R2010", units=units)
    document.layers.add(LIVE)
    ends = [(X * factor, Y * factor), ((X + 640) * factor, Y * factor)]
    document.modelspace().add_lwpolyline(ends, dxfattribs={"layer": LIVE})
    document.saveas(city.layer("heat_pipes", "p.dxf", crs=CRS))
    return city.usual().load()


@pytest.mark.parametrize(
    ("units", "factor", "said"),
    [
        (MILLIMETRES, 1000, {"units_converted"}),
        (CENTIMETRES, 100, {"units_converted"}),
        (METRES, 1, set()),
        # the template's millimetres over a drawing in metres
        (MILLIMETRES, 1, set()),
        (0, 1, set()),
    ],
)
def test_a_drawing_in_other_units_is_converted_where_its_header_says_so(units, factor, said, city):
    loaded = pipes(city, units, factor)
    (pipe,) = loaded.tables["heat_pipes"].geometry
    assert pipe.bounds == pytest.approx((X, Y, X + 640, Y), abs=1e-3)
    assert codes(loaded, "heat_pipes").keys() == said
    assert not blocking(loaded)


@pytest.mark.parametrize(("units", "factor", "unit"), [(METRES, 1000, "mm"), (0, 100, "cm")])
def test_units_that_the_header_does_not_state_are_named_and_asked_for(units, factor, unit, city):
    loaded = pipes(city, units, factor)
    assert blocking(loaded) == {("heat_pipes", "units_differ")}
    said = problem(loaded, "units_differ")
    assert f"as {unit} they" in said.message.en
    assert "heat_pipes" not in loaded.tables


@pytest.mark.parametrize(
    ("gap", "kind"), [(0.0, "drawn"), (0.9, "ring_closed"), (1.1, "geometry_kind")]
)
def test_an_outline_whose_ends_all_but_meet_is_closed_and_said(gap, kind, city):
    document = ezdxf.new("R2010", units=METRES)
    document.layers.add("在用")
    corners = [(X, Y), (X + 100, Y), (X + 100, Y + 100), (X, Y + 100), (X, Y + gap)]
    document.modelspace().add_lwpolyline(corners, dxfattribs={"layer": "在用"})
    document.saveas(city.layer("heat_coverage", "c.dxf", crs=CRS))
    loaded = city.usual().load()
    shape = loaded.tables["heat_coverage"].geometry.iloc[0]
    lost = {"geometry_kind": {"geometry_kind", "rows_lost"}, "drawn": set()}
    found = lost.get(kind, {kind})
    assert codes(loaded, "heat_coverage").keys() == found
    assert (shape is None) == (kind == "geometry_kind")
    assert shape is None or shape.area == pytest.approx(10_000)


@pytest.mark.parametrize("end", ["0\nENDSEC\n0\nEOF\n", "0\nEOF\n", "0\nENDSEC\n0\nEOF"])
def test_the_end_of_a_drawing_whose_last_section_is_its_entities_is_no_entity(end):
    line = "0\nSECTION\n2\nENTITIES\n0\nLINE\n5\n1A\n8\n0\n10\n0\n20\n0\n11\n1\n21\n1\n"
    drawing = dxf_tags.parse(line + end)
    assert [one.kind for one in drawing.entities] == ["LINE"]
    assert drawing.broken == 0

"""The desktop twin: GeoPackage 1.3 with styles, the same bytes each time, open to any reader."""

import sqlite3
import tomllib
from contextlib import closing
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as ET

import fiona
import geopandas as gpd
import pandas as pd
import pytest
from publish import sample
from shapely.geometry import LineString, MultiPolygon, Point, box

from gis import i18n
from gis.errors import Text
from gis.report.geopackage import geopackage_bytes, twin_layers
from gis.report.metadata import About
from gis.report.qgis_project import project_bytes
from gis.report.qml import style_of

ABOUT = About("town", Text("小城", "Town"), date(2024, 10, 31), demonstration=True)
CRS = "EPSG:4546"


def layers():
    villages = gpd.GeoDataFrame(
        {
            "village_code": ["140882001001", "140882001002"],
            "approach": ["central", "electric"],
            "households": pd.array([40, None], dtype="Int64"),
            "dissent": [True, False],
            "extra:备注": ["=1", None],
        },
        geometry=[box(470000, 3940000, 471000, 3941000), MultiPolygon([box(0, 0, 1, 1)])],
        crs=CRS,
    )
    pipes = gpd.GeoDataFrame(
        {"status": ["in_service"]}, geometry=[LineString([(470000, 0), (470001, 0)])], crs=CRS
    )
    homes = gpd.GeoDataFrame({"approach": ["gas"]}, geometry=[Point(470000, 3940000)], crs=CRS)
    return {"villages": villages, "heat_pipes": pipes, "gaps": homes.iloc[:0], "households": homes}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("gpkg") / "nuantu.gpkg"
    path.write_bytes(geopackage_bytes(layers(), ABOUT))
    return path


def rows(path, query):
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


def test_any_reader_finds_the_layers(path):
    assert fiona.listlayers(path) == ["villages", "heat_pipes", "households", "layer_styles"]
    back = gpd.read_file(path, layer="villages")
    assert back["village_code"].tolist() == ["140882001001", "140882001002"]
    assert back["households"].tolist()[0] == 40
    assert back["extra:备注"].tolist()[0] == "=1"
    assert back.crs == CRS
    assert back.geometry.iloc[0].area == 1_000_000
    with fiona.open(path, layer="villages") as second:
        assert len(second) == 2
        assert second.schema["geometry"] == "MultiPolygon"


def test_version_times_and_nature(path):
    assert rows(path, "PRAGMA user_version") == [(10300,)]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert {row[0] for row in rows(path, "SELECT last_change FROM gpkg_contents")} == {
        "2024-10-31T00:00:00.000Z"
    }
    said = rows(
        path, "SELECT table_name, description FROM gpkg_contents WHERE data_type='features'"
    )
    assert {row[1] for row in said} == {"合成演示数据"}


def test_every_layer_has_its_style_as_default(path):
    styles = rows(
        path, "SELECT f_table_name, f_geometry_column, useAsDefault, update_time FROM layer_styles"
    )
    assert [row[0] for row in styles] == ["villages", "heat_pipes", "households"]
    assert {row[1:] for row in styles} == {("geom", 1, "2024-10-31T00:00:00.000Z")}


def test_the_same_layers_give_the_same_bytes(path):
    assert geopackage_bytes(layers(), ABOUT) == path.read_bytes()


def test_the_file_does_not_count_how_often_it_was_written(path):
    """The count is not the same every time; what stands twice in the header must agree."""
    header = path.read_bytes()[:100]
    assert header[24:28] == header[92:96] == b"\0\0\0\1"
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        db.execute("UPDATE gpkg_contents SET description = 'x'")  # and can be written on
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_nothing_to_draw_is_said(tmp_path):
    path = tmp_path / "x.gpkg"
    path.write_bytes(geopackage_bytes({}, ABOUT))
    assert rows(path, "SELECT note FROM notes") == [("没有要素 / no features",)]


def test_real_data_have_no_nature(tmp_path):
    path = tmp_path / "x.gpkg"
    path.write_bytes(geopackage_bytes(layers(), About("t", Text("", ""), ABOUT.as_of, False)))
    assert {row[0] for row in rows(path, "SELECT description FROM gpkg_contents")} == {""}


COLOURS = tomllib.loads(i18n.template("colours.toml"))


def rgb(colour):
    return ",".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5)) + ",255"


def style(layer, geometry, fields, quiet=""):
    return style_of(layer, geometry, dict.fromkeys(fields, "TEXT"), quiet)


def symbols(qml):
    root = ET.fromstring(qml.split("\n", 1)[1])  # noqa: S314  our own
    drawn = root.find("renderer-v2/symbols")
    return root, {one.get("name"): one for one in drawn}


def options(symbol):
    return [
        {one.get("name"): one.get("value") for one in layer.find("Option")}
        for layer in symbol.findall("layer")
    ]


def test_villages_have_the_colours_and_hatching_of_the_pages():
    root, drawn = symbols(style("villages", "MULTIPOLYGON", ["fid", "approach"]))
    assert root.get("version") == "3.22.0"
    classes = {one.get("value"): one for one in root.iter("category")}
    assert set(classes) == set(COLOURS["approach"])
    assert classes["central"].get("label") == "集中供热"
    for key, look in COLOURS["approach"].items():
        symbol = drawn[classes[key].get("symbol")]
        fill, *hatch, edge = options(symbol)
        assert fill["color"] == rgb(look["fill"])
        assert edge["line_color"] == rgb(COLOURS["line"]["villages"]["ink"])
        assert len(hatch) == {"none": 0, "grid": 2, "wave": 2}.get(look["hatch"], 1)
        inner = [options(one)[0] for one in symbol.iter("symbol") if one is not symbol]
        assert {one.get("line_color", one.get("color")) for one in inner} <= {rgb(look["ink"])}
        assert len(inner) == len(hatch)


def test_the_route_of_most_villages_is_quiet_as_on_the_pages():
    _, drawn = symbols(style("villages", "POLYGON", ["approach"], "electric"))
    fills = {options(symbol)[0]["color"] for symbol in drawn.values()}
    assert rgb(COLOURS["approach"]["electric"]["quiet"]) in fills
    assert rgb(COLOURS["approach"]["electric"]["fill"]) not in fills


@pytest.mark.parametrize(("central", "quiet"), [(2, True), (1, False)])
def test_two_in_five_villages_make_a_majority(tmp_path, central, quiet):
    routes = ["central"] * central + ["electric", "gas", "biomass", "done"][: 5 - central]
    villages = gpd.GeoDataFrame(
        {"approach": routes}, geometry=[box(n, 0, n + 1, 1) for n in range(len(routes))], crs=CRS
    )
    path = tmp_path / "x.gpkg"
    path.write_bytes(geopackage_bytes({"villages": villages}, ABOUT))
    ((qml,),) = rows(path, "SELECT styleQML FROM layer_styles")
    assert (rgb(COLOURS["approach"]["central"]["quiet"]) in qml) == quiet


def test_points_lines_and_plain_layers():
    _, drawn = symbols(style("households", "POINT", ["approach"]))
    assert options(drawn["0"])[0]["color"] == rgb(COLOURS["route_point"]["central"]["fill"])
    root, drawn = symbols(style("heat_pipes", "MULTILINESTRING", ["status"]))
    assert [one.get("value") for one in root.iter("category")] == ["in_service", "planned"]
    assert [options(drawn[n])[0]["line_style"] for n in ("0", "1")] == ["solid", "dash"]
    for layer, line in (("roads", "roads"), ("heat_extension", "mains"), ("another", "outline")):
        _, drawn = symbols(style(layer, "LINESTRING", ["name"]))
        assert options(drawn["0"])[0]["line_color"] == rgb(COLOURS["line"][line]["ink"])
    root, _ = symbols(style("villages", "POLYGON", ["fid"]))
    assert root.find("renderer-v2").get("type") == "singleSymbol"
    assert root.get("labelsEnabled") == "0"  # nothing to label with


def test_zones_are_outlines():
    _, drawn = symbols(style("coal_ban_zones", "MULTIPOLYGON", ["zone_id", "verdict"]))
    (line,) = options(drawn["0"])
    assert line["line_color"] == rgb(COLOURS["line"]["zones"]["ink"])
    # "3 5" pixels of 1/96 inch
    assert [float(step) for step in line["customdash"].split(";")] == [0.79, 1.32]


def test_sources_and_kinds_of_gap_have_shapes_of_their_own():
    _, drawn = symbols(style("heat_sources", "POINT", ["source_id"]))
    assert options(drawn["0"])[0]["name"] == "triangle"
    _, drawn = symbols(style("transformers", "POINT", []))
    assert options(drawn["0"])[0]["name"] == "square"
    _, drawn = symbols(style("gaps", "POINT", ["kind"]))
    shapes = [(one["name"], one["angle"]) for symbol in drawn.values() for one in options(symbol)]
    assert len(set(shapes)) == len(shapes) == 5


def test_secured_and_unsecured_gas_differ():
    root, drawn = symbols(style("gas_coverage", "POLYGON", ["supply_secured"]))
    assert [one.get("value") for one in root.iter("category")] == ["true", "false"]
    fill, secured = options(drawn["0"])
    assert fill["color"] == "224,181,50,36"  # of 255: 0.14
    assert secured["customdash"] != options(drawn["1"])[1]["customdash"]


@pytest.mark.parametrize(
    ("layer", "field", "expected"),
    [
        ("villages", "village_code", "村代码"),
        ("villages", "approach", "取暖方式"),
        ("roads", "name", "路名"),
        ("heat_pipes", "dn_mm", "管径（mm）"),
        ("coal_ban_zones", "expires_on", "失效日期"),
        ("coal_ban_zones", "inside", "区内户数"),
        ("built_up_area", "extra:name", "name"),  # a column of the office's own
        ("roads", "odd", "odd"),
    ],
)
def test_headings_are_those_of_the_layer(layer, field, expected):
    root, _ = symbols(style(layer, "POLYGON", [field]))
    assert {one.get("field"): one.get("name") for one in root.iter("alias")} == {field: expected}


def test_keys_and_answers_are_shown_in_words():
    fields = {"status": "TEXT", "role": "TEXT", "is_new": "BOOLEAN", "pipe_id": "TEXT"}
    root, _ = symbols(style_of("heat_pipes", "LINESTRING", fields))
    said = {
        field.get("name"): {one.get("name"): one.get("value") for one in field.iter("Option")
                            if one.get("type") == "QString"}
        for field in root.iter("field")
    }  # fmt: skip
    assert said == {
        "status": {"在运": "in_service", "规划": "planned"},
        "role": {"一次网": "primary", "二次网": "secondary"},
        "is_new": {"是": "true", "否": "false"},
    }


def test_marks_have_the_colours_of_the_pages():
    css = i18n.template("paper.css")
    gaps, sources = COLOURS["mark"]["gaps"], COLOURS["mark"]["sources"]
    assert f"--red: {gaps['ink']};" in css
    drawn = f"stroke: var(--red, {gaps['ink']}); stroke-width: {gaps['width']};"
    assert f".gap-mark {{ fill: #fff; {drawn}" in i18n.template("map_layers.css")
    shapes = i18n.template("hatches.js")
    for kind, shape in gaps["shapes"].items():
        assert f'{kind}: "{shape}"' in shapes
    assert (sources["shape"], sources["size"]) == ("triangle", 16)


def test_every_layer_is_named_in_chinese(path):
    said = rows(path, "SELECT table_name, identifier FROM gpkg_contents WHERE srs_id > 0")
    assert dict(said) == {
        "villages": "各村取暖方式",
        "heat_pipes": "热力管网",
        "households": "住户",
    }


def test_households_far_off_are_kept_and_not_shown_first(tmp_path):
    drawn = layers()
    city = box(470000, 3940000, 471000, 3941000)
    drawn["villages"] = drawn["villages"].assign(geometry=[city, city])
    places = [Point(470000, 3940000), Point(470900, 3940100), Point(471000.5, 3940100)]
    homes = gpd.GeoDataFrame({"approach": ["gas"] * 3}, geometry=places, crs=CRS)
    path = tmp_path / "x.gpkg"
    path.write_bytes(geopackage_bytes(drawn | {"households": homes}, ABOUT))
    stated = rows(path, "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents"
                        " WHERE table_name = 'households'")  # fmt: skip
    assert stated == [(470000, 3940000, 470900, 3940100)]
    assert len(gpd.read_file(path, layer="households")) == 3
    near = gpd.read_file(path, layer="households", bbox=city.bounds)
    assert len(near) == 2  # a filter goes by the rows, not by what is stated


def test_the_same_geopackage_gives_the_same_project(path):
    made = project_bytes(path.read_bytes(), ABOUT)
    assert made == project_bytes(path.read_bytes(), ABOUT)
    root = ET.fromstring(made)  # noqa: S314  our own
    sources = [one.get("source") for one in root.iter("layer-tree-layer")]
    assert sources == [
        f"./nuantu.gpkg|layername={name}" for name in ("villages", "heat_pipes", "households")
    ]
    assert {len(one.text) >= 11 for one in root.iter("id")} == {True}


def test_a_project_without_layers(tmp_path):
    root = ET.fromstring(project_bytes(geopackage_bytes({}, ABOUT), ABOUT))  # noqa: S314  our own
    assert root.find("title").text == "小城 · 数据截至2024年10月31日 · 合成演示数据"
    assert not list(root.iter("maplayer"))


def test_the_twin_of_a_run_holds_no_personal_column(tmp_path):
    drawn = twin_layers(sample.results(tmp_path))
    assert list(drawn) == [
        "gaps", "households", "heat_pipes", "coal_ban_zones", "outline", "townships", "villages",
    ]  # fmt: skip
    assert drawn["townships"]["township_code"].tolist() == ["140882001", "140882002"]
    assert drawn["townships"].area.tolist() == [3e6, 1e6]
    assert drawn["outline"].area.tolist() == [4e6]
    for layer in drawn.values():
        assert not {"owner", "phone", "id_number", "address"} & set(layer.columns)
    # of 83 rows one has no place
    assert len(drawn["households"]) == 82
    assert drawn["villages"]["approach"].tolist() == ["central", "electric", "electric", "electric"]
    zone = drawn["coal_ban_zones"].iloc[0]
    assert (zone["verdict"], zone["inside"]) == ("not_cleared", 40)


def test_heat_density_is_drawn_where_there_are_buildings(tmp_path):
    """1,200 m² of insulated flats: 1,200 × 42.5 W × 2,040 h = 104.0 MWh in one hectare."""
    run = sample.results(tmp_path)
    assert "heat_density" not in twin_layers(run)
    block = box(470110, 3940110, 470130, 3940125)
    buildings = gpd.GeoDataFrame(
        {"floors": [4.0], "built_year": [2015.0], "use": pd.array(["flat"], "str")},
        geometry=[block],
        crs=CRS,
    )
    tables = {**run.layers.tables, "buildings": buildings}
    drawn = twin_layers(replace(run, layers=replace(run.layers, tables=tables)))
    (square,) = drawn["heat_density"].to_dict("records")
    assert square["geometry"].equals(box(470100, 3940100, 470200, 3940200))
    assert (square["heat_mwh_ha_a"], square["density_class"]) == (104.0, "d1")
    assert len(drawn["buildings"]) == len(buildings)
    style = style_of("heat_density", "POLYGON", {"density_class": "TEXT", "heat_mwh_ha_a": "REAL"})
    assert "100–200 MWh/公顷·年" in style
    assert "热密度（MWh/公顷·年）" in style

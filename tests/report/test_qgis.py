"""nuantu.gpkg and nuantu.qgs in QGIS itself, drawn as the pages are; where QGIS is installed.

The town: A, heated centrally, is the zone; its homes stand in rows from (470100, 3940500) on, on a
street with a main in service. North of it lies B, electric, with the two kinds of gas coverage.
"""

import json
import os
import shutil
import subprocess
import tomllib
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import town
from publish import sample
from report.test_export import KEYED_ROWS, WORDED_ROWS, exported, same_places, villages
from shapely.geometry import LineString, Point, box

from gis import i18n
from gis.errors import Text
from gis.report.geopackage import geopackage_bytes, twin_layers
from gis.report.metadata import About
from gis.report.qgis_project import project_bytes

SCRIPT = Path(__file__).with_name("in_qgis.py")
PYTHON = Path("/usr/bin/python3")  # the one that Debian's python3-qgis belongs to
COLOURS = tomllib.loads(i18n.template("colours.toml"))
CITY = [470000, 3940000, 473000, 3942000]
FAR = Point(570000, 4040000)  # where one home is by mistake
# what is looked at → place, all away from labels
PLACES = {
    "route": (470200, 3940850),
    "pipe": (470900, 3940520),
    "street": (470950, 3941500),
    "home": (470151, 3941539),  # the fourth of B
    "source": (470800, 3940800),
    "gap": (470466, 3940520),  # the left corner of its mark, 11 px from (470500, 3940520)
    "gas_secured": (470250, 3941800),
    "gas_unsecured": (470700, 3941800),
    "zone": (470000, 3940300),
    "township": (470800, 3941000),
    "quiet": (472500, 3940850),
}


def asked(*arguments):
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    run = subprocess.run(
        [PYTHON, SCRIPT, *arguments],
        env=outside | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return json.loads(run.stdout.splitlines()[-1])


def in_qgis(path, picture):
    said = asked(path, picture, json.dumps(list(PLACES.values())))
    return said | {"colours": dict(zip(PLACES, said["colours"], strict=True))}


def layers_of_the_town(folder):
    drawn = twin_layers(sample.results(folder))
    gas = {"status": ["in_service"] * 2, "supply_secured": [True, False]}
    areas = [box(470100, 3941650, 470400, 3941800), box(470600, 3941650, 470800, 3941800)]
    street = LineString([(470950, 3941000), (470950, 3942000)])
    homes = drawn["households"]
    lost = homes.iloc[:1].assign(household_id="lost", geometry=[FAR])
    more = {
        "heat_sources": gpd.GeoDataFrame(
            {"source_id": ["S"]}, geometry=[Point(PLACES["source"])], crs=town.CRS
        ),
        "roads": gpd.GeoDataFrame({"name": ["北街"]}, geometry=[street], crs=town.CRS),
        "gas_coverage": gpd.GeoDataFrame(gas, geometry=areas, crs=town.CRS),
        "households": pd.concat([homes, lost], ignore_index=True),
    }
    order = ["gaps", "heat_sources", "households", "heat_pipes", "coal_ban_zones", "outline",
             "townships", "roads", "gas_coverage", "villages"]  # fmt: skip
    assert [name for name in order if name in drawn] == list(drawn)
    return {name: more.get(name, drawn.get(name)) for name in order}


@pytest.fixture(scope="module")
def _qgis():
    try:
        subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no QGIS on this machine")


@pytest.fixture(scope="module")
def folder(_qgis, tmp_path_factory):
    made = tmp_path_factory.mktemp("made")
    about = About("town", Text("小城", "Town"), date(2024, 10, 31), demonstration=True)
    geopackage = geopackage_bytes(layers_of_the_town(made), about)
    for name in ("nuantu.gpkg", "as-written"):
        (made / name).write_bytes(geopackage)
    (made / "nuantu.qgs").write_bytes(project_bytes(geopackage, about))
    return made


@pytest.fixture(scope="module")
def alone(folder):
    """The GeoPackage, opened with its default styles."""
    return in_qgis(folder / "nuantu.gpkg", folder / "alone.png")


@pytest.fixture(scope="module")
def project(folder):
    """The project, opened after the folder was moved."""
    moved = folder / "moved"
    moved.mkdir()
    for name in ("nuantu.gpkg", "nuantu.qgs"):
        shutil.copy(folder / name, moved)
    return in_qgis(moved / "nuantu.qgs", folder / "project.png")


@pytest.fixture(params=["alone", "project"])
def opened(request):
    return request.getfixturevalue(request.param)


def test_layers_lie_in_the_order_of_the_pages_and_none_is_a_table(opened):
    assert list(opened["layers"]) == [
        "gaps", "heat_sources", "households", "heat_pipes", "coal_ban_zones", "outline",
        "townships", "roads", "gas_coverage", "villages",
    ]  # fmt: skip
    assert all(layer["valid"] and layer["features"] for layer in opened["layers"].values())


def test_everything_is_seen_in_the_colours_of_the_pages(opened):
    seen, line = opened["colours"], COLOURS["line"]
    assert seen["route"][0] == COLOURS["approach"]["central"]["fill"]  # the zone on it is no area
    assert line["pipes_in_service"]["ink"] in seen["pipe"]
    assert line["roads"]["ink"] in seen["street"]
    assert COLOURS["route_point"]["electric"]["fill"] in seen["home"]
    assert seen["source"][0] == COLOURS["mark"]["sources"]["fill"]
    assert COLOURS["mark"]["gaps"]["ink"] in seen["gap"]
    assert line["gas_secured"]["ink"] in seen["gas_secured"]
    assert line["gas_unsecured"]["ink"] in seen["gas_unsecured"]
    assert line["zones"]["ink"] in seen["zone"]
    assert line["townships"]["ink"] in seen["township"]
    # electric is the route of three of the four villages
    assert COLOURS["approach"]["electric"]["quiet"] in seen["quiet"]


def test_extents_are_the_city_without_misplaced_homes(opened):
    west, south, east, north = opened["layers"]["households"]["extent"]
    # the first home of A; the last of 40, of D's five and of B's 30
    assert (west, south) == (470100, 3940500)
    assert (east, north) == (472100 + 17 * 4, 3941500 + 13 * 4)
    assert opened["layers"]["villages"]["extent"] == CITY
    assert opened["layers"]["households"]["features"] == 83  # it is there all the same


@pytest.mark.parametrize(
    ("layer", "table"), [("villages", "approach"), ("households", "route_point")]
)
def test_classes_have_the_colours_and_words_of_the_pages(opened, layer, table):
    classes = opened["layers"][layer]["classes"]
    assert len(classes) >= 3
    for key, (_, colour) in classes.items():
        quiet = layer == "villages" and key == "electric"
        assert colour == COLOURS[table][key]["quiet" if quiet else "fill"]
    assert classes["central"][0] == "集中供热"


def test_kinds_are_told_apart_by_symbol(opened):
    layers = opened["layers"]
    assert {key: label for key, (label, _) in layers["gas_coverage"]["classes"].items()} == {
        "true": "燃气（气源有保障）", "false": "燃气（气源无保障）",
    }  # fmt: skip
    secured, unsecured = layers["gas_coverage"]["dashes"]
    assert secured != unsecured
    assert layers["heat_pipes"]["dashes"][0] == []
    assert len(layers["heat_pipes"]["dashes"][1]) == 1
    assert layers["gaps"]["classes"]["headroom"][0] == "电网容量不足"


def test_fields_values_and_labels_are_in_chinese(opened):
    layers = opened["layers"]
    assert layers["villages"]["aliases"]["approach"] == "取暖方式"
    assert layers["roads"]["aliases"]["name"] == "路名"
    words = {
        key: said for one in layers["villages"]["words"]["approach"] for said, key in one.items()
    }
    assert words["gas"] == "煤改气"
    assert layers["gas_coverage"]["words"]["supply_secured"] == [{"是": "true"}, {"否": "false"}]
    labels = {name: layer["labels"] for name, layer in layers.items() if layer["labels"]}
    assert labels == {
        "villages": "village", "townships": "township", "coal_ban_zones": "zone",
        "heat_sources": "source_id", "gaps": "rank",
    }  # fmt: skip


def test_the_project_names_the_layers_and_shows_the_city(project, folder):
    titles = {name: layer["title"] for name, layer in project["layers"].items()}
    assert titles == {
        "gaps": "覆盖缺口", "heat_sources": "热源", "households": "住户", "heat_pipes": "热力管网",
        "coal_ban_zones": "禁煤区", "outline": "市域界", "townships": "乡镇界", "roads": "道路",
        "gas_coverage": "燃气覆盖范围", "villages": "各村取暖方式",
    }  # fmt: skip
    assert project["title"] == "小城 · 数据截至2024年10月31日 · 合成演示数据"
    assert project["crs"] == town.CRS
    west, south, east, north = CITY
    margin = 0.03 * 3000
    assert project["extent"] == [west - margin, south - margin, east + margin, north + margin]
    moved = str(folder / "moved" / "nuantu.gpkg")  # the path is relative
    assert all(layer["source"].startswith(moved) for layer in project["layers"].values())


def test_looking_at_it_changes_no_byte_and_the_project_takes_no_edits(alone, project, folder):
    """Editing would change the header of the file, so that it is no longer what was published."""
    written = (folder / "as-written").read_bytes()
    for place in (folder, folder / "moved"):
        assert (place / "nuantu.gpkg").read_bytes() == written
        assert not list(place.glob("nuantu.gpkg-*"))
    assert {layer["read_only"] for layer in project["layers"].values()} == {True}
    assert {layer["read_only"] for layer in alone["layers"].values()} == {False}


@pytest.fixture(scope="module")
def exports(_qgis, tmp_path_factory):
    """The rows that QGIS reads of the villages in each format, in the order of their writing."""
    folder = tmp_path_factory.mktemp("exports")
    for kind in ("shp", "gpkg", "geojson", "kml", "dxf"):  # Debian's GDAL reads no Parquet
        for name, content in exported(kind).files.items():
            (folder / name).write_bytes(content)
    files = [folder / f"v.{kind}" for kind in ("shp", "gpkg", "geojson", "kml", "dxf")]
    return {Path(path).suffix[1:]: rows for path, rows in asked("--rows", *files).items()}


# The names that a Shapefile cuts, in full.
UNCUT = {
    "与测算不一": "与测算不一致",
    "距最近热力": "距最近热力管（米）",
    "联系人及联": "联系人及联系电话",
}


def spelled(row):
    """A row as KML has it: under full names, every value a text."""
    return {UNCUT.get(name, name): value and str(value) for name, value in row.items()}


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("shp", WORDED_ROWS),
        ("gpkg", KEYED_ROWS),
        ("geojson", KEYED_ROWS),
        (
            "kml",
            [
                spelled(row) | {"户数": n}
                for row, n in zip(WORDED_ROWS, ("40", None, "0"), strict=True)
            ],
        ),
    ],
)
def test_every_export_has_its_rows_in_qgis(exports, kind, rows):
    degrees = kind in {"geojson", "kml"}
    places = villages().to_crs("EPSG:4326").geometry if degrees else villages().geometry
    for row, expected, place in zip(exports[kind], rows, places, strict=True):
        # an empty text is not missing where the format tells one from the other
        assert {name: None if row[name] == "" else row[name] for name in expected} == expected
        tolerance = 1e-6 / 111_320 if degrees else 1e-6
        assert same_places(shapely.from_wkb(row[""]), place, tolerance)


def test_a_drawing_has_its_rings_and_labels_in_qgis(exports):
    rows = exports["dxf"]
    assert [(row["Layer"], row["Text"]) for row in rows if row["Text"]] == [
        ("各村取暖方式_集中供热", "樊村\\U+D842\\U+DFB7\\U+364D"),
        ("各村取暖方式_煤改电", "吴家关<b>"),
        ("各村取暖方式_煤改气", "各村取暖方式"),
    ]
    rings = [shapely.from_wkb(row[""]) for row in rows if not row["Text"]]
    whole = shapely.get_parts(shapely.get_rings(shapely.get_parts(villages().geometry.array)))
    assert len(rings) == len(whole) == 5
    for ring, expected in zip(rings, whole, strict=True):
        assert same_places(shapely.Polygon(ring), shapely.Polygon(expected), 1e-6)

"""nuantu.gpkg opens in QGIS itself, in the colours of the pages; where QGIS is installed."""

import json
import os
import subprocess
import tomllib
from datetime import date
from pathlib import Path

import pytest
from publish import sample

from gis import i18n
from gis.errors import Text
from gis.report.geopackage import geopackage_bytes, twin_layers
from gis.report.metadata import About

SCRIPT = Path(__file__).with_name("in_qgis.py")
PYTHON = Path("/usr/bin/python3")  # the one that Debian's python3-qgis belongs to
COLOURS = tomllib.loads(i18n.template("colours.toml"))


def in_qgis(path, picture):
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    run = subprocess.run(
        [PYTHON, SCRIPT, path, picture],
        env=outside | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return json.loads(run.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    try:
        subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no QGIS on this machine")
    folder = tmp_path_factory.mktemp("qgis")
    about = About("town", Text("小城", "Town"), date(2024, 10, 31), demonstration=True)
    path = folder / "nuantu.gpkg"
    path.write_bytes(geopackage_bytes(twin_layers(sample.results(folder)), about))
    return in_qgis(path, folder / "twin.png"), folder / "twin.png"


def test_every_layer_opens_with_its_style(opened):
    layers, _ = opened
    assert set(layers) == {"villages", "heat_pipes", "coal_ban_zones", "gaps", "households"}
    assert all(layer["valid"] and layer["features"] for layer in layers.values())
    styled = {name for name, layer in layers.items() if layer["renderer"] == "categorizedSymbol"}
    assert styled == {"villages", "heat_pipes", "coal_ban_zones", "households"}


@pytest.mark.parametrize(
    ("layer", "table"),
    [("villages", "approach"), ("households", "route_point"), ("coal_ban_zones", "verdict")],
)
def test_colours_are_those_of_the_pages(opened, layer, table):
    classes = opened[0][layer]["classes"]
    assert len(classes) >= 3
    # electric is the route of three of the four villages
    quiet = {"electric"} if layer == "villages" else set()
    for key, (_, colour) in classes.items():
        assert colour == COLOURS[table][key]["quiet" if key in quiet else "fill"]
    if layer == "villages":
        assert classes["central"][0] == "集中供热"


def test_fields_have_chinese_aliases(opened):
    aliases = opened[0]["villages"]["aliases"]
    assert (aliases["village_code"], aliases["approach"]) == ("村代码", "取暖方式")


def test_qgis_draws_it(opened):
    picture = opened[1].read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 5000  # a white one is smaller

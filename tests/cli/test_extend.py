"""`nuantu extend`: a village beside the main joins it; the files open in GIS and say where."""

import json
import subprocess
import sys

import geopandas as gpd
import pandas as pd
import pytest
import town
from shapely.geometry import LineString, Point
from small_town import FAR, GAS, write


def write_with_streets(folder):
    """The small town, with a source at the west end and one street along all four villages."""
    write(folder)
    project = (folder / "project.toml").read_text("utf-8")
    layers = '[layers.roads]\npath = "roads.gpkg"\n[layers.heat_sources]\npath = "sources.gpkg"\n'
    (folder / "project.toml").write_text(project + layers, encoding="utf-8")
    policy = (folder / "policy.toml").read_text("utf-8")
    thin = "[heating_network]\nmin_mwh_per_m_a = 0.1\n"  # 306 MWh a year on some 800 m of pipe
    (folder / "policy.toml").write_text(policy + thin, encoding="utf-8")
    street = LineString([(469900, 3940000), (471500, 3940000), (477000, 3940000)])
    roads = gpd.GeoDataFrame({"name": ["一号街"]}, geometry=[street], crs=town.CRS)
    roads.to_file(folder / "roads.gpkg")
    plant = {"source_id": ["s1"], "capacity_mw": [50.0], "load_mw": [0.0]}
    sources = gpd.GeoDataFrame(plant, geometry=[Point(469900, 3940000)], crs=town.CRS)
    sources.to_file(folder / "sources.gpkg")


def test_the_gap_next_to_the_main_is_connected_along_the_street(tmp_path):
    write_with_streets(tmp_path / "town")
    arguments = ["extend", tmp_path / "town", "--out", tmp_path / "out", "--json"]
    command = [sys.executable, "-P", "-m", "gis", *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    # GAS has no individual route (no headroom, no secured gas), so it must be connected
    assert GAS in found["connected"]
    assert FAR not in found["connected"]
    assert found["bound_cny_a"] <= found["cost_cny_a"] * (1 + 1e-9)
    table = pd.read_csv(tmp_path / "out/planner/extension.csv", dtype={"village_code": str})
    assert table.set_index("village_code")["connected"][GAS]
    assert "一号街" in table.set_index("village_code")["path_zh"][GAS]
    mains = gpd.read_file(tmp_path / "out/planner/extension.gpkg", layer="heat_extension")
    assert mains.crs.to_epsg() == 4546
    assert mains.length.sum() == pytest.approx(found["built_m"], abs=0.01)


def test_without_streets_it_says_what_is_missing(tmp_path):
    write(tmp_path / "town")
    command = [sys.executable, "-P", "-m", "gis", "extend", str(tmp_path / "town")]
    command += ["--out", str(tmp_path / "out")]
    run = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert run.returncode == 1
    assert "roads" in run.stderr

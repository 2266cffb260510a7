"""The proposed mains in both editions and in the twin: exact inside, no loads or homes outside."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
from small_town import GAS, NO_WORKS, homes, write_with_streets

from gis.disclosure.rounding import NOTHING
from gis.editions.planner import planner_edition
from gis.editions.public import public_edition
from gis.pipeline import Pipeline
from gis.report.geopackage import geopackage_bytes, twin_layers
from gis.report.metadata import run_metadata


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mains") / "town"
    write_with_streets(folder, NO_WORKS)
    stages = Pipeline()
    return stages.results(stages.read_and_check(folder))


def public(results, *, proposals):
    project = results.project.model_copy(update={"publish_proposals": proposals})
    seen = replace(results, project=project)
    return public_edition(planner_edition(seen, {}), seen, NOTHING)[0]


def test_the_planner_sees_every_main_with_its_load_and_cost(results):
    growth = planner_edition(results, {}).growth
    assert [one["code"] for one in growth["villages"]] == results.extension.connected
    joined = {one["code"]: one for one in growth["villages"]}[GAS]
    row = results.extension.villages.loc[GAS]
    assert joined["homes"] == 30
    assert joined["cost_cny_a"] == pytest.approx(row["cost_fen_a"] / 30 / 100, abs=0.005)
    assert joined["runs_on"] == row["runs_on"].date().isoformat()
    assert sum(main["length_m"] for main in growth["mains"]) == pytest.approx(
        results.extension.network.built_m, abs=0.1 * len(growth["mains"])
    )
    assert growth["invest_cny"] == pytest.approx(results.extension.network.invest_cny, abs=0.5)
    assert all(main["mwh_per_m_a"] and main["loss_kw"] for main in growth["mains"])


def test_the_public_sees_mains_only_if_the_project_says_so(results):
    closed = public(results, proposals=False)
    assert closed.growth is None
    assert "mains" not in closed.geometry
    assert public(results, proposals=True).growth is not None


def test_the_public_sees_no_load_no_money_and_no_way_to_a_home(results):
    seen = public(results, proposals=True)
    for row in (*seen.growth["mains"], *seen.growth["villages"]):
        told = {name for name, value in row.items() if isinstance(value, float)}
        assert told <= {"length_m", "new_m"}
    assert all(not one["way"]["zh"] for one in seen.growth["villages"])
    # the street runs at y = 3,940,000 and the homes stand 20 m north of it
    drawn = gpd.GeoDataFrame.from_features(seen.geometry["mains"]["features"], crs=4326)
    y = drawn.to_crs(4546).get_coordinates()["y"].to_numpy()
    assert np.abs(y - 3_940_000).max() < 2
    exact = gpd.GeoDataFrame.from_features(
        planner_edition(results, {}).geometry["mains"]["features"], crs=4326
    )
    assert exact.to_crs(4546).get_coordinates()["y"].max() > 3_940_015
    assert {row["y"] for row in homes() if row.get("y", 0) > 3_940_000} == {3_940_020}


def test_the_twin_holds_them_with_chinese_names(results, tmp_path):
    layer = twin_layers(results)["heat_extension"]
    assert layer.crs.to_epsg() == 4546
    assert layer.length.sum() == pytest.approx(results.extension.network.built_m)
    path = tmp_path / "nuantu.gpkg"
    path.write_bytes(geopackage_bytes({"heat_extension": layer}, run_metadata(results)))
    style = gpd.read_file(path, layer="layer_styles")["styleQML"].iloc[0]
    assert "线热密度" in style
    assert "11,110,79" in style  # #0b6e4f, the line of the pages
    assert "heat_extension" not in twin_layers(replace(results, extension=None))

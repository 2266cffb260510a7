"""`nuantu extend`: a village beside the main joins it; the files open in GIS and say where."""

import json

import forked
import geopandas as gpd
import pandas as pd
import pytest
from small_town import FAR, GAS, NO_WORKS, write, write_with_streets

from gis.pipeline import Pipeline


@pytest.fixture(scope="module", autouse=True)
def _warm():
    forked.warm()


def test_the_gap_next_to_the_main_is_connected_along_the_street(tmp_path):
    write_with_streets(tmp_path / "town", NO_WORKS)
    command = ("extend", tmp_path / "town", "--out", tmp_path / "out", "--json", "--sensitivity")
    run = forked.nuantu(*command, log=tmp_path)
    assert run.code == 0, run.err
    found = json.loads(run.out)
    # GAS has no individual route (no headroom, no secured gas), so it must be connected
    assert GAS in found["connected"]
    assert FAR not in found["connected"]
    assert found["bound_cny_a"] <= found["cost_cny_a"] * (1 + 1e-9)
    table = pd.read_csv(tmp_path / "out/planner/extension.csv", dtype={"village_code": str})
    assert table.set_index("village_code")["connected"][GAS]
    assert "一号街" in table.set_index("village_code")["path_zh"][GAS]
    prices = pd.read_csv(tmp_path / "out/planner/sensitivity.csv")
    assert sorted(zip(prices["heat_share"], prices["pipe_share"], strict=True)) == [
        (0.8, 1.0), (1.0, 0.8), (1.0, 1.0), (1.0, 1.2), (1.2, 1.0),
    ]  # fmt: skip
    prices = prices.set_index(["heat_share", "pipe_share"])
    assert prices["gap_left"].between(0, 1e-3).all()
    assert prices.loc[(1.0, 1.0), "cost_cny_a"] == pytest.approx(found["cost_cny_a"], abs=0.01)
    assert (
        prices.loc[(1.0, 1.2), "cost_cny_a"]
        > found["cost_cny_a"]
        > prices.loc[(1.0, 0.8), "cost_cny_a"]
    )
    mains = gpd.read_file(tmp_path / "out/planner/extension.gpkg", layer="heat_extension")
    assert mains.crs.to_epsg() == 4546
    assert mains.length.sum() == pytest.approx(found["built_m"], abs=0.01)


def test_without_streets_it_says_what_is_missing(tmp_path):
    write(tmp_path / "town")
    run = forked.nuantu("extend", tmp_path / "town", "--out", tmp_path / "out", log=tmp_path)
    assert run.code == 1
    assert "roads" in run.err


def plan_of(folder):
    stages = Pipeline()
    return stages.plan(stages.read_and_check(folder))


def row_of(plan, code):
    rows = plan.decisions.villages
    return rows[rows["village_code"] == code].iloc[0]


def test_what_can_run_by_the_deadline_is_decided_with_its_way_and_cost(tmp_path):
    at_once = "[prices.network]\nstart_days = 0\nbuild_m_per_day = 1000\n"
    write_with_streets(tmp_path / "town", NO_WORKS + at_once)
    plan = plan_of(tmp_path / "town")
    row, grown = row_of(plan, GAS), plan.extension.villages.loc[GAS]
    assert row["approach"] == "central"
    assert grown["path_zh"] in row["reason_zh"]
    assert f"{round(grown['cost_fen_a'] / grown['homes'] / 100):,}元" in row["reason_zh"]
    assert "2024-11-0" in row["reason_zh"]
    assert row["cost_fen_a"] == grown["cost_fen_a"]
    priced = plan.prices.set_index(["village_code", "part", "route"]).loc[(GAS, "", "central")]
    assert priced["station_fen"] == grown["network_fen"]
    assert priced["missing"] == ""


def test_what_cannot_run_by_the_deadline_is_the_route_and_not_this_years_task(tmp_path):
    write_with_streets(tmp_path / "town", NO_WORKS)
    plan = plan_of(tmp_path / "town")
    row, grown = row_of(plan, GAS), plan.extension.villages.loc[GAS]
    assert grown["connected"]
    assert not grown["in_time"]
    assert row["approach"] == "central"
    assert row["ready_on"] == grown["runs_on"]
    assert row["batch"] == 0
    assert grown["path_zh"] in row["reason_zh"]
    assert grown["runs_on"].date().isoformat() in row["reason_zh"]


def test_where_a_transformer_can_be_bought_the_street_is_weighed_against_it(tmp_path):
    """Without a verified ceiling GAS can go electric, so connecting it is a matter of cost."""
    write_with_streets(tmp_path / "town")
    plan = plan_of(tmp_path / "town")
    row, grown = row_of(plan, GAS), plan.extension.villages.loc[GAS]
    assert grown["individual_route"] == "electric"
    assert (row["approach"] == "central") == bool(grown["connected"])


def test_without_streets_the_decision_stands_on_the_network_of_today(tmp_path):
    write(tmp_path / "town")
    plan = plan_of(tmp_path / "town")
    assert plan.extension is None
    assert row_of(plan, GAS)["approach"] != "central"
    assert plan.prices is plan.base_prices

"""The extension as files: money in yuan, villages that join first, the mains in project metres."""

import json
from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
import pytest
from publish import sample
from publish.test_verify import ONE
from shapely.geometry import LineString

from gis.publish import swap, verify, write_extension


@pytest.fixture
def found():
    villages = pd.DataFrame(
        {"connected": [False, True], "homes": [30, 40], "cost_fen_a": [100, 123_456],
         "network_fen_a": [0, 50], "individual_fen_a": pd.array([None, 7], dtype="Int64")},
        index=pd.Index([sample.B, sample.A], name="village_code"),
    )  # fmt: skip
    line = LineString([(500000, 3940000), (500100, 3940000)])
    mains = gpd.GeoDataFrame({"branch_id": ["b1"], "length_m": [100.0]}, geometry=[line])
    return SimpleNamespace(
        villages=villages, branches=mains, as_json=lambda: {"connected": [sample.A]}
    )


def test_the_villages_the_answer_and_the_mains(found, tmp_path):
    run = sample.results(tmp_path)
    table = write_extension(found, run.facts, run.project, tmp_path / "out")
    assert table["village_code"].tolist() == [sample.A, sample.B]
    assert table["cost_cny_a"].tolist() == [1234.56, 1.0]
    assert table["individual_cny_a"].isna().tolist() == [False, True]
    folder = tmp_path / "out" / "planner"
    read = pd.read_csv(folder / "extension.csv", dtype={"village_code": str})
    assert read["village_code"].tolist() == [sample.A, sample.B]
    assert json.loads((folder / "extension.json").read_text("utf-8")) == {"connected": [sample.A]}
    mains = gpd.read_file(folder / "extension.gpkg", layer="heat_extension")
    assert (mains.crs, mains.length.tolist()) == (run.project.crs, [100.0])


def test_what_a_publication_did_not_hold_is_named_as_added(found, tmp_path):
    run = sample.results(tmp_path)
    swap.install(tmp_path / "out", ONE)
    write_extension(found, run.facts, run.project, tmp_path / "out")
    assert verify(tmp_path / "out").added == tuple(
        f"planner/extension.{kind}" for kind in ("csv", "gpkg", "json")
    )

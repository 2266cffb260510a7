"""The extension as files: money in yuan, villages that join first, the mains in project metres."""

import json
from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
import pytest
from publish import sample
from publish.test_verify import ONE
from shapely.geometry import LineString

from gis.errors import PublicationError
from gis.publish import atomic_swap, publication, verify, write_extension, write_sensitivity


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


def test_nothing_is_written_into_a_publication(found, tmp_path, monkeypatch):
    run = sample.results(tmp_path)
    atomic_swap.install(tmp_path / "out", ONE)
    with pytest.raises(PublicationError, match=r"extension\.csv would change"):
        write_extension(found, run.facts, run.project, tmp_path / "out")
    prices = pd.DataFrame({"heat_share": [1.0]})
    monkeypatch.setattr(publication, "sensitivity", lambda _: prices)
    with pytest.raises(PublicationError, match=r"sensitivity\.csv would change"):
        write_sensitivity(found, run.project, tmp_path / "out")
    assert verify(tmp_path / "out").whole
    write_sensitivity(found, run.project, tmp_path / "beside")
    assert (tmp_path / "beside" / "planner" / "sensitivity.csv").is_file()

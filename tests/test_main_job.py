"""The main job on a small town on disk: layers in, a route for every village, editions out."""

import csv
import json
import subprocess
import sys

import geopandas as gpd
import pandas as pd
import pytest
import town
from shapely.geometry import LineString, Point, box

ON, FAR, GAS, SURE = "140882001001", "140882001002", "140882002001", "140882002002"
VILLAGES = [
    (ON, (470000, 3940000, 471000, 3941000)),
    (FAR, (476000, 3940000, 477000, 3941000)),
    (GAS, (471000, 3940000, 472000, 3941000)),
    (SURE, (472000, 3940000, 473000, 3941000)),
]
ROUTES = {ON: "central", FAR: "electric", GAS: "undecided", SURE: "gas"}
PROJECT = """
[project]
name = "town"
title = { zh = "小城", en = "Town" }
crs = "EPSG:4546"
as_of = 2024-10-31
targets = "targets.csv"
demonstration = true
[layers.households]
path = "households.csv"
crs = "EPSG:4546"
[layers.villages]
path = "villages.gpkg"
[layers.heat_pipes]
path = "pipes.geojson"
[layers.gas_coverage]
path = "gas.geojson"
[layers.transformers]
path = "transformers.csv"
crs = "EPSG:4546"
[[zones]]
zone_id = "Z1"
zone = "禁煤区"
effective_on = 2023-10-01
include_villages = ["140882001001"]
"""


def homes():
    """30 homes a village in a row 20 m north of its south edge, all on coal; 12 of FAR listed."""
    rows = []
    for code, (west, south, _, _) in VILLAGES:
        for i in range(30):
            listed = code == FAR and i < 12
            rows.append({"户编号": f"{code[-4:]}-{i:03}", "行政村代码": code, "采暖方式": "煤",
                         "户主": f"演示户{i:03}", "x": west + 10 + 30 * i, "y": south + 20,
                         "列入本年计划": "是" if listed else "否"})  # fmt: skip
    rows[0] |= {"x": 100.0, "y": 100.0}  # outside every village, with a valid code
    rows.append(dict(rows[1]))  # the same row again
    rows.append({"户编号": "lost", "采暖方式": "煤"})  # neither code nor place
    return rows


def write(folder):
    folder.mkdir()
    (folder / "project.toml").write_text(PROJECT, encoding="utf-8")
    (folder / "policy.toml").write_text(town.POLICY, encoding="utf-8")
    (folder / "targets.csv").write_text(
        "unit_code,unit,electric,gas,central,total\n140882001,甲镇,12,,,12\n,合计,12,,,12\n",
        encoding="utf-8",
    )
    pd.DataFrame(homes()).to_csv(folder / "households.csv", index=False, encoding="gb18030")
    town.villages(VILLAGES).to_file(folder / "villages.gpkg")
    street = LineString([(469900, 3940000), (471000, 3940000)])
    pipe = {"pipe_id": "p1", "status": "in_service", "geometry": street}
    gas = [
        {"status": "in_service", "supply_secured": code == SURE, "geometry": box(*bounds)}
        for code, bounds in VILLAGES[2:]
    ]
    for name, rows in (("pipes", [pipe]), ("gas", gas)):
        layer = gpd.GeoDataFrame(rows, geometry="geometry", crs=town.CRS).to_crs(4490)
        layer.to_file(folder / f"{name}.geojson", driver="GeoJSON")
    # 30 homes need 30 x 3.0 x 0.7 / 0.95 = 66.3 kVA: FAR has it, GAS and SURE have none of it
    grid = [
        {"transformer_id": f"t{code[-4:]}", "village_code": code, "capacity_kva": 400,
         "peak_load_kva": 100 if code in (ON, FAR) else 400, "x": bounds[0] + 500, "y": bounds[1]}
        for code, bounds in VILLAGES
    ]  # fmt: skip
    pd.DataFrame(grid).to_csv(folder / "transformers.csv", index=False)


def nuantu(*arguments):
    command = [sys.executable, "-P", "-m", "gis", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("job")
    write(folder / "town")
    run = nuantu("run", folder / "town", "--out", folder / "out", "--json")
    assert run.returncode == 0, run.stderr
    return folder / "out", json.loads(run.stdout)


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_each_village_gets_the_route_its_facts_allow(done):
    out, _ = done
    routes = {row["village_code"]: row["approach"] for row in table(out / "planner/decisions.csv")}
    assert routes == ROUTES


def test_every_decision_has_its_clause_and_reason(done):
    out, _ = done
    for row in table(out / "planner/decisions.csv"):
        assert row["clause"]
        assert row["reason"]


def test_every_household_is_counted_once(done):
    out, summary = done
    counts = summary["households"]
    # 120 homes: one stands outside; the repeat and the lost one are rejected
    assert counts == {"read": 122, "placed": 119, "rejected": 2, "outside": 1}
    ledger = pd.read_parquet(out / "planner/households.parquet")
    assert ledger["status"].value_counts().to_dict() == {"placed": 119, "rejected": 2, "outside": 1}
    decided = sum(int(row["households"]) for row in table(out / "planner/decisions.csv"))
    assert decided == sum(route["households"] for route in summary["approach"].values()) == 120


def test_every_household_has_the_route_of_its_village(done):
    out, _ = done
    ledger = pd.read_parquet(out / "planner/households.parquet")
    counted = ledger[ledger["status"] != "rejected"]
    routes = counted.groupby("village_code")["approach"].agg(["nunique", "first"])
    assert routes["nunique"].eq(1).all()
    assert routes["first"].to_dict() == {
        ON: "central",
        FAR: "electric",
        GAS: "undecided",
        SURE: "gas",
    }


def test_the_batch_is_kept_apart_from_the_route(done):
    out, summary = done
    batch = {row["village_code"]: int(row["batch"]) for row in table(out / "planner/decisions.csv")}
    assert batch == {ON: 0, FAR: 12, GAS: 0, SURE: 0}
    electric = next(row for row in summary["targets"] if row["mode"] == "electric")
    assert (electric["unit_code"], electric["target"], electric["batch"]) == ("140882001", 12, 12)
    assert electric["completed"] == 0


def test_the_zone_is_not_cleared_while_its_homes_burn_coal(done):
    _, summary = done
    zone = summary["zones"][0]
    assert (zone["zone_id"], zone["verdict"], zone["inside"]) == ("Z1", "not_cleared", 30)
    assert zone["not_cleared"] == 30


def test_the_public_folder_holds_nobody(done):
    out, _ = done
    text = b"".join(path.read_bytes() for path in (out / "public").rglob("*") if path.is_file())
    assert "演示户".encode() not in text
    assert b"1001-000" not in text


def test_the_manifest_is_verified_and_a_change_is_named(done):
    out, _ = done
    assert nuantu("verify", out).returncode == 0
    changed = out / "public" / "data" / "villages.csv"
    kept = changed.read_bytes()
    try:
        changed.write_bytes(kept + b" ")
        run = nuantu("verify", out)
    finally:
        changed.write_bytes(kept)
    assert run.returncode == 1
    assert "public/data/villages.csv" in run.stdout + run.stderr


def test_a_blocking_problem_publishes_nothing(tmp_path):
    write(tmp_path / "town")
    (tmp_path / "town" / "villages.gpkg").write_bytes(b"not a GeoPackage")
    command = [
        sys.executable,
        "-P",
        "-m",
        "gis",
        "run",
        tmp_path / "town",
        "--out",
        tmp_path / "out",
    ]
    run = subprocess.run([*map(str, command)], capture_output=True, encoding="utf-8", check=False)
    assert run.returncode == 1
    assert "villages.gpkg" in run.stderr
    assert not (tmp_path / "out" / "public").exists()


@pytest.mark.parametrize("moved", [Point(3.0, 4.0)])
def test_moving_the_whole_town_changes_no_route(tmp_path, done, moved):
    out, _ = done
    write(tmp_path / "town")
    folder = tmp_path / "town"
    for name in ("households.csv", "transformers.csv"):
        encoding = "gb18030" if name == "households.csv" else "utf-8"
        rows = pd.read_csv(folder / name, dtype=str, encoding=encoding)
        for axis, by in (("x", moved.x), ("y", moved.y)):
            rows[axis] = rows[axis].astype(float) + by
        rows.to_csv(folder / name, index=False, encoding=encoding)
    for name in ("villages.gpkg", "pipes.geojson", "gas.geojson"):
        layer = gpd.read_file(folder / name).to_crs(town.CRS)
        layer["geometry"] = layer.translate(moved.x, moved.y)
        (folder / name).unlink()
        layer.to_crs(4490 if name.endswith("json") else town.CRS).to_file(folder / name)
    assert nuantu("run", folder, "--out", tmp_path / "out").returncode == 0
    one, two = (table(base / "planner/decisions.csv") for base in (out, tmp_path / "out"))
    assert [row["approach"] for row in one] == [row["approach"] for row in two]

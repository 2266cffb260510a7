"""The main job on a small town on disk: layers in, a route for every village, editions out."""

import csv
import json
import subprocess
import sys

import forked
import geopandas as gpd
import pandas as pd
import pytest
import town
from cryptography.hazmat.primitives.asymmetric import ed25519
from publish.test_signing import write as write_key
from shapely.geometry import Point
from small_town import FAR, GAS, NO_WORKS, ON, SURE, write

KEY = ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32)
ROUTES = {ON: "central", FAR: "electric", GAS: "undecided", SURE: "gas"}


@pytest.fixture(scope="module")
def nuantu(tmp_path_factory):
    """The command in a warm process."""
    forked.warm()
    log = tmp_path_factory.mktemp("log")
    return lambda *arguments: forked.nuantu(*arguments, log=log)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The whole job as an office runs it, in a process of its own."""
    folder = tmp_path_factory.mktemp("job")
    write(folder / "town", NO_WORKS)
    secret, _ = write_key(folder / "keys", "office", KEY)
    command = ["run", folder / "town", "--out", folder / "out", "--json", "--sign", secret]
    run = subprocess.run([sys.executable, "-P", "-m", "gis", *map(str, command)],
                         capture_output=True, encoding="utf-8", check=False)  # fmt: skip
    assert run.returncode == 0, run.stderr
    return folder / "out", json.loads(run.stdout)


def test_the_publication_is_signed_by_the_office(done, nuantu):
    out, _ = done
    assert nuantu("verify", out, "--key", out.parent / "keys" / "office.pem").code == 0


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
    assert electric["completed"] is None  # the ledger has no column of acceptance


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


def test_the_manifest_is_verified_and_a_change_is_named(done, nuantu):
    out, _ = done
    assert nuantu("verify", out).code == 0
    changed = out / "public" / "data" / "villages.csv"
    kept = changed.read_bytes()
    try:
        changed.write_bytes(kept + b" ")
        run = nuantu("verify", out)
    finally:
        changed.write_bytes(kept)
    assert run.code == 1
    assert "public/data/villages.csv" in run.out + run.err


def test_a_blocking_problem_publishes_nothing(tmp_path, nuantu):
    write(tmp_path / "town")
    (tmp_path / "town" / "villages.gpkg").write_bytes(b"not a GeoPackage")
    run = nuantu("run", tmp_path / "town", "--out", tmp_path / "out")
    assert run.code == 1
    assert "villages.gpkg" in run.err
    assert not (tmp_path / "out" / "public").exists()


def test_moving_the_whole_town_changes_no_route(tmp_path, done, nuantu):
    (out, _), moved = done, Point(3.0, 4.0)
    write(tmp_path / "town", NO_WORKS)
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
    assert nuantu("decide", folder, "--out", tmp_path / "out").code == 0
    one, two = (table(base / "planner/decisions.csv") for base in (out, tmp_path / "out"))
    assert [row["approach"] for row in one] == [row["approach"] for row in two]

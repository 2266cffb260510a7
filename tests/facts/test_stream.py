"""A ledger in parts gives what the whole ledger gives, whoever works the parts out."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
import town
from facts.deadly import KillsOne
from pyproj import CRS
from shapely.geometry import LineString, Point, box

from gis.errors import InputError, UsageError
from gis.facts import Dask, Threads, gather, settle, stream
from gis.facts.engines import engine_of

SIDE = 1000
CODES = [f"1408820010{number:02}" for number in range(9)]
SQUARES = [
    (code, (SIDE * (n % 3), SIDE * (n // 3), SIDE * (n % 3 + 1), SIDE * (n // 3 + 1)))
    for n, code in enumerate(CODES)
]


def ledger(rows=900):
    rng = np.random.default_rng(8)
    table = [
        {
            "household_id": f"h{row}",
            "x": float(rng.uniform(-100, 3100)),
            "y": float(rng.uniform(-100, 3100)),
            "heating": str(rng.choice(["coal", "none", "gas", "electric"])),
            "village_code": rng.choice([None, *CODES]),
            "in_programme": bool(rng.random() < 0.3),
        }
        for row in range(rows)
    ]
    table[5] |= {"x": np.nan, "y": np.nan}
    table[6] |= {"x": np.nan, "y": np.nan, "village_code": None}
    table[7] |= {"reject_reason": "duplicate_id", "household_id": "h8"}
    return town.households(table)


def layers():
    pipes = [
        {"pipe_id": f"p{i}", "dn_mm": 200.0, "status": "in_service", "role": "primary",
         "geometry": LineString([(0, y), (2500, y)])}
        for i, y in enumerate((200, 2200))
    ]  # fmt: skip
    feeders = [
        {"transformer_id": f"t{i}", "village_code": None, "capacity_kva": 100.0,
         "peak_load_kva": 40.0, "upgrade_kva": None, "upgrade_cny": None,
         "geometry": Point(400 * i, 900)}
        for i in range(7)
    ]  # fmt: skip
    zone = {"zone_id": "Z1", "geometry": box(-50, -50, 1500, 1200)}
    table = pd.DataFrame(
        {"household_id": ["h1", "gone"], "zone_id": "Z1", "document_no": "d",
         "ruling": ["inside", "outside"], "ruled_on": pd.to_datetime(["2024-05-01"] * 2)}
    )  # fmt: skip
    return {
        "villages": town.villages(SQUARES),
        "coal_ban_zones": town.zones(zone),
        "heat_pipes": town.layer(pipes, "in_service_on"),
        "transformers": town.layer(feeders, "upgrade_due_on"),
        "zone_rulings": table,
    }


def written(path, table, rows=100, *, binary=False):
    """`table` as GeoParquet in row groups of `rows`."""
    columns = table.drop(columns=["ledger_file", "ledger_row"])
    metadata = {}
    if binary:
        places = shapely.to_wkb(shapely.points(table["x"], table["y"]))
        places[table["x"].isna()] = None
        columns = columns.drop(columns=["x", "y"]).assign(geometry=places)
        metadata = {b"geo": b'{"primary_column": "geometry"}'}
    arrow = pa.Table.from_pandas(columns, preserve_index=False)
    pq.write_table(arrow.replace_schema_metadata(metadata), path, row_group_size=rows)
    return path


def streamed(folder, path, engine=None, work="work"):
    tables = layers() | {"households": [path]}
    policy = town.policy(folder)
    return stream(tables, policy, town.AS_OF, folder / work, engine or Threads(2))


def contents(result):
    return [path.read_bytes() for path in result.households]


@pytest.mark.parametrize("binary", [False, True])
def test_in_parts_as_in_memory(tmp_path, binary, monkeypatch):
    table = ledger()
    whole = gather(layers() | {"households": table}, town.policy(tmp_path), town.AS_OF)
    monkeypatch.setattr(settle, "_AT_ONCE", 50)
    result = streamed(tmp_path, written(tmp_path / "a.parquet", table, binary=binary))
    assert len(result.households) == 9
    pd.testing.assert_frame_equal(result.villages, whole.villages)
    pd.testing.assert_frame_equal(result.total.links, whole.links)
    parts = pd.concat(map(pd.read_parquet, result.households), ignore_index=True)
    for name in ("household_id", "village_code", "status", "pipe_m", "transformer_id", "zone_id",
                 "zone_position", "zone_m"):  # fmt: skip
        one, two = parts[name].to_numpy(object), whole.households[name].to_numpy(object)
        assert ((one == two) | (pd.isna(one) & pd.isna(two))).all(), name
    assert result.status == whole.households["status"].value_counts().to_dict()
    codes = [problem.code for problem in whole.problems if problem.layer != "policy.toml"]
    assert result.problems == pd.Series(codes).value_counts().to_dict()


def test_a_run_that_stopped_goes_on(tmp_path):
    path = written(tmp_path / "a.parquet", ledger())
    expected = contents(streamed(tmp_path, path))
    done = streamed(tmp_path, path, work="work").households
    for lost in done[4:]:
        lost.unlink()
    kept = {path: path.stat().st_mtime_ns for path in done[:4]}
    assert contents(streamed(tmp_path, path)) == expected
    assert {path: path.stat().st_mtime_ns for path in done[:4]} == kept


def test_another_ledger_is_another_run(tmp_path):
    path = written(tmp_path / "a.parquet", ledger())
    first = streamed(tmp_path, path)
    written(path, ledger(800))
    assert streamed(tmp_path, path).status["placed"] < first.status["placed"]


def test_a_household_in_two_parts_is_refused_by_name(tmp_path):
    table = ledger()
    table.loc[850, "household_id"] = "h3"
    with pytest.raises(InputError, match="h3"):
        streamed(tmp_path, written(tmp_path / "a.parquet", table))


def test_a_file_that_is_no_ledger_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 or not")
    with pytest.raises(InputError, match=r"a\.parquet"):
        streamed(tmp_path, path)
    pq.write_table(pa.table({"household_id": ["h1"]}), path)
    with pytest.raises(InputError, match="household_id"):
        streamed(tmp_path, path)


def noted(path, **crs):
    """The file with a note of GeoParquet on its geometry, which has a crs or leaves it out."""
    note = {"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", **crs}}}
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({b"geo": json.dumps(note).encode()}), path)
    return path


def test_a_ledger_in_another_crs_is_refused(tmp_path):
    """Degrees, another zone of Gauss-Krüger, another datum: silently all would stand elsewhere."""
    path = written(tmp_path / "a.parquet", ledger(), binary=True)
    own = CRS.from_user_input(town.CRS).to_json_dict()
    expected = streamed(tmp_path, path).status
    assert streamed(tmp_path, noted(path, crs=own)).status == expected
    assert streamed(tmp_path, noted(path, crs=None)).status == expected
    with pytest.raises(InputError, match="CRS84"):
        streamed(tmp_path, noted(path))
    for other in ("EPSG:4326", "EPSG:4547", "EPSG:32649", "EPSG:2383"):
        with pytest.raises(InputError, match=other):
            streamed(tmp_path, noted(path, crs=CRS.from_user_input(other).to_json_dict()))


def test_engines_by_their_names():
    assert engine_of("threads") == Threads()
    assert engine_of("dask") == Dask()
    assert engine_of("dask:tcp://host:8786") == Dask("tcp://host:8786")
    for wrong in ("", "spark", "dask:", "threads:2", "daskly"):
        with pytest.raises(UsageError, match="dask:ADDRESS"):
            engine_of(wrong)


def test_dask_loses_nothing_with_a_worker_killed(tmp_path):
    """One of two workers ends half-way; every part is there, byte for byte."""
    table = ledger()
    path = written(tmp_path / "a.parquet", table)
    expected = contents(streamed(tmp_path, path))
    found = streamed(tmp_path, path, KillsOne(workers=2), work="other")
    assert contents(found) == expected
    assert (tmp_path / "killed").exists()


def test_dask_in_memory_gives_the_same(tmp_path):
    tables = layers() | {"households": ledger()}
    policy = town.policy(tmp_path)
    one = gather(tables, policy, town.AS_OF)
    two = gather(tables, policy, town.AS_OF, Dask(workers=1))
    pd.testing.assert_frame_equal(one.households, two.households)


def test_a_scheduler_that_is_not_there_is_said(tmp_path):
    tables = layers() | {"households": ledger(9)}
    with pytest.raises(UsageError, match=r"127\.0\.0\.1:1"):
        gather(tables, town.policy(tmp_path), town.AS_OF, Dask("tcp://127.0.0.1:1"))

# imports are inside the functions, so that each contender only loads its own libraries
"""The same question for each contender: the village, the zones and the nearest pipe of each home.

Every answer is three arrays in the order of the ledger: the index of the village (-1 for none), the
number of zones, and the distance to the nearest pipe [m] (inf beyond 500 m).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

REACH_M = 500.0
_POINT = np.dtype([("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])  # as WKB


def nuantu(folder: Path) -> list[np.ndarray]:
    """Nuantu: reads x and y from the file without making geometry objects of households."""
    import geopandas as gpd

    from gis.facts.spatial_index import LineIndex
    from gis.facts.village_assignment import PLACED, Homes, VillageIndex
    from gis.facts.zone_membership import ZoneIndex
    from gis.policy.model import Placing

    villages = gpd.read_parquet(folder / "villages.parquet")
    ready = VillageIndex.of(villages, "ledger")
    zones = gpd.read_parquet(folder / "zones.parquet").assign(by_units=False, worded=False)
    zones["unit_villages"] = [()] * len(zones)
    exactly = Placing.model_construct(
        sigma_household_m=0.0, sigma_zone_m=0.0, sigma_zone_worded_m=0.0
    )
    ban = ZoneIndex.of(zones, ready, exactly)
    pipes = gpd.read_parquet(folder / "pipes.parquet").geometry.to_numpy()
    near = LineIndex(pipes)
    ledger = folder / "households.parquet"
    parts = pq.read_metadata(ledger).num_row_groups

    def answer(number: int) -> list[np.ndarray]:
        with pq.ParquetFile(ledger) as file:
            shapes = file.read_row_group(number, columns=["geometry"])["geometry"].combine_chunks()
        points = np.frombuffer(shapes.buffers()[2], _POINT, len(shapes))
        x, y = np.ascontiguousarray(points["x"]), np.ascontiguousarray(points["y"])
        nobody = np.full(len(x), -1, np.intp)
        homes = Homes(x, y, nobody, np.zeros(len(x), bool), np.zeros(len(x)))
        place = ready.place(homes)
        inside = np.bincount(ban.find(homes, place).household, minlength=len(x))
        located = np.where(place.status == PLACED, place.located, -1)
        return [located.astype(np.int32), inside.astype(np.int8), near.nearest(x, y, REACH_M)[1]]

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(answer, range(parts)))
    return [np.concatenate(column) for column in zip(*answers, strict=True)]


def geopandas(folder: Path) -> list[np.ndarray]:
    """Spatial joins with GeoPandas."""
    import geopandas as gpd

    homes = gpd.read_parquet(folder / "households.parquet")
    layers = [
        gpd.read_parquet(folder / f"{name}.parquet") for name in ("villages", "zones", "pipes")
    ]
    homes = homes.set_crs(layers[0].crs, allow_override=True)[["geometry"]]
    return _joined(homes, layers)


def _joined(homes: Any, layers: list[Any]) -> list[np.ndarray]:  # noqa: ANN401  # a table
    import geopandas as gpd

    villages, zones, pipes = (layer[["geometry"]] for layer in layers)
    located = gpd.sjoin(homes, villages, how="left", predicate="intersects")["index_right"]
    inside = gpd.sjoin(homes, zones, how="inner", predicate="intersects").index
    metres = gpd.sjoin_nearest(
        homes, pipes, how="inner", max_distance=REACH_M, distance_col="metres"
    )["metres"]
    rows = homes.index
    return [
        located.groupby(level=0).min().reindex(rows).fillna(-1).to_numpy(np.int32),
        pd.Series(1, index=inside)
        .groupby(level=0)
        .sum()
        .reindex(rows, fill_value=0)
        .to_numpy(np.int8),
        metres.groupby(level=0).min().reindex(rows).fillna(np.inf).to_numpy(),
    ]


def dask_geopandas(folder: Path) -> list[np.ndarray]:
    """The same joins with Dask, one row group at a time in two processes."""
    import dask
    import geopandas as gpd
    import pyarrow.parquet as pq
    from distributed import Client, LocalCluster

    layers = [
        gpd.read_parquet(folder / f"{name}.parquet") for name in ("villages", "zones", "pipes")
    ]
    groups = pq.ParquetFile(folder / "households.parquet").num_row_groups
    local = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with local as cluster, Client(cluster) as client:
        shared = client.scatter(layers, broadcast=True)
        parts = [dask.delayed(_part)(folder, number, shared) for number in range(groups)]
        answers = client.gather(client.compute(parts))
    return [np.concatenate(column) for column in zip(*answers, strict=True)]


def _part(folder: Path, number: int, layers: list[Any]) -> list[np.ndarray]:
    import geopandas as gpd
    import pyarrow.parquet as pq

    table = pq.ParquetFile(folder / "households.parquet").read_row_group(number)
    shapes = gpd.GeoSeries.from_wkb(table.column("geometry").to_pandas(), crs=layers[0].crs)
    return _joined(gpd.GeoDataFrame(geometry=shapes), layers)


def sedonadb(folder: Path) -> list[np.ndarray]:
    """SQL joins with SedonaDB."""
    import sedona.db

    session = sedona.db.connect()
    for name in ("households", "villages", "zones", "pipes"):
        session.read_parquet(str(folder / f"{name}.parquet")).to_view(name)
    rows = session.sql("SELECT COUNT(*) AS n FROM households").to_arrow_table()["n"][0].as_py()
    answers = [np.full(rows, -1, np.int32), np.zeros(rows, np.int8), np.full(rows, np.inf)]
    for answer, (what, condition, layer) in zip(answers, _QUERIES, strict=True):
        table = session.sql(
            f"SELECT h.household_id AS id, {what} AS answer "  # noqa: S608  # ours
            "FROM households h "
            f"JOIN {layer} o ON {condition} GROUP BY h.household_id"
        ).to_arrow_table()
        values = table["answer"].to_pandas()
        if layer == "villages":
            values = values.astype(str).str[2:].astype(int)
        answer[table["id"].to_numpy()] = values.to_numpy()
    return answers


_HOME = "ST_SetSRID(h.geometry, 4546)"
_QUERIES = (
    ("MIN(o.village_code)", f"ST_Intersects({_HOME}, ST_SetSRID(o.geometry, 4546))", "villages"),
    ("COUNT(*)", f"ST_Intersects({_HOME}, ST_SetSRID(o.geometry, 4546))", "zones"),
    (
        f"MIN(ST_Distance({_HOME}, ST_SetSRID(o.geometry, 4546)))",
        f"ST_DWithin({_HOME}, ST_SetSRID(o.geometry, 4546), {REACH_M})",
        "pipes",
    ),
)
CONTENDERS = {
    "nuantu": nuantu,
    "geopandas": geopandas,
    "sedonadb": sedonadb,
    "dask-geopandas": dask_geopandas,
}

"""Benchmark of a province of counties like Hejin: decided, audited and published in volumes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benches.memory import peak_mb

if TYPE_CHECKING:
    import geopandas as gpd

_PROJECT = "layers/hejin-2024"
_COUNTY = "140882"
_ROWS = 262_144  # in a row group
_HEAD = """
[project]
name = "counties"
title = { zh = "合成的省（测试用）", en = "A made-up province" }
crs = "EPSG:4546"
as_of = 2024-10-31
policy = "policy.toml"
targets = "targets.csv"
demonstration = true
"""
_ZONE = """
[[zones]]
zone_id = "{zone_id}"
zone = "{zone}"
effective_on = {effective_on:%Y-%m-%d}
document_no = "{document_no}"
include_villages = {villages}
"""


def run(python: Path, root: Path, count: int, counties: int) -> int:
    """Print the cost of a tenth of the counties and of all; needs the demonstration's layers."""
    print(
        "| counties | households | seconds | CPU seconds | peak MB | volumes | MB | largest page |"
    )
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="nuantu-bench-") as folder:
        for number in (max(counties // 10, 4), counties):
            place = Path(folder, str(number))
            make = [str(python), "-P", str(Path(__file__).resolve())]
            made = subprocess.run(
                [*make, str(root / _PROJECT), str(place / "project"), str(number)],
                capture_output=True, text=True, encoding="utf-8", check=True,
                env=os.environ | {"PYTHONPATH": str(root / "scripts")},
            )  # fmt: skip
            for _ in range(count):
                took = _once(python, place)
                out = place / "out"
                files = [path for path in out.rglob("*") if path.is_file()]
                whole_mb = sum(path.stat().st_size for path in files) / 1e6
                page_mb = max(path.stat().st_size for path in files if path.suffix == ".html") / 1e6
                volumes = len(list(out.glob("*/planner")))
                print(f"| {number} | {int(made.stdout):,} | {took} | {volumes} | {whole_mb:,.0f} | "
                      f"{page_mb:.2f} |", flush=True)  # fmt: skip
                shutil.rmtree(out)
            shutil.rmtree(place)
    return 0


def _once(python: Path, place: Path) -> str:
    """Wall-clock and CPU seconds, and the peak memory of all processes together, as table cells."""
    command = [str(python), "-P", "-m", "gis", "run", "project", "--out", "out"]
    before, begun = os.times(), time.perf_counter()
    whole_mb = peak_mb(command, cwd=place)
    seconds, after = time.perf_counter() - begun, os.times()
    cpu_s = sum(after[2:4]) - sum(before[2:4])
    return f"{seconds:.0f} | {cpu_s:.0f} | {whole_mb:.0f}"


def make(county: Path, folder: Path, counties: int) -> int:
    """Write a project of several counties, each a copy of `county` moved and with new names.

    The first copy keeps its location and names.

    Returns:
        The number of rows of the ledger.
    """
    import numpy as np
    import pandas as pd

    from gis.pipeline import Pipeline

    tables = Pipeline().read_and_check(county).tables
    folder.mkdir(parents=True)
    shutil.copy(county / "policy.toml", folder)
    west, south, east, north = tables["villages"].total_bounds
    step_m = np.ceil((east - west, north - south)) + 500.0
    across = int(np.ceil(np.sqrt(counties)))
    moves = [
        (number % across * step_m[0], number // across * step_m[1]) for number in range(counties)
    ]
    project = _HEAD
    for name, table in tables.items():
        if name in {"coal_ban_zones", "targets", *_PORTIONED}:
            continue
        every = pd.concat([_moved(table, number, move) for number, move in enumerate(moves)])
        spatial = "geometry" in every and bool(every.geometry.notna().any())
        file = f"{name}.gpkg" if spatial else f"{name}.csv"
        crs = 'crs = "EPSG:4546"\n' if spatial else ""
        project += f'[layers.{name}]\npath = "{file}"\n{crs}'
        if spatial:
            every.to_file(folder / file, layer=name, engine="pyogrio")
        else:
            every.to_csv(folder / file, index=False)
    targets = [_moved(tables["targets"], number, move) for number, move in enumerate(moves)]
    pd.concat(targets).to_csv(folder / "targets.csv", index=False)
    zones = tables["coal_ban_zones"]
    drawn = zones[~zones["by_units"]].drop(columns=["by_units", "unit_villages", "worded"])
    every = pd.concat([_moved(drawn, number, move) for number, move in enumerate(moves)])
    every.to_file(folder / "zones.gpkg", engine="pyogrio")
    project += '[layers.coal_ban_zones]\npath = "zones.gpkg"\ncrs = "EPSG:4546"\n'
    for name in _PORTIONED:
        project += f'[layers.{name}]\npath = "{name}.parquet"\ncrs = "EPSG:4546"\n'
    for number in range(counties):
        for zone in zones[zones["by_units"]].to_dict("records"):
            codes = [_code(number) + code[len(_COUNTY) :] for code in zone["unit_villages"]]
            zone |= {"zone_id": _own(zone["zone_id"], number), "villages": codes}
            project += _ZONE.format(**zone)
    (folder / "project.toml").write_text(project, encoding="utf-8")
    rows = [_in_row_groups(folder / f"{name}.parquet", tables[name], moves) for name in _PORTIONED]
    return rows[0]


def _in_row_groups(path: Path, layer: Any, moves: list[tuple[float, float]]) -> int:  # noqa: ANN401
    """Write a layer's rows for all counties, without rejected rows; return the number of rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = [name for name in layer if name not in _DROPPED and not name.startswith("extra:")]
    layer = layer.loc[layer["reject_reason"] == "", columns]
    schema = pa.Schema.from_pandas(layer, preserve_index=False).remove_metadata()
    waiting: list[pa.Table] = []
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for number, move in enumerate(moves):
            own = _moved(layer, number, move)
            waiting.append(pa.Table.from_pandas(own, schema=schema, preserve_index=False))
            if sum(map(len, waiting)) >= _ROWS or number == len(moves) - 1:
                writer.write_table(pa.concat_tables(waiting), row_group_size=_ROWS)
                waiting = []
    return len(layer) * len(moves)


def _moved(table: gpd.GeoDataFrame, number: int, move: tuple[float, float]) -> Any:  # noqa: ANN401
    """The rows of one county: locations moved, ids and codes renamed."""
    own = table.drop(columns=[name for name in table if name in _DROPPED or name[:6] == "extra:"])
    if "geometry" in own:
        own = own.set_geometry(own.geometry.translate(*move)).drop(
            columns=["x", "y"], errors="ignore"
        )
    elif "x" in own:
        own = own.assign(x=own["x"] + move[0], y=own["y"] + move[1])
    for name in own:
        if number and (name.endswith("_code") or name in _IDS):
            text = own[name]
            coded = text.str.startswith(_COUNTY) == True  # noqa: E712  # nullable
            renamed = text.where(~coded, _code(number) + text.str[len(_COUNTY) :])
            own[name] = renamed.where(coded | text.isna(), text + f"-{number:03}")
    return own


def _own(name: str, number: int) -> str:
    return f"{name}-{number:03}" if number else name


def _code(number: int) -> str:
    return f"14{2000 + number}" if number else _COUNTY


_PORTIONED = ("households", "inspections")  # layers written as GeoParquet, in row groups
_IDS = {"household_id", "transformer_id", "source_id", "pipe_id", "zone_id", "inspection_id",
        "premises_id", "complaint_id"}  # fmt: skip
_DROPPED = {"lon", "lat", "ledger_file", "ledger_row", "unread", "reject_reason"}

if __name__ == "__main__":
    print(make(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))

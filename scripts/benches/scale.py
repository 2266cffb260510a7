"""More households and more workers: the streamed facts of a province, in processes of their own."""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gis.policy import Policy

DAY = date(2024, 10, 31)
_WAIT_S = 36_000
_SHARED = 10_000_000  # households that workers of Dask share out, at most
_POLICY = """
[policy]
name = "bench"
document = "bench"
plan_year = 2024
programme_start = 2024-04-01
deadline = 2024-11-15
[[routes]]
route = "electric"
clause = "1"
devices = ["ashp_air"]
"""


def run(python: Path, root: Path, count: int, households: int) -> int:
    """Print what a tenth of `households`, all of them, and one and two workers take.

    The workers share out ten million at most. On the disk there is a province and what one run
    leaves at a time: 23 and 62 bytes a household.
    """
    with tempfile.TemporaryDirectory(prefix="nuantu-bench-") as folder:
        place = Path(folder)
        sizes = [households // 10, households]
        for size in sizes:
            _child(python, root, "make", place / str(size), size, place / "none")
        shared = next(size for size in reversed(sizes) if size <= _SHARED or size == sizes[0])
        ways = [
            *((size, "threads") for size in sizes),
            (shared, "dask:1"),
            (shared, "dask:2"),
        ]
        taken: dict[tuple[int, str], list[dict[str, float]]] = {way: [] for way in ways}
        for number in range(count):
            for size, engine in ways:
                work = place / f"work-{number}-{size}-{engine.replace(':', '-')}"
                told = _child(python, root, engine, place / str(size), size, work)
                taken[size, engine].append(json.loads(told))
                shutil.rmtree(work)
        tallies = {size: {run["tally"] for way in ways if way[0] == size for run in taken[way]}
                   for size in sizes}  # fmt: skip
    print("| households | engine | seconds | CPU seconds | peak MB of a process | rounds |")
    print("|---|---|---|---|---|---|")
    for (size, engine), runs in taken.items():
        middle = {key: statistics.median(one[key] for one in runs)
                  for key in ("seconds", "cpu_s", "peak_mb")}  # fmt: skip
        print(f"| {size:,} | {engine} | {middle['seconds']:.1f} | {middle['cpu_s']:.1f} | "
              f"{middle['peak_mb']:.0f} | {len(runs)} |")  # fmt: skip
    same = all(len(found) == 1 for found in tallies.values())
    print(f"\nWhat the villages add up to, whoever works it out: {'same' if same else 'DIFFERS'}")
    return 0 if same else 1


def _child(python: Path, root: Path, *arguments: object) -> str:
    command = [str(python), "-P", "-m", "benches.scale", *map(str, arguments)]
    place = Path(str(arguments[-1])).parent
    environment = os.environ | {
        "PYTHONPATH": str(root / "scripts"), "NUANTU_CACHE": str(place / "kept"),
    }  # fmt: skip
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=_WAIT_S, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2_000:])
    return done.stdout


def main() -> None:
    """Arguments: "make" or an engine, the province's folder, its households, the work folder."""
    engine, folder, size, work = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    from benches.province import PROVINCE, make
    from gis.facts import Dask, Threads, stream

    if engine == "make":
        make(folder, PROVINCE.of(size))
        indexed(layers(folder))
        return

    name, _, workers = engine.partition(":")
    tables = layers(folder)
    begun, cpu_s = time.perf_counter(), _cpu_s()
    worked_by = Dask(workers=int(workers)) if name == "dask" else Threads(2)
    found = stream(tables, policy(work), DAY, work, worked_by)
    seconds, cpu_s = time.perf_counter() - begun, _cpu_s() - cpu_s
    peak_mb = max(one.ru_maxrss for one in map(resource.getrusage, _WHO)) / 1024
    tally = repr((found.status, found.total.sums.sum().to_dict()))
    print(json.dumps({"seconds": seconds, "cpu_s": cpu_s, "peak_mb": peak_mb, "tally": tally}))


_WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def _cpu_s() -> float:
    """Of this process and of the workers that have ended."""
    return sum(one.ru_utime + one.ru_stime for one in map(resource.getrusage, _WHO))


def indexed(tables: dict[str, Any]) -> None:
    """Have the indexes made and kept, so that no run pays for them before the others."""
    import geopandas as gpd

    from gis.facts.shelf import kept_cover, kept_nearest

    villages: gpd.GeoDataFrame = tables["villages"]
    kept_cover(villages.sort_values("village_code").geometry.to_numpy())
    kept_nearest(tables["heat_pipes"].geometry.to_numpy(), bounds=villages.total_bounds)


def layers(folder: Path) -> dict[str, Any]:
    """The province as intake hands it on."""
    import geopandas as gpd
    import pandas as pd

    villages, zones, pipes = (
        gpd.read_parquet(folder / f"{name}.parquet") for name in ("villages", "zones", "pipes")
    )
    towns = villages["village_code"].str[:9]
    villages = villages.assign(
        village=villages["village_code"], township_code=towns, township=towns,
        remote_mountain=False, rural=True,
    )  # fmt: skip
    zones = zones.assign(
        zone=zones["zone_id"], effective_on=pd.Timestamp("2023-10-01"), expires_on=pd.NaT,
        document_no="", by_units=False, worded=False,
    )  # fmt: skip
    zones["unit_villages"] = [()] * len(zones)
    pipes = pipes.assign(
        dn_mm=200.0, status="in_service", role="primary", in_service_on=pd.Timestamp("2020-01-01")
    )
    files = [folder / "households.parquet"]
    return {"villages": villages, "coal_ban_zones": zones, "heat_pipes": pipes, "households": files}


def policy(folder: Path) -> Policy:
    """A plan of one route: the facts rest on its distances alone."""
    from gis.policy import read_policy

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "policy.toml"
    path.write_text(_POLICY, encoding="utf-8")
    return read_policy(path)


if __name__ == "__main__":
    main()

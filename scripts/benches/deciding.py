"""Benchmark of deciding a province: 25,000 villages, 100,000 transformers and 200 heat sources."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

_VILLAGES, _SOURCES = 25_000, 200
_WAIT_S = 3_600


def run(python: Path, root: Path, count: int) -> int:
    """Print the table; each round decides the same province in its own process."""
    environment = os.environ | {"PYTHONPATH": str(root / "tests")}
    taken, result = [], ""
    with tempfile.TemporaryDirectory(prefix="nuantu-bench-") as folder:
        for _ in range(count):
            found = subprocess.run(
                [str(python), "-P", str(Path(__file__).resolve())],
                cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8",
                timeout=_WAIT_S, check=True,
            )  # fmt: skip
            *seconds, result = found.stdout.split(";")
            taken.append([float(one) for one in seconds])
    price_s, decide_s, cpu_s = (statistics.median(column) for column in zip(*taken, strict=True))
    print("| villages, transformers, sources | prices, s | decision, s | CPU seconds | settled |")
    print("|---|---|---|---|---|")
    sizes = f"{_VILLAGES:,}, {_VILLAGES * 4:,}, {_SOURCES}"
    print(f"| {sizes} | {price_s:.1f} | {decide_s:.1f} | {cpu_s:.1f} | {result.strip()} |")
    return 0


def once() -> None:
    """Decide the province of the tests; print seconds of pricing, deciding and CPU, and the gap."""
    import time

    from decide.hamlets import AS_OF, POLICY
    from decide.province import province

    from gis.costs import price_routes
    from gis.decide import decide

    found = province(_VILLAGES, _SOURCES)
    cpu, begun = os.times(), time.perf_counter()
    priced = price_routes(found, POLICY)
    priced_at = time.perf_counter()
    result = decide(found, priced, None, None, POLICY, AS_OF)
    done, spent = time.perf_counter(), os.times()
    cpu_s = spent.user + spent.system - cpu.user - cpu.system
    about = result.allocation
    proof = "proven" if about.proven else f"gap {about.gap:.2%}"
    print(
        priced_at - begun, done - priced_at, cpu_s, f"{about.contested:,} contend, {proof}", sep=";"
    )


if __name__ == "__main__":
    sys.exit(once())

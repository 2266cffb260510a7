"""Benchmark of network extension: 2,000 nodes, 1,000 consumers, few and many cycles."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

_CYCLES = (35, 300)
_GAP, _WORTH, _SEED = 1e-3, 1.5, 1
_WAIT_S = 3_600


def run(python: Path, root: Path, count: int) -> int:
    """Print the table; each round solves both towns in separate processes."""
    environment = os.environ | {"PYTHONPATH": str(root / "tests")}
    print("| nodes, consumers, cycles | seconds | CPU seconds | gap proven |\n|---|---|---|---|")
    for cycles in _CYCLES:
        taken, gap = [], ""
        for _ in range(count):
            found = subprocess.run(
                [str(python), "-P", str(Path(__file__).resolve()), str(cycles)],
                env=environment, capture_output=True, text=True, timeout=_WAIT_S, check=True,
            )  # fmt: skip
            *seconds, gap = found.stdout.split(";")
            taken.append([float(one) for one in seconds])
        clock_s, cpu_s = (statistics.median(column) for column in zip(*taken, strict=True))
        print(f"| 2,000, 1,000, {cycles} | {clock_s:.1f} | {cpu_s:.1f} | {gap.strip()} |")
    return 0


def once() -> None:
    """Solve one town; print wall-clock and CPU seconds, and the gap."""
    import time

    from steiner.street_problems import town

    from gis.network import Limits, solve

    problem = town(int(sys.argv[1]), _SEED, worth=_WORTH)
    begun, cpu_s = time.perf_counter(), time.process_time()
    found = solve(problem, Limits(gap=_GAP))
    print(time.perf_counter() - begun, time.process_time() - cpu_s, f"{found.gap:.3%}", sep=";")


if __name__ == "__main__":
    sys.exit(once())

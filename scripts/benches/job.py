"""Benchmark of `nuantu run` against a plain script, run alternately; prints medians and ratios."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from benches.memory import peak_mb

_PROJECT = "layers/hejin-2024"


def run(python: Path, root: Path, count: int) -> int:
    """Print the table; the demonstration's layers must exist (./scripts/demo)."""
    taken: dict[str, list[tuple[float, float, float]]] = {"nuantu run": [], "plain script": []}
    with tempfile.TemporaryDirectory(prefix="nuantu-bench-") as folder:
        commands = {
            "nuantu run": ["-P", "-m", "gis", "run", _PROJECT, "--out", f"{folder}/nuantu"],
            "plain script": ["scripts/benches/plain.py", _PROJECT, f"{folder}/plain"],
        }
        for _ in range(count):
            for name, arguments in commands.items():
                taken[name].append(once([str(python), *arguments], root))
        ours = [str(python), *commands["nuantu run"]]
        whole_mb = peak_mb(ours, cwd=root, stderr=subprocess.DEVNULL)
    middle = {
        name: [statistics.median(column) for column in zip(*runs, strict=True)]
        for name, runs in taken.items()
    }
    print("| the main job | seconds | CPU seconds | of the plain script | peak MB of a process |")
    print("|---|---|---|---|---|")
    for name, (seconds, cpu_s, process_mb) in middle.items():
        share = seconds / middle["plain script"][0]
        print(f"| {name} | {seconds:.1f} | {cpu_s:.1f} | {share:.2f} | {process_mb:.0f} |")
    print(f"\nAll processes of nuantu run, in a run of its own: {whole_mb:.0f} MB at once")
    return 0


def once(command: list[str], root: Path) -> tuple[float, float, float]:
    """Wall-clock seconds, CPU seconds with child processes, and the peak of one process [MB]."""
    environment = os.environ | {"PYTHONPATH": str(root)} if "-P" not in command else None
    begun = time.perf_counter()
    started = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode:
        raise subprocess.CalledProcessError(started.returncode, command)
    return time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024

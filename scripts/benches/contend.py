"""Runs one contender once in its own process: seconds, peak memory, and its answer on disk."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

import numpy as np


def main() -> None:
    """Arguments: the contender, the province's folder, the folder for the answer."""
    name, folder, answer = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    from benches.contenders import CONTENDERS  # before the clock starts

    begun, cpu = time.perf_counter(), _cpu_s()
    found = CONTENDERS[name](folder)
    seconds, cpu_s = time.perf_counter() - begun, _cpu_s() - cpu
    answer.mkdir(parents=True, exist_ok=True)
    for number, array in enumerate(found):
        np.save(answer / f"{number}.npy", array)
    usage = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    peak_mb = sum(one.ru_maxrss for one in usage) / (1024 if os.name != "darwin" else 1024**2)
    print(json.dumps({"seconds": seconds, "cpu_s": cpu_s, "peak_mb": peak_mb}))


def _cpu_s() -> float:
    """CPU seconds of this process and of its child processes that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


if __name__ == "__main__":
    main()

"""Benchmark of the desk on Hejin against a whole run, alternately; prints medians and ratios."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import tempfile
import time
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

from benches.job import once

_PROJECT = "layers/hejin-2024"
_RUN = "nuantu run"
_EVERY_S = 0.2
_WAITS = 202
# What is asked of the desk, in this order: sliders are moved to a value that they had not yet.
_PAGES = {"opened: the problems": "/problems", "the plan on the map": "/decide"}
_SLIDERS = {
    "a price": "prices.energy.electricity_heating_cny_per_kwh",
    "load of a household": "electric.kw_per_household",
    "reach of the mains": "heating_network.connect_m",
}
_FACTORS = (1.1, 0.9, 1.2)


def run(python: Path, root: Path, count: int) -> int:
    """Print the table; the demonstration's layers must exist (./scripts/demo)."""
    taken: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory(prefix="nuantu-bench-") as folder:
        command = [str(python), "-P", "-m", "gis", "run", _PROJECT, "--out", f"{folder}/maps"]
        for _ in range(count):
            seconds, cpu_s, _mb = once(command, root)
            taken.setdefault(_RUN, []).append((seconds, cpu_s))
            for name, both in _desk(python, root).items():
                taken.setdefault(name, []).append(both)
    middle = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)]
        for name, rows in taken.items()
    }
    whole = middle[_RUN]
    print("| the desk on Hejin | seconds | of a run | CPU seconds | of a run |")
    print("|---|---|---|---|---|")
    for name, (seconds, cpu_s) in middle.items():
        shares = (seconds / whole[0], cpu_s / whole[1])
        print(f"| {name} | {seconds:.2f} | {shares[0]:.2f} | {cpu_s:.2f} | {shares[1]:.2f} |")
    return 0


def _desk(python: Path, root: Path) -> dict[str, tuple[float, float]]:
    """Wall-clock and CPU seconds until each page is shown, from the start, and of each slider."""
    command = [str(python), "-P", "-m", "gis", "desk", _PROJECT, "--no-browser"]
    taken = {}
    begun = time.perf_counter()
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, encoding="utf-8") as server:
        try:
            found = re.search(r"http://\S+", server.stdout.readline() if server.stdout else "")
            if found is None:
                raise RuntimeError(f"the desk did not start: {server.wait()}")
            browser = build_opener(HTTPCookieProcessor(CookieJar()))
            base = found[0].split("/open", 1)[0]
            browser.open(found[0]).close()
            for name, path in _PAGES.items():
                _shown(browser, base, path)
                taken[name] = (time.perf_counter() - begun, _cpu_s(server.pid))
            page = _shown(browser, base, "/decide")
            for name, key in _SLIDERS.items():
                moved = []
                for path in _moves(page, key):
                    begun, spent = time.perf_counter(), _cpu_s(server.pid)
                    _shown(browser, base, path)
                    moved.append((time.perf_counter() - begun, _cpu_s(server.pid) - spent))
                seconds, cpu_s = zip(*moved, strict=True)
                taken[f"a slider: {name}"] = (statistics.median(seconds), statistics.median(cpu_s))
        finally:
            server.terminate()
    return taken


def _moves(page: str, key: str) -> list[str]:
    """What the page asks when a slider is moved to some other values."""
    told = re.search(rf'data-key="{re.escape(key)}"\s+data-value="([^"]+)"', page)
    if told is None:
        raise RuntimeError(f"the desk has no slider {key}")
    values = [float(told[1]) * factor for factor in _FACTORS]
    return [f"/decide/try?{urlencode({'scenario': 'base', key: one})}" for one in values]


def _shown(browser: OpenerDirector, base: str, path: str) -> str:
    """A page as its browser gets it, once it waits no more."""
    while True:
        with browser.open(Request(base + path)) as answer:  # noqa: S310  the desk's own address
            text = answer.read().decode()
            if answer.status != _WAITS:
                return text
        time.sleep(_EVERY_S)


def _cpu_s(pid: int) -> float:
    """CPU seconds of a process and its ended child processes; NaN without /proc."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()
    except OSError:
        return float("nan")
    return sum(map(int, told[11:15])) / os.sysconf("SC_CLK_TCK")

"""Runs every contender alternately for several rounds; prints medians, ratios and agreement."""

from __future__ import annotations

import datetime as dt
import json
import os
import statistics
import subprocess
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ORDER = ("geopandas", "sedonadb", "dask-geopandas", "nuantu")
HEAD = ("contender", "seconds", "CPU seconds", "of the first", "peak MB", "answer")
_WAIT_S = 3_600


def run(
    python: Path, root: Path, what: tuple[str, tuple[str, ...]], *, count: int, write: bool
) -> int:
    """Print the table, and append it to docs/benchmarks.md if `write`; 1 if an answer is wrong.

    what: the size, and the contenders in order; the others are compared with the first.
    """
    size, order = what
    with tempfile.TemporaryDirectory(prefix="nuantu-bench-") as folder:
        place = Path(folder)
        make = "from pathlib import Path; from benches.province import *; "
        _python(python, root, ["-c", f"{make}make(Path({str(place / 'data')!r}), {size})"])
        taken: dict[str, list[dict[str, float]]] = {name: [] for name in order}
        for _ in range(count):
            for name in order:
                taken[name].append(_once(python, root, name, place))
        agreed = {name: _agrees(python, root, (order[0], name), place) for name in order}
        start = startup(python, root, count)
        show = f"from benches.province import *; print({size})"
        size_text = _python(python, root, ["-c", show]).strip()
        versions = _python(python, root, ["-m", "benches.rounds"]).strip()
    lines = table(taken, agreed)
    text = "\n".join([f"### {_today()}, {size_text}", "", versions, "", *lines, "", start, ""])
    print(text)
    if write:
        path = root / "docs" / "benchmarks.md"
        old = path.read_text("utf-8") if path.exists() else "# Benchmarks\n"
        path.write_text(f"{old.rstrip()}\n\n{text}", encoding="utf-8", newline="\n")
    return 0 if all(agreed.values()) else 1


def table(taken: dict[str, list[dict[str, float]]], agreed: dict[str, bool]) -> list[str]:
    """Markdown rows: the medians of each contender, and its share of the first's CPU seconds."""
    middle = {
        name: {key: statistics.median(one[key] for one in runs) for key in runs[0]}
        for name, runs in taken.items()
    }
    whole = next(iter(middle.values()))["cpu_s"]
    rows = [f"| {' | '.join(HEAD)} |", "|---|---|---|---|---|---|"]
    for name, one in middle.items():
        verdict = "same" if agreed[name] else "DIFFERS"
        rows.append(
            f"| {name} | {one['seconds']:.2f} | {one['cpu_s']:.2f} | {one['cpu_s'] / whole:.2f} | "
            f"{one['peak_mb']:.0f} | {verdict} |"
        )
    return rows


def startup(python: Path, root: Path, count: int) -> str:
    """`nuantu --help` compared with importing GeoPandas and Folium."""
    import time

    commands = (["-m", "gis", "--help"], ["-c", "import geopandas, folium"])
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(count):
        for arguments, taken in zip(commands, seconds, strict=True):
            begun = time.perf_counter()
            _python(python, root, arguments)
            taken.append(time.perf_counter() - begun)
    ours, theirs = (statistics.median(one) for one in seconds)
    return (
        f"`nuantu --help` {ours:.2f} s, `import geopandas, folium` {theirs:.2f} s: "
        f"{ours / theirs:.2f}"
    )


def _once(python: Path, root: Path, name: str, place: Path) -> dict[str, float]:
    arguments = ["-m", "benches.contend", name, str(place / "data"), str(place / "answers" / name)]
    return json.loads(_python(python, root, arguments).strip().splitlines()[-1])


def _agrees(python: Path, root: Path, names: tuple[str, str], place: Path) -> bool:
    compare = (
        "import sys, numpy as np\n"
        "one, two = ([np.load(f'{at}/{n}.npy') for n in range(3)] for at in sys.argv[1:])\n"
        "near = np.isclose(one[2], two[2], rtol=0, atol=1e-9)\n"
        "print(all((a == b).all() for a, b in zip(one[:2], two[:2])) and near.all())"
    )
    answers = place / "answers"
    arguments = ["-c", compare, *(str(answers / name) for name in names)]
    return _python(python, root, arguments).strip() == "True"


def _python(python: Path, root: Path, arguments: list[str]) -> str:
    found = os.pathsep.join([str(root), str(root / "scripts")])
    environment = os.environ | {"PYTHONPATH": found}
    done = subprocess.run(
        [str(python), *arguments], env=environment, capture_output=True, text=True, timeout=_WAIT_S,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-2_000:])
    return done.stdout


def _today() -> str:
    return dt.datetime.now(tz=dt.UTC).date().isoformat()


def _versions() -> str:
    names = (
        "geopandas",
        "shapely",
        "numpy",
        "pyarrow",
        "sedonadb",
        "dask-geopandas",
        "distributed",
    )
    versions = []
    for name in names:
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            versions.append(f"no {name}")
    return f"{os.cpu_count()} cores; " + ", ".join(versions)


if __name__ == "__main__":
    print(_versions())

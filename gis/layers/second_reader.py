"""A second opinion on a file's layer: number of features, of fields, and kind of geometry.

fiona gives it, whose GDAL is another one, from the metadata alone, in a process of its own: its
GDAL crashes on some damaged files. Where fiona is not installed there is no second opinion.

Uses only the standard library until the process asks for fiona.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, NamedTuple

from gis.layers.problems import Finding
from gis.layers.raw_table import RawTable, Request
from gis.layers.reader_worker import (
    DISABLED_DRIVERS,
    cut_network,
    limit_memory,
    private_stdout,
    start_worker,
)

# ending of the file → driver; others have no metadata to ask for
_DRIVERS = {
    ".gpkg": "GPKG",
    ".shp": "ESRI Shapefile",
    ".fgb": "FlatGeobuf",
    ".gdb": "OpenFileGDB",
}
_SECONDS = 10.0  # for one file; a hundredth is usual
# Our reader has said why its rows are not as many as the file's metadata say.
_ABOUT_ROWS = frozenset(
    ["deleted_records", "stale_count", "total_across", "total_down", "count_differs", "unfinished"]
)
_SHAPES = {1: "point", 2: "line", 3: "polygon", 4: "point", 5: "line", 6: "polygon"}  # of WKB
_STYLES = "layer_styles"  # a table that QGIS adds, and no layer


class Opinion(NamedTuple):
    """What fiona says of a layer; shape is point, line, polygon or "" for mixed or none."""

    features: int
    fields: int
    shape: str


class SecondReader:
    """The process, started when it is first asked; after a crash it is not asked again."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._usable = find_spec("fiona") is not None

    def differences(self, request: Request, raw: RawTable) -> list[Finding]:
        """What fiona says otherwise of a layer that was read.

        Nothing where our reader has already told of rows that it left out or counted anew.
        """
        said = self.opinion(request)
        if said is None:
            return []
        ours = Opinion(len(raw.rows), len(raw.columns), _shape(raw))
        told = any(one.code in _ABOUT_ROWS for one in raw.findings)
        findings = []
        if said.features != ours.features and not told:
            numbers = {"second": said.features, "first": ours.features}
            findings.append(Finding("second_count", numbers=numbers))
        if said.fields != ours.fields:
            numbers = {"second": said.fields, "first": ours.fields}
            findings.append(Finding("second_fields", numbers=numbers))
        if said.shape and ours.shape and said.shape != ours.shape:
            findings.append(
                Finding("second_shape", numbers={"second": said.shape, "first": ours.shape})
            )
        return findings

    def opinion(self, request: Request) -> Opinion | None:
        """What fiona says of a layer; None where it is not installed, cannot say, or crashed."""
        driver = _DRIVERS.get(Path(request.path).suffix.lower())
        if driver is None or not self._usable:
            return None
        process = self._process = self._process or start_worker("second_reader")
        timer = threading.Timer(_SECONDS, process.kill)
        timer.start()
        try:
            line = _ask(
                process,
                {"path": request.path, "driver": driver, "layer": request.layer},
            )
        finally:
            timer.cancel()
        if not line:
            self._usable = False
            self.close()
            return None
        said = json.loads(line)
        return Opinion(*said) if said else None

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _shape(raw: RawTable) -> str:
    """The kind of the first geometry that is there; "" for none or another."""
    listed: Iterable[Any] = raw.wkb if raw.wkb is not None else ()
    for one in listed:
        content = one.as_py() if hasattr(one, "as_py") else one
        if content:
            order: Literal["little", "big"] = "little" if content[0] else "big"
            code = int.from_bytes(content[1:5], order) & 0x0FFFFFFF
            return _SHAPES.get(code % 1000, "")
    return ""


def _ask(process: subprocess.Popen[bytes], request: dict[str, str | None]) -> bytes:
    if process.stdin is None or process.stdout is None:
        return b""
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
    except OSError:
        return b""
    return process.stdout.readline()


def worker_main() -> None:
    """Answer requests until stdin closes."""
    answers = private_stdout()
    limit_memory()
    cut_network()
    os.environ["OGR_SKIP"] = ",".join(
        name for name in DISABLED_DRIVERS.split(",") if name not in _DRIVERS.values()
    )
    for line in sys.stdin.buffer:
        said: Opinion | None = None
        with suppress(Exception):  # whatever a damaged file does to it, it has no opinion
            said = look(**json.loads(line))
        answers.write(json.dumps(said).encode() + b"\n")
        answers.flush()


def look(path: str, driver: str, layer: str | None) -> Opinion | None:
    """Ask fiona; None if it is not clear which layer is meant."""
    import fiona  # noqa: PLC0415  # only the process needs it, with its limits in place

    names = [name for name in fiona.listlayers(path) if name != _STYLES]
    if layer is None and len(names) != 1:
        return None
    with fiona.open(path, driver=driver, layer=layer or names[0]) as source:
        kind = source.schema["geometry"].removeprefix("3D ").removeprefix("Multi")
        shape = {"Point": "point", "LineString": "line", "Polygon": "polygon"}.get(kind, "")
        return Opinion(len(source), len(source.schema["properties"]), shape)

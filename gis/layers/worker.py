"""The reading process: opens one file after another so that a bad one costs only itself.

It is started by `gis.layers.reader`, which sends one request a line on stdin. Each answer on
stdout is its length (8 bytes, big-endian), then an Arrow stream, or a finding as JSON.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from contextlib import suppress
from dataclasses import asdict
from typing import BinaryIO

MEMORY_BYTES = 6 << 30  # address space; Arrow and GDAL reserve far more than they use
DRIVERS = ("ESRI Shapefile", "DXF", "OpenFileGDB", "FlatGeobuf")


def main() -> None:
    """Answer requests until stdin closes."""
    answers = _private_stdout()
    _limit()
    _before_gdal()
    from gis.layers import formats, raw  # noqa: PLC0415  after the limits
    from gis.layers.findings import Refusal  # noqa: PLC0415

    import_readers()
    for line in sys.stdin.buffer:
        answer: bytes | memoryview
        try:
            answer = formats.read_file(raw.Request(**json.loads(line))).to_bytes()
        except Refusal as refusal:
            answer = json.dumps(asdict(refusal.finding)).encode()
        except MemoryError:
            answer = json.dumps({"code": "too_large", "numbers": {"megabytes": "?"}}).encode()
        answers.write(struct.pack(">Q", len(answer)))
        answers.write(answer)
        answers.flush()


def import_readers() -> None:
    """Import what takes time before the first request comes."""
    import pyarrow.parquet  # noqa: F401, PLC0415
    import pyogrio  # noqa: PLC0415

    pyogrio.set_gdal_config_options({"OGR_GEOMETRY_ACCEPT_UNCLOSED_RING": False})


def _private_stdout() -> BinaryIO:
    """Keep stdout for answers: whatever a library prints goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return answers


def _limit() -> None:
    """Cap this process's memory where the system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415  not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _before_gdal() -> None:
    """Leave GDAL no driver but ours, no side files of its own and no network."""
    os.environ |= {
        "GDAL_DISABLE_READDIR_ON_OPEN": "FALSE",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
        "GDAL_HTTP_PROXY": "127.0.0.1:9",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }


if __name__ == "__main__":
    main()

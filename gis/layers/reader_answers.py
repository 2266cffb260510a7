"""The requests of the reader worker process: opens one file after another.

`gis.layers.reader_process` sends one request for each line on stdin. Each answer on stdout is its
length (8 bytes, big-endian), then an Arrow stream, or a finding as JSON.
"""

from __future__ import annotations

import json
import struct
import sys
from dataclasses import asdict
from typing import BinaryIO

# The libraries that the readers use, imported before the first request comes.
import pyarrow.csv
import pyarrow.parquet  # noqa: F401
import pyogrio
import python_calamine  # noqa: F401
import shapely  # noqa: F401

from gis.layers import formats
from gis.layers.problems import Refusal
from gis.layers.raw_table import Request
from gis.layers.reader_worker import MEMORY_BYTES


def answer_requests(answers: BinaryIO) -> None:
    """Answer requests until stdin closes."""
    pyogrio.set_gdal_config_options({"OGR_GEOMETRY_ACCEPT_UNCLOSED_RING": False})
    for line in sys.stdin.buffer:
        message = answer(Request(**json.loads(line)))
        answers.write(struct.pack(">Q", len(message)))
        answers.write(message)
        answers.flush()


def answer(request: Request) -> bytes | memoryview:
    """The table of one file as an Arrow stream, or a refusal as JSON."""
    try:
        return formats.read_file(request).to_bytes()
    except Refusal as refusal:
        return json.dumps(asdict(refusal.finding)).encode()
    except PermissionError:
        return _finding_json("file_held")
    except MemoryError:
        return _finding_json("too_large", megabytes=MEMORY_BYTES >> 20)
    except Exception as error:  # an unexpected error loses only this file
        return _finding_json("reading_failed", reason=type(error).__name__)


def _finding_json(code: str, **numbers: str | int) -> bytes:
    """A finding as JSON; used when little memory may be left."""
    return json.dumps({"code": code, "numbers": numbers}).encode()

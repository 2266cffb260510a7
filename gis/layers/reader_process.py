"""Client of the reader worker process: sends requests, and restarts the process after a crash."""

from __future__ import annotations

import json
import struct
import threading
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from gis.layers.problems import Finding, Refusal
from gis.layers.raw_table import RawTable, Request, from_bytes
from gis.layers.reader_worker import start_worker
from gis.layers.second_reader import SecondReader

if TYPE_CHECKING:
    from types import TracebackType

SECONDS = 120.0  # for one file, or more for a large one; 100,000 rows take 2


class ReaderProcess:
    """A worker process that reads files; a crash or a timeout loses only one file."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._process = start_worker("reader_worker")
        self._second = SecondReader()

    def __enter__(self) -> ReaderProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process id of the worker."""
        return self._process.pid

    def close(self) -> None:
        """End the process."""
        self._end()
        self._second.close()

    def _end(self) -> None:
        self._process.kill()
        self._process.communicate()

    def read(self, request: Request) -> RawTable:
        """Read one file.

        Raises:
            Refusal: The file is not read; a crash or a timeout of the process is also reported so.
        """
        raw = read_in_process(self._answer(request))
        raw.findings += self._second.differences(request, raw)
        return raw

    def sheets(self, request: Request) -> list[str]:
        """The names of a workbook's visible sheets that are not empty.

        Raises:
            Refusal: As `read`.
        """
        answer = self._answer(replace(request, names=True))
        return read_in_process(answer).columns["sheet"].to_pylist()

    def _answer(self, request: Request) -> bytes:
        """The answer of the process to a request.

        Raises:
            Refusal: The process crashed or timed out.
        """
        hung = threading.Event()
        seconds = max(self._seconds, request.seconds)
        timer = threading.Timer(seconds, self._stop_on_timeout, [hung])
        timer.start()
        try:
            answer = self._request(request)
        finally:
            timer.cancel()
        if answer is None:
            self._end()
            self._process = start_worker("reader_worker")
            code = "reading_hung" if hung.is_set() else "reading_crashed"
            raise Refusal(code, seconds=seconds)
        return answer

    def _stop_on_timeout(self, hung: threading.Event) -> None:
        hung.set()
        self._process.kill()

    def _request(self, request: Request) -> bytes | None:
        """The answer, or None if the process ended without one."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            return None
        try:
            stdin.write(json.dumps(asdict(request)).encode() + b"\n")
            stdin.flush()
        except OSError:
            return None
        head = stdout.read(8)
        if len(head) < 8:
            return None
        size = struct.unpack(">Q", head)[0]
        answer = stdout.read(size)
        return answer if len(answer) == size else None


def read_in_process(answer: bytes) -> RawTable:
    """The table in an answer of the process.

    Raises:
        Refusal: The answer is a refusal.
    """
    if answer[:1] == b"{":
        raise Refusal.from_finding(Finding(**json.loads(answer)))
    return from_bytes(answer)

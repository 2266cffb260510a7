"""The door to the reading process: one process, started early, started again after a crash."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING

from gis.layers.problems import Finding, Refusal
from gis.layers.raw_table import RawTable, Request, from_bytes

if TYPE_CHECKING:
    from types import TracebackType

SECONDS = 120.0  # for one file; 100,000 rows take 2
_BEGIN = (
    "import sys; sys.path += [path for path in sys.argv[1:] if path not in sys.path]; "
    "from gis.layers.reader_worker import worker_main; worker_main()"
)


class ReaderProcess:
    """Reads files in a process of its own; a crash, a bomb or a hang costs one file."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._process = _start()

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
        """The number of the process that reads."""
        return self._process.pid

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def read(self, request: Request) -> RawTable:
        """The table of one file.

        Raises:
            Refusal: the file is not read, and why; a crash or a hang is such a reason too.
        """
        hung = threading.Event()
        timer = threading.Timer(self._seconds, self._give_up, [hung])
        timer.start()
        try:
            answer = self._ask(request)
        finally:
            timer.cancel()
        if answer is None:
            self.close()
            self._process = _start()
            code = "reading_hung" if hung.is_set() else "reading_crashed"
            raise Refusal(code, seconds=self._seconds)
        return read_in_process(answer)

    def _give_up(self, hung: threading.Event) -> None:
        hung.set()
        self._process.kill()

    def _ask(self, request: Request) -> bytes | None:
        """The answer, or None when the process ended without one."""
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
    """The table that the process answers with.

    Raises:
        Refusal: it answers why the file is not read.
    """
    if answer[:1] == b"{":
        raise Refusal.of(Finding(**json.loads(answer)))
    return from_bytes(answer)


def _start() -> subprocess.Popen[bytes]:
    """The process; it finds modules where we do, but its own library's before any folder's."""
    return subprocess.Popen(  # noqa: S603  our own interpreter and our own module
        [sys.executable, "-P", "-X", "utf8", "-c", _BEGIN, *filter(None, sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )

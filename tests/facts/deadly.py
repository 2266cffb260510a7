"""Tasks that do well and badly.

A module, so that workers can import it.
"""

import os
import signal
import time
from dataclasses import dataclass

from gis.errors import InputError, Text


@dataclass(frozen=True)
class Multiplies:
    """The product, and the process that made it."""

    number: int
    pause_s: float = 0.0

    def __call__(self, whole):
        time.sleep(self.pause_s)
        return whole * self.number, os.getpid()


class Meets:
    """The process, once another one has come to the folder too."""

    def __call__(self, folder):
        (folder / str(os.getpid())).touch()
        until = time.monotonic() + 60  # far above what a process takes to start
        while len(list(folder.iterdir())) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        return os.getpid()


class Fails:
    def __call__(self, whole):
        raise InputError(Text("找到 3", "found 3"))


class Dies:
    def __call__(self, whole):
        os.kill(os.getpid(), signal.SIGKILL)

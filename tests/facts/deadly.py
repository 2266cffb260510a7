"""Tasks that do well and badly, and an engine one of whose workers is killed half-way.

A module, so that workers can import it.
"""

import os
import signal
import time
from dataclasses import dataclass

from gis.errors import InputError, Text
from gis.facts import Dask


@dataclass(frozen=True)
class Multiplies:
    """The product, and the process that made it."""

    number: int
    pause_s: float = 0.0

    def __call__(self, whole):
        time.sleep(self.pause_s)
        return whole * self.number, os.getpid()


class Fails:
    def __call__(self, whole):
        raise InputError(Text("找到 3", "found 3"))


class Dies:
    def __call__(self, whole):
        os.kill(os.getpid(), signal.SIGKILL)


class Deadly:
    """A task whose worker dies the first time it is tried."""

    def __init__(self, task, mark):
        self.task, self.mark = task, mark

    def __call__(self, survey):
        if not self.mark.exists():
            self.mark.write_text("", encoding="utf-8")
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        return self.task(survey)


class KillsOne(Dask):
    def do(self, survey, tasks):
        mark = tasks[0].path.parent.parent.parent / "killed"
        middle = len(tasks) // 2
        deadly = [Deadly(task, mark) if n == middle else task for n, task in enumerate(tasks)]
        return super().do(survey, deadly)

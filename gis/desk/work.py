"""Work that takes longer than a second: beside the server, with its stages, and a stop."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gis import run_log
from gis.errors import NuantuError, Text
from gis.publish.errors import from_os_error

if TYPE_CHECKING:
    from collections.abc import Callable


class Stopped(Exception):  # noqa: N818  asked for, not an error
    """Somebody stopped the work."""


class WorkError(NuantuError):
    """Work of another process failed; it has said why."""


@dataclass
class Work:
    """One piece of work in a thread.

    kind     what it is for: reading, deciding or publishing
    stages   the stages so far, the current one last
    error    why it failed, in the reader's words
    """

    kind: str
    stages: list[Text] = field(default_factory=list)
    error: Text | None = None
    done: bool = False
    stopped: bool = False
    thread: threading.Thread = field(default_factory=threading.Thread)
    began: float = field(default_factory=time.monotonic)

    def say(self, stage: Text) -> None:
        """A stage of the pipeline begins.

        Raises:
            Stopped: Somebody stopped the work meanwhile.
        """
        self.show(stage)
        run_log.log_stage(stage)

    def show(self, stage: Text) -> None:
        """A stage begins whose words name files: they are shown, and not logged.

        Raises:
            Stopped: Somebody stopped the work meanwhile.
        """
        if self.stopped:
            raise Stopped
        self.stages.append(stage)

    def stop(self) -> None:
        """End it when its next stage begins."""
        self.stopped = True

    def run(self, task: Callable[[Work], None]) -> Work:
        """Begin `task` in a thread; whoever closes the page loses nothing."""
        self.thread = threading.Thread(target=self._do, args=[task], daemon=True)
        self.thread.start()
        return self

    def _do(self, task: Callable[[Work], None]) -> None:
        try:
            task(self)
        except Stopped:
            self.error = Text("已停止，原有成果未动。", "Stopped; what stood before still stands.")
        except NuantuError as error:
            run_log.log_failure(error)
            self.error = error.message
        except OSError as error:
            run_log.log_failure(error)
            self.error = from_os_error(error, Path()).message
        except Exception as error:
            run_log.log_failure(error)
            self.error = own_failure(error)
        finally:
            self.done = True

    @property
    def seconds(self) -> float:
        """How long it has taken so far [s]."""
        return time.monotonic() - self.began


def own_failure(error: Exception) -> Text:
    """What is said of an error of the program itself, which the log has in full."""
    kind = type(error).__name__
    return Text(
        f"暖图自身出错（{kind}），原有成果未动；运行日志可发给维护人员，不含个人信息。",
        f"Nuantu failed ({kind}); what stood before still stands. The run log, with nobody in it, "
        "is "
        "for whoever helps.",
    )

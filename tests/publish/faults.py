"""Faults at a chosen system call: a child process that is killed there, or that is refused it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

CALLS = ("open", "write", "fsync", "close", "rename", "replace", "mkdir", "unlink", "rmdir")
BEFORE, AFTER, TORN = "before", "after", "torn"
STOPPED = KeyboardInterrupt


class Faults:
    """Counts the system calls that change a disk; at number `at` does what `how` says.

    how: BEFORE or AFTER kills the process around the call, TORN in the middle of a write; an
    errno refuses the call; STOPPED is Ctrl-C as it is made.
    """

    def __init__(self, at: int = 0, how: str | int | type[BaseException] = BEFORE) -> None:
        self.at, self.how, self.names = at, how, []
        self._real = {name: getattr(os, name) for name in CALLS}

    def __enter__(self) -> Faults:
        for name in CALLS:
            setattr(os, name, self._wrapped(name))
        return self

    def __exit__(self, *_: object) -> None:
        for name, real in self._real.items():
            setattr(os, name, real)

    def _wrapped(self, name: str) -> Callable[..., Any]:
        real = self._real[name]

        def call(*args: Any, **kwargs: Any) -> Any:
            self.names.append(name)
            if len(self.names) != self.at:
                return real(*args, **kwargs)
            if self.how is STOPPED:
                real(*args, **kwargs)
                raise STOPPED
            if isinstance(self.how, int):
                if name == "close":  # the handle is gone even where close reports an error
                    real(*args, **kwargs)
                raise OSError(self.how, os.strerror(self.how), str(args[0]))
            if self.how == TORN and name == "write":
                real(args[0], bytes(args[1])[: len(args[1]) // 2])
            elif self.how == AFTER:
                with suppress(OSError):  # a refusal of the system's own
                    real(*args, **kwargs)
            os.kill(os.getpid(), signal.SIGKILL)
            raise AssertionError("still alive")

        return call


def calls_of(action: Callable[[], object]) -> list[str]:
    """The system calls `action` makes."""
    with Faults() as faults:
        action()
    return faults.names


def moments(calls: list[str]) -> list[tuple[int, str]]:
    """Before and after every call, and in the middle of every write."""
    torn = [(at, TORN) for at, name in enumerate(calls, start=1) if name == "write"]
    return torn + [(at, how) for at in range(1, len(calls) + 1) for how in (BEFORE, AFTER)]


def killed(action: Callable[[], object], at: int, how: str) -> bool:
    """Run `action` in a child process that is killed at call number `at`; whether it was."""
    child = os.fork()
    if child == 0:
        with Faults(at, how):
            action()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)

"""A worker process for work that shares no state with the run.

It is started while the layers are read, so that its imports cost no time later, and does its tasks
one after the other. On a machine with one core, or if no process can be started, a thread of this
process does the same work with the same results.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib import import_module
from itertools import count
from multiprocessing import get_context
from threading import Lock
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from gis.errors import NuantuError, Text
from gis.memory import tune_allocator

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from types import TracebackType

START_S = 60.0  # includes a slow disk and a virus scanner
PROCESS_GONE = Text(
    "并行的进程被终止（内存不足，或被其他程序结束）；原有成果未动。请关闭其他程序后再试。",
    "the process beside this one was ended (no memory left, or by another program); what stood "
    "before still stands. Close other programs and try again.",
)


class StoredResult(NamedTuple):
    """A result that stays in the worker.

    made: done when the result exists. once: it is deleted after its first use.
    """

    number: int
    once: bool
    made: Future[None]


class _There(NamedTuple):
    """A stored result among the arguments of a task."""

    number: int
    once: bool


class Worker:
    """The worker process; with `apart` False a thread of this process."""

    def __init__(self, modules: Sequence[str] = (), *, apart: bool = False) -> None:
        """Start the process and import `modules` in it."""
        self._asking = ThreadPoolExecutor(1)
        self._kept: dict[int, object] = {}
        self._numbers = count()
        self._process: SpawnProcess | None = None
        self._pipe: Connection[Any, Any] | None = None
        if apart and cores() > 1:
            with suppress(OSError):
                self._start(modules)

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._asking.shutdown(cancel_futures=True)

    @property
    def pid(self) -> int | None:
        """The process id; None if there is no process."""
        return self._process.pid if self._process else None

    def submit(self, work: Callable[..., Any], *arguments: object) -> Future[Any]:
        """Call `work` with the arguments, some of which may be `StoredResult`.

        work: A function of a module. The future raises what it raises, or a NuantuError if the
        process was killed.
        """
        return self._asking.submit(self._ask, work, arguments, None)

    def idle(self) -> Future[None]:
        """A future that is done when all earlier tasks are."""
        return self._asking.submit(lambda: None)

    def store(
        self, work: Callable[..., Any], *arguments: object, once: bool = False
    ) -> StoredResult:
        """Call `work` as `submit` does, but keep the result in the worker for later tasks.

        once: Delete it after its first use.
        """
        number = next(self._numbers)
        return StoredResult(number, once, self._asking.submit(self._ask, work, arguments, number))

    def _start(self, modules: Sequence[str]) -> None:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, tuple(modules)), daemon=True)
        with without_main():
            process.start()
        theirs.close()
        self._process, self._waiting = process, ours

    def _ask(
        self, work: Callable[..., Any], arguments: tuple[object, ...], number: int | None
    ) -> Any:  # noqa: ANN401  whatever the work makes
        for one in arguments:
            if isinstance(one, StoredResult):
                one.made.result()
        asked = tuple(
            _There(one.number, one.once) if isinstance(one, StoredResult) else one
            for one in arguments
        )
        pipe = self._open()
        if pipe is None:
            return _done(self._kept, work, asked, number)
        try:
            pipe.send((work, asked, number))
            failed, answer = pipe.recv()
        except (EOFError, OSError) as error:
            raise NuantuError(PROCESS_GONE) from error
        if failed:
            raise answer
        return answer

    def _open(self) -> Connection[Any, Any] | None:
        """The way to the process once it has begun; None where it never does."""
        if self._process is not None and self._pipe is None:
            try:
                began = self._waiting.poll(START_S) and self._waiting.recv()
            except (EOFError, OSError):
                began = False
            if began:
                self._pipe = self._waiting
            else:
                self._process.kill()
                self._process = None
        return self._pipe


_STARTING = Lock()


@contextmanager
def without_main() -> Iterator[None]:
    """Start processes that do not run the user's script again.

    Otherwise each of them would, and fail in one that has no `if __name__ == "__main__"`.
    """
    with _STARTING:
        main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _done(
    kept: dict[int, object],
    work: Callable[..., Any],
    arguments: tuple[object, ...],
    number: int | None,
) -> object:
    made = work(*(_taken(kept, one) if isinstance(one, _There) else one for one in arguments))
    if number is None:
        return made
    kept[number] = made
    return None


def _taken(kept: dict[int, object], one: _There) -> object:
    return kept.pop(one.number) if one.once else kept[one.number]


def _serve(pipe: Connection[Any, Any], modules: tuple[str, ...]) -> None:
    """Do what is asked for until nobody asks any more; Ctrl-C is the other process's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tune_allocator()
    for module in modules:
        import_module(module)
    kept: dict[int, object] = {}
    with suppress(EOFError, OSError):
        pipe.send(True)
        while True:
            pipe.send(_answer(kept, *pipe.recv()))


def _answer(kept: dict[int, object], *asked: Any) -> tuple[bool, object]:  # noqa: ANN401
    try:
        return False, _done(kept, *asked)
    except Exception as error:  # it is raised where it was asked for
        return True, error

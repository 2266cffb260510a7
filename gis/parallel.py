"""A second process beside a run, for work that shares nothing with it: started early, ended with it.

It is started while the layers are read, so that its imports cost no time later. What it is asked
to do, it does one after the other. On a machine of one core, or where no process can be started,
the same work is done in a thread of this process, to the same result.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from itertools import count
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, NamedTuple

from gis.errors import NuantuError, Text
from gis.memory import spare

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from types import TracebackType

START_S = 60.0  # a slow disk and a virus scanner included
_GONE = Text(
    "并行的进程被终止（内存不足，或被其他程序结束）；原有成果未动。请关闭其他程序后再试。",
    "the process beside this one was ended (no memory left, or by another program); what stood "
    "before still stands. Close other programs and try again.",
)


class StoredResult(NamedTuple):
    """Something that was made beside and stays there.

    made: once it is; once: what first asks for it gets it for good.
    """

    number: int
    once: bool
    made: Future[None]


class _There(NamedTuple):
    """A kept thing among the arguments of what is asked for."""

    number: int
    once: bool


class Worker:
    """The second process; `apart` False, the default: a thread of this one."""

    def __init__(self, modules: Sequence[str] = (), *, apart: bool = False) -> None:
        """Start it, and let it import `modules`."""
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
        """The number of the process; None where there is none."""
        return self._process.pid if self._process else None

    def submit(self, work: Callable[..., Any], *arguments: object) -> Future[Any]:
        """What `work` makes of the arguments, some of which may be `Kept`.

        work: a function of a module. Whatever it raises, the result raises; a NuantuError where
        the process was ended.
        """
        return self._asking.submit(self._ask, work, arguments, None)

    def idle(self) -> Future[None]:
        """Done once everything is that was asked for before."""
        return self._asking.submit(lambda: None)

    def keep(
        self, work: Callable[..., Any], *arguments: object, once: bool = False
    ) -> StoredResult:
        """The same, but the result stays there and is given to what is asked for later.

        once: to the first of it, and is gone then.
        """
        number = next(self._numbers)
        return StoredResult(number, once, self._asking.submit(self._ask, work, arguments, number))

    def _start(self, modules: Sequence[str]) -> None:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, tuple(modules)), daemon=True)
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
            raise NuantuError(_GONE) from error
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
    spare()
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

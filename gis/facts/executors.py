"""Who works out the parts of a ledger: this machine's threads or processes, or Dask's workers."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from gis.errors import NuantuError, Text, UsageError
from gis.memory import release_memory, tune_allocator
from gis.parallel import PROCESS_GONE, cores, without_main

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from gis.facts.spatial_context import HouseholdLocation, SpatialContext
    from gis.facts.village_assignment import Homes

_TRIES = 5  # of one part, when its worker is lost
_MOST = 4  # processes where nobody said how many: each may need half a gigabyte

Whole = TypeVar("Whole")
Answer = TypeVar("Answer")


class Engine(Protocol):
    """Who works out a ledger."""

    def map(self, context: SpatialContext, parts: Sequence[Homes]) -> list[HouseholdLocation]:
        """`context.locate` of each part."""

    def do(self, whole: Whole, tasks: Sequence[Callable[[Whole], Answer]]) -> Generator[Answer]:
        """What each task makes of `whole`, in their order; for tasks that keep Python busy.

        Files go to folders that all workers see.
        """


@dataclass(frozen=True)
class Threads:
    """This machine: its threads for arrays, and a process per core for tasks."""

    count: int | None = None

    def map(self, context: SpatialContext, parts: Sequence[Homes]) -> list[HouseholdLocation]:
        """`context.locate` of each part."""
        if len(parts) == 1:
            return [context.locate(parts[0])]
        with ThreadPoolExecutor(self.count or os.cpu_count() or 1) as pool:
            return list(pool.map(context.locate, parts))

    def do(self, whole: Whole, tasks: Sequence[Callable[[Whole], Answer]]) -> Generator[Answer]:
        """What each task makes of `whole`: in this process where one core or one task is left.

        Raises:
            NuantuError: A process was ended from outside.
        """
        count = min(self.count or min(cores(), _MOST), len(tasks))
        if count <= 1:
            yield from (_work(whole, task) for task in tasks)
            return
        spawn = get_context("spawn")
        pool = ProcessPoolExecutor(count, spawn, _begin_process, (whole,))
        try:
            with without_main():
                waiting = [pool.submit(_work_on_kept, task) for task in tasks]
            while waiting:  # an answer that was handed on is let go
                yield waiting.pop(0).result()
        except BrokenProcessPool as error:
            raise NuantuError(PROCESS_GONE) from error
        finally:
            pool.shutdown(cancel_futures=True)


ON_ALL_CORES = Threads()


@dataclass(frozen=True)
class Dask:
    """The workers of a Dask cluster: the one at `address`, or one of `workers` on this machine.

    A part whose worker is lost is given to another one.
    """

    address: str | None = None
    workers: int | None = None

    def map(self, context: SpatialContext, parts: Sequence[Homes]) -> list[HouseholdLocation]:
        """`context.locate` of each part."""
        return list(self._each(_locate, context, parts))

    def do(self, whole: Whole, tasks: Sequence[Callable[[Whole], Answer]]) -> Generator[Answer]:
        """What each task makes of `whole`."""
        return self._each(_work, whole, tasks)

    def _each(
        self, work: Callable[..., Any], whole: object, parts: Sequence[Any]
    ) -> Generator[Any]:
        if not parts:
            return
        try:
            from distributed import Client, LocalCluster  # noqa: PLC0415  # an extra
        except ImportError as error:
            raise UsageError(
                Text(
                    "没有装 Dask；请装 nuantu[dask]，或不用 --engine dask。",
                    "Dask is not installed: install nuantu[dask], or leave --engine dask out.",
                )
            ) from error
        if self.address:
            with _client(Client, self.address) as client:
                yield from _gathered(client, work, whole, parts)
            return
        count = self.workers or os.cpu_count() or 1
        quiet = {"dashboard_address": None, "silence_logs": "ERROR"}
        local = LocalCluster(n_workers=count, threads_per_worker=1, **quiet)
        with local as cluster, Client(cluster) as client:
            yield from _gathered(client, work, whole, parts)


def _client(client: Any, address: str) -> Any:  # noqa: ANN401  # of an optional package
    try:
        return client(address, timeout="5s")
    except (OSError, ValueError) as error:
        raise UsageError(
            Text(
                f"连不上 Dask 调度器 {address}；请核对地址、看它是否在运行，例如 tcp://主机:8786。",
                f"no Dask scheduler answers at {address}; start it, or give its address, such "
                "as tcp://host:8786.",
            )
        ) from error


def _gathered(
    client: Any,  # noqa: ANN401  # of an optional package
    work: Callable[..., Any],
    whole: object,
    parts: Sequence[Any],
) -> Generator[Any]:
    shared = client.scatter(whole, broadcast=True, hash=False)
    waiting = [client.submit(work, shared, part, retries=_TRIES, pure=False) for part in parts]
    while waiting:  # an answer that was handed on is let go
        yield waiting.pop(0).result()


def _locate(context: SpatialContext, homes: Homes) -> HouseholdLocation:
    return context.locate(homes)


def _work(whole: Whole, task: Callable[[Whole], Answer]) -> Answer:
    try:
        return task(whole)
    finally:
        release_memory()


_kept: list[Any] = []  # in a process of `Threads.do`: the whole that its tasks work on


def _begin_process(whole: object) -> None:
    """Keep `whole`, and end with the process that began this one, whatever ends it."""
    tune_allocator()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _kept[:] = [whole]


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work_on_kept(task: Callable[[Any], Answer]) -> Answer:
    return _work(_kept[0], task)


def engine_of(said: str) -> Engine:
    """The engine called "threads", "dask" (a cluster on this machine) or "dask:ADDRESS".

    Raises:
        UsageError: no engine is called that.
    """
    name, _, address = said.partition(":")
    if said == "threads":
        return ON_ALL_CORES
    if name == "dask" and (address or said == name):
        return Dask(address or None)
    raise UsageError(
        Text(
            f"--engine 只能是 threads、dask 或 dask:地址（如 dask:tcp://主机:8786），这里是 {said}",
            "--engine is threads, dask or dask:ADDRESS (such as dask:tcp://host:8786), found "
            f"{said}",
        )
    )

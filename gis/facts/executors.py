"""Who works out the parts of a ledger: this machine's threads or processes, or Dask's workers."""

from __future__ import annotations

import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from gis.errors import Text, UsageError
from gis.memory import release_memory
from gis.parallel import Worker, cores

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from gis.facts.spatial_context import HouseholdLocation, SpatialContext
    from gis.facts.village_assignment import Homes
    from gis.parallel import StoredResult

_TRIES = 5  # of one part, when its worker is lost
_MOST = 4  # processes where nobody said how many: each may need half a gigabyte


Whole = TypeVar("Whole")
Answer = TypeVar("Answer")


class Executor(Protocol):
    """Anything that does several tasks at once; the answers come in their order."""

    def do(self, whole: Whole, tasks: Sequence[Callable[[Whole], Answer]]) -> Generator[Answer]:
        """What each task makes of `whole`."""


class Engine(Executor, Protocol):
    """Who works out a ledger."""

    def map(self, ground: SpatialContext, parts: Sequence[Homes]) -> list[HouseholdLocation]:
        """`ground.stand` of each part."""

    def processes(self) -> Executor:
        """Who does what keeps Python itself busy."""


@dataclass(frozen=True)
class Threads:
    """The threads of this process: what is done to the arrays runs on all cores at once."""

    count: int | None = None

    def map(self, ground: SpatialContext, parts: Sequence[Homes]) -> list[HouseholdLocation]:
        """`ground.stand` of each part."""
        if len(parts) == 1:
            return [ground.stand(parts[0])]
        with self._pool() as pool:
            return list(pool.map(ground.stand, parts))

    def do(self, whole: Whole, tasks: Sequence[Callable[[Whole], Answer]]) -> Generator[Answer]:
        """What each task makes of `whole`."""
        with self._pool() as pool:
            yield from pool.map(lambda task: task(whole), tasks)

    def processes(self) -> Processes:
        """Who does what keeps Python itself busy."""
        return Processes(self.count)

    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.count or os.cpu_count() or 1)


ON_ALL_CORES = Threads()


@dataclass(frozen=True)
class Processes:
    """Processes of this machine, one a core; they end with this one, whatever ends it.

    The same in threads of this process where there is one core or one task.
    """

    count: int | None = None

    def do(self, whole: Whole, tasks: Sequence[Callable[[Whole], Answer]]) -> Generator[Answer]:
        """What each task makes of `whole`."""
        count = min(self.count or min(cores(), _MOST), len(tasks))
        idle: SimpleQueue[tuple[Worker, StoredResult]] = SimpleQueue()

        def done(task: Callable[[Whole], Answer]) -> Answer:
            beside, kept = idle.get()
            try:
                return beside.submit(_work_apart, kept, task).result()
            finally:
                idle.put((beside, kept))

        with ExitStack() as ended:
            pool = ended.enter_context(ThreadPoolExecutor(count or 1))
            packed = pickle.dumps(whole, protocol=pickle.HIGHEST_PROTOCOL) if count > 1 else None
            for _ in range(count):
                beside = ended.enter_context(Worker(apart=count > 1))
                kept = (
                    beside.store(pickle.loads, packed) if packed else beside.store(_itself, whole)
                )
                idle.put((beside, kept))
            del packed
            yield from pool.map(done, tasks)


@dataclass(frozen=True)
class Dask:
    """The workers of a Dask cluster: the one at `address`, or one of `workers` on this machine.

    A part whose worker is lost is given to another one.
    """

    address: str | None = None
    workers: int | None = None

    def map(self, ground: SpatialContext, parts: Sequence[Homes]) -> list[HouseholdLocation]:
        """`ground.stand` of each part."""
        return list(self._each(_stand, ground, parts))

    def do(self, whole: Whole, tasks: Sequence[Callable[[Whole], Answer]]) -> Generator[Answer]:
        """What each task makes of `whole`; files go to folders that all workers see."""
        return self._each(_work, whole, tasks)

    def processes(self) -> Dask:
        """Who does what keeps Python itself busy."""
        return self

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


def _stand(ground: SpatialContext, homes: Homes) -> HouseholdLocation:
    return ground.stand(homes)


def _itself(whole: Whole) -> Whole:
    return whole


def _work(whole: Whole, task: Callable[[Whole], Answer]) -> Answer:
    return task(whole)


def _work_apart(whole: Whole, task: Callable[[Whole], Answer]) -> Answer:
    try:
        return task(whole)
    finally:
        release_memory()


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

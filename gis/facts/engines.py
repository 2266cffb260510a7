"""Who works out the parts of a ledger: the threads of this machine, or the workers of Dask."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from gis.errors import Text, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gis.facts.ground import Ground, Standing
    from gis.facts.placing import Homes
    from gis.facts.survey import Survey

_TRIES = 5  # of one part, when its worker is lost


class Engine(Protocol):
    """Anything that works out the facts of several parts; the answers come in their order."""

    def map(self, ground: Ground, parts: Sequence[Homes]) -> list[Standing]:
        """`ground.stand` of each part."""

    def do(self, survey: Survey, tasks: Sequence[Callable[[Survey], Path]]) -> list[Path]:
        """The file of each task."""


@dataclass(frozen=True)
class Threads:
    """The threads of this process: what is done to the arrays runs on all cores at once."""

    count: int | None = None

    def map(self, ground: Ground, parts: Sequence[Homes]) -> list[Standing]:
        """`ground.stand` of each part."""
        if len(parts) == 1:
            return [ground.stand(parts[0])]
        with self._pool() as pool:
            return list(pool.map(ground.stand, parts))

    def do(self, survey: Survey, tasks: Sequence[Callable[[Survey], Path]]) -> list[Path]:
        """The file of each task."""
        with self._pool() as pool:
            return list(pool.map(lambda task: task(survey), tasks))

    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.count or os.cpu_count() or 1)


ON_ALL_CORES = Threads()


@dataclass(frozen=True)
class Dask:
    """The workers of a Dask cluster: the one at `address`, or one of `workers` on this machine.

    A part whose worker is lost is given to another one.
    """

    address: str | None = None
    workers: int | None = None

    def map(self, ground: Ground, parts: Sequence[Homes]) -> list[Standing]:
        """`ground.stand` of each part."""
        return self._each(_stand, ground, parts)

    def do(self, survey: Survey, tasks: Sequence[Callable[[Survey], Path]]) -> list[Path]:
        """The file of each task; the workers write them, to a folder they all see."""
        return self._each(_work, survey, tasks)

    def _each(self, work: Callable[..., Any], whole: Any, parts: Sequence[Any]) -> list[Any]:  # noqa: ANN401  # whatever is shared by the parts
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
                return _gathered(client, work, whole, parts)
        count = self.workers or os.cpu_count() or 1
        quiet = {"dashboard_address": None, "silence_logs": "ERROR"}
        local = LocalCluster(n_workers=count, threads_per_worker=1, **quiet)
        with local as cluster, Client(cluster) as client:
            return _gathered(client, work, whole, parts)


def _client(client: Any, address: str) -> Any:  # noqa: ANN401  # of an optional package
    try:
        return client(address, timeout="5s")
    except (OSError, ValueError) as error:
        raise UsageError(
            Text(
                f"连不上 Dask 调度器 {address}（{error}）；请核对地址，例如 tcp://主机:8786。",
                f"no Dask scheduler at {address} ({error}); give its address, such as "
                "tcp://host:8786.",
            )
        ) from error


def _gathered(client: Any, work: Callable[..., Any], whole: Any, parts: Sequence[Any]) -> list[Any]:  # noqa: ANN401  # of an optional package
    shared = client.scatter(whole, broadcast=True, hash=False)
    futures = [client.submit(work, shared, part, retries=_TRIES, pure=False) for part in parts]
    return client.gather(futures)


def _stand(ground: Ground, homes: Homes) -> Standing:
    return ground.stand(homes)


def _work(survey: Survey, task: Callable[[Survey], Path]) -> Path:
    return task(survey)


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

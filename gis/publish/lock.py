"""One publication at a time in a folder; a lock that dies with the process that holds it.

Standard library alone.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

from gis.errors import PublicationError, Text
from gis.publish import places

NAME = places.LOCK
WAIT_S = 60.0
_PAUSE_S = 0.05


@contextmanager
def locked(folder: Path, wait_s: float = WAIT_S) -> Iterator[None]:
    """Hold the lock of `folder`; wait for whoever holds it, at most `wait_s` seconds.

    Raises:
        PublicationError: somebody else still publishes there.
    """
    path = folder / NAME
    handle = _take(path, wait_s)
    try:
        yield
    finally:
        _let_go(handle, path)


def _take(path: Path, wait_s: float) -> int:
    until = time.monotonic() + wait_s
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if _seize(handle) and _is_at(handle, path):
            return handle
        os.close(handle)
        if time.monotonic() > until:
            raise PublicationError(
                Text(
                    f"另一次发布正在写入 {path.parent}，已等待 {wait_s:.0f} 秒。请等它结束后再试。",
                    f"another run is publishing to {path.parent}; waited {wait_s:.0f} s. "
                    "Try again when it has finished.",
                )
            )
        time.sleep(_PAUSE_S)


def _is_at(handle: int, path: Path) -> bool:
    """Whether the file held is still the one at `path`: its last holder may have removed it."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))  # noqa: PTH116  of the same kind
    except FileNotFoundError:
        return False


def _let_go(handle: int, path: Path) -> None:
    """Remove the lock file and close it; where an open file cannot be removed, close it first.

    What cannot be removed stays without harm: the next run holds the same file, or has it open.
    """
    if places.WINDOWS:
        os.close(handle)
        with suppress(OSError):
            path.unlink()
    else:
        with suppress(OSError):
            path.unlink()
        with suppress(OSError):
            os.close(handle)


def _seize(handle: int) -> bool:
    windows = places.WINDOWS
    system = importlib.import_module("msvcrt" if windows else "fcntl")
    try:
        _lock(system, handle, windows=windows)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _lock(system: ModuleType, handle: int, *, windows: bool) -> None:
    if windows:
        system.locking(handle, system.LK_NBLCK, 1)
    else:
        system.flock(handle, system.LOCK_EX | system.LOCK_NB)

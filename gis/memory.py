"""Memory: how much of it is available, and how much of what was freed the allocator keeps."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from contextlib import suppress
from pathlib import Path

_MEMORY_INFO = Path("/proc/meminfo")
_CONTROL_GROUP = Path("/sys/fs/cgroup")
_CONTROL_GROUPS = (  # limit, use, counts, and which of them can be dropped: version 2, version 1
    ("memory.max", "memory.current", "memory.stat", "inactive_file"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat",
     "total_inactive_file"),
)  # fmt: skip
_ARENA_MAX = -8  # M_ARENA_MAX of glibc's mallopt(3); the default is one heap per thread


def tune_allocator() -> None:
    """Reuse freed memory in this process and its children, which saves 150 MB of a run.

    Otherwise Arrow's own pool and one heap per thread keep it. Without glibc only Arrow is set.
    """
    gc.set_threshold(100_000, 50, 100)  # a run makes hardly any cycles; collecting them took 4 %
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def release_memory() -> None:
    """Return freed memory to the system, after much was freed in fragments."""
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def available_mb() -> float:
    """The memory that programs may still take [MB], the share of a container included.

    ASSUME: where the system does not say what is available, half of all memory is; where it says
    nothing at all, memory sets no limit.
    """
    if sys.platform == "win32":
        return _available_on_windows_mb()
    try:
        rows = dict(line.split(":", 1) for line in _MEMORY_INFO.read_text("ascii").splitlines())
        machine_mb = int(rows["MemAvailable"].split()[0]) / 1024
    except (OSError, KeyError, ValueError):
        machine_mb = _half_of_all_mb()
    return min(machine_mb, _left_in_container_mb())


def _half_of_all_mb() -> float:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2 / 2**20
    except (ValueError, OSError):
        return float("inf")


def _left_in_container_mb() -> float:
    """What the memory limit of the control group leaves [MB]; files cached by it can be dropped."""
    for limit, used, stat, cached in _CONTROL_GROUPS:
        with suppress(OSError, ValueError):  # not of this version, or "max": no limit
            left = int((_CONTROL_GROUP / limit).read_text("ascii"))
            left -= int((_CONTROL_GROUP / used).read_text("ascii"))
            counts = (_CONTROL_GROUP / stat).read_text("ascii").split()
            return max(0, left + int(counts[counts.index(cached) + 1])) / 2**20
    return float("inf")


def _available_on_windows_mb() -> float:
    class Status(ctypes.Structure):  # MEMORYSTATUSEX of the Windows API
        _fields_ = (
            ("length", ctypes.c_ulong), ("load", ctypes.c_ulong),
            ("physical", ctypes.c_ulonglong), ("physical_available", ctypes.c_ulonglong),
            ("rest", ctypes.c_ulonglong * 5),
        )  # fmt: skip

    status = Status(length=ctypes.sizeof(Status))
    kernel32 = getattr(ctypes, "windll").kernel32  # noqa: B009
    if not kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return float("inf")
    return float(status.physical_available) / 2**20

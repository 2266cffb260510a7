"""Memory that a process has freed: how much of it the allocator keeps."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from contextlib import suppress

_ARENA_MAX = -8  # of glibc's mallopt(3): how many heaps, else one a thread


def spare() -> None:
    """Let what is freed be used again, here and in processes begun here: 150 MB of a run.

    Arrow's own pool and a heap a thread keep it otherwise. Where there is another library of C,
    only Arrow is told.
    """
    gc.set_threshold(100_000, 50, 100)  # a run makes hardly any cycles: looking for them took 4 %
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Hand what is free back to the system: after much was, which would be kept in holes else."""
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)

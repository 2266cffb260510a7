"""Peak memory of a command and its child processes, with shared pages counted once."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_EVERY_S = 0.15


def peak_mb(command: Sequence[str], **where: Any) -> float:  # noqa: ANN401  # of Popen
    """Run a command and sample its memory, which slows it by a few per cent.

    Returns:
        The largest sum over all processes [MB], NaN without /proc.

    Raises:
        CalledProcessError: The command failed.
    """
    most_kb = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, **where) as started:
        while started.poll() is None:
            most_kb = max(most_kb, sum(map(_kb, _family(started.pid))))
            time.sleep(_EVERY_S)
    if started.returncode:
        raise subprocess.CalledProcessError(started.returncode, command)
    return most_kb / 1024 if most_kb else float("nan")


def _family(pid: int) -> Iterator[int]:
    yield pid
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _text(listed).split():
            yield from _family(int(child))


def _kb(pid: int) -> int:
    sizes = (line for line in _text(Path(f"/proc/{pid}/smaps_rollup")).splitlines())
    return sum(int(line.split()[1]) for line in sizes if line.startswith("Pss:"))


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except OSError:  # the process has ended
        return ""

"""The command line in warm forked processes: everything is imported once, a fork a command."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import gis

_LATE = ("pyogrio", "python_calamine", "pyarrow.csv", "pyarrow.parquet")  # which gis asks for late
HUNG = 124
SECONDS = 120  # far above what any command takes


@dataclass(frozen=True)
class Answer:
    """What a command came to."""

    code: int
    out: str
    err: str


def warm() -> None:
    """Import what the commands do, each of which would otherwise do so again."""
    for module in walk_packages(gis.__path__, "gis."):
        if module.name != "gis.__main__":
            import_module(module.name)
    for name in _LATE:
        import_module(name)


class _Here:
    """A reader in the process that asks: it is a fork of its own, which a crash costs alone."""

    pid = 0

    def __init__(self, *_: Any) -> None:
        pass

    def __enter__(self) -> _Here:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def close(self) -> None:
        pass

    def read(self, request: Any) -> Any:
        from gis.layers import reader_answers  # noqa: PLC0415  # brings GDAL, in the fork alone
        from gis.layers.reader_process import read_in_process  # noqa: PLC0415

        return read_in_process(bytes(reader_answers.answer(request)))


def nuantu(*arguments: object, log: Path) -> Answer:
    """The command `nuantu` with its arguments; log: a folder for what it says."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if not child:
        _run([str(one) for one in arguments], log)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    out, err = ((log / name).read_text("utf-8", errors="replace") for name in ("stdout", "stderr"))
    return Answer(HUNG if code == -signal.SIGALRM else code, out, err)


def _run(arguments: list[str], log: Path) -> None:
    """In the fork: the command, and never back."""
    code = 70
    try:
        signal.alarm(SECONDS)
        for number, name in ((1, "stdout"), (2, "stderr")):
            file = os.open(log / name, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
            os.dup2(file, number)
        sys.stdout, sys.stderr = (
            os.fdopen(number, "w", encoding="utf-8", closefd=False) for number in (1, 2)
        )
        from gis import cli, parallel  # noqa: PLC0415  # imported before it was forked
        from gis.layers import reader_process  # noqa: PLC0415

        reader_process.ReaderProcess = _Here
        parallel.cores = lambda: 1
        sys.argv = ["nuantu", *arguments]
        try:
            cli.main()
        except SystemExit as asked:
            code = asked.code if isinstance(asked.code, int) else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

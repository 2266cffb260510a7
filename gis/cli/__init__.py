"""The command line; the only package that prints."""

from __future__ import annotations

import codecs
import ctypes
import gc
import os
import sys
import traceback
from contextlib import suppress
from typing import NoReturn, TextIO

from gis import memory, run_log
from gis.cli import temp_folder
from gis.cli.commands import app
from gis.errors import NuantuError, UsageError


def main() -> None:
    """Run `nuantu`; exit codes: 0 done, 1 bad input, 2 wrong usage, 3 internal error."""
    memory.tune_allocator()
    temp_folder.make_temp_folder()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding=_encoding(stream), errors="backslashreplace")
    try:
        app()
    except SystemExit as asked:
        gc.freeze()  # no garbage collection at exit
        code = asked.code if isinstance(asked.code, int) else 0
        if code == UsageError.exit_code:
            print("命令写错了（见上）；nuantu 命令名 --help 列出它的写法", file=sys.stderr)
        run_log.log_ended(code)
        sys.exit(code)
    except NuantuError as error:
        print(error, file=sys.stderr)
        _leave(error, error.exit_code)
    except KeyboardInterrupt as error:
        print("已中断，原有成果未动 / interrupted; what stood before still stands", file=sys.stderr)
        _leave(error, 130)
    except Exception as error:  # reported as an internal error, not as the user's
        traceback.print_exc()
        print(
            "暖图自身出错，原有成果未动 / Nuantu failed; what stood before still stands",
            file=sys.stderr,
        )
        _leave(error, 3)


def _encoding(stream: TextIO) -> str:
    """The encoding of an output stream: UTF-8, or what is asked for or read by the console.

    PowerShell and the pipes of Windows' command prompt read the code page of the console, 936 in
    China. A stream that is a console takes any text.
    """
    if os.environ.get("PYTHONIOENCODING"):
        return stream.encoding
    if not stream.isatty():
        with suppress(LookupError):  # no console, or a code page that Python does not know
            return codecs.lookup(f"cp{_console_code_page()}").name
    return "utf-8"


def _console_code_page() -> int:
    """The code page in which the console of Windows reads output.

    0 where there is none, or where Python was asked for UTF-8 (PYTHONUTF8).
    """
    if sys.platform == "win32" and not sys.flags.utf8_mode:
        return int(ctypes.windll.kernel32.GetConsoleOutputCP())
    return 0


def _leave(error: BaseException, code: int) -> NoReturn:
    run_log.log_failure(error)
    file = run_log.log_ended(code)
    if file is not None and code == 3:
        print(f"运行日志（不含个人信息）/ run log, nobody in it: {file}", file=sys.stderr)
    sys.exit(code)

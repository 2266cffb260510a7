"""The command line: one door a command, and the only place that prints."""

from __future__ import annotations

import os
import sys
import traceback

from gis.errors import NuantuError


def main() -> None:
    """Run the command `nuantu`; exits with 0 done, 1 input wrong, 2 usage wrong, 3 our fault."""
    # Arrow's own allocator keeps what is freed: some 50 MB of a run.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    from gis.cli.commands import app  # noqa: PLC0415  # after the streams can say Chinese

    try:
        app()
    except NuantuError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("已中断，原有成果未动 / interrupted; what stood before still stands", file=sys.stderr)
        sys.exit(130)
    except Exception:  # the last door: said plainly, and never as the reader's fault
        traceback.print_exc()
        print(
            "暖图自身出错，原有成果未动 / Nuantu failed; what stood before still stands",
            file=sys.stderr,
        )
        sys.exit(3)

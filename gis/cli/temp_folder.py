"""Where a command puts what it needs for a moment: a folder of its own, closed to everybody else.

A GeoPackage on its way holds households. Of a command that was killed the folder stays; the next
command of the same user, whatever it is, removes it. It is known to be left by its lock, which dies
with the process that holds it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path

from gis import run_log
from gis.errors import PublicationError
from gis.publish.filesystem import locked

_NAMED = ("TMPDIR", "TEMP", "TMP")  # what processes started from here ask for
_TRIES = 5


def make_temp_folder() -> Path | None:
    """Remove what killed commands left; from here on temporary files lie in a folder of this one.

    Where the user's own folder cannot be written they lie where the system puts them.
    """
    with suppress(OSError, RuntimeError):  # RuntimeError: a user without a home
        place = run_log.log_folder().parent / "tmp"
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.chmod(0o700)
        sweep_temp_folders(place)
        return _own(place)
    return None


def sweep_temp_folders(place: Path) -> None:
    """Remove the folders in `place` that no process holds any more."""
    for folder in sorted(place.iterdir()):
        with suppress(OSError, PublicationError):  # held, or another command was quicker
            with locked(folder, wait_s=0.0):
                shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)  # the lock too, where it was held open


def _own(place: Path) -> Path | None:
    for _ in range(_TRIES):
        folder = Path(tempfile.mkdtemp(dir=place))
        held = ExitStack()
        with suppress(OSError, PublicationError):  # swept before it was held
            held.enter_context(locked(folder, wait_s=0.0))
            tempfile.tempdir = str(folder)
            os.environ |= dict.fromkeys(_NAMED, str(folder))
            atexit.register(_end, folder, held)
            return folder
    return None


def _end(folder: Path, held: ExitStack) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    held.close()
    shutil.rmtree(folder, ignore_errors=True)

"""The temporary folder of a command, readable by its user only.

Temporary files, such as a GeoPackage being written, contain household data. If a command is killed,
its folder stays, and the next command of the same user removes it. A folder is in use as long as a
process holds its lock.
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

_NAMED = ("TMPDIR", "TEMP", "TMP")  # read by child processes
_TRIES = 5


def make_temp_folder() -> Path | None:
    """Remove folders of killed commands and make a new one for this process's temporary files.

    If the user's folder is not writable, the system's temporary folder is used.
    """
    with suppress(OSError, RuntimeError):  # RuntimeError: the user has no home folder
        place = run_log.log_folder().parent / "tmp"
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.chmod(0o700)
        sweep_temp_folders(place)
        return _own(place)
    return None


def sweep_temp_folders(place: Path) -> None:
    """Remove the folders in `place` that no process has locked."""
    for folder in sorted(place.iterdir()):
        with suppress(OSError, PublicationError):  # in use, or removed by another command
            with locked(folder, wait_s=0.0):
                shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)  # the lock file too, if it was open


def _own(place: Path) -> Path | None:
    for _ in range(_TRIES):
        folder = Path(tempfile.mkdtemp(dir=place))
        held = ExitStack()
        with suppress(OSError, PublicationError):  # removed before it was locked
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

"""Writing so that it lasts: whole files, folders written down, moves within one folder tree.

Standard library alone; works where folders cannot be synced and files held open cannot be moved.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gis.publish import places

# A virus scanner or indexer holds a fresh file for a moment on Windows.
_TRIES = 5
_PAUSE_S = 0.2


def write_file(path: Path, content: bytes, *, openly: bool = False) -> None:
    """Write a new file to the disk itself, not only to the system's memory.

    openly: others may read it, as far as the user lets them; otherwise its owner alone. Windows
    knows no such rights of a file: there it has those of its folder.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags, 0o644 if openly else 0o600)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(path: Path, *, openly: bool = False) -> None:
    """Make a folder and those above it that are missing; openly: as for `write_file`."""
    if path.is_dir():
        return
    if not there(path.parent):
        make_folder(path.parent, openly=openly)
    path.mkdir(mode=0o755 if openly else 0o700, exist_ok=True)


def close_to_others(folder: Path) -> None:
    """Leave a folder that is there already to its owner alone, where the system can."""
    with suppress(OSError):
        folder.chmod(0o700)


def sync_folder(folder: Path) -> None:
    """Write down a folder's list of names; nothing to do on Windows, which has no such call."""
    if places.WINDOWS:
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def move(source: Path, target: Path) -> None:
    """Rename within one folder tree; `target` must not exist."""
    for _ in range(_TRIES - 1):
        try:
            os.rename(source, target)  # noqa: PTH104  one system call, named as it is
        except PermissionError:
            time.sleep(_PAUSE_S)
        else:
            return
    os.rename(source, target)  # noqa: PTH104


def there(path: Path) -> bool:
    """Whether anything is at `path`, a dangling link too."""
    return os.path.lexists(path)


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif there(path):
        path.unlink()


def files_under(folder: Path) -> Iterator[Path]:
    """Every file, and every link and empty folder, below `folder`, in order of name."""
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or not path.is_dir():
            yield path
        else:
            inside = list(files_under(path))
            yield from inside or [path]

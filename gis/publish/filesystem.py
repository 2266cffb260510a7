"""The file system layer of publishing: durable writes, renames, file rights, and the folder lock.

It also defines the names in a publication's folder. It works where folders cannot be synced and
open files cannot be moved, as on Windows. Uses only the standard library.
"""

from __future__ import annotations

import importlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

from gis.errors import PublicationError, Text

PARTS = ("public", "planner", "townships")
MANIFEST = "manifest.json"
WHOLE = (*PARTS, MANIFEST)
WORK = ".nuantu"
LOCK = ".nuantu.lock"
EDITIONS = "editions"
SIGNATURE = "manifest.sig"
# The public edition has its own manifest without exact counts, and can be verified alone.
PUBLIC_MANIFEST = f"public/{MANIFEST}"
PUBLIC_SIGNATURE = f"public/{SIGNATURE}"
_CLOSED = ("planner", "townships", MANIFEST, SIGNATURE, WORK, EDITIONS)
WINDOWS = os.name == "nt"


def is_open(name: str) -> bool:
    """Whether everybody may read the file `name`, a path below the publication's folder."""
    return name.split("/", maxsplit=1)[0] not in _CLOSED


def parts_beside(out: Path) -> Path:
    """The folder of intermediate results of a run that publishes to `out` district by district."""
    return out.with_name(f".{out.name}.parts")


def volumes_in(out: Path) -> bool:
    """Whether a folder holds a publication in volumes, each with a manifest of its own."""
    return not (out / MANIFEST).is_file() and any(out.glob(f"*/{MANIFEST}"))


# On Windows a virus scanner or indexer may briefly lock a new file.
_TRIES = 5
_PAUSE_S = 0.2


def write_file(path: Path, content: bytes, *, openly: bool = False) -> None:
    """Write a new file and sync it to disk.

    Args:
        path: The file; it must not exist.
        content: Its content.
        openly: Whether others may read it, subject to the umask; else only its owner may. Windows
            has no such rights for single files: there the rights of the folder apply.
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
    """Make a folder and its missing parents; openly: as for `write_file`."""
    if path.is_dir():
        return
    if not exists(path.parent):
        make_folder(path.parent, openly=openly)
    path.mkdir(mode=0o755 if openly else 0o700, exist_ok=True)


def close_to_others(folder: Path) -> None:
    """Restrict an existing folder to its owner, where the system can."""
    with suppress(OSError):
        folder.chmod(0o700)


def sync_folder(folder: Path) -> None:
    """Sync a folder's entries to disk; does nothing on Windows, which has no such call."""
    if WINDOWS:
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def move(source: Path, target: Path) -> None:
    """Rename within one folder tree, with retries; `target` must not exist."""
    _retry(os.rename, source, target)


def replace_file(source: Path, target: Path) -> None:
    """Rename a file within one folder, with retries; a file at `target` is replaced."""
    _retry(os.replace, source, target)


def _retry(call: Callable[..., None], *paths: Path) -> None:
    for _ in range(_TRIES - 1):
        try:
            return call(*paths)
        except PermissionError:
            time.sleep(_PAUSE_S)
    return call(*paths)


def exists(path: Path) -> bool:
    """Whether anything is at `path`, including a dangling link."""
    return os.path.lexists(path)


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder, if it exists, with retries."""
    if path.is_dir() and not path.is_symlink():
        _retry(shutil.rmtree, path)
    elif exists(path):
        _retry(os.unlink, path)


def files_under(folder: Path) -> Iterator[Path]:
    """Every file, link and empty folder below `folder`, sorted by name."""
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or not path.is_dir():
            yield path
        else:
            inside = list(files_under(path))
            yield from inside or [path]


WAIT_S = 60.0
_LOCK_PAUSE_S = 0.05


@contextmanager
def locked(folder: Path, wait_s: float = WAIT_S) -> Iterator[None]:
    """Lock `folder`; wait at most `wait_s` seconds for another holder.

    Raises:
        PublicationError: Another process still holds the lock.
    """
    path = folder / LOCK
    handle = _acquire_lock(path, wait_s)
    try:
        yield
    finally:
        _release_lock(handle, path)


def hold_file(path: Path, said: str) -> int | None:
    """Lock a file until `release_file` or the end of this process; None: another one holds it.

    Args:
        path: The file; it is made, and holds `said` for `holder_of`.
        said: Who holds it, for whoever comes second.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if not (_try_lock(handle) and _is_at(handle, path)):
        os.close(handle)
        return None
    # Windows keeps the locked first byte from everybody else
    with suppress(OSError):  # a full disk: it is held, though by nobody in words
        os.ftruncate(handle, 0)
        os.write(handle, b" " + said.encode())
    return handle


def holder_of(path: Path) -> str:
    """Who holds a file that `hold_file` locked; "" where nobody can be named."""
    try:
        with path.open("rb", buffering=0) as stream:
            stream.seek(1)
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""


def release_file(handle: int, path: Path) -> None:
    """Give up a file that `hold_file` locked, and remove it."""
    _release_lock(handle, path)


def _acquire_lock(path: Path, wait_s: float) -> int:
    until = time.monotonic() + wait_s
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if _try_lock(handle) and _is_at(handle, path):
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
        time.sleep(_LOCK_PAUSE_S)


def _is_at(handle: int, path: Path) -> bool:
    """Whether the open file is still the one at `path`: its last holder may have removed it."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))  # noqa: PTH116  of the same kind
    except FileNotFoundError:
        return False


def _release_lock(handle: int, path: Path) -> None:
    """Remove the lock file and close it; on Windows close it first.

    A lock file that cannot be removed is harmless: the next run locks the same file.
    """
    if WINDOWS:
        os.close(handle)
        with suppress(OSError):
            path.unlink()
    else:
        with suppress(OSError):
            path.unlink()
        with suppress(OSError):
            os.close(handle)


def _try_lock(handle: int) -> bool:
    windows = WINDOWS
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

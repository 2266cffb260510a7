"""Atomic replacement of a publication: at any time the old or the new edition is complete.

    DIR/.nuantu/new/      the new edition is written here, synced to disk and read back
    DIR/.nuantu/commit    once this file exists, the new edition is the valid one
    DIR/.nuantu/old/      parts of the old edition before they are archived
    DIR/editions/NAME/    earlier editions, each complete

`recover` completes an interrupted run: forward if the commit file exists, else backward. Every step
is a rename that can be repeated. Files that are not public are readable only by their owner from
the start. Uses only the standard library.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from gis.publish import archive, errors, filesystem
from gis.publish.filesystem import (
    MANIFEST,
    PARTS,
    SIGNATURE,
    WAIT_S,
    WHOLE,
    WORK,
    exists,
    files_under,
    locked,
    make_folder,
    move,
    remove,
    replace_file,
    sync_folder,
    write_file,
)

_WRITERS = 4  # threads: writing mostly waits for the disk


def install(out: Path, files: Mapping[str, bytes]) -> None:
    """Make `files` the edition in folder `out`.

    Args:
        out: The publication's folder.
        files: Path below `out` → content. The paths lie below public, planner and townships; there
            are also manifest.json and, if it is signed, its signature.

    Raises:
        PublicationError: Writing or replacing failed; the old edition is unchanged.
    """
    folder = Path(os.path.realpath(out))
    made = not exists(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            recover(folder)
            if filesystem.WINDOWS:  # reported before the work, with the file's name
                errors.if_held(folder)
            _stage(folder, files)
            _swap(folder)
            with suppress(OSError):  # the new edition is installed; the next run cleans up
                recover(folder)
                archive.prune_archive(folder)
    except OSError as error:
        raise errors.from_os_error(error, folder) from error
    finally:
        if made:
            with suppress(OSError):  # not empty: an edition was published
                folder.rmdir()


def recover(folder: Path) -> None:
    """Complete an interrupted publication in `folder`; does nothing if there is none."""
    work = folder / WORK
    commit = work / "commit"
    if exists(commit):
        _move_new_in(folder)
        archive.archive_edition(folder, work / "old", work / "trash")
        sync_folder(folder)
        remove(commit)
        sync_folder(work)
    if exists(work):
        remove(work)
        sync_folder(folder)


def is_interrupted(folder: Path) -> bool:
    """Whether `folder` has an interrupted publication that must be recovered."""
    return exists(folder / WORK)


@contextmanager
def open_publication(out: Path, wait_s: float = WAIT_S) -> Iterator[Path]:
    """Lock a publication and yield its folder, with links resolved.

    An interrupted publication is recovered first. A running one is waited for, at most `wait_s`
    seconds. On read-only media no lock is taken, because nobody can write there.

    Raises:
        PublicationError: The publication is interrupted and cannot be recovered here, or waiting
            took too long.
    """
    folder = Path(os.path.realpath(out))
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder, wait_s))
            recover(folder)
        except OSError as error:
            if is_interrupted(folder):
                raise errors.cannot_recover(folder, error) from error
        yield folder


def restore_folder(out: Path, name: str) -> None:
    """Make an archived edition the current one again; the current one is archived.

    Args:
        out: The publication's folder.
        name: The archived edition.

    Raises:
        InputError: There is no such edition.
        PublicationError: It could not be installed.
    """
    folder = Path(os.path.realpath(out))
    archived = archive.find_edition(folder, name)
    try:
        files = {
            path.relative_to(archived).as_posix(): path.read_bytes()
            for path in files_under(archived)
            if not path.is_dir()  # an empty folder; the parts' folders are made anyway
        }
    except OSError as error:
        raise errors.from_os_error(error, archived) from error
    install(folder, files)


def _stage(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the new edition next to the old one, sync it to disk, and read it back."""
    new = folder / WORK / "new"

    def write(name: str) -> None:
        write_file(new / name, files[name], openly=filesystem.is_open(name))

    try:
        make_folder(new)
        for part in PARTS:
            make_folder(new / part, openly=filesystem.is_open(part))
        for name in sorted(files):
            make_folder((new / name).parent, openly=filesystem.is_open(name))
        with ThreadPoolExecutor(_WRITERS) as disk:
            list(disk.map(write, sorted(files)))
        for inner in sorted({path.parent for path in files_under(new)} | {new, folder / WORK}):
            sync_folder(inner)
        _check_written(new, files)
    except BaseException:
        with suppress(OSError):
            remove(folder / WORK)
        raise


def _check_written(new: Path, files: Mapping[str, bytes]) -> None:
    written = {path.relative_to(new).as_posix(): path for path in files_under(new)}
    for name in sorted(files.keys() | written.keys() - set(PARTS)):
        if name not in written or name not in files or written[name].read_bytes() != files[name]:
            raise errors.not_as_written(name)


def _swap(folder: Path) -> None:
    """Write the commit file, then rename; if a rename fails, undo everything."""
    work = folder / WORK
    try:
        make_folder(work / "old")
        write_file(work / "ready", b"")
        move(work / "ready", work / "commit")
        sync_folder(work)
        _move_new_in(folder)
    except BaseException as error:
        try:
            _move_old_back(folder)
        except OSError:
            raise errors.swap_failed(folder) from error
        raise


def _move_new_in(folder: Path) -> None:
    new, old = folder / WORK / "new", folder / WORK / "old"
    if exists(new / MANIFEST) and exists(folder / SIGNATURE):  # it signs the old manifest
        move(folder / SIGNATURE, old / SIGNATURE)
    for name in WHOLE:
        if exists(new / name):
            if exists(folder / name):
                move(folder / name, old / name)
            move(new / name, folder / name)
    if exists(new / SIGNATURE):
        move(new / SIGNATURE, folder / SIGNATURE)
    for changed in (old, new, folder):
        if changed.is_dir():  # the old edition may already be archived
            sync_folder(changed)


def _move_old_back(folder: Path) -> None:
    new, old = folder / WORK / "new", folder / WORK / "old"
    if not exists(new / MANIFEST) and exists(folder / SIGNATURE):
        move(folder / SIGNATURE, new / SIGNATURE)
    for name in reversed(WHOLE):
        if not exists(new / name):
            move(folder / name, new / name)
        if exists(old / name):
            move(old / name, folder / name)
    if exists(old / SIGNATURE):
        move(old / SIGNATURE, folder / SIGNATURE)
    sync_folder(folder)
    remove(folder / WORK / "commit")
    with suppress(OSError):
        remove(folder / WORK)


def install_file(path: Path, content: bytes, *, openly: bool = False) -> None:
    """Replace one file atomically.

    Args:
        path: The file.
        content: Its new content.
        openly: Whether others than the owner may read it.

    Raises:
        PublicationError: Writing failed, or the file is open in another program.
    """
    staged = path.with_name(f".{path.name}.new")
    try:
        path.parent.parent.mkdir(parents=True, exist_ok=True)
        make_folder(path.parent, openly=filesystem.is_open(path.parent.name))
        remove(staged)
        write_file(staged, content, openly=openly)
        replace_file(staged, path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            remove(staged)
        raise errors.from_os_error(error, path) from error

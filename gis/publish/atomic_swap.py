"""From the old edition to the new one: the whole old one or the whole new one, whatever happens.

    DIR/.nuantu/new/      the new edition is built here, written to the disk and read back
    DIR/.nuantu/commit    from the moment this file is there, the new edition is the one that counts
    DIR/.nuantu/old/      parts of the old edition on their way out
    DIR/editions/NAME/    the editions before, each whole

`recover` ends what a broken run began: with the commit file forward, without it back. Every step
is a rename that can be done again from where it stopped. What is not public is its owner's alone from
the first byte on. Standard library alone.
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
    sync_folder,
    write_file,
)

_AT_ONCE = 4  # files on their way to the disk, which is waited for more than it works


def install(out: Path, files: Mapping[str, bytes]) -> None:
    """Make `files` (path below `out` → content) the edition in folder `out`.

    files: below public, planner and townships, manifest.json, and its signature where it is signed.

    Raises:
        PublicationError: it could not be written or swapped in; the old edition stands.
    """
    folder = Path(os.path.realpath(out))
    made = not exists(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            recover(folder)
            if filesystem.WINDOWS:  # said before the work, and by name
                errors.if_held(folder)
            _stage(folder, files)
            _swap(folder)
            with suppress(OSError):  # the new edition is in; the next run tidies up
                recover(folder)
                archive.prune_archive(folder)
    except OSError as error:
        raise errors.of_system(error, folder) from error
    finally:
        if made:
            with suppress(OSError):  # not empty: something was published
                folder.rmdir()


def recover(folder: Path) -> None:
    """End what a broken publication in `folder` began; nothing to do where none was."""
    work = folder / WORK
    commit = work / "commit"
    if exists(commit):
        _forward(folder)
        archive.archive_edition(folder, work / "old", work / "trash")
        sync_folder(folder)
        commit.unlink()
        sync_folder(work)
    if exists(work):
        remove(work)
        sync_folder(folder)


def broken(folder: Path) -> bool:
    """Whether a publication in `folder` was broken off and is to be recovered."""
    return exists(folder / WORK)


@contextmanager
def open_publication(out: Path, wait_s: float = WAIT_S) -> Iterator[Path]:
    """Hold whatever is published in `out` whole and still; yields the folder, links followed.

    A publication that was broken off is recovered first; one that is going on is waited for, at
    most `wait_s` seconds. On a medium that cannot be written nobody else writes either.

    Raises:
        PublicationError: it is halfway and cannot be recovered here, or it takes too long.
    """
    folder = Path(os.path.realpath(out))
    with ExitStack() as alone:
        try:
            alone.enter_context(locked(folder, wait_s))
            recover(folder)
        except OSError as error:
            if broken(folder):
                raise errors.stuck(folder, error) from error
        yield folder


def restore_folder(out: Path, name: str) -> None:
    """Make the kept edition `name` the one in `out` again; the present one is kept in turn.

    Raises:
        PublicationError: there is no such edition, or it could not be swapped in.
    """
    folder = Path(os.path.realpath(out))
    before = archive.find_edition(folder, name)
    try:
        files = {
            path.relative_to(before).as_posix(): path.read_bytes()
            for path in files_under(before)
            if not path.is_dir()  # an empty one; a part has its folder anyway
        }
    except OSError as error:
        raise errors.of_system(error, before) from error
    install(folder, files)


def _stage(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the new edition beside the old one, to the disk itself, and read it back."""
    new = folder / WORK / "new"
    try:
        make_folder(new)
        for part in PARTS:
            make_folder(new / part, openly=filesystem.is_open(part))
        for name in sorted(files):
            make_folder((new / name).parent, openly=filesystem.is_open(name))
        with ThreadPoolExecutor(_AT_ONCE) as disk:
            list(disk.map(lambda name: _write(new, name, files[name]), sorted(files)))
        for inner in sorted({path.parent for path in files_under(new)} | {new, folder / WORK}):
            sync_folder(inner)
        _compare(new, files)
    except BaseException:
        with suppress(OSError):
            remove(folder / WORK)
        raise


def _write(new: Path, name: str, content: bytes) -> None:
    write_file(new / name, content, openly=filesystem.is_open(name))


def _compare(new: Path, files: Mapping[str, bytes]) -> None:
    written = {path.relative_to(new).as_posix(): path for path in files_under(new)}
    for name in sorted(files.keys() | written.keys() - set(PARTS)):
        if name not in written or name not in files or written[name].read_bytes() != files[name]:
            raise errors.not_as_written(name)


def _swap(folder: Path) -> None:
    """The commit, then the renames; a rename that is refused takes all of it back."""
    work = folder / WORK
    try:
        make_folder(work / "old")
        write_file(work / "ready", b"")
        move(work / "ready", work / "commit")
        sync_folder(work)
        _forward(folder)
    except BaseException as error:
        try:
            _backward(folder)
        except OSError:
            raise errors.halfway(folder) from error
        raise


def _forward(folder: Path) -> None:
    new, old = folder / WORK / "new", folder / WORK / "old"
    if exists(new / MANIFEST) and exists(folder / SIGNATURE):  # it is of the old manifest
        move(folder / SIGNATURE, old / SIGNATURE)
    for name in WHOLE:
        if exists(new / name):
            if exists(folder / name):
                move(folder / name, old / name)
            move(new / name, folder / name)
    if exists(new / SIGNATURE):
        move(new / SIGNATURE, folder / SIGNATURE)
    for changed in (old, new, folder):
        if changed.is_dir():  # the old edition may be among the kept ones already
            sync_folder(changed)


def _backward(folder: Path) -> None:
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
    """Write one file in place of the one before, whole or not at all; openly: not its owner alone.

    Raises:
        PublicationError: the disk refused, or the file is open in another program.
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        path.parent.parent.mkdir(parents=True, exist_ok=True)
        make_folder(path.parent, openly=filesystem.is_open(path.parent.name))
        remove(beside)
        write_file(beside, content, openly=openly)
        os.replace(beside, path)  # noqa: PTH105  one system call, named as it is
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            remove(beside)
        raise errors.of_system(error, path) from error

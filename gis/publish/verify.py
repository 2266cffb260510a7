"""Verifies a publication against its manifests. Uses only the standard library."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gis.errors import InputError, Text
from gis.publish import archive, atomic_swap, errors
from gis.publish.filesystem import (
    EDITIONS,
    LOCK,
    MANIFEST,
    PARTS,
    PUBLIC_MANIFEST,
    PUBLIC_SIGNATURE,
    SIGNATURE,
    WAIT_S,
    exists,
    files_under,
)
from gis.publish.signing import FORMAT, sealed


@dataclass(frozen=True)
class Verification:
    """Differences from the manifest, by path below the folder.

    changed   files that differ; manifest.json itself if its seal is broken
    missing   published files that do not exist
    added     files that were not published
    files     number of files that the manifest lists
    as_of     as-of date of the edition
    """

    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    files: int
    as_of: str

    @property
    def whole(self) -> bool:
        """Whether there is no difference."""
        return not (self.changed or self.missing or self.added)

    @property
    def opened_for_editing(self) -> bool:
        """Whether a GeoPackage differs, or SQLite left files of its own beside one.

        Beginning to edit a layer in QGIS changes the header, even if nothing is edited.
        """
        beside = (".gpkg-wal", ".gpkg-shm", ".gpkg-journal")
        return any(name.endswith(".gpkg") for name in self.changed) or any(
            name.endswith(beside) for name in self.added
        )


def verify(folder: Path, wait_s: float = WAIT_S) -> Verification:
    """Compare a publication and its archived editions with their manifests.

    An interrupted publication is recovered first. A running one is waited for, at most `wait_s`
    seconds.

    Raises:
        InputError: There is no publication, or it has no readable manifest.
        PublicationError: A file cannot be read.
    """
    with _open_locked(folder, wait_s) as place:
        found = _compare(place, with_archive=True)
        for edition in _archived_editions(place):
            found = _merge_edition(found, edition, f"{EDITIONS}/{edition.name}/")
        return found


def restore_edition(folder: Path, name: str) -> None:
    """Make an archived edition the current one again; the current one is archived.

    Args:
        folder: The publication's folder.
        name: The archived edition.

    Raises:
        InputError: There is no such edition, or it does not match its manifest.
        PublicationError: It could not be installed; the current edition is unchanged.
    """
    with _open_locked(folder) as place:
        found = _compare(archive.find_edition(place, name))
    wrong = (*found.changed, *found.missing, *found.added)
    if wrong:
        listed = "、".join(wrong)
        zh = f"{name} 与它的清单不符（{listed}），没有恢复。请用备份里的原件。"
        en = (
            f"{name} does not match its manifest ({', '.join(wrong)}) and was not restored. "
            "Use the original from a backup."
        )
        raise InputError(Text(zh, en))
    atomic_swap.restore_folder(folder, name)


@contextmanager
def _open_locked(folder: Path, wait_s: float = WAIT_S) -> Iterator[Path]:
    """The publication in `folder`, locked; an unreadable file raises a PublicationError."""
    try:
        if not Path(folder).is_dir():
            raise _no_publication(folder)
        with atomic_swap.open_publication(folder, wait_s) as place:
            yield place
    except OSError as error:
        raise errors.unreadable_file(folder, error) from error


def _merge_edition(found: Verification, edition: Path, prefix: str) -> Verification:
    own = _compare(edition)
    return Verification(
        changed=(*found.changed, *(prefix + name for name in own.changed)),
        missing=(*found.missing, *(prefix + name for name in own.missing)),
        added=(*found.added, *(prefix + name for name in own.added)),
        files=found.files + own.files,
        as_of=found.as_of,
    )


def _archived_editions(place: Path) -> Iterator[Path]:
    """The archived editions that have a manifest."""
    for edition in _folders(place):
        if exists(edition / MANIFEST):
            yield edition


def _folders(place: Path) -> Iterator[Path]:
    if not (place / EDITIONS).is_symlink():
        for one in (place / EDITIONS / name for name in archive.edition_names(place)):
            if one.is_dir() and not one.is_symlink():
                yield one


def _compare(place: Path, *, with_archive: bool = False) -> Verification:
    """Compare one folder with its manifest; with_archive: it may hold an archive and a lock."""
    content = _manifest(place)
    manifest = _parse_manifest(content, place)
    listed = {one["path"]: one for one in manifest["outputs"]}
    side_files = {MANIFEST, SIGNATURE, LOCK} if with_archive else {MANIFEST, SIGNATURE}
    missing = set()
    if (
        exists(place / SIGNATURE) and PUBLIC_MANIFEST in listed
    ):  # it is signed after the manifest is written
        side_files.add(PUBLIC_SIGNATURE)
        missing = set() if exists(place / PUBLIC_SIGNATURE) else {PUBLIC_SIGNATURE}
    present = dict(
        _present_files(place, side_files, _archived_prefixes(place) if with_archive else ())
    )
    changed = [
        name for name in listed if name in present and not _matches(present[name], listed[name])
    ]
    return Verification(
        changed=tuple(sorted(changed + ([] if sealed(content) else [MANIFEST]))),
        missing=tuple(sorted((listed.keys() - present.keys()) | missing)),
        added=tuple(sorted(present.keys() - listed.keys())),
        files=len(listed),
        as_of=manifest["project"]["as_of"],
    )


def _archived_prefixes(place: Path) -> tuple[str, ...]:
    """Archived folders that are verified separately, by their manifest or by their name."""
    return tuple(
        f"{EDITIONS}/{one.name}/"
        for one in _folders(place)
        if exists(one / MANIFEST) or archive.is_unchanged(one)
    )


def _manifest(place: Path) -> bytes:
    path = place / MANIFEST
    if path.is_symlink() or not path.is_file():
        raise _no_publication(place)
    return path.read_bytes()


def _parse_manifest(content: bytes, place: Path) -> dict[str, Any]:
    with suppress(ValueError, KeyError, TypeError):
        manifest: dict[str, Any] = json.loads(content)
        outputs = all({"path", "sha256", "bytes"} <= one.keys() for one in manifest["outputs"])
        if (
            manifest["format"] == FORMAT
            and isinstance(manifest["project"]["as_of"], str)
            and outputs
        ):
            return manifest
    zh = f"{place / MANIFEST} 不是可读的清单：它被改动过，或由更新的版本写成。请用原件核对。"
    en = (
        f"{place / MANIFEST} is no manifest that can be read: it was changed, or a later version "
        "wrote it. Verify the original."
    )
    raise InputError(Text(zh, en))


def _present_files(
    place: Path, side_files: Collection[str], archived: tuple[str, ...]
) -> Iterator[tuple[str, Path]]:
    """The files in the folder, without known side files and separately verified editions.

    A side file or folder only counts as known if it has the right type: a link in its place is
    reported. An empty folder is reported, unless it is one of the edition's own.
    """
    for path in files_under(place):
        name = path.relative_to(place).as_posix()
        linked = path.is_symlink()
        known = name in side_files and path.is_file() and not linked
        empty = name in (*PARTS, EDITIONS) and path.is_dir() and not linked
        if not (known or empty or name.startswith(archived)):
            yield name, path


def _matches(path: Path, listed: dict[str, Any]) -> bool:
    if path.is_symlink() or not path.is_file() or path.stat().st_size != listed["bytes"]:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == listed["sha256"]


def _no_publication(place: Path) -> InputError:
    zh = f"{place} 里没有发布成果（没有 {MANIFEST}）。请指向 nuantu run 的 --out 文件夹。"
    en = f"{place} holds no publication (no {MANIFEST}). Point to the --out folder of nuantu run."
    return InputError(Text(zh, en))

"""Is a publication what its manifest says? With the standard library alone."""

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
from gis.publish.seal import FORMAT, sealed

_ASIDE = (LOCK, MANIFEST, SIGNATURE)


@dataclass(frozen=True)
class Verification:
    """What differs from the manifest, by path below the folder.

    changed   there, but otherwise than published; manifest.json itself when its seal is broken
    missing   published, but gone
    added     there, but never published
    files     how many files the manifest lists
    as_of     the as-of day of the edition
    """

    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    files: int
    as_of: str

    @property
    def whole(self) -> bool:
        """Whether nothing differs."""
        return not (self.changed or self.missing or self.added)


def verify(folder: Path, wait_s: float = WAIT_S) -> Verification:
    """Compare the publication in `folder`, and the editions it keeps, with their manifests.

    A publication that was broken off is recovered first; one that is going on is waited for, at
    most `wait_s` seconds.

    Raises:
        InputError: there is no publication, or one without a readable manifest.
        PublicationError: a file of it cannot be read.
    """
    with _still(folder, wait_s) as place:
        found = _compare(place, kept_too=True)
        for edition in _kept(place):
            found = _joined(found, edition, f"{EDITIONS}/{edition.name}/")
        return found


def restore_edition(folder: Path, name: str) -> None:
    """Make the kept edition `name` the one in `folder` again; the present one is kept in turn.

    Raises:
        InputError: there is no such edition, or it is no longer what its manifest says.
        PublicationError: it could not be swapped in; the present one stands.
    """
    with _still(folder) as place:
        found = _compare(archive.find_edition(place, name))
    wrong = (*found.changed, *found.missing, *found.added)
    if wrong:
        listed = "、".join(wrong)
        zh = f"{name} 与它的清单不符（{listed}），没有恢复。请用备份里的原件。"
        en = (
            f"{name} is not what its manifest says ({', '.join(wrong)}) and was not restored. "
            "Take the original from a backup."
        )
        raise InputError(Text(zh, en))
    atomic_swap.restore_folder(folder, name)


@contextmanager
def _still(folder: Path, wait_s: float = WAIT_S) -> Iterator[Path]:
    """What is published in `folder`, whole, still and to be read."""
    try:
        if not Path(folder).is_dir():
            raise _nothing(folder)
        with atomic_swap.open_publication(folder, wait_s) as place:
            yield place
    except OSError as error:
        raise errors.unreadable_file(folder, error) from error


def _joined(found: Verification, edition: Path, prefix: str) -> Verification:
    own = _compare(edition)
    return Verification(
        changed=(*found.changed, *(prefix + name for name in own.changed)),
        missing=(*found.missing, *(prefix + name for name in own.missing)),
        added=(*found.added, *(prefix + name for name in own.added)),
        files=found.files + own.files,
        as_of=found.as_of,
    )


def _kept(place: Path) -> Iterator[Path]:
    """The kept editions that have a manifest to compare them with."""
    for edition in _folders(place):
        if exists(edition / MANIFEST):
            yield edition


def _folders(place: Path) -> Iterator[Path]:
    if not (place / EDITIONS).is_symlink():
        for one in (place / EDITIONS / name for name in archive.edition_names(place)):
            if one.is_dir() and not one.is_symlink():
                yield one


def _compare(place: Path, *, kept_too: bool = False) -> Verification:
    """What differs in `place`; kept_too: editions before may lie there, and a run may hold it."""
    content = _manifest(place)
    told = _told(content, place)
    listed = {one["path"]: one for one in told["outputs"]}
    aside = {MANIFEST, SIGNATURE, LOCK} if kept_too else {MANIFEST, SIGNATURE}
    missing = set()
    if exists(place / SIGNATURE) and PUBLIC_MANIFEST in listed:  # it is signed after the listing
        aside.add(PUBLIC_SIGNATURE)
        missing = set() if exists(place / PUBLIC_SIGNATURE) else {PUBLIC_SIGNATURE}
    present = dict(_present(place, aside, _set_apart(place) if kept_too else ()))
    changed = [name for name in listed if name in present and not _is(present[name], listed[name])]
    return Verification(
        changed=tuple(sorted(changed + ([] if sealed(content) else [MANIFEST]))),
        missing=tuple(sorted((listed.keys() - present.keys()) | missing)),
        added=tuple(sorted(present.keys() - listed.keys())),
        files=len(listed),
        as_of=told["project"]["as_of"],
    )


def _set_apart(place: Path) -> tuple[str, ...]:
    """Kept folders: compared by themselves, or known by their name to be what they were."""
    return tuple(
        f"{EDITIONS}/{one.name}/"
        for one in _folders(place)
        if exists(one / MANIFEST) or archive.as_it_was(one)
    )


def _manifest(place: Path) -> bytes:
    path = place / MANIFEST
    if path.is_symlink() or not path.is_file():
        raise _nothing(place)
    return path.read_bytes()


def _told(content: bytes, place: Path) -> dict[str, Any]:
    with suppress(ValueError, KeyError, TypeError):
        told: dict[str, Any] = json.loads(content)
        outputs = all({"path", "sha256", "bytes"} <= one.keys() for one in told["outputs"])
        if told["format"] == FORMAT and isinstance(told["project"]["as_of"], str) and outputs:
            return told
    zh = f"{place / MANIFEST} 不是可读的清单：它被改动过，或由更新的版本写成。请用原件核对。"
    en = (
        f"{place / MANIFEST} is no manifest that can be read: it was changed, or a later version "
        "wrote it. Verify the original."
    )
    raise InputError(Text(zh, en))


def _present(
    place: Path, aside: Collection[str], apart: tuple[str, ...]
) -> Iterator[tuple[str, Path]]:
    """What is there, but for the files known to be and the kept editions that are set apart.

    Each of those only as what it should be: a folder or a link in place of one is there itself. Of
    the folders of the edition an empty one of its own counts too.
    """
    for path in files_under(place):
        name = path.relative_to(place).as_posix()
        linked = path.is_symlink()
        known = name in aside and path.is_file() and not linked
        empty = name in (*PARTS, EDITIONS) and path.is_dir() and not linked
        if not (known or empty or name.startswith(apart)):
            yield name, path


def _is(path: Path, listed: dict[str, Any]) -> bool:
    if path.is_symlink() or not path.is_file() or path.stat().st_size != listed["bytes"]:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == listed["sha256"]


def _nothing(place: Path) -> InputError:
    zh = f"{place} 里没有发布成果（没有 {MANIFEST}）。请指向 nuantu run 的 --out 文件夹。"
    en = f"{place} holds no publication (no {MANIFEST}). Point to the --out folder of nuantu run."
    return InputError(Text(zh, en))

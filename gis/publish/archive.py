"""The editions before, each whole under DIR/editions/, by as-of day and manifest.

Standard library alone.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from gis.errors import InputError, Text
from gis.publish.filesystem import (
    EDITIONS,
    MANIFEST,
    WORK,
    close_to_others,
    exists,
    files_under,
    make_folder,
    move,
    remove,
    sync_folder,
)

# ASSUME: a heating season's monthly reports and as many runs again are worth their disk space.
MOST = 12
_OURS = re.compile(r"\d{4}-\d\d-\d\d-[0-9a-f]{12}(-\d+)?\Z")


def edition_names(folder: Path) -> list[str]:
    """The kept editions of a publication, the oldest as-of day first."""
    editions = folder / EDITIONS
    return sorted(path.name for path in editions.iterdir()) if editions.is_dir() else []


def find_edition(folder: Path, name: str) -> Path:
    """The folder of the kept edition `name`.

    Raises:
        InputError: there is none of that name.
    """
    known = edition_names(folder)
    if name in known:
        return folder / EDITIONS / name
    listed = "、".join(known) or "无"
    zh = f"{folder} 里没有保存过名为 {name} 的一版；现有：{listed}。"
    en = f"{folder} keeps no edition {name}; there are: {', '.join(known) or 'none'}."
    raise InputError(Text(zh, en))


def archive_edition(folder: Path, old: Path, trash: Path) -> None:
    """Move the edition in `old` among the kept ones; into `trash` if it is kept already.

    Can be done again from wherever it stopped. What is no edition of ours is kept too, and never
    removed.
    """
    if not exists(old) or not any(old.iterdir()):
        return
    editions = folder / EDITIONS
    make_folder(editions)
    close_to_others(editions)
    name = _name(old)
    if any(_same(old, editions / other) for other in _like(folder, name)):
        move(old, trash)
        return
    move(old, editions / _free(folder, name))
    sync_folder(editions)


def prune_archive(folder: Path) -> None:
    """Remove the oldest of the kept editions beyond `MOST`."""
    ours = [name for name in edition_names(folder) if _OURS.match(name)]
    for name in ours[:-MOST]:
        work = folder / WORK
        make_folder(work)
        move(folder / EDITIONS / name, work / "trash")
        remove(work)


def _name(old: Path) -> str:
    manifest = old / MANIFEST
    try:
        content = manifest.read_bytes()
        day = json.loads(content)["project"]["as_of"]
    except (OSError, ValueError, KeyError, TypeError):
        return _by_contents(old)
    name = f"{day}-{hashlib.sha256(content).hexdigest()[:12]}"
    return name if _OURS.match(name) else _by_contents(old)


def as_it_was(edition: Path) -> bool:
    """Whether a kept folder without a manifest is what it was when it was put there."""
    return edition.name.startswith(_by_contents(edition))


def _by_contents(folder: Path) -> str:
    """The name of what has no manifest: nothing else says what was in it."""
    total = hashlib.sha256()
    for name, digest in sorted(_contents(folder).items()):
        total.update(f"{name}\0".encode("utf-8", "surrogateescape") + digest)
    return f"unnamed-{total.hexdigest()[:12]}"


def _like(folder: Path, name: str) -> list[str]:
    return [
        other for other in edition_names(folder) if other == name or other.startswith(f"{name}-")
    ]


def _free(folder: Path, name: str) -> str:
    taken = set(_like(folder, name))
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def _same(one: Path, other: Path) -> bool:
    mine, theirs = _contents(one), _contents(other)
    return mine == theirs


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): _digest(path) for path in files_under(folder)}


def _digest(path: Path) -> bytes:
    if path.is_symlink():
        return b"link " + str(path.readlink()).encode()
    return hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b"folder"

"""The archive of earlier editions: one folder for each under DIR/editions/.

Folders are named by as-of date and manifest hash. Uses only the standard library.
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

# ASSUME: a heating season's monthly reports, and as many other runs, are worth their disk space.
MAX_EDITIONS = 12
_EDITION_NAME = re.compile(r"\d{4}-\d\d-\d\d-[0-9a-f]{12}(-\d+)?\Z")


def edition_names(folder: Path) -> list[str]:
    """The names of archived editions, earliest as-of date first."""
    editions = folder / EDITIONS
    return sorted(path.name for path in editions.iterdir()) if editions.is_dir() else []


def find_edition(folder: Path, name: str) -> Path:
    """The folder of the archived edition `name`.

    Raises:
        InputError: There is no edition of that name.
    """
    known = edition_names(folder)
    if name in known:
        return folder / EDITIONS / name
    listed = "、".join(known) or "无"
    zh = f"{folder} 里没有保存过名为 {name} 的一版；现有：{listed}。"
    en = f"{folder} keeps no edition {name}; there are: {', '.join(known) or 'none'}."
    raise InputError(Text(zh, en))


def archive_edition(folder: Path, old: Path, trash: Path) -> None:
    """Move an edition into the archive, or into the trash if it is archived already.

    May be repeated after an interruption. A folder that is not an edition is also kept, and never
    pruned.

    Args:
        folder: The publication's folder.
        old: The edition to archive.
        trash: The path to move it to if the archive has an identical one.
    """
    if not exists(old) or not any(old.iterdir()):
        return
    editions = folder / EDITIONS
    make_folder(editions)
    close_to_others(editions)
    name = _edition_name(old)
    if any(_same_contents(old, editions / other) for other in _similar_names(folder, name)):
        move(old, trash)
        return
    move(old, editions / _free_name(folder, name))
    sync_folder(editions)


def prune_archive(folder: Path) -> None:
    """Remove the oldest archived editions, so that `MAX_EDITIONS` remain."""
    editions = [name for name in edition_names(folder) if _EDITION_NAME.match(name)]
    for name in editions[:-MAX_EDITIONS]:
        work = folder / WORK
        make_folder(work)
        move(folder / EDITIONS / name, work / "trash")
        remove(work)


def _edition_name(old: Path) -> str:
    manifest = old / MANIFEST
    try:
        content = manifest.read_bytes()
        day = json.loads(content)["project"]["as_of"]
    except (OSError, ValueError, KeyError, TypeError):
        return _content_name(old)
    name = f"{day}-{hashlib.sha256(content).hexdigest()[:12]}"
    return name if _EDITION_NAME.match(name) else _content_name(old)


def is_unchanged(edition: Path) -> bool:
    """Whether an archived folder without a manifest is unchanged since it was archived."""
    return edition.name.startswith(_content_name(edition))


def _content_name(folder: Path) -> str:
    """A name by contents, for a folder without a manifest."""
    total = hashlib.sha256()
    for name, digest in sorted(_contents(folder).items()):
        total.update(f"{name}\0".encode("utf-8", "surrogateescape") + digest)
    return f"unnamed-{total.hexdigest()[:12]}"


def _similar_names(folder: Path, name: str) -> list[str]:
    return [
        other for other in edition_names(folder) if other == name or other.startswith(f"{name}-")
    ]


def _free_name(folder: Path, name: str) -> str:
    taken = set(_similar_names(folder, name))
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def _same_contents(one: Path, other: Path) -> bool:
    first, second = _contents(one), _contents(other)
    return first == second


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): _digest(path) for path in files_under(folder)}


def _digest(path: Path) -> bytes:
    if path.is_symlink():
        return b"link " + str(path.readlink()).encode()
    return hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b"folder"

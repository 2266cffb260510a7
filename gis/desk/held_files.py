"""Ledgers that would take the place of others: they wait until somebody has seen what they change.

.nuantu-next/FILE/NAME     was dropped as NAME and would take the place of FILE; of a Shapefile
all its parts
"""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

from gis.api.exchanged_ledgers import SHAPEFILE, ledgers_of, parts_of
from gis.errors import InputError, Text
from gis.new_project.offered_files import SHAPEFILE_PARTS
from gis.publish.filesystem import move

NEXT = ".nuantu-next"
_NEEDED = (SHAPEFILE, ".shx", ".dbf")
_MONTH = re.compile(
    r"(?:20\d\d\s*年?[-._]?)?(?:[01]?\d|十[一二]?|[一二三四五六七八九])月份?(?:[0-3]?\d日)?"
    r"|(?<!\d)20\d\d(?:[-._]?(?:0[1-9]|1[0-2])(?:[-._]?[0-3]\d)?(?!\d)|年度?|(?!\d))"
)
_EDGES = " -_.()（）[]【】·"


@dataclass(frozen=True)
class Held:
    """A file that waits: `given` is its own name, `file` the one whose place it would take."""

    file: str
    given: str
    path: Path


def takes_place_of(folder: Path, name: str) -> str:
    """The ledger of the project whose place a dropped file would take; "" for none.

    It has the same name, or the same but for a month or year: 甲镇10月.xlsx and 甲镇11月.xlsx. A part
    of a Shapefile takes the place of the whole.
    """
    name = whole_name(name)
    ledgers = [one for one in ledgers_of(folder) if (folder / one).is_file()]
    if name in ledgers:
        return name
    bare = _without_month(name)
    if (folder / name).exists() or bare is None or not _MONTH.search(PurePath(name).stem):
        return ""
    alike = [one for one in ledgers if _without_month(one) == bare]
    return alike[0] if len(alike) == 1 else ""


def whole_name(name: str) -> str:
    """The name of the Shapefile that a file is a part of; another file's own name."""
    path = PurePath(name)
    return f"{path.stem}{SHAPEFILE}" if path.suffix.lower() in SHAPEFILE_PARTS else name


def lacking_parts(folder: Path, file: str) -> list[str]:
    """The names of the parts that a Shapefile that waits lacks; none of another file."""
    place = folder / NEXT / file
    if PurePath(file).suffix.lower() != SHAPEFILE:
        return []
    there = {one.suffix.lower() for one in place.iterdir() if not one.name.startswith(".")}
    return [one for one in _NEEDED if one not in there]


def _without_month(name: str) -> tuple[str, str] | None:
    path = PurePath(name)
    stem = _MONTH.sub("", path.stem).strip(_EDGES)
    return (stem, path.suffix.lower()) if stem else None


def held(folder: Path) -> list[Held]:
    """The files that wait."""
    found = []
    for file in ledgers_of(folder):
        place = folder / NEXT / file
        if place.is_symlink() or not (folder / file).is_file():
            continue
        given = [one for one in place.glob("*") if one.is_file() and not one.is_symlink()]
        given = [one for one in given if whole_name(one.name) == one.name]
        given = [one for one in given if not one.name.startswith(".")]
        if given:
            latest = max(given, key=lambda one: one.stat().st_mtime_ns)
            found.append(Held(file, latest.name, latest))
    return found


def leave(folder: Path, file: str) -> None:
    """Let a file that waits go."""
    shutil.rmtree(folder / NEXT / file)
    with suppress(OSError):  # others wait
        (folder / NEXT).rmdir()


def make_own(folder: Path, one: Held) -> None:
    """Make a file that waits one of its own.

    Raises:
        InputError: The project has a file of its name.
    """
    parts = parts_of(one.path)
    there = [part.name for part in parts if (folder / part.name).exists()]
    if there:
        zh = f"项目里已有 {'、'.join(there)}，不能另作一个文件；请改名后再放。"
        en = f"the project has {', '.join(there)} already; rename the file and drop it again."
        raise InputError(Text(zh, en))
    for part in parts:
        move(part, folder / part.name)
    leave(folder, one.file)

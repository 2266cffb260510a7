"""Ledgers that would take the place of others: they wait, take it, and give it back.

    .nuantu-next/FILE/NAME     was dropped as NAME and would take the place of FILE
    .nuantu-before/FILE        what FILE was before the last exchange
    .nuantu-before/last.json   the last exchange: its files, and the days of project.toml

Each step is a copy or a rename of whole files: a desk that is ended between two of them leaves each
file either waiting or in place.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from gis.api.project_file import (
    PROJECT,
    changing,
    day,
    layer_files,
    read_document,
    set_keys,
    source_table,
)
from gis.errors import InputError, Text
from gis.new_project.offered_files import SHAPEFILE_PARTS
from gis.publish.atomic_swap import install_file
from gis.publish.filesystem import replace_file

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

NEXT, BEFORE = ".nuantu-next", ".nuantu-before"
_LAST = "last.json"
_LEDGER = "households"
_SEVERAL_PARTS = frozenset([".shp", ".gdb", *SHAPEFILE_PARTS])
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


@dataclass(frozen=True)
class Exchange:
    """The last exchange.

    at          when, as the office's clock says
    files       the files that were exchanged
    as_of       the days that the project was as of before and after
    """

    at: str
    files: tuple[str, ...]
    as_of: tuple[date, date]


def takes_place_of(folder: Path, name: str) -> str:
    """The ledger of the project whose place a dropped file would take; "" for none.

    It has the same name, or the same but for a month or year: 甲镇10月.xlsx and 甲镇11月.xlsx.
    """
    ledgers = _ledgers(folder)
    if name in ledgers and (folder / name).is_file():
        return name
    bare = _without_month(name)
    if (folder / name).exists() or bare is None or not _MONTH.search(PurePath(name).stem):
        return ""
    alike = [one for one in ledgers if _without_month(one) == bare and (folder / one).is_file()]
    return alike[0] if len(alike) == 1 else ""


def _ledgers(folder: Path) -> list[str]:
    """The ledgers of the project that are one file of its folder each."""
    if not (folder / PROJECT).is_file():
        return []
    try:
        named = layer_files(read_document(folder / PROJECT), _LEDGER)
    except InputError:  # said by the page
        return []
    bare = [one for one in named if PurePath(one).name == one and "\\" not in one]
    return [one for one in bare if PurePath(one).suffix.lower() not in _SEVERAL_PARTS]


def _without_month(name: str) -> tuple[str, str] | None:
    path = PurePath(name)
    stem = _MONTH.sub("", path.stem).strip(_EDGES)
    return (stem, path.suffix.lower()) if stem else None


def held(folder: Path) -> list[Held]:
    """The files that wait."""
    found = []
    for file in _ledgers(folder):
        place = folder / NEXT / file
        if place.is_symlink() or not (folder / file).is_file():
            continue
        given = [one for one in place.glob("*") if one.is_file() and not one.is_symlink()]
        given = [one for one in given if not one.name.startswith(".")]
        if given:
            latest = max(given, key=lambda one: one.stat().st_mtime_ns)
            found.append(Held(file, latest.name, latest))
    return found


def leave(folder: Path, one: Held) -> None:
    """Let a file that waits go."""
    shutil.rmtree(folder / NEXT / one.file)
    with suppress(OSError):  # others wait
        (folder / NEXT).rmdir()


def put_in_place(folder: Path, as_of: date) -> int:
    """Put all files that wait in the place of the project's, which are kept; returns how many.

    The project becomes as of `as_of`, and so does each of these ledgers if it has a day of its own.

    Raises:
        InputError: None waits, or project.toml cannot be changed.
    """
    waiting = held(folder)
    if not waiting:
        raise InputError(Text("没有等着换上的台账。", "No ledger waits to take a place."))
    document = read_document(folder / PROJECT)
    before = _days(document, [one.file for one in waiting])
    after = {file: as_of if own else None for file, own in before[1].items()}
    for one in waiting:
        _keep(folder, one.file)
    _note(folder, before, (as_of, after))
    _set_days(folder, as_of, after)
    for one in waiting:
        replace_file(one.path, folder / one.file)
        leave(folder, one)
    return len(waiting)


def give_back(folder: Path) -> int:
    """Undo the last exchange, which can be undone in turn; returns how many files came back.

    Raises:
        InputError: There is none, or project.toml cannot be changed.
    """
    told = _noted(folder)
    if told is None:
        raise InputError(Text("没有可撤销的换台账。", "No ledger was exchanged."))
    before, after = told
    _note(folder, after, before)
    _set_days(folder, *before)
    for file in before[1]:
        kept = folder / BEFORE / file
        aside = kept.with_name(f".{file}.new")
        shutil.copy2(folder / file, aside)
        replace_file(kept, folder / file)
        replace_file(aside, kept)
    return len(before[1])


def last_exchange(folder: Path) -> Exchange | None:
    """The last exchange that can be undone."""
    told = _noted(folder)
    if told is None:
        return None
    at = datetime.fromtimestamp((folder / BEFORE / _LAST).stat().st_mtime, UTC).astimezone()
    return Exchange(f"{at:%Y-%m-%d %H:%M}", tuple(told[0][1]), (told[0][0], told[1][0]))


def _keep(folder: Path, file: str) -> None:
    (folder / BEFORE).mkdir(mode=0o700, exist_ok=True)
    draft = folder / BEFORE / f".{file}.new"
    shutil.copy2(folder / file, draft)
    replace_file(draft, folder / BEFORE / file)


Days = tuple[date, Mapping[str, date | None]]


def _days(document: TOMLDocument, files: list[str]) -> Days:
    """The day of the project, and of each ledger that has one of its own."""
    layer = document["layers"][_LEDGER]
    own = {
        file: source_table(document, _LEDGER, file).get("as_of", layer.get("as_of"))
        for file in files
    }
    return document["project"]["as_of"], own


def _set_days(folder: Path, as_of: date, files: Mapping[str, date | None]) -> None:
    with changing(folder) as document:
        set_keys(document["project"], {"as_of": as_of})
        for file, own in files.items():
            if own is not None:
                set_keys(source_table(document, _LEDGER, file), {"as_of": own})


def _note(folder: Path, before: Days, after: Days) -> None:
    told = [
        {"as_of": str(as_of), "files": {file: str(own or "") for file, own in files.items()}}
        for as_of, files in (before, after)
    ]
    text = json.dumps(told, ensure_ascii=False, indent=1)
    install_file(folder / BEFORE / _LAST, text.encode())


def _noted(folder: Path) -> tuple[Days, Days] | None:
    """The days before and after the last exchange; None where it cannot be undone."""
    try:
        told = json.loads((folder / BEFORE / _LAST).read_text("utf-8"))
        before, after = (
            (
                day(one["as_of"]),
                {str(file): day(own) if own else None for file, own in one["files"].items()},
            )
            for one in told
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InputError):
        return None
    ledgers = _ledgers(folder)
    kept = [file in ledgers and (folder / BEFORE / file).is_file() for file in before[1]]
    return (before, after) if kept and all(kept) and before[1].keys() == after[1].keys() else None

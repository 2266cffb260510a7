"""Notices of coal-ban zones among dropped files: they wait for the villages that they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gis.desk.pages import step_text
from gis.new_project.from_files import zone_entry
from gis.new_project.taken_files import Taken, notice_text, take

if TYPE_CHECKING:
    from pathlib import Path

    from gis.layers.reader_process import ReaderProcess

ZONES, VILLAGES = "coal_ban_zones", "villages"


def villages_of(
    taken: Iterable[Taken], document: Mapping[str, Any], folder: Path, reader: ReaderProcess
) -> list[Taken]:
    """What is taken for the villages layer, else the one of the project as it was taken."""
    near = [one for one in taken if one.layer == VILLAGES]
    file = str(document.get("layers", {}).get(VILLAGES, {}).get("path", ""))
    return near or (list(take(folder / file, reader, VILLAGES)) if file else [])


def waiting_notices(folder: Path, names: Sequence[str], reader: ReaderProcess) -> Iterator[Taken]:
    """Notices that came before the villages without which nobody can tell where they hold."""
    for path in sorted(folder.iterdir()):
        if path.name not in names and path.is_file() and notice_text(path):
            yield from take(path, reader)


def without_unread_notices(
    folder: Path,
    taken: Sequence[Taken],
    document: Mapping[str, Any] | None,
    reader: ReaderProcess,
) -> list[Taken]:
    """What was taken; a notice that names no village of the project is not, and says so."""
    notices = {one.file for one in taken if one.layer == ZONES and not one.rows}
    if not notices:
        return list(taken)
    near = villages_of(taken, document or {}, folder, reader)
    unread = {file for file in notices if not zone_entry(1, folder / file, near, reader)}
    why = step_text("files", "notice_unread" if near else "notice_waits")
    return [replace(one, layer="", why=why) if one.file in unread else one for one in taken]

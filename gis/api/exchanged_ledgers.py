"""Ledgers that take the place of others: journalled in the office's record, kept, given back.

    .nuantu-before/FILE/DIGEST/   what FILE was when it had this digest, all parts of a Shapefile

Who exchanged them and why stands in the record's journal, with the digests and row counts of both
files. Undoing that change puts the file back. An exchange that was cut short does the rest when it
is asked for again.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
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
from gis.layers.project_record import project_record
from gis.new_project.offered_files import SHAPEFILE_PARTS
from gis.publish.filesystem import replace_file

if TYPE_CHECKING:
    from datetime import date

    from gis.record import Record, Row, Value, Writing

BEFORE, LEDGER, EXCHANGES = ".nuantu-before", "households", "ledger_exchanges"
SHAPEFILE = ".shp"
Counts = Mapping[str, tuple[int | None, int | None]]
_DIGEST = re.compile(r"[0-9a-f]{64}")


def ledgers_of(folder: Path) -> list[str]:
    """The ledgers of a project that are files of its folder itself."""
    if not (folder / PROJECT).is_file():
        return []
    try:
        named = layer_files(read_document(folder / PROJECT), LEDGER)
    except InputError:  # said by whoever reads the project
        return []
    return [one for one in named if PurePath(one).name == one and "\\" not in one]


def parts_of(file: Path) -> list[Path]:
    """The file; of a Shapefile all of its parts that are there."""
    if file.suffix.lower() != SHAPEFILE:
        return [file]
    endings = {SHAPEFILE, *SHAPEFILE_PARTS}
    beside = (one for one in file.parent.iterdir() if one.stem == file.stem)
    return sorted(one for one in beside if one.suffix.lower() in endings and one.is_file())


def digest_of(file: Path) -> str:
    """The SHA-256 of a file; of a Shapefile that of its parts by their endings."""
    parts = parts_of(file)
    if len(parts) == 1 and parts[0] == file:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    whole = hashlib.sha256()
    for part in sorted(parts, key=lambda one: one.suffix.lower()):
        own = hashlib.sha256(part.read_bytes()).hexdigest()
        whole.update(f"{part.suffix.lower()} {own}\n".encode())
    return whole.hexdigest()


def put_file(source: Path, target: Path) -> None:
    """Copy a file over another; of a Shapefile all parts, and none of the old one stays."""
    new = {
        target if part == source else target.with_suffix(part.suffix.lower()): part
        for part in parts_of(source)
    }
    for name, part in new.items():
        draft = name.with_name(f".{name.name}.new")
        shutil.copy2(part, draft)
        replace_file(draft, name)
    if target.suffix.lower() == SHAPEFILE:
        for part in parts_of(target):
            if part not in new:
                part.unlink()


def exchange(  # noqa: PLR0913  # what the journal tells
    folder: Path,
    files: Mapping[str, Path],
    as_of: date,
    *,
    who: str,
    why: str,
    rows: Counts | None = None,
) -> int:
    """Put files in the place of ledgers of a project, which are kept; returns the change's number.

    The project becomes as of `as_of`, and so does each of these ledgers if it has a day of its own.

    Args:
        folder: The project folder.
        files: Ledger as project.toml names it → the file that takes its place.
        as_of: The day up to which the new ledgers are kept.
        who: Who exchanges them.
        why: The reason, such as the month's report.
        rows: Ledger → rows of the old file and of the new one, None where unknown.

    Raises:
        InputError: `who` or `why` is blank, or project.toml or the record cannot be changed.
    """
    told = [_told(folder, file, given, as_of, rows or {}) for file, given in files.items()]
    record = project_record(folder)
    number = _cut_short(record, told)
    if not number:
        with record.changing(who, why) as writing:
            for row in told:
                writing.insert(EXCHANGES, row)
        number = writing.number
    days = {str(row["file"]): as_of if row["own_day_before"] else None for row in told}
    _set_days(folder, as_of, days)
    for file, given in files.items():
        put_file(given, folder / file)
    return number


def _told(folder: Path, file: str, given: Path, as_of: date, rows: Counts) -> dict[str, Value]:
    """The row of the record that tells of an exchange; the old file is kept."""
    document = read_document(folder / PROJECT)
    layer = document["layers"][LEDGER]
    old, new = rows.get(file, (None, None))
    return {
        "file": file,
        "given": given.name,
        "as_of_before": str(document["project"]["as_of"]),
        "as_of_after": str(as_of),
        "own_day_before": str(
            source_table(document, LEDGER, file).get("as_of", layer.get("as_of", ""))
        ),
        "rows_before": str(old or ""),
        "rows_after": str(new or ""),
        "sha256_before": _keep(folder, file),
        "sha256_after": digest_of(given),
    }


def _cut_short(record: Record, told: list[dict[str, Value]]) -> int:
    """The change that tells of just this exchange and was not carried out to its end; 0: none."""
    latest = {row["file"]: row for row in record.rows(EXCHANGES)}
    names = ("file", "given", "as_of_after", "sha256_before", "sha256_after")
    stand = [latest.get(row["file"], {}) for row in told]
    if any(
        one.get(name) != row[name] for one, row in zip(stand, told, strict=True) for name in names
    ):
        return 0
    fids = {one["fid"] for one in stand}
    return max(
        change.number
        for change in record.journal()
        for one in change.entries
        if one.table == EXCHANGES and one.action == "insert" and one.row in fids
    )


def undo(folder: Path, number: int, *, who: str, why: str) -> int:
    """Undo a change of the office's record; ledgers that it exchanged are given back.

    Args:
        folder: The project folder.
        number: The change.
        who: Who undoes it.
        why: The reason.

    Returns:
        The number of the change that this is.

    Raises:
        InputError: There is no such change, it is undone already, something in it was changed again
            since, or the earlier ledger was not kept.
    """
    record = project_record(folder)
    stood = {row["fid"]: row for row in record.rows(EXCHANGES)}

    def give_back(writing: Writing) -> None:
        stand = {row["fid"]: row for row in writing.rows(EXCHANGES)}
        undone = [row for fid, row in stood.items() if fid not in stand]
        again = [row for fid, row in stand.items() if fid not in stood]
        _go(folder, undone, ("after", "before"))
        _go(folder, again, ("before", "after"))

    return record.undo(number, who, why, give_back)


def _go(folder: Path, rows: list[Row], way: tuple[str, str]) -> None:
    """Take exchanges back, or make them again; way: the names of what stands and what comes."""
    if not rows:
        return
    now, then = way
    kept = {str(row["file"]): _kept(folder, row, now, then) for row in rows}
    stands = read_document(folder / PROJECT)["project"]["as_of"]
    told = str(rows[0][f"as_of_{now}"])
    back = day(str(rows[0][f"as_of_{then}"]))
    days = {str(row["file"]): _day(row, then) for row in rows}
    _set_days(folder, back if str(stands) == told else stands, days)
    for file, source in kept.items():
        put_file(source, folder / file)


def _day(row: Row, then: str) -> date | None:
    """The day of its own that a ledger gets back."""
    own = row["own_day_before"]
    if not own:
        return None
    return day(str(own if then == "before" else row["as_of_after"]))


def _kept(folder: Path, row: Row, now: str, then: str) -> Path:
    """The kept file that is to stand again.

    Raises:
        InputError: Another file stands by now, or it was not kept.
    """
    file, wanted = str(row["file"]), str(row[f"sha256_{then}"])
    place = folder / file
    if file not in ledgers_of(folder) or place.is_symlink() or not place.is_file():
        zh = f"{file} 已不是项目的台账，没有撤销。"
        en = f"{file} is no ledger of the project any more; nothing was undone."
        raise InputError(Text(zh, en))
    if _keep(folder, file) not in (row[f"sha256_{now}"], wanted):
        zh = f"{file} 后来又换过或改过，没有撤销；请先撤销后来的修改。"
        en = f"{file} was exchanged or changed again since; nothing was undone: undo that first."
        raise InputError(Text(zh, en))
    source = folder / BEFORE / file / wanted / file
    inside = _DIGEST.fullmatch(wanted) and not any(
        one.is_symlink() for one in (source, *list(source.parents)[:3])
    )
    if not inside or not source.is_file() or digest_of(source) != wanted:
        zh = f"{file} 换下的那一份没有留存（{BEFORE} 里没有），没有撤销。"
        en = f"the {file} that was replaced is not kept in {BEFORE} any more; nothing was undone."
        raise InputError(Text(zh, en))
    return source


def _keep(folder: Path, file: str) -> str:
    """Keep a ledger as it stands, once; returns its digest."""
    digest = digest_of(folder / file)
    place = folder / BEFORE / file / digest
    if not place.is_dir():
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = place.with_name(f".{digest}.new")
        with suppress(FileNotFoundError):
            shutil.rmtree(draft)
        draft.mkdir()
        for part in parts_of(folder / file):
            shutil.copy2(part, draft / part.name)
        draft.rename(place)
    return digest


def _set_days(folder: Path, as_of: date, files: Mapping[str, date | None]) -> None:
    with changing(folder) as document:
        set_keys(document["project"], {"as_of": as_of})
        for file, own in files.items():
            if own is not None:
                set_keys(source_table(document, LEDGER, file), {"as_of": own})

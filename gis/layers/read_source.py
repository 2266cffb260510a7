"""Read the files and database tables that project.toml names, and where they come from.

Only regular files inside the project folder are opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from gis.layers import formats, postgis
from gis.layers.crs import short_name
from gis.layers.memory_need import SECONDS_PER_MB, refuse_too_large
from gis.layers.problems import Finding, Refusal, shorten
from gis.layers.project_layers import (
    LayerFile,
    LayerSpec,
)
from gis.layers.raw_table import RawTable, Request
from gis.layers.reader_process import ReaderProcess

_FOLDER_ENDING = ".gdb"


def inside_folder(folder: Path, file: str) -> Path:
    """The full path of a file that project.toml names, with links resolved.

    Raises:
        Refusal: The file is missing, lies outside the folder, or is not a regular file.
    """
    root = folder.resolve()
    try:
        path = (root / file).resolve()
        there = path.exists()
    except OSError as error:  # not a valid file name
        raise Refusal("layer_file_missing", file=shorten(file), near=_near(root / "_")) from error
    if not path.is_relative_to(root):
        raise Refusal("file_outside", file=file)
    if not there:
        raise Refusal("layer_file_missing", file=file, near=_near(path))
    _check_regular(path, file, root)
    return path


def _check_regular(path: Path, file: str, root: Path) -> None:
    if path.is_dir():
        if path.suffix.lower() != _FOLDER_ENDING:
            raise Refusal("is_folder", file=file)
        parts = list(path.rglob("*"))
    elif path.is_file():
        parts = [one for one in path.parent.iterdir() if one.stem == path.stem]
    else:
        raise Refusal("not_regular", file=file)
    for part in parts:
        if not part.resolve().is_relative_to(root):
            raise Refusal("file_outside", file=part.name)
        if not (part.is_file() or part.is_dir()):
            raise Refusal("not_regular", file=part.name)


def _near(path: Path) -> str:
    """The files in the folder where the missing one should be."""
    if not path.parent.is_dir():
        return "—"
    return "、".join(sorted(one.name for one in path.parent.iterdir())[:10]) or "—"


@dataclass(frozen=True)
class Origin:
    """The origin of one file of a layer, for the manifest and the pages.

    path      as project.toml names it; "$VARIABLE/table" for a database
    sha256    of the file, of a folder's files, or of the rows from a database
    rows      number of data rows read
    crs       of its coordinates, "" for none
    encoding  of its text, "" where the format has only one
    """

    layer: str
    path: str
    sha256: str
    rows: int
    crs: str
    encoding: str
    source: str
    licence: str
    steward: str
    as_of: date | None


def read_source(
    reader: ReaderProcess, folder: Path, spec: LayerSpec, source: LayerFile
) -> tuple[list[RawTable], str]:
    """Read one file or database table.

    Args:
        reader: The running reader process.
        folder: The project folder.
        spec: The layer's entry in project.toml.
        source: One of the layer's sources.

    Returns:
        The rows, one table for each sheet that is read, and the sha256 of the file or of the rows
        from the database.

    Raises:
        Refusal: The source is missing, outside the folder, unreadable, damaged, unreachable or too
            large for the memory.
    """
    if spec.dsn_env and spec.table:
        raw = postgis.read_postgis(spec.dsn_env, spec.table)
        return [raw], hashlib.sha256(raw.to_bytes()).hexdigest()
    path = inside_folder(folder, source.path)
    needed_mb = refuse_too_large(path)
    request = Request(
        str(path),
        formats.format_of(path),
        source.layer,
        source.encoding,
        separator=source.separator,
        headings=tuple(source.rename) + ((source.id,) if source.id else ()),
        seconds=needed_mb * SECONDS_PER_MB,
    )
    return _read_sheets(reader, request, source), sha256_of(path)


def _read_sheets(reader: ReaderProcess, request: Request, source: LayerFile) -> list[RawTable]:
    """The file's table, or one table for each of the sheets that `source` asks for."""
    if not source.sheets:
        return [_read_only_sheet(reader, request, source)]
    if request.format != "excel":
        raise Refusal("sheets_of_no_workbook", ending=Path(request.path).suffix)
    listed = reader.sheets(request)
    missing = [] if source.sheets == "*" else [one for one in source.sheets if one not in listed]
    if missing:
        raise Refusal("no_such_sheet", sheet=missing[0], sheets="、".join(listed))
    wanted = listed if source.sheets == "*" else source.sheets
    tables = []
    for sheet in wanted:
        try:
            raw = reader.read(replace(request, layer=sheet, one_of_several=True))
        except Refusal as refusal:
            raise refusal.in_sheet(sheet) from refusal
        raw.sheet = sheet
        tables.append(raw)
    return tables


def _read_only_sheet(reader: ReaderProcess, request: Request, source: LayerFile) -> RawTable:
    """The file's table; where it lacks the sheet that is named for all files, its only sheet."""
    try:
        return reader.read(request)
    except Refusal as refusal:
        if not source.shared_layer or refusal.finding.code != "no_such_sheet":
            raise
    raw = reader.read(replace(request, layer=None))
    raw.findings.append(Finding("sheet_not_here", None, "", source.layer or ""))
    return raw


def origin(layer: str, tables: Sequence[RawTable], spec: LayerSpec, source: LayerFile) -> Origin:
    """The origin of one file that was read, without its hash; tables: its sheets that count."""
    return Origin(
        layer,
        source.path,
        "",
        sum(len(raw.rows) for raw in tables),
        source.crs or short_name(tables[0].crs if tables else None),
        tables[0].encoding if tables else "",
        spec.source,
        spec.licence,
        spec.steward,
        source.as_of,
    )


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, or of a folder's files and their names in sorted order."""
    digest = hashlib.sha256()
    for one in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if path.is_dir():
            digest.update(one.relative_to(path).as_posix().encode())
        if one.is_file():
            with one.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
    return digest.hexdigest()

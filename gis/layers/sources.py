"""Where a layer's rows come from: a file of the project folder, or a database table."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from gis.layers import formats, postgis
from gis.layers.crs import short_name
from gis.layers.files import inside
from gis.layers.project import LayerSpec
from gis.layers.raw_table import Raw, Request
from gis.layers.reader_process import Reader


@dataclass(frozen=True)
class Origin:
    """Where one file of a layer came from, for the manifest and the pages.

    path      as project.toml writes it; "$VARIABLE/table" for a database
    sha256    of the file, of a folder's files, or of the rows a database gave
    rows      data rows read
    crs       of its coordinates, "" for none
    encoding  of its text, "" where the format has but one
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


def places(spec: LayerSpec) -> tuple[str, ...]:
    """What project.toml says of where a layer lies, one a file or table."""
    return (f"${spec.dsn_env}/{spec.table}",) if spec.dsn_env else spec.files


def read_place(reader: Reader, folder: Path, spec: LayerSpec, place: str) -> tuple[Raw, str]:
    """The rows of one file or table, and their sha256.

    Raises:
        Refusal: it is missing, outside the folder, not readable, damaged or not to be reached.
    """
    if spec.dsn_env and spec.table:
        raw = postgis.read(spec.dsn_env, spec.table)
        return raw, hashlib.sha256(raw.to_bytes()).hexdigest()
    path = inside(folder, place)
    request = Request(
        str(path),
        formats.format_of(path),
        spec.layer,
        spec.encoding,
        separator=spec.separator,
        headings=tuple(spec.rename),
    )
    return reader.read(request), sha256_of(path)


def origin(layer: str, place: str, digest: str, raw: Raw, spec: LayerSpec) -> Origin:
    """What the manifest and the pages say of one file."""
    return Origin(
        layer,
        place,
        digest,
        len(raw.rows),
        spec.crs or short_name(raw.crs),
        raw.encoding,
        spec.source,
        spec.licence,
        spec.steward,
        spec.as_of,
    )


def sha256_of(path: Path) -> str:
    """The hash of a file, or of a folder's files with their names, in the order of the names."""
    digest = hashlib.sha256()
    for one in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if path.is_dir():
            digest.update(one.relative_to(path).as_posix().encode())
        if one.is_file():
            with one.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
    return digest.hexdigest()

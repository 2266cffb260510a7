"""GeoParquet, read by Arrow; the geometry column and its CRS as its `geo` note says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from gis.layers.formats.ogr import as_texts
from gis.layers.problems import Refusal
from gis.layers.raw_table import RawTable, Request


def read(path: Path, request: Request) -> RawTable:
    """The rows of a GeoParquet file, or of one of its row groups, counted from 1.

    Raises:
        Refusal: damaged, or geometry in another encoding than WKB.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            table = file.read() if request.part is None else file.read_row_group(request.part)
    except (pa.ArrowException, OSError) as error:
        raise Refusal("damaged") from error
    note = _note(table)
    geometry = note.get("primary_column", "")
    columns = {
        name: as_texts(table.column(name)) for name in table.column_names if name != geometry
    }
    wkb, crs = None, None
    if geometry:
        about = note["columns"][geometry]
        if about.get("encoding") != "WKB":
            raise Refusal("geometry_encoding", found=str(about.get("encoding")))
        wkb, crs = table.column(geometry).to_pylist(), _crs(about)
    return RawTable(columns, range(1, table.num_rows + 1), wkb, crs)


def _note(table: pa.Table) -> dict[str, Any]:
    written = (table.schema.metadata or {}).get(b"geo")
    try:
        note = json.loads(written) if written else {}
    except ValueError as error:
        raise Refusal("damaged") from error
    if note and note.get("primary_column") not in table.column_names:
        raise Refusal("damaged")
    return dict(note)


def _crs(about: dict[str, Any]) -> str | None:
    """No key means longitude and latitude by the standard; null means unknown.

    The first drafts of the standard had WKT, or a code, where PROJJSON is now.
    """
    crs = about.get("crs", "OGC:CRS84")
    if isinstance(crs, str):
        return crs.strip() or None
    return json.dumps(crs) if crs else None

"""GeoParquet, read with Arrow; the geometry column and its CRS come from the `geo` metadata."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from gis.layers.formats.ogr import as_texts
from gis.layers.problems import Refusal
from gis.layers.raw_table import RawTable, Request


def read(path: Path, request: Request) -> RawTable:
    """The rows of a GeoParquet file, or of a part of it; row numbers count from 1.

    Raises:
        Refusal: The file is damaged, or its geometries are not encoded as WKB.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            table = file.read() if request.part is None else _batch(file, *request.part)
    except (pa.ArrowException, OSError) as error:
        raise Refusal("damaged") from error
    metadata = _geo_metadata(table)
    geometry = metadata.get("primary_column", "")
    columns = {
        name: as_texts(table.column(name)) for name in table.column_names if name != geometry
    }
    wkb, crs = None, None
    if geometry:
        column_metadata = metadata["columns"][geometry]
        if column_metadata.get("encoding") != "WKB":
            raise Refusal("geometry_encoding", found=str(column_metadata.get("encoding")))
        wkb, crs = table.column(geometry).to_pylist(), _crs(column_metadata)
    return RawTable(columns, range(1, table.num_rows + 1), wkb, crs)


def _batch(file: pq.ParquetFile, group: int, number: int, rows: int) -> pa.Table:
    """Batch `number` of a row group, of which each but the last has `rows` rows."""
    batches = file.iter_batches(rows, row_groups=[group])
    found = list(islice(batches, number, number + 1))
    if not found:
        raise Refusal("damaged")
    return pa.Table.from_batches(found, file.schema_arrow)


def _geo_metadata(table: pa.Table) -> dict[str, Any]:
    written = (table.schema.metadata or {}).get(b"geo")
    try:
        metadata = json.loads(written) if written else {}
    except ValueError as error:
        raise Refusal("damaged") from error
    if metadata and metadata.get("primary_column") not in table.column_names:
        raise Refusal("damaged")
    return dict(metadata)


def _crs(column_metadata: dict[str, Any]) -> str | None:
    """The CRS of the geometry column.

    A missing key means longitude and latitude, null means unknown. Early drafts of the standard had
    WKT or a code where PROJJSON is now.
    """
    crs = column_metadata.get("crs", "OGC:CRS84")
    if isinstance(crs, str):
        return crs.strip() or None
    return json.dumps(crs) if crs else None

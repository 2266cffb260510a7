"""Tables as Parquet, the same bytes for the same table."""

from __future__ import annotations

from io import BytesIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gis.report.metadata import About


def parquet_bytes(table: pd.DataFrame, about: About) -> bytes:
    """`table` as Parquet: text as string, days as date32; as-of day and nature in the metadata."""
    arrow = pa.Table.from_pandas(table, preserve_index=False, schema=_schema(table))
    said = {"as_of": about.as_of.isoformat(), "title": about.title.zh}
    if about.demonstration:
        said["data_nature"] = about.nature.en
    file = BytesIO()
    pq.write_table(arrow.replace_schema_metadata(said), file, compression="zstd")
    return file.getvalue()


def _schema(table: pd.DataFrame) -> pa.Schema:
    return pa.schema([(str(name), _kind(table[name])) for name in table.columns])


def _kind(column: pd.Series) -> pa.DataType:
    if pd.api.types.is_datetime64_any_dtype(column):
        return pa.date32()
    if pd.api.types.is_bool_dtype(column):
        return pa.bool_()
    if pd.api.types.is_integer_dtype(column):
        return pa.int64()
    return pa.float64() if pd.api.types.is_float_dtype(column) else pa.string()

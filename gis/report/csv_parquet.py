"""Tables as CSV that Excel opens correctly, and as Parquet; equal tables give equal bytes.

CSV is UTF-8 with a BOM and has no cell that a spreadsheet would calculate: a text that looks like
a formula gets a leading apostrophe, so that no two texts give the same cell; a plain number keeps
its sign.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from io import BytesIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gis.report.metadata import About

BOM = "\ufeff"
_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?([eE][+-]?\d+)?%?\Z", re.ASCII)
# Full-width signs also start a formula in Chinese and Japanese Excel.
_FORMULA = re.compile(r"'*[\s\u3000]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MONEY = ("_cny", "_cny_a")
_QUOTED = re.compile(r'[",;\t\r\n]|^\s|\s$')


def escape_formula(text: str) -> str:
    """`text` as a cell that no spreadsheet calculates; numbers and a lone "-" are unchanged."""
    if text == "-" or not _FORMULA.match(text) or _NUMBER.match(text):
        return text
    return "'" + text


def csv_bytes(table: pd.DataFrame) -> bytes:
    """`table` as CSV with unchanged headings, CR LF line ends, and empty missing values.

    Dates are ISO days, booleans true or false, whole numbers without a decimal point, money (a
    heading that ends in _cny or _cny_a) with two decimals. Control characters show as their
    Unicode pictures (U+2400 and on).
    """
    columns = [_cells(table[name]) for name in table.columns]
    lines = [",".join(_quoted(escape_formula(str(name))) for name in table.columns)]
    lines += [",".join(row) for row in zip(*columns, strict=True)]
    return (BOM + "\r\n".join(lines) + "\r\n").encode("utf-8", "backslashreplace")


def as_text(value: object) -> str:
    """A value as text in all text tables; "" if missing."""
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124  NaN
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return _number_text(value)


def _number_text(value: object) -> str:
    if str(value) in {"True", "False"}:
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(float(value))
    return str(value)


def _cells(column: pd.Series) -> list[str]:
    codes, values = pd.factorize(column)
    said = "{:.2f}".format if str(column.name).endswith(_MONEY) else as_text
    texts = [_quoted(escape_formula(said(value))) for value in values]
    texts.append("")  # code -1: missing
    return [texts[code] for code in codes]


def _quoted(text: str) -> str:
    shown = _CONTROL.sub(lambda found: chr(0x2400 + ord(found.group())), text)
    return '"' + shown.replace('"', '""') + '"' if _QUOTED.search(shown) else shown


def parquet_bytes(table: pd.DataFrame, about: About) -> bytes:
    """`table` as Parquet; dates are date32; the metadata has as-of date and nature."""
    schema = pa.schema([(str(name), _kind(table[name])) for name in table.columns])
    arrow = pa.Table.from_pandas(table, preserve_index=False, schema=schema)
    said = {"as_of": about.as_of.isoformat(), "title": about.title.zh}
    if about.demonstration:
        said["data_nature"] = about.nature.en
    file = BytesIO()
    pq.write_table(arrow.replace_schema_metadata(said), file, compression="zstd")
    return file.getvalue()


def _kind(column: pd.Series) -> pa.DataType:
    if pd.api.types.is_datetime64_any_dtype(column):
        return pa.date32()
    if pd.api.types.is_bool_dtype(column):
        return pa.bool_()
    if pd.api.types.is_integer_dtype(column):
        return pa.int64()
    return pa.float64() if pd.api.types.is_float_dtype(column) else pa.string()
